/**
 * @file inquiry_private.h
 * Inside the room: what an inquiry is made of, and filtering by residuals.
 */
#ifndef VAULT_ACCESS_INQUIRY_PRIVATE_H
#define VAULT_ACCESS_INQUIRY_PRIVATE_H

#include "vault/access/ask_private.h"
#include "vault/access/inquiry.h"

struct inquiry {
    struct session *session;
    struct store *tables;
    struct decider decider;
    bool counters_given;
    int64_t hour, day;
};

/** The asker of a question, with its counters where they matter. */
int inquiry_asker(struct inquiry *inquiry, const struct question *question, struct asker *asker,
    struct failure *failure) VAULT_MUST_CHECK;
/** All of the question in place; see ask_prepare(). */
int inquiry_authorize(struct inquiry *inquiry, const struct question *question, struct asker *asker,
    char id[ULID_TEXT_SIZE], struct cedar_request *asked, struct cedar_answer *answer, struct failure *failure) VAULT_MUST_CHECK;

/** One client and how it fared; @p answer NULL: permitted or not by the residual alone. */
typedef int (*sieved_fn)(
    void *context, const struct client_facts *client, bool permitted, const struct cedar_answer *answer);

/** Hold every client against what is left of the policy; the lower layer holds the person. */
int sieve_clients(struct asker *asker, const struct access_request *request, sieved_fn each, void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/** Names of the rules of an answer; NULL without memory. */
json_t *answer_names(const struct cedar_answer *answer);

#endif
