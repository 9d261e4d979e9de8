#include "cli/given_words.h"

#include <string.h>

#include "cli/words.h"
#include "vault/base/file.h"

#define STANDARD_INPUT "/dev/stdin"

/* --- Files and standard input --- */

static int read_text(const char *path, const char *shown, json_t **text, struct failure *failure)
{
    struct buffer content = {0};
    int result = file_read(path, GIVEN_WORDS_MAX, &content, failure);
    size_t size = content.size;
    while (size > 0 && (content.data[size - 1] == '\n' || content.data[size - 1] == '\r'))
        size--;
    if (result == VAULT_OK && size == 0)
        result = failure_set(failure, VAULT_EINPUT, _("%s: there are no words in it"), shown);
    bool plain = result == VAULT_OK && memchr(content.data, '\0', size) == NULL;
    if (result == VAULT_OK && (!plain || (*text = json_stringn((const char *)content.data, size)) == NULL))
        result = failure_set(failure, VAULT_EINPUT, _("%s: not UTF-8 text"), shown);
    buffer_free(&content);
    return result;
}

static int read_input(struct arguments *arguments, json_t **text, struct failure *failure)
{
    if (arguments->input_read)
        return failure_set(failure, VAULT_EUSAGE, "%s", _("standard input can be one value only"));
    arguments->input_read = true;
    return read_text(STANDARD_INPUT, _("standard input"), text, failure);
}

/* The words that a value stands for; NULL in *text where it stands for itself. */
static int read_value(struct arguments *arguments, const char *value, json_t **text, struct failure *failure)
{
    *text = NULL;
    if (value[0] != '@')
        return VAULT_OK;
    if (value[1] == '@') {
        *text = json_string(value + 1);
        return *text == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    if (strcmp(value, "@-") == 0)
        return read_input(arguments, text, failure);
    if (value[1] == '\0')
        return failure_set(
            failure, VAULT_EUSAGE, "%s", _("@ is followed by a file's name, or by - for standard input"));
    return read_text(value + 1, value + 1, text, failure);
}

/* --- Options --- */

static int resolve(
    const struct option *option, struct arguments *arguments, json_t *target, struct failure *failure)
{
    const char *member = option->member != NULL ? option->member : option->name;
    const char *value = json_string_value(json_object_get(target, member));
    json_t *text = NULL;
    if (value == NULL)
        return VAULT_OK;
    int result = strcmp(value, "-") == 0 ? read_input(arguments, &text, failure)
                                         : read_value(arguments, value, &text, failure);
    if (result == VAULT_OK && text != NULL && json_object_set_new(target, member, text) != 0)
        result = VAULT_ENOMEM;
    if (result != VAULT_OK && failure->text[0] != '\0')
        failure_prefix(failure, "--%s", option->name);
    return result;
}

int given_words_resolve(const struct option *options, struct arguments *arguments, struct failure *failure)
{
    int result = VAULT_OK;
    for (const struct option *o = options; o != NULL && o->name != NULL && result == VAULT_OK; o++) {
        if (o->form == OPTION_WORDS)
            result = resolve(o, arguments, o->member != NULL ? arguments->given : arguments->apart, failure);
    }
    return result;
}

/* --- Fields --- */

static int no_field(const char *option, const char *word, struct failure *failure)
{
    return option == NULL
               ? failure_set(failure, VAULT_EUSAGE, _("“%s” is not FIELD=VALUE"), word)
               : failure_set(failure, VAULT_EUSAGE, _("--%s takes NAME=VALUE, not '%s'"), option, word);
}

static int add_field(struct arguments *arguments, const char *word, const char *option, json_t *fields,
    struct failure *failure)
{
    const char *equals = strchr(word, '=');
    char name[256];
    json_t *value = NULL;
    if (equals == NULL || equals == word)
        return no_field(option, word, failure);
    if ((size_t)(equals - word) >= sizeof name)
        return failure_set(failure, VAULT_EUSAGE, "%s", _("the field's name is too long"));
    memcpy(name, word, (size_t)(equals - word));
    name[equals - word] = '\0';
    if (json_object_get(fields, name) != NULL)
        return failure_set(failure, VAULT_EUSAGE, _("%s is given twice"), name);
    int result = read_value(arguments, equals + 1, &value, failure);
    if (result == VAULT_OK && value == NULL)
        value = json_string(equals + 1);
    if (result == VAULT_OK && json_object_set_new(fields, name, value) != 0)
        result = VAULT_ENOMEM;
    if (result != VAULT_OK && failure->text[0] != '\0')
        failure_prefix(failure, "%s", name);
    return result;
}

int given_fields(struct arguments *arguments, const json_t *words, const char *option, json_t **fields,
    struct failure *failure)
{
    *fields = json_object();
    int result = *fields == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(words) && result == VAULT_OK; i++)
        result = add_field(arguments, json_string_value(json_array_get(words, i)), option, *fields, failure);
    if (result == VAULT_OK)
        return result;
    json_decref(*fields);
    *fields = NULL;
    return result;
}
