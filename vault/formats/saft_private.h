/**
 * @file saft_private.h
 * SAF-T: what the walker (saft.c), the tables (saft_master.c, saft_document.c) and the sums (saft_total.c)
 * share.
 */
#ifndef VAULT_FORMATS_SAFT_PRIVATE_H
#define VAULT_FORMATS_SAFT_PRIVATE_H

#include "vault/formats/xml_map_private.h"
#include "vault/formats/xml_stream_private.h"

/** The part of the file under way, which states totals of itself, beside what was read of it. */
struct saft_section {
    char name[64]; /* "SalesInvoices"; "" outside of one */
    char stated_entries[40], stated_debit[40], stated_credit[40], stated_lines[40], stated_quantity[40];
    uint64_t entries, lines;
    struct decimal debit, credit, quantity;
    bool overflow;
};

struct saft {
    struct import_run *run;
    struct xml_stream *stream;
    struct xml_tree tree;   /* the element under way */
    struct xml_tree header; /* Header, for as long as the file */
    struct xml_tree rest;   /* leaves between the records; one table row at the end */
    struct xml_node *rest_root;
    struct draft company; /* only .client, .date and .period: whose file this is and up to when */
    char name[256], tax_id[64], currency[8];
    char journal[64];
    struct saft_section section;
    json_t *parties; /* "customer ID" -> {name, tax_id}; bounded */
    size_t party_bytes;
};

/* saft_master.c; each gets one whole element. */
int saft_header(struct saft *saft, struct xml_node *node);
int saft_customer(struct saft *saft, struct xml_node *node);
int saft_supplier(struct saft *saft, struct xml_node *node);
int saft_product(struct saft *saft, struct xml_node *node);
int saft_account(struct saft *saft, struct xml_node *node);

/* saft_document.c */
int saft_transaction(struct saft *saft, struct xml_node *node);
int saft_sales_invoice(struct saft *saft, struct xml_node *node);
int saft_purchase_invoice(struct saft *saft, struct xml_node *node);
int saft_movement(struct saft *saft, struct xml_node *node);
int saft_working_document(struct saft *saft, struct xml_node *node);
int saft_payment(struct saft *saft, struct xml_node *node);

/** Begin a record that belongs to the file's company. */
int saft_begin(struct saft *saft, struct xml_record *record, struct xml_node *node, enum record_kind kind,
    const char *title_path) VAULT_MUST_CHECK;

/* saft_total.c */
void saft_section_begin(struct saft *saft, const char *name);
/** A leaf of a section; false if it is none of its totals. */
bool saft_section_leaf(struct saft *saft, const char *name, struct bytes text);
void saft_section_add(
    struct saft_section *section, struct decimal debit, struct decimal credit, struct decimal quantity);
/** Report the controls of the section that ends. */
int saft_section_end(struct saft *saft);

#endif
