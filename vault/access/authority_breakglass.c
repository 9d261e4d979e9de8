/* Broken glass, who was told, and access reviews, as the log's events say. */
#include <string.h>

#include "vault/access/authority_private.h"
#include "vault/access/breakglass.h"
#include "vault/access/settings.h"

static int refuse(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDENIED, "event %lld: %s", (long long)apply->seq, why);
}

static int run_numbers(struct apply *apply, enum query query, int64_t first, const char *second, int64_t third)
{
    struct statement *statement;
    int result = apply_query(apply, query, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, first);
    if (second != NULL) {
        bind_text(statement, 2, second);
        bind_number(statement, 3, third);
    } else {
        bind_number(statement, 2, third);
    }
    return apply_run(apply, statement);
}

/* --- Opening --- */

static int tell(struct apply *apply)
{
    const json_t *told = json_object_get(apply->change, "told");
    int result = json_array_size(told) > 0 && json_array_size(told) <= BREAKGLASS_PEOPLE_MAX
                     ? VAULT_OK
                     : refuse(apply, "a broken glass of which nobody is told");
    for (size_t i = 0; i < json_array_size(told) && result == VAULT_OK; i++) {
        struct statement *statement;
        const char *name = json_string_value(json_array_get(told, i));
        result = name == NULL ? apply_missing(apply, "told") : apply_query(apply, QUERY_NOTICE_PUT, &statement);
        if (result != VAULT_OK)
            return result;
        bind_number(statement, 1, apply->seq);
        bind_text(statement, 2, name);
        result = apply_run(apply, statement);
    }
    return result;
}

static int review_days(struct apply *apply, int64_t *days)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = setting_value(apply->store, setting_find(SETTING_REVIEW_DAYS), value, apply->failure);
    *days = 0;
    for (const char *digit = value; result == VAULT_OK && *digit != '\0'; digit++)
        *days = 10 * *days + (*digit - '0');
    return result;
}

int apply_breakglass_open(struct apply *apply)
{
    struct buffer hash = {0};
    struct buffer sealed = {0};
    struct statement *statement;
    const char *client = json_text(apply->change, "client");
    int64_t duration = json_number(apply->change, "duration", 0);
    int64_t days = 0;
    int result = duration >= 1 && duration <= BREAKGLASS_MAX ? VAULT_OK : refuse(apply, "a broken glass without an end");
    if (result == VAULT_OK)
        result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK)
        result = apply_sealed_text(apply, &sealed);
    if (result == VAULT_OK)
        result = review_days(apply, &days);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_BREAKGLASS_PUT, &statement);
    if (result == VAULT_OK) {
        bind_number(statement, 1, apply->seq);
        bind_text(statement, 2, apply->actor);
        bind_text(statement, 3, client == NULL ? "" : client);
        bind_bytes(statement, 4, buffer_bytes(&hash));
        bind_bytes(statement, 5, buffer_bytes(&sealed));
        bind_number(statement, 6, apply->time + duration);
        bind_number(statement, 7, apply->time + days * DAY_LENGTH);
        result = apply_run(apply, statement);
    }
    buffer_free(&hash);
    buffer_free(&sealed);
    return result == VAULT_OK ? tell(apply) : result;
}

/* --- Ending, reviewing, being told --- */

static int read_glass(struct apply *apply, struct breakglass *glass)
{
    int result = breakglass_read(apply->store, json_number(apply->change, "breakglass", -1), glass, apply->failure);
    return result == VAULT_ENOTFOUND ? refuse(apply, "no such glass was broken") : result;
}

int apply_breakglass_close(struct apply *apply)
{
    struct breakglass glass = {0};
    int result = read_glass(apply, &glass);
    if (result == VAULT_OK && strcmp(glass.member, apply->actor) != 0)
        result = refuse(apply, "only who broke it ends it before its time");
    if (result == VAULT_OK && glass.until <= apply->time)
        result = refuse(apply, "it has ended already");
    if (result == VAULT_OK)
        result = run_numbers(apply, QUERY_BREAKGLASS_END, glass.seq, NULL, apply->time);
    breakglass_free(&glass);
    return result;
}

static int put_verdict(struct apply *apply, const struct breakglass *glass, const char *verdict, struct bytes hash, struct bytes note)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_BREAKGLASS_REVIEW, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, glass->seq);
    bind_text(statement, 2, apply->actor);
    bind_text(statement, 3, verdict);
    bind_number(statement, 4, apply->seq);
    bind_bytes(statement, 5, hash);
    bind_bytes(statement, 6, note);
    /* With a review it is over, whatever was left of its time. */
    bind_number(statement, 7, glass->until < apply->time ? glass->until : apply->time);
    return apply_run(apply, statement);
}

int apply_breakglass_review(struct apply *apply)
{
    struct breakglass glass = {0};
    struct buffer hash = {0};
    struct buffer note = {0};
    const char *verdict;
    bool locked = false;
    int64_t next;
    int result = apply_text(apply, "verdict", &verdict);
    if (result == VAULT_OK && strcmp(verdict, "ok") != 0 && strcmp(verdict, "not_ok") != 0)
        result = apply_missing(apply, "verdict");
    if (result == VAULT_OK)
        result = read_glass(apply, &glass);
    if (result == VAULT_OK && strcmp(glass.member, apply->actor) == 0)
        result = refuse(apply, "nobody reviews what he did himself");
    if (result == VAULT_OK && glass.reviewed_by[0] != '\0')
        result = refuse(apply, "it has been reviewed already");
    if (result == VAULT_OK)
        result = breakglass_locks(apply->store, apply->actor, apply->time, &locked, &next, apply->failure);
    if (result == VAULT_OK && locked)
        result = refuse(apply, "who is locked reviews nothing");
    if (result == VAULT_OK)
        result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK)
        result = apply_sealed_text(apply, &note);
    if (result == VAULT_OK)
        result = put_verdict(apply, &glass, verdict, buffer_bytes(&hash), buffer_bytes(&note));
    breakglass_free(&glass);
    buffer_free(&hash);
    buffer_free(&note);
    return result;
}

int apply_notice_take(struct apply *apply)
{
    const json_t *about = json_object_get(apply->change, "about");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(about) && result == VAULT_OK; i++)
        result = run_numbers(apply, QUERY_NOTICE_TOLD, (int64_t)json_integer_value(json_array_get(about, i)), apply->actor, apply->seq);
    return result;
}

/* --- Access reviews --- */

static int put_item(struct apply *apply, const json_t *item)
{
    struct statement *statement;
    const char *role = json_text(item, "role");
    const char *user = json_text(item, "user");
    int64_t granted = json_number(item, "grant", -1);
    bool row = false;
    if (role == NULL || user == NULL)
        return apply_missing(apply, "items");
    int result = apply_query(apply, QUERY_GRANT_GET, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    result = statement_step(statement, &row, apply->failure);
    bool same = result == VAULT_OK && row && column_number(statement, 2) == granted;
    statement_reset(statement);
    if (result == VAULT_OK && !same)
        return refuse(apply, "a grant that is not the one in force");
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_REVIEW_ITEM_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, apply->seq);
    bind_text(statement, 2, role);
    bind_text(statement, 3, user);
    bind_number(statement, 4, granted);
    return apply_run(apply, statement);
}

int apply_review_start(struct apply *apply)
{
    char missed[SETTING_VALUE_MAX + 1];
    struct statement *statement;
    const json_t *items = json_object_get(apply->change, "items");
    int64_t due = json_number(apply->change, "due", 0);
    int result = due > apply->time && json_array_size(items) > 0 ? VAULT_OK : refuse(apply, "a review of nothing, or due already");
    if (result == VAULT_OK)
        result = setting_value(apply->store, setting_find(SETTING_REVIEW_MISSED), missed, apply->failure);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_REVIEW_PUT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, apply->seq);
    bind_text(statement, 2, apply->actor);
    bind_number(statement, 3, due);
    bind_text(statement, 4, missed);
    result = apply_run(apply, statement);
    for (size_t i = 0; i < json_array_size(items) && result == VAULT_OK; i++)
        result = put_item(apply, json_array_get(items, i));
    return result;
}

static int check_item(struct apply *apply, int64_t review, const char *role, const char *user)
{
    struct statement *statement;
    bool row = false;
    int result = apply_query(apply, QUERY_REVIEW_ITEM_GET, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, review);
    bind_text(statement, 2, role);
    bind_text(statement, 3, user);
    result = statement_step(statement, &row, apply->failure);
    bool open = result == VAULT_OK && row && column_text(statement, 1)[0] == '\0';
    statement_reset(statement);
    if (result == VAULT_OK && !open)
        result = refuse(apply, "that is not to be decided in this review");
    if (result == VAULT_OK && strcmp(user, apply->actor) == 0)
        result = refuse(apply, "nobody reviews his own grants");
    return result;
}

int apply_review_decide(struct apply *apply)
{
    struct statement *statement;
    const char *role;
    const char *user;
    const char *verdict;
    int64_t review = json_number(apply->change, "review", -1);
    int result = apply_text(apply, "role", &role);
    if (result == VAULT_OK)
        result = apply_text(apply, "user", &user);
    if (result == VAULT_OK)
        result = apply_text(apply, "verdict", &verdict);
    if (result == VAULT_OK && strcmp(verdict, "keep") != 0 && strcmp(verdict, "drop") != 0)
        result = apply_missing(apply, "verdict");
    if (result == VAULT_OK)
        result = check_item(apply, review, role, user);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_REVIEW_ITEM_DECIDE, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, review);
    bind_text(statement, 2, role);
    bind_text(statement, 3, user);
    bind_text(statement, 4, verdict);
    bind_text(statement, 5, apply->actor);
    bind_number(statement, 6, apply->seq);
    return apply_run(apply, statement);
}

int apply_review_finish(struct apply *apply)
{
    struct statement *statement;
    bool row = false;
    int64_t review = json_number(apply->change, "review", -1);
    int result = apply_query(apply, QUERY_REVIEW_OPEN_COUNT, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, review);
    result = statement_step(statement, &row, apply->failure);
    bool open = result == VAULT_OK && row && column_number(statement, 0) > 0;
    statement_reset(statement);
    if (result == VAULT_OK && open)
        return refuse(apply, "that review is not at its end");
    return result == VAULT_OK ? run_numbers(apply, QUERY_REVIEW_FINISH, review, NULL, apply->seq) : result;
}
