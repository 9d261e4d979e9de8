#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/trace/access_index_private.h"

static int compare_terms(const void *a, const void *b)
{
    const struct term_draft *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->client < y->client ? -1 : x->client > y->client;
}

static int compare_reach(const void *a, const void *b)
{
    const struct index_reach *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* Sorted and without repetition. */
static void settle_terms(struct items *terms)
{
    struct term_draft *all = terms->data;
    size_t kept = 0;
    if (terms->count == 0)
        return;
    qsort(all, terms->count, sizeof *all, compare_terms);
    for (size_t i = 0; i < terms->count; i++)
        if (i == 0 || compare_terms(&all[i], &all[kept - 1]) != 0)
            all[kept++] = all[i];
    terms->count = kept;
}

struct writer {
    int descriptor;
    uint64_t at;
    struct buffer pending;
    struct index_header header;
    int result;
};

static void flush(struct writer *writer)
{
    if (writer->result == VAULT_OK)
        writer->result = buffer_error(&writer->pending);
    if (writer->result == VAULT_OK)
        writer->result = file_write_all(writer->descriptor, buffer_bytes(&writer->pending));
    buffer_reset(&writer->pending);
}

static void put(struct writer *writer, const void *data, size_t size)
{
    if (size > 0)
        buffer_put_data(&writer->pending, data, size);
    writer->at += size;
    if (writer->pending.size > (1u << 20))
        flush(writer);
}

static void begin(struct writer *writer, enum index_section section)
{
    static const uint8_t zeros[8];
    put(writer, zeros, (8 - writer->at % 8) % 8);
    writer->header.sections[section].start = writer->at;
}

static void end(struct writer *writer, enum index_section section)
{
    writer->header.sections[section].size = writer->at - writer->header.sections[section].start;
}

static void section(struct writer *writer, enum index_section which, const void *data, size_t size)
{
    begin(writer, which);
    put(writer, data, size);
    end(writer, which);
}

static void write_clients(struct writer *writer, const struct access_index_builder *builder)
{
    uint64_t versions = 0, accesses = 0;
    begin(writer, SECTION_CLIENTS);
    for (size_t i = 0; i < builder->clients.count; i++) {
        struct client_draft *client = items_at(&builder->clients, i);
        client->stored.versions_start = versions;
        client->stored.accesses_start = accesses;
        client->stored.versions_size = (uint32_t)client->versions.size;
        client->stored.accesses_size = (uint32_t)client->accesses.size;
        versions += client->versions.size;
        accesses += client->accesses.size;
        put(writer, &client->stored, sizeof client->stored);
    }
    end(writer, SECTION_CLIENTS);
    begin(writer, SECTION_VERSIONS);
    for (size_t i = 0; i < builder->clients.count; i++) {
        const struct client_draft *client = items_at(&builder->clients, i);
        put(writer, client->versions.data, client->versions.size);
    }
    end(writer, SECTION_VERSIONS);
    begin(writer, SECTION_ACCESSES);
    for (size_t i = 0; i < builder->clients.count; i++) {
        const struct client_draft *client = items_at(&builder->clients, i);
        put(writer, client->accesses.data, client->accesses.size);
    }
    end(writer, SECTION_ACCESSES);
}

static void write_reach(struct writer *writer, const struct access_index_builder *builder)
{
    struct index_reach *all = calloc(builder->reach.count + 1, sizeof *all);
    size_t count = 0;
    if (all == NULL) {
        writer->result = VAULT_ENOMEM;
        return;
    }
    for (size_t i = 0; i < builder->reach.capacity; i++)
        if (builder->reach.keys[i] != 0)
            all[count++] = (struct index_reach){builder->reach.keys[i] - 1, builder->reach.values[i]};
    qsort(all, count, sizeof *all, compare_reach);
    section(writer, SECTION_REACH, all, count * sizeof *all);
    free(all);
}

static void write_terms(struct writer *writer, struct access_index_builder *builder)
{
    settle_terms(&builder->terms);
    const struct term_draft *terms = builder->terms.data;
    begin(writer, SECTION_TERM_HASHES);
    for (size_t i = 0; i < builder->terms.count; i++)
        put(writer, &terms[i].hash, sizeof terms[i].hash);
    end(writer, SECTION_TERM_HASHES);
    begin(writer, SECTION_TERM_CLIENTS);
    for (size_t i = 0; i < builder->terms.count; i++)
        put(writer, &terms[i].client, sizeof terms[i].client);
    end(writer, SECTION_TERM_CLIENTS);
}

static void write_all(struct writer *writer, struct access_index_builder *builder)
{
    struct index_header *header = &writer->header;
    memcpy(header->magic, INDEX_MAGIC, sizeof header->magic);
    header->version = INDEX_VERSION;
    header->byte_order = INDEX_BYTE_ORDER;
    header->accesses = builder->accesses;
    header->until = builder->last_at;
    header->people = (uint32_t)builder->people.count;
    header->exports = (uint32_t)builder->exports.count;
    header->segments = (uint32_t)builder->segments.count;
    header->clients = (uint32_t)builder->clients.count;
    header->genuine = builder->genuine;
    put(writer, header, sizeof *header); /* again at the end, when it knows where everything is */
    section(writer, SECTION_TEXT, builder->text.data, builder->text.size);
    section(writer, SECTION_PEOPLE, builder->people.data, builder->people.count * builder->people.size);
    section(writer, SECTION_EXPORTS, builder->exports.data, builder->exports.count * builder->exports.size);
    section(
        writer, SECTION_SEGMENTS, builder->segments.data, builder->segments.count * builder->segments.size);
    write_clients(writer, builder);
    section(writer, SECTION_SHAPES, builder->shapes.data, builder->shapes.count * builder->shapes.size);
    write_reach(writer, builder);
    write_terms(writer, builder);
    flush(writer);
    if (writer->result == VAULT_OK &&
        (lseek(writer->descriptor, 0, SEEK_SET) != 0 ||
            file_write_all(writer->descriptor, bytes_of(header, sizeof *header)) != VAULT_OK))
        writer->result = VAULT_EIO;
}

static int write_into(struct access_index_builder *builder, int descriptor, const uint8_t *fingerprint)
{
    struct writer writer = {.descriptor = descriptor};
    memcpy(writer.header.fingerprint, fingerprint, ACCESS_INDEX_FINGERPRINT);
    write_all(&writer, builder);
    buffer_free(&writer.pending);
    return writer.result;
}

/* Beside the file, then in its place: whoever reads the old one goes on reading it. */
static int write_file(struct access_index_builder *builder, const char *path, const uint8_t *fingerprint,
    struct failure *failure)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.new", path) < 0)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", path);
    int result = VAULT_OK;
    int descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        result = failure_set(failure, VAULT_EIO, "%s: cannot be written: %s", beside, strerror(errno));
    else if ((result = write_into(builder, descriptor, fingerprint)) == VAULT_ENOMEM)
        (void)failure_set(failure, result, "%s: no memory", path);
    else if (result != VAULT_OK || fdatasync(descriptor) != 0 || rename(beside, path) != 0)
        result = failure_set(failure, VAULT_EIO, "%s: cannot be written: %s", path, strerror(errno));
    if (descriptor >= 0) {
        (void)close(descriptor);
        if (result != VAULT_OK)
            (void)unlink(beside);
    }
    free(beside);
    return result;
}

int access_index_finish(struct access_index_builder *builder, const char *path,
    const uint8_t fingerprint[ACCESS_INDEX_FINGERPRINT], int *descriptor, struct failure *failure)
{
    *descriptor = -1;
    if (path != NULL)
        return write_file(builder, path, fingerprint, failure);
    int memory = memfd_create("trace index", MFD_CLOEXEC);
    int result = memory < 0 ? VAULT_EIO : write_into(builder, memory, fingerprint);
    if (result != VAULT_OK) {
        if (memory >= 0)
            (void)close(memory);
        return failure_set(failure, result, "the index of accesses cannot be kept in memory");
    }
    *descriptor = memory;
    return VAULT_OK;
}
