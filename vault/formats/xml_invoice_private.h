/**
 * @file xml_invoice_private.h
 * An invoice that is one whole XML file: what UBL, CII and the Chinese e-invoices have in common.
 *
 * Two files that say the same about an invoice give the same fields, whatever their syntax.
 */
#ifndef VAULT_FORMATS_XML_INVOICE_PRIVATE_H
#define VAULT_FORMATS_XML_INVOICE_PRIVATE_H

#include "vault/formats/xml_map_private.h"
#include "vault/formats/xml_stream_private.h"

/** One syntax: where it keeps things. */
struct xml_invoice_form {
    const char *const *roots; /* names of the root element, NULL at the end */
    const char *title;        /* path of the number */
    const struct xml_rule *head;
    const char *seller, *buyer; /* paths of the parties; "" if the rules of the head say it all */
    const struct xml_rule *party;
    const char *const *line_paths; /* NULL at the end */
    const struct xml_rule *line;
    int (*complete)(struct xml_record *record, struct xml_node *root); /* last touches; may be NULL */
    const char *embedded;      /* path of the elements that refer to a document, or NULL */
    const char *embedded_data; /* below it: the encoded bytes, with @filename and @mimeCode */
    const char *embedded_description;
    const struct xml_invoice_sum *sums; /* may be NULL */
    const char *tax_parts; /* amounts that add up to fields.tax, or NULL; those in the document's currency */
};

/** A total that the file states, and the paths of what must add up to it; plus[0] NULL ends a table. */
struct xml_invoice_sum {
    const char *name;
    const char *stated;
    const char *plus[4];
    const char *minus[3];
};

/** Read the run's file, or @p memory if it is not NULL, by the first of the forms that has its root element.
 */
int xml_invoice_read(struct import_run *run, const struct bytes *memory, const struct xml_invoice_form *forms,
    size_t count) VAULT_MUST_CHECK;

/**
 * Set fields.tax to the total in the document's own currency, of the places that @p path names, or where
 * there is none to what @p otherwise names.
 */
int xml_invoice_tax(struct xml_record *record, struct xml_node *root, const char *path,
    const char *otherwise) VAULT_MUST_CHECK;

#endif
