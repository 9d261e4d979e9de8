#include "vault/ops/leak/firm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vault/base/file.h"
#include "vault/base/json.h"
#include "vault/crypto/hash.h"
#include "vault/formats/rows.h"
#include "vault/ops/leak/firm_private.h"

#define META_LIMIT 65536u

static const char *const firm_files[] = {"principals.csv", "clients.csv", "versions.csv", "events.jsonl"};
#define FIRM_FILES (sizeof firm_files / sizeof *firm_files)

/* Sizes and times of the files: an index of other files is not believed. */
static int take_fingerprint(const char *directory, struct hash *fingerprint, struct failure *failure)
{
    struct buffer text = {0};
    int result = VAULT_OK;
    for (size_t i = 0; i < FIRM_FILES && result == VAULT_OK; i++) {
        struct stat status;
        char *path = file_path(directory, firm_files[i]);
        if (path == NULL)
            result = failure_set(failure, VAULT_ENOMEM, "%s: no memory", directory);
        else if (stat(path, &status) != 0)
            result = failure_set(failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO,
                "%s: cannot be read: %s", path, strerror(errno));
        else
            buffer_put_format(&text, "%s %jd %jd %ld %jd\n", firm_files[i], (intmax_t)status.st_size,
                (intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec, (intmax_t)status.st_ino);
        free(path);
    }
    if (result == VAULT_OK)
        result = buffer_error(&text);
    if (result == VAULT_OK)
        hash_sha256(buffer_bytes(&text), fingerprint);
    buffer_free(&text);
    return result;
}

static int build(const char *directory, const char *index_path, const struct hash *fingerprint,
    struct access_index **index, struct failure *failure)
{
    int descriptor = -1;
    struct access_index_builder *builder = access_index_builder_new();
    int result = builder == NULL ? failure_set(failure, VAULT_ENOMEM, "%s: no memory", directory) : VAULT_OK;
    if (result == VAULT_OK)
        result = firm_read(directory, builder, failure);
    if (result == VAULT_OK)
        result = access_index_finish(builder, index_path, fingerprint->data, &descriptor, failure);
    access_index_builder_free(builder);
    if (result == VAULT_OK)
        result = index_path == NULL ? access_index_open_at(descriptor, directory, index, failure)
                                    : access_index_open(index_path, index, failure);
    return result;
}

int firm_open(
    const char *directory, const char *index_path, struct access_index **index, struct failure *failure)
{
    struct hash fingerprint;
    struct failure old = {0};
    *index = NULL;
    int result = take_fingerprint(directory, &fingerprint, failure);
    if (result != VAULT_OK)
        return result;
    if (index_path != NULL && access_index_open(index_path, index, &old) == VAULT_OK) {
        if (memcmp(access_index_fingerprint(*index), fingerprint.data, ACCESS_INDEX_FINGERPRINT) == 0)
            return VAULT_OK;
        access_index_free(*index);
        *index = NULL;
    }
    return build(directory, index_path, &fingerprint, index, failure);
}

/* --- The leaked file --- */

struct leak_target {
    struct leak *leak;
    struct failure *failure;
};

static int take_row(void *context, const struct bytes *cells, size_t count)
{
    const struct leak_target *target = context;
    return leak_add_row(target->leak, cells, count, target->failure);
}

int leak_read(const char *path, const char *encoding, const struct trace_source *source, struct leak **leak,
    struct failure *failure)
{
    struct leak_target target = {leak_new(), failure};
    int result = VAULT_ENOMEM;
    *leak = NULL;
    if (target.leak != NULL)
        result = rows_read(path, encoding, take_row, &target, failure);
    if (result == VAULT_OK)
        result = leak_settle(target.leak, source, failure);
    if (result != VAULT_OK) {
        (void)failure_set(failure, result, "%s: cannot be read as a table", path);
        leak_free(target.leak);
        return result;
    }
    *leak = target.leak;
    return VAULT_OK;
}

/* leaks/leak_0001.csv -> leaks/leak_0001.meta.json */
static char *meta_path(const char *path)
{
    char *meta = NULL;
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    size_t stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - path) : strlen(path);
    return asprintf(&meta, "%.*s.meta.json", (int)stem, path) < 0 ? NULL : meta;
}

int leak_found(const char *path, int64_t *found, struct failure *failure)
{
    struct buffer text = {0};
    json_t *value = NULL;
    char *meta = meta_path(path);
    *found = INT64_MAX;
    if (meta == NULL)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", path);
    int result = VAULT_OK;
    if (file_exists(meta)) {
        result = file_read(meta, META_LIMIT, &text, failure);
        if (result == VAULT_OK && (result = json_read(buffer_bytes(&text), &value, failure)) != VAULT_OK)
            failure_prefix(failure, "%s", meta);
        const json_t *moment = json_object_get(value, "found_at");
        if (result == VAULT_OK && !json_is_integer(moment))
            result = failure_set(failure, VAULT_EINPUT, "%s: found_at is not a number of seconds", meta);
        else if (result == VAULT_OK)
            *found = json_integer_value(moment);
    }
    json_decref(value);
    buffer_free(&text);
    free(meta);
    return result;
}

int firm_trace(struct access_index *index, const char *leak_path, int64_t found, const char *encoding,
    struct trace_result *result, struct failure *failure)
{
    struct leak *leak = NULL;
    const struct trace_source *source = access_index_source(index);
    *result = (struct trace_result){.rows = 0};
    int error = found == INT64_MAX ? leak_found(leak_path, &found, failure) : VAULT_OK;
    if (error == VAULT_OK)
        error = leak_read(leak_path, encoding, source, &leak, failure);
    if (found == INT64_MAX)
        found = source->until;
    if (error == VAULT_OK)
        error = trace_leak(leak, source, found, NULL, result, failure);
    leak_free(leak);
    return error;
}
