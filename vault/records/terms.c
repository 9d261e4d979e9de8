#include "vault/records/terms_private.h"

#include <string.h>

#include "vault/base/decimal.h"
#include "vault/base/text.h"
#include "vault/crypto/hash.h"

/* Words longer than this are told apart by their beginning; the same cut for record and query. */
#define WORD_MAX 128

void terms_start(struct terms *terms, const struct secret *key)
{
    if (terms->key != key || terms->round == 0)
        terms->round++;
    terms->key = key;
    terms->count = 0;
    memset(terms->seen, 0, sizeof terms->seen);
}

void terms_free(struct terms *terms)
{
    wipe(terms->seen, sizeof terms->seen);
    wipe(terms->known, sizeof terms->known);
}

/* FNV-1a only keeps a word from being hashed twice for one record; 0 stands for an empty slot. */
static uint64_t hash_of(struct bytes word)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < word.size; i++)
        hash = (hash ^ word.data[i]) * UINT64_C(0x100000001b3);
    return hash | (hash == 0);
}

static bool is_new(struct terms *terms, uint64_t hash)
{
    size_t slot = (size_t)(hash >> 20) % TERMS_SLOTS;
    while (terms->seen[slot] != 0) {
        if (terms->seen[slot] == hash)
            return false;
        slot = (slot + 1) % TERMS_SLOTS;
    }
    terms->seen[slot] = hash;
    return true;
}

static void make_token(const struct terms *terms, struct bytes word, struct token *token)
{
    uint8_t whole[16];
    keyed_token(terms->key, "term", word, whole, sizeof whole);
    memcpy(token->data, whole, TOKEN_SIZE);
}

static void add(struct terms *terms, struct bytes word)
{
    uint64_t hash = hash_of(word);
    if (terms->count == TERMS_MAX || !is_new(terms, hash))
        return;
    struct token *token = &terms->tokens[terms->count++];
    struct known_term *known = &terms->known[(size_t)(hash >> 40) % TERMS_KNOWN];
    if (known->round == terms->round && bytes_equal(bytes_of(known->word, known->size), word)) {
        *token = known->token;
        return;
    }
    make_token(terms, word, token);
    if (word.size <= KNOWN_SIZE) {
        *known = (struct known_term){.round = terms->round, .size = (uint8_t)word.size, .token = *token};
        memcpy(known->word, word.data, word.size);
    }
}

/* --- Normalising --- */

enum sort { SORT_GAP, SORT_WORD, SORT_HAN, SORT_MARK };

/* The next character folded, and what it is for us. */
static enum sort next(struct bytes *text, uint32_t *c)
{
    if (text->data[0] < 0x80) {
        uint8_t ascii = text->data[0];
        *text = bytes_of(text->data + 1, text->size - 1);
        *c = ascii >= 'A' && ascii <= 'Z' ? ascii + 32u : ascii;
        return (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ? SORT_WORD : SORT_GAP;
    }
    *c = fold(utf8_next(text));
    if (is_han(*c))
        return SORT_HAN;
    if (*c >= 0x300 && *c <= 0x36f)
        return SORT_MARK;
    return is_word(*c) ? SORT_WORD : SORT_GAP;
}

static size_t put(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

static void add_pair(struct terms *terms, uint32_t first, uint32_t second)
{
    uint8_t pair[8];
    size_t size = put(pair, first);
    size += put(pair + size, second);
    add(terms, bytes_of(pair, size));
}

/* Words of one character would be carried by nearly every record. */
struct word {
    uint8_t text[WORD_MAX + 4];
    size_t size;
    size_t length;
};

static void end_word(struct terms *terms, struct word *word)
{
    if (word->length >= 2)
        add(terms, bytes_of(word->text, word->size));
    word->size = word->length = 0;
}

void terms_add_words(struct terms *terms, struct bytes text)
{
    struct word word = {.size = 0};
    uint32_t last = 0;
    enum sort before = SORT_GAP;
    while (text.size > 0) {
        uint32_t c;
        enum sort sort = next(&text, &c);
        if (sort == SORT_MARK)
            continue;
        if (sort != SORT_WORD)
            end_word(terms, &word);
        if ((sort == SORT_HAN && before != SORT_GAP) || (sort == SORT_WORD && before == SORT_HAN))
            add_pair(terms, last, c);
        if (sort == SORT_WORD && word.size < WORD_MAX) {
            word.size += put(word.text + word.size, c);
            word.length++;
        }
        last = c;
        before = sort;
    }
    end_word(terms, &word);
    wipe(&word, sizeof word);
}

void terms_add_whole(struct terms *terms, struct bytes text)
{
    struct word word = {.size = 0};
    while (text.size > 0 && word.size < WORD_MAX) {
        uint32_t c;
        enum sort sort = next(&text, &c);
        if (sort == SORT_WORD || sort == SORT_HAN) {
            word.size += put(word.text + word.size, c);
            word.length++;
        }
    }
    end_word(terms, &word);
    wipe(&word, sizeof word);
}

/* "1,234.50", "-1234.5" and "１２３４.５" are one amount. */
void terms_add_amount(struct terms *terms, struct bytes text)
{
    char plain[40];
    size_t size = 0;
    struct decimal value;
    char canonical[DECIMAL_TEXT_SIZE + 1] = "#";
    text = text_trim(text);
    while (text.size > 0) {
        uint32_t c = fold(utf8_next(&text));
        if (c == ',' || (size == 0 && (c == '-' || c == '+' || c == 0xa5)))
            continue;
        if (c >= 0x80 || size == sizeof plain)
            return;
        plain[size++] = (char)c;
    }
    if (decimal_parse(bytes_of(plain, size), &value) != VAULT_OK)
        return;
    decimal_format(decimal_reduce(value, 0), canonical + 1);
    add(terms, bytes_of_text(canonical));
}

void terms_add(struct terms *terms, enum term_type type, struct bytes text)
{
    switch (type) {
    case TERM_NAME:
        terms_add_words(terms, text);
        break;
    case TERM_IDENTIFIER:
        terms_add_whole(terms, text);
        terms_add_words(terms, text);
        break;
    case TERM_AMOUNT:
        terms_add_amount(terms, text);
        break;
    }
}

void text_normal(struct bytes text, struct buffer *out)
{
    while (text.size > 0) {
        uint32_t c;
        enum sort sort = next(&text, &c);
        if (sort == SORT_WORD || sort == SORT_HAN)
            utf8_put(c, out);
    }
}
