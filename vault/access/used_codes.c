#include "vault/access/used_codes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/access/session_private.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/crypto/totp.h"

#define NAME_SIZE 16u
#define ROW_SIZE (NAME_SIZE + 8u)
#define ROWS_MAX 4096u /* then those that are over are dropped */
#define KEPT_STEPS 4u  /* no clock that we take is further off */

static int read_rows(int file, struct buffer *content)
{
    struct stat status;
    if (fstat(file, &status) != 0 || status.st_size > (off_t)(1u << 20))
        return VAULT_EIO;
    size_t size = (size_t)status.st_size -
                  (size_t)status.st_size % ROW_SIZE; /* a torn one was acknowledged to nobody */
    uint8_t *space = size == 0 ? NULL : buffer_grow(content, size);
    if (size == 0)
        return VAULT_OK;
    return space == NULL ? VAULT_ENOMEM : file_read_at(file, 0, space, size);
}

static uint64_t highest(struct bytes content, const uint8_t token[NAME_SIZE])
{
    uint64_t found = 0;
    for (size_t at = 0; at + ROW_SIZE <= content.size; at += ROW_SIZE) {
        struct reader reader = reader_of(bytes_of(content.data + at + NAME_SIZE, 8));
        uint64_t step = reader_u64(&reader);
        if (memcmp(content.data + at, token, NAME_SIZE) == 0 && step > found)
            found = step;
    }
    return found;
}

/* Only what still matters, where it has become much. */
static void prune(struct buffer *content)
{
    struct buffer kept = {0};
    uint64_t now = (uint64_t)instant_now() / 1000 / TOTP_STEP_SECONDS;
    struct bytes rows = buffer_bytes(content);
    for (size_t at = 0; at + ROW_SIZE <= rows.size; at += ROW_SIZE) {
        struct reader reader = reader_of(bytes_of(rows.data + at + NAME_SIZE, 8));
        if (reader_u64(&reader) + KEPT_STEPS >= now)
            buffer_put(&kept, bytes_of(rows.data + at, ROW_SIZE));
    }
    buffer_free(content);
    *content = kept;
}

static int write_rows(int file, struct buffer *content, const uint8_t token[NAME_SIZE], uint64_t step)
{
    bool many = content->size >= ROWS_MAX * ROW_SIZE;
    if (many)
        prune(content);
    size_t before = many ? 0 : content->size;
    buffer_put_data(content, token, NAME_SIZE);
    buffer_put_u64(content, step);
    int result = buffer_error(content);
    if (result == VAULT_OK &&
        (lseek(file, (off_t)before, SEEK_SET) < 0 || ftruncate(file, (off_t)before) != 0))
        result = VAULT_EIO;
    if (result == VAULT_OK)
        result = file_write_all(file, bytes_of(content->data + before, content->size - before));
    return result == VAULT_OK && fdatasync(file) != 0 ? VAULT_EIO : result;
}

static int use(struct session *session, const struct hash *of, int file,
    int (*check)(void *context, uint64_t above, uint64_t *step), void *context)
{
    uint8_t token[NAME_SIZE];
    struct secret *key = NULL;
    struct buffer content = {0};
    uint64_t step = 0;
    int result = secret_derive(session->store_key, "usedcode", 1, &key);
    if (result == VAULT_OK) {
        keyed_token(key, "secret", hash_bytes(of), token, sizeof token);
        result = read_rows(file, &content);
    }
    if (result == VAULT_OK)
        result = check(context, highest(buffer_bytes(&content), token), &step);
    if (result == VAULT_OK)
        result = write_rows(file, &content, token, step);
    secret_free(key);
    buffer_free(&content);
    return result;
}

int used_codes_use(struct session *session, const struct hash *of,
    int (*check)(void *context, uint64_t above, uint64_t *step), void *context, struct failure *failure)
{
    char *path = file_path(session->directory, USED_CODES_FILE);
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int result = file < 0 || flock(file, LOCK_EX) != 0 ? VAULT_EIO : use(session, of, file, check, context);
    if (result == VAULT_EIO)
        result = failure_set(failure, result, "%s: that a code was used cannot be kept: %s",
            path == NULL ? USED_CODES_FILE : path, strerror(errno));
    if (file >= 0)
        (void)close(file);
    free(path);
    return result;
}
