#include "cli/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/words.h"
#include "vault/base/text.h"

int arguments_start(struct arguments *arguments)
{
    arguments->given = json_object();
    arguments->apart = json_object();
    return arguments->given == NULL || arguments->apart == NULL ? VAULT_ENOMEM : VAULT_OK;
}

void arguments_free(struct arguments *arguments)
{
    json_decref(arguments->given);
    json_decref(arguments->apart);
    *arguments = (struct arguments){0};
}

bool positional_is_many(const struct positional *positional)
{
    return positional->form == POSITIONAL_MANY || positional->form == POSITIONAL_ANY ||
           positional->form == POSITIONAL_FILES;
}

bool positional_is_file(const struct positional *positional)
{
    return positional->form == POSITIONAL_FILE || positional->form == POSITIONAL_FILES;
}

/* --- Options --- */

static const struct option *find(const struct option *options, const char *name, size_t size)
{
    for (const struct option *o = options; o != NULL && o->name != NULL; o++) {
        if (strlen(o->name) == size && memcmp(o->name, name, size) == 0)
            return o;
    }
    return NULL;
}

static json_t *target_of(const struct option *option, const struct arguments *arguments, const char **member)
{
    *member = option->member != NULL ? option->member : option->name;
    return option->member != NULL ? arguments->given : arguments->apart;
}

static int put_list(json_t *target, const char *member, const struct option *option, const char *value,
    struct failure *failure)
{
    json_t *list = json_object_get(target, member);
    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(target, member, list) != 0)
            return VAULT_ENOMEM;
    }
    for (const char *part = value;;) {
        const char *comma = option->form == OPTION_EACH ? strchr(part, '\0') : strchrnul(part, ',');
        if (comma == part)
            return failure_set(failure, VAULT_EUSAGE, _("--%s: an empty item in “%s”"), option->name, value);
        if (json_array_append_new(list, json_stringn(part, (size_t)(comma - part))) != 0)
            return utf8_valid(bytes_of_text(value))
                ? VAULT_ENOMEM
                : failure_set(failure, VAULT_EUSAGE, _("--%s: the value is not UTF-8 text"), option->name);
        if (*comma == '\0')
            return VAULT_OK;
        part = comma + 1;
    }
}

static int put_number(json_t *target, const char *member, const struct option *option, const char *value,
    struct failure *failure)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    bool digits = value[0] >= '0' && value[0] <= '9';
    if (!digits || errno != 0 || *end != '\0' || number > JSON_INTEGER_MAX)
        return failure_set(
            failure, VAULT_EUSAGE, _("--%s takes a whole number, not “%s”"), option->name, value);
    return json_object_set_new(target, member, json_integer(number)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int put_option(const struct option *option, const char *value, const struct arguments *arguments,
    struct failure *failure)
{
    const char *member;
    json_t *target = target_of(option, arguments, &member);
    if (option->form == OPTION_FLAG)
        return json_object_set_new(target, member, json_true()) == 0 ? VAULT_OK : VAULT_ENOMEM;
    if (value[0] == '\0')
        return failure_set(failure, VAULT_EUSAGE, _("--%s: the value is empty"), option->name);
    if (option->form == OPTION_LIST || option->form == OPTION_EACH)
        return put_list(target, member, option, value, failure);
    if (json_object_get(target, member) != NULL)
        return failure_set(failure, VAULT_EUSAGE, _("--%s is given twice"), option->name);
    if (option->form == OPTION_NUMBER)
        return put_number(target, member, option, value, failure);
    if (json_object_set_new(target, member, json_string(value)) != 0)
        return utf8_valid(bytes_of_text(value))
            ? VAULT_ENOMEM
            : failure_set(failure, VAULT_EUSAGE, _("--%s: the value is not UTF-8 text"), option->name);
    return VAULT_OK;
}

/* One option at words[0], with its value if that is the next word; *used counts both. */
static int read_option(const struct option_rules *rules, char *const *words, int count,
    const struct arguments *arguments, int *used, struct failure *failure)
{
    const char *name = words[0] + 2;
    size_t size = strcspn(name, "=");
    const char *value = name[size] == '=' ? name + size + 1 : NULL;
    const struct option *option = find(rules->options, name, size);
    if (option == NULL)
        option = find(rules->globals, name, size);
    if (option == NULL)
        return failure_set(failure, VAULT_EUSAGE, _("there is no option --%.*s"), (int)size, name);
    if (option->form == OPTION_FLAG && value != NULL)
        return failure_set(failure, VAULT_EUSAGE, _("--%s takes no value"), option->name);
    *used = 1;
    if (option->form != OPTION_FLAG && value == NULL) {
        if (count < 2)
            return failure_set(failure, VAULT_EUSAGE, _("--%s needs a value"), option->name);
        value = words[1];
        *used = 2;
    }
    return put_option(option, value, arguments, failure);
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] == '-' && word[2] != '\0';
}

/* "-h" is the one short option; "-" alone and "-5" are words. */
static char *const help_words[] = {(char[]){"--help"}, NULL};

int options_read(const struct option *options, char *const *words, int count, struct arguments *arguments,
    int *used, struct failure *failure)
{
    struct option_rules rules = {.globals = options};
    *used = 0;
    while (*used < count) {
        int taken = 0;
        bool help = strcmp(words[*used], "-h") == 0;
        if (!help && !is_option(words[*used]))
            return VAULT_OK;
        int result = read_option(
            &rules, help ? help_words : words + *used, help ? 1 : count - *used, arguments, &taken, failure);
        if (result != VAULT_OK)
            return result;
        *used += taken;
    }
    return VAULT_OK;
}

/* --- Positional arguments --- */

static int put_word(const struct positional *positional, const struct arguments *arguments, const char *word,
    struct failure *failure)
{
    const char *member = positional->member != NULL ? positional->member : positional->name;
    json_t *target = positional->member != NULL ? arguments->given : arguments->apart;
    json_t *text = json_string(word);
    if (text == NULL)
        return utf8_valid(bytes_of_text(word))
            ? VAULT_ENOMEM
            : failure_set(failure, VAULT_EUSAGE, _("%s: not UTF-8 text"), _(positional->name));
    if (word[0] == '\0') {
        json_decref(text);
        return failure_set(failure, VAULT_EUSAGE, _("%s is empty"), _(positional->name));
    }
    if (!positional_is_many(positional))
        return json_object_set_new(target, member, text) == 0 ? VAULT_OK : VAULT_ENOMEM;
    json_t *list = json_object_get(target, member);
    if (list == NULL) {
        list = json_array();
        (void)json_object_set_new(target, member, list);
    }
    return json_array_append_new(list, text) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* Rows that take exactly one word claim theirs; what is left over belongs to the one row that is flexible. */
static int spread_words(const struct positional *rows, char *const *words, size_t count,
    const struct arguments *arguments, struct failure *failure)
{
    size_t fixed = 0;
    for (const struct positional *p = rows; p != NULL && p->name != NULL; p++)
        fixed += p->form == POSITIONAL_ONE || p->form == POSITIONAL_FILE;
    size_t spare = count > fixed ? count - fixed : 0;
    size_t at = 0;
    for (const struct positional *p = rows; p != NULL && p->name != NULL; p++) {
        bool one = p->form == POSITIONAL_ONE || p->form == POSITIONAL_FILE;
        bool needed = one || p->form == POSITIONAL_MANY || p->form == POSITIONAL_FILES;
        size_t share = one ? 1 : positional_is_many(p) ? spare : (spare > 0);
        if (needed && (share == 0 || at >= count))
            return failure_set(failure, VAULT_EUSAGE, _("%s is missing"), _(p->name));
        for (size_t i = 0; i < share && at < count; i++) {
            int result = put_word(p, arguments, words[at++], failure);
            if (result != VAULT_OK)
                return result;
        }
    }
    if (at < count)
        return failure_set(failure, VAULT_EUSAGE, _("“%s” is one argument too many"), words[at]);
    return VAULT_OK;
}

static int check_required(
    const struct option *options, const struct arguments *arguments, struct failure *failure)
{
    for (const struct option *o = options; o != NULL && o->name != NULL; o++) {
        const char *member;
        const json_t *target = target_of(o, arguments, &member);
        if (o->required && json_object_get(target, member) == NULL)
            return failure_set(failure, VAULT_EUSAGE, _("--%s %s is missing"), o->name, _(o->value));
    }
    return VAULT_OK;
}

int arguments_read(const struct option_rules *rules, char *const *words, int count,
    struct arguments *arguments, struct failure *failure)
{
    char **plain = calloc((size_t)count + 1, sizeof *plain);
    if (plain == NULL)
        return VAULT_ENOMEM;
    size_t plain_count = 0;
    int result = VAULT_OK;
    bool ended = false;
    for (int i = 0; i < count && result == VAULT_OK;) {
        int used = 1;
        if (!ended && strcmp(words[i], "--") == 0)
            ended = true;
        else if (!ended && is_option(words[i]))
            result = read_option(rules, words + i, count - i, arguments, &used, failure);
        else if (!ended && strcmp(words[i], "-h") == 0)
            result = read_option(rules, help_words, 1, arguments, &used, failure);
        else
            plain[plain_count++] = words[i];
        i += used;
    }
    /* Whoever asks for help need not have got the rest right. */
    bool help = json_object_get(arguments->apart, "help") != NULL;
    if (result == VAULT_OK && !help)
        result = spread_words(rules->positionals, plain, plain_count, arguments, failure);
    if (result == VAULT_OK && !help)
        result = check_required(rules->options, arguments, failure);
    free(plain);
    return result;
}
