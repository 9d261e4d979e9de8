/* The file `logs`: a line for each key of each log, "VKEY" or "VKEY ORIGIN"; empty lines and those that begin
 * with # are for people. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/witness/witness_private.h"

#define LOGS_MAX ((size_t)64 * 1024 * 1024)

void logs_free(struct known_logs *logs)
{
    for (size_t i = 0; i < logs->count; i++)
        free(logs->keys[i].origin);
    free(logs->keys);
    *logs = (struct known_logs){0};
}

static int put(struct known_logs *logs, size_t *capacity, const struct note_key *key, struct bytes origin)
{
    if (logs->count == *capacity) {
        size_t more = *capacity == 0 ? 16 : 2 * *capacity;
        struct known_key *keys = reallocarray(logs->keys, more, sizeof *keys);
        if (keys == NULL)
            return VAULT_ENOMEM;
        logs->keys = keys;
        *capacity = more;
    }
    char *text = strndup((const char *)origin.data, origin.size);
    if (text == NULL)
        return VAULT_ENOMEM;
    logs->keys[logs->count++] = (struct known_key){.origin = text, .key = *key};
    return VAULT_OK;
}

static int parse_line(struct bytes line, struct note_key *key, struct bytes *origin)
{
    const uint8_t *blank = memchr(line.data, ' ', line.size);
    struct bytes vkey = blank == NULL ? line : bytes_of(line.data, (size_t)(blank - line.data));
    int result = note_key_parse(vkey, key);
    *origin = blank == NULL ? bytes_of_text(key->name) : bytes_of(blank + 1, line.size - vkey.size - 1);
    if (result == VAULT_OK && (key->type != NOTE_ED25519 || !note_name_valid(*origin)))
        result = VAULT_EINPUT;
    return result;
}

static int by_origin(const void *a, const void *b)
{
    const struct known_key *x = a;
    const struct known_key *y = b;
    int order = strcmp(x->origin, y->origin);
    return order != 0 ? order : memcmp(x->key.public_key, y->key.public_key, SIGN_PUBLIC_SIZE);
}

int logs_parse(struct bytes text, struct known_logs *logs, struct failure *failure)
{
    size_t capacity = 0;
    int result = VAULT_OK;
    *logs = (struct known_logs){0};
    for (size_t number = 1; result == VAULT_OK && text.size > 0; number++) {
        struct note_key key;
        struct bytes origin;
        const uint8_t *end = memchr(text.data, '\n', text.size);
        struct bytes line = bytes_of(text.data, end == NULL ? text.size : (size_t)(end - text.data));
        text = end == NULL ? bytes_of(NULL, 0) : bytes_of(end + 1, text.size - line.size - 1);
        if (line.size == 0 || line.data[0] == '#')
            continue;
        result = parse_line(line, &key, &origin);
        if (result == VAULT_OK)
            result = put(logs, &capacity, &key, origin);
        if (result != VAULT_OK)
            (void)failure_set(failure, result, "line %zu: %s", number,
                result == VAULT_EINPUT ? "no key of a log" : vault_error_text(result));
    }
    if (result != VAULT_OK)
        logs_free(logs);
    else if (logs->count > 0)
        qsort(logs->keys, logs->count, sizeof *logs->keys, by_origin);
    return result;
}

int logs_read(const char *directory, struct known_logs *logs, struct failure *failure)
{
    struct buffer text = {0};
    struct stat status = {0};
    char *path = file_path(directory, "logs");
    *logs = (struct known_logs){0};
    /* Its marks are taken first: a change after that is read again. */
    bool there = path != NULL && stat(path, &status) == 0;
    int result = path == NULL ? VAULT_ENOMEM : file_read(path, LOGS_MAX, &text, failure);
    if (result == VAULT_ENOTFOUND) {
        failure_clear(failure);
        result = VAULT_OK;
    } else if (result == VAULT_OK) {
        result = logs_parse(buffer_bytes(&text), logs, failure);
        failure_prefix(failure, "%s", path);
    }
    if (there) {
        logs->inode = status.st_ino;
        logs->size = status.st_size;
        logs->changed = status.st_mtim;
    }
    buffer_free(&text);
    free(path);
    return result;
}

void logs_refresh(const char *directory, struct known_logs *logs)
{
    struct known_logs fresh;
    struct stat status = {0};
    char *path = file_path(directory, "logs");
    bool same =
        path == NULL || stat(path, &status) != 0 ||
        (status.st_ino == logs->inode && status.st_size == logs->size &&
            status.st_mtim.tv_sec == logs->changed.tv_sec && status.st_mtim.tv_nsec == logs->changed.tv_nsec);
    free(path);
    if (same || logs_read(directory, &fresh, NULL) != VAULT_OK)
        return;
    logs_free(logs);
    *logs = fresh;
}

size_t logs_find(const struct known_logs *logs, struct bytes origin, const struct known_key **first)
{
    size_t low = 0;
    size_t high = logs->count;
    size_t count = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bytes_compare(bytes_of_text(logs->keys[middle].origin), origin) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low < logs->count ? &logs->keys[low] : NULL;
    while (low + count < logs->count && bytes_equal(bytes_of_text(logs->keys[low + count].origin), origin))
        count++;
    return count;
}

/* --- Changing the file --- */

/* One at a time: the directory itself is what is locked. */
static int lock_directory(const char *directory, struct failure *failure)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        return descriptor;
    (void)failure_set(failure, VAULT_EIO, "%s: cannot be locked", directory);
    if (descriptor >= 0)
        (void)close(descriptor);
    return -1;
}

static int write_logs(const char *directory, const struct known_logs *logs, struct failure *failure)
{
    struct buffer text = {0};
    char *path = file_path(directory, "logs");
    for (size_t i = 0; i < logs->count; i++) {
        note_key_format(&logs->keys[i].key, &text);
        if (strcmp(logs->keys[i].origin, logs->keys[i].key.name) != 0)
            buffer_put_format(&text, " %s", logs->keys[i].origin);
        buffer_put_u8(&text, '\n');
    }
    int result = path == NULL ? VAULT_ENOMEM : buffer_error(&text);
    if (result == VAULT_OK)
        result = file_replace(path, buffer_bytes(&text), 0600, failure);
    buffer_free(&text);
    free(path);
    return result;
}

static int add(
    struct known_logs *logs, const struct note_key *key, struct bytes origin, struct failure *failure)
{
    const struct known_key *first = NULL;
    size_t capacity = logs->count;
    size_t count = logs_find(logs, origin, &first);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(first[i].key.public_key, key->public_key, SIGN_PUBLIC_SIZE) == 0)
            return failure_set(failure, VAULT_EEXISTS, "this key of %s is there already", first[i].origin);
    }
    int result = put(logs, &capacity, key, origin);
    if (result == VAULT_OK)
        qsort(logs->keys, logs->count, sizeof *logs->keys, by_origin);
    return result;
}

int witness_log_add(const char *directory, const char *vkey, const char *origin, struct failure *failure)
{
    struct known_logs logs = {0};
    struct note_key key;
    int locked = -1;
    int result = note_key_parse(bytes_of_text(vkey), &key);
    struct bytes name = bytes_of_text(origin != NULL ? origin : key.name);
    if (result != VAULT_OK || key.type != NOTE_ED25519 || !note_name_valid(name)) {
        failure_remedy(failure, "copy it whole from the line 'log …' that 'strongroom log policy' prints");
        return failure_set(failure, VAULT_EINPUT, "'%.100s': no key of a log", vkey);
    }
    result = directory_make(directory, failure);
    if (result == VAULT_OK) {
        locked = lock_directory(directory, failure);
        result = locked < 0 ? VAULT_EIO : logs_read(directory, &logs, failure);
    }
    if (result == VAULT_OK)
        result = add(&logs, &key, name, failure);
    if (result == VAULT_OK)
        result = write_logs(directory, &logs, failure);
    if (locked >= 0)
        (void)close(locked);
    logs_free(&logs);
    return result;
}

int witness_log_remove(const char *directory, const char *origin, struct failure *failure)
{
    struct known_logs logs = {0};
    size_t kept = 0;
    int locked = lock_directory(directory, failure);
    int result = locked < 0 ? VAULT_EIO : logs_read(directory, &logs, failure);
    size_t before = logs.count;
    for (size_t i = 0; i < before; i++) {
        if (strcmp(logs.keys[i].origin, origin) != 0)
            logs.keys[kept++] = logs.keys[i];
        else
            free(logs.keys[i].origin);
    }
    logs.count = kept;
    if (result == VAULT_OK && kept == before)
        result = failure_set(failure, VAULT_ENOTFOUND, "'%s': no log that is known here", origin);
    if (result == VAULT_OK)
        result = write_logs(directory, &logs, failure);
    if (locked >= 0)
        (void)close(locked);
    logs_free(&logs);
    return result;
}

int witness_log_each(const char *directory,
    int (*each)(void *context, const char *origin, const struct note_key *key), void *context,
    struct failure *failure)
{
    struct known_logs logs = {0};
    int result = logs_read(directory, &logs, failure);
    for (size_t i = 0; result == VAULT_OK && i < logs.count; i++)
        result = each(context, logs.keys[i].origin, &logs.keys[i].key);
    logs_free(&logs);
    return result;
}
