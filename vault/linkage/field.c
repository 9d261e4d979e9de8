#include "vault/linkage/field.h"

#include <string.h>

const struct trace_field_facts trace_field_facts[TRACE_FIELDS] = {
    [TRACE_NAME] = {"name",
        "name|clientname|customername|companyname|company|client|customer|单位名称|客户名称|公司名称|"
        "企业名称|名称|"
        "客户|公司|单位|纳税人名称|开户名称|户名|firmenname|unternehmen|kunde|société|raisonsociale|会社名|"
        "회사명",
        TRACE_FORM_NAME, false, .97, .90, .95, 3},
    [TRACE_TAX_ID] = {"tax_id",
        "taxid|taxno|taxnumber|taxpayerid|uscc|creditcode|vatid|vatnumber|统一社会信用代码|社会信用代码|"
        "信用代码|"
        "纳税人识别号|税号|识别号|steuernummer|ustid|numérofiscal",
        TRACE_FORM_CODE, false, .98, .60, .80, 4},
    [TRACE_ADDRESS] = {"address",
        "address|street|location|地址|注册地址|经营地址|通讯地址|住所|联系地址|adresse|anschrift|住所地",
        TRACE_FORM_TEXT, false, .75, .30, .60, .7},
    [TRACE_CONTACT] = {"contact",
        "contact|contactperson|contactname|person|legalperson|联系人|负责人|法人|法定代表人|姓名|经办人|"
        "ansprechpartner|interlocuteur|担当者",
        TRACE_FORM_PERSON, true, .70, .15, .60, .7},
    [TRACE_PHONE] = {"phone",
        "phone|mobile|tel|telephone|phonenumber|mobilephone|cell|手机|手机号|手机号码|电话|电话号码|联系电话|"
        "联系方式|"
        "telefon|téléphone|電話",
        TRACE_FORM_DIGITS, true, .62, .08, .50, 1.5},
    [TRACE_EMAIL] = {"email", "email|mail|emailaddress|邮箱|电子邮箱|电子邮件|邮件|courriel|メール",
        TRACE_FORM_EMAIL, true, .50, .06, .30, 1},
    [TRACE_BANK_ACCOUNT] = {"bank_account",
        "bankaccount|account|accountnumber|accountno|iban|银行账号|银行帐号|账号|帐号|银行账户|开户账号|卡号|"
        "bankkonto|kontonummer|comptebancaire",
        TRACE_FORM_DIGITS, true, .75, .03, .12, 1.5},
    [TRACE_FEE] = {"fee",
        "fee|monthlyfee|servicefee|price|月服务费|服务费|代账费|收费|费用|月费|gebühr|honoraires",
        TRACE_FORM_AMOUNT, true, .50, .02, .004, .5},
    [TRACE_PERIOD] = {"period",
        "period|month|taxperiod|所属期|期间|月份|税款所属期|账期|会计期间|zeitraum|période",
        TRACE_FORM_PERIOD, false, .90, .50, .20, .5},
    [TRACE_TURNOVER] = {"turnover",
        "turnover|revenue|sales|income|营业收入|收入|销售额|营业额|开票金额|umsatz|chiffredaffaires",
        TRACE_FORM_AMOUNT, true, .90, .02, .10, .7},
    [TRACE_TAX_DUE] = {"tax_due",
        "taxdue|tax|taxamount|taxpayable|应交税额|应纳税额|税额|税款|应交税费|steuer|impôt",
        TRACE_FORM_AMOUNT, true, .90, .02, .10, .7},
    [TRACE_PAYROLL] = {"payroll",
        "payroll|wages|salaries|salary|工资总额|工资|应付工资|薪酬|薪资|löhne|salaires", TRACE_FORM_AMOUNT,
        true, .85, .02, .06, .7},
    [TRACE_BALANCE] = {"balance", "balance|bankbalance|银行余额|余额|存款余额|账户余额|kontostand|solde",
        TRACE_FORM_AMOUNT, true, .85, .02, .06, .7},
    [TRACE_PERSON_ID] = {"person_id",
        "idno|idnumber|idcard|personalid|personid|nationalid|身份证|身份证号|身份证号码|证件号|证件号码|"
        "personalausweis",
        TRACE_FORM_CODE, true, .75, .03, .08, 3},
    [TRACE_DOCUMENT] = {"document",
        "documentno|documentnumber|voucherno|vouchernumber|invoiceno|invoicenumber|bankref|reference|凭证号|"
        "凭证编号|凭证字号|凭证号数|发票号码|发票号|单据号|单据编号|流水号|交易流水号|合同号|合同编号|"
        "belegnummer|rechnungsnummer|numérodepièce",
        TRACE_FORM_NAME, true, .80, .02, .06, .7},
    [TRACE_SUMMARY] = {"summary",
        "summary|description|memo|摘要|附言|用途|交易摘要|项目名称|货物名称|buchungstext|verwendungszweck|"
        "libellé",
        TRACE_FORM_TEXT, true, .60, .02, .05, .7},
    [TRACE_AMOUNT] = {"amount",
        "amount|gross|金额|价税合计|发生额|交易金额|借方金额|贷方金额|合同金额|betrag|bruttobetrag|montant",
        TRACE_FORM_AMOUNT, true, .80, .02, .06, .7},
};

enum trace_field trace_field_find(struct bytes name)
{
    for (int i = 0; i < TRACE_FIELDS; i++)
        if (bytes_equal(name, bytes_of_text(trace_field_facts[i].name)))
            return (enum trace_field)i;
    return TRACE_FIELDS;
}

trace_fields trace_private_fields(void)
{
    trace_fields set = 0;
    for (int i = 0; i < TRACE_FIELDS; i++)
        if (trace_field_facts[i].private)
            set |= TRACE_BIT(i);
    return set;
}
