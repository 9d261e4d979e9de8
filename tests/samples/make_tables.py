#!/usr/bin/env python3
"""Make the samples of tables: agency, bank, datev, workbook, plain.

Everything is invented; numbers that carry a check digit have the right one.  The same files every time.
"""
import os
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(region, body):
    """A unified social credit code (GB 32100) of class 91 with both check digits."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    value = lambda c: int(c) if c.isdigit() else ord(c) - 55
    rest = 11 - sum(value(c) * w for c, w in zip(body, weights)) % 11
    code = "91" + region + body + {10: "X", 11: "0"}.get(rest, str(rest))
    total = sum(USCC.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return code + USCC[(31 - total % 31) % 31]


def resident(region, born, serial):
    """A resident's number (GB 11643)."""
    code = region + born + serial
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return code + "10X98765432"[sum(int(c) * w for c, w in zip(code, weights)) % 11]


def card(start):
    """A bank card number with its Luhn digit."""
    total = 0
    for i, c in enumerate(reversed(start)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return start + str(-total % 10)


CLIENTS = [
    ("K0001", "青禾样本商贸有限公司", uscc("110105", "MA7TEXT0"), "小规模纳税人", "批发和零售业", "沈样一"),
    ("K0002", "云岭示例咨询有限公司", uscc("310115", "MA7TEXT1"), "一般纳税人", "商务服务业", "顾示二"),
    ("K0003", "海棠虚构餐饮管理有限公司", uscc("440305", "MA7TEXT2"), "小规模纳税人", "餐饮业", "韩虚三"),
]
PEOPLE = [resident("110105", "19800215", "001"), resident("310115", "19911130", "042"),
          resident("440305", "19750704", "117")]


def clients():
    yield ("客户编号 客户名称 统一社会信用代码 纳税人类型 会计准则 行业 法定代表人 法人身份证号 联系人 联系电话 固定电话 "
           "电子邮箱 注册地址 开户银行 银行账号 启用期间 服务会计 服务状态 备注").split()
    remarks = ["=1+1", '老板说"月底"再结\n电话勿打', "0012"]
    for i, (no, name, tax, kind, trade, boss) in enumerate(CLIENTS):
        yield [no, name, tax, kind, "小企业会计准则", trade, boss, PEOPLE[i], "联系人%d" % i, "1380000000%d" % i,
               "010-6000000%d" % i, "client%d@example.com" % i, "样本市虚构路%d号" % (i + 1), "样本银行",
               "0200000000000000%03d" % i, "2025-01", "王样", "服务中", remarks[i]]


def contacts():
    yield "客户编号 姓名 职务 手机号码 身份证号 微信号 电子邮箱".split()
    for i, row in enumerate(CLIENTS):
        yield [row[0], row[5], "法定代表人", "1380000000%d" % i, PEOPLE[i], "wx_sample%d" % i, ""]


def bank_accounts():
    yield "客户编号 户名 账户性质 开户银行 银行账号 币种 是否启用".split()
    for i, row in enumerate(CLIENTS):
        yield [row[0], row[1], "基本存款账户", "样本银行", "0200000000000000%03d" % i, "CNY", "是" if i else "否"]


def chart_of_accounts():
    yield "科目编码 科目名称 科目类别 余额方向 是否末级".split()
    for code, name, kind, side in (("1001", "库存现金", "资产", "借"), ("1002", "银行存款", "资产", "借"),
                                   ("2221", "应交税费", "负债", "贷"), ("5001", "主营业务收入", "损益", "贷"),
                                   ("5602", "管理费用", "损益", "借")):
        yield [code, name, kind, side, "1"]


def vouchers():
    yield ("客户编号 会计年度 会计期间 凭证日期 凭证字 凭证号 附件数 分录号 摘要 科目编码 科目名称 借方金额 贷方金额 币别 "
           "汇率 往来单位 制单人 审核人 记账人").split()
    tail = ["RMB", "1", "", "王样", "李样", "李样"]
    for no in ("K0001", "K0002"):
        head = [no, "2025", "1", "2025-01-15", "记"]
        yield head + ["1", "2", "1", "收到货款", "1002", "银行存款", "1030.00", ""] + tail
        yield head + ["1", "2", "2", "收到货款", "5001", "主营业务收入", "", "1000.00"] + tail
        yield head + ["1", "2", "3", "收到货款", "2221", "应交税费", "", "30.00"] + tail
        yield head + ["2", "1", "1", "冲销办公费", "5602", "管理费用", "-88.80", ""] + tail
        yield head + ["2", "1", "2", "冲销办公费", "1001", "库存现金", "", "-88.80"] + tail
    yield ["K0003", "2025", "1", "2025-01-31", "记", "1", "0", "1", "少记一角", "1002", "银行存款", "10.00", ""] + tail
    yield ["K0003", "2025", "1", "2025-01-31", "记", "1", "0", "2", "少记一角", "5001", "主营业务收入", "", "9.90"] + tail


def balances():
    yield ("客户编号 会计年度 会计期间 科目编码 科目名称 期初方向 期初余额 本期借方发生额 本期贷方发生额 期末方向 "
           "期末余额").split()
    yield ["K0001", "2025", "1", "1002", "银行存款", "平", "0.00", "1030.00", "0.00", "借", "1030.00"]
    yield ["K0001", "2025", "1", "5001", "主营业务收入", "平", "0.00", "0.00", "1000.00", "贷", "1000.00"]


def invoices():
    yield ("客户编号 发票方向 发票类型 发票代码 发票号码 开票日期 购买方名称 购买方纳税人识别号 销售方名称 销售方纳税人识别号 "
           "项目名称 规格型号 单位 数量 单价 金额 税率 税额 价税合计 发票状态 开票人 备注").split()
    one, two = CLIENTS[0], CLIENTS[1]
    number = "2531200000000000000%d"
    for line in (("*咨询*账务咨询", "1", "1000.00", "1000.00", "6%", "60.00", "1060.00"),
                 ("*咨询*税务咨询", "2", "250.00", "500.00", "6%", "30.00", "530.00")):
        yield [two[0], "销项", "数电发票（普通发票）", "", number % 1, "2025-01-20", one[1], one[2], two[1], two[2],
               line[0], "", "次"] + list(line[1:]) + ["正常", "王样", ""]
    yield [one[0], "进项", "增值税普通发票", "031001900211", "00012345", "2025-01-21", one[1], one[2], "个人摊位",
           "91310115MA7TEXT99Z", "*蔬菜*白菜", "", "千克", "10", "3.00", "30.00", "免税", "", "30.00", "红冲", "王样", "税号有误"]


def bank_lines():
    yield "客户编号 本方账号 交易日期 交易时间 交易流水号 借方发生额 贷方发生额 账户余额 币种 对方户名 对方账号 对方开户行 摘要 附言".split()
    account = "0200000000000000000"
    yield ["K0001", account, "2025-01-15", "10:00:00", "20250115000000000001", "", "1030.00", "1030.00", "人民币",
           CLIENTS[1][1], "0200000000000000001", "样本银行", "货款", ""]
    yield ["K0001", account, "2025-01-16", "11:30:00", "20250116000000000002", "88.80", "", "941.20", "人民币", "沈样一",
           card("621234567890123456"), "样本银行", "报销", "办公用品"]


def payroll():
    yield ("客户编号 工资期间 工号 姓名 身份证号 手机号码 银行卡号 基本工资 绩效奖金 应发工资 养老保险个人 医疗保险个人 "
           "失业保险个人 住房公积金个人 个人所得税 实发工资").split()
    yield ["K0001", "2025-01", "0001", "沈样一", PEOPLE[0], "13800000000", card("621234567890123456"), "6000.00", "500.00",
           "6500.00", "480.00", "120.00", "30.00", "300.00", "15.60", "5554.40"]


def tax_filings():
    yield "客户编号 税种 所属期起 所属期止 申报日期 计税依据 税率 应纳税额 减免税额 已缴税额 申报状态 申报表编号".split()
    yield ["K0002", "增值税", "2025-01-01", "2025-01-31", "2025-02-14", "1500.00", "6%", "90.00", "0.00", "90.00", "已申报",
           "SB2025010001"]


def contracts():
    yield "客户编号 合同编号 服务项目 合同起始日 合同终止日 收费周期 合同金额 已收金额 签约人 备注".split()
    yield ["K0001", "HT20250001", "代理记账", "2025-01-01", "2025-12-31", "季付", "3600.00", "900.00", "沈样一", ""]


SHEETS = (clients, contacts, bank_accounts, chart_of_accounts, vouchers, balances, invoices, bank_lines, payroll,
          tax_filings, contracts)


def quoted(cell):
    return '"%s"' % cell.replace('"', '""') if any(c in cell for c in ',"\n') else cell


def csv(rows, end="\r\n"):
    return "".join(",".join(map(quoted, row)) + end for row in rows)


def write(path, data):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


BANK = """样本银行账户明细
账号：0200000000000000000	币种：人民币
交易日期,摘要,交易金额(收入),交易金额(支出),余额,对方户名,对方账户
2025-01-15     	,"货款	","1,030.00            	","	","1,030.00	","云岭示例咨询有限公司	","0200000000000000001	",
2025-01-16     	,"报销	","	","88.80	","941.20	","沈样一	","-	",
人民币合计,,"1,030.00            	","88.80	",,,,
"""

WALLET = """样本钱包账单明细
共3笔记录
交易时间,交易类型,交易对方,商品,收/支,金额(元),交易单号,备注
2025-01-03 08:00:01,商户消费,早点铺,豆浆,支出,¥3.50,"1000000000000000000000000001	","/"
2025-01-03 12:10:00,转账,顾示二,还饭钱,收入,¥20.00,"1000000000000000000000000002	","/"
2025-01-04 09:00:00,零钱提现,样本银行,/,/,¥16.50,"1000000000000000000000000003	","/"
"""

DATEV_META = '"EXTF";700;%d;"%s";9;20250206102500000;;"XY";"Musterkanzlei";"";1001;77;20250101;4;20250101;20250131;"Beispiel";"";1;;0;"EUR"\r\n'
DATEV_BOOKINGS = ("Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Konto;Gegenkonto (ohne BU-Schlüssel);"
                  "BU-Schlüssel;Belegdatum;Belegfeld 1;Buchungstext;Beleglink\r\n"
                  '1190,00;"S";"EUR";10000;8400;"";1501;"RE-1";"Beratung für Übungszwecke";""\r\n'
                  '59,50;"S";"EUR";10000;8400;"";1501;"RE-1";"Fahrtkosten";""\r\n'
                  '24,95;"H";"";1200;4940;"9";3101;"";"Fachbuch – gebraucht";"BEDI ""1"""\r\n')
DATEV_ACCOUNTS = 'Konto;Kontenbeschriftung;Sprach-ID\r\n1200;"Girokonto";"de-DE"\r\n8400;"Erlöse";"de-DE"\r\n'
DATEV_PARTIES = ("Konto;Name (Adressatentyp Unternehmen);Name (Adressatentyp natürl. Person);"
                 "Vorname (Adressatentyp natürl. Person);EU-Land;EU-USt-IdNr.;Straße;Postleitzahl;Ort;Land;Telefon;E-Mail;IBAN 1\r\n"
                 '10000;"Übung GmbH";"";"";"DE";"123456789";"Probeweg 1";"50999";"Köln";"DE";"0221/000";"post@example.com";"DE12500105170648489890"\r\n'
                 '70001;"";"Probe";"Petra";"";"";"";"";"";"";"";"";""\r\n')

PLAIN = "".join("%d|%d|%s|%d.0|2025-01-0%d 00:00:00.000\n" % (i, i % 3 + 1, "abc"[i % 3], i * 100, i + 1) for i in range(6))


def cell(reference, value, style=None, kind=None):
    attributes = ' s="%d"' % style if style else ""
    if kind == "inline":
        return '<c r="%s"%s t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % (reference, attributes, value)
    if kind == "shared":
        return '<c r="%s"%s t="s"><v>%s</v></c>' % (reference, attributes, value)
    return '<c r="%s"%s><v>%s</v></c>' % (reference, attributes, value)


def workbook():
    """A voucher sheet as people keep it: titles above, keys only in the first row of a voucher, sums below."""
    strings = "日期 凭证字 凭证号 摘要 科目代码 科目名称 借方金额 贷方金额 记 收款 银行存款 收入".split()
    index = {s: i for i, s in enumerate(strings)}
    shared = lambda reference, text: cell(reference, index[text], None, "shared")
    rows = ['<row r="1">' + cell("A1", "记账凭证 2025年1月", None, "inline") + "</row>"]
    heads = "日期 凭证字 凭证号 摘要 科目代码 科目名称 借方金额 贷方金额".split()
    rows.append('<row r="3">' + "".join(shared("ABCDEFGH"[i] + "3", h) for i, h in enumerate(heads)) + "</row>")
    rows.append('<row r="4">' + cell("A4", 45672, 1) + shared("B4", "记") + cell("C4", 12) + shared("D4", "收款") +
                cell("E4", "1002", None, "inline") + shared("F4", "银行存款") + cell("G4", "1.1000000000000001", 2) + "</row>")
    rows.append('<row r="5">' + shared("D5", "收款") + cell("E5", "500101", None, "inline") + shared("F5", "收入") +
                '<c r="H5" s="2"><f>G4</f><v>1.1000000000000001</v></c></row>')
    rows.append('<row r="6">' + cell("A6", 45673, 1) + shared("B6", "记") + cell("C6", 13) + shared("D6", "收款") +
                cell("E6", "1002", None, "inline") + cell("G6", "250000", 2) + "</row>")
    rows.append('<row r="7">' + cell("E7", "500101", None, "inline") + cell("H7", "250000", 2) + "</row>")
    rows.append('<row r="8">' + cell("A8", "合  计", None, "inline") + cell("G8", "250001.1", 2) + cell("H8", "250001.1", 2) + "</row>")
    accounts = "户名 账户性质 开户银行 银行账号".split()
    second = ['<row r="1">' + "".join(cell("ABCD"[i] + "1", h, None, "inline") for i, h in enumerate(accounts)) + "</row>"]
    second.append('<row r="2">' + cell("A2", "青禾样本商贸有限公司", None, "inline") + cell("B2", "基本存款账户", None, "inline") +
                  cell("C2", "样本银行", None, "inline") + cell("D2", "6.2220212345678901E+18") + "</row>")
    second.append('<row r="3">' + cell("A3", "青禾样本商贸有限公司", None, "inline") + cell("B3", "一般存款账户", None, "inline") +
                  cell("C3", "样本_x000A_银行", None, "inline") + cell("D3", "0200000000000000000", None, "inline") + "</row>")
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheet = head + '<worksheet xmlns="%s"><sheetData>' % main + "%s</sheetData></worksheet>"
    return (
        ("[Content_Types].xml", head + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType='
         '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
         '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'),
        ("_rels/.rels", head + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
         '<Relationship Id="r1" Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>' % relations),
        ("xl/workbook.xml", head + '<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="凭证" sheetId="1" r:id="r1"/>'
         '<sheet name="账户" sheetId="2" state="hidden" r:id="r2"/></sheets></workbook>' % (main, relations)),
        ("xl/_rels/workbook.xml.rels", head + '<Relationships xmlns='
         '"http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="%s/worksheet" '
         'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="%s/worksheet" Target="/xl/worksheets/sheet2.xml"/>'
         '</Relationships>' % (relations, relations)),
        ("xl/styles.xml", head + '<styleSheet xmlns="%s"><numFmts count="2"><numFmt numFmtId="176" formatCode='
         '"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="177" formatCode="#,##0.00_ "/></numFmts><cellXfs count="3">'
         '<xf numFmtId="0"/><xf numFmtId="176"/><xf numFmtId="177"/></cellXfs></styleSheet>' % main),
        ("xl/sharedStrings.xml", head + '<sst xmlns="%s">' % main + "".join("<si><t>%s</t></si>" % s for s in strings) + "</sst>"),
        ("xl/worksheets/sheet1.xml", sheet % "".join(rows)),
        ("xl/worksheets/sheet2.xml", sheet % "".join(second)),
    )


def write_package(path, parts):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts:
            entry = zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, text.encode())


def main():
    for sheet in SHEETS:
        text = csv(sheet())
        write("agency/utf8/%s.csv" % sheet.__name__, b"\xef\xbb\xbf" + text.encode())
        write("agency/gbk/%s.csv" % sheet.__name__, text.encode("gbk"))
    write("bank/statement.csv", BANK.encode())
    write("bank/wallet.csv", WALLET.encode("gbk", "replace").replace(b"?", "￥".encode("gbk")))
    for name, category, title, text in (("bookings", 21, "Buchungsstapel", DATEV_BOOKINGS),
                                        ("accounts", 20, "Kontenbeschriftungen", DATEV_ACCOUNTS),
                                        ("parties", 16, "Debitoren/Kreditoren", DATEV_PARTIES)):
        write("datev/EXTF_%s.csv" % name, (DATEV_META % (category, title) + text).encode("cp1252"))
    write("table/plain.psv", PLAIN.encode())
    write("table/wide.csv", b"\xff\xfe" + "名称,数量\r\n甲,1\r\n乙,2\r\n丙,3\r\n".encode("utf-16-le"))
    write_package("workbook/vouchers.xlsx", workbook())


if __name__ == "__main__":
    main()
