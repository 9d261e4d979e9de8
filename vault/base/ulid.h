/**
 * @file ulid.h
 * Identifiers of clients, records and events: ULID (github.com/ulid/spec), 48 bits of milliseconds and 80
 * bits that the caller draws at random (random_fill() of crypto/secret.h), written as 26 characters of
 * Crockford's base 32.
 */
#ifndef VAULT_BASE_ULID_H
#define VAULT_BASE_ULID_H

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"

#define ULID_SIZE 16
#define ULID_TEXT_SIZE 27 /* with NUL */

struct ulid {
    uint8_t data[ULID_SIZE];
};

/** Put milliseconds since 1970 and ten random bytes together. */
struct ulid ulid_make(int64_t milliseconds, const uint8_t random[10]);

void ulid_format(const struct ulid *ulid, char text[ULID_TEXT_SIZE]);

/** Exactly 26 characters, upper or lower case, not above 7ZZZ…; false otherwise and @p ulid is untouched. */
bool ulid_parse(struct bytes text, struct ulid *ulid);

bool ulid_equal(const struct ulid *a, const struct ulid *b);

static inline struct bytes ulid_bytes(const struct ulid *ulid)
{
    return bytes_of(ulid->data, ULID_SIZE);
}

#endif
