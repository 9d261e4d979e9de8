#include "vault/ops/leak/trace_people.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/number_map.h"
#include "vault/ops/leak/trace_reply.h"

/* Rows that are one person's are joined into sets, each with its first row as the root. */
struct people {
    const struct leak *leak;
    const struct trace_source *source;
    struct failure *failure;
    enum trace_subject subject;
    size_t rows;
    uint32_t *parent;
    bool *counts;           /* rows that are about somebody, and are to be counted */
    uint64_t *owner;        /* client of a linked row + 1 */
    struct number_map seen; /* a key -> row + 1 */
};

#define DECOY UINT64_MAX /* for an owner */

static uint32_t root_of(struct people *p, uint32_t row)
{
    while (p->parent[row] != row) {
        p->parent[row] = p->parent[p->parent[row]];
        row = p->parent[row];
    }
    return row;
}

/* Whoever has the same key is the same person. */
static int join(struct people *p, size_t row, uint64_t key)
{
    uint64_t *known = number_map_put(&p->seen, key >> 1);
    if (known == NULL)
        return VAULT_ENOMEM;
    if (*known == 0)
        *known = row + 1;
    else
        p->parent[root_of(p, (uint32_t)row)] = root_of(p, (uint32_t)(*known - 1));
    return VAULT_OK;
}

/* 0 where the cell is empty, or says only a part and the whole is asked for. */
static uint64_t key_of(const struct people *p, size_t row, enum trace_field field, bool whole)
{
    struct normal cell;
    leak_cell(p->leak, row, field, &cell);
    struct trace_term term = {
        .kind = TRACE_TERM_EXACT, .field = field, .text = bytes_of((const uint8_t *)cell.text, cell.size)};
    uint64_t key = cell.size == 0 || (whole && cell.masked) ? 0 : term_hash(&term) | 1;
    wipe(&cell, sizeof cell);
    return key;
}

static uint64_t both(uint64_t a, uint64_t b)
{
    return (a * UINT64_C(0x9e3779b97f4a7c15) ^ b) | 1;
}

/* --- Is a row about a person? --- */

static bool surely(const struct people *p, size_t row)
{
    bool named = key_of(p, row, TRACE_CONTACT, false) != 0 || key_of(p, row, TRACE_PERSON_ID, false) != 0;
    return p->subject == SUBJECT_EMPLOYEE || (p->subject == SUBJECT_CLIENT && named);
}

/* The other side of an invoice or a transfer may be a person. */
static bool perhaps(const struct people *p, size_t row)
{
    bool named = key_of(p, row, TRACE_NAME, false) != 0 &&
                 (p->subject == SUBJECT_INVOICE || p->subject == SUBJECT_TRANSFER);
    return named || surely(p, row);
}

/* --- At least, at most --- */

static int join_generously(struct people *p, size_t row)
{
    static const enum trace_field numbers[] = {TRACE_PERSON_ID, TRACE_PHONE, TRACE_BANK_ACCOUNT};
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && result == VAULT_OK; i++) {
        uint64_t key = key_of(p, row, numbers[i], false);
        if (key != 0)
            result = join(p, row, key);
    }
    uint64_t name = key_of(p, row, TRACE_CONTACT, false);
    return result == VAULT_OK && name != 0 ? join(p, row, both(name, p->owner[row])) : result;
}

static int join_surely(struct people *p, size_t row)
{
    uint64_t id = key_of(p, row, TRACE_PERSON_ID, true);
    uint64_t name = key_of(p, row, TRACE_CONTACT, true);
    uint64_t phone = key_of(p, row, TRACE_PHONE, true);
    if (id != 0)
        return join(p, row, id);
    if (name != 0 && phone != 0)
        return join(p, row, both(name, phone));
    name = key_of(p, row, TRACE_NAME, true);
    return name != 0 && !surely(p, row) ? join(p, row, name) : VAULT_OK;
}

static int count(struct people *p, int (*join_row)(struct people *p, size_t row), size_t *people)
{
    int result = VAULT_OK;
    *people = 0;
    number_map_free(&p->seen);
    for (size_t row = 0; row < p->rows; row++)
        p->parent[row] = (uint32_t)row;
    for (size_t row = 0; row < p->rows && result == VAULT_OK; row++) {
        if (p->counts[row])
            result = join_row(p, row);
    }
    for (size_t row = 0; row < p->rows; row++)
        *people += p->counts[row] && p->parent[row] == row;
    return result;
}

static int is_decoy(const struct people *p, uint32_t number, bool *decoy)
{
    struct trace_client about = {.decoy = false};
    int result = p->source->client == NULL
                     ? VAULT_OK
                     : p->source->client(p->source->context, number, &about, p->failure);
    *decoy = about.decoy;
    return result;
}

/* Whose the linked rows are: the first record that a row is of. */
static int find_owners(struct people *p, const struct trace_result *result)
{
    struct number_map linked = {0};
    int error = VAULT_OK;
    for (size_t i = 0; i < result->linked && error == VAULT_OK; i++) {
        bool decoy = false;
        uint64_t *client = number_map_put(&linked, result->ours[i].number);
        error = client == NULL ? VAULT_ENOMEM : is_decoy(p, result->ours[i].client, &decoy);
        if (error == VAULT_OK)
            *client = decoy ? DECOY : (uint64_t)result->ours[i].client + 1;
    }
    for (size_t row = 0; row < p->rows && error == VAULT_OK; row++) {
        const uint64_t *client = number_map_get(&linked, leak_number(p->leak, row));
        p->owner[row] = client == NULL ? 0 : *client;
    }
    number_map_free(&linked);
    return error;
}

static int count_people(struct people *p, const struct trace_result *result, json_t **people)
{
    size_t least = 0;
    size_t most = 0;
    int error = find_owners(p, result);
    for (size_t row = 0; row < p->rows; row++)
        p->counts[row] = p->owner[row] != 0 && p->owner[row] != DECOY && surely(p, row);
    /* A record is one person's, a client is several's: names of different clients are different people. */
    for (size_t row = 0; row < p->rows && p->subject != SUBJECT_CLIENT; row++)
        p->owner[row] = p->owner[row] == DECOY ? DECOY : 0;
    if (error == VAULT_OK)
        error = count(p, join_generously, &least);
    for (size_t row = 0; row < p->rows; row++)
        p->counts[row] = p->owner[row] != DECOY && perhaps(p, row);
    if (error == VAULT_OK)
        error = count(p, join_surely, &most);
    if (error == VAULT_OK)
        *people = json_pack("{s:I,s:I}", "least", (json_int_t)least, "most", (json_int_t)most);
    return error;
}

/* --- Records by what agrees --- */

struct group {
    trace_fields fields;
    int64_t n;
};

#define GROUPS_MAX 512u /* more differ by what hardly anybody counts: they go to the first */

static void add_to_group(struct group *groups, size_t *count, trace_fields fields)
{
    size_t at = 0;
    while (at < *count && groups[at].fields != fields)
        at++;
    if (at == *count && *count < GROUPS_MAX)
        groups[(*count)++] = (struct group){fields, 0};
    groups[at < *count ? at : 0].n++;
}

static int group_records(const struct people *p, const struct trace_result *result, json_t *matched)
{
    struct number_map fields = {0};
    struct group groups[GROUPS_MAX];
    size_t count = 0;
    int error = VAULT_OK;
    for (size_t i = 0; i < result->linked && error == VAULT_OK; i++) {
        bool decoy = false;
        error = is_decoy(p, result->ours[i].client, &decoy);
        uint64_t *of = error != VAULT_OK || decoy ? NULL : number_map_put(&fields, result->ours[i].client);
        if (of != NULL)
            *of |= result->ours[i].agree;
        else if (error == VAULT_OK && !decoy)
            error = VAULT_ENOMEM;
    }
    for (size_t i = 0; i < fields.capacity && error == VAULT_OK; i++) {
        if (fields.keys[i] != 0)
            add_to_group(groups, &count, (trace_fields)fields.values[i]);
    }
    for (size_t i = 0; i < count && error == VAULT_OK; i++) {
        json_t *one = json_pack(
            "{s:o,s:I}", "fields", trace_reply_fields(groups[i].fields), "n", (json_int_t)groups[i].n);
        error = json_array_append_new(matched, one) == 0 ? VAULT_OK : VAULT_ENOMEM;
    }
    number_map_free(&fields);
    return error;
}

int trace_people_count(const struct leak *leak, const struct trace_source *source,
    const struct trace_result *result, enum trace_subject subject, json_t **counted, struct failure *failure)
{
    size_t rows = leak_rows(leak);
    struct people p = {.leak = leak, .source = source, .failure = failure, .subject = subject, .rows = rows};
    json_t *people = NULL;
    json_t *matched = json_array();
    p.parent = calloc(rows + 1, sizeof *p.parent);
    p.counts = calloc(rows + 1, sizeof *p.counts);
    p.owner = calloc(rows + 1, sizeof *p.owner);
    *counted = NULL;
    int error =
        p.parent == NULL || p.counts == NULL || p.owner == NULL || matched == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (error == VAULT_OK)
        error = count_people(&p, result, &people);
    if (error == VAULT_OK)
        error = group_records(&p, result, matched);
    if (error == VAULT_OK) {
        *counted = json_pack("{s:O,s:O}", "individuals", people, "matched", matched);
        error = *counted == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    number_map_free(&p.seen);
    free(p.parent);
    free(p.counts);
    free(p.owner);
    json_decref(people);
    json_decref(matched);
    return error;
}
