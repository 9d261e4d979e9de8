/* The log in figures: who was shown how much, of whom, and when. */
#include "vault/ops/log/log_filters_private.h"
#include "vault/ops/log/tallies_private.h"

static int count_leaf(void *context, uint64_t index, struct bytes leaf)
{
    (void)index;
    return tallies_add(context, leaf);
}

int op_log_stats(struct call *call)
{
    struct log_filters filters;
    struct access_request request = {.action = "log.stats", .log = true};
    struct tallies *tallies = tallies_new();
    struct log_walk walk = {
        .call = call, .query = &filters.query, .request = &request, .leaf = count_leaf, .context = tallies};
    int result = tallies == NULL ? VAULT_ENOMEM : log_filters_read(call, &request, &filters);
    if (result == VAULT_OK)
        result = call_allow(call, &request, log_filters_json(call, &filters.query), &walk.event);
    if (result == VAULT_OK)
        result = log_walk(&walk);
    /* Outcomes name neither client nor record. */
    bool whole = result == VAULT_OK && filters.query.client == NULL && filters.query.record == NULL;
    if (result == VAULT_OK)
        result = reply_value(call, tallies_json(tallies, whole));
    tallies_free(tallies);
    return result;
}
