/* SAF-T: the walk through an AuditFile, one record's element in memory at a time. */
#include <string.h>

#include "vault/formats/saft_private.h"

#define PATH_SIZE 256

/* Elements that are one record (or more), by their place below AuditFile. */
static const struct unit {
    const char *path;
    int (*take)(struct saft *saft, struct xml_node *node);
} units[] = {
    {"Header", saft_header},
    {"MasterFiles/Customer", saft_customer},
    {"MasterFiles/Customers/Customer", saft_customer},
    {"MasterFiles/Supplier", saft_supplier},
    {"MasterFiles/Suppliers/Supplier", saft_supplier},
    {"MasterFiles/Product", saft_product},
    {"MasterFiles/Products/Product", saft_product},
    {"MasterFiles/GeneralLedger", saft_account}, /* Portugal before 1.04 */
    {"MasterFiles/GeneralLedgerAccounts/Account", saft_account},
    {"GeneralLedgerEntries/Journal/Transaction", saft_transaction},
    {"SourceDocuments/SalesInvoices/Invoice", saft_sales_invoice},
    {"SourceDocuments/PurchaseInvoices/Invoice", saft_purchase_invoice},
    {"SourceDocuments/MovementOfGoods/StockMovement", saft_movement},
    {"SourceDocuments/WorkingDocuments/WorkDocument", saft_working_document},
    {"SourceDocuments/Payments/Payment", saft_payment},
};

/* Elements that only hold others.  Anything else is taken whole and kept as a row of a table. */
static const struct container {
    const char *path;
    bool section; /* states totals of itself */
} containers[] = {
    {"MasterFiles", false},
    {"MasterFiles/Customers", false},
    {"MasterFiles/Suppliers", false},
    {"MasterFiles/Products", false},
    {"MasterFiles/GeneralLedgerAccounts", false},
    {"MasterFiles/TaxTable", false},
    {"MasterFiles/AnalysisTypeTable", false},
    {"MasterFiles/UOMTable", false},
    {"MasterFiles/MovementTypeTable", false},
    {"MasterFiles/Owners", false},
    {"MasterFiles/Assets", false},
    {"MasterFiles/PhysicalStock", false},
    {"GeneralLedgerEntries", true},
    {"GeneralLedgerEntries/Journal", false},
    {"SourceDocuments", false},
    {"SourceDocuments/SalesInvoices", true},
    {"SourceDocuments/PurchaseInvoices", true},
    {"SourceDocuments/MovementOfGoods", true},
    {"SourceDocuments/WorkingDocuments", true},
    {"SourceDocuments/Payments", true},
    {"SourceDocuments/AssetTransactions", true},
};

static const struct unit *unit_at(const char *path)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].path, path) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

static const struct container *container_at(const char *path)
{
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++) {
        if (strcmp(containers[i].path, path) == 0) {
            return &containers[i];
        }
    }
    return NULL;
}

static int recognise(struct bytes head, const char *name)
{
    (void)name;
    struct xml_root root;
    xml_sniff(head, &root);
    if (strcmp(root.name, "AuditFile") != 0) {
        return 0;
    }
    bool known = root.name_space[0] == 0 || strstr(root.name_space, "StandardAuditFile") != NULL;
    return known ? 100 : 60;
}

/* A leaf between the records: a total, the journal's id, or something to be kept. */
static int take_leaf(struct saft *saft, const char *path, struct xml_node *node)
{
    struct bytes text = xml_node_text(node);
    if (saft_section_leaf(saft, node->name, text)) {
        return VAULT_OK;
    }
    if (strcmp(path, "GeneralLedgerEntries/Journal/JournalID") == 0) {
        snprintf(saft->journal, sizeof saft->journal, "%.*s", (int)(text.size < 60 ? text.size : 60),
            (const char *)text.data);
        return VAULT_OK;
    }
    if (text.size == 0) {
        return VAULT_OK;
    }
    struct xml_node *kept;
    int error = xml_tree_add(&saft->rest, saft->rest_root, bytes_of_text(path), node->line, &kept);
    error = error == VAULT_OK ? xml_tree_text(&saft->rest, kept, text) : error;
    if (error != VAULT_OK) {
        return failure_set(saft->run->failure, error,
            "line %d: element %.100s: too many texts between the records", node->line, node->name);
    }
    return run_unmapped(saft->run, path);
}

static int take_element(struct saft *saft, const char *path)
{
    const struct unit *unit = unit_at(path);
    struct xml_node *node;
    int error = xml_stream_take(saft->stream, &saft->tree, NULL, &node);
    if (error == VAULT_OK && unit != NULL) {
        error = unit->take(saft, node);
    } else if (error == VAULT_OK && node->first == NULL && node->attributes == NULL) {
        error = take_leaf(saft, path, node);
    } else if (error == VAULT_OK) {
        error = run_unmapped(saft->run, path);
        error = error == VAULT_OK ? xml_table_row(saft->run, node, path, &saft->company) : error;
    }
    xml_tree_reset(&saft->tree);
    return error;
}

static int enter(struct saft *saft, char path[PATH_SIZE], bool *inside)
{
    size_t size = strlen(path);
    const char *name = xml_stream_name(saft->stream);
    *inside = false;
    if (size + strlen(name) + 2 > PATH_SIZE) {
        return failure_set(saft->run->failure, VAULT_ELIMIT, "line %d: an element's name is too long",
            xml_stream_line(saft->stream));
    }
    snprintf(path + size, PATH_SIZE - size, "%s%s", size > 0 ? "/" : "", name);
    const struct container *container = container_at(path);
    if (container == NULL) {
        int error = take_element(saft, path);
        path[size] = 0;
        return error;
    }
    *inside = true;
    if (container->section) {
        saft_section_begin(saft, name);
    }
    saft->journal[0] = 0;
    return VAULT_OK;
}

static int leave(struct saft *saft, char path[PATH_SIZE])
{
    const struct container *container = container_at(path);
    char *slash = strrchr(path, '/');
    *(slash == NULL ? path : slash) = 0;
    return container != NULL && container->section ? saft_section_end(saft) : VAULT_OK;
}

static int walk(struct saft *saft)
{
    char path[PATH_SIZE] = "";
    enum xml_event event;
    unsigned depth = 1;
    int error = VAULT_OK;
    while (error == VAULT_OK && depth > 0) {
        error = xml_stream_next(saft->stream, &event);
        if (error == VAULT_OK && event == XML_EVENT_ELEMENT) {
            bool inside;
            error = enter(saft, path, &inside);
            depth += inside;
        } else if (error == VAULT_OK && event == XML_EVENT_CLOSE) {
            depth--;
            error = depth > 0 ? leave(saft, path) : VAULT_OK;
        } else if (error == VAULT_OK && event == XML_EVENT_END) {
            error = VAULT_EINTERNAL; /* the reader lets no unclosed element through */
        }
    }
    /* What follows the root must be well-formed too. */
    while (error == VAULT_OK && event != XML_EVENT_END) {
        error = xml_stream_next(saft->stream, &event);
    }
    return error;
}

static int open_root(struct saft *saft)
{
    enum xml_event event;
    int error = xml_stream_open(saft->run, NULL, &saft->stream);
    error = error == VAULT_OK ? xml_stream_next(saft->stream, &event) : error;
    if (error != VAULT_OK) {
        return error;
    }
    if (event != XML_EVENT_ELEMENT || strcmp(xml_stream_name(saft->stream), "AuditFile") != 0) {
        return failure_set(saft->run->failure, VAULT_EINPUT,
            "line %d: the root element is %.60s, not AuditFile", xml_stream_line(saft->stream),
            xml_stream_name(saft->stream));
    }
    saft->parties = json_object();
    error = saft->parties == NULL ? VAULT_ENOMEM : VAULT_OK;
    return error == VAULT_OK ? xml_stream_enter(saft->stream, &saft->rest, NULL, &saft->rest_root) : error;
}

static int read_saft(struct import_run *run)
{
    struct saft saft = {.run = run};
    int error = open_root(&saft);
    error = error == VAULT_OK ? walk(&saft) : error;
    if (error == VAULT_OK && saft.rest_root->first != NULL) {
        error = xml_table_row(run, saft.rest_root, "AuditFile", &saft.company);
    }
    xml_tree_reset(&saft.tree);
    xml_tree_reset(&saft.header);
    xml_tree_reset(&saft.rest);
    json_decref(saft.parties);
    xml_stream_free(saft.stream);
    wipe(&saft, sizeof saft);
    return error;
}

const struct import_format format_saft = {
    "saft", "SAF-T audit file (Portugal 1.04, Norway 1.10 to 1.30)", recognise, read_saft};
