/* Leaked files read for marks, whatever they are: JSON lines, tables, workbooks, noise; then weighed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault/ops/leak/mark_file_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t rows = 0;
    struct failure failure = {0};
    struct mark_evidence evidence;
    if (crypto_start() != VAULT_OK)
        abort();
    struct secret *key = secret_new(KEY_SIZE);
    struct fingerprint_code *code = fingerprint_code_new(key);
    struct fingerprint_word *word = fingerprint_word_new(key);
    struct mark_reading *reading = mark_reading_new(code);
    char path[64];
    int descriptor = memfd_create("fuzz", 0);
    if (reading == NULL || word == NULL || descriptor < 0 || write(descriptor, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    if (mark_file_read(path, NULL, reading, &rows, &failure) == VAULT_OK) {
        mark_reading_finish(reading);
        mark_weigh(reading, word, &(struct decoy_counts){5, 40, 20, size % 2 == 0}, &evidence);
        if (!isfinite(evidence.log_ratio) || !(evidence.log_bound <= 0) ||
            evidence.positions > MARK_POSITIONS_MAX)
            abort();
    }
    (void)close(descriptor);
    mark_reading_free(reading);
    fingerprint_word_free(word);
    fingerprint_code_free(code);
    secret_free(key);
    return 0;
}
