#!/usr/bin/env python3
"""What survives of an export's marks, measured: real exports of a vault, real attacks, the real reader.
usage: marks.py --build DIR [--clients 40] [--vouchers 30] [--documents 8] [--people 8] [--exports 8] [--leaks 12] [--seed 1] [--only TEXT]

People export the same clients many times.  Each of --leaks exports is changed in each of the ways below; an investigator
reads every result with `trace marks`, which weighs all exports.  A leak counts as *found* where an export that it came
from is under the threshold of one wrong accusation in a million over all exports; *wrong* are exports under it that it did
not come from.  Columns: by each kind of mark alone (its own likelihood ratio, same threshold), then by all together.
Decoy rows are those of `export.decoys all`; --decoys clients measures what is on without being set."""
import argparse
import csv
import json
import math
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import prose_firm  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--build", required=True)
for option, default in (("clients", 40), ("vouchers", 30), ("documents", 8), ("people", 8), ("exports", 8), ("leaks", 12), ("seed", 1)):
    parser.add_argument("--" + option, type=int, default=default)
parser.add_argument("--decoys", choices=("all", "clients"), default="all")
parser.add_argument("--only", default="", help="rows of the table whose name has this in it")
options = parser.parse_args()
program = str(pathlib.Path(options.build) / "cli" / "strongroom")
rng = random.Random(options.seed)
work = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-marks."))


def run(user, *words):
    done = subprocess.run([program, "--vault", str(work / "vault"), "--as", user, "--passphrase-file",
                           str(work / "pass"), "--no-remember", "--json", *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def write(name, rows):
    path = work / name
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


# --- The firm and its exports ---
(work / "pass").write_text("a passphrase for all of them\n")
clients = prose_firm.make(work, options.clients, options.vouchers, options.seed)
prose_firm.make_documents(work, clients, options.documents, options.seed)
people = [f"p{i}" for i in range(options.people)]
run("adam", "init", "--kdf-memory", "64")
for person in people + ["ina"]:
    run("adam", "user", "add", person, "--new-passphrase-file", str(work / "pass"))
    run("adam", "grant", "investigator" if person == "ina" else "accountant", person)
run(people[0], "import", str(work / "clients.csv"), str(work / "vouchers.csv"),
    str(work / "invoices.csv"), str(work / "payroll.csv"))
for person in people[1:]:
    run("adam", "assign", "--portfolio", "main", person)
if options.decoys != "clients":
    run("adam", "setting", "set", "export.decoys", options.decoys)
exports, made = [], set()
for i in range(options.exports * options.people):
    form = "xlsx" if i < options.leaks else "csv"
    out = work / f"export{i}"
    for kind in {form, "csv"}:
        told = run(people[i % options.people], "export", *clients, "--format", kind, "--out", f"{out}.{kind}",
                   "--purpose", "task:1", "--reveal", "net")[-1]
        exports.append((i, kind, f"{out}.{kind}", told["event"]))
        made.add(told.get("decoys", 0))
files = {(i, kind): (pathlib.Path(path), event) for i, kind, path, event in exports}

# --- What is done to them: rows in, rows out ---
def data(rows):
    return [row for row in rows if row[0] != "kind"]


def subset(share):
    return lambda rows: rng.sample(data(rows), max(1, round(share * len(data(rows)))))


def only(kind, *columns):
    return lambda rows: [[row[c] for c in columns if c < len(row)] for row in data(rows) if row[0] == kind]


def each(change):
    return lambda rows: [[change(cell) for cell in row] for row in rows]


def columns(rows, name):
    """The headings of the kind that has this column; the same in all exports of a firm."""
    return next(row for row in rows if row[0] == "kind" and name in row)


def retype(cell):
    """Half width, single blanks, and a wrong character in one cell of twenty."""
    cell = " ".join(unicodedata.normalize("NFKC", cell).split())
    if len(cell) > 3 and rng.random() < 0.05:
        at = rng.randrange(len(cell))
        cell = cell[:at] + rng.choice("的一0人a") + cell[at + 1:]
    return cell


def blanks(cell):
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9]) (?=[\u4e00-\u9fff])", "",
                  " ".join(cell.split()))


HEAD = read(files[0, "csv"][0])
VOUCHER = columns(HEAD, "lines[].summary")
CLIENT = columns(HEAD, "legal_representative.name")
INVOICE, PAYROLL = columns(HEAD, "seller.name"), columns(HEAD, "employee.name")


def part(share, kind, *columns):
    return lambda rows: rng.sample(own := only(kind, *columns)(rows), round(len(own) * share))


attacks = [
    ("as exported, CSV", lambda rows: rows),
    ("sorted by client and what follows", lambda rows: sorted(data(rows), key=lambda row: row[6:])),
    ("columns dropped: client, summary, amount", only("voucher", 6, VOUCHER.index("lines[].summary"),
                                                      VOUCHER.index("lines[].debit"))),
    ("columns dropped: account and amount", only("voucher", VOUCHER.index("lines[].account_code"),
                                                 VOUCHER.index("lines[].debit"))),
    ("clients alone: name, tax id, phone", only("client", *map(CLIENT.index, ("name", "tax_id", "phone")))),
    ("clients alone: name, phone, address", only("client", *map(CLIENT.index, ("name", "phone", "address")))),
    ("the same, 20 % of them", lambda rows: rng.sample(own := only("client", *map(CLIENT.index, ("name", "tax_id", "phone")))(rows),
                                                       round(len(own) / 5))),
    ("account and amount alone, 20 % of the rows", lambda rows: rng.sample(own := only(
        "voucher", VOUCHER.index("lines[].account_code"), VOUCHER.index("lines[].debit"))(rows), round(len(own) / 5))),
    ("account and amount alone, 5 % of the rows", lambda rows: rng.sample(own := only(
        "voucher", VOUCHER.index("lines[].account_code"), VOUCHER.index("lines[].debit"))(rows), round(len(own) / 20))),
    ("invoices alone: buyer and gross", only("invoice", INVOICE.index("buyer.name"), INVOICE.index("gross"))),
    ("the gross of 20 % of the invoices", part(0.2, "invoice", INVOICE.index("gross"))),
    ("payroll alone: name and net", only("payroll_entry", PAYROLL.index("employee.name"), PAYROLL.index("net"))),
    ("the net of 50 % of the payroll", part(0.5, "payroll_entry", PAYROLL.index("net"))),
    ("50 % of the rows, shuffled", subset(0.5)),
    ("20 % of the rows, shuffled", subset(0.2)),
    ("5 % of the rows, shuffled", subset(0.05)),
    ("blanks put right", each(blanks)),
    ("widths put right (NFKC)", each(lambda cell: unicodedata.normalize("NFKC", cell))),
    ("both put right", each(lambda cell: blanks(unicodedata.normalize("NFKC", cell)))),
    ("both put right, shuffled", lambda rows: rng.sample(put_right := each(
        lambda cell: blanks(unicodedata.normalize("NFKC", cell)))(data(rows)), len(put_right))),
    ("typed off: NFKC, wrong characters", each(retype)),
    ("the same, blanks not seen", each(lambda cell: blanks(retype(cell)))),
]


def mix(count):
    def attack(own, *others):
        tables = [data(rows) for rows in (own, *others)]
        both = set.intersection(*[{row[1] for row in table} for table in tables])
        same = [sorted((row for row in table if row[1] in both), key=lambda row: (row[1], row[9:11])) for table in tables]
        mixed = [rng.choice(rows) for rows in zip(*same)]
        return mixed + [row for table in tables for row in table if row[1] not in both and rng.random() < 1 / count]
    return attack


def fits(log10, weighed):
    return log10 >= 6 + math.log10(weighed)


KINDS = ("width", "blanks", "order", "workbook", "decoys")
rows_out, pairs, wrongs, positions = [], 0, 0, []


def judge(name, leaks):
    """leaks: (file, events that it came from)"""
    global pairs, wrongs
    if options.only not in name:
        return
    found = {kind: 0 for kind in (*KINDS, "all")}
    every = wrong = 0
    for told, (path, events) in zip(run("ina", "trace", "marks", *[str(path) for path, _ in leaks]), leaks):
        accused = {e["event"] for e in told["exports"] if e["found"]}
        mine = [e for e in told["exports"] if e["event"] in events]
        for kind in KINDS:
            found[kind] += any(fits(e["log10_by_kind"][kind], told["weighed"]) for e in mine)
        found["all"] += bool(accused & events)
        every += events <= accused
        wrong += len(accused - events)
        pairs += told["weighed"] - len(events)
    wrongs += wrong
    of = len(leaks)
    cells = [f"{found[kind]}/{of}" for kind in (*KINDS, "all")]
    if len(leaks[0][1]) > 1:
        cells[-1] += f", all of them {every}/{of}"
    rows_out.append(f"| {name} | {' | '.join(cells)} | {wrong} |")
    print(rows_out[-1], flush=True)


print("| what was done | width | blanks | order | workbook | decoy rows | all | wrong |\n|---|---|---|---|---|---|---|---|", flush=True)
for name, attack in attacks:
    judge(name, [(write(f"leak{n}.csv", attack(read(files[n, "csv"][0]))), {files[n, "csv"][1]})
                 for n in range(options.leaks)])
judge("as exported, XLSX", [(files[n, "xlsx"][0], {files[n, "xlsx"][1]}) for n in range(options.leaks)])
office = shutil.which("soffice") or shutil.which("libreoffice")
if office:
    def convert(paths, form, folder):
        target = work / folder
        subprocess.run([office, "--headless", f"-env:UserInstallation=file://{work}/office", "--infilter=CSV:44,34,76"
                        if form == "xlsx" else "--nologo", "--convert-to",
                        form if form == "xlsx" else "csv:Text - txt - csv (StarCalc):44,34,76,1", "--outdir", str(target),
                        *map(str, paths)], check=True, capture_output=True)
        return [target / (path.stem + "." + form) for path in paths]
    own = [files[n, "csv"] for n in range(options.leaks)]
    books = convert([path for path, _ in own], "xlsx", "books")
    judge("CSV to XLSX (LibreOffice)", list(zip(books, [{event} for _, event in own])))
    back = convert(books, "csv", "back")
    judge("CSV to XLSX and back (LibreOffice)", list(zip(back, [{event} for _, event in own])))
    own = [files[n, "xlsx"] for n in range(options.leaks)]
    again = convert([path for path, _ in own], "xlsx", "again")
    judge("XLSX opened and saved (LibreOffice)", list(zip(again, [{event} for _, event in own])))
else:
    print("(no LibreOffice here: its three rows are left out)")
for count in (2, 3):
    leaks = []
    for n in range(options.leaks):
        group = [files[(n + k * options.people // 2 + k) % len({i for i, _ in files}), "csv"] for k in range(count)]
        leaks.append((write(f"mix{count}-{n}.csv", mix(count)(*[read(path) for path, _ in group])),
                      {event for _, event in group}))
    judge(f"rows of {count} exports mixed", leaks)
    judge(f"rows of {count} exports mixed, 20 % of them",
          [(write(f"part{count}-{n}.csv", subset(0.2)(read(path))), events) for n, (path, events) in enumerate(leaks)])
total = len(data(HEAD))
print(f"\n{len(exports)} exports of about {total} rows, {min(made)} to {max(made)} records of them made up, by {options.people} people; "
      f"{pairs:,} pairs of a leak and an export that it did not come from, of them {wrongs} accused (expected: under "
      f"{pairs / max(1, len(exports)) * 1e-6:.4f})")
shutil.rmtree(work)
sys.exit(wrongs > 0)
