/* The facts against their form: a table of sections, and of what each may say. */
#include <string.h>

#include "vault/base/instant.h"
#include "vault/law/facts_private.h"

#define TEXT_MAX 2000u
#define COUNT_MAX INT64_C(1000000000000)

/*
 * Members: a letter and a name each, upper case where they must be there.
 *   t text   n number   b true or false   d date   l list of texts   o object with members of its own
 *   k number, or a word   a list of objects with members of their own   e likewise, may be empty
 */
struct form {
    const char *section; /* "duties", or "documents.fields" for what entries hold */
    const char *members;
};

static const struct form forms[] = {
    {"jurisdictions", "Tid Ten Tzh Tzone Tcalendar"},
    {"addressees", "Tid Ten Tzh"},
    {"duties", "Tid Tjurisdiction Tforce Tto Tstart Tunit ncount Twhen Ten Tzh Tarticle Tstatus Dsince tstep "
               "tdocument tsays texempt "
               "tlenient_start tlenient_unit"},
    {"thresholds", "Tid Tjurisdiction Tkind Tmeasure Nfrom nin_service nvery nvery_in_service nlevel Ten Tzh "
                   "Tarticle Tstatus "
                   "Dsince tsays"},
    {"retention", "Tid Ten Tzh Kkeep tunit Tafter Tjurisdiction Tforce Tarticle Tstatus Dsince lkinds tsays"},
    {"documents", "Tid Ten Tzh Tarticle Tstatus Afields"},
    {"documents.fields", "Tid Ten Tzh Tneed Tarticle"},
    {"data_roles", "Lkinds Trole Tjurisdiction Ten Tzh Tarticle Tstatus Dsince"},
    {"laws", "Tid Ten Tzh Tstate Dsince duntil damended tnow tby larticles Tstatus"},
    {"features", "Tid Ten Tzh Litems"},
    {"calendars", "Tid Ten Tzh Eyears"},
    {"calendars.years", "Nyear Loff Lwork Tarticle Tstatus Dsince"},
    {"zone_rules", "Tid nsince tclock obegins oends"},
    {"zone_rules.begins", "Nmonth Tweek Nminute"},
    {"zone_rules.ends", "Nmonth Tweek Nminute"},
    {"zones", "Tid Noffset Trule"},
    {"personal_information.tiers", "Tid Nserious Nserious_in_service Nvery_serious Nvery_serious_in_service "
                                   "Ten Tzh Tarticle Tstatus Dsince"},
    {"personal_information.classes", "Tid Ttier kother Tconfidence Ten Tzh Tarticle Tstatus Dsince Twhy"},
    {"personal_information.fields", "Tkind Lpaths Tclass tlenient bperson"},
    {"personal_information.offence", "Tid Ten Tzh Tarticle Tinterpretation Tstatus Dsince Tsays"},
    {"personal_information.mixed", "Tarticle Tstatus Dsince Tsays"},
    {"personal_information.counting", "Tarticle Tstatus Dsince Tsays"},
    {"personal_information", "Ooffence Atiers Omixed Ocounting Aclasses Afields"},
    {"status", "Tprimary Tsecondary Trecalled"},
};

/* Members whose words are few, wherever they stand. */
static const struct {
    const char *member;
    const char *words;
} choices[] = {
    {"status", " primary secondary recalled "},
    {"confidence", " high medium low "},
    {"force", " law contract advice house proposed "},
    {"start", " occurred knew discovered confirmed assessed ended decided "},
    {"lenient_start", " occurred knew discovered confirmed assessed ended decided "},
    {"unit",
        " at_once before minutes hours whole_hours calendar_days working_days business_days months years "},
    {"lenient_unit",
        " at_once before minutes hours whole_hours calendar_days working_days business_days months years "},
    {"step", " freeze assess notify report responsibility remedy "},
    {"need", " must should "},
    {"role", " controller trustee "},
    {"state", " in_force amended repealed "},
    {"clock", " utc local "},
    {"week", " first second third fourth last "},
};

/* Members that name an entry of another section. */
static const struct {
    const char *member;
    const char *section;
} names[] = {{"jurisdiction", "jurisdictions"}, {"to", "addressees"}, {"document", "documents"},
    {"zone", "zones"}, {"calendar", "calendars"}, {"rule", "zone_rules"}};

struct checking {
    const json_t *facts;
    const char *section;
    size_t at;
    struct failure *failure;
};

static int wrong(const struct checking *checking, const char *member, const char *what)
{
    return failure_set(checking->failure, VAULT_EINPUT, "the facts of the law: %s, entry %zu: '%.40s' %s",
        checking->section, checking->at + 1, member, what);
}

static const struct form *find_form(const char *section)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].section, section) == 0)
            return &forms[i];
    }
    return NULL;
}

/* The letter of a member in a form; 0: there is none of that name. */
static char letter_of(const struct form *form, const char *member)
{
    size_t size = strlen(member);
    for (const char *word = form->members; *word != '\0';) {
        size_t length = strcspn(word, " ");
        if (length == size + 1 && memcmp(word + 1, member, size) == 0)
            return word[0];
        word += length + (word[length] == ' ');
    }
    return '\0';
}

static bool is_text(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) <= TEXT_MAX &&
           strlen(json_string_value(value)) == json_string_length(value);
}

static bool is_date(const json_t *value)
{
    int64_t moment;
    return is_text(value) && json_string_length(value) == 10 &&
           instant_parse(bytes_of_text(json_string_value(value)), &moment);
}

static bool is_number(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= -COUNT_MAX &&
           json_integer_value(value) <= COUNT_MAX;
}

static bool is_texts(const json_t *value)
{
    bool texts = json_is_array(value) && json_array_size(value) <= LAW_ENTRIES_MAX;
    for (size_t i = 0; texts && i < json_array_size(value); i++)
        texts = is_text(json_array_get(value, i));
    return texts;
}

static bool fits(char letter, const json_t *value)
{
    switch (letter | 0x20) {
    case 't':
        return is_text(value);
    case 'd':
        return is_date(value);
    case 'n':
        return is_number(value);
    case 'b':
        return json_is_boolean(value);
    case 'l':
        return is_texts(value);
    case 'k': /* a number, or a word, or nothing said */
        return is_number(value) || is_text(value) || json_is_null(value);
    case 'e':
        return json_is_array(value);
    case 'a':
        return json_is_array(value) && json_array_size(value) > 0 &&
               json_array_size(value) <= LAW_ENTRIES_MAX;
    default:
        return json_is_object(value);
    }
}

static bool among(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; size > 0 && (at = strstr(at, word)) != NULL; at += size) {
        if (at[-1] == ' ' && at[size] == ' ')
            return true;
    }
    return false;
}

static int check_word(const struct checking *checking, const char *member, const json_t *value)
{
    const char *word = json_string_value(value);
    if (word == NULL)
        return VAULT_OK;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        /* Of retention the unit is years or months, which the list holds as well. */
        if (strcmp(choices[i].member, member) == 0 && !among(choices[i].words, word))
            return wrong(checking, member, "is none of the words that there are");
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].member, member) == 0 &&
            law_entry(json_object_get(checking->facts, names[i].section), word) == NULL)
            return wrong(checking, member, "names what there is not");
    }
    return VAULT_OK;
}

static int check_entries(const struct checking *within, const char *section, const json_t *list);
static int check_object(const struct checking *checking, const struct form *form, const json_t *object);

static int check_within(const struct checking *checking, const char *member, const json_t *value)
{
    char section[64];
    size_t size = strlen(checking->section);
    if (size + strlen(member) + 2 > sizeof section)
        return wrong(checking, member, "is unknown");
    memcpy(section, checking->section, size);
    section[size] = '.';
    memcpy(section + size + 1, member, strlen(member) + 1);
    const struct form *form = find_form(section);
    struct checking inner = {checking->facts, section, checking->at, checking->failure};
    if (form == NULL)
        return wrong(checking, member, "is unknown");
    return json_is_array(value) ? check_entries(&inner, section, value) : check_object(&inner, form, value);
}

static int check_object(const struct checking *checking, const struct form *form, const json_t *object)
{
    const char *member;
    json_t *value;
    size_t needed = 0;
    size_t there = 0;
    if (!json_is_object(object))
        return wrong(checking, "", "is no object");
    for (const char *word = form->members; *word != '\0'; word += strcspn(word, " "), word += *word == ' ')
        needed += word[0] >= 'A' && word[0] <= 'Z';
    json_object_foreach((json_t *)(uintptr_t)object, member, value)
    {
        char letter = letter_of(form, member);
        if (letter == '\0' || !fits(letter, value))
            return wrong(checking, member, letter == '\0' ? "is unknown" : "is not of its form");
        there += letter >= 'A' && letter <= 'Z';
        int result = check_word(checking, member, value);
        if (result == VAULT_OK && strchr("aAeEoO", letter) != NULL &&
            !(json_is_array(value) && json_array_size(value) == 0))
            result = check_within(checking, member, value);
        if (result != VAULT_OK)
            return result;
    }
    return there == needed ? VAULT_OK
                           : wrong(checking, form->members, "are not all there (those in capitals must be)");
}

/* What is law has an article; what a house settles for itself needs none. */
static int check_basis(const struct checking *checking, const json_t *entry)
{
    const char *force = json_text(entry, "force");
    const char *article = json_text(entry, "article");
    if (force != NULL && article != NULL && strcmp(force, "law") == 0 && article[0] == '\0')
        return wrong(checking, "article", "is empty, though it is law");
    const char *unit = json_text(entry, "unit");
    bool counted = unit != NULL && strcmp(unit, "at_once") != 0 && strcmp(unit, "before") != 0;
    int64_t count = json_number(entry, "count", 0);
    if (strcmp(checking->section, "duties") == 0 && (counted ? count < 1 || count > 10000 : count != 0))
        return wrong(checking, "count", "does not fit the unit");
    return VAULT_OK;
}

static int check_entries(const struct checking *within, const char *section, const json_t *list)
{
    const struct form *form = find_form(section);
    struct checking checking = {within->facts, section, 0, within->failure};
    if (form == NULL || !json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > LAW_ENTRIES_MAX)
        return failure_set(within->failure, VAULT_EINPUT,
            "the facts of the law: '%s' is no list of at most %u entries", section, LAW_ENTRIES_MAX);
    for (; checking.at < json_array_size(list); checking.at++) {
        const json_t *entry = json_array_get(list, checking.at);
        int result = check_object(&checking, form, entry);
        if (result == VAULT_OK && json_text(entry, "id") != NULL &&
            law_entry(list, json_text(entry, "id")) != entry)
            result = wrong(&checking, json_text(entry, "id"), "is there twice");
        if (result == VAULT_OK)
            result = check_basis(&checking, entry);
        if (result != VAULT_OK)
            return result;
    }
    return VAULT_OK;
}

const json_t *law_entry(const json_t *list, const char *id)
{
    for (size_t i = 0; id != NULL && i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        const char *its = json_text(entry, "id");
        if (its != NULL && strcmp(its, id) == 0)
            return entry;
    }
    return NULL;
}

int law_check(const json_t *facts, struct failure *failure)
{
    struct checking checking = {facts, "the whole", 0, failure};
    size_t members = 3; /* about, checked, review_days */
    int64_t days = json_number(facts, "review_days", 0);
    if (!is_text(json_object_get(facts, "about")) || !is_date(json_object_get(facts, "checked")) ||
        days < 1 || days > 3650)
        return failure_set(failure, VAULT_EINPUT,
            "the facts of the law: 'about' (a text), 'checked' (a date) and 'review_days' (1 to 3650) must "
            "be there");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *section = forms[i].section;
        const json_t *value = json_object_get(facts, section);
        if (strchr(section, '.') != NULL)
            continue;
        members++;
        bool object = strcmp(section, "status") == 0 || strcmp(section, "personal_information") == 0;
        struct checking inner = {facts, section, 0, failure};
        int result =
            object ? check_object(&inner, &forms[i], value) : check_entries(&checking, section, value);
        if (result != VAULT_OK)
            return result;
    }
    if (json_object_size(facts) != members)
        return failure_set(failure, VAULT_EINPUT, "the facts of the law: there is a section that is unknown");
    return VAULT_OK;
}
