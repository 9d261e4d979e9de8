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
    {"id", N_("ID"), false},
    {"kind", N_("KIND"), false},
    {"period", N_("PERIOD"), false},
    {"date", N_("DATE"), false},
    {"key", N_("KEY"), false},
    {"title", N_("TITLE"), false},
    {"version", N_("VERSION"), true},
    {0},
};

static const struct column search_columns[] = {
    {"client", N_("CLIENT"), false},
    {"record", N_("RECORD"), false},
    {"kind", N_("KIND"), false},
    {"title", N_("TITLE"), false},
    {"matched", N_("MATCHED"), false},
    {0},
};

static const struct column history_columns[] = {
    {"version", N_("VERSION"), true},
    {"at", N_("AT"), false},
    {"author", N_("AUTHOR"), false},
    {"event", N_("EVENT"), true},
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
