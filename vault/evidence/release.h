/**
 * @file release.h
 * Accountable decryption as messages: what a signed event asks a witness to release, and how it is asked and
 * answered.
 *
 * The event of a disclosure (record.read, record.list, record.export, …) carries a member
 *
 *   "witnessed":{"answer":"<base64 of A>","batches":[{"count":N,"root":"<base64>"},…]}
 *
 * A is the public half of an X25519 pair that its author made for this event alone.  Each batch is the RFC
 * 6962 root over its items, in order; the bytes of an item are `client (16) || record (16) || version (8) ||
 * E (32)`.  So the person's signature covers exactly which record versions are asked for, and the answer can
 * be read by nobody but the process that logged the event.  FORMATS.md (accountable decryption) has every byte of
 * request, answer and release leaf.
 *
 * Everything here is pure, strict and without a vault: the witness and the fuzzers use it on whatever
 * arrives.
 */
#ifndef VAULT_EVIDENCE_RELEASE_H
#define VAULT_EVIDENCE_RELEASE_H

#include "vault/base/ulid.h"
#include "vault/crypto/box.h"
#include "vault/crypto/sign.h"
#include "vault/evidence/leaf.h"
#include "vault/evidence/tree.h"

#define RELEASE_ITEMS_MAX 16384u  /* of a batch */
#define RELEASE_CLIENTS_MAX 1024u /* whose items are in a batch */
#define RELEASE_BATCHES_MAX 256u  /* of an event */
#define RELEASE_PEOPLE_MAX 2048u  /* told of in one request */
#define RELEASE_PROOF_MAX 64u     /* hashes of a proof */
#define RELEASE_ITEM_SIZE 72
#define RELEASE_PATH "/release"
#define RELEASE_UNKNOWN_PERSON "unknown person" /* begins a 403 that a telling of people helps against */
#define RELEASE_REQUEST_MAX (8u * 1024 * 1024)

/** One record version whose key is asked for. */
struct release_item {
    struct ulid client;
    struct ulid record;
    uint64_t version;
    uint8_t point[BOX_PUBLIC_SIZE]; /* E, as it stands in the wrapped key */
};

/** The root over @p count items. */
void release_root(struct hasher *hasher, const struct release_item *items, size_t count, struct hash *root);

/* --- The event --- */

/** What an event asks for; spans are borrowed from the leaf. */
struct release_event {
    struct leaf leaf;
    uint8_t answer[BOX_PUBLIC_SIZE];
    size_t batches;
    struct bytes list; /* the array of batches */
    bool records;      /* its resources name records one by one */
};

/**
 * Is it an event upon which keys may be released?  A person's, permitted, no outcome, of a name that
 * discloses, with a well-formed `witnessed`.  Its signature and its place in the log are for the caller to
 * check.
 * @return NULL, or what is wrong with it in a few words; @p event then has no meaning.
 */
const char *release_event_read(struct bytes text, struct release_event *event);

/** What batch @p number says; false if there is none. */
bool release_event_batch(
    const struct release_event *event, size_t number, uint64_t *count, struct hash *root);

/**
 * Do the items make up this batch, and does the event name each of them?  Where its resources are records, an
 * item must be one of those, with that version and of its `client` or the event's subject; elsewhere its
 * client must be the subject or one of the resources.
 * @return NULL, or what is wrong.
 */
const char *release_event_allows(const struct release_event *event, struct hasher *hasher, size_t number,
    const struct release_item *items, size_t count);

/* --- People: how a witness learns whose signature counts --- */

enum release_person_kind { RELEASE_BIRTH, RELEASE_ADD, RELEASE_DISABLE };

/** What an entry says of a person; spans are borrowed from the leaf. */
struct release_person {
    struct leaf leaf;
    enum release_person_kind kind;
    struct bytes user;              /* not with RELEASE_BIRTH */
    uint8_t sign[SIGN_PUBLIC_SIZE]; /* RELEASE_ADD */
    uint64_t events;                /* RELEASE_BIRTH: so many first entries are the vault's own */
};
/** vault.birth (index 0), user.add or user.disable; NULL, or what is wrong. */
const char *release_person_read(struct bytes text, struct release_person *person);

/* --- Request and answer --- */

/** An entry with its proof, for the size of the request's checkpoint. */
struct release_entry {
    uint64_t index;
    struct bytes leaf;
    struct bytes proof; /* hashes one behind another */
};

struct release_request {
    struct bytes checkpoint; /* a signed note */
    uint64_t old_size;       /* what the witness has, as the asker believes */
    struct bytes consistency;
    size_t people_count;
    struct release_entry *people; /* ascending; may be NULL where there are none */
    bool asks;                    /* false: it only tells of people */
    struct release_entry event;
    size_t batch;
    size_t count;
    struct release_item *items;
};

/** Append the wire form. VAULT_ELIMIT above the limits. */
int release_request_write(const struct release_request *request, struct buffer *out) VAULT_MUST_CHECK;
/**
 * The strict inverse; spans are borrowed from @p wire, the arrays are freed with release_request_free().
 * @retval VAULT_EINPUT  not exactly a request; VAULT_ENOMEM.
 */
int release_request_read(struct bytes wire, struct release_request *request) VAULT_MUST_CHECK;
void release_request_free(struct release_request *request);

/** What a witness answers. */
struct release_answer {
    uint64_t size; /* the checkpoint's size, which it now holds */
    uint64_t seq;  /* of the release in its log */
    struct bytes
        sealed; /* under the answer key: KEY_SIZE bytes an item, in order; empty if nothing was asked */
};
void release_answer_write(const struct release_answer *answer, struct buffer *out);
int release_answer_read(struct bytes wire, struct release_answer *answer) VAULT_MUST_CHECK;
/** What the answer's seal is bound to: size and seq. */
void release_answer_place(const struct release_answer *answer, uint8_t place[16]);

/* --- What a witness tells of its release part --- */

/** The text that its release log's key signs: "strongroom-release-key/v1", the log's origin, base64 of P;
 * three lines. */
void release_public_format(const char *origin, struct bytes public_key, struct buffer *text);
/** VAULT_EINPUT, also for another origin. */
int release_public_read(
    struct bytes text, const char *origin, uint8_t public_key[BOX_PUBLIC_SIZE]) VAULT_MUST_CHECK;

/** The text that a vault's log key signs to be given its entries: "strongroom-releases/v1", the vault's
 * origin, the index to begin with, POSIX seconds; four lines. */
struct release_reading {
    struct bytes origin; /* borrowed */
    uint64_t from;
    uint64_t time;
};
void release_reading_format(const struct release_reading *reading, struct buffer *text);
int release_reading_read(struct bytes text, struct release_reading *reading) VAULT_MUST_CHECK;

/** The answer: a line, the release log's checkpoint, and entries from the index that was asked for, each in
 * full or (of other vaults) as its leaf hash. */
void release_entries_start(struct bytes checkpoint, struct buffer *out);
void release_entry_write(bool whole, struct bytes leaf_or_hash, struct buffer *out);
/** @p rest is what release_entry_next() goes through. */
int release_entries_read(struct bytes wire, struct bytes *checkpoint, struct reader *rest) VAULT_MUST_CHECK;
/** false at the end; VAULT_EINPUT in @p error where there is none. */
bool release_entry_next(struct reader *rest, bool *whole, struct bytes *leaf_or_hash, int *error);

/* --- The release log --- */

/** One key.release leaf of a witness's release log; spans are borrowed. */
struct release_leaf {
    struct leaf leaf;
    struct bytes vault; /* origin of the access log */
    uint64_t access_seq;
    struct hash access_leaf;
    struct bytes person; /* on_behalf.id */
    uint64_t count;      /* keys released */
};
/** NULL, or what is wrong. */
const char *release_leaf_read(struct bytes text, struct release_leaf *release);

#endif
