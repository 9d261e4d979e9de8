#include "vault/formats/xml_map_private.h"

#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"

#define NAME_SIZE 64
#define DIGITS "0123456789"

/* --- values ------------------------------------------------------------------------------------------------
 */

static bool digits(const uint8_t *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
    }
    return true;
}

static int number(const uint8_t *at, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value * 10 + at[i] - '0';
    }
    return value;
}

bool xml_date(struct bytes text, char date[11])
{
    const uint8_t *at = text.data;
    int64_t days;
    bool dashed = text.size >= 10 && digits(at, 4) && at[4] == '-' && digits(at + 5, 2) && at[7] == '-' &&
                  digits(at + 8, 2);
    bool plain = text.size >= 8 && digits(at, 8);
    if (dashed || plain) {
        size_t size = dashed ? 10 : 8;
        int year = number(at, 4), month = number(at + (dashed ? 5 : 4), 2), day = number(at + size - 2, 2);
        /* Behind the day: nothing, a time, or the zone that XML allows there. */
        if (text.size > size && dashed && memchr("TZ+- ", at[size], 5) == NULL) {
            return false;
        }
        if (text.size > size && plain && memchr(DIGITS ".[:T", at[size], sizeof DIGITS ".[:T" - 1) == NULL) {
            return false;
        }
        if (!day_number(year, month, day, &days)) {
            return false;
        }
        memcpy(date, at, 4);
        memcpy(date + 5, at + (dashed ? 5 : 4), 2);
        memcpy(date + 8, at + size - 2, 2);
        date[4] = date[7] = '-';
        date[10] = 0;
        return true;
    }
    return value_date(text, false, date) == VAULT_OK;
}

static bool clock_time(struct bytes text, char time[9])
{
    const uint8_t *t = memchr(text.data, 'T', text.size);
    t = t == NULL ? memchr(text.data, ' ', text.size) : t;
    size_t left = t == NULL ? 0 : text.size - (size_t)(t + 1 - text.data);
    bool colons =
        left >= 8 && digits(t + 1, 2) && t[3] == ':' && digits(t + 4, 2) && t[6] == ':' && digits(t + 7, 2);
    bool plain = !colons && text.size >= 14 && digits(text.data, 14);
    if (!colons && !plain) {
        return false;
    }
    const uint8_t *at = colons ? t + 1 : text.data + 8;
    size_t step = colons ? 3 : 2;
    if (plain && memcmp(at, "000000", 6) == 0) { /* how OFX says that it knows only the day */
        return false;
    }
    if (number(at, 2) > 23 || number(at + step, 2) > 59 || number(at + 2 * step, 2) > 60) {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        memcpy(time + 3 * i, at + step * i, 2);
        time[3 * i + 2] = i < 2 ? ':' : 0;
    }
    return true;
}

struct decimal xml_field_amount(const json_t *object, const char *field)
{
    struct decimal amount = {0, 0};
    const char *text = json_text(object, field);
    if (text == NULL || decimal_parse(bytes_of_text(text), &amount) != VAULT_OK) {
        amount = (struct decimal){0, 0};
    }
    return amount;
}

/* --- one rule ----------------------------------------------------------------------------------------------
 */

struct rule_run {
    struct xml_record *record;
    const struct xml_rule *rule;
    json_t *object; /* where the member goes: the rule's object, made on demand */
    const char *member;
    json_t *parent;
    char object_name[NAME_SIZE];
    int error;
};

static enum xml_fate *fate_of(struct xml_place place)
{
    return place.attribute != NULL ? &place.attribute->fate : &place.node->fate;
}

static const char *element_of(struct xml_place place)
{
    return place.node->name;
}

static json_t *target(struct rule_run *run)
{
    if (run->object == NULL) {
        run->object = json_object();
        if (run->object == NULL || json_object_set_new(run->parent, run->object_name, run->object) != 0) {
            run->object = NULL;
        }
    }
    return run->object;
}

static int set_text(struct rule_run *run, struct bytes text)
{
    json_t *object = target(run);
    return object == NULL ? VAULT_ENOMEM : value_set(object, run->member, text);
}

static int append(struct rule_run *run, struct bytes text, const char *between)
{
    const char *before = run->object == NULL ? NULL : json_text(run->object, run->member);
    struct buffer whole = {0};
    buffer_put_text(&whole, before == NULL ? "" : before);
    buffer_put_text(&whole, before == NULL ? "" : between);
    buffer_put(&whole, text);
    int error = buffer_error(&whole);
    error = error == VAULT_OK ? set_text(run, buffer_bytes(&whole)) : error;
    buffer_free(&whole);
    return error;
}

static int refuse_value(struct rule_run *run, struct xml_place place, struct bytes text, const char *what)
{
    return xml_record_refuse(run->record, VAULT_EINPUT, "line %d: %s%s%s: '%.*s' is not %s", place.node->line,
        element_of(place), place.attribute == NULL ? "" : "@",
        place.attribute == NULL ? "" : place.attribute->name, (int)(text.size < 60 ? text.size : 60),
        (const char *)text.data, what);
}

static int set_decimal(struct rule_run *run, struct xml_place place, struct bytes text)
{
    struct decimal amount;
    char plain[DECIMAL_TEXT_SIZE];
    int error = decimal_parse(text, &amount);
    if (error == VAULT_OK) {
        /* 30.000 pieces are 30 pieces; the digits of an amount are left as they are. */
        decimal_format(run->rule->how == XML_NUMBER ? decimal_reduce(amount, 0) : amount, plain);
        struct bytes canonical = bytes_of_text(plain);
        *fate_of(place) = bytes_equal(canonical, text) ? XML_FATE_MAPPED : XML_FATE_KNOWN;
        return set_text(run, canonical);
    }
    if (error == VAULT_ELIMIT && run->rule->how == XML_NUMBER) {
        return set_text(run, text);
    }
    return refuse_value(
        run, place, text, error == VAULT_ELIMIT ? "an amount of at most 18 digits" : "a number");
}

static int set_rate(struct rule_run *run, struct xml_place place, struct bytes text)
{
    struct decimal rate;
    char plain[DECIMAL_TEXT_SIZE];
    bool percent = text.data[text.size - 1] == '%';
    struct bytes number = text_trim(bytes_of(text.data, text.size - percent));
    if (decimal_parse(number, &rate) != VAULT_OK) {
        return set_text(run, text);
    }
    struct decimal one = {1, 0};
    if (!percent && rate.mantissa > 0 && decimal_compare(rate, one) < 0) { /* below one: it has a fraction */
        rate.mantissa *= rate.scale < 2 ? 10 : 1;
        rate.scale -= rate.scale < 2 ? 1 : 2;
    }
    decimal_format(decimal_reduce(rate, 0), plain);
    *fate_of(place) = XML_FATE_KNOWN;
    return set_text(run, bytes_of_text(plain));
}

static int set_date(struct rule_run *run, struct xml_place place, struct bytes text)
{
    char date[11];
    if (!xml_date(text, date)) {
        return refuse_value(run, place, text, "a date");
    }
    struct bytes canonical = bytes_of_text(date);
    *fate_of(place) = bytes_equal(canonical, text) ? XML_FATE_MAPPED : XML_FATE_KNOWN;
    return set_text(run, canonical);
}

static int set_time(struct rule_run *run, struct xml_place place, struct bytes text)
{
    char time[9];
    *fate_of(place) = XML_FATE_KNOWN;
    return clock_time(text, time) ? set_text(run, bytes_of_text(time)) : VAULT_OK;
}

static void know(struct xml_node *node)
{
    node->fate = XML_FATE_KNOWN;
    for (struct xml_attribute *attribute = node->attributes; attribute != NULL; attribute = attribute->next) {
        attribute->fate = XML_FATE_KNOWN;
    }
    for (struct xml_node *child = node->first; child != NULL; child = child->next) {
        know(child); /* no deeper than LIMIT_XML_DEPTH */
    }
}

static int apply(void *context, struct xml_place place)
{
    struct rule_run *run = context;
    struct bytes text = xml_place_text(place);
    enum xml_how how = run->rule->how;
    if (how == XML_KNOWN) {
        if (place.attribute != NULL) {
            place.attribute->fate = XML_FATE_KNOWN;
        } else {
            know(place.node);
        }
        return 0;
    }
    if (text.size == 0) {
        return 0;
    }
    size_t verbatim = place.attribute != NULL ? strlen(place.attribute->text) : place.node->text_size;
    *fate_of(place) = verbatim == text.size ? XML_FATE_MAPPED : XML_FATE_KNOWN;
    switch (how) {
    case XML_TEXT:
        run->error = set_text(run, text);
        break;
    case XML_AMOUNT:
    case XML_NUMBER:
        run->error = set_decimal(run, place, text);
        break;
    case XML_RATE:
        run->error = set_rate(run, place, text);
        break;
    case XML_DATE:
        run->error = set_date(run, place, text);
        break;
    case XML_TIME:
        run->error = set_time(run, place, text);
        break;
    case XML_APPEND:
    case XML_LINES:
        *fate_of(place) = XML_FATE_KNOWN; /* where one part ended is not to be seen in the whole */
        run->error = append(run, text, how == XML_APPEND ? ", " : "\n");
        return run->error;
    case XML_KNOWN:
        break;
    }
    return 1; /* one place is enough */
}

static int apply_rule(
    struct xml_record *record, struct xml_node *node, const struct xml_rule *rule, json_t *object)
{
    struct rule_run run = {
        .record = record, .rule = rule, .object = object, .parent = object, .member = rule->field};
    const char *dot = rule->field == NULL ? NULL : strchr(rule->field, '.');
    if (dot != NULL) {
        snprintf(run.object_name, sizeof run.object_name, "%.*s", (int)(dot - rule->field), rule->field);
        run.member = dot + 1;
        run.object = json_object_get(object, run.object_name);
    }
    bool joins = rule->how == XML_APPEND || rule->how == XML_LINES || rule->how == XML_KNOWN;
    if (!joins && run.object != NULL && json_object_get(run.object, run.member) != NULL) {
        return VAULT_OK;
    }
    xml_each(node, rule->path, apply, &run);
    return run.error;
}

int xml_map(struct xml_record *record, struct xml_node *node, const struct xml_rule *rules, json_t *object)
{
    int error = VAULT_OK;
    for (; rules->path != NULL && error == VAULT_OK; rules++) {
        error = apply_rule(record, node, rules, object);
    }
    return error;
}

/* --- lines -------------------------------------------------------------------------------------------------
 */

struct lines_run {
    struct xml_record *record;
    const struct xml_rule *rules;
    json_t *array;
    int (*after)(struct xml_record *record, struct xml_node *node, json_t *line);
    int error;
};

static int map_line(void *context, struct xml_place place)
{
    struct lines_run *run = context;
    if (json_array_size(run->array) >= LIMIT_LINES) {
        run->error = xml_record_refuse(run->record, VAULT_ELIMIT, "more than %u lines", LIMIT_LINES);
        return run->error;
    }
    json_t *line = json_object();
    if (line == NULL) {
        run->error = VAULT_ENOMEM;
        return run->error;
    }
    run->error = xml_map(run->record, place.node, run->rules, line);
    if (run->error == VAULT_OK && run->after != NULL) {
        run->error = run->after(run->record, place.node, line);
    }
    if (run->error == VAULT_OK && json_object_size(line) > 0 && json_array_append(run->array, line) != 0) {
        run->error = VAULT_ENOMEM;
    }
    json_decref(line);
    return run->error;
}

int xml_map_lines(struct xml_record *record, struct xml_node *node, const char *path,
    const struct xml_rule *rules, json_t *object, const char *field,
    int (*after)(struct xml_record *record, struct xml_node *node, json_t *line))
{
    struct lines_run run = {.record = record, .rules = rules, .after = after};
    json_t *present = json_object_get(object, field);
    run.array = present == NULL ? json_array() : json_incref(present);
    if (run.array == NULL) {
        return VAULT_ENOMEM;
    }
    xml_each(node, path, map_line, &run);
    if (run.error == VAULT_OK && json_array_size(run.array) > 0 && present == NULL &&
        json_object_set(object, field, run.array) != 0) {
        run.error = VAULT_ENOMEM;
    }
    json_decref(run.array);
    return run.error;
}
