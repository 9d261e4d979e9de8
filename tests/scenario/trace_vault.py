#!/usr/bin/env python3
"""A leaked file traced in a vault: whose rows, who was shown them, and who was not; nothing opened for it, people under
pseudonyms, names only by an event and a second investigator; refusals for everybody else."""
import csv
import json
import os
import random
import sys
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402

CYD, IVO = "cyd", "ivo"
tap = attack.Tap()
work = attack.workplace("trace-vault")
dice = random.Random(20260)
vault = attack.Quick(work)


# --- A firm: three accountants with twenty clients each, one of whom also helps out
def uscc(base):
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    return base + letters[-sum(letters.index(c) * w for c, w in zip(base, weights)) % 31]


def digits(count):
    return "".join(dice.choice("0123456789") for _ in range(count))


WORDS = "青禾云岭明德远航晨光海川嘉禾瑞丰盛世金桥新程博雅恒信天成宏图泰和安康德润华景"
TRADES = ("商贸", "咨询", "餐饮管理", "建材", "科技", "物流", "文化传播", "机械设备")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇艳杰娟涛"


def client(number):
    return {"客户编号": f"K{number:04}",
            "客户名称": "".join(dice.sample(WORDS, 4)) + dice.choice(TRADES) + "有限公司",
            "统一社会信用代码": uscc("91310115MA" + "".join(dice.choice("0123456789ABCDEFGH") for _ in range(7))),
            "纳税人类型": "小规模纳税人", "联系人": dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN),
            "联系电话": "13" + digits(9), "电子邮箱": f"k{number}@example.com", "注册地址": f"上海市样本路{number}号",
            "开户银行": "样本银行", "银行账号": "6222" + digits(15), "服务状态": "服务中"}


def write(name, rows, encoding="utf-8-sig"):
    path = os.path.join(work, name)
    with open(path, "w", encoding=encoding, newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


def payroll(number):
    base = 6000 + dice.randrange(90000) / 10
    return [{"客户编号": f"K{number:04}", "工资期间": "2025-01", "工号": f"{k:04}",
             "姓名": dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN),
             "身份证号": "310115" + f"19{dice.randrange(60, 99)}{dice.randrange(1, 13):02}{dice.randrange(1, 29):02}" + digits(4),
             "手机号码": "15" + digits(9), "银行卡号": "6217" + digits(15), "基本工资": f"{base:.2f}",
             "应发工资": f"{base + k * 321.5:.2f}", "实发工资": f"{base + k * 300.25 - 700:.2f}"} for k in range(1, 4)]


def vouchers(number):
    what = "支付" + "".join(dice.sample(WORDS, 3)) + "货款"
    other = "".join(dice.sample(WORDS, 4)) + "供应站"
    amount = f"{dice.randrange(10000, 999999) / 100:.2f}"
    head = {"客户编号": f"K{number:04}", "会计年度": "2025", "会计期间": "1", "凭证日期": "2025-01-15", "凭证字": "记",
            "凭证号": str(100 + number), "附件数": "1"}
    return [{**head, "分录号": "1", "摘要": what, "科目编码": "2202", "科目名称": "应付账款", "借方金额": amount,
             "贷方金额": "", "往来单位": other},
            {**head, "分录号": "2", "摘要": what, "科目编码": "1002", "科目名称": "银行存款", "借方金额": "",
             "贷方金额": amount, "往来单位": other}]


attack.people(vault)
for user in (CYD, IVO):
    with open(vault.passphrase(user), "w", encoding="utf-8", opener=attack.private) as file:
        file.write(f"the passphrase of {user}\n")
    vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
vault.must(ADMIN, "grant", "accountant", CYD)
vault.must(ADMIN, "grant", "investigator", IVO)
for user in (AMY, BOB, CYD):
    vault.run(user, "client", "list")
clients = {number: client(number) for number in range(1, 61)}
own = {AMY: range(1, 21), BOB: range(21, 41), CYD: range(41, 61)}
pay, books = [], []
for user, numbers in own.items():
    mine = [row for n in numbers for row in payroll(n)]
    entries = [row for n in numbers for row in vouchers(n)]
    pay += mine
    books += entries
    vault.must(user, "import", write(f"clients-{user}.csv", [clients[n] for n in numbers]))
    vault.must(user, "import", write(f"payroll-{user}.csv", mine), write(f"vouchers-{user}.csv", entries))


def numbers_of(numbers):
    return [f"K{n:04}" for n in numbers]


REVEAL = "phone,email,bank_account"
FULL = "employee.id_no,employee.mobile,employee.bank_card,base,gross,net"
# Bob helps out with five of Amy's clients; he and Cyd look around among their own.
for n in range(1, 6):
    vault.must(ADMIN, "assign", f"K{n:04}", BOB)
out = os.path.join(work, "export.csv")
vault.must(AMY, "export", *numbers_of(range(1, 19)), "--kind", "client", "--format", "csv", "--out", out, "--purpose",
           "task:1", "--reveal", REVEAL)
vault.must(BOB, "export", *numbers_of(range(21, 36)), "--kind", "client", "--format", "csv", "--out",
           os.path.join(work, "export-bob.csv"), "--purpose", "task:2", "--reveal", REVEAL)
vault.must(CYD, "export", *numbers_of(range(41, 56)), "--kind", "payroll_entry", "--format", "csv", "--out",
           os.path.join(work, "export-cyd.csv"), "--purpose", "task:3", "--reveal", FULL)
vault.must(CYD, "export", *numbers_of(range(41, 51)), "--kind", "voucher", "--format", "csv", "--out",
           os.path.join(work, "export-cyd2.csv"), "--purpose", "task:4")
for n in (1, 2, 3):
    vault.must(BOB, "list", f"K{n:04}", "--kind", "client")
for n in (41, 42):
    vault.must(CYD, "list", f"K{n:04}")


def trace(path, user=INA, *more):
    ran = vault.run(user, "trace", path, "--json", *more)
    return ran.json if ran.code == 0 else tap.ok(False, f"trace {os.path.basename(path)}", ran) or {
        "persons": [], "linked": 0, "none": 0, "ours": [], "case": "0", "leaked": [], "subject": "", "event": 0}


def names(answer, user=INA):
    ran = vault.run(user, "trace", "reveal", answer["case"], "--purpose", "leak:7", "--json")
    return ran.json["names"] if ran.code == 0 and "names" in ran.json else {}


def first(answer):
    return names(answer).get(answer["persons"][0]["actor"], "") if answer["persons"] else ""


def innocent(answer, guilty):
    known = names(answer)
    return all(p["posterior"] <= 0.9 for p in answer["persons"] if known.get(p["actor"]) != guilty)


KEPT = ("客户名称", "统一社会信用代码", "联系电话", "银行账号")


def card(n, heads=KEPT):
    return {head: clients[n][head] for head in heads}


# --- A part of an export, as it was
leak = write("leak.csv", [card(n) for n in range(4, 17)])
answer = trace(leak)
tap.ok(answer["linked"] == 13 and answer["subject"] == "client", "every row of a client list is linked", str(answer)[:400])
tap.ok(first(answer) == AMY, "who exported it comes first", str(answer["persons"])[:600])
tap.ok(innocent(answer, AMY), "nobody else above 0.9", str(answer["persons"]))
tap.ok({"name", "tax_id", "phone", "bank_account"} <= set(answer["leaked"]), "the fields that agree", str(answer["leaked"]))
tap.ok([row["row"] for row in answer["ours"]] == list(range(2, 15)), "which rows are ours, by their place in the file")
tap.ok(all(p["actor"].startswith("person ") for p in answer["persons"]), "people have pseudonyms")
text = json.dumps(answer)
tap.ok(not any(f'"{user}"' in text for user in (AMY, BOB, CYD)), "no account is named before it is asked for")
tap.note(f"amy {answer['persons'][0]['posterior']}, none {answer['none']}, backup {answer['backup']}")

# --- The same, retyped: widths, blanks, an edit in many cells, masks
wide = str.maketrans("0123456789", "０１２３４５６７８９")
retyped = []
for n in range(4, 17):
    row = card(n)
    row["客户名称"] = row["客户名称"].replace("有限公司", " 有限公司") if n % 2 else row["客户名称"][1:]
    row["统一社会信用代码"] = row["统一社会信用代码"].lower().translate(wide)
    row["联系电话"] = row["联系电话"][:3] + "****" + row["联系电话"][7:] if n % 3 else row["联系电话"][:-1] + "0"
    row["银行账号"] = " ".join(row["银行账号"][i:i + 4] for i in range(0, 19, 4))
    retyped.append(row)
again = trace(write("retyped.csv", retyped, "gb18030"))
tap.ok(again["linked"] >= 12, "retyped rows are linked", str(again["linked"]))
tap.ok(first(again) == AMY and innocent(again, AMY), "and the same person comes first", str(again["persons"])[:400])

# --- Shuffled, other headings, no headings
shuffled = [dict(zip(("Kunde", "Steuernummer", "Telefon", "IBAN"), card(n).values())) for n in range(4, 17)]
dice.shuffle(shuffled)
other = trace(write("shuffled.csv", shuffled))
same = [(p["posterior"], p["seen"], p["never_saw"]) for p in other["persons"]] == \
    [(p["posterior"], p["seen"], p["never_saw"]) for p in answer["persons"]]
tap.ok(other["linked"] == 13 and same, "the same answer for a shuffled file in another language", str(other["persons"])[:400])

# --- A copy of an export, with its marks: whoever made it, beyond the guards
copy = trace(os.path.join(work, "export-bob.csv"))
tap.ok(first(copy) == BOB and len(copy["marks"]) == 1 and copy["persons"][0]["posterior"] > 0.99,
       "a file that an export's marks name is of who made it", f"{copy['marks']} {copy['persons'][:2]}")
tap.ok(not answer["marks"], "a retyped file shows none", str(answer["marks"]))

# --- Rows of a payroll list are people
wages = [{"姓名": row["姓名"], "身份证号": row["身份证号"], "手机": row["手机号码"], "应发工资": row["应发工资"]}
         for row in pay if 43 <= int(row["客户编号"][1:]) <= 48]
answer = trace(write("wages.csv", wages))
tap.ok(answer["subject"] == "employee" and answer["linked"] == len(wages), "a payroll list is linked by its people", str(answer)[:300])
tap.ok({"contact", "person_id", "phone", "payroll"} <= set(answer["leaked"]), "with id, phone and pay", str(answer["leaked"]))
tap.ok(first(answer) == CYD and innocent(answer, CYD), "who exported the payroll comes first", str(answer["persons"])[:400])
tap.ok(all("record" in row for row in answer["ours"]), "the entries are named")

# --- And of a list of vouchers
entries = [{"凭证号": f"记-{row['凭证号']}", "摘要": row["摘要"], "往来单位": row["往来单位"]}
           for row in books[::2] if 41 <= int(row["客户编号"][1:]) <= 50]
heads = write("vouchers.csv", [{"凭证号": e["凭证号"], "摘要": e["摘要"], "单位名称": e["往来单位"]} for e in entries])
answer = trace(heads)
tap.ok(answer["subject"] == "voucher" and answer["linked"] >= 9, "a list of vouchers is linked", str(answer)[:300])
tap.ok(first(answer) == CYD and innocent(answer, CYD), "who exported the vouchers comes first", str(answer["persons"])[:400])

# --- And of an export of vouchers as it was, each row of which names its client; without what marks it
with open(os.path.join(work, "export-cyd2.csv"), encoding="utf-8-sig", newline="") as file:
    plain = [{head: "".join(unicodedata.normalize("NFKC", cell).split()) for head, cell in row.items()} for row in csv.DictReader(file)]
random.Random(7).shuffle(plain)
answer = trace(write("export-of-vouchers.csv", plain))
tap.ok(answer["linked"] == len(plain) and answer["none"] < 0.1, "an export of vouchers is linked by its clients", str(answer)[:300])
tap.ok(first(answer) == CYD and innocent(answer, CYD), "who exported them comes first", str(answer["persons"])[:400])

# --- Every cell of a voucher counts, and which version it is of: only who saw it then
before = [dict(row) for row in books if 41 <= int(row["客户编号"][1:]) <= 50]
corrected = [{**row, "摘要": row["摘要"].replace("支付", "退还")} for row in before]
vault.must(CYD, "import", write("corrected-vouchers.csv", corrected))
for n in range(41, 51):
    vault.must(ADMIN, "assign", f"K{n:04}", AMY)
vault.must(AMY, "export", *numbers_of(range(41, 51)), "--kind", "voucher", "--format", "csv", "--out",
           os.path.join(work, "export-amy2.csv"), "--purpose", "task:5")


def voucher_table(rows):
    table = [{"凭证号": f"记-{row['凭证号']}", "摘要": row["摘要"], "单位名称": row["往来单位"], "借方金额": row["借方金额"]} for row in rows[::2]]
    dice.shuffle(table)
    return table


was, became = trace(write("vouchers-were.csv", voucher_table(before))), trace(write("vouchers-are.csv", voucher_table(corrected)))
tap.ok(was["linked"] >= 9 and {"document", "summary", "name", "amount"} <= set(was["leaked"]), "every cell of a voucher is compared",
       str(was)[:400])
tap.ok(first(was) == CYD, "vouchers as they were are of who saw them then", str(was["persons"])[:500])
tap.ok(first(became) == AMY, "and as they are, of who saw the new ones", str(became["persons"])[:500])
tap.ok(was["current_until"] != "" and became["not_before"] != "" and was["current_until"] <= became["not_before"],
       "and when each was taken", f"{was['current_until']} {became['not_before']}")
mixed = trace(write("vouchers-mixed.csv", [{**row, "借方金额": f"{float(row['借方金额']) + 1:.2f}"} for row in voucher_table(before)]))
tap.ok(mixed["linked"] >= 9 and all("amount" in row["differ"] and "summary" in row["agree"] for row in mixed["ours"]),
       "a cell that was changed is told from those that were not", str(mixed["ours"])[:400])

# --- Vouchers from before they had fingerprints: linked as ever, by what finds them, versions alike
early_vault = vault.copy(os.path.join(work, "early"))
early_vault.sql("DELETE FROM fingerprint WHERE record IN (SELECT row FROM record WHERE kind IN (6, 7, 8))")
ran = early_vault.run(INA, "trace", heads, "--json")
tap.ok(ran.code == 0 and ran.json["linked"] >= 9 and {"document", "summary"} <= set(ran.json["leaked"]),
       "vouchers without fingerprints are linked by their words", ran)

# --- The same answer whatever the order of rows and columns, and whatever the columns are called
def told(answer):
    """What is said of whom; pseudonyms are drawn anew for each file."""
    return (answer["linked"], answer["subject"], answer["none"], answer["backup"], sorted(answer["leaked"]), answer["not_before"],
            answer["current_until"], [(p["posterior"], p["alone"], p["seen"], p["seen_fully"], p["never_saw"], p["rows_apart"],
                                       p["way"]["kind"], p["way"]["first_event"]) for p in answer["persons"]])


ENGLISH = {"客户名称": "Customer name", "统一社会信用代码": "Tax number", "联系电话": "Mobile phone", "银行账号": "Account number", "姓名": "Contact name",
           "身份证号": "ID number", "手机": "Phone", "应发工资": "Salary", "凭证号": "Voucher number", "摘要": "Description", "单位名称": "Company",
           "借方金额": "Amount"}
GERMAN = {"客户名称": "Kunde", "统一社会信用代码": "Steuernummer", "联系电话": "Telefon", "银行账号": "Kontonummer", "姓名": "Ansprechpartner",
          "身份证号": "Personalausweis", "手机": "Telefon", "应发工资": "Löhne", "凭证号": "Belegnummer", "摘要": "Buchungstext", "单位名称": "Unternehmen",
          "借方金额": "Betrag"}


def variant(name, rows, headings):
    """Rows and columns in another order, under other headings; None: under none."""
    rows, columns = [dict(row) for row in rows], list(rows[0])
    dice.shuffle(rows)
    dice.shuffle(columns)
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        if headings is not None:
            out.writerow([headings.get(column, column) for column in columns])
        out.writerows([row[column] for column in columns] for row in rows)
    return path


for what, rows, nameless in (("clients", [card(n) for n in range(4, 17)], True), ("payroll", wages, True),
                             ("vouchers", voucher_table(before), False)):
    plain = told(trace(variant(f"{what}-plain.csv", rows, {})))
    forms = {"shuffled": {}, "English": ENGLISH, "German": GERMAN}
    if nameless: # an amount of a voucher is only compared, so its heading is what tells it
        forms.update({"renamed": {head: f"column {i}" for i, head in enumerate(rows[0])}, "nameless": None})
    for form, headings in forms.items():
        again = told(trace(variant(f"{what}-{form}.csv", rows, headings)))
        tap.ok(again == plain and plain[0] > 0, f"{what}, {form}: the same answer", f"{plain}\n{again}")

# --- Data from elsewhere, and rows of others
foreign = trace(write("foreign.csv", [{head: client(500 + n)[head] for head in KEPT} for n in range(12)]))
tap.ok(foreign["linked"] == 0 and foreign["none"] > 0.9 and not foreign["persons"], "outside data is none of ours", str(foreign)[:300])

# --- An old version: only who saw it then
old = {n: dict(clients[n]) for n in range(21, 31)}
for n in old:
    clients[n]["联系电话"] = "18" + digits(9)
vault.must(BOB, "import", write("changed.csv", [clients[n] for n in old]))
for n in old:
    vault.must(ADMIN, "assign", f"K{n:04}", CYD)
vault.must(CYD, "export", *numbers_of(old), "--kind", "client", "--format", "csv", "--out", os.path.join(work, "later.csv"),
           "--purpose", "task:9", "--reveal", REVEAL)
then = trace(write("old.csv", [{head: old[n][head] for head in KEPT} for n in old]))
now = trace(write("new.csv", [card(n) for n in old]))
tap.ok(first(then) == BOB, "an old version is of who saw the old one", str(then["persons"])[:500])
tap.ok(first(now) == CYD, "a new version of who saw the new one", str(now["persons"])[:500])
tap.ok(then["current_until"] != "" and now["not_before"] != "" and then["current_until"] <= now["not_before"],
       "and when each was taken", f"{then['current_until']} {now['not_before']}")
early = trace(leak, INA, "--before", "2001-01-01")
tap.ok(not early["persons"] or early["persons"][0]["posterior"] < 0.1, "nothing later than the finding counts", str(early["persons"])[:300])

# --- Nothing was opened for it
events = [json.loads(line) for line in vault.must(INA, "log", "replay", "--json").out.decode().splitlines()]
by_investigators = {e["event"] for e in events if e["actor"]["id"] in (INA, IVO) and e["decision"]["effect"] == "permit"}
tap.ok(not {e for e in by_investigators if e.startswith(("record.", "client.", "export."))},
       "the log has no record opened by an investigator", str(by_investigators))
traced = [e for e in events if e["event"] == "trace.run" and e.get("trace", {}).get("linked") == 13]
tap.ok(traced and len(traced[0]["trace"]["clients"]) == 13 and len(traced[0]["trace"]["leak"]) == 64,
       "the event names the file and whose rows it has", str(traced)[:300])
shown = json.dumps(events, ensure_ascii=False)
tap.ok(not any(clients[n]["客户名称"] in shown or clients[n]["联系电话"] in shown for n in clients), "and no content")
for words in (("show", "K0004", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--purpose", "x:1"), ("list", "K0004"), ("search", "有限公司"),
              ("client", "list"), ("export", "K0004", "--format", "csv", "--out", os.path.join(work, "no.csv"), "--purpose", "x:1")):
    ran = vault.run(INA, *words)
    tap.ok(ran.code != 0 and not ran.out, f"an investigator: {' '.join(words[:2])} is refused", ran)

# --- Nobody else traces
for user in (AMY, ADMIN):
    ran = vault.run(user, "trace", leak, "--json")
    tap.ok(ran.code == 2 and not ran.out, f"{user} may not trace", ran)
    ran = vault.run(user, "trace", "list", "--json")
    tap.ok(ran.code == 2 and not ran.out, f"{user} sees no case", ran)

# --- A decoy in the file: only whose exports held it
vault.must(INA, "decoy", "plant", "--user", AMY, "--count", "2", "--json")
vault.must(ADMIN, "client", "list")
hers = [json.loads(line) for line in vault.must(AMY, "client", "list", "--json").out.decode().splitlines()]
made_up = [c["client_no"] for c in hers if c["client_no"] not in numbers_of(range(1, 61))]
tap.ok(len(made_up) == 2, "two decoys are among Amy's clients", str(hers)[:300])
vault.must(AMY, "export", *numbers_of(range(1, 9)), *made_up, "--kind", "client", "--format", "csv", "--out",
           os.path.join(work, "with-decoys.csv"), "--purpose", "task:11", "--reveal", REVEAL)
with open(os.path.join(work, "with-decoys.csv"), encoding="utf-8-sig", newline="") as file:
    exported = list(csv.DictReader(file))
head = {name: next(h for h in exported[0] if h.strip().endswith(name)) for name in ("name", "tax_id", "phone")}
bait = trace(write("bait.csv", [{"客户名称": row[head["name"]], "税号": row[head["tax_id"]], "电话": row[head["phone"]]}
                                for row in exported]))
tap.ok(bait["decoys"] == 2 and sum(row.get("decoy", False) for row in bait["ours"]) == 2, "decoys in a leak are told", str(bait)[:400])
tap.ok(first(bait) == AMY and bait["persons"][0]["posterior"] > 0.99, "and of whom they speak", str(bait["persons"])[:300])

# --- Cases, names, and two investigators
case = trace(leak)
listed = [json.loads(line) for line in vault.must(INA, "trace", "list", "--json").out.decode().splitlines()]
tap.ok(any(row["case"] == case["case"] and row["by"] == INA for row in listed), "the case is listed", str(listed)[:200])
shown = vault.must(INA, "trace", "show", case["case"], "--json").json
tap.ok(shown["persons"] == case["persons"] and "names" not in shown, "and shown again as it was, without names", str(shown)[:300])
ran = vault.run(IVO, "trace", "show", case["case"][:12], "--json")
tap.ok(ran.code in (0, 1), "another investigator opens it too, or its beginning is several's", ran)
ran = vault.run(INA, "trace", "reveal", case["case"], "1", "--purpose", "leak:7", "--json")
tap.ok(ran.code == 0 and list(ran.json["names"]) == ["person 1"], "one name may be asked for", ran)
ran = vault.run(INA, "trace", "reveal", case["case"], "99", "--purpose", "leak:7", "--json")
tap.ok(ran.code == 1 and b"person 99" in ran.err, "not of somebody who is not in it", ran)
vault.must(ADMIN, "setting", "set", "trace.two_investigators", "on")
ask = ("trace", "reveal", case["case"], "--purpose", "leak:7", "--json")
asked = vault.must(INA, *ask).json
tap.ok("names" not in asked and asked["requested"], "with two investigators, asking is a request", str(asked))
again = vault.must(INA, *ask).json
tap.ok("names" not in again and again["event"] == asked["event"], "asked again, it is the same request", str(again))
ran = vault.run(INA, "trace", "approve", case["case"], "--json")
tap.ok(ran.code == 2, "who asks does not approve", ran)
ran = vault.run(AMY, "trace", "approve", case["case"], "--json")
tap.ok(ran.code == 2, "nor does an accountant", ran)
ran = vault.run(IVO, *ask)
tap.ok("names" not in ran.json, "nor is the other shown what was asked for by the first", ran)
agreed = vault.must(IVO, "trace", "approve", case["case"], "--json").json
tap.ok(agreed["user"] == INA and agreed["request"] == asked["event"], "another agrees", str(agreed))
told = vault.must(INA, *ask).json
tap.ok(AMY in told.get("names", {}).values(), "and then the names are shown", str(told))
denials = [e for e in (json.loads(line) for line in vault.must(INA, "log", "replay", "--event", "trace.reveal_approve",
           "--json").out.decode().splitlines())]
tap.ok(sorted(e["decision"]["effect"] for e in denials) == ["deny", "deny", "permit"], "each of it is an event", str([(e["actor"]["id"], e["decision"]["effect"]) for e in denials]))

# --- A case that was exchanged does not open
vault.sql("UPDATE trace_case SET sealed = (SELECT sealed FROM trace_case ORDER BY id LIMIT 1)")
ran = vault.run(INA, "trace", "show", case["case"], "--json")
tap.ok(ran.code == 3 and not ran.out, "a case put in another's place does not open", ran)
ran = vault.must(INA, "log", "verify", "--json")
tap.ok(ran.json["ok"], "the log is whole", ran)

# --- In words
ran = vault.run(INA, "trace", leak, LANG="C.UTF-8")
tap.ok(ran.code == 0 and b"person " in ran.out and b"trace reveal" in ran.out, "for people", ran)
ran = vault.run(INA, "trace", os.path.join(work, "missing.csv"))
tap.ok(ran.code == 1 and ran.clean(), "a file that is not there is said so", ran)
tap.finish()
