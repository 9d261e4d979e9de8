/**
 * @file value.h
 * What a Cedar value is inside the engine.  Values are small and passed by value; what
 * does not fit lies in an arena and never changes.
 */
#ifndef POLICY_VALUE_H
#define POLICY_VALUE_H

#include "policy/str.h"

/** A uid with its hash, so that looking it up costs no hashing. */
struct cedar_ref {
    struct cedar_uid uid;
    uint64_t hash;
};

struct cedar_ip_data {
    uint8_t address[16]; /* IPv4: the first four */
    uint8_t prefix;
    bool v6;
};

struct cedar_value {
    enum cedar_kind kind;
    union {
        bool b;
        int64_t n; /* Long; decimal * 10000; datetime and duration in ms */
        struct cedar_str s;
        const struct cedar_ref *ref;
        const struct cedar_set_data *set;
        const struct cedar_record_data *record;
        const struct cedar_ip_data *ip;
    } u;
};

/** Items in the order of cedar_value_cmp(), without duplicates. */
struct cedar_set_data {
    uint32_t n, depth;
    struct cedar_value items[];
};

struct cedar_pair {
    struct cedar_str key;
    struct cedar_value value;
};

/** Pairs in the order of their keys, each key once. */
struct cedar_record_data {
    uint32_t n, depth;
    struct cedar_pair pairs[];
};

extern const struct cedar_record_data cedar_empty_record;

static inline struct cedar_value cedar_of_bool(bool b)
{
    return (struct cedar_value){.kind = CEDAR_BOOL, .u.b = b};
}

static inline struct cedar_value cedar_of_number(enum cedar_kind kind, int64_t n)
{
    return (struct cedar_value){.kind = kind, .u.n = n};
}

static inline struct cedar_value cedar_of_str(struct cedar_str s)
{
    return (struct cedar_value){.kind = CEDAR_STRING, .u.s = s};
}

static inline struct cedar_value cedar_of_ref(const struct cedar_ref *ref)
{
    return (struct cedar_value){.kind = CEDAR_ENTITY, .u.ref = ref};
}

static inline struct cedar_value cedar_of_record(const struct cedar_record_data *record)
{
    return (struct cedar_value){.kind = CEDAR_RECORD, .u.record = record};
}

static inline struct cedar_value cedar_of_set(const struct cedar_set_data *set)
{
    return (struct cedar_value){.kind = CEDAR_SET, .u.set = set};
}

uint64_t cedar_uid_hash(struct cedar_uid uid);

static inline struct cedar_ref cedar_ref_of(struct cedar_uid uid)
{
    return (struct cedar_ref){uid, cedar_uid_hash(uid)};
}

static inline bool cedar_ref_eq(const struct cedar_ref *a, const struct cedar_ref *b)
{
    return a == b || (a->hash == b->hash && cedar_str_eq(a->uid.id, b->uid.id) &&
                         cedar_str_eq(a->uid.type, b->uid.type));
}

/** A copy of the uid and its texts; NULL without memory. */
const struct cedar_ref *cedar_ref_new(struct cedar_arena *arena, struct cedar_uid uid);

/** Any total order under which 0 means equal. */
int cedar_value_cmp(const struct cedar_value *a, const struct cedar_value *b);
static inline bool cedar_value_eq(const struct cedar_value *a, const struct cedar_value *b)
{
    return a->kind == b->kind && cedar_value_cmp(a, b) == 0;
}
/** How many sets and records lie inside each other; 0 for others. */
uint32_t cedar_value_depth(const struct cedar_value *value);
const char *cedar_kind_name(enum cedar_kind kind);

/*
 * Sets and records are made in two steps: allocate for n items, fill, finish.  Finishing
 * sorts.  NULL or false: no memory; too deep (both); a key twice (record).
 */
struct cedar_set_data *cedar_set_alloc(struct cedar_arena *arena, size_t n);
bool cedar_set_finish(struct cedar_set_data *set);
struct cedar_record_data *cedar_record_alloc(struct cedar_arena *arena, size_t n);
bool cedar_record_finish(struct cedar_record_data *record);

bool cedar_set_has(const struct cedar_set_data *set, const struct cedar_value *item);
/** NULL if there is no such key. */
const struct cedar_value *cedar_record_get(const struct cedar_record_data *record, struct cedar_str key);

void cedar_put_value(struct cedar_text *t, const struct cedar_value *value);
void cedar_put_value_json(struct cedar_text *t, const struct cedar_value *value);
void cedar_put_uid(struct cedar_text *t, struct cedar_uid uid);
void cedar_put_uid_json(struct cedar_text *t, struct cedar_uid uid);

#endif
