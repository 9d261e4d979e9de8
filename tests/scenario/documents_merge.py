#!/usr/bin/env python3
"""Ten thousand people are each written to once: every page holds what is its recipient's and nothing that is another's, whatever
their names and fields say; memory stays bounded; a second run writes to nobody; what was sent is entered for all, and a third
run after more people were named writes to those alone.

usage: documents_merge.py [COUNT]"""
import csv
import json
import os
import re
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import INA  # noqa: E402

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
ODD = ["{{kinds}}", "<script>alert(1)</script>", "{{#records}}{{.}}{{/records}}", "&amp;", "\u202e", "「」"]
FIELDS = ["sender", "event", "cause", "harm", "consequence", "remedy", "self-help", "contact"]

tap = attack.Tap()
work = attack.workplace("documents-merge")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
case = vault.must(INA, "incident", "open", "--title", "t", "--json").json["id"]


def people(name, first, last):
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["recipient", "name", "kinds", "when"])
        for n in range(first, last):
            table.writerow([f"p{n}", f"n{n:06d}x {ODD[n % len(ODD)]}", f"k{n:06d}x", f"w{n:06d}x"])
    return path


def notify(path, *more):
    given = [word for name in FIELDS for word in ("--field", f"{name}=said to all, in {name}")]
    return vault.run(INA, "incident", "notify", case, "notice-individual", "--recipients", path, *given, *more, "--json")


def wrong_pages(directory, first, last):
    """Pages whose own marks are not all there, or that hold one of another."""
    found = []
    with open(os.path.join(directory, "register.csv"), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if [row["recipient"] for row in rows] != [f"p{n}" for n in range(first, last)]:
        found.append("register.csv")
    for row in rows:
        with open(os.path.join(directory, row["file"]), encoding="utf-8") as file:
            page = file.read()
        marks = set(re.findall(r"[nkw]\d{6}x", page))
        n = int(row["recipient"][1:])
        if marks != {f"n{n:06d}x", f"k{n:06d}x", f"w{n:06d}x"} or "<script" in page or "\u202e" in page:
            found.append(row["file"])
    return found


out = os.path.join(work, "notices")
begun = time.monotonic()
done = notify(people("people.csv", 0, COUNT), "--out", out)
took = time.monotonic() - begun
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
tap.ok(done.code == 0 and done.json["of"] == COUNT and done.json["missing"] == [], f"{COUNT} are written to", done)
print(f"# {COUNT} pages in {took:.1f} s, {peak} MiB at most")
# Sanitizers keep what was freed.
tap.ok(peak < (1600 if os.environ.get("STRONGROOM_SANITIZED") == "1" else 400), "in bounded memory")
faults = wrong_pages(out, 0, COUNT)
tap.ok(not faults, "each page holds its recipient's data alone", " ".join(faults[:10]))

again = notify(people("people.csv", 0, COUNT))
tap.ok(again.code == 1 and b"nobody is written to twice" in again.err, "a second run writes to nobody", again)

number = str(done.json["document"])
vault.must(INA, "incident", "document", "finish", case, number)
register = os.path.join(work, "register.csv")
with open(register, "w", encoding="utf-8", newline="") as file:
    table = csv.writer(file)
    table.writerow(["recipient", "state", "how", "at", "proof"])
    for n in range(COUNT):
        table.writerow([f"p{n}", "bounced" if n % 100 == 7 else "sent", "email", "2024-02-02", f"{n:064x}"])
begun = time.monotonic()
entered = vault.run(INA, "incident", "document", "deliver", case, number, "--register", register, "--json")
print(f"# {COUNT} deliveries entered in {time.monotonic() - begun:.1f} s")
tap.ok(entered.code == 0 and entered.json["entries"] == COUNT, "what was sent is entered for all", entered)
row = json.loads(vault.must(INA, "incident", "document", "list", case, "--json").out.splitlines()[0])
bounced = len([n for n in range(COUNT) if n % 100 == 7])
tap.ok(row["state"] == "sent" and row["bounced"] == bounced and row["sent"] == COUNT - bounced, "and counted", row)

more = notify(people("more.csv", 0, COUNT + 5), "--out", os.path.join(work, "more"))
tap.ok(more.code == 0 and more.json["of"] == 5 and more.json["skipped"] == COUNT, "who was named later is written to, nobody else", more)
faults = wrong_pages(os.path.join(work, "more"), COUNT, COUNT + 5)
tap.ok(not faults, "with his own", " ".join(faults))
back = notify(people("back.csv", 0, COUNT), "--again")
tap.ok(back.code == 0 and back.json["of"] == bounced, "to whom it came back, once more where that is asked for", back)
tap.ok(vault.run(INA, "log", "verify").code == 0, "log and store say the same")
tap.finish()
