#!/usr/bin/env python3
"""Stolen files say nothing: no client's name, tax id, phone, id number, account number, address or search word stands in
any file of the vault, its write-ahead log, its temporary files or a backup, in UTF-8, GBK or UTF-16; nor in the opened
database, nor in what the log says.

With STRONGROOM_TEST_DATA (or ../shared/data beside the source tree) fifty clients and a year of their books; without it,
the project's own samples.
"""
import csv
import glob
import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, INA  # noqa: E402

tap = attack.Tap()
work = attack.workplace("at-rest")
data = os.environ.get("STRONGROOM_TEST_DATA", os.path.join(attack.SOURCE, "..", "shared", "data"))
agency = os.path.join(data, "cn-agency-50", "utf8")
if not os.path.isdir(agency):
    tap.skip("fifty clients", "STRONGROOM_TEST_DATA names no cn-agency-50; the project's own samples instead")
    agency = attack.AGENCY

# --- What must not be found ---
SENSITIVE = ("名称", "户名", "识别号", "信用代码", "身份证", "电话", "手机", "账号", "卡号", "邮箱", "地址", "姓名",
             "法定代表人", "联系人", "往来单位", "签约人", "微信", "发票号码", "流水号")
NOT_SENSITIVE = ("科目名称", "项目名称", "表名称")


def needles_of(folder):
    found = set()
    for path in glob.glob(os.path.join(folder, "*.csv")):
        with open(path, encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                for column, value in row.items():
                    if column and value and any(word in column for word in SENSITIVE) and \
                            column not in NOT_SENSITIVE:
                        found.add(value.strip())
    return {value for value in found if len(value) >= 8 or len(value.encode("gbk", "ignore")) >= 6}


words = needles_of(agency)
# Parts of names are what people search for: the firm's own name without its town and its kind.
words |= {part for name in list(words) if name.endswith("有限公司") for part in (name[2:-4],) if len(part) >= 3}
tap.ok(len(words) > (3000 if agency != attack.AGENCY else 20), f"{len(words)} values to look for")

patterns = os.path.join(work, "patterns")
with open(patterns, "wb") as file:
    for word in sorted(words):
        for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
            coded = word.encode(encoding)
            # Shorter ones turn up in random bytes by chance; NULs and line ends are no patterns for grep.
            if len(coded) >= 6 and b"\n" not in coded and b"\0" not in coded:
                file.write(coded + b"\n")
WIDE = (re.compile(rb"(?:[\x20-\x7e]\x00){8,}"), re.compile(rb"(?:\x00[\x20-\x7e]){8,}"))
plain_words = sorted(word for word in words if word.isascii())


def found_in(path):
    """Up to some of the needles that stand in a file."""
    done = subprocess.run(["grep", "-a", "-o", "-F", "-m", "20", "-f", patterns, path],
                          env={**os.environ, "LC_ALL": "C"}, capture_output=True, check=False)
    hits = [hit.decode("utf-8", "replace") for hit in done.stdout.splitlines()[:5]]
    with open(path, "rb") as file:
        content = file.read()
    for pattern, encoding in zip(WIDE, ("utf-16-le", "utf-16-be")):
        for run in pattern.findall(content):
            text = run.decode(encoding, "replace")
            hits += [word for word in plain_words if word in text][:3]
    return hits


def nothing_in(paths, name):
    hits = {path: found_in(path) for path in paths}
    hits = {path: found for path, found in hits.items() if found}
    tap.ok(not hits and paths, f"{name}: nothing in {len(paths)} files, "
           f"{sum(os.path.getsize(path) for path in paths)} bytes", hits)


# The search itself finds what is there.
control = os.path.join(work, "control")
for number, encoding in enumerate(("utf-8", "gb18030", "utf-16-le", "utf-16-be")):
    for word in (sorted(words)[len(words) // 2], next(w for w in words if w.isdigit()),
                 next(w for w in words if w.endswith("公司"))):
        with open(control, "wb") as file:
            file.write(os.urandom(5000) + word.encode(encoding) + os.urandom(5000))
        if len(word.encode(encoding)) >= 6:
            tap.ok(found_in(control), f"the search finds a value in {encoding}", word)

# --- A firm's files go in; meanwhile somebody keeps copies of whatever lies about ---
temporary = os.path.join(work, "tmp")
os.makedirs(temporary)
vault = attack.Vault(os.path.join(work, "home"))
attack.people(vault)
copies = os.path.join(work, "copies")
os.makedirs(copies)
stop = threading.Event()


def keep_copies():
    taken = {}
    while not stop.is_set():
        for folder in (vault.path, temporary):
            for name in os.listdir(folder):
                if folder == vault.path and not name.startswith(("store.db-", "slots.", "backup")) and "." not in name:
                    continue
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        content = file.read()
                except OSError:
                    continue
                if content:  # of each name the last three
                    taken[name] = (taken.get(name, 0) + 1) % 3
                    with open(os.path.join(copies, f"{taken[name]}-{name}"), "wb") as file:
                        file.write(content)
        time.sleep(0.05)


thief = threading.Thread(target=keep_copies)
thief.start()
order = ["clients.csv"] + sorted(name for name in os.listdir(agency) if name.endswith(".csv") and name != "clients.csv")
start = time.monotonic()
result = vault.must(AMY, "import", "--json", *[os.path.join(agency, name) for name in order], TMPDIR=temporary,
                    timeout=600).json
new = sum(file["new"] for file in result["files"])
tap.ok(new > (20000 if agency != attack.AGENCY else 20), f"imported {new} records in {time.monotonic() - start:.1f} s")

first = vault.must(AMY, "client", "list", "--json").lines[0]
searched = next(word for word in sorted(words) if word.endswith("有限公司") and word != first["name"])
for words_of in (["search", first["name"]], ["search", searched], ["list", first["client_no"]]):
    vault.must(AMY, *words_of, TMPDIR=temporary)
some = vault.must(AMY, "list", first["client_no"], "--kind", "contact", "--json").lines[0]["id"]
vault.must(AMY, "show", first["client_no"], some, "--purpose", "task:1", "--reveal", "mobile", TMPDIR=temporary)
vault.must(AMY, "correct", first["client_no"], some, f"position={searched}", "--purpose", "fix:1", TMPDIR=temporary)
for form in ("xlsx", "csv", "jsonl"):
    out = os.path.join(work, "out." + form)
    vault.must(AMY, "export", first["client_no"], "--format", form, "--out", out, "--purpose", "tax:1",
               TMPDIR=temporary)
    if form != "xlsx":
        tap.ok(found_in(out), f"an export as {form} says it all, so the search works on it")
vault.run(AMY, "show", searched, "--purpose", "task:1", TMPDIR=temporary)
backup = os.path.join(work, "backup.srb")
vault.must(ADMIN, "backup", "--out", backup, TMPDIR=temporary)
stop.set()
thief.join()

files = [os.path.join(folder, name) for folder, _, names in os.walk(vault.path) for name in names]
nothing_in([path for path in files if os.path.getsize(path) > 0], "the vault")
nothing_in([backup], "the backup")
kept = [os.path.join(copies, name) for name in os.listdir(copies)]
if kept:
    nothing_in(kept, "copies of the write-ahead log and of temporary files, taken meanwhile")
tap.ok(any("wal" in name for name in os.listdir(copies)), "a write-ahead log was among them", os.listdir(copies))
tap.ok(os.listdir(temporary) == [], "nothing is left in the directory of temporary files", os.listdir(temporary))
remembered = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(vault.home, "state"))
              for name in names]
nothing_in(remembered, "what the machine remembers")

# A machine that dies in the middle of an import leaves its write-ahead log behind.
dying = vault.copy(os.path.join(work, "dying"))
process = subprocess.Popen(dying.command(AMY, "import", os.path.join(agency, "vouchers.csv")),
                           env=dying.environment(TMPDIR=temporary), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
time.sleep(0.35)
process.kill()
process.wait()
files = [os.path.join(dying.path, name) for name in os.listdir(dying.path)]
nothing_in([path for path in files if os.path.getsize(path) > 0] +
           [os.path.join(temporary, name) for name in os.listdir(temporary)], "after kill -9 within an import")

# --- With the database's key: what stands in its tables ---
opened = os.path.join(work, "opened.db")
with open(opened, "wb"):
    pass
vault.sql(f"ATTACH DATABASE '{opened}' AS plain KEY ''", "SELECT sqlcipher_export('plain')", "DETACH DATABASE plain")
with open(opened, "rb") as file:
    tap.ok(file.read(15) == b"SQLite format 3", "the opened database lies there in plain form, for this test")
nothing_in([opened], "the opened database")

# What is in the clear there is of the documented kinds only.
CLEAR = {
    "setting.name": r"[a-z.-]+", "fact.name": r"[a-z.-]+", "user.id": r"adam|amy|bob|ina",
    "role.name": r"accountant|admin|auditor|investigator", "role.base": r"accountant|admin|auditor|investigator",
    "role.keepers": r"members|admins", "role_secret.role": r"[a-z]+", "role_secret.holder": r"|adam|amy|bob|ina",
    "grants.role": r"[a-z]+", "grants.member": r"adam|amy|bob|ina", "grants.granted_by": r"vault|adam",
    "portfolio.name": r"main", "portfolio_key.portfolio": r"main", "reach.role": r"[a-z]+", "reach.portfolio": r"main",
    "portfolio_secret.portfolio": r"main", "portfolio_secret.role": r"[a-z]+", "index_key.portfolio": r"main",
    "copy_seed.role": r"investigator", "trace_key.portfolio": r"main", "trace_key.role": r"investigator", "client.portfolio": r"main", "assignment.member": r"amy", "assignment.assigned_by": r"amy",
    "source.format": r"|[a-z0-9-]+", "record.period": r"|[0-9]{4}|[0-9]{4}-[0-9]{2}", "record.author": r"amy",
    "record_version.period": r"|[0-9]{4}|[0-9]{4}-[0-9]{2}", "record_version.author": r"amy",
}
tables = [row[0] for row in vault.sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
for table in tables:
    for _, column, kind, *_ in vault.sql(f"PRAGMA table_info({table})"):
        if kind != "TEXT":
            continue
        values = [row[0] for row in vault.sql(f"SELECT DISTINCT {column} FROM {table} LIMIT 2000")]
        allowed = CLEAR.get(f"{table}.{column}")
        odd = [value for value in values if allowed is None or not re.fullmatch(allowed, str(value))]
        if values:
            tap.ok(not odd, f"in the clear: {table}.{column}", odd[:5])
blobs = vault.sql("SELECT hex(name) FROM source", "SELECT hex(card) FROM client LIMIT 50",
                  "SELECT hex(head) FROM record ORDER BY random() LIMIT 200",
                  "SELECT hex(body) FROM record ORDER BY random() LIMIT 200")
readable = []
for (value,) in blobs:
    content = bytes.fromhex(value)
    runs = [run for run in re.findall(rb"[\x20-\x7e]{24,}", content)]
    if runs:
        readable.append(runs)
tap.ok(not readable, f"{len(blobs)} sealed blobs have no readable run of twenty-four letters", readable[:5])

# --- What the log says ---
leaves = os.path.join(work, "leaves")
with open(leaves, "wb") as file:
    file.write(vault.must(INA, "log", "replay", "--json").out)
nothing_in([leaves], "the log's leaves, with the words that were searched for")
refused = vault.run(AMY, "client", "show", searched + "甲", "--json")
tap.ok(refused.code == 1, "a name that nobody has", refused)
tap.finish()
