#include "vault/crypto/sm3.h"

#include <openssl/evp.h>
#include <string.h>

int hash_sm3(struct bytes message, struct hash *hash)
{
    static const uint8_t none[1] = {0};
    unsigned int size = 0;
    memset(hash, 0, sizeof *hash);
    EVP_MD *algorithm = EVP_MD_fetch(NULL, "SM3", NULL);
    if (algorithm == NULL)
        return VAULT_ENOTFOUND;
    int result = VAULT_OK;
    const uint8_t *data = message.size == 0 ? none : message.data;
    if (EVP_MD_get_size(algorithm) != HASH_SIZE ||
        EVP_Digest(data, message.size, hash->data, &size, algorithm, NULL) != 1 || size != HASH_SIZE) {
        memset(hash, 0, sizeof *hash);
        result = VAULT_ENOMEM;
    }
    EVP_MD_free(algorithm);
    return result;
}
