/**
 * @file session_private.h
 * Inside the room: what a session is made of.
 */
#ifndef VAULT_ACCESS_SESSION_PRIVATE_H
#define VAULT_ACCESS_SESSION_PRIVATE_H

#include "policy/cedar.h"
#include "vault/access/replayed_private.h"
#include "vault/access/session.h"
#include "vault/access/settings.h"
#include "vault/keys/keyring.h"
#include "vault/log/log.h"
#include "vault/log/witnesses.h"
#include "vault/records/records.h"

/** What a policy's text speaks of; true where in doubt. */
struct mentions {
    bool counters; /* hour, day */
    bool tallies;  /* hour_clients, day_clients, … */
    bool approvals;
    bool awaits;
    bool emergency;
    bool time;
    bool records; /* attributes of records, or one of them by its id */
};

/** What deciding needs and keeps between requests; see ask_private.h. */
struct decider {
    struct cedar_policies *policies;
    uint8_t policy_hash[HASH_SIZE];
    struct mentions mentions;
    struct cedar_entities *base;  /* actions and roles */
    struct cedar_entities *lower; /* a person, or a resource that many people are held against */
    struct cedar_entities *upper; /* what one request has */
    struct cedar_arena *arena;
    uint64_t unfrozen;              /* store_state() of the session's store in which nothing is frozen; 0: not known */
    char person[NAME_SIZE_MAX + 1]; /* in the lower layer; "" for nobody */
    int64_t until;                  /* when the first of the person's grants runs out, INT64_MAX */
};

struct counted;
struct recall;
struct watched;
struct release_links;

struct session {
    char *directory;
    char user[NAME_SIZE_MAX + 1];
    char host[65];
    char id[ULID_TEXT_SIZE];
    char origin[96];
    char *known;
    bool exercise;    /* see session.h */
    bool rolled_back; /* further back than this machine remembers, which was accepted */
    struct session_common *common; /* whose log it is; NULL: the log is the session's own */
    int64_t changes_seen;          /* the last change that it is up to date with */
    bool undone;                   /* a change was rolled back: what was opened may be of what is no longer there */
    struct ulid vault;
    struct secret *store_key;
    struct secret *seed;
    struct vault_keys keys;
    struct log_keys log_keys;
    struct identity *identity;
    struct store *store;
    struct log *log;
    struct keyring *keyring;
    struct records *records;
    struct decider decider;
    struct recall *recall; /* what was found out about clients */
    struct counted *counted; /* of a session alone; NULL until a policy asks */
    struct watched *watched; /* of a session alone; NULL until it watches */
    struct replay *replay; /* of the log's authority, NULL until it is asked for */
    struct replayed replayed; /* so many entries are in it, and these mattered */
    uint64_t replayed_kept;   /* the size that this machine keeps a list for */
    struct session_times times;
    struct release_links *links; /* to witnesses that were asked; NULL */
    struct box_key *breakglass;  /* of a break-glass sheet, NULL */
    char breakglass_name[64];
    struct hash recipients_checked; /* these were held against the log; zero: none */
    uint64_t last_event;         /* that this session logged */
    struct witnesses *witnesses; /* of the log; NULL: none */
    struct max_lag max_lag;      /* how far it may be ahead of them */
    bool decoys_tried;           /* decoys_due() was asked */
    bool second_factor;          /* a code was shown as well */
    bool finished;               /* session_finish() was called */
    bool witnesses_silent;       /* they could not be reached when they were asked last */
    struct failure warning;      /* that people should be told, though nothing failed */
    struct repeat *repeat; /* whose change comes next, NULL */
    struct change *kept;   /* done but for its commit, which waits for the answer; NULL */
    int freeze_lock;    /* descriptor of the freezes' lock and count, -1 */
    int change_lock;    /* descriptor of the change lock, -1 */
    size_t lag;         /* bytes of leaves that the last look for interrupted changes went through */
    uint64_t unsettled; /* the lowest intent that a living process is still at, UINT64_MAX: none */
};

void decider_free(struct decider *decider);

#endif
