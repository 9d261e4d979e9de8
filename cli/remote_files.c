/* Bytes of files to the server and from it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/remote_private.h"
#include "vault/base/file.h"
#include "vault/base/fresh_file.h"
#include "vault/crypto/hash.h"

/* --- To the server --- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static void put_encoded(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '.' || c == '_' || c == '~';
        buffer_put_format(out, plain ? "%c" : "%%%02X", c);
    }
}

static int send_file(struct remote *remote, const char *name, int file, json_t *ids, struct failure *failure)
{
    struct buffer path = {0};
    struct http_answer answer = {0};
    json_t *value = NULL;
    buffer_put_text(&path, "/v1/files?name=");
    put_encoded(&path, name);
    struct http_request request = {.method = "POST",
        .path = buffer_text(&path),
        .content_type = "application/octet-stream",
        .file = &file};
    int result = request.path == NULL ? VAULT_ENOMEM : remote_ask(remote, &request, &answer, failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&answer.body), &value, failure);
    if (result == VAULT_OK && json_array_append(ids, json_object_get(value, "upload")) != 0)
        result =
            failure_set(failure, VAULT_EINPUT, "%s: the server's answer cannot be understood", remote->url);
    json_decref(value);
    http_answer_free(&answer);
    buffer_free(&path);
    return result;
}

/* In the words of the operation on the vault's own machine. */
static int unreadable(const char *operation, const char *path, int why, struct failure *failure)
{
    if (strcmp(operation, "record.import") == 0 || why == 0)
        return failure_set(failure, VAULT_EIO, "%s: %s: cannot be read", last_part(path), path);
    return failure_set(
        failure, why == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO, "%s: cannot be read: %s", path, strerror(why));
}

static int bring(
    struct remote *remote, const char *operation, const char *path, json_t *ids, struct failure *failure)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int why = file < 0 ? errno : 0;
    int result = VAULT_OK;
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        result = unreadable(operation, path, why, failure);
    if (result == VAULT_OK)
        result = send_file(remote, last_part(path), file, ids, failure);
    if (file >= 0)
        (void)close(file);
    return result;
}

int files_bring(
    struct remote *remote, const char *operation, const json_t *files, json_t **ids, struct failure *failure)
{
    int result = VAULT_OK;
    *ids = json_array();
    if (json_is_string(files))
        result = bring(remote, operation, json_string_value(files), *ids, failure);
    for (size_t i = 0; i < json_array_size(files) && result == VAULT_OK; i++)
        result = bring(remote, operation, json_string_value(json_array_get(files, i)), *ids, failure);
    if (result != VAULT_OK) {
        json_decref(*ids);
        *ids = NULL;
    }
    return result;
}

/* --- From the server --- */

int files_check(const char *operation, const char *out, struct failure *failure)
{
    bool file = strcmp(operation, "record.export") == 0 || strcmp(operation, "log.export") == 0 ||
                strcmp(operation, "vault.backup") == 0;
    if (!file || !file_exists(out))
        return VAULT_OK;
    failure_remedy(failure, "name another file with --out, or move this one away");
    return failure_set(failure, VAULT_EEXISTS, "%s: there is a file already", out);
}

struct fetching {
    int file;
    struct hasher *hasher;
};

static int take_piece(void *context, struct bytes piece)
{
    struct fetching *fetching = context;
    hasher_add(fetching->hasher, piece);
    return file_write_all(fetching->file, piece);
}

static int check_hash(struct hasher *hasher, const char *path, const char *sha256, struct failure *failure)
{
    struct hash hash;
    char text[2 * HASH_SIZE + 1];
    hasher_finish(hasher, &hash);
    hex_encode(hash_bytes(&hash), text);
    if (sha256 == NULL || strcmp(text, sha256) == 0)
        return VAULT_OK;
    failure_remedy(failure, "ask for it again; if it happens twice, tell an investigator");
    return failure_set(failure, VAULT_EDAMAGED, "%s: what came is not what the log has the hash of", path);
}

static int receive(struct remote *remote, const char *id, struct fetching *fetching, struct failure *failure)
{
    struct buffer path = {0};
    struct http_answer answer = {0};
    buffer_put_format(&path, "/v1/files/%s", id);
    struct http_request request = {
        .method = "GET", .path = buffer_text(&path), .context = fetching, .receive = take_piece};
    int result = request.path == NULL ? VAULT_ENOMEM : remote_ask(remote, &request, &answer, failure);
    http_answer_free(&answer);
    buffer_free(&path);
    return result;
}

/* Whole or not at all; @p replace: an older one of the name goes. */
static int fetch_one(struct remote *remote, const char *id, const char *path, const char *sha256,
    bool replace, struct failure *failure)
{
    struct fresh_file *fresh = NULL;
    struct fetching fetching = {.file = -1, .hasher = hasher_new()};
    int result = fetching.hasher == NULL ? VAULT_ENOMEM : fresh_file_new(path, &fresh, failure);
    if (result == VAULT_OK) {
        hasher_start(fetching.hasher);
        fetching.file = open(fresh_file_path(fresh), O_WRONLY | O_CLOEXEC);
        if (fetching.file < 0)
            result = failure_set(failure, VAULT_EIO, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (result == VAULT_OK)
        result = receive(remote, id, &fetching, failure);
    if (result == VAULT_OK)
        result = check_hash(fetching.hasher, path, sha256, failure);
    if (result == VAULT_OK && fsync(fetching.file) != 0)
        result = failure_set(failure, VAULT_EIO, "%s: cannot be written: %s", path, strerror(errno));
    if (result == VAULT_OK && replace)
        (void)unlink(path);
    if (result == VAULT_OK)
        result = fresh_file_place(fresh, failure);
    if (fetching.file >= 0)
        (void)close(fetching.file);
    hasher_free(fetching.hasher);
    fresh_file_free(fresh);
    return result;
}

/* A path below `out`: a server that was taken over must not write elsewhere. */
static bool is_below(const char *path)
{
    const char *part = path;
    while (*part != '\0') {
        size_t size = strcspn(part, "/");
        if (size == 0 || (size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        part += size;
        if (*part == '/' && *++part == '\0')
            return false;
    }
    return path[0] != '\0';
}

static int make_directories(char *path, struct failure *failure)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        int error = errno;
        *at = '/';
        if (!made)
            return failure_set(
                failure, VAULT_EIO, "%s: no directory can be made there: %s", path, strerror(error));
    }
    return VAULT_OK;
}

static int fetch_below(
    struct remote *remote, const char *id, const char *out, const char *path, struct failure *failure)
{
    if (!is_below(path))
        return failure_set(
            failure, VAULT_EINPUT, "%s: the server names a file that is not below %s", remote->url, out);
    char *whole = file_path(out, path);
    int result = whole == NULL ? VAULT_ENOMEM : make_directories(whole, failure);
    if (result == VAULT_OK)
        result = fetch_one(remote, id, whole, NULL, true, failure);
    free(whole);
    return result;
}

int files_fetch(
    struct remote *remote, const json_t *files, const char *out, const char *sha256, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(files) && result == VAULT_OK; i++) {
        const char *id = json_text(json_array_get(files, i), "id");
        const char *path = json_text(json_array_get(files, i), "path");
        if (id == NULL || path == NULL || strlen(id) > 64 ||
            strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-") != strlen(id))
            result = failure_set(
                failure, VAULT_EINPUT, "%s: the server's answer cannot be understood", remote->url);
        else if (path[0] == '\0')
            result = fetch_one(remote, id, out, sha256, false, failure);
        else
            result = fetch_below(remote, id, out, path, failure);
    }
    return result;
}
