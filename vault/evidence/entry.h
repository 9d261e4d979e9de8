/**
 * @file entry.h
 * One line of a bundle's entries.jsonl, and a bundle's consistency.json, read and written.
 */
#ifndef VAULT_EVIDENCE_ENTRY_H
#define VAULT_EVIDENCE_ENTRY_H

#include "vault/evidence/leaf.h"
#include "vault/evidence/tree.h"

/** Longest line that can be an entry's: a leaf in base64, a full proof, and room for white space. */
#define ENTRY_LINE_MAX ((size_t)128 * 1024)

struct entry {
    uint64_t index;
    bool redacted;         /* only its leaf's hash is told */
    struct bytes leaf;     /* borrows from the buffer given to entry_line_read(); empty if redacted */
    struct hash leaf_hash; /* of the leaf, whether it is told or not */
    size_t proof_size;
    uint8_t proof[TREE_LEVELS * HASH_SIZE];
};

/**
 * Read `{"index":N,"leaf":"…","proof":[…]}` or `{"index":N,"leaf_hash":"…","proof":[…]}`: exactly these
 * members.
 * @param line  without its line feed.
 * @param room  for the leaf; reset first.
 * @return NULL, or what is wrong with it in a few words.
 */
const char *entry_line_read(
    struct bytes line, struct hasher *hasher, struct buffer *room, struct entry *entry);

/** Append such a line with its line feed; @p leaf without bytes writes the hash instead. */
void entry_line_write(
    uint64_t index, struct bytes leaf, const struct hash *leaf_hash, struct bytes proof, struct buffer *line);

struct consistency {
    uint64_t old_size;
    struct hash old_root;
    size_t proof_size;
    uint8_t proof[2 * TREE_LEVELS * HASH_SIZE];
};

/** Read `{"old_size":M,"old_root":"…","proof":[…]}`: exactly these members.  NULL, or what is wrong. */
const char *consistency_read(struct bytes text, struct consistency *consistency);
void consistency_write(
    uint64_t old_size, const struct hash *old_root, struct bytes proof, struct buffer *text);

#endif
