/* Feeds a harness every file of its corpus: the fuzzing that needs no fuzzer.  Prints TAP. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (64u << 20)

static int feed(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    if (file == NULL || data == NULL) {
        printf("Bail out! %s cannot be read\n", path);
        exit(1);
    }
    size_t size = fread(data, 1, INPUT_MAX, file);
    (void)fclose(file);
    /* A copy of the exact size, so that a sanitizer sees the first byte read beyond it. */
    uint8_t *exact = malloc(size == 0 ? 1 : size);
    if (exact == NULL)
        return 1;
    memcpy(exact, data, size);
    free(data);
    int result = LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return result;
}

static int only_files(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    int count = argc == 2 ? scandir(argv[1], &entries, only_files, alphasort) : -1;
    if (count <= 0) {
        printf("Bail out! usage: replay CORPUS (a folder with files)\n");
        return 1;
    }
    printf("TAP version 13\n1..%d\n", count);
    for (int i = 0; i < count; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        int result = feed(path);
        printf("%sok %d - %s\n", result == 0 ? "" : "not ", i + 1, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return 0;
}
