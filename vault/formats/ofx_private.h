/**
 * @file ofx_private.h
 * OFX 1 (SGML, leaves without end tags) and OFX 2 (XML, often in name only) as one stream of tokens.
 */
#ifndef VAULT_FORMATS_OFX_PRIVATE_H
#define VAULT_FORMATS_OFX_PRIVATE_H

#include "vault/formats/xml_input_private.h"
#include "vault/formats/xml_map_private.h"

enum ofx_token {
    OFX_OPEN,  /* <NAME> */
    OFX_CLOSE, /* </NAME> */
    OFX_TEXT,  /* text that is not only white space; references resolved */
    OFX_END
};

/** Start with {.input = …, .line = 1}; free with ofx_scanner_free(), which leaves the input alone. */
struct ofx_scanner {
    struct xml_input *input;
    struct bytes rest;
    int line; /* where the token began */
    int next_line;
    struct buffer text; /* name or text of the token */
    bool empty_element; /* the last OFX_OPEN was <NAME/>: its OFX_CLOSE comes next */
};

/**
 * @retval VAULT_EINPUT  a DOCTYPE, or a tag that does not end; VAULT_ELIMIT; errors of xml_input_next().
 */
int ofx_next(struct ofx_scanner *scanner, enum ofx_token *token, struct failure *failure) VAULT_MUST_CHECK;
void ofx_scanner_free(struct ofx_scanner *scanner);

/** The encoding that the header names, as of xml_declared. */
void ofx_declared_encoding(struct bytes head, char encoding[XML_ENCODING_SIZE]);

/** What a transaction needs of the statement around it. */
struct ofx_account {
    char number[64];
    char currency[8];
};

/** A STMTTRN; @p tree is where its nodes live. */
int ofx_transaction(struct import_run *run, struct xml_tree *tree, struct xml_node *node,
    const struct ofx_account *account) VAULT_MUST_CHECK;

#endif
