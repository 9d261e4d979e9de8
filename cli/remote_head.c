#include "cli/remote_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/remote_private.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/evidence/note.h"
#include "vault/evidence/tree.h"

#define FILE_MAX ((size_t)128 * 1024)
#define PROOF_MAX 130u /* hashes: more than any tree of 2^64 leaves needs */

/* --- Does it go on? --- */

static int cannot(struct failure *failure)
{
    return failure_set(failure, VAULT_EINPUT, "what the server says of its log cannot be understood");
}

static int read_checkpoint(const json_t *object, struct note_key *key, struct checkpoint *checkpoint)
{
    const char *vkey = json_text(object, "vkey");
    const char *note = json_text(object, "checkpoint");
    if (vkey == NULL || note == NULL || strlen(note) > NOTE_SIZE_MAX ||
        note_key_parse(bytes_of_text(vkey), key) != VAULT_OK || key->type != NOTE_ED25519)
        return VAULT_EINPUT;
    return checkpoint_open(bytes_of_text(note), key, checkpoint);
}

static int read_proof(const json_t *told, struct buffer *proof)
{
    const json_t *list = json_object_get(told, "proof");
    int result = json_is_array(list) && json_array_size(list) <= PROOF_MAX ? VAULT_OK : VAULT_EINPUT;
    for (size_t i = 0; result == VAULT_OK && i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        size_t before = proof->size;
        result = text == NULL ? VAULT_EINPUT : base64_decode(bytes_of_text(text), proof);
        if (result == VAULT_OK && proof->size != before + HASH_SIZE)
            result = VAULT_EINPUT;
    }
    return result;
}

static int rolled_back(uint64_t then, uint64_t now, struct failure *failure)
{
    return failure_set(failure, VAULT_EROLLBACK,
        now < then ? "the server's log has %llu entries; this machine has seen one of %llu there"
                   : "the server's log of %llu entries is another one than that of %llu which this machine "
                     "has seen there",
        (unsigned long long)now, (unsigned long long)then);
}

static int check_proof(
    const struct checkpoint *then, const struct checkpoint *now, const json_t *told, struct failure *failure)
{
    struct buffer proof = {0};
    struct hasher *hasher = hasher_new();
    int result = hasher == NULL ? VAULT_ENOMEM : read_proof(told, &proof);
    if (result == VAULT_OK)
        result = tree_check_consistency(
            hasher, then->size, &then->root, now->size, &now->root, buffer_bytes(&proof));
    hasher_free(hasher);
    buffer_free(&proof);
    if (result == VAULT_EINPUT)
        return cannot(failure);
    return result == VAULT_EFORGED ? rolled_back(then->size, now->size, failure) : result;
}

int head_extends(const json_t *remembered, const json_t *told, uint64_t *size, struct failure *failure)
{
    struct note_key key;
    struct note_key known;
    struct checkpoint now;
    struct checkpoint then;
    *size = 0;
    int result = read_checkpoint(told, &key, &now);
    if (result != VAULT_OK)
        return result == VAULT_EFORGED
                   ? failure_set(failure, result, "the server's checkpoint is not signed by its log's key")
                   : cannot(failure);
    *size = now.size;
    if (remembered == NULL)
        return VAULT_OK;
    if (read_checkpoint(remembered, &known, &then) != VAULT_OK)
        return failure_set(
            failure, VAULT_EDAMAGED, "what this machine remembers of the server's log is damaged");
    if (strcmp(key.name, known.name) != 0 ||
        memcmp(key.public_key, known.public_key, sizeof key.public_key) != 0)
        return failure_set(failure, VAULT_EFORGED,
            "the server shows the log %s; this machine has seen %s there", key.name, known.name);
    if (now.size < then.size || (now.size == then.size && !hash_equal(&now.root, &then.root)))
        return rolled_back(then.size, now.size, failure);
    return now.size == then.size || then.size == 0 ? VAULT_OK : check_proof(&then, &now, told, failure);
}

/* --- What is remembered --- */

static char *path_of(const struct remote *remote, const char *known)
{
    struct hash hash;
    char name[40];
    hash_sha256(bytes_of_text(remote->url), &hash);
    hex_encode(bytes_of(hash.data, 8), name);
    (void)strcat(name, ".server");
    return file_path(known, name);
}

static int recall(const char *path, json_t **remembered, struct failure *failure)
{
    struct buffer text = {0};
    *remembered = NULL;
    int result = file_read(path, FILE_MAX, &text, NULL);
    if (result == VAULT_OK && text.size > 0)
        result = json_read(buffer_bytes(&text), remembered, NULL);
    buffer_free(&text);
    if (result == VAULT_ENOTFOUND)
        return VAULT_OK;
    if (result != VAULT_OK)
        return failure_set(
            failure, VAULT_EDAMAGED, "%s: what this machine remembers of the server's log is damaged", path);
    return VAULT_OK;
}

static int write_head(
    const struct remote *remote, const char *path, const json_t *told, bool now, struct failure *failure)
{
    json_t *value = json_pack("{s:s,s:O,s:O}", "url", remote->url, "vkey", json_object_get(told, "vkey"),
        "checkpoint", json_object_get(told, "checkpoint"));
    struct buffer text = {0};
    int result = value == NULL ? VAULT_ENOMEM : json_write_canonical(value, &text);
    json_decref(value);
    if (result == VAULT_OK)
        result = now ? file_replace(path, buffer_bytes(&text), 0600, failure)
                     : file_replace_lazily(path, buffer_bytes(&text), 0600, failure);
    buffer_free(&text);
    return result;
}

static void make_directories(const char *directory)
{
    char *path = strdup(directory);
    for (char *at = path; at != NULL;) {
        at = strchr(at + 1, '/');
        if (at != NULL)
            *at = '\0';
        (void)mkdir(path, 0700);
        if (at != NULL)
            *at = '/';
    }
    free(path);
}

/* Two signed checkpoints that cannot both be true are the proof. */
static void keep_both(const struct remote *remote, const char *path, const json_t *remembered,
    const json_t *told, struct failure *failure)
{
    char time[INSTANT_TEXT_SIZE];
    char *known = NULL;
    char *shown = NULL;
    instant_format(instant_now(), time);
    if (asprintf(&known, "%s.rejected-%s.known", path, time) < 0)
        known = NULL;
    if (asprintf(&shown, "%s.rejected-%s.shown", path, time) < 0)
        shown = NULL;
    if (known != NULL && shown != NULL && write_head(remote, known, remembered, true, NULL) == VAULT_OK &&
        write_head(remote, shown, told, true, NULL) == VAULT_OK)
        failure_remedy(failure,
            "both checkpoints are kept as %s.rejected-* for your investigator; if a backup was restored "
            "there on purpose, "
            "log in with --accept-rollback",
            path);
    free(known);
    free(shown);
}

static int set_aside(const char *path, struct failure *failure)
{
    char time[INSTANT_TEXT_SIZE];
    char *aside = NULL;
    instant_format(instant_now(), time);
    if (asprintf(&aside, "%s.accepted-%s", path, time) < 0)
        return VAULT_ENOMEM;
    int result = file_exists(path) && rename(path, aside) != 0
                     ? failure_set(failure, VAULT_EIO, "%s: cannot be set aside", path)
                     : VAULT_OK;
    free(aside);
    return result;
}

static uint64_t size_of(const json_t *remembered)
{
    struct note_key key;
    struct checkpoint checkpoint;
    return remembered != NULL && read_checkpoint(remembered, &key, &checkpoint) == VAULT_OK ? checkpoint.size
                                                                                            : 0;
}

static int check(struct remote *remote, const char *path, struct failure *failure)
{
    json_t *remembered = NULL;
    json_t *told = NULL;
    uint64_t size = 0;
    int result = recall(path, &remembered, failure);
    uint64_t seen = size_of(remembered);
    if (result == VAULT_OK)
        result = remote_head(remote, seen, &told, failure);
    if (result == VAULT_OK)
        result = head_extends(remembered, told, &size, failure);
    if ((result == VAULT_EROLLBACK || result == VAULT_EFORGED) && remembered != NULL && told != NULL)
        keep_both(remote, path, remembered, told, failure);
    if (result == VAULT_OK && (remembered == NULL || size > seen))
        result = write_head(remote, path, told, false, failure);
    if (result != VAULT_OK)
        failure_prefix(failure, "%s", remote->url);
    json_decref(remembered);
    json_decref(told);
    return result;
}

int remote_check_head(struct remote *remote, const char *known, bool accept, struct failure *failure)
{
    if (known == NULL || remote->token[0] == '\0')
        return VAULT_OK;
    char *path = path_of(remote, known);
    make_directories(known);
    int result = path == NULL ? VAULT_ENOMEM : accept ? set_aside(path, failure) : VAULT_OK;
    if (result == VAULT_OK)
        result = check(remote, path, failure);
    free(path);
    return result;
}
