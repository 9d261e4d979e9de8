/**
 * @file flat.h
 * JSON as machines write it into lines of evidence: one object of numbers, plain strings and arrays of those.
 *
 * Members may come in any order and with white space between tokens; strings may not hold escapes, since none
 * of ours needs one.  Every function takes what it names off the front, or answers false.
 */
#ifndef VAULT_EVIDENCE_FLAT_H
#define VAULT_EVIDENCE_FLAT_H

#include "vault/crypto/hash.h"

struct flat {
    const uint8_t *at;
    const uint8_t *end;
};

struct flat flat_of(struct bytes text);

/** One character of JSON's grammar, with white space in front of it. */
bool flat_take(struct flat *flat, char wanted);
/** Is that the next one?  Takes nothing but white space. */
bool flat_next_is(struct flat *flat, char wanted);
/** A string without escapes; borrowed. */
bool flat_string(struct flat *flat, struct bytes *text);
/** A number from 0 to 2^53-1 without sign, point, exponent or leading zeros. */
bool flat_number(struct flat *flat, uint64_t *number);
/** A string that is the base64 of a hash. */
bool flat_hash(struct flat *flat, struct hash *hash);
/** An array of such, at most @p limit of them, put one behind the other into @p hashes; *count of them. */
bool flat_hashes(struct flat *flat, uint8_t *hashes, size_t limit, size_t *count);
/** Nothing but white space is left. */
bool flat_end(struct flat *flat);

#endif
