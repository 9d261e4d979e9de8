/* How a page writes words, days, moments, months and kinds of records, and how a value gets into it. */
#include "vault/ops/incident/document_fill_private.h"

#include <stdio.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/law/clock.h"
#include "vault/law/duties.h"

const char *fill_word(const struct filling *f, const json_t *entry)
{
    const char *word = json_text(entry, f->zh ? "zh" : "en");
    return word == NULL ? "" : word;
}

json_t *fill_taken(struct buffer *text)
{
    json_t *value = text->size == 0 ? NULL : json_of_buffer(text);
    buffer_free(text);
    return value;
}

/* Somebody's own words stand; nothing that is not known takes their place. */
int fill_put(struct filling *f, const char *field, json_t *value)
{
    const char *given = json_text(f->values, field);
    if (value == NULL || (given != NULL && given[0] != '\0')) {
        json_decref(value);
        return VAULT_OK;
    }
    return json_object_set_new(f->values, field, value) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

int fill_list(struct filling *f, const char *name, json_t *rows)
{
    json_t *list = json_array_size(rows) == 0 ? NULL : json_pack("{s:O}", "rows", rows);
    json_decref(rows);
    return fill_put(f, name, list);
}

static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December"};

void fill_day(const struct filling *f, int64_t local, struct buffer *text)
{
    int year;
    int month;
    int day;
    int64_t days = local / 86400000 - (local % 86400000 < 0);
    day_date(days, &year, &month, &day);
    if (f->zh)
        buffer_put_format(text, "%d年%d月%d日", year, month, day);
    else
        buffer_put_format(text, "%d %s %d", day, months[month - 1], year);
}

/* By the clocks of the place whose law it is about. */
int64_t fill_local(const struct filling *f, int64_t instant)
{
    return instant + (int64_t)law_offset(f->step->law, f->zone, instant) * 60000;
}

void fill_moment(const struct filling *f, int64_t instant, struct buffer *text)
{
    int64_t local = fill_local(f, instant);
    int64_t minute = local / 60000 % 1440;
    /* Who gave a day gave no hour. */
    if (instant % 86400000 == 0) {
        fill_day(f, instant, text);
        return;
    }
    fill_day(f, local, text);
    buffer_put_format(text, f->zh ? "%d时%02d分" : ", %02d:%02d", (int)(minute / 60), (int)(minute % 60));
}

json_t *fill_date(const struct filling *f, int64_t instant)
{
    struct buffer text = {0};
    fill_day(f, fill_local(f, instant), &text);
    return fill_taken(&text);
}

/* --- Records --- */

const char *fill_kind(const struct filling *f, const char *name)
{
    static const char *const words[][3] = {{"client", "客户档案", "client card"},
        {"contact", "联系人", "contacts"}, {"bank_account", "银行账户", "bank accounts"},
        {"ledger_account", "会计科目", "ledger accounts"},
        {"account_balance", "科目余额", "account balances"}, {"voucher", "记账凭证", "vouchers"},
        {"invoice", "发票", "invoices"}, {"bank_transaction", "银行流水", "bank transactions"},
        {"tax_filing", "纳税申报表", "tax filings"}, {"payroll_entry", "工资明细", "payroll entries"},
        {"contract", "合同", "contracts"}, {"party", "往来单位", "business partners"},
        {"product", "存货品目", "products"}, {"attachment", "附件", "attachments"},
        {"table_row", "其他表格资料", "other tables"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i][0], name) == 0)
            return words[i][f->zh ? 1 : 2];
    }
    return name;
}

/* A month as letters name it; a year, or whatever else a period is, as it stands. */
static void put_period(const struct filling *f, const char *period, struct buffer *text)
{
    int year;
    int month;
    char rest;
    bool is_month = strlen(period) == 7 && sscanf(period, "%4d-%2d%c", &year, &month, &rest) == 2 &&
                    month >= 1 && month <= 12;
    if (!is_month)
        buffer_put_text(text, period);
    else if (f->zh)
        buffer_put_format(text, "%d年%d月", year, month);
    else
        buffer_put_format(text, "%s %d", months[month - 1], year);
}

json_t *fill_period(const struct filling *f, const json_t *of)
{
    const char *from = json_text(of, "from");
    const char *to = json_text(of, "to");
    struct buffer text = {0};
    if (from == NULL || to == NULL)
        return json_string(IN(f, "—", "–"));
    put_period(f, from, &text);
    if (strcmp(from, to) != 0) {
        buffer_put_text(&text, IN(f, "至", " to "));
        put_period(f, to, &text);
    }
    return fill_taken(&text);
}
