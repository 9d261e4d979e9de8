#include "vault/access/alerts.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/change.h"
#include "vault/access/common_private.h"
#include "vault/access/session_private.h"
#include "vault/base/instant.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/evidence/canonical.h"
#include "vault/log/index.h"

#define SAME_SIZE 16

/* --- Raising --- */

static void same_of(struct session *session, const struct alert *alert, char text[2 * SAME_SIZE + 1])
{
    uint8_t token[SAME_SIZE];
    struct place place;
    place_start(&place, "alert", &session->vault);
    place_add_text(&place, alert->kind);
    place_add_text(&place, alert->how);
    place_add_text(&place, alert->about == NULL ? "" : alert->about);
    place_add_text(&place, alert->person == NULL ? session->user : alert->person);
    keyed_token(session->keys.lookup, "alert", place_bytes(&place), token, sizeof token);
    hex_encode(bytes_of(token, sizeof token), text);
}

struct looking {
    const char *same;
    bool found;
};

static int look_at(void *context, uint64_t index, struct bytes leaf)
{
    struct looking *looking = context;
    struct bytes alert;
    struct bytes same;
    (void)index;
    looking->found =
        looking->found || (canonical_find(leaf, "alert", &alert) && canonical_find(alert, "same", &same) &&
                              bytes_equal(canonical_string(same), bytes_of_text(looking->same)));
    return VAULT_OK;
}

static int raised_before(struct session *session, const char *same, bool *before, struct failure *failure)
{
    struct looking looking = {.same = same};
    struct log_query query = {
        .event = "alert.raise", .from = instant_now() - ALERT_QUIET_MS, .to = INT64_MAX};
    int result = log_index_query(
        session->log, session->store, session->keys.log_index, &query, look_at, &looking, failure);
    *before = looking.found;
    return result;
}

static json_t *plain_members(struct session *session, json_t *alert)
{
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:s,s:O}", "actor", "id", session->user, "type", "user",
        "decision", "effect", "permit", "policies", "resources", "session", session->id, "alert", alert);
}

int alerts_raise(struct session *session, const struct alert *alert, json_t **raised, struct failure *failure)
{
    char same[2 * SAME_SIZE + 1];
    char id[ULID_TEXT_SIZE];
    bool before = false;
    *raised = NULL;
    same_of(session, alert, same);
    int result = raised_before(session, same, &before, failure);
    if (result != VAULT_OK || before)
        return result;
    struct ulid number = ulid_new();
    ulid_format(&number, id);
    json_t *said = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", id, "kind", alert->kind, "severity",
        alert->severity, "how", alert->how, "same", same);
    bool other = alert->person != NULL && strcmp(alert->person, session->user) != 0;
    if (said != NULL &&
        ((alert->cause != ALERT_NO_CAUSE &&
             json_object_set_new(said, "cause", json_integer((json_int_t)alert->cause)) != 0) ||
            (other && json_object_set_new(said, "person", json_string(alert->person)) != 0))) {
        json_decref(said);
        said = NULL;
    }
    result = event_append(
        session, "alert.raise", said == NULL ? NULL : plain_members(session, said), NULL, failure);
    if (result == VAULT_OK)
        *raised = said;
    else
        json_decref(said);
    return result;
}

unsigned alerts_changes(const struct session *session)
{
    return session->common == NULL ? 0 : common_alerts(session->common);
}

const char *alert_person(const struct session *session, const json_t *alert)
{
    const char *person = json_text(alert, "person");
    return person != NULL ? person : session->user;
}

int alerts_tell(
    struct session *session, const json_t *alert, const char *way, const char *ended, struct failure *failure)
{
    json_t *told = json_pack("{s:s,s:s,s:s*}", "id", json_text(alert, "id"), "ended", ended, "way", way);
    int result = event_append(
        session, "alert.tell", told == NULL ? NULL : plain_members(session, told), NULL, failure);
    json_decref(told);
    return result;
}

/* --- Acknowledging: the note may name people and clients, so it is sealed like names of files --- */

static void note_place(struct session *session, const char *id, struct place *place)
{
    place_start(place, "alert note", &session->vault);
    place_add_text(place, id);
}

static json_t *seal_note(struct session *session, const char *id, const char *note)
{
    struct place place;
    struct buffer sealed = {0};
    json_t *value = NULL;
    note_place(session, id, &place);
    if (seal(session->keys.source, place_bytes(&place), bytes_of_text(note), &sealed) == VAULT_OK)
        value = json_base64(buffer_bytes(&sealed));
    buffer_free(&sealed);
    return value;
}

static json_t *open_note(struct session *session, const char *id, const char *encoded)
{
    struct place place;
    struct buffer sealed = {0};
    struct buffer note = {0};
    json_t *value = NULL;
    note_place(session, id, &place);
    if (base64_decode(bytes_of_text(encoded), &sealed) == VAULT_OK &&
        seal_open(session->keys.source, place_bytes(&place), buffer_bytes(&sealed), &note) == VAULT_OK)
        value = json_stringn((const char *)note.data, note.size);
    buffer_free(&sealed);
    buffer_free(&note);
    return value;
}

int alerts_acknowledge(struct session *session, const char *id, const char *note, json_t *members,
    uint64_t *event, struct failure *failure)
{
    json_t *alert =
        json_pack("{s:s,s:o*}", "id", id, "note", note == NULL ? NULL : seal_note(session, id, note));
    bool bad = members == NULL || alert == NULL || (note != NULL && json_object_get(alert, "note") == NULL);
    bad = bad || json_object_set(members, "alert", alert) != 0;
    json_decref(alert);
    if (bad) {
        json_decref(members);
        members = NULL;
    }
    return event_append(session, "alert.acknowledge", members, event, failure);
}

/* --- Listing: what the log says, put together --- */

struct gathering {
    struct session *session;
    json_t *alerts;
    json_t *by_id; /* id -> the same objects */
    int64_t from, to;
};

static json_t *step_of(const json_t *leaf, uint64_t index)
{
    int64_t at = 0;
    const char *time = json_text(leaf, "time");
    if (time == NULL || !instant_parse(bytes_of_text(time), &at))
        return NULL;
    return json_pack("{s:s,s:I,s:I}", "by", json_text(json_object_get(leaf, "actor"), "id"), "at",
        (json_int_t)at, "event", (json_int_t)index);
}

static int take_raised(struct gathering *gathering, uint64_t index, const json_t *leaf, const json_t *said)
{
    static const char *const members[] = {"kind", "severity", "how", "cause"};
    const char *id = json_text(said, "id");
    json_t *step = step_of(leaf, index);
    int64_t at = json_number(step, "at", 0);
    bool wanted = id != NULL && step != NULL && at >= gathering->from && at < gathering->to;
    json_t *alert =
        wanted ? json_pack("{s:s,s:s,s:I,s:I,s:[]}", "id", id, "person",
                     json_text(said, "person") != NULL ? json_text(said, "person") : json_text(step, "by"),
                     "at", (json_int_t)at, "event", (json_int_t)index, "told")
               : NULL;
    bool bad = wanted && alert == NULL;
    for (size_t i = 0; i < 4 && alert != NULL && !bad; i++) {
        json_t *value = json_object_get(said, members[i]);
        bad = value != NULL && json_object_set(alert, members[i], value) != 0;
    }
    if (alert != NULL && !bad)
        bad = json_array_append(gathering->alerts, alert) != 0 ||
              json_object_set(gathering->by_id, id, alert) != 0;
    json_decref(alert);
    json_decref(step);
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

static int take_told(
    struct gathering *gathering, uint64_t index, const json_t *leaf, const char *id, const json_t *said)
{
    const char *ended = json_text(said, "ended");
    const char *way = json_text(said, "way");
    json_t *alert = json_object_get(gathering->by_id, id == NULL ? "" : id);
    json_t *step = alert == NULL ? NULL : step_of(leaf, index);
    if (step == NULL)
        return VAULT_OK;
    bool bad = ended != NULL && (json_object_set_new(step, "by", json_string("")) != 0 ||
                                    json_object_set_new(step, "ended", json_string(ended)) != 0 ||
                                    (way != NULL && json_object_set_new(step, "way", json_string(way)) != 0));
    return json_array_append_new(json_object_get(alert, "told"), step) != 0 || bad ? VAULT_ENOMEM : VAULT_OK;
}

static int take_shown(struct gathering *gathering, uint64_t index, const json_t *leaf)
{
    const json_t *resources = json_object_get(leaf, "resources");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(resources) && result == VAULT_OK; i++)
        result = take_told(gathering, index, leaf, json_text(json_array_get(resources, i), "id"), NULL);
    return result;
}

static int take_acknowledged(
    struct gathering *gathering, uint64_t index, const json_t *leaf, const json_t *said)
{
    const char *id = json_text(said, "id");
    json_t *alert = json_object_get(gathering->by_id, id == NULL ? "" : id);
    /* Who was first counts: later notes do not hide how long it took. */
    if (alert == NULL || json_object_get(alert, "acknowledged") != NULL)
        return VAULT_OK;
    json_t *step = step_of(leaf, index);
    const char *note = json_text(said, "note");
    bool bad = step == NULL;
    if (!bad && note != NULL)
        bad = json_object_set_new(step, "note", open_note(gathering->session, id, note)) != 0;
    return json_object_set_new(alert, "acknowledged", step) != 0 || bad ? VAULT_ENOMEM : VAULT_OK;
}

static int gather(void *context, uint64_t index, struct bytes text)
{
    struct gathering *gathering = context;
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, NULL);
    if (result != VAULT_OK)
        return result;
    const char *event = json_text(leaf, "event");
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    const json_t *said = json_object_get(leaf, "alert");
    bool denied = effect == NULL || strcmp(effect, "permit") != 0;
    if (event == NULL || denied)
        result = VAULT_OK;
    else if (strcmp(event, "alert.raise") == 0)
        result = take_raised(gathering, index, leaf, said);
    else if (strcmp(event, "alert.tell") == 0)
        result = take_told(gathering, index, leaf, json_text(said, "id"), said);
    else if (strcmp(event, "alert.list") == 0)
        result = take_shown(gathering, index, leaf);
    else if (strcmp(event, "alert.acknowledge") == 0)
        result = take_acknowledged(gathering, index, leaf, said);
    json_decref(leaf);
    return result;
}

static void drop_acknowledged(json_t *alerts)
{
    for (size_t i = json_array_size(alerts); i > 0; i--) {
        if (json_object_get(json_array_get(alerts, i - 1), "acknowledged") != NULL)
            (void)json_array_remove(alerts, i - 1);
    }
}

int alerts_list(
    struct session *session, int64_t from, int64_t to, bool open, json_t **alerts, struct failure *failure)
{
    struct gathering gathering = {
        .session = session, .alerts = json_array(), .by_id = json_object(), .from = from, .to = to};
    struct log_query query = {.event = "alert.*", .from = from, .to = INT64_MAX};
    *alerts = NULL;
    int result = gathering.alerts == NULL || gathering.by_id == NULL
                     ? VAULT_ENOMEM
                     : log_index_query(session->log, session->store, session->keys.log_index, &query, gather,
                           &gathering, failure);
    json_decref(gathering.by_id);
    if (result == VAULT_OK && open)
        drop_acknowledged(gathering.alerts);
    if (result == VAULT_OK)
        *alerts = gathering.alerts;
    else
        json_decref(gathering.alerts);
    return result;
}
