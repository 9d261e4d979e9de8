/**
 * @file siem.h
 * Entries of the log as other firms' monitoring reads them: OCSF, CEF, syslog.
 *
 * - OCSF 1.6 (schema.ocsf.io), class Datastore Activity (class_uid 6005), one JSON object.
 * - ArcSight Common Event Format, revision 0 of the header (`CEF:0|…`).
 * - Syslog, RFC 5424, facility 13 (log audit), with structured data under `strongroom@32473`: 32473 is the
 * number that RFC 5612 sets aside for those who have none of their own.
 *
 * Every record carries the log's origin, the entry's index and its leaf hash (base64 of SHA-256(0x00 ||
 * leaf)), so that it can be held against a bundle or a tile.  Nothing is in it that the leaf does not say.
 * Lists of ids are cut to whole ids at SIEM_LIST_MAX bytes in CEF and syslog, beside their true count; OCSF
 * has all of them.
 *
 * Pure; distinct buffers may be written by distinct threads.
 */
#ifndef VAULT_LOG_SIEM_H
#define VAULT_LOG_SIEM_H

#include "vault/crypto/hash.h"

#define SIEM_LIST_MAX 1000u

enum siem_format { SIEM_OCSF, SIEM_CEF, SIEM_SYSLOG };

/** How one record is told from the next. */
enum siem_framing {
    SIEM_LINES, /* each ends with a line feed (RFC 6587 section 3.4.2 for syslog) */
    SIEM_OCTETS /* its size in decimal and a blank before each (RFC 6587 section 3.4.1, RFC 5425) */
};

/** "ocsf", "cef", "syslog"; false if there is no such format. */
bool siem_format_of(const char *name, enum siem_format *format);
/** "lines", "octets". */
bool siem_framing_of(const char *name, enum siem_framing *framing);

/** Where the entry comes from; borrowed for the call. */
struct siem_entry {
    const char *origin;
    struct bytes leaf; /* exactly as it was logged */
    struct hash leaf_hash;
};

/**
 * Append one record with its framing.
 * @retval VAULT_EDAMAGED  no leaf; @p out is then as it was.
 */
int siem_write(enum siem_format format, enum siem_framing framing, const struct siem_entry *entry,
    struct buffer *out) VAULT_MUST_CHECK;

#endif
