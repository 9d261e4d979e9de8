#include "vault/server/claims.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct claim {
    struct claim *next;
    char *user;
    struct buffer key;
};

struct claims {
    pthread_mutex_t lock;
    struct claim *first; /* as many as there are operations at work */
};

struct claims *claims_new(void)
{
    struct claims *claims = calloc(1, sizeof *claims);
    if (claims != NULL)
        (void)pthread_mutex_init(&claims->lock, NULL);
    return claims;
}

static void claim_free(struct claim *claim)
{
    if (claim == NULL)
        return;
    free(claim->user);
    buffer_free(&claim->key);
    free(claim);
}

void claims_free(struct claims *claims)
{
    if (claims == NULL)
        return;
    while (claims->first != NULL)
        claims_release(claims, claims->first);
    (void)pthread_mutex_destroy(&claims->lock);
    free(claims);
}

static bool is_at_work(const struct claims *claims, const char *user, struct bytes key)
{
    for (const struct claim *one = claims->first; one != NULL; one = one->next) {
        if (strcmp(one->user, user) == 0 && bytes_equal(buffer_bytes(&one->key), key))
            return true;
    }
    return false;
}

int claims_take(
    struct claims *claims, const char *user, struct bytes key, struct claim **claimp, struct failure *failure)
{
    struct claim *claim = calloc(1, sizeof *claim);
    *claimp = NULL;
    if (claim != NULL)
        claim->user = strdup(user);
    if (claim != NULL)
        buffer_put(&claim->key, key);
    if (claim == NULL || claim->user == NULL || buffer_error(&claim->key) != VAULT_OK) {
        claim_free(claim);
        return failure_set(failure, VAULT_ENOMEM, "no memory for the request's key");
    }
    (void)pthread_mutex_lock(&claims->lock);
    bool taken = is_at_work(claims, user, key);
    if (!taken) {
        claim->next = claims->first;
        claims->first = claim;
    }
    (void)pthread_mutex_unlock(&claims->lock);
    if (!taken) {
        *claimp = claim;
        return VAULT_OK;
    }
    claim_free(claim);
    failure_remedy(failure, "ask again in a moment for its answer");
    return failure_set(failure, VAULT_EEXISTS, "a request with this key is being worked on");
}

void claims_release(struct claims *claims, struct claim *claim)
{
    if (claim == NULL)
        return;
    (void)pthread_mutex_lock(&claims->lock);
    struct claim **place = &claims->first;
    while (*place != claim)
        place = &(*place)->next;
    *place = claim->next;
    (void)pthread_mutex_unlock(&claims->lock);
    claim_free(claim);
}
