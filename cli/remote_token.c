/* Tokens in the user's runtime directory, which is memory and his alone; pins with what his machine
 * remembers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/remote_private.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/crypto/hash.h"
#include "vault/log/remember.h"

#define FILE_MAX ((size_t)4096)

static void name_of(const struct remote *remote, const char *end, char name[40])
{
    struct hash hash;
    hash_sha256(bytes_of_text(remote->url), &hash);
    hex_encode(bytes_of(hash.data, 8), name);
    (void)strcat(name, end);
}

/* DIR/strongroom/NAME; the directory is made. NULL: there is none. */
static char *runtime_path(const struct remote *remote)
{
    char name[40];
    struct stat status;
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char *known = runtime != NULL && runtime[0] == '/' ? NULL : remember_directory();
    char *directory = known != NULL ? known : runtime == NULL ? NULL : file_path(runtime, "strongroom");
    char *path = NULL;
    name_of(remote, ".token", name);
    if (directory == NULL)
        return NULL;
    for (char *at = strchr(directory + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(directory, 0700);
        *at = '/';
    }
    (void)mkdir(directory, 0700);
    /* Nobody else's, and not open to others. */
    if (lstat(directory, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
        (status.st_mode & 0022) == 0)
        path = file_path(directory, name);
    free(directory);
    return path;
}

static int read_object(const char *path, json_t **object)
{
    struct buffer text = {0};
    struct stat status;
    *object = NULL;
    if (path == NULL || lstat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
        (status.st_mode & 0077) != 0)
        return VAULT_ENOTFOUND;
    int result = file_read(path, FILE_MAX, &text, NULL);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), object, NULL);
    buffer_free(&text);
    return result;
}

static void take_text(const json_t *object, const char *member, char *text, size_t size)
{
    const char *value = json_text(object, member);
    text_copy(text, size, value == NULL ? "" : value);
}

int token_read(struct remote *remote, struct failure *failure)
{
    char *path = runtime_path(remote);
    json_t *object = NULL;
    int result = read_object(path, &object);
    if (result == VAULT_OK) {
        take_text(object, "token", remote->token, sizeof remote->token);
        take_text(object, "user", remote->user, sizeof remote->user);
        take_text(object, "session", remote->session, sizeof remote->session);
    }
    json_decref(object);
    free(path);
    if (result == VAULT_OK && strlen(remote->token) == TOKEN_SIZE - 1)
        return VAULT_OK;
    remote->token[0] = '\0';
    failure_remedy(failure, "log in first: strongroom login");
    return failure_set(failure, VAULT_EPASSPHRASE, "%s: nobody is logged in there from here", remote->url);
}

int token_write(const struct remote *remote, const char *expires, struct failure *failure)
{
    struct buffer text = {0};
    char *path = runtime_path(remote);
    buffer_put_text(&text, "{\"url\":");
    json_write_string(bytes_of_text(remote->url), &text);
    buffer_put_text(&text, ",\"user\":");
    json_write_string(bytes_of_text(remote->user), &text);
    buffer_put_format(&text, ",\"session\":\"%s\",\"expires\":\"%s\",\"token\":\"%s\"}\n", remote->session,
        expires, remote->token);
    int result = buffer_error(&text);
    if (path == NULL) {
        failure_remedy(failure, "set XDG_RUNTIME_DIR to a directory that is yours alone");
        result = failure_set(failure, VAULT_EIO, "there is no place to keep the session's token");
    }
    if (result == VAULT_OK)
        result = file_replace_lazily(path, buffer_bytes(&text), 0600, failure);
    buffer_free(&text);
    free(path);
    return result;
}

void token_forget(const struct remote *remote)
{
    char *path = runtime_path(remote);
    if (path != NULL)
        (void)unlink(path);
    free(path);
}

static char *pin_path(const struct remote *remote)
{
    char name[40];
    char *directory = remember_directory();
    name_of(remote, ".pin", name);
    char *path = directory == NULL ? NULL : file_path(directory, name);
    free(directory);
    return path;
}

void pin_read(struct remote *remote)
{
    char *path = pin_path(remote);
    json_t *object = NULL;
    if (read_object(path, &object) == VAULT_OK)
        take_text(object, "pin", remote->pin, sizeof remote->pin);
    json_decref(object);
    free(path);
}

int pin_write(const struct remote *remote, struct failure *failure)
{
    struct buffer text = {0};
    char *path = pin_path(remote);
    if (path == NULL)
        return failure_set(failure, VAULT_EIO, "there is no place to keep the server's pin");
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    buffer_put_text(&text, "{\"url\":");
    json_write_string(bytes_of_text(remote->url), &text);
    buffer_put_format(&text, ",\"pin\":\"%s\"}\n", remote->pin);
    int result = buffer_error(&text) == VAULT_OK ? file_replace(path, buffer_bytes(&text), 0600, failure)
                                                 : VAULT_ENOMEM;
    buffer_free(&text);
    free(path);
    return result;
}
