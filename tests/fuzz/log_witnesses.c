/* Answers of a witness, and the cache of cosigned checkpoints: nothing that no key signed is ever taken for
 * cosigned. */
#include <stdlib.h>
#include <string.h>

#include "vault/log/witnesses_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void start(struct note_key *log, struct note_key *witness, struct buffer *note)
{
    uint8_t seed[KEY_SIZE];
    struct checkpoint checkpoint = {bytes_of_text("vault.example/a"), 3, {{1}}};
    if (crypto_start() != VAULT_OK)
        abort();
    memset(seed, 1, sizeof seed);
    struct secret *secret = secret_copy(bytes_of(seed, sizeof seed));
    struct sign_key *pair = secret == NULL ? NULL : sign_key_from_seed(secret);
    if (pair == NULL ||
        note_key_make("vault.example/a", NOTE_ED25519, sign_key_public(pair), log) != VAULT_OK ||
        checkpoint_sign(&checkpoint, log, pair, note) != VAULT_OK ||
        note_key_make("witness.example/w", NOTE_COSIGNATURE, bytes_of("0123456789abcdef0123456789abcdef", 32),
            witness) != VAULT_OK)
        abort();
    sign_key_free(pair);
    secret_free(secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned statuses[] = {200, 409, 404, 500};
    struct note_key log;
    struct buffer note = {0};
    struct witnesses w = {.count = 1, .quorum = 1};
    struct add_answer answer;
    start(&log, &w.list[0].key, &note);
    w.log_key = log;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        add_answer_read(statuses[i], i == 1 ? "text/x.tlog.size" : "text/plain", bytes_of(data, size),
            buffer_bytes(&note), &w.list[0].key, 1700000000, &answer);
        expect(answer.kind != ADD_COSIGNED);
        expect(answer.kind != ADD_CONFLICT || (statuses[i] == 409 && size >= 2));
    }
    expect(cache_take(&w, bytes_of(data, size)) == VAULT_OK && w.held_count == 0);
    held_free_all(&w);
    buffer_free(&note);
    return 0;
}
