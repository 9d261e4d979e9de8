/* What kinds of entries there are, and whether one fits its kind. */
#include "vault/incident/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/incident/recovery.h"

#define SCORES "Stimeliness Sclarity Seffectiveness Ptrust Srenewal"

static const struct entry_kind kinds[] = {
    {"claim", "ledger", "Tfrom Mamount Tbasis dlimitation ttext",
        "asserted accepted disputed settled rejected", "", "limitation", "asserted disputed", "amount"},
    {"fine", "ledger", "Tauthority Mamount Tbasis ddue ttext", "announced imposed appealed paid cancelled",
        "", "due", "imposed", "amount"},
    {"compensation", "ledger", "Tto Mamount Tbasis ddue ttext", "offered agreed paid refused", "", "due",
        "agreed", "amount"},
    {"recovery", "ledger",
        "Uuser Mowed Tbasis Efault=intent|gross-negligence|negligence|none Mwage Mminimum_wage "
        "tcontract_term mmonthly tfinding",
        "demanded agreed deducting settled waived", "deducting:monthly", NULL, "", "owed"},
    {"cost", "ledger", "Twhat Mamount Tbasis", "incurred insured paid", "", NULL, "", "amount"},
    {"discipline", "discipline",
        "Uuser Emeasure=warning|demerit|demotion|dismissal Trule Eheard=yes|no eunion=yes|no "
        "ewritten_agreement=yes|no "
        "tfinding dappeal_until ttext",
        "proposed decided appealed lifted", "decided:appeal_until", "appeal_until", "decided", NULL},
    {"own-fault", "discipline", "Twhat Tbasis nshare", "stated", "", NULL, "", NULL},
    {"remedy", "remedy", "Tto Toffer mcost duntil", "offered taken refused done", "", "until", "offered",
        "cost"},
    {"care", "care", "Tfrom Tquestion Dreply_by uowner tanswer", "open answered closed",
        "answered:answer closed:answer", "reply_by", "open", NULL},
    {"complaint", "care", "Tfrom Tabout Dreceived Dreply_by tchannel uowner tanswer", "open answered closed",
        "answered:answer closed:answer", "reply_by", "open", NULL},
    {"client-plan", "cooperation", "Tclient Tgoal Uowner Dreview tneeds ttext", "agreed running reached ended",
        "ended:text", "review", "agreed running", NULL},
    {"visit", "cooperation", "Tclient Dday Uowner tpurpose toutcome tnext", "planned held cancelled",
        "held:outcome", "day", "planned", NULL},
    {"commitment", "cooperation", "Tclient Tpromise Uowner Ddue tproof", "made renewed kept broken",
        "kept:proof", "due", "made renewed", NULL},
    {"renewal", "cooperation", "Tclient Tcontract Dends Uowner duntil twhy", "open renewed declined",
        "renewed:until declined:why", "ends", "open", NULL},
    {"public-step", "publication", "Dday Ttext", "draft published withdrawn", "", NULL, "", NULL},
    {"action", "learning", "Tcause Taction Uowner Ddue tproof teffect", "open done effective ineffective",
        "done:proof effective:proof effective:effect ineffective:effect", "due", "open ineffective", NULL},
    {"survey", "learning", "Eround=30|90|180|365 Tpseudonym " SCORES " tneeds", "answered", "", NULL, "",
        NULL},
    {"lost", "learning", "Ewhat=clients|staff Ymonth Ncount twhy", "noted", "", NULL, "", NULL},
    {"reputation", "learning", "Ymonth Twhat Tsource", "noted", "", NULL, "", NULL},
    {"lesson", "learning", "Ttext", "stated", "", NULL, "", NULL},
};

const struct entry_kind *entry_kind_at(size_t i)
{
    return i < sizeof kinds / sizeof kinds[0] ? &kinds[i] : NULL;
}

const struct entry_kind *entry_kind_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

/* --- Words of the table --- */

/* One word after another off @p rest; its size, 0 at the end. */
static size_t next_word(const char **rest, const char **word)
{
    *word = *rest + strspn(*rest, " ");
    size_t size = strcspn(*word, " ");
    *rest = *word + size;
    return size;
}

static bool lists_word(const char *words, const char *wanted)
{
    const char *word;
    size_t size;
    while ((size = next_word(&words, &word)) > 0) {
        if (strlen(wanted) == size && strncmp(word, wanted, size) == 0)
            return true;
    }
    return false;
}

/* "Efault=intent|none" taken apart. */
struct field {
    char type; /* lower case */
    bool needed;
    char name[40];
    const char *choices; /* "intent|none …"; ends at a blank or NUL; NULL: none */
};

static bool next_field(const char **rest, struct field *field)
{
    const char *word;
    size_t size = next_word(rest, &word);
    if (size == 0)
        return false;
    size_t name = strcspn(word, "= ");
    *field = (struct field){.type = (char)(word[0] | 0x20), .needed = word[0] >= 'A' && word[0] <= 'Z'};
    (void)snprintf(field->name, sizeof field->name, "%.*s", (int)(name < size ? name : size) - 1, word + 1);
    field->choices = name < size ? word + name + 1 : NULL;
    return true;
}

static bool find_field(const struct entry_kind *kind, const char *name)
{
    const char *rest = kind->fields;
    struct field field;
    while (next_field(&rest, &field)) {
        if (strcmp(field.name, name) == 0)
            return true;
    }
    return false;
}

/* --- Values --- */

static bool is_choice(const char *choices, const char *value)
{
    size_t wanted = strlen(value);
    size_t size;
    for (const char *at = choices; at[0] != '\0' && at[0] != ' '; at += size + (at[size] == '|')) {
        size = strcspn(at, "| ");
        if (size == wanted && strncmp(at, value, size) == 0)
            return true;
    }
    return false;
}

static bool is_digits(const char *text, size_t most)
{
    size_t size = strlen(text);
    return size >= 1 && size <= most && strspn(text, "0123456789") == size;
}

static bool is_month(const char *text)
{
    char day[16];
    int64_t instant;
    if (strlen(text) != 7)
        return false;
    (void)snprintf(day, sizeof day, "%s-01", text);
    return instant_parse(bytes_of_text(day), &instant);
}

static bool fits(const struct field *field, const char *value)
{
    int64_t number;
    switch (field->type) {
    case 'm':
        return money_parse(bytes_of_text(value), &number);
    case 'd':
        return strlen(value) == 10 && instant_parse(bytes_of_text(value), &number);
    case 'y':
        return is_month(value);
    case 'n':
        return is_digits(value, 9);
    case 's':
        return strlen(value) == 1 && value[0] >= '1' && value[0] <= '5';
    case 'p':
        return is_digits(value, 2) && strtol(value, NULL, 10) <= 10;
    case 'e':
        return is_choice(field->choices, value);
    default:
        return value[0] != '\0' && strlen(value) <= ENTRY_TEXT_MAX;
    }
}

static const char *form_of(char type)
{
    static const struct {
        char type;
        const char *form;
    } forms[] = {{'m', "an amount of yuan, as 1234.50"}, {'d', "a date, YYYY-MM-DD"},
        {'y', "a month, YYYY-MM"}, {'n', "a number"}, {'s', "a score from 1 to 5"},
        {'p', "a score from 0 to 10"}, {'e', "one of"}, {'u', "a user"}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].type == type)
            return forms[i].form;
    }
    return "a text";
}

static int check_field(
    const struct entry_kind *kind, const struct field *field, const json_t *fields, struct failure *failure)
{
    const char *value = json_text(fields, field->name);
    int choices = field->choices == NULL ? 0 : (int)strcspn(field->choices, " ");
    if (value == NULL && !field->needed)
        return VAULT_OK;
    if (value != NULL && fits(field, value))
        return VAULT_OK;
    return failure_set(failure, VAULT_EUSAGE, "%s: '%s' %s: %s%s%.*s", kind->name, field->name,
        value == NULL ? "is missing" : "is not of its form", form_of(field->type), choices > 0 ? " " : "",
        choices, choices > 0 ? field->choices : "");
}

static int check_fields(const struct entry_kind *kind, const json_t *fields, struct failure *failure)
{
    const char *rest = kind->fields;
    struct field field;
    const char *name;
    json_t *value;
    int result = VAULT_OK;
    json_object_foreach((json_t *)(uintptr_t)fields, name, value)
    {
        if (result == VAULT_OK && !find_field(kind, name))
            result = failure_set(failure, VAULT_EUSAGE, "%s: there is no field '%.40s'", kind->name, name);
    }
    while (result == VAULT_OK && next_field(&rest, &field))
        result = check_field(kind, &field, fields, failure);
    return result;
}

static int check_state(
    const struct entry_kind *kind, const json_t *fields, const char *state, struct failure *failure)
{
    const char *rest = kind->needs;
    const char *word;
    size_t size;
    size_t length = strlen(state);
    if (!lists_word(kind->states, state))
        return failure_set(failure, VAULT_EUSAGE, "%s: there is no state '%.40s': one of %s", kind->name,
            state, kind->states);
    while ((size = next_word(&rest, &word)) > 0) {
        char name[40];
        if (strncmp(word, state, length) != 0 || word[length] != ':')
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)(size - length - 1), word + length + 1);
        if (json_text(fields, name) == NULL)
            return failure_set(failure, VAULT_EUSAGE, "%s: '%s' takes '%s'", kind->name, state, name);
    }
    return VAULT_OK;
}

/* --- What the law says --- */

static bool says(const json_t *fields, const char *name, const char *value)
{
    const char *text = json_text(fields, name);
    return text != NULL && strcmp(text, value) == 0;
}

static int64_t amount(const json_t *fields, const char *name)
{
    const char *text = json_text(fields, name);
    int64_t hundredths = 0;
    if (text != NULL)
        (void)money_parse(bytes_of_text(text), &hundredths);
    return hundredths;
}

static int check_recovery(const json_t *fields, const char *state, struct failure *failure)
{
    struct recovery_terms terms = {amount(fields, "owed"), amount(fields, "wage"),
        amount(fields, "minimum_wage"), json_text(fields, "fault"),
        json_text(fields, "contract_term") != NULL};
    int64_t limit = 0;
    char most[MONEY_TEXT_SIZE];
    if (strcmp(state, "waived") == 0)
        return VAULT_OK;
    int result = recovery_limit(&terms, &limit, failure);
    money_format(limit, most);
    if (result == VAULT_OK && amount(fields, "monthly") > limit)
        result = failure_set(failure, VAULT_EDENIED,
            "of this wage at most %s a month may be deducted: a fifth of it, and the minimum wage stays "
            "(工资支付暂行规定第十六条)",
            most);
    return result;
}

static int check_discipline(const json_t *fields, const char *state, struct failure *failure)
{
    if (strcmp(state, "decided") != 0)
        return VAULT_OK;
    if (!says(fields, "heard", "yes"))
        return failure_set(failure, VAULT_EDENIED,
            "nobody is punished unheard: hear the person first ('finding hear'), heard=yes");
    if (says(fields, "measure", "dismissal") && !says(fields, "union", "yes"))
        return failure_set(failure, VAULT_EDENIED,
            "a dismissal is told to the union before it is decided (劳动合同法第四十三条): union=yes");
    if (says(fields, "measure", "demotion") && !says(fields, "written_agreement", "yes"))
        return failure_set(failure, VAULT_EDENIED,
            "a demotion changes the contract, which takes an agreement in writing (劳动合同法第三十五条): "
            "written_agreement=yes");
    return VAULT_OK;
}

static int check_survey(const json_t *fields, struct failure *failure)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const char *pseudonym = json_text(fields, "pseudonym");
    size_t size = strlen(pseudonym);
    if (size >= 6 && size <= 14 && strncmp(pseudonym, "P-", 2) == 0 &&
        strspn(pseudonym + 2, letters) == size - 2)
        return VAULT_OK;
    return failure_set(failure, VAULT_EUSAGE,
        "survey: a pseudonym is P- and 4 to 12 of 0-9 A-Z without I L O U, drawn at random");
}

int entry_check(
    const struct entry_kind *kind, const json_t *fields, const char *state, struct failure *failure)
{
    int result = check_fields(kind, fields, failure);
    if (result == VAULT_OK)
        result = check_state(kind, fields, state, failure);
    if (result == VAULT_OK && strcmp(kind->name, "recovery") == 0)
        result = check_recovery(fields, state, failure);
    if (result == VAULT_OK && strcmp(kind->name, "discipline") == 0)
        result = check_discipline(fields, state, failure);
    if (result == VAULT_OK && strcmp(kind->name, "survey") == 0)
        result = check_survey(fields, failure);
    return result;
}

/* --- Nobody's name --- */

#define DIGITS_MAX 5u /* a run of more is somebody's number */

int entry_names_nobody(const char *text, const json_t *names, struct failure *failure)
{
    for (const char *at = text; at[0] != '\0';) {
        size_t digits = strspn(at, "0123456789");
        if (digits > DIGITS_MAX)
            return failure_set(
                failure, VAULT_EINPUT, "it holds the number %.3s…, which may be somebody's", at);
        at += digits > 0 ? digits : 1;
    }
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (name != NULL && utf8_length(bytes_of_text(name)) >= 2 && strcasestr(text, name) != NULL)
            return failure_set(failure, VAULT_EINPUT, "it names '%.80s'", name);
    }
    return VAULT_OK;
}
