/* When the firm's settings ask for the approval of others. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/settings.h"

#define EVERYTHING ((1u << COMPARTMENT_COUNT) - 1)

static bool take_needed(const char *text, unsigned *needed)
{
    if (text[0] < '1' || text[0] > '9' || text[1] != '\0')
        return false;
    *needed = (unsigned)(text[0] - '0');
    return true;
}

static bool take_rows(const char *text, size_t size, int64_t *rows)
{
    if (size == 0 || size > 9 || strspn(text, "0123456789") < size || (text[0] == '0' && size > 1))
        return false;
    *rows = strtoll(text, NULL, 10);
    return true;
}

static bool take_compartments(const char *text, size_t size, unsigned *compartments)
{
    const char *end = text + size;
    *compartments = 0;
    if (size == 3 && memcmp(text, "all", 3) == 0) {
        *compartments = EVERYTHING;
        return true;
    }
    while (text < end) {
        enum compartment compartment;
        size_t word = strcspn(text, ",:");
        if (!compartment_parse(bytes_of(text, word), &compartment))
            return false;
        *compartments |= 1u << compartment;
        text += word;
        if (text < end && ++text == end)
            return false;
    }
    return *compartments != 0;
}

bool approval_rule_parse(const char *setting, const char *value, struct approval_rule *rule)
{
    const char *colon = strchr(value, ':');
    bool rows = strcmp(setting, SETTING_APPROVAL_EXPORT) == 0;
    bool compartments = strcmp(setting, SETTING_APPROVAL_REVEAL) == 0;
    *rule = (struct approval_rule){0};
    if (strcmp(value, "off") == 0)
        return true;
    if (!rows && !compartments)
        return take_needed(value, &rule->needed);
    if (colon == NULL || !take_needed(colon + 1, &rule->needed))
        return false;
    size_t size = (size_t)(colon - value);
    return rows ? take_rows(value, size, &rule->rows) : take_compartments(value, size, &rule->compartments);
}

bool approval_rule_loosens(const char *setting, const char *now, const char *value)
{
    struct approval_rule old;
    struct approval_rule fresh;
    if (!approval_rule_parse(setting, now, &old) || !approval_rule_parse(setting, value, &fresh))
        return true;
    return old.needed != 0 && (fresh.needed < old.needed || fresh.rows > old.rows ||
                                  (old.compartments & ~fresh.compartments) != 0);
}

static int read_rule(struct store *store, const char *name, struct approval_rule *rule, struct failure *failure)
{
    char value[SETTING_VALUE_MAX + 1];
    const struct setting *setting = setting_find(name);
    *rule = (struct approval_rule){0};
    int result = setting == NULL ? VAULT_EINTERNAL : setting_value(store, setting, value, failure);
    if (result == VAULT_OK && !approval_rule_parse(name, value, rule))
        result = failure_set(failure, VAULT_EDAMAGED, "the setting %s is '%s', which means nothing", name, value);
    return result;
}

int role_reads(struct store *store, const char *role, bool *reads, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *reads = false;
    int result = store_query(store, QUERY_ROLE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, failure);
    *reads = result == VAULT_OK && row && strcmp(column_text(statement, 0), "accountant") == 0;
    statement_reset(statement);
    row = true;
    if (result == VAULT_OK && !*reads)
        result = store_query(store, QUERY_REACH_OF_ROLE, &statement, failure);
    if (result != VAULT_OK || *reads)
        return result;
    bind_text(statement, 1, role);
    /* Names of clients are not their records. */
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row)
        *reads = *reads || ((unsigned)column_number(statement, 1) & ~(1u << COMPARTMENT_DIRECTORY)) != 0;
    return result;
}

/* Of a whole client, any compartment may be meant. */
static bool touches(const struct approval_rule *rule, const struct access_request *request)
{
    enum compartment compartment;
    if (request->record == NULL || request->compartment == NULL ||
        !compartment_parse(bytes_of_text(request->compartment), &compartment))
        return true;
    return (rule->compartments >> compartment & 1) != 0;
}

int approvals_needed(
    struct store *store, const struct access_request *request, unsigned *needed, struct failure *failure)
{
    struct approval_rule rule = {0};
    bool counts = true;
    int result = VAULT_OK;
    *needed = 0;
    if (strcmp(request->action, "record.export") == 0) {
        result = read_rule(store, SETTING_APPROVAL_EXPORT, &rule, failure);
        counts = request->rows > rule.rows;
    } else if (strcmp(request->action, "record.reveal") == 0) {
        result = read_rule(store, SETTING_APPROVAL_REVEAL, &rule, failure);
        counts = touches(&rule, request);
    } else if (strcmp(request->action, "grant.add") == 0 && request->role != NULL) {
        result = read_rule(store, SETTING_APPROVAL_GRANT, &rule, failure);
        if (result == VAULT_OK && rule.needed > 0)
            result = role_reads(store, request->role, &counts, failure);
    } else if (strcmp(request->action, "policy.set") == 0) {
        result = read_rule(store, SETTING_APPROVAL_POLICY, &rule, failure);
        counts = request->policy_hash != NULL;
    }
    *needed = result == VAULT_OK && counts ? rule.needed : 0;
    return result;
}
