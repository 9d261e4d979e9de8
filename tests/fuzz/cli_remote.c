/* What a server that means harm answers to the command line, cut in two at every place. */
#include <stdlib.h>

#include "cli/remote_head.h"
#include "cli/remote_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    size_t rows;
    size_t bytes;
    size_t waits;
};

static int on_json(void *context, json_t *value)
{
    struct heard *heard = context;
    if (value == NULL)
        abort();
    heard->rows++;
    return VAULT_OK;
}

static int on_text(void *context, struct bytes text)
{
    struct heard *heard = context;
    heard->bytes += text.size;
    return VAULT_OK;
}

static bool on_wait(void *context)
{
    struct heard *heard = context;
    return ++heard->waits < 3;
}

static void on_progress(void *context, uint64_t done, uint64_t total, const char *unit)
{
    (void)context;
    (void)done;
    (void)total;
    if (unit == NULL)
        abort();
}

static int answer(struct bytes first, struct bytes second, struct heard *heard)
{
    struct reply reply = {.context = heard,
        .row = on_json,
        .value = on_json,
        .text = on_text,
        .wait = on_wait,
        .progress = on_progress};
    struct failure failure = {0};
    struct exchange exchange = {.reply = &reply, .failure = &failure};
    int result = exchange_take(&exchange, first);
    if (result == VAULT_OK)
        result = exchange_take(&exchange, second);
    if (exchange.ended && exchange.result != VAULT_OK && failure.error == VAULT_OK)
        abort(); /* it failed without a sentence */
    exchange_free(&exchange);
    return result;
}

/* What a server says of its log, as if the same had been remembered, and as if nothing had. */
static void show_head(struct bytes text)
{
    json_t *told = NULL;
    uint64_t size = 0;
    struct failure failure = {0};
    if (json_read(text, &told, NULL) == VAULT_OK) {
        int first = head_extends(NULL, told, &size, &failure);
        if (first != VAULT_OK && failure.error == VAULT_OK)
            abort();
        if (first == VAULT_OK && head_extends(told, told, &size, &failure) != VAULT_OK)
            abort(); /* what is the same goes on from itself */
    }
    json_decref(told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    show_head(bytes_of(data, size));
    struct heard whole = {0};
    int result = answer(bytes_of(data, size), (struct bytes){0}, &whole);
    for (size_t i = 0; i < size && i < 64; i++) {
        struct heard cut = {0};
        size_t at = size * i / (size < 64 ? size : 64);
        if (answer(bytes_of(data, at), bytes_of(data + at, size - at), &cut) != result ||
            cut.rows != whole.rows || cut.bytes != whole.bytes)
            abort(); /* what it means does not depend on how it came */
    }
    return 0;
}
