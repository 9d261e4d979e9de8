#include "vault/evidence/manifest.h"

#include <string.h>

#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"

static bool is(struct bytes span, const char *text)
{
    return bytes_equal(span, bytes_of_text(text));
}

static void count_member(void *context, struct bytes name, struct bytes value)
{
    (void)name;
    (void)value;
    ++*(size_t *)context;
}

static size_t members_of(struct bytes object)
{
    size_t count = 0;
    return canonical_object(object, count_member, &count) ? count : 0;
}

static bool number_in(struct bytes object, const char *name, uint64_t *number)
{
    struct bytes value;
    return canonical_find(object, name, &value) && canonical_number(value, number);
}

/* A string of one byte or more, without its quotes. */
static bool text_in(struct bytes object, const char *name, struct bytes *text)
{
    struct bytes value;
    *text = canonical_find(object, name, &value) ? canonical_string(value) : bytes_of(NULL, 0);
    return text->size > 0;
}

static const char *read_range(struct bytes object, struct scope *scope)
{
    scope->range = true;
    if (members_of(object) != 4 || !number_in(object, "start", &scope->start) ||
        !number_in(object, "end", &scope->end) || !number_in(object, "count", &scope->count))
        return "a range that has not exactly start, end and count";
    return scope->start <= scope->end && scope->count == scope->end - scope->start
               ? NULL
               : "a range whose count is not what lies between its ends";
}

static const char *read_scope(struct bytes object, struct scope *scope)
{
    struct bytes kind;
    memset(scope, 0, sizeof *scope);
    if (!text_in(object, "kind", &kind))
        return "no scope";
    if (is(kind, "range"))
        return read_range(object, scope);
    bool query = canonical_find(object, "query", &scope->query);
    if (!is(kind, "selection") || members_of(object) != (query ? 3u : 2u) ||
        !number_in(object, "count", &scope->count) || (query && scope->query.data[0] != '"'))
        return "a scope that is neither a range nor a selection";
    return NULL;
}

static const char *read_release(struct bytes text, struct manifest *manifest)
{
    struct bytes object;
    struct bytes scope;
    manifest->has_release = canonical_find(text, "release", &object);
    if (!manifest->has_release)
        return NULL;
    if (members_of(object) != 3 || !text_in(object, "origin", &manifest->release_origin) ||
        !number_in(object, "tree_size", &manifest->release_size) || !canonical_find(object, "scope", &scope))
        return "a release that has not exactly origin, tree_size and scope";
    return read_scope(scope, &manifest->release_scope);
}

static bool read_created(struct bytes text, struct manifest *manifest)
{
    return text_in(text, "created", &manifest->created_text) &&
           manifest->created_text.size == INSTANT_TEXT_SIZE - 1 &&
           manifest->created_text.data[INSTANT_TEXT_SIZE - 2] == 'Z' &&
           instant_parse(manifest->created_text, &manifest->created);
}

const char *manifest_read(struct bytes text, struct manifest *manifest)
{
    struct bytes part;
    uint64_t version = 0;
    memset(manifest, 0, sizeof *manifest);
    if (!canonical_object(text, NULL, NULL))
        return "not a canonical JSON object";
    if (!number_in(text, "v", &version) || version != 1)
        return "\"v\" is not 1";
    if (!text_in(text, "type", &part) || !is(part, "vault-evidence-manifest"))
        return "its type is not that of a manifest";
    if (!text_in(text, "origin", &manifest->origin) || !number_in(text, "tree_size", &manifest->tree_size))
        return "no origin or no tree_size";
    if (!read_created(text, manifest))
        return "\"created\" is not a moment in UTC with milliseconds";
    if (!text_in(text, "purpose", &part) || !canonical_find(text, "purpose", &manifest->purpose))
        return "no purpose";
    if (!canonical_find(text, "files", &manifest->files) || manifest->files.data[0] != '[')
        return "no list of files";
    if (!canonical_find(text, "scope", &part))
        return "no scope";
    const char *why = read_scope(part, &manifest->scope);
    if (why == NULL)
        why = read_release(text, manifest);
    if (why == NULL && members_of(text) != (manifest->has_release ? 9u : 8u))
        why = "a member that does not belong there";
    return why;
}

/* The names of keys hold no white space and no control characters, so JSON escapes only two of their bytes.
 */
bool manifest_names(struct bytes raw, struct bytes origin)
{
    size_t at = 0;
    for (size_t i = 0; i < origin.size; i++, at++) {
        bool escaped = origin.data[i] == '"' || origin.data[i] == '\\';
        if (escaped && (at >= raw.size || raw.data[at++] != '\\'))
            return false;
        if (at >= raw.size || raw.data[at] != origin.data[i])
            return false;
    }
    return at == raw.size;
}

const char *manifest_file(struct bytes *rest, struct manifest_file *file, bool *more)
{
    struct bytes object;
    struct bytes hash;
    *more = canonical_element(rest, &object);
    if (!*more)
        return NULL;
    if (members_of(object) != 3 || !text_in(object, "name", &file->name) ||
        !number_in(object, "size", &file->size) || !text_in(object, "sha256", &hash))
        return "a file that has not exactly name, sha256 and size";
    char again[2 * HASH_SIZE + 1];
    if (!hex_decode((const char *)hash.data, hash.size, file->hash.data, HASH_SIZE))
        return "a sha256 that is not 64 hexadecimal digits";
    hex_encode(hash_bytes(&file->hash), again);
    return is(hash, again) ? NULL : "a sha256 that is not in lower case";
}

void manifest_signed_text(struct bytes origin, const struct hash *manifest_hash, struct buffer *text)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_bytes(manifest_hash), hex);
    buffer_put_text(text, MANIFEST_FIRST_LINE "\n");
    buffer_put(text, origin);
    buffer_put_format(text, "\n%s\n", hex);
}

int manifest_check_signature(
    struct bytes note_text, struct bytes origin, const struct hash *manifest_hash, const struct note_key *key)
{
    struct note note;
    struct buffer wanted = {0};
    int result = note_parse(note_text, &note);
    if (result != VAULT_OK)
        return result;
    manifest_signed_text(origin, manifest_hash, &wanted);
    result = buffer_error(&wanted);
    if (result == VAULT_OK && (note.count != 1 || !bytes_equal(note.text, buffer_bytes(&wanted))))
        result = VAULT_EINPUT;
    buffer_free(&wanted);
    if (result == VAULT_OK && key->type != NOTE_ED25519)
        result = VAULT_EFORGED;
    if (result == VAULT_OK && note_verify(&note, key, NULL) != VAULT_OK)
        result = VAULT_EFORGED;
    return result;
}

/* --- Writing --- */

static void put_number(struct buffer *text, const char *name, uint64_t number)
{
    buffer_put_format(text, "\"%s\":%llu", name, (unsigned long long)number);
}

void scope_write(const struct scope *scope, struct buffer *text)
{
    buffer_put_u8(text, '{');
    put_number(text, "count", scope->count);
    if (scope->range) {
        buffer_put_u8(text, ',');
        put_number(text, "end", scope->end);
        buffer_put_text(text, ",\"kind\":\"range\",");
        put_number(text, "start", scope->start);
    } else {
        buffer_put_text(text, ",\"kind\":\"selection\"");
        if (scope->query.size > 0) {
            buffer_put_text(text, ",\"query\":");
            buffer_put(text, scope->query);
        }
    }
    buffer_put_u8(text, '}');
}

void manifest_write_start(int64_t created, struct buffer *text)
{
    char moment[INSTANT_TEXT_SIZE];
    instant_format(created, moment);
    buffer_put_format(text, "{\"created\":\"%s\",\"files\":[", moment);
}

void manifest_write_file(
    bool first, const char *name, const struct hash *hash, uint64_t size, struct buffer *text)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_bytes(hash), hex);
    buffer_put_format(text, "%s{\"name\":\"%s\",\"sha256\":\"%s\",", first ? "" : ",", name, hex);
    put_number(text, "size", size);
    buffer_put_u8(text, '}');
}

static void put_origin(struct buffer *text, struct bytes origin)
{
    buffer_put_text(text, "\"origin\":\"");
    for (size_t i = 0; i < origin.size; i++) {
        if (origin.data[i] == '"' || origin.data[i] == '\\')
            buffer_put_u8(text, '\\');
        buffer_put_u8(text, origin.data[i]);
    }
    buffer_put_u8(text, '"');
}

void manifest_write_end(const struct manifest *manifest, struct buffer *text)
{
    buffer_put_text(text, "],");
    put_origin(text, manifest->origin);
    buffer_put_text(text, ",\"purpose\":");
    buffer_put(text, manifest->purpose);
    if (manifest->has_release) {
        buffer_put_text(text, ",\"release\":{");
        put_origin(text, manifest->release_origin);
        buffer_put_text(text, ",\"scope\":");
        scope_write(&manifest->release_scope, text);
        buffer_put_u8(text, ',');
        put_number(text, "tree_size", manifest->release_size);
        buffer_put_u8(text, '}');
    }
    buffer_put_text(text, ",\"scope\":");
    scope_write(&manifest->scope, text);
    buffer_put_u8(text, ',');
    put_number(text, "tree_size", manifest->tree_size);
    buffer_put_text(text, ",\"type\":\"vault-evidence-manifest\",\"v\":1}");
}
