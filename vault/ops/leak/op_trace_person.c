/* Everything that somebody was shown since a moment, in order of sensitivity, as the basis of notices. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/decoys.h"
#include "vault/ops/leak/disclosed_private.h"
#include "vault/ops/leak/person_seen_private.h"

static const char *const action_names[DISCLOSURE_CLIENT + 1] = {[DISCLOSURE_READ] = "reads",
    [DISCLOSURE_LIST] = "lists",
    [DISCLOSURE_SEARCH] = "searches",
    [DISCLOSURE_EXPORT] = "exports",
    [DISCLOSURE_CORRECT] = "corrections",
    [DISCLOSURE_OPEN] = "openings",
    [DISCLOSURE_CLIENTS] = "client_lists",
    [DISCLOSURE_CLIENT] = "clients_shown"};

/* --- JSON --- */

/* Three digits: what is counted is uncertain enough. */
static json_t *ratio(double value)
{
    return json_real(round(value * 1000) / 1000);
}

static json_t *counts_json(const struct person_seen *seen)
{
    json_t *events = json_object();
    for (size_t i = 1; i <= DISCLOSURE_CLIENT; i++) {
        if (seen->actions[i] > 0)
            (void)json_object_set_new(events, action_names[i], json_integer((json_int_t)seen->actions[i]));
    }
    return events;
}

static json_t *kinds_json(const struct person_seen *seen)
{
    json_t *kinds = json_object();
    for (int kind = KIND_CLIENT; kind <= KIND_LAST; kind++) {
        if (seen->kinds[kind] > 0)
            (void)json_object_set_new(
                kinds, kind_name((enum record_kind)kind), json_integer((json_int_t)seen->kinds[kind]));
    }
    if (seen->kinds[0] > 0)
        (void)json_object_set_new(kinds, "unknown", json_integer((json_int_t)seen->kinds[0]));
    return kinds;
}

/* The fields of an item, kind by kind, as far as something of them was shown. */
json_t *person_seen_fields(const struct person_seen *seen, unsigned item)
{
    json_t *list = json_array();
    for (size_t i = 0; law_field(seen->law, i) != NULL; i++) {
        const struct law_field *field = law_field(seen->law, i);
        json_t *paths = json_array();
        for (size_t p = 0; field->paths[p] != NULL; p++) {
            if ((seen->fields[i].paths >> p & 1) != 0)
                (void)json_array_append_new(paths, json_string(field->paths[p]));
        }
        if (field->item == item && seen->fields[i].records > 0)
            (void)json_array_append_new(list,
                json_pack("{s:s,s:O,s:I,s:I}", "kind", kind_name(field->kind), "fields", paths, "records",
                    (json_int_t)seen->fields[i].records, "clients", (json_int_t)seen->fields[i].clients));
        json_decref(paths);
    }
    return list;
}

static void set_reading(json_t *class, const char *name, const struct person_seen *seen, int tier, uint64_t n)
{
    const struct law_tier *facts = tier < 0 ? NULL : law_tier(seen->law, (size_t)tier);
    if (facts == NULL) {
        (void)json_object_set_new(class, name, json_pack("{s:s}", "tier", "none"));
        return;
    }
    (void)json_object_set_new(class, name,
        json_pack("{s:s,s:I,s:o,s:I,s:o}", "tier", json_text(facts->json, "id"), "threshold",
            (json_int_t)facts->serious, "ratio", ratio((double)n / facts->serious), "threshold_in_service",
            (json_int_t)facts->serious_in_service, "ratio_in_service",
            ratio((double)n / facts->serious_in_service)));
}

static json_t *class_json(const struct person_seen *seen, unsigned number)
{
    static const char *const said[] = {"en", "zh", "article", "status", "since", "confidence", "why"};
    const struct law_item *item = law_item(seen->law, number);
    uint64_t n = seen->count.items[number];
    json_t *class = json_pack("{s:s,s:I,s:I,s:o}", "class", json_text(item->json, "id"), "n", (json_int_t)n,
        "clients", (json_int_t)seen->item_clients[number], "fields", person_seen_fields(seen, number));
    if (class == NULL)
        return NULL;
    set_reading(class, "strict", seen, item->strict, n);
    set_reading(class, "lenient", seen, item->lenient, n);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        (void)json_object_set(class, said[i], json_object_get(item->json, said[i]));
    return class;
}

struct ordered {
    uint32_t threshold; /* of the strict reading */
    uint64_t n;
    unsigned item;
};

/* The gravest first, and of equals the most. */
static int compare_items(const void *a, const void *b)
{
    const struct ordered *x = a;
    const struct ordered *y = b;
    if (x->threshold != y->threshold)
        return x->threshold < y->threshold ? -1 : 1;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static json_t *classes_json(const struct person_seen *seen)
{
    struct ordered order[LAW_ITEMS_MAX];
    size_t count = 0;
    json_t *classes = json_array();
    for (unsigned i = 0; law_item(seen->law, i) != NULL; i++) {
        int strict = law_item(seen->law, i)->strict;
        if (seen->count.items[i] > 0)
            order[count++] =
                (struct ordered){strict < 0 ? UINT32_MAX : law_tier(seen->law, (size_t)strict)->serious,
                    seen->count.items[i], i};
    }
    if (count > 0)
        qsort(order, count, sizeof order[0], compare_items);
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(classes, class_json(seen, order[i].item));
    return classes;
}

static json_t *sum_json(const struct law *law, const struct law_pieces *pieces)
{
    struct law_gauge all;
    struct law_gauge in_service;
    law_gauge(law, pieces, false, &all);
    law_gauge(law, pieces, true, &in_service);
    return json_pack("{s:o,s:o,s:b,s:b,s:b,s:b}", "sum", ratio((double)all.whole + all.millionths / 1e6),
        "sum_in_service", ratio((double)in_service.whole + in_service.millionths / 1e6), "serious",
        all.serious, "serious_in_service", in_service.serious, "very_serious", all.very_serious,
        "very_serious_in_service", in_service.very_serious);
}

static json_t *mixed_json(const struct person_seen *seen)
{
    struct law_pieces strict;
    struct law_pieces lenient;
    const json_t *personal = json_object_get(law_json(seen->law), "personal_information");
    law_pieces_strict(seen->law, &seen->count, &strict);
    law_pieces_lenient(seen->law, &seen->count, &lenient);
    return json_pack("{s:o,s:o,s:O}", "strict", sum_json(seen->law, &strict), "lenient",
        sum_json(seen->law, &lenient), "basis", json_object_get(personal, "mixed"));
}

static json_t *law_basis(const struct person_seen *seen)
{
    const json_t *facts = law_json(seen->law);
    const json_t *personal = json_object_get(facts, "personal_information");
    return json_pack("{s:O,s:O,s:O,s:O,s:O,s:O}", "about", json_object_get(facts, "about"), "checked",
        json_object_get(facts, "checked"), "status", json_object_get(facts, "status"), "offence",
        json_object_get(personal, "offence"), "tiers", json_object_get(personal, "tiers"), "counting",
        json_object_get(personal, "counting"));
}

/* --- Clients: numbers of the store to the ids that the log has --- */

static int compare_clients(const void *a, const void *b)
{
    const struct seen_client *x = a;
    const struct seen_client *y = b;
    if (x->records != y->records)
        return x->records > y->records ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static json_t *kinds_of(const struct seen_client *one)
{
    json_t *kinds = json_object();
    for (size_t i = 1; i <= KIND_LAST; i++) {
        if (one->kinds[i].records == 0)
            continue;
        json_t *of = json_pack("{s:I}", "n", (json_int_t)one->kinds[i].records);
        if (of != NULL && one->kinds[i].from[0] != '\0') {
            (void)json_object_set_new(of, "from", json_string(one->kinds[i].from));
            (void)json_object_set_new(of, "to", json_string(one->kinds[i].to));
        }
        (void)json_object_set_new(kinds, kind_name((enum record_kind)i), of);
    }
    if (one->card)
        (void)json_object_set_new(kinds, kind_name(KIND_CLIENT), json_pack("{s:i}", "n", 1));
    return kinds;
}

/* What an assessment says of one client, so that he can be told what of his was seen. */
static void add_details(const struct person_seen *seen, const struct seen_client *one, json_t *row)
{
    json_t *classes = json_array();
    for (unsigned i = 0; law_item(seen->law, i) != NULL; i++) {
        if ((one->items >> i & 1) != 0)
            (void)json_array_append(classes, json_object_get(law_item(seen->law, i)->json, "id"));
    }
    (void)json_object_set_new(row, "kinds", kinds_of(one));
    (void)json_object_set_new(row, "classes", classes);
    (void)json_object_set_new(row, "people", json_integer((json_int_t)one->people));
}

int person_seen_clients(struct call *call, struct person_seen *seen, bool details, json_t **clients)
{
    int result = VAULT_OK;
    *clients = json_array();
    if (seen->client_count > 0)
        qsort(seen->clients, seen->client_count, sizeof *seen->clients, compare_clients);
    for (size_t i = 0; i < seen->client_count && result == VAULT_OK; i++) {
        const struct seen_client *one = &seen->clients[i];
        struct client_facts facts;
        result = clients_by_row(call->session, one->row, &facts, call->failure);
        if (result != VAULT_OK)
            break;
        json_t *row = json_pack("{s:o,s:I,s:o,s:o,s:I,s:I}", "client", json_ulid(&facts.id), "records",
            (json_int_t)one->records, "first", json_instant(one->first * 1000), "last",
            json_instant(one->last * 1000), "first_event", (json_int_t)one->first_event, "last_event",
            (json_int_t)one->last_event);
        if (details && row != NULL)
            add_details(seen, one, row);
        (void)json_array_append_new(*clients, row);
    }
    return result;
}

static int reply(struct call *call, struct person_seen *seen, uint64_t event)
{
    json_t *clients = NULL;
    int result = person_seen_clients(call, seen, false, &clients);
    if (result != VAULT_OK) {
        json_decref(clients);
        return result;
    }
    uint64_t records = 0;
    for (size_t i = 0; i <= KIND_LAST; i++)
        records += seen->kinds[i];
    json_t *value = json_pack("{s:s,s:I,s:o,s:I,s:I,s:I,s:o,s:{s:I,s:I},s:I}", "person",
        call_text(call, "person"), "events", (json_int_t)seen->events.count, "by", counts_json(seen),
        "clients", (json_int_t)seen->client_count, "cards", (json_int_t)seen->cards, "records",
        (json_int_t)records, "kinds", kinds_json(seen), "people", "least", (json_int_t)seen->people_least,
        "most", (json_int_t)seen->people_most, "opened", (json_int_t)seen->opened);
    bool bad = value == NULL ||
               (seen->decoys > 0 &&
                   json_object_set_new(value, "decoys", json_integer((json_int_t)seen->decoys)) != 0);
    if (!bad && seen->events.count > 0)
        bad = json_object_set_new(value, "first",
                  json_pack("{s:I,s:o}", "event", (json_int_t)seen->first_event, "time",
                      json_instant(seen->first * 1000))) != 0 ||
              json_object_set_new(value, "last",
                  json_pack("{s:I,s:o}", "event", (json_int_t)seen->last_event, "time",
                      json_instant(seen->last * 1000))) != 0;
    bad = bad || json_object_set_new(value, "classes", classes_json(seen)) != 0 ||
          json_object_set_new(value, "mixed", mixed_json(seen)) != 0 ||
          json_object_set_new(value, "law", law_basis(seen)) != 0 ||
          json_object_set(value, "client_rows", clients) != 0 ||
          json_object_set_new(value, "event", json_integer((json_int_t)event)) != 0;
    json_decref(clients);
    if (!bad)
        return reply_value(call, value);
    json_decref(value);
    return failure_set(call->failure, VAULT_ENOMEM, "no memory for the answer");
}

/* --- The operation --- */

struct leaving_out {
    struct call *call;
    struct person_seen *seen;
};

static int leave_out(void *context, const struct decoy *decoy)
{
    struct leaving_out *leaving = context;
    struct client_facts client;
    char id[ULID_TEXT_SIZE];
    ulid_format(&decoy->client, id);
    int result = clients_find(leaving->call->session, id, &client, leaving->call->failure);
    if (result != VAULT_OK)
        return result;
    return number_map_put(&leaving->seen->left_out, (uint64_t)client.row) == NULL ? VAULT_ENOMEM : VAULT_OK;
}

/* Made-up people are no figure of a notice. Who holds no key of the register counts decoys as clients. */
static int leave_out_decoys(struct call *call, struct person_seen *seen)
{
    struct leaving_out leaving = {call, seen};
    int result = decoys_each(call->session, leave_out, &leaving, call->failure);
    if (result != VAULT_ENOKEY)
        return result;
    failure_clear(call->failure);
    return VAULT_OK;
}

static int count_seen(struct call *call, struct person_seen *seen)
{
    int result = leave_out_decoys(call, seen);
    if (result == VAULT_OK)
        result = disclosed_open(call, &seen->disclosures);
    if (result == VAULT_OK &&
        disclosures_find_person(seen->disclosures, call_text(call, "person"), &seen->person))
        result = person_seen_count(seen, call->failure);
    disclosures_free(seen->disclosures);
    return result;
}

int op_trace_person(struct call *call)
{
    const char *person = call_text(call, "person");
    struct access_request request = {.action = "trace.person", .user = person};
    struct law *law = NULL;
    int64_t since = 0;
    int64_t until = INT64_MAX;
    bool found = false;
    uint64_t event = 0;
    struct person_seen *seen = calloc(1, sizeof *seen);
    int result =
        seen == NULL ? failure_set(call->failure, VAULT_ENOMEM, "no memory for the answer") : VAULT_OK;
    if (result == VAULT_OK)
        result = call_moment(call, "since", 0, &since);
    if (result == VAULT_OK)
        result = call_moment(call, "until", INT64_MAX, &until);
    if (result == VAULT_OK)
        result = need(call, user_exists(call, person, &found), &found, "user", person);
    if (result == VAULT_OK)
        result = law_open(law_facts_text(), &law, call->failure);
    if (result == VAULT_OK) {
        json_t *asked = json_pack("{s:{s:o}}", "query", "from", json_instant(since));
        if (until != INT64_MAX)
            (void)json_object_set_new(json_object_get(asked, "query"), "to", json_instant(until));
        result = call_allow(call, &request, asked, &event);
    }
    if (result == VAULT_OK) {
        seen->law = law;
        seen->since = since / 1000;
        seen->before = until == INT64_MAX ? INT64_MAX : until / 1000;
        result = count_seen(call, seen);
    }
    if (result == VAULT_OK)
        result = reply(call, seen, event);
    if (seen != NULL)
        person_seen_free(seen);
    free(seen);
    law_free(law);
    return result;
}
