/**
 * @file etag.h
 * Entity tags of records (RFC 9110, 8.8.3): "ID.VERSION" in quotes.  A version never changes, so the tag is a
 * strong one; it tells no more than whoever was shown the record knows.  The number of the event beside a
 * record is that of the reading and no part of it.
 */
#ifndef VAULT_SERVER_ETAG_H
#define VAULT_SERVER_ETAG_H

#include "vault/base/bytes.h"
#include "vault/base/ulid.h"

#define ETAG_SIZE (ULID_TEXT_SIZE + 24)

/** @p record is a ULID as text. */
void etag_format(const char *record, int64_t version, char tag[ETAG_SIZE]);

/**
 * Which version of @p record does an If-Match or If-None-Match name?
 * @param weak     W/ tags count too, as in If-None-Match.
 * @param version  the highest that it names; 0: any ("*"); -1: none of this record.
 * @retval VAULT_EUSAGE  not a list of entity tags.
 */
int etag_find(struct bytes list, const char *record, bool weak, int64_t *version) VAULT_MUST_CHECK;

#endif
