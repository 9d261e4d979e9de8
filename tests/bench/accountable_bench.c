/* Reads of one record in one session, one after another: what accountable decryption adds to a read.
 * accountable_bench VAULT USER PASSPHRASE-FILE CLIENT RECORD READS; prints the median and the 90th
 * percentile. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/passphrase.h"
#include "vault/base/instant.h"
#include "vault/ops/ops.h"

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void must(int result, const struct failure *failure)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "accountable_bench: %s (%s)\n", failure->text, vault_error_text(result));
    exit(1);
}

int main(int argc, char **argv)
{
    struct failure failure = {0};
    struct secret *passphrase = NULL;
    struct session *session = NULL;
    bool open_to_others;
    if (argc != 7 || crypto_start() != VAULT_OK)
        return 1;
    size_t count = strtoul(argv[6], NULL, 10);
    uint64_t *times = calloc(count + 1, sizeof *times);
    must(times == NULL || count == 0 ? VAULT_EUSAGE : VAULT_OK, &failure);
    must(passphrase_from_file(argv[3], &passphrase, &open_to_others, &failure), &failure);
    struct session_options options = {.directory = argv[1], .user = argv[2], .passphrase = passphrase};
    must(session_open(&options, &session, &failure), &failure);
    json_t *arguments = json_pack("{s:s,s:s,s:s}", "client", argv[4], "record", argv[5], "purpose", "tax:1");
    struct operation_call call = {.name = "record.read", .arguments = arguments};
    for (size_t i = 0; i < count; i++) {
        uint64_t start = instant_monotonic();
        must(operation_run(session, &call, NULL, &failure), &failure);
        times[i] = instant_monotonic() - start;
    }
    qsort(times, count, sizeof *times, compare);
    (void)printf("%.1f %.1f\n", (double)times[count / 2] / 1e3, (double)times[count * 9 / 10] / 1e3);
    json_decref(arguments);
    session_free(session);
    secret_free(passphrase);
    free(times);
    return 0;
}
