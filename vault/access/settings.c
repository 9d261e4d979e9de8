#include "vault/access/settings.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/hours.h"
#include "vault/base/text.h"

/* --- What values mean --- */

/* A number from 1 on at the start of the text, which is taken off. */
static bool take_count(const char **text, int64_t *count)
{
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 9 || (*text)[0] == '0')
        return false;
    *count = strtoll(*text, NULL, 10);
    *text += digits;
    return true;
}

bool max_lag_parse(const char *value, struct max_lag *lag)
{
    int64_t first;
    *lag = (struct max_lag){INT64_MAX, INT64_MAX};
    if (strcmp(value, "warn") == 0)
        return true;
    if (!take_count(&value, &first))
        return false;
    if (strcmp(value, "m") == 0) {
        lag->minutes = first;
        return true;
    }
    lag->events = first;
    if (value[0] == '\0')
        return true;
    if (value[0] != ',')
        return false;
    value++;
    return take_count(&value, &lag->minutes) && strcmp(value, "m") == 0;
}

bool quorum_parse(const char *value, size_t count, size_t *quorum)
{
    int64_t number = 1;
    bool any = strcmp(value, "any") == 0;
    bool all = strcmp(value, "all") == 0;
    bool majority = strcmp(value, "majority") == 0;
    const char *rest = value;
    *quorum = 0;
    if (!any && !all && !majority && (!take_count(&rest, &number) || rest[0] != '\0'))
        return false;
    size_t wanted = all ? count : majority ? count / 2 + 1 : (size_t)number;
    *quorum = wanted < count ? wanted : count;
    return true;
}

static bool takes_quorum(const char *value)
{
    size_t quorum;
    return quorum_parse(value, 1, &quorum);
}

static bool takes_max_lag(const char *value)
{
    struct max_lag lag;
    return max_lag_parse(value, &lag);
}

/* "authority,tax_office": codes of purposes. */
static bool takes_codes(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t size = strspn(value, letters);
    while (size > 0 && value[size] == ',') {
        value += size + 1;
        size = strspn(value, letters);
    }
    return size > 0 && value[size] == '\0';
}

static bool takes_export(const char *value)
{
    struct approval_rule rule;
    return approval_rule_parse(SETTING_APPROVAL_EXPORT, value, &rule);
}

static bool takes_reveal(const char *value)
{
    struct approval_rule rule;
    return approval_rule_parse(SETTING_APPROVAL_REVEAL, value, &rule);
}

static bool takes_needed(const char *value)
{
    struct approval_rule rule;
    return approval_rule_parse(SETTING_APPROVAL_GRANT, value, &rule);
}

static bool export_loosens(const char *now, const char *value)
{
    return approval_rule_loosens(SETTING_APPROVAL_EXPORT, now, value);
}

static bool reveal_loosens(const char *now, const char *value)
{
    return approval_rule_loosens(SETTING_APPROVAL_REVEAL, now, value);
}

static bool needed_loosens(const char *now, const char *value)
{
    return approval_rule_loosens(SETTING_APPROVAL_GRANT, now, value);
}

/* A program runs with the rights of whoever asks, so one person alone does not choose it. */
static bool takes_program(const char *value)
{
    return strcmp(value, "off") == 0 || (value[0] == '/' && value[1] != '\0');
}

static bool program_loosens(const char *now, const char *value)
{
    return strcmp(value, "off") != 0 && strcmp(now, value) != 0;
}

static bool takes_address(const char *value)
{
    static const char usual[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.@_+-";
    return strcmp(value, "off") == 0 ||
           (strchr(value, '@') != NULL && value[0] != '-' && value[strspn(value, usual)] == '\0');
}

static bool takes_hours(const char *value)
{
    int64_t hours;
    return take_count(&value, &hours) && value[0] == '\0' && hours <= 2160;
}

static bool takes_days(const char *value)
{
    int64_t days;
    return take_count(&value, &days) && value[0] == '\0' && days <= 90;
}

int64_t setting_days(const char *value)
{
    int64_t days = 0;
    return take_count(&value, &days) && strcmp(value, "d") == 0 && days <= 365 ? days : 0;
}

static bool takes_age(const char *value)
{
    return strcmp(value, "off") == 0 || setting_days(value) > 0;
}

static bool takes_working_hours(const char *value)
{
    struct hours hours;
    return strcmp(value, "off") == 0 || hours_parse(value, &hours);
}

static bool takes_logins(const char *value)
{
    int64_t count;
    return strcmp(value, "off") == 0 || (take_count(&value, &count) && value[0] == '\0' && count <= 50);
}

/* off, on, complete: the later the stricter. */
static bool gate_loosens(const char *now, const char *value)
{
    return strcmp(now, value) != 0 && (strcmp(value, "off") == 0 || strcmp(now, "complete") == 0);
}

static bool number_loosens(const char *now, const char *value)
{
    return strtoll(value, NULL, 10) > strtoll(now, NULL, 10);
}

#define GRACE_MAX 90 /* days */

static const char required[] = "required:";

enum second_factor_rule totp_rule_parse(const char *value, int64_t *grace)
{
    *grace = 0;
    if (strcmp(value, "optional") == 0)
        return SECOND_FACTOR_OPTIONAL;
    if (strncmp(value, required, sizeof required - 1) != 0)
        return SECOND_FACTOR_UNUSED;
    value += sizeof required - 1;
    return take_count(&value, grace) && value[0] == '\0' && *grace <= GRACE_MAX ? SECOND_FACTOR_REQUIRED
                                                                               : SECOND_FACTOR_UNUSED;
}

static bool takes_totp(const char *value)
{
    int64_t grace;
    return strcmp(value, "off") == 0 || totp_rule_parse(value, &grace) != SECOND_FACTOR_UNUSED;
}

static bool totp_loosens(const char *now, const char *value)
{
    int64_t grace_now;
    int64_t grace;
    enum second_factor_rule rule_now = totp_rule_parse(now, &grace_now);
    enum second_factor_rule rule = totp_rule_parse(value, &grace);
    return rule < rule_now || (rule == rule_now && grace > grace_now);
}

#define SESSION_IDLE_MAX (24 * 60) /* minutes */
#define SESSION_LONGEST_MAX (7 * 24) /* hours */

static bool takes_session_minutes(const char *value)
{
    int64_t minutes;
    return take_count(&value, &minutes) && value[0] == '\0' && minutes <= SESSION_IDLE_MAX;
}

static bool takes_session_hours(const char *value)
{
    int64_t hours;
    return take_count(&value, &hours) && value[0] == '\0' && hours <= SESSION_LONGEST_MAX;
}

static int narrowness(const char *bind)
{
    return strcmp(bind, "address") == 0 ? 2 : strcmp(bind, "network") == 0;
}

static bool bind_loosens(const char *now, const char *value)
{
    return narrowness(value) < narrowness(now);
}

/* --- Which there are --- */

static const struct setting settings[] = {
    {SETTING_TWO_PEOPLE, "off on", "off", NULL, NULL},
    {SETTING_TESTS, "off on", NULL, NULL, NULL},
    {"accountable.books", "off on", "off", NULL, NULL},
    {"accountable.bank", "off on", "off", NULL, NULL},
    {"accountable.tax", "off on", "off", NULL, NULL},
    {"accountable.payroll", "off on", "off", NULL, NULL},
    {"accountable.identity", "off on", "off", NULL, NULL},
    {"accountable.documents", "off on", "off", NULL, NULL},
    {SETTING_MARKS, "on off", "off", NULL, NULL},
    {SETTING_MARKS_TEXTS, "on off", "off", NULL, NULL},
    {SETTING_MARKS_ORDER, "on off", "off", NULL, NULL},
    {SETTING_MARKS_WORKBOOK, "on off", "off", NULL, NULL},
    {SETTING_UNMARKED, "authority none", NULL, takes_codes, NULL},
    {SETTING_DECOYS, "clients all off", "off", NULL, NULL},
    {SETTING_FOOTER, "on off", NULL, NULL, NULL},
    {SETTING_TWO_INVESTIGATORS, "off on", "off", NULL, NULL},
    {SETTING_QUORUM, "majority all any 1", NULL, takes_quorum, NULL},
    {SETTING_MAX_LAG, "warn 200 30m 200,30m", NULL, takes_max_lag, NULL},
    {SETTING_APPROVAL_EXPORT, "off 1000:1", NULL, takes_export, export_loosens},
    {SETTING_APPROVAL_REVEAL, "off payroll,identity:1 all:1", NULL, takes_reveal, reveal_loosens},
    {SETTING_APPROVAL_GRANT, "off 1 2", NULL, takes_needed, needed_loosens},
    {SETTING_APPROVAL_POLICY, "off 1 2", NULL, takes_needed, needed_loosens},
    {SETTING_APPROVAL_HOOK, "off /path/of/a/program", NULL, takes_program, program_loosens},
    {SETTING_APPROVAL_MAIL, "off somebody@firm.example", NULL, takes_address, NULL},
    {SETTING_REVIEW_DAYS, "7 3 14", NULL, takes_days, number_loosens},
    {SETTING_REVIEW_MISSED, "tell suspend", "tell", NULL, NULL},
    {SETTING_REGISTER_GATE, "on complete off", NULL, NULL, gate_loosens},
    {SETTING_ALERT_WITHIN, "24 4 72", NULL, takes_hours, number_loosens},
    {SETTING_ALERT_HOOK, "off /path/of/a/program", NULL, takes_program, program_loosens},
    {SETTING_LOGIN_TOTP, "optional off required:14", NULL, takes_totp, totp_loosens},
    {SETTING_SESSION_BIND, "none address network", NULL, NULL, bind_loosens},
    {SETTING_SESSION_IDLE, "30 15 60", NULL, takes_session_minutes, number_loosens},
    {SETTING_SESSION_LONGEST, "12 8 24", NULL, takes_session_hours, number_loosens},
    {SETTING_ALERT_VOLUME, "on off", "off", NULL, NULL},
    {SETTING_ALERT_FIRST, "off on", NULL, NULL, NULL},
    {SETTING_ALERT_ENDED, "on off", "off", NULL, NULL},
    {SETTING_ALERT_HOURS, "off mon-fri,08:00-20:00,+08:00", "off", takes_working_hours, NULL},
    {SETTING_ALERT_LOGINS, "10 5 off", NULL, takes_logins, NULL},
    {SETTING_BACKUP_AGE, "8d 2d off", NULL, takes_age, NULL},
    {SETTING_ALERT_MAIL, "off somebody@firm.example", NULL, takes_address, NULL},
    {SETTING_DECOY_CONTAIN, "off suspend", NULL, NULL, NULL},
    {SETTING_DECOY_TWO_INVESTIGATORS, "off on", "off", NULL, NULL},
};

const struct setting *setting_at(size_t i)
{
    return i < sizeof settings / sizeof settings[0] ? &settings[i] : NULL;
}

const struct setting *setting_find(const char *name)
{
    const struct setting *setting;
    for (size_t i = 0; (setting = setting_at(i)) != NULL; i++) {
        if (strcmp(setting->name, name) == 0)
            return setting;
    }
    return NULL;
}

bool setting_takes(const struct setting *setting, const char *value)
{
    const char *word = setting->values;
    size_t wanted = strlen(value);
    if (wanted > SETTING_VALUE_MAX)
        return false;
    if (setting->takes != NULL)
        return setting->takes(value);
    while (*word != '\0') {
        size_t size = strcspn(word, " ");
        if (size == wanted && strncmp(word, value, size) == 0)
            return true;
        word += size + (word[size] == ' ');
    }
    return false;
}

bool setting_loosens(const struct setting *setting, const char *now, const char *value)
{
    if (setting->loosens != NULL)
        return setting->loosens(now, value);
    return setting->loosening != NULL && strcmp(value, setting->loosening) == 0 && strcmp(now, setting->loosening) != 0;
}

int setting_value(struct store *store, const struct setting *setting, char value[SETTING_VALUE_MAX + 1],
    struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    size_t size = strcspn(setting->values, " ");
    text_copy(value, size + 1, setting->values);
    int result = store_query(store, QUERY_FIRM_SETTING_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, setting->name);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row)
        text_copy(value, SETTING_VALUE_MAX + 1, column_text(statement, 0));
    statement_reset(statement);
    return result;
}

int setting_is_on(struct store *store, const char *name, bool *on, struct failure *failure)
{
    char value[SETTING_VALUE_MAX + 1] = "";
    const struct setting *setting = setting_find(name);
    int result = setting == NULL ? VAULT_EINTERNAL : setting_value(store, setting, value, failure);
    *on = strcmp(value, "on") == 0;
    return result;
}

/* --- Proposals --- */

void proposal_free(struct proposal *proposal)
{
    buffer_free(&proposal->hash);
    buffer_free(&proposal->text);
    buffer_free(&proposal->proposer);
}

static int is_active(struct store *store, const char *user, bool *active, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(store, QUERY_USER_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, failure);
    *active = result == VAULT_OK && row && column_number(statement, 2) == 0;
    statement_reset(statement);
    return result;
}

int proposal_get(struct store *store, int64_t seq, struct proposal *proposal, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    memset(proposal, 0, sizeof *proposal);
    proposal->seq = seq;
    int result = store_query(store, QUERY_PROPOSAL_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, seq);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && !row)
        return failure_set(failure, VAULT_ENOTFOUND, "nothing was proposed by event %lld", (long long)seq);
    if (result != VAULT_OK)
        return result;
    text_copy(proposal->subject, sizeof proposal->subject, column_text(statement, 0));
    buffer_put(&proposal->hash, column_bytes(statement, 1));
    buffer_put(&proposal->text, column_bytes(statement, 2));
    buffer_put_text(&proposal->proposer, column_text(statement, 3));
    statement_reset(statement);
    const char *proposer = buffer_text(&proposal->proposer);
    result = proposer == NULL || buffer_error(&proposal->hash) != VAULT_OK ||
                     buffer_error(&proposal->text) != VAULT_OK
                 ? VAULT_ENOMEM
                 : is_active(store, proposer, &proposal->active, failure);
    if (result != VAULT_OK)
        proposal_free(proposal);
    return result;
}
