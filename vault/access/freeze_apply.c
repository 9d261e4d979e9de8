/* Freezing and unfreezing as the log says it: who may, what was there before, and that unfreezing takes two.
 */
#include <string.h>

#include "vault/access/endings_private.h"
#include "vault/access/freeze.h"
#include "vault/access/freeze_private.h"
#include "vault/access/settings.h"

static int refuse(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDAMAGED, "event %lld: %s", (long long)apply->seq, why);
}

static int check_may(struct apply *apply)
{
    bool may = false;
    int result = apply_holds_base(apply, "admin", &may);
    if (result == VAULT_OK && !may)
        result = apply_holds_base(apply, "investigator", &may);
    if (result == VAULT_OK && !may)
        result = failure_set(apply->failure, VAULT_EDENIED,
            "'%s' may not freeze or unfreeze, whatever the policy says", apply->actor);
    return result;
}

/* The kind, and targets that fit it. */
static int read_change(struct apply *apply, enum freeze_kind *kind, const json_t **targets)
{
    const char *name;
    int result = apply_text(apply, "kind", &name);
    *targets = json_object_get(apply->change, "targets");
    if (result != VAULT_OK)
        return result;
    *kind = FREEZE_OF_ALL;
    while (*kind < FREEZE_OF_PERSON && strcmp(freeze_kind_name(*kind), name) != 0)
        *kind = (enum freeze_kind)(*kind + 1);
    size_t count = json_array_size(*targets);
    bool fits = strcmp(freeze_kind_name(*kind), name) == 0 && count > 0 && count <= FREEZE_TARGETS_MAX;
    for (size_t i = 0; fits && i < count; i++) {
        const char *target = json_string_value(json_array_get(*targets, i));
        fits = target != NULL && (target[0] == '\0') == (*kind == FREEZE_OF_ALL) &&
               (*kind != FREEZE_OF_ALL || count == 1);
    }
    return fits ? VAULT_OK : refuse(apply, "a freeze of what there is not");
}

/* A person is contained as well, so that whatever minds that minds this. */
static int put_each(struct apply *apply,
    int (*put)(struct apply *apply, const char *kind, const char *target), enum freeze_kind kind,
    const json_t *targets)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(targets) && result == VAULT_OK; i++) {
        const char *target = json_string_value(json_array_get(targets, i));
        result = put(apply, freeze_kind_name(kind), target);
        if (result == VAULT_OK && kind == FREEZE_OF_PERSON)
            result = put(apply, FREEZE_USER, target);
    }
    return result;
}

/* The state that the event says was there before it. */
static int check_snapshot(struct apply *apply)
{
    struct buffer said = {0};
    struct hash is;
    int result = apply_hash(apply, "snapshot", &said);
    if (result == VAULT_OK)
        result = authority_hash(apply->store, &is, apply->failure);
    if (result == VAULT_OK && !bytes_equal(buffer_bytes(&said), hash_bytes(&is)))
        result = refuse(apply, "the state before the freeze was another than its snapshot says");
    buffer_free(&said);
    return result;
}

int apply_incident_freeze(struct apply *apply)
{
    enum freeze_kind kind;
    const json_t *targets;
    int result = check_may(apply);
    if (result == VAULT_OK)
        result = read_change(apply, &kind, &targets);
    if (result == VAULT_OK)
        result = check_snapshot(apply);
    return result == VAULT_OK ? put_each(apply, apply_freeze, kind, targets) : result;
}

static int check_frozen(struct apply *apply, enum freeze_kind kind, const json_t *targets)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(targets) && result == VAULT_OK; i++) {
        bool is = false;
        result =
            freeze_is(apply->store, kind, json_string_value(json_array_get(targets, i)), &is, apply->failure);
        if (result == VAULT_OK && !is)
            result = refuse(apply, "it unfreezes what is not frozen");
    }
    return result;
}

/* Who is frozen himself opens nothing again. */
static int check_unfreezer(struct apply *apply)
{
    bool is = false;
    int result = check_may(apply);
    if (result == VAULT_OK)
        result = freeze_is(apply->store, FREEZE_OF_PERSON, apply->actor, &is, apply->failure);
    if (result == VAULT_OK && is)
        result =
            failure_set(apply->failure, VAULT_EDENIED, "'%s' is frozen, and unfreezes nothing", apply->actor);
    return result;
}

static int read_unfreeze(struct apply *apply, enum freeze_kind *kind, const json_t **targets,
    struct hash *hash, struct buffer *text)
{
    int result = check_unfreezer(apply);
    if (result == VAULT_OK)
        result = read_change(apply, kind, targets);
    if (result == VAULT_OK)
        result = check_frozen(apply, *kind, *targets);
    return result == VAULT_OK ? freeze_hash(apply->change, hash, text) : result;
}

int apply_incident_propose_unfreeze(struct apply *apply)
{
    enum freeze_kind kind;
    const json_t *targets;
    struct hash hash;
    struct buffer text = {0};
    int result = read_unfreeze(apply, &kind, &targets, &hash, &text);
    if (result == VAULT_OK)
        result = apply_put_proposal(apply, PROPOSAL_UNFREEZE, hash_bytes(&hash), buffer_bytes(&text));
    buffer_free(&text);
    return result;
}

int apply_incident_unfreeze(struct apply *apply)
{
    enum freeze_kind kind;
    const json_t *targets;
    struct hash hash;
    struct buffer text = {0};
    int result = read_unfreeze(apply, &kind, &targets, &hash, &text);
    if (result == VAULT_OK)
        result = apply_take_proposal(apply, PROPOSAL_UNFREEZE, hash_bytes(&hash));
    if (result == VAULT_OK)
        result = put_each(apply, apply_unfreeze, kind, targets);
    buffer_free(&text);
    return result;
}
