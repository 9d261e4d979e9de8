#include "vault/ops/leak/trace_reply.h"

#include <math.h>

#include "vault/base/instant.h"

/* Six digits: more would say more than the method knows. */
static json_t *probability(double value)
{
    return json_real(round(value * 1e6) / 1e6);
}

static const char *hold_name(enum trace_hold hold)
{
    static const char *const words[] = {
        "", "others_saw_the_same", "sees_most", "others_suffice", "access_not_logged"};
    return words[hold];
}

static json_t *way_of(const struct trace_names *names, const struct trace_person *person)
{
    static const char *const words[] = {"all", "month", "day", "export", "segment", "selection"};
    json_t *way =
        json_pack("{s:s, s:I, s:I, s:I}", "kind", words[person->scope], "rows", (json_int_t)person->explained,
            "first_event", (json_int_t)person->first_event, "last_event", (json_int_t)person->last_event);
    if (way != NULL && person->scope == TRACE_SCOPE_EXPORT)
        (void)json_object_set_new(way, "export", names->export(names->context, person->key));
    return way;
}

static void add_details(const struct trace_names *names, const struct trace_person *person, json_t *object)
{
    (void)json_object_set_new(object, "alone", probability(person->alone));
    (void)json_object_set_new(object, "held_back", json_string(hold_name(person->hold)));
    (void)json_object_set_new(object, "seen", json_integer((json_int_t)person->seen));
    (void)json_object_set_new(object, "seen_fully", json_integer((json_int_t)person->seen_fully));
    (void)json_object_set_new(object, "only_he", json_integer((json_int_t)person->only_he));
    (void)json_object_set_new(object, "never_saw", json_integer((json_int_t)person->never));
    (void)json_object_set_new(object, "saw_other_versions", json_integer((json_int_t)person->outdated));
    (void)json_object_set_new(object, "decoys", json_integer((json_int_t)person->decoys));
    (void)json_object_set_new(object, "rows_apart", json_integer((json_int_t)person->least_apart));
    if (person->nearest != person->person)
        (void)json_object_set_new(object, "nearest", names->person(names->context, person->nearest));
    (void)json_object_set_new(object, "way", way_of(names, person));
}

static json_t *people_of(const struct trace_names *names, const struct trace_result *result, bool details)
{
    json_t *people = json_array();
    for (size_t i = 0; i < result->people_count; i++) {
        const struct trace_person *person = &result->people[i];
        json_t *object = json_object();
        (void)json_object_set_new(object, "actor", names->person(names->context, person->person));
        (void)json_object_set_new(object, "posterior", probability(person->posterior));
        if (details)
            add_details(names, person, object);
        (void)json_array_append_new(people, object);
    }
    return people;
}

static json_t *groups_of(const struct trace_names *names, const struct trace_result *result, bool details)
{
    json_t *groups = json_array();
    for (size_t i = 0; i < result->group_count; i++) {
        const struct trace_group *group = &result->groups[i];
        json_t *object = json_object(), *actors = json_array(), *explains = json_array();
        for (size_t k = 0; k < group->size; k++) {
            (void)json_array_append_new(actors, names->person(names->context, group->people[k]));
            (void)json_array_append_new(explains, json_integer((json_int_t)group->explains[k]));
        }
        (void)json_object_set_new(object, "actors", actors);
        (void)json_object_set_new(object, "posterior", probability(group->posterior));
        if (details)
            (void)json_object_set(object, "explains", explains);
        json_decref(explains);
        (void)json_array_append_new(groups, object);
    }
    return groups;
}

json_t *trace_reply_moment(int64_t seconds)
{
    char text[INSTANT_TEXT_SIZE];
    if (seconds == INT64_MIN || seconds == INT64_MAX)
        return json_string("");
    instant_format(seconds * 1000, text);
    return json_string(text);
}

json_t *trace_reply_fields(trace_fields fields)
{
    json_t *list = json_array();
    for (int f = 0; f < TRACE_FIELDS; f++)
        if ((fields & TRACE_BIT(f)) != 0)
            (void)json_array_append_new(list, json_string(trace_field_facts[f].name));
    return list;
}

json_t *trace_reply(
    const char *path, const struct trace_result *result, const struct trace_names *names, bool details)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "leak", json_string(path));
    (void)json_object_set_new(object, "none", probability(result->none));
    (void)json_object_set_new(object, "backup", probability(result->backup));
    (void)json_object_set_new(object, "persons", people_of(names, result, details));
    (void)json_object_set_new(object, "groups", groups_of(names, result, details));
    (void)json_object_set_new(object, "linked", json_integer((json_int_t)result->linked));
    if (!details)
        return object;
    (void)json_object_set_new(object, "unlogged", probability(result->unlogged));
    (void)json_object_set_new(object, "rows", json_integer((json_int_t)result->rows));
    (void)json_object_set_new(object, "decoys", json_integer((json_int_t)result->decoys));
    (void)json_object_set_new(object, "columns", trace_reply_fields(result->fields));
    (void)json_object_set_new(object, "leaked", trace_reply_fields(result->leaked));
    (void)json_object_set_new(object, "not_before", trace_reply_moment(result->not_before));
    (void)json_object_set_new(object, "current_until", trace_reply_moment(result->all_until));
    return object;
}
