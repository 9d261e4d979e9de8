/* Versions of a client, each: record, version, valid_from (zigzag), set of fields, then length and bytes of
 * each. Accesses of a client, each: differences of event and time to the one before, person, record, version,
 * shape and export.  All numbers are LEB128. */
#include <stdlib.h>
#include <string.h>

#include "vault/trace/access_index_private.h"
#include "vault/linkage/term.h"

enum name_kind { NAME_PERSON, NAME_CLIENT, NAME_EXPORT, NAME_SEGMENT };

void *items_add(struct items *items)
{
    if (items->count == items->capacity) {
        size_t capacity = items->capacity == 0 ? 64 : items->capacity * 2;
        void *data = reallocarray(items->data, capacity, items->size);
        if (data == NULL)
            return NULL;
        items->data = data;
        items->capacity = capacity;
    }
    void *item = items_at(items, items->count++);
    memset(item, 0, items->size);
    return item;
}

static bool coded_room(struct coded *coded, size_t more)
{
    if (coded->capacity - coded->size >= more)
        return true;
    size_t capacity = coded->capacity + coded->capacity / 4 + more + 48;
    uint8_t *data = realloc(coded->data, capacity);
    if (data == NULL)
        return false;
    coded->data = data;
    coded->capacity = capacity;
    return true;
}

bool coded_put(struct coded *coded, uint64_t value)
{
    if (!coded_room(coded, 10))
        return false;
    for (; value >= 0x80; value >>= 7)
        coded->data[coded->size++] = (uint8_t)(value | 0x80);
    coded->data[coded->size++] = (uint8_t)value;
    return true;
}

bool coded_put_bytes(struct coded *coded, struct bytes bytes)
{
    if (!coded_put(coded, bytes.size) || !coded_room(coded, bytes.size))
        return false;
    if (bytes.size > 0)
        memcpy(coded->data + coded->size, bytes.data, bytes.size);
    coded->size += bytes.size;
    return true;
}

struct access_index_builder *access_index_builder_new(void)
{
    struct access_index_builder *builder = calloc(1, sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->people.size = sizeof(struct index_name);
    builder->exports.size = sizeof(struct index_export);
    builder->segments.size = sizeof(uint32_t);
    builder->clients.size = sizeof(struct client_draft);
    builder->terms.size = sizeof(struct term_draft);
    builder->shapes.size = sizeof(uint32_t);
    builder->last_at = INT64_MIN;
    if (items_add(&builder->exports) == NULL) { /* number 0: none */
        access_index_builder_free(builder);
        return NULL;
    }
    return builder;
}

void access_index_builder_free(struct access_index_builder *builder)
{
    if (builder == NULL)
        return;
    for (size_t i = 0; i < builder->clients.count; i++) {
        struct client_draft *client = items_at(&builder->clients, i);
        if (client->versions.data != NULL)
            wipe(client->versions.data, client->versions.size);
        free(client->versions.data);
        free(client->accesses.data);
    }
    struct items *const all[] = {&builder->people, &builder->exports, &builder->segments, &builder->clients,
        &builder->terms, &builder->shapes};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->data);
    buffer_free(&builder->text);
    number_map_free(&builder->names);
    number_map_free(&builder->shape_of);
    number_map_free(&builder->reach);
    number_map_free(&builder->seen);
    free(builder);
}

/* --- Names --- */

static uint64_t name_key(unsigned kind, struct bytes name)
{
    struct trace_term term = {
        .kind = (enum trace_term_kind)(kind + 100), .field = TRACE_FIELDS, .text = name};
    return term_hash(&term) >> 1; /* never the key that the map keeps for itself */
}

static struct index_name *name_of(const struct access_index_builder *builder, unsigned kind, uint64_t number)
{
    switch (kind) {
    case NAME_PERSON:
        return items_at(&builder->people, number);
    case NAME_CLIENT:
        return &((struct client_draft *)items_at(&builder->clients, number))->stored.name;
    case NAME_EXPORT:
        return &((struct index_export *)items_at(&builder->exports, number))->name;
    default:
        return NULL; /* segments keep no name */
    }
}

static bool is_named(
    const struct access_index_builder *builder, unsigned kind, uint64_t number, struct bytes name)
{
    const struct index_name *stored = name_of(builder, kind, number);
    return stored == NULL || bytes_equal(bytes_of(builder->text.data + stored->start, stored->size), name);
}

static bool find_name(
    const struct access_index_builder *builder, unsigned kind, struct bytes name, uint32_t *number)
{
    for (uint64_t key = name_key(kind, name);; key++) {
        const uint64_t *found = number_map_get(&builder->names, key);
        if (found == NULL)
            return false;
        if (is_named(builder, kind, *found - 1, name)) {
            *number = (uint32_t)(*found - 1);
            return true;
        }
    }
}

static int keep_name(struct access_index_builder *builder, unsigned kind, struct bytes name, uint32_t number)
{
    uint64_t key = name_key(kind, name);
    while (number_map_get(&builder->names, key) != NULL)
        key++;
    struct index_name *stored = name_of(builder, kind, number);
    if (stored != NULL) {
        if (builder->text.size + name.size > UINT32_MAX)
            return VAULT_ELIMIT;
        stored->start = (uint32_t)builder->text.size;
        stored->size = (uint32_t)name.size;
        buffer_put(&builder->text, name);
    }
    uint64_t *value = number_map_put(&builder->names, key);
    if (value == NULL || buffer_error(&builder->text) != VAULT_OK)
        return VAULT_ENOMEM;
    *value = (uint64_t)number + 1;
    return VAULT_OK;
}

int access_index_add_person(struct access_index_builder *builder, struct bytes name, uint32_t *person)
{
    *person = 0;
    if (find_name(builder, NAME_PERSON, name, person))
        return VAULT_EEXISTS;
    if (builder->people.count >= ACCESS_INDEX_PEOPLE_MAX)
        return VAULT_ELIMIT;
    *person = (uint32_t)builder->people.count;
    return items_add(&builder->people) == NULL ? VAULT_ENOMEM
                                               : keep_name(builder, NAME_PERSON, name, *person);
}

int access_index_add_segment(
    struct access_index_builder *builder, unsigned kind, struct bytes name, uint32_t *segment)
{
    *segment = 0;
    if (kind >= TRACE_SEGMENTS)
        return VAULT_EUSAGE;
    if (find_name(builder, NAME_SEGMENT + kind, name, segment))
        return VAULT_OK;
    *segment = (uint32_t)builder->segments.count;
    return items_add(&builder->segments) == NULL ? VAULT_ENOMEM
                                                 : keep_name(builder, NAME_SEGMENT + kind, name, *segment);
}

int access_index_add_client(struct access_index_builder *builder, struct bytes name,
    const struct trace_client *about, uint32_t *client)
{
    *client = 0;
    if (find_name(builder, NAME_CLIENT, name, client))
        return VAULT_EEXISTS;
    if (builder->clients.count >= ACCESS_INDEX_CLIENTS_MAX)
        return VAULT_ELIMIT;
    *client = (uint32_t)builder->clients.count;
    struct client_draft *draft = items_add(&builder->clients);
    if (draft == NULL)
        return VAULT_ENOMEM;
    draft->stored.since = about->since;
    draft->stored.decoy = about->decoy;
    for (unsigned i = 0; i < TRACE_SEGMENTS; i++) {
        draft->stored.segments[i] = about->segments[i];
        if (about->segments[i] < builder->segments.count && !about->decoy)
            ++*(uint32_t *)items_at(&builder->segments, about->segments[i]);
    }
    builder->genuine += !about->decoy;
    return keep_name(builder, NAME_CLIENT, name, *client);
}

int access_index_add_export(struct access_index_builder *builder, struct bytes name, uint32_t *export)
{
    *export = 0;
    if (name.size == 0 || find_name(builder, NAME_EXPORT, name, export))
        return VAULT_OK;
    *export = (uint32_t)builder->exports.count;
    return items_add(&builder->exports) == NULL ? VAULT_ENOMEM
                                                : keep_name(builder, NAME_EXPORT, name, *export);
}

bool access_index_person(const struct access_index_builder *builder, struct bytes name, uint32_t *person)
{
    return find_name(builder, NAME_PERSON, name, person);
}

bool access_index_client(const struct access_index_builder *builder, struct bytes name, uint32_t *client)
{
    return find_name(builder, NAME_CLIENT, name, client);
}

/* --- Versions --- */

struct term_target {
    struct access_index_builder *builder;
    uint32_t client;
};

static int add_term(void *context, const struct trace_term *term)
{
    const struct term_target *target = context;
    struct term_draft *draft = items_add(&target->builder->terms);
    if (draft == NULL)
        return VAULT_ENOMEM;
    draft->hash = term_hash(term);
    draft->client = target->client;
    return VAULT_OK;
}

int access_index_add_version(
    struct access_index_builder *builder, uint32_t client, const struct trace_version *version)
{
    if (client >= builder->clients.count)
        return VAULT_EINPUT;
    struct client_draft *draft = items_at(&builder->clients, client);
    struct coded *coded = &draft->versions;
    struct term_target target = {builder, client};
    trace_fields present = 0;
    int result = VAULT_OK;
    for (int i = 0; i < TRACE_FIELDS; i++)
        if (version->values[i].size > 0)
            present |= TRACE_BIT(i);
    uint64_t moment = ((uint64_t)version->valid_from << 1) ^ (version->valid_from < 0 ? UINT64_MAX : 0);
    bool kept = coded_put(coded, version->record) && coded_put(coded, version->version) &&
                coded_put(coded, moment) && coded_put(coded, present);
    for (int i = 0; i < TRACE_FIELDS && kept && result == VAULT_OK; i++) {
        struct normal normal;
        if ((present & TRACE_BIT(i)) == 0)
            continue;
        kept = coded_put_bytes(coded, version->values[i]);
        struct trace_term same = {.field = (enum trace_field)i, .text = version->values[i]};
        uint64_t hash = term_hash(&same);
        if (draft->last[i] == hash)
            continue;
        draft->last[i] = hash;
        normal_make(trace_field_facts[i].form, version->values[i], &normal);
        result = term_of_value((enum trace_field)i, &normal, add_term, &target);
        wipe(&normal, sizeof normal);
    }
    return !kept ? VAULT_ENOMEM : coded->size > UINT32_MAX ? VAULT_ELIMIT : result;
}

/* --- Accesses --- */

static bool count(struct access_index_builder *builder, uint32_t person, unsigned scope, uint32_t key)
{
    uint64_t *clients = number_map_put(&builder->reach, index_reach_key(person, scope, key));
    if (clients != NULL)
        ++*clients;
    return clients != NULL;
}

/* What a person last saw a client in: (month + 1) << 48 | day << 32 | export.  Accesses come in order of
 * time, so that a client counts once for a month, a day and an export whose accesses are together. */
static bool count_all(struct access_index_builder *builder, const struct client_draft *draft, uint32_t client,
    const struct trace_access *access)
{
    uint32_t person = access->person, month = trace_month(access->at) + 1, day = trace_day(access->at);
    uint64_t *seen = number_map_put(&builder->seen, (uint64_t)person << 24 | client);
    if (seen == NULL)
        return false;
    uint64_t last = *seen;
    uint32_t export = access->export != 0 ? access->export : (uint32_t)last;
    *seen = (uint64_t)month << 48 | (uint64_t)day << 32 | export;
    bool kept = true;
    if (last == 0) {
        kept = count(builder, person, INDEX_FIRST, day);
        for (unsigned i = 0; i < TRACE_SEGMENTS && kept; i++)
            if (draft->stored.segments[i] != TRACE_NO_SEGMENT)
                kept = count(builder, person, TRACE_SCOPE_SEGMENT, draft->stored.segments[i]);
    }
    if (kept && last >> 48 != month)
        kept = count(builder, person, TRACE_SCOPE_MONTH, month - 1);
    if (kept && (last >> 32 & 0xFFFF) != day)
        kept = count(builder, person, TRACE_SCOPE_DAY, day);
    if (kept && access->export != 0 && (uint32_t)last != access->export)
        kept = count(builder, person, TRACE_SCOPE_EXPORT, access->export);
    return kept;
}

static int shape_of(struct access_index_builder *builder, const struct trace_access *access, uint64_t *shape)
{
    uint32_t packed = access->fields << 2 | (uint32_t)access->action;
    uint64_t *number = number_map_put(&builder->shape_of, packed);
    if (number == NULL)
        return VAULT_ENOMEM;
    if (*number == 0) {
        uint32_t *stored = items_add(&builder->shapes);
        if (stored == NULL)
            return VAULT_ENOMEM;
        if (builder->shapes.count > SHAPES_MAX)
            return VAULT_ELIMIT;
        *stored = packed;
        *number = builder->shapes.count;
    }
    *shape = *number - 1;
    return VAULT_OK;
}

static bool is_known(
    const struct access_index_builder *builder, uint32_t client, const struct trace_access *access)
{
    return client < builder->clients.count && access->person < builder->people.count &&
           access->export < builder->exports.count && access->fields <= TRACE_ALL &&
           (unsigned)access->action <= TRACE_SEARCH && access->at >= builder->last_at && access->at >= 0 &&
           access->at < INT64_C(65536) * 86400 && access->event >= builder->last_event;
}

int access_index_add_access(
    struct access_index_builder *builder, uint32_t client, const struct trace_access *access)
{
    uint64_t shape = 0;
    if (!is_known(builder, client, access))
        return VAULT_EINPUT;
    int result = shape_of(builder, access, &shape);
    if (result != VAULT_OK)
        return result;
    struct client_draft *draft = items_at(&builder->clients, client);
    struct coded *coded = &draft->accesses;
    bool kept = coded_put(coded, access->event - coded->event) &&
                coded_put(coded, (uint64_t)(access->at - coded->at)) && coded_put(coded, access->person) &&
                coded_put(coded, access->record) && coded_put(coded, access->version) &&
                coded_put(coded, shape) && coded_put(coded, access->export) &&
                count_all(builder, draft, client, access);
    if (access->export != 0) {
        struct index_export *export = items_at(&builder->exports, access->export);
        if (export->at == 0)
            export->at = access->at;
    }
    coded->event = access->event;
    coded->at = access->at;
    builder->last_event = access->event;
    builder->last_at = access->at;
    builder->accesses++;
    return !kept ? VAULT_ENOMEM : coded->size > UINT32_MAX ? VAULT_ELIMIT : VAULT_OK;
}
