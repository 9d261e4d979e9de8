/* The entities that every decision knows: actions and their groups, roles, and a person with the roles
 * granted. */
#include "vault/access/entities_private.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/breakglass.h"
#include "vault/access/registers.h"
#include "vault/access/policy_text.h"

#define GROUP_CLIENT_WORK 1u
#define GROUP_ADMINISTER 2u

/* The actions of policy/strongroom.cedarschema, the groups they are in, and what they are done to: v vault, l
 * log, c client, r record, p portfolio, u user, g role.  A test holds the two together. */
struct action_row {
    const char *name;
    unsigned groups;
    const char *on; /* "" for a group */
};

static const struct action_row actions[] = {
    {"client.work", 0, ""},
    {"vault.administer", 0, ""},
    {"record.list", GROUP_CLIENT_WORK, "c"},
    {"record.import", GROUP_CLIENT_WORK, "vc"},
    {"record.export", GROUP_CLIENT_WORK, "c"},
    {"record.read", GROUP_CLIENT_WORK, "r"},
    {"record.reveal", GROUP_CLIENT_WORK, "cr"},
    {"record.history", GROUP_CLIENT_WORK, "r"},
    {"record.correct", GROUP_CLIENT_WORK, "r"},
    {"record.search", GROUP_CLIENT_WORK, "vc"},
    {"client.list", GROUP_CLIENT_WORK | GROUP_ADMINISTER, "vc"},
    {"client.show", GROUP_CLIENT_WORK | GROUP_ADMINISTER, "vc"},
    {"client.add", GROUP_ADMINISTER, "p"},
    {"assignment.add", GROUP_ADMINISTER, "c"},
    {"assignment.remove", GROUP_ADMINISTER, "c"},
    {"user.add", GROUP_ADMINISTER, "v"},
    {"user.list", GROUP_ADMINISTER, "v"},
    {"user.disable", GROUP_ADMINISTER, "u"},
    {"user.passwd", 0, "u"},
    {"user.contain", GROUP_ADMINISTER, "u"},
    {"user.release", GROUP_ADMINISTER, "u"},
    {"totp.enroll", 0, "u"},
    {"totp.confirm", 0, "u"},
    {"totp.remove", 0, "u"},
    {"totp.reset", GROUP_ADMINISTER, "u"},
    {"session.list", GROUP_ADMINISTER, "v"},
    {"session.end", GROUP_ADMINISTER, "vu"},
    {"decoy.plant", 0, "v"},
    {"decoy.list", 0, "v"},
    {"decoy.retire", 0, "v"},
    {"decoy.rotate", 0, "v"},
    {"decoy.approve", 0, "v"},
    {"alert.list", 0, "v"},
    {"alert.acknowledge", 0, "v"},
    {"role.add", GROUP_ADMINISTER, "v"},
    {"role.list", GROUP_ADMINISTER, "v"},
    {"role.show", GROUP_ADMINISTER, "g"},
    {"role.recover", GROUP_ADMINISTER, "g"},
    {"grant.add", GROUP_ADMINISTER, "g"},
    {"grant.approve", GROUP_ADMINISTER, "g"},
    {"grant.remove", GROUP_ADMINISTER, "g"},
    {"portfolio.add", GROUP_ADMINISTER, "v"},
    {"portfolio.list", GROUP_ADMINISTER, "v"},
    {"policy.set", GROUP_ADMINISTER, "v"},
    {"policy.show", GROUP_ADMINISTER, "v"},
    {"policy.explain", GROUP_ADMINISTER, "v"},
    {"policy.ask", GROUP_ADMINISTER, "v"},
    {"policy.simulate", GROUP_ADMINISTER, "v"},
    {"policy.propose", GROUP_ADMINISTER, "v"},
    {"policy.approve", GROUP_ADMINISTER, "v"},
    {"setting.list", GROUP_ADMINISTER, "v"},
    {"setting.set", GROUP_ADMINISTER, "v"},
    {"recipient.add", GROUP_ADMINISTER, "v"},
    {"recipient.remove", GROUP_ADMINISTER, "v"},
    {"recipient.list", GROUP_ADMINISTER, "v"},
    {"witness.add", GROUP_ADMINISTER, "v"},
    {"witness.list", GROUP_ADMINISTER, "v"},
    {"witness.remove", GROUP_ADMINISTER, "v"},
    {"approval.request", 0, "vlcrpug"},
    {"approval.approve", 0, "vlcrpug"},
    {"approval.list", 0, "v"},
    {"approval.history", GROUP_ADMINISTER, "v"},
    {"breakglass.open", 0, "vc"},
    {"breakglass.review", 0, "v"},
    {"breakglass.list", 0, "v"},
    {"register.add", GROUP_ADMINISTER, "v"},
    {"register.renew", GROUP_ADMINISTER, "v"},
    {"register.end", GROUP_ADMINISTER, "v"},
    {"register.list", GROUP_ADMINISTER, "v"},
    {"register.sign", 0, "v"},
    {"register.own", 0, "v"},
    {"destroy.propose", GROUP_ADMINISTER, "v"},
    {"destroy.run", GROUP_ADMINISTER, "v"},
    {"destroy.withdraw", GROUP_ADMINISTER, "v"},
    {"destroy.list", GROUP_ADMINISTER, "v"},
    {"review.start", GROUP_ADMINISTER, "v"},
    {"review.decide", GROUP_ADMINISTER, "v"},
    {"review.list", GROUP_ADMINISTER, "v"},
    {"handover.run", GROUP_ADMINISTER, "u"},
    {"vault.backup", GROUP_ADMINISTER, "v"},
    {"vault.restore", GROUP_ADMINISTER, "v"},
    {"vault.doctor", GROUP_ADMINISTER, "v"},
    {"log.authority", GROUP_ADMINISTER, "l"},
    {"log.verify", GROUP_ADMINISTER, "l"},
    {"log.checkpoint", GROUP_ADMINISTER, "l"},
    {"log.policy", GROUP_ADMINISTER, "l"},
    {"log.replay", 0, "l"},
    {"log.bundle", 0, "l"},
    {"log.tiles", 0, "l"},
    {"log.stats", 0, "l"},
    {"log.export", 0, "l"},
    {"trace.run", 0, "v"},
    {"trace.show", 0, "v"},
    {"trace.reveal_names", 0, "v"},
    {"trace.reveal_approve", 0, "v"},
    {"trace.marks", 0, "v"},
    {"finding.draft", 0, "v"},
    {"finding.change", 0, "v"},
    {"finding.review", 0, "v"},
    {"finding.sign", 0, "v"},
    {"finding.withdraw", 0, "v"},
    {"finding.show", 0, "v"},
    {"trace.report", 0, "v"},
    {"trace.person", 0, "u"},
    {"incident.freeze", GROUP_ADMINISTER, "v"},
    {"incident.unfreeze", GROUP_ADMINISTER, "v"},
    {"incident.open", 0, "v"},
    {"incident.note", 0, "v"},
    {"incident.hold", 0, "v"},
    {"incident.fulfil", 0, "v"},
    {"incident.assess", 0, "v"},
    {"document.draft", 0, "v"},
    {"document.finish", 0, "v"},
    {"document.show", 0, "v"},
    {"document.deliver", 0, "v"},
    {"document.template", 0, "v"},
    {"incident.enter", 0, "v"},
    {"incident.close", 0, "v"},
    {"incident.show", 0, "v"},
    {"incident.bundle", 0, "v"},
    {"drill.run", 0, "v"},
    {"facts.show", 0, "v"},
    {"facts.set", 0, "v"},
};
#define ACTIONS (sizeof actions / sizeof actions[0])

const char *policy_action(size_t i, const char **on)
{
    if (i >= ACTIONS)
        return NULL;
    *on = actions[i].on;
    return actions[i].name;
}

bool policy_knows_action(const char *action)
{
    for (size_t i = 0; i < ACTIONS; i++) {
        if (strcmp(actions[i].name, action) == 0)
            return actions[i].on[0] != '\0';
    }
    return false;
}

int entities_add_actions(struct cedar_entities *base)
{
    int status = CEDAR_OK;
    for (size_t i = 0; i < ACTIONS && status == CEDAR_OK; i++) {
        struct cedar_uid parents[2];
        size_t count = 0;
        if ((actions[i].groups & GROUP_CLIENT_WORK) != 0)
            parents[count++] = cedar_uid_of("Action", "client.work");
        if ((actions[i].groups & GROUP_ADMINISTER) != 0)
            parents[count++] = cedar_uid_of("Action", "vault.administer");
        struct cedar_entity entity = {
            .uid = cedar_uid_of("Action", actions[i].name), .parents = parents, .parent_count = count};
        status = cedar_entities_add(base, &entity, NULL);
    }
    return status == CEDAR_OK ? VAULT_OK : VAULT_ENOMEM;
}

int entities_add_roles(struct store *store, struct cedar_entities *layer, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(store, QUERY_ROLE_LIST, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        const char *name = column_text(statement, 0);
        const char *like = column_text(statement, 1);
        struct cedar_uid parent = cedar_uid_of("Role", like);
        struct cedar_entity entity = {
            .uid = cedar_uid_of("Role", name), .parents = &parent, .parent_count = strcmp(name, like) != 0};
        if (cedar_entities_add(layer, &entity, NULL) != CEDAR_OK)
            result = VAULT_ENOMEM;
    }
    return result;
}

#define ROLES_OF_ONE 64

/* Through the text form, so that the name lives in the arena. */
static int add_role_of(
    struct cedar_entity *person, struct cedar_uid *parents, struct cedar_arena *arena, const char *role)
{
    char text[NAME_SIZE_MAX + 16];
    (void)snprintf(text, sizeof text, "Role::\"%s\"", role);
    if (cedar_uid_parse(cedar_str(text), arena, &parents[person->parent_count], NULL) != CEDAR_OK)
        return VAULT_ENOMEM;
    person->parent_count++;
    return VAULT_OK;
}

#define LAPSED_SHOWN 64

/* "training:safety", …, as a set. */
static const struct cedar_value *lapsed_set(struct cedar_arena *arena, const json_t *lapsed)
{
    const struct cedar_value *items[LAPSED_SHOWN];
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(lapsed) && count < LAPSED_SHOWN; i++) {
        const json_t *one = json_array_get(lapsed, i);
        char text[2 * NAME_SIZE_MAX];
        (void)snprintf(text, sizeof text, "%s:%s", json_text(one, "kind"), json_text(one, "name"));
        items[count++] = cedar_string(arena, cedar_str(text));
    }
    return cedar_set(arena, items, count);
}

/* `locked` and `lapsed` are there only where they say something. */
static int add_attributes(struct store *store, struct cedar_entities *layer, const char *user, int64_t now,
    struct cedar_entity *entity, int64_t *first, struct failure *failure)
{
    struct cedar_arena *arena = cedar_entities_arena(layer);
    struct cedar_field fields[2];
    json_t *lapsed = NULL;
    size_t count = 0;
    bool locked = false;
    int64_t next;
    int result = breakglass_locks(store, user, now, &locked, &next, failure);
    *first = next < *first ? next : *first;
    if (result == VAULT_OK)
        result = registers_lapsed(store, user, now, &lapsed, &next, failure);
    *first = next < *first ? next : *first;
    if (result == VAULT_OK && locked)
        fields[count++] = (struct cedar_field){CEDAR_STR("locked"), cedar_bool(arena, true)};
    if (result == VAULT_OK && lapsed != NULL)
        fields[count++] = (struct cedar_field){CEDAR_STR("lapsed"), lapsed_set(arena, lapsed)};
    if (count > 0 && (entity->attrs = cedar_record(arena, fields, count)) == NULL)
        result = VAULT_ENOMEM;
    json_decref(lapsed);
    return result;
}

/* Grants that have run out do not count, whatever is still boxed; nor do those that a missed review suspends. */
int entities_add_person(struct store *store, struct cedar_entities *layer, const char *user, int64_t now,
    int64_t *until, struct failure *failure)
{
    struct cedar_uid parents[ROLES_OF_ONE];
    struct cedar_entity entity = {.uid = cedar_uid_of("User", user), .parents = parents};
    struct statement *statement;
    json_t *suspended = NULL;
    int64_t first = INT64_MAX;
    bool row = true;
    int result = reviews_suspend(store, user, now, &suspended, &first, failure);
    if (result == VAULT_OK)
        result = add_attributes(store, layer, user, now, &entity, &first, failure);
    if (result == VAULT_OK)
        result = store_query(store, QUERY_GRANTS_OF, &statement, failure);
    if (result == VAULT_OK)
        bind_text(statement, 1, user);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t ends = column_number(statement, 1);
        if ((ends != 0 && ends <= now) || entity.parent_count == ROLES_OF_ONE || json_lists(suspended, column_text(statement, 0)))
            continue;
        first = ends != 0 && ends < first ? ends : first;
        result = add_role_of(&entity, parents, cedar_entities_arena(layer), column_text(statement, 0));
    }
    json_decref(suspended);
    if (result == VAULT_OK && cedar_entities_add(layer, &entity, NULL) != CEDAR_OK)
        result = VAULT_ENOMEM;
    if (until != NULL)
        *until = first;
    return result;
}
