#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vault/formats/format_private.h"

#define REASON_SIZE 480

/* A reason is one line whatever the cell in it held. */
static void one_line(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    }
}

/* snprintf cuts anywhere; a cut UTF-8 sequence at the end is taken off. */
static void whole_characters(char *text, size_t size)
{
    size_t end = strnlen(text, size);
    size_t lead = end;
    while (lead > 0 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    unsigned char first = (unsigned char)text[lead - 1];
    size_t expected = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (end - (lead - 1) != expected)
        text[first >= 0x80 ? lead - 1 : end] = '\0';
}

int run_record(struct import_run *run, struct draft *draft)
{
    return run->sink->record == NULL ? VAULT_OK : run->sink->record(run->sink->context, draft);
}

int run_refuse(struct import_run *run, const char *where, const char *format, ...)
{
    char reason[REASON_SIZE];
    va_list arguments;
    if (run->refused++ >= LIMIT_REFUSALS || run->sink->refused == NULL)
        return VAULT_OK;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    one_line(reason);
    whole_characters(reason, sizeof reason);
    return run->sink->refused(run->sink->context, where, reason);
}

int run_refuse_rest(struct import_run *run)
{
    char reason[96];
    if (run->refused <= LIMIT_REFUSALS || run->sink->refused == NULL)
        return VAULT_OK;
    (void)snprintf(reason, sizeof reason, "%" PRIu64 " more were refused and are not listed",
        run->refused - LIMIT_REFUSALS);
    return run->sink->refused(run->sink->context, "later rows", reason);
}

int run_warn(struct import_run *run, const char *where, const char *format, ...)
{
    char reason[REASON_SIZE];
    va_list arguments;
    if (run->warned++ >= LIMIT_REFUSALS || run->sink->warned == NULL)
        return VAULT_OK;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    one_line(reason);
    whole_characters(reason, sizeof reason);
    return run->sink->warned(run->sink->context, where, reason);
}

int run_unmapped(struct import_run *run, const char *name)
{
    if (run->unmapped_seen == NULL)
        run->unmapped_seen = json_object();
    if (run->unmapped_seen == NULL)
        return VAULT_ENOMEM;
    /* A hostile file could name new columns for ever. */
    if (json_object_get(run->unmapped_seen, name) != NULL ||
        json_object_size(run->unmapped_seen) >= LIMIT_UNMAPPED)
        return VAULT_OK;
    if (json_object_set_new(run->unmapped_seen, name, json_true()) != 0)
        return VAULT_ENOMEM;
    return run->sink->unmapped == NULL ? VAULT_OK : run->sink->unmapped(run->sink->context, name);
}

static int tell_control(struct import_run *run, const struct import_control *control)
{
    return run->sink->control == NULL ? VAULT_OK : run->sink->control(run->sink->context, control);
}

int run_control(struct import_run *run, const char *name, const char *stated, struct decimal computed)
{
    char text[DECIMAL_TEXT_SIZE];
    struct decimal value;
    struct import_control control = {.name = name, .stated = stated == NULL ? "" : stated, .computed = text};
    decimal_format(computed, text);
    control.ok = stated == NULL || (decimal_parse(bytes_of_text(stated), &value) == VAULT_OK &&
                                       decimal_compare(value, computed) == 0);
    return tell_control(run, &control);
}

int run_control_count(struct import_run *run, const char *name, const char *stated, uint64_t computed)
{
    char text[24];
    struct decimal value;
    struct decimal count = {.mantissa = (int64_t)computed};
    struct import_control control = {.name = name, .stated = stated == NULL ? "" : stated, .computed = text};
    (void)snprintf(text, sizeof text, "%" PRIu64, computed);
    control.ok = stated == NULL || (decimal_parse(bytes_of_text(stated), &value) == VAULT_OK &&
                                       decimal_compare(value, count) == 0);
    return tell_control(run, &control);
}
