/**
 * @file xml_map_private.h
 * From elements to the canonical fields of a record, by tables; what no table names is kept and reported.
 */
#ifndef VAULT_FORMATS_XML_MAP_PRIVATE_H
#define VAULT_FORMATS_XML_MAP_PRIVATE_H

#include "vault/formats/format_private.h"
#include "vault/formats/xml_tree_private.h"

enum xml_how {
    XML_TEXT,   /* as it is, without white space at both ends */
    XML_AMOUNT, /* a decimal; anything else refuses the record */
    XML_NUMBER, /* a decimal without trailing zeros; more digits than an amount may have are kept as text */
    XML_RATE,   /* to per cent: "6%", "6" and the fraction "0.06" are 6; other text ("免税") as it is */
    XML_DATE,   /* to YYYY-MM-DD; anything else refuses the record */
    XML_TIME,   /* hh:mm:ss out of a moment, nothing out of a mere date */
    XML_APPEND, /* to the field's text, after ", ": every place of the path */
    XML_LINES,  /* to the field's text, after a line feed: every place of the path */
    XML_KNOWN   /* no field; the place and everything inside it is kept in raw without being reported */
};

/**
 * One row: `path` as of xml_each(), `field` a member name or "object.member".  The first row and place that
 * has text fills a field; further ones stay unmapped, so that they are kept in raw.
 */
struct xml_rule {
    const char *path; /* NULL ends a table */
    const char *field;
    enum xml_how how;
};

/** One record on its way from a tree to the sink. */
struct xml_record {
    struct import_run *run;
    struct xml_node *root;
    struct draft draft;
    bool bare;        /* leave raw empty: another record of the same element has it */
    char reason[240]; /* why it must be refused, once something said VAULT_EINPUT or VAULT_ELIMIT */
};

/** Begin a record; draft.where becomes "line N: Element title".  @p title may be empty. */
int xml_record_begin(struct xml_record *record, struct import_run *run, struct xml_node *root,
    enum record_kind kind, struct bytes title) VAULT_MUST_CHECK;

/**
 * Apply a table to @p node, writing into @p object (a part of draft.fields).
 * @retval VAULT_EINPUT  a value is not what its field asks for; record->reason says which.
 */
int xml_map(struct xml_record *record, struct xml_node *node, const struct xml_rule *rules,
    json_t *object) VAULT_MUST_CHECK;

/**
 * Apply a table to every place of @p path, each into an object of its own in the array @p field of @p object;
 * objects that stay empty are left out.  VAULT_ELIMIT beyond LIMIT_LINES.  @p after may be NULL; it completes
 * one object and may say VAULT_EINPUT too.
 */
int xml_map_lines(struct xml_record *record, struct xml_node *node, const char *path,
    const struct xml_rule *rules, json_t *object, const char *field,
    int (*after)(struct xml_record *record, struct xml_node *node, json_t *line)) VAULT_MUST_CHECK;

/** VAULT_EINPUT with a reason unless @p object has @p field; @p element is the name that people know. */
int xml_require(
    struct xml_record *record, const json_t *object, const char *field, const char *element) VAULT_MUST_CHECK;

/** Set record->reason and return @p error. */
int xml_record_refuse(struct xml_record *record, int error, const char *format, ...) VAULT_PRINTF(3, 4);

/** Set draft.date and draft.period from a date field that may be absent. */
void xml_record_date(struct xml_record *record, const json_t *object, const char *field);

/**
 * Hand over (error 0), refuse with the reason (VAULT_EINPUT, VAULT_ELIMIT) or give up (anything else), and
 * release the draft.  Returns 0 if the import goes on.
 */
int xml_record_end(struct xml_record *record, int error) VAULT_MUST_CHECK;

/** A record of kind table_row: everything below @p root under its path, members that rules did not take. */
int xml_table_row(struct import_run *run, struct xml_node *root, const char *table,
    const struct draft *client) VAULT_MUST_CHECK;

/** Decimal text of a field of an object; zero if absent.  Only for fields that XML_AMOUNT wrote. */
struct decimal xml_field_amount(const json_t *object, const char *field);

/** A moment or day in any of the forms of these formats -> YYYY-MM-DD. */
bool xml_date(struct bytes text, char date[11]);

#endif
