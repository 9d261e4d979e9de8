#include "vault/crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define DAYS_VALID (30 * 365)
#define SERIAL_SIZE 16

static EVP_PKEY *fresh_key(void)
{
    EVP_PKEY *key = NULL;
    struct secret *seed = secret_random(KEY_SIZE);
    if (seed != NULL)
        key = EVP_PKEY_new_raw_private_key(
            EVP_PKEY_ED25519, NULL, secret_bytes(seed).data, secret_bytes(seed).size);
    secret_free(seed);
    return key;
}

static bool set_serial(X509 *certificate)
{
    uint8_t serial[SERIAL_SIZE];
    random_fill(serial, sizeof serial);
    serial[0] &= 0x7f; /* positive */
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    bool done = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

static bool set_name(X509 *certificate, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) ==
               1 &&
           X509_set_issuer_name(certificate, subject) == 1;
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done;
}

static bool fill(X509 *certificate, EVP_PKEY *key, const char *name)
{
    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) != NULL &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), DAYS_VALID, 0, NULL) != NULL &&
           X509_set_pubkey(certificate, key) == 1 && set_name(certificate, name) &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
           X509_sign(certificate, key, NULL) > 0;
}

/* What a memory BIO holds; the BIO's own copy of a key is wiped by libcrypto when it is freed. */
static bool take(BIO *bio, struct buffer *out)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    if (size <= 0)
        return false;
    buffer_put_data(out, data, (size_t)size);
    OPENSSL_cleanse(data, (size_t)size);
    return buffer_error(out) == VAULT_OK;
}

static bool write_pem(
    EVP_PKEY *key, X509 *certificate, struct buffer *key_out, struct buffer *certificate_out)
{
    BIO *private = BIO_new(BIO_s_mem());
    BIO *public = BIO_new(BIO_s_mem());
    bool done = private != NULL && public != NULL &&
                PEM_write_bio_PKCS8PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                PEM_write_bio_X509(public, certificate) == 1 && take(private, key_out) &&
                take(public, certificate_out);
    BIO_free(private);
    BIO_free(public);
    return done;
}

int certificate_make(const char *name, struct buffer *key_out, struct buffer *certificate_out)
{
    if (name[0] == '\0' || strlen(name) > 64)
        return VAULT_EINPUT;
    EVP_PKEY *key = fresh_key();
    X509 *certificate = X509_new();
    bool done = key != NULL && certificate != NULL && fill(certificate, key, name) &&
                write_pem(key, certificate, key_out, certificate_out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (!done) {
        buffer_free(key_out);
        buffer_free(certificate_out);
    }
    return done ? VAULT_OK : VAULT_ENOMEM;
}

static X509 *first_of(struct bytes pem)
{
    BIO *bio = pem.size == 0 || pem.size > INT32_MAX ? NULL : BIO_new_mem_buf(pem.data, (int)pem.size);
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return certificate;
}

int certificate_end(struct bytes pem, int64_t *end)
{
    struct tm parts = {0};
    X509 *certificate = first_of(pem);
    bool done = certificate != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1;
    *end = done ? (int64_t)timegm(&parts) * 1000 : 0;
    X509_free(certificate);
    return done ? VAULT_OK : VAULT_EINPUT;
}

int certificate_pin(struct bytes pem, struct hash *pin)
{
    unsigned char *der = NULL;
    int size = -1;
    memset(pin, 0, sizeof *pin);
    X509 *certificate = first_of(pem);
    if (certificate != NULL)
        size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size > 0)
        hash_sha256(bytes_of(der, (size_t)size), pin);
    OPENSSL_free(der);
    X509_free(certificate);
    return size > 0 ? VAULT_OK : VAULT_EINPUT;
}
