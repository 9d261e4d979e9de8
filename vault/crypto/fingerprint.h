/**
 * @file fingerprint.h
 * Code words that tell copies of one text apart, also when several people mix theirs.
 *
 * A binary fingerprinting code after Tardos (J. ACM 55(2), 2008) with the discrete bias distribution of Nuida
 * and others (Des. Codes Cryptogr. 52, 2009) for coalitions of up to four; scored symmetrically as Škorić and
 * others do (Des. Codes Cryptogr. 46, 2008), which is vault/trace/mark.h's part.
 *
 * A *position* is where a copy can show a bit: a keyed function of the text that stands there and of which of
 * its slots is meant, so that it is found again whatever became of its row.  Each position has a bias, the
 * same for all copies; the *word* of a copy has a 1 there with that probability, by a keyed function of its
 * own seed.  Whoever knows neither the seed nor the copy knows nothing of the bits: they are independent of
 * anything he can write.
 *
 * Keyed functions are SipHash-2-4 (libsodium's crypto_shorthash); keys are derived and lie in guarded memory.
 * A code and a word may be read by several threads.
 */
#ifndef VAULT_CRYPTO_FINGERPRINT_H
#define VAULT_CRYPTO_FINGERPRINT_H

#include "vault/crypto/hash.h"

/** Named in events; another one whenever a bit would come out otherwise. */
#define FINGERPRINT_VERSION "tardos-4-1"
#define FINGERPRINT_SEED_SIZE KEY_SIZE
#define FINGERPRINT_ID_SIZE 16

/** The two biases are 1/2 ∓ √3/6: the Gauss-Legendre points of two. */
#define FINGERPRINT_RARE 0.21132486540518712

struct fingerprint_code;
/** Positions and biases of a vault; @p key is a secret of it.  NULL without memory. */
struct fingerprint_code *fingerprint_code_new(const struct secret *key);
void fingerprint_code_free(struct fingerprint_code *code);

/** The position of slot @p slot of a text with this key (struct writing). */
uint64_t fingerprint_position(const struct fingerprint_code *code, struct bytes text, unsigned slot);
/** How likely a word has a 1 there: FINGERPRINT_RARE or 1 − FINGERPRINT_RARE. */
double fingerprint_bias(uint64_t position);

struct fingerprint_word;
/** The word of a copy from its seed of FINGERPRINT_SEED_SIZE bytes, which is not kept.  NULL without memory.
 */
struct fingerprint_word *fingerprint_word_new(const struct secret *seed);
void fingerprint_word_free(struct fingerprint_word *word);

bool fingerprint_bit(const struct fingerprint_word *word, uint64_t position);
/** Where a row with this text comes in an order that only this copy has: by ascending rank. */
uint64_t fingerprint_rank(const struct fingerprint_word *word, struct bytes text);
/** A name of the copy that nobody can make up: FINGERPRINT_ID_SIZE bytes. */
void fingerprint_id(const struct fingerprint_word *word, uint8_t id[FINGERPRINT_ID_SIZE]);

/** A number that only this copy has: the @p i -th of what @p what means. */
uint64_t fingerprint_draw(const struct fingerprint_word *word, unsigned what, uint64_t i);

/** What may be told of a seed at the time of the copy: a hash that it is held against when it is opened. */
void fingerprint_commit(const struct secret *seed, struct hash *commitment);

#endif
