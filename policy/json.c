/*
 * The reader keeps its own stack of open arrays and objects, so depth costs no C stack.
 * Members wait on one shared pile and are moved to their container when it closes.
 */
#include "policy/json.h"

#include "policy/str.h"
#include "policy/utf8.h"

struct item {
    struct cedar_str key;
    struct cedar_json value;
};

struct open {
    bool object;
    uint32_t offset;
    size_t mark; /* of the pile */
};

struct reader {
    struct cedar_fail *f;
    struct cedar_arena *tree, *scratch;
    const char *text;
    size_t len, at;
    struct item *pile;
    size_t n_pile, cap_pile;
    struct open *stack;
    size_t depth, cap_stack;
};

static _Noreturn void unexpected(struct reader *r, const char *expected)
{
    if (r->at >= r->len)
        cedar_raise(r->f, CEDAR_EPARSE, r->at, "expected %s, found the end of the JSON text", expected);
    cedar_raise(r->f, CEDAR_EPARSE, r->at, "expected %s in JSON", expected);
}

static char peek(struct reader *r)
{
    while (r->at < r->len && memchr(" \t\n\r", r->text[r->at], 4))
        r->at++;
    return r->at < r->len ? r->text[r->at] : '\0';
}

static void *take(struct reader *r, size_t size)
{
    void *p = cedar_arena_alloc(r->tree, size);

    if (!p)
        cedar_raise_memory(r->f);
    return p;
}

static uint32_t hex4(struct reader *r)
{
    uint32_t n = 0;

    for (int i = 0; i < 4; i++, r->at++) {
        char c = r->at < r->len ? r->text[r->at] : '\0';
        int d = c >= '0' && c <= '9'                 ? c - '0'
                : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                     : -1;

        if (d < 0)
            cedar_raise(r->f, CEDAR_EPARSE, r->at, "expected four hex digits after \\u");
        n = n * 16 + (uint32_t)d;
    }
    return n;
}

static uint32_t read_unicode(struct reader *r, size_t start)
{
    uint32_t high = hex4(r), low;

    if (high < 0xD800 || high > 0xDFFF)
        return high;
    if (high > 0xDBFF || r->len - r->at < 2 || r->text[r->at] != '\\' || r->text[r->at + 1] != 'u')
        cedar_raise(r->f, CEDAR_EPARSE, start, "a lone surrogate is no character");
    r->at += 2;
    low = hex4(r);
    if (low < 0xDC00 || low > 0xDFFF)
        cedar_raise(r->f, CEDAR_EPARSE, start, "a lone surrogate is no character");
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Behind a backslash. */
static uint32_t read_escape(struct reader *r)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t start = r->at - 1;
    char c = r->at < r->len ? r->text[r->at++] : '\0';
    const char *p = c ? strchr(from, c) : NULL;

    if (c == 'u')
        return read_unicode(r, start);
    if (!p)
        cedar_raise(r->f, CEDAR_EPARSE, start, "not an escape of JSON");
    return (uint32_t)(unsigned char)to[p - from];
}

static struct cedar_str read_escaped(struct reader *r, size_t start, size_t end)
{
    char *out = take(r, end - start + 1);
    size_t n = 0;

    for (r->at = start; r->at < end;) {
        if (r->text[r->at] != '\\') {
            out[n++] = r->text[r->at++];
            continue;
        }
        r->at++;
        n += cedar_utf8_encode(read_escape(r), out + n);
    }
    return (struct cedar_str){out, n};
}

static struct cedar_str read_string(struct reader *r)
{
    size_t start = ++r->at;
    bool escaped = false;
    struct cedar_str s;

    for (; r->at < r->len && r->text[r->at] != '"'; r->at++) {
        if ((unsigned char)r->text[r->at] < 0x20)
            cedar_raise(
                r->f, CEDAR_EPARSE, r->at, "a control character inside a JSON string must be escaped");
        if (r->text[r->at] == '\\') {
            escaped = true;
            r->at++;
        }
    }
    if (r->at >= r->len)
        cedar_raise(r->f, CEDAR_EPARSE, start - 1, "the JSON string that starts here has no end");
    s = (struct cedar_str){r->text + start, r->at - start};
    if (escaped)
        s = read_escaped(r, start, r->at);
    r->at++;
    return s;
}

static size_t skip_digits(struct reader *r)
{
    size_t from = r->at;

    while (r->at < r->len && r->text[r->at] >= '0' && r->text[r->at] <= '9')
        r->at++;
    return r->at - from;
}

static char here(const struct reader *r)
{
    return r->at < r->len ? r->text[r->at] : '\0';
}

static struct cedar_str read_number(struct reader *r)
{
    size_t start = r->at, digits;

    r->at += here(r) == '-';
    digits = skip_digits(r);
    if (!digits || (digits > 1 && r->text[r->at - digits] == '0'))
        cedar_raise(r->f, CEDAR_EPARSE, start, "not a number of JSON");
    if (here(r) == '.') {
        r->at++;
        if (!skip_digits(r))
            cedar_raise(r->f, CEDAR_EPARSE, start, "not a number of JSON");
    }
    if (here(r) == 'e' || here(r) == 'E') {
        r->at++;
        r->at += here(r) == '-' || here(r) == '+';
        if (!skip_digits(r))
            cedar_raise(r->f, CEDAR_EPARSE, start, "not a number of JSON");
    }
    return (struct cedar_str){r->text + start, r->at - start};
}

static bool read_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);

    if (r->len - r->at < n || memcmp(r->text + r->at, word, n) != 0)
        return false;
    r->at += n;
    return true;
}

static void open_container(struct reader *r, bool object)
{
    if (r->depth == CEDAR_MAX_VALUE_DEPTH)
        cedar_raise(r->f, CEDAR_ELIMIT, r->at, "JSON nests more than %d deep", CEDAR_MAX_VALUE_DEPTH);
    r->stack = cedar_grow(r->f, r->scratch, r->stack, r->depth, &r->cap_stack, sizeof(*r->stack));
    r->stack[r->depth++] = (struct open){object, (uint32_t)r->at, r->n_pile};
    r->at++;
}

static struct item *push(struct reader *r)
{
    r->pile = cedar_grow(r->f, r->scratch, r->pile, r->n_pile, &r->cap_pile, sizeof(*r->pile));
    memset(&r->pile[r->n_pile], 0, sizeof(*r->pile));
    return &r->pile[r->n_pile++];
}

/* A value that is no container; false if one was opened instead. */
static bool read_scalar(struct reader *r, struct cedar_json *out)
{
    char c = peek(r);

    out->offset = (uint32_t)r->at;
    if (c == '{' || c == '[') {
        open_container(r, c == '{');
        return false;
    }
    if (c == '"') {
        out->kind = JSON_STRING;
        out->s = read_string(r);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        out->kind = JSON_NUMBER;
        out->s = read_number(r);
    } else if (read_word(r, "true") || read_word(r, "false")) {
        out->kind = JSON_BOOL;
        out->b = c == 't';
    } else if (read_word(r, "null")) {
        out->kind = JSON_NULL;
    } else {
        unexpected(r, "a value");
    }
    return true;
}

static int item_cmp(const void *a, const void *b)
{
    const struct item *const *x = a, *const *y = b;

    return cedar_str_cmp((*x)->key, (*y)->key);
}

static void check_duplicates(struct reader *r, const struct item *items, size_t n)
{
    const struct item *few[32], **sorted = few;

    if (n > 32 && !(sorted = cedar_arena_alloc(r->scratch, n * sizeof(*sorted))))
        cedar_raise_memory(r->f);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &items[i];
    cedar_sort(sorted, n, sizeof(*sorted), item_cmp);
    for (size_t i = 1; i < n; i++) {
        if (cedar_str_eq(sorted[i - 1]->key, sorted[i]->key))
            cedar_raise(r->f, CEDAR_EPARSE, sorted[i]->value.offset,
                "the key \"%.*s\" occurs twice in an object", CEDAR_ARG(sorted[i]->key));
    }
}

/* Move the members of the innermost container from the pile into the tree. */
static struct cedar_json close_container(struct reader *r)
{
    const struct open *o = &r->stack[--r->depth];
    size_t n = r->n_pile - o->mark;
    const struct item *items = n ? r->pile + o->mark : NULL;
    struct cedar_json j = {.kind = o->object ? JSON_OBJECT : JSON_ARRAY, .offset = o->offset, .n = n};

    j.items = take(r, n * sizeof(*j.items));
    for (size_t i = 0; i < n; i++)
        j.items[i] = items[i].value;
    if (o->object) {
        check_duplicates(r, items, n);
        j.keys = take(r, n * sizeof(*j.keys));
        for (size_t i = 0; i < n; i++)
            j.keys[i] = items[i].key;
    }
    r->n_pile = o->mark;
    r->at++;
    return j;
}

/* The key of the next member, up to its colon; the value is to be read next. */
static void read_key(struct reader *r, struct item *item)
{
    if (peek(r) != '"')
        unexpected(r, "a key in quotes");
    item->key = read_string(r);
    if (peek(r) != ':')
        unexpected(r, "':'");
    r->at++;
}

/* After a value in a container: a comma, or its end. */
static void read_all(struct reader *r, struct cedar_json *root)
{
    struct cedar_json value = {.kind = JSON_NULL};
    bool complete = read_scalar(r, &value);

    while (r->depth || !complete) {
        struct open *o = &r->stack[r->depth - 1];
        char close = o->object ? '}' : ']';

        if (complete) {
            r->pile[r->n_pile - 1].value = value;
            if (peek(r) == ',') {
                r->at++;
            } else if (peek(r) == close) {
                value = close_container(r);
                continue;
            } else {
                unexpected(r, o->object ? "',' or '}'" : "',' or ']'");
            }
        } else if (peek(r) == close) {
            value = close_container(r);
            complete = true;
            continue;
        }
        push(r);
        if (o->object)
            read_key(r, &r->pile[r->n_pile - 1]);
        value = (struct cedar_json){.kind = JSON_NULL};
        complete = read_scalar(r, &value);
    }
    *root = value;
}

struct cedar_json *cedar_json_read(struct cedar_fail *f, struct cedar_arena *tree)
{
    struct reader r = {.f = f, .tree = tree, .scratch = tree, .text = f->text.data, .len = f->text.len};
    struct cedar_json *root;

    cedar_check_text(f);
    root = take(&r, sizeof(*root));
    read_all(&r, root);
    if (peek(&r) || r.at < r.len)
        unexpected(&r, "the end of the text");
    return root;
}

const struct cedar_json *cedar_json_get(const struct cedar_json *object, const char *key)
{
    for (size_t i = 0; object->kind == JSON_OBJECT && i < object->n; i++) {
        if (cedar_str_is(object->keys[i], key))
            return &object->items[i];
    }
    return NULL;
}

const char *cedar_json_kind_name(enum cedar_json_kind kind)
{
    static const char *const names[] = {
        "null", "true or false", "a number", "a string", "an array", "an object"};

    return names[kind];
}

void cedar_json_check(
    struct cedar_fail *f, const struct cedar_json *j, enum cedar_json_kind kind, const char *what)
{
    if (j->kind != kind)
        cedar_raise(f, CEDAR_EPARSE, j->offset, "%s must be %s, not %s", what, cedar_json_kind_name(kind),
            cedar_json_kind_name(j->kind));
}

const struct cedar_json *cedar_json_want(struct cedar_fail *f, const struct cedar_json *object,
    const char *key, enum cedar_json_kind kind, const char *what)
{
    const struct cedar_json *member;

    cedar_json_check(f, object, JSON_OBJECT, what);
    member = cedar_json_get(object, key);
    if (!member)
        cedar_raise(f, CEDAR_EPARSE, object->offset, "%s lacks \"%s\"", what, key);
    cedar_json_check(f, member, kind, key);
    return member;
}

bool cedar_json_long(const struct cedar_json *j, int64_t *out)
{
    bool negative = j->s.len && j->s.data[0] == '-';

    *out = 0;
    if (negative && j->s.len == 2 && j->s.data[1] == '0')
        return false;
    for (size_t i = negative; i < j->s.len; i++) {
        int64_t d = j->s.data[i] - '0';

        if (d < 0 || d > 9 || __builtin_mul_overflow(*out, (int64_t)10, out) ||
            (negative ? __builtin_sub_overflow(*out, d, out) : __builtin_add_overflow(*out, d, out)))
            return false;
    }
    return true;
}
