#include "vault/base/text.h"
#include "vault/access/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "vault/access/attempts.h"
#include "vault/access/change.h"
#include "vault/access/clients.h"
#include "vault/access/common_private.h"
#include "vault/access/counted_private.h"
#include "vault/access/layout.h"
#include "vault/access/recall_private.h"
#include "vault/access/release_private.h"
#include "vault/access/replay.h"
#include "vault/access/session_parts.h"
#include "vault/access/session_private.h"
#include "vault/access/settle_private.h"
#include "vault/access/watch_private.h"
#include "vault/access/witnessed.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/base/memory.h"
#include "vault/keys/slots.h"
#include "vault/log/remember.h"

#define ROOM_TO_OPEN 65536u /* what the database's shared index takes */

/* --- Opening, one step a function --- */

static int set_names(struct session *session, const struct session_options *options)
{
    struct ulid id = ulid_new();
    ulid_format(&id, session->id);
    if (!name_valid(options->user))
        (void)strcpy(session->user, "?");
    else
        (void)strcpy(session->user, options->user);
    if (options->host != NULL)
        text_copy(session->host, sizeof session->host, options->host);
    else
        (void)gethostname(session->host, sizeof session->host - 1);
    if (options->ticket != NULL) {
        session->second_factor = options->ticket->second_factor;
        text_copy(session->id, sizeof session->id, options->ticket->id);
        text_copy(session->user, sizeof session->user, options->ticket->user);
        text_copy(session->host, sizeof session->host, options->ticket->host);
    }
    session->common = options->common;
    session->directory = strdup(options->directory);
    session->known = options->known == NULL ? NULL : strdup(options->known);
    return session->directory == NULL || (options->known != NULL && session->known == NULL) ? VAULT_ENOMEM : VAULT_OK;
}

/* A session that goes on has its seed already. */
static int open_ticket(struct session *session, const struct session_options *options)
{
    int result = common_keys(options->common, &session->store_key, &session->vault);
    if (result == VAULT_OK)
        result = common_seed(options->common, options->ticket, &session->seed);
    return result == VAULT_OK ? identity_open(session->seed, &session->identity) : result;
}

static int open_slot(struct session *session, const struct session_options *options, struct failure *failure)
{
    if (options->ticket != NULL)
        return open_ticket(session, options);
    struct slots *slots = NULL;
    char *path = file_path(session->directory, LAYOUT_SLOTS);
    int result = path == NULL ? VAULT_ENOMEM : slots_load(path, &slots, failure);
    if (result == VAULT_ENOTFOUND) {
        failure_clear(failure);
        failure_remedy(failure, "name the vault with --vault or STRONGROOM_VAULT, or make one with 'strongroom init'");
        (void)failure_set(failure, result, "%s: there is no vault here", session->directory);
    }
    if (result == VAULT_OK) {
        uint64_t before = instant_monotonic();
        session->vault = *slots_vault(slots);
        result = slots_open(slots, options->user == NULL ? "" : options->user, options->passphrase, &session->seed,
            &session->store_key);
        session->times.key_derivation = instant_monotonic() - before;
        if (result == VAULT_EPASSPHRASE) {
            attempts_note(session->directory, slots_attempts_public(slots), options->user, session->host,
                ATTEMPT_PASSPHRASE);
            (void)failure_set(failure, result, "user '%s': unknown, or the passphrase is wrong", session->user);
            failure_remedy(failure, "check the name and the passphrase; an admin sees the users with 'user list'");
        } else if (result == VAULT_ENOMEM) {
            failure_remedy(failure, "free some memory; the slot asks for %u MiB",
                slots_cost(slots, session->user).memory / 1024);
            (void)failure_set(failure, result, "not enough memory to derive the key from the passphrase");
        }
    }
    if (result == VAULT_OK)
        result = identity_open(session->seed, &session->identity);
    slots_free(slots);
    free(path);
    return result;
}

/* A database that cannot be opened for want of room: the log could not be written either. */
static int check_room(const char *directory, struct failure *failure)
{
    struct statvfs room;
    if (statvfs(directory, &room) != 0 || (uint64_t)room.f_bavail * room.f_frsize >= ROOM_TO_OPEN)
        return VAULT_EIO;
    unsigned long long left = (unsigned long long)room.f_bavail * room.f_frsize;
    failure_clear(failure);
    failure_remedy(failure, "free some disk space and try again");
    return failure_set(failure, VAULT_ELOG, "%s: the disk is full: %llu more bytes are needed; nothing was disclosed",
        directory, ROOM_TO_OPEN - left);
}

int session_open_keys(struct session *session, struct failure *failure)
{
    records_free(session->records);
    keyring_free(session->keyring);
    session->records = NULL;
    session->keyring = NULL;
    int result = keyring_new(session->store, &session->vault, session->user, session->identity, &session->keyring);
    if (result == VAULT_OK) {
        struct record_keys keys = clients_record_keys(session);
        result = records_new(session->store, &session->vault, &keys, &session->records);
    }
    return result == VAULT_OK ? result : failure_set(failure, result, "%s", vault_error_text(result));
}

/* The log that sessions share is held against what is known until one of them was opened whole, and remembered when
 * the last has gone. */
static int open_log(struct session *session, struct failure *failure)
{
    bool checked = false;
    if (session->common == NULL)
        return log_open(session->directory, &session->log_keys, &session->log, failure);
    int result = common_log(session->common, session, &session->log, &checked, failure);
    if (result == VAULT_OK && checked) {
        free(session->known);
        session->known = NULL;
    }
    return result == VAULT_OK ? log_refresh(session->log, failure) : result;
}

static int note_exercise(struct session *session)
{
    char *path = file_path(session->directory, LAYOUT_EXERCISE);
    session->exercise = path != NULL && file_exists(path);
    free(path);
    if (session->exercise) { /* what this machine remembers is of the log that it was copied from */
        free(session->known);
        session->known = NULL;
    }
    return path == NULL ? VAULT_ENOMEM : VAULT_OK;
}

bool session_exercise(const struct session *session)
{
    return session->exercise;
}

static int open_files(struct session *session, struct failure *failure)
{
    char *path = file_path(session->directory, LAYOUT_STORE);
    int result = path == NULL ? VAULT_ENOMEM : vault_keys_open(session->store_key, &session->keys);
    layout_origin(&session->vault, session->origin);
    if (result == VAULT_OK)
        result = note_exercise(session);
    session->log_keys = (struct log_keys){.seal_key = session->keys.log_seal,
        .vault_key = session->keys.sign,
        .origin = session->origin,
        .vault = session->vault,
        .exercise = session->exercise};
    if (result == VAULT_OK)
        result = store_open(path, session->store_key, &session->store, failure);
    if (result == VAULT_ENOTFOUND)
        result = VAULT_EDAMAGED; /* slots without a database are no vault that was never made */
    if (result == VAULT_EIO)
        result = check_room(session->directory, failure);
    if (result == VAULT_OK)
        result = open_log(session, failure);
    if (result == VAULT_ENOTFOUND)
        result = VAULT_EDAMAGED;
    if (result == VAULT_OK)
        result = session_open_keys(session, failure);
    free(path);
    return result;
}

/* The log must go on from what this machine has seen. */
static int check_remembered(struct session *session, bool accept, struct failure *failure)
{
    if (session->known == NULL)
        return VAULT_OK;
    int result = remember_check(session->log, session->known, failure);
    if (result == VAULT_EROLLBACK && accept) {
        failure_clear(failure);
        session->rolled_back = true;
        return VAULT_OK;
    }
    return result;
}

struct user_row {
    bool found;
    bool disabled;
    bool keys_fit;
};

static int read_user(struct session *session, struct user_row *user, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session->store, QUERY_USER_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, session->user);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row) {
        user->found = true;
        user->keys_fit =
            bytes_equal(column_bytes(statement, 0), sign_key_public(identity_sign(session->identity))) &&
            bytes_equal(column_bytes(statement, 1), box_key_public(identity_box(session->identity)));
        user->disabled = column_number(statement, 2) != 0;
        statement_reset(statement);
    }
    return result;
}

static int refuse(struct session *session, const char *reason, struct failure *failure)
{
    uint64_t first;
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[],s:s},s:[],s:s,s:{s:s}}", "actor", "id", session->user, "type",
        "user", "decision", "effect", "deny", "policies", "reason", reason, "resources", "session", session->id, "src",
        "host", session->host);
    struct log_event event = {
        .name = "session.refuse", .members = members, .signer = identity_sign(session->identity)};
    int result = members == NULL ? VAULT_ENOMEM : log_append(session->log, &event, 1, &first, failure);
    json_decref(members);
    if (result != VAULT_OK)
        return result;
    failure_remedy(failure, "ask an admin");
    return failure_set(failure, VAULT_EDENIED, "user '%s' is %s", session->user, reason);
}

int session_check_user(struct session *session, struct failure *failure)
{
    struct user_row user = {0};
    int result = read_user(session, &user, failure);
    if (result != VAULT_OK)
        return result;
    if (!user.found)
        return failure_set(failure, VAULT_EDENIED, "user '%s' has a key slot, but the log knows no such user", session->user);
    if (!user.keys_fit)
        return failure_set(failure, VAULT_EFORGED, "the keys of user '%s' in the store are not those of the slot", session->user);
    return user.disabled ? refuse(session, "disabled", failure) : VAULT_OK;
}

/* Said in the log by whom, before the machine forgets what it has seen. */
static int accept_rollback(struct session *session, struct failure *failure)
{
    uint64_t size = 0;
    if (!session->rolled_back)
        return VAULT_OK;
    int result = session->known == NULL ? VAULT_OK : remember_size(session->log, session->known, &size, failure);
    if (result == VAULT_OK)
        result = event_append(session, "rollback.accept",
            json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:s,s:{s:s},s:{s:I}}", "actor", "id", session->user, "type",
                "user", "decision", "effect", "permit", "policies", "resources", "session", session->id, "src",
                "host", session->host, "remembered", "size", (json_int_t)size),
            NULL, failure);
    if (result == VAULT_OK && session->known != NULL)
        result = remember_forget(session->origin, session->known, failure);
    return result;
}

int session_open(const struct session_options *options, struct session **sessionp, struct failure *failure)
{
    *sessionp = NULL;
    uint64_t start = instant_monotonic();
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    session->change_lock = -1;
    session->freeze_lock = -1;
    session->recall = recall_new(); /* without memory for it, all is looked up */
    int result = crypto_start();
    if (result == VAULT_OK)
        result = set_names(session, options);
    if (result == VAULT_OK)
        result = open_slot(session, options, failure);
    if (result == VAULT_OK)
        result = open_files(session, failure);
    if (result == VAULT_OK)
        result = check_remembered(session, options->accept_rollback, failure);
    if (result == VAULT_OK)
        result = witnessed_open(session, failure);
    if (result == VAULT_OK)
        result = witnessed_check(session, options->accept_rollback, failure);
    if (result == VAULT_OK)
        result = settle_changes(session, failure);
    if (result == VAULT_OK)
        result = attempts_log(session, failure);
    if (result == VAULT_OK)
        result = session_check_user(session, failure);
    if (result == VAULT_OK)
        result = accept_rollback(session, failure);
    if (result == VAULT_OK)
        result = settle_keys(session, failure);
    if (result == VAULT_OK)
        result = session_last_change(session, &session->changes_seen, failure);
    session->times.opening = instant_monotonic() - start - session->times.key_derivation;
    result = memory_excuses(result, failure);
    if (result != VAULT_OK) {
        (void)failure_set(failure, result, "%s: %s", options->directory, vault_error_text(result));
        session_free(session);
        return result;
    }
    if (session->common != NULL)
        common_checked(session->common);
    *sessionp = session;
    return VAULT_OK;
}

int session_finish(struct session *session, struct failure *failure)
{
    struct failure silent = {0};
    bool finished = session->finished;
    session->finished = true;
    if (session->witnesses == NULL || session->log == NULL || finished || session->witnesses_silent)
        return VAULT_OK;
    if (witnesses_size(session->witnesses) >= log_size(session->log))
        return witnesses_contradiction(session->witnesses, failure);
    int result = witnessed_send(session, &silent);
    if (result == VAULT_EROLLBACK) {
        failure_remedy(failure, "%s", silent.remedy);
        return failure_set(failure, result, "%s", silent.text);
    }
    return VAULT_OK;
}

const struct failure *session_warning(const struct session *session)
{
    return &session->warning;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    (void)!session_finish(session, NULL); /* the next session will find what this one would have */
    witnesses_free(session->witnesses);
    if (session->log != NULL && session->known != NULL && session->common == NULL)
        (void)!remember_update(session->log, session->known, NULL); /* the next opening remembers it instead */
    release_links_close(session);
    box_key_free(session->breakglass);
    decider_free(&session->decider);
    recall_free(session->recall);
    counted_free(session->counted);
    watched_free(session->watched);
    records_free(session->records);
    replay_free(session->replay);
    replayed_free(&session->replayed);
    keyring_free(session->keyring);
    if (session->common == NULL)
        log_free(session->log);
    store_free(session->store);
    identity_free(session->identity);
    vault_keys_free(&session->keys);
    secret_free(session->seed);
    secret_free(session->store_key);
    if (session->change_lock >= 0)
        (void)close(session->change_lock);
    if (session->freeze_lock >= 0)
        (void)close(session->freeze_lock);
    free(session->known);
    free(session->directory);
    free(session);
}

/* --- Parts --- */

const char *session_user(const struct session *session)
{
    return session->user;
}

void session_times(const struct session *session, struct session_times *times)
{
    *times = session->times;
}

struct store *session_store(struct session *session)
{
    return session->store;
}

struct log *session_log(struct session *session)
{
    return session->log;
}

struct keyring *session_keyring(struct session *session)
{
    return session->keyring;
}

struct records *session_records(struct session *session)
{
    return session->records;
}

const struct ulid *session_vault(const struct session *session)
{
    return &session->vault;
}

const struct vault_keys *session_keys(const struct session *session)
{
    return &session->keys;
}

const struct identity *session_identity(const struct session *session)
{
    return session->identity;
}

const struct secret *session_store_key(const struct session *session)
{
    return session->store_key;
}

const struct secret *session_seed(const struct session *session)
{
    return session->seed;
}

const char *session_directory(const struct session *session)
{
    return session->directory;
}

const char *session_origin(const struct session *session)
{
    return session->origin;
}

const char *session_known(const struct session *session)
{
    return session->known;
}
