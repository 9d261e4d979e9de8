/* What was linked, version by version: which cells agree, and who was shown it. */
#include <stdlib.h>
#include <string.h>

#include "vault/trace/vault_source_private.h"

/* --- The versions of a subject --- */

static struct vault_version *add_version(struct vault_source *source)
{
    if (source->version_count == source->version_capacity) {
        size_t capacity = source->version_capacity == 0 ? 64 : source->version_capacity * 2;
        struct vault_version *versions = reallocarray(source->versions, capacity, sizeof *versions);
        if (versions == NULL)
            return NULL;
        source->versions = versions;
        source->version_capacity = capacity;
    }
    struct vault_version *version = &source->versions[source->version_count++];
    *version = (struct vault_version){.row = 0};
    return version;
}

/* "2024-05", or a year alone; other texts tell no order. */
static int64_t rank_of(const char *period)
{
    int64_t rank = 0;
    size_t digits = 0;
    for (; *period != '\0' && digits < 6; period++) {
        if (*period >= '0' && *period <= '9') {
            rank = rank * 10 + (*period - '0');
            digits++;
        } else if (*period != '-') {
            return 0;
        }
    }
    return digits == 4 ? rank * 100 : digits == 6 ? rank : 0;
}

static int load_prints(struct vault_source *source, enum query query, int64_t row, struct failure *failure)
{
    struct statement *statement;
    bool more = true;
    int result = store_query(source->parts.store, query, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row);
    while ((result = statement_step(statement, &more, failure)) == VAULT_OK && more) {
        struct vault_version *version = add_version(source);
        struct bytes id = column_bytes(statement, 1), print = column_bytes(statement, 4);
        if (version == NULL || id.size != ULID_SIZE) {
            statement_reset(statement);
            return version == NULL ? VAULT_ENOMEM : failure_set(failure, VAULT_EFORGED, "a record has no id");
        }
        version->row = column_number(statement, 0);
        memcpy(version->id.data, id.data, ULID_SIZE);
        version->kind = (enum record_kind)column_number(statement, 2);
        version->version = (uint32_t)column_number(statement, 3);
        version->from = column_number(statement, 5) / 1000;
        version->rank = rank_of(column_text(statement, 6));
        version->start = source->prints.size;
        version->size = print.size;
        buffer_put(&source->prints, print);
    }
    return result == VAULT_OK ? buffer_error(&source->prints) : result;
}

static int load(struct vault_source *source, uint32_t number, struct failure *failure)
{
    int result;
    if (source->loaded == number)
        return VAULT_OK;
    source->loaded = UINT32_MAX;
    source->version_count = 0;
    buffer_reset(&source->prints);
    if (source->subject == SUBJECT_CLIENT)
        result = load_prints(source, QUERY_FINGERPRINTS_OF_CLIENT, source->clients[number].row, failure);
    else if (subject_is_searched(source->subject))
        result = load_prints(source, QUERY_VERSIONS_OF_RECORD, source->rows[number].row, failure);
    else
        result = load_prints(source, QUERY_FINGERPRINTS_OF_RECORD, source->rows[number].row, failure);
    if (result == VAULT_OK)
        source->loaded = number;
    return result == VAULT_ENOMEM ? failure_set(failure, result, "no memory to compare versions") : result;
}

/* --- Which cells agree --- */

static trace_fields agreed_by_print(const struct vault_source *source, const struct vault_version *version,
    uint32_t portfolio, const struct normal *cells, trace_fields present)
{
    struct bytes print = bytes_of(source->prints.data + version->start, version->size);
    const struct trace_key *key =
        portfolio == TRACE_NO_SEGMENT
            ? NULL
            : source->portfolios[portfolio].trace[vault_source_compartment(version->kind)];
    trace_fields agreed = 0;
    for (int f = 0; f < TRACE_FIELDS && key != NULL; f++)
        if ((present & TRACE_BIT(f)) != 0 &&
            fingerprint_agrees(key, &version->id, print, (enum trace_field)f, &cells[f]))
            agreed |= TRACE_BIT(f);
    return agreed;
}

struct looking {
    struct vault_source *source;
    struct failure *failure;
    uint32_t number;
    bool found;
};

static int look_up(void *context, const struct trace_term *term)
{
    struct looking *looking = context;
    struct trace_hits hits;
    int result = vault_source_find(looking->source, term, &hits, looking->failure);
    for (size_t i = 0; i < hits.count && result == VAULT_OK; i++)
        looking->found |= hits.clients[i] == looking->number;
    return result;
}

/* Of versions from before they had fingerprints: what finds the record agrees, with all of them alike. */
static int agreed_by_search(struct vault_source *source, uint32_t number, const struct normal *cells,
    trace_fields present, trace_fields *agreed, struct failure *failure)
{
    static const enum trace_term_kind kinds[] = {TRACE_TERM_EXACT, TRACE_TERM_UNIT};
    int result = VAULT_OK;
    for (int f = 0; f < TRACE_FIELDS && result == VAULT_OK; f++) {
        struct looking looking = {source, failure, number, false};
        for (size_t k = 0; k < 2 && result == VAULT_OK && !looking.found; k++)
            if ((present & TRACE_BIT(f)) != 0)
                result = term_of_cell((enum trace_field)f, &cells[f], kinds[k], look_up, &looking);
        if (looking.found)
            *agreed |= TRACE_BIT(f);
    }
    return result;
}

static bool some_without_print(const struct vault_source *source)
{
    bool without = false;
    for (size_t i = 0; i < source->version_count && subject_is_searched(source->subject); i++)
        without |= source->versions[i].size == 0;
    return without;
}

int vault_source_agreements(void *context, uint32_t number, const struct normal *cells, trace_fields present,
    int (*each)(void *context, const struct trace_agreement *agreement), void *each_context,
    struct failure *failure)
{
    struct vault_source *source = context;
    uint32_t client = source->subject == SUBJECT_CLIENT ? number : source->rows[number].client;
    trace_fields searched = 0;
    int result = load(source, number, failure);
    if (result == VAULT_OK && some_without_print(source))
        result =
            agreed_by_search(source, number, cells, present & ~source->source.compared, &searched, failure);
    for (size_t i = 0; i < source->version_count && result == VAULT_OK; i++) {
        const struct vault_version *version = &source->versions[i];
        struct trace_agreement agreement = {.record = (uint32_t)version->row,
            .version = version->version,
            .valid_from = version->from,
            .fields = searched,
            .series = source->subject == SUBJECT_CLIENT && version->rank > 0 ? (uint32_t)version->kind : 0,
            .rank = version->rank};
        if (version->size > 0)
            agreement.fields =
                agreed_by_print(source, version, source->clients[client].portfolio, cells, present);
        result = each(each_context, &agreement);
    }
    return result;
}

/* --- Who was shown it --- */

struct telling {
    struct vault_source *source;
    int (*each)(void *context, const struct trace_access *access);
    void *context;
    struct failure *failure;
};

static enum trace_action action_of(enum disclosure_action action)
{
    switch (action) {
    case DISCLOSURE_LIST:
    case DISCLOSURE_CLIENTS:
        return TRACE_LIST;
    case DISCLOSURE_SEARCH:
        return TRACE_SEARCH;
    case DISCLOSURE_EXPORT:
        return TRACE_EXPORT;
    case DISCLOSURE_READ:
    case DISCLOSURE_CORRECT:
    case DISCLOSURE_OPEN:
    case DISCLOSURE_CLIENT:
    default:
        return TRACE_READ;
    }
}

/* Which fields a disclosure showed, of a record that has them all; the same for every disclosure of one
 * shape. */
static int fields_of(struct vault_source *source, const struct disclosure *disclosure, trace_fields *fields)
{
    uint64_t *known = number_map_put(&source->shown, (uint64_t)disclosure->shape << 16 |
                                                         ((uint64_t)disclosure->view & 0xff) << 8 |
                                                         ((uint64_t)disclosure->kind & 0xff));
    if (known == NULL)
        return VAULT_ENOMEM;
    if (*known == 0) {
        trace_fields shown = 0;
        for (const struct trait *trait = kind_traits(disclosure->kind); trait->path != NULL; trait++)
            if (disclosures_shows(source->parts.disclosures, disclosure, trait->path))
                shown |= TRACE_BIT(trait->field);
        *known = (uint64_t)shown + 1;
    }
    *fields = (trace_fields)(*known - 1);
    return VAULT_OK;
}

/* A card says what the client's own record said then. */
static bool find_card(const struct vault_source *source, int64_t at, uint32_t *record, uint32_t *version)
{
    bool found = false;
    for (size_t i = 0; i < source->version_count; i++) {
        const struct vault_version *one = &source->versions[i];
        if (one->kind != KIND_CLIENT || (found && one->from > at))
            continue;
        *record = (uint32_t)one->row;
        *version = one->version;
        found = true;
    }
    return found;
}

static int tell(void *context, const struct disclosure *disclosure)
{
    struct telling *telling = context;
    struct trace_access access = {.event = disclosure->event,
        .at = disclosure->at,
        .person = disclosure->person,
        .record = (uint32_t)disclosure->record,
        .version = disclosure->version,
        .export = disclosure->export,
        .action = action_of(disclosure->action)};
    int result = fields_of(telling->source, disclosure, &access.fields);
    if (result != VAULT_OK)
        return failure_set(telling->failure, result, "no memory for the accesses to the leaked rows");
    if (access.fields == 0 || disclosure->person >= telling->source->source.people)
        return VAULT_OK;
    if (disclosure->record == 0 &&
        (telling->source->subject != SUBJECT_CLIENT ||
            !find_card(telling->source, disclosure->at, &access.record, &access.version)))
        return VAULT_OK;
    return telling->each(telling->context, &access);
}

int vault_source_accesses(void *context, uint32_t number, int64_t before,
    int (*each)(void *context, const struct trace_access *access), void *each_context,
    struct failure *failure)
{
    struct vault_source *source = context;
    uint32_t client = source->subject == SUBJECT_CLIENT ? number : source->rows[number].client;
    struct telling telling = {source, each, each_context, failure};
    int result = load(source, number, failure);
    int64_t *rows = result == VAULT_OK ? calloc(source->version_count + 1, sizeof *rows) : NULL;
    size_t count = 0;
    if (result == VAULT_OK && rows == NULL)
        result = failure_set(failure, VAULT_ENOMEM, "no memory for the accesses to the leaked rows");
    for (size_t i = 0; i < source->version_count && result == VAULT_OK; i++)
        if (count == 0 || rows[count - 1] != source->versions[i].row)
            rows[count++] = source->versions[i].row;
    struct disclosure_filter filter = {
        .since = INT64_MIN, .before = before, .records = rows, .record_count = count};
    if (result == VAULT_OK)
        result = disclosures_of_client(
            source->parts.disclosures, source->clients[client].row, &filter, tell, &telling, failure);
    free(rows);
    return result;
}
