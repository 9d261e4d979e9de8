#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/trace/access_index_private.h"
#include "vault/linkage/term.h"

uint32_t trace_day(int64_t at)
{
    return at < 0 ? 0 : (uint32_t)(at / 86400);
}

uint32_t trace_month(int64_t at)
{
    int year = 1970, month = 1, day = 1;
    day_date(at < 0 ? 0 : at / 86400, &year, &month, &day);
    return (uint32_t)((year - 1970) * 12 + month - 1);
}

/* --- Sections --- */

static const void *section(
    const struct access_index *index, enum index_section which, size_t item, size_t *count)
{
    *count = index->header->sections[which].size / item;
    return index->data + index->header->sections[which].start;
}

static struct bytes part(
    const struct access_index *index, enum index_section which, uint64_t start, uint64_t size)
{
    uint64_t limit = index->header->sections[which].size;
    if (start > limit || size > limit - start)
        return bytes_of(NULL, 0);
    return bytes_of(index->data + index->header->sections[which].start + start, (size_t)size);
}

static const struct index_client *client_at(const struct access_index *index, uint32_t client)
{
    size_t count = 0;
    const struct index_client *clients = section(index, SECTION_CLIENTS, sizeof *clients, &count);
    return client < count ? &clients[client] : NULL;
}

static int damaged(struct failure *failure)
{
    failure_remedy(failure, "delete it; it is built anew from the log");
    return failure_set(failure, VAULT_EDAMAGED, "the index of accesses contradicts itself");
}

/* --- Terms --- */

static int find(
    void *context, const struct trace_term *term, struct trace_hits *hits, struct failure *failure)
{
    const struct access_index *index = context;
    size_t count = 0, clients_count = 0;
    const uint64_t *hashes = section(index, SECTION_TERM_HASHES, sizeof *hashes, &count);
    const uint32_t *clients = section(index, SECTION_TERM_CLIENTS, sizeof *clients, &clients_count);
    uint64_t wanted = term_hash(term);
    size_t low = 0, high = count;
    (void)failure;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hashes[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    for (high = low; high < count && hashes[high] == wanted; high++)
        if (clients[high] >= index->header->clients)
            return damaged(failure);
    *hits = (struct trace_hits){clients + low, high - low};
    return VAULT_OK;
}

/* --- Versions and accesses --- */

static bool read_version(struct reader *reader, struct trace_version *version)
{
    *version = (struct trace_version){.record = (uint32_t)reader_varint(reader)};
    version->version = (uint32_t)reader_varint(reader);
    uint64_t moment = reader_varint(reader);
    version->valid_from = (int64_t)(moment >> 1) ^ -(int64_t)(moment & 1);
    uint64_t present = reader_varint(reader);
    for (int i = 0; i < TRACE_FIELDS; i++)
        if ((present & TRACE_BIT(i)) != 0)
            version->values[i] = reader_take(reader, (size_t)reader_varint(reader));
    return !reader->short_read;
}

static int versions(void *context, uint32_t client,
    int (*each)(void *context, const struct trace_version *version), void *each_context,
    struct failure *failure)
{
    const struct access_index *index = context;
    const struct index_client *stored = client_at(index, client);
    if (stored == NULL)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no client %u", client);
    struct reader reader =
        reader_of(part(index, SECTION_VERSIONS, stored->versions_start, stored->versions_size));
    while (reader.rest.size > 0) {
        struct trace_version version;
        if (!read_version(&reader, &version))
            return damaged(failure);
        int result = each(each_context, &version);
        if (result != VAULT_OK)
            return result;
    }
    return VAULT_OK;
}

/* One byte nearly always: worth its own reader, since a trace decodes millions. */
static inline uint64_t number(const uint8_t **at, const uint8_t *end, bool *cut)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    *cut = true;
    return 0;
}

static int accesses(void *context, uint32_t client, int64_t before,
    int (*each)(void *context, const struct trace_access *access), void *each_context,
    struct failure *failure)
{
    const struct access_index *index = context;
    const struct index_client *stored = client_at(index, client);
    size_t shapes_count = 0;
    const uint32_t *shapes = section(index, SECTION_SHAPES, sizeof *shapes, &shapes_count);
    if (stored == NULL)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no client %u", client);
    struct bytes list = part(index, SECTION_ACCESSES, stored->accesses_start, stored->accesses_size);
    const uint8_t *at = list.data, *end = list.data + list.size;
    struct trace_access access = {.event = 0};
    bool cut = false;
    while (at < end) {
        access.event += number(&at, end, &cut);
        access.at += (int64_t)(number(&at, end, &cut) & INT64_MAX) % (INT64_C(1) << 40);
        access.person = (uint32_t)number(&at, end, &cut);
        access.record = (uint32_t)number(&at, end, &cut);
        access.version = (uint32_t)number(&at, end, &cut);
        uint64_t shape = number(&at, end, &cut);
        access.export = (uint32_t)number(&at, end, &cut);
        if (cut || shape >= shapes_count || access.person >= index->header->people)
            return damaged(failure);
        if (access.at > before)
            break;
        access.fields = shapes[shape] >> 2 & TRACE_ALL;
        access.action = (enum trace_action)(shapes[shape] & 3);
        int result = each(each_context, &access);
        if (result != VAULT_OK)
            return result;
    }
    return VAULT_OK;
}

static int client(void *context, uint32_t number_of, struct trace_client *about, struct failure *failure)
{
    const struct index_client *stored = client_at(context, number_of);
    if (stored == NULL)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no client %u", number_of);
    about->decoy = stored->decoy != 0;
    about->since = stored->since;
    memcpy(about->segments, stored->segments, sizeof about->segments);
    return VAULT_OK;
}

/* --- Roll-ups --- */

static int segment(void *context, uint32_t number_of, uint32_t *size, struct failure *failure)
{
    size_t count = 0;
    const uint32_t *sizes = section(context, SECTION_SEGMENTS, sizeof *sizes, &count);
    if (number_of >= count)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no segment %u", number_of);
    *size = sizes[number_of];
    return VAULT_OK;
}

/* The first entry whose key is not below @p key. */
static const struct index_reach *reach_from(const struct access_index *index, uint64_t key, size_t *left)
{
    size_t count = 0;
    const struct index_reach *all = section(index, SECTION_REACH, sizeof *all, &count);
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    *left = count - low;
    return all + low;
}

static int reach(void *context, uint32_t person, enum trace_scope scope, uint32_t key, int64_t before,
    uint32_t *clients, struct failure *failure)
{
    const struct access_index *index = context;
    size_t left = 0;
    bool all = scope == TRACE_SCOPE_ALL;
    uint64_t from = index_reach_key(person, all ? INDEX_FIRST : (unsigned)scope, all ? 0 : key);
    uint64_t to = all ? index_reach_key(person, INDEX_FIRST, trace_day(before)) : from;
    const struct index_reach *entry = reach_from(index, from, &left);
    uint64_t sum = 0;
    (void)failure;
    for (; left > 0 && entry->key <= to; entry++, left--)
        sum += entry->clients;
    *clients = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
    return VAULT_OK;
}

static bool is_before(const struct access_index *index, enum trace_scope scope, uint32_t key, int64_t before)
{
    size_t count = 0;
    const struct index_export *exports = section(index, SECTION_EXPORTS, sizeof *exports, &count);
    switch (scope) {
    case TRACE_SCOPE_MONTH:
        return key <= trace_month(before);
    case TRACE_SCOPE_DAY:
        return key <= trace_day(before);
    case TRACE_SCOPE_EXPORT:
        return key < count && exports[key].at <= before;
    case TRACE_SCOPE_ALL:
    case TRACE_SCOPE_SEGMENT:
    case TRACE_SCOPES:
        break;
    }
    return true;
}

static int episodes(void *context, uint32_t person, enum trace_scope scope, int64_t before, uint32_t *count,
    struct failure *failure)
{
    const struct access_index *index = context;
    size_t left = 0;
    uint64_t to = index_reach_key(person, (unsigned)scope, UINT32_MAX);
    const struct index_reach *entry = reach_from(index, index_reach_key(person, (unsigned)scope, 0), &left);
    (void)failure;
    *count = 0;
    for (; left > 0 && entry->key <= to; entry++, left--)
        *count += is_before(index, scope, (uint32_t)entry->key, before);
    return VAULT_OK;
}

/* --- Opening --- */

static const size_t item_sizes[SECTIONS] = {1, sizeof(struct index_name), sizeof(struct index_export),
    sizeof(uint32_t), sizeof(struct index_client), 1, 1, sizeof(uint32_t), sizeof(struct index_reach),
    sizeof(uint64_t), sizeof(uint32_t)};

static bool counts_fit(const struct index_header *h)
{
    return h->sections[SECTION_PEOPLE].size == h->people * sizeof(struct index_name) &&
           h->sections[SECTION_EXPORTS].size == h->exports * sizeof(struct index_export) &&
           h->sections[SECTION_SEGMENTS].size == h->segments * sizeof(uint32_t) &&
           h->sections[SECTION_CLIENTS].size == h->clients * sizeof(struct index_client) &&
           h->sections[SECTION_TERM_HASHES].size == 2 * h->sections[SECTION_TERM_CLIENTS].size &&
           h->genuine <= h->clients;
}

static int check(const struct access_index *index, const char *name, struct failure *failure)
{
    const struct index_header *header = index->header;
    if (index->size < sizeof *header || memcmp(header->magic, INDEX_MAGIC, sizeof header->magic) != 0)
        return failure_set(failure, VAULT_EDAMAGED, "%s: not an index of accesses", name);
    if (header->version != INDEX_VERSION || header->byte_order != INDEX_BYTE_ORDER)
        return failure_set(
            failure, VAULT_EVERSION, "%s: written by another version or kind of machine", name);
    for (int i = 0; i < SECTIONS; i++) {
        uint64_t start = header->sections[i].start, size = header->sections[i].size;
        if (start % 8 != 0 || start < sizeof *header || start > index->size || size > index->size - start ||
            size % item_sizes[i] != 0)
            return failure_set(failure, VAULT_EDAMAGED, "%s: cut or damaged", name);
    }
    return counts_fit(header) ? VAULT_OK : failure_set(failure, VAULT_EDAMAGED, "%s: cut or damaged", name);
}

int access_index_open_at(int descriptor, const char *name, struct access_index **out, struct failure *failure)
{
    struct stat status;
    int result = VAULT_OK;
    *out = NULL;
    struct access_index *index = calloc(1, sizeof *index);
    if (index == NULL)
        result = failure_set(failure, VAULT_ENOMEM, "%s: no memory", name);
    else if (fstat(descriptor, &status) != 0 || status.st_size < (off_t)sizeof *index->header)
        result = failure_set(failure, VAULT_EDAMAGED, "%s: not an index of accesses", name);
    if (result == VAULT_OK) {
        void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, descriptor, 0);
        if (data == MAP_FAILED) {
            result = failure_set(failure, VAULT_EIO, "%s: cannot be read: %s", name, strerror(errno));
        } else {
            index->data = data;
            index->size = (size_t)status.st_size;
            index->header = data;
            result = check(index, name, failure);
        }
    }
    (void)close(descriptor);
    if (result != VAULT_OK) {
        access_index_free(index);
        return result;
    }
    const struct index_header *header = index->header;
    index->source = (struct trace_source){.context = index,
        .fields = TRACE_CLIENT_FIELDS,
        .people = header->people,
        .clients = header->clients,
        .genuine = header->genuine,
        .segments = header->segments,
        .until = header->until,
        .find = find,
        .versions = versions,
        .accesses = accesses,
        .client = client,
        .segment = segment,
        .reach = reach,
        .episodes = episodes};
    *out = index;
    return VAULT_OK;
}

int access_index_open(const char *path, struct access_index **index, struct failure *failure)
{
    *index = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0)
        return failure_set(failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO, "%s: cannot be read: %s",
            path, strerror(errno));
    return access_index_open_at(descriptor, path, index, failure);
}

void access_index_free(struct access_index *index)
{
    if (index == NULL)
        return;
    if (index->data != NULL) {
        union {
            const uint8_t *constant;
            void *loose;
        } mapped = {.constant = index->data};
        (void)munmap(mapped.loose, index->size);
    }
    free(index);
}

const uint8_t *access_index_fingerprint(const struct access_index *index)
{
    return index->header->fingerprint;
}

const struct trace_source *access_index_source(struct access_index *index)
{
    return &index->source;
}

static struct bytes name_text(const struct access_index *index, const struct index_name *name)
{
    return part(index, SECTION_TEXT, name->start, name->size);
}

struct bytes access_index_person_name(const struct access_index *index, uint32_t person)
{
    size_t count = 0;
    const struct index_name *people = section(index, SECTION_PEOPLE, sizeof *people, &count);
    return person < count ? name_text(index, &people[person]) : bytes_of(NULL, 0);
}

struct bytes access_index_client_name(const struct access_index *index, uint32_t number_of)
{
    const struct index_client *stored = client_at(index, number_of);
    return stored != NULL ? name_text(index, &stored->name) : bytes_of(NULL, 0);
}

struct bytes access_index_export_name(const struct access_index *index, uint32_t export)
{
    size_t count = 0;
    const struct index_export *exports = section(index, SECTION_EXPORTS, sizeof *exports, &count);
    return export > 0 && export < count ? name_text(index, &exports[export].name) : bytes_of(NULL, 0);
}

void access_index_measure(const struct access_index *index, struct access_index_size *size)
{
    *size = (struct access_index_size){
        index->header->accesses, index->header->sections[SECTION_ACCESSES].size, index->size};
}
