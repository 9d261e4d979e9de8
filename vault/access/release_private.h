/**
 * @file release_private.h
 * Inside the room: one witness as this session knows it, and one exchange with it.
 */
#ifndef VAULT_ACCESS_RELEASE_PRIVATE_H
#define VAULT_ACCESS_RELEASE_PRIVATE_H

#include "vault/access/recipients.h"
#include "vault/access/release.h"
#include "vault/access/session_private.h"
#include "vault/http/http.h"

/** A connection that is kept, and what the witness has seen of the log as far as we know. */
struct release_link {
    uint8_t id[WITNESSED_ID_SIZE];
    struct http_client *client;
    uint64_t size;
};

struct release_links {
    size_t count;
    struct release_link links[WITNESSED_RECIPIENTS_MAX];
};

/** The link to a recipient, made where there is none. */
int release_link(struct session *session, const struct recipient *recipient, struct release_link **link,
    struct failure *failure) VAULT_MUST_CHECK;
/** Remember how far they are, and let go of them. */
void release_links_close(struct session *session);

/** One request, answered. */
struct release_exchange {
    struct session *session;
    const struct recipient *recipient;
    uint64_t event; /* index; with `items` */
    size_t batch;
    const struct release_item *items;
    size_t count;         /* 0: only people are told of */
    bool people;          /* tell of everybody */
    struct hash request;  /* out: of the request that was answered */
    struct buffer answer; /* out: release_answer_read() */
};
/**
 * Ask until the witness takes our checkpoint for what follows its own.
 * @retval VAULT_EIO      it does not answer.
 * @retval VAULT_EDENIED  it refused, and why.
 */
int release_exchange(struct release_exchange *exchange, struct failure *failure) VAULT_MUST_CHECK;

#endif
