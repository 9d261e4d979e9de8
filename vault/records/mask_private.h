/**
 * @file mask_private.h
 * How a sensitive value is shown to those who may see that it is there, but not what it is.  Works on code
 * points.
 */
#ifndef VAULT_RECORDS_MASK_PRIVATE_H
#define VAULT_RECORDS_MASK_PRIVATE_H

#include "vault/base/text.h"

enum mask {
    MASK_NONE,
    MASK_PERSON_ID, /* 110105********002X */
    MASK_PHONE,     /* 138****5678, 010-****1234 */
    MASK_ACCOUNT,   /* ************5678, spaces stay */
    MASK_NAME,      /* 张*, 张*丰, 欧**修 */
    MASK_EMAIL,     /* e***@example.com */
    MASK_HANDLE,    /* w*** */
    MASK_ADDRESS,   /* 北京市朝阳区**** */
    MASK_AMOUNT     /* *** */
};

/** Append the masked form.  Ids, numbers and names keep their length. */
void mask_text(enum mask mask, struct bytes text, struct buffer *out);

/** What a column of a table we do not know seems to hold, by its heading. */
enum mask mask_of_heading(struct bytes heading);

#endif
