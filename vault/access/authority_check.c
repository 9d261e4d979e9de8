/* What the log's signed events say of people, roles and keys, against what the store says. */
#include "vault/access/authority_check.h"

#include <string.h>

#include "vault/access/authority.h"
#include "vault/access/change.h"
#include "vault/access/replay.h"
#include "vault/access/session_private.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"

/* --- All of it, by replay --- */

/* An entry says its own number and is signed with it, so that an old one does not count again at another place. */
static int check_signature(struct session *session, uint64_t index, const struct leaf *leaf, struct bytes key)
{
    struct buffer message = {0};
    struct buffer signature = {0};
    if (leaf->seq != index)
        return VAULT_EFORGED;
    leaf_signed_message(leaf, session->origin, &message);
    int result = base64_decode(leaf->sig, &signature) == VAULT_OK ? VAULT_OK : VAULT_EFORGED;
    if (result == VAULT_OK && (result = buffer_error(&message)) == VAULT_OK &&
        sign_verify(key, buffer_bytes(&message), buffer_bytes(&signature)) != VAULT_OK)
        result = VAULT_EFORGED;
    buffer_free(&message);
    buffer_free(&signature);
    return result;
}

/* What does not hold is left out; if the store has it nevertheless, the comparison says so. */
static int feed(struct session *session, uint64_t index, struct bytes text)
{
    struct leaf leaf;
    struct bytes event;
    json_t *value = NULL;
    if (!canonical_find(text, "event", &event) || !replay_wants(session->replay, canonical_string(event)) ||
        leaf_read(text, &leaf) != NULL)
        return VAULT_OK;
    const uint8_t *key = replay_public_key(session->replay, leaf.actor_id);
    struct bytes signer = leaf_is_system(&leaf) ? sign_key_public(session->keys.sign)
                                                : bytes_of(key, key == NULL ? 0 : SIGN_PUBLIC_SIZE);
    int result = signer.size == 0 ? VAULT_EFORGED : check_signature(session, index, &leaf, signer);
    if (result == VAULT_OK)
        result = json_read(text, &value, NULL);
    if (result == VAULT_OK && replay_moves(session->replay, value))
        replayed_add(&session->replayed, index, text);
    if (result == VAULT_OK)
        result = replay_feed(session->replay, index, value, NULL);
    json_decref(value);
    return result == VAULT_EFORGED || result == VAULT_EDAMAGED ? VAULT_OK : result;
}

/* An entry whose signature was checked when its hash came onto the list. */
static int feed_again(struct session *session, size_t at, struct failure *failure)
{
    struct buffer text = {0};
    json_t *value = NULL;
    struct replayed_entry entry = replayed_at(&session->replayed, at);
    int result = log_read(session->log, entry.index, &text, failure);
    if (result == VAULT_OK && !replayed_is(&session->replayed, &entry, buffer_bytes(&text))) {
        failure_remedy(failure, "have 'log verify' run; no key was handed on");
        result = failure_set(failure, VAULT_EFORGED,
            "event %llu of the log is no longer what it was when this machine replayed it", (unsigned long long)entry.index);
    }
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &value, failure);
    if (result == VAULT_OK) {
        result = replay_feed(session->replay, entry.index, value, NULL);
        result = result == VAULT_EDAMAGED ? VAULT_OK : result;
    }
    json_decref(value);
    buffer_free(&text);
    return result;
}

/* What this person replayed before on this machine, or nothing. */
static int replay_begin(struct session *session, struct failure *failure)
{
    int result = replay_new(&session->replay, failure);
    if (result == VAULT_OK)
        result = replayed_load(session, &session->replayed);
    for (size_t i = 0; result == VAULT_OK && i < replayed_count(&session->replayed); i++)
        result = feed_again(session, i, failure);
    session->replayed_kept = session->replayed.size;
    if (result != VAULT_OK) {
        replay_free(session->replay);
        replayed_free(&session->replayed);
        session->replay = NULL;
    }
    return result;
}

static int replay_all(struct session *session, struct failure *failure)
{
    struct buffer text = {0};
    int result = log_refresh(session->log, failure);
    if (result == VAULT_OK && session->replay == NULL)
        result = replay_begin(session, failure);
    while (result == VAULT_OK && session->replayed.size < log_size(session->log)) {
        buffer_reset(&text);
        result = log_read(session->log, session->replayed.size, &text, failure);
        if (result == VAULT_OK)
            result = feed(session, session->replayed.size, buffer_bytes(&text));
        session->replayed.size += result == VAULT_OK;
    }
    buffer_free(&text);
    return result;
}

static int take_difference(void *context, const char *what)
{
    failure_remedy(context, "have 'log verify' run, and find out who changed the database; no key was handed on");
    return failure_set(context, VAULT_EFORGED, "%s", what);
}

int authority_check(struct session *session, struct failure *failure)
{
    struct failure own = {0};
    struct failure *told = failure == NULL ? &own : failure;
    int result = replay_all(session, told);
    if (result == VAULT_OK)
        result = store_begin_read(session->store, told);
    if (result == VAULT_OK) {
        result = authority_compare(replay_store(session->replay), session->store, take_difference, told, told);
        store_end_read(session->store);
    }
    if (result == VAULT_OK && session->replayed.size - session->replayed_kept >= REPLAYED_STEP) {
        replayed_save(session, &session->replayed);
        session->replayed_kept = session->replayed.size;
    }
    return result;
}

/* --- One event and what it rests on --- */

static int unsigned_event(struct failure *failure, uint64_t index, const char *event)
{
    failure_remedy(failure, "have 'log verify' run, and find out who changed the database; no key was handed on");
    return failure_set(failure, VAULT_EFORGED, "the store's event %llu is no signed %s of the log",
        (unsigned long long)index, event);
}

static bool same_key(const json_t *object, const char *name, struct bytes key)
{
    struct buffer said = {0};
    const char *text = json_text(object, name);
    bool same =
        text != NULL && base64_decode(bytes_of_text(text), &said) == VAULT_OK && bytes_equal(buffer_bytes(&said), key);
    buffer_free(&said);
    return same;
}

static bool says(const json_t *leaf, const char *name, const char *member, const char *value)
{
    const char *event = json_text(leaf, "event");
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    const char *said = json_text(json_object_get(leaf, "change"), member);
    return event != NULL && effect != NULL && said != NULL && strcmp(event, name) == 0 && strcmp(effect, "permit") == 0 &&
        strcmp(said, value) == 0;
}

static int read_user(struct session *session, const char *user, struct buffer *sign, uint64_t *seq, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session->store, QUERY_USER_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row) {
        buffer_put(sign, column_bytes(statement, 0));
        *seq = (uint64_t)column_number(statement, 3);
        statement_reset(statement);
    }
    return result == VAULT_OK ? buffer_error(sign) : result;
}

static int64_t birth_events(struct session *session)
{
    struct buffer text = {0};
    json_t *leaf = NULL;
    int64_t events = 0;
    if (log_read(session->log, 0, &text, NULL) == VAULT_OK && json_read(buffer_bytes(&text), &leaf, NULL) == VAULT_OK)
        events = json_number(json_object_get(leaf, "change"), "events", 0);
    json_decref(leaf);
    buffer_free(&text);
    return events;
}

static int read_event(struct session *session, uint64_t index, const char *event, const char *member, const char *value,
    json_t **leafp, struct failure *failure);

/* The actor's key is what an earlier event of his own says it is; the vault's counts at its birth alone. */
static int check_actor(struct session *session, uint64_t index, const struct leaf *leaf, const char *actor, struct failure *failure)
{
    struct buffer key = {0};
    json_t *added = NULL;
    uint64_t seq = UINT64_MAX;
    if (leaf_is_system(leaf))
        return (int64_t)index < birth_events(session)
            ? check_signature(session, index, leaf, sign_key_public(session->keys.sign))
            : VAULT_EFORGED;
    int result = read_user(session, actor, &key, &seq, failure);
    if (result == VAULT_OK)
        result = seq < index ? read_event(session, seq, "user.add", "user", actor, &added, failure) : VAULT_EFORGED;
    if (result == VAULT_OK)
        result = same_key(json_object_get(added, "change"), "sign", buffer_bytes(&key))
            ? check_signature(session, index, leaf, buffer_bytes(&key))
            : VAULT_EFORGED;
    json_decref(added);
    buffer_free(&key);
    return result;
}

/* An event of this name whose change says @p value; each step goes to an earlier event, so it ends. */
static int read_event(struct session *session, uint64_t index, const char *event, const char *member, const char *value,
    json_t **leafp, struct failure *failure)
{
    struct buffer text = {0};
    struct leaf leaf;
    json_t *read = NULL;
    *leafp = NULL;
    int result = log_read(session->log, index, &text, failure);
    if (result == VAULT_OK)
        result = leaf_read(buffer_bytes(&text), &leaf) == NULL ? json_read(buffer_bytes(&text), &read, NULL) : VAULT_EFORGED;
    const char *actor = json_text(json_object_get(read, "actor"), "id");
    if (result == VAULT_OK && (actor == NULL || !says(read, event, member, value)))
        result = VAULT_EFORGED;
    if (result == VAULT_OK)
        result = check_actor(session, index, &leaf, actor, failure);
    if (result == VAULT_OK)
        *leafp = json_incref(read);
    else if (result == VAULT_EFORGED || result == VAULT_ENOTFOUND)
        result = unsigned_event(failure, index, event);
    json_decref(read);
    buffer_free(&text);
    return result;
}

struct portfolio_key {
    int64_t epoch;
    uint64_t seq;
    struct buffer public_key;
};

static int read_portfolio_key(struct session *session, const char *portfolio, enum compartment compartment,
    struct portfolio_key *key, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session->store, QUERY_PORTFOLIO_KEY_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, compartment);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && !row)
        return failure_set(failure, VAULT_ENOTFOUND, "there is no portfolio '%s'", portfolio);
    if (result == VAULT_OK) {
        key->epoch = column_number(statement, 0);
        buffer_reset(&key->public_key);
        buffer_put(&key->public_key, column_bytes(statement, 1));
        key->seq = (uint64_t)column_number(statement, 2);
        statement_reset(statement);
    }
    return result == VAULT_OK ? buffer_error(&key->public_key) : result;
}

int authority_check_portfolio(struct session *session, const char *portfolio, struct failure *failure)
{
    struct portfolio_key key = {0};
    int result = log_refresh(session->log, failure);
    for (int i = COMPARTMENT_DIRECTORY + 1; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        json_t *leaf = NULL;
        result = read_portfolio_key(session, portfolio, (enum compartment)i, &key, failure);
        if (result == VAULT_OK)
            result = read_event(session, key.seq, "portfolio.epoch", "portfolio", portfolio, &leaf, failure);
        const json_t *change = json_object_get(leaf, "change");
        if (result == VAULT_OK &&
            (json_number(change, "epoch", 0) != key.epoch ||
                !same_key(json_object_get(change, "keys"), compartment_name((enum compartment)i),
                    buffer_bytes(&key.public_key))))
            result = unsigned_event(failure, key.seq, "portfolio.epoch");
        json_decref(leaf);
    }
    buffer_free(&key.public_key);
    return result;
}

/* The floor of authority.c, for one event: the role that its actor is an admin by was granted in an event, too. */
static int check_admin(struct session *session, const json_t *leaf, struct failure *failure)
{
    const char *actor = json_text(json_object_get(leaf, "actor"), "id");
    struct statement *statement;
    bool row = false;
    int result = store_query(session->store, QUERY_GRANTS_OF_BASE, &statement, failure);
    if (result != VAULT_OK || actor == NULL)
        return result == VAULT_OK ? VAULT_EFORGED : result;
    bind_text(statement, 1, actor);
    bind_text(statement, 2, "admin");
    result = statement_step(statement, &row, failure);
    bool admin = result == VAULT_OK && row && column_number(statement, 0) > 0;
    statement_reset(statement);
    /* Who was one then and is none now: only the replay tells. */
    return result != VAULT_OK ? result : admin ? VAULT_OK : authority_check(session, failure);
}

int authority_check_recipients(struct session *session, const struct recipients *recipients, struct failure *failure)
{
    int result = log_refresh(session->log, failure);
    for (size_t i = 0; i < recipients->count && result == VAULT_OK; i++) {
        const struct recipient *recipient = &recipients->list[i];
        json_t *leaf = NULL;
        result = read_event(session, recipient->seq, "recipient.add", "name", recipient->name, &leaf, failure);
        if (result == VAULT_OK && !same_key(json_object_get(leaf, "change"), "public",
                                      bytes_of(recipient->public_key, BOX_PUBLIC_SIZE)))
            result = unsigned_event(failure, recipient->seq, "recipient.add");
        if (result == VAULT_OK)
            result = check_admin(session, leaf, failure);
        json_decref(leaf);
    }
    return result;
}

static int check_first_key(
    struct session *session, const char *role, uint64_t seq, struct bytes public_key, struct failure *failure)
{
    json_t *leaf = NULL;
    int result = log_refresh(session->log, failure);
    if (result == VAULT_OK)
        result = read_event(session, seq, "role.add", "role", role, &leaf, failure);
    if (result == VAULT_OK && !same_key(json_object_get(leaf, "change"), "public", public_key))
        result = unsigned_event(failure, seq, "role.add");
    /* The vault's own word counts at its birth alone, as read_event() has seen to. */
    const char *actor = json_text(json_object_get(leaf, "actor"), "type");
    if (result == VAULT_OK && (actor == NULL || strcmp(actor, "system") != 0))
        result = check_admin(session, leaf, failure);
    json_decref(leaf);
    return result;
}

int authority_check_role(struct session *session, const char *role, struct failure *failure)
{
    struct statement *statement;
    struct buffer public_key = {0};
    bool row = false;
    int64_t epoch = 0;
    uint64_t seq = 0;
    int result = store_query(session->store, QUERY_ROLE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row) {
        epoch = column_number(statement, 2);
        buffer_put(&public_key, column_bytes(statement, 3));
        seq = (uint64_t)column_number(statement, 4);
    }
    statement_reset(statement);
    if (result == VAULT_OK && !row)
        result = failure_set(failure, VAULT_ENOTFOUND, "there is no role '%s'", role);
    if (result == VAULT_OK)
        result = buffer_error(&public_key);
    if (result == VAULT_OK && epoch == 1) {
        result = check_first_key(session, role, seq, buffer_bytes(&public_key), failure);
    } else if (result == VAULT_OK && (result = change_hold(session, failure)) == VAULT_OK) {
        result = authority_check(session, failure);
        change_release(session);
    }
    buffer_free(&public_key);
    return result;
}

int authority_recovery(struct session *session, uint8_t *public_key, struct failure *failure)
{
    struct buffer text = {0};
    struct buffer said = {0};
    json_t *leaf = NULL;
    int result = log_read(session->log, 0, &text, failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, failure);
    const char *recovery = json_text(json_object_get(leaf, "change"), "recovery");
    if (result == VAULT_OK &&
        (recovery == NULL || base64_decode(bytes_of_text(recovery), &said) != VAULT_OK || said.size != BOX_PUBLIC_SIZE))
        result = failure_set(failure, VAULT_EDAMAGED, "the vault's birth names no recovery key");
    if (result == VAULT_OK)
        memcpy(public_key, said.data, BOX_PUBLIC_SIZE);
    json_decref(leaf);
    buffer_free(&text);
    buffer_free(&said);
    return result;
}
