/* Values as Cedar text and as entity JSON. */
#include "policy/ext.h"
#include "policy/value.h"

void cedar_put_uid(struct cedar_text *t, struct cedar_uid uid)
{
    cedar_put(t, uid.type);
    cedar_puts(t, "::");
    cedar_put_quoted(t, uid.id);
}

struct cedar_str cedar_uid_print(struct cedar_uid uid, struct cedar_arena *arena)
{
    struct cedar_text t = {.arena = arena};

    cedar_put_uid(&t, uid);
    return cedar_text_done(&t);
}

/* The argument of the constructor; a datetime without a text is written as an offset. */
static void put_ext(struct cedar_text *t, const struct cedar_value *value)
{
    if (value->kind == CEDAR_DECIMAL)
        cedar_put_decimal(t, value->u.n);
    else if (value->kind == CEDAR_IP)
        cedar_put_ip(t, value->u.ip);
    else if (value->kind == CEDAR_DURATION)
        cedar_put_duration(t, value->u.n);
    else if (!cedar_put_datetime(t, value->u.n))
        cedar_puts(t, "1970-01-01");
}

static bool needs_offset(const struct cedar_value *value, struct cedar_arena *arena)
{
    struct cedar_text probe = {.arena = arena};

    return value->kind == CEDAR_DATETIME && !cedar_put_datetime(&probe, value->u.n);
}

static const char *constructor(enum cedar_kind kind)
{
    return cedar_fns[kind - CEDAR_DECIMAL].name;
}

static void put_call(struct cedar_text *t, const struct cedar_value *value)
{
    cedar_putf(t, "%s(\"", constructor(value->kind));
    put_ext(t, value);
    cedar_puts(t, "\")");
    if (needs_offset(value, t->arena)) {
        cedar_puts(t, ".offset(duration(\"");
        cedar_put_duration(t, value->u.n);
        cedar_puts(t, "\"))");
    }
}

static void put_record(struct cedar_text *t, const struct cedar_record_data *record)
{
    cedar_putc(t, '{');
    for (uint32_t i = 0; i < record->n; i++) {
        if (i)
            cedar_puts(t, ", ");
        cedar_put_quoted(t, record->pairs[i].key);
        cedar_puts(t, ": ");
        cedar_put_value(t, &record->pairs[i].value);
    }
    cedar_putc(t, '}');
}

static void put_set(struct cedar_text *t, const struct cedar_set_data *set)
{
    cedar_putc(t, '[');
    for (uint32_t i = 0; i < set->n; i++) {
        if (i)
            cedar_puts(t, ", ");
        cedar_put_value(t, &set->items[i]);
    }
    cedar_putc(t, ']');
}

void cedar_put_value(struct cedar_text *t, const struct cedar_value *value)
{
    switch (value->kind) {
    case CEDAR_BOOL:
        cedar_puts(t, value->u.b ? "true" : "false");
        return;
    case CEDAR_LONG:
        cedar_putf(t, "%lld", (long long)value->u.n);
        return;
    case CEDAR_STRING:
        cedar_put_quoted(t, value->u.s);
        return;
    case CEDAR_ENTITY:
        cedar_put_uid(t, value->u.ref->uid);
        return;
    case CEDAR_SET:
        put_set(t, value->u.set);
        return;
    case CEDAR_RECORD:
        put_record(t, value->u.record);
        return;
    case CEDAR_DECIMAL:
    case CEDAR_IP:
    case CEDAR_DATETIME:
    case CEDAR_DURATION:
        break;
    }
    put_call(t, value);
}

void cedar_put_uid_json(struct cedar_text *t, struct cedar_uid uid)
{
    cedar_puts(t, "{\"type\":");
    cedar_put_json(t, uid.type);
    cedar_puts(t, ",\"id\":");
    cedar_put_json(t, uid.id);
    cedar_putc(t, '}');
}

static void put_extn_json(struct cedar_text *t, const struct cedar_value *value)
{
    bool offset = needs_offset(value, t->arena);

    if (offset)
        cedar_puts(t, "{\"__extn\":{\"fn\":\"offset\",\"args\":[");
    cedar_putf(t, "{\"__extn\":{\"fn\":\"%s\",\"arg\":\"", constructor(value->kind));
    put_ext(t, value);
    cedar_puts(t, "\"}}");
    if (offset) {
        cedar_puts(t, ",{\"__extn\":{\"fn\":\"duration\",\"arg\":\"");
        cedar_put_duration(t, value->u.n);
        cedar_puts(t, "\"}}]}}");
    }
}

static void put_record_json(struct cedar_text *t, const struct cedar_record_data *record)
{
    cedar_putc(t, '{');
    for (uint32_t i = 0; i < record->n; i++) {
        if (i)
            cedar_putc(t, ',');
        cedar_put_json(t, record->pairs[i].key);
        cedar_putc(t, ':');
        cedar_put_value_json(t, &record->pairs[i].value);
    }
    cedar_putc(t, '}');
}

static void put_set_json(struct cedar_text *t, const struct cedar_set_data *set)
{
    cedar_putc(t, '[');
    for (uint32_t i = 0; i < set->n; i++) {
        if (i)
            cedar_putc(t, ',');
        cedar_put_value_json(t, &set->items[i]);
    }
    cedar_putc(t, ']');
}

void cedar_put_value_json(struct cedar_text *t, const struct cedar_value *value)
{
    if (value->kind == CEDAR_BOOL || value->kind == CEDAR_LONG) {
        cedar_put_value(t, value);
    } else if (value->kind == CEDAR_STRING) {
        cedar_put_json(t, value->u.s);
    } else if (value->kind == CEDAR_ENTITY) {
        cedar_puts(t, "{\"__entity\":");
        cedar_put_uid_json(t, value->u.ref->uid);
        cedar_putc(t, '}');
    } else if (value->kind == CEDAR_SET) {
        put_set_json(t, value->u.set);
    } else if (value->kind == CEDAR_RECORD) {
        put_record_json(t, value->u.record);
    } else {
        put_extn_json(t, value);
    }
}

struct cedar_str cedar_value_print(const struct cedar_value *value, struct cedar_arena *arena)
{
    struct cedar_text t = {.arena = arena};

    cedar_put_value(&t, value);
    return cedar_text_done(&t);
}

struct cedar_str cedar_value_json(const struct cedar_value *value, struct cedar_arena *arena)
{
    struct cedar_text t = {.arena = arena};

    cedar_put_value_json(&t, value);
    return cedar_text_done(&t);
}
