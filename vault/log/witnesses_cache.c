/* The file `log.witnesses`: cosigned checkpoints, each a whole signed note. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/log/log_private.h"
#include "vault/log/witnesses_private.h"

#define CACHE_MAX ((size_t)4 * 1024 * 1024)

static const char heading[] = "strongroom cosigned checkpoints 1\n";
#define HEADING_SIZE (sizeof heading - 1)

static void held_free(struct held *held)
{
    if (held == NULL)
        return;
    for (size_t i = 0; i < WITNESSES_MAX; i++)
        buffer_free(&held->lines[i]);
    buffer_free(&held->note);
    free(held);
}

void held_free_all(struct witnesses *w)
{
    for (size_t i = 0; i < w->held_count; i++)
        held_free(w->held[i]);
    w->held_count = 0;
}

static size_t cosigners(const struct witnesses *w, const struct held *held)
{
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++)
        count += held->lines[i].size > 0;
    return count;
}

const struct held *held_quorum(const struct witnesses *w)
{
    const struct held *best = NULL;
    for (size_t i = 0; i < w->held_count; i++) {
        const struct held *held = w->held[i];
        if (cosigners(w, held) >= w->quorum && (best == NULL || held->size > best->size))
            best = held;
    }
    return best;
}

const struct held *held_of(const struct witnesses *w, size_t witness)
{
    const struct held *best = NULL;
    for (size_t i = 0; i < w->held_count; i++) {
        const struct held *held = w->held[i];
        if (held->lines[witness].size > 0 && (best == NULL || held->size > best->size))
            best = held;
    }
    return best;
}

void held_format(const struct held *held, struct buffer *note)
{
    buffer_put(note, buffer_bytes(&held->note));
    for (size_t i = 0; i < WITNESSES_MAX; i++)
        buffer_put(note, buffer_bytes(&held->lines[i]));
}

static bool is_needed(const struct witnesses *w, const struct held *held)
{
    bool needed = held == held_quorum(w);
    for (size_t i = 0; i < w->count && !needed; i++)
        needed = held == held_of(w, i);
    return needed;
}

static void prune(struct witnesses *w)
{
    size_t kept = 0;
    bool needed[HELD_MAX];
    for (size_t i = 0; i < w->held_count; i++)
        needed[i] = is_needed(w, w->held[i]);
    for (size_t i = 0; i < w->held_count; i++) {
        if (needed[i])
            w->held[kept++] = w->held[i];
        else
            held_free(w->held[i]);
    }
    w->held_count = kept;
}

static struct held *find(struct witnesses *w, struct bytes note)
{
    for (size_t i = 0; i < w->held_count; i++) {
        if (bytes_equal(buffer_bytes(&w->held[i]->note), note))
            return w->held[i];
    }
    return NULL;
}

int held_put(
    struct witnesses *w, uint64_t size, struct bytes note, size_t witness, struct bytes line, uint64_t time)
{
    struct held *held = find(w, note);
    if (held == NULL) {
        held = calloc(1, sizeof *held);
        if (held == NULL)
            return VAULT_ENOMEM;
        held->size = size;
        buffer_put(&held->note, note);
        w->held[w->held_count++] = held;
    }
    /* A cosignature that is older than the one we have says less. */
    if (held->lines[witness].size == 0 || held->times[witness] < time) {
        buffer_reset(&held->lines[witness]);
        buffer_put(&held->lines[witness], line);
        held->times[witness] = time;
    }
    int result = buffer_error(&held->note) != VAULT_OK ? VAULT_ENOMEM : buffer_error(&held->lines[witness]);
    prune(w);
    return result;
}

/* --- Reading --- */

static void put_line(const struct note_signature *signature, struct buffer *line)
{
    buffer_put_text(line, "\xe2\x80\x94 ");
    buffer_put(line, signature->name);
    buffer_put_u8(line, ' ');
    buffer_put(line, signature->base64);
    buffer_put_u8(line, '\n');
}

static void put_lines_of(const struct note *note, const struct note_key *key, struct buffer *out)
{
    for (size_t i = 0; i < note->count; i++) {
        const struct note_signature *signature = &note->signatures[i];
        if (bytes_equal(signature->name, bytes_of_text(key->name)) &&
            memcmp(signature->key_id, key->id, NOTE_KEY_ID_SIZE) == 0)
            put_line(signature, out);
    }
}

/* What the vault and witnesses of ours signed of one note. */
static int take_note(struct witnesses *w, struct bytes raw)
{
    struct note note;
    struct checkpoint checkpoint;
    struct buffer own = {0};
    struct buffer line = {0};
    if (checkpoint_open(raw, &w->log_key, &checkpoint) != VAULT_OK || note_parse(raw, &note) != VAULT_OK)
        return VAULT_OK;
    buffer_put(&own, note.text);
    buffer_put_u8(&own, '\n');
    put_lines_of(&note, &w->log_key, &own);
    int result = buffer_error(&own);
    for (size_t i = 0; i < w->count && result == VAULT_OK; i++) {
        uint64_t time = 0;
        if (note_verify(&note, &w->list[i].key, &time) != VAULT_OK)
            continue;
        buffer_reset(&line);
        put_lines_of(&note, &w->list[i].key, &line);
        result = buffer_error(&line);
        if (result == VAULT_OK)
            result = held_put(w, checkpoint.size, buffer_bytes(&own), i, buffer_bytes(&line), time);
    }
    buffer_free(&own);
    buffer_free(&line);
    return result;
}

int cache_take(struct witnesses *w, struct bytes file)
{
    int result = VAULT_OK;
    if (file.size < HEADING_SIZE || memcmp(file.data, heading, HEADING_SIZE) != 0)
        return VAULT_OK;
    struct reader reader = reader_of(bytes_of(file.data + HEADING_SIZE, file.size - HEADING_SIZE));
    while (result == VAULT_OK && reader.rest.size > 0) {
        struct bytes note = reader_block(&reader);
        if (reader.short_read)
            break;
        result = take_note(w, note);
    }
    return result;
}

int cache_load(struct witnesses *w)
{
    struct buffer file = {0};
    int result = file_read(w->path, CACHE_MAX, &file, NULL);
    if (result == VAULT_OK)
        result = cache_take(w, buffer_bytes(&file));
    buffer_free(&file);
    return result == VAULT_ENOMEM ? result : VAULT_OK;
}

void cache_store(struct witnesses *w)
{
    struct buffer file = {0};
    struct buffer note = {0};
    buffer_put_text(&file, heading);
    for (size_t i = 0; i < w->held_count; i++) {
        buffer_reset(&note);
        held_format(w->held[i], &note);
        buffer_put_block(&file, buffer_bytes(&note));
    }
    if (buffer_error(&file) == VAULT_OK && buffer_error(&note) == VAULT_OK)
        (void)!file_replace_lazily(w->path, buffer_bytes(&file), 0600, NULL);
    buffer_free(&note);
    buffer_free(&file);
}
