/* list, search, history */
#include "cli/cli.h"
#include "cli/words.h"

#define KINDS \
    "client contact bank_account ledger_account account_balance voucher invoice bank_transaction " \
    "tax_filing " \
    "payroll_entry contract party product attachment table_row"

static const struct positional one_client[] = {{N_("CLIENT"), POSITIONAL_ONE, "client"}, {0}};
static const struct positional one_record[] = {
    {N_("CLIENT"), POSITIONAL_ONE, "client"}, {N_("RECORD"), POSITIONAL_ONE, "record"}, {0}};
static const struct positional one_word[] = {{N_("WORD"), POSITIONAL_ONE, "word"}, {0}};

static const struct option list_options[] = {
    {.name = "kind",
        .value = N_("KIND"),
        .form = OPTION_TEXT,
        .member = "kind",
        .help = N_("only records of this kind"),
        .choices = KINDS},
    {.name = "period",
        .value = N_("PERIOD"),
        .form = OPTION_TEXT,
        .member = "period",
        .help = N_("YYYY, YYYY-MM, or FROM..TO of either")},
    {.name = "purpose",
        .value = N_("PURPOSE"),
        .form = OPTION_TEXT,
        .member = "purpose",
        .help = N_("why: a code, or CODE:REFERENCE")},
    {0},
};

static const struct option search_options[] = {
    {.name = "client",
        .value = N_("CLIENT"),
        .form = OPTION_TEXT,
        .member = "client",
        .help = N_("only records of this client")},
    {.name = "limit",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "limit",
        .help = N_("at most so many results")},
    {.name = "purpose",
        .value = N_("PURPOSE"),
        .form = OPTION_TEXT,
        .member = "purpose",
        .help = N_("why: a code, or CODE:REFERENCE")},
    {0},
};

static const struct column list_columns[] = {
    {"id", N_("ID"), COLUMN_ID},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"period", N_("PERIOD"), COLUMN_TEXT},
    {"date", N_("DATE"), COLUMN_TEXT},
    {"key", N_("KEY"), COLUMN_TEXT},
    {"title", N_("TITLE"), COLUMN_TEXT},
    {"version", N_("VERSION"), COLUMN_NUMBER},
    {0},
};

static const struct column search_columns[] = {
    {"client", N_("CLIENT"), COLUMN_TEXT},
    {"record", N_("RECORD"), COLUMN_ID},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"title", N_("TITLE"), COLUMN_TEXT},
    {"matched", N_("MATCHED"), COLUMN_TEXT},
    {0},
};

static const struct column history_columns[] = {
    {"version", N_("VERSION"), COLUMN_NUMBER},
    {"at", N_("AT"), COLUMN_TEXT},
    {"author", N_("AUTHOR"), COLUMN_TEXT},
    {"event", N_("EVENT"), COLUMN_NUMBER},
    {"file", N_("FILE"), COLUMN_TEXT},
    {0},
};

const struct command commands_list[] = {
    {.name = "list",
        .summary = N_("list a client's records"),
        .positionals = one_client,
        .options = list_options,
        .operation = "record.list",
        .columns = list_columns,
        .none = N_("There are no such records.")},
    {.name = "search",
        .summary = N_("find records by name, tax id, document number or counterparty"),
        .positionals = one_word,
        .options = search_options,
        .operation = "record.search",
        .columns = search_columns,
        .none = N_("Nothing was found.")},
    {.name = "history",
        .summary = N_("list the versions of a record and who wrote them"),
        .positionals = one_record,
        .operation = "record.history",
        .columns = history_columns,
        .none = N_("There are no versions.")},
    {0},
};
