/**
 * @file release_private.h
 * Inside the room: the release part of a witness.
 */
#ifndef VAULT_WITNESS_RELEASE_PRIVATE_H
#define VAULT_WITNESS_RELEASE_PRIVATE_H

#include "vault/evidence/release.h"
#include "vault/log/log.h"
#include "vault/witness/release.h"
#include "vault/witness/witness_private.h"

#define RELEASE_FRESH_MS (300 * 1000) /* an event's time against our clock, either way */
#define RELEASE_SUFFIX "/release"

/** Somebody of a vault, as its log has said. */
struct known_person {
    char user[65];
    uint8_t sign[SIGN_PUBLIC_SIZE];
    uint64_t added;    /* index of user.add */
    uint64_t disabled; /* of user.disable, UINT64_MAX */
    /* What was released to him, by clock hour and day since 1970. */
    int64_t hour, day;
    uint64_t in_hour, in_day;
};

/** A log whose people are known. */
struct known_vault {
    char *origin;
    bool born;       /* its birth is known */
    uint64_t events; /* so many first entries are the vault's own */
    struct known_person *people;
    size_t count;
};

struct release_service {
    char *directory;
    char origin[NOTE_NAME_MAX + 1];
    struct secret *seal_key;
    struct sign_key *signer;
    struct note_key key;
    struct box_key *pair;
    struct log_keys log_keys;
    struct log *log;
    pthread_mutex_t lock; /* of what follows */
    struct known_vault *vaults;
    size_t count;
    struct release_rates rates;
    struct timespec rates_changed;
};

void release_service_free(struct release_service *service);

/* --- release_people.c; all under the lock --- */

int release_people_load(struct release_service *service, struct failure *failure) VAULT_MUST_CHECK;
void release_people_free(struct release_service *service);
/** NULL where the log is not known (yet). */
struct known_vault *release_vault(struct release_service *service, struct bytes origin);
struct known_person *release_person(struct known_vault *vault, struct bytes user);

/** Entries about people, already held against the checkpoint. */
struct release_telling {
    const char *origin;
    const struct note_key *keys; /* of the log */
    size_t key_count;
    const struct release_entry *entries;
    size_t count;
};
/** Take them in, durably.  NULL, or what is wrong; *status then says how (403, 422, 500). */
const char *release_people_learn(
    struct release_service *service, const struct release_telling *telling, unsigned *status);

/* --- release_rate.c; under the lock --- */

/** Count @p count keys; false if that would be too many, and @p text says which limit. */
bool release_rate_take(struct release_service *service, struct known_person *person, uint64_t count,
    int64_t now, char text[240]);
/** Count what the release log says of the last day. */
int release_rate_load(struct release_service *service, struct failure *failure) VAULT_MUST_CHECK;

/* --- release_ask.c --- */

void witness_release(struct witness *witness, struct bytes body, struct witness_answer *answer);

/* --- release_show.c --- */

/** The note that tells the public half: "strongroom-release-key/v1", origin, base64 of P; signed by the
 * release log's key. */
void witness_release_public(struct witness *witness, struct witness_answer *answer);
/** The release log's checkpoint. */
void witness_release_checkpoint(struct witness *witness, struct witness_answer *answer);
/** Entries for the vault whose key signed the request. */
void witness_release_entries(struct witness *witness, struct bytes body, struct witness_answer *answer);

void release_say(struct witness_answer *answer, unsigned status, const char *text);

#endif
