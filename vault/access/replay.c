#include "vault/access/replay.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/crypto/sign.h"

#define BIRTH_EVENTS_MAX 64

/* A change that waits for its outcome. */
struct waiting {
    uint64_t intent; /* whose outcome decides: the event's own, or that of the change it was noted within */
    uint64_t index;
    json_t *leaf;
};

/* Users by name: looked up for every leaf, so not through the store. */
struct signer {
    char *user;
    size_t size;
    uint8_t key[SIGN_PUBLIC_SIZE];
};

struct replay {
    struct store *store;
    struct waiting *waiting;
    size_t waiting_count;
    size_t waiting_capacity;
    struct signer *signers; /* sorted */
    size_t signer_count;
    void (*watch)(void *context, uint64_t index, const json_t *leaf);
    void *watch_context;
    uint64_t birth; /* so many events at the beginning are the vault's own, as the first one says */
};

int replay_new(struct replay **replayp, struct failure *failure)
{
    struct replay *replay = calloc(1, sizeof *replay);
    *replayp = NULL;
    int result = replay == NULL ? VAULT_ENOMEM : store_memory(&replay->store, failure);
    /* One transaction for all: nobody else looks, and nothing of it is to be kept. */
    if (result == VAULT_OK)
        result = store_begin(replay->store, failure);
    if (result != VAULT_OK) {
        replay_free(replay);
        return failure_set(failure, result, "the log cannot be replayed: %s", vault_error_text(result));
    }
    *replayp = replay;
    return VAULT_OK;
}

void replay_free(struct replay *replay)
{
    if (replay == NULL)
        return;
    for (size_t i = 0; i < replay->waiting_count; i++)
        json_decref(replay->waiting[i].leaf);
    for (size_t i = 0; i < replay->signer_count; i++)
        free(replay->signers[i].user);
    free(replay->waiting);
    free(replay->signers);
    store_free(replay->store);
    free(replay);
}

struct store *replay_store(struct replay *replay)
{
    return replay->store;
}

void replay_watch(
    struct replay *replay, void (*watch)(void *context, uint64_t index, const json_t *leaf), void *context)
{
    replay->watch = watch;
    replay->watch_context = context;
}

bool replay_wants(const struct replay *replay, struct bytes event)
{
    /* While something waits, any event may be the outcome that it waits for. */
    return replay->waiting_count > 0 || authority_event(event);
}

/* --- Keys --- */

/* Where the user is, or would be. */
static size_t find_signer(const struct replay *replay, struct bytes user, bool *found)
{
    size_t low = 0;
    size_t high = replay->signer_count;
    *found = false;
    while (low < high && !*found) {
        size_t middle = low + (high - low) / 2;
        const struct signer *signer = &replay->signers[middle];
        int order = bytes_compare(user, bytes_of(signer->user, signer->size));
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
        if (order == 0) {
            low = middle;
            *found = true;
        }
    }
    return low;
}

const uint8_t *replay_public_key(const struct replay *replay, struct bytes user)
{
    bool found;
    size_t at = find_signer(replay, user, &found);
    return found ? replay->signers[at].key : NULL;
}

/* After user.add took hold, so that the change is known to be sound. */
static int add_signer(struct replay *replay, const json_t *change)
{
    struct buffer key = {0};
    const char *user = json_text(change, "user");
    const char *sign = json_text(change, "sign");
    bool found;
    if (user == NULL || sign == NULL || base64_decode(bytes_of_text(sign), &key) != VAULT_OK)
        return VAULT_EDAMAGED;
    size_t at = find_signer(replay, bytes_of_text(user), &found);
    struct signer *grown = realloc(replay->signers, (replay->signer_count + 1) * sizeof *grown);
    char *name = strdup(user);
    int result = grown == NULL || name == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (grown != NULL)
        replay->signers = grown;
    if (result == VAULT_OK && (found || key.size != SIGN_PUBLIC_SIZE))
        result = VAULT_EDAMAGED;
    if (result == VAULT_OK) {
        memmove(&grown[at + 1], &grown[at], (replay->signer_count - at) * sizeof *grown);
        grown[at] = (struct signer){.user = name, .size = strlen(name)};
        memcpy(grown[at].key, key.data, SIGN_PUBLIC_SIZE);
        replay->signer_count++;
        name = NULL;
    }
    buffer_free(&key);
    free(name);
    return result;
}

/* --- Changes --- */

static int take_hold(struct replay *replay, uint64_t index, const json_t *leaf, struct failure *failure)
{
    const char *event = json_text(leaf, "event");
    const char *actor = json_text(json_object_get(leaf, "actor"), "id");
    const json_t *change = json_object_get(leaf, "change");
    if (event == NULL || actor == NULL)
        return VAULT_EDAMAGED;
    int64_t at = 0;
    const char *time = json_text(leaf, "time");
    if (time != NULL && !instant_parse(bytes_of_text(time), &at))
        return VAULT_EDAMAGED;
    int result = authority_apply(replay->store, event, actor, change, index, at, failure);
    if (result == VAULT_OK && strcmp(event, "user.add") == 0)
        result = add_signer(replay, change);
    if (result == VAULT_OK && replay->watch != NULL)
        replay->watch(replay->watch_context, index, leaf);
    return result == VAULT_EDENIED ? VAULT_EDAMAGED : result;
}

static int wait_for(struct replay *replay, uint64_t intent, uint64_t index, const json_t *leaf)
{
    if (replay->waiting_count == replay->waiting_capacity) {
        size_t capacity = replay->waiting_capacity == 0 ? 16 : 2 * replay->waiting_capacity;
        struct waiting *grown =
            capacity > REPLAY_PENDING_MAX ? NULL : realloc(replay->waiting, capacity * sizeof *grown);
        if (grown == NULL)
            return capacity > REPLAY_PENDING_MAX ? VAULT_ELIMIT : VAULT_ENOMEM;
        replay->waiting = grown;
        replay->waiting_capacity = capacity;
    }
    json_t *copy = json_deep_copy(leaf);
    if (copy == NULL)
        return VAULT_ENOMEM;
    replay->waiting[replay->waiting_count++] = (struct waiting){intent, index, copy};
    return VAULT_OK;
}

/* In the order in which they were logged; the first that does not fit is told, the others still take hold. */
static int settle(struct replay *replay, uint64_t intent, bool done, struct failure *failure)
{
    int result = VAULT_OK;
    size_t kept = 0;
    for (size_t i = 0; i < replay->waiting_count; i++) {
        struct waiting *one = &replay->waiting[i];
        if (one->intent != intent) {
            replay->waiting[kept++] = *one;
            continue;
        }
        int applied = done ? take_hold(replay, one->index, one->leaf, failure) : VAULT_OK;
        result = result == VAULT_OK ? applied : result;
        json_decref(one->leaf);
    }
    replay->waiting_count = kept;
    return result;
}

static bool is_system(const json_t *leaf)
{
    const char *type = json_text(json_object_get(leaf, "actor"), "type");
    return type != NULL && strcmp(type, "system") == 0;
}

static int check_change(struct replay *replay, uint64_t index, const json_t *leaf, struct failure *failure)
{
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    if (effect == NULL || strcmp(effect, "permit") != 0)
        return failure_set(failure, VAULT_EDAMAGED, "a change that was not permitted");
    if (!is_system(leaf))
        return VAULT_OK;
    if (index == 0) {
        int64_t events = json_number(json_object_get(leaf, "change"), "events", 0);
        replay->birth = events < 0 || events > BIRTH_EVENTS_MAX ? 0 : (uint64_t)events;
    }
    /* The vault's key is in every member's reach; what it says after its birth gives nobody a right. */
    if (index >= replay->birth)
        return failure_set(failure, VAULT_EDAMAGED, "a change that no person signed");
    return VAULT_OK;
}

/* The outcome of which intent; -1: of none. */
static int64_t outcome_of(const json_t *leaf)
{
    const char *phase = json_text(leaf, "phase");
    return phase != NULL && strcmp(phase, "outcome") == 0 ? json_number(leaf, "intent", -1) : -1;
}

bool replay_moves(const struct replay *replay, const json_t *leaf)
{
    int64_t intent = outcome_of(leaf);
    if (intent < 0)
        return json_object_get(leaf, "change") != NULL;
    for (size_t i = 0; i < replay->waiting_count; i++) {
        if (replay->waiting[i].intent == (uint64_t)intent)
            return true;
    }
    return false;
}

int replay_feed(struct replay *replay, uint64_t index, const json_t *leaf, struct failure *failure)
{
    const char *phase = json_text(leaf, "phase");
    const json_t *change = json_object_get(leaf, "change");
    int64_t intent = outcome_of(leaf);
    int64_t within = json_number(leaf, "within", -1);
    if (intent >= 0) {
        const char *status = json_text(json_object_get(leaf, "result"), "status");
        return settle(replay, (uint64_t)intent, status != NULL && strcmp(status, "ok") == 0, failure);
    }
    if (change == NULL)
        return VAULT_OK;
    int result = check_change(replay, index, leaf, failure);
    if (result != VAULT_OK)
        return result;
    if (phase == NULL)
        return take_hold(replay, index, leaf, failure);
    return wait_for(replay, within >= 0 ? (uint64_t)within : index, index, leaf);
}
