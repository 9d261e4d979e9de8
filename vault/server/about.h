/**
 * @file about.h
 * What an operation or the file that it wrote is about: the clients, and the portfolios that they are in.
 * Whether anything of it was frozen is one look at what is frozen, however many clients it is about.
 *
 * A client takes 16 bytes, a portfolio its name; beyond ABOUT_CLIENTS_MAX clients, which no export has, every
 * freeze counts as one of it.  Belongs to one thread.
 */
#ifndef VAULT_SERVER_ABOUT_H
#define VAULT_SERVER_ABOUT_H

#include "vault/server/logins.h"

#define ABOUT_CLIENTS_MAX 20000u

/** Zero is empty. */
struct about {
    struct buffer clients;    /* ULIDs */
    struct buffer portfolios; /* names, each a block and each once */
    bool too_many;
};

void about_add(struct about *about, const struct ulid *client, const char *portfolio);
/** Is it about any client? */
bool about_any(const struct about *about);
void about_free(struct about *about);

/** Is any of it frozen for this person, by the log as it is now?  True where that cannot be found out. */
bool about_frozen(struct about *about, struct logins *logins, const char *user);

/** For whom and about what a file is, as bytes; empty where it is about nothing. VAULT_ENOMEM. */
int about_label(struct about *about, const char *user, struct buffer *label) VAULT_MUST_CHECK;
/** about_frozen() of a label; true where it is none. */
bool about_label_frozen(struct bytes label, struct logins *logins);

#endif
