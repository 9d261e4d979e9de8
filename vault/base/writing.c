#include "vault/base/writing.h"

#include <string.h>

#include "vault/base/text.h"

/* A text as code points, with a stop at both ends. */
struct points {
    uint32_t point[WRITING_READ_MAX + 2];
    size_t count; /* without the stops: point[1] to point[count] */
    bool han;     /* some are Chinese characters */
};

#define END 0u

static bool is_latin(uint32_t point)
{
    return (point >= '0' && point <= '9') || (point >= 'A' && point <= 'Z') || (point >= 'a' && point <= 'z');
}

static bool is_digit(uint32_t point)
{
    return point >= '0' && point <= '9';
}

/* The half-width form of what has two; all else is its own. */
static uint32_t half(uint32_t point)
{
    return point > 0xFF00 && point < 0xFF5F ? point - 0xFEE0 : point;
}

static bool is_bracket(uint32_t point)
{
    return half(point) == '(' || half(point) == ')';
}

/* A choice only beside a Chinese character, and never where it could belong to a number. */
static bool is_stop(const struct points *points, size_t i)
{
    uint32_t before = points->point[i - 1], after = points->point[i + 1], point = points->point[i];
    if (half(point) == END || half(point) > '?' || strchr(",:;!?", (int)half(point)) == NULL)
        return false;
    if (is_digit(half(before)) && is_digit(half(after)))
        return false;
    return is_han(before) || is_han(after);
}

static bool is_border(uint32_t a, uint32_t b)
{
    return (is_han(a) && is_latin(b)) || (is_latin(a) && is_han(b));
}

/* A blank alone between the two sorts. */
static bool is_gap_blank(const struct points *points, size_t i)
{
    return points->point[i] == ' ' && is_border(points->point[i - 1], points->point[i + 1]);
}

/* Where the first inner run of one or two blanks begins in a text without Chinese characters; 0 if there is
 * none. */
static size_t first_blank(struct bytes text, bool *two)
{
    const uint8_t *blank = text.size < 3 ? NULL : memchr(text.data + 1, ' ', text.size - 2);
    if (blank == NULL)
        return 0;
    size_t at = (size_t)(blank - text.data);
    *two = text.data[at + 1] == ' ';
    size_t next = at + 1 + *two;
    return next == text.size || text.data[next] == ' ' ? 0 : at;
}

/* One blank behind the text, or none. */
static bool has_tail(const struct points *points, bool *blank)
{
    size_t count = points->count;
    *blank = points->point[count] == ' ';
    return points->point[count - *blank] != ' ';
}

/* False for what has no choice at all: controls, what is too long, and what is hardly a word. */
static bool decode(struct bytes text, struct points *points)
{
    size_t letters = 0, han = 0;
    points->count = 0;
    points->point[0] = END;
    if (text.size == 0 || text.size > WRITING_READ_MAX)
        return false;
    while (text.size > 0) {
        uint8_t byte = *text.data;
        uint32_t point = byte;
        if (byte < 0x80)
            text = bytes_of(text.data + 1, text.size - 1);
        else
            point = utf8_next(&text);
        if (point < ' ' || point == 0x7F || point == 0xFFFD)
            return false;
        if (byte >= 0xE3 && is_han(point))
            han++;
        else
            letters += is_latin(point) && !is_digit(point);
        points->point[++points->count] = point;
    }
    points->point[points->count + 1] = END;
    points->han = han > 0;
    return (han > 0 && han + letters >= 2) || letters >= 3;
}

/* They are somebody's text. */
static void forget(struct points *points)
{
    wipe(points->point, (points->count + 2) * sizeof points->point[0]);
}

/* Code points that are letters or digits, as in struct writing; anything in between is left out. */
static void add_key(uint32_t point, char key[WRITING_KEY_SIZE], size_t *size)
{
    uint8_t encoded[8];
    struct buffer folded = {.data = encoded, .capacity = sizeof encoded}; /* never grows, so never freed */
    if (point < 0x80) {
        if (is_latin(point))
            key[(*size)++] = (char)(point >= 'A' && point <= 'Z' ? point | 0x20 : point);
        return;
    }
    if (!is_word(point))
        return;
    utf8_put(fold(point), &folded);
    memcpy(key + *size, encoded, folded.size);
    *size += folded.size;
}

size_t writing_key(struct bytes text, char key[WRITING_KEY_SIZE])
{
    size_t size = 0;
    while (text.size > 0 && size + 4 < WRITING_KEY_SIZE)
        add_key(utf8_next(&text), key, &size);
    return size;
}

static void take_slot(struct writing *writing, enum writing_slot slot, bool full)
{
    unsigned bit = 1u << slot;
    if ((writing->slots & bit) != 0 && ((writing->full & bit) != 0) != full)
        writing->mixed |= bit;
    writing->slots |= bit;
    if (full)
        writing->full |= bit;
}

static void read_points(struct bytes text, const struct points *points, struct writing *writing)
{
    bool second = false;
    for (size_t i = 1; i <= points->count && points->han; i++) {
        uint32_t point = points->point[i];
        if (is_bracket(point))
            take_slot(writing, WRITING_BRACKET, point > 0x80);
        else if (is_stop(points, i))
            take_slot(writing, WRITING_STOP, point > 0x80);
        else if (is_gap_blank(points, i))
            take_slot(writing, WRITING_GAP, true);
        else if (is_border(point, points->point[i + 1]))
            take_slot(writing, WRITING_GAP, false);
    }
    if (!points->han && first_blank(text, &second) != 0)
        take_slot(writing, WRITING_SPACE, second);
    if (has_tail(points, &second))
        take_slot(writing, WRITING_TAIL, second);
    for (size_t i = 1; i <= points->count && writing->key_size + 4 < WRITING_KEY_SIZE; i++)
        add_key(points->point[i], writing->key, &writing->key_size);
}

bool writing_read(struct bytes text, struct writing *writing)
{
    struct points points;
    memset(writing, 0, sizeof *writing);
    bool has = decode(text, &points);
    if (has)
        read_points(text, &points, writing);
    forget(&points);
    return has;
}

/* --- Writing --- */

/* Slots to be written one way or the other; the others stay as they are. */
struct choice {
    unsigned which;
    unsigned full;
};

static bool chosen(const struct choice *choice, enum writing_slot slot)
{
    return (choice->which >> slot & 1) != 0;
}

static bool wants(const struct choice *choice, enum writing_slot slot)
{
    return (choice->full >> slot & 1) != 0;
}

static void put_point(const struct points *points, size_t i, const struct choice *choice, struct buffer *out)
{
    uint32_t point = points->point[i];
    bool bracket = is_bracket(point);
    enum writing_slot width = bracket ? WRITING_BRACKET : WRITING_STOP;
    if (chosen(choice, width) && (bracket || is_stop(points, i)))
        point = wants(choice, width) ? half(point) + 0xFEE0 : half(point);
    utf8_put(point, out);
}

/* With Chinese characters: everything but the end. */
static void put_han(const struct points *points, size_t end, const struct choice *choice, struct buffer *out)
{
    bool gaps = chosen(choice, WRITING_GAP);
    for (size_t i = 1; i <= end; i++) {
        if (gaps && is_gap_blank(points, i))
            continue;
        put_point(points, i, choice, out);
        bool border =
            is_border(points->point[i], points->point[i + 1]) || (i < end && is_gap_blank(points, i + 1));
        if (gaps && border && i < end && wants(choice, WRITING_GAP))
            buffer_put_u8(out, ' ');
    }
}

/* Without: likewise, by bytes. */
static void put_latin(struct bytes text, const struct choice *choice, struct buffer *out)
{
    bool two = false;
    size_t blank = chosen(choice, WRITING_SPACE) ? first_blank(text, &two) : 0;
    if (blank != 0) {
        buffer_put_data(out, text.data, blank);
        buffer_put_text(out, wants(choice, WRITING_SPACE) ? "  " : " ");
        blank += 1 + two;
    }
    buffer_put_data(out, text.data + blank, text.size - blank);
}

static void put_points(
    struct bytes text, const struct points *points, const struct choice *choice, struct buffer *out)
{
    bool blank = false;
    bool tail = chosen(choice, WRITING_TAIL) && has_tail(points, &blank);
    blank = tail && blank;
    if (points->han)
        put_han(points, points->count - blank, choice, out);
    else
        put_latin(bytes_of(text.data, text.size - blank), choice, out);
    if (tail && wants(choice, WRITING_TAIL))
        buffer_put_u8(out, ' ');
}

void writing_choose(struct bytes text, unsigned which,
    bool (*full)(const void *context, struct bytes key, unsigned slot), const void *context,
    struct buffer *out)
{
    struct points points;
    struct writing writing;
    struct choice choice = {0, 0};
    if (text.size > WRITING_TEXT_MAX) {
        buffer_put(out, text);
        return;
    }
    if (!decode(text, &points)) {
        forget(&points);
        buffer_put(out, text);
        return;
    }
    memset(&writing, 0, sizeof writing);
    read_points(text, &points, &writing);
    choice.which = which & writing.slots;
    for (unsigned slot = 0; slot < WRITING_SLOTS; slot++) {
        if (chosen(&choice, slot) && full(context, bytes_of(writing.key, writing.key_size), slot))
            choice.full |= 1u << slot;
    }
    put_points(text, &points, &choice, out);
    forget(&points);
    wipe(&writing, sizeof writing);
}

/* All in half width and without the blanks. */
static bool put_plain(struct bytes text, struct buffer *out)
{
    static const struct choice plain = {WRITING_PROSE, 0};
    struct points points;
    bool has = decode(text, &points);
    if (has)
        put_points(text, &points, &plain, out);
    forget(&points);
    return has && buffer_error(out) == VAULT_OK;
}

bool writing_equal(struct bytes a, struct bytes b)
{
    struct buffer one = {0}, other = {0};
    if (bytes_equal(a, b))
        return true;
    /* Every writing of a text that has a choice is within that; spares the rest the work. */
    if (a.size > 3 * b.size || b.size > 3 * a.size)
        return false;
    bool equal =
        put_plain(a, &one) && put_plain(b, &other) && bytes_equal(buffer_bytes(&one), buffer_bytes(&other));
    buffer_free(&one);
    buffer_free(&other);
    return equal;
}

/* --- In JSON --- */

static struct bytes text_of(const json_t *value)
{
    return bytes_of(json_string_value(value), json_string_length(value));
}

static bool is_other_writing(const json_t *now, const json_t *before)
{
    return json_is_string(now) && json_is_string(before) && !bytes_equal(text_of(now), text_of(before)) &&
           writing_equal(text_of(now), text_of(before));
}

int writing_keep(json_t *now, const json_t *before)
{
    const char *name;
    json_t *value;
    void *next;
    int result = VAULT_OK;
    for (size_t i = 0; json_is_array(now) && i < json_array_size(now) && result == VAULT_OK; i++) {
        json_t *old = json_array_get(before, i);
        if (is_other_writing(json_array_get(now, i), old))
            result = json_array_set(now, i, old) == 0 ? VAULT_OK : VAULT_ENOMEM;
        else
            result = writing_keep(json_array_get(now, i), old);
    }
    json_object_foreach_safe(now, next, name, value)
    {
        json_t *old = json_object_get(before, name);
        if (result != VAULT_OK || old == NULL)
            continue;
        if (is_other_writing(value, old))
            result = json_object_set_nocheck(now, name, old) == 0 ? VAULT_OK : VAULT_ENOMEM;
        else
            result = writing_keep(value, old);
    }
    return result;
}
