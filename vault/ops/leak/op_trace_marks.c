/* What a leaked file shows of the marks of the vault's exports; neither persons nor records are opened for
 * it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/copies.h"
#include "vault/base/json.h"
#include "vault/ops/leak/disclosed_private.h"
#include "vault/ops/leak/mark_file_private.h"
#include "vault/ops/leak/trace_marks_private.h"

#define FILES_MAX 1000
#define TOLD_MAX 10 /* exports that are told besides those that were found */

struct weighed {
    uint64_t event;
    struct hash commitment;
    struct decoy_counts rows; /* that were made up for it */
    struct mark_evidence evidence;
};

struct marks {
    struct call *call;
    struct mark_reading *reading;
    struct weighed *exports;
    size_t count;
    size_t weighed, unmarked,
        unread; /* of all exports: read, without marks, whose seeds could not be opened */
    uint64_t rows;
};

/* --- The exports of the log, as the index beside it has them: no entry is opened --- */

/* As the event says, and no more than would be made. */
static uint32_t at_most(uint32_t count)
{
    return count > DECOY_COUNT_MAX ? DECOY_COUNT_MAX : count;
}

static void take_export(struct marks *marks, const struct disclosure_export *export)
{
    const struct disclosure_marks *said = &export->marks;
    if (said->marking == DISCLOSURE_MARKED)
        marks->exports[marks->count++] = (struct weighed){.event = export->event,
            .commitment = said->commitment,
            .rows = {at_most(said->clients), at_most(said->records), at_most(said->amounts), said->logarithmic}};
    else if (said->marking == DISCLOSURE_UNMARKED)
        marks->unmarked++;
    else
        marks->unread++;
}

/* Those whose intent is before @p end. */
static int list_exports(struct marks *marks, const struct disclosures *disclosures, uint64_t end)
{
    uint32_t count = disclosures_exports(disclosures);
    marks->exports = calloc((size_t)count + 1, sizeof *marks->exports);
    if (marks->exports == NULL)
        return failure_set(marks->call->failure, VAULT_ENOMEM, "no memory for the exports of the log");
    for (uint32_t number = 1; number <= count; number++) {
        struct disclosure_export export = {.event = 0};
        if (disclosures_export(disclosures, number, &export) == VAULT_OK && export.event < end)
            take_export(marks, &export);
    }
    return VAULT_OK;
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
    return json_pack("{s:[I,I],s:[I,I],s:[I,I]}", "clients", (json_int_t)found->clients,
        (json_int_t)made->clients, "records", (json_int_t)found->records, (json_int_t)made->records,
        "amounts", (json_int_t)found->amounts, (json_int_t)made->amounts);
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

/* When its event says that it was begun; empty where that cannot be read. */
static json_t *event_time(struct call *call, uint64_t event)
{
    struct buffer text = {0};
    struct failure unsaid = {0};
    json_t *leaf = NULL;
    if (log_read(session_log(call->session), event, &text, &unsaid) == VAULT_OK)
        (void)!json_read(buffer_bytes(&text), &leaf, &unsaid);
    const char *time = json_text(leaf, "time");
    json_t *told = json_string(time == NULL ? "" : time);
    json_decref(leaf);
    buffer_free(&text);
    return told;
}

static json_t *export_json(const struct marks *marks, const struct weighed *one)
{
    double bound = mark_bound(&one->evidence, marks->weighed);
    return json_pack("{s:I,s:o,s:b,s:o,s:o,s:o,s:o,s:I,s:o}", "event", (json_int_t)one->event, "time",
        event_time(marks->call, one->event), "found", bound <= MARK_FALSE_ACCUSATION, "bound", rounded(bound),
        "log10_ratio", rounded(one->evidence.log_ratio / log(10)), "log10_by_kind", kinds(&one->evidence),
        "score", rounded(one->evidence.score), "positions", (json_int_t)one->evidence.positions, "survived",
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

/* The exports that were begun before @p end, the likeliest first. */
static int weigh_file(struct marks *marks, const struct fingerprint_code *code,
    const struct disclosures *disclosures, const char *path, uint64_t end)
{
    int result = read_file(marks, code, path);
    if (result == VAULT_OK)
        result = list_exports(marks, disclosures, end);
    return result == VAULT_OK ? weigh_all(marks) : result;
}

int trace_marks_each(struct call *call, const struct disclosures *disclosures, const char *path,
    int (*each)(void *context, uint64_t event, double log_ratio), void *context)
{
    struct marks marks = {.call = call};
    struct fingerprint_code *code = NULL;
    int result = copies_code(call->session, &code, call->failure);
    if (result == VAULT_OK)
        result = weigh_file(&marks, code, disclosures, path, UINT64_MAX);
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

/* Of an operation's files one. */
static int trace_file(struct call *call, const struct fingerprint_code *code,
    const struct disclosures *disclosures, const char *path, const struct hash *hash, uint64_t event)
{
    struct marks marks = {.call = call};
    int result = weigh_file(&marks, code, disclosures, path, event);
    if (result == VAULT_OK)
        result = tell(&marks, path, hash, event);
    mark_reading_free(marks.reading);
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
    struct disclosures *disclosures = NULL;
    uint64_t event = 0;
    size_t count = json_array_size(files);
    if (count == 0 || count > FILES_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "name 1 to %d files", FILES_MAX);
    struct hash *hashes = calloc(count, sizeof *hashes);
    int result = hashes == NULL ? VAULT_ENOMEM : log_files(call, files, hashes, &event);
    if (result == VAULT_OK)
        result = copies_code(call->session, &code, call->failure);
    if (result == VAULT_OK)
        result = disclosed_open(call, &disclosures);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = trace_file(
            call, code, disclosures, json_string_value(json_array_get(files, i)), &hashes[i], event);
    disclosures_free(disclosures);
    fingerprint_code_free(code);
    free(hashes);
    return result;
}
