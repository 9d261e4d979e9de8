#include "vault/access/common.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/attempts.h"
#include "vault/access/common_private.h"
#include "vault/access/counted_private.h"
#include "vault/access/decide.h"
#include "vault/access/endings.h"
#include "vault/access/freeze.h"
#include "vault/access/layout.h"
#include "vault/access/settle_private.h"
#include "vault/access/watch_private.h"
#include "vault/access/witnessed.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/log/remember.h"

struct session_common {
    struct counted *counted;
    struct watched *watched;
    struct fresh *fresh;
    atomic_uint alerts; /* events about them */
    pthread_mutex_t lock; /* guards all that follows; the log itself needs none */
    char *directory;
    char *known;
    struct secret *store_key; /* NULL: sealed */
    struct secret *seeds;     /* the key of the tickets' seeds; immutable */
    struct ulid vault;
    struct vault_keys keys;
    char origin[96];
    struct log_keys log_keys;
    struct log *log;
    struct store *store; /* a connection of its own, to see what changes */
    bool checked;        /* a session found the log to be what this machine remembers */
    uint64_t settled;    /* the log holds no open intent below, */
    int64_t settled_by;  /* in a store that has this change */
};

int session_common_new(
    const char *directory, const char *known, struct session_common **commonp, struct failure *failure)
{
    *commonp = NULL;
    struct session_common *common = calloc(1, sizeof *common);
    if (common == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    (void)pthread_mutex_init(&common->lock, NULL);
    common->directory = strdup(directory);
    common->known = known == NULL ? NULL : strdup(known);
    common->counted = counted_new();
    common->watched = watched_new();
    common->fresh = fresh_new();
    common->seeds = secret_random(KEY_SIZE);
    if (common->directory == NULL || common->counted == NULL || common->watched == NULL ||
        common->seeds == NULL || (known != NULL && common->known == NULL)) {
        session_common_free(common);
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    }
    *commonp = common;
    return VAULT_OK;
}

void session_common_free(struct session_common *common)
{
    if (common == NULL)
        return;
    if (common->checked && common->known != NULL)
        (void)!remember_update(common->log, common->known, NULL); /* the next opening remembers it instead */
    log_free(common->log);
    store_free(common->store);
    counted_free(common->counted);
    watched_free(common->watched);
    fresh_free(common->fresh);
    vault_keys_free(&common->keys);
    secret_free(common->store_key);
    secret_free(common->seeds);
    free(common->known);
    free(common->directory);
    (void)pthread_mutex_destroy(&common->lock);
    free(common);
}

bool session_common_opened(struct session_common *common)
{
    (void)pthread_mutex_lock(&common->lock);
    bool opened = common->log != NULL;
    (void)pthread_mutex_unlock(&common->lock);
    return opened;
}

/* --- The first session opens it for all --- */

static void close_again(struct session_common *common)
{
    log_free(common->log);
    store_free(common->store);
    vault_keys_free(&common->keys);
    secret_free(common->store_key);
    common->log = NULL;
    common->store = NULL;
    common->store_key = NULL;
}

static int open_all(struct session_common *common, const struct session *session, struct failure *failure)
{
    char *path = file_path(common->directory, LAYOUT_STORE);
    common->store_key = secret_copy(secret_bytes(session->store_key));
    int result = path == NULL || common->store_key == NULL
                     ? VAULT_ENOMEM
                     : vault_keys_open(common->store_key, &common->keys);
    common->vault = session->vault;
    text_copy(common->origin, sizeof common->origin, session->origin);
    common->log_keys = (struct log_keys){.seal_key = common->keys.log_seal,
        .vault_key = common->keys.sign,
        .origin = common->origin,
        .vault = common->vault};
    if (result == VAULT_OK)
        result = store_open(path, common->store_key, &common->store, failure);
    if (result == VAULT_OK)
        store_cache(common->store, 1);
    if (result == VAULT_OK)
        result = log_open(common->directory, &common->log_keys, &common->log, failure);
    free(path);
    if (result != VAULT_OK)
        close_again(common);
    else
        freeze_prepare(common->directory);
    return result;
}

struct log *session_common_log(struct session_common *common)
{
    (void)pthread_mutex_lock(&common->lock);
    struct log *log = common->log;
    (void)pthread_mutex_unlock(&common->lock);
    return log;
}

int common_log(struct session_common *common, const struct session *session, struct log **log, bool *checked,
    struct failure *failure)
{
    (void)pthread_mutex_lock(&common->lock);
    int result = common->log == NULL ? open_all(common, session, failure) : VAULT_OK;
    *log = common->log;
    *checked = common->checked;
    (void)pthread_mutex_unlock(&common->lock);
    return result;
}

uint64_t common_settled(struct session_common *common, int64_t last_change)
{
    (void)pthread_mutex_lock(&common->lock);
    uint64_t settled = last_change >= common->settled_by ? common->settled : 0;
    (void)pthread_mutex_unlock(&common->lock);
    return settled;
}

void common_settle(struct session_common *common, int64_t last_change, uint64_t size)
{
    (void)pthread_mutex_lock(&common->lock);
    if (size > common->settled) {
        common->settled = size;
        common->settled_by = last_change > common->settled_by ? last_change : common->settled_by;
    }
    (void)pthread_mutex_unlock(&common->lock);
}

struct counted *common_counted(struct session_common *common)
{
    return common->counted;
}

void common_heard(struct session_common *common, struct bytes event)
{
    static const char noun[] = "alert.";
    if (event.size >= sizeof noun && memcmp(event.data, noun, sizeof noun - 1) == 0)
        (void)atomic_fetch_add(&common->alerts, 1);
}

void common_logged(
    struct session_common *common, uint64_t index, int64_t time, const char *event, const json_t *members)
{
    fresh_note(common->fresh, index, time, event, members);
    common_heard(common, bytes_of_text(event));
}

unsigned common_alerts(struct session_common *common)
{
    return atomic_load(&common->alerts);
}

struct fresh *common_fresh(struct session_common *common)
{
    return common->fresh;
}

struct watched *common_watched(struct session_common *common)
{
    return common->watched;
}

void common_checked(struct session_common *common)
{
    (void)pthread_mutex_lock(&common->lock);
    common->checked = true;
    (void)pthread_mutex_unlock(&common->lock);
}

int common_keys(struct session_common *common, struct secret **store_key, struct ulid *vault)
{
    (void)pthread_mutex_lock(&common->lock);
    bool opened = common->log != NULL;
    *store_key = opened ? secret_copy(secret_bytes(common->store_key)) : NULL;
    *vault = common->vault;
    (void)pthread_mutex_unlock(&common->lock);
    if (!opened)
        return VAULT_EINTERNAL;
    return *store_key == NULL ? VAULT_ENOMEM : VAULT_OK;
}

/* --- What changed --- */

static int read_last(struct store *store, int64_t *last, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *last = -1;
    int result = store_query(store, QUERY_CHANGE_LAST, &statement, failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row) {
        *last = column_number(statement, 0);
        statement_reset(statement);
    }
    return result;
}

int session_last_change(struct session *session, int64_t *last, struct failure *failure)
{
    return read_last(session->store, last, failure);
}

int session_common_changes(struct session_common *common, int64_t *last, struct failure *failure)
{
    *last = -1;
    (void)pthread_mutex_lock(&common->lock);
    int result = common->store == NULL ? VAULT_OK : read_last(common->store, last, failure);
    (void)pthread_mutex_unlock(&common->lock);
    return result;
}

static int read_roles(struct store *store, const char *user, struct buffer *roles, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int64_t now = instant_now();
    int result = store_query(store, QUERY_GRANTS_OF, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t until = column_number(statement, 1);
        if (until == 0 || until > now)
            buffer_put_format(roles, "%s\n", column_text(statement, 0));
    }
    return result == VAULT_OK ? buffer_error(roles) : result;
}

static int read_standing(
    struct store *store, const char *user, bool *active, struct buffer *roles, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(store, QUERY_USER_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row) {
        *active = column_number(statement, 2) == 0;
        statement_reset(statement);
    }
    return result == VAULT_OK ? read_roles(store, user, roles, failure) : result;
}

int common_enter(
    struct session_common *common, struct store **store, struct log **log, struct failure *failure)
{
    (void)pthread_mutex_lock(&common->lock);
    *store = common->store;
    if (log != NULL)
        *log = common->log;
    return common->store == NULL || common->log == NULL
               ? failure_set(failure, VAULT_EINTERNAL, "the vault is still sealed")
               : VAULT_OK;
}

void session_common_note(struct session_common *common, const char *user, const char *host, const char *why)
{
    (void)pthread_mutex_lock(&common->lock);
    if (common->log != NULL)
        attempts_note(common->directory, box_key_public(common->keys.attempts), user, host, why);
    (void)pthread_mutex_unlock(&common->lock);
}

const char *common_origin(const struct session_common *common)
{
    return common->origin;
}

const struct sign_key *common_signer(const struct session_common *common)
{
    return common->keys.sign;
}

void common_leave(struct session_common *common)
{
    (void)pthread_mutex_unlock(&common->lock);
}

int session_common_standing(struct session_common *common, const char *user, bool *active,
    struct buffer *roles, struct failure *failure)
{
    *active = false;
    (void)pthread_mutex_lock(&common->lock);
    int result = common->store == NULL ? failure_set(failure, VAULT_EINTERNAL, "the vault is still sealed")
                                       : read_standing(common->store, user, active, roles, failure);
    (void)pthread_mutex_unlock(&common->lock);
    return result;
}

/* --- A session that goes on --- */

static void ticket_place(const struct session_ticket *ticket, const struct ulid *vault, struct place *place)
{
    place_start(place, "ticket", vault);
    place_add_text(place, ticket->user);
    place_add_text(place, ticket->id);
}

int common_seed(struct session_common *common, const struct session_ticket *ticket, struct secret **seed)
{
    struct place place;
    ticket_place(ticket, &common->vault, &place);
    return seal_open_secret(common->seeds, place_bytes(&place), buffer_bytes(&ticket->sealed), seed);
}

int session_ticket_new(const struct session *session, struct session_ticket **ticketp)
{
    struct place place;
    struct session_ticket *ticket = calloc(1, sizeof *ticket);
    *ticketp = NULL;
    if (ticket == NULL)
        return VAULT_ENOMEM;
    ticket->second_factor = session->second_factor;
    text_copy(ticket->user, sizeof ticket->user, session->user);
    text_copy(ticket->host, sizeof ticket->host, session->host);
    text_copy(ticket->id, sizeof ticket->id, session->id);
    ticket_place(ticket, &session->vault, &place);
    int result =
        seal(session->common->seeds, place_bytes(&place), secret_bytes(session->seed), &ticket->sealed);
    if (result != VAULT_OK) {
        session_ticket_free(ticket);
        return result;
    }
    *ticketp = ticket;
    return VAULT_OK;
}

void session_ticket_free(struct session_ticket *ticket)
{
    if (ticket == NULL)
        return;
    buffer_free(&ticket->sealed);
    free(ticket);
}

const char *session_ticket_id(const struct session_ticket *ticket)
{
    return ticket->id;
}

int session_refresh(struct session *session, struct failure *failure)
{
    int64_t last = -1;
    int result = session_last_change(session, &last, failure);
    if (result != VAULT_OK || (last == session->changes_seen && !session->undone))
        return result;
    access_forget(session);
    result = session_open_keys(session, failure);
    session->undone = session->undone && result != VAULT_OK;
    if (result == VAULT_OK)
        result = session_check_user(session, failure);
    if (result == VAULT_OK)
        result = witnessed_open(session, failure);
    if (result == VAULT_OK)
        result = settle_keys(session, failure);
    if (result == VAULT_OK)
        result =
            session_last_change(session, &session->changes_seen, failure); /* keys may have been settled */
    return result;
}
