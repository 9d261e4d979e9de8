/**
 * @file format_private.h
 * Inside the room: what one format is to import.c, and the helpers that every reader shares.
 */
#ifndef VAULT_FORMATS_FORMAT_PRIVATE_H
#define VAULT_FORMATS_FORMAT_PRIVATE_H

#include "vault/formats/check_digit.h"
#include "vault/base/decimal.h"
#include "vault/formats/import.h"
#include "vault/formats/limits.h"

/** One import_read() under way. */
struct import_run {
    const char *path;
    const char *name; /* as shown */
    const struct import_options *options;
    const struct import_sink *sink;
    struct import_summary *summary;
    struct failure *failure;
    json_t *unmapped_seen; /* object used as a set: a name is told once */
    uint64_t refused;      /* places refused so far; told to the sink up to LIMIT_REFUSALS */
    uint64_t warned;
};

/** One format: a row of the table in import.c. */
struct import_format {
    const char *name;
    const char *description;
    /** How sure, 0 (no) to 100, from the first bytes (up to 64 KiB, as in the file) and the file's name. */
    int (*recognise)(struct bytes head, const char *name);
    int (*read)(struct import_run *run);
};

/* One row each in import.c; the xml ones live in files of their own family. */
extern const struct import_format format_saft, format_ubl, format_cii, format_camt, format_einvoice,
    format_ofx;
extern const struct import_format format_ofd;
extern const struct import_format format_agency_csv, format_bank_csv, format_datev, format_table_csv;
extern const struct import_format format_xlsx, format_own_jsonl, format_own_csv, format_attachment;

/* run.c: each wraps a callback of the sink (absent ones are skipped) and returns what it returned. */
int run_record(struct import_run *run, struct draft *draft);
int run_refuse(struct import_run *run, const char *where, const char *format, ...) VAULT_PRINTF(3, 4);
/** At the end of a file: how many were refused beyond LIMIT_REFUSALS, if any. */
int run_refuse_rest(struct import_run *run);
int run_warn(struct import_run *run, const char *where, const char *format, ...) VAULT_PRINTF(3, 4);
int run_unmapped(struct import_run *run, const char *name);
/** Compare decimals by value; @p stated NULL means that the file states none (then ok). */
int run_control(struct import_run *run, const char *name, const char *stated, struct decimal computed);
int run_control_count(struct import_run *run, const char *name, const char *stated, uint64_t computed);

/* value.c: cells as people write them -> canonical text. */

/** Set object[name] = text unless text is empty; 0 or VAULT_ENOMEM. */
int value_set(json_t *object, const char *name, struct bytes text) VAULT_MUST_CHECK;

/**
 * "1,234.56", "￥1，234．56", "(99.00)", "-99", "1.234,56" (only when @p comma_decimal) -> plain decimal
 * text.
 * @retval VAULT_EINPUT  not an amount; VAULT_ELIMIT  too many digits, or a numeric cell whose digits are lost
 *                       (6.22202E+18).
 */
int value_amount(struct bytes text, bool comma_decimal, char plain[DECIMAL_TEXT_SIZE]) VAULT_MUST_CHECK;

/** 2024-01-05, 2024/1/5, 20240105, 2024年1月5日, 2024.01.05, 05.01.2024 (@p day_first) -> YYYY-MM-DD. */
int value_date(struct bytes text, bool day_first, char date[11]) VAULT_MUST_CHECK;

/** 202401, 2024年1月, 2024-01, 2024.01, a whole date -> YYYY-MM. */
int value_period(struct bytes text, char period[8]) VAULT_MUST_CHECK;

/** Hour, minute and second of "10:17", "10:17:03", "101703" or the end of a whole moment -> hh:mm:ss. */
int value_time(struct bytes text, char time[9]) VAULT_MUST_CHECK;

/** Days since 1899-12-30 as spreadsheets count (1904-01-01 if @p base_1904) -> YYYY-MM-DD. */
int value_serial_date(int64_t serial, bool base_1904, char date[11]) VAULT_MUST_CHECK;

/** "1%", "0.13", "13" as read, the sign of per cent taken off: "1", "0.13", "13"; VAULT_EINPUT for other
 * text. */
int value_rate(struct bytes text, char plain[DECIMAL_TEXT_SIZE]) VAULT_MUST_CHECK;

/** "人民币", "RMB", "￥" -> "CNY" and so on; a code of three letters in upper case; NULL if neither. */
const char *value_currency(struct bytes text, char code[4]);

#endif
