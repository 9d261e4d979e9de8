/**
 * @file report_private.h
 * Inside the room: all that the report of a leak says, as one JSON value, and the bundle of the events that
 * it cites.
 *
 *   {id, version, status, sha256, signed, names, created, origin, event,
 *    finding{…},                     the document (incident/finding.h)
 *    history{…},                     versions, reviews, signatures (incident/finding_history.h), with notes
 *    timeline[{index,time,event,actor,effect,policies[],client?,on?,detail?,leaf_hash}],
 *    matrix{clients[],more_clients,people[{user,cells[{count,first?,last?}]}],more_people},
 *    bundle{out,told,extends,tree_size,manifest_sha256}}
 *
 * Unless `names` is true, accounts of the people concerned are replaced by "person-1", … in the order in
 * which they first appear; those who drafted, reviewed and signed stay named.
 */
#ifndef VAULT_OPS_LEAK_REPORT_PRIVATE_H
#define VAULT_OPS_LEAK_REPORT_PRIVATE_H

#include "vault/ops/call_private.h"

#define REPORT_CLIENTS_MAX 24u
#define REPORT_PEOPLE_MAX 40u

/** Ascending indices, each once. */
struct report_events {
    uint64_t *items;
    size_t count;
    size_t capacity;
};
int report_events_add(struct report_events *events, uint64_t index) VAULT_MUST_CHECK;
void report_events_free(struct report_events *events);

/** What the document cites, and the history's own events. */
int report_events_gather(
    const json_t *document, const json_t *history, struct report_events *events) VAULT_MUST_CHECK;

/** The timeline of these events; NULL on error. */
int report_timeline(
    struct call *call, const struct report_events *events, json_t **timeline) VAULT_MUST_CHECK;

/** Who was shown something of the clients that the timeline's disclosures, or the case, are about. */
int report_matrix(
    struct call *call, const json_t *document, const json_t *timeline, json_t **matrix) VAULT_MUST_CHECK;

/** Replace the accounts of people concerned by pseudonyms, in the whole value. */
int report_hide_names(json_t *value) VAULT_MUST_CHECK;

struct bundle_writer;

/** What the bundle is to be. */
struct report_bundled {
    const char *out;
    bool archive;
    const char *purpose;
    struct bytes case_file; /* see bundle_writer.h; may be empty */
    /** Puts the files of the case in, after the entries; may be NULL. */
    int (*attach)(void *context, struct bundle_writer *writer);
    /** All is on disk, and has no name yet: who finds the bundle must find its hash in the log.  May be NULL. */
    int (*finished)(void *context, const struct hash *manifest);
    void *context;
};
/** Write the bundle of these events and of @p event itself, tied to the argument `since` if there is one.
 * @p told (one reference) is {out,told,extends,tree_size,manifest_sha256}. */
int report_bundle(struct call *call, struct report_events *events, uint64_t event,
    const struct report_bundled *as, json_t **told) VAULT_MUST_CHECK;

#endif
