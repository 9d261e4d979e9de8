/* Coming and going: tokens, limits, the table of logins. */
#include "vault/server/logins.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/attempts.h"
#include "vault/access/head.h"
#include "vault/access/second_factor.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/server/logins_private.h"
#include "vault/store/store.h"

#define SECOND UINT64_C(1000000000)
#define NOTE_SECONDS 60u
#define WAITING 16u /* logins that wait for others' key derivations */

int login_unknown(struct failure *failure)
{
    failure_remedy(failure, "log in again");
    return failure_set(failure, VAULT_EPASSPHRASE, "not logged in, or the session has ended");
}

void login_free(struct login *login)
{
    if (login == NULL)
        return;
    while (login->idle != NULL) {
        struct lease *lease = login->idle;
        login->idle = lease->next;
        session_free(lease->session);
        free(lease);
    }
    session_ticket_free(login->ticket);
    buffer_free(&login->roles);
    wipe(&login->token, sizeof login->token);
    free(login);
}

int logins_new(const struct logins_options *options, struct logins **loginsp, struct failure *failure)
{
    *loginsp = NULL;
    struct logins *logins = calloc(1, sizeof *logins);
    if (logins == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    logins->options = *options;
    store_bound_memory(options->cache);
    logins->changes_seen = INT64_MIN;
    logins->rules = (struct session_rules){
        .idle_seconds = options->idle_seconds, .longest_seconds = options->absolute_seconds};
    (void)pthread_mutex_init(&logins->lock, NULL);
    logins->directory = strdup(options->directory);
    logins->known = options->known == NULL ? NULL : strdup(options->known);
    logins->gate = gate_new(options->derivations_max, WAITING);
    int result = session_common_new(options->directory, options->known, &logins->common, failure);
    if (result == VAULT_OK && (logins->directory == NULL || logins->gate == NULL ||
                                  (options->known != NULL && logins->known == NULL)))
        result = failure_set(failure, VAULT_ENOMEM, "no memory");
    if (result != VAULT_OK) {
        logins_free(logins);
        return result;
    }
    *loginsp = logins;
    return VAULT_OK;
}

void logins_free(struct logins *logins)
{
    if (logins == NULL)
        return;
    while (logins->first != NULL) {
        struct login *login = logins->first;
        logins->first = login->next;
        login_free(login);
    }
    session_common_free(logins->common);
    gate_free(logins->gate);
    free(logins->directory);
    free(logins->known);
    (void)pthread_mutex_destroy(&logins->lock);
    free(logins);
}

bool logins_opened(struct logins *logins)
{
    return session_common_opened(logins->common);
}

int64_t logins_certificate_end(const struct logins *logins)
{
    return logins->options.board == NULL ? 0 : atomic_load(&logins->options.board->certificate_end);
}

const char *logins_directory(const struct logins *logins)
{
    return logins->directory;
}

struct log *logins_log(struct logins *logins)
{
    return session_common_log(logins->common);
}

void logins_state(struct logins *logins, struct logins_state *state)
{
    bool opened = logins_opened(logins);
    (void)pthread_mutex_lock(&logins->lock);
    *state = logins->seen;
    state->opened = opened;
    state->logins = logins->count;
    state->sessions = logins->open;
    (void)pthread_mutex_unlock(&logins->lock);
    state->certificate_end = logins_certificate_end(logins);
}

/* --- The table --- */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void logins_take_rules(struct logins *logins)
{
    struct session_rules rules;
    if (session_common_rules(logins->common, &rules, NULL) != VAULT_OK)
        return; /* as before: the next round looks again */
    rules.idle_seconds = least(rules.idle_seconds, logins->options.idle_seconds);
    rules.longest_seconds = least(rules.longest_seconds, logins->options.absolute_seconds);
    logins->rules = rules;
}

bool login_is_late(const struct logins *logins, const struct login *login, uint64_t now)
{
    return now - login->began_at > logins->rules.longest_seconds * SECOND ||
           (login->lent == 0 && now - login->used_at > logins->rules.idle_seconds * SECOND);
}

static bool is_over(const struct logins *logins, const struct login *login, uint64_t now)
{
    return atomic_load(&login->ended) || login_is_late(logins, login, now);
}

static struct login **bucket_of(struct logins *logins, const struct hash *token)
{
    return &logins->buckets[((size_t)token->data[0] << 8 | token->data[1]) % LOGIN_BUCKETS];
}

/* Somebody has the token who should not: said in the log, but not as often as he tries. */
static void note_elsewhere(struct logins *logins, struct login *login, const char *source, uint64_t now)
{
    if (login->noted != 0 && now - login->noted < NOTE_SECONDS * SECOND)
        return;
    login->noted = now;
    session_common_note(logins->common, login->user, source, ATTEMPT_ADDRESS);
}

struct login *login_find(struct logins *logins, struct shown_token token)
{
    uint8_t raw[LOGIN_TOKEN_BYTES];
    struct hash hash;
    uint64_t now = instant_monotonic();
    struct login *found = NULL;
    if (!hex_decode((const char *)token.token.data, token.token.size, raw, sizeof raw))
        return NULL;
    hash_sha256(bytes_of(raw, sizeof raw), &hash);
    wipe(raw, sizeof raw);
    for (struct login *login = *bucket_of(logins, &hash); login != NULL; login = login->beside) {
        if (bytes_equal_constant_time(hash_bytes(&login->token), hash_bytes(&hash)))
            found = login;
    }
    if (found == NULL || is_over(logins, found, now))
        return NULL;
    if (!source_fits(logins->rules.bind, found->source, token.source)) {
        note_elsewhere(logins, found, token.source, now);
        return NULL;
    }
    found->used_at = now;
    found->last = instant_now();
    return found;
}

struct login *login_take_out(struct logins *logins, struct login *login)
{
    struct login **place = &logins->first;
    if (login->lent > 0)
        return NULL;
    while (*place != login)
        place = &(*place)->next;
    *place = login->next;
    place = bucket_of(logins, &login->token);
    while (*place != login)
        place = &(*place)->beside;
    *place = login->beside;
    logins->count--;
    logins->open -= login->open;
    return login;
}

/* --- Logging in --- */

static int make_login(
    struct logins *logins, struct session *session, const char *source, struct login **loginp)
{
    bool active = false;
    *loginp = NULL;
    struct login *login = calloc(1, sizeof *login);
    struct lease *lease = calloc(1, sizeof *lease);
    int result = login == NULL || lease == NULL ? VAULT_ENOMEM : session_ticket_new(session, &login->ticket);
    if (result == VAULT_OK)
        result = session_common_standing(logins->common, session_user(session), &active, &login->roles, NULL);
    if (result != VAULT_OK) {
        login_free(login);
        free(lease);
        return result;
    }
    text_copy(login->user, sizeof login->user, session_user(session));
    text_copy(login->source, sizeof login->source, source);
    login->size = session_common_size(logins->common);
    login->began = login->last = instant_now();
    login->began_at = login->used_at = instant_monotonic();
    *lease = (struct lease){.login = login, .session = session, .used = login->used_at};
    login->idle = lease;
    login->open = 1;
    *loginp = login;
    return VAULT_OK;
}

static void give_token(struct login *login, const struct logins *logins, struct login_receipt *receipt)
{
    uint8_t raw[LOGIN_TOKEN_BYTES];
    random_fill(raw, sizeof raw);
    hash_sha256(bytes_of(raw, sizeof raw), &login->token);
    hex_encode(bytes_of(raw, sizeof raw), receipt->token);
    wipe(raw, sizeof raw);
    text_copy(receipt->id, sizeof receipt->id, session_ticket_id(login->ticket));
    text_copy(receipt->user, sizeof receipt->user, login->user);
    receipt->expires = login->began + (int64_t)logins->rules.longest_seconds * 1000;
}

static int refuse(int result, unsigned retry_after, struct failure *failure)
{
    failure_remedy(failure, "try again in %u seconds", retry_after);
    return failure_set(failure, result, "%s",
        result == VAULT_EBUSY ? "too many people are logging in at once"
                              : "too many logins have failed; there is a pause before the next");
}

struct attempt {
    const char *user;
    const struct secret *passphrase;
    struct bytes code;
    const char *source;
    struct login_receipt *receipt;
    unsigned *retry_after;
};

static int check_code(
    struct logins *logins, const struct attempt *attempt, struct session *session, struct failure *failure)
{
    struct second_factor_asked asked = {.needs_code = false};
    int result = attempt->code.size == 0 ? VAULT_OK : gate_code(logins->gate, attempt->user, attempt->retry_after);
    if (result != VAULT_OK)
        return refuse(result, *attempt->retry_after, failure);
    result = second_factor_login(session, attempt->code, &asked, failure);
    attempt->receipt->needs_code = result == VAULT_EPASSPHRASE && asked.needs_code;
    attempt->receipt->due = asked.due;
    return result;
}

static int open_session(struct logins *logins, const struct attempt *attempt, struct session **session,
    enum gate_end *end, struct failure *failure)
{
    struct session_options options = {.directory = logins->directory,
        .user = attempt->user,
        .passphrase = attempt->passphrase,
        .known = logins->known,
        .host = attempt->source,
        .common = logins->common};
    int result = session_open(&options, session, failure);
    *end = result == VAULT_EPASSPHRASE ? GATE_FAILED : GATE_UNDECIDED;
    if (result != VAULT_OK)
        return result;
    result = check_code(logins, attempt, *session, failure);
    *end = result == VAULT_OK                                                       ? GATE_PASSED
           : result == VAULT_EPASSPHRASE && !attempt->receipt->needs_code ? GATE_CODE
                                                                                    : GATE_UNDECIDED;
    if (result != VAULT_OK) {
        session_free(*session);
        *session = NULL;
    }
    return result;
}

static bool is_full(struct logins *logins)
{
    (void)pthread_mutex_lock(&logins->lock);
    bool full = logins->count >= logins->options.logins_max;
    (void)pthread_mutex_unlock(&logins->lock);
    return full;
}

/* Into the table; where that is one open session too many, those that were not used for longest are closed.
 */
static void put_login(struct logins *logins, struct login *login, struct login_receipt *receipt)
{
    (void)pthread_mutex_lock(&logins->lock);
    logins_take_rules(logins);
    give_token(login, logins, receipt);
    login->next = logins->first;
    logins->first = login;
    struct login **bucket = bucket_of(logins, &login->token);
    login->beside = *bucket;
    *bucket = login;
    logins->count++;
    logins->open++;
    struct lease *evicted = leases_take_unused(logins);
    (void)pthread_mutex_unlock(&logins->lock);
    leases_close(evicted);
}

int logins_enter(struct logins *logins, const char *user, const struct secret *passphrase, struct bytes code,
    const char *source, struct login_receipt *receipt, unsigned *retry_after, struct failure *failure)
{
    struct session *session = NULL;
    struct login *login = NULL;
    *receipt = (struct login_receipt){.expires = 0};
    int result = is_full(logins) ? VAULT_EBUSY : gate_enter(logins->gate, user, source, retry_after);
    if (result != VAULT_OK) {
        *retry_after = *retry_after == 0 ? 30 : *retry_after;
        return refuse(result, *retry_after, failure);
    }
    struct attempt attempt = {user, passphrase, code, source, receipt, retry_after};
    enum gate_end end = GATE_UNDECIDED;
    result = open_session(logins, &attempt, &session, &end, failure);
    gate_leave(logins->gate, user, source, end);
    if (result == VAULT_OK)
        result = make_login(logins, session, source, &login);
    if (result != VAULT_OK) {
        if (login == NULL)
            session_free(session);
        return failure_set(failure, result, "%s", vault_error_text(result));
    }
    put_login(logins, login, receipt);
    return VAULT_OK;
}

/* --- Leaving --- */

int logins_leave(struct logins *logins, struct shown_token token, struct failure *failure)
{
    (void)pthread_mutex_lock(&logins->lock);
    struct login *login = login_find(logins, token);
    struct login *over = NULL;
    if (login != NULL) {
        atomic_store(&login->ended, true);
        over = login_take_out(logins, login);
    }
    (void)pthread_mutex_unlock(&logins->lock);
    login_free(over);
    return login == NULL ? login_unknown(failure) : VAULT_OK;
}

static void put_row(const struct logins *logins, const struct login *login, bool current, json_t *list)
{
    char began[INSTANT_TEXT_SIZE];
    char last[INSTANT_TEXT_SIZE];
    char expires[INSTANT_TEXT_SIZE];
    instant_format(login->began, began);
    instant_format(login->last, last);
    instant_format(login->began + (int64_t)logins->rules.longest_seconds * 1000, expires);
    (void)json_array_append_new(
        list, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "id", session_ticket_id(login->ticket), "user", login->user,
                  "source", login->source, "began", began, "used", last, "expires", expires, "current", current));
}

int logins_list(struct logins *logins, struct shown_token token, json_t **list, struct failure *failure)
{
    *list = json_array();
    (void)pthread_mutex_lock(&logins->lock);
    const struct login *own = login_find(logins, token);
    for (const struct login *login = logins->first; own != NULL && login != NULL; login = login->next) {
        if (strcmp(login->user, own->user) == 0 && !is_over(logins, login, instant_monotonic()))
            put_row(logins, login, login == own, *list);
    }
    (void)pthread_mutex_unlock(&logins->lock);
    return own == NULL ? login_unknown(failure) : VAULT_OK;
}

int logins_list_all(struct logins *logins, const char *own, json_t **list, struct failure *failure)
{
    *list = json_array();
    if (*list == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    (void)pthread_mutex_lock(&logins->lock);
    for (const struct login *login = logins->first; login != NULL; login = login->next) {
        if (!is_over(logins, login, instant_monotonic()))
            put_row(logins, login, strcmp(session_ticket_id(login->ticket), own) == 0, *list);
    }
    (void)pthread_mutex_unlock(&logins->lock);
    return VAULT_OK;
}

int logins_check(struct logins *logins, struct shown_token token, char *id, struct failure *failure)
{
    (void)pthread_mutex_lock(&logins->lock);
    const struct login *login = login_find(logins, token);
    if (login != NULL)
        text_copy(id, ULID_TEXT_SIZE, session_ticket_id(login->ticket));
    (void)pthread_mutex_unlock(&logins->lock);
    return login == NULL ? login_unknown(failure) : VAULT_OK;
}

int logins_head(
    struct logins *logins, struct shown_token token, uint64_t since, json_t **head, struct failure *failure)
{
    char id[ULID_TEXT_SIZE];
    *head = NULL;
    int result = logins_check(logins, token, id, failure);
    return result == VAULT_OK ? session_common_head(logins->common, since, head, failure) : result;
}
