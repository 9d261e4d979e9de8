"""A firm whose records say something: clients and vouchers with the sentences that bookkeepers write, the same for every
seed.  Used where the writing of texts matters.  Command: prose_firm.py DIR [CLIENTS [VOUCHERS_EACH [SEED]]]"""
import csv
import pathlib
import random
import sys

CLIENT = ("客户编号,客户名称,统一社会信用代码,纳税人类型,会计准则,行业,法定代表人,法人身份证号,联系人,联系电话,固定电话,"
          "电子邮箱,注册地址,开户银行,银行账号,启用期间,服务会计,服务状态,备注").split(",")
VOUCHER = ("客户编号,会计年度,会计期间,凭证日期,凭证字,凭证号,附件数,分录号,摘要,科目编码,科目名称,借方金额,贷方金额,币别,"
           "汇率,往来单位,制单人,审核人,记账人").split(",")
INVOICE = ("客户编号,发票方向,发票类型,发票代码,发票号码,开票日期,购买方名称,购买方纳税人识别号,销售方名称,销售方纳税人识别号,项目名称,规格型号,"
           "单位,数量,单价,金额,税率,税额,价税合计,发票状态,开票人,备注").split(",")
PAYROLL = ("客户编号,工资期间,工号,姓名,身份证号,手机号码,银行卡号,基本工资,绩效奖金,应发工资,养老保险个人,医疗保险个人,失业保险个人,住房公积金个人,"
           "个人所得税,实发工资").split(",")
WORDS = "青禾云岭海蓝东升金石南山长河星野明德启航瑞丰百川".strip()
PLACES = ["上海", "北京", "杭州", "深圳", "成都"]
ACCOUNTS = [("1002", "银行存款"), ("1122", "应收账款(外部)"), ("2202", "应付账款(货款)"), ("5001", "主营业务收入"),
            ("6602", "管理费用(办公)")]
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]


def tax_id(rng):
    """A unified social credit code whose last character fits (GB 32100)."""
    body = "91" + "310115" + "".join(rng.choice(ALPHABET) for _ in range(9))
    return body + ALPHABET[-sum(ALPHABET.index(c) * w for c, w in zip(body, WEIGHTS)) % 31]


def name(rng, number):
    word = "".join(rng.sample(WORDS, 3)) + str(number)
    place = rng.choice(PLACES)
    return rng.choice([f"{word}({place})商贸有限公司", f"{place}{word}科技有限公司", f"{place}{word}餐饮管理(集团)有限公司"])


def summary(rng, clients):
    month, number = rng.randint(1, 12), rng.randint(1, 4000)
    other = rng.choice(clients)
    return rng.choice([
        f"支付{month}月房租(合同{number}号)", f"收到{other}货款,发票{number}", f"付A{number}办公用品款:打印纸,硒鼓",
        f"计提{month}月工资", f"报销差旅费({rng.choice(PLACES)})单{number}", f"收B2B平台回款{number}元;手续费另计",
        f"结转{month}月销售成本(第{number}批)", f"支付{other}咨询费"])


def write(path, head, rows):
    with open(path, "w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([head] + rows)


def make(directory, clients=20, vouchers=30, seed=1):
    rng = random.Random(seed)
    directory = pathlib.Path(directory)
    names = [name(rng, i + 1) for i in range(clients)]
    cards, lines = [], []
    for i, client in enumerate(names):
        number = f"P{i + 1:04d}"
        cards.append([number, client, tax_id(rng), "一般纳税人", "小企业会计准则", "商务服务业", "", "",
                      f"联系人{i}", f"139{rng.randint(0, 99999999):08d}", "", f"p{i}@example.com",
                      f"样本市虚构路{rng.randint(1, 999)}号{rng.randint(1, 30)}楼", f"样本银行({rng.choice(PLACES)})分行",
                      f"{rng.randint(10 ** 18, 10 ** 19 - 1)}", "2025-01", "王样", "服务中",
                      rng.choice([f"老客户,{rng.randint(2, 9)}年", f"季度结算(第{rng.randint(1, 9)}组)", "电话联系:下午"])])
        for voucher in range(vouchers):
            text, amount = summary(rng, names), f"{rng.randint(100, 999999)}.{rng.randint(0, 99):02d}"
            day = f"2025-{voucher % 12 + 1:02d}-{rng.randint(1, 28):02d}"
            for line, account in enumerate(rng.sample(ACCOUNTS, 2)):
                lines.append([number, "2025", str(voucher % 12 + 1), day, "记", str(voucher + 1), "1", str(line + 1), text,
                              *account, amount if line == 0 else "", amount if line == 1 else "", "RMB", "1", "",
                              "王样", "李样", "李样"])
    write(directory / "clients.csv", CLIENT, cards)
    write(directory / "vouchers.csv", VOUCHER, lines)
    return [row[0] for row in cards]


def money(hundredths):
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def make_documents(directory, clients, each, seed=1):
    """Invoices and a month's payroll besides, of clients by number: invoices.csv and payroll.csv."""
    rng, invoices, payroll = random.Random(seed), [], []
    for client in clients:
        for n in range(each):
            net = rng.randint(100_00, 90_000_00)
            tax = (net * 6 + 50) // 100
            invoices.append([client, "销项", "数电发票（普通发票）", "", f"2531{client[1:]}{n:012d}", f"2025-0{n % 9 + 1}-09", f"样本买方{n}有限公司",
                             tax_id(rng), f"样本卖方{client}有限公司", tax_id(rng), "*咨询*账务咨询", "", "次", "1", money(net), money(net), "6%", money(tax),
                             money(net + tax), "正常", "王样", ""])
            base, bonus = rng.randint(40, 90) * 100_00, rng.randint(1, 20) * 100_00
            off = [base * 8 // 100, base * 2 // 100, base * 5 // 1000, base * 5 // 100, rng.randint(3_00, 90_00)]
            payroll.append([client, "2025-01", f"{n + 1:04d}", f"样员{client}{n}", "110105198002150010", f"139{rng.randint(0, 99999999):08d}",
                            "6212345678901234569", *map(money, (base, bonus, base + bonus, *off, base + bonus - sum(off)))])
    write(pathlib.Path(directory) / "invoices.csv", INVOICE, invoices)
    write(pathlib.Path(directory) / "payroll.csv", PAYROLL, payroll)


if __name__ == "__main__":
    print("\n".join(make(sys.argv[1], *map(int, sys.argv[2:]))))
