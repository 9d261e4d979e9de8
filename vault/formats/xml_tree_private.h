/**
 * @file xml_tree_private.h
 * One element with all that is inside it: the part of a file that is in memory at a time.
 *
 * Nodes live in the tree's own memory until xml_tree_reset().  Names are local names: prefixes are gone.
 * Texts are UTF-8 with a NUL behind them, verbatim as in the file.  A tree that grew beyond LIMIT_ROW_BYTES
 * refuses further nodes with VAULT_ELIMIT.  One tree, one thread.
 */
#ifndef VAULT_FORMATS_XML_TREE_PRIVATE_H
#define VAULT_FORMATS_XML_TREE_PRIVATE_H

#include <stdbool.h>

#include "vault/base/bytes.h"

/** What became of a piece of text on its way into a record. */
enum xml_fate {
    XML_FATE_UNMAPPED, /* no canonical field: kept in raw, its name reported */
    XML_FATE_KNOWN, /* understood, and kept in raw (also where the canonical text differs from the file's) */
    XML_FATE_MAPPED /* says no more than the canonical field */
};

struct xml_attribute {
    struct xml_attribute *next;
    const char *name;
    const char *text;
    enum xml_fate fate;
};

struct xml_node {
    const char *name;
    char *text; /* "" if none; of this element only, without its children's */
    size_t text_size, text_capacity;
    struct xml_attribute *attributes;
    struct xml_node *parent, *first, *last, *next;
    int line;
    enum xml_fate fate;
    bool closed; /* its end was seen (OFX leaves may have none) */
};

struct xml_piece;

/** Start with {0}. */
struct xml_tree {
    struct xml_piece *pieces;
    size_t content;     /* bytes of names and texts, and some for each node */
    size_t big_content; /* bytes of the texts of `big` elements */
    const char *big;    /* an element whose text may be larger than a cell (embedded documents); or NULL */
};

/** A new last child of @p parent (NULL: a root), with a copy of @p name. */
int xml_tree_add(struct xml_tree *tree, struct xml_node *parent, struct bytes name, int line,
    struct xml_node **node) VAULT_MUST_CHECK;
/** Append to the text of @p node; VAULT_ELIMIT beyond LIMIT_CELL_BYTES (but for `big`). */
int xml_tree_text(struct xml_tree *tree, struct xml_node *node, struct bytes text) VAULT_MUST_CHECK;
int xml_tree_attribute(
    struct xml_tree *tree, struct xml_node *node, struct bytes name, struct bytes text) VAULT_MUST_CHECK;

/** Wipe and free all nodes; {0} again but for `big`. */
void xml_tree_reset(struct xml_tree *tree);

/** The text without white space at both ends. */
struct bytes xml_node_text(const struct xml_node *node);

/**
 * Walk down local names: "Acct/Id/IBAN", "Amt@Ccy" (an attribute), "Party[Role=SE]/Name" and
 * "ID[@schemeID=VA]" (only where the child or attribute has this text), "" (the node itself).
 */
struct xml_place {
    struct xml_node *node;
    struct xml_attribute *attribute; /* where the path ends in one */
};

/**
 * Call @p visit for each place that @p path names below @p node, in the order of the file, until it returns
 * something else than 0, which is then returned.
 */
int xml_each(struct xml_node *node, const char *path, int (*visit)(void *context, struct xml_place place),
    void *context);

/** The first place with any text in it; .node is NULL if there is none. */
struct xml_place xml_find(struct xml_node *node, const char *path);
/** Its trimmed text; empty if there is none. */
struct bytes xml_text_at(struct xml_node *node, const char *path);
struct bytes xml_place_text(struct xml_place place);

/** Next sibling (or first child when @p after is NULL) of this name; NULL at the end. */
struct xml_node *xml_child(struct xml_node *parent, const char *name, struct xml_node *after);

#endif
