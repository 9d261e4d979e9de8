/* tlog-proofs from strangers: spans lie within the text, and what is written from one reads again. */
#include <stdlib.h>

#include "vault/evidence/tlog_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tlog_proof *proof = malloc(sizeof *proof);
    struct tlog_proof *again = malloc(sizeof *again);
    struct buffer leaf = {0};
    struct buffer text = {0};
    expect(proof != NULL && again != NULL);
    if (tlog_proof_read(bytes_of(data, size), proof) == NULL) {
        expect(proof->checkpoint.data + proof->checkpoint.size == data + size);
        expect(proof->proof_size % HASH_SIZE == 0 && proof->proof_size <= sizeof proof->proof);
        if (proof->extra.size > 0 && base64_decode(proof->extra, &leaf) == VAULT_OK) {
            tlog_proof_write(proof->index, buffer_bytes(&leaf), bytes_of(proof->proof, proof->proof_size),
                proof->checkpoint, &text);
            /* One way of writing only. */
            expect(bytes_equal(buffer_bytes(&text), bytes_of(data, size)));
            expect(tlog_proof_read(buffer_bytes(&text), again) == NULL && again->index == proof->index);
        }
    }
    free(proof);
    free(again);
    buffer_free(&leaf);
    buffer_free(&text);
    return 0;
}
