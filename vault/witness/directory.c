/* The directory of a witness: who may run on it, and its key. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/witness/witness_private.h"

#define KEY_FILE_MAX ((size_t)4096)
#define SECRET_KEY_START "PRIVATE+KEY+"

int directory_make(const char *directory, struct failure *failure)
{
    struct stat status;
    if (mkdir(directory, 0700) == 0)
        return file_sync_directory(directory, failure);
    if (errno == EEXIST && stat(directory, &status) == 0 && S_ISDIR(status.st_mode))
        return VAULT_OK;
    return failure_set(failure, VAULT_EIO, "%s: cannot be made: %s", directory,
        errno == EEXIST ? "it is no directory" : strerror(errno));
}

int directory_lock(const char *directory, struct failure *failure)
{
    char *path = file_path(directory, "lock");
    int descriptor = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            failure_remedy(failure, "stop the other one first, or give this one a directory of its own");
            (void)failure_set(failure, VAULT_EBUSY, "%s: another witness runs on this directory", directory);
        }
        (void)close(descriptor);
        descriptor = -1;
    }
    if (descriptor < 0)
        (void)failure_set(failure, VAULT_EIO, "%s: cannot be locked: %s", directory, strerror(errno));
    free(path);
    return descriptor;
}

/* --- The key: PRIVATE+KEY+name+id+base64(type || seed), as tools of signed notes write it --- */

static int format_key(const struct note_key *key, const struct secret *seed, struct buffer *text)
{
    struct secret *typed = secret_new(1 + KEY_SIZE);
    char id[2 * NOTE_KEY_ID_SIZE + 1];
    if (typed == NULL)
        return VAULT_ENOMEM;
    secret_edit(typed)[0] = key->type;
    memcpy(secret_edit(typed) + 1, secret_bytes(seed).data, KEY_SIZE);
    hex_encode(bytes_of(key->id, NOTE_KEY_ID_SIZE), id);
    buffer_put_format(text, SECRET_KEY_START "%s+%s+", key->name, id);
    base64_encode(secret_bytes(typed), text);
    buffer_put_u8(text, '\n');
    secret_free(typed);
    return buffer_error(text);
}

static int key_of_seed(
    const char *name, const struct secret *seed, struct note_key *key, struct sign_key **signer)
{
    *signer = sign_key_from_seed(seed);
    if (*signer == NULL)
        return VAULT_ENOMEM;
    int result = note_key_make(name, NOTE_COSIGNATURE, sign_key_public(*signer), key);
    if (result != VAULT_OK) {
        sign_key_free(*signer);
        *signer = NULL;
    }
    return result;
}

/* name+id+base64, of which the id is compared with what the seed gives. */
static int parse_key(struct bytes text, struct note_key *key, struct sign_key **signer)
{
    struct buffer typed = {0};
    struct secret *seed = NULL;
    char name[NOTE_NAME_MAX + 1] = "";
    char id[2 * NOTE_KEY_ID_SIZE + 1];
    size_t skip = sizeof SECRET_KEY_START - 1;
    int result = VAULT_EINPUT;
    if (text.size <= skip || memcmp(text.data, SECRET_KEY_START, skip) != 0 ||
        text.data[text.size - 1] != '\n')
        return result;
    text = bytes_of(text.data + skip, text.size - skip - 1);
    const uint8_t *first = memchr(text.data, '+', text.size);
    size_t name_size = first == NULL ? 0 : (size_t)(first - text.data);
    if (name_size == 0 || name_size > NOTE_NAME_MAX || text.size < name_size + 1 + 8 + 1)
        return result;
    memcpy(name, text.data, name_size);
    struct bytes rest = bytes_of(first + 1, text.size - name_size - 1);
    if (rest.data[8] == '+' && base64_decode(bytes_of(rest.data + 9, rest.size - 9), &typed) == VAULT_OK &&
        typed.size == 1 + KEY_SIZE && typed.data[0] == NOTE_COSIGNATURE) {
        seed = secret_copy(bytes_of(typed.data + 1, KEY_SIZE));
        result = seed == NULL ? VAULT_ENOMEM : key_of_seed(name, seed, key, signer);
    }
    if (result == VAULT_OK) {
        hex_encode(bytes_of(key->id, NOTE_KEY_ID_SIZE), id);
        if (memcmp(id, rest.data, 8) != 0) {
            sign_key_free(*signer);
            *signer = NULL;
            result = VAULT_EINPUT;
        }
    }
    secret_free(seed);
    buffer_free(&typed);
    return result;
}

/* The machine's name and four digits, since two witnesses of one machine are two. */
static void make_name(char *name, size_t size)
{
    char host[65] = "";
    uint8_t chance[2];
    random_fill(chance, sizeof chance);
    (void)gethostname(host, sizeof host - 1);
    if (!note_name_valid(bytes_of_text(host)))
        (void)strcpy(host, "localhost");
    (void)snprintf(name, size, "%s/witness-%02x%02x", host, chance[0], chance[1]);
}

static int make_key(const char *path, const char *name, struct note_key *key, struct sign_key **signer,
    struct failure *failure)
{
    char own[NOTE_NAME_MAX + 1];
    struct buffer text = {0};
    if (name == NULL)
        make_name(own, sizeof own);
    struct secret *seed = secret_random(KEY_SIZE);
    int result = seed == NULL ? VAULT_ENOMEM : key_of_seed(name == NULL ? own : name, seed, key, signer);
    if (result == VAULT_EINPUT)
        (void)failure_set(failure, result, "'%s': no name for a key: it has no blanks and no plus", name);
    if (result == VAULT_OK)
        result = format_key(key, seed, &text);
    if (result == VAULT_OK)
        result = file_replace(path, buffer_bytes(&text), 0600, failure);
    secret_free(seed);
    buffer_free(&text);
    return result;
}

int directory_key(const char *directory, const char *name, struct note_key *key, struct sign_key **signer,
    struct failure *failure)
{
    struct buffer text = {0};
    struct stat status;
    char *path = file_path(directory, "key");
    int result = path == NULL ? VAULT_ENOMEM : file_read(path, KEY_FILE_MAX, &text, failure);
    *signer = NULL;
    if (result == VAULT_ENOTFOUND) {
        failure_clear(failure);
        result = make_key(path, name, key, signer, failure);
    } else if (result == VAULT_OK) {
        result = parse_key(buffer_bytes(&text), key, signer);
        if (result == VAULT_EINPUT)
            (void)failure_set(failure, result, "%s: no key of a witness", path);
        if (result == VAULT_OK && name != NULL && strcmp(name, key->name) != 0)
            result =
                failure_set(failure, VAULT_EINPUT, "%s: the key is called '%s' already", path, key->name);
    }
    if (result == VAULT_OK && stat(path, &status) == 0 && (status.st_mode & 077) != 0) {
        failure_remedy(failure, "chmod 600 %s", path);
        result = failure_set(failure, VAULT_EINPUT, "%s: others may read the witness's key", path);
    }
    buffer_free(&text);
    free(path);
    return result;
}
