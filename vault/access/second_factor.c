#include "vault/access/second_factor.h"

#include <string.h>

#include "vault/access/attempts.h"
#include "vault/access/change.h"
#include "vault/access/session_private.h"
#include "vault/access/used_codes.h"
#include "vault/base/instant.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"

#define VERSION 1
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define SALT "strongroom-totp/v1\n"

/* --- What the store keeps --- */

struct row {
    enum second_factor_state state;
    int64_t since;
    struct hash hash;
};

static int read_row(struct session *session, const char *user, struct row *row, struct failure *failure)
{
    struct statement *statement;
    bool there = false;
    *row = (struct row){.state = SECOND_FACTOR_OFF};
    int result = store_query(session->store, QUERY_TOTP_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &there, failure);
    if (result == VAULT_OK && there) {
        const char *state = column_text(statement, 0);
        struct bytes hash = column_bytes(statement, 2);
        row->state = strcmp(state, "on") == 0        ? SECOND_FACTOR_ON
                     : strcmp(state, "pending") == 0 ? SECOND_FACTOR_PENDING
                                                     : SECOND_FACTOR_OFF;
        row->since = column_number(statement, 1);
        if (hash.size == HASH_SIZE)
            memcpy(row->hash.data, hash.data, HASH_SIZE);
    }
    statement_reset(statement);
    return result;
}

int second_factor_state(
    struct session *session, const char *user, enum second_factor_state *state, struct failure *failure)
{
    struct row row;
    int result = read_row(session, user, &row, failure);
    *state = row.state;
    return result;
}

static int factor_key(struct session *session, struct secret **key)
{
    return secret_derive(session->seed, "totp_key", 1, key);
}

/* Of which vault, of whom, and which of his: the one that was before does not open in its place. */
static void factor_place(struct session *session, const struct hash *hash, struct place *place)
{
    place_start(place, "totp", &session->vault);
    place_add(place, bytes_of_text(session->user));
    place_add(place, hash_bytes(hash));
}

static int hash_secret(const struct secret *secret, struct hash *hash)
{
    struct buffer text = {0};
    buffer_put_text(&text, SALT);
    buffer_put(&text, secret_bytes(secret));
    int result = buffer_error(&text);
    if (result == VAULT_OK)
        hash_sha256(buffer_bytes(&text), hash);
    buffer_free(&text); /* wipes */
    return result;
}

void second_factor_free(struct second_factor *factor)
{
    secret_free(factor->secret);
    wipe(factor, sizeof *factor);
}

int second_factor_draw(struct second_factor *factor)
{
    *factor = (struct second_factor){.secret = secret_random(TOTP_SECRET_SIZE)};
    return factor->secret == NULL ? VAULT_ENOMEM : hash_secret(factor->secret, &factor->hash);
}

static int parse(struct bytes content, struct second_factor *factor)
{
    struct reader reader = reader_of(content);
    bool known = reader_u8(&reader) == VERSION;
    struct bytes secret = reader_block(&reader);
    uint8_t count = reader_u8(&reader);
    if (!known || secret.size != TOTP_SECRET_SIZE || count > RECOVERY_CODES)
        return VAULT_EFORGED;
    for (uint8_t i = 0; i < count; i++) {
        struct bytes hash = reader_block(&reader);
        if (hash.size != HASH_SIZE)
            return VAULT_EFORGED;
        memcpy(factor->codes[i].data, hash.data, HASH_SIZE);
    }
    factor->count = count;
    factor->secret = secret_copy(secret);
    if (factor->secret == NULL)
        return VAULT_ENOMEM;
    return reader_end(&reader) == VAULT_OK ? VAULT_OK : VAULT_EFORGED;
}

static int open_sealed(
    struct session *session, const struct row *row, struct bytes sealed, struct second_factor *factor)
{
    struct secret *key = NULL;
    struct secret *content = NULL;
    struct place place;
    struct hash hash;
    factor_place(session, &row->hash, &place);
    int result = factor_key(session, &key);
    if (result == VAULT_OK)
        result = seal_open_secret(key, place_bytes(&place), sealed, &content);
    if (result == VAULT_OK)
        result = parse(secret_bytes(content), factor);
    if (result == VAULT_OK)
        result = hash_secret(factor->secret, &hash);
    if (result == VAULT_OK && !bytes_equal(hash_bytes(&hash), hash_bytes(&row->hash)))
        result = VAULT_EFORGED;
    factor->hash = row->hash;
    secret_free(key);
    secret_free(content);
    return result == VAULT_EINPUT ? VAULT_EFORGED : result;
}

int second_factor_open(struct session *session, struct second_factor *factor, struct failure *failure)
{
    struct statement *statement;
    struct row row;
    bool there = false;
    *factor = (struct second_factor){.secret = NULL};
    int result = read_row(session, session->user, &row, failure);
    if (result == VAULT_OK && row.state == SECOND_FACTOR_OFF)
        return failure_set(failure, VAULT_ENOTFOUND, "'%s' has no second factor", session->user);
    if (result == VAULT_OK)
        result = store_query(session->store, QUERY_TOTP_SECRET_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, session->user);
    result = statement_step(statement, &there, failure);
    if (result == VAULT_OK)
        result = there ? open_sealed(session, &row, column_bytes(statement, 0), factor) : VAULT_EFORGED;
    statement_reset(statement);
    if (result == VAULT_EFORGED) {
        failure_remedy(failure, "an admin makes a new one possible with 'user totp reset'");
        result = failure_set(
            failure, result, "the second factor of '%s' is not the one that the log knows", session->user);
    }
    if (result != VAULT_OK)
        second_factor_free(factor);
    return result;
}

int second_factor_put(struct session *session, const struct second_factor *factor, struct failure *failure)
{
    struct buffer plain = {0};
    struct buffer sealed = {0};
    struct secret *key = NULL;
    struct place place;
    struct statement *statement;
    buffer_put_u8(&plain, VERSION);
    buffer_put_block(&plain, secret_bytes(factor->secret));
    buffer_put_u8(&plain, factor->count);
    for (uint8_t i = 0; i < factor->count; i++)
        buffer_put_block(&plain, hash_bytes(&factor->codes[i]));
    factor_place(session, &factor->hash, &place);
    int result = buffer_error(&plain);
    if (result == VAULT_OK)
        result = factor_key(session, &key);
    if (result == VAULT_OK)
        result = seal(key, place_bytes(&place), buffer_bytes(&plain), &sealed);
    if (result == VAULT_OK)
        result = store_query(session->store, QUERY_TOTP_SECRET_PUT, &statement, failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, session->user);
        bind_bytes(statement, 2, buffer_bytes(&sealed));
        result = statement_run(statement, failure);
    }
    secret_free(key);
    buffer_free(&plain); /* wipes */
    buffer_free(&sealed);
    return result;
}

/* --- Recovery codes --- */

static void hash_code(const char *letters, struct hash *hash)
{
    struct buffer text = {0};
    buffer_put_text(&text, SALT);
    buffer_put_text(&text, letters);
    hash_sha256(buffer_bytes(&text), hash);
    buffer_free(&text);
}

void second_factor_recovery(struct second_factor *factor, char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t random[16];
    char plain[17];
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        size_t at = 0;
        random_fill(random, sizeof random);
        for (size_t j = 0; j < 16; j++) {
            plain[j] = letters[random[j] & 31];
            codes[i][at++] = plain[j];
            if (j % 4 == 3)
                codes[i][at++] = j == 15 ? '\0' : '-';
        }
        plain[16] = '\0';
        hash_code(plain, &factor->codes[i]);
    }
    factor->count = RECOVERY_CODES;
    wipe(random, sizeof random);
    wipe(plain, sizeof plain);
}

/* As people write it: any case, with or without dashes and blanks. */
static bool recovery_letters(struct bytes code, char plain[17])
{
    size_t count = 0;
    for (size_t i = 0; i < code.size; i++) {
        char c = (char)code.data[i];
        if (c == '-' || c == ' ')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (count == 16 || !((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7')))
            return false;
        plain[count++] = c;
    }
    plain[16] = '\0';
    return count == 16;
}

/* --- Using codes --- */

struct looking {
    const struct second_factor *factor;
    struct bytes code;
};

static int look(void *context, uint64_t above, uint64_t *step)
{
    const struct looking *looking = context;
    return totp_find(looking->factor->secret, instant_now(), above, looking->code, step);
}

static int wrong(struct failure *failure)
{
    failure_remedy(failure, "wait for the next one, and see that the clocks are right");
    return failure_set(failure, VAULT_EPASSPHRASE, "the code is wrong, or was used already");
}

int second_factor_use(
    struct session *session, const struct second_factor *factor, struct bytes code, struct failure *failure)
{
    struct looking looking = {factor, code};
    int result = used_codes_use(session, &factor->hash, look, &looking, failure);
    return result == VAULT_EPASSPHRASE ? wrong(failure) : result;
}

static json_t *recovery_members(struct session *session, unsigned left)
{
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:s,s:{s:s},s:{s:i}}", "actor", "id", session->user,
        "type", "user", "decision", "effect", "permit", "policies", "resources", "session", session->id,
        "src", "host", session->host, "recovery", "left", (int)left);
}

/* The event comes first: a code that was used in vain is better than one that was used twice. */
static int spend(struct session *session, struct second_factor *factor, size_t at, struct failure *failure)
{
    factor->codes[at] = factor->codes[factor->count - 1];
    factor->count--;
    int result =
        event_append(session, "totp.recover", recovery_members(session, factor->count), NULL, failure);
    return result == VAULT_OK ? second_factor_put(session, factor, failure) : result;
}

/* Under the store's write lock, so that two logins cannot use one code. */
static int use_recovery(struct session *session, const char *plain, struct failure *failure)
{
    struct second_factor factor = {.secret = NULL};
    struct hash hash;
    hash_code(plain, &hash);
    int result = store_begin(session->store, failure);
    if (result == VAULT_OK)
        result = second_factor_open(session, &factor, failure);
    size_t found = RECOVERY_CODES;
    for (size_t i = 0; result == VAULT_OK && i < factor.count; i++) {
        if (bytes_equal_constant_time(hash_bytes(&factor.codes[i]), hash_bytes(&hash)))
            found = i;
    }
    if (result == VAULT_OK)
        result = found == RECOVERY_CODES ? wrong(failure) : spend(session, &factor, found, failure);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    if (result != VAULT_OK)
        store_rollback(session->store);
    second_factor_free(&factor);
    return result;
}

int second_factor_use_any(struct session *session, struct bytes code, struct failure *failure)
{
    struct second_factor factor = {.secret = NULL};
    char plain[17] = "";
    int result;
    if (recovery_letters(code, plain)) {
        result = use_recovery(session, plain, failure);
    } else {
        result = second_factor_open(session, &factor, failure);
        if (result == VAULT_OK)
            result = second_factor_use(session, &factor, code, failure);
    }
    second_factor_free(&factor);
    wipe(plain, sizeof plain);
    return result;
}

/* --- Logging in --- */

static int read_rule(
    struct session *session, enum second_factor_rule *rule, int64_t *grace, struct failure *failure)
{
    char value[SETTING_VALUE_MAX + 1] = "";
    const struct setting *setting = setting_find(SETTING_LOGIN_TOTP);
    int result = setting == NULL ? VAULT_EINTERNAL : setting_value(session->store, setting, value, failure);
    *rule = totp_rule_parse(value, grace);
    return result;
}

int second_factor_rule(struct session *session, enum second_factor_rule *rule, struct failure *failure)
{
    int64_t grace;
    return read_rule(session, rule, &grace, failure);
}

/* When an event was logged; 0 where there is none. */
static int event_time(struct session *session, int64_t seq, int64_t *time, struct failure *failure)
{
    struct buffer text = {0};
    json_t *leaf = NULL;
    *time = 0;
    if (seq < 0)
        return VAULT_OK;
    int result = log_read(session->log, (uint64_t)seq, &text, failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, failure);
    const char *when = json_text(leaf, "time");
    if (result == VAULT_OK && (when == NULL || !instant_parse(bytes_of_text(when), time)))
        result = failure_set(failure, VAULT_EDAMAGED, "event %lld has no time", (long long)seq);
    json_decref(leaf);
    buffer_free(&text);
    return result;
}

static int seq_of(struct session *session, enum query query, const char *name, int column, int64_t *seq,
    struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *seq = -1;
    int result = store_query(session->store, query, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row)
        *seq = column_number(statement, column);
    statement_reset(statement);
    return result;
}

/* The grace runs from the latest of: the firm asked for it, the person came, an admin took away what he had.
 */
static int find_due(
    struct session *session, const struct row *row, int64_t grace, int64_t *due, struct failure *failure)
{
    int64_t seq;
    int64_t asked = 0;
    int64_t came = 0;
    int result = seq_of(session, QUERY_FIRM_SETTING_GET, SETTING_LOGIN_TOTP, 2, &seq, failure);
    if (result == VAULT_OK)
        result = event_time(session, seq, &asked, failure);
    if (result == VAULT_OK)
        result = seq_of(session, QUERY_USER_GET, session->user, 3, &seq, failure);
    if (result == VAULT_OK)
        result = event_time(session, seq, &came, failure);
    int64_t since = row->state == SECOND_FACTOR_OFF ? row->since : 0;
    since = asked > since ? asked : since;
    *due = (came > since ? came : since) + grace * DAY_MS;
    return result;
}

static void note(struct session *session, const char *why)
{
    attempts_note(
        session->directory, box_key_public(session->keys.attempts), session->user, session->host, why);
}

static int without(
    struct session *session, const struct row *row, int64_t grace, int64_t *due, struct failure *failure)
{
    int result = find_due(session, row, grace, due, failure);
    if (result != VAULT_OK || instant_now() < *due)
        return result;
    note(session, ATTEMPT_NO_FACTOR);
    failure_remedy(failure,
        "enrol on the vault's own machine ('user totp enroll'), or ask an admin for a new grace ('user "
        "totp reset')");
    return failure_set(
        failure, VAULT_EDENIED, "the firm asks for a second factor, and '%s' has none", session->user);
}

int second_factor_login(
    struct session *session, struct bytes code, struct second_factor_asked *asked, struct failure *failure)
{
    enum second_factor_rule rule = SECOND_FACTOR_UNUSED;
    struct row row = {.state = SECOND_FACTOR_OFF};
    int64_t grace = 0;
    *asked = (struct second_factor_asked){.needs_code = false};
    int result = read_rule(session, &rule, &grace, failure);
    if (result == VAULT_OK && rule != SECOND_FACTOR_UNUSED)
        result = read_row(session, session->user, &row, failure);
    if (result != VAULT_OK || rule == SECOND_FACTOR_UNUSED)
        return result;
    if (row.state != SECOND_FACTOR_ON)
        return rule == SECOND_FACTOR_OPTIONAL ? VAULT_OK
                                              : without(session, &row, grace, &asked->due, failure);
    if (code.size == 0) {
        failure_remedy(failure, "give the code that the authenticator shows, or a recovery code");
        asked->needs_code = true;
        return failure_set(failure, VAULT_EPASSPHRASE, "a code of the second factor is needed");
    }
    result = second_factor_use_any(session, code, failure);
    if (result == VAULT_EPASSPHRASE)
        note(session, ATTEMPT_CODE);
    if (result == VAULT_OK)
        session->second_factor = true;
    return result;
}
