/* What contradicts a cosigned checkpoint is worth keeping: two statements signed by one log that cannot both
 * be true. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "vault/base/file.h"
#include "vault/witness/witness_private.h"

#define FORKS_MAX 200u /* files; anybody who has one checkpoint of a log can send nonsense with it */

static unsigned count_files(const char *directory)
{
    unsigned count = 0;
    DIR *opened = opendir(directory);
    if (opened == NULL)
        return FORKS_MAX;
    while (readdir(opened) != NULL)
        count++;
    (void)closedir(opened);
    return count;
}

static int keep_one(const char *directory, const char *name, const char *which, struct bytes note)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s.%s", directory, name, which) < 0)
        return VAULT_ENOMEM;
    int result = file_exists(path) ? VAULT_OK : file_replace(path, note, 0600, NULL);
    free(path);
    return result;
}

void fork_keep(const char *directory, struct bytes cosigned, struct bytes submitted, bool certain)
{
    struct hash hash;
    char name[2 * HASH_SIZE + 1];
    char *forks = file_path(directory, "forks");
    /* One pair for what was submitted, however often it is. */
    hash_sha256(submitted, &hash);
    hex_encode(bytes_of(hash.data, 16), name);
    if (forks != NULL && (mkdir(forks, 0700) == 0 || file_exists(forks)) &&
        count_files(forks) < (certain ? FORKS_MAX : FORKS_MAX / 2) &&
        keep_one(forks, name, "submitted", submitted) == VAULT_OK)
        (void)!keep_one(forks, name, "cosigned", cosigned);
    free(forks);
}
