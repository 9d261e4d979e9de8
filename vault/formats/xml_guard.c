#include "vault/formats/xml_guard_private.h"

#include <string.h>

#include "vault/formats/limits.h"

#define TEXT_BYTES 9000000u /* below what libxml2 takes without its HUGE, so that the reason is ours */

static void become(struct xml_guard *guard, enum xml_guard_state state)
{
    guard->state = state;
    memset(guard->last, 0, sizeof guard->last);
    if (state == XML_GUARD_TEXT || state == XML_GUARD_OPENED) {
        guard->length = 0;
        guard->attributes = 0;
    }
}

static int too_much(const struct xml_guard *guard, struct failure *failure, const char *what, unsigned limit)
{
    return failure_set(failure, VAULT_ELIMIT, "line %llu: %s (the limit is %u)",
        (unsigned long long)guard->line, what, limit);
}

/* Keep the last `count` bytes of what went by. */
static void shift(struct xml_guard *guard, char c, size_t count)
{
    memmove(guard->last, guard->last + 1, count - 1);
    guard->last[count - 1] = c;
}

static int after_bang(struct xml_guard *guard, char c, struct failure *failure)
{
    size_t length = strlen(guard->last);
    guard->last[length] = c;
    if (strcmp(guard->last, "--") == 0) {
        become(guard, XML_GUARD_COMMENT);
    } else if (strcmp(guard->last, "[CDATA[") == 0) {
        become(guard, XML_GUARD_CDATA);
    } else if (strncmp("--", guard->last, length + 1) != 0 &&
               strncmp("[CDATA[", guard->last, length + 1) != 0) {
        failure_set(failure, VAULT_EINPUT, "line %llu: a DOCTYPE, which is never read",
            (unsigned long long)guard->line);
        failure_remedy(failure, "export the file again without a document type declaration");
        return VAULT_EINPUT;
    }
    return VAULT_OK;
}

static int in_tag(struct xml_guard *guard, char c, struct failure *failure)
{
    if (c == '"' || c == '\'') {
        guard->quote = c;
        guard->state = XML_GUARD_QUOTE;
    } else if (c == '=' && ++guard->attributes > LIMIT_XML_ATTRIBUTES) {
        return too_much(guard, failure, "too many attributes on one element", LIMIT_XML_ATTRIBUTES);
    } else if (c == '>') {
        guard->depth -= guard->last[0] == '/' && guard->depth > 0;
        become(guard, XML_GUARD_TEXT);
    }
    guard->last[0] = c;
    return VAULT_OK;
}

static int after_opening(struct xml_guard *guard, char c, struct failure *failure)
{
    if (c == '!') {
        become(guard, XML_GUARD_BANG);
    } else if (c == '?') {
        become(guard, XML_GUARD_INSTRUCTION);
    } else if (c == '/') {
        guard->depth -= guard->depth > 0;
        become(guard, XML_GUARD_CLOSING);
    } else {
        become(guard, XML_GUARD_TAG);
        guard->any = true;
        if (++guard->depth > LIMIT_XML_DEPTH) {
            return too_much(guard, failure, "elements nested too deeply", LIMIT_XML_DEPTH);
        }
    }
    return VAULT_OK;
}

static void until(struct xml_guard *guard, char c, const char *end)
{
    size_t count = strlen(end);
    shift(guard, c, count);
    if (c == '>' && memcmp(guard->last, end, count) == 0) {
        become(guard, XML_GUARD_TEXT);
    }
}

static int step(struct xml_guard *guard, char c, struct failure *failure)
{
    switch (guard->state) {
    case XML_GUARD_TEXT:
        if (c == '<') {
            become(guard, XML_GUARD_OPENED);
        }
        return VAULT_OK;
    case XML_GUARD_OPENED:
        return after_opening(guard, c, failure);
    case XML_GUARD_TAG:
        return in_tag(guard, c, failure);
    case XML_GUARD_CLOSING:
        if (c == '>') {
            become(guard, XML_GUARD_TEXT);
        }
        return VAULT_OK;
    case XML_GUARD_QUOTE:
        if (c == guard->quote) {
            guard->state = XML_GUARD_TAG;
        }
        return VAULT_OK;
    case XML_GUARD_BANG:
        return after_bang(guard, c, failure);
    case XML_GUARD_COMMENT:
        until(guard, c, "-->");
        return VAULT_OK;
    case XML_GUARD_CDATA:
        until(guard, c, "]]>");
        return VAULT_OK;
    case XML_GUARD_INSTRUCTION:
        until(guard, c, "?>");
        return VAULT_OK;
    }
    return VAULT_EINTERNAL;
}

/* Embedded documents are long texts; nothing else is. */
static int measure(struct xml_guard *guard, size_t size, struct failure *failure)
{
    bool text = guard->state == XML_GUARD_TEXT || guard->state == XML_GUARD_CDATA;
    guard->length += size;
    if (text && guard->length > TEXT_BYTES) {
        return too_much(guard, failure, "a text that is too long", TEXT_BYTES);
    }
    if (!text && guard->length > LIMIT_CELL_BYTES) {
        return too_much(guard, failure, "a tag, comment or instruction that is too long", LIMIT_CELL_BYTES);
    }
    return VAULT_OK;
}

static size_t plain_text(struct xml_guard *guard, const uint8_t *at, size_t size)
{
    const uint8_t *end = memchr(at, '<', size);
    size = end == NULL ? size : (size_t)(end - at);
    for (size_t i = 0; i < size; i++) {
        guard->line += at[i] == '\n';
    }
    return size;
}

int xml_guard_feed(struct xml_guard *guard, struct bytes text, struct failure *failure)
{
    int error = VAULT_OK;
    for (size_t i = 0; i < text.size && error == VAULT_OK;) {
        size_t size = guard->state == XML_GUARD_TEXT ? plain_text(guard, text.data + i, text.size - i) : 0;
        if (size == 0) {
            char c = (char)text.data[i];
            error = step(guard, c, failure);
            guard->line += c == '\n';
            size = 1;
        }
        error = error == VAULT_OK ? measure(guard, size, failure) : error;
        i += size;
    }
    return error;
}
