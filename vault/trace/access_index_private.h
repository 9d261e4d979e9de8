/**
 * @file access_index_private.h
 * The file of the access index: a header, then sections one after another, each aligned to eight bytes.
 */
#ifndef VAULT_TRACE_ACCESS_INDEX_PRIVATE_H
#define VAULT_TRACE_ACCESS_INDEX_PRIVATE_H

#include "vault/trace/access_index.h"
#include "vault/base/number_map.h"

#define INDEX_MAGIC "strongroom trace"
#define INDEX_VERSION 3u
#define INDEX_BYTE_ORDER 0x01020304u
#define SHAPES_MAX 65536u

enum index_section {
    SECTION_TEXT,         /* names, one after another */
    SECTION_PEOPLE,       /* struct index_name */
    SECTION_EXPORTS,      /* struct index_export, from number 1 */
    SECTION_SEGMENTS,     /* uint32_t: genuine clients */
    SECTION_CLIENTS,      /* struct index_client */
    SECTION_VERSIONS,     /* coded, see access_index_build.c */
    SECTION_ACCESSES,     /* coded */
    SECTION_SHAPES,       /* uint32_t: fields << 2 | action; what a coded access refers to */
    SECTION_REACH,        /* struct index_reach, ascending */
    SECTION_TERM_HASHES,  /* uint64_t, ascending */
    SECTION_TERM_CLIENTS, /* uint32_t, one for each hash; ascending within equal hashes */
    SECTIONS
};

struct index_name {
    uint32_t start, size; /* in SECTION_TEXT */
};

struct index_export {
    struct index_name name;
    int64_t at;
};

struct index_client {
    struct index_name name;
    int64_t since;
    uint64_t versions_start, accesses_start;
    uint32_t versions_size, accesses_size;
    uint32_t decoy;
    uint32_t segments[TRACE_SEGMENTS];
};

/* key: person << 36 | scope << 32 | key; INDEX_FIRST counts clients by the day on which a person first saw
 * them. */
#define INDEX_FIRST TRACE_SCOPES
struct index_reach {
    uint64_t key;
    uint64_t clients;
};

static inline uint64_t index_reach_key(uint32_t person, unsigned scope, uint32_t key)
{
    return (uint64_t)person << 36 | (uint64_t)scope << 32 | key;
}

struct index_header {
    char magic[16];
    uint32_t version, byte_order;
    uint8_t fingerprint[ACCESS_INDEX_FINGERPRINT];
    uint64_t accesses;
    int64_t until; /* the latest access */
    uint32_t people, exports, segments, clients, genuine, unused;
    struct {
        uint64_t start, size;
    } sections[SECTIONS];
};

/* --- Building --- */

/* Bytes of one client's list, grown gently: there are many. */
struct coded {
    uint8_t *data;
    size_t size, capacity;
    uint64_t event;
    int64_t at;
};

struct client_draft {
    struct index_client stored;
    struct coded versions, accesses;
    uint64_t last[TRACE_FIELDS]; /* hash of the field's latest value, whose terms are there already */
};

struct term_draft {
    uint64_t hash;
    uint32_t client;
};

/* An array that grows; `size` is of an item. */
struct items {
    void *data;
    size_t count, capacity, size;
};

struct access_index_builder {
    struct buffer text;
    struct items people, exports, segments, clients, terms, shapes;
    struct number_map names;    /* hash of kind and name -> number + 1 */
    struct number_map shape_of; /* fields << 2 | action -> number + 1 */
    struct number_map reach;    /* index_reach.key -> clients */
    struct number_map seen;     /* person << 24 | client -> what the person last saw it in */
    uint64_t accesses;
    uint64_t last_event;
    int64_t last_at;
    uint32_t genuine;
};

/** A fresh zeroed item at the end, or NULL. */
void *items_add(struct items *items);
static inline void *items_at(const struct items *items, size_t index)
{
    return (char *)items->data + index * items->size;
}

bool coded_put(struct coded *coded, uint64_t varint);
bool coded_put_bytes(struct coded *coded, struct bytes bytes);

/* --- Using --- */

struct access_index {
    const uint8_t *data;
    size_t size;
    const struct index_header *header;
    struct trace_source source;
};

#endif
