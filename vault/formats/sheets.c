#include "vault/formats/sheet_private.h"

static const struct word yes_no[] = {
    {"是", "true"},
    {"1", "true"},
    {"true", "true"},
    {"启用", "true"},
    {"y", "true"},
    {"√", "true"},
    {"否", "false"},
    {"0", "false"},
    {"false", "false"},
    {"停用", "false"},
    {"n", "false"},
    {NULL, NULL},
};

static const struct word one_zero[] = {
    {"1", "true"},
    {"0", "false"},
    {"是", "true"},
    {"否", "false"},
    {"末级", "true"},
    {"非末级", "false"},
    {NULL, NULL},
};

static const struct word sides[] = {
    {"借", "debit"},
    {"贷", "credit"},
    {"平", "even"},
    {"借方", "debit"},
    {"贷方", "credit"},
    {"D", "debit"},
    {"C", "credit"},
    {NULL, NULL},
};

static const struct word directions[] = {
    {"销项", "out"},
    {"进项", "in"},
    {"销", "out"},
    {"进", "in"},
    {"开具", "out"},
    {"取得", "in"},
    {"销项发票", "out"},
    {"进项发票", "in"},
    {NULL, NULL},
};

static const struct word invoice_states[] = {
    {"正常", "normal"},
    {"红冲", "red"},
    {"作废", "void"},
    {"已作废", "void"},
    {"红字", "red"},
    {"已红冲", "red"},
    {"部分红冲", "partly-red"},
    {"已红冲-全额", "red"},
    {NULL, NULL},
};

#define CLIENT_COLUMNS \
    { \
        .headings = "客户编号|客户代码|企业编号", .type = COLUMN_CLIENT_NO \
    }

static const struct column clients[] = {
    {"客户名称|企业名称|单位名称|公司名称|纳税人名称", "name", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    {"统一社会信用代码|纳税人识别号|社会信用代码|税号", "tax_id", COLUMN_TAX_ID, COLUMN_REQUIRED, NULL},
    {"客户编号|客户代码|企业编号", "client_no", COLUMN_DIGITS, 0, NULL},
    {"纳税人类型|纳税人性质|纳税人资格", "taxpayer_type", COLUMN_TEXT, 0, NULL},
    {"会计准则|会计制度", "accounting_standard", COLUMN_TEXT, 0, NULL},
    {"行业|所属行业", "industry", COLUMN_TEXT, 0, NULL},
    {"法定代表人|法人|法人代表|法定代表人姓名", "legal_representative.name", COLUMN_TEXT, 0, NULL},
    {"法人身份证号|法定代表人身份证号|法人身份证", "legal_representative.id_no", COLUMN_PERSON_ID, 0, NULL},
    {"联系人", "contact", COLUMN_TEXT, 0, NULL},
    {"联系电话|手机|手机号码|联系人电话", "phone", COLUMN_DIGITS, 0, NULL},
    {"固定电话|座机", "landline", COLUMN_DIGITS, 0, NULL},
    {"电子邮箱|邮箱", "email", COLUMN_TEXT, 0, NULL},
    {"注册地址|地址|经营地址", "address", COLUMN_TEXT, 0, NULL},
    {"开户银行|开户行", "bank", COLUMN_TEXT, 0, NULL},
    {"银行账号|银行帐号|账号", "bank_account", COLUMN_DIGITS, 0, NULL},
    {"启用期间|建账期间|启用年月", "start_period", COLUMN_PERIOD, 0, NULL},
    {"服务会计|主办会计|记账会计", "accountant", COLUMN_TEXT, 0, NULL},
    {"服务状态|客户状态|状态", "status", COLUMN_TEXT, 0, NULL},
    {"备注", "remark", COLUMN_TEXT, 0, NULL},
};

static const struct column contacts[] = {
    {"姓名|联系人", "name", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    {"职务|职位|岗位", "position", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    {"手机号码|手机|联系电话", "mobile", COLUMN_DIGITS, 0, NULL},
    CLIENT_COLUMNS,
    {"身份证号|身份证号码|证件号码", "id_no", COLUMN_PERSON_ID, 0, NULL},
    {"微信号|微信", "wechat", COLUMN_TEXT, 0, NULL},
    {"电子邮箱|邮箱", "email", COLUMN_TEXT, 0, NULL},
};

static const struct column bank_accounts[] = {
    {"银行账号|银行帐号|账号", "account_no", COLUMN_DIGITS, COLUMN_REQUIRED, NULL},
    {"户名|账户名称|开户名称", "holder", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    {"开户银行|开户行", "bank", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    CLIENT_COLUMNS,
    {"账户性质|账户类型", "nature", COLUMN_TEXT, 0, NULL},
    {"币种|币别", "currency", COLUMN_CURRENCY, 0, NULL},
    {"是否启用|启用", "enabled", COLUMN_BOOLEAN, 0, yes_no},
};

static const struct column ledger_accounts[] = {
    {"科目编码|科目代码|科目编号", "code", COLUMN_DIGITS, COLUMN_REQUIRED, NULL},
    {"科目名称", "name", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    {"余额方向|科目方向|借贷方向", "balance_side", COLUMN_WORD, COLUMN_REQUIRED, sides},
    CLIENT_COLUMNS,
    {"科目类别|科目类型", "type", COLUMN_TEXT, 0, NULL},
    {"上级科目|上级科目编码|上级编码", "parent", COLUMN_DIGITS, 0, NULL},
    {"是否末级|末级", "leaf", COLUMN_BOOLEAN, 0, one_zero},
    {"标准科目编码|标准编码", "standard_code", COLUMN_DIGITS, 0, NULL},
};

static const struct column vouchers[] = {
    {"科目编码|科目代码|科目编号", "lines.account_code", COLUMN_DIGITS, COLUMN_REQUIRED, NULL},
    {"借方金额|借方|借方本币金额|借方本币", "lines.debit", COLUMN_AMOUNT, COLUMN_REQUIRED | COLUMN_DEBIT,
        NULL},
    {"贷方金额|贷方|贷方本币金额|贷方本币", "lines.credit", COLUMN_AMOUNT, COLUMN_REQUIRED | COLUMN_CREDIT,
        NULL},
    {"客户编号|企业编号", NULL, COLUMN_CLIENT_NO, COLUMN_KEY, NULL},
    {"凭证日期|日期|记账凭证日期|制单日期", "date", COLUMN_DATE, COLUMN_KEY, NULL},
    {"凭证字|凭证类别|凭证类型", "type", COLUMN_TEXT, COLUMN_KEY, NULL},
    {"凭证号|凭证编号|记账凭证编号", "no", COLUMN_DIGITS, COLUMN_KEY, NULL},
    {"凭证字号", NULL, COLUMN_VOUCHER_ID, COLUMN_KEY, NULL},
    {"会计年度|年度", NULL, COLUMN_YEAR, 0, NULL},
    {"会计期间|期间|会计期间号", NULL, COLUMN_MONTH, 0, NULL},
    {"附件数|附单据数|附件张数", "attachments", COLUMN_DIGITS, 0, NULL},
    {"分录号|分录序号|行号|记账凭证行号|序号", "lines.line_no", COLUMN_DIGITS, 0, NULL},
    {"摘要|记账凭证摘要", "lines.summary", COLUMN_TEXT, 0, NULL},
    {"科目名称", "lines.account_name", COLUMN_TEXT, 0, NULL},
    {"币别|币种|币种编码", "lines.currency", COLUMN_CURRENCY, 0, NULL},
    {"汇率", "lines.rate", COLUMN_SOFT_AMOUNT, 0, NULL},
    {"原币金额|外币金额|外币", "lines.original_amount", COLUMN_SOFT_AMOUNT, 0, NULL},
    {"数量", "lines.quantity", COLUMN_SOFT_AMOUNT, 0, NULL},
    {"往来单位", "lines.counterparty", COLUMN_TEXT, 0, NULL},
    {"客户|客户名称", "lines.customer", COLUMN_TEXT, 0, NULL},
    {"供应商|供应商名称", "lines.supplier", COLUMN_TEXT, 0, NULL},
    {"部门", "lines.department", COLUMN_TEXT, 0, NULL},
    {"职员|员工|个人", "lines.employee", COLUMN_TEXT, 0, NULL},
    {"项目", "lines.project", COLUMN_TEXT, 0, NULL},
    {"存货", "lines.item", COLUMN_TEXT, 0, NULL},
    {"发票号|票号|票据号", "lines.document", COLUMN_DIGITS, 0, NULL},
    {"制单人|制单", "prepared_by", COLUMN_TEXT, 0, NULL},
    {"审核人|审核", "reviewed_by", COLUMN_TEXT, 0, NULL},
    {"记账人|过账人|记账", "posted_by", COLUMN_TEXT, 0, NULL},
};

static const struct column balances[] = {
    {"科目编码|科目代码|科目编号", "code", COLUMN_DIGITS, COLUMN_REQUIRED, NULL},
    {"期末余额|期末本币金额", "closing", COLUMN_AMOUNT, COLUMN_REQUIRED, NULL},
    CLIENT_COLUMNS,
    {"会计年度|年度", NULL, COLUMN_YEAR, 0, NULL},
    {"会计期间|期间|会计期间号", NULL, COLUMN_MONTH, 0, NULL},
    {"科目名称", "name", COLUMN_TEXT, 0, NULL},
    {"期初方向|期初余额方向", "opening_side", COLUMN_WORD, 0, sides},
    {"期初余额|期初本币金额", "opening", COLUMN_AMOUNT, 0, NULL},
    {"本期借方发生额|本期借方|借方发生额|借方本币金额", "debit", COLUMN_AMOUNT, 0, NULL},
    {"本期贷方发生额|本期贷方|贷方发生额|贷方本币金额", "credit", COLUMN_AMOUNT, 0, NULL},
    {"期末方向|期末余额方向", "closing_side", COLUMN_WORD, 0, sides},
    {"币别|币种|币种编码", "currency", COLUMN_CURRENCY, 0, NULL},
    {"数量|期末数量", "quantity", COLUMN_SOFT_AMOUNT, 0, NULL},
    {"部门", "department", COLUMN_TEXT, 0, NULL},
};

static const struct column invoices[] = {
    {"数电票号码|数电发票号码|全电发票号码|发票号码", "no", COLUMN_DIGITS, COLUMN_REQUIRED | COLUMN_KEY,
        NULL},
    {"发票号码", "no", COLUMN_DIGITS, COLUMN_KEY, NULL}, /* beside the other: of paper and older invoices */
    {"开票日期", "issue_date", COLUMN_DATE, COLUMN_REQUIRED, NULL},
    {"发票代码", "code", COLUMN_DIGITS, COLUMN_KEY, NULL},
    {"销售方纳税人识别号|销方识别号|销方税号|销售方识别号", "seller.tax_id", COLUMN_TAX_ID, COLUMN_KEY, NULL},
    {"客户编号|客户代码|企业编号", NULL, COLUMN_CLIENT_NO, COLUMN_KEY, NULL},
    {"发票方向|进销项|方向", "direction", COLUMN_WORD, COLUMN_KEY, directions},
    {"发票类型|发票种类|票种", "type", COLUMN_TEXT, 0, NULL},
    {"销售方名称|销方名称", "seller.name", COLUMN_TEXT, 0, NULL},
    {"购买方名称|购方名称", "buyer.name", COLUMN_TEXT, 0, NULL},
    {"购买方纳税人识别号|购方识别号|购方税号|购买方识别号", "buyer.tax_id", COLUMN_TAX_ID, 0, NULL},
    {"项目名称|货物或应税劳务名称|货物名称|商品名称", "lines.item", COLUMN_TEXT, 0, NULL},
    {"规格型号", "lines.spec", COLUMN_TEXT, 0, NULL},
    {"单位", "lines.unit", COLUMN_TEXT, 0, NULL},
    {"数量", "lines.quantity", COLUMN_SOFT_AMOUNT, 0, NULL},
    {"单价", "lines.price", COLUMN_SOFT_AMOUNT, 0, NULL},
    {"金额|不含税金额", "lines.net", COLUMN_AMOUNT, 0, NULL},
    {"税率|税率/征收率", "lines.tax_rate", COLUMN_RATE, 0, NULL},
    {"税额", "lines.tax", COLUMN_AMOUNT, 0, NULL},
    {"价税合计", "lines.gross", COLUMN_AMOUNT, 0, NULL},
    {"币种|币别", "currency", COLUMN_CURRENCY, 0, NULL},
    {"发票状态|状态", "status", COLUMN_WORD, 0, invoice_states},
    {"校验码", "check_code", COLUMN_DIGITS, 0, NULL},
    {"开票人", "drawer", COLUMN_TEXT, 0, NULL},
    {"备注", "remark", COLUMN_TEXT, 0, NULL},
};

static const struct column payrolls[] = {
    {"实发工资|实发合计|实发金额", "net", COLUMN_AMOUNT, COLUMN_REQUIRED, NULL},
    {"姓名|员工姓名", "employee.name", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    CLIENT_COLUMNS,
    {"工资期间|期间|月份|工资月份|所属期", "period", COLUMN_PERIOD, 0, NULL},
    {"工号|员工编号", "employee.no", COLUMN_DIGITS, 0, NULL},
    {"身份证号|身份证号码|证件号码", "employee.id_no", COLUMN_PERSON_ID, 0, NULL},
    {"手机号码|手机", "employee.mobile", COLUMN_DIGITS, 0, NULL},
    {"银行卡号|工资卡号|银行账号", "employee.bank_card", COLUMN_DIGITS, 0, NULL},
    {"基本工资", "base", COLUMN_AMOUNT, 0, NULL},
    {"绩效奖金|奖金|绩效", "bonus", COLUMN_AMOUNT, 0, NULL},
    {"应发工资|应发合计", "gross", COLUMN_AMOUNT, 0, NULL},
    {"养老保险个人|养老保险|养老(个人)", "social.pension", COLUMN_AMOUNT, 0, NULL},
    {"医疗保险个人|医疗保险|医疗(个人)", "social.medical", COLUMN_AMOUNT, 0, NULL},
    {"失业保险个人|失业保险|失业(个人)", "social.unemployment", COLUMN_AMOUNT, 0, NULL},
    {"住房公积金个人|住房公积金|公积金", "housing_fund", COLUMN_AMOUNT, 0, NULL},
    {"个人所得税|代扣个税|个税", "income_tax", COLUMN_AMOUNT, 0, NULL},
};

static const struct column tax_filings[] = {
    {"税种", "tax_type", COLUMN_TEXT, COLUMN_REQUIRED, NULL},
    {"所属期起|税款所属期起", "period_from", COLUMN_DATE, COLUMN_REQUIRED, NULL},
    {"应纳税额|应纳税款", "due", COLUMN_AMOUNT, COLUMN_REQUIRED, NULL},
    CLIENT_COLUMNS,
    {"所属期止|税款所属期止", "period_to", COLUMN_DATE, 0, NULL},
    {"申报日期", "filed_on", COLUMN_DATE, 0, NULL},
    {"计税依据", "base", COLUMN_AMOUNT, 0, NULL},
    {"税率|税率/征收率", "rate", COLUMN_RATE, 0, NULL},
    {"减免税额", "relief", COLUMN_AMOUNT, 0, NULL},
    {"已缴税额|实缴税额", "paid", COLUMN_AMOUNT, 0, NULL},
    {"申报状态|状态", "status", COLUMN_TEXT, 0, NULL},
    {"申报表编号|申报表号", "form_no", COLUMN_DIGITS, 0, NULL},
};

static const struct column contracts[] = {
    {"合同编号|合同号", "no", COLUMN_DIGITS, COLUMN_REQUIRED, NULL},
    {"合同金额", "amount", COLUMN_AMOUNT, COLUMN_REQUIRED, NULL},
    CLIENT_COLUMNS,
    {"服务项目|服务内容", "service", COLUMN_TEXT, 0, NULL},
    {"合同起始日|起始日期|开始日期", "from", COLUMN_DATE, 0, NULL},
    {"合同终止日|终止日期|结束日期", "to", COLUMN_DATE, 0, NULL},
    {"收费周期|收费方式", "billing", COLUMN_TEXT, 0, NULL},
    {"已收金额", "received", COLUMN_AMOUNT, 0, NULL},
    {"签约人|签约方", "counterparty", COLUMN_TEXT, 0, NULL},
    {"备注", "remark", COLUMN_TEXT, 0, NULL},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define AGENCY(sheet_name, sheet_kind, list, least, on, of, end) \
    { \
        .name = (sheet_name), .format = "csv-agency", .kind = (sheet_kind), .columns = (list), \
        .column_count = COUNT(list), .minimum = (least), .date = (on), .period = (of), .finish = (end) \
    }

static const struct sheet agency[] = {
    AGENCY("clients", KIND_CLIENT, clients, 3, NULL, NULL, finish_client),
    AGENCY("contacts", KIND_CONTACT, contacts, 3, NULL, NULL, finish_plain),
    AGENCY("bank_accounts", KIND_BANK_ACCOUNT, bank_accounts, 3, NULL, NULL, finish_plain),
    AGENCY("chart_of_accounts", KIND_LEDGER_ACCOUNT, ledger_accounts, 3, NULL, NULL, finish_plain),
    AGENCY("balances", KIND_ACCOUNT_BALANCE, balances, 4, NULL, "period", finish_balance),
    AGENCY("payroll", KIND_PAYROLL_ENTRY, payrolls, 3, NULL, "period", finish_plain),
    AGENCY("tax_filings", KIND_TAX_FILING, tax_filings, 4, "filed_on", "period_from", finish_plain),
    AGENCY("contracts", KIND_CONTRACT, contracts, 3, "from", NULL, finish_plain),
};

static const struct sheet voucher_sheet = {.name = "vouchers",
    .format = "csv-agency",
    .kind = KIND_VOUCHER,
    .columns = vouchers,
    .column_count = COUNT(vouchers),
    .minimum = 5,
    .lines = true,
    .date = "date",
    .period = "date",
    .finish = finish_voucher};

static const struct sheet invoice_sheet = {.name = "invoices",
    .format = "csv-agency",
    .kind = KIND_INVOICE,
    .columns = invoices,
    .column_count = COUNT(invoices),
    .minimum = 4,
    .lines = true,
    .date = "issue_date",
    .period = "issue_date",
    .finish = finish_invoice};

const struct sheet *const sheets[] = {&agency[0], &agency[1], &agency[2], &agency[3], &agency[4], &agency[5],
    &agency[6], &agency[7], &voucher_sheet, &invoice_sheet, &sheet_agency_bank, &sheet_bank,
    &sheet_card_statement, &sheet_bank_day_first};
const size_t sheet_count = COUNT(sheets);
