/* log.bundle: evidence out of the log, for somebody who does not trust the firm. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/evidence/bundle_writer.h"
#include "vault/log/prove.h"
#include "vault/ops/log/bundle_releases_private.h"
#include "vault/ops/log/log_filters_private.h"
#include "vault/ops/log/log_head_private.h"

#define PROGRESS_EVERY 4096
#define PURPOSE_MAX 1000

struct bundling {
    struct call *call;
    struct log_filters filters;
    bool filtered; /* some filter is set */
    bool range;
    bool redact;
    uint64_t start;
    uint64_t end; /* of a range; of a selection, where it stops: the event that tells of it */
    uint64_t event;
    struct log_head_out head;
    struct log_prover *prover;
    struct bundle_plan plan;
    struct bundle_writer *writer;
    struct bundle_releases *releases; /* NULL if they were not asked for */
    struct bundle_written written;
    struct buffer purpose;
    struct buffer query;
    struct buffer old_proof;
    struct buffer proof;
    uint64_t next; /* of a redacted range: entries below are written */
    uint64_t done;
    uint64_t *told; /* for proof files */
    size_t told_count;
};

/* --- What is asked for --- */

static bool read_bound(const char **text, uint64_t *bound)
{
    size_t digits = strspn(*text, "0123456789");
    *bound = digits == 0 || digits > 16 ? 0 : strtoull(*text, NULL, 10);
    *text += digits;
    return digits <= 16;
}

/* "A:B", "A:", ":B". */
static int read_range(struct bundling *bundling)
{
    struct call *call = bundling->call;
    const char *text = call_text(call, "range");
    const char *at = text;
    bool said = text != NULL && text[strspn(text, ":")] != '\0';
    bundling->range = text != NULL;
    if (text == NULL)
        return VAULT_OK;
    bool valid = read_bound(&at, &bundling->start) && *at++ == ':';
    bool to_end = valid && *at == '\0';
    valid = valid && read_bound(&at, &bundling->end) && *at == '\0';
    if (to_end)
        bundling->end = UINT64_MAX;
    if (valid && said && bundling->start < bundling->end)
        return VAULT_OK;
    failure_remedy(
        call->failure, "write A:B for the entries from A on and before B, or A: for all from A on");
    return failure_set(call->failure, VAULT_EUSAGE, "range: '%s' is none", text);
}

static bool has_filter(const struct call *call)
{
    static const char *const names[] = {"actor", "client", "record", "event", "from", "to"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (call_text(call, names[i]) != NULL)
            return true;
    return false;
}

static int check_choice(struct bundling *bundling)
{
    struct call *call = bundling->call;
    bundling->redact = call_flag(call, "redact");
    bundling->filtered = has_filter(call);
    if (bundling->redact && !(bundling->range && bundling->filtered))
        return failure_set(call->failure, VAULT_EUSAGE,
            "redact: needs a range, and a filter that says which entries are told (such as a client)");
    if (bundling->range && bundling->filtered && !bundling->redact) {
        failure_remedy(
            call->failure, "redact the others to their hashes, or leave the range or the filters out");
        return failure_set(
            call->failure, VAULT_EUSAGE, "a range is complete, so filters cannot leave entries out");
    }
    if (bundling->range && call_number(call, "limit", 0) != 0)
        return failure_set(call->failure, VAULT_EUSAGE, "limit: a range has no limit but its ends");
    return VAULT_OK;
}

static int read_purpose(struct bundling *bundling)
{
    struct call *call = bundling->call;
    const char *purpose = call_text(call, "purpose");
    size_t size = strlen(purpose);
    if (size == 0 || size > PURPOSE_MAX)
        return failure_set(
            call->failure, VAULT_EUSAGE, "purpose: say in 1 to %d bytes what the bundle is for", PURPOSE_MAX);
    json_write_string(bytes_of_text(purpose), &bundling->purpose);
    return buffer_error(&bundling->purpose);
}

/* The filters as a text that is itself canonical JSON. */
static int write_query(struct bundling *bundling)
{
    struct buffer text = {0};
    json_t *described = log_filters_json(bundling->call, &bundling->filters.query);
    const json_t *query = json_object_get(described, "query");
    int result = query == NULL ? VAULT_ENOMEM : json_write_canonical(query, &text);
    if (result == VAULT_OK)
        json_write_string(buffer_bytes(&text), &bundling->query);
    json_decref(described);
    buffer_free(&text);
    return result == VAULT_OK ? buffer_error(&bundling->query) : result;
}

static json_t *describe(const struct bundling *bundling)
{
    json_t *described = log_filters_json(bundling->call, &bundling->filters.query);
    if (described == NULL)
        return NULL;
    if (bundling->range)
        (void)json_object_set_new(described, "range",
            bundling->end == UINT64_MAX ? json_pack("{s:I}", "start", (json_int_t)bundling->start)
                                        : json_pack("{s:I,s:I}", "start", (json_int_t)bundling->start, "end",
                                              (json_int_t)bundling->end));
    if (bundling->redact)
        (void)json_object_set_new(described, "redact", json_true());
    if (call_text(bundling->call, "releases") != NULL)
        (void)json_object_set_new(described, "releases", json_string(call_text(bundling->call, "releases")));
    return described;
}

/* --- Ties to an earlier checkpoint --- */

static int tie_to_earlier(struct bundling *bundling)
{
    struct call *call = bundling->call;
    struct log *log = session_log(call->session);
    struct bundle_plan *plan = &bundling->plan;
    struct checkpoint checkpoint;
    const char *text = call_text(call, "since");
    if (text == NULL)
        return VAULT_OK;
    plan->old_checkpoint = bytes_of_text(text);
    int result = checkpoint_open(plan->old_checkpoint, &bundling->head.log_key, &checkpoint);
    if (result != VAULT_OK || checkpoint.size == 0)
        return failure_set(call->failure, VAULT_EINPUT, "since: no checkpoint of this log with an entry");
    result = log_extends(log, plan->old_checkpoint, call->failure);
    if (result == VAULT_OK && checkpoint.size > bundling->head.checkpoint.size)
        result = failure_set(call->failure, VAULT_EINPUT,
            "since: that checkpoint is newer than the one that this bundle can carry");
    if (result == VAULT_OK)
        result = log_consistency_proof(
            log, checkpoint.size, bundling->head.checkpoint.size, &bundling->old_proof, call->failure);
    plan->old_size = checkpoint.size;
    plan->old_root = checkpoint.root;
    plan->old_proof = buffer_bytes(&bundling->old_proof);
    return result;
}

/* --- Entries --- */

static int note_told(struct bundling *bundling, uint64_t index)
{
    if (!call_flag(bundling->call, "record_proofs"))
        return VAULT_OK;
    if (bundling->told == NULL)
        bundling->told = calloc(BUNDLE_PROOF_FILES_MAX, sizeof *bundling->told);
    if (bundling->told == NULL)
        return failure_set(bundling->call->failure, VAULT_ENOMEM, "no memory for proofs");
    if (bundling->told_count == BUNDLE_PROOF_FILES_MAX) {
        failure_remedy(bundling->call->failure,
            "choose fewer entries, or leave --record-proofs out: every entry "
            "has its proof in entries.jsonl as well");
        return failure_set(bundling->call->failure, VAULT_ELIMIT,
            "more than %zu entries with a proof file each", BUNDLE_PROOF_FILES_MAX);
    }
    bundling->told[bundling->told_count++] = index;
    return VAULT_OK;
}

static int put(struct bundling *bundling, uint64_t index, struct bytes leaf)
{
    struct call *call = bundling->call;
    struct bundle_entry entry = {.index = index, .leaf = leaf};
    bundling->proof.size = 0;
    int result = log_prover_inclusion(bundling->prover, index, &bundling->proof, call->failure);
    if (result == VAULT_OK && leaf.size == 0)
        result = log_prover_leaf_hash(bundling->prover, index, &entry.leaf_hash, call->failure);
    entry.proof = buffer_bytes(&bundling->proof);
    if (result == VAULT_OK)
        result = bundle_writer_entry(bundling->writer, &entry, call->failure);
    if (result == VAULT_OK && leaf.size > 0) {
        bundle_releases_tell(bundling->releases, index);
        result = note_told(bundling, index);
    }
    if (++bundling->done % PROGRESS_EVERY == 0)
        reply_progress(
            call, bundling->done, bundling->range ? bundling->end - bundling->start : 0, "entries");
    return result;
}

static int put_leaf(void *context, uint64_t index, struct bytes leaf)
{
    struct bundling *bundling = context;
    return index < bundling->end ? put(bundling, index, leaf) : VAULT_OK;
}

/* Everything up to @p index that no filter chose: hashes. */
static int put_hashes(struct bundling *bundling, uint64_t index)
{
    int result = VAULT_OK;
    for (; bundling->next < index && result == VAULT_OK; bundling->next++)
        result = put(bundling, bundling->next, bytes_of(NULL, 0));
    return result;
}

static int put_chosen(void *context, uint64_t index, struct bytes leaf)
{
    struct bundling *bundling = context;
    if (index < bundling->start || index >= bundling->end)
        return VAULT_OK;
    int result = put_hashes(bundling, index);
    bundling->next = index + 1;
    return result == VAULT_OK ? put(bundling, index, leaf) : result;
}

static int put_entries(struct bundling *bundling)
{
    struct call *call = bundling->call;
    struct log *log = session_log(call->session);
    if (bundling->range && !bundling->redact)
        return log_each(log, bundling->start, bundling->end, put_leaf, bundling, call->failure);
    bundling->next = bundling->start;
    int result = log_index_query(log, session_store(call->session), session_keys(call->session)->log_index,
        &bundling->filters.query, bundling->redact ? put_chosen : put_leaf, bundling, call->failure);
    return result == VAULT_OK && bundling->redact ? put_hashes(bundling, bundling->end) : result;
}

static int put_proofs(struct bundling *bundling)
{
    struct call *call = bundling->call;
    struct buffer leaf = {0};
    int result = VAULT_OK;
    for (size_t i = 0; i < bundling->told_count && result == VAULT_OK; i++) {
        struct bundle_entry entry = {.index = bundling->told[i]};
        buffer_reset(&leaf);
        bundling->proof.size = 0;
        result = log_read(session_log(call->session), entry.index, &leaf, call->failure);
        if (result == VAULT_OK)
            result = log_prover_inclusion(bundling->prover, entry.index, &bundling->proof, call->failure);
        entry.leaf = buffer_bytes(&leaf);
        entry.proof = buffer_bytes(&bundling->proof);
        if (result == VAULT_OK)
            result = bundle_writer_proof(bundling->writer, &entry, call->failure);
    }
    buffer_free(&leaf);
    return result;
}

/* --- From the event to the file --- */

static int plan(struct bundling *bundling)
{
    struct call *call = bundling->call;
    uint64_t size = bundling->head.checkpoint.size;
    if (bundling->range && bundling->end == UINT64_MAX)
        bundling->end = size;
    if (bundling->range && (bundling->end > size || bundling->start >= bundling->end))
        return failure_set(
            call->failure, VAULT_EUSAGE, "range: the log has %llu entries", (unsigned long long)size);
    if (!bundling->range)
        bundling->end = bundling->event < size ? bundling->event : size;
    bundling->plan = (struct bundle_plan){.out = call_text(call, "out"),
        .archive = call_flag(call, "archive"),
        .checkpoint = buffer_bytes(&bundling->head.note),
        .log_key = &bundling->head.log_key,
        .signer = session_keys(call->session)->sign,
        .other_keys = bundling->head.witnesses,
        .other_key_count = bundling->head.witness_count,
        .scope = {.range = bundling->range,
            .start = bundling->start,
            .end = bundling->end,
            .query =
                bundling->filtered && !bundling->range ? buffer_bytes(&bundling->query) : bytes_of(NULL, 0)},
        .purpose = buffer_bytes(&bundling->purpose),
        .created = instant_now()};
    return tie_to_earlier(bundling);
}

static int write_bundle(struct bundling *bundling)
{
    struct call *call = bundling->call;
    struct log *log = session_log(call->session);
    int result = bundle_releases_read(call, &bundling->releases);
    if (result == VAULT_OK)
        result = log_head_take(call, bundling->event + 1, &bundling->head);
    if (result == VAULT_OK)
        result = bundle_releases_start(bundling->releases, bundling->head.checkpoint.size);
    if (result == VAULT_OK)
        result = plan(bundling);
    if (result == VAULT_OK)
        result = log_prover_new(log, bundling->head.checkpoint.size, &bundling->prover, call->failure);
    if (result == VAULT_OK)
        result = bundle_writer_new(&bundling->plan, &bundling->writer, call->failure);
    if (result == VAULT_OK)
        result = put_entries(bundling);
    if (result == VAULT_OK)
        result = put_proofs(bundling);
    if (result == VAULT_OK)
        result = bundle_releases_write(bundling->releases, bundling->writer);
    if (result == VAULT_OK)
        result = bundle_writer_finish(bundling->writer, &bundling->written, call->failure);
    return result;
}

/* A second event says what came out; it is no outcome of a change, so it has no phase. */
static int log_result(struct bundling *bundling, const struct access_request *request, bool done)
{
    struct call *call = bundling->call;
    json_t *members = call_note_members(call, request, json_array());
    json_t *result = json_pack("{s:s,s:I,s:I}", "status", done ? "ok" : "undone", "count",
        (json_int_t)bundling->written.told, "redacted", (json_int_t)bundling->written.redacted);
    if (done && result != NULL)
        (void)json_object_set_new(
            result, "manifest_sha256", json_hex(hash_bytes(&bundling->written.manifest_hash)));
    if (members != NULL) {
        (void)json_object_set_new(members, "result", result);
        (void)json_object_set_new(members, "start", json_integer((json_int_t)bundling->event));
    } else {
        json_decref(result);
    }
    return event_append(call->session, request->action, members, NULL, call->failure);
}

static json_t *answer(const struct bundling *bundling)
{
    return json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:o,s:I}", "out", bundling->plan.out, "scope",
        bundling->range ? "range" : "selection", "told", (json_int_t)bundling->written.told, "redacted",
        (json_int_t)bundling->written.redacted, "releases", (json_int_t)bundling->written.releases,
        "tree_size", (json_int_t)bundling->head.checkpoint.size, "manifest_sha256",
        json_hex(hash_bytes(&bundling->written.manifest_hash)), "event", (json_int_t)bundling->event);
}

/* The result is in the log before the bundle has its name: who finds the bundle finds its hash in the log. */
static int run(struct bundling *bundling, const struct access_request *request)
{
    struct failure undone = {0};
    struct call *call = bundling->call;
    struct call quiet = *call;
    int result = write_bundle(bundling);
    if (result == VAULT_OK)
        result = log_result(bundling, request, true);
    if (result == VAULT_OK)
        result = bundle_writer_place(bundling->writer, call->failure);
    if (result == VAULT_OK)
        return reply_value(call, answer(bundling));
    quiet.failure = &undone; /* why it failed is told already */
    bundling->call = &quiet;
    (void)!log_result(bundling, request, false);
    bundling->call = call;
    return result;
}

int op_log_bundle(struct call *call)
{
    struct bundling bundling = {.call = call};
    struct access_request request = {
        .action = "log.bundle", .log = true, .purpose = call_text(call, "purpose")};
    int result = read_range(&bundling);
    if (result == VAULT_OK)
        result = check_choice(&bundling);
    if (result == VAULT_OK)
        result = read_purpose(&bundling);
    if (result == VAULT_OK)
        result = log_filters_read(call, &request, &bundling.filters);
    if (result == VAULT_OK)
        result = write_query(&bundling);
    if (result == VAULT_OK)
        result = call_allow(call, &request, describe(&bundling), &bundling.event);
    if (result == VAULT_OK)
        result = run(&bundling, &request);
    bundle_writer_free(bundling.writer);
    bundle_releases_free(bundling.releases);
    log_prover_free(bundling.prover);
    log_head_free(&bundling.head);
    buffer_free(&bundling.purpose);
    buffer_free(&bundling.query);
    buffer_free(&bundling.old_proof);
    buffer_free(&bundling.proof);
    free(bundling.told);
    return result;
}
