/**
 * @file decoy_company_private.h
 * Inside the room: companies made up after a firm's own clients, pure: no vault, no files.
 *
 * A name is put together of a place, a word, a trade and a legal form as often as the firm's own clients have
 * them; the word is one that none of them has.  A tax id keeps the registration authority, kind and division
 * of some client's, has a random number of the same style, and fitting check characters.  Whether a company
 * of that name or number exists somewhere, no program can know without asking the registry; that is left to
 * chance, which is small.
 */
#ifndef VAULT_OPS_DECOYS_DECOY_COMPANY_PRIVATE_H
#define VAULT_OPS_DECOYS_DECOY_COMPANY_PRIVATE_H

#include "vault/base/json.h"

#define COMPANY_SAMPLES_MAX 2000
#define COMPANY_TEXT_MAX 160

struct company_samples;

struct company {
    char client_no[64];
    char name[COMPANY_TEXT_MAX];
    char tax_id[32]; /* "" where most samples have none */
    char status[32]; /* the most frequent, "" for none */
};

/** NULL without memory. */
struct company_samples *company_samples_new(void);
void company_samples_free(struct company_samples *samples);

/** Learn from a client; NULL or "" for what it does not have.  Names beyond COMPANY_SAMPLES_MAX are not
 * learnt from, numbers and names of all are kept to be avoided. VAULT_ENOMEM. */
int company_sample(struct company_samples *samples, const char *client_no, const char *name,
    const char *tax_id, const char *status) VAULT_MUST_CHECK;

/** What is only to be avoided; either may be NULL. VAULT_ENOMEM. */
int company_avoid(struct company_samples *samples, const char *client_no, const char *name) VAULT_MUST_CHECK;

/**
 * Make one up whose number, name and word no sample has; that nobody else has them is for the caller to
 * check.
 * @retval VAULT_ELIMIT  nothing new could be made of the samples in a thousand tries.
 */
int company_make(struct company_samples *samples, struct company *company) VAULT_MUST_CHECK;

/** A number below @p below, evenly but for what 2^32 is no multiple of. */
size_t company_chance(size_t below);
/** A person's name. */
#define COMPANY_PERSON_SIZE 32
void company_person(char person[COMPANY_PERSON_SIZE]);
/** A bank card, a mobile number, and a personal id of the city in @p tax_id ("" for some): with fitting check digits, of
 * a county that was never one. */
void company_card(char card[20]);
void company_mobile(char mobile[12]);
void company_person_id(const char *tax_id, char id_no[19]);

/** What a list of clients says besides (contact, telephone, address, bank, account with a fitting check
 * digit): an object like that of a KIND_CLIENT record; NULL without memory.  Only number, name and tax id
 * where the name is not Chinese. */
json_t *company_fields(const struct company *company);

#endif
