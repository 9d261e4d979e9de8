/*
 * Rewrites a vault's log as root on the vault's machine could who has got the store key, and with it the key
 * that signs the log: every hash, every checkpoint and every event of the vault itself fits again.  What he
 * has not got is people's signing keys, which only their passphrases open.  The test-only seam of scenarios
 * that say who finds him.
 *
 *   log-forger VAULT USER PASSPHRASE-FILE BUNDLE ATTACK…
 *
 *   rewrite I OLD NEW   text in entry I        drop I       entry I, later ones move up
 *   swap I J            two entries            cut N        all from entry N on
 *   insert I            a copy of I behind it  regrow N     cut, then as many made-up entries as were cut,
 * and one more none                nothing
 *
 * BUNDLE is a directory to be made: all of the forged log as evidence, signed with the log's key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/passphrase.h"
#include "vault/access/layout.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/evidence/bundle_writer.h"
#include "vault/evidence/leaf.h"
#include "vault/keys/identity.h"
#include "vault/keys/slots.h"
#include "vault/log/log_private.h"

#define ENTRIES_MAX 4096

struct forgery {
    struct vault_keys keys;
    struct log_keys log_keys;
    struct note_key note_key;
    char origin[96];
    struct hasher *hasher;
    size_t count;
    struct buffer leaves[ENTRIES_MAX];
    struct tree_edge edge;
    struct hash nodes[2 * ENTRIES_MAX];
    size_t node_count;
    struct buffer note; /* the last checkpoint */
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "log-forger: %s: %s\n", what, why);
    exit(1);
}

static void must(int result, const char *what)
{
    if (result != VAULT_OK)
        die(what, vault_error_text(result));
}

/* --- Opening --- */

static void open_keys(struct forgery *forgery, char **arguments)
{
    struct slots *slots = NULL;
    struct secret *passphrase = NULL;
    struct secret *seed = NULL;
    struct secret *store_key = NULL;
    char *path = file_path(arguments[1], LAYOUT_SLOTS);
    must(crypto_start(), "crypto");
    must(slots_load(path, &slots, NULL), path);
    must(passphrase_from_file(arguments[3], &passphrase, NULL, NULL), arguments[3]);
    must(slots_open(slots, arguments[2], passphrase, &seed, &store_key), arguments[2]);
    must(vault_keys_open(store_key, &forgery->keys), "keys");
    forgery->log_keys = (struct log_keys){.seal_key = forgery->keys.log_seal,
        .vault_key = forgery->keys.sign,
        .origin = forgery->origin,
        .vault = *slots_vault(slots)};
    layout_origin(&forgery->log_keys.vault, forgery->origin);
    must(
        note_key_make(forgery->origin, NOTE_ED25519, sign_key_public(forgery->keys.sign), &forgery->note_key),
        "key");
    forgery->hasher = hasher_new();
    secret_free(seed);
    secret_free(passphrase);
    secret_free(store_key);
    slots_free(slots);
    free(path);
}

static void read_leaves(struct forgery *forgery, const char *directory)
{
    struct log *log = NULL;
    struct failure failure = {0};
    if (log_open(directory, &forgery->log_keys, &log, &failure) != VAULT_OK)
        die("log", failure.text);
    forgery->count = log_size(log);
    if (forgery->count > ENTRIES_MAX / 2)
        die("log", "too long for this program");
    for (size_t i = 0; i < forgery->count; i++)
        must(log_read(log, i, &forgery->leaves[i], NULL), "entry");
    log_free(log);
}

/* --- Changing --- */

static void replace(struct buffer *leaf, const char *old, const char *fresh)
{
    struct buffer result = {0};
    const uint8_t *at = memmem(leaf->data, leaf->size, old, strlen(old));
    if (at == NULL)
        die(old, "is not in that entry");
    size_t before = (size_t)(at - leaf->data);
    buffer_put_data(&result, leaf->data, before);
    buffer_put_text(&result, fresh);
    buffer_put_data(&result, at + strlen(old), leaf->size - before - strlen(old));
    buffer_free(leaf);
    *leaf = result;
}

static void copy(struct buffer *to, const struct buffer *from)
{
    *to = (struct buffer){0};
    buffer_put(to, buffer_bytes(from));
}

/* Another id in its place: the last digits are the index. */
static void new_id(struct buffer *leaf, size_t index)
{
    struct leaf parts;
    char digits[8];
    if (leaf_read(buffer_bytes(leaf), &parts) != NULL)
        die("entry", "is no event");
    (void)snprintf(digits, sizeof digits, "%05zu", index);
    memcpy(leaf->data + (parts.id.data - leaf->data) + parts.id.size - 5, digits, 5);
}

static void drop(struct forgery *forgery, size_t index)
{
    buffer_free(&forgery->leaves[index]);
    forgery->count--;
    memmove(&forgery->leaves[index], &forgery->leaves[index + 1],
        (forgery->count - index) * sizeof(struct buffer));
}

static void insert(struct forgery *forgery, size_t index, size_t from)
{
    memmove(&forgery->leaves[index + 1], &forgery->leaves[index],
        (forgery->count - index) * sizeof(struct buffer));
    copy(&forgery->leaves[index], &forgery->leaves[from]);
    forgery->count++;
    new_id(&forgery->leaves[index], forgery->count);
}

static void attack(struct forgery *forgery, char **words)
{
    const char *what = words[0];
    size_t index = words[1] == NULL ? 0 : strtoul(words[1], NULL, 10);
    size_t before = forgery->count;
    if (index >= forgery->count)
        die("entry", "there is none of that number");
    if (strcmp(what, "rewrite") == 0) {
        replace(&forgery->leaves[index], words[2], words[3]);
    } else if (strcmp(what, "drop") == 0) {
        drop(forgery, index);
    } else if (strcmp(what, "swap") == 0) {
        size_t other = strtoul(words[2], NULL, 10);
        struct buffer held = forgery->leaves[index];
        forgery->leaves[index] = forgery->leaves[other];
        forgery->leaves[other] = held;
    } else if (strcmp(what, "insert") == 0) {
        insert(forgery, index + 1, index);
    } else if (strcmp(what, "cut") == 0 || strcmp(what, "regrow") == 0) {
        while (forgery->count > index)
            drop(forgery, forgery->count - 1);
        while (what[0] == 'r' && forgery->count <= before)
            insert(forgery, forgery->count, index - 1);
    } else if (strcmp(what, "none") != 0) {
        die(what, "is no attack");
    }
}

/* --- Making it fit again --- */

static void renumber(struct buffer *leaf, size_t index)
{
    struct leaf parts;
    char old[40];
    char fresh[40];
    if (leaf_read(buffer_bytes(leaf), &parts) != NULL)
        die("entry", "is no event");
    if (parts.seq == index)
        return;
    (void)snprintf(old, sizeof old, "\"seq\":%llu,", (unsigned long long)parts.seq);
    (void)snprintf(fresh, sizeof fresh, "\"seq\":%zu,", index);
    replace(leaf, old, fresh);
}

/* The vault's own events are signed by the key that he has. */
static void sign_again(struct forgery *forgery, struct buffer *leaf)
{
    struct leaf parts;
    struct buffer message = {0};
    struct buffer base64 = {0};
    uint8_t signature[SIGNATURE_SIZE];
    if (leaf_read(buffer_bytes(leaf), &parts) != NULL || !leaf_is_system(&parts))
        return;
    leaf_signed_message(&parts, forgery->origin, &message);
    sign(forgery->keys.sign, buffer_bytes(&message), signature);
    base64_encode(bytes_of(signature, sizeof signature), &base64);
    memcpy(leaf->data + (parts.sig.data - leaf->data), base64.data, base64.size);
    buffer_free(&message);
    buffer_free(&base64);
}

static void put_group(struct forgery *forgery, size_t entries, struct buffer *file)
{
    struct checkpoint checkpoint = {.origin = bytes_of_text(forgery->origin), .size = forgery->edge.size};
    const struct log_keys *keys = &forgery->log_keys;
    struct buffer body = {0};
    struct buffer begin = {0};
    tree_edge_root(&forgery->edge, forgery->hasher, &checkpoint.root);
    if (entries > 0)
        must(frame_seal(keys, FRAME_ENTRY, forgery->edge.size - 1,
                 buffer_bytes(&forgery->leaves[forgery->edge.size - 1]), &body),
            "entry");
    size_t before = body.size;
    buffer_reset(&forgery->note);
    must(checkpoint_sign(&checkpoint, &forgery->note_key, forgery->keys.sign, &forgery->note), "checkpoint");
    must(frame_seal(keys, FRAME_CHECKPOINT, checkpoint.size, buffer_bytes(&forgery->note), &body),
        "checkpoint");
    uint32_t size = (uint32_t)(BEGIN_FRAME_SIZE + body.size + END_MARK_SIZE);
    struct end_mark mark = {checkpoint.size, (uint32_t)(body.size - before), size};
    struct group_begin first = {checkpoint.size - entries, (uint32_t)entries, size};
    end_mark_put(&mark, &body);
    must(group_begin_seal(keys, file->size, &first, &begin), "group");
    buffer_put(file, buffer_bytes(&begin));
    buffer_put(file, buffer_bytes(&body));
    buffer_free(&body);
    buffer_free(&begin);
}

static void write_log(struct forgery *forgery, const char *directory)
{
    static const char *const caches[] = {"log.tree", "log.offsets"};
    uint8_t header[FILE_HEADER_SIZE];
    struct buffer file = {0};
    frame_file_header(&forgery->log_keys, header);
    buffer_put_data(&file, header, sizeof header);
    put_group(forgery, 0, &file);
    for (size_t i = 0; i < forgery->count; i++) {
        struct hash leaf;
        struct hash fresh[TREE_LEVELS + 1];
        renumber(&forgery->leaves[i], i);
        sign_again(forgery, &forgery->leaves[i]);
        tree_leaf_hash(forgery->hasher, buffer_bytes(&forgery->leaves[i]), &leaf);
        size_t whole = tree_edge_add(&forgery->edge, forgery->hasher, &leaf, fresh);
        memcpy(forgery->nodes + forgery->node_count, fresh, whole * sizeof *fresh);
        forgery->node_count += whole;
        put_group(forgery, 1, &file);
    }
    char *path = file_path(directory, LAYOUT_LOG);
    must(file_replace(path, buffer_bytes(&file), 0600, NULL), path);
    free(path);
    for (size_t i = 0; i < 2; i++) {
        path = file_path(directory, caches[i]);
        (void)unlink(path);
        free(path);
    }
    buffer_free(&file);
}

static int node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct forgery *forgery = context;
    *hash = forgery->nodes[tree_position(level, index)];
    return VAULT_OK;
}

static void write_bundle(struct forgery *forgery, const char *out)
{
    struct tree_nodes nodes = {node, forgery};
    struct bundle_writer *writer = NULL;
    struct bundle_written written;
    struct failure failure = {0};
    struct buffer proof = {0};
    struct bundle_plan plan = {.out = out,
        .checkpoint = buffer_bytes(&forgery->note),
        .log_key = &forgery->note_key,
        .signer = forgery->keys.sign,
        .scope = {.range = true, .end = forgery->count},
        .purpose = bytes_of_text("\"what root would like you to believe\""),
        .created = instant_now()};
    int result = bundle_writer_new(&plan, &writer, &failure);
    for (size_t i = 0; i < forgery->count && result == VAULT_OK; i++) {
        buffer_reset(&proof);
        result = tree_inclusion(&nodes, forgery->hasher, i, forgery->count, &proof);
        struct bundle_entry entry = {
            .index = i, .leaf = buffer_bytes(&forgery->leaves[i]), .proof = buffer_bytes(&proof)};
        if (result == VAULT_OK)
            result = bundle_writer_entry(writer, &entry, &failure);
    }
    if (result == VAULT_OK)
        result = bundle_writer_finish(writer, &written, &failure);
    if (result == VAULT_OK)
        result = bundle_writer_place(writer, &failure);
    if (result != VAULT_OK)
        die("bundle", failure.text);
    bundle_writer_free(writer);
    buffer_free(&proof);
}

int main(int count, char **arguments)
{
    static struct forgery forgery;
    if (count < 6) {
        fputs("usage: log-forger VAULT USER PASSPHRASE-FILE BUNDLE ATTACK…\n", stderr);
        return 1;
    }
    open_keys(&forgery, arguments);
    read_leaves(&forgery, arguments[1]);
    attack(&forgery, arguments + 5);
    write_log(&forgery, arguments[1]);
    write_bundle(&forgery, arguments[4]);
    for (size_t i = 0; i < forgery.count; i++)
        buffer_free(&forgery.leaves[i]);
    buffer_free(&forgery.note);
    hasher_free(forgery.hasher);
    vault_keys_free(&forgery.keys);
    return 0;
}
