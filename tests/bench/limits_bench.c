/* What the parts can do that everything else is made of, measured in the same run: one sync, the hash, the
 * cipher. usage: limits_bench DIRECTORY   (on the disk to be measured); one JSON object */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/crypto/hash.h"
#include "vault/crypto/seal.h"

#define TIMES 101
#define PIECE ((size_t)1 << 20)
#define ROW 1024

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, TIMES, sizeof *values, compare);
    return values[TIMES / 2];
}

static double since(uint64_t start)
{
    return (double)(instant_monotonic() - start) / 1e9;
}

/* An append of a page to a file with room reserved, as the log does it. */
static double sync_seconds(const char *directory)
{
    static const uint8_t page[4096];
    double times[TIMES];
    char *path = file_path(directory, "limits.tmp");
    int file = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || posix_fallocate(file, 0, TIMES * (off_t)sizeof page) != 0)
        exit(1);
    for (int i = 0; i < TIMES; i++) {
        uint64_t start = instant_monotonic();
        if (pwrite(file, page, sizeof page, i * (off_t)sizeof page) < 0 || fdatasync(file) != 0)
            exit(1);
        times[i] = since(start);
    }
    (void)close(file);
    (void)unlink(path);
    free(path);
    return median(times);
}

static double hash_seconds(struct bytes piece)
{
    double times[TIMES];
    struct hash hash;
    for (int i = 0; i < TIMES; i++) {
        uint64_t start = instant_monotonic();
        hash_sha256(piece, &hash);
        times[i] = since(start);
    }
    return median(times);
}

static double open_seconds(struct bytes row)
{
    double times[TIMES];
    struct buffer sealed = {0};
    struct buffer plain = {0};
    struct bytes place = bytes_of_text("a place");
    struct secret *key = secret_random(KEY_SIZE);
    if (key == NULL || seal(key, place, row, &sealed) != VAULT_OK)
        exit(1);
    for (int i = 0; i < TIMES; i++) {
        uint64_t start = instant_monotonic();
        for (int j = 0; j < 100; j++) {
            plain.size = 0;
            if (seal_open(key, place, buffer_bytes(&sealed), &plain) != VAULT_OK)
                exit(1);
        }
        times[i] = since(start) / 100;
    }
    buffer_free(&sealed);
    buffer_free(&plain);
    secret_free(key);
    return median(times);
}

int main(int count, char **arguments)
{
    uint8_t *piece = calloc(1, PIECE);
    if (count != 2 || piece == NULL || crypto_start() != VAULT_OK) {
        (void)fprintf(stderr, "usage: limits_bench DIRECTORY\n");
        return 1;
    }
    (void)printf("{\"sync_ms\":%.3f,\"sha256_mib_s\":%.0f,\"open_1kib_us\":%.3f}\n",
        sync_seconds(arguments[1]) * 1e3, 1 / hash_seconds(bytes_of(piece, PIECE)),
        open_seconds(bytes_of(piece, ROW)) * 1e6);
    free(piece);
    return 0;
}
