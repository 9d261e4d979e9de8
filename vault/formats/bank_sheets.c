#include "vault/formats/sheet_private.h"

/*
 * Banks write from their own side: 借 is money out of the client's account.  The general sheet takes what
 * most banks and payment services export; a statement of a credit card has what was spent as positive, so
 * that its few signatures are sheets of their own.
 */

static const struct word money_sides[] = {
    {"收入", "in"},
    {"支出", "out"},
    {"收", "in"},
    {"支", "out"},
    {"贷", "in"},
    {"借", "out"},
    {"贷 Cr", "in"},
    {"借 Dr", "out"},
    {"贷方", "in"},
    {"借方", "out"},
    {"CREDIT", "in"},
    {"DEBIT", "out"},
    {"Credit", "in"},
    {"Debit", "out"},
    {"Cr", "in"},
    {"Dr", "out"},
    {"C", "in"},
    {"D", "out"},
    {"转入", "in"},
    {"转出", "out"},
    {NULL, NULL},
};

static const struct column bank[] = {
    {"记账日期|交易日期|入账日期|银行记账日|交易日|交易时间|交易成功时间|交易创建时间|dateposted|"
     "transactiondate|date",
        "booking_date", COLUMN_MOMENT, COLUMN_REQUIRED, NULL},
    {"记账时间|交易时间", "booking_time", COLUMN_TIME, 0, NULL},
    {"记账金额(收入)|贷方发生额|贷方发生额(收入)|贷方金额|收入金额|存入金额|收入|存入|贷方|交易金额(收入)",
        NULL, COLUMN_MONEY_IN, 0, NULL},
    {"记账金额(支出)|借方发生额|借方发生额(支出)|借方金额|支出金额|支取金额|支出|支取|借方|交易金额(支出)",
        NULL, COLUMN_MONEY_OUT, 0, NULL},
    {"发生额|交易金额|交易金额(元)|实付金额|金额|金额(元)|transactionamount", NULL, COLUMN_MONEY, 0, NULL},
    {"收/支|借贷|借贷标志|借贷方向|收支|收支方向|transactiontype|credit/debit", NULL, COLUMN_MONEY_SIDE, 0,
        money_sides},
    {"本方账号|本方帐号|账号|帐号|卡号|借记卡号|卡号后四位|card#|firstbankcard", "account_no", COLUMN_DIGITS,
        0, NULL},
    {"账户余额|余额|联机余额|本次余额|当前余额|交易后余额|balance", "balance_after", COLUMN_SOFT_AMOUNT, 0,
        NULL},
    {"币种|币别|货币|记账币种|交易币种|交易货币", "currency", COLUMN_CURRENCY, 0, NULL},
    {"交易流水号|交易单号|交易订单号|日志号|流水号|交易号|凭证号", "bank_ref", COLUMN_DIGITS, 0, NULL},
    {"对方户名|对方账户名|对方账户名称|对方名称|交易对方|对手信息|商户名称|对方单位|对方单位名称",
        "counterparty.name", COLUMN_TEXT, 0, NULL},
    {"对方账号|对方卡号/账号|对方账户|对方帐号", "counterparty.account", COLUMN_DIGITS, 0, NULL},
    {"对方开户行|对方银行|对方行名|对方开户银行", "counterparty.bank", COLUMN_TEXT, 0, NULL},
    {"摘要|交易摘要|交易说明|交易描述|商品说明|商品|订单标题|交易名称|description", "summary", COLUMN_TEXT, 0,
        NULL},
    {"附言|交易附言|备注|客户摘要|用途", "memo", COLUMN_TEXT, 0, NULL},
    {"交易类型|交易分类|交易方式", "type", COLUMN_TEXT, 0, NULL},
    {"序号", NULL, COLUMN_IGNORED, 0, NULL},
};

static const struct column agency_bank[] = {
    {"本方账号|本方帐号", "account_no", COLUMN_DIGITS, COLUMN_REQUIRED, NULL},
    {"客户编号|客户代码|企业编号", NULL, COLUMN_CLIENT_NO, COLUMN_REQUIRED, NULL},
    {"交易日期|记账日期", "booking_date", COLUMN_MOMENT, COLUMN_REQUIRED, NULL},
    {"交易时间", "booking_time", COLUMN_TIME, 0, NULL},
    {"交易流水号|流水号", "bank_ref", COLUMN_DIGITS, 0, NULL},
    {"借方发生额", NULL, COLUMN_MONEY_OUT, 0, NULL},
    {"贷方发生额", NULL, COLUMN_MONEY_IN, 0, NULL},
    {"账户余额|余额", "balance_after", COLUMN_SOFT_AMOUNT, 0, NULL},
    {"币种|币别", "currency", COLUMN_CURRENCY, 0, NULL},
    {"对方户名", "counterparty.name", COLUMN_TEXT, 0, NULL},
    {"对方账号", "counterparty.account", COLUMN_DIGITS, 0, NULL},
    {"对方开户行", "counterparty.bank", COLUMN_TEXT, 0, NULL},
    {"摘要", "summary", COLUMN_TEXT, 0, NULL},
    {"附言|备注", "memo", COLUMN_TEXT, 0, NULL},
};

/* 广发, 招商, 交通, BMO: statements of credit cards. */
static const struct column card_statement[] = {
    {"入账金额|人民币金额|transactionamount|入账币种/金额", NULL, COLUMN_MONEY_OWED, COLUMN_REQUIRED, NULL},
    {"入账日期|记账日|记账日期|postingdate", "booking_date", COLUMN_SOFT_DATE, COLUMN_REQUIRED, NULL},
    {"交易摘要|交易说明|description", "summary", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    {"交易日期|交易日|transactiondate", "value_date", COLUMN_SOFT_DATE, 0, NULL},
    {"入账货币", "currency", COLUMN_CURRENCY, 0, NULL},
    {"卡号末四位|card#", "account_no", COLUMN_DIGITS, 0, NULL},
    {"item#", NULL, COLUMN_IGNORED, 0, NULL},
};

/* HSBC: days come first. */
static const struct column bank_day_first[] = {
    {"billingamount", NULL, COLUMN_MONEY, COLUMN_REQUIRED, NULL},
    {"billingcurrency", "currency", COLUMN_CURRENCY, COLUMN_REQUIRED, NULL},
    {"postdate|date", "booking_date", COLUMN_DAY_FIRST, COLUMN_REQUIRED, NULL},
    {"transactiondate", "value_date", COLUMN_DAY_FIRST, 0, NULL},
    {"description", "summary", COLUMN_TEXT, 0, NULL},
    {"balance", "balance_after", COLUMN_SOFT_AMOUNT, 0, NULL},
    {"merchantname", "counterparty.name", COLUMN_TEXT, 0, NULL},
    {"transactionstatus", "type", COLUMN_TEXT, 0, NULL},
    {"credit/debit", NULL, COLUMN_MONEY_SIDE, 0, money_sides},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BANK(list, least, sheet_name, format_name) \
    { \
        .name = (sheet_name), .format = (format_name), .kind = KIND_BANK_TRANSACTION, .columns = (list), \
        .column_count = COUNT(list), .minimum = (least), .dashes = true, .date = "booking_date", \
        .period = "booking_date", .finish = finish_bank \
    }

const struct sheet sheet_agency_bank = BANK(agency_bank, 5, "bank_lines", "csv-agency");
const struct sheet sheet_bank = BANK(bank, 4, "bank", "csv-bank");
const struct sheet sheet_card_statement = BANK(card_statement, 4, "card", "csv-bank");
const struct sheet sheet_bank_day_first = BANK(bank_day_first, 4, "bank_day_first", "csv-bank");
