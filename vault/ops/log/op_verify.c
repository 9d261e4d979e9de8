/* Is the log whole, and do the tables say what it says?  Every stored leaf is hashed again, every signature
 * checked against the key that the log itself gave, and what the log's replay yields is held against the
 * tables. */
#include <stdio.h>
#include <string.h>

#include "vault/access/replay.h"
#include "vault/base/instant.h"
#include "vault/evidence/note.h"
#include "vault/ops/leak/disclosed_private.h"
#include "vault/ops/leak/finding_store_private.h"
#include "vault/ops/people/register_private.h"

#define PROBLEMS_SHOWN 1000u

struct verification {
    struct call *call;
    struct replay *replay;
    json_t *problems;
    uint64_t problem_count;
    uint64_t since; /* size of the checkpoint that was verified before; 0 without one */
    uint64_t start; /* the event that told of this verification */
    uint64_t nanoseconds;
    uint64_t disclosures; /* entries of the log in the index of disclosures, which was held against it */
    struct log_verify_result log;
    int error; /* of the worst kind found */
};

static int add_problem(struct verification *verification, uint64_t index, const char *what, int error)
{
    if (memory_error() != VAULT_OK)
        return VAULT_ENOMEM; /* what could not be read whole was not seen to be wrong */
    verification->problem_count++;
    if (verification->error == VAULT_OK)
        verification->error = error;
    if (json_array_size(verification->problems) >= PROBLEMS_SHOWN)
        return VAULT_OK;
    json_t *problem = json_pack("{s:s}", "what", what);
    if (problem != NULL && index != UINT64_MAX)
        (void)json_object_set_new(problem, "index", json_integer((json_int_t)index));
    return json_array_append_new(verification->problems, problem) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* --- What log_verify() asks --- */

static bool wants(void *context, struct bytes event)
{
    const struct verification *verification = context;
    return replay_wants(verification->replay, event);
}

static const uint8_t *public_key(void *context, struct bytes actor)
{
    const struct verification *verification = context;
    return replay_public_key(verification->replay, actor);
}

/* The first event of all names the log and its key. */
static int check_birth(struct verification *verification, uint64_t index, const json_t *change)
{
    struct call *call = verification->call;
    struct buffer key = {0};
    const char *origin = json_text(change, "origin");
    const char *said = json_text(change, "key");
    bool same = index == 0 && origin != NULL && said != NULL &&
                strcmp(origin, session_origin(call->session)) == 0 &&
                base64_decode(bytes_of_text(said), &key) == VAULT_OK &&
                bytes_equal(buffer_bytes(&key), sign_key_public(session_keys(call->session)->sign));
    buffer_free(&key);
    return same ? VAULT_OK
                : add_problem(verification, index, "a birth that is not this vault's", VAULT_EDAMAGED);
}

static int take_leaf(void *context, uint64_t index, const json_t *leaf)
{
    struct verification *verification = context;
    struct failure failure = {0};
    const char *event = json_text(leaf, "event");
    int result = VAULT_OK;
    if (index == 0 || (event != NULL && strcmp(event, "vault.birth") == 0))
        result = check_birth(verification, index, json_object_get(leaf, "change"));
    if (result == VAULT_OK)
        result = replay_feed(verification->replay, index, leaf, &failure);
    if (result == VAULT_EDAMAGED) {
        const char *what = failure.text[0] == '\0' ? "a change that does not fit" : failure.text;
        result = add_problem(verification, index, what, VAULT_EDAMAGED);
    } else if (result != VAULT_OK) {
        result = failure_set(verification->call->failure, result, "%s", failure.text);
    }
    return result;
}

static int take_problem(void *context, const struct log_problem *problem)
{
    return add_problem(context, problem->index, problem->what, VAULT_EDAMAGED);
}

static void take_progress(void *context, uint64_t done, uint64_t size)
{
    const struct verification *verification = context;
    reply_progress(verification->call, done, size, "entries");
}

/* --- A checkpoint that was verified before --- */

static int read_since(struct verification *verification)
{
    struct call *call = verification->call;
    const char *text = call_text(call, "since");
    struct note_key key;
    struct checkpoint checkpoint;
    struct failure failure = {0};
    if (text == NULL)
        return VAULT_OK;
    int result = note_key_make(session_origin(call->session), NOTE_ED25519,
        sign_key_public(session_keys(call->session)->sign), &key);
    if (result == VAULT_OK && checkpoint_open(bytes_of_text(text), &key, &checkpoint) != VAULT_OK)
        result = failure_set(call->failure, VAULT_EINPUT,
            "since: this is no checkpoint of %s signed by this vault", session_origin(call->session));
    if (result == VAULT_OK)
        result = log_extends(session_log(call->session), bytes_of_text(text), &failure);
    if (result == VAULT_OK)
        verification->since = checkpoint.size;
    else if (result == VAULT_EROLLBACK)
        result = add_problem(verification, UINT64_MAX, failure.text, VAULT_EROLLBACK);
    else
        result = failure_set(call->failure, result, "%s", failure.text);
    return result;
}

/* --- The tables --- */

/* What was logged while the bulk was being verified. */
static int feed_rest(struct verification *verification)
{
    struct call *call = verification->call;
    struct log *log = session_log(call->session);
    struct buffer text = {0};
    int result = log_refresh(log, call->failure);
    for (uint64_t i = verification->log.size; i < log_size(log) && result == VAULT_OK; i++) {
        json_t *leaf = NULL;
        buffer_reset(&text);
        result = log_read(log, i, &text, call->failure);
        if (result == VAULT_OK)
            result = json_read(buffer_bytes(&text), &leaf, call->failure);
        if (result == VAULT_OK)
            result = take_leaf(verification, i, leaf);
        json_decref(leaf);
    }
    buffer_free(&text);
    return result;
}

static int take_difference(void *context, const char *what)
{
    return add_problem(context, UINT64_MAX, what, VAULT_EFORGED);
}

static int take_finding_problem(void *context, uint64_t index, const char *what)
{
    return add_problem(context, index, what, VAULT_EFORGED);
}

/* The texts of findings: what the log's events name, and nothing else. */
static int compare_findings(struct verification *verification)
{
    struct findings *findings = NULL;
    int result = finding_history(verification->call, take_finding_problem, verification, &findings);
    if (result == VAULT_OK)
        result = finding_verify(verification->call, findings, take_finding_problem, verification);
    findings_free(findings);
    return result == VAULT_OK ? register_verify(verification->call, take_finding_problem, verification) : result;
}

/* Changes are held still meanwhile: between an intent and its outcome the two do not say the same. */
static int compare_tables(struct verification *verification)
{
    struct call *call = verification->call;
    struct store *store = session_store(call->session);
    struct failure failure = {0};
    int result = change_hold(call->session, &failure);
    if (result != VAULT_OK) {
        char what[600];
        (void)snprintf(what, sizeof what, "the tables were not compared with the log: %s", failure.text);
        /* Nothing was seen to be wrong, but not everything was seen. */
        if (result == VAULT_ENOMEM || result == VAULT_EIO)
            return failure_set(call->failure, result, "%s", what);
        return add_problem(
            verification, UINT64_MAX, what, result == VAULT_EBUSY ? VAULT_EBUSY : VAULT_EDAMAGED);
    }
    result = feed_rest(verification);
    if (result == VAULT_OK)
        result = store_begin_read(store, call->failure);
    if (result == VAULT_OK) {
        result = authority_compare(
            replay_store(verification->replay), store, take_difference, verification, call->failure);
        if (result == VAULT_OK)
            result = compare_findings(verification);
        store_end_read(store);
    }
    change_release(call->session);
    return result;
}

/* --- The answer --- */

static json_int_t per_second(uint64_t count, uint64_t nanoseconds)
{
    return nanoseconds == 0 ? 0 : (json_int_t)((double)count * 1e9 / (double)nanoseconds);
}

static json_int_t count_rows(struct store *store, enum query query)
{
    struct statement *statement;
    bool row = true;
    json_int_t count = 0;
    if (store_query(store, query, &statement, NULL) != VAULT_OK)
        return -1;
    while (statement_step(statement, &row, NULL) == VAULT_OK && row)
        count++;
    return count;
}

static json_t *describe_tables(struct verification *verification)
{
    struct store *store = replay_store(verification->replay);
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "users", count_rows(store, QUERY_USER_LIST), "roles",
        count_rows(store, QUERY_ROLE_LIST), "grants", count_rows(store, QUERY_GRANT_LIST), "portfolios",
        count_rows(store, QUERY_PORTFOLIO_LIST), "clients", count_rows(store, QUERY_CLIENT_IDS),
        "assignments", count_rows(store, QUERY_ASSIGNMENT_LIST), "policies",
        count_rows(store, QUERY_POLICY_LIST));
}

static json_t *policy_in_force(struct verification *verification)
{
    struct statement *statement;
    bool row = false;
    json_t *hash = NULL;
    if (store_query(replay_store(verification->replay), QUERY_POLICY_NOW, &statement, NULL) == VAULT_OK &&
        statement_step(statement, &row, NULL) == VAULT_OK && row) {
        hash = json_hex(column_bytes(statement, 0));
        statement_reset(statement);
    }
    return hash == NULL ? json_string("") : hash;
}

static json_t *answer(struct verification *verification)
{
    const struct log_verify_result *log = &verification->log;
    json_t *value = json_pack("{s:b,s:s,s:I,s:o,s:O,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:I,s:I}", "ok",
        verification->problem_count == 0, "origin", session_origin(verification->call->session), "size",
        (json_int_t)log->size, "root", json_base64(hash_bytes(&log->root)), "problems",
        verification->problems, "problem_count", (json_int_t)verification->problem_count, "since",
        (json_int_t)verification->since, "signatures", (json_int_t)log->signatures, "milliseconds",
        (json_int_t)(verification->nanoseconds / 1000000), "entries_per_second",
        per_second(log->size, log->hash_nanoseconds), "signatures_per_second",
        per_second(log->signatures, log->signature_nanoseconds), "problems_shown",
        (json_int_t)json_array_size(verification->problems), "tables", describe_tables(verification),
        "policy", policy_in_force(verification), "event", (json_int_t)verification->start, "disclosures",
        (json_int_t)verification->disclosures);
    return value;
}

/* A second event says what came out; it is no outcome of a change, so it has no phase. */
static int log_result(struct verification *verification, const struct access_request *request)
{
    struct call *call = verification->call;
    json_t *members = call_note_members(call, request, json_array());
    json_t *result =
        json_pack("{s:s,s:I,s:I,s:o}", "status", verification->problem_count == 0 ? "ok" : "problems", "size",
            (json_int_t)verification->log.size, "problems", (json_int_t)verification->problem_count, "root",
            json_base64(hash_bytes(&verification->log.root)));
    if (members != NULL) {
        (void)json_object_set_new(members, "result", result);
        (void)json_object_set_new(members, "start", json_integer((json_int_t)verification->start));
    } else {
        json_decref(result);
    }
    return event_append(call->session, request->action, members, NULL, call->failure);
}

static int run(struct verification *verification)
{
    struct call *call = verification->call;
    struct log_verify_options options = {.from = verification->since,
        .skip_signatures = call_flag(call, "skip_signatures"),
        .context = verification,
        .leaf = take_leaf,
        .wants = wants,
        .public_key = public_key,
        .problem = take_problem,
        .progress = take_progress};
    uint64_t start = instant_monotonic();
    int result = log_verify(session_log(call->session), &options, &verification->log, call->failure);
    verification->nanoseconds = instant_monotonic() - start;
    if (result == VAULT_OK)
        result = compare_tables(verification);
    return result == VAULT_OK
        ? disclosed_check(verification->call, take_difference, verification, &verification->disclosures)
        : result;
}

int op_log_verify(struct call *call)
{
    struct verification verification = {.call = call, .problems = json_array()};
    struct access_request request = {.action = "log.verify", .log = true};
    int result = call_allow(call, &request, NULL, &verification.start);
    if (result == VAULT_OK)
        result = read_since(&verification);
    if (result == VAULT_OK)
        result = replay_new(&verification.replay, call->failure);
    if (result == VAULT_OK)
        result = run(&verification);
    if (result == VAULT_OK)
        result = log_result(&verification, &request);
    if (result == VAULT_OK)
        result = reply_value(call, answer(&verification));
    if (result == VAULT_OK && verification.error != VAULT_OK)
        result = failure_set(call->failure, verification.error, "%llu problems found",
            (unsigned long long)verification.problem_count);
    replay_free(verification.replay);
    json_decref(verification.problems);
    return result;
}
