/* What would another policy have decided?  The log's requests put again, under the rights of their own time.
 */
#include <string.h>

#include "vault/access/counters.h"
#include "vault/access/logged.h"
#include "vault/access/policy_text.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/log/index.h"
#include "vault/ops/call_private.h"
#include "vault/ops/policy/simulate_private.h"

#define DAY_MS INT64_C(86400000)
#define PROGRESS_EVERY 16384u
#define ENOUGH 1 /* stops the walk without being an error */

struct simulation {
    struct call *call;
    struct replay *replay;
    struct inquiry *inquiry;
    struct outcomes *outcomes;
    struct groups *groups;
    struct counts *counts;
    struct buffer key;
    struct buffer policies;
    int64_t from;
    int64_t to;
    uint64_t end;
    bool keeps;   /* decisions of requests that differ in nothing are alike */
    bool renewed; /* false: rights changed since the last decision */
    uint64_t decisions;
    uint64_t changed;
    uint64_t unknown;
};

/* The members that matter, as they stand in the leaf. */
struct entry {
    struct bytes text;
    struct bytes event, actor, asked, decision, member, phase, purpose, resources, src, subject, ticket, time;
    struct bytes user;
    struct bytes policies;
    int64_t at;
    bool permit;
};

static void collect(void *context, struct bytes name, struct bytes value)
{
    struct entry *entry = context;
    const struct {
        const char *name;
        struct bytes *value;
    } wanted[] = {{"event", &entry->event}, {"actor", &entry->actor}, {"asked", &entry->asked},
        {"decision", &entry->decision}, {"member", &entry->member}, {"phase", &entry->phase},
        {"purpose", &entry->purpose}, {"resources", &entry->resources}, {"src", &entry->src},
        {"subject", &entry->subject}, {"ticket", &entry->ticket}, {"time", &entry->time}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (bytes_equal(name, bytes_of_text(wanted[i].name)))
            *wanted[i].value = value;
    }
}

static bool is_text(struct bytes value, const char *text)
{
    return bytes_equal(canonical_string(value), bytes_of_text(text));
}

static int read_entry(struct simulation *simulation, uint64_t index, struct bytes text, struct entry *entry)
{
    *entry = (struct entry){.text = text};
    bool good = canonical_object(text, collect, entry) &&
                instant_parse(canonical_string(entry->time), &entry->at) &&
                canonical_find(entry->actor, "id", &entry->user);
    entry->user = canonical_string(entry->user);
    return good ? VAULT_OK
                : failure_set(simulation->call->failure, VAULT_EDAMAGED, "event %llu cannot be read",
                      (unsigned long long)index);
}

/* --- The rights of then --- */

static int follow(struct simulation *simulation, uint64_t index, const struct entry *entry)
{
    struct call *call = simulation->call;
    json_t *leaf = NULL;
    if (!replay_wants(simulation->replay, canonical_string(entry->event)))
        return VAULT_OK;
    int result = json_read(entry->text, &leaf, call->failure);
    if (result == VAULT_OK)
        result = replay_feed(simulation->replay, index, leaf, call->failure);
    if (result != VAULT_OK)
        failure_prefix(call->failure, "event %llu", (unsigned long long)index);
    json_decref(leaf);
    /* An intent changes nothing before its outcome. */
    if (!is_text(entry->phase, "intent"))
        simulation->renewed = false;
    return result;
}

static int renew(struct simulation *simulation)
{
    if (simulation->renewed)
        return VAULT_OK;
    outcomes_forget(simulation->outcomes);
    simulation->renewed = true;
    return inquiry_renew(simulation->inquiry, simulation->call->failure);
}

/* --- One decision --- */

/* Which record it was matters only to a policy that speaks of records' attributes; then a person's requests
 * about one client are one decision. */
static bool leaves_out_resources(const struct simulation *simulation, const struct entry *entry)
{
    if (is_text(entry->event, "record.reveal"))
        return false;
    return entry->asked.size > 0 || (entry->subject.size > 0 && !inquiry_minds_records(simulation->inquiry));
}

/* All that a decision can depend on, but for time and counters.  Of a search, what it found is no part of it.
 */
static struct bytes key_of(struct simulation *simulation, const struct entry *entry)
{
    const struct bytes none = {0};
    const struct bytes parts[] = {entry->user, entry->event, entry->asked, entry->subject, entry->purpose,
        entry->ticket, entry->member, entry->src,
        leaves_out_resources(simulation, entry) ? none : entry->resources};
    struct buffer *key = &simulation->key;
    buffer_reset(key);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        buffer_put_block(key, parts[i]);
    return buffer_bytes(key);
}

/* VAULT_ENOTFOUND: what it was about is not known any more. */
static int ask(
    struct simulation *simulation, uint64_t index, const struct entry *entry, struct outcome *outcome)
{
    struct call *call = simulation->call;
    struct failure unseen = {0};
    struct logged logged;
    json_t *leaf = NULL;
    json_t *decision = NULL;
    int result = json_read(entry->text, &leaf, call->failure);
    if (result == VAULT_OK)
        result =
            logged_question(call->session, replay_store(simulation->replay), index, leaf, &logged, &unseen);
    if (result == VAULT_OK)
        result = inquiry_decide(simulation->inquiry, &logged.question, &decision, call->failure);
    else if (result != VAULT_ENOTFOUND)
        (void)failure_set(call->failure, result, "%s", unseen.text);
    buffer_reset(&simulation->policies);
    if (result == VAULT_OK)
        result = json_write_canonical(json_object_get(decision, "policies"), &simulation->policies);
    if (result == VAULT_OK) {
        outcome->permit = strcmp(json_text(decision, "effect"), "permit") == 0;
        outcome->policies = buffer_text(&simulation->policies);
        result = outcome->policies == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    json_decref(decision);
    json_decref(leaf);
    return result;
}

static int decide(
    struct simulation *simulation, uint64_t index, const struct entry *entry, struct outcome *outcome)
{
    struct bytes key = simulation->keeps ? key_of(simulation, entry) : bytes_of(NULL, 0);
    int result = renew(simulation);
    if (result != VAULT_OK)
        return result;
    if (simulation->keeps && outcomes_find(simulation->outcomes, key, entry->at, outcome))
        return VAULT_OK;
    if (simulation->counts != NULL) {
        int64_t hour;
        int64_t day;
        counts_at(simulation->counts, entry->user, entry->at, &hour, &day);
        inquiry_set_counters(simulation->inquiry, hour, day);
    }
    result = ask(simulation, index, entry, outcome);
    if (result == VAULT_OK && simulation->keeps)
        outcomes_keep(simulation->outcomes, key, inquiry_until(simulation->inquiry), outcome);
    return result;
}

static int compare(struct simulation *simulation, uint64_t index, const struct entry *entry)
{
    struct outcome outcome = {0};
    simulation->decisions++;
    int result = decide(simulation, index, entry, &outcome);
    if (result == VAULT_ENOTFOUND) {
        simulation->unknown++;
        return VAULT_OK;
    }
    if (result != VAULT_OK || outcome.permit == entry->permit)
        return result;
    simulation->changed++;
    struct change_seen change = {.user = entry->user,
        .action = canonical_string(entry->event),
        .was_permit = entry->permit,
        .was_policies = entry->policies,
        .permit = outcome.permit,
        .policies = bytes_of_text(outcome.policies),
        .index = index};
    return groups_add(simulation->groups, &change);
}

/* Outcomes, and what the vault says itself, were decided by no policy. */
static bool was_decided(struct entry *entry)
{
    struct bytes value;
    if (is_text(entry->phase, "outcome") || !canonical_find(entry->decision, "policy_hash", &value) ||
        !canonical_find(entry->decision, "effect", &value))
        return false;
    entry->permit = is_text(value, "permit");
    return canonical_find(entry->decision, "policies", &entry->policies);
}

static int take(void *context, uint64_t index, struct bytes text)
{
    struct simulation *simulation = context;
    struct entry entry;
    if (index >= simulation->end)
        return ENOUGH;
    if (index % PROGRESS_EVERY == 0)
        reply_progress(simulation->call, index, simulation->end, "entries");
    int result = read_entry(simulation, index, text, &entry);
    if (result == VAULT_OK && entry.at >= simulation->from && was_decided(&entry))
        result = compare(simulation, index, &entry);
    if (result == VAULT_OK && simulation->counts != NULL && counters_of_leaf(text) > 0)
        result = counts_add(simulation->counts, entry.user, entry.at, counters_of_leaf(text));
    return result == VAULT_OK ? follow(simulation, index, &entry) : result;
}

/* --- From start to end --- */

static int read_times(struct simulation *simulation)
{
    struct call *call = simulation->call;
    const char *to = call_text(call, "to");
    int result = call_moment(call, "from", INT64_MIN, &simulation->from);
    if (result == VAULT_OK)
        result = call_moment(call, "to", INT64_MAX, &simulation->to);
    /* "Not after" a day means to its end, not after a moment means with it. */
    if (result == VAULT_OK && to != NULL)
        simulation->to += strlen(to) == strlen("YYYY-MM-DD") ? DAY_MS : 1;
    return result;
}

static int start(struct simulation *simulation)
{
    struct call *call = simulation->call;
    struct inquiry_terms terms = {.policy = bytes_of_text(call_text(call, "text"))};
    int result = policy_parse_check(terms.policy, call->failure);
    if (result == VAULT_OK)
        result = replay_new(&simulation->replay, call->failure);
    if (result != VAULT_OK)
        return result;
    terms.tables = replay_store(simulation->replay);
    result = inquiry_new(call->session, &terms, &simulation->inquiry, call->failure);
    if (result != VAULT_OK)
        return result;
    simulation->keeps = !inquiry_depends_on_time(simulation->inquiry) && !inquiry_counts(simulation->inquiry);
    simulation->outcomes = outcomes_new();
    simulation->groups = groups_new();
    if (inquiry_counts(simulation->inquiry))
        simulation->counts = counts_new();
    bool bad = simulation->outcomes == NULL || simulation->groups == NULL ||
               (inquiry_counts(simulation->inquiry) && simulation->counts == NULL);
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

static int play(struct simulation *simulation)
{
    struct call *call = simulation->call;
    /* From the beginning, whatever is asked for: rights descend from there. */
    struct log_query all = {.from = INT64_MIN, .to = simulation->to};
    int result = log_index_query(session_log(call->session), session_store(call->session),
        session_keys(call->session)->log_index, &all, take, simulation, call->failure);
    return result == ENOUGH ? VAULT_OK : result;
}

static void stop(struct simulation *simulation)
{
    counts_free(simulation->counts);
    groups_free(simulation->groups);
    outcomes_free(simulation->outcomes);
    inquiry_free(simulation->inquiry);
    replay_free(simulation->replay);
    buffer_free(&simulation->key);
    buffer_free(&simulation->policies);
}

static json_t *query_json(struct call *call)
{
    struct hash hash;
    hash_sha256(bytes_of_text(call_text(call, "text")), &hash);
    json_t *query = json_pack("{s:o}", "hash", json_base64(hash_bytes(&hash)));
    static const char *const names[] = {"from", "to"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (query != NULL && call_text(call, names[i]) != NULL)
            (void)json_object_set_new(query, names[i], json_string(call_text(call, names[i])));
    }
    return json_pack("{s:o}", "query", query);
}

int op_policy_simulate(struct call *call)
{
    struct simulation simulation = {.call = call};
    struct access_request request = {.action = "policy.simulate"};
    int result = read_times(&simulation);
    if (result == VAULT_OK)
        result = call_allow(call, &request, query_json(call), &simulation.end);
    if (result == VAULT_OK)
        result = start(&simulation);
    if (result == VAULT_OK)
        result = play(&simulation);
    if (result == VAULT_OK)
        result =
            reply_value(call, json_pack("{s:I,s:I,s:I,s:o}", "decisions", (json_int_t)simulation.decisions,
                                  "changed", (json_int_t)simulation.changed, "unknown",
                                  (json_int_t)simulation.unknown, "changes", groups_json(simulation.groups)));
    stop(&simulation);
    return result;
}
