#include "vault/ops/records/shown_private.h"

#define EVERY_COMPARTMENT ((1u << COMPARTMENT_COUNT) - 1)
#define RANGE_SIZE_MAX 48u

int shown_begin(struct call *call, struct shown_state *state)
{
    *state = (struct shown_state){.open = false};
    int result = store_begin_read(session_store(call->session), call->failure);
    if (result != VAULT_OK)
        return result;
    state->open = true;
    return records_last(session_records(call->session), &state->records, &state->replaced, call->failure);
}

void shown_end(struct call *call, struct shown_state *state)
{
    if (state->open)
        store_end_read(session_store(call->session));
    state->open = false;
}

int shown_spend(struct call *call, struct shown_state *state)
{
    bool unspent = false;
    for (size_t i = 0; i < call->approval_count; i++)
        unspent = unspent || !call->approvals[i].spent;
    if (!unspent)
        return VAULT_OK;
    shown_end(call, state);
    int result = call_spend(call);
    return result == VAULT_OK ? shown_begin(call, state) : result;
}

int shown_name(struct call *call, const struct shown_state *state, json_t *members)
{
    json_t *snapshot = json_pack(
        "{s:I,s:I}", "records", (json_int_t)state->records, "replaced", (json_int_t)state->replaced);
    if (members != NULL && snapshot != NULL && json_object_set_new(members, "snapshot", snapshot) == 0)
        return VAULT_OK;
    if (members == NULL)
        json_decref(snapshot);
    return failure_set(call->failure, VAULT_ENOMEM, "no memory for the event");
}

unsigned shown_compartments(unsigned compartments)
{
    /* No record is in the directory, which is what lists of clients are sealed under. */
    unsigned held = compartments | 1u << COMPARTMENT_DIRECTORY;
    return held == EVERY_COMPARTMENT ? 0 : held;
}

int shown_ranges(const int64_t *rows, size_t *count, size_t limit, struct buffer *text)
{
    size_t at = 0;
    while (at < *count && text->size + RANGE_SIZE_MAX <= limit) {
        size_t end = at + 1;
        while (end < *count && rows[end] <= rows[end - 1] + 1)
            end++;
        buffer_put_format(text, "%s%lld", at == 0 ? "" : ",", (long long)rows[at]);
        if (rows[end - 1] > rows[at])
            buffer_put_format(text, "-%lld", (long long)rows[end - 1]);
        at = end;
    }
    *count = at;
    return buffer_error(text);
}
