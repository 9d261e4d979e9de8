/* Clients and records by paths of their own: the same operations, with arguments that come from the path and
 * the query. */
#include <stdlib.h>
#include <string.h>

#include "vault/ops/ops.h"
#include "vault/server/front_private.h"

#define QUERY_MAX 32u

struct query {
    const char *takes; /* the operation's arguments, as its table has them */
    json_t *arguments;
    size_t count;
    int result;
};

/* The letter of the table, in lower case; 0: there is no such argument. */
static char letter_of(const char *takes, const char *name)
{
    size_t size = strlen(name);
    for (const char *word = takes; *word != '\0';) {
        size_t length = strcspn(word, " ");
        if (length == size + 1 && memcmp(word + 1, name, size) == 0)
            return (char)(word[0] | 0x20);
        word += length + (word[length] == ' ');
    }
    return 0;
}

static json_t *list_of(const char *text)
{
    json_t *list = json_array();
    while (list != NULL && *text != '\0') {
        size_t size = strcspn(text, ",");
        if (json_array_append_new(list, json_stringn(text, size)) != 0)
            break;
        text += size + (text[size] == ',');
    }
    return list;
}

/* NULL: not of that form. */
static json_t *value_of(char letter, const char *text)
{
    char *end = NULL;
    switch (letter) {
    case 't':
        return json_string(text);
    case 'l':
        return list_of(text);
    case 'b':
        return strcmp(text, "true") == 0 ? json_true() : strcmp(text, "false") == 0 ? json_false() : NULL;
    case 'n': {
        long long number = strtoll(text, &end, 10);
        return *text != '\0' && *end == '\0' && strlen(text) < 18 ? json_integer(number) : NULL;
    }
    default:
        return NULL;
    }
}

static enum MHD_Result take_query(void *context, enum MHD_ValueKind kind, const char *name, const char *text)
{
    struct query *query = context;
    (void)kind;
    json_t *value = text == NULL ? NULL : value_of(letter_of(query->takes, name), text);
    if (value == NULL || ++query->count > QUERY_MAX || json_object_get(query->arguments, name) != NULL ||
        json_object_set(query->arguments, name, value) != 0)
        query->result = VAULT_EUSAGE;
    json_decref(value);
    return query->result == VAULT_OK ? MHD_YES : MHD_NO;
}

/* CLIENT, or CLIENT/records/RECORD and what follows. */
static int take_path(const char *rest, json_t *arguments)
{
    static const char records[] = "/records/";
    size_t size = strcspn(rest, "/");
    int bad = size > 0 && json_object_set_new(arguments, "client", json_stringn(rest, size)) != 0;
    rest += size;
    if (strncmp(rest, records, sizeof records - 1) == 0) {
        rest += sizeof records - 1;
        bad = json_object_set_new(arguments, "record", json_stringn(rest, strcspn(rest, "/"))) != 0 || bad;
    }
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

static int put_piece(const char *text, size_t size, void *context)
{
    buffer_put_data(context, text, size);
    return 0;
}

int route_arguments(const struct route *route, const char *rest, struct MHD_Connection *connection,
    struct bytes given, struct buffer *arguments)
{
    bool secret;
    json_t *fields = NULL;
    struct query query = {
        .takes = operation_arguments(route->operation, &secret), .arguments = json_object()};
    int result = query.arguments == NULL ? VAULT_ENOMEM : take_path(rest, query.arguments);
    if (result == VAULT_OK && route->json) {
        result = json_read(given, &fields, NULL);
        if (result == VAULT_OK && !json_is_object(fields))
            result = VAULT_EINPUT;
        if (result == VAULT_OK && json_object_set(query.arguments, "fields", fields) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK) {
        (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_query, &query);
        result = query.result;
    }
    if (result == VAULT_OK && json_dump_callback(query.arguments, put_piece, arguments, JSON_COMPACT) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = buffer_error(arguments);
    json_decref(fields);
    json_decref(query.arguments);
    return result;
}
