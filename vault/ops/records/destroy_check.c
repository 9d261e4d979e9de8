/* May a record be erased? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/freeze.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/ops/records/destroy_private.h"

void erasable_read(struct statement *row, struct erasable *erasable)
{
    struct hasher *hasher = hasher_new();
    *erasable = (struct erasable){.row = (uint64_t)column_number(row, 0),
        .kind = (enum record_kind)column_number(row, 4),
        .version = column_number(row, 6),
        .at = column_number(row, 7)};
    struct bytes id = column_bytes(row, 1);
    struct bytes client = column_bytes(row, 2);
    if (id.size == ULID_SIZE && client.size == ULID_SIZE) {
        memcpy(erasable->id.data, id.data, ULID_SIZE);
        memcpy(erasable->client.id.data, client.data, ULID_SIZE);
    }
    text_copy(erasable->client.portfolio, sizeof erasable->client.portfolio, column_text(row, 3));
    text_copy(erasable->period, sizeof erasable->period, column_text(row, 5));
    if (hasher != NULL) {
        hasher_start(hasher);
        hasher_add(hasher, column_bytes(row, 8));
        hasher_add(hasher, column_bytes(row, 9));
        hasher_finish(hasher, &erasable->sealed);
    } else {
        memory_failed();
    }
    hasher_free(hasher);
}

/* The firm's own facts, where this person may read them; they are sealed for investigators, and the program's
 * are stricter than none. */
int destroy_rules_open(struct call *call, struct destroy_rules *rules)
{
    int64_t set = -1;
    *rules = (struct destroy_rules){.now = session_log_time(call->session)};
    int result = incident_law(call, &rules->law, &set);
    if (result == VAULT_ENOKEY) {
        failure_clear(call->failure);
        result = law_open(law_facts_text(), &rules->law, call->failure);
    }
    if (result == VAULT_OK)
        result = incident_history(call, NULL, NULL, &rules->cases);
    return result;
}

void destroy_rules_free(struct destroy_rules *rules)
{
    law_free(rules->law);
    if (rules->cases != NULL)
        cases_free(rules->cases);
}

/* A case that names no client holds all. */
static const char *held_by(const struct cases *cases, const char *client)
{
    const char *id;
    json_t *one;
    json_object_foreach(cases_all(cases), id, one)
    {
        const json_t *clients = json_object_get(one, "clients");
        if (json_is_true(json_object_get(one, "held")) &&
            (json_array_size(clients) == 0 || json_lists(clients, client)))
            return id;
    }
    return NULL;
}

/* Where a record says no period, the year in which it was written. */
static int year_of(const struct erasable *erasable)
{
    int year = atoi(erasable->period);
    int month;
    int day;
    if (year >= 1)
        return year;
    day_date(erasable->at / INT64_C(86400000), &year, &month, &day);
    return year;
}

static void explain_kept(const struct law_keeping *keeping, const struct erasable *erasable, char why[400])
{
    char day[INSTANT_TEXT_SIZE] = "";
    char id[ULID_TEXT_SIZE];
    const char *article = json_text(keeping->entry, "article");
    const char *status = json_text(keeping->entry, "status");
    ulid_format(&erasable->id, id);
    instant_format(keeping->until, day);
    day[10] = '\0';
    (void)snprintf(why, 400, "%s %s of %s must be kept %s%s: %s (%s)", kind_name(erasable->kind), id,
        erasable->period[0] == '\0' ? "no period" : erasable->period,
        keeping->for_ever ? "for ever" : "until ", keeping->for_ever ? "" : day,
        article == NULL ? "" : article, status == NULL ? "" : status);
}

int destroy_may(struct call *call, const struct destroy_rules *rules, const struct erasable *erasable,
    char why[400], bool *kept)
{
    char client[ULID_TEXT_SIZE];
    bool frozen = false;
    struct law_keeping keeping = law_keeping(rules->law, erasable->kind, year_of(erasable));
    why[0] = '\0';
    *kept = false;
    ulid_format(&erasable->client.id, client);
    const char *held = held_by(rules->cases, client);
    int result = freeze_covers(
        session_store(call->session), session_user(call->session), &erasable->client, &frozen, call->failure);
    if (result != VAULT_OK)
        return result;
    if (held != NULL) {
        (void)snprintf(
            why, 400, "the incident %s holds what is of client %s ('incident hold')", held, client);
    } else if (frozen) {
        (void)snprintf(why, 400, "an incident froze client %s", client);
    } else if (keeping.entry != NULL && keeping.until > rules->now) {
        explain_kept(&keeping, erasable, why);
        *kept = true;
    }
    return VAULT_OK;
}
