/* What a leaked file shows of the marks of the vault's exports; neither persons nor records are opened for
 * it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/copies.h"
#include "vault/base/instant.h"
#include "vault/base/json.h"
#include "vault/base/text.h"
#include "vault/ops/log/log_filters_private.h"
#include "vault/ops/leak/mark_file_private.h"
#include "vault/ops/leak/trace_marks_private.h"

#define FILES_MAX 1000
#define TOLD_MAX 10 /* exports that are told besides those that were found */

struct weighed {
    uint64_t event;
    char time[INSTANT_TEXT_SIZE];
    struct hash commitment;
    struct decoy_counts rows; /* that were made up for it */
    struct mark_evidence evidence;
};

struct marks {
    struct call *call;
    struct mark_reading *reading;
    struct weighed *exports;
    size_t count, capacity;
    size_t weighed, unmarked,
        unread; /* of all exports: read, without marks, whose seeds could not be opened */
    uint64_t rows;
};

/* --- The exports of the log --- */

/* An export that was begun; its further events only name more clients. */
static bool is_export(const json_t *leaf)
{
    const char *phase = json_text(leaf, "phase");
    return phase != NULL && strcmp(phase, "intent") == 0 && json_object_get(leaf, "within") == NULL;
}

/* As the event says, and no more than would be made. */
static uint32_t count_of(const json_t *decoys, const char *name)
{
    int64_t count = json_number(decoys, name, 0);
    return count < 0 ? 0 : count > DECOY_COUNT_MAX ? DECOY_COUNT_MAX : (uint32_t)count;
}

static struct decoy_counts counts_of(const json_t *leaf)
{
    const json_t *decoys = json_object_get(json_object_get(leaf, "marks"), "decoys");
    const char *law = json_text(decoys, "law");
    return (struct decoy_counts){count_of(decoys, "clients"), count_of(decoys, "records"), count_of(decoys, "amounts"),
        law != NULL && strcmp(law, "logarithmic") == 0};
}

static int add_export(struct marks *marks, uint64_t index, const json_t *leaf, const char *commitment)
{
    const char *time = json_text(leaf, "time");
    if (marks->count == marks->capacity) {
        size_t capacity = marks->capacity == 0 ? 64 : marks->capacity * 2;
        struct weighed *exports = reallocarray(marks->exports, capacity, sizeof *exports);
        if (exports == NULL)
            return VAULT_ENOMEM;
        marks->exports = exports;
        marks->capacity = capacity;
    }
    struct weighed *one = &marks->exports[marks->count];
    memset(one, 0, sizeof *one);
    one->event = index;
    one->rows = counts_of(leaf);
    text_copy(one->time, sizeof one->time, time == NULL ? "" : time);
    if (hex_decode(commitment, strlen(commitment), one->commitment.data, HASH_SIZE))
        marks->count++;
    else
        marks->unread++;
    return VAULT_OK;
}

static int take_leaf(void *context, uint64_t index, struct bytes text)
{
    struct marks *marks = context;
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, marks->call->failure);
    const json_t *said = json_object_get(leaf, "marks");
    const char *code = json_text(said, "code"), *commitment = json_text(said, "commitment");
    if (result == VAULT_OK && is_export(leaf)) {
        if (code == NULL || strcmp(code, "none") == 0)
            marks->unmarked++;
        else if (strcmp(code, FINGERPRINT_VERSION) != 0 || commitment == NULL)
            marks->unread++;
        else
            result = add_export(marks, index, leaf, commitment);
    }
    json_decref(leaf);
    return result;
}

/* --- Weighing --- */

static int weigh(struct marks *marks, struct weighed *one, bool *read)
{
    struct secret *seed = NULL;
    struct fingerprint_word *word = NULL;
    int result = copies_open(marks->call->session, &one->commitment, &seed, marks->call->failure);
    *read = result == VAULT_OK;
    if (result == VAULT_ENOTFOUND || result == VAULT_ENOKEY || result == VAULT_EFORGED)
        return VAULT_OK;
    if (result == VAULT_OK && (word = fingerprint_word_new(seed)) == NULL)
        result = VAULT_ENOMEM;
    if (word != NULL)
        mark_weigh(marks->reading, word, &one->rows, &one->evidence);
    fingerprint_word_free(word);
    secret_free(seed);
    return result;
}

static int compare(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    if (x->evidence.log_bound != y->evidence.log_bound)
        return x->evidence.log_bound < y->evidence.log_bound ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

static int weigh_all(struct marks *marks)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < marks->count && result == VAULT_OK; i++) {
        bool read = false;
        result = weigh(marks, &marks->exports[i], &read);
        if (read)
            marks->exports[marks->weighed++] = marks->exports[i];
        else
            marks->unread++;
        if (i % 256 == 255)
            reply_progress(marks->call, i, marks->count, "exports");
    }
    if (result == VAULT_OK && marks->weighed > 1)
        qsort(marks->exports, marks->weighed, sizeof *marks->exports, compare);
    return result;
}

/* --- Telling --- */

/* Three digits: more would say more than is known. */
static json_t *rounded(double value)
{
    double scale = value == 0 || !isfinite(value) ? 1 : pow(10, 2 - floor(log10(fabs(value))));
    return json_real(isfinite(value) ? round(value * scale) / scale : 0);
}

/* Of a made-up client the tax id, telephone or account; of its records the id, or the amount of a pair. */
static json_t *found_rows(const struct weighed *one)
{
    const struct decoy_counts *made = &one->rows, *found = &one->evidence.rows;
    return json_pack("{s:[I,I],s:[I,I],s:[I,I]}", "clients", (json_int_t)found->clients, (json_int_t)made->clients,
        "records", (json_int_t)found->records, (json_int_t)made->records, "amounts", (json_int_t)found->amounts,
        (json_int_t)made->amounts);
}

static json_t *survived(const struct weighed *one)
{
    const struct mark_evidence *evidence = &one->evidence;
    static const char *const names[WRITING_SLOTS] = {"brackets", "stops", "gaps", "spaces", "tails"};
    json_t *json = json_object();
    for (int i = 0; i < WRITING_SLOTS; i++) {
        const struct mark_slot *slot = &evidence->slots[i];
        if (slot->read > 0)
            (void)json_object_set_new(json, names[i],
                json_pack("{s:I,s:I}", "read", (json_int_t)slot->read, "agree", (json_int_t)slot->agree));
    }
    if (evidence->ordered > 1)
        (void)json_object_set_new(json, "order",
            json_pack("{s:I,s:I}", "texts", (json_int_t)evidence->ordered, "inversions",
                (json_int_t)evidence->inversions));
    (void)json_object_set_new(json, "workbook", json_boolean(evidence->id));
    if (one->rows.records > 0)
        (void)json_object_set_new(json, "decoys", found_rows(one));
    return json;
}

/* Each kind alone: the logarithm of its likelihood ratio. */
static json_t *kinds(const struct mark_evidence *evidence)
{
    static const char *const names[MARK_KINDS] = {"width", "blanks", "order", "workbook", "decoys"};
    json_t *json = json_object();
    for (int i = 0; i < MARK_KINDS; i++)
        (void)json_object_set_new(json, names[i], rounded(evidence->log_kind[i] / log(10)));
    return json;
}

static json_t *export_json(const struct marks *marks, const struct weighed *one)
{
    double bound = mark_bound(&one->evidence, marks->weighed);
    return json_pack("{s:I,s:s,s:b,s:o,s:o,s:o,s:o,s:I,s:o}", "event", (json_int_t)one->event, "time",
        one->time, "found", bound <= MARK_FALSE_ACCUSATION, "bound", rounded(bound), "log10_ratio",
        rounded(one->evidence.log_ratio / log(10)), "log10_by_kind", kinds(&one->evidence), "score",
        rounded(one->evidence.score), "positions", (json_int_t)one->evidence.positions, "survived",
        survived(one));
}

static int tell(struct marks *marks, const char *path, const struct hash *hash, uint64_t event)
{
    json_t *exports = json_array();
    size_t told = 0;
    for (size_t i = 0; i < marks->weighed; i++) {
        bool found = mark_bound(&marks->exports[i].evidence, marks->weighed) <= MARK_FALSE_ACCUSATION;
        if (!found && told++ >= TOLD_MAX)
            break;
        (void)json_array_append_new(exports, export_json(marks, &marks->exports[i]));
    }
    const char *slash = strrchr(path, '/');
    return reply_row(marks->call,
        json_pack("{s:s,s:o,s:I,s:I,s:I,s:I,s:I,s:f,s:o,s:I}", "file", slash == NULL ? path : slash + 1,
            "sha256", json_hex(hash_bytes(hash)), "rows", (json_int_t)marks->rows, "positions",
            (json_int_t)mark_reading_positions(marks->reading), "weighed", (json_int_t)marks->weighed,
            "unmarked", (json_int_t)marks->unmarked, "unread", (json_int_t)marks->unread, "threshold",
            MARK_FALSE_ACCUSATION, "exports", exports, "traced", (json_int_t)event));
}

/* --- One file after another --- */

static int read_file(struct marks *marks, const struct fingerprint_code *code, const char *path)
{
    struct call *call = marks->call;
    marks->reading = mark_reading_new(code);
    int result = marks->reading == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        result =
            mark_file_read(path, call_text(call, "encoding"), marks->reading, &marks->rows, call->failure);
    if (result == VAULT_OK)
        mark_reading_finish(marks->reading);
    return result;
}

static int trace_file(struct call *call, const struct fingerprint_code *code, const char *path,
    const struct hash *hash, uint64_t event)
{
    struct marks marks = {.call = call};
    struct access_request request = {.action = "trace.marks"};
    struct log_query query = {.event = "record.export", .from = INT64_MIN, .to = INT64_MAX};
    struct log_walk walk = {.call = call,
        .query = &query,
        .request = &request,
        .event = event,
        .leaf = take_leaf,
        .context = &marks};
    int result = read_file(&marks, code, path);
    if (result == VAULT_OK)
        result = log_walk(&walk);
    if (result == VAULT_OK)
        result = weigh_all(&marks);
    if (result == VAULT_OK)
        result = tell(&marks, path, hash, event);
    mark_reading_free(marks.reading);
    free(marks.exports);
    return result;
}

int trace_marks_each(struct call *call, const char *path,
    int (*each)(void *context, uint64_t event, double log_ratio), void *context)
{
    struct marks marks = {.call = call};
    struct fingerprint_code *code = NULL;
    struct log_query query = {.event = "record.export", .from = INT64_MIN, .to = INT64_MAX};
    struct log_walk walk = {
        .call = call, .query = &query, .event = UINT64_MAX, .leaf = take_leaf, .context = &marks};
    int result = copies_code(call->session, &code, call->failure);
    if (result == VAULT_OK)
        result = read_file(&marks, code, path);
    if (result == VAULT_OK)
        result = log_walk(&walk);
    if (result == VAULT_OK)
        result = weigh_all(&marks);
    for (size_t i = 0; i < marks.weighed && result == VAULT_OK; i++) {
        const struct weighed *one = &marks.exports[i];
        if (mark_bound(&one->evidence, marks.weighed) <= MARK_FALSE_ACCUSATION)
            result = each(context, one->event, one->evidence.log_ratio);
    }
    mark_reading_free(marks.reading);
    fingerprint_code_free(code);
    free(marks.exports);
    return result;
}

/* The event says which files were read, by their hashes. */
static int log_files(struct call *call, const json_t *files, struct hash *hashes, uint64_t *event)
{
    struct access_request request = {.action = "trace.marks"};
    json_t *leaks = json_array();
    int result = leaks == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(files) && result == VAULT_OK; i++) {
        const char *path = json_string_value(json_array_get(files, i));
        if (hash_file(path, &hashes[i]) != VAULT_OK)
            result = failure_set(call->failure, VAULT_ENOTFOUND, "%s: cannot be read", path);
        else if (json_array_append_new(leaks, json_hex(hash_bytes(&hashes[i]))) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK)
        return call_allow(call, &request, json_pack("{s:o}", "leaks", leaks), event);
    json_decref(leaks);
    return result;
}

int op_trace_marks(struct call *call)
{
    const json_t *files = call_list(call, "files");
    struct fingerprint_code *code = NULL;
    uint64_t event = 0;
    size_t count = json_array_size(files);
    if (count == 0 || count > FILES_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "name 1 to %d files", FILES_MAX);
    struct hash *hashes = calloc(count, sizeof *hashes);
    int result = hashes == NULL ? VAULT_ENOMEM : log_files(call, files, hashes, &event);
    if (result == VAULT_OK)
        result = copies_code(call->session, &code, call->failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = trace_file(call, code, json_string_value(json_array_get(files, i)), &hashes[i], event);
    fingerprint_code_free(code);
    free(hashes);
    return result;
}
