/* Opening and closing the release part: its keys and its log. */
#include "vault/witness/release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/json.h"
#include "vault/witness/release_private.h"

#define KEYS_MAGIC "strongroom-release-keys/v1\n"
#define KEYS_SIZE (ULID_SIZE + 3 * KEY_SIZE)

/* --- Keys --- */

static int derive(struct release_service *service, struct bytes raw)
{
    struct secret *sign = secret_copy(bytes_of(raw.data + ULID_SIZE + KEY_SIZE, KEY_SIZE));
    struct secret *box = secret_copy(bytes_of(raw.data + ULID_SIZE + 2 * KEY_SIZE, KEY_SIZE));
    service->seal_key = secret_copy(bytes_of(raw.data + ULID_SIZE, KEY_SIZE));
    service->signer = sign == NULL ? NULL : sign_key_from_seed(sign);
    service->pair = box == NULL ? NULL : box_key_from_secret(box);
    memcpy(service->log_keys.vault.data, raw.data, ULID_SIZE);
    secret_free(sign);
    secret_free(box);
    if (service->seal_key == NULL || service->signer == NULL || service->pair == NULL)
        return VAULT_ENOMEM;
    return note_key_make(service->origin, NOTE_ED25519, sign_key_public(service->signer), &service->key);
}

static int make_keys(const char *path, struct buffer *text, struct failure *failure)
{
    struct buffer raw = {0};
    struct ulid id = ulid_new();
    buffer_put(&raw, ulid_bytes(&id));
    uint8_t *random = buffer_grow(&raw, 3 * (size_t)KEY_SIZE);
    if (random != NULL)
        random_fill(random, 3 * (size_t)KEY_SIZE);
    buffer_put_text(text, KEYS_MAGIC);
    base64_encode(buffer_bytes(&raw), text);
    buffer_put_u8(text, '\n');
    int result = buffer_error(&raw) == VAULT_OK ? buffer_error(text) : VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = file_replace(path, buffer_bytes(text), 0600, failure);
    buffer_free(&raw);
    return result;
}

static int parse_keys(struct bytes text, struct buffer *raw)
{
    size_t magic = strlen(KEYS_MAGIC);
    if (text.size <= magic + 1 || memcmp(text.data, KEYS_MAGIC, magic) != 0 ||
        text.data[text.size - 1] != '\n')
        return VAULT_EINPUT;
    int result = base64_decode(bytes_of(text.data + magic, text.size - magic - 1), raw);
    return result == VAULT_OK && raw->size == KEYS_SIZE ? VAULT_OK : VAULT_EINPUT;
}

/* Keys that are gone while the log is there must not be made anew: records are sealed to them. */
static int read_keys(struct release_service *service, struct failure *failure)
{
    struct buffer text = {0};
    struct buffer raw = {0};
    struct stat status;
    char *path = file_path(service->directory, "keys");
    char *log = file_path(service->directory, "log");
    int result = path == NULL || log == NULL ? VAULT_ENOMEM : file_read(path, 4096, &text, failure);
    if (result == VAULT_ENOTFOUND && !file_exists(log)) {
        failure_clear(failure);
        result = make_keys(path, &text, failure);
    } else if (result == VAULT_OK && stat(path, &status) == 0 && (status.st_mode & 077) != 0) {
        failure_remedy(failure, "chmod 600 %s", path);
        result = failure_set(failure, VAULT_EINPUT, "%s: others may read the witness's keys", path);
    }
    if (result == VAULT_OK)
        result = parse_keys(buffer_bytes(&text), &raw);
    if (result == VAULT_OK)
        result = derive(service, buffer_bytes(&raw));
    if (result == VAULT_EINPUT)
        result = failure_set(failure, result, "%s: no keys of a releasing witness", path);
    buffer_free(&text);
    buffer_free(&raw);
    free(path);
    free(log);
    return result;
}

static int open_log(struct release_service *service, struct failure *failure)
{
    service->log_keys.seal_key = service->seal_key;
    service->log_keys.vault_key = service->signer;
    service->log_keys.origin = service->origin;
    int result = log_open(service->directory, &service->log_keys, &service->log, failure);
    if (result == VAULT_ENOTFOUND) {
        failure_clear(failure);
        result = log_create(service->directory, &service->log_keys, &service->log, failure);
    }
    return result;
}

/* --- The state that stands in releases --- */

/* So many entries of the release log are in the state file. */
static uint64_t read_settled(const char *path)
{
    struct buffer text = {0};
    uint64_t settled = 0;
    if (file_read(path, 64, &text, NULL) == VAULT_OK && buffer_text(&text) != NULL)
        settled = strtoull(buffer_text(&text), NULL, 10);
    buffer_free(&text);
    return settled;
}

static int take_state(struct witness *witness, struct bytes text, struct failure *failure)
{
    json_t *leaf = NULL;
    struct note note;
    struct checkpoint checkpoint;
    int result = json_read(text, &leaf, failure);
    struct bytes raw = bytes_of_text(json_text(leaf, "checkpoint"));
    if (result == VAULT_OK && raw.size > 0) {
        result =
            note_parse(raw, &note) != VAULT_OK || checkpoint_parse_loose(note.text, &checkpoint) != VAULT_OK
                ? VAULT_EDAMAGED
                : VAULT_OK;
        const struct cosigned *row =
            result == VAULT_OK ? cosigned_find(&witness->table, checkpoint.origin) : NULL;
        if (result == VAULT_OK && (row == NULL || row->size < checkpoint.size))
            result = cosigned_take(&witness->table, raw);
    }
    json_decref(leaf);
    return result;
}

/* Before anything is answered: what was released upon a checkpoint binds as if it stood in the state file,
 * and from now on it does. */
static int recover(struct witness *witness, struct release_service *service, struct failure *failure)
{
    struct buffer leaf = {0};
    struct buffer text = {0};
    char *path = file_path(service->directory, "settled");
    int result = path == NULL ? VAULT_ENOMEM : VAULT_OK;
    uint64_t size = log_size(service->log);
    for (uint64_t i = result == VAULT_OK ? read_settled(path) : size; i < size && result == VAULT_OK; i++) {
        buffer_reset(&leaf);
        result = log_read(service->log, i, &leaf, failure);
        if (result == VAULT_OK)
            result = take_state(witness, buffer_bytes(&leaf), failure);
    }
    if (result == VAULT_OK)
        result = state_renew(witness, failure);
    buffer_put_format(&text, "%llu\n", (unsigned long long)size);
    if (result == VAULT_OK)
        result = file_replace(path, buffer_bytes(&text), 0600, failure);
    buffer_free(&leaf);
    buffer_free(&text);
    free(path);
    return result;
}

int witness_release_open(struct witness *witness, const char *directory, struct failure *failure)
{
    struct release_service *service = calloc(1, sizeof *service);
    if (service == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    (void)pthread_mutex_init(&service->lock, NULL);
    service->directory = file_path(directory, "release");
    int size =
        snprintf(service->origin, sizeof service->origin, "%s%s", witness_key(witness)->name, RELEASE_SUFFIX);
    int result = service->directory == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (size < 0 || (size_t)size >= sizeof service->origin)
        result = failure_set(failure, VAULT_EINPUT, "the witness's name is too long to have a release log");
    if (result == VAULT_OK)
        result = directory_make(service->directory, failure);
    if (result == VAULT_OK)
        result = read_keys(service, failure);
    if (result == VAULT_OK)
        result = open_log(service, failure);
    if (result == VAULT_OK)
        result = recover(witness, service, failure);
    if (result == VAULT_OK)
        result = release_people_load(service, failure);
    if (result == VAULT_OK)
        result = release_rate_load(service, failure);
    if (result == VAULT_OK)
        witness->release = service;
    else
        release_service_free(service);
    return result == VAULT_OK
               ? result
               : failure_set(failure, result, "%s/release: %s", directory, vault_error_text(result));
}

bool witness_release_exists(const char *directory)
{
    char *path = file_path(directory, "release/log");
    bool there = path == NULL || file_exists(path); /* without memory, the safe answer */
    free(path);
    return there;
}

void release_service_free(struct release_service *service)
{
    if (service == NULL)
        return;
    log_free(service->log);
    release_people_free(service);
    box_key_free(service->pair);
    sign_key_free(service->signer);
    secret_free(service->seal_key);
    (void)pthread_mutex_destroy(&service->lock);
    free(service->directory);
    free(service);
}

const struct note_key *witness_release_key(const struct witness *witness)
{
    return witness->release == NULL ? NULL : &witness->release->key;
}
