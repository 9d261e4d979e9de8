/**
 * @file role_state_private.h
 * Inside the room: who should hold a role's secret, who does, and what waits for somebody's keys.
 */
#ifndef VAULT_ACCESS_ROLE_STATE_PRIVATE_H
#define VAULT_ACCESS_ROLE_STATE_PRIVATE_H

#include "vault/access/keepers.h"
#include "vault/access/session.h"
#include "vault/base/json.h"

/** Names, each once; the caller frees `items`. */
struct name {
    char text[NAME_SIZE_MAX + 1];
};

struct names {
    struct name *items;
    size_t count;
};

bool names_has(const struct names *names, const char *name);
/** VAULT_ENOMEM; VAULT_ELIMIT above 512. A name that is there, or too long for one, is no news. */
int names_add(struct names *names, const char *name) VAULT_MUST_CHECK;

/* One role as it stands. */
struct role_state {
    char name[NAME_SIZE_MAX + 1];
    char base[NAME_SIZE_MAX + 1];
    bool by_members; /* that is, not by admins: no admin holds its secret */
    int64_t epoch;
    struct keepers_state quorum;
    struct names wanted;  /* who should hold its secret */
    struct names holders; /* who does */
};

/** VAULT_ENOTFOUND.  role_state_free() in every case. */
int role_state_read(struct session *session, const char *name, struct role_state *role,
    struct failure *failure) VAULT_MUST_CHECK;
void role_state_free(struct role_state *role);
/** How many should hold the secret and do not, whom somebody who holds it may hand it to: a quorum's roles
 * are not members' to give. */
size_t role_state_missing(const struct role_state *role);
/** How many hold it, or a share of it, and should not. */
size_t role_state_surplus(const struct role_state *role);

/** Begin the role's next epoch and those of the portfolios that it reaches; changes are held still
 * (role_epoch.c). */
int role_state_rotate(
    struct session *session, struct role_state *role, struct failure *failure) VAULT_MUST_CHECK;

/** A number of the store, by PENDING_ROTATE or PENDING_REWRAP and a name; 0 where nothing waits. */
int64_t waiting_flag(struct session *session, const char *prefix, const char *name);
int waiting_flag_put(struct session *session, const char *prefix, const char *name, int64_t value,
    struct failure *failure) VAULT_MUST_CHECK;
/** Of an event on a role's or portfolio's keys, by this session's person; NULL without memory. */
json_t *key_event_members(struct session *session, const char *role);

#endif
