/* What the watch keeps between its runs, sealed, and what is settled for it. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/session_private.h"
#include "vault/access/watch_private.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/store/setting.h"

#define STATE "watch.state"

static void state_place(struct session *session, struct place *place)
{
    place_start(place, "watch", &session->vault);
}

/* What does not open, or is none, is begun anew. */
static json_t *open_state(struct session *session)
{
    struct place place;
    struct buffer sealed = {0};
    struct buffer text = {0};
    json_t *state = NULL;
    state_place(session, &place);
    if (store_fact_get(session->store, STATE, &sealed, NULL) == VAULT_OK &&
        seal_open(session->keys.source, place_bytes(&place), buffer_bytes(&sealed), &text) == VAULT_OK &&
        json_read(buffer_bytes(&text), &state, NULL) != VAULT_OK)
        state = NULL;
    buffer_free(&sealed);
    buffer_free(&text);
    return state;
}

static json_t *member_of(const json_t *state, const char *name)
{
    json_t *member = json_object_get(state, name);
    return json_is_object(member) ? json_incref(member) : json_object();
}

int watch_load(struct watch *watch)
{
    json_t *state = open_state(watch->session);
    watch->people = member_of(state, "people");
    watch->told = member_of(state, "told");
    watch->refused = member_of(state, "refused");
    watch->due = json_array();
    watch->counts = calloc(PEOPLE_MAX * UNUSUAL_DAYS, sizeof watch->counts[0]);
    json_decref(state);
    return watch->people != NULL && watch->told != NULL && watch->refused != NULL && watch->due != NULL &&
                   watch->counts != NULL
               ? VAULT_OK
               : VAULT_ENOMEM;
}

int watch_save(struct watch *watch, uint64_t next, struct failure *failure)
{
    struct place place;
    struct buffer sealed = {0};
    struct buffer text = {0};
    json_t *state =
        json_pack("{s:O,s:O,s:O}", "people", watch->people, "told", watch->told, "refused", watch->refused);
    int result = state == NULL ? VAULT_ENOMEM : json_write_canonical(state, &text);
    state_place(watch->session, &place);
    if (result == VAULT_OK)
        result = seal(watch->session->keys.source, place_bytes(&place), buffer_bytes(&text), &sealed);
    if (result == VAULT_OK)
        result = store_fact_put(watch->session->store, STATE, buffer_bytes(&sealed), failure);
    if (result == VAULT_OK)
        result = store_setting_put(watch->session->store, POSITION, (int64_t)next, failure);
    json_decref(state);
    buffer_free(&sealed);
    buffer_free(&text);
    return result;
}

void watch_release(struct watch *watch)
{
    json_decref(watch->people);
    json_decref(watch->told);
    json_decref(watch->refused);
    json_decref(watch->due);
    free(watch->counts);
}

int watch_read_rules(struct session *session, struct rules *rules, struct failure *failure)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = setting_is_on(session->store, SETTING_ALERT_VOLUME, &rules->volume, failure);
    if (result == VAULT_OK)
        result = setting_is_on(session->store, SETTING_ALERT_FIRST, &rules->first_access, failure);
    if (result == VAULT_OK)
        result = setting_value(session->store, setting_find(SETTING_ALERT_HOURS), value, failure);
    if (result == VAULT_OK) {
        rules->by_hours = hours_parse(value, &rules->hours);
        result = setting_value(session->store, setting_find(SETTING_ALERT_LOGINS), value, failure);
    }
    if (result == VAULT_OK)
        rules->failed_logins = strcmp(value, "off") == 0 ? 0 : strtoll(value, NULL, 10);
    return result;
}
