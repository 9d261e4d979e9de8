/**
 * @file recipients.h
 * Who can release a record key of a compartment under accountable decryption: witnesses, and the break-glass
 * sheet.
 *
 * Authority like any other: events say who they are (authority.h), and the store only repeats it (the fact
 * "recipients", canonical JSON, compared with the log like every table).  Their `generation` is the index of
 * the event that changed them last, and stands in every key that was wrapped for them.
 */
#ifndef VAULT_ACCESS_RECIPIENTS_H
#define VAULT_ACCESS_RECIPIENTS_H

#include "vault/base/compartment.h"
#include "vault/base/json.h"
#include "vault/crypto/hash.h"
#include "vault/crypto/witnessed.h"
#include "vault/evidence/note.h"
#include "vault/store/store.h"

#define RECIPIENT_NAME_MAX NOTE_NAME_MAX
#define RECIPIENT_URL_MAX 1000
#define RECIPIENT_PIN_MAX 64
#define RECIPIENT_VKEY_MAX 400
#define FACT_RECIPIENTS "recipients"

struct recipient {
    char name[RECIPIENT_NAME_MAX +
              1]; /* of a witness: the origin of its release log; of a sheet: "sheet-1" … */
    bool sheet;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    char url[RECIPIENT_URL_MAX + 1];   /* "" for a sheet, as what follows */
    char vkey[RECIPIENT_VKEY_MAX + 1]; /* of the release log */
    char pin[RECIPIENT_PIN_MAX + 1];   /* of its TLS key, "" for none */
    uint64_t seq;                      /* the event that added it */
};

struct recipients {
    uint64_t generation;
    size_t count;
    struct recipient list[WITNESSED_RECIPIENTS_MAX];
};

/** None at all is no error. VAULT_EDAMAGED. */
int recipients_read(
    struct store *store, struct recipients *recipients, struct failure *failure) VAULT_MUST_CHECK;
int recipients_write(
    struct store *store, const struct recipients *recipients, struct failure *failure) VAULT_MUST_CHECK;
/** By name; NULL if there is none. */
const struct recipient *recipients_find(const struct recipients *recipients, const char *name);

/** Read the `change` of a recipient.add; VAULT_EDAMAGED if it lacks something or is none. */
int recipient_of(const json_t *change, struct recipient *recipient, struct failure *failure) VAULT_MUST_CHECK;
/** What a proposal of it is known by: SHA-256 of the canonical change without `proposal`. */
int recipient_hash(const json_t *change, struct hash *hash) VAULT_MUST_CHECK;
/** The same object written; NULL without memory. */
json_t *recipient_change(const struct recipient *recipient);

/** The setting that says whether a compartment is under accountable decryption: "accountable.books", … */
#define SETTING_ACCOUNTABLE "accountable."

/** What still has to be wrapped again in a compartment: the number of the store that is not 0 then. */
void accountable_todo_name(enum compartment compartment, char name[64]);

#endif
