#include "vault/incident/finding_case.h"

#include <math.h>
#include <string.h>

#define NAME_BYTES_MAX 200u
#define WORDS_MAX 64u

static int bad(struct failure *failure, const char *member)
{
    return failure_set(failure, VAULT_EINPUT, "not what `trace --json --details` prints: '%s'", member);
}

/* Copying members of one object to another, with their rules; the first that does not fit stays in @p wrong.
 */
struct copying {
    const json_t *from;
    json_t *to;
    const char *wrong;
};

static bool short_text(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) <= NAME_BYTES_MAX &&
           strlen(json_string_value(value)) == json_string_length(value);
}

static void put(struct copying *copying, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(copying->to, name, value) != 0)
        copying->wrong = copying->wrong == NULL ? name : copying->wrong;
}

static void copy_text(struct copying *copying, const char *name, bool required)
{
    json_t *value = json_object_get(copying->from, name);
    if (value == NULL && !required)
        return;
    put(copying, name, value != NULL && short_text(value) ? json_copy(value) : NULL);
}

static void copy_count(struct copying *copying, const char *name)
{
    const json_t *value = json_object_get(copying->from, name);
    bool fits = json_is_integer(value) && json_integer_value(value) >= 0 &&
                json_integer_value(value) <= JSON_INTEGER_MAX;
    put(copying, name, fits ? json_integer(json_integer_value(value)) : NULL);
}

static void copy_probability(struct copying *copying, const char *name)
{
    const json_t *value = json_object_get(copying->from, name);
    double number = json_number_value(value);
    bool fits = json_is_number(value) && isfinite(number) && number >= 0 && number <= 1;
    put(copying, name, fits ? json_integer((json_int_t)lround(number * FINDING_PPM)) : NULL);
}

static void copy_words(struct copying *copying, const char *name, size_t most, bool required)
{
    const json_t *list = json_object_get(copying->from, name);
    if (list == NULL && !required)
        return;
    bool fits = json_is_array(list) && json_array_size(list) <= most;
    json_t *copy = fits ? json_array() : NULL;
    for (size_t i = 0; copy != NULL && i < json_array_size(list); i++) {
        json_t *word = json_array_get(list, i);
        if (!short_text(word) || json_array_append_new(copy, json_copy(word)) != 0) {
            json_decref(copy);
            copy = NULL;
        }
    }
    put(copying, name, copy);
}

static void copy_counts(struct copying *copying, const char *name)
{
    const json_t *list = json_object_get(copying->from, name);
    json_t *copy = json_is_array(list) && json_array_size(list) <= WORDS_MAX ? json_array() : NULL;
    for (size_t i = 0; copy != NULL && i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        bool fits = json_is_integer(one) && json_integer_value(one) >= 0;
        if (!fits || json_array_append_new(copy, json_integer(json_integer_value(one))) != 0) {
            json_decref(copy);
            copy = NULL;
        }
    }
    put(copying, name, copy);
}

static json_t *way_of(const json_t *way, const char **wrong)
{
    struct copying copying = {way, json_object(), NULL};
    copy_text(&copying, "kind", true);
    copy_count(&copying, "rows");
    copy_count(&copying, "first_event");
    copy_count(&copying, "last_event");
    copy_text(&copying, "export", false);
    *wrong = copying.wrong == NULL ? *wrong : copying.wrong;
    return copying.to;
}

static json_t *person_of(const json_t *person, const char **wrong)
{
    static const char *const counts[] = {
        "seen", "seen_fully", "only_he", "never_saw", "saw_other_versions", "decoys", "rows_apart"};
    struct copying copying = {person, json_object(), NULL};
    copy_text(&copying, "actor", true);
    copy_probability(&copying, "posterior");
    copy_probability(&copying, "alone");
    copy_text(&copying, "held_back", true);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        copy_count(&copying, counts[i]);
    copy_text(&copying, "nearest", false);
    put(&copying, "way", way_of(json_object_get(person, "way"), &copying.wrong));
    *wrong = copying.wrong == NULL ? *wrong : copying.wrong;
    return copying.to;
}

static json_t *group_of(const json_t *group, const char **wrong)
{
    struct copying copying = {group, json_object(), NULL};
    copy_words(&copying, "actors", WORDS_MAX, true);
    copy_probability(&copying, "posterior");
    copy_counts(&copying, "explains");
    *wrong = copying.wrong == NULL ? *wrong : copying.wrong;
    return copying.to;
}

static void copy_list(struct copying *copying, const char *name, size_t most,
    json_t *(*one)(const json_t *value, const char **wrong))
{
    const json_t *list = json_object_get(copying->from, name);
    json_t *copy = json_is_array(list) ? json_array() : NULL;
    for (size_t i = 0; copy != NULL && i < json_array_size(list) && i < most; i++)
        (void)json_array_append_new(copy, one(json_array_get(list, i), &copying->wrong));
    put(copying, name, copy);
}

/* Only the file's own name: where it lay is nobody's business. */
static void copy_file(struct copying *copying)
{
    const char *path = json_text(copying->from, "leak");
    const char *slash = path == NULL ? NULL : strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    put(copying, "file", name != NULL && strlen(name) <= NAME_BYTES_MAX ? json_string(name) : NULL);
}

int finding_case_read(const json_t *trace, json_t **facts, struct failure *failure)
{
    static const char *const counts[] = {"rows", "linked", "decoys"};
    static const char *const probabilities[] = {"none", "backup", "unlogged"};
    struct copying copying = {trace, json_object(), NULL};
    *facts = NULL;
    if (copying.to == NULL)
        return VAULT_ENOMEM;
    copy_file(&copying);
    copy_text(&copying, "case", false);
    copy_text(&copying, "found_at", false);
    copy_text(&copying, "before", false);
    copy_text(&copying, "sha256", false);
    copy_text(&copying, "subject", false);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        copy_count(&copying, counts[i]);
    for (size_t i = 0; i < sizeof probabilities / sizeof probabilities[0]; i++)
        copy_probability(&copying, probabilities[i]);
    copy_words(&copying, "columns", WORDS_MAX, true);
    copy_words(&copying, "leaked", WORDS_MAX, true);
    copy_words(&copying, "clients", FINDING_CASE_CLIENTS, false);
    copy_text(&copying, "not_before", true);
    copy_text(&copying, "current_until", true);
    put(&copying, "people", json_integer((json_int_t)json_array_size(json_object_get(trace, "persons"))));
    copy_list(&copying, "persons", FINDING_CASE_PEOPLE, person_of);
    copy_list(&copying, "groups", FINDING_CASE_GROUPS, group_of);
    if (copying.wrong == NULL) {
        *facts = copying.to;
        return VAULT_OK;
    }
    json_decref(copying.to);
    return bad(failure, copying.wrong);
}
