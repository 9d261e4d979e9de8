/**
 * @file utf8.h
 * UTF-8: check, decode, encode.
 */
#ifndef POLICY_UTF8_H
#define POLICY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Offset of the first byte that is not part of well-formed UTF-8, or len. */
size_t cedar_utf8_check(const char *text, size_t len);
/** Bytes of the character at @p text (well-formed, len >= 1); its code point in *cp. */
size_t cedar_utf8_decode(const char *text, uint32_t *cp);
/** Write a scalar value, at most 4 bytes; returns their number. */
size_t cedar_utf8_encode(uint32_t cp, char *out);
/** A Unicode scalar value: no surrogate, at most 10FFFF. */
bool cedar_is_scalar(uint32_t cp);

#endif
