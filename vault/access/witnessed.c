#include "vault/access/witnessed.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/recipients.h"
#include "vault/access/session_private.h"
#include "vault/access/settings.h"
#include "vault/base/instant.h"
#include "vault/evidence/leaf.h"
#include "vault/evidence/trust.h"

#define FRESH_SECONDS 60u

/* --- Who they are --- */

int witnessed_each(struct session *session, int (*each)(void *context, const struct witness_row *row),
    void *context, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_WITNESS_LIST, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        struct witness_row one = {.name = column_text(statement, 0),
            .vkey = column_text(statement, 1),
            .url = column_text(statement, 2),
            .pin = column_bytes(statement, 3),
            .ca = column_bytes(statement, 4),
            .added_by = column_text(statement, 5),
            .seq = column_number(statement, 6)};
        result = each(context, &one);
    }
    statement_free(statement);
    return result;
}

/* The rows, kept. */
struct gathered {
    struct log_witness list[WITNESSES_MAX];
    struct buffer texts[WITNESSES_MAX]; /* url with its NUL, pin, ca */
    size_t count;
};

static int gather(void *context, const struct witness_row *row)
{
    struct gathered *gathered = context;
    if (gathered->count == WITNESSES_MAX)
        return VAULT_ELIMIT;
    struct log_witness *witness = &gathered->list[gathered->count];
    struct buffer *text = &gathered->texts[gathered->count++];
    size_t url_size = strlen(row->url) + 1;
    if (note_key_parse(bytes_of_text(row->vkey), &witness->key) != VAULT_OK)
        return VAULT_EDAMAGED;
    buffer_put_data(text, row->url, url_size);
    buffer_put(text, row->pin);
    buffer_put(text, row->ca);
    if (buffer_error(text) != VAULT_OK)
        return VAULT_ENOMEM;
    witness->url = (const char *)text->data;
    witness->pin = row->pin.size > 0 ? text->data + url_size : NULL;
    witness->ca = bytes_of(text->data + url_size + row->pin.size, row->ca.size);
    return VAULT_OK;
}

static void gathered_free(struct gathered *gathered)
{
    for (size_t i = 0; i < gathered->count; i++)
        buffer_free(&gathered->texts[i]);
}

int witnessed_quorum(struct session *session, size_t count, size_t *quorum, struct failure *failure)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = setting_value(session->store, setting_find(SETTING_QUORUM), value, failure);
    if (result == VAULT_OK && !quorum_parse(value, count, quorum))
        result = failure_set(failure, VAULT_EDAMAGED, "the setting %s is '%s'", SETTING_QUORUM, value);
    return result;
}

static int read_limit(struct session *session, struct failure *failure)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = setting_value(session->store, setting_find(SETTING_MAX_LAG), value, failure);
    if (result == VAULT_OK && !max_lag_parse(value, &session->max_lag))
        result = failure_set(failure, VAULT_EDAMAGED, "the setting %s is '%s'", SETTING_MAX_LAG, value);
    return result;
}

int witnessed_open(struct session *session, struct failure *failure)
{
    struct gathered gathered = {.count = 0};
    struct witnesses_options options = {.directory = session->directory,
        .proofs = session->known,
        .keys = &session->log_keys,
        .list = gathered.list};
    witnesses_free(session->witnesses);
    session->witnesses = NULL;
    if (session->exercise)
        return VAULT_OK;
    int result = witnessed_each(session, gather, &gathered, failure);
    options.count = gathered.count;
    if (result == VAULT_OK && gathered.count > 0)
        result = witnessed_quorum(session, gathered.count, &options.quorum, failure);
    if (result == VAULT_OK && gathered.count > 0)
        result = read_limit(session, failure);
    if (result == VAULT_OK && gathered.count > 0)
        result = witnesses_open(&options, &session->witnesses, failure);
    gathered_free(&gathered);
    return result == VAULT_OK
               ? result
               : failure_set(failure, result, "the log's witnesses: %s", vault_error_text(result));
}

struct witnesses *session_witnesses(struct session *session)
{
    return session->witnesses;
}

/* --- Asking them --- */

/* Whoever cannot be reached is a warning, once a session. */
static int send(struct session *session, struct failure *failure)
{
    int result = witnesses_send(session->witnesses, failure);
    session->witnesses_silent = result == VAULT_EIO;
    if (result == VAULT_EIO && session->warning.error == VAULT_OK && failure != NULL)
        session->warning = *failure;
    return result;
}

int witnessed_send(struct session *session, struct failure *failure)
{
    return session->witnesses == NULL ? VAULT_OK : send(session, failure);
}

static int accept(struct session *session, int result, bool accepted, struct failure *failure)
{
    if (result != VAULT_EROLLBACK || !accepted)
        return result;
    failure_clear(failure);
    witnesses_accept(session->witnesses);
    session->rolled_back = true;
    return VAULT_OK;
}

int witnessed_check(struct session *session, bool accepted, struct failure *failure)
{
    struct failure silent = {0};
    if (session->witnesses == NULL)
        return VAULT_OK;
    int result = accept(session, witnesses_check(session->witnesses, failure), accepted, failure);
    if (result == VAULT_OK && !witnesses_fresh(session->witnesses, FRESH_SECONDS)) {
        result = accept(session, send(session, &silent), accepted, &silent);
        if (result == VAULT_EIO)
            result = VAULT_OK;
        else if (result != VAULT_OK) {
            failure_remedy(failure, "%s", silent.remedy);
            (void)failure_set(failure, result, "%s", silent.text);
        }
    }
    return result == VAULT_OK ? witnesses_start(session->witnesses) : result;
}

/* --- How far they are --- */

/* When the first event was logged that no quorum has seen; INT64_MAX where they have seen all. */
static int oldest_unseen(struct session *session, uint64_t seen, int64_t *time, struct failure *failure)
{
    struct buffer text = {0};
    struct leaf leaf;
    *time = INT64_MAX;
    if (seen >= log_size(session->log))
        return VAULT_OK;
    int result = log_read(session->log, seen, &text, failure);
    if (result == VAULT_OK && leaf_read(buffer_bytes(&text), &leaf) != NULL)
        result = failure_set(failure, VAULT_EDAMAGED, "event %llu cannot be read", (unsigned long long)seen);
    if (result == VAULT_OK)
        *time = leaf.time;
    buffer_free(&text);
    return result;
}

static int within(struct session *session, uint64_t more, bool *fits, struct failure *failure)
{
    const struct max_lag *limit = &session->max_lag;
    uint64_t seen = witnesses_size(session->witnesses);
    uint64_t size = log_size(session->log) + more;
    int64_t oldest = INT64_MAX;
    int result = VAULT_OK;
    *fits = limit->events == INT64_MAX || seen >= size || size - seen <= (uint64_t)limit->events;
    if (*fits && limit->minutes != INT64_MAX) {
        result = oldest_unseen(session, seen, &oldest, failure);
        *fits = oldest == INT64_MAX || instant_now() - oldest <= limit->minutes * 60000;
    }
    return result;
}

int witnessed_allows(struct session *session, uint64_t more, struct failure *failure)
{
    struct failure why = {0};
    bool fits = true;
    if (session->witnesses == NULL)
        return VAULT_OK;
    int result = witnesses_contradiction(session->witnesses, failure);
    if (result == VAULT_OK)
        result = within(session, more, &fits, failure);
    if (result != VAULT_OK || fits)
        return result;
    int sent = send(session, &why);
    result = sent == VAULT_EROLLBACK ? sent : within(session, more, &fits, failure);
    if (result == VAULT_OK && fits)
        return VAULT_OK;
    if (result == VAULT_OK)
        result = VAULT_ELOG;
    failure_remedy(failure, "%s",
        why.remedy[0] != '\0' ? why.remedy
                              : "see that the witnesses can be reached; 'witness list' shows them");
    return failure_set(failure, result,
        "nothing was disclosed: %llu events have no quorum of cosignatures%s%s",
        (unsigned long long)(log_size(session->log) - witnesses_size(session->witnesses)),
        why.text[0] == '\0' ? "" : ": ", why.text);
}

/* --- What outsiders are given --- */

int witnessed_checkpoint(
    struct session *session, struct buffer *note, uint64_t *size, struct failure *failure)
{
    struct checkpoint checkpoint;
    struct note read;
    size_t before = note->size;
    if (session->witnesses != NULL)
        return witnesses_checkpoint(session->witnesses, note, size, failure);
    int result = log_checkpoint(session->log, note, failure);
    if (result == VAULT_OK &&
        (note_parse(bytes_of(note->data + before, note->size - before), &read) != VAULT_OK ||
            checkpoint_parse(read.text, &checkpoint) != VAULT_OK))
        result = VAULT_EINTERNAL;
    if (result == VAULT_OK)
        *size = checkpoint.size;
    return result;
}

/* The logs of witnesses that release keys are to be believed as well. */
static int release_logs(struct session *session, struct note_key *logs, size_t *count, struct failure *failure)
{
    struct recipients recipients;
    int result = recipients_read(session->store, &recipients, failure);
    for (size_t i = 0; result == VAULT_OK && i < recipients.count; i++) {
        if (!recipients.list[i].sheet &&
            note_key_parse(bytes_of_text(recipients.list[i].vkey), &logs[(*count)++]) != VAULT_OK)
            result = VAULT_EDAMAGED;
    }
    return result;
}

int witnessed_policy(struct session *session, struct buffer *text, struct failure *failure)
{
    struct gathered gathered = {.count = 0};
    struct trust_witness list[WITNESSES_MAX];
    struct note_key logs[1 + WITNESSED_RECIPIENTS_MAX];
    size_t log_count = 1;
    size_t quorum = 0;
    int result = witnessed_each(session, gather, &gathered, failure);
    if (result == VAULT_OK)
        result = witnessed_quorum(session, gathered.count, &quorum, failure);
    if (result == VAULT_OK)
        result = note_key_make(session->origin, NOTE_ED25519, sign_key_public(session->keys.sign), &logs[0]);
    if (result == VAULT_OK)
        result = release_logs(session, logs, &log_count, failure);
    for (size_t i = 0; i < gathered.count; i++)
        list[i] = (struct trust_witness){.name = bytes_of_text(gathered.list[i].key.name),
            .url = bytes_of_text(gathered.list[i].url),
            .key = gathered.list[i].key};
    if (result == VAULT_OK)
        result = trust_format(logs, log_count, list, gathered.count, quorum, text);
    gathered_free(&gathered);
    return result == VAULT_OK ? result : failure_set(failure, result, "the policy cannot be written");
}
