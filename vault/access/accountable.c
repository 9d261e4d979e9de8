#include "vault/access/accountable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/release.h"
#include "vault/access/session_private.h"
#include "vault/access/settings.h"
#include "vault/crypto/share.h"
#include "vault/store/setting.h"

int accountable_state(struct session *session, enum compartment compartment, struct accountable_state *state,
    struct failure *failure)
{
    char name[64];
    int64_t todo = 0;
    memset(state, 0, sizeof *state);
    (void)snprintf(name, sizeof name, "%s%s", SETTING_ACCOUNTABLE, compartment_name(compartment));
    if (setting_find(name) == NULL) /* the directory holds no records */
        return VAULT_OK;
    int result = setting_is_on(session->store, name, &state->on, failure);
    accountable_todo_name(compartment, name);
    if (result == VAULT_OK)
        result = store_setting_get(session->store, name, 0, &todo, failure);
    state->todo = todo != 0;
    return result;
}

int accountable_any(struct session *session, bool *any, struct failure *failure)
{
    int result = VAULT_OK;
    *any = false;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        struct accountable_state state;
        result = accountable_state(session, (enum compartment)i, &state, failure);
        *any = *any || state.on;
    }
    return result;
}

int accountable_wrapping(
    void *context, enum compartment compartment, struct record_wrapping *wrapping, struct failure *failure)
{
    struct session *session = context;
    struct accountable_state state;
    struct recipients recipients;
    struct hash hash;
    int result = accountable_state(session, compartment, &state, failure);
    memset(wrapping, 0, sizeof *wrapping);
    if (result != VAULT_OK || !state.on)
        return result;
    result = recipients_read(session->store, &recipients, failure);
    if (result == VAULT_OK && recipients.count == 0)
        result = failure_set(
            failure, VAULT_EDAMAGED, "nobody could release the keys of %s", compartment_name(compartment));
    /* Whoever stands in the store without an event would be given every key that is wrapped from now on. */
    hash_sha256(bytes_of(&recipients, sizeof recipients), &hash);
    if (result == VAULT_OK && !hash_equal(&session->recipients_checked, &hash))
        result = authority_check_recipients(session, &recipients, failure);
    if (result != VAULT_OK)
        return result;
    session->recipients_checked = hash;
    wrapping->witnessed = true;
    wrapping->settled = !state.todo;
    wrapping->generation = recipients.generation;
    wrapping->origin = session->origin;
    wrapping->count = recipients.count;
    for (size_t i = 0; i < recipients.count; i++)
        memcpy(wrapping->recipients[i].public_key, recipients.list[i].public_key, BOX_PUBLIC_SIZE);
    return VAULT_OK;
}

/* --- Events that the session says by itself --- */

static json_t *own_members(struct session *session, json_t *resources)
{
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:o,s:s,s:{s:s}}", "actor", "id", session->user, "type",
        "user", "decision", "effect", "permit", "policies", "resources", resources, "session", session->id,
        "src", "host", session->host);
}

/* The records that are asked for, each with its client. */
static json_t *name_items(const struct releases *releases)
{
    json_t *list = json_array();
    for (size_t i = 0; i < releases_count(releases) && list != NULL; i++) {
        const struct release_item *item = &releases_items(releases)[i];
        char client[ULID_TEXT_SIZE];
        char record[ULID_TEXT_SIZE];
        ulid_format(&item->client, client);
        ulid_format(&item->record, record);
        if (json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:I}", "type", "record", "client", client,
                                            "id", record, "version", (json_int_t)item->version)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

/* Only within something that was decided and logged: its event is the last one of this session. */
int accountable_release(void *context, struct releases *releases, struct failure *failure)
{
    struct session *session = context;
    struct release_ask *ask = NULL;
    uint64_t within = session->last_event;
    uint64_t event = 0;
    json_t *members = own_members(session, name_items(releases));
    int result =
        members == NULL || json_object_set_new(members, "within", json_integer((json_int_t)within)) != 0
            ? failure_set(failure, VAULT_ENOMEM, "no memory for the event")
            : release_begin(session, releases, members, &ask, failure);
    if (result == VAULT_OK)
        result = event_append(session, "record.open", members, &event, failure);
    else
        json_decref(members);
    if (result == VAULT_OK)
        result = release_finish(session, ask, event, failure);
    session->last_event = within;
    release_ask_free(ask);
    return result;
}

/* --- Wrapping again --- */

/* Where a portfolio's compartment is: numbers of the store, apart for each change that asks for it. */
struct place_at {
    char name[160];
    int64_t at;
};
#define AT_END INT64_MAX

static int read_at(struct session *session, int64_t todo, const char *portfolio, enum compartment compartment,
    bool versions, struct place_at *place, struct failure *failure)
{
    (void)snprintf(place->name, sizeof place->name, "accountable.at.%lld.%s.%s.%s", (long long)todo,
        compartment_name(compartment), versions ? "old" : "now", portfolio);
    return store_setting_get(session->store, place->name, 0, &place->at, failure);
}

/* The clients whose records are asked for; a batch has few enough to name them all. */
static json_t *name_clients(const struct releases *releases)
{
    json_t *list = json_array();
    const struct release_item *items = releases_items(releases);
    for (size_t i = 0; i < releases_count(releases) && list != NULL; i++) {
        char client[ULID_TEXT_SIZE];
        if (i > 0 && ulid_equal(&items[i].client, &items[i - 1].client))
            continue;
        ulid_format(&items[i].client, client);
        if (json_array_append_new(list, json_pack("{s:s,s:s}", "type", "client", "id", client)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

struct batch {
    struct session *session;
    struct rewrap rewrap;
    struct releases *releases;
    struct release_ask *ask;
    struct place_at *place;
    struct failure *failure;
};

static int begin(struct batch *batch, struct change **change)
{
    json_t *members = own_members(batch->session, name_clients(batch->releases));
    json_t *scope = json_pack("{s:s,s:s}", "portfolio", batch->rewrap.portfolio, "compartment",
        compartment_name(batch->rewrap.compartment));
    int result = members == NULL || json_object_set_new(members, "scope", scope) != 0
                     ? failure_set(batch->failure, VAULT_ENOMEM, "no memory for the event")
                     : release_begin(batch->session, batch->releases, members, &batch->ask, batch->failure);
    if (result == VAULT_OK)
        return change_begin(batch->session, "accountable.rewrap", members, NULL, change, batch->failure);
    json_decref(members);
    return result;
}

/* Once through: intent, release, keys and how far we are in one transaction, outcome. */
static int run_batch(struct batch *batch, size_t *keyless)
{
    struct session *session = batch->session;
    struct change *change = NULL;
    int result = begin(batch, &change);
    if (result != VAULT_OK)
        return result;
    result = release_finish(session, batch->ask, change_intent(change), batch->failure);
    records_lend(session->records, batch->releases);
    if (result == VAULT_OK)
        result = records_rewrap(session->records, &batch->rewrap, keyless, batch->failure);
    records_lend(session->records, NULL);
    if (result == VAULT_OK && *keyless == 0)
        result = store_setting_put(session->store, batch->place->name, batch->rewrap.last, batch->failure);
    if (result != VAULT_OK) {
        change_abort(change, result);
        return result;
    }
    return change_commit(
        change, json_pack("{s:I}", "count", (json_int_t)(batch->rewrap.count - *keyless)), batch->failure);
}

static int next_batch(struct session *session, const char *portfolio, enum compartment compartment,
    bool versions, struct place_at *place, uint64_t *done, bool *barred, struct failure *failure)
{
    struct batch *batch = calloc(1, sizeof *batch);
    size_t keyless = 0;
    int result = batch == NULL || (batch->releases = releases_new()) == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK) {
        batch->session = session;
        batch->place = place;
        batch->failure = failure;
        batch->rewrap.portfolio = portfolio;
        batch->rewrap.compartment = compartment;
        batch->rewrap.versions = versions;
        batch->rewrap.after = place->at;
        result = records_rewrap_find(session->records, &batch->rewrap, batch->releases, failure);
    }
    if (result == VAULT_OK && batch->rewrap.count == 0)
        place->at = AT_END;
    if (result == VAULT_OK && batch->rewrap.count > 0) {
        result = run_batch(batch, &keyless);
        place->at = batch->rewrap.last;
        *done += result == VAULT_OK ? batch->rewrap.count - keyless : 0;
        *barred = *barred || keyless > 0;
    }
    if (batch != NULL) {
        release_ask_free(batch->ask);
        releases_free(batch->releases);
    }
    free(batch);
    return result;
}

struct finishing {
    struct session *session;
    bool all;
    uint64_t *done;
    bool through; /* this compartment is */
    bool checked; /* the tables were held against the log */
    void (*progress)(void *context, uint64_t done);
    void *context;
    struct failure *failure;
};

static int finish_portfolio(
    struct finishing *finishing, int64_t todo, const char *portfolio, enum compartment compartment)
{
    struct session *session = finishing->session;
    const struct secret *key;
    int result = VAULT_OK;
    if (keyring_index(session->keyring, portfolio, compartment, &key, NULL) != VAULT_OK) {
        /* Somebody else's. Without records it holds nothing up, but who could tell without looking? */
        struct rewrap *rewrap = calloc(1, sizeof *rewrap);
        struct releases *none = releases_new();
        for (int versions = 0; versions < 2 && result == VAULT_OK; versions++) {
            result = rewrap == NULL || none == NULL ? VAULT_ENOMEM : VAULT_OK;
            if (result != VAULT_OK)
                break;
            *rewrap = (struct rewrap){
                .portfolio = portfolio, .compartment = compartment, .versions = versions == 1};
            result = records_rewrap_find(session->records, rewrap, none, finishing->failure);
            finishing->through = finishing->through && rewrap->count == 0;
        }
        releases_free(none);
        free(rewrap);
        return result;
    }
    /* Keys are given to whom the log names, and to nobody whom the store alone does. */
    if (!finishing->checked)
        result = authority_check(session, finishing->failure);
    finishing->checked = result == VAULT_OK;
    for (int versions = 0; versions < 2 && result == VAULT_OK; versions++) {
        struct place_at place;
        bool barred = false;
        result = read_at(session, todo, portfolio, compartment, versions == 1, &place, finishing->failure);
        do {
            if (result == VAULT_OK)
                result = next_batch(session, portfolio, compartment, versions == 1, &place, finishing->done,
                    &barred, finishing->failure);
            if (finishing->progress != NULL)
                finishing->progress(finishing->context, *finishing->done);
        } while (finishing->all && result == VAULT_OK && place.at != AT_END);
        finishing->through = finishing->through && result == VAULT_OK && place.at == AT_END && !barred;
    }
    return result;
}

static int close_compartment(
    struct session *session, enum compartment compartment, int64_t todo, struct failure *failure)
{
    char name[64];
    int64_t now = 0;
    accountable_todo_name(compartment, name);
    int result = change_hold(session, failure);
    if (result != VAULT_OK)
        return result;
    result = store_begin(session->store, failure);
    if (result == VAULT_OK)
        result = store_setting_get(session->store, name, 0, &now, failure);
    /* Asked for anew meanwhile: then it is not through. */
    if (result == VAULT_OK && now == todo)
        result = store_setting_put(session->store, name, 0, failure);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    else
        store_rollback(session->store);
    change_release(session);
    /* What was overwritten must not stand in the write-ahead log any longer. */
    store_checkpoint(session->store);
    return result;
}

static int finish_compartment(struct finishing *finishing, enum compartment compartment)
{
    struct session *session = finishing->session;
    struct statement *portfolios = NULL;
    char name[64];
    int64_t todo = 0;
    bool row = true;
    accountable_todo_name(compartment, name);
    finishing->through = true;
    int result = store_setting_get(session->store, name, 0, &todo, finishing->failure);
    if (result != VAULT_OK || todo == 0)
        return result;
    result = statement_own(session->store, QUERY_PORTFOLIO_LIST, &portfolios, finishing->failure);
    while (result == VAULT_OK &&
           (result = statement_step(portfolios, &row, finishing->failure)) == VAULT_OK && row)
        result = finish_portfolio(finishing, todo, column_text(portfolios, 0), compartment);
    statement_free(portfolios);
    return result == VAULT_OK && finishing->through
               ? close_compartment(session, compartment, todo, finishing->failure)
               : result;
}

int accountable_finish(struct session *session, bool all, uint64_t *done, unsigned *left,
    void (*progress)(void *context, uint64_t done), void *context, struct failure *failure)
{
    struct finishing finishing = {.session = session,
        .all = all,
        .done = done,
        .progress = progress,
        .context = context,
        .failure = failure};
    int result = VAULT_OK;
    *done = 0;
    *left = 0;
    for (int i = COMPARTMENT_DIRECTORY + 1; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        result = finish_compartment(&finishing, (enum compartment)i);
        *left |= finishing.through && result == VAULT_OK ? 0 : 1u << i;
    }
    return result;
}

/* --- The sheet --- */

static void sheet_name(const struct recipients *recipients, struct bytes public_key, char name[64])
{
    uint8_t id[WITNESSED_ID_SIZE];
    char hex[2 * WITNESSED_ID_SIZE + 1];
    witnessed_id(public_key, id);
    hex_encode(bytes_of(id, sizeof id), hex);
    (void)snprintf(name, 64, "sheet-%s", hex);
    for (size_t i = 0; i < recipients->count; i++) {
        if (recipients->list[i].sheet &&
            bytes_equal(public_key, bytes_of(recipients->list[i].public_key, BOX_PUBLIC_SIZE)))
            (void)snprintf(name, 64, "%.63s", recipients->list[i].name);
    }
}

static int pair_of(const struct secret *shares, struct box_key **pair, struct failure *failure)
{
    struct secret *half = NULL;
    *pair = NULL;
    int result = share_combine_joined(secret_bytes(shares), &half);
    if (result == VAULT_OK && secret_bytes(half).size != KEY_SIZE)
        result = VAULT_EINPUT;
    if (result == VAULT_OK && (*pair = box_key_from_secret(half)) == NULL)
        result = VAULT_ENOMEM;
    secret_free(half);
    return result == VAULT_EINPUT ? failure_set(failure, result, "the shares do not fit together") : result;
}

int accountable_break_glass(struct session *session, const struct secret *shares, struct failure *failure)
{
    struct recipients recipients;
    struct change *change = NULL;
    struct box_key *pair = NULL;
    int result = pair_of(shares, &pair, failure);
    if (result == VAULT_OK)
        result = recipients_read(session->store, &recipients, failure);
    if (result == VAULT_OK) {
        sheet_name(&recipients, box_key_public(pair), session->breakglass_name);
        json_t *resources = json_pack("[{s:s,s:s}]", "type", "recipient", "id", session->breakglass_name);
        result = change_begin(session, "breakglass.use", own_members(session, resources),
            json_pack("{s:s}", "name", session->breakglass_name), &change, failure);
    }
    if (result == VAULT_OK)
        result = change_commit(change, NULL, failure);
    if (result == VAULT_OK)
        session->breakglass = pair;
    else
        box_key_free(pair);
    return result;
}
