/**
 * @file keeper_private.h
 * Inside the room: one conversation of the keeper, and the answers to its questions.
 */
#ifndef VAULT_SERVER_KEEPER_PRIVATE_H
#define VAULT_SERVER_KEEPER_PRIVATE_H

#include <stdatomic.h>

#include "vault/server/claims.h"
#include "vault/server/keeper.h"
#include "vault/server/lane.h"
#include "vault/server/message.h"
#include "vault/server/metrics.h"
#include "vault/server/scratch.h"
#include "vault/server/sources.h"

struct conversation {
    struct keeper *keeper;
    struct channel *channel;
    int socket;             /* of the channel, to shut it down from elsewhere */
    char source[SOURCE_SIZE]; /* who asks, as the front says; "" until it has */
    unsigned lane;          /* by which short questions come */
    struct failure failure; /* of the question that is being answered */
    unsigned retry_after;   /* seconds; 0: none */
    const char *needs;      /* what would let a login go on: "totp"; NULL */
    struct conversation *next;
};

struct logins *keeper_logins(struct keeper *keeper);
struct scratch *keeper_scratch(struct keeper *keeper);
struct claims *keeper_claims(struct keeper *keeper);
struct metrics *keeper_metrics(struct keeper *keeper);
unsigned keeper_conversations(struct keeper *keeper);
/** What has ended is over now, and its files are gone. */
void keeper_watch(struct keeper *keeper);
bool keeper_stopping(struct keeper *keeper);

/** A token, and from where it was shown. */
struct shown_token conversation_token(const struct conversation *conversation, struct bytes token);

/** Put a JSON value as a frame. */
int tell_json(struct conversation *conversation, uint8_t type, const json_t *value) VAULT_MUST_CHECK;

/* The answers: each gives what the question came to; the caller says how it ended. */
int answer_login(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;
int answer_run(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;
int answer_checkpoint(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;
int answer_end(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;
int answer_upload(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;
int answer_fetch(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;
int answer_health(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;
int answer_ready(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;
int answer_metrics(struct conversation *conversation, const struct bytes *blocks) VAULT_MUST_CHECK;

#endif
