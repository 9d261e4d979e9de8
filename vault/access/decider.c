/* What stays between requests: the policy, the actions and roles, and the person. */
#include "vault/access/ask_private.h"

#include <string.h>

#include "vault/base/text.h"

void decider_free(struct decider *decider)
{
    cedar_entities_free(decider->upper);
    cedar_entities_free(decider->lower);
    cedar_entities_free(decider->base);
    cedar_policies_free(decider->policies);
    cedar_arena_free(decider->arena);
    memset(decider, 0, sizeof *decider);
}

/* --- The policy --- */

static bool is_word_part(uint8_t c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Anywhere, also in a comment: one mention too many costs time, one too few an answer. */
static bool mentions(struct bytes text, const char *word)
{
    size_t size = strlen(word);
    const uint8_t *end = text.data + text.size;
    const uint8_t *at = text.data;
    while (at != NULL && (at = memmem(at, (size_t)(end - at), word, size)) != NULL) {
        bool starts = at == text.data || !is_word_part(at[-1]);
        bool ends = at + size == end || !is_word_part(at[size]);
        if (starts && ends)
            return true;
        at += size;
    }
    return false;
}

/* What is said to people, in comments and annotations, decides nothing: it is left out.  A string elsewhere
 * may name an attribute. */
static void put_rules(struct bytes text, struct buffer *rules)
{
    bool annotation = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        bool quote = c == '"';
        if (c == '/' && i + 1 < text.size && text.data[i + 1] == '/') {
            while (i + 1 < text.size && text.data[i + 1] != '\n')
                i++;
            continue;
        }
        size_t start = i;
        while (quote && ++i < text.size && text.data[i] != '"')
            i += text.data[i] == '\\';
        if (i >= text.size)
            i = text.size - 1;
        if (!quote || !annotation)
            buffer_put(rules, bytes_of(text.data + start, i - start + 1));
        annotation = c == '@' || (annotation && c != ')');
    }
}

/* An escape could spell any of the words. */
static void note_mentions(struct decider *decider, struct bytes whole)
{
    struct buffer rules = {0};
    put_rules(whole, &rules);
    /* Without memory nothing is left out. */
    struct bytes text = buffer_error(&rules) == VAULT_OK ? buffer_bytes(&rules) : whole;
    bool escapes = text.size > 0 && memchr(text.data, '\\', text.size) != NULL;
    decider->mentions = (struct mentions){
        .tallies = escapes || mentions(text, "hour_clients") || mentions(text, "day_clients") || mentions(text, "hour_reveals") ||
                   mentions(text, "day_reveals") || mentions(text, "hour_exported") || mentions(text, "day_exported"),
        .counters = escapes || mentions(text, "hour") || mentions(text, "day"),
        .approvals = escapes || mentions(text, "approvals"),
        .awaits = escapes || mentions(text, "awaits"),
        .emergency = escapes || mentions(text, "emergency"),
        .time = escapes || mentions(text, "time"),
        .records = escapes || mentions(text, "kind") || mentions(text, "compartment") ||
                   mentions(text, "period") || mentions(text, "Record"),
    };
    buffer_free(&rules);
}

int decider_policy(struct decider *decider, struct bytes text, struct failure *failure)
{
    struct cedar_error error;
    struct hash hash;
    hash_sha256(text, &hash);
    memcpy(decider->policy_hash, hash.data, HASH_SIZE);
    note_mentions(decider, text);
    int status = cedar_policies_parse((const char *)text.data, text.size, &decider->policies, &error);
    if (status == CEDAR_OK)
        return VAULT_OK;
    if (error.help[0] != '\0')
        failure_remedy(failure, "%s", error.help);
    return failure_set(failure, status == CEDAR_ENOMEM ? VAULT_ENOMEM : VAULT_EINPUT,
        "the policy cannot be read: line %zu, column %zu: %s", error.line, error.column, error.message);
}

int decider_policy_now(struct decider *decider, struct store *store, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(store, QUERY_POLICY_NOW, &statement, failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return failure_set(failure, VAULT_EDAMAGED, "there is no policy in the store");
    result = decider_policy(decider, column_bytes(statement, 1), failure);
    if (result == VAULT_EINPUT)
        result = VAULT_EDAMAGED;
    if (result != VAULT_ENOMEM &&
        !bytes_equal(bytes_of(decider->policy_hash, HASH_SIZE), column_bytes(statement, 0))) {
        failure_clear(failure);
        result = failure_set(failure, VAULT_EFORGED, "the policy in the store is not the one that was set");
    }
    statement_reset(statement);
    return result;
}

/* --- The layers --- */

static int complete(struct cedar_entities *layer)
{
    int status = cedar_entities_seal(layer, NULL);
    return status == CEDAR_OK ? VAULT_OK : status == CEDAR_ENOMEM ? VAULT_ENOMEM : VAULT_EDAMAGED;
}

int decider_layers(struct decider *decider, struct store *store, struct failure *failure)
{
    decider->base = cedar_entities_new(NULL);
    decider->arena = cedar_arena_new(0);
    int result = decider->base == NULL || decider->arena == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        result = entities_add_actions(decider->base);
    if (result == VAULT_OK)
        result = entities_add_roles(store, decider->base, failure);
    if (result == VAULT_OK)
        result = complete(decider->base);
    if (result == VAULT_OK && (decider->lower = cedar_entities_new(decider->base)) == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && (decider->upper = cedar_entities_new(decider->lower)) == NULL)
        result = VAULT_ENOMEM;
    return result;
}

int decider_person(struct asker *asker, struct failure *failure)
{
    struct decider *decider = asker->decider;
    decider->person[0] = '\0';
    cedar_entities_reset(decider->upper);
    cedar_entities_reset(decider->lower);
    int result =
        entities_add_person(asker->store, decider->lower, asker->user, asker->time, &decider->until, failure);
    if (result == VAULT_OK)
        result = complete(decider->lower);
    if (result == VAULT_OK)
        text_copy(decider->person, sizeof decider->person, asker->user);
    return result;
}
