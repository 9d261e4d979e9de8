/* What is frozen, as sessions read it; and the two people that unfreezing takes. */
#include "vault/access/freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vault/access/clients.h"
#include "vault/access/layout.h"
#include "vault/access/pending.h"
#include "vault/access/session_private.h"
#include "vault/access/settings.h"
#include "vault/base/file.h"

static const char *const kinds[] = {"all", "client", "portfolio", "person"};

const char *freeze_kind_name(enum freeze_kind kind)
{
    return kinds[kind];
}

/* --- What is frozen --- */

int freeze_is(
    struct store *store, enum freeze_kind kind, const char *target, bool *is, struct failure *failure)
{
    struct statement *statement;
    *is = false;
    int result = store_query(store, QUERY_FREEZE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, freeze_kind_name(kind));
    bind_text(statement, 2, target);
    result = statement_step(statement, is, failure);
    statement_reset(statement);
    return result;
}

int freeze_any(struct store *store, bool *any, struct failure *failure)
{
    struct statement *statement;
    *any = false;
    int result = store_query(store, QUERY_FREEZE_LIST, &statement, failure);
    if (result == VAULT_OK)
        result = statement_step(statement, any, failure);
    if (result == VAULT_OK && *any)
        statement_reset(statement);
    return result;
}

int freeze_covers(struct store *store, const char *user, const struct client_facts *client, bool *covers,
    struct failure *failure)
{
    char id[ULID_TEXT_SIZE];
    int result = freeze_is(store, FREEZE_OF_ALL, "", covers, failure);
    if (result == VAULT_OK && !*covers)
        result = freeze_is(store, FREEZE_OF_PERSON, user, covers, failure);
    if (client == NULL || result != VAULT_OK || *covers)
        return result;
    ulid_format(&client->id, id);
    result = freeze_is(store, FREEZE_OF_CLIENT, id, covers, failure);
    if (result == VAULT_OK && !*covers)
        result = freeze_is(store, FREEZE_OF_PORTFOLIO, client->portfolio, covers, failure);
    return result;
}

static bool is_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i], name) == 0)
            return true;
    }
    return false;
}

int freeze_list(struct store *store, json_t **list, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    *list = json_array();
    int result = *list == NULL ? VAULT_ENOMEM : statement_own(store, QUERY_FREEZE_LIST, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        if (is_kind(column_text(statement, 0)) &&
            json_array_append_new(
                *list, json_pack("{s:s,s:s,s:I}", "kind", column_text(statement, 0), "target",
                           column_text(statement, 1), "event", (json_int_t)column_number(statement, 2))) != 0)
            result = VAULT_ENOMEM;
    }
    statement_free(statement);
    if (result != VAULT_OK) {
        json_decref(*list);
        *list = NULL;
    }
    return result;
}

/* --- While it is being frozen --- */

static int no_lock(struct failure *failure)
{
    return failure_set(failure, VAULT_EIO, "%s: the lock of a freeze cannot be had", LAYOUT_FREEZE_LOCK);
}

/* -1 with errno where it cannot be had. */
static int take_lock(struct session *session, int flags, int operation)
{
    char *path = file_path(session->directory, LAYOUT_FREEZE_LOCK);
    int lock = path == NULL ? -1 : open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    int taken = lock < 0 ? -1 : flock(lock, operation);
    while (taken != 0 && lock >= 0 && errno == EINTR)
        taken = flock(lock, operation);
    int why = errno;
    free(path);
    if (lock >= 0 && taken != 0) {
        (void)close(lock);
        lock = -1;
    }
    errno = why;
    return lock;
}

static uint64_t read_count(int lock)
{
    uint64_t count = 0;
    return pread(lock, &count, sizeof count, 0) == (ssize_t)sizeof count ? count : 0;
}

/* Odd while somebody is freezing, and after he was killed at it: who reads an even one need not wait for the
 * lock. */
static bool next_count(int lock, uint64_t odd)
{
    uint64_t count = read_count(lock) + 1;
    count += count % 2 != odd;
    return pwrite(lock, &count, sizeof count, 0) == (ssize_t)sizeof count;
}

int freeze_begin(struct session *session, int *lock, struct failure *failure)
{
    *lock = take_lock(session, O_RDWR | O_CREAT, LOCK_EX);
    if (*lock >= 0 && next_count(*lock, 1))
        return VAULT_OK;
    if (*lock >= 0)
        (void)close(*lock);
    *lock = -1;
    return no_lock(failure);
}

/* Whoever began to look before it was stored sees another number than then; eight bytes that are there
 * already take no room on a full disk. */
void freeze_end(int lock)
{
    if (lock < 0)
        return;
    (void)!next_count(lock, 0);
    (void)close(lock);
}

void freeze_prepare(const char *directory)
{
    char *path = file_path(directory, LAYOUT_FREEZE_LOCK);
    int lock = path == NULL ? -1 : open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock >= 0)
        (void)close(lock);
    free(path);
}

static int wait_for_lock(int lock)
{
    int taken;
    do
        taken = flock(lock, LOCK_SH);
    while (taken != 0 && errno == EINTR);
    return taken;
}

/* Where nobody ever froze anything, and no server was started, there is no such file. It is asked for twice
 * for each record that is shown, so a session keeps it open. */
int freeze_count(struct session *session, bool wait, uint64_t *count, struct failure *failure)
{
    *count = 0;
    if (session->freeze_lock < 0)
        session->freeze_lock = take_lock(session, O_RDONLY, LOCK_UN);
    if (session->freeze_lock < 0)
        return errno == ENOENT ? VAULT_OK : no_lock(failure);
    *count = read_count(session->freeze_lock);
    /* Who begins while somebody is freezing may still see the store without it, whether or not the freezer lives
     * to count on: he has a number that will not be there any more. */
    if (!wait && *count % 2 != 0)
        --*count;
    if (!wait || *count % 2 == 0)
        return VAULT_OK;
    if (wait_for_lock(session->freeze_lock) != 0)
        return no_lock(failure);
    *count = read_count(session->freeze_lock);
    (void)flock(session->freeze_lock, LOCK_UN);
    return VAULT_OK;
}

int freeze_open(struct session *session, struct store **store, struct failure *failure)
{
    char *path = file_path(session->directory, LAYOUT_STORE);
    *store = NULL;
    int result = path == NULL ? VAULT_ENOMEM : store_open(path, session->store_key, store, failure);
    free(path);
    return result;
}

/* --- Changes --- */

json_t *freeze_change(enum freeze_kind kind, const json_t *targets)
{
    return json_pack("{s:s,s:O}", "kind", freeze_kind_name(kind), "targets", targets);
}

int freeze_hash(const json_t *change, struct hash *hash, struct buffer *text)
{
    json_t *bare = json_pack(
        "{s:O,s:O}", "kind", json_object_get(change, "kind"), "targets", json_object_get(change, "targets"));
    int result = bare == NULL ? VAULT_ENOMEM : json_write_canonical(bare, text);
    json_decref(bare);
    if (result == VAULT_OK)
        hash_sha256(buffer_bytes(text), hash);
    return result;
}

int freeze_find_proposal(
    struct session *session, const struct hash *hash, int64_t *seq, bool *own, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    *seq = 0;
    *own = false;
    int result = statement_own(session->store, QUERY_PROPOSAL_LIST, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        struct proposal proposal;
        int64_t at = column_number(statement, 0);
        if (strcmp(column_text(statement, 1), PROPOSAL_UNFREEZE) != 0 ||
            !bytes_equal(column_bytes(statement, 2), hash_bytes(hash)))
            continue;
        if (strcmp(column_text(statement, 4), session->user) == 0) {
            *own = true;
            continue;
        }
        result = proposal_get(session->store, at, &proposal, failure);
        if (result != VAULT_OK)
            break;
        if (proposal.active)
            *seq = at;
        proposal_free(&proposal);
    }
    statement_free(statement);
    return result;
}

/* --- New epochs --- */

static int rotate_listed(
    struct session *session, enum query query, const char *bound, unsigned *count, struct failure *failure)
{
    struct statement *roles = NULL;
    bool row = true;
    int result = statement_own(session->store, query, &roles, failure);
    if (result == VAULT_OK && bound != NULL)
        bind_text(roles, 1, bound);
    while (result == VAULT_OK && (result = statement_step(roles, &row, failure)) == VAULT_OK && row) {
        result = pending_rotate(session, column_text(roles, 0), failure);
        *count += result == VAULT_OK;
    }
    statement_free(roles);
    return result;
}

static int portfolio_of(
    struct session *session, const char *id, char portfolio[NAME_SIZE_MAX + 1], struct failure *failure)
{
    struct client_facts client;
    int result = clients_find(session, id, &client, failure);
    if (result == VAULT_OK)
        memcpy(portfolio, client.portfolio, sizeof client.portfolio);
    return result;
}

int freeze_rotate(struct session *session, enum freeze_kind kind, const json_t *targets, unsigned *count,
    struct failure *failure)
{
    int result = VAULT_OK;
    *count = 0;
    if (kind == FREEZE_OF_ALL)
        return rotate_listed(session, QUERY_REACHING_ROLES, NULL, count, failure);
    for (size_t i = 0; i < json_array_size(targets) && result == VAULT_OK; i++) {
        const char *target = json_string_value(json_array_get(targets, i));
        char portfolio[NAME_SIZE_MAX + 1];
        if (kind == FREEZE_OF_CLIENT)
            result = portfolio_of(session, target, portfolio, failure);
        if (result == VAULT_OK)
            result =
                rotate_listed(session, kind == FREEZE_OF_PERSON ? QUERY_REACHING_ROLES_OF : QUERY_REACH_TO,
                    kind == FREEZE_OF_CLIENT ? portfolio : target, count, failure);
    }
    return result;
}
