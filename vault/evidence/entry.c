#include "vault/evidence/entry.h"

#include <string.h>

#include "vault/evidence/flat.h"

static bool is(struct bytes name, const char *text)
{
    return bytes_equal(name, bytes_of_text(text));
}

/* --- Entries --- */

enum { HAS_INDEX = 1, HAS_LEAF = 2, HAS_HASH = 4, HAS_PROOF = 8 };

static bool read_leaf(struct flat *flat, struct buffer *room, struct entry *entry)
{
    struct bytes text;
    buffer_reset(room);
    if (!flat_string(flat, &text) || base64_decode(text, room) != VAULT_OK)
        return false;
    entry->leaf = buffer_bytes(room);
    return true;
}

static bool read_proof(struct flat *flat, struct entry *entry)
{
    size_t count;
    bool read = flat_hashes(flat, entry->proof, TREE_LEVELS, &count);
    entry->proof_size = count * HASH_SIZE;
    return read;
}

static unsigned read_member(struct flat *flat, struct bytes name, struct buffer *room, struct entry *entry)
{
    if (is(name, "index"))
        return flat_number(flat, &entry->index) ? HAS_INDEX : 0;
    if (is(name, "leaf"))
        return read_leaf(flat, room, entry) ? HAS_LEAF : 0;
    if (is(name, "leaf_hash"))
        return flat_hash(flat, &entry->leaf_hash) ? HAS_HASH : 0;
    if (is(name, "proof"))
        return read_proof(flat, entry) ? HAS_PROOF : 0;
    return 0;
}

const char *entry_line_read(
    struct bytes line, struct hasher *hasher, struct buffer *room, struct entry *entry)
{
    struct flat flat = flat_of(line);
    unsigned seen = 0;
    entry->leaf = bytes_of(NULL, 0);
    entry->proof_size = 0;
    if (line.size > ENTRY_LINE_MAX)
        return "a line that is too long";
    if (!flat_take(&flat, '{'))
        return "not a JSON object";
    do {
        struct bytes name;
        if (!flat_string(&flat, &name) || !flat_take(&flat, ':'))
            return "not a JSON object";
        unsigned member = read_member(&flat, name, room, entry);
        if (member == 0)
            return "a member that does not belong there or has the wrong form";
        if ((seen & member) != 0)
            return "a member that stands twice";
        seen |= member;
    } while (flat_take(&flat, ','));
    if (!flat_take(&flat, '}') || !flat_end(&flat))
        return "not a JSON object";
    entry->redacted = seen == (HAS_INDEX | HAS_HASH | HAS_PROOF);
    if (!entry->redacted && seen != (HAS_INDEX | HAS_LEAF | HAS_PROOF))
        return "a member is missing, or both leaf and leaf_hash are there";
    if (!entry->redacted && (entry->leaf.size == 0 || entry->leaf.size > LEAF_SIZE_MAX))
        return "a leaf must have 1 to 65535 bytes";
    if (!entry->redacted)
        tree_leaf_hash(hasher, entry->leaf, &entry->leaf_hash);
    return NULL;
}

static void write_hash(struct bytes hash, struct buffer *out)
{
    buffer_put_u8(out, '"');
    base64_encode(hash, out);
    buffer_put_u8(out, '"');
}

static void write_proof(struct bytes proof, struct buffer *out)
{
    buffer_put_text(out, ",\"proof\":[");
    for (size_t at = 0; at + HASH_SIZE <= proof.size; at += HASH_SIZE) {
        if (at > 0)
            buffer_put_u8(out, ',');
        write_hash(bytes_of(proof.data + at, HASH_SIZE), out);
    }
    buffer_put_text(out, "]}");
}

void entry_line_write(
    uint64_t index, struct bytes leaf, const struct hash *leaf_hash, struct bytes proof, struct buffer *line)
{
    buffer_put_format(line, "{\"index\":%llu,", (unsigned long long)index);
    buffer_put_text(line, leaf.size > 0 ? "\"leaf\":" : "\"leaf_hash\":");
    write_hash(leaf.size > 0 ? leaf : hash_bytes(leaf_hash), line);
    write_proof(proof, line);
    buffer_put_u8(line, '\n');
}

/* --- Consistency --- */

enum { HAS_SIZE = 1, HAS_ROOT = 2, HAS_PATH = 4 };

static unsigned read_part(struct flat *flat, struct bytes name, struct consistency *consistency)
{
    size_t count = 0;
    if (is(name, "old_size"))
        return flat_number(flat, &consistency->old_size) ? HAS_SIZE : 0;
    if (is(name, "old_root"))
        return flat_hash(flat, &consistency->old_root) ? HAS_ROOT : 0;
    if (!is(name, "proof") ||
        !flat_hashes(flat, consistency->proof, sizeof consistency->proof / HASH_SIZE, &count))
        return 0;
    consistency->proof_size = count * HASH_SIZE;
    return HAS_PATH;
}

const char *consistency_read(struct bytes text, struct consistency *consistency)
{
    struct flat flat = flat_of(text);
    unsigned seen = 0;
    memset(consistency, 0, sizeof *consistency);
    if (!flat_take(&flat, '{'))
        return "not a JSON object";
    do {
        struct bytes name;
        if (!flat_string(&flat, &name) || !flat_take(&flat, ':'))
            return "not a JSON object";
        unsigned part = read_part(&flat, name, consistency);
        if (part == 0 || (seen & part) != 0)
            return "a member that stands twice, does not belong there, or has the wrong form";
        seen |= part;
    } while (flat_take(&flat, ','));
    if (!flat_take(&flat, '}') || !flat_end(&flat))
        return "not a JSON object";
    if (seen != (HAS_SIZE | HAS_ROOT | HAS_PATH))
        return "a member is missing";
    return consistency->old_size == 0 ? "an old size of 0" : NULL;
}

void consistency_write(
    uint64_t old_size, const struct hash *old_root, struct bytes proof, struct buffer *text)
{
    buffer_put_format(text, "{\"old_size\":%llu,\"old_root\":", (unsigned long long)old_size);
    write_hash(hash_bytes(old_root), text);
    write_proof(proof, text);
}
