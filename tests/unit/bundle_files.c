/* A bundle's files in memory, declared in bundle_fixture.h. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/bundle_fixture.h"
#include "vault/base/file.h"

void files_load(struct files *files, const char *path)
{
    struct container *container = NULL;
    struct container_fault fault;
    memset(files, 0, sizeof *files);
    cr_assert_eq(container_open(path, &container, &fault, NULL), VAULT_OK, "%s", path);
    for (size_t i = 0; i < container_count(container); i++) {
        struct bytes content;
        cr_assert_eq(container_get(container, i, &content, NULL), VAULT_OK);
        files_set(files, container_name(container, i), content);
        container_drop(container, content);
    }
    container_free(container);
}

void files_free(struct files *files)
{
    for (size_t i = 0; i < files->count; i++)
        buffer_free(&files->content[i]);
    files->count = 0;
}

static size_t find(const struct files *files, const char *name)
{
    size_t i = 0;
    while (i < files->count && strcmp(files->names[i], name) != 0)
        i++;
    return i;
}

struct buffer *files_get(struct files *files, const char *name)
{
    size_t i = find(files, name);
    cr_assert_lt(i, files->count, "%s", name);
    return &files->content[i];
}

void files_set(struct files *files, const char *name, struct bytes content)
{
    size_t i = find(files, name);
    cr_assert_lt(i, FILES_MAX);
    if (i == files->count)
        files->count++;
    (void)snprintf(files->names[i], sizeof files->names[i], "%s", name);
    struct buffer fresh = {0};
    buffer_put(&fresh, content);
    buffer_free(&files->content[i]);
    files->content[i] = fresh;
}

void files_drop(struct files *files, const char *name)
{
    size_t i = find(files, name);
    cr_assert_lt(i, files->count, "%s", name);
    buffer_free(&files->content[i]);
    for (files->count--; i < files->count; i++) {
        memcpy(files->names[i], files->names[i + 1], sizeof files->names[i]);
        files->content[i] = files->content[i + 1];
    }
    files->content[files->count] = (struct buffer){0};
}

void files_store(struct kit *kit, const struct files *files, char path[128])
{
    char name[256];
    (void)snprintf(path, 128, "%s/changed", kit->directory);
    (void)snprintf(name, sizeof name, "rm -rf '%s'", path);
    cr_assert_eq(system(name), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    for (size_t i = 0; i < files->count; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", path, files->names[i]);
        char *slash = strrchr(name, '/');
        *slash = '\0';
        (void)mkdir(name, 0700);
        *slash = '/';
        cr_assert_eq(
            file_replace_lazily(name, buffer_bytes(&files->content[i]), 0600, NULL), VAULT_OK, "%s", name);
    }
}

static int by_name(const void *a, const void *b, void *context)
{
    const struct files *files = context;
    return strcmp(files->names[*(const size_t *)a], files->names[*(const size_t *)b]);
}

static void sign_manifest(struct kit *kit, struct files *files)
{
    struct hash hash;
    struct buffer text = {0};
    struct buffer note = {0};
    hash_sha256(buffer_bytes(files_get(files, "manifest.json")), &hash);
    manifest_signed_text(bytes_of_text(kit->log.key.name), &hash, &text);
    buffer_put(&note, buffer_bytes(&text));
    buffer_put_u8(&note, '\n');
    cr_assert_eq(note_put_signature(&kit->log.key, kit->log.signer, buffer_bytes(&text), &note), VAULT_OK);
    files_set(files, "manifest.sig", buffer_bytes(&note));
    buffer_free(&text);
    buffer_free(&note);
}

void files_resign(struct kit *kit, struct files *files)
{
    struct buffer text = {0};
    size_t order[FILES_MAX];
    const char *manifest = buffer_text(files_get(files, "manifest.json"));
    const char *start = strstr(manifest, "\"files\":[");
    const char *end = strstr(manifest, "],\"origin\"");
    cr_assert(start != NULL && end != NULL, "a manifest without files");
    buffer_put_data(&text, manifest, (size_t)(start - manifest) + strlen("\"files\":["));
    for (size_t i = 0; i < files->count; i++)
        order[i] = i;
    qsort_r(order, files->count, sizeof order[0], by_name, files);
    bool first = true;
    for (size_t i = 0; i < files->count; i++) {
        const char *name = files->names[order[i]];
        struct bytes content = buffer_bytes(&files->content[order[i]]);
        struct hash hash;
        if (strncmp(name, "manifest.", 9) == 0)
            continue;
        hash_sha256(content, &hash);
        manifest_write_file(first, name, &hash, content.size, &text);
        first = false;
    }
    buffer_put_text(&text, end);
    files_set(files, "manifest.json", buffer_bytes(&text));
    buffer_free(&text);
    sign_manifest(kit, files);
}

enum bundle_rule files_check(struct kit *kit, const struct files *files)
{
    char path[128];
    files_store(kit, files, path);
    return kit_check(kit, path, NULL);
}

void text_replace(struct buffer *text, const char *old, const char *fresh)
{
    struct buffer result = {0};
    const uint8_t *at = memmem(text->data, text->size, old, strlen(old));
    cr_assert_not_null(at, "%s is not there", old);
    size_t before = (size_t)(at - text->data);
    buffer_put_data(&result, text->data, before);
    buffer_put_text(&result, fresh);
    buffer_put_data(&result, at + strlen(old), text->size - before - strlen(old));
    buffer_free(text);
    *text = result;
}

size_t text_lines(const struct buffer *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->size; i++)
        count += text->data[i] == '\n';
    return count;
}

struct bytes text_line(const struct buffer *text, size_t number)
{
    const uint8_t *at = text->data;
    const uint8_t *end = text->data + text->size;
    for (;;) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        cr_assert_not_null(stop);
        if (number-- == 0)
            return bytes_of(at, (size_t)(stop - at));
        at = stop + 1;
    }
}
