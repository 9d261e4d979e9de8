#!/usr/bin/env python3
"""Whether figures tell planted decoys from a firm's own clients: a real vault, decoys planted and furnished by it.
usage: decoys_alike.py --build DIR [--clients 12] [--vouchers 60] [--decoys 8] [--seed 1]

Per kind of record: Kolmogorov and Smirnov's distance of the amounts (with what one in twenty samples of one firm would have),
the shares of round amounts, of first digits 1 and of days after the 24th; and a naive Bayes classifier that has learnt
from half of the records, by size, rounding, first digit, day, words and account, and is asked about the other half: the
chance that it ranks a decoy's record above a real one (0.5: it cannot tell), with two standard deviations."""
import argparse
import collections
import csv
import json
import math
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import prose_firm  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--build", required=True)
for option, default in (("clients", 12), ("vouchers", 60), ("decoys", 8), ("seed", 1)):
    parser.add_argument("--" + option, type=int, default=default)
options = parser.parse_args()
program = str(pathlib.Path(options.build) / "cli" / "strongroom")
rng = random.Random(options.seed)
work = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-alike."))


def run(user, *words):
    done = subprocess.run([program, "--vault", str(work / "vault"), "--as", user, "--passphrase-file", str(work / "pass"),
                           "--no-remember", "--json", *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- A firm of shops: small sums, a third of them round, booked at the month's end, in the words of its bookkeepers ---
WORDS = [("支付水电费", "560203", "管理费用—水电费"), ("支付快递费", "560206", "管理费用—快递费"), ("收门店营业款", "1002", "银行存款"),
         ("购入商品", "1405", "库存商品"), ("报销交通费", "560208", "管理费用—交通费")]


def amount(mean=6.2):
    value = int(100 * math.exp(rng.gauss(mean, 1.1))) + 1
    return (value // 5000 + 1) * 5000 if rng.random() < 0.35 else value


def day():
    return rng.randint(25, 31) if rng.random() < 0.7 else rng.randint(1, 24)


def date(month):
    return f"2025-{month:02d}-{min(day(), 28 if month == 2 else 30):02d}"


(work / "pass").write_text("a passphrase for all of them\n")
clients = prose_firm.make(work, options.clients, 1, options.seed)
vouchers, bank, invoices = [], [], []
for client in clients:
    balance = 10 ** 9
    for n in range(options.vouchers):
        month = n % 6 + 1
        summary, code, name = rng.choice(WORDS)
        value, when = amount(), date(month)
        for line, (account, title) in enumerate(((code, name), ("1001", "库存现金"))):
            vouchers.append([client, "2025", str(month), when, "记", str(n + 1), "1", str(line + 1), summary, account, title,
                             prose_firm.money(value) if line == 0 else "", prose_firm.money(value) if line else "", "RMB", "1", "",
                             "王样", "李样", "李样"])
        value = amount() * (1 if rng.random() < 0.3 else -1)
        balance += value
        bank.append([client, "6222021001123456789", date(month), "10:00:00", f"{client}{n:06d}", prose_firm.money(-value) if value < 0 else "",
                     prose_firm.money(value) if value > 0 else "", prose_firm.money(balance), "人民币", f"某店{n}", "", "",
                     "POS收款" if value > 0 else "网银付款", ""])
        if n % 3 == 0:
            net = amount()
            tax = (net + 50) // 100
            invoices.append([client, "销项", "数电发票（普通发票）", "", f"2531{client[1:]}{n:012d}", date(month), f"买方{n}店", prose_firm.tax_id(rng),
                             f"卖方{client}", prose_firm.tax_id(rng), "*零售*日用品", "", "批", "1", prose_firm.money(net), prose_firm.money(net), "1%",
                             prose_firm.money(tax), prose_firm.money(net + tax), "正常", "王样", ""])
prose_firm.write(work / "vouchers.csv", prose_firm.VOUCHER, vouchers)
prose_firm.write(work / "invoices.csv", prose_firm.INVOICE, invoices)
prose_firm.write(work / "bank.csv", "客户编号,本方账号,交易日期,交易时间,交易流水号,借方发生额,贷方发生额,账户余额,币种,对方户名,对方账号,对方开户行,摘要,附言".split(","), bank)
run("adam", "init", "--kdf-memory", "64")
for person, role in (("amy", "accountant"), ("ina", "investigator")):
    run("adam", "user", "add", person, "--new-passphrase-file", str(work / "pass"))
    run("adam", "grant", role, person)
run("amy", "import", *[str(work / f"{name}.csv") for name in ("clients", "vouchers", "bank", "invoices")])
run("ina", "decoy", "plant", "--user", "amy", "--count", str(options.decoys))
run("adam", "client", "list")
run("amy", "client", "list")
decoys = [row["client_no"] for row in run("ina", "decoy", "list")]
run("amy", "export", *clients, *decoys, "--format", "jsonl", "--out", str(work / "all.jsonl"), "--purpose", "task:1", "--no-decoys")


# --- Records as features ---
def record(row):
    fields = row["fields"]
    if row["kind"] == "voucher":
        line = fields["lines"][0]
        return float(line.get("debit") or line["credit"]), fields["date"], line.get("summary", ""), line.get("account_code", "")
    if row["kind"] == "invoice":
        return float(fields["net"]), fields["issue_date"], fields["lines"][0].get("item", ""), fields["lines"][0].get("tax_rate", "")
    return abs(float(fields["amount"])), fields["booking_date"], fields.get("summary", ""), ""


def features(one):
    value, when, words, account = one
    words = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", words)))  # marks of the export are none of the decoys'
    cents = round(value * 100)
    return (("size", round(2 * math.log(value))), ("round", (cents % 5000 == 0) + (cents % 100 == 0)), ("digit", str(cents)[0]),
            ("day", int(when[8:]) // 5), ("words", words), ("account", account))


def distance(a, b):
    a, b, most, k = sorted(a), sorted(b), 0.0, 0
    for i, x in enumerate(a):
        while k < len(b) and b[k] <= x:
            k += 1
        if i + 1 == len(a) or a[i + 1] > x:
            most = max(most, abs((i + 1) / len(a) - k / len(b)))
    return most


def ranks(real, made):
    """Learn from every other record, ask about the rest."""
    counts = [collections.Counter(f for one in kind[::2] for f in features(one)) for kind in (real, made)]
    sizes = [len(kind[::2]) for kind in (real, made)]

    def score(one):
        return sum(math.log((counts[1][f] + 0.5) / (sizes[1] + 1)) - math.log((counts[0][f] + 0.5) / (sizes[0] + 1)) for f in features(one))
    a, b = [score(one) for one in real[1::2]], [score(one) for one in made[1::2]]
    above = sum((y > x) + 0.5 * (y == x) for x in a for y in b) / (len(a) * len(b))
    return above, 2 * math.sqrt((len(a) + len(b) + 1) / (12 * len(a) * len(b)))


kinds = collections.defaultdict(lambda: ([], []))
for line in open(work / "all.jsonl", encoding="utf-8"):
    row = json.loads(line)
    if row["kind"] in ("voucher", "invoice", "bank_transaction"):
        kinds[row["kind"]][row["client"]["client_no"] in decoys].append(record(row))
print("| kind | real, made | distance (1 in 20) | round | begins with 1 | after the 24th | classifier |\n|---|---|---|---|---|---|---|")
for kind, (real, made) in kinds.items():
    rng.shuffle(real)
    rng.shuffle(made)

    def shares(is_so):
        return ", ".join(f"{100 * sum(map(is_so, group)) / len(group):.0f} %" for group in (real, made))
    above, sure = ranks(real, made)
    critical = 1.36 * math.sqrt((len(real) + len(made)) / (len(real) * len(made)))
    print(f"| {kind} | {len(real)}, {len(made)} | {distance([r[0] for r in real], [m[0] for m in made]):.3f} ({critical:.3f}) | "
          f"{shares(lambda r: round(r[0] * 100) % 5000 == 0)} | {shares(lambda r: str(round(r[0] * 100))[0] == '1')} | "
          f"{shares(lambda r: int(r[1][8:]) > 24)} | {above:.2f} ± {sure:.2f} |")
shutil.rmtree(work)
