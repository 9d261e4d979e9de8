#!/usr/bin/env python3
"""Eight people's programs read, search and export while one imports, one corrects and one grants: each is done, or says
that it is busy (exit 5); every one that was done is an event, nothing is lost, and the log verifies."""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402

tap = attack.Tap()
work = attack.workplace("concurrency")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
rounds = 30 if attack.FULL else 6
record = vault.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
table = os.path.join(work, "balances.csv")
with open(os.path.join(attack.AGENCY, "balances.csv"), encoding="utf-8-sig") as file:
    head, first = file.read().splitlines()[:2]
with open(table, "w", encoding="utf-8") as file:
    file.write(head + "\n")
    for row in range(3000):
        cells = first.split(",")
        cells[3] = f"{1000 + row}"
        file.write(",".join(cells) + "\n")

lock = threading.Lock()
runs = []


def note(name, ran):
    with lock:
        runs.append((name, ran))


def reader(number):
    for turn in range(rounds):
        out = os.path.join(work, f"out-{number}-{turn}.jsonl")
        words = (["show", "K0001", record, "--purpose", "task:1", "--json"], ["search", "沈样一", "--json"],
                 ["list", "K0001", "--json"], ["export", "K0002", "--format", "jsonl", "--out", out, "--purpose",
                                               "tax:1", "--json"])[(number + turn) % 4]
        note(words[0], vault.run(AMY, *words))


def importer():
    note("import", vault.run(AMY, "import", table, "--json"))
    note("import again", vault.run(AMY, "import", table, "--json"))


def corrector():
    for turn in range(rounds):
        note("correct", vault.run(AMY, "correct", "K0001", record, f"gross={turn}.00", "--purpose", "fix:1", "--json"))


def granter():
    for _ in range(max(1, rounds // 2)):
        note("grant", vault.run(ADMIN, "grant", "auditor", BOB, "--json"))
        note("revoke", vault.run(ADMIN, "revoke", "auditor", BOB, "--json"))


def verifier():
    for _ in range(max(1, rounds // 3)):
        note("verify", vault.run(INA, "log", "verify", "--json"))


def backer():
    note("backup", vault.run(ADMIN, "backup", "--out", os.path.join(work, "meanwhile.srb"), "--json"))


threads = [threading.Thread(target=reader, args=(number,)) for number in range(8)]
threads += [threading.Thread(target=work_of) for work_of in (importer, corrector, granter, verifier, backer)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

for name in sorted({name for name, _ in runs}):
    mine = [ran for other, ran in runs if other == name]
    bad = [ran for ran in mine if ran.code not in (0, 5) or (ran.code == 5 and not ran.clean())]
    # Taken away twice, or not there yet: two may be at it.
    done = sum(ran.code == 0 for ran in mine)
    tap.ok(not bad and done > 0, f"{name}: {done} of {len(mine)} done, the others busy",
           "\n".join(str(ran) for ran in bad[:3]))

events = vault.must(INA, "log", "replay", "--json").lines
for name, event in (("show", "record.read"), ("search", "record.search"), ("list", "record.list")):
    done = sum(ran.code == 0 for other, ran in runs if other == name)
    logged = sum(leaf["event"] == event and leaf["actor"]["id"] == AMY for leaf in events)
    tap.ok(logged >= done, f"{name}: {done} done, {logged} events")
corrected = [ran.json["version"] for name, ran in runs if name == "correct" and ran.code == 0]
tap.ok(len(set(corrected)) == len(corrected), "each correction is a version of its own", corrected)
history = vault.must(AMY, "history", "K0001", record, "--json").lines
tap.ok(history[0]["version"] == 1 + len(corrected), "no correction is lost", history[0])
imported = [ran for name, ran in runs if name.startswith("import") and ran.code == 0]
listed = len(vault.must(AMY, "list", "K0001", "--kind", "account_balance", "--json").out.splitlines())
tap.ok(not imported or listed == 3000, "what was imported is there, once", listed)
tap.ok([leaf["seq"] for leaf in events] == list(range(len(events))), "events are numbered without a gap")
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
backup = os.path.join(work, "meanwhile.srb")
if os.path.exists(backup):
    again = os.path.join(work, "again")
    ran = vault.run(ADMIN, "--no-remember", "restore", backup, vault=again)
    tap.ok(ran.code == 0, "the backup that was made meanwhile restores", ran)
    ran = vault.run(INA, "--no-remember", "log", "verify", "--json", vault=again)
    tap.ok(ran.code == 0 and ran.json["ok"], "and verifies", ran)
tap.finish()
