/**
 * @file marker.h
 * The marks that an export's texts carry: which of their equal writings (base/writing.h) the code word of the
 * export says.
 *
 * Marked are texts that people read (summaries, descriptions, remarks, memos, addresses: every slot) and
 * names (brackets alone, since names are what tables are matched by).  Never amounts, dates, numbers, codes,
 * kinds, states, columns of tables that nobody knows, or what stands in a column of JSON.  The same text is
 * written the same way everywhere in one export.  A later import takes each writing for the same text.
 */
#ifndef VAULT_FORMATS_MARKER_H
#define VAULT_FORMATS_MARKER_H

#include "vault/base/writing.h"
#include "vault/crypto/fingerprint.h"
#include "vault/records/kind.h"

/** Borrowed by the writer for its life; may be shared by threads. */
struct export_marks {
    const struct fingerprint_code *code;
    const struct fingerprint_word *word;
    bool texts;      /* choose writings */
    bool properties; /* XLSX: the copy's name among the workbook's properties */
};

/** The property of a workbook that holds a copy's name, as hexadecimal digits. */
#define MARKER_PROPERTY "strongroom-copy"

/** Slots that may be chosen in a field of this name (the last part of its path); 0: none. */
unsigned marker_slots(struct bytes field);

/** Append a field's text in the writing of this copy. @p marks may be NULL: as it is. */
void marker_put(const struct export_marks *marks, unsigned slots, struct bytes text, struct buffer *out);

/** Append a record's fields, canonical JSON, with their texts so written; texts with escapes stay as they
 * are. */
void marker_put_json(
    const struct export_marks *marks, enum record_kind kind, struct bytes json, struct buffer *out);

#endif
