#include "vault/evidence/canonical.h"

#include <string.h>

/* What a byte inside a string asks for. */
enum byte_class { PLAIN, QUOTE, ESCAPE, WIDE, FORBIDDEN };

static inline enum byte_class class_of(uint8_t c)
{
    if (c < 0x20)
        return FORBIDDEN;
    if (c < 0x80)
        return c == '"' ? QUOTE : c == '\\' ? ESCAPE : PLAIN;
    return c >= 0xc2 && c <= 0xf4 ? WIDE : FORBIDDEN;
}

struct scan {
    const uint8_t *at;
    const uint8_t *end;
    void (*member)(void *context, struct bytes name, struct bytes value);
    void *context;
};

/* A string's span and whether it has escapes. */
struct string {
    struct bytes text;
    bool escaped;
};

static bool wide(struct scan *scan)
{
    const uint8_t *at = scan->at;
    size_t left = (size_t)(scan->end - at);
    uint8_t lead = at[0];
    size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (left < size)
        return false;
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return false;
    for (size_t i = 2; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return false;
    scan->at += size;
    return true;
}

/* \u00xx is canonical only for the control characters that have no letter of their own. */
static bool unicode_escape(const uint8_t *at)
{
    static const char digits[] = "0123456789abcdef";
    if (at[2] != '0' || at[3] != '0' || (at[4] != '0' && at[4] != '1') || at[5] == '\0')
        return false;
    const char *low = strchr(digits, at[5]);
    if (low == NULL)
        return false;
    unsigned code = (at[4] == '1' ? 16u : 0u) + (unsigned)(low - digits);
    return code != '\b' && code != '\t' && code != '\n' && code != '\f' && code != '\r';
}

static bool escape(struct scan *scan)
{
    size_t left = (size_t)(scan->end - scan->at);
    if (left < 2)
        return false;
    switch (scan->at[1]) {
    case '"':
    case '\\':
    case 'b':
    case 't':
    case 'n':
    case 'f':
    case 'r':
        scan->at += 2;
        return true;
    case 'u':
        if (left < 6 || !unicode_escape(scan->at))
            return false;
        scan->at += 6;
        return true;
    default:
        return false;
    }
}

/* Eight bytes at once: true if none is below 0x20, above 0x7e, a quote or a backslash. */
static inline bool eight_plain(const uint8_t *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t quote = word ^ ones * '"';
    uint64_t slash = word ^ ones * '\\';
    /* A byte minus n borrows into its high bit exactly if it is below n, as long as no byte below it
     * borrowed: a false alarm only costs the slow path. */
    return ((word | (word - ones * 0x20) | (quote - ones) | (slash - ones)) & highs) == 0;
}

static bool string(struct scan *scan, struct string *string)
{
    if (scan->at >= scan->end || *scan->at != '"')
        return false;
    const uint8_t *start = ++scan->at;
    string->escaped = false;
    for (;;) {
        while (scan->end - scan->at >= 8 && eight_plain(scan->at))
            scan->at += 8;
        while (scan->at < scan->end && class_of(*scan->at) == PLAIN)
            scan->at++;
        if (scan->at >= scan->end)
            return false;
        enum byte_class class = class_of(*scan->at);
        if (class == QUOTE) {
            string->text = bytes_of(start, (size_t)(scan->at - start));
            scan->at++;
            return true;
        }
        string->escaped = string->escaped || class == ESCAPE;
        if (class == FORBIDDEN || (class == ESCAPE && !escape(scan)) || (class == WIDE && !wide(scan)))
            return false;
    }
}

/* Take one byte of the UTF-8 that an escaped text stands for; -1 at its end. */
static int unescaped(struct bytes *text)
{
    static const char letters[] = "btnfr\"\\";
    static const char meant[] = "\b\t\n\f\r\"\\";
    if (text->size == 0)
        return -1;
    uint8_t c = text->data[0];
    size_t used = 1;
    if (c == '\\' && text->data[1] == 'u') {
        uint8_t low = text->data[5];
        c = (uint8_t)((text->data[4] - '0') * 16 + (low <= '9' ? low - '0' : low - 'a' + 10));
        used = 6;
    } else if (c == '\\') {
        c = (uint8_t)meant[strchr(letters, text->data[1]) - letters];
        used = 2;
    }
    *text = bytes_of(text->data + used, text->size - used);
    return c;
}

/* The order of UTF-16 code units, seen from UTF-8: it differs from the order of bytes only where one side is
 * above U+FFFF (lead byte 0xf0 and up, a surrogate pair in UTF-16) and the other in U+E000..U+FFFF (0xee,
 * 0xef). */
static bool unit_below(int a, int b)
{
    bool a_pair = a >= 0xf0;
    bool b_pair = b >= 0xf0;
    if (a_pair != b_pair && a >= 0xee && b >= 0xee)
        return a_pair;
    return a < b;
}

static bool ascends_slowly(struct bytes before, struct bytes name)
{
    for (;;) {
        int a = unescaped(&before);
        int b = unescaped(&name);
        if (a != b)
            return unit_below(a, b);
        if (a < 0)
            return false; /* equal: a duplicate */
    }
}

static bool ascends(const struct string *before, const struct string *name)
{
    if (before->escaped || name->escaped)
        return ascends_slowly(before->text, name->text);
    size_t shared = before->text.size < name->text.size ? before->text.size : name->text.size;
    for (size_t i = 0; i < shared; i++)
        if (before->text.data[i] != name->text.data[i])
            return unit_below(before->text.data[i], name->text.data[i]);
    return before->text.size < name->text.size;
}

/* jansson, which readers of leaves use, has no NUL in names, so neither have we. */
static bool has_nul(const struct string *name)
{
    struct bytes rest = name->text;
    int c = 1;
    while (c > 0)
        c = unescaped(&rest);
    return c == 0;
}

static bool integer(struct scan *scan)
{
    const uint8_t *start = scan->at;
    bool negative = *start == '-';
    const uint8_t *digits = start + (negative ? 1 : 0);
    const uint8_t *at = digits;
    uint64_t value = 0;
    while (at < scan->end && *at >= '0' && *at <= '9' && at - digits < 17)
        value = value * 10 + (uint64_t)(*at++ - '0');
    if (at == digits || value > UINT64_C(9007199254740991))
        return false;
    if (*digits == '0' && (at - digits > 1 || negative))
        return false;
    scan->at = at;
    return true;
}

static bool word(struct scan *scan, const char *text)
{
    size_t size = strlen(text);
    if ((size_t)(scan->end - scan->at) < size || memcmp(scan->at, text, size) != 0)
        return false;
    scan->at += size;
    return true;
}

static bool take(struct scan *scan, uint8_t wanted)
{
    if (scan->at >= scan->end || *scan->at != wanted)
        return false;
    scan->at++;
    return true;
}

static bool value(struct scan *scan, int depth);

static bool object(struct scan *scan, int depth)
{
    struct string before = {{NULL, 0}, false};
    struct string name = {{NULL, 0}, false};
    scan->at++;
    if (take(scan, '}'))
        return true;
    for (bool first = true;; first = false) {
        if (!string(scan, &name) || !take(scan, ':') || (name.escaped && has_nul(&name)))
            return false;
        if (!first && !ascends(&before, &name))
            return false;
        before = name;
        const uint8_t *start = scan->at;
        if (!value(scan, depth + 1))
            return false;
        if (depth == 1 && scan->member != NULL)
            scan->member(scan->context, name.text, bytes_of(start, (size_t)(scan->at - start)));
        if (take(scan, '}'))
            return true;
        if (!take(scan, ','))
            return false;
    }
}

static bool array(struct scan *scan, int depth)
{
    scan->at++;
    if (take(scan, ']'))
        return true;
    for (;;) {
        if (!value(scan, depth + 1))
            return false;
        if (take(scan, ']'))
            return true;
        if (!take(scan, ','))
            return false;
    }
}

static bool value(struct scan *scan, int depth)
{
    struct string ignored;
    if (scan->at >= scan->end)
        return false;
    switch (*scan->at) {
    case '{':
        return depth <= CANONICAL_DEPTH_MAX && object(scan, depth);
    case '[':
        return depth <= CANONICAL_DEPTH_MAX && array(scan, depth);
    case '"':
        return string(scan, &ignored);
    case 't':
        return word(scan, "true");
    case 'f':
        return word(scan, "false");
    default:
        return integer(scan);
    }
}

bool canonical_check(struct bytes text)
{
    if (text.size == 0)
        return false;
    struct scan scan = {text.data, text.data + text.size, NULL, NULL};
    return value(&scan, 1) && scan.at == scan.end;
}

bool canonical_object(
    struct bytes text, void (*member)(void *context, struct bytes name, struct bytes value), void *context)
{
    if (text.size == 0 || text.data[0] != '{')
        return false;
    struct scan scan = {text.data, text.data + text.size, member, context};
    return value(&scan, 1) && scan.at == scan.end;
}

/* --- Reading what was checked --- */

/* The end of the string that starts (behind its quote) at `at`: its closing quote, or the end. */
static const uint8_t *string_end(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at != '"')
        at += *at == '\\' && end - at > 1 ? 2 : 1;
    return at;
}

/* Behind the value that starts at `at`. */
static const uint8_t *value_end(const uint8_t *at, const uint8_t *end)
{
    int depth = 0;
    while (at < end) {
        uint8_t c = *at;
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return at;
        at++;
        if (c == '"') {
            at = string_end(at, end);
            at += at < end ? 1 : 0;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return at;
}

bool canonical_find(struct bytes object_text, const char *name, struct bytes *found)
{
    const uint8_t *at = object_text.data;
    size_t name_size = strlen(name);
    *found = bytes_of(NULL, 0);
    if (object_text.size == 0 || *at != '{')
        return false;
    const uint8_t *end = at + object_text.size;
    while (end - at > 1 && at[1] == '"') {
        const uint8_t *name_at = at + 2;
        const uint8_t *name_end = string_end(name_at, end);
        if (end - name_end < 2)
            return false;
        const uint8_t *start = name_end + 2;
        at = value_end(start, end);
        if ((size_t)(name_end - name_at) == name_size && memcmp(name_at, name, name_size) == 0) {
            *found = bytes_of(start, (size_t)(at - start));
            return true;
        }
    }
    return false;
}

bool canonical_element(struct bytes *rest, struct bytes *found)
{
    if (rest->size < 2 || (*rest->data != '[' && *rest->data != ',') || rest->data[1] == ']')
        return false;
    const uint8_t *start = rest->data + 1;
    const uint8_t *end = rest->data + rest->size;
    const uint8_t *stop = value_end(start, end);
    *found = bytes_of(start, (size_t)(stop - start));
    *rest = bytes_of(stop, (size_t)(end - stop));
    return true;
}

struct bytes canonical_string(struct bytes text)
{
    if (text.size < 2 || text.data[0] != '"')
        return bytes_of(NULL, 0);
    return bytes_of(text.data + 1, text.size - 2);
}

bool canonical_number(struct bytes text, uint64_t *number)
{
    uint64_t sum = 0;
    if (text.size == 0 || text.size > 16)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        sum = sum * 10 + (uint64_t)(text.data[i] - '0');
    }
    *number = sum;
    return true;
}
