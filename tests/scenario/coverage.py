#!/usr/bin/env python3
"""What an incident asks of a firm, and what serves it: every numbered item of the source is served by commands that there are, and
each of these commands is run here, on one small case; what each must do, its own test shows."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402

tap = attack.Tap()
work = attack.workplace("coverage")
vault = attack.furnished(attack.Quick(os.path.join(work, "home")))
rows = vault.must(INA, "incident", "coverage", "--json").lines
items = {item for row in rows for item in row["items"]}
tap.ok(len(rows) == 34 and len({row["id"] for row in rows}) == 34 and len(items) == 100, "34 features, 100 numbered items",
       (len(rows), len(items)))
without = [row["id"] for row in rows if not row["commands"]]
covered = {item for row in rows if row["commands"] for item in row["items"]}
tap.ok(not without and len(covered) == 100, "a command serves each of the 100", without)
told = vault.must(INA, "incident", "coverage").out.decode()
tap.ok("not served" not in told and all(row["id"] in told for row in rows), "and people are told so", told)
tap.ok(vault.run(AMY, "incident", "coverage").code == 2, "an accountant is not told")
commands = sorted({command for row in rows for command in row["commands"]})

# --- Each of them, at work
IVO, ADA = "ivo", "ada"
served = {}


def put(name, text):
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8", opener=attack.private) as file:
        file.write(text)
    return path


def run(user, command, *arguments):
    """One of the table's commands; it must succeed."""
    done = vault.run(user, "--json", "--yes", *command.split(), *arguments)
    served[command] = served.get(command, True) and done.code == 0
    if done.code != 0:
        tap.note(f"{command}: {done}")
    return done


for user in (IVO, ADA):
    with open(vault.passphrase(user), "w", encoding="utf-8", opener=attack.private) as file:
        file.write(f"the passphrase of {user}\n")
    vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
vault.must(ADMIN, "grant", "investigator", IVO)
vault.must(ADMIN, "grant", "admin", ADA)
run(ADMIN, "register add", "rule", "secrecy", "--text", "客户资料不得带出单位。", "--until", "2099-12-31")
run(AMY, "register sign", "secrecy")
run(ADMIN, "register show", "rule", "secrecy")
run(ADMIN, "register due")
run(ADMIN, "role list")
run(ADMIN, "policy show")
run(ADMIN, "policy who-can", "record.read", "K0001")
run(ADMIN, "assign", "K0001", BOB)
run(ADMIN, "review start", "--due", "2099-01-31")
run(ADMIN, "doctor")
run(ADMIN, "vault accountable status")
run(INA, "log verify")
run(INA, "log stats")
run(INA, "log checkpoint")
LEAK = os.path.join(work, "leak.csv")
vault.must(AMY, "export", "K0001", "--kind", "payroll_entry", "--format", "csv", "--out", LEAK, "--purpose", "task:1")
trace = run(INA, "trace", LEAK).json
vault.must(INA, "--yes", "trace", "reveal", trace["case"], "--purpose", "leak:1")
run(INA, "trace person", AMY, "--since", "2020-01-01")
run(INA, "log replay", "--actor", AMY)
case = run(INA, "incident open", "--title", "t", "--moment", "knew=2024-01-31T09:00Z", "--circumstance", "personal=yes", "--file",
           LEAK).json["id"]
run(INA, "incident freeze", "--client", "K0002")
run(INA, "incident unfreeze", "--client", "K0002")
run(INA, "incident status", case)
run(INA, "incident assess", case, "--person", AMY, "--trace", trace["case"])
run(INA, "incident custody", case, "--text", "handed over", "--file", LEAK)
run(INA, "incident hold", case, "--client", "K0001")
clients = put("clients.jsonl", vault.must(ADMIN, "client", "list", "--json").out.decode())
run(INA, "incident notify", case, "notice-client", "--recipients", clients)
STATEMENT = {"sender": "s", "what": "w", "when": "n", "scope": "s", "done": "d", "advice": "a", "contact": "c",
             "approved": "b"}
run(INA, "incident document draft", case, "statement", "--lang", "en", *(word for name, value in STATEMENT.items()
                                                                        for word in ("--field", f"{name}={value}")))
vault.must(INA, "incident", "document", "finish", case, "2")
run(INA, "incident document deliver", case, "2", "--how", "web page")
run(INA, "incident fulfil", case, "cn-client", "--file", LEAK)
for kind, fields in {
        "discipline": ("user=amy", "measure=warning", "rule=secrecy", "heard=yes"), "action": ("cause=c", "action=a", "owner=ada",
                                                                                             "due=2099-01-31"),
        "care": ("from=f", "question=q", "reply_by=2099-01-31"), "remedy": ("to=f", "offer=o"), "lesson": ("text=two people for each export",),
        "survey": ("round=30", "pseudonym=P-7K2M", "timeliness=5", "clarity=4", "effectiveness=4", "trust=7", "renewal=5"),
        "lost": ("what=clients", "month=2024-02", "count=1"), "reputation": ("month=2024-02", "what=w", "source=s"),
        "client-plan": ("client=f", "goal=g", "owner=ada", "review=2099-01-31"), "visit": ("client=f", "day=2099-01-31", "owner=ada"),
        "commitment": ("client=f", "promise=p", "owner=ada", "due=2099-01-31"),
        "renewal": ("client=f", "contract=c", "ends=2099-01-31", "owner=ada"),
        "public-step": ("day=2024-02-01", "text=accounts were stopped", "--state", "published"),
        "complaint": ("from=f", "about=a", "received=2024-02-01", "reply_by=2099-01-31")}.items():
    last = run(INA, "incident entry add", case, kind, *fields).json
run(INA, "incident entry set", case, str(last.get("entry")), "answer=a", "--state", "answered")
run(INA, "incident entry list", case)
run(INA, "incident cooperation list", case)
run(INA, "incident ledger add", case, "claim", "from=f", "amount=12.50", "basis=contract")
run(INA, "incident ledger list", case)
shown = [str(line["seq"]) for line in vault.must(INA, "log", "replay", "--actor", AMY, "--event", "record.export", "--json").lines]
finding = run(INA, "finding draft", "--case", trace["case"], "--direct", AMY, "--event", shown[0]).json
which = finding["id"]
vault.must(INA, "finding", "add", which, "--direct", AMY, "--rule", "secrecy", "--fault", "intent")
for person in finding["persons"]:
    if person["kind"] == "indirect":
        vault.must(INA, "finding", "drop", which, "--person", person["user"], "--part", person["part"])
vault.must(INA, "finding", "text", which, "summary", "--text", "amy")
run(INA, "finding hear", which, AMY, "--text", "no")
run(IVO, "finding review", which, "--accept", "--note", "n")
run(IVO, "finding sign", which)
run(INA, "finding sign", which)
run(INA, "trace report", "--finding", which, "--out", os.path.join(work, "report"))
facts = put("facts.json", run(INA, "incident facts show", "--section", "all").out.decode())
run(INA, "incident facts set", facts)
run(INA, "log bundle", "--out", os.path.join(work, "events"), "--purpose", "p", "--event", "record.*")
bundle = os.path.join(work, "case")
run(INA, "incident bundle", case, "--out", bundle)
run(INA, "audit", bundle, "--policy", put("policy", vault.must(INA, "log", "policy").out.decode()))
if "drill run" in commands:
    run(INA, "drill run", "--out", os.path.join(work, "drill"))
# Nobody listens there, which holds nothing up.
run(ADMIN, "witness add", "http://127.0.0.1:1",
    "witness.example/swept+b5136900+BCxq1MRd/Rs/P9o238ji+vWh1EE1/GkTv9QuHk9viwcG")
left = [command for command in commands if command not in served]
failed = [command for command, good in served.items() if not good]
tap.ok(len(commands) >= 40 and not left, f"each of {len(commands)} commands was run", left)
tap.ok(not failed, "and did what it was asked", failed)
tap.finish()
