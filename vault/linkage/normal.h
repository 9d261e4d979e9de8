/**
 * @file normal.h
 * Cells of a leaked table and values of the vault in one comparable form.
 *
 * Unicode's compatibility form with case folded (NFKC_Casefold, UAX 15 and 31, through utf8proc), then what
 * the field's form asks for.  Masked cells ("138****5678") keep their asterisks; amounts keep how precisely
 * they were written.  Nothing here allocates beyond the call; everything is pure.
 */
#ifndef VAULT_LINKAGE_NORMAL_H
#define VAULT_LINKAGE_NORMAL_H

#include "vault/linkage/field.h"

#define NORMAL_TEXT_SIZE 160 /* longer cells are cut: no field of ours is as long */

struct normal {
    char text[NORMAL_TEXT_SIZE]; /* UTF-8, NUL-terminated; "" if the cell says nothing */
    size_t size;
    bool masked;       /* `text` has asterisks for characters that were not given */
    bool number;       /* an amount; the next two hold */
    int64_t cents;     /* hundredths */
    int64_t precision; /* the last digit written, in hundredths: 1, 100, 10000 (万 with two digits), … */
};

/** @p cell may be any bytes; what is not UTF-8 or cannot be of that form gives an empty text. */
void normal_make(enum trace_form form, struct bytes cell, struct normal *normal);

/** A heading as it is looked up: folded, letters and digits alone; "" if there are none. */
void normal_heading(struct bytes heading, char text[NORMAL_TEXT_SIZE]);

enum normal_match {
    NORMAL_DIFFERS,
    NORMAL_NEAR, /* one character inserted, lost or changed, or masked where it cannot be known */
    NORMAL_SAME
};

/** Do the leaked cell and our value say the same?  Amounts within the precision the cell was written with. */
enum normal_match normal_compare(enum trace_form form, const struct normal *cell, const struct normal *ours);

/** Is @p a at most one insertion, deletion or substitution of a code point away from @p b? */
bool normal_one_edit(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
