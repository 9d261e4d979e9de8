/**
 * @file export_private.h
 * Inside the room: one export under way.  op_export.c decides and leads, export_events.c writes what the log says of it,
 * export_decoy_steps.c does what decoys need, export_write.c the file.
 */
#ifndef VAULT_OPS_RECORDS_EXPORT_PRIVATE_H
#define VAULT_OPS_RECORDS_EXPORT_PRIVATE_H

#include "vault/base/fresh_file.h"
#include "vault/formats/export.h"
#include "vault/ops/call_private.h"
#include "vault/ops/records/export_marks_private.h"
#include "vault/ops/records/released_private.h"
#include "vault/ops/records/shown_private.h"

#define CLIENTS_PER_EVENT 1000 /* a leaf has room for some more */

struct export
{
    struct call *call;
    struct export_writer *writer;
    struct client_facts *clients;
    struct decision *decisions;
    unsigned *compartments; /* of each client, whose keys are held */
    bool *left_out;         /* decoys, of what goes to an authority */
    size_t count;
    const json_t *reveal;
    struct period_range period;
    enum record_kind kind;
    struct fresh_file *fresh;
    char *directory; /* where the file will be */
    const json_t *card;
    char client_id[ULID_TEXT_SIZE];
    uint64_t rows;
    int64_t planned; /* rows that there were before the first decision */
    uint64_t intent;
    struct shown_state state; /* of the store, from which all rows come */
    struct copy_marks marks;
    struct copy_decoys decoys; /* made up for this export */
    struct released *released; /* one for each event that names clients */
};

/* --- export_events.c --- */

/** What is asked of a client. */
struct access_request export_request(const struct export *export, size_t i);
/** How many events name its clients. */
size_t export_groups(const struct export *export);
/** Intents, durable before the first row, with what witnesses release; sets `intent`. */
int export_log_intent(struct export *export) VAULT_MUST_CHECK;
/** @p hash of the file; NULL where there is none. */
int export_log_outcome(struct export *export, const char *status, const struct hash *hash) VAULT_MUST_CHECK;

/* --- export_decoy_steps.c --- */

int export_leave_out_decoys(struct export *export) VAULT_MUST_CHECK;
/** An alert, if what is exported is a decoy that nobody has a reason to export. */
int export_look_for_touches(struct export *export) VAULT_MUST_CHECK;
int export_plan_decoys(struct export *export) VAULT_MUST_CHECK;
int export_make_decoys(struct export *export) VAULT_MUST_CHECK;

/* --- export_write.c --- */

/** Write all rows, and tell the hash of the file; it has not its name yet. */
int export_write_file(struct export *export, struct hash *hash) VAULT_MUST_CHECK;

#endif
