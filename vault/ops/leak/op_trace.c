/* trace.run: from a leaked file to the likeliest people, by tokens and fingerprints alone; kept as a case. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/decoys.h"
#include "vault/base/instant.h"
#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/leak/disclosed_private.h"
#include "vault/ops/leak/trace_case.h"
#include "vault/ops/leak/trace_file_private.h"
#include "vault/ops/leak/trace_marks_private.h"
#include "vault/ops/leak/trace_people.h"
#include "vault/ops/leak/trace_reply.h"
#include "vault/trace/link.h"
#include "vault/trace/vault_source.h"

#define SAMPLE_ROWS 60u /* enough to see what the rows are of */
#define ROWS_TOLD 2000u
#define CLIENTS_NAMED 500u /* in the event */

struct tracing {
    struct call *call;
    struct trace_file file;
    struct disclosures *disclosures;
    struct vault_source *vault;
    enum trace_subject subject;
    const struct trace_source *source;
    int64_t found; /* seconds */
    struct trace_result result;
    uint32_t *numbers; /* by person: his pseudonym's number, 0 for nobody told of */
    char id[ULID_TEXT_SIZE];
    json_t *marks; /* events of the exports that the file's marks name */
    json_t *value;
};

/* --- What the rows are of --- */

/* How well a subject fits the first rows. */
struct fit {
    size_t rows;
    size_t linked;
    size_t private; /* cells of the linked rows that agree and that outsiders rarely hold */
};

static int try_subject(struct tracing *tracing, enum trace_subject subject, struct fit *fit)
{
    struct failure *failure = tracing->call->failure;
    struct leak *leak = NULL;
    struct link link = {.count = 0};
    int result = vault_source_take(tracing->vault, subject, &tracing->source, failure);
    *fit = (struct fit){0};
    if (result == VAULT_OK && subject != SUBJECT_CLIENT && tracing->source->population == 0)
        return VAULT_OK; /* the vault has none */
    if (result == VAULT_OK)
        result = trace_file_leak(&tracing->file, SAMPLE_ROWS, &leak, failure);
    if (result == VAULT_OK)
        result = leak_settle(leak, tracing->source, failure);
    if (result == VAULT_OK)
        result = link_make(leak, tracing->source, &link, failure);
    if (result == VAULT_OK)
        *fit = (struct fit){.rows = leak_rows(leak), .linked = link.count};
    for (size_t i = 0; i < link.count; i++)
        fit->private += (size_t)__builtin_popcount(link.rows[i].need & trace_private_fields());
    link_free(&link);
    leak_free(leak);
    return result;
}

/* Clients if most of the rows are and say more of them than registers do; else what explains most of the
 * private cells, or, without any, most of the rows: each row of an export of vouchers names its client, too.
 */
static int choose_subject(struct tracing *tracing)
{
    struct fit best = {0};
    int result = VAULT_OK;
    tracing->subject = SUBJECT_CLIENT;
    for (int subject = SUBJECT_CLIENT; subject <= SUBJECT_LAST && result == VAULT_OK; subject++) {
        struct fit fit = {0};
        result = try_subject(tracing, (enum trace_subject)subject, &fit);
        if (fit.private > best.private || (fit.private == best.private && fit.linked > best.linked)) {
            best = fit;
            tracing->subject = (enum trace_subject)subject;
        }
        if (fit.linked * 2 > fit.rows && fit.private >= fit.linked)
            break;
    }
    return result == VAULT_OK
               ? vault_source_take(tracing->vault, tracing->subject, &tracing->source, tracing->call->failure)
               : result;
}

/* --- Pseudonyms --- */

struct known_person {
    uint32_t person;
    uint8_t token[16];
};

static int compare_tokens(const void *a, const void *b)
{
    const struct known_person *x = a, *y = b;
    return memcmp(x->token, y->token, sizeof x->token);
}

static void tell_of(struct tracing *tracing, uint32_t person)
{
    if (person < tracing->source->people)
        tracing->numbers[person] = 1;
}

/* In an order that the file decides and nobody without the vault's keys can follow: a rank would say as much
 * as a name to who knows the firm. */
static int name_people(struct tracing *tracing)
{
    const struct trace_result *result = &tracing->result;
    uint32_t people = tracing->source->people;
    struct known_person *known = calloc((size_t)people + 1, sizeof *known);
    size_t count = 0;
    tracing->numbers = calloc((size_t)people + 1, sizeof *tracing->numbers);
    if (known == NULL || tracing->numbers == NULL) {
        free(known);
        return failure_set(tracing->call->failure, VAULT_ENOMEM, "no memory to name people");
    }
    for (size_t i = 0; i < result->people_count; i++) {
        tell_of(tracing, result->people[i].person);
        tell_of(tracing, result->people[i].nearest);
    }
    for (size_t i = 0; i < result->group_count; i++)
        for (size_t k = 0; k < result->groups[i].size; k++)
            tell_of(tracing, result->groups[i].people[k]);
    for (uint32_t p = 0; p < people; p++) {
        struct buffer message = {0};
        if (tracing->numbers[p] == 0)
            continue;
        buffer_put(&message, hash_bytes(&tracing->file.sha256));
        buffer_put_text(&message, disclosures_person(tracing->disclosures, p));
        known[count].person = p;
        keyed_token(session_keys(tracing->call->session)->lookup, "pseudonym", buffer_bytes(&message),
            known[count++].token, sizeof known->token);
        buffer_free(&message);
    }
    qsort(known, count, sizeof *known, compare_tokens);
    for (size_t i = 0; i < count; i++)
        tracing->numbers[known[i].person] = (uint32_t)i + 1;
    free(known);
    return VAULT_OK;
}

static json_t *pseudonym(void *context, uint32_t person)
{
    const struct tracing *tracing = context;
    char text[32];
    (void)snprintf(
        text, sizeof text, "person %u", person < tracing->source->people ? tracing->numbers[person] : 0);
    return json_string(text);
}

static json_t *export_name(void *context, uint32_t number)
{
    const struct tracing *tracing = context;
    struct disclosure_export export = {.event = 0};
    char text[32];
    if (disclosures_export(tracing->disclosures, number, &export) != VAULT_OK)
        return json_string("");
    (void)snprintf(text, sizeof text, "event %llu", (unsigned long long)export.event);
    return json_string(text);
}

/* --- The answer --- */

static int add_row(struct tracing *tracing, const struct trace_row *row, json_t *rows)
{
    struct vault_subject subject;
    static const struct ulid none = {{0}};
    int result = vault_source_subject(tracing->vault, row->client, &subject, tracing->call->failure);
    if (result != VAULT_OK)
        return result;
    json_t *one = json_pack("{s:I,s:o,s:s,s:o,s:o,s:o,s:o}", "row", (json_int_t)row->number, "client",
        json_ulid(&subject.client), "portfolio", subject.portfolio, "agree", trace_reply_fields(row->agree),
        "differ", trace_reply_fields(row->differ), "current_from", trace_reply_moment(row->from),
        "current_until", trace_reply_moment(row->until));
    if (one != NULL && !ulid_equal(&subject.record, &none))
        (void)json_object_set_new(one, "record", json_ulid(&subject.record));
    if (one != NULL && row->alikes > 1)
        (void)json_object_set_new(one, "alike", json_integer((json_int_t)row->alikes));
    if (one != NULL && subject.decoy)
        (void)json_object_set_new(one, "decoy", json_true());
    return json_array_append_new(rows, one) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int add_rows(struct tracing *tracing)
{
    const struct trace_result *result = &tracing->result;
    json_t *rows = json_array(), *clients = json_array();
    int error = VAULT_OK;
    for (size_t i = 0; i < result->linked && error == VAULT_OK; i++) {
        if (i < ROWS_TOLD)
            error = add_row(tracing, &result->ours[i], rows);
        struct vault_subject subject;
        if (error == VAULT_OK && json_array_size(clients) < CLIENTS_NAMED)
            error = vault_source_subject(
                tracing->vault, result->ours[i].client, &subject, tracing->call->failure);
        if (error != VAULT_OK || json_array_size(clients) >= CLIENTS_NAMED)
            continue;
        json_t *id = json_ulid(&subject.client);
        bool there = false;
        for (size_t k = 0; k < json_array_size(clients) && !there; k++)
            there = json_equal(json_array_get(clients, k), id);
        if (there)
            json_decref(id);
        else
            (void)json_array_append_new(clients, id);
    }
    (void)json_object_set_new(tracing->value, "clients", clients);
    (void)json_object_set_new(tracing->value, "ours", rows);
    return error;
}

static json_t *names_of(const struct tracing *tracing)
{
    json_t *names = json_object();
    for (uint32_t p = 0; p < tracing->source->people; p++) {
        char text[32];
        if (tracing->numbers[p] == 0)
            continue;
        (void)snprintf(text, sizeof text, "person %u", tracing->numbers[p]);
        (void)json_object_set_new(names, text, json_string(disclosures_person(tracing->disclosures, p)));
    }
    return names;
}

static int add_counts(struct tracing *tracing, const struct leak *leak)
{
    json_t *counted = NULL;
    int result = trace_people_count(
        leak, tracing->source, &tracing->result, tracing->subject, &counted, tracing->call->failure);
    if (result == VAULT_OK && json_object_update(tracing->value, counted) != 0)
        result = VAULT_ENOMEM;
    json_decref(counted);
    return result;
}

static int make_value(struct tracing *tracing, const struct leak *leak)
{
    struct trace_names names = {tracing, pseudonym, export_name};
    struct ulid id = ulid_new();
    int result = name_people(tracing);
    if (result != VAULT_OK)
        return result;
    ulid_format(&id, tracing->id);
    tracing->value = trace_reply(call_text(tracing->call, "leak"), &tracing->result, &names, true);
    if (tracing->value == NULL)
        return VAULT_ENOMEM;
    (void)json_object_set_new(tracing->value, "case", json_string(tracing->id));
    (void)json_object_set_new(tracing->value, "sha256", json_hex(hash_bytes(&tracing->file.sha256)));
    (void)json_object_set(tracing->value, "marks", tracing->marks);
    (void)json_object_set_new(tracing->value, "subject", json_string(subject_name(tracing->subject)));
    (void)json_object_set_new(tracing->value, "before", trace_reply_moment(tracing->found));
    (void)json_object_set_new(
        tracing->value, "keyless", json_integer((json_int_t)vault_source_keyless(tracing->vault)));
    result = add_counts(tracing, leak);
    return result == VAULT_OK ? add_rows(tracing) : result;
}

/* --- Marks of exports --- */

#define MARK_RATIO_MAX 25.0 /* more would only say the same */

struct marking {
    struct tracing *tracing;
    struct leak *leak;
};

/* Whoever made the export had the copy: as a decoy that only he was given. */
static int add_mark(void *context, uint64_t event, double log_ratio)
{
    const struct marking *marking = context;
    struct tracing *tracing = marking->tracing;
    struct disclosure_export export;
    for (uint32_t number = 1; number <= disclosures_exports(tracing->disclosures); number++) {
        if (disclosures_export(tracing->disclosures, number, &export) != VAULT_OK || export.event != event)
            continue;
        struct leak_hint hint = {
            .person = export.person, .log_ratio = log_ratio < MARK_RATIO_MAX ? log_ratio : MARK_RATIO_MAX};
        (void)json_array_append_new(tracing->marks, json_integer((json_int_t)event));
        return export.at <= tracing->found ? leak_add_hint(marking->leak, &hint) : VAULT_OK;
    }
    return VAULT_OK;
}

static int read_marks(struct tracing *tracing, struct leak *leak)
{
    struct marking marking = {tracing, leak};
    tracing->marks = json_array();
    int result = trace_marks_each(
        tracing->call, tracing->disclosures, call_text(tracing->call, "leak"), add_mark, &marking);
    if (result != VAULT_EINPUT && result != VAULT_ELIMIT)
        return result;
    /* Rows it has, or it would not be here: without marks that can be read. */
    failure_clear(tracing->call->failure);
    return VAULT_OK;
}

/* --- Tracing --- */

static int add_decoy(void *context, const struct decoy *decoy)
{
    vault_source_decoy(context, &decoy->client);
    return VAULT_OK;
}

/* Who holds no key of their register counts decoys as clients. */
static int read_decoys(struct tracing *tracing)
{
    struct call *call = tracing->call;
    int result = decoys_each(call->session, add_decoy, tracing->vault, call->failure);
    if (result != VAULT_ENOKEY)
        return result;
    failure_clear(call->failure);
    return VAULT_OK;
}

/* A decoy that turns up is for others to know too, before anything is shown. */
static int raise_found(struct tracing *tracing)
{
    char id[ULID_TEXT_SIZE];
    struct alert alert = {.kind = "decoy.found",
        .severity = "high",
        .how = "trace",
        .about = json_text(tracing->value, "sha256"),
        .cause = (uint64_t)json_number(tracing->value, "event", 0)};
    return tracing->result.decoys == 0 ? VAULT_OK : call_alert(tracing->call, &alert, id);
}

static int trace(struct tracing *tracing)
{
    struct call *call = tracing->call;
    struct vault_source_parts parts = {.store = session_store(call->session),
        .keyring = session_keyring(call->session),
        .records = session_records(call->session)};
    struct leak *leak = NULL;
    int result = disclosed_open(call, &tracing->disclosures);
    parts.disclosures = tracing->disclosures;
    if (result == VAULT_OK)
        result = vault_source_new(&parts, &tracing->vault, call->failure);
    if (result == VAULT_OK)
        result = read_decoys(tracing);
    if (result == VAULT_OK)
        result = choose_subject(tracing);
    if (result == VAULT_OK)
        result = trace_file_leak(&tracing->file, tracing->file.count, &leak, call->failure);
    if (result == VAULT_OK)
        result = leak_settle(leak, tracing->source, call->failure);
    if (result == VAULT_OK)
        result = vault_source_criteria(tracing->vault, leak, call->failure);
    if (result == VAULT_OK)
        result = read_marks(tracing, leak);
    if (result == VAULT_OK)
        result = trace_leak(leak, tracing->source, tracing->found, NULL, &tracing->result, call->failure);
    if (result == VAULT_OK)
        result = make_value(tracing, leak);
    leak_free(leak);
    return result;
}

/* --- The event and the case --- */

static json_t *event_members(const struct tracing *tracing, const struct access_request *request,
    const struct decision *decision, const struct hash *sealed)
{
    const json_t *value = tracing->value;
    json_t *members = access_event_members(tracing->call->session, request, decision, NULL);
    json_t *about = json_pack("{s:s,s:O,s:s,s:I,s:I,s:O,s:o}", "case", tracing->id, "leak",
        json_object_get(value, "sha256"), "subject", subject_name(tracing->subject), "rows",
        (json_int_t)tracing->result.rows, "linked", (json_int_t)tracing->result.linked, "clients",
        json_object_get(value, "clients"), "sealed", json_hex(hash_bytes(sealed)));
    if (members == NULL || about == NULL || json_object_set_new(members, "trace", about) != 0) {
        json_decref(members);
        return NULL;
    }
    return members;
}

/* Everything is found out by now, and nothing was shown: the event is there before anything is. */
static int keep(
    struct tracing *tracing, const struct access_request *request, const struct decision *decision)
{
    struct call *call = tracing->call;
    struct trace_case_sealed sealed;
    struct change *change = NULL;
    json_t *content = json_copy(tracing->value);
    if (content != NULL) {
        (void)json_object_set_new(content, "names", names_of(tracing));
        (void)json_object_set_new(content, "by", json_string(session_user(call->session)));
        (void)json_object_set_new(content, "at", json_instant(instant_now()));
    }
    /* The index is read in a transaction, which must be over before one that writes. */
    vault_source_free(tracing->vault);
    disclosures_free(tracing->disclosures);
    tracing->vault = NULL;
    tracing->disclosures = NULL;
    int result = content == NULL ? VAULT_ENOMEM : VAULT_OK;
    memset(&sealed, 0, sizeof sealed);
    if (result == VAULT_OK)
        result = trace_case_seal(call->session, content, &sealed, call->failure);
    if (result == VAULT_OK)
        result = change_begin(call->session, request->action,
            event_members(tracing, request, decision, &sealed.hash), NULL, &change, call->failure);
    if (result == VAULT_OK) {
        (void)json_object_set_new(tracing->value, "event", json_integer((json_int_t)change_intent(change)));
        result = call_finish(call, change, trace_case_put(call->session, &sealed, call->failure));
    }
    trace_case_sealed_free(&sealed);
    json_decref(content);
    return result;
}

static int run(struct tracing *tracing)
{
    struct call *call = tracing->call;
    struct access_request request = {.action = "trace.run"};
    struct decision decision = {0};
    int64_t now = instant_now(), moment = now;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = call_moment(call, "before", now, &moment);
    tracing->found = moment / 1000;
    if (result == VAULT_OK)
        result = trace_file_read(
            call_text(call, "leak"), call_text(call, "encoding"), &tracing->file, call->failure);
    if (result == VAULT_OK)
        result = trace(tracing);
    if (result == VAULT_OK)
        result = keep(tracing, &request, &decision);
    if (result == VAULT_OK)
        result = raise_found(tracing);
    if (result == VAULT_OK)
        result = reply_value(call, json_incref(tracing->value));
    decision_free(&decision);
    return result;
}

int op_trace_run(struct call *call)
{
    struct tracing tracing = {.call = call};
    int result = run(&tracing);
    vault_source_free(tracing.vault);
    disclosures_free(tracing.disclosures);
    trace_result_free(&tracing.result);
    trace_file_free(&tracing.file);
    free(tracing.numbers);
    json_decref(tracing.marks);
    json_decref(tracing.value);
    return result;
}
