/* One segment: its writer, its entries, the list of them. */
#include <stdlib.h>
#include <string.h>

#include "vault/store/postings_private.h"

int segment_writer_start(struct segment_writer *writer, struct store *store, enum postings_index index, int64_t level,
    struct failure *failure)
{
    struct statement *statement;
    memset(writer, 0, sizeof *writer);
    writer->store = store;
    writer->first = UINT64_MAX;
    int result = store_query(store, QUERY_SEGMENT_PUT, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, index);
    bind_number(statement, 2, level);
    result = statement_run(statement, failure);
    writer->segment = store_last_row(store);
    return result;
}

static int write_block(struct segment_writer *writer, struct failure *failure)
{
    struct statement *statement;
    if (writer->block.size == 0)
        return buffer_error(&writer->block);
    int result = store_query(writer->store, QUERY_POSTING_PUT, &statement, failure);
    if (result == VAULT_OK)
        result = buffer_error(&writer->block);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, writer->segment);
    bind_bytes(statement, 2, bytes_of(writer->block_token.data, TOKEN_SIZE));
    bind_number(statement, 3, (int64_t)writer->block_low);
    bind_bytes(statement, 4, buffer_bytes(&writer->block));
    result = statement_run(statement, failure);
    writer->block.size = 0;
    return result;
}

static int write_entry(struct segment_writer *writer, struct failure *failure)
{
    int result = VAULT_OK;
    if (writer->count == 0)
        return VAULT_OK;
    /* A small estimate is enough: blocks may differ in size, they only should not spill. */
    size_t estimate = TOKEN_SIZE + 8 + 2 * writer->count;
    if (writer->block.size > 0 && writer->block.size + estimate > BLOCK_BYTES)
        result = write_block(writer, failure);
    if (writer->block.size == 0) {
        writer->block_token = writer->token;
        writer->block_low = writer->numbers[0];
    }
    buffer_put_data(&writer->block, writer->token.data, TOKEN_SIZE);
    buffer_put_varint(&writer->block, writer->count);
    buffer_put_varint(&writer->block, writer->numbers[0]);
    for (size_t i = 1; i < writer->count; i++)
        buffer_put_varint(&writer->block, writer->numbers[i] - writer->numbers[i - 1]);
    if (writer->numbers[0] < writer->first)
        writer->first = writer->numbers[0];
    if (writer->numbers[writer->count - 1] > writer->last)
        writer->last = writer->numbers[writer->count - 1];
    writer->terms++;
    writer->count = 0;
    return result;
}

int segment_writer_put(
    struct segment_writer *writer, const struct token *token, uint64_t number, struct failure *failure)
{
    int result = VAULT_OK;
    if (writer->count > 0) {
        bool same = token_compare(&writer->token, token) == 0;
        if (same && writer->numbers[writer->count - 1] == number)
            return VAULT_OK;
        if (!same || writer->count == ENTRY_NUMBERS)
            result = write_entry(writer, failure);
    }
    writer->token = *token;
    writer->numbers[writer->count++] = number;
    return result;
}

int segment_writer_finish(struct segment_writer *writer, struct failure *failure)
{
    struct statement *statement = NULL;
    int result = write_entry(writer, failure);
    if (result == VAULT_OK)
        result = write_block(writer, failure);
    if (result == VAULT_OK)
        result = store_query(writer->store, QUERY_SEGMENT_RANGE, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, writer->segment);
    bind_number(statement, 2, (int64_t)writer->first);
    bind_number(statement, 3, (int64_t)writer->last);
    bind_number(statement, 4, (int64_t)writer->terms);
    return statement_run(statement, failure);
}

void segment_writer_free(struct segment_writer *writer)
{
    buffer_free(&writer->block);
}

bool entry_next(struct reader *block, struct token *token, uint64_t numbers[ENTRY_NUMBERS], size_t *count, int *error)
{
    if (block->rest.size == 0)
        return false;
    struct bytes name = reader_take(block, TOKEN_SIZE);
    uint64_t items = reader_varint(block);
    uint64_t number = reader_varint(block);
    if (block->short_read || items == 0 || items > ENTRY_NUMBERS) {
        *error = VAULT_EDAMAGED;
        return false;
    }
    memcpy(token->data, name.data, TOKEN_SIZE);
    numbers[0] = number;
    for (size_t i = 1; i < items; i++)
        numbers[i] = numbers[i - 1] + reader_varint(block);
    *count = (size_t)items;
    if (block->short_read)
        *error = VAULT_EDAMAGED;
    return !block->short_read;
}

int segments_of(struct store *store, enum postings_index index, struct segment_info **segments, size_t *count,
    struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    *segments = NULL;
    *count = 0;
    int result = store_query(store, QUERY_SEGMENT_LIST, &statement, failure);
    if (result != VAULT_OK)
        return result;
    struct segment_info *list = calloc(SEGMENTS_MAX, sizeof *list);
    if (list == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory for the list of segments");
    bind_number(statement, 1, index);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        if (*count == SEGMENTS_MAX) {
            statement_reset(statement);
            result = failure_set(failure, VAULT_EDAMAGED, "the search index has too many segments");
            break;
        }
        list[(*count)++] = (struct segment_info){.id = column_number(statement, 0),
            .level = column_number(statement, 1),
            .first = (uint64_t)column_number(statement, 2),
            .last = (uint64_t)column_number(statement, 3)};
    }
    if (result != VAULT_OK) {
        free(list);
        *count = 0;
        return result;
    }
    *segments = list;
    return VAULT_OK;
}
