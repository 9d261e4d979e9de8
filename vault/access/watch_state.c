/* What the watch keeps between its runs, sealed, and what is settled for it. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/session_private.h"
#include "vault/access/watch_private.h"
#include "vault/base/instant.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/store/setting.h"

#define STATE "watch.state"
#define SAVE_EVERY (UINT64_C(60) * 1000000000u)

/* Every commit makes every connection read its pages anew, which at a busy server costs all readers more than
 * the watch itself does; and what was looked at without finding anything is found, or not, again after a
 * crash. */
struct watched {
    pthread_mutex_t lock; /* guards all that follows */
    bool there;
    uint64_t stored; /* the store's position when it was last read or written */
    uint64_t next;
    uint64_t saved_at; /* monotonic; 0: not by us yet, so that one run's findings last in any case */
    json_t *people, *told, *refused;
};

struct watched *watched_new(void)
{
    struct watched *kept = calloc(1, sizeof *kept);
    if (kept != NULL)
        (void)pthread_mutex_init(&kept->lock, NULL);
    return kept;
}

static void forget(struct watched *kept)
{
    json_decref(kept->people);
    json_decref(kept->told);
    json_decref(kept->refused);
    kept->people = kept->told = kept->refused = NULL;
    kept->there = false;
}

void watched_free(struct watched *kept)
{
    if (kept == NULL)
        return;
    forget(kept);
    (void)pthread_mutex_destroy(&kept->lock);
    free(kept);
}

void watched_lock(struct watched *kept)
{
    if (kept != NULL)
        (void)pthread_mutex_lock(&kept->lock);
}

void watched_unlock(struct watched *kept)
{
    if (kept != NULL)
        (void)pthread_mutex_unlock(&kept->lock);
}

/* Another process that looked on has written another position. */
static bool goes_on(const struct watch *watch)
{
    const struct watched *kept = watch->kept;
    return kept != NULL && kept->there && watch->begun && kept->stored == watch->stored;
}

uint64_t watch_next(const struct watch *watch)
{
    return goes_on(watch) ? watch->kept->next : watch->stored;
}

bool watch_may_wait(const struct watch *watch)
{
    return watch->kept != NULL && watch->kept->saved_at != 0 && watch->begun &&
           json_array_size(watch->due) == 0 && instant_monotonic() - watch->kept->saved_at < SAVE_EVERY;
}

void watch_keep(struct watch *watch, uint64_t next, uint64_t stored)
{
    struct watched *kept = watch->kept;
    if (kept == NULL)
        return;
    forget(kept);
    kept->people = json_incref(watch->people);
    kept->told = json_incref(watch->told);
    kept->refused = json_incref(watch->refused);
    kept->next = next;
    if (stored == next)
        kept->saved_at = instant_monotonic();
    kept->stored = stored;
    kept->there = true;
}

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

/* Taken out, so that a run that fails half way leaves nothing behind. */
static void take_kept(struct watch *watch)
{
    struct watched *kept = watch->kept;
    watch->people = kept->people;
    watch->told = kept->told;
    watch->refused = kept->refused;
    kept->people = kept->told = kept->refused = NULL; /* transferred */
    kept->there = false;
}

static void read_stored(struct watch *watch)
{
    json_t *state = open_state(watch->session);
    watch->people = member_of(state, "people");
    watch->told = member_of(state, "told");
    watch->refused = member_of(state, "refused");
    json_decref(state);
}

int watch_load(struct watch *watch)
{
    if (goes_on(watch))
        take_kept(watch);
    else
        read_stored(watch);
    watch->due = json_array();
    watch->counts = calloc(PEOPLE_MAX * UNUSUAL_DAYS, sizeof watch->counts[0]);
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
