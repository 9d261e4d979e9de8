/**
 * @file released_private.h
 * Inside the room: an event with what a witness must release for it, where records are held so.
 *
 *   released_start(); records_need_*(…, released.releases, …); released_event(); …open records…;
 * released_end();
 */
#ifndef VAULT_OPS_RECORDS_RELEASED_PRIVATE_H
#define VAULT_OPS_RECORDS_RELEASED_PRIVATE_H

#include "vault/access/release.h"
#include "vault/ops/call_private.h"

struct released {
    struct releases *releases;
    struct release_ask *ask;
};

int released_start(struct call *call, struct released *released) VAULT_MUST_CHECK;
/** Log the event, naming what is asked for; have it released; lend it to the records.  @p members is taken
 * over. */
int released_event(struct call *call, struct released *released, const char *event, json_t *members,
    uint64_t *index) VAULT_MUST_CHECK;
/** The same in two steps, where a change's intent is the event. */
int released_name(struct call *call, struct released *released, json_t *members) VAULT_MUST_CHECK;
int released_fetch(struct call *call, struct released *released, uint64_t event) VAULT_MUST_CHECK;
/** Lend these keys from now on. */
void released_lend(struct call *call, struct released *released);
/** Take them back and wipe. */
void released_end(struct call *call, struct released *released);

#endif
