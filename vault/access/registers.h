/**
 * @file registers.h
 * The registers that prevent: rules that staff sign, trainings, agreements, audits, plans, drills, helpers;
 * and what of a person's has lapsed.
 *
 * Events, by an admin but for drill.run, whoever ran it, and the last, which is the person's own and so carries
 * his signature:
 *   register.add    {kind,name,users[]?,client?,version,until,sha256?,hash?}
 *   register.renew  {the same}   (a new text, or a new date, of what is there; version rises with the text)
 *   drill.run       {the same}   (a drill that ran, by who ran it: kind is drill)
 *   register.end    {kind,name,users[]?,client?}
 *   register.sign   {name,version,hash}
 * `hash` is that of the sealed text (approvals.h), `sha256` that of the file or words in it, `until` an
 * instant.
 *
 * What gates is of a person: training, nda, rule.  It is in the policy's hands as `principal.lapsed`, a set
 * of "kind:name", which is there only where something has lapsed; what counts says the setting register.gate.
 */
#ifndef VAULT_ACCESS_REGISTERS_H
#define VAULT_ACCESS_REGISTERS_H

#include "vault/base/json.h"
#include "vault/store/store.h"

#define REGISTER_USERS_MAX 200u

/** Whom an entry is of. */
enum register_holder {
    REGISTER_OF_FIRM,
    REGISTER_OF_PEOPLE,           /* of named people */
    REGISTER_OF_CLIENT,           /* of one client */
    REGISTER_OF_PEOPLE_OR_CLIENT, /* of either */
    REGISTER_OF_ALL_OR_PEOPLE,    /* of everybody, or of named people */
};

/** A kind of entries; what it needs is data. */
struct register_kind {
    const char *name;
    enum register_holder holder;
    bool text;  /* needs words or a file */
    bool gates; /* who lets it lapse does no client work */
};
/** One after another; NULL past the end. */
const struct register_kind *register_kind_at(size_t i);
const struct register_kind *register_kind_find(const char *name);

/**
 * What of a person's has lapsed at @p now, as far as the firm lets it count.
 * @param lapsed  array of {kind,name,since?} (`since` lacks where the person has no such entry), a new
 * reference, or NULL for none.
 * @param next    when the next thing lapses, INT64_MAX for never.
 */
int registers_lapsed(struct store *store, const char *user, int64_t now, json_t **lapsed, int64_t *next,
    struct failure *failure) VAULT_MUST_CHECK;

#define REGISTER_WARN_DAYS 14 /* before something lapses people are told */

/** What lapses soon. */
struct register_lapses {
    size_t over;   /* has lapsed already */
    size_t soon;   /* lapses within REGISTER_WARN_DAYS */
    int64_t first; /* when the first of those does; 0 where there is none */
};
/** @param user  whose; NULL: of everybody who is not disabled, of clients and of the firm. */
int registers_soon(struct store *store, const char *user, int64_t now, struct register_lapses *lapses,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
