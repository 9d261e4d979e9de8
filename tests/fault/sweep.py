#!/usr/bin/env python3
"""The n-th allocation, read, write, sync, open, rename, truncation, reservation and SQLite call fails, for every n, for
each operation.  What must come of it: the operation's work and exit 0, or one line and an exit of 1 to 5; and a vault
that opens, verifies, and says what it said before or what the operation should have made of it, nothing between.

Quick form: as many of all faults as fit into a few seconds (SWEEP_SECONDS), spread over all operations and kinds in a
fixed order.  STRONGROOM_TEST_FULL=1: every n of every kind; of allocations, the first one of every different stack, and
then every n that time (SWEEP_SECONDS) allows.

sweep.py OPERATION KIND:N[:ERRNO][:ACTION] repeats one and says what happened; sweep.py OPERATION,… KIND,… tries every
n of those.
"""
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import prose_firm  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402

KINDS = ("alloc", "read", "write", "sync", "open", "rename", "truncate", "space", "sqlite")
SECONDS = float(os.environ.get("SWEEP_SECONDS", "440" if attack.FULL else "40"))

work = attack.workplace("sweep")
origin = attack.Quick(os.path.join(work, "origin"))
attack.furnished(origin)
EMPTY = os.path.join(work, "empty")
os.makedirs(EMPTY)
for user in attack.USERS:
    with open(os.path.join(EMPTY, "pass." + user), "w", encoding="utf-8", opener=attack.private) as file:
        file.write(f"the passphrase of {user}\n")
origin.must(ADMIN, "backup", "--out", os.path.join(origin.home, "backup.srb"))
record = origin.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
LOG_POLICY = os.path.join(work, "log.policy")
with open(LOG_POLICY, "wb") as file:
    file.write(origin.must(INA, "log", "policy").out)
POLICY = os.path.join(work, "policy.cedar")
with open(POLICY, "wb") as file:
    file.write(origin.must(INA, "policy", "show").out + b"\n// and a remark\n")
# So many rows that a thread puts them behind the reading.
BULK = os.path.join(work, "balances.csv")
with open(os.path.join(attack.AGENCY, "balances.csv"), encoding="utf-8-sig") as file:
    HEAD, FIRST = file.read().splitlines()[:2]
with open(BULK, "w", encoding="utf-8") as file:
    file.write(HEAD + "\n")
    for row in range(600):
        cells = FIRST.split(",")
        cells[3] = f"{1000 + row}"
        file.write(",".join(cells) + "\n")


class Broken(Exception):
    pass


def asked(vault, user, *words, **more):
    """A state, as text; the question must be answered."""
    ran = vault.run(user, *words, "--json", **more)
    if ran.code != 0:
        raise Broken(f"{user} {' '.join(words)}: {ran}")
    return ran.out.decode()


def without(text, *members):
    lines = []
    for line in text.splitlines():
        value = json.loads(line)
        for member in members:
            value.pop(member, None)
        lines.append(json.dumps(value, sort_keys=True))
    return lines


# --- What each operation should do, told from outside ---

def opens(vault):
    if not os.path.exists(vault.path):
        return "absent"
    asked(vault, ADMIN, "log", "verify")
    return "there"


def users(vault):
    found = without(asked(vault, ADMIN, "user", "list"))
    if any('"new"' in line for line in found):
        asked(vault, "new", "log", "checkpoint")
    return found


def records(vault):
    return without(asked(vault, AMY, "list", "K0001"), "id")


def passphrase(vault):
    """Which of the two opens: exactly one."""
    works = [name for name in ("amy", "new") if vault.copy_as(AMY, name).code == 0]
    if len(works) != 1:
        raise Broken(f"passphrases that open: {works}")
    return works[0]


def out_file(name, lines=False):
    def state(vault):
        path = os.path.join(vault.home, name)
        records(vault)
        leftovers = [file for file in os.listdir(vault.home) if file.startswith(name) and file != name]
        if leftovers:
            raise Broken(f"left behind: {leftovers}")
        if not os.path.exists(path):
            return "absent"
        if not lines:
            return "there"
        # Each export is marked in its writing, but it is of the same records in full.
        with open(path, encoding="utf-8") as file:
            return [sorted(places(json.loads(line))) for line in file]
    return state


def places(value, at=""):
    """Where something stands in a value, and numbers and ids as they are."""
    if isinstance(value, dict):
        return [place for name in value for place in places(value[name], f"{at}.{name}")]
    if isinstance(value, list):
        return [place for i, item in enumerate(value) for place in places(item, f"{at}[{i}]")]
    return [f"{at} {value}" if isinstance(value, str) and value.isascii() and value.isalnum() else at]


def bundle(vault):
    """A bundle that is there is one that an auditor accepts."""
    found = out_file("case.tar")(vault)
    if found == "there":
        ran = vault.run(INA, "audit", os.path.join(vault.home, "case.tar"), "--policy", LOG_POLICY)
        if ran.code != 0:
            raise Broken(f"audit: {ran}")
    return found


def partners(vault):
    return without(asked(vault, ADMIN, "role", "show", "partners"))


def approvals(vault):
    """Whoever approved gives his share with his next session, if not in this one."""
    asked(vault, "ada", "log", "checkpoint")
    return partners(vault)


def witnesses(vault):
    # How far each is depends on when it is asked.
    return [line.get("name") for line in map(json.loads, asked(vault, ADMIN, "witness", "list").splitlines())]


def restored(vault):
    """What was restored opens, as an investigator who remembers nothing sees it."""
    path = os.path.join(vault.home, "again")
    if not os.path.exists(path):
        return "absent"
    ran = vault.run(INA, "--no-remember", "log", "verify", "--json", vault=path)
    if ran.code != 0:
        raise Broken(f"restored: {ran}")
    return "there"


class Case(attack.Quick):
    def copy_as(self, user, passphrase_of):
        return attack.Ran(*run_raw([attack.PROGRAM, "--vault", self.path, "--as", user, "--passphrase-file",
                                    self.passphrase(passphrase_of), "log", "checkpoint"], self.environment()))


def run_raw(command, environment):
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout, done.stderr


# --- What must be there before some of them ---

def quorum(vault):
    """A role that two admins keep, and somebody to whom one of them has granted it."""
    with open(vault.passphrase("ada"), "w", encoding="utf-8", opener=attack.private) as file:
        file.write("the passphrase of ada\n")
    for user in ("ada", "new"):
        vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
    vault.must(ADMIN, "grant", "admin", "ada")
    vault.must(ADMIN, "role", "add", "partners", "--keepers", "quorum:2", "--portfolio", "main")
    vault.must(AMY, "client", "list") # boxes the portfolio's keys for the role
    vault.must(ADMIN, "grant", "partners", "new")


def approved(vault):
    quorum(vault)
    vault.must("ada", "role", "approve", "partners", "new")
    vault.must(ADMIN, "log", "checkpoint") # gives his share


# Nobody listens there: what is swept is the vault's side, and that a witness that is away holds nothing up.
WITNESS = ["http://127.0.0.1:1", "witness.example/swept+b5136900+BCxq1MRd/Rs/P9o238ji+vWh1EE1/GkTv9QuHk9viwcG"]


def witnessed(vault):
    vault.must(ADMIN, "witness", "add", *WITNESS)


TRACE = os.path.join(work, "trace.json")
with open(TRACE, "w", encoding="utf-8") as file:
    json.dump({"leak": "leak.csv", "none": 0.1, "backup": 0, "unlogged": 0, "persons": [], "groups": [], "linked": 1,
               "rows": 1, "decoys": 0, "columns": [], "leaked": [], "not_before": "", "current_until": ""}, file)
origin.must(AMY, "show", "K0001", record, "--purpose", "task:1")
SHOWN = str(origin.must(INA, "log", "replay", "--actor", AMY, "--event", "record.read", "--json").lines[-1]["seq"])
TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "vault", "documents", "templates",
                        "statement.en.html")
DRAFT = ["finding", "draft", "--from", TRACE, "--direct", AMY, "--event", SHOWN, "--summary", "swept"]


def drafted(vault):
    vault.must(INA, *DRAFT)


def findings(vault):
    """Every finding that there is opens, in every version."""
    found = []
    for line in map(json.loads, asked(vault, INA, "finding", "list").splitlines()):
        for version in range(1, line["version"] + 1):
            shown = json.loads(asked(vault, INA, "finding", "show", line["id"], "--version", str(version)))
            found.append((line["status"], version, shown["document"]["sections"], len(shown["document"]["persons"])))
    asked(vault, INA, "log", "verify")
    return found


def case_files(vault):
    """Every case opens, and what it says is what was sealed."""
    found = []
    for line in map(json.loads, asked(vault, INA, "incident", "list").splitlines()):
        if "id" in line:
            shown = json.loads(asked(vault, INA, "incident", "status", line["id"]))
            found.append((shown["status"], [step.get("says") for step in shown["steps"]], len(shown["duties"])))
    asked(vault, INA, "log", "verify")
    return found


def opened(vault):
    vault.must(INA, "incident", "open", "--title", "swept")
    vault.must(INA, "incident", "document", "draft", "0", "summary", "--field", "cause=swept")


def documents(vault):
    """Every document's page comes out as its event says."""
    rows = [json.loads(line) for line in asked(vault, INA, "incident", "document", "list", "0").splitlines()]
    for row in rows:
        asked(vault, INA, "incident", "document", "register", "0", str(row["document"]))
    asked(vault, INA, "log", "verify")
    return [(row["kind"], row["state"], row["sent"]) for row in rows]


def templates(vault):
    """The firm's own template, or the program's; what the log names is there."""
    asked(vault, INA, "log", "verify")
    return json.loads(asked(vault, INA, "incident", "template", "show", "statement", "--lang", "en"))["own"]


def frozen(vault):
    """Frozen, and then nobody gets through, or not."""
    asked(vault, INA, "log", "verify")
    return vault.run(AMY, "list", "K0001", "--json").code


def report(vault):
    """A report that is there is whole, and an auditor accepts its bundle."""
    path = os.path.join(vault.home, "report")
    left = [name for name in os.listdir(vault.home) if name.startswith("report.part")]
    if left:
        raise Broken(f"left behind: {left}")
    if not os.path.exists(path):
        return "absent"
    if not os.path.exists(os.path.join(path, "report.html")):
        raise Broken("a report without a page")
    ran = vault.run(INA, "audit", os.path.join(path, "bundle"), "--policy", LOG_POLICY)
    if ran.code != 0:
        raise Broken(f"audit: {ran}")
    return "there"


def person(vault, user, role):
    with open(vault.passphrase(user), "w", encoding="utf-8", opener=attack.private) as file:
        file.write(f"the passphrase of {user}\n")
    vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
    vault.must(ADMIN, "grant", role, user)


# --- Findings as far as their signatures
def complete(vault):
    drafted(vault)
    person(vault, "ivo", "investigator")
    vault.must(INA, "finding", "drop", "0", "--person", ADMIN)
    vault.must(INA, "finding", "add", "0", "--direct", AMY, "--rule", "handbook 4.2")


def accepted(vault):
    complete(vault)
    vault.must("ivo", "finding", "review", "0", "--accept")


def signed_once(vault):
    accepted(vault)
    vault.must(INA, "--yes", "finding", "sign", "0")


# --- Traces: the agency's own list of clients has leaked
LEAK = os.path.join(attack.AGENCY, "clients.csv")


def cases(vault):
    """Every case that there is opens, and the log has an event for each."""
    found = []
    for line in map(json.loads, asked(vault, INA, "trace", "list").splitlines()):
        if line.get("lost"):
            continue # said to be traced and not kept: no case
        shown = json.loads(asked(vault, INA, "trace", "show", line["case"]))
        found.append((line["leak"], line["linked"], shown["linked"], len(shown["persons"])))
    return found


def traced(vault):
    person(vault, "ivo", "investigator")
    vault.must(AMY, "client", "list")
    vault.must(INA, "trace", LEAK)


def asked_for_names(vault):
    traced(vault)
    vault.must(ADMIN, "setting", "set", "trace.two_investigators", "on")
    vault.must(INA, "trace", "reveal", "0", "--purpose", "leak:1")


def reveals(vault):
    lines = asked(vault, INA, "log", "replay", "--event", "trace.*").splitlines()
    return [(e["event"], e["actor"]["id"]) for e in map(json.loads, lines) if e["event"].startswith("trace.reveal")]


# --- Approvals, reviews, handing over
EXPORT = ["export", "K0001", "--format", "jsonl", "--out", "{home}/out.jsonl", "--purpose", "task:1"]
REQUEST = ["approval", "request", "record.export", "K0001", "--reason", "adviser leaves", "--for", "8h"]


def four_eyes(vault):
    person(vault, "ada", "admin")
    vault.must(ADMIN, "setting", "set", "approval.export", "1:1")


def requested(vault):
    four_eyes(vault)
    number = vault.must(AMY, *REQUEST, "--json").json["request"]
    with open(os.path.join(vault.home, "request"), "w", encoding="ascii") as file:
        file.write(str(number))


def agreed(vault):
    requested(vault)
    with open(os.path.join(vault.home, "request"), encoding="ascii") as file:
        vault.must("ada", "approval", "approve", file.read())


def requests(vault):
    return without(asked(vault, "ada", "approval", "list", "--all"), "filed", "until", "left", "request")


def exported(vault):
    """The file and the approval that it used up go together; an export that was undone may have used it all the same."""
    states = [line["state"] for line in map(json.loads, asked(vault, "ada", "approval", "list", "--all").splitlines())]
    there = out_file("out.jsonl", True)(vault)
    if there != "absent" and "used" not in " ".join(states):
        raise Broken(f"exported, and the approval is {states}")
    return there


def reviewing(vault):
    person(vault, "ada", "admin")
    vault.must(ADMIN, "review", "start", "--due", "2099-01-31", "--user", BOB)


def reviews(vault):
    # Its number is that of its event: where the engine calls a failed read damage, that is an event before it.
    return without(asked(vault, ADMIN, "review", "list"), "review"), users(vault)


def registers(vault):
    """What is kept has its words, and the log says the same."""
    asked(vault, INA, "log", "verify")
    lines = [json.loads(line) for line in asked(vault, ADMIN, "register", "list").splitlines()]
    return [(line["kind"], line["unsigned"], json.loads(asked(vault, AMY, "register", "show", line["kind"], line["name"]))["text"])
            for line in lines]


def opened(vault):
    vault.must(INA, "incident", "open", "--title", "swept", "--moment", "knew=2024-01-01")


def ruled(vault):
    vault.must(ADMIN, "register", "add", "rule", "secrecy", "--text", "words", "--until", "2099-01-31")


def doomed(vault):
    four_eyes(vault)
    listed = vault.must(ADMIN, "destroy", "propose", "--client", "K0001", "--kind", "contact", "--json").json["list"]
    with open(os.path.join(vault.home, "destroy"), "w", encoding="ascii") as file:
        file.write(str(listed))


def destroyed(vault):
    """All of the list, or none of it, and the log says which."""
    asked(vault, INA, "log", "verify")
    states = [json.loads(line)["state"] for line in asked(vault, ADMIN, "destroy", "list").splitlines()]
    return states, len(asked(vault, AMY, "list", "K0001", "--kind", "contact").splitlines())


def handed(vault):
    def sees(user):
        ran = vault.run(user, "client", "list", "--json")
        return without(ran.out.decode(), "id") if ran.code == 0 else ran.code
    return users(vault), sees(AMY), sees(BOB)


# --- Decoys
def decoys(vault):
    """What is listed and what Amy sees say the same; an admin's next session carries out what was ordered."""
    listed = sorted(json.loads(line)["state"] for line in asked(vault, INA, "decoy", "list").splitlines())
    return listed, len(asked(vault, AMY, "client", "list").splitlines())


def carried(vault):
    """Whatever came between, the next session of an admin carries out what was ordered, once."""
    asked(vault, ADMIN, "log", "checkpoint")
    return decoys(vault)


def ordered(vault):
    vault.must(INA, "decoy", "plant", "--user", AMY)


def planted(vault):
    ordered(vault)
    vault.must(ADMIN, "client", "list")
    number = vault.must(INA, "decoy", "list", "--json").lines[0]["client_no"]
    with open(os.path.join(vault.home, "decoy"), "w", encoding="ascii") as file:
        file.write(number)


def waiting(vault):
    """An order that a second investigator has to agree to."""
    person(vault, "ivo", "investigator")
    vault.must(ADMIN, "setting", "set", "decoy.two_investigators", "on")
    order = json.loads(vault.must(INA, "decoy", "plant", "--user", AMY, "--json").out)["event"]
    with open(os.path.join(vault.home, "decoy"), "w", encoding="ascii") as file:
        file.write(str(order))


def furnished(vault):
    """Whatever came between, the next session of the person for whom it is gives a decoy its records, all of them."""
    asked(vault, AMY, "client", "list")
    return ["records" in line for line in map(json.loads, asked(vault, INA, "decoy", "list").splitlines())], decoys(vault)


CROWD = [f"P{i + 1:04d}" for i in range(20)]


def crowd(vault):
    """Clients enough for an export to have made-up ones, with all kinds of money."""
    prose_firm.make(vault.home, len(CROWD), 2)
    prose_firm.make_documents(vault.home, CROWD, 1)
    vault.must(AMY, "import", *[os.path.join(vault.home, f"{name}.csv") for name in ("clients", "vouchers", "invoices", "payroll")])
    vault.must(ADMIN, "setting", "set", "export.decoys", "all")


PREPARED = {"incident enter": opened, "register sign": ruled, "destroy run": doomed, "finding review": complete, "finding sign": signed_once, "finding withdraw": accepted, "trace reveal": traced,
            "trace approve": asked_for_names, "approval request": four_eyes, "approval approve": requested,
            "approval deny": requested, "export approved": agreed, "review keep": reviewing, "review drop": reviewing,
            "decoy carry": ordered, "decoy furnish": planted, "export decoys": crowd, "decoy retire": planted, "decoy rotate": planted,
            "decoy approve": waiting, "decoy call off": waiting,
            "finding text": drafted, "incident document draft": opened, "trace report": drafted, "role approve": quorum, "quorum grant": approved, "witness remove": witnessed}

OPERATIONS = {
    # name: (user, words, state, what it discloses on standard output)
    "init": (ADMIN, ["init", "--kdf-memory", "64"], opens, False),
    "user add": (ADMIN, ["user", "add", "new", "--new-passphrase-file", "{home}/pass.new"], users, False),
    "user passwd": (AMY, ["user", "passwd", "--new-passphrase-file", "{home}/pass.new"], passphrase, False),
    "grant": (ADMIN, ["grant", "auditor", BOB], users, False),
    "revoke": (ADMIN, ["revoke", "accountant", BOB], users, False),
    "user disable": (ADMIN, ["user", "disable", BOB, "--yes"], users, False),
    "assign": (ADMIN, ["assign", "K0003", BOB],
               lambda vault: without(asked(vault, BOB, "client", "list")), False),
    "portfolio add": (ADMIN, ["portfolio", "add", "second", "--role", "accountant"],
                      lambda vault: without(asked(vault, ADMIN, "portfolio", "list")), False),
    "role add": (ADMIN, ["role", "add", "junior", "--portfolio", "main", "--compartment", "books"],
                 lambda vault: without(asked(vault, ADMIN, "role", "list")), False),
    "policy set": (ADMIN, ["policy", "set", POLICY],
                   lambda vault: vault.must_show_policy(), False),
    "role approve": ("ada", ["role", "approve", "partners", "new"], approvals, False),
    "quorum grant": ("new", ["log", "checkpoint"], partners, False),
    "setting set": (ADMIN, ["setting", "set", "witness.max_lag", "500,60m"],
                    lambda vault: without(asked(vault, ADMIN, "setting", "list")), False),
    "witness add": (ADMIN, ["witness", "add", *WITNESS], witnesses, False),
    "witness remove": (ADMIN, ["witness", "remove", WITNESS[1].split("+", maxsplit=1)[0]], witnesses, False),
    "client add": (AMY, ["client", "add", "K0009", "测试客户有限公司"],
                   lambda vault: without(asked(vault, AMY, "client", "list"), "id"), False),
    "import": (AMY, ["import", os.path.join(attack.AGENCY, "bank_accounts.csv")], records, False),
    "import bulk": (AMY, ["import", BULK], records, False),
    "correct": (AMY, ["correct", "K0001", record, "gross=7.00", "--purpose", "fix:1"],
                lambda vault: without(asked(vault, AMY, "history", "K0001", record), "at", "event"), False),
    "list": (AMY, ["list", "K0001", "--json"], records, True),
    "show": (AMY, ["show", "K0001", record, "--reveal", "gross", "--purpose", "task:1", "--json"], records, True),
    "search": (AMY, ["search", "沈样一", "--json"], records, True),
    "export": (AMY, ["export", "K0001", "--format", "jsonl", "--out", "{home}/out.jsonl", "--purpose", "tax:1"],
               out_file("out.jsonl", True), False),
    "export xlsx": (AMY, ["export", "K0001", "--format", "xlsx", "--out", "{home}/out.xlsx", "--purpose", "tax:1"],
                    out_file("out.xlsx"), False),
    "export decoys": (AMY, ["export", *CROWD, "--format", "jsonl", "--out", "{home}/out.jsonl", "--purpose", "task:1"],
                      out_file("out.jsonl"), False),
    "log replay": (INA, ["log", "replay", "--actor", AMY, "--json"], records, True),
    "log export": (INA, ["log", "export", "--format", "ocsf", "--out", "{home}/log.json"], out_file("log.json"), False),
    "log bundle": (INA, ["log", "bundle", "--out", "{home}/case.tar", "--range", "0:", "--purpose", "swept"], bundle,
                   False),
    "log verify": (INA, ["log", "verify"], records, False),
    "finding draft": (INA, DRAFT, findings, False),
    "finding text": (INA, ["finding", "text", "0", "facts", "--text", "swept again"], findings, False),
    "incident freeze": (INA, ["incident", "freeze", "--all"], frozen, False),
    "incident document draft": (INA, ["incident", "document", "draft", "0", "report", "--field", "cause=swept again"], documents, False),
    "incident template set": (INA, ["incident", "template", "set", "statement", TEMPLATE, "--lang", "en"], templates, False),
    "incident open": (INA, ["incident", "open", "--title", "swept", "--moment", "knew=2024-01-01", "--file", TRACE], case_files, False),
    "incident enter": (INA, ["incident", "entry", "add", "0", "claim", "from=x", "amount=1", "basis=b"], case_files, False),
    "trace report": (INA, ["trace", "report", "--finding", "0", "--out", "{home}/report"], report, False),
    "trace person": (INA, ["trace", "person", AMY, "--since", "2020-01-01", "--json"], records, False),
    "decoy plant": (INA, ["decoy", "plant", "--user", AMY],
                    lambda vault: [json.loads(line)["state"] for line in asked(vault, INA, "decoy", "list").splitlines()],
                    False),
    "decoy carry": (ADMIN, ["log", "checkpoint"], carried, False),
    "decoy furnish": (AMY, ["client", "list"], furnished, True),
    "decoy retire": (INA, ["decoy", "retire", "{file:decoy}"], decoys, False),
    "decoy rotate": (INA, ["decoy", "rotate", "--older-than", "0d"], decoys, False),
    "decoy approve": ("ivo", ["--quiet", "decoy", "approve", "{file:decoy}"], carried, False),
    "decoy call off": ("ivo", ["--quiet", "decoy", "approve", "{file:decoy}", "--refuse"], decoys, False),
    "finding review": ("ivo", ["finding", "review", "0", "--accept"], findings, False),
    "finding sign": ("ivo", ["--yes", "finding", "sign", "0"], findings, False),
    "finding withdraw": (INA, ["--yes", "finding", "withdraw", "0", "--reason", "swept"], findings, False),
    "trace run": (INA, ["trace", LEAK], cases, False),
    "trace reveal": (INA, ["trace", "reveal", "0", "--purpose", "leak:1"], reveals, False),
    "trace approve": ("ivo", ["trace", "approve", "0"], reveals, False),
    "approval request": (AMY, REQUEST, requests, False),
    "approval approve": ("ada", ["--quiet", "approval", "approve", "{file:request}"], requests, False),
    "approval deny": ("ada", ["--quiet", "approval", "deny", "{file:request}"], requests, False),
    "export approved": (AMY, EXPORT, exported, False),
    "register add": (ADMIN, ["register", "add", "rule", "secrecy", "--text", "words", "--until", "2099-01-31"], registers, False),
    "register sign": (AMY, ["register", "sign", "secrecy"], registers, False),
    "destroy run": ("ada", ["--yes", "destroy", "run", "{file:destroy}"], destroyed, False),
    "review start": (ADMIN, ["review", "start", "--due", "2099-01-31"], reviews, False),
    "review keep": ("ada", ["review", "keep", "accountant", BOB], reviews, False),
    "review drop": ("ada", ["review", "drop", "accountant", BOB], reviews, False),
    "handover": (ADMIN, ["--yes", "handover", AMY, "--to", BOB], handed, False),
    "contain": (INA, ["user", "contain", BOB], lambda vault: vault.run(BOB, "list", "K0002", "--json").code, False),
    "session end": (ADMIN, ["session", "end", "--user", AMY], records, False),
    "totp enroll": (AMY, ["user", "totp", "enroll"],  # 1: there is nothing to be confirmed; 2: by another code than that
                    lambda vault: vault.run(AMY, "user", "totp", "confirm", "--totp-file", vault.passphrase("new")).code, False),
    "backup": (ADMIN, ["backup", "--out", "{home}/out.srb"], out_file("out.srb"), False),
    "restore": (ADMIN, ["--no-remember", "restore", "{home}/backup.srb"], restored, False),
}


def must_show_policy(self):
    return asked(self, INA, "policy", "show")


Case.must_show_policy = must_show_policy
serial = itertools.count()


homes = {}


def home_of(operation):
    if operation == "init":
        return EMPTY
    if operation not in PREPARED:
        return origin.home
    if operation not in homes:
        homes[operation] = os.path.join(work, operation)
        PREPARED[operation](origin.copy(homes[operation]))
    return homes[operation]


def fresh(operation):
    home = os.path.join(work, f"run{next(serial)}")
    shutil.copytree(home_of(operation), home)
    return Case(home)


def run(vault, operation, **env):
    user, words, _, _ = OPERATIONS[operation]
    words = [word.replace("{home}", vault.home) for word in words]
    for i, word in enumerate(words):
        if word.startswith("{file:"):
            with open(os.path.join(vault.home, word[6:-1]), encoding="ascii") as file:
                words[i] = file.read()
    target = os.path.join(vault.home, "again") if operation == "restore" else None
    if operation == "trace report":
        env["PATH"] = "/nonexistent" # whoever makes the PDF is not what is swept
    return vault.run(user, *words, vault=target, timeout=60, **env)


def rows(out):
    found = []
    for line in out.decode("utf-8", "replace").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            # A line that was cut is for nobody to believe; the exit tells.
            found.append(None)
            continue
        if isinstance(value, dict) and "record" in value:
            value.pop("event", None)
        found.append(json.dumps(value, sort_keys=True))
    return found


def contents(home):
    found = {}
    for directory, _, files in os.walk(home):
        for name in files:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, home)] = file.read()
    return found


class Plan:
    """Of one operation: the states before and after, how often each kind of call is made, and its answer."""
    known = set()

    def __init__(self, operation):
        state = OPERATIONS[operation][2]
        vault = fresh(operation)
        self.contents = contents(vault.home)
        self.before = state(vault)
        attack.remove(vault.home)
        vault = fresh(operation)
        count, stacks = os.path.join(vault.home, "count"), os.path.join(vault.home, "stacks")
        ran = run(vault, operation, FAULT_COUNT=count)
        if ran.code != 0:
            raise SystemExit(f"Bail out! {operation} without a fault: {ran}")
        self.answer = rows(ran.out)
        self.after = state(vault)
        self.counts = {}
        with open(count, encoding="ascii") as file:
            for line in file:
                kind, number = line.split()
                self.counts[kind] = int(number)
        attack.remove(vault.home)
        vault = fresh(operation)
        stacks = os.path.join(vault.home, "stacks")
        run(vault, operation, FAULT_STACKS=stacks)
        with open(stacks, encoding="ascii") as file:
            places = dict(reversed(line.split()) for line in file)
        self.places = len(places)
        # A place that another operation has too is tried with that one.
        self.stacks = sorted(int(number) for place, number in places.items() if place not in Plan.known)
        Plan.known.update(places)
        attack.remove(vault.home)


# libcrypto 3.0 and SQLCipher do not survive some failing allocations while they set themselves up, nor libxlsxwriter and
# the libminizip below it while they write (zipOpenNewFileInZip4_64 fills in the central header that it has just failed
# to allocate).  That is theirs; what is ours is that nothing is lost or shown by it, which is checked all the same.
elsewhere = []
untouched = []
THEIRS = ("libcrypto", "libsqlcipher", "libxlsxwriter", "libminizip", "libz.")


def crashed_elsewhere(path):
    try:
        with open(path, encoding="utf-8") as file:
            frames = [os.path.basename(line.strip()) for line in file]
    except OSError:
        return False
    inner = [frame for frame in frames if not frame.startswith(("libc.so", "libc-", "ld-", "libpthread"))]
    return bool(inner) and inner[0].startswith(THEIRS)


def says_engine(ran):
    """SQLCipher says so itself of a page that it had no memory to decrypt, libzip of an end that it had none to read."""
    return re.search(rb"disk image is malformed|is not a database|HMAC operation failed|a page was damaged or changed|"
                     rb"not a whole backup|unable to get the page|failed to get page", ran.err) is not None


def attempt(operation, plan, fault):
    """None, or what is wrong."""
    _, _, state, discloses = OPERATIONS[operation]
    vault = fresh(operation)
    crash = vault.home + ".crash"
    try:
        ran = run(vault, operation, FAULT=fault, FAULT_CRASH=crash)
        theirs = ran.code < 0 and crashed_elsewhere(crash)
        if theirs:
            elsewhere.append(f"{operation} {fault}")
            for name in os.listdir(vault.home):
                if ".part-" in name: # of a backup, as after kill -9: under a name that is nobody's result
                    os.unlink(os.path.join(vault.home, name))
        elif ran.code < 0 or ran.code > 5:
            return f"ended by {attack.signal_name(ran.code)}: {ran}"
        if ran.code > 0 and not ran.clean():
            return f"no clean error: {ran}"
        if ran.code == 3 and fault.startswith("alloc") and not says_engine(ran):
            return f"damage is said to be where memory failed: {ran}"
        if discloses and any(row not in plan.answer and (row is not None or ran.code == 0) for row in rows(ran.out)) \
                and operation != "log replay":
            return f"other rows than the true ones: {ran}"
        if discloses and ran.code == 0 and len(rows(ran.out)) < len(plan.answer):
            return f"rows are missing, and no error: {ran}"
        try:
            # Files in which no byte was changed answer as they did before it.
            if operation != "init" and contents(vault.home) == plan.contents:
                found = plan.before
                untouched.append(fault)
            else:
                found = state(vault)
                if operation != "init":
                    asked(vault, INA, "log", "verify")
        except Broken as error:
            return f"afterwards ({ran}): {error}"
        if ran.code == 0 and found != plan.after:
            return f"said that it was done, but: {found}"
        if ran.code != 0 and found not in (plan.before, plan.after):
            return f"between before and after ({ran}): {found}"
        return None
    finally:
        attack.remove(vault.home)
        if os.path.exists(crash):
            os.unlink(crash)


def main(operations=tuple(OPERATIONS), kinds=KINDS):
    tap = attack.Tap()
    plans = {operation: Plan(operation) for operation in operations}
    queues = []
    for operation, plan in plans.items():
        for kind in kinds:
            numbers = list(range(1, plan.counts[kind] + 1)) if kind != "alloc" else plan.stacks
            random.Random(operation + kind).shuffle(numbers)
            faults = [f"{kind}:{n}" for n in numbers]
            if kind in ("write", "sync", "space"):
                faults += [f"{kind}:{n}:persist" for n in numbers]
            if kind == "write":
                faults += [f"{kind}:{n}:short" for n in numbers]
            queues.append([(operation, fault) for fault in faults])
    # In turn from each, so that whatever time allows is spread over all; bare repetitions of allocations come last.
    jobs = [job for turn in itertools.zip_longest(*queues) for job in turn if job is not None]
    must = len(jobs)
    rest = [(operation, f"alloc:{n}") for operation, plan in plans.items()
            if "alloc" in kinds for n in set(range(1, plan.counts["alloc"] + 1)) - set(plan.stacks)]
    random.Random(1).shuffle(rest)
    jobs += rest
    end = time.monotonic() + SECONDS
    wrong = {}
    done = {}

    def one(indexed):
        index, (operation, fault) = indexed
        if time.monotonic() > end and (not attack.FULL or index >= must):
            return
        kind = fault.split(":")[0]
        why = attempt(operation, plans[operation], fault)
        done.setdefault((operation, kind), []).append(index)
        if why is not None:
            wrong.setdefault((operation, kind), []).append((fault, why))

    attack.parallel(one, list(enumerate(jobs)), workers=int(os.environ.get("SWEEP_WORKERS", "2")))
    for operation, plan in plans.items():
        for kind in kinds:
            if plan.counts[kind] == 0:
                continue
            bad = wrong.get((operation, kind), [])
            tried = len(done.get((operation, kind), []))
            of = f"{tried} faults in {plan.counts[kind]} calls"
            if kind == "alloc":
                of += f" ({plan.places} places, {len(plan.stacks)} of them first met here)"
            why = f"{len(bad)} of {tried}, such as:\n" + "\n".join(f"{fault}: {text}" for fault, text in bad[:8])
            if tried == 0:
                tap.skip(f"{operation}: {kind}", "no time for it in the quick form")
            else:
                tap.ok(not bad, f"{operation}: {kind}: {of}", why)
    ran = sum(len(items) for items in done.values())
    if elsewhere:
        tap.note(f"{len(elsewhere)} crashes inside {' or '.join(THEIRS)}, nothing lost: {', '.join(elsewhere[:5])}…")
    tap.note(f"{len(untouched)} times no byte was changed")
    tap.note(f"{ran} faults tried; {must} make every n once (allocations: every place), {len(jobs)} with every allocation")
    tap.finish()


if len(sys.argv) == 3 and ":" not in sys.argv[2]:
    attack.FULL = True
    main(sys.argv[1].split(","), sys.argv[2].split(","))
if len(sys.argv) == 3:
    text = attempt(sys.argv[1], Plan(sys.argv[1]), sys.argv[2])
    print("as it should be" if text is None else text)
    sys.exit(text is not None)
main()
