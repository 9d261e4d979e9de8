#include "vault/formats/rows.h"
#include "vault/ops/leak/trace_file_private.h"

struct taking {
    struct trace_file *file;
    struct failure *failure;
};

static int take_row(void *context, const struct bytes *cells, size_t count)
{
    const struct taking *taking = context;
    struct trace_file *file = taking->file;
    if (count > LEAK_COLUMNS_MAX)
        count = LEAK_COLUMNS_MAX;
    if (file->count >= LEAK_ROWS_MAX)
        return failure_set(taking->failure, VAULT_ELIMIT, "more than %u rows", LEAK_ROWS_MAX);
    buffer_put_u32(&file->rows, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        buffer_put_block(&file->rows, cells[i]);
    if (file->rows.size > LEAK_BYTES_MAX)
        return failure_set(taking->failure, VAULT_ELIMIT, "more than %zu MiB of cells", LEAK_BYTES_MAX >> 20);
    file->count++;
    return buffer_error(&file->rows);
}

int trace_file_read(const char *path, const char *encoding, struct trace_file *file, struct failure *failure)
{
    struct taking taking = {file, failure};
    *file = (struct trace_file){.count = 0};
    int result = rows_read(path, encoding, take_row, &taking, failure);
    if (result == VAULT_OK && hash_file(path, &file->sha256) != VAULT_OK)
        result = failure_set(failure, VAULT_EIO, "%s: cannot be read twice", path);
    if (result == VAULT_OK && file->count == 0)
        result = failure_set(failure, VAULT_EINPUT, "%s: there are no rows in it", path);
    return result == VAULT_OK ? result : failure_set(failure, result, "%s: cannot be read as a table", path);
}

void trace_file_free(struct trace_file *file)
{
    buffer_free(&file->rows);
}

int trace_file_each(const struct trace_file *file,
    int (*each)(void *context, const struct bytes *cells, size_t count), void *context)
{
    struct reader reader = reader_of(buffer_bytes(&file->rows));
    struct bytes cells[LEAK_COLUMNS_MAX];
    int result = VAULT_OK;
    for (size_t row = 0; row < file->count && result == VAULT_OK; row++) {
        size_t count = reader_u32(&reader);
        for (size_t i = 0; i < count && i < LEAK_COLUMNS_MAX; i++)
            cells[i] = reader_block(&reader);
        result = each(context, cells, count);
    }
    return result;
}

struct filling {
    struct leak *leak;
    struct failure *failure;
    size_t row, step;
};

static int fill(void *context, const struct bytes *cells, size_t count)
{
    struct filling *filling = context;
    size_t row = filling->row++;
    return row % filling->step == 0 ? leak_add_row(filling->leak, cells, count, filling->failure) : VAULT_OK;
}

int trace_file_leak(const struct trace_file *file, size_t rows, struct leak **leakp, struct failure *failure)
{
    struct filling filling = {
        .leak = leak_new(), .failure = failure, .step = (file->count + rows - 1) / rows};
    *leakp = NULL;
    if (filling.leak == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory for the leaked rows");
    if (filling.step == 0)
        filling.step = 1;
    int result = trace_file_each(file, fill, &filling);
    if (result == VAULT_OK)
        *leakp = filling.leak;
    else
        leak_free(filling.leak);
    return result;
}
