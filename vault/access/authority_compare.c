/* Two stores side by side: what the log's replay yields, and what the tables say. */
#include <stdio.h>
#include <string.h>

#include "vault/access/authority.h"
#include "vault/crypto/hash.h"

/* A list in the order of its key, and how many of its columns are the key. */
struct compared {
    const char *what;
    enum query query;
    const char *columns; /* one letter each: n number, t text, b bytes; upper case: part of the key; - not compared */
};

static const struct compared compared[] = {
    {"user", QUERY_USER_LIST, "Tbbnn"},
    {"role", QUERY_ROLE_LIST, "Tttnbn"},
    {"grant", QUERY_GRANT_LIST, "TTntn"},
    {"approval of", QUERY_APPROVAL_LIST, "TTTn"},
    {"request for approval", QUERY_REQUEST_LIST, "Nttb-nnnntnnt"},
    {"approval of request", QUERY_CONSENT_LIST, "NtNn"},
    {"broken glass", QUERY_BREAKGLASS_LIST, "Nttb-nnttnb-"},
    {"notice", QUERY_NOTICE_LIST, "NTn"},
    {"review", QUERY_REVIEW_LIST, "Ntntn"},
    {"item of review", QUERY_REVIEW_ITEMS, "NTTnttn"},
    {"portfolio", QUERY_PORTFOLIO_LIST, "Tnn"},
    {"portfolio key", QUERY_PORTFOLIO_KEY_LIST, "TNNbn"},
    {"reach", QUERY_REACH_LIST, "TTnn"},
    {"client", QUERY_CLIENT_IDS, "Btn"},
    {"assignment", QUERY_ASSIGNMENT_LIST, "BTtn"},
    {"policy", QUERY_POLICY_LIST, "b-N"},
    {"setting", QUERY_FIRM_SETTING_LIST, "Tttn"},
    {"witness", QUERY_WITNESS_LIST, "Tttbbtn"},
    {"proposal", QUERY_PROPOSAL_LIST, "Ntb-t"},
    {"freeze of", QUERY_FREEZE_LIST, "TTn"},
    {"end of sessions of", QUERY_SESSION_END_LIST, "TTtnn"},
    {"second factor of", QUERY_TOTP_LIST, "Ttnbn"},
    {"list of", QUERY_RECIPIENTS, "Tb"},
    {"entry of the register", QUERY_REGISTER_LIST, "TTTTnnnbnn"},
    {"destruction", QUERY_DESTRUCTION_LIST, "Ntbnttn"},
    {"signature under the rule", QUERY_REGISTER_SIGNATURES, "TTBnnn"},
};

struct side {
    struct statement *statement;
    bool row;
};

static int compare_column(struct side *a, struct side *b, char kind, int column)
{
    if (kind == 'n' || kind == 'N') {
        int64_t x = column_number(a->statement, column);
        int64_t y = column_number(b->statement, column);
        return x < y ? -1 : x > y;
    }
    if (kind == '-')
        return 0;
    return bytes_compare(column_bytes(a->statement, column), column_bytes(b->statement, column));
}

/* Order by the key columns, then (with @p all) the rest. */
static int compare_rows(const struct compared *list, struct side *a, struct side *b, bool all)
{
    for (int i = 0; list->columns[i] != '\0'; i++) {
        bool key = list->columns[i] >= 'A' && list->columns[i] <= 'Z';
        int order = key || all ? compare_column(a, b, list->columns[i], i) : 0;
        if (order != 0)
            return order;
    }
    return 0;
}

/* Name the row by its key, so that a person finds it. */
static void describe(const struct compared *list, struct side *side, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", list->what);
    for (int i = 0; list->columns[i] != '\0' && used < size; i++) {
        char kind = list->columns[i];
        if (kind == 'T')
            used += (size_t)snprintf(text + used, size - used, " '%s'", column_text(side->statement, i));
        else if (kind == 'N')
            used += (size_t)snprintf(
                text + used, size - used, " %lld", (long long)column_number(side->statement, i));
        else if (kind == 'B') {
            struct ulid id;
            struct bytes found = column_bytes(side->statement, i);
            char shown[ULID_TEXT_SIZE] = "?";
            if (found.size == ULID_SIZE) {
                memcpy(id.data, found.data, ULID_SIZE);
                ulid_format(&id, shown);
            }
            used += (size_t)snprintf(text + used, size - used, " %s", shown);
        }
    }
}

struct comparison {
    int (*difference)(void *context, const char *what);
    void *context;
    struct failure *failure;
};

static int report(const struct comparison *comparison, const struct compared *list, struct side *side, const char *how)
{
    char row[256];
    char sentence[400];
    describe(list, side, row, sizeof row);
    (void)snprintf(sentence, sizeof sentence, "%s %s", row, how);
    return comparison->difference(comparison->context, sentence);
}

static int compare_list(
    const struct comparison *comparison, const struct compared *list, struct side *log, struct side *tables)
{
    int result = statement_step(log->statement, &log->row, comparison->failure);
    if (result == VAULT_OK)
        result = statement_step(tables->statement, &tables->row, comparison->failure);
    while (result == VAULT_OK && (log->row || tables->row)) {
        int order = !log->row ? 1 : !tables->row ? -1 : compare_rows(list, log, tables, false);
        if (order < 0)
            result = report(comparison, list, log, "is said by the log, but is missing in the store");
        else if (order > 0)
            result = report(comparison, list, tables, "is in the store, but the log does not say so");
        else if (compare_rows(list, log, tables, true) != 0)
            result = report(comparison, list, tables, "is not as the log says");
        if (result == VAULT_OK && order <= 0)
            result = statement_step(log->statement, &log->row, comparison->failure);
        if (result == VAULT_OK && order >= 0)
            result = statement_step(tables->statement, &tables->row, comparison->failure);
    }
    return result;
}

/* Each value with its length, each list with its name: no two states look alike. */
static void hash_row(const struct compared *list, struct statement *statement, struct hasher *hasher)
{
    for (int i = 0; list->columns[i] != '\0'; i++) {
        struct buffer value = {0};
        char kind = list->columns[i];
        if (kind == '-')
            continue;
        if (kind == 'n' || kind == 'N')
            buffer_put_format(&value, "%lld", (long long)column_number(statement, i));
        else
            buffer_put_block(&value, column_bytes(statement, i));
        hasher_add(hasher, buffer_bytes(&value));
        buffer_free(&value);
    }
}

int authority_hash(struct store *store, struct hash *hash, struct failure *failure)
{
    struct hasher *hasher = hasher_new();
    int result = hasher == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        hasher_start(hasher);
    for (size_t i = 0; i < sizeof compared / sizeof compared[0] && result == VAULT_OK; i++) {
        struct statement *statement = NULL;
        bool row = true;
        hasher_add(hasher, bytes_of_text(compared[i].what));
        result = statement_own(store, compared[i].query, &statement, failure);
        while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row)
            hash_row(&compared[i], statement, hasher);
        statement_free(statement);
    }
    if (result == VAULT_OK)
        hasher_finish(hasher, hash);
    hasher_free(hasher);
    return result;
}

/* A policy's text is not in the log, but its hash is. */
static int check_policy_texts(const struct comparison *comparison, struct store *tables)
{
    struct statement *statement = NULL;
    bool row = false;
    int result = store_query(tables, QUERY_POLICY_NOW, &statement, comparison->failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, comparison->failure);
    if (result == VAULT_OK && row) {
        struct hash hash;
        hash_sha256(column_bytes(statement, 1), &hash);
        if (!bytes_equal(hash_bytes(&hash), column_bytes(statement, 0)))
            result = comparison->difference(comparison->context, "the policy in force is not the text that was set");
        statement_reset(statement);
    }
    return result;
}

int authority_compare(struct store *replayed, struct store *tables,
    int (*difference)(void *context, const char *what), void *context, struct failure *failure)
{
    struct comparison comparison = {difference, context, failure};
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof compared / sizeof compared[0] && result == VAULT_OK; i++) {
        struct side log = {0};
        struct side rows = {0};
        result = statement_own(replayed, compared[i].query, &log.statement, failure);
        if (result == VAULT_OK)
            result = statement_own(tables, compared[i].query, &rows.statement, failure);
        if (result == VAULT_OK)
            result = compare_list(&comparison, &compared[i], &log, &rows);
        statement_free(log.statement);
        statement_free(rows.statement);
    }
    if (result == VAULT_OK)
        result = check_policy_texts(&comparison, tables);
    return result;
}
