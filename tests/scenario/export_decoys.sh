#!/usr/bin/env bash
# Decoy rows: what an export of many clients holds beside them, names its event by a single row, changes no sum, never comes
# back as a client, and goes to no authority.
. "${0%/*}/../lib/vault.sh"

vault_people
mapfile -t clients < <(python3 "$source_root/tests/lib/prose_firm.py" "$work" 24 8)
python3 - "$work" "${clients[@]}" <<'PYTHON'
import csv, pathlib, random, sys
rng = random.Random(3)
head = "客户编号,本方账号,交易日期,交易时间,交易流水号,借方发生额,贷方发生额,账户余额,币种,对方户名,对方账号,对方开户行,摘要,附言".split(",")
with open(pathlib.Path(sys.argv[1]) / "bank.csv", "w", encoding="utf-8-sig", newline="") as file:
    out = csv.writer(file)
    out.writerow(head)
    for client in sys.argv[2:]:
        balance = 90_000_00
        for n in range(6):
            amount = rng.randint(10_00, 9000_00)
            balance -= amount
            out.writerow([client, f"62{rng.randint(10 ** 16, 10 ** 17 - 1)}", f"2025-0{n + 1}-11", "10:11:12", f"{client[1:]}{n:04d}",
                          f"{amount / 100:.2f}", "", f"{balance / 100:.2f}", "人民币", f"某某{n}商行", "", "", "付货款", ""])
head = ("客户编号,发票方向,发票类型,发票代码,发票号码,开票日期,购买方名称,购买方纳税人识别号,销售方名称,销售方纳税人识别号,项目名称,规格型号,单位,"
        "数量,单价,金额,税率,税额,价税合计,发票状态,开票人,备注").split(",")
with open(pathlib.Path(sys.argv[1]) / "invoices.csv", "w", encoding="utf-8-sig", newline="") as file:
    out = csv.writer(file)
    out.writerow(head)
    for client in sys.argv[2:]:
        for n in range(3):
            net = rng.randint(100_00, 90_000_00)
            tax = (net * 6 + 50) // 100
            out.writerow([client, "销项", "数电发票（普通发票）", "", f"2531{client[1:]}{n:012d}", f"2025-0{n + 1}-09", f"真客户{n}有限公司", "91110105MA7TEXT07L",
                          f"真{client}有限公司", "91310115MA7TEXT15C", "*咨询*账务咨询", "", "次", "1", f"{net / 100:.2f}", f"{net / 100:.2f}", "6%",
                          f"{tax / 100:.2f}", f"{(net + tax) / 100:.2f}", "正常", "王样", ""])
head = "客户编号,工资期间,工号,姓名,身份证号,手机号码,银行卡号,基本工资,绩效奖金,应发工资,养老保险个人,医疗保险个人,失业保险个人,住房公积金个人,个人所得税,实发工资".split(",")
with open(pathlib.Path(sys.argv[1]) / "pay.csv", "w", encoding="utf-8-sig", newline="") as file:
    out = csv.writer(file)
    out.writerow(head)
    for client in sys.argv[2:]:
        for n in range(3):
            base, bonus = rng.randint(40, 90) * 100_00, rng.randint(1, 20) * 100_00
            off = [base * 8 // 100, base * 2 // 100, base * 5 // 1000, base * 5 // 100, rng.randint(3_00, 90_00)]
            out.writerow([client, "2025-01", f"{n + 1:04d}", f"真员{client}{n}", "110105198002150010", "13912345678", "6212345678901234569"] +
                         [f"{v / 100:.2f}" for v in (base, bonus, base + bonus, *off, base + bonus - sum(off))])
PYTHON
vault_must as amy import "$work/clients.csv" "$work/vouchers.csv" "$work/bank.csv" "$work/invoices.csv" "$work/pay.csv"
for client in "${clients[@]}"; do vault_must as adam assign "$client" bob; done
event() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["event"])' "$work/out"; }
export_all() { # USER FILE WORDS…
    local user=$1 file=$2
    shift 2
    expect_exit 0 as "$user" export "${clients[@]}" --format "${file##*.}" --out "$work/$file" --json "$@"
}
found='[e["event"] for e in v["exports"] if e["found"]]'
# Rows of a file by whether their client is one of the firm's; sums of its money by client.
cat >"$work/look.py" <<'PYTHON'
import collections, csv, decimal, json, pathlib, sys
def rows(path):
    if path.endswith(".jsonl"):
        for line in open(path, encoding="utf-8"):
            record = json.loads(line)
            fields = record["fields"]
            for part in fields.get("lines", [fields]):
                yield record["kind"], record["client"]["client_no"], record["record_id"], {**fields, **part}
        return
    head = []
    for row in csv.reader(open(path, encoding="utf-8-sig", newline="")):
        if row[0] == "kind":
            head = row
            continue
        cells = {name.split("[].")[-1]: cell for name, cell in zip(head, row) if cell}
        yield row[0], row[5], row[1], cells
def real(number):
    return number in REAL
REAL = set(sys.argv[2].split())
table = list(rows(sys.argv[1]))
sums, paid = collections.Counter(), collections.defaultdict(list)
for kind, client, _, cells in table:
    flat = {**cells, **{"social." + name: cell for name, cell in (cells.get("social") or {}).items()}} if isinstance(cells.get("social"), dict) else cells
    if kind == "payroll_entry":
        off = sum(decimal.Decimal(flat.get(name, "0")) for name in
                  ("social.pension", "social.medical", "social.unemployment", "housing_fund", "income_tax") if "*" not in flat.get(name, ""))
        paid[real(client)].append("*" in flat["net"] or decimal.Decimal(flat["gross"]) - off == decimal.Decimal(flat["net"]))
    for name in ("debit", "credit", "amount", "net", "tax", "gross", "base", "bonus", "housing_fund", "income_tax", "social.pension"):
        if "*" in flat.get(name, "0"):
            continue
        sums[real(client), kind, cells.get("account_code", ""), name] += decimal.Decimal(flat.get(name, "0"))
made = [row for row in table if not real(row[1])]
told = {"kinds": dict(collections.Counter(row[0] for row in made)), "clients": len({row[1] for row in made}),
        "records": len({row[2] for row in made}), "sums": sorted({str(abs(v)) for (r, *_), v in sums.items() if not r}),
        "real": len({row[2] for row in table}) - len({row[2] for row in made}),
        "paid": all(paid[False]), "real paid": all(paid[True]),
        "invoices": all(decimal.Decimal(c["net"]) + decimal.Decimal(c["tax"]) == decimal.Decimal(c["gross"]) for k, n, _, c in table
                        if k == "invoice" and not real(n)),
        "named": sum("真" in json.dumps(c, ensure_ascii=False) for k, *_, c in made if k in ("invoice", "payroll_entry")),
        "balanced": all(sum(decimal.Decimal(c.get("debit", "0")) - decimal.Decimal(c.get("credit", "0")) for *_, i, c in table if i == id) == 0
                        for id in {row[2] for row in made}),
        "members": sorted({tuple(sorted(c)) for k, n, _, c in table if k == "client" and not real(n)} -
                          {tuple(sorted(c)) for k, n, _, c in table if k == "client" and real(n)})}
json.dump(told, sys.stdout)
PYTHON
look() { python3 "$work/look.py" "$work/$1" "${clients[*]}" >"$work/out"; }

# --- As delivered: lists of many clients have made-up ones, books do not, and few clients are left alone ---
export_all amy list.csv --kind client --purpose task:1
expect_json 'v["decoys"] == 2 and v["rows"] == 24'
list=$(event)
look list.csv
expect_json 'v["kinds"] == {"client": 2} and v["real"] == 24 and v["members"] == []'
export_all bob list.jsonl --kind client --purpose task:1
bobs=$(event)
look list.jsonl
expect_json 'v["kinds"] == {"client": 2} and v["real"] == 24 and v["members"] == []'
export_all amy books.csv --kind voucher --purpose task:1
expect_json '"decoys" not in v'
look books.csv
expect_json 'v["records"] == 0'
expect_exit 0 as amy export "${clients[@]:0:19}" --kind client --format csv --out "$work/few.csv" --purpose task:1 --json
expect_json '"decoys" not in v and v["rows"] == 19'
expect_exit 0 as ina log replay --event record.export --json
expect_json '[l["marks"].get("decoys") for l in lines if l.get("phase") == "intent"] == [{"clients": 2, "records": 2, "amounts": 0}] * 2 + [None] * 2'
expect_json '["decoys" in l["marks"]["kinds"] for l in lines if l.get("phase") == "intent"] == [True, True, False, False]'
expect 'the log says nothing of who they are' [ "$(sql 'SELECT count(*), min(length(token)), max(length(token)) FROM copy_decoy')" = '[12,16,16]' ]

# --- One row of it names the export, whatever is left ---
python3 - "$work" "${clients[*]}" <<'PYTHON'
import csv, pathlib, sys
work, real = pathlib.Path(sys.argv[1]), set(sys.argv[2].split())
rows = list(csv.reader(open(work / "list.csv", encoding="utf-8-sig", newline="")))
head, made = rows[0], [row for row in rows[1:] if row[5] not in real]
def write(name, table):
    with open(work / name, "w", encoding="gbk", newline="") as file:
        csv.writer(file).writerows(table)
write("row.csv", made[:1])
write("names.csv", [[row[head.index("tax_id")], row[head.index("name")]] for row in made])
write("without.csv", [[cell.strip() for cell in row[9:]] for row in rows[1:] if row[5] in real][:3])
PYTHON
for file in row names; do
    expect_exit 0 as ina trace marks "$work/$file.csv" --json
    expect_json "$found == [$list]"
    expect_json 'v["exports"][0]["survived"]["decoys"]["clients"][0] in (1, 2)'
done
expect_exit 0 as ina trace marks "$work/names.csv"
expect_out 'made-up rows 2/4'
expect_exit 0 as ina trace marks "$work/without.csv" --json
expect_json "$list not in $found and $bobs not in $found"
expect_exit 0 as ina trace marks "$work/list.jsonl" --json
expect_json "$found == [$bobs]"

# --- Books too, where the firm wants it: pairs that take each other back; those whose amounts can carry no number are left out ---
expect_exit 0 as adam setting set export.decoys all
for form in csv jsonl; do
    export_all bob all.$form --purpose task:1 --reveal '*'
    expect_json 'v["decoys"] > 8'
    declare "$form=$(event)"
    look all.$form
    expect_json 'v["clients"] == 2 and v["kinds"]["client"] == 2 and all(v["kinds"][k] >= 2 for k in ("voucher", "bank_transaction", "invoice", "payroll_entry"))'
    expect_json 'v["paid"] and v["real paid"] and v["invoices"] and v["named"] == 0'
    expect_json 'set(v["sums"]) <= {"0", "0.00"} and v["balanced"]'
done
export_all bob all.xlsx --purpose task:1
xlsx=$(event)
python3 - "$work" "${clients[*]}" <<'PYTHON'
import csv, pathlib, random, sys
work, real = pathlib.Path(sys.argv[1]), set(sys.argv[2].split())
rng = random.Random(2)
rows = list(csv.reader(open(work / "all.csv", encoding="utf-8-sig", newline="")))
head = next(row for row in rows if row[0] == "kind" and "lines[].debit" in row)
table = [[row[head.index("lines[].account_code")], row[head.index("lines[].debit")]] for row in rows if row[0] == "voucher"]
rng.shuffle(table)
with open(work / "amounts.csv", "w", encoding="utf-8", newline="") as file:
    csv.writer(file).writerows(table)
PYTHON
expect_exit 0 as ina trace marks "$work/amounts.csv" --json
expect_json "$found == [$csv]"
expect_json 'v["exports"][0]["log10_by_kind"]["decoys"] > 7 and v["exports"][0]["log10_by_kind"]["width"] == 0'
expect_exit 0 as ina trace marks "$work/all.xlsx" --json
expect_json "$found == [$xlsx]"
# Of invoices the gross, of payroll what was paid: each alone, without anything else.
export_all bob pay.jsonl --kind payroll_entry --reveal net,gross --purpose task:1
pay=$(event)
look pay.jsonl
expect_json 'v["kinds"]["payroll_entry"] in (2, 4, 6, 8) and v["named"] == 0 and set(v["sums"]) <= {"0", "0.00"}'
export_all bob invoices.jsonl --kind invoice --purpose task:1
invoices=$(event)
look invoices.jsonl
expect_json 'v["kinds"]["invoice"] in (2, 4, 6, 8) and v["invoices"] and v["named"] == 0 and set(v["sums"]) <= {"0", "0.00"}'
python3 - "$work" <<'PYTHON'
import csv, json, pathlib, random, sys
work, rng = pathlib.Path(sys.argv[1]), random.Random(3)
for name, field in (("pay", "net"), ("invoices", "gross")):
    rows = [[json.loads(line)["fields"][field]] for line in open(work / f"{name}.jsonl", encoding="utf-8")]
    rng.shuffle(rows)
    with open(work / f"{name}-amounts.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
PYTHON
expect_exit 0 as ina trace marks "$work/invoices-amounts.csv" --json
expect_json "$found == [$invoices]"
# Of what is paid there are few different amounts, and of four pairs it is chance how many can carry a number: it leads, found or not.
expect_exit 0 as ina trace marks "$work/pay-amounts.csv" --json
expect_json "v['exports'][0]['event'] == $pay and v['exports'][0]['log10_by_kind']['decoys'] > 2 and $found in ([], [$pay])"
# What people are paid by has nobody who was made up: a file of payroll alone with cards, and purposes that pay.
export_all bob cards.jsonl --kind payroll_entry --reveal employee.bank_card,net --purpose task:1
expect_json '"decoys" not in v'
export_all bob every.jsonl --kind payroll_entry --reveal '*' --purpose task:1
expect_json '"decoys" not in v'
export_all bob paying.jsonl --purpose payment:1
look paying.jsonl
expect_json 'v["kinds"]["voucher"] >= 2 and "payroll_entry" not in v["kinds"]'
# … and a trace takes it for what only that person was given.
expect_exit 0 as ina trace "$work/amounts.csv" --json
expect_json "v['marks'] == [$csv]"

# --- Back again: none becomes a client, nothing changes, and it is said ---
before=$(sql 'SELECT count(*), sum(version), (SELECT count(*) FROM record) FROM client')
for file in list.csv list.jsonl all.csv all.jsonl all.xlsx; do
    expect_exit 0 as bob import "$work/$file" --json
    expect_json 'all(f["new"] == f["changed"] == f["refused_count"] == 0 and f["same"] >= 24 and f["decoys"] >= 2 for f in v["files"])'
done
expect_exit 0 as adam import "$work/list.csv" --json
expect_json 'v["files"][0]["new"] == 0 and v["files"][0]["decoys"] == 2'
expect_exit 0 as bob import "$work/list.csv"
expect_out '2 records are of clients that an export of this vault made up'
# The columns of another program, with new numbers: known by name and tax id.
python3 - "$work" "${clients[*]}" <<'PYTHON'
import csv, pathlib, sys
work, real = pathlib.Path(sys.argv[1]), set(sys.argv[2].split())
rows = list(csv.reader(open(work / "list.csv", encoding="utf-8-sig", newline="")))
head, made = rows[0], [row for row in rows[1:] if row[5] not in real]
with open(work / "other.csv", "w", encoding="utf-8", newline="") as file:
    csv.writer(file).writerows([["客户编号", "客户名称", "统一社会信用代码", "服务状态"]] +
                               [[f"Z{n}", row[head.index("name")], row[head.index("tax_id")] if n else "", "服务中"] for n, row in enumerate(made)])
PYTHON
expect_exit 0 as bob import "$work/other.csv" --json
expect_json 'v["files"][0]["decoys"] == 2 and v["files"][0]["new"] == 0 and not v["files"][0]["refused"]'
expect 'nothing came in' [ "$(sql 'SELECT count(*), sum(version), (SELECT count(*) FROM record) FROM client')" = "$before" ]
# A client of that name who came since has a tax id of his own.
python3 - "$work" <<'PYTHON'
import csv, pathlib, sys
work = pathlib.Path(sys.argv[1])
rows = list(csv.reader(open(work / "other.csv", encoding="utf-8", newline="")))
signs, weights = "0123456789ABCDEFGHJKLMNPQRTUWXY", [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
number = "91310000MA1FL1C2X"
number += signs[-sum(signs.index(c) * w for c, w in zip(number, weights)) % 31]
with open(work / "namesake.csv", "w", encoding="utf-8", newline="") as file:
    csv.writer(file).writerows([rows[0], ["N1", rows[1][1], number, "服务中"]])
PYTHON
expect_exit 0 as bob import "$work/namesake.csv" --json
expect_json '"decoys" not in v["files"][0] and v["files"][0]["new"] == 1'

# --- Never for an authority; not where somebody asks; not where the firm does not want it ---
for purpose in tax:1 court:1 authority:1 filing:1 social-insurance:1; do
    export_all bob "${purpose%:1}.csv" --purpose "$purpose"
    expect_json '"decoys" not in v'
    look "${purpose%:1}.csv"
    expect_json 'v["records"] == 0'
done
export_all bob plain.csv --purpose task:2 --no-decoys
plain=$(event)
look plain.csv
expect_json 'v["records"] == 0'
expect_exit 0 as ina log replay --event record.export --json
expect_json "[l['marks']['decoys'] for l in lines if l['seq'] == $plain] == [{'why': 'asked'}]"
expect_exit 0 as adam setting set export.decoys off
expect_out 'It takes hold when somebody else sets the same'
export_all bob still.csv --kind client --purpose task:2
expect_json 'v["decoys"] == 2'
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
finish
