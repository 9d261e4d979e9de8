/* OFX: statements out of tokens, one transaction in memory at a time. */
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/ofx_private.h"

struct ofx {
    struct import_run *run;
    struct ofx_scanner scanner;
    struct xml_tree frame, unit; /* all that is no transaction; the transaction under way */
    struct xml_node *root, *at;  /* of the file; the element that is open */
    struct xml_node *unit_root;  /* NULL outside of a transaction */
    struct xml_node *unit_parent;
    struct ofx_account account;
    struct xml_node *noted; /* the statement that `account` is of */
    unsigned looked;        /* how often it was looked for there */
    unsigned depth;
    uint64_t transactions, statements;
};

static bool one_of(const char *name, const char *const names[])
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* What these hold is taken one by one. */
static bool is_list(const char *name)
{
    static const char *const lists[] = {
        "BANKTRANLIST", "INVTRANLIST", "INVPOSLIST", "INVOOLIST", "SECLIST", "ACCTINFORS", NULL};
    return one_of(name, lists);
}

static bool is_statement(const char *name)
{
    static const char *const statements[] = {"STMTRS", "CCSTMTRS", "INVSTMTRS", NULL};
    return one_of(name, statements);
}

/* --- elements that are complete ----------------------------------------------------------------------------
 */

/* Also below elements that were never closed, since those may have swallowed their neighbours. */
static struct bytes find_deep(struct xml_node *node, const char *name)
{
    struct bytes found = {NULL, 0};
    for (struct xml_node *child = node->first; child != NULL && found.size == 0; child = child->next) {
        found = strcmp(child->name, name) == 0 ? xml_node_text(child) : found;
        found = found.size == 0 ? find_deep(child, name) : found;
    }
    return found;
}

static void keep_text(char *to, size_t size, struct bytes text)
{
    if (text.size < size) {
        memcpy(to, text.size > 0 ? (const char *)text.data : "", text.size);
        to[text.size] = 0;
    }
}

/* At the beginning of a list: the account and currency of the statement that it is in. */
static void note_account(struct ofx *ofx, struct xml_node *list)
{
    struct xml_node *statement = list->parent;
    while (statement != NULL && !is_statement(statement->name)) {
        statement = statement->parent;
    }
    if (statement == ofx->noted && (ofx->account.number[0] != 0 || ++ofx->looked > 8)) {
        return;
    }
    ofx->looked = statement == ofx->noted ? ofx->looked : 0;
    ofx->noted = statement;
    ofx->account = (struct ofx_account){.number = ""};
    if (statement != NULL) {
        keep_text(ofx->account.number, sizeof ofx->account.number, find_deep(statement, "ACCTID"));
        keep_text(ofx->account.currency, sizeof ofx->account.currency, find_deep(statement, "CURDEF"));
    }
}

static int unit_done(struct ofx *ofx)
{
    struct xml_node *unit = ofx->unit_root, *inner = unit;
    ofx->at = ofx->unit_parent;
    ofx->unit_root = NULL;
    if (strcmp(unit->name, "INVBANKTRAN") == 0) {
        inner = xml_child(unit, "STMTTRN", NULL);
    }
    int error;
    if (inner != NULL && strcmp(inner->name, "STMTTRN") == 0) {
        ofx->transactions++;
        error = ofx_transaction(ofx->run, &ofx->unit, inner, &ofx->account);
    } else {
        char name[160];
        snprintf(name, sizeof name, "%.64s/%.64s", ofx->unit_parent->name, unit->name);
        error = run_unmapped(ofx->run, name);
        error = error == VAULT_OK ? xml_table_row(ofx->run, unit, unit->name, NULL) : error;
    }
    xml_tree_reset(&ofx->unit);
    return error;
}

static int statement_done(struct ofx *ofx, struct xml_node *statement)
{
    struct bytes stated = xml_text_at(statement, "LEDGERBAL/BALAMT");
    char text[64];
    int error = VAULT_OK;
    ofx->statements++;
    if (stated.size > 0 && stated.size < sizeof text && ofx->run->sink->control != NULL) {
        keep_text(text, sizeof text, stated);
        /* No opening balance in OFX: nothing to compare with. */
        struct import_control control = {.name = "LEDGERBAL", .stated = text, .computed = "", .ok = true};
        error = ofx->run->sink->control(ofx->run->sink->context, &control);
    }
    return error == VAULT_OK ? xml_table_row(ofx->run, statement, statement->name, NULL) : error;
}

static int status_done(struct ofx *ofx, struct xml_node *status)
{
    struct bytes code = xml_text_at(status, "CODE"), message = xml_text_at(status, "MESSAGE");
    char where[DRAFT_WHERE_SIZE];
    if (!bytes_equal(xml_text_at(status, "SEVERITY"), bytes_of_text("ERROR"))) {
        return VAULT_OK;
    }
    snprintf(where, sizeof where, "line %d: %.60s", status->line,
        status->parent == NULL ? "" : status->parent->name);
    return run_warn(ofx->run, where, "the bank answered with error %.*s: %.*s",
        (int)(code.size < 12 ? code.size : 12), code.size > 0 ? (const char *)code.data : "",
        (int)(message.size < 200 ? message.size : 200), message.size > 0 ? (const char *)message.data : "");
}

/* --- open and close ----------------------------------------------------------------------------------------
 */

/* An aggregate always has an end tag: what has none was an empty leaf, and its children are its neighbours.
 */
static void hoist(struct xml_node *node)
{
    struct xml_node *parent = node->parent;
    if (node->closed || node->first == NULL || parent == NULL) {
        return;
    }
    for (struct xml_node *child = node->first; child != NULL; child = child->next) {
        child->parent = parent;
    }
    node->last->next = node->next;
    if (parent->last == node) {
        parent->last = node->last;
    }
    node->next = node->first;
    node->first = node->last = NULL;
}

static int closed(struct ofx *ofx, struct xml_node *node)
{
    node->closed = true;
    if (node == ofx->unit_root) {
        return unit_done(ofx);
    }
    ofx->at = node->parent == NULL ? ofx->root : node->parent;
    if (ofx->unit_root == NULL && is_statement(node->name)) {
        return statement_done(ofx, node);
    }
    return strcmp(node->name, "STATUS") == 0 ? status_done(ofx, node) : VAULT_OK;
}

/* The open element above this one, across the border of a transaction. */
static struct xml_node *outer(const struct ofx *ofx, const struct xml_node *node)
{
    return node == ofx->unit_root ? ofx->unit_parent : node->parent;
}

static int pop(struct ofx *ofx)
{
    struct xml_node *node = ofx->at;
    ofx->depth--;
    if (node == ofx->unit_root) {
        return unit_done(ofx); /* its end tag is missing */
    }
    ofx->at = node->parent;
    hoist(node);
    return VAULT_OK;
}

static int close_named(struct ofx *ofx, const char *name)
{
    struct xml_node *node = ofx->at;
    while (node != NULL && node != ofx->root && strcmp(node->name, name) != 0) {
        node = outer(ofx, node);
    }
    if (node == NULL || node == ofx->root) {
        return VAULT_OK; /* the end of a leaf that is closed already */
    }
    int error = VAULT_OK;
    while (error == VAULT_OK && ofx->at != node) {
        error = pop(ofx);
    }
    ofx->depth--;
    return error == VAULT_OK ? closed(ofx, node) : error;
}

static int add(struct ofx *ofx, struct xml_node **node)
{
    struct bytes name = buffer_bytes(&ofx->scanner.text);
    const char *text = buffer_text(&ofx->scanner.text);
    if (text == NULL) {
        return VAULT_ENOMEM;
    }
    bool transaction = strcmp(text, "STMTTRN") == 0;
    if (ofx->unit_root != NULL && strcmp(ofx->unit_root->name, text) == 0) { /* the last one was not closed */
        int error = VAULT_OK;
        while (error == VAULT_OK && ofx->unit_root != NULL) {
            error = pop(ofx);
        }
        if (error != VAULT_OK) {
            return error;
        }
    }
    bool unit = ofx->unit_root == NULL && (transaction || is_list(ofx->at->name));
    struct xml_tree *tree = unit || ofx->unit_root != NULL ? &ofx->unit : &ofx->frame;
    int error = xml_tree_add(tree, unit ? NULL : ofx->at, name, ofx->scanner.line, node);
    if (error == VAULT_OK && unit) {
        ofx->unit_parent = ofx->at;
        ofx->unit_root = *node;
    }
    return error;
}

/* A leaf directly in a list was no transaction: its text goes to the frame. */
static int settle_leaf(struct ofx *ofx, struct xml_node *node, struct bytes text)
{
    int error = VAULT_OK;
    if (node == ofx->unit_root) {
        struct xml_node *leaf;
        error = xml_tree_add(&ofx->frame, ofx->unit_parent, bytes_of_text(node->name), node->line, &leaf);
        error = error == VAULT_OK ? xml_tree_text(&ofx->frame, leaf, text) : error;
        ofx->at = ofx->unit_parent;
        ofx->unit_root = NULL;
        xml_tree_reset(&ofx->unit);
    } else {
        error = xml_tree_text(ofx->unit_root != NULL ? &ofx->unit : &ofx->frame, node, text);
        node->closed = true;
        ofx->at = node->parent;
    }
    ofx->depth--;
    return error;
}

static int opened(struct ofx *ofx)
{
    struct xml_node *node;
    if (ofx->depth >= LIMIT_XML_DEPTH) {
        return failure_set(ofx->run->failure, VAULT_ELIMIT,
            "line %d: elements nested too deeply (the limit is %d)", ofx->scanner.line, LIMIT_XML_DEPTH);
    }
    int error = add(ofx, &node);
    if (error != VAULT_OK) {
        return failure_set(
            ofx->run->failure, error, "line %d: more elements than are accepted", ofx->scanner.line);
    }
    ofx->at = node;
    ofx->depth++;
    if (ofx->unit_root == NULL && is_list(node->name)) {
        note_account(ofx, node);
    }
    return VAULT_OK;
}

static int texted(struct ofx *ofx)
{
    struct xml_node *node = ofx->at;
    bool leaf = node != ofx->root && node->first == NULL && node->text_size == 0;
    if (!leaf) {
        return VAULT_OK; /* the header, or a stray text between elements */
    }
    /* The line's end behind a leaf without an end tag is not the leaf's. */
    int error = settle_leaf(ofx, node, text_trim(buffer_bytes(&ofx->scanner.text)));
    return error == VAULT_OK ? VAULT_OK
                             : failure_set(ofx->run->failure, error, "line %d: more text than is accepted",
                                   ofx->scanner.line);
}

/* --- file --------------------------------------------------------------------------------------------------
 */

static int walk(struct ofx *ofx)
{
    enum ofx_token token = OFX_OPEN;
    bool whole = false;
    int error = xml_tree_add(&ofx->frame, NULL, bytes_of_text(""), 1, &ofx->root);
    ofx->at = ofx->root;
    while (error == VAULT_OK && token != OFX_END) {
        error = ofx_next(&ofx->scanner, &token, ofx->run->failure);
        if (error != VAULT_OK || token == OFX_END) {
            break;
        }
        if (token == OFX_OPEN) {
            error = opened(ofx);
        } else if (token == OFX_TEXT) {
            error = texted(ofx);
        } else {
            const char *name = buffer_text(&ofx->scanner.text);
            whole |= name != NULL && strcmp(name, "OFX") == 0;
            error = name == NULL ? VAULT_ENOMEM : close_named(ofx, name);
        }
    }
    if (error == VAULT_OK && !whole) {
        error = failure_set(ofx->run->failure, VAULT_EINPUT, "line %d: %s", ofx->scanner.next_line,
            xml_child(ofx->root, "OFX", NULL) == NULL ? "no OFX in this file"
                                                      : "the file ends before </OFX>");
    }
    if (error == VAULT_OK && ofx->statements == 0 && ofx->transactions == 0) {
        error = run_warn(ofx->run, "OFX", "no account statement in this file: nothing to import");
    }
    return error;
}

static int read_ofx(struct import_run *run)
{
    struct ofx ofx = {.run = run, .scanner = {.next_line = 1}};
    struct xml_source source = {.path = run->path,
        .encoding = run->options == NULL ? NULL : run->options->encoding,
        .declared = ofx_declared_encoding};
    int error = xml_input_open(&source, &ofx.scanner.input, run->failure);
    if (error == VAULT_OK) {
        snprintf(run->summary->encoding, sizeof run->summary->encoding, "%s",
            xml_input_encoding(ofx.scanner.input));
        error = walk(&ofx);
    }
    xml_tree_reset(&ofx.frame);
    xml_tree_reset(&ofx.unit);
    xml_input_free(ofx.scanner.input);
    ofx_scanner_free(&ofx.scanner);
    return error;
}

static int recognise(struct bytes head, const char *name)
{
    (void)name;
    struct bytes start = bytes_of(head.data, head.size < 4096 ? head.size : 4096);
    if (memmem(start.data, start.size, "OFXHEADER", 9) != NULL) {
        return 100;
    }
    struct bytes text = text_trim(start);
    return text.size >= 5 && memcmp(text.data, "<OFX>", 5) == 0 ? 100 : 0;
}

const struct import_format format_ofx = {
    "ofx", "OFX 1 (SGML) or OFX 2 (XML) bank statement", recognise, read_ofx};
