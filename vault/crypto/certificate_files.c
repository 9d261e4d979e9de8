/* The files of a TLS server's certificate: the firm's, or our own. */
#include <stdlib.h>

#include "vault/base/file.h"
#include "vault/crypto/certificate.h"

#define PEM_MAX ((size_t)256 * 1024)

static int read_both(const char *key_path, const char *path, struct buffer *key, struct buffer *certificate,
    struct failure *failure)
{
    int result = file_read(key_path, PEM_MAX, key, failure);
    return result == VAULT_OK ? file_read(path, PEM_MAX, certificate, failure) : result;
}

static int make(const struct certificate_source *source, const char *key_path, const char *path,
    struct buffer *key, struct buffer *certificate, struct failure *failure)
{
    int result = certificate_make(source->name, key, certificate);
    if (result != VAULT_OK)
        return failure_set(failure, result, "no certificate could be made");
    /* The key is written first: a certificate without one was never shown to anybody. */
    result = file_replace(key_path, buffer_bytes(key), 0600, failure);
    return result == VAULT_OK ? file_replace(path, buffer_bytes(certificate), 0644, failure) : result;
}

static int own(const struct certificate_source *source, struct buffer *key, struct buffer *certificate,
    struct failure *failure)
{
    char *key_path = file_path(source->directory, "tls.key");
    char *path = file_path(source->directory, "tls.crt");
    int result = VAULT_ENOMEM;
    if (key_path != NULL && path != NULL)
        result = file_exists(key_path) && file_exists(path)
                     ? read_both(key_path, path, key, certificate, failure)
                     : make(source, key_path, path, key, certificate, failure);
    free(key_path);
    free(path);
    return result;
}

int certificate_load(const struct certificate_source *source, struct buffer *key, struct buffer *certificate,
    struct hash *pin, struct failure *failure)
{
    if ((source->certificate == NULL) != (source->key == NULL))
        return failure_set(failure, VAULT_EUSAGE, "a certificate needs its key, and a key its certificate");
    int result = source->certificate == NULL
                     ? own(source, key, certificate, failure)
                     : read_both(source->key, source->certificate, key, certificate, failure);
    if (result == VAULT_OK && certificate_pin(buffer_bytes(certificate), pin) != VAULT_OK)
        result = failure_set(failure, VAULT_EINPUT, "%s: no certificate in PEM",
            source->certificate == NULL ? "tls.crt" : source->certificate);
    if (result == VAULT_OK && (buffer_text(key) == NULL || buffer_text(certificate) == NULL))
        result = VAULT_ENOMEM;
    return result;
}
