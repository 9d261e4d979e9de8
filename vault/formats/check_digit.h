/**
 * @file check_digit.h
 * Check digits of tax ids, personal ids, cards and accounts: whether they fit, and those of a made-up number.
 *
 * Sources: GB 32100-2015 (unified social credit code), GB 11714-1997 (organisation code, its characters 9 to
 * 17), GB 11643-1999 (resident id), ISO/IEC 7812-1 (Luhn), ISO 13616 (IBAN).  Nothing here fails or
 * allocates.
 */
#ifndef VAULT_FORMATS_CHECK_DIGIT_H
#define VAULT_FORMATS_CHECK_DIGIT_H

#include "vault/base/bytes.h"

#define USCC_SIZE 18
/** The characters that a unified social credit code is made of, by their value. */
#define USCC_ALPHABET "0123456789ABCDEFGHJKLMNPQRTUWXY"

bool check_uscc(struct bytes text);
bool check_resident_id(struct bytes text);
bool check_luhn(struct bytes text);
bool check_iban(struct bytes text);

/**
 * Give a code its two check characters: that of the organisation code (the 17th) and its own (the 18th).
 * @param code  USCC_SIZE characters and NUL, the first 16 of USCC_ALPHABET.
 * @return false, and @p code is as it was, where they are not.
 */
bool uscc_complete(char code[USCC_SIZE + 1]);

/** Give a number of @p size digits its last one, by Luhn. */
void luhn_complete(char *digits, size_t size);

#endif
