/**
 * @file access_index.h
 * Who saw which fields of which version of whose record, and when: the compact index, and the trace_source on
 * it.
 *
 * One file, written once, mapped read-only: per client the accesses in time order, delta coded (about ten
 * bytes each); per person the number of distinct clients by day of first sight, month, day, export and
 * segment; the versions of every record and the terms under which they are found.  It is a cache: everything
 * in it follows from the log and the records, and it is built anew when its fingerprint is not theirs.
 *
 * The file holds the values of records and terms in the clear: it is for made-up firms.  A vault may keep its
 * accesses in one (without versions), but finds clients by the keyed tokens of its blind index and opens
 * versions by its keys.
 *
 * The file is in the byte order of the machine that wrote it; another machine's is refused as a version.
 * Every offset is checked on opening and every read is within its section, so that a damaged file is an
 * error, never a crash.
 */
#ifndef VAULT_TRACE_ACCESS_INDEX_H
#define VAULT_TRACE_ACCESS_INDEX_H

#include "vault/trace/source.h"

#define ACCESS_INDEX_FINGERPRINT 32
#define ACCESS_INDEX_PEOPLE_MAX (1u << 20)
#define ACCESS_INDEX_CLIENTS_MAX (1u << 24)

/* --- Building --- */

struct access_index_builder;

/** NULL only without memory. */
struct access_index_builder *access_index_builder_new(void);
void access_index_builder_free(struct access_index_builder *builder);

/** Each gives the number that later calls use; names are kept. */
int access_index_add_person(
    struct access_index_builder *builder, struct bytes name, uint32_t *person) VAULT_MUST_CHECK;
/** @p kind below TRACE_SEGMENTS; the same kind and name give the same number. */
int access_index_add_segment(struct access_index_builder *builder, unsigned kind, struct bytes name,
    uint32_t *segment) VAULT_MUST_CHECK;
int access_index_add_client(struct access_index_builder *builder, struct bytes name,
    const struct trace_client *about, uint32_t *client) VAULT_MUST_CHECK;
/** The export of that name; 0 for an empty name. */
int access_index_add_export(
    struct access_index_builder *builder, struct bytes name, uint32_t *export) VAULT_MUST_CHECK;
/** Versions of one record in ascending order. */
int access_index_add_version(struct access_index_builder *builder, uint32_t client,
    const struct trace_version *version) VAULT_MUST_CHECK;
/** In order of time; VAULT_EINPUT where time or event goes back, or a number is not known. */
int access_index_add_access(struct access_index_builder *builder, uint32_t client,
    const struct trace_access *access) VAULT_MUST_CHECK;

/** By name, for readers of files; false if there is none. */
bool access_index_person(const struct access_index_builder *builder, struct bytes name, uint32_t *person);
bool access_index_client(const struct access_index_builder *builder, struct bytes name, uint32_t *client);

/**
 * Write the file, whole or not at all.  @p path NULL: into memory that has no name; @p descriptor is then
 * open on it (else -1), to be given to access_index_open_at().
 */
int access_index_finish(struct access_index_builder *builder, const char *path,
    const uint8_t fingerprint[ACCESS_INDEX_FINGERPRINT], int *descriptor,
    struct failure *failure) VAULT_MUST_CHECK;

/* --- Using --- */

struct access_index;

/**
 * @retval VAULT_ENOTFOUND  no such file.
 * @retval VAULT_EVERSION   of another version or byte order.
 * @retval VAULT_EDAMAGED   cut, or its sections do not fit each other.
 */
int access_index_open(
    const char *path, struct access_index **index, struct failure *failure) VAULT_MUST_CHECK;
/** Takes over @p descriptor, also on failure. */
int access_index_open_at(
    int descriptor, const char *name, struct access_index **index, struct failure *failure) VAULT_MUST_CHECK;
void access_index_free(struct access_index *index);

const uint8_t *access_index_fingerprint(const struct access_index *index);
/** Valid as long as the index. */
const struct trace_source *access_index_source(struct access_index *index);
/** Names as given to the builder; empty for numbers that there are not. */
struct bytes access_index_person_name(const struct access_index *index, uint32_t person);
struct bytes access_index_client_name(const struct access_index *index, uint32_t client);
struct bytes access_index_export_name(const struct access_index *index, uint32_t export);

struct access_index_size {
    uint64_t accesses;
    uint64_t access_bytes; /* of the delta-coded lists */
    uint64_t file_bytes;
};
void access_index_measure(const struct access_index *index, struct access_index_size *size);

#endif
