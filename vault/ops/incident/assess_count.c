/* What there is to count, of what somebody was shown and of what a trace found. */
#include "vault/ops/incident/assess_private.h"

#include <string.h>

#include "vault/access/approvals.h"
#include "vault/ops/leak/disclosed_private.h"
#include "vault/ops/leak/trace_case.h"
#include "vault/records/fingerprint.h"

/* --- People, and what one was shown --- */

static int count_person(struct assessing *a)
{
    struct call *call = a->step.call;
    const char *person = call_text(call, "person");
    int64_t since = 0;
    int64_t until = INT64_MAX;
    bool found = false;
    int result = need(call, user_exists(call, person, &found), &found, "user", person);
    if (result == VAULT_OK)
        result = call_moment(call, "since", 0, &since);
    if (result == VAULT_OK)
        result = call_moment(call, "until", INT64_MAX, &until);
    if (result != VAULT_OK)
        return result;
    a->seen->since = since / 1000;
    a->seen->before = until == INT64_MAX ? INT64_MAX : until / 1000;
    result = disclosed_open(call, &a->seen->disclosures);
    if (result == VAULT_OK && disclosures_find_person(a->seen->disclosures, person, &a->seen->person))
        result = person_seen_count(a->seen, call->failure);
    disclosures_free(a->seen->disclosures);
    a->seen->disclosures = NULL;
    return result;
}

/* Of the trace's `linked` or `rows`: decoys are nobody. */
static uint64_t genuine(const struct assessing *a, const char *member)
{
    int64_t n = json_number(a->trace, member, 0) - json_number(a->trace, "decoys", 0);
    return n > 0 ? (uint64_t)n : 0;
}

/* A trace of an earlier version of the program did not tell people apart: at least one, and no more than
 * rows. */
static void count_people(struct assessing *a)
{
    const json_t *people = json_object_get(a->trace, "individuals");
    a->persons_strict = a->seen->people_most;
    a->persons_lenient = a->seen->people_least;
    if (a->trace == NULL)
        return;
    if (!a->named)
        a->persons_strict = (uint64_t)json_number(people, "most", (int64_t)genuine(a, "rows"));
    a->persons_lenient = (uint64_t)json_number(people, "least", genuine(a, "linked") > 0);
    if (a->persons_lenient > a->persons_strict)
        a->persons_strict = a->persons_lenient;
}

/* --- What of the leaked file is whose --- */

static bool subject_named(const char *name, enum trace_subject *subject)
{
    for (int s = SUBJECT_CLIENT; s <= SUBJECT_LAST; s++) {
        if (name != NULL && strcmp(subject_name((enum trace_subject)s), name) == 0) {
            *subject = (enum trace_subject)s;
            return true;
        }
    }
    return false;
}

static uint64_t items_of_path(const struct assessing *a, enum record_kind kind, const char *path)
{
    uint64_t items = 0;
    for (size_t i = 0; law_field(a->law, i) != NULL; i++) {
        const struct law_field *field = law_field(a->law, i);
        for (size_t p = 0; field->kind == kind && field->paths[p] != NULL; p++)
            items |= strcmp(field->paths[p], path) == 0 ? UINT64_C(1) << field->item : 0;
    }
    return items;
}

/* A column is of the first kind of the subject's that has such a field: a list of clients is one of their
 * cards. */
static uint64_t items_of_column(
    const struct assessing *a, enum trace_subject subject, enum trace_field column)
{
    uint64_t items = 0;
    for (int kind = KIND_CLIENT; kind <= KIND_LAST && items == 0; kind++) {
        enum trace_subject its;
        if (!subject_of_kind((enum record_kind)kind, &its) || its != subject)
            continue;
        for (const struct trait *trait = kind_traits((enum record_kind)kind); trait->path != NULL; trait++) {
            if (trait->field == column)
                items |= items_of_path(a, (enum record_kind)kind, trait->path);
        }
    }
    return items;
}

static uint64_t items_of_columns(const struct assessing *a, const json_t *columns)
{
    enum trace_subject subject;
    uint64_t items = 0;
    if (!subject_named(json_text(a->trace, "subject"), &subject))
        return 0;
    for (size_t i = 0; i < json_array_size(columns); i++) {
        enum trace_field column =
            trace_field_find(bytes_of_text(json_string_value(json_array_get(columns, i))));
        items |= column < TRACE_FIELDS ? items_of_column(a, subject, column) : 0;
    }
    return items;
}

static void tie(struct assessing *a, uint64_t items, uint64_t n)
{
    struct law_count one = {0};
    struct law_pieces pieces;
    law_count_add(a->law, &one, items);
    law_pieces_lenient(a->law, &one, &pieces);
    for (size_t i = 0; i < LAW_TIERS_MAX; i++)
        a->tied.n[i] += n * pieces.n[i];
}

/* Records by what of them agrees; of an earlier trace every linked row, with all that any of them showed. */
static void count_tied(struct assessing *a)
{
    const json_t *matched = json_object_get(a->trace, "matched");
    for (size_t i = 0; i < json_array_size(matched); i++) {
        const json_t *group = json_array_get(matched, i);
        tie(a, items_of_columns(a, json_object_get(group, "fields")), (uint64_t)json_number(group, "n", 0));
    }
    if (a->trace != NULL && matched == NULL)
        tie(a, items_of_columns(a, json_object_get(a->trace, "leaked")), genuine(a, "linked"));
}

/* Those whose rows leaked; nobody is to be told for one that was made up. */
json_t *assess_clients(const json_t *trace)
{
    const json_t *all = json_object_get(trace, "clients"), *rows = json_object_get(trace, "ours");
    json_t *made = json_array(), *real = json_array();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (json_is_true(json_object_get(row, "decoy")))
            (void)json_array_append(made, json_object_get(row, "client"));
    }
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *client = json_array_get(all, i);
        if (!json_lists(made, json_string_value(client)))
            (void)json_array_append(real, client);
    }
    json_decref(made);
    return real;
}

/* Where nobody is named the file is all there is: each of its rows, with all its columns. */
static void count_rows(struct assessing *a)
{
    uint64_t rows = genuine(a, "rows");
    uint64_t items = items_of_columns(a, json_object_get(a->trace, "columns"));
    json_t *real = assess_clients(a->trace);
    size_t clients = json_array_size(real);
    json_decref(real);
    for (unsigned i = 0; a->trace != NULL && !a->named && law_item(a->law, i) != NULL; i++) {
        if ((items >> i & 1) == 0)
            continue;
        a->seen->count.items[i] = rows;
        a->seen->item_clients[i] = clients;
    }
}

int assess_gather(struct assessing *a)
{
    struct call *call = a->step.call;
    const char *trace = call_text(call, "trace");
    a->named = call_text(call, "person") != NULL;
    if (trace == NULL && !a->named) {
        failure_remedy(call->failure,
            "name who was shown it (--person), the trace of the leaked file (--trace), or both");
        return failure_set(call->failure, VAULT_EUSAGE, "assess what?");
    }
    int result = trace == NULL ? VAULT_OK : trace_case_open(call->session, trace, &a->trace, call->failure);
    a->seen->law = a->law;
    if (result == VAULT_OK && a->named)
        result = count_person(a);
    count_people(a);
    count_tied(a);
    count_rows(a);
    return result;
}
