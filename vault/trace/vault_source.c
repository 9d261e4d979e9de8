#include "vault/trace/vault_source.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/keys/trace_keys.h"
#include "vault/trace/criterion.h"
#include "vault/trace/vault_source_private.h"

void *vault_source_grow(void **items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count == *capacity) {
        uint32_t wanted = count == 0 ? 64 : count * 2;
        void *grown = reallocarray(*items, wanted, size);
        if (grown == NULL)
            return NULL;
        *items = grown;
        *capacity = wanted;
    }
    void *item = (char *)*items + (size_t)count * size;
    memset(item, 0, size);
    return item;
}

enum compartment vault_source_compartment(enum record_kind kind)
{
    return kind == KIND_CLIENT ? COMPARTMENT_DIRECTORY : kind_compartment(kind);
}

/* --- Portfolios, clients, who works with them --- */

/* The trace branches of one portfolio, as far as the person holds them. */
static int take_keys(struct vault_source *source, struct vault_portfolio *portfolio, struct failure *failure)
{
    int result = VAULT_OK;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        const struct secret *branch;
        result = keyring_trace(source->parts.keyring, portfolio->name, (enum compartment)i, &branch, failure);
        if (result == VAULT_OK)
            result = trace_key_new(branch, &portfolio->trace[i]);
        if (result == VAULT_OK && keyring_trace_search(source->parts.keyring, portfolio->name,
                                      (enum compartment)i, &portfolio->search[i], NULL) != VAULT_OK)
            portfolio->search[i] = NULL;
        if (result == VAULT_ENOKEY) {
            failure_clear(failure);
            portfolio->keyless = true;
            result = VAULT_OK;
        }
    }
    return result;
}

static int read_portfolios(struct vault_source *source, struct failure *failure)
{
    struct statement *names = NULL;
    bool row = true;
    int result = statement_own(source->parts.store, QUERY_PORTFOLIO_NAMES, &names, failure);
    while (result == VAULT_OK && (result = statement_step(names, &row, failure)) == VAULT_OK && row) {
        struct vault_portfolio *portfolio = vault_source_grow((void **)&source->portfolios,
            source->portfolio_count, &source->portfolio_capacity, sizeof *portfolio);
        if (portfolio == NULL) {
            result = VAULT_ENOMEM;
            break;
        }
        source->portfolio_count++;
        text_copy(portfolio->name, sizeof portfolio->name, column_text(names, 0));
        result = take_keys(source, portfolio, failure);
    }
    statement_free(names);
    return result;
}

static uint32_t find_portfolio(const struct vault_source *source, const char *name)
{
    for (uint32_t i = 0; i < source->portfolio_count; i++)
        if (strcmp(source->portfolios[i].name, name) == 0)
            return i;
    return TRACE_NO_SEGMENT;
}

static int read_clients(struct vault_source *source, struct failure *failure)
{
    struct statement *clients;
    bool row = true;
    int result = store_query(source->parts.store, QUERY_CLIENT_FACTS, &clients, failure);
    while (result == VAULT_OK && (result = statement_step(clients, &row, failure)) == VAULT_OK && row) {
        struct vault_client *client = vault_source_grow(
            (void **)&source->clients, source->client_count, &source->client_capacity, sizeof *client);
        struct bytes id = column_bytes(clients, 1);
        if (client == NULL || id.size != ULID_SIZE) {
            statement_reset(clients);
            return client == NULL ? VAULT_ENOMEM : failure_set(failure, VAULT_EFORGED, "a client has no id");
        }
        source->client_count++;
        client->row = column_number(clients, 0);
        memcpy(client->id.data, id.data, ULID_SIZE);
        client->portfolio = find_portfolio(source, column_text(clients, 2));
        client->assignees[0] = client->assignees[1] = TRACE_NO_SEGMENT;
    }
    return result;
}

static struct vault_member *find_member(struct vault_source *source, const char *name, uint32_t *number)
{
    for (*number = 0; *number < source->member_count; ++*number)
        if (strcmp(source->members[*number].name, name) == 0)
            return &source->members[*number];
    struct vault_member *member = vault_source_grow(
        (void **)&source->members, source->member_count, &source->member_capacity, sizeof *member);
    if (member == NULL)
        return NULL;
    source->member_count++;
    text_copy(member->name, sizeof member->name, name);
    return member;
}

static int read_assignments(struct vault_source *source, struct failure *failure)
{
    struct statement *rows;
    bool row = true;
    int result = store_query(source->parts.store, QUERY_ASSIGNMENT_ROWS, &rows, failure);
    while (result == VAULT_OK && (result = statement_step(rows, &row, failure)) == VAULT_OK && row) {
        uint32_t at = vault_source_client(source, column_number(rows, 0)), number = 0;
        struct vault_member *member = find_member(source, column_text(rows, 1), &number);
        if (member == NULL) {
            statement_reset(rows);
            return VAULT_ENOMEM;
        }
        if (at == UINT32_MAX)
            continue;
        uint32_t *places = source->clients[at].assignees;
        if (places[0] == TRACE_NO_SEGMENT)
            places[0] = number;
        else if (places[1] == TRACE_NO_SEGMENT)
            places[1] = number;
    }
    return result;
}

uint32_t vault_source_client(const struct vault_source *source, int64_t row)
{
    uint32_t low = 0, high = source->client_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (source->clients[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < source->client_count && source->clients[low].row == row ? low : UINT32_MAX;
}

int vault_source_place(struct vault_source *source, int64_t row, uint32_t *client, enum record_kind *kind,
    struct failure *failure)
{
    struct statement *statement;
    bool found = false;
    uint64_t *place = number_map_put(&source->places, (uint64_t)row);
    if (place == NULL)
        return VAULT_ENOMEM;
    if (*place == 0) {
        int result = store_query(source->parts.store, QUERY_RECORD_PLACE, &statement, failure);
        if (result != VAULT_OK)
            return result;
        bind_number(statement, 1, row);
        result = statement_step(statement, &found, failure);
        if (result != VAULT_OK)
            return result;
        uint32_t at = found ? vault_source_client(source, column_number(statement, 0)) : UINT32_MAX;
        uint64_t of = found ? (uint64_t)column_number(statement, 1) & 0xff : 0;
        *place = ((uint64_t)at << 8 | of) + 1;
        statement_reset(statement);
    }
    *client = (uint32_t)((*place - 1) >> 8);
    *kind = (enum record_kind)((*place - 1) & 0xff);
    return *client == UINT32_MAX ? VAULT_ENOTFOUND : VAULT_OK;
}

/* --- What a source answers from memory --- */

static const struct vault_client *client_of(const struct vault_source *source, uint32_t number)
{
    if (source->subject != SUBJECT_CLIENT)
        number = number < source->row_count ? source->rows[number].client : UINT32_MAX;
    return number < source->client_count ? &source->clients[number] : NULL;
}

/* Segments are the portfolios, the people who work for clients, and what the rows at hand may be chosen by.
 */
static uint32_t criteria_start(const struct vault_source *source)
{
    return source->portfolio_count + source->member_count;
}

static int tell_client(void *context, uint32_t number, struct trace_client *about, struct failure *failure)
{
    const struct vault_source *source = context;
    const struct vault_client *client = client_of(source, number);
    (void)failure;
    *about = (struct trace_client){.decoy = client != NULL && client->decoy};
    for (int i = 0; i < TRACE_SEGMENTS; i++)
        about->segments[i] = TRACE_NO_SEGMENT;
    if (client == NULL)
        return VAULT_OK;
    int64_t milliseconds = 0;
    for (int i = 0; i < 6; i++)
        milliseconds = milliseconds << 8 | client->id.data[i];
    about->since = milliseconds / 1000;
    about->segments[0] = client->portfolio;
    for (int i = 0; i < 2; i++)
        if (client->assignees[i] != TRACE_NO_SEGMENT)
            about->segments[1 + i] = source->portfolio_count + client->assignees[i];
    for (uint32_t i = 0; i < CRITERIA_MAX; i++)
        if ((client->criteria >> i & 1) != 0)
            about->segments[3 + i] = criteria_start(source) + i;
    return VAULT_OK;
}

static bool are_together(void *context, uint32_t a, uint32_t b)
{
    const struct vault_source *source = context;
    return a < source->row_count && b < source->row_count && source->rows[a].client == source->rows[b].client;
}

static int tell_segment(void *context, uint32_t segment, uint32_t *size, struct failure *failure)
{
    const struct vault_source *source = context;
    (void)failure;
    uint32_t start = criteria_start(source);
    *size = segment < source->portfolio_count ? source->portfolios[segment].genuine
            : segment < start                 ? source->members[segment - source->portfolio_count].genuine
                                              : 0;
    for (uint32_t i = 0; i < source->client_count && segment >= start && segment - start < CRITERIA_MAX; i++)
        *size += !source->clients[i].decoy && (source->clients[i].criteria >> (segment - start) & 1) != 0;
    return VAULT_OK;
}

struct counting {
    struct vault_source *source;
    uint32_t *counts; /* by segment */
};

static int count_client(void *context, int64_t row, uint32_t first, uint32_t last)
{
    struct counting *counting = context;
    struct vault_source *source = counting->source;
    uint32_t at = vault_source_client(source, row);
    (void)first;
    (void)last;
    if (at == UINT32_MAX || source->clients[at].decoy)
        return VAULT_OK;
    if (source->clients[at].portfolio != TRACE_NO_SEGMENT)
        counting->counts[source->clients[at].portfolio]++;
    for (int i = 0; i < 2; i++)
        if (source->clients[at].assignees[i] != TRACE_NO_SEGMENT)
            counting->counts[source->portfolio_count + source->clients[at].assignees[i]]++;
    for (uint32_t i = 0; i < CRITERIA_MAX; i++)
        counting->counts[criteria_start(source) + i] += source->clients[at].criteria >> i & 1;
    return VAULT_OK;
}

static int reach_of_segment(struct vault_source *source, uint32_t person, uint32_t segment, uint32_t *clients,
    struct failure *failure)
{
    size_t segments = source->source.segments;
    struct counting counting = {source, source->reach + person * segments};
    int result = VAULT_OK;
    if (segment >= segments)
        return VAULT_OK;
    if (!source->reached[person])
        result = disclosures_clients(
            source->parts.disclosures, person, INT64_MIN, INT64_MAX, count_client, &counting, failure);
    source->reached[person] = result == VAULT_OK;
    *clients = counting.counts[segment];
    return result;
}

static int tell_reach(void *context, uint32_t person, enum trace_scope scope, uint32_t key, int64_t before,
    uint32_t *clients, struct failure *failure)
{
    struct vault_source *source = context;
    *clients = 0;
    if (person >= source->source.people)
        return VAULT_OK;
    if (scope == TRACE_SCOPE_SEGMENT)
        return reach_of_segment(source, person, key, clients, failure);
    return disclosures_reach(source->parts.disclosures, person, scope, key, before, clients, failure);
}

static int tell_episodes(void *context, uint32_t person, enum trace_scope scope, int64_t before,
    uint32_t *count, struct failure *failure)
{
    struct vault_source *source = context;
    *count = 0;
    return disclosures_episodes(source->parts.disclosures, person, scope, before, count, failure);
}

/* --- Making --- */

static void count_segments(struct vault_source *source)
{
    source->source.genuine = 0;
    for (uint32_t i = 0; i < source->portfolio_count; i++)
        source->portfolios[i].genuine = 0;
    for (uint32_t i = 0; i < source->member_count; i++)
        source->members[i].genuine = 0;
    for (uint32_t i = 0; i < source->client_count; i++) {
        const struct vault_client *client = &source->clients[i];
        if (client->decoy)
            continue;
        source->source.genuine++;
        if (client->portfolio != TRACE_NO_SEGMENT)
            source->portfolios[client->portfolio].genuine++;
        for (int k = 0; k < 2; k++)
            if (client->assignees[k] != TRACE_NO_SEGMENT)
                source->members[client->assignees[k]].genuine++;
    }
}

int vault_source_new(
    const struct vault_source_parts *parts, struct vault_source **sourcep, struct failure *failure)
{
    struct vault_source *source = calloc(1, sizeof *source);
    *sourcep = NULL;
    int result = source == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK) {
        source->parts = *parts;
        source->loaded = UINT32_MAX;
        result = read_portfolios(source, failure);
    }
    if (result == VAULT_OK)
        result = read_clients(source, failure);
    if (result == VAULT_OK)
        result = read_assignments(source, failure);
    if (result == VAULT_OK) {
        size_t people = disclosures_people(parts->disclosures);
        source->source.people = (uint32_t)people;
        source->source.segments = criteria_start(source) + CRITERIA_MAX;
        source->reach = calloc(people * source->source.segments + 1, sizeof *source->reach);
        source->reached = calloc(people + 1, sizeof *source->reached);
        result = source->reach == NULL || source->reached == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    if (result != VAULT_OK) {
        vault_source_free(source);
        return result == VAULT_ENOMEM ? failure_set(failure, result, "no memory to trace the leak") : result;
    }
    *sourcep = source;
    return VAULT_OK;
}

static void forget_subject(struct vault_source *source)
{
    source->row_count = 0;
    vault_source_forget(source);
    number_map_free(&source->row_numbers);
    source->row_numbers = (struct number_map){0};
    source->loaded = UINT32_MAX;
    source->version_count = 0;
}

void vault_source_free(struct vault_source *source)
{
    if (source == NULL)
        return;
    for (uint32_t i = 0; i < source->portfolio_count; i++)
        for (int k = 0; k < COMPARTMENT_COUNT; k++)
            trace_key_free(source->portfolios[i].trace[k]);
    forget_subject(source);
    number_map_free(&source->places);
    number_map_free(&source->shown);
    buffer_free(&source->prints);
    free(source->portfolios);
    free(source->clients);
    free(source->members);
    free(source->rows);
    free(source->hits);
    free(source->versions);
    free(source->reach);
    free(source->reached);
    free(source);
}

void vault_source_decoy(struct vault_source *source, const struct ulid *client)
{
    for (uint32_t i = 0; i < source->client_count; i++)
        if (ulid_equal(&source->clients[i].id, client))
            source->clients[i].decoy = true;
}

static int count_kind(const struct vault_source *source, enum trace_subject subject, uint32_t *population,
    struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    enum record_kind kind = KIND_CLIENT;
    enum trace_subject own;
    while (kind < KIND_LAST && (!subject_of_kind(kind, &own) || own != subject))
        kind++;
    int result = store_query(source->parts.store, QUERY_RECORD_COUNT_KIND, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, kind);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row)
        *population = (uint32_t)column_number(statement, 0);
    statement_reset(statement);
    return result;
}

static void fill_compartments(struct vault_source *source)
{
    memset(source->compartments, 0, sizeof source->compartments);
    for (int kind = KIND_CLIENT; kind <= KIND_LAST; kind++) {
        enum trace_subject own;
        if (!subject_of_kind((enum record_kind)kind, &own) || own != source->subject)
            continue;
        for (const struct trait *trait = kind_traits((enum record_kind)kind); trait->path != NULL; trait++)
            if (!trait->compared)
                source->compartments[trait->field] |= 1u << vault_source_compartment((enum record_kind)kind);
    }
}

int vault_source_take(struct vault_source *source, enum trace_subject subject,
    const struct trace_source **taken, struct failure *failure)
{
    uint32_t population = 0;
    int result = VAULT_OK;
    /* Clients have their numbers from the start, whatever was found first: what is known of them stays. */
    if (subject != SUBJECT_CLIENT || source->subject != subject)
        forget_subject(source);
    source->subject = subject;
    fill_compartments(source);
    if (subject != SUBJECT_CLIENT)
        result = count_kind(source, subject, &population, failure);
    source->source = (struct trace_source){.context = source,
        .people = source->source.people,
        .clients = subject == SUBJECT_CLIENT ? source->client_count : VAULT_SUBJECTS_MAX,
        .population = population,
        .segments = source->source.segments,
        .fields = subject_fields(subject),
        .compared = subject_compared(subject),
        .naming = subject_naming(subject),
        .until = disclosures_until(source->parts.disclosures),
        .find = vault_source_find,
        .expect = subject_is_searched(subject) ? NULL : vault_source_expect,
        .agreements = vault_source_agreements,
        .accesses = vault_source_accesses,
        .client = tell_client,
        .together = subject == SUBJECT_CLIENT ? NULL : are_together,
        .segment = tell_segment,
        .reach = tell_reach,
        .episodes = tell_episodes};
    count_segments(source);
    *taken = &source->source;
    return result;
}

int vault_source_criteria(struct vault_source *source, const struct leak *leak, struct failure *failure)
{
    struct criteria criteria;
    size_t people = source->source.people;
    if (source->subject != SUBJECT_CLIENT)
        return VAULT_OK;
    int result = criteria_find(leak, &source->source, &criteria, failure);
    for (uint32_t i = 0; i < source->client_count; i++)
        source->clients[i].criteria = 0;
    for (size_t k = 0; k < criteria.count; k++)
        for (size_t i = 0; i < criteria.items[k].count; i++)
            source->clients[criteria.items[k].clients[i]].criteria |= (uint8_t)(1u << k);
    /* Whoever was counted before was counted without. */
    memset(source->reach, 0, people * source->source.segments * sizeof *source->reach);
    memset(source->reached, 0, people * sizeof *source->reached);
    criteria_free(&criteria);
    return result;
}

/* --- What numbers stand for --- */

uint32_t vault_source_keyless(const struct vault_source *source)
{
    uint32_t keyless = 0;
    for (uint32_t i = 0; i < source->portfolio_count; i++)
        keyless += source->portfolios[i].keyless;
    return keyless;
}

static int record_id(struct vault_source *source, int64_t row, struct ulid *id, enum record_kind *kind,
    struct failure *failure)
{
    struct statement *statement;
    bool found = false;
    int result = store_query(source->parts.store, QUERY_RECORD_PLACE, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row);
    result = statement_step(statement, &found, failure);
    if (result == VAULT_OK && (!found || column_bytes(statement, 2).size != ULID_SIZE))
        result = failure_set(failure, VAULT_ENOTFOUND, "a record that was linked is not there any more");
    if (result == VAULT_OK) {
        memcpy(id->data, column_bytes(statement, 2).data, ULID_SIZE);
        *kind = (enum record_kind)column_number(statement, 1);
    }
    statement_reset(statement);
    return result;
}

int vault_source_subject(
    struct vault_source *source, uint32_t number, struct vault_subject *subject, struct failure *failure)
{
    const struct vault_client *client = client_of(source, number);
    enum record_kind kind;
    *subject = (struct vault_subject){.portfolio = ""};
    if (client == NULL)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no subject of that number");
    subject->client = client->id;
    subject->decoy = client->decoy;
    if (client->portfolio != TRACE_NO_SEGMENT)
        subject->portfolio = source->portfolios[client->portfolio].name;
    return source->subject == SUBJECT_CLIENT
               ? VAULT_OK
               : record_id(source, source->rows[number].row, &subject->record, &kind, failure);
}
