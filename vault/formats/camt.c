/* CAMT.052, .053 and .054, versions 1 to 8: the walk, one entry in memory at a time, and the controls. */
#include <string.h>

#include "vault/formats/camt_private.h"

static const char *const statement_names[] = {"Stmt", "Rpt", "Ntfctn"};

static bool is_statement(const char *name)
{
    for (size_t i = 0; i < sizeof statement_names / sizeof *statement_names; i++) {
        if (strcmp(name, statement_names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_message(const char *name)
{
    return strncmp(name, "BkToCstmr", 9) ==
           0; /* …Stmt, …AcctRpt, …DbtCdtNtfctn, with V01 behind it in version 1 */
}

static int recognise(struct bytes head, const char *name)
{
    (void)name;
    struct xml_root root;
    xml_sniff(head, &root);
    if (strcmp(root.name, "Document") != 0) {
        return is_message(root.name) ? 90 : 0;
    }
    bool known = strstr(root.name_space, "camt.052.") != NULL ||
                 strstr(root.name_space, "camt.053.") != NULL || strstr(root.name_space, "camt.054.") != NULL;
    return known ? 100 : 0;
}

static void note(struct xml_node *node, const char *const paths[], char *text, size_t size)
{
    for (size_t i = 0; paths[i] != NULL && text[0] == 0; i++) {
        struct bytes found = xml_text_at(node, paths[i]);
        if (found.size > 0 && found.size < size) {
            memcpy(text, found.data, found.size);
            text[found.size] = 0;
        }
    }
}

void camt_note(struct camt_statement *statement)
{
    static const char *const accounts[] = {
        "Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN", "Acct/Id/UPIC", NULL};
    static const char *const holders[] = {"Acct/Ownr/Nm", "Acct/Ownr/Pty/Nm", NULL}, *const ids[] = {
                                                                                         "Id", NULL};
    if (!statement->noted) {
        note(statement->node, accounts, statement->account, sizeof statement->account);
        note(statement->node, holders, statement->holder, sizeof statement->holder);
        note(statement->node, ids, statement->id, sizeof statement->id);
        statement->noted = true;
    }
}

/* --- controls ----------------------------------------------------------------------------------------------
 */

struct balance {
    bool found;
    struct decimal amount;
    struct bytes currency;
    char text[DECIMAL_TEXT_SIZE];
};

static void take_balance(struct camt *camt, const char *const codes[], struct balance *balance)
{
    struct xml_node *statement = camt->statement.node;
    *balance = (struct balance){.found = false};
    for (size_t i = 0; codes[i] != NULL && !balance->found; i++) {
        for (struct xml_node *at = xml_child(statement, "Bal", NULL); at != NULL;
             at = xml_child(statement, "Bal", at)) {
            struct bytes code = xml_text_at(at, "Tp/CdOrPrtry/Cd");
            code = code.size > 0 ? code : xml_text_at(at, "Tp/Cd");
            if (bytes_equal(code, bytes_of_text(codes[i])) &&
                decimal_parse(xml_text_at(at, "Amt"), &balance->amount) == VAULT_OK) {
                balance->found = true;
                balance->currency = xml_text_at(at, "Amt@Ccy");
                if (bytes_equal(xml_text_at(at, "CdtDbtInd"), bytes_of_text("DBIT"))) {
                    balance->amount = decimal_negate(balance->amount);
                }
                decimal_format(balance->amount, balance->text);
                break;
            }
        }
    }
}

/* Opening + entries = closing, where all three are in one currency. */
static int control_balance(struct camt *camt)
{
    static const char *const opening_codes[] = {"OPBD", "PRCD", NULL}, *const closing_codes[] = {
                                                                           "CLBD", NULL};
    struct balance opening, closing;
    take_balance(camt, opening_codes, &opening);
    take_balance(camt, closing_codes, &closing);
    if (!opening.found || !closing.found) {
        return VAULT_OK;
    }
    const char *currency = camt->statement.currency;
    bool mixed = !bytes_equal(opening.currency, closing.currency) ||
                 (currency[0] != 0 && !bytes_equal(opening.currency, bytes_of_text(currency)));
    if (mixed || camt->statement.overflow) {
        return run_warn(
            camt->run, "closing balance", "balances and entries are not in one currency: not compared");
    }
    struct decimal computed = opening.amount;
    int error = decimal_add(&computed, camt->statement.booked);
    return error == VAULT_OK ? run_control(camt->run, "closing balance", closing.text, computed) : VAULT_OK;
}

static int control_text(
    struct camt *camt, const char *path, const char *name, const struct decimal *sum, uint64_t count)
{
    struct bytes stated = xml_text_at(camt->statement.node, path);
    char text[40];
    if (stated.size == 0 || stated.size >= sizeof text) {
        return VAULT_OK;
    }
    memcpy(text, stated.data, stated.size);
    text[stated.size] = 0;
    return sum == NULL ? run_control_count(camt->run, name, text, count)
                       : run_control(camt->run, name, text, *sum);
}

static int control_summary(struct camt *camt)
{
    const struct camt_statement *statement = &camt->statement;
    struct decimal all = statement->credit_sum;
    bool fits = decimal_add(&all, statement->debit_sum) == VAULT_OK && !statement->overflow;
    const struct {
        const char *path, *name;
        const struct decimal *sum; /* NULL: a count */
        uint64_t count;
    } rows[] = {
        {"TxsSummry/TtlNtries/NbOfNtries", "NbOfNtries", NULL, statement->entries},
        {"TxsSummry/TtlNtries/Sum", "Sum", &all, 0},
        {"TxsSummry/TtlCdtNtries/NbOfNtries", "TtlCdtNtries/NbOfNtries", NULL, statement->credits},
        {"TxsSummry/TtlCdtNtries/Sum", "TtlCdtNtries/Sum", &statement->credit_sum, 0},
        {"TxsSummry/TtlDbtNtries/NbOfNtries", "TtlDbtNtries/NbOfNtries", NULL, statement->debits},
        {"TxsSummry/TtlDbtNtries/Sum", "TtlDbtNtries/Sum", &statement->debit_sum, 0},
    };
    int error = VAULT_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && error == VAULT_OK; i++) {
        if (rows[i].sum == NULL || fits) {
            error = control_text(camt, rows[i].path, rows[i].name, rows[i].sum, rows[i].count);
        }
    }
    return error;
}

int camt_statement_end(struct camt *camt)
{
    struct draft owner = {.client = {.name = NULL}};
    camt_note(&camt->statement);
    owner.client.name = camt->statement.holder[0] == 0 ? NULL : camt->statement.holder;
    if (xml_date(xml_text_at(camt->statement.node, "CreDtTm"), owner.date)) {
        memcpy(owner.period, owner.date, 7);
    }
    int error = control_summary(camt);
    error = error == VAULT_OK ? control_balance(camt) : error;
    if (camt->statement.node->last != NULL) { /* the group header goes with each of its statements */
        camt->group_node->next = NULL;
        camt->statement.node->last->next = camt->group_node;
    }
    return error == VAULT_OK
               ? xml_table_row(camt->run, camt->statement.node, camt->statement.node->name, &owner)
               : error;
}

/* --- walk --------------------------------------------------------------------------------------------------
 */

/* From <Stmt> to </Stmt>: entries one by one, everything else into the frame. */
static int walk_statement(struct camt *camt)
{
    enum xml_event event;
    struct xml_node *node;
    camt->statement = (struct camt_statement){.entries = 0};
    camt->statements++;
    int error = xml_stream_enter(camt->stream, &camt->frame, NULL, &camt->statement.node);
    error = error == VAULT_OK ? xml_stream_next(camt->stream, &event) : error;
    while (error == VAULT_OK && event != XML_EVENT_CLOSE) {
        if (event == XML_EVENT_ELEMENT && strcmp(xml_stream_name(camt->stream), "Ntry") == 0) {
            error = xml_stream_take(camt->stream, &camt->tree, NULL, &node);
            error = error == VAULT_OK ? camt_entry(camt, node) : error;
            xml_tree_reset(&camt->tree);
        } else if (event == XML_EVENT_ELEMENT) {
            error = xml_stream_take(camt->stream, &camt->frame, camt->statement.node, &node);
        }
        error = error == VAULT_OK ? xml_stream_next(camt->stream, &event) : error;
    }
    error = error == VAULT_OK ? camt_statement_end(camt) : error;
    xml_tree_reset(&camt->frame);
    return error;
}

/* Inside the message: statements are walked, the rest is kept for them. */
static int walk_message(struct camt *camt)
{
    enum xml_event event;
    struct xml_node *node;
    int error = xml_stream_enter(camt->stream, &camt->group, NULL, &camt->group_node);
    error = error == VAULT_OK ? xml_stream_next(camt->stream, &event) : error;
    while (error == VAULT_OK && event != XML_EVENT_CLOSE) {
        if (event == XML_EVENT_ELEMENT && is_statement(xml_stream_name(camt->stream))) {
            error = walk_statement(camt);
        } else if (event == XML_EVENT_ELEMENT) {
            error = xml_stream_take(camt->stream, &camt->group, camt->group_node, &node);
        }
        error = error == VAULT_OK ? xml_stream_next(camt->stream, &event) : error;
    }
    return error;
}

static int wrong_message(struct camt *camt)
{
    return failure_set(camt->run->failure, VAULT_EINPUT,
        "line %d: %.60s is not a CAMT.052, .053 or .054 message", xml_stream_line(camt->stream),
        xml_stream_name(camt->stream));
}

static int walk(struct camt *camt)
{
    enum xml_event event;
    int error = xml_stream_next(camt->stream, &event);
    if (error == VAULT_OK && strcmp(xml_stream_name(camt->stream), "Document") == 0) {
        error = xml_stream_next(camt->stream, &event);
        while (error == VAULT_OK && event == XML_EVENT_TEXT) {
            error = xml_stream_next(camt->stream, &event);
        }
    }
    if (error == VAULT_OK && (event != XML_EVENT_ELEMENT || !is_message(xml_stream_name(camt->stream)))) {
        error = wrong_message(camt);
    }
    error = error == VAULT_OK ? walk_message(camt) : error;
    while (error == VAULT_OK && event != XML_EVENT_END) {
        error = xml_stream_next(camt->stream, &event);
    }
    if (error == VAULT_OK && camt->statements == 0) {
        error = failure_set(camt->run->failure, VAULT_EINPUT,
            "the message has a group header but no statement, report or notification");
    }
    return error;
}

static int read_camt(struct import_run *run)
{
    struct camt camt = {.run = run};
    int error = xml_stream_open(run, NULL, &camt.stream);
    error = error == VAULT_OK ? walk(&camt) : error;
    xml_tree_reset(&camt.tree);
    xml_tree_reset(&camt.frame);
    xml_tree_reset(&camt.group);
    xml_stream_free(camt.stream);
    return error;
}

const struct import_format format_camt = {
    "camt", "bank statement CAMT.052, .053 or .054 (versions 1 to 8)", recognise, read_camt};
