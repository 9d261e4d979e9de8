/**
 * @file camt_private.h
 * CAMT.052/053/054: what the walk (camt.c) and the entries (camt_entry.c) share.
 */
#ifndef VAULT_FORMATS_CAMT_PRIVATE_H
#define VAULT_FORMATS_CAMT_PRIVATE_H

#include "vault/formats/xml_map_private.h"
#include "vault/formats/xml_stream_private.h"

/** A statement, report or notification under way. */
struct camt_statement {
    struct xml_node *node; /* with all that is not an entry */
    uint64_t entries;
    uint64_t credits, debits;
    struct decimal credit_sum, debit_sum;  /* of booked and other entries alike, without sign */
    struct decimal booked;                 /* signed, booked entries only */
    char account[64], holder[256], id[64]; /* as of the first entry */
    bool noted;
    char currency[8]; /* of the entries; "*" once there are several */
    bool overflow;
};

struct camt {
    struct import_run *run;
    struct xml_stream *stream;
    struct xml_tree tree;  /* the entry under way */
    struct xml_tree frame; /* the statement without its entries */
    struct xml_tree group; /* what stands outside of the statements: the group header */
    struct xml_node *group_node;
    struct camt_statement statement;
    uint64_t statements;
};

/** One entry: one record. */
int camt_entry(struct camt *camt, struct xml_node *entry);

/** Report what a statement states of itself, and hand it over as a row of its own. */
int camt_statement_end(struct camt *camt);

/** Fill account, holder and id of the statement under way from what was read of it so far. */
void camt_note(struct camt_statement *statement);

#endif
