/**
 * @file disclosures_private.h
 * Inside the room: how the index of disclosures is fed, and what its rows are made of.
 *
 * A row's number says what it is: kind << 58 | a << 24 | b.
 *
 *   head      0, 0           what it covers
 *   person    number, 0      user id
 *   shape     number, 0      see disclosure_shape_encode()
 *   set       number, 0      clients of one list of clients: ranges of rows
 *   block     client, n      the client's entries, block after block; client 0: lists of clients, `record` is
 * the set month     person, month  clients seen in it, with days export    number, 0
 */
#ifndef VAULT_LOG_DISCLOSURES_PRIVATE_H
#define VAULT_LOG_DISCLOSURES_PRIVATE_H

#include "vault/base/number_map.h"
#include "vault/base/period.h"
#include "vault/log/dictionary_private.h"
#include "vault/log/disclosures.h"

enum row_kind { ROW_HEAD = 1, ROW_PERSON, ROW_SHAPE, ROW_SET, ROW_BLOCK, ROW_MONTH, ROW_EXPORT };

#define ROW_A_MAX ((UINT64_C(1) << 34) - 1)
#define ROW_B_MAX ((UINT64_C(1) << 24) - 1)
/* Two sealed blocks fill a page of the store. */
#define BLOCK_BYTES 3930u
#define MONTH_CLIENTS_MAX (UINT64_C(1) << 24)

static inline int64_t row_key(enum row_kind kind, uint64_t a, uint64_t b)
{
    return (int64_t)((uint64_t)kind << 58 | a << 24 | b);
}

/* --- Rows (disclosures_rows.c) --- */

struct rows {
    struct store *store;
    const struct ulid *vault;
    struct secret *seal_key;
    struct buffer sealed;
};

int disclosure_rows_start(struct rows *rows, const struct disclosure_source *source, struct failure *failure);
void disclosure_rows_end(struct rows *rows);
int disclosure_row_write(struct rows *rows, int64_t key, struct bytes plain, struct failure *failure);
/** @p plain is emptied first; VAULT_ENOTFOUND, with nothing said, where there is none. */
int disclosure_row_read(struct rows *rows, int64_t key, struct buffer *plain, struct failure *failure);
/** The last row of [first, last]; VAULT_ENOTFOUND as above. */
int disclosure_row_last(struct rows *rows, int64_t first, int64_t last, int64_t *key, struct buffer *plain,
    struct failure *failure);
/** Each row of [first, last], opened, in order; the callback may read rows one by one. */
int disclosure_rows_each(struct rows *rows, int64_t first, int64_t last,
    int (*row)(void *context, int64_t key, struct bytes plain), void *context, struct failure *failure);
int disclosure_rows_damaged(struct failure *failure, int64_t key);

/* --- Entries in blocks (disclosures_block.c) --- */

/* What the next entry is told as a difference to; all zero at the beginning of a block. */
struct coder {
    uint64_t event;
    int64_t at, record, records, replaced;
};

/* What of a shape decides which numbers an entry has. */
enum entry_form { FORM_CARD, FORM_RECORD, FORM_BULK };
struct entry_layout {
    enum entry_form form;
    bool export;
    bool set; /* in the list of client 0 */
};

/** Append an entry; the coder moves on. */
void disclosure_entry_encode(struct buffer *block, struct coder *coder, const struct entry_layout *layout,
    const struct disclosure_entry *entry);
/** false at the end of the block, or where it makes no sense (@p rest->short_read).  The layout is asked for
 * once the shape is known. */
bool disclosure_entry_decode(struct reader *rest, struct coder *coder, const struct disclosure_index *index,
    bool set, struct disclosure_entry *entry);
bool disclosure_shape_layout(
    const struct disclosure_index *index, uint32_t shape, bool set, struct entry_layout *layout);

void disclosure_shape_encode(const struct disclosure_shape *shape, struct buffer *text);
bool disclosure_shape_decode(struct bytes text, struct disclosure_shape *shape);

/* --- What a leaf says (disclosures_leaf.c) --- */

struct shown {
    struct disclosure_shape shape;
    struct bytes person;
    int64_t at;
    uint64_t intent; /* of an export */
    bool part;       /* not the intent itself, but a further event of it */
    bool outcome;    /* of an export */
    int64_t rows;
    bool undone;
    struct disclosure_marks marks; /* of an export's intent */
    int64_t records, replaced;
    struct bytes subject;      /* a client's id */
    struct bytes resources;    /* an array */
    struct bytes clients;      /* of a list of clients: "1-12,15" */
    struct period_range range; /* where the scope says a period as it was typed */
};

/** false for leaves that disclose nothing.  Borrowed from @p text and from @p shown, which must stay where it
 * is. */
bool disclosure_shown_read(uint64_t index, struct bytes text, struct shown *shown);

/* One of the resources. */
struct shown_resource {
    bool record, client;
    struct bytes id;
    struct bytes of; /* the record's client, where it is said */
    uint32_t version;
    struct bytes fields;
    bool has_compartments;
    unsigned compartments;
};
bool disclosure_shown_next(struct bytes *resources, struct shown_resource *resource);

/* --- The index in memory: what is being fed (disclosures_feed.c) --- */

struct client_tail {
    int64_t client;
    uint32_t ordinal;
    struct buffer block;
    struct coder coder;
    uint32_t shape; /* of the last entry that was fed */
    bool dirty;
    /* Blocks that filled up while there is nowhere to write them. */
    struct buffer *kept;
    size_t kept_count, kept_capacity;
};

struct month_state {
    uint32_t person, month;
    struct number_map clients; /* row -> (first << 8 | last) + 1 */
    uint32_t days[31];
    uint32_t set; /* the last list of clients, + 1, and its day: seen again that day, it changes nothing */
    uint8_t set_day;
    bool dirty;
};

/* Ids that were looked up lately. */
#define LOOKED_UP 4096u
struct looked_up {
    struct ulid id;
    int64_t row;
};

struct disclosure_index {
    struct disclosure_source source;
    struct rows rows;
    struct dictionary people, shapes, sets;
    size_t people_stored, shapes_stored, sets_stored;
    struct disclosure_export_entry *exports;
    size_t export_count, export_capacity;
    struct number_map export_dirty; /* number -> 1 */
    struct client_tail *tails;
    size_t tail_count, tail_capacity;
    struct number_map tail_of; /* client -> place + 1 */
    struct month_state *months;
    size_t month_count, month_capacity;
    struct number_map month_of; /* person << 24 | month -> place + 1 */
    struct looked_up *clients, *records;
    struct buffer text;
    struct disclosure_numbers numbers;
    bool fresh; /* nothing of the store is taken over */
    /* Where whole rows go; NULL: they are kept here. */
    int (*put)(void *context, int64_t key, struct bytes plain, struct failure *failure);
    void *context;
};

/** @p fresh: begin at nothing, whatever is stored; else with what is stored, if it is of this log. */
int disclosure_index_start(const struct disclosure_source *source, bool fresh,
    struct disclosure_index **index, struct failure *failure);
/** Feed one leaf; those behind each other in the log. */
int disclosure_index_feed_leaf(
    struct disclosure_index *index, uint64_t number, struct bytes text, struct failure *failure);
/** Feed the log's entries up to @p end. */
int disclosure_index_feed(struct disclosure_index *index, uint64_t end, struct failure *failure);
/** Hand everything that changed to `put`, the head last, and forget blocks and months. */
int disclosure_index_flush(struct disclosure_index *index, struct failure *failure);
/** How far the stored one is; 0 where there is none of this log.  @p head as it lies there; may be NULL. */
int disclosure_index_stored(
    struct rows *rows, struct log *log, uint64_t *entries, struct buffer *head, struct failure *failure);

void disclosure_month_encode(const struct month_state *month, struct buffer *text);
bool disclosure_month_decode(struct bytes text, struct month_state *month);
void disclosure_export_encode(const struct disclosure_export_entry *export, struct buffer *text);
bool disclosure_export_decode(struct bytes text, struct disclosure_export_entry *export);
/** Does the set (ranges) hold the row? */
bool disclosure_set_holds(struct bytes set, int64_t row);

#endif
