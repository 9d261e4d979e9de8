/* Notes, checkpoints and keys from strangers: nothing that was parsed lies outside the input. */
#include <stdlib.h>

#include "vault/evidence/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void expect_inside(struct bytes part, const uint8_t *data, size_t size)
{
    expect(part.data >= data && part.data + part.size <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct note note;
    struct note_key key;
    struct checkpoint checkpoint;
    struct buffer again = {0};
    struct bytes input = bytes_of(data, size);
    if (note_parse(input, &note) == VAULT_OK) {
        expect_inside(note.text, data, size);
        expect(note.text.size > 0 && note.text.data[note.text.size - 1] == '\n' && note.count > 0);
        for (size_t i = 0; i < note.count; i++) {
            expect_inside(note.signatures[i].name, data, size);
            expect_inside(note.signatures[i].base64, data, size);
            if (note_key_make("example.com/foo", NOTE_ED25519,
                    bytes_of("0123456789abcdef0123456789abcdef", 32), &key) == VAULT_OK)
                expect(note_verify(&note, &key, NULL) != VAULT_OK);
        }
        if (checkpoint_parse(note.text, &checkpoint) == VAULT_OK) {
            checkpoint_format(&checkpoint, &again);
            expect(bytes_equal(buffer_bytes(&again), note.text)); /* one way of writing only */
        }
    }
    buffer_reset(&again);
    if (note_key_parse(input, &key) == VAULT_OK) {
        note_key_format(&key, &again);
        expect(bytes_equal(buffer_bytes(&again), input));
    }
    buffer_free(&again);
    return 0;
}
