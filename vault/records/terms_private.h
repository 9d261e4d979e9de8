/**
 * @file terms_private.h
 * From text to keyed tokens, the same way for what is stored and for what is searched.
 *
 * Letters are folded (case, width, common diacritics).  Chinese runs become pairs of neighbouring characters,
 * other scripts whole words; where a word touches a Chinese character, those two characters are a pair as
 * well, so that "5月" is found in "2024年5月".  Identifiers are also taken as a whole without what stands
 * between their letters and digits ("INV-2024/7" as "inv20247"), amounts by their value.
 */
#ifndef VAULT_RECORDS_TERMS_PRIVATE_H
#define VAULT_RECORDS_TERMS_PRIVATE_H

#include "vault/crypto/secret.h"
#include "vault/store/postings.h"

enum term_type { TERM_NAME = 1, TERM_IDENTIFIER, TERM_AMOUNT };

#define TERMS_MAX 512
#define TERMS_SLOTS 1024
#define TERMS_KNOWN 4096
#define KNOWN_SIZE 15

/** A short word or pair and its token under the present key: those of Chinese names come again and again. */
struct known_term {
    uint32_t round;
    uint8_t size;
    uint8_t word[KNOWN_SIZE];
    struct token token;
};

/** Tokens of one record or one query, each once; 150 KiB, so kept by its owner rather than made on the stack.
 */
struct terms {
    const struct secret *key;
    uint32_t round; /* of the key: what is known from earlier ones does not count */
    struct known_term known[TERMS_KNOWN];
    struct token tokens[TERMS_MAX];
    size_t count;
    uint64_t seen[TERMS_SLOTS];
};

/** Empty it for the tokens of another record; @p key is borrowed. */
void terms_start(struct terms *terms, const struct secret *key);
void terms_free(struct terms *terms);

/** Add what a field's text is found by; beyond TERMS_MAX nothing is added. */
void terms_add(struct terms *terms, enum term_type type, struct bytes text);

/** The parts alone: words and pairs; the whole; the value. */
void terms_add_words(struct terms *terms, struct bytes text);
void terms_add_whole(struct terms *terms, struct bytes text);
void terms_add_amount(struct terms *terms, struct bytes text);

/** Append the folded letters and digits of a text, without anything between them. */
void text_normal(struct bytes text, struct buffer *out);

#endif
