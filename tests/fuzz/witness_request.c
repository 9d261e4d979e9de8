/* Bodies of add-checkpoint and lists of logs, from strangers. */
#include <stdlib.h>

#include "vault/witness/witness_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct add_request request;
    struct known_logs logs;
    struct bytes input = bytes_of(data, size);
    if (add_request_parse(input, &request) == VAULT_OK) {
        expect(request.proof_size % HASH_SIZE == 0 && request.proof_size <= sizeof request.proof);
        expect(request.note.text.data >= data &&
               request.signed_note.data + request.signed_note.size == data + size);
        expect(request.checkpoint.origin.size > 0 && request.note.count > 0);
    }
    if (logs_parse(input, &logs, NULL) == VAULT_OK) {
        for (size_t i = 0; i < logs.count; i++) {
            const struct known_key *first = NULL;
            expect(
                logs_find(&logs, bytes_of_text(logs.keys[i].origin), &first) > 0 && first <= &logs.keys[i]);
        }
        logs_free(&logs);
    }
    return 0;
}
