#!/usr/bin/env bash
# Planted decoys have books like the firm's own clients: as many records of as many kinds in the same months, whose figures fit,
# found, listed, exported and traced like all others, and left out where decoys are.
. "${0%/*}/../lib/vault.sh"

vault_furnished
agency=$samples/agency/utf8
vault_must as amy import "$agency/bank_lines.csv" "$agency/invoices.csv" "$agency/tax_filings.csv"
# A firm of more: clients of one sort, so that a decoy is like any of them.
python3 - "$work" <<'PYTHON'
import csv, pathlib, random, sys
work, rng = pathlib.Path(sys.argv[1]), random.Random(4)
alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
def tax():
    code = "91320505MA" + "".join(rng.choice(alphabet) for _ in range(7))
    return code + alphabet[(31 - sum(alphabet.index(c) * w for c, w in zip(code, weights)) % 31) % 31]
def write(name, head, rows):
    with open(work / name, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head.split(",")] + rows)
words = ["松涛", "明月", "长风", "星河", "白鹭", "春晓", "远山", "清泉"]
clients = [[f"R{n + 1:04d}", f"苏州{word}商贸有限公司", tax(), "小规模纳税人", "服务中"] for n, word in enumerate(words)]
write("more.csv", "客户编号,客户名称,统一社会信用代码,纳税人类型,服务状态", clients)
pay, vouchers, bank = [], [], []
for number, *_ in clients:
    for month in ("2025-01", "2025-02", "2025-03"):
        for n in range(2):
            pay.append([number, month, f"{n + 1:04d}", f"甲{n}某", "110105198002150010", "13800000000", "6212345678901234569", "6000.00",
                        "500.00", "6500.00", "480.00", "120.00", "30.00", "300.00", "15.60", "5554.40"])
        for n in range(4):
            for line, (code, name, debit, credit) in enumerate((("1002", "银行存款", "100.00", ""), ("5001", "收入", "", "100.00"))):
                vouchers.append([number, month[:4], month[5:], f"{month}-0{n + 1}", "记", str(n + 1), "1", str(line + 1), "收款", code, name, debit, credit])
            bank.append([number, "6222021001123456789", f"{month}-0{n + 1}", "10:00:00", f"{number[1:]}{month[5:]}{n}", "", f"{rng.randint(100, 9000)}.{rng.randint(1, 99):02d}", "1000.00",
                         "人民币", "某店", "", "", "收款", ""])
write("pay.csv", "客户编号,工资期间,工号,姓名,身份证号,手机号码,银行卡号,基本工资,绩效奖金,应发工资,养老保险个人,医疗保险个人,失业保险个人,住房公积金个人,个人所得税,实发工资", pay)
write("books.csv", "客户编号,会计年度,会计期间,凭证日期,凭证字,凭证号,附件数,分录号,摘要,科目编码,科目名称,借方金额,贷方金额", vouchers)
write("bank.csv", "客户编号,本方账号,交易日期,交易时间,交易流水号,借方发生额,贷方发生额,账户余额,币种,对方户名,对方账号,对方开户行,摘要,附言", bank)
PYTHON
vault_must as bob import "$work/more.csv" "$work/pay.csv" "$work/books.csv" "$work/bank.csv"
vault_must as ina decoy plant --user bob --count 3
vault_must as adam client list
expect_exit 0 as ina decoy list --json
expect_json 'all("records" not in l for l in lines) and len(lines) == 3'

# --- Whoever does not work on them gives them nothing; whoever does, at his next command and unasked ---
expect_exit 0 as amy client list
expect_exit 0 as ina decoy list --json
expect_json 'all("records" not in l for l in lines)'
events=$(sql 'SELECT count(*) FROM record')
imports() { as ina log replay --actor bob --json | grep -c '"record\.\(import\|change\)"'; }
imported=$(imports)
expect_exit 0 as bob client list
expect_exit 0 as ina decoy list --json
expect_json 'all("records" in l for l in lines) and max(l["records"] for l in lines) == 30 and all(l["state"] == "planted" for l in lines)'
decoy=$(python3 -c 'import json, sys; print(max((json.loads(l) for l in sys.stdin), key=lambda l: l["records"])["client_no"])' <"$work/out")
expect 'records came' [ "$(sql 'SELECT count(*) FROM record')" != "$events" ]
expect 'in nobody'"'"'s name but that of the order' [ "$(imports)" = "$imported" ]

# --- As many of each kind and month as a real client has; written by whom, when and from which event the card was ---
shape() { as bob list "$1" --json | python3 -c 'import collections, json, sys; print(sorted(collections.Counter((r["kind"], r["period"]) for r in map(json.loads, sys.stdin)).items()))'; }
expect 'it is like a client of the firm' [ "$(shape "$decoy")" = "$(shape R0001)" ]
decoy_row=$(as ina decoy list --json | python3 -c 'import json, sys
a = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
n = 0
for c in next(json.loads(l)["client"] for l in sys.stdin if json.loads(l)["client_no"] == sys.argv[1]): n = n * 32 + a.index(c)
print("x" + chr(39) + n.to_bytes(16, "big").hex() + chr(39))' "$decoy")
expect 'by one hand' [ "$(sql "SELECT count(DISTINCT author), count(DISTINCT seq), count(DISTINCT at) FROM record WHERE client = (SELECT row FROM client WHERE id = $decoy_row)")" = '[1,1,1]' ]
expect 'with fingerprints like all others' [ "$(sql "SELECT count(*) FROM record LEFT JOIN fingerprint ON fingerprint.record = record.row WHERE client = (SELECT row FROM client WHERE id = $decoy_row) AND fingerprint.record IS NULL AND kind IN (6, 8, 10)")" = '[0]' ]

# --- Figures fit ---
expect_exit 0 as bob export "$decoy" R0001 --format jsonl --reveal '*' --out "$work/books.jsonl" --purpose task:1
python3 - "$work/books.jsonl" "$decoy" >"$work/out" <<'PYTHON'
import decimal, json, sys
D = lambda text: decimal.Decimal(text or "0")
rows = [r for r in map(json.loads, open(sys.argv[1], encoding="utf-8")) if r["client"]["client_no"] == sys.argv[2]]
of = lambda kind: [r["fields"] for r in rows if r["kind"] == kind]
def id_fits(text):
    return "10X98765432"[sum(int(c) * (2 ** (17 - i) % 11) for i, c in enumerate(text[:17])) % 11] == text[17]
pay = of("payroll_entry")
bank = of("bank_transaction")
json.dump({"kinds": sorted({r["kind"] for r in rows}),
           "balanced": all(sum(D(l.get("debit")) for l in v["lines"]) == sum(D(l.get("credit")) for l in v["lines"]) > 0 for v in of("voucher")),
           "net": all(D(p["gross"]) - sum(map(D, p["social"].values())) - D(p["housing_fund"]) - D(p["income_tax"]) == D(p["net"]) > 0 for p in pay),
           "ids": all(id_fits(p["employee"]["id_no"]) and p["employee"]["id_no"][4:6] == "98" for p in pay),
           "same": len({(p["employee"]["no"], p["employee"]["id_no"]) for p in pay}),
           "running": all(D(a["balance_after"]) + D(b["amount"]) == D(b["balance_after"]) for a, b in zip(bank, bank[1:])),
           "amounts": len({b["amount"] for b in bank}),
           "words": sorted({l["summary"].replace(" ", "") for v in of("voucher") for l in v["lines"]} | {b["summary"].replace(" ", "") for b in bank}),
           "sums": sorted({l.get("debit") for v in of("voucher") for l in v["lines"]} - {None})}, sys.stdout)
PYTHON
expect_json 'v["balanced"] and v["net"] and v["ids"] and v["running"] and v["same"] == 2 and v["amounts"] > 6'
# … and are as bob's other clients have them: sums of a hundred, in the same words.
expect_json 'v["words"] == ["收款"] and set(v["sums"]) <= {"100.00", "200.00"}'
expect_json 'v["kinds"] == ["bank_transaction", "client", "payroll_entry", "voucher"]'
expect_exit 0 as bob import "$work/books.jsonl" --json
expect_json 'v["files"][0]["new"] == v["files"][0]["changed"] == 0 and v["files"][0]["same"] == 62 and not v["files"][0]["refused"]'

# --- Found, opened with an alert, traced when they leak, left out for an authority ---
reference=$(python3 -c 'import json, sys; print(next(r["fields"]["bank_ref"] for r in map(json.loads, open(sys.argv[1])) if r["client"]["client_no"] == sys.argv[2] and r["kind"] == "bank_transaction"))' "$work/books.jsonl" "$decoy")
expect_exit 0 as bob search "$reference" --json
expect_json 'len(lines) == 1'
voucher=$(as bob list "$decoy" --kind voucher --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])')
expect_exit 0 as bob show "$decoy" "$voucher" --purpose task:1
expect_exit 0 as ina alert list --json
expect_json '("high", "read", "bob") in [(l["severity"], l["how"], l["person"]) for l in lines]'
python3 - "$work" "$decoy" <<'PYTHON'
import csv, json, pathlib, sys
work = pathlib.Path(sys.argv[1])
rows = [r for r in map(json.loads, open(work / "books.jsonl", encoding="utf-8")) if r["client"]["client_no"] == sys.argv[2]]
with open(work / "pay-leak.csv", "w", encoding="utf-8", newline="") as file:
    out = csv.writer(file)
    out.writerow(["工资期间", "姓名", "身份证号", "手机号码", "实发工资"])
    out.writerows([[r["fields"]["period"], r["fields"]["employee"]["name"], r["fields"]["employee"]["id_no"], r["fields"]["employee"]["mobile"], r["fields"]["net"]]
                   for r in rows if r["kind"] == "payroll_entry"])
with open(work / "people-leak.csv", "w", encoding="utf-8", newline="") as file:
    out = csv.writer(file)
    out.writerow(["姓名", "身份证号", "手机号码"])
    out.writerows(sorted({tuple(r["fields"]["employee"][f] for f in ("name", "id_no", "mobile")) for r in rows if r["kind"] == "payroll_entry"}))
with open(work / "bank-leak.csv", "w", encoding="utf-8", newline="") as file:
    out = csv.writer(file)
    out.writerow(["交易流水号", "金额", "对方户名"])
    out.writerows([[r["fields"]["bank_ref"], r["fields"]["amount"], r["fields"]["counterparty"]["name"]] for r in rows if r["kind"] == "bank_transaction"])
PYTHON
for leak in pay bank; do
    expect_exit 0 as ina trace "$work/$leak-leak.csv" --json
    expect_json 'v["decoys"] == v["linked"] == v["rows"] > 0 and all(row.get("decoy") for row in v["ours"])'
    expect_json 'all("alike" not in row for row in v["ours"])'
done
# Without the month a row is whichever month: that of one person all the same.
expect_exit 0 as ina trace "$work/people-leak.csv" --json
expect_json 'v["decoys"] == v["linked"] == v["rows"] == 2 and all(row["alike"] == 3 for row in v["ours"])'
expect_exit 0 as ina trace reveal "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["case"])' <"$work/out")" --purpose leak:1 --json
expect_json 'list(v["names"].values()) == ["bob"]'
expect_exit 0 as bob export "$decoy" R0001 --format jsonl --out "$work/authority.jsonl" --purpose tax:1
expect 'no record of a decoy goes to an authority' [ "$(grep -c "\"$decoy\"" "$work/authority.jsonl")" = 0 ]

# --- Nobody's data: what somebody was shown is counted without them ---
expect_exit 0 as ina trace person bob --since 2020-01-01 --json
expect_json 'v["decoys"] == 3 and v["kinds"]["payroll_entry"] == 6 and len(v["client_rows"]) == v["clients"] == 8'

# --- Retired, rotated: taken away with their records; new ones get theirs ---
expect_exit 0 as ina decoy rotate --older-than 0d
expect_exit 0 as adam client list
expect_exit 0 as bob client list
expect_exit 2 as bob list "$decoy"
expect_exit 0 as ina decoy list --json
expect_json 'sorted((l["state"], "records" in l) for l in lines) == [("planted", True)] * 3 + [("retired", True)] * 3'
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
finish
