/* Lines of entries.jsonl and consistency.json from strangers: what is read is written back to the same
 * meaning. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void check_entry(struct bytes line, struct hasher *hasher)
{
    struct entry *entry = malloc(sizeof *entry);
    struct entry *again = malloc(sizeof *again);
    struct buffer room = {0};
    struct buffer other = {0};
    struct buffer text = {0};
    expect(entry != NULL && again != NULL);
    if (entry_line_read(line, hasher, &room, entry) == NULL) {
        expect(entry->redacted == (entry->leaf.size == 0));
        expect(entry->proof_size % HASH_SIZE == 0 && entry->proof_size <= sizeof entry->proof);
        struct bytes proof = bytes_of(entry->proof, entry->proof_size);
        entry_line_write(entry->index, entry->leaf, &entry->leaf_hash, proof, &text);
        expect(text.data[text.size - 1] == '\n');
        expect(entry_line_read(bytes_of(text.data, text.size - 1), hasher, &other, again) == NULL);
        expect(again->index == entry->index && again->redacted == entry->redacted);
        expect(bytes_equal(again->leaf, entry->leaf) && hash_equal(&again->leaf_hash, &entry->leaf_hash));
        expect(bytes_equal(bytes_of(again->proof, again->proof_size), proof));
    }
    free(entry);
    free(again);
    buffer_free(&room);
    buffer_free(&other);
    buffer_free(&text);
}

static void check_consistency(struct bytes input)
{
    struct consistency first;
    struct consistency again;
    struct buffer text = {0};
    if (consistency_read(input, &first) == NULL) {
        struct bytes proof = bytes_of(first.proof, first.proof_size);
        expect(first.old_size > 0);
        consistency_write(first.old_size, &first.old_root, proof, &text);
        expect(consistency_read(buffer_bytes(&text), &again) == NULL);
        expect(again.old_size == first.old_size && hash_equal(&again.old_root, &first.old_root));
        expect(bytes_equal(bytes_of(again.proof, again.proof_size), proof));
    }
    buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hasher *hasher = hasher_new();
    expect(hasher != NULL);
    check_entry(bytes_of(data, size), hasher);
    check_consistency(bytes_of(data, size));
    hasher_free(hasher);
    return 0;
}
