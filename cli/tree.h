/** @file tree.h  Directories that were begun and are not wanted. */
#ifndef CLI_TREE_H
#define CLI_TREE_H

/** Remove a directory with what is in it, as far as it can be, @p depth directories down. */
void tree_remove(const char *path, unsigned depth);

#endif
