/**
 * @file settings.h
 * What a firm settles for itself, beside its policy: signed events, as all authority is.
 *
 *   policy.two_people  on, off: a policy that may widen access takes effect only when a second person who may
 *                      approve it has.  Switching it off takes two people as well.
 *   policy.tests       off, on: a policy is set only by a program that says it has tried the firm's own cases
 * on it.
 *   accountable.books, .bank, .tax, .payroll, .identity, .documents
 *                      on, off: record keys of the compartment open only with a witness's release.  Switching it off
 *                      takes two people.
 */
#ifndef VAULT_ACCESS_SETTINGS_H
#define VAULT_ACCESS_SETTINGS_H

#include "vault/store/store.h"

#define SETTING_TWO_PEOPLE "policy.two_people"
#define SETTING_TESTS "policy.tests"

/** What a proposal is about: a policy, or a setting by its name behind this. */
#define PROPOSAL_POLICY "policy"
#define PROPOSAL_SETTING "setting "
#define PROPOSAL_RECIPIENT "recipient"
#define PROPOSAL_SUBJECT_MAX 80

struct setting {
    const char *name;
    const char *values;    /* separated by blanks; the first holds as long as nobody has set another */
    const char *loosening; /* the value that takes two people; NULL: none */
};

/** The settings that there are, one after another; NULL past the end. */
const struct setting *setting_at(size_t i);
/** By name; NULL if there is none. */
const struct setting *setting_find(const char *name);
/** Is it one of the values of the setting? */
bool setting_takes(const struct setting *setting, const char *value);

/** The value in force, at most SETTING_VALUE_MAX bytes and NUL. */
#define SETTING_VALUE_MAX 15
int setting_value(struct store *store, const struct setting *setting, char value[SETTING_VALUE_MAX + 1],
    struct failure *failure) VAULT_MUST_CHECK;
int setting_is_on(struct store *store, const char *name, bool *on, struct failure *failure) VAULT_MUST_CHECK;

/** A proposal in store. */
struct proposal {
    int64_t seq;
    char subject[PROPOSAL_SUBJECT_MAX];
    struct buffer hash;
    struct buffer text;
    struct buffer proposer;
    bool active; /* the proposer has not been disabled since */
};
void proposal_free(struct proposal *proposal);
/** VAULT_ENOTFOUND if there is none of that number. */
int proposal_get(
    struct store *store, int64_t seq, struct proposal *proposal, struct failure *failure) VAULT_MUST_CHECK;

#endif
