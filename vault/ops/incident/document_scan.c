/* Personal data in what is to be made public: numbers by their form, and what the case knows by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/formats/check_digit.h"
#include "vault/ops/incident/document_step_private.h"

#define WORD_MAX 64u /* code points of a word that is looked for */
#define WORD_BYTES_MAX 256u
#define WORDS_MAX 200000u
#define FOUND_MAX 20u

struct scanning {
    struct document_step *step;
    struct bytes page; /* without markup */
    const char *own;   /* the firm's own contact; may be NULL */
    json_t *words;     /* object: what must not stand in it */
    json_t *found;
};

static int note(struct scanning *s, const char *what, size_t at)
{
    char text[200];
    if (json_array_size(s->found) >= FOUND_MAX)
        return VAULT_OK;
    (void)snprintf(
        text, sizeof text, "%s (at character %zu)", what, utf8_length(bytes_of(s->page.data, at)) + 1);
    return json_array_append_new(s->found, json_string(text)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* --- The page as a reader sees it --- */

static void put_entity(const char *name, size_t size, struct buffer *out)
{
    static const char *const entities[][2] = {
        {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"#39", "'"}};
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (strlen(entities[i][0]) == size && memcmp(entities[i][0], name, size) == 0)
            buffer_put_text(out, entities[i][1]);
    }
}

static void strip(struct bytes page, struct buffer *out)
{
    const char *body = memmem(page.data, page.size, "<body>", 6);
    const char *end = (const char *)page.data + page.size;
    for (const char *at = body == NULL ? (const char *)page.data : body; at < end;) {
        const char *close = NULL;
        if (*at == '<' && (close = memchr(at, '>', (size_t)(end - at))) != NULL) {
            buffer_put_text(out, "\n");
            at = close + 1;
        } else if (*at == '&' &&
                   (close = memchr(at, ';', (size_t)(end - at) < 8 ? (size_t)(end - at) : 8)) != NULL) {
            put_entity(at + 1, (size_t)(close - at) - 1, out);
            at = close + 1;
        } else {
            buffer_put_data(out, at++, 1);
        }
    }
}

/* --- Numbers by their form --- */

static const char *number_form(const char *digits, size_t size)
{
    struct bytes text = bytes_of(digits, size);
    if (size == 18 && check_resident_id(text))
        return "the number of an identity card";
    if (size == 11 && digits[0] == '1' && digits[1] >= '3' && digits[1] <= '9')
        return "a mobile telephone number";
    if (size >= 15 && size <= 19 && check_luhn(text))
        return "a card or account number";
    if (size >= 14 && size <= 21 && strspn(digits, "0123456789") >= size)
        return "a long number, such as an account's";
    return NULL;
}

static bool is_own(const struct scanning *s, const char *digits)
{
    char plain[200];
    size_t size = 0;
    for (const char *c = s->own == NULL ? "" : s->own; *c != '\0' && size < sizeof plain - 1; c++) {
        if (*c >= '0' && *c <= '9')
            plain[size++] = *c;
    }
    plain[size] = '\0';
    bool own = strstr(plain, digits) != NULL;
    wipe(plain, sizeof plain);
    return own;
}

/* Digits, with single blanks and hyphens between them; a last X belongs to an identity number. */
static size_t take_number(struct bytes page, size_t at, char *digits, size_t *count)
{
    size_t end = at;
    *count = 0;
    while (at < page.size && *count < 39) {
        uint8_t c = page.data[at];
        bool joins = (c == ' ' || c == '-') && at == end && *count > 0;
        if (c >= '0' && c <= '9') {
            digits[(*count)++] = (char)c;
            end = at + 1;
        } else if ((c == 'X' || c == 'x') && *count == 17) {
            digits[(*count)++] = 'X';
            end = at + 1;
            break;
        } else if (!joins) {
            break;
        }
        at++;
    }
    digits[*count] = '\0';
    return end;
}

static int scan_numbers(struct scanning *s)
{
    char digits[40];
    int result = VAULT_OK;
    for (size_t at = 0; at < s->page.size && result == VAULT_OK; at++) {
        size_t count = 0;
        if (s->page.data[at] < '0' || s->page.data[at] > '9')
            continue;
        size_t end = take_number(s->page, at, digits, &count);
        const char *form = number_form(digits, count);
        if (form != NULL && !is_own(s, digits))
            result = note(s, form, at);
        at = end > at ? end - 1 : at;
    }
    wipe(digits, sizeof digits);
    return result;
}

static bool mail_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '+';
}

static int scan_mail(struct scanning *s)
{
    char address[130];
    int result = VAULT_OK;
    for (size_t at = 1; at + 1 < s->page.size && result == VAULT_OK; at++) {
        size_t from = at;
        size_t to = at + 1;
        if (s->page.data[at] != '@')
            continue;
        while (from > 0 && mail_byte(s->page.data[from - 1]) && at - from < 64)
            from--;
        while (to < s->page.size && mail_byte(s->page.data[to]) && to - at < 64)
            to++;
        (void)snprintf(address, sizeof address, "%.*s", (int)(to - from), (const char *)s->page.data + from);
        if (from < at && to > at + 1 && (s->own == NULL || strstr(s->own, address) == NULL))
            result = note(s, "an address of mail", from);
    }
    wipe(address, sizeof address);
    return result;
}

/* --- Words that the case knows --- */

/* The hundred commonest family names of China, by which a cell of two to four characters is a person's name.
 */
static bool looks_like_name(struct bytes word, size_t length)
{
    static const char families[] =
        "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任"
        "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向"
        "汤";
    struct bytes rest = word;
    char first[8] = "";
    if (length < 2 || length > 4)
        return false;
    while (rest.size > 0) {
        if (!is_han(utf8_next(&rest)))
            return false;
    }
    rest = word;
    (void)utf8_next(&rest);
    memcpy(first, word.data, word.size - rest.size < sizeof first ? word.size - rest.size : sizeof first - 1);
    return strstr(families, first) != NULL;
}

/* Only what tells of somebody: names of people and companies, numbers that are no dates or small sums, mail.
 */
static bool tells(struct bytes word)
{
    size_t length = utf8_length(word);
    size_t digits = 0;
    int64_t moment;
    for (size_t i = 0; i < word.size; i++)
        digits += word.data[i] >= '0' && word.data[i] <= '9';
    if (length > WORD_MAX || word.size > WORD_BYTES_MAX || instant_parse(word, &moment))
        return false;
    if (digits >= 7 || memchr(word.data, '@', word.size) != NULL)
        return true;
    if (memmem(word.data, word.size, "公司", 6) != NULL)
        return length >= 6;
    bool latin =
        digits == 0 && word.size == length && length >= 5 && memchr(word.data, ' ', word.size) != NULL;
    return latin || looks_like_name(word, length);
}

static int add_word(struct scanning *s, struct bytes word)
{
    char key[WORD_BYTES_MAX + 1];
    word = text_trim(word);
    while (word.size >= 2 && word.data[0] == '"' && word.data[word.size - 1] == '"')
        word = text_trim(bytes_of(word.data + 1, word.size - 2));
    if (word.size == 0 || !utf8_valid(word) || !tells(word) || json_object_size(s->words) >= WORDS_MAX)
        return VAULT_OK;
    (void)snprintf(key, sizeof key, "%.*s", (int)word.size, (const char *)word.data);
    int failed = json_object_set_new(s->words, key, json_true());
    wipe(key, sizeof key);
    return failed == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* Cells of a table of text, whatever stands between them. */
static int add_cells(struct scanning *s, struct bytes text)
{
    static const char between[] = ",;\t|\r\n";
    int result = VAULT_OK;
    size_t from = 0;
    for (size_t at = 0; at <= text.size && result == VAULT_OK; at++) {
        if (at < text.size && (text.data[at] == '\0' || strchr(between, text.data[at]) == NULL))
            continue;
        result = add_word(s, bytes_of(text.data + from, at - from));
        from = at + 1;
    }
    return result;
}

static int add_file(struct scanning *s, const json_t *its)
{
    json_t *text = NULL;
    struct buffer content = {0};
    if (json_text(its, "part") == NULL)
        return VAULT_OK;
    int result = incident_part(s->step->call, s->step->id, its, &text);
    const char *encoded = json_text(json_object_get(text, "file"), "base64");
    if (result == VAULT_OK && encoded != NULL && base64_decode(bytes_of_text(encoded), &content) == VAULT_OK)
        result = add_cells(s, buffer_bytes(&content));
    buffer_free(&content);
    json_decref(text);
    return result;
}

static int add_recipients(struct scanning *s, const json_t *document)
{
    json_t *text = NULL;
    int result = document_open(s->step, document, &text);
    const json_t *recipients = json_object_get(text, "recipients");
    for (size_t i = 0; i < json_array_size(recipients) && result == VAULT_OK; i++) {
        const char *name = json_text(json_array_get(recipients, i), "name");
        if (name != NULL && strlen(name) >= 4 && strlen(name) <= WORD_BYTES_MAX &&
            json_object_set_new(s->words, name, json_true()) != 0)
            result = VAULT_ENOMEM;
    }
    json_decref(text);
    return result;
}

static int gather(struct scanning *s)
{
    const json_t *steps = json_object_get(s->step->one, "steps");
    const json_t *documents = documents_of(s->step->documents, s->step->id);
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(steps) && result == VAULT_OK; i++)
        result = add_file(s, json_array_get(steps, i));
    for (size_t i = 0; i < json_array_size(documents) && result == VAULT_OK; i++) {
        const json_t *one = json_array_get(documents, i);
        if (json_number(one, "of", 1) > 1)
            result = add_recipients(s, one);
    }
    return result;
}

static int scan_words(struct scanning *s)
{
    struct bytes rest = s->page;
    char key[WORD_BYTES_MAX + 8];
    int result = VAULT_OK;
    while (rest.size > 0 && json_object_size(s->words) > 0 && result == VAULT_OK) {
        struct bytes end = rest;
        for (size_t i = 0; i < WORD_MAX && end.size > 0 && result == VAULT_OK; i++) {
            (void)utf8_next(&end);
            size_t size = rest.size - end.size;
            if (size > WORD_BYTES_MAX)
                break;
            memcpy(key, rest.data, size);
            key[size] = '\0';
            if (json_object_get(s->words, key) != NULL)
                result = note(
                    s, "what a file or a recipient of the case names", (size_t)(rest.data - s->page.data));
        }
        (void)utf8_next(&rest);
    }
    wipe(key, sizeof key);
    return result;
}

int document_scan(struct document_step *step, struct bytes page, const char *own, json_t *found)
{
    struct scanning s = {.step = step, .own = own, .words = json_object(), .found = found};
    struct buffer text = {0};
    strip(page, &text);
    s.page = buffer_bytes(&text);
    int result = s.words == NULL ? VAULT_ENOMEM : buffer_error(&text);
    if (result == VAULT_OK)
        result = gather(&s);
    if (result == VAULT_OK)
        result = scan_numbers(&s);
    if (result == VAULT_OK)
        result = scan_mail(&s);
    if (result == VAULT_OK)
        result = scan_words(&s);
    json_decref(s.words);
    buffer_free(&text);
    return result;
}
