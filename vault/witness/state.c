/* The file `state`: which checkpoint was cosigned last of each log, as groups of whole signed notes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/witness/witness_private.h"

#define STATE_MAX ((size_t)1 << 30)
#define SECTOR 512u

static const char heading[] = "strongroom witness state 1\n";
#define HEADING_SIZE (sizeof heading - 1)

/* Of a group: length of its blocks (4), its number (8), check over both (4). */
#define GROUP_HEAD 16u
#define CHECK_SIZE 4u

/* --- The table --- */

/* Where the row of an origin is, or belongs. */
static size_t place_of(const struct cosigned_table *table, struct bytes origin, bool *found)
{
    size_t low = 0;
    size_t high = table->count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(bytes_of_text(table->rows[middle]->origin), origin);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct cosigned *cosigned_find(const struct cosigned_table *table, struct bytes origin)
{
    bool found;
    size_t place = place_of(table, origin, &found);
    return found ? table->rows[place] : NULL;
}

static bool make_room(struct cosigned_table *table)
{
    if (table->count < table->capacity)
        return true;
    size_t capacity = table->capacity == 0 ? 16 : 2 * table->capacity;
    struct cosigned **rows = reallocarray(table->rows, capacity, sizeof(struct cosigned *));
    if (rows == NULL)
        return false;
    table->rows = rows;
    table->capacity = capacity;
    return true;
}

struct cosigned *cosigned_row(struct cosigned_table *table, struct bytes origin)
{
    bool found;
    size_t place = place_of(table, origin, &found);
    if (found)
        return table->rows[place];
    struct cosigned *row = calloc(1, sizeof *row);
    if (row != NULL)
        row->origin = strndup((const char *)origin.data, origin.size);
    if (row == NULL || row->origin == NULL || !make_room(table)) {
        if (row != NULL)
            free(row->origin);
        free(row);
        return NULL;
    }
    hash_sha256(bytes_of(NULL, 0), &row->root); /* of the empty tree */
    memmove(table->rows + place + 1, table->rows + place, (table->count - place) * sizeof(struct cosigned *));
    table->rows[place] = row;
    table->count++;
    return row;
}

/* The cosignature stands last; its time is all that is wanted of it. */
static uint64_t time_of(const struct note *note)
{
    uint8_t room[96];
    struct buffer decoded = {.data = room, .capacity = sizeof room};
    const struct note_signature *last = &note->signatures[note->count - 1];
    uint64_t time = 0;
    if (last->base64.size != 104 || base64_decode(last->base64, &decoded) != VAULT_OK)
        return 0;
    for (size_t i = 0; i < 8; i++)
        time = time << 8 | room[NOTE_KEY_ID_SIZE + i];
    return time;
}

int cosigned_take(struct cosigned_table *table, struct bytes raw)
{
    struct note note;
    struct checkpoint checkpoint;
    if (note_parse(raw, &note) != VAULT_OK || checkpoint_parse_loose(note.text, &checkpoint) != VAULT_OK)
        return VAULT_EDAMAGED;
    struct cosigned *row = cosigned_row(table, checkpoint.origin);
    if (row == NULL)
        return VAULT_ENOMEM;
    /* Never backwards, whoever wrote the file. */
    if (row->note.size > 0 && checkpoint.size < row->size)
        return VAULT_EDAMAGED;
    row->size = checkpoint.size;
    row->root = checkpoint.root;
    row->time = time_of(&note);
    row->durable = row->size;
    buffer_reset(&row->note);
    buffer_put(&row->note, raw);
    return buffer_error(&row->note);
}

void cosigned_free(struct cosigned_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i]->origin);
        buffer_free(&table->rows[i]->note);
        free(table->rows[i]);
    }
    free(table->rows);
    *table = (struct cosigned_table){0};
}

/* --- The bytes --- */

static void put_check(struct buffer *out, size_t from, size_t size)
{
    struct hash hash;
    if (buffer_error(out) != VAULT_OK)
        return;
    hash_sha256(bytes_of(out->data + from, out->size - from), &hash);
    buffer_put_data(out, hash.data, size);
}

void state_put_group(uint64_t number, struct bytes blocks, struct buffer *file)
{
    size_t from = file->size;
    buffer_put_u32(file, (uint32_t)blocks.size);
    buffer_put_u64(file, number);
    put_check(file, from, CHECK_SIZE);
    buffer_put(file, blocks);
    put_check(file, from, HASH_SIZE);
}

static bool checks(struct bytes data, const uint8_t *expected, size_t size)
{
    struct hash hash;
    hash_sha256(data, &hash);
    return memcmp(hash.data, expected, size) == 0;
}

static bool all_zeros(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] != 0)
            return false;
    }
    return true;
}

/* Some sector of the bytes from @p from on was never written by the disk. */
static bool has_hole(struct bytes file, size_t from)
{
    while (from < file.size) {
        size_t end = (from / SECTOR + 1) * SECTOR;
        end = end < file.size ? end : file.size;
        if (end - from >= GROUP_HEAD && all_zeros(file.data + from, end - from))
            return true;
        from = end;
    }
    return false;
}

static int damaged(struct failure *failure, size_t at)
{
    failure_remedy(failure,
        "nothing is cosigned until somebody has looked: bring back the file that was here last, never "
        "an older one; a witness that forgot must begin anew under another key");
    return failure_set(failure, VAULT_EDAMAGED, "the witness's state was changed at byte %zu", at);
}

enum group_kind { GROUP_WHOLE, GROUP_TORN, GROUP_BAD };

/* The group at @p at: its blocks and where it ends. */
static enum group_kind read_group(
    struct bytes file, size_t at, uint64_t number, struct bytes *blocks, size_t *end)
{
    size_t left = file.size - at;
    const uint8_t *data = file.data + at;
    if (left < GROUP_HEAD)
        return GROUP_TORN;
    struct reader reader = reader_of(bytes_of(data, GROUP_HEAD));
    uint64_t size = reader_u32(&reader);
    bool numbered = reader_u64(&reader) == number;
    if (!numbered ||
        !checks(bytes_of(data, GROUP_HEAD - CHECK_SIZE), data + GROUP_HEAD - CHECK_SIZE, CHECK_SIZE))
        return all_zeros(data, GROUP_HEAD) && has_hole(file, at) ? GROUP_TORN : GROUP_BAD;
    uint64_t whole = GROUP_HEAD + size + HASH_SIZE;
    if (left < whole)
        return GROUP_TORN;
    *blocks = bytes_of(data + GROUP_HEAD, size);
    *end = at + whole;
    if (checks(bytes_of(data, GROUP_HEAD + size), data + GROUP_HEAD + size, HASH_SIZE))
        return GROUP_WHOLE;
    return *end == file.size && has_hole(file, at) ? GROUP_TORN : GROUP_BAD;
}

static int take_blocks(struct cosigned_table *table, struct bytes blocks)
{
    struct reader reader = reader_of(blocks);
    int result = blocks.size > 0 ? VAULT_OK : VAULT_EDAMAGED;
    while (result == VAULT_OK && reader.rest.size > 0 && !reader.short_read) {
        struct bytes note = reader_block(&reader);
        result = reader.short_read ? VAULT_EDAMAGED : cosigned_take(table, note);
    }
    return result == VAULT_OK ? reader_end(&reader) : result;
}

int state_parse(
    struct bytes file, struct cosigned_table *table, size_t *end, uint64_t *number, struct failure *failure)
{
    *end = HEADING_SIZE;
    *number = 0;
    if (file.size < HEADING_SIZE || memcmp(file.data, heading, HEADING_SIZE) != 0)
        return damaged(failure, 0);
    while (*end < file.size) {
        struct bytes blocks = {0};
        size_t next = 0;
        enum group_kind kind = read_group(file, *end, *number, &blocks, &next);
        if (kind == GROUP_TORN)
            return VAULT_OK;
        int result = kind == GROUP_WHOLE ? take_blocks(table, blocks) : VAULT_EDAMAGED;
        if (result != VAULT_OK)
            return result == VAULT_EDAMAGED
                       ? damaged(failure, *end)
                       : failure_set(failure, result, "no memory for the witness's state");
        *end = next;
        ++*number;
    }
    return VAULT_OK;
}

/* --- The file --- */

static int write_table(struct witness *witness, struct buffer *file, struct failure *failure)
{
    struct state_file *state = &witness->state;
    struct buffer blocks = {0};
    buffer_put_text(file, heading);
    for (size_t i = 0; i < witness->table.count; i++) {
        if (witness->table.rows[i]->note.size > 0)
            buffer_put_block(&blocks, buffer_bytes(&witness->table.rows[i]->note));
    }
    if (blocks.size > 0)
        state_put_group(0, buffer_bytes(&blocks), file);
    state->number = blocks.size > 0;
    int result = buffer_error(&blocks) != VAULT_OK ? buffer_error(&blocks) : buffer_error(file);
    buffer_free(&blocks);
    return result == VAULT_OK ? result : failure_set(failure, result, "no memory for the witness's state");
}

int state_renew(struct witness *witness, struct failure *failure)
{
    struct state_file *state = &witness->state;
    struct buffer file = {0};
    int result = write_table(witness, &file, failure);
    if (result == VAULT_OK)
        result = file_replace(state->path, buffer_bytes(&file), 0600, failure);
    if (state->descriptor >= 0)
        (void)close(state->descriptor);
    state->descriptor = result == VAULT_OK ? open(state->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (result == VAULT_OK && state->descriptor < 0)
        result = failure_set(failure, VAULT_EIO, "%s: cannot open: %s", state->path, strerror(errno));
    state->end = state->live = file.size;
    buffer_free(&file);
    return result;
}

int state_open(struct witness *witness, struct failure *failure)
{
    struct state_file *state = &witness->state;
    struct buffer file = {0};
    size_t end = 0;
    int result = file_read(state->path, STATE_MAX, &file, failure);
    if (result == VAULT_ENOTFOUND) {
        failure_clear(failure);
        result = VAULT_OK;
    } else if (result == VAULT_OK) {
        result = state_parse(buffer_bytes(&file), &witness->table, &end, &state->number, failure);
        failure_prefix(failure, "%s", state->path);
    }
    buffer_free(&file);
    /* Read from the system's memory, perhaps after a failed sync: written anew, it is known to be on the
     * disk. */
    return result == VAULT_OK ? state_renew(witness, failure) : result;
}

void state_close(struct state_file *state)
{
    if (state->descriptor >= 0)
        (void)close(state->descriptor);
    free(state->path);
}
