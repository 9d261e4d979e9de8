/* Release messages: whatever is read is written again byte for byte, and events that ask for releases hold
 * what they say. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(struct bytes wire)
{
    struct release_request request;
    struct buffer again = {0};
    if (release_request_read(wire, &request) != VAULT_OK)
        return;
    if (request.count > RELEASE_ITEMS_MAX || request.asks != (request.count > 0))
        abort();
    /* Tables may be longer than needed or in another order, so only what was read must be the same. */
    if (release_request_write(&request, &again) == VAULT_OK) {
        struct release_request second;
        if (release_request_read(buffer_bytes(&again), &second) != VAULT_OK ||
            second.count != request.count ||
            (request.count > 0 &&
                memcmp(second.items, request.items, request.count * sizeof *request.items) != 0))
            abort();
        release_request_free(&second);
    }
    buffer_free(&again);
    release_request_free(&request);
}

static void check_answer(struct bytes wire)
{
    struct release_answer answer;
    struct buffer again = {0};
    if (release_answer_read(wire, &answer) != VAULT_OK)
        return;
    release_answer_write(&answer, &again);
    if (!bytes_equal(buffer_bytes(&again), wire))
        abort();
    buffer_free(&again);
}

static void check_leaves(struct bytes text)
{
    struct release_event event;
    struct release_person person;
    struct release_leaf release;
    struct hasher *hasher = hasher_new();
    struct release_item item = {.version = 1};
    uint64_t count;
    struct hash root;
    if (release_event_read(text, &event) == NULL) {
        for (size_t i = 0; i < event.batches; i++) {
            if (!release_event_batch(&event, i, &count, &root))
                abort();
        }
        if (release_event_batch(&event, event.batches, &count, &root))
            abort();
        (void)release_event_allows(&event, hasher, 0, &item, 1);
    }
    if (release_person_read(text, &person) == NULL && person.kind != RELEASE_BIRTH && person.user.size == 0)
        abort();
    if (release_leaf_read(text, &release) == NULL && release.vault.size == 0)
        abort();
    hasher_free(hasher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    check_request(input);
    check_answer(input);
    check_leaves(input);
    return 0;
}
