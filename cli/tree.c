#include "cli/tree.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void tree_remove(const char *path, unsigned depth)
{
    DIR *directory = depth == 0 ? NULL : opendir(path);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char inner[1400];
        int size = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        bool itself = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (itself || size < 0 || (size_t)size >= sizeof inner || unlink(inner) == 0)
            continue;
        tree_remove(inner, depth - 1);
    }
    if (directory != NULL)
        (void)closedir(directory);
    (void)rmdir(path);
}
