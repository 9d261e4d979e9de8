/**
 * @file note.h
 * C2SP signed notes, keys (vkeys) and checkpoints: https://c2sp.org/signed-note, /tlog-checkpoint,
 * /tlog-cosignature.
 *
 * A note is text, an empty line and signature lines.  Parsing is strict and allocates nothing: every span
 * borrows from the note.  A signature line of an unknown key is no error; one of a known key that does not
 * verify is.
 *
 * Nothing here knows a vault.
 */
#ifndef VAULT_EVIDENCE_NOTE_H
#define VAULT_EVIDENCE_NOTE_H

#include "vault/crypto/hash.h"
#include "vault/crypto/sign.h"

#define NOTE_SIZE_MAX (64u * 1024)
#define NOTE_SIGNATURES_MAX 64
#define NOTE_NAME_MAX 255
#define NOTE_KEY_ID_SIZE 4
#define NOTE_ED25519 0x01
#define NOTE_COSIGNATURE 0x04

struct note_signature {
    struct bytes name;
    uint8_t key_id[NOTE_KEY_ID_SIZE];
    struct bytes base64; /* key id and signature, canonical base64 */
};

struct note {
    struct bytes text; /* with its last line feed */
    size_t count;
    struct note_signature signatures[NOTE_SIGNATURES_MAX];
};

/** A public key with the name it signs under. */
struct note_key {
    char name[NOTE_NAME_MAX + 1];
    uint8_t type;
    uint8_t id[NOTE_KEY_ID_SIZE];
    uint8_t public_key[SIGN_PUBLIC_SIZE];
};

/** VAULT_EINPUT unless well-formed: UTF-8 without control characters, one signature or more. */
int note_parse(struct bytes raw, struct note *note) VAULT_MUST_CHECK;

/** May this be the name of a key (and the origin of a log)?  Not empty, no white space, no plus, not too
 * long. */
bool note_name_valid(struct bytes name);

/** Fill in a key; VAULT_EINPUT for a name or size that cannot be. */
int note_key_make(
    const char *name, uint8_t type, struct bytes public_key, struct note_key *key) VAULT_MUST_CHECK;
/** "name+hex+base64" without a line feed, appended. */
void note_key_format(const struct note_key *key, struct buffer *vkey);
/** The strict inverse: known type, right id, canonical base64; VAULT_EINPUT otherwise. */
int note_key_parse(struct bytes vkey, struct note_key *key) VAULT_MUST_CHECK;

/**
 * Check every signature line of this key.
 * @param time  of a cosignature, POSIX seconds; may be NULL.
 * @retval VAULT_OK         at least one line, and all verify.
 * @retval VAULT_ENOTFOUND  no line of this key.
 * @retval VAULT_EFORGED    a line of this key does not verify.
 */
int note_verify(const struct note *note, const struct note_key *key, uint64_t *time) VAULT_MUST_CHECK;

/** Append a signature line of type 0x01 over @p text, which must end with a line feed. */
int note_put_signature(const struct note_key *key, const struct sign_key *signer, struct bytes text,
    struct buffer *out) VAULT_MUST_CHECK;

/** Append a signature line of type 0x04 over @p text, as seen at @p time (POSIX seconds, not 0). */
int note_put_cosignature(const struct note_key *key, const struct sign_key *signer, struct bytes text,
    uint64_t time, struct buffer *out) VAULT_MUST_CHECK;

/** The three lines of a checkpoint. */
struct checkpoint {
    struct bytes origin; /* borrowed */
    uint64_t size;
    struct hash root;
};

/** Append the three lines. */
void checkpoint_format(const struct checkpoint *checkpoint, struct buffer *text);
/** Exactly three lines; a size without leading zeros, 32 bytes of canonical base64; VAULT_EINPUT otherwise.
 */
int checkpoint_parse(struct bytes text, struct checkpoint *checkpoint) VAULT_MUST_CHECK;
/** Append a whole signed checkpoint. */
int checkpoint_sign(const struct checkpoint *checkpoint, const struct note_key *key,
    const struct sign_key *signer, struct buffer *note) VAULT_MUST_CHECK;
/**
 * Read a note as a checkpoint of the log whose key this is (the origin is the key's name).
 * @retval VAULT_EINPUT   no checkpoint, or of another log.
 * @retval VAULT_EFORGED  not signed by this key.
 */
int checkpoint_open(
    struct bytes raw, const struct note_key *key, struct checkpoint *checkpoint) VAULT_MUST_CHECK;

#endif
