/* Registers as the log says them.  Checked here, so that a log in which somebody signed what was not in force
 * does not verify. */
#include <string.h>

#include "vault/access/registers.h"
#include "vault/access/registers_private.h"
#include "vault/keys/identity.h"

static int refuse(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDAMAGED, "event %lld: %s", (long long)apply->seq, why);
}

/* --- What an entry is of --- */

struct entry {
    const struct register_kind *kind;
    const char *name;
    const json_t *users;
    const char *client; /* "" for none */
};

static bool fits_holder(enum register_holder holder, size_t users, bool client)
{
    if (users > 0 && client)
        return false;
    switch (holder) {
    case REGISTER_OF_FIRM:
        return users == 0 && !client;
    case REGISTER_OF_PEOPLE:
        return users > 0;
    case REGISTER_OF_CLIENT:
        return client;
    case REGISTER_OF_PEOPLE_OR_CLIENT:
        return users > 0 || client;
    case REGISTER_OF_ALL_OR_PEOPLE:
    default:
        return !client;
    }
}

static int read_entry(struct apply *apply, struct entry *entry)
{
    const char *kind;
    const char *client = json_text(apply->change, "client");
    int result = apply_text(apply, "kind", &kind);
    if (result == VAULT_OK)
        result = apply_text(apply, "name", &entry->name);
    if (result != VAULT_OK)
        return result;
    entry->kind = register_kind_find(kind);
    entry->users = json_object_get(apply->change, "users");
    entry->client = client == NULL ? "" : client;
    size_t users = json_array_size(entry->users);
    bool fits = entry->kind != NULL && name_valid(entry->name) && users <= REGISTER_USERS_MAX &&
                fits_holder(entry->kind->holder, users, client != NULL);
    for (size_t i = 0; fits && i < users; i++)
        fits = json_is_string(json_array_get(entry->users, i));
    return fits ? VAULT_OK : refuse(apply, "no entry that a register takes");
}

/* --- One row --- */

static int run_on(struct apply *apply, enum query query, const struct entry *entry, const char *user,
    struct statement **statement)
{
    int result = apply_query(apply, query, statement);
    if (result != VAULT_OK)
        return result;
    bind_text(*statement, 1, entry->kind->name);
    bind_text(*statement, 2, entry->name);
    bind_text(*statement, 3, user);
    bind_text(*statement, 4, entry->client);
    return VAULT_OK;
}

/* Version 0 where there has never been one. */
static int read_row(
    struct apply *apply, const struct entry *entry, const char *user, int64_t *version, bool *active)
{
    struct statement *statement;
    bool row = false;
    int result = run_on(apply, QUERY_REGISTER_GET, entry, user, &statement);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, apply->failure);
    if (result != VAULT_OK)
        return result;
    *version = row ? column_number(statement, 0) : 0;
    *active = row && column_number(statement, 4) == 0;
    statement_reset(statement);
    return VAULT_OK;
}

static int put_row(
    struct apply *apply, const struct entry *entry, const char *user, struct bytes hash, bool renews)
{
    struct statement *statement;
    int64_t version = 0;
    bool active = false;
    int result = read_row(apply, entry, user, &version, &active);
    if (result == VAULT_OK && active != renews)
        return refuse(apply, renews ? "it renews what is not there" : "it adds what is there already");
    int64_t said = json_number(apply->change, "version", 0);
    bool follows = said == version + (renews && hash.size == 0 ? 0 : 1);
    if (result == VAULT_OK && !follows)
        return refuse(apply, "a version that does not follow");
    if (result == VAULT_OK)
        result = run_on(apply, renews && hash.size == 0 ? QUERY_REGISTER_EXTEND : QUERY_REGISTER_PUT, entry,
            user, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 5, said);
    bind_number(statement, 6, apply->time);
    bind_number(statement, 7, json_number(apply->change, "until", 0));
    bind_number(statement, 8, apply->seq);
    if (!renews || hash.size > 0)
        bind_bytes(statement, 9, hash);
    return apply_run(apply, statement);
}

static int end_row(struct apply *apply, const struct entry *entry, const char *user)
{
    struct statement *statement;
    int64_t version = 0;
    bool active = false;
    int result = read_row(apply, entry, user, &version, &active);
    if (result == VAULT_OK && !active)
        return refuse(apply, "it ends what is not there");
    if (result == VAULT_OK)
        result = run_on(apply, QUERY_REGISTER_END, entry, user, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 5, apply->seq);
    return apply_run(apply, statement);
}

/* --- Events --- */

/* A live change brings the sealed text; replay knows only its hash. */
static int put_text(struct apply *apply, struct bytes hash)
{
    struct buffer sealed = {0};
    struct statement *statement;
    int result = apply_sealed_text(apply, &sealed);
    if (result == VAULT_OK && sealed.size > 0)
        result = apply_query(apply, QUERY_REGISTER_TEXT_PUT, &statement);
    if (result == VAULT_OK && sealed.size > 0) {
        bind_bytes(statement, 1, hash);
        bind_bytes(statement, 2, buffer_bytes(&sealed));
        result = apply_run(apply, statement);
    }
    buffer_free(&sealed);
    return result;
}

static int apply_put(struct apply *apply, bool renews)
{
    struct entry entry = {0};
    struct buffer hash = {0};
    int result = read_entry(apply, &entry);
    if (result == VAULT_OK && json_object_get(apply->change, "hash") != NULL)
        result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK && entry.kind->text && hash.size == 0 && !renews)
        result = refuse(apply, "an entry without the text that its kind needs");
    if (result == VAULT_OK && json_number(apply->change, "until", 0) <= 0)
        result = apply_missing(apply, "until");
    size_t users = json_array_size(entry.users);
    if (result == VAULT_OK && users == 0)
        result = put_row(apply, &entry, "", buffer_bytes(&hash), renews);
    for (size_t i = 0; i < users && result == VAULT_OK; i++)
        result = put_row(
            apply, &entry, json_string_value(json_array_get(entry.users, i)), buffer_bytes(&hash), renews);
    if (result == VAULT_OK && hash.size > 0)
        result = put_text(apply, buffer_bytes(&hash));
    buffer_free(&hash);
    return result;
}

int apply_register_add(struct apply *apply)
{
    return apply_put(apply, false);
}

/* Who drills enters what came of it, and nothing else. */
int apply_drill_run(struct apply *apply)
{
    const char *kind = json_text(apply->change, "kind");
    if (kind == NULL || strcmp(kind, "drill") != 0)
        return refuse(apply, "a drill that is entered as something else");
    return apply_put(apply, false);
}

int apply_register_renew(struct apply *apply)
{
    return apply_put(apply, true);
}

int apply_register_end(struct apply *apply)
{
    struct entry entry = {0};
    int result = read_entry(apply, &entry);
    size_t users = json_array_size(entry.users);
    if (result == VAULT_OK && users == 0)
        result = end_row(apply, &entry, "");
    for (size_t i = 0; i < users && result == VAULT_OK; i++)
        result = end_row(apply, &entry, json_string_value(json_array_get(entry.users, i)));
    return result;
}

/* A rule of all, or one of this person's own: in this version, with this text. */
static int check_in_force(struct apply *apply, const char *name, int64_t version, struct bytes hash)
{
    struct statement *statement;
    bool row = true;
    bool found = false;
    int result = apply_query(apply, QUERY_REGISTER_RULE_OF, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    bind_text(statement, 2, apply->actor);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, apply->failure)) == VAULT_OK && row)
        found = found ||
                (column_number(statement, 0) == version && bytes_equal(column_bytes(statement, 1), hash));
    statement_reset(statement);
    return result == VAULT_OK && !found ? refuse(apply, "it signs a rule that is not in force") : result;
}

int apply_register_sign(struct apply *apply)
{
    const char *name;
    struct buffer hash = {0};
    struct statement *statement;
    int64_t version = json_number(apply->change, "version", 0);
    int result = apply_text(apply, "name", &name);
    if (result == VAULT_OK)
        result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK)
        result = check_in_force(apply, name, version, buffer_bytes(&hash));
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_REGISTER_SIGNATURE_PUT, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, name);
        bind_bytes(statement, 2, buffer_bytes(&hash));
        bind_text(statement, 3, apply->actor);
        bind_number(statement, 4, version);
        bind_number(statement, 5, apply->seq);
        bind_number(statement, 6, apply->time);
        result = apply_run(apply, statement);
    }
    buffer_free(&hash);
    return result;
}
