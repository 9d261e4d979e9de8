#include "vault/keys/identity.h"

#include <stdlib.h>
#include <string.h>

bool name_valid(const char *name)
{
    size_t size = name == NULL ? 0 : strlen(name);
    if (size == 0 || size > NAME_SIZE_MAX || strchr("._-", name[0]) != NULL)
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

struct identity {
    struct sign_key *sign;
    struct box_key *box;
};

static int derive_sign(const struct secret *master, const char *context, struct sign_key **key)
{
    struct secret *seed = NULL;
    int result = secret_derive(master, context, 1, &seed);
    if (result == VAULT_OK && (*key = sign_key_from_seed(seed)) == NULL)
        result = VAULT_ENOMEM;
    secret_free(seed);
    return result;
}

static int derive_box(const struct secret *master, const char *context, struct box_key **key)
{
    struct secret *seed = NULL;
    int result = secret_derive(master, context, 1, &seed);
    if (result == VAULT_OK && (*key = box_key_from_seed(seed)) == NULL)
        result = VAULT_ENOMEM;
    secret_free(seed);
    return result;
}

int identity_open(const struct secret *seed, struct identity **identityp)
{
    *identityp = NULL;
    struct identity *identity = calloc(1, sizeof *identity);
    if (identity == NULL)
        return VAULT_ENOMEM;
    int result = derive_sign(seed, "usersign", &identity->sign);
    if (result == VAULT_OK)
        result = derive_box(seed, "user-box", &identity->box);
    if (result != VAULT_OK) {
        identity_free(identity);
        return result;
    }
    *identityp = identity;
    return VAULT_OK;
}

void identity_free(struct identity *identity)
{
    if (identity == NULL)
        return;
    sign_key_free(identity->sign);
    box_key_free(identity->box);
    free(identity);
}

const struct sign_key *identity_sign(const struct identity *identity)
{
    return identity->sign;
}

const struct box_key *identity_box(const struct identity *identity)
{
    return identity->box;
}

int vault_keys_open(const struct secret *store_key, struct vault_keys *keys)
{
    memset(keys, 0, sizeof *keys);
    int result = secret_derive(store_key, "log-seal", 1, &keys->log_seal);
    if (result == VAULT_OK)
        result = secret_derive(store_key, "logindex", 1, &keys->log_index);
    if (result == VAULT_OK)
        result = secret_derive(store_key, "lookup-k", 1, &keys->lookup);
    if (result == VAULT_OK)
        result = secret_derive(store_key, "filename", 1, &keys->source);
    if (result == VAULT_OK)
        result = derive_sign(store_key, "vaultsgn", &keys->sign);
    if (result == VAULT_OK)
        result = derive_box(store_key, "attempts", &keys->attempts);
    if (result != VAULT_OK)
        vault_keys_free(keys);
    return result;
}

void vault_keys_free(struct vault_keys *keys)
{
    secret_free(keys->log_seal);
    secret_free(keys->log_index);
    secret_free(keys->lookup);
    secret_free(keys->source);
    sign_key_free(keys->sign);
    box_key_free(keys->attempts);
    memset(keys, 0, sizeof *keys);
}
