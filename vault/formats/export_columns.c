#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/json.h"
#include "vault/formats/export_private.h"

const char *const export_fixed[EXPORT_FIXED_COLUMNS] = {
    "kind", "record_id", "version", "period", "date", "client_no", "client_name", "client_tax_id", "masked"};

#define PARTY(of) \
    of ".name " of ".tax_id " of ".address " of ".phone " of ".email " of ".bank " of ".bank_account "

/* The canonical fields in the order in which people read them; # amount, ? yes or no. */
static const char *const kind_columns[KIND_LAST + 1] = {
    [KIND_CLIENT] =
        "client_no name tax_id country taxpayer_type accounting_standard industry "
        "legal_representative.name legal_representative.id_no contact phone landline email address bank "
        "bank_account start_period accountant status remark",
    [KIND_CONTACT] = "name position mobile id_no wechat email",
    [KIND_BANK_ACCOUNT] = "holder nature bank account_no currency enabled?",
    [KIND_LEDGER_ACCOUNT] = "code name parent type balance_side leaf? standard_code",
    [KIND_ACCOUNT_BALANCE] =
        "code name period opening_side opening# debit# credit# closing_side closing# currency "
        "quantity# scenario department",
    [KIND_VOUCHER] =
        "type no date description attachments prepared_by reviewed_by posted_by lines[].line_no "
        "lines[].summary "
        "lines[].account_code lines[].account_name lines[].debit# lines[].credit# lines[].currency "
        "lines[].rate# "
        "lines[].original_amount# lines[].quantity# lines[].customer lines[].supplier lines[].department "
        "lines[].employee lines[].project lines[].item lines[].counterparty lines[].tax_code "
        "lines[].tax_rate# "
        "lines[].tax_base# lines[].tax_amount# lines[].document",
    [KIND_INVOICE] = "direction type code no issue_date due_date " PARTY("seller")
        PARTY("buyer") "lines[].line_no lines[].item lines[].description lines[].spec lines[].unit "
                       "lines[].quantity# lines[].price# "
                       "lines[].net# lines[].tax_code lines[].tax_rate# lines[].tax# lines[].gross# net# "
                       "tax# gross# due# currency "
                       "status refers_to check_code drawer remark",
    [KIND_BANK_TRANSACTION] =
        "account_no bank_ref booking_date booking_time value_date amount# currency "
        "balance_after# counterparty.name counterparty.account counterparty.bank summary memo "
        "type statement end_to_end_id",
    [KIND_TAX_FILING] =
        "tax_type period_from period_to filed_on base# rate# due# relief# paid# status form_no",
    [KIND_PAYROLL_ENTRY] =
        "period employee.no employee.name employee.id_no employee.mobile employee.bank_card base# "
        "bonus# gross# social.pension# social.medical# social.unemployment# housing_fund# "
        "income_tax# net#",
    [KIND_CONTRACT] = "no service from to billing amount# received# counterparty remark",
    [KIND_PARTY] = "role party_no name tax_id account_code address phone email",
    [KIND_PRODUCT] = "code type group description number_code",
    [KIND_ATTACHMENT] = "file_name media_type bytes sha256 description",
    [KIND_TABLE_ROW] = "table",
};

void export_column_free(struct export_column *column)
{
    free(column->path);
    free(column->parent);
    memset(column, 0, sizeof *column);
}

void export_section_free(struct export_section *section)
{
    for (size_t i = 0; i < section->count; i++)
        export_column_free(&section->columns[i]);
    free(section->columns);
    free(section->table);
    memset(section, 0, sizeof *section);
}

/* The entry of @p path in the kind's list: its type, or CELL_TEXT if it is not listed. */
static enum cell_type listed_type(enum record_kind kind, const char *path)
{
    size_t size = strlen(path);
    const char *at = kind_columns[kind];
    while (*at != '\0') {
        size_t word = strcspn(at, " ");
        if (word >= size && strncmp(at, path, size) == 0 && word <= size + 1) {
            if (word == size)
                return CELL_TEXT;
            if (at[size] == '#' || at[size] == '?')
                return at[size] == '#' ? CELL_AMOUNT : CELL_BOOLEAN;
        }
        at += word + strspn(at + word, " ");
    }
    return CELL_TEXT;
}

/* Columns of unknown tables have no parts: a dot is a dot. */
static int split(struct export_column *column)
{
    const char *dot = strchr(column->path, '.');
    column->name = column->path;
    if (strncmp(column->path, "lines[].", 8) == 0) {
        column->line = true;
        column->name = column->path + 8;
    } else if (dot != NULL) {
        column->parent = strndup(column->path, (size_t)(dot - column->path));
        column->name = dot + 1;
        return column->parent == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    return VAULT_OK;
}

int export_column_parse(enum record_kind kind, const char *heading, struct export_column *column)
{
    memset(column, 0, sizeof *column);
    column->path = strdup(heading);
    if (column->path == NULL)
        return VAULT_ENOMEM;
    column->name = column->path;
    column->type = listed_type(kind, heading);
    if (strcmp(heading, EXPORT_MORE) == 0 || strcmp(heading, EXPORT_LINE_MORE) == 0)
        column->type = CELL_JSON;
    int result = kind == KIND_TABLE_ROW ? VAULT_OK : split(column);
    if (kind != KIND_TABLE_ROW && column->type == CELL_TEXT)
        column->slots = marker_slots(bytes_of_text(column->name));
    return result;
}

static int add_column(struct export_section *section, const char *heading, size_t size)
{
    char *name = strndup(heading, size);
    int result = VAULT_ENOMEM;
    struct export_column *grown = reallocarray(section->columns, section->count + 1, sizeof *grown);
    if (grown != NULL)
        section->columns = grown;
    if (grown != NULL && name != NULL)
        result = export_column_parse(section->kind, name, &grown[section->count]);
    if (result == VAULT_OK)
        section->count++;
    else if (grown != NULL && name != NULL)
        export_column_free(&grown[section->count]);
    free(name);
    return result;
}

static bool has_column(const struct export_section *section, const char *path)
{
    for (size_t i = 0; i < section->count; i++) {
        if (strcmp(section->columns[i].path, path) == 0)
            return true;
    }
    return false;
}

static bool can_be_column(const char *name, const json_t *value)
{
    return json_is_string(value) && json_string_length(value) > 0 && name[0] != '\0' && strlen(name) <= 200 &&
           strcmp(name, EXPORT_MORE) != 0;
}

static const char *table_name(const struct export_row *row)
{
    const char *name = row->kind == KIND_TABLE_ROW ? json_text(row->fields, "table") : NULL;
    return name == NULL ? "" : name;
}

bool export_section_like(const struct export_section *section, const struct export_row *row)
{
    return section->kind == row->kind && strcmp(section->table, table_name(row)) == 0;
}

bool export_section_fits(const struct export_section *section, const struct export_row *row)
{
    const char *name;
    json_t *value;
    if (!export_section_like(section, row))
        return false;
    if (row->kind != KIND_TABLE_ROW)
        return true;
    json_object_foreach((json_t *)(uintptr_t)row->fields, name, value)
    {
        if (can_be_column(name, value) && !has_column(section, name))
            return false;
    }
    return true;
}

static int add_listed(struct export_section *section)
{
    int result = VAULT_OK;
    const char *at = kind_columns[section->kind];
    while (*at != '\0' && result == VAULT_OK) {
        size_t word = strcspn(at, " ");
        bool typed = at[word - 1] == '#' || at[word - 1] == '?';
        result = add_column(section, at, word - typed);
        at += word + strspn(at + word, " ");
    }
    return result;
}

static int add_members(struct export_section *section, const struct export_row *row)
{
    const char *name;
    json_t *value;
    int result = VAULT_OK;
    json_object_foreach((json_t *)(uintptr_t)row->fields, name, value)
    {
        if (result == VAULT_OK && section->count < 1000 && can_be_column(name, value) &&
            !has_column(section, name))
            result = add_column(section, name, strlen(name));
    }
    return result;
}

int export_section_make(
    const struct export_row *row, const struct export_section *before, struct export_section *section)
{
    memset(section, 0, sizeof *section);
    section->kind = row->kind;
    section->table = strdup(table_name(row));
    int result = section->table == NULL ? VAULT_ENOMEM : add_listed(section);
    for (size_t i = 1;
         before != NULL && i < before->count && result == VAULT_OK && row->kind == KIND_TABLE_ROW; i++) {
        if (strcmp(before->columns[i].path, EXPORT_MORE) != 0)
            result = add_column(section, before->columns[i].path, strlen(before->columns[i].path));
    }
    if (result == VAULT_OK && row->kind == KIND_TABLE_ROW)
        result = add_members(section, row);
    if (result == VAULT_OK && (row->kind == KIND_VOUCHER || row->kind == KIND_INVOICE))
        result = add_column(section, EXPORT_LINE_MORE, strlen(EXPORT_LINE_MORE));
    if (result == VAULT_OK)
        result = add_column(section, EXPORT_MORE, strlen(EXPORT_MORE));
    if (result != VAULT_OK)
        export_section_free(section);
    return result;
}
