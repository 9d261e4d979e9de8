/* The files log.tree and log.offsets: raw access.  Whether they are right is decided in fit.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/log/log_private.h"

static int open_one(const char *path, int flags, struct failure *failure)
{
    int file = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0 && errno != ENOENT && errno != EROFS && errno != EACCES && errno != EPERM)
        (void)failure_set(failure, VAULT_EIO, "%s: cannot open: %s", path, strerror(errno));
    return file;
}

int cache_open(struct log *log, struct failure *failure)
{
    struct log_cache *cache = &log->cache;
    cache->tree = open_one(log->tree_path, O_RDWR | O_CREAT, failure);
    cache->offsets = open_one(log->offsets_path, O_RDWR | O_CREAT, failure);
    cache->writable = cache->tree >= 0 && cache->offsets >= 0;
    if (cache->writable)
        return VAULT_OK;
    cache_close(log);
    cache->tree = open_one(log->tree_path, O_RDONLY, failure);
    cache->offsets = open_one(log->offsets_path, O_RDONLY, failure);
    if (cache->tree >= 0 && cache->offsets >= 0)
        return VAULT_OK;
    return cache_to_memory(log, failure);
}

void cache_close(struct log *log)
{
    if (log->cache.tree >= 0)
        (void)close(log->cache.tree);
    if (log->cache.offsets >= 0)
        (void)close(log->cache.offsets);
    log->cache.tree = -1;
    log->cache.offsets = -1;
}

/* Another thread may be reading: its descriptor goes on to be one of the cache's, never one of something else. */
static void put_descriptor(int *place, int fresh)
{
    if (*place >= 0 && fresh >= 0) {
        (void)dup3(fresh, *place, O_CLOEXEC);
        (void)close(fresh);
    } else if (fresh >= 0) {
        *place = fresh;
    }
}

int cache_to_memory(struct log *log, struct failure *failure)
{
    int tree = memfd_create("log.tree", MFD_CLOEXEC);
    int offsets = memfd_create("log.offsets", MFD_CLOEXEC);
    int error = errno;
    put_descriptor(&log->cache.tree, tree);
    put_descriptor(&log->cache.offsets, offsets);
    log->cache.writable = true;
    log->cache.size = 0;
    if (tree < 0 || offsets < 0)
        return failure_set(failure, VAULT_EIO, "no memory for the log's tree: %s", strerror(error));
    return VAULT_OK;
}

int cache_lengths(const struct log *log, uint64_t *entries, uint64_t *nodes)
{
    struct stat tree;
    struct stat offsets;
    *entries = 0;
    *nodes = 0;
    if (fstat(log->cache.tree, &tree) != 0 || fstat(log->cache.offsets, &offsets) != 0)
        return VAULT_EIO;
    *entries = (uint64_t)offsets.st_size / 8;
    *nodes = (uint64_t)tree.st_size / HASH_SIZE;
    return VAULT_OK;
}

int cache_trim(struct log *log, uint64_t size)
{
    if (ftruncate(log->cache.offsets, (off_t)(size * 8)) != 0 ||
        ftruncate(log->cache.tree, (off_t)(tree_node_count(size) * HASH_SIZE)) != 0)
        return VAULT_EIO;
    return VAULT_OK;
}

static int reserve(int file, uint64_t from, uint64_t size)
{
    if (fallocate(file, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)size) == 0 || errno == EOPNOTSUPP ||
        errno == ENOSYS)
        return VAULT_OK;
    return VAULT_EIO;
}

int cache_reserve(struct log *log, uint64_t entries)
{
    uint64_t size = log->cache.size;
    if (reserve(log->cache.offsets, size * 8, entries * 8) != VAULT_OK)
        return VAULT_EIO;
    return reserve(log->cache.tree, tree_node_count(size) * HASH_SIZE, 2 * entries * HASH_SIZE);
}

static int write_at(int file, uint64_t offset, struct bytes data)
{
    while (data.size > 0) {
        ssize_t done = pwrite(file, data.data, data.size, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return VAULT_EIO;
        offset += (uint64_t)done;
        data = bytes_of(data.data + done, data.size - (size_t)done);
    }
    return VAULT_OK;
}

int cache_write(struct log *log, uint64_t size, struct bytes offsets, struct bytes nodes)
{
    int result = write_at(log->cache.tree, tree_node_count(size) * HASH_SIZE, nodes);
    return result != VAULT_OK ? result : write_at(log->cache.offsets, size * 8, offsets);
}

int cache_offset(const struct log *log, uint64_t index, uint64_t *offset)
{
    uint8_t wire[8];
    *offset = 0;
    int result = file_read_at(log->cache.offsets, index * 8, wire, sizeof wire);
    struct reader reader = reader_of(bytes_of(wire, sizeof wire));
    if (result == VAULT_OK)
        *offset = reader_u64(&reader);
    return result;
}

static int read_node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct log *log = context;
    return file_read_at(log->cache.tree, tree_position(level, index) * HASH_SIZE, hash->data, HASH_SIZE);
}

struct tree_nodes cache_nodes(struct log *log)
{
    return (struct tree_nodes){.node = read_node, .context = log};
}
