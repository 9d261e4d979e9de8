#!/usr/bin/env python3
"""Every command, once on the vault's own machine and once at a server, on the same state: the same output.  What the server
answers meanwhile is held against the API's document, in which every operation must be, and must have succeeded."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from contract import Contract  # noqa: E402
from server import Server, ask  # noqa: E402
from totp import code_of, settle  # noqa: E402
from watched import Door, Twice  # noqa: E402

# These are not asked of a server, because …
ELSEWHERE = {
    "init": "it makes the vault that a server could serve", "restore": "it makes one as well",
    "drill run": "it copies the vault's files and opens the copy with the passphrase, and a server hands out neither",
    "serve": "it is the server", "audit": "it needs no vault", "witness": "it is another server, of others' logs",
    "witness log add": "it works on a witness's own directory", "witness log list": "the same",
    "witness log remove": "the same", "witness rate": "the same",
    "policy test": "it needs no vault", "policy authorize": "the same", "policy check-parse": "the same",
    "policy validate": "the same",
    "login": "there is nobody to log in to without a server", "logout": "the same"}

tap = attack.Tap()
work = attack.workplace("server-commands")
vault = attack.Quick(os.path.join(work, "home"))
ADA, IVO, CID, KIT, EVE = "ada", "ivo", "cid", "kit", "eve"


def put(name, text):
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8", opener=attack.private) as file:
        file.write(text)
    return path


# --- A vault, its recovery sheet, and who is needed at once ---
os.makedirs(vault.home)
for user in (*attack.USERS, ADA, IVO, CID, KIT, EVE):
    put(os.path.join(vault.home, "pass." + user), f"the passphrase of {user}\n")
sheet = vault.must(ADMIN, "init", "--kdf-memory", "64", "--json").json["recovery"]
for user in (AMY, BOB, INA, ADA, IVO):
    vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
for role, user in (("accountant", AMY), ("accountant", BOB), ("investigator", INA), ("investigator", IVO), ("admin", ADA)):
    vault.must(ADMIN, "grant", role, user)
server = Server(vault).start()
contract = Contract(ask(server.connect(), "GET", "/v1/openapi.json").json)
tap.ok(not contract.faults(), "the document is sound", "\n".join(contract.faults()[:20]))
door = Door(os.path.join(work, "door"), server.socket, contract)
both = Twice(tap, vault, server, door.server_address)


def agency(*names):
    return [os.path.join(attack.AGENCY, name + ".csv") for name in names]


# --- People, roles, clients ---
both(AMY, "import", *agency("clients", "contacts", "payroll", "vouchers"))
both(INA, "log", "checkpoint", json=False)
for user in (CID, KIT, EVE):
    both(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
both(ADMIN, "user", "list")
both(KIT, "user", "passwd", "--new-passphrase-file", vault.passphrase(KIT))
both(ADMIN, "user", "disable", EVE)
both(INA, "user", "contain", KIT)
both(ADMIN, "user", "release", KIT)
secret = both.there_only(KIT, "user", "totp", "enroll").json["secret"]
settle()
codes = both.there_only(KIT, "user", "totp", "confirm", "--totp-file", put("code", code_of(secret) + "\n")).json["recovery_codes"]
for words in (("login", "--totp-file", put("recovery", codes[0] + "\n")),
              ("user", "totp", "remove", "--totp-file", put("another", codes[1] + "\n")), ("logout",)):
    if words[0] == "user":  # the token of the login before goes before the passphrase, for which a code would be needed
        both.there_only(KIT, *words)
        continue
    done = subprocess.run([attack.PROGRAM, "--server", "unix:" + both.door, "--as", KIT, "--passphrase-file",
                           vault.passphrase(KIT), "--no-remember", *words], capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, env=vault.environment(XDG_RUNTIME_DIR=both.work))
    tap.ok(done.returncode == 0, f"with a second factor: {words[0]}", done.stderr)
both(ADMIN, "user", "totp", "reset", KIT)
both.there_only(ADMIN, "session", "list", "--all")
both(ADMIN, "session", "end", "--user", KIT)
both(ADMIN, "portfolio", "add", "north")
both(ADMIN, "portfolio", "list")
both(ADMIN, "role", "add", "solo", "--like", "accountant", "--portfolio", "north", "--keepers", "members")
both(ADMIN, "role", "add", "partners", "--keepers", "quorum:2", "--portfolio", "main")
both(ADMIN, "grant", "partners", CID)
both(ADA, "role", "approve", "partners", CID)
both(ADMIN, "role", "list")
both(ADMIN, "role", "show", "partners")
both(ADMIN, "grant", "solo", KIT)
both(ADMIN, "role", "recover", "solo", KIT, "--share", put("shares", "\n".join(sheet["shares"][:2]) + "\n"))
both(ADMIN, "grant", "accountant", KIT)
both(AMY, "client", "list")
both(ADMIN, "revoke", "accountant", KIT)
both(ADMIN, "client", "add", "N1", "北方样本有限公司", "--portfolio", "north")
both(ADMIN, "assign", "K0001", BOB)
both(ADMIN, "unassign", "K0001", BOB)
both(ADMIN, "assign", "K0002", BOB)
both(AMY, "client", "show", "K0001")

# --- Records ---
rows = both(AMY, "list", "K0001").lines
record = [row["id"] for row in rows if row["kind"] == "payroll_entry"][0]
voucher = [row["id"] for row in rows if row["kind"] == "voucher"][0]
both(AMY, "list", "K0001", json=False)
both(AMY, "search", "沈样一")
both(AMY, "history", "K0001", record)
both(AMY, "show", "K0001", record, "--purpose", "task:1")
both(AMY, "show", "K0001", record, "--purpose", "task:1", "--reveal", "gross", json=False)
both(AMY, "correct", "K0001", voucher, "lines.0.summary=样本", "--purpose", "task:1")
both(AMY, "import", *agency("balances"), "--dry-run", json=False)
exported = both(AMY, "export", "K0001", "--format", "csv", "--out", "leak.csv", "--kind", "payroll_entry", "--purpose", "task:1")
leak = both.written("leak.csv")[1]

# --- Four eyes ---
both(ADMIN, "setting", "list")
both(ADMIN, "setting", "set", "approval.export", "1:1")
both(AMY, "export", "K0001", "--format", "csv", "--out", "denied.csv", "--purpose", "task:1", code=2)
requests = [both(AMY, "approval", "request", "record.export", "K0001", "--reason", "r", "--for", "1d").json["request"]
            for _ in range(3)]
both(ADA, "approval", "list", "--mine")
both(ADA, "approval", "approve", str(requests[0]))
both(AMY, "approval", "show", str(requests[0]))
both(AMY, "approval", "hand-back", str(requests[0]))
both(ADA, "approval", "deny", str(requests[1]))
both(AMY, "approval", "withdraw", str(requests[2]))
both(ADA, "approval", "list", "--all", json=False)

# --- The policy, and broken glass ---
text = both(ADMIN, "policy", "show", json=False).out.decode()
rules = "".join(line[len("//   "):] + "\n" for line in text.splitlines() if line.startswith("//   "))
glass = put("glass.cedar", text + rules)
both(ADMIN, "policy", "simulate", glass)
both(ADMIN, "policy", "set", glass)
both(ADMIN, "setting", "set", "policy.two_people", "on")
proposed = both(ADMIN, "policy", "set", put("wider.cedar", text + rules + '@id("wide")\npermit(principal, action == Action::"client.list", resource);\n')).json
if tap.ok(proposed["proposed"], "a wider policy is a proposal", proposed):
    both(ADA, "policy", "approve", proposed["hash"])
both(ADMIN, "policy", "list")
both(ADMIN, "policy", "who-can", "record.read", "K0001")
both(ADMIN, "policy", "what-can", AMY)
both(ADMIN, "policy", "explain", AMY, "record.read", "K0001")
opened = both(BOB, "break-glass", "--reason", "r", "--for", "1h", "--client", "K0001").json["breakglass"]
both(ADA, "break-glass", "list")
both(BOB, "list", "K0001")
both(ADA, "break-glass", "show", str(opened))
both(BOB, "break-glass", "close", str(opened))
both(ADA, "break-glass", "review", str(opened), "--ok")
both(BOB, "break-glass", "open", "--reason", "r", "--for", "1h", json=False)
line = server.connect()
ada = server.token(ADA)
notices = server.run(line, ada, "notice.take")
contract.watch("POST", "/v1/operations/notice.take", notices)
tap.ok(notices.status == 200 and notices.json, "who was skipped is told at a server too", notices)

# --- Registers ---
both(ADMIN, "register", "add", "rule", "secrecy", "--text", "words", "--until", "2099-01-01")
both(ADMIN, "register", "add", "training", "safety", "--user", AMY, "--until", "2099-01-01")
both(ADMIN, "register", "renew", "training", "safety", "--user", AMY, "--until", "2099-02-01")
both(AMY, "register", "sign", "secrecy")
both(AMY, "register", "mine")
both(AMY, "register", "show", "rule", "secrecy")
both(INA, "register", "show", "rule", "secrecy", "--signatures")
both(ADMIN, "register", "list")
both(ADMIN, "register", "due", "--days", "3650")
both(ADMIN, "register", "end", "training", "safety", "--user", AMY)

listed = [both(ADMIN, "destroy", "propose", "--client", "K0001", "--kind", "contact").json["list"] for _ in range(2)]
both(ADMIN, "destroy", "show", str(listed[0]))
both(ADA, "destroy", "run", str(listed[0]))
both(ADMIN, "destroy", "withdraw", str(listed[1]))
both(ADMIN, "destroy", "list")

# --- Reviews and handing over ---
both(ADMIN, "review", "start", "--due", "2099-01-01")
both(ADMIN, "review", "list")
for verdict in ("keep", "drop"):
    due = both(ADMIN, "review", "next").json
    both(ADMIN, "review", verdict, due["role"], due["user"])
both(ADMIN, "handover", BOB, "--to", AMY, "--preview")
both(ADMIN, "handover", BOB, "--to", AMY)

# --- The log ---
both(INA, "log", "replay", "--actor", AMY, "--story", json=False)
both(INA, "log", "replay", "--actor", AMY, "--limit", "5")
both(INA, "log", "authority")
both(INA, "log", "diff-authority", "2020-01-01")
both(INA, "log", "stats")
both(INA, "log", "export", "--format", "cef", "--out", "log.cef")
both(INA, "log", "export", "--format", "ocsf", "--out", "-", json=False)
both(INA, "log", "verify")
both(INA, "log", "policy", json=False)
both(INA, "log", "bundle", "--out", "bundle", "--purpose", "leak", "--event", "record.*")
both(INA, "log", "tiles", "--out", "tiles")

# --- A leak, and a finding ---
both(INA, "trace", "marks", leak)
# How likely a stolen copy is depends on the moment of the finding, so it is told.
case = both(INA, "trace", leak, "--before", "2100-01-01").json
both(INA, "trace", "list")
both(INA, "trace", "show", case["case"])
both(INA, "trace", "reveal", case["case"], "--purpose", "leak:1")
both(INA, "trace", "person", AMY, "--since", "2020-01-01")
both(ADMIN, "setting", "set", "trace.two_investigators", "on")
both(INA, "trace", "reveal", case["case"], "--purpose", "leak:1", json=False)
both(IVO, "trace", "approve", case["case"])
finding = both(INA, "finding", "draft", "--case", case["case"], "--direct", AMY).json
which = finding["id"]
both(INA, "finding", "add", which, "--direct", AMY, "--rule", "handbook 4.2", "--fault", "intent")
for person in finding["persons"]:
    if person["kind"] == "indirect":
        both(INA, "finding", "drop", which, "--person", person["user"], "--part", person["part"])
both(INA, "finding", "text", which, "summary", "--text", "amy")
both(INA, "finding", "hear", which, AMY, "--text", "no")
both(IVO, "finding", "review", which, "--accept", "--note", "n")
both(IVO, "finding", "sign", which)
both(INA, "finding", "sign", which)
both(INA, "finding", "show", which)
both(INA, "trace", "report", "--finding", which, "--out", "report")
both(INA, "finding", "supersede", which, "--reason", "r")
both(INA, "finding", "withdraw", which, "--reason", "r")
both(INA, "finding", "list", json=False)

# --- An incident: frozen by one, its case, unfrozen by two ---
frozen = ("--client", "K0001")
both(INA, "incident", "freeze", *frozen, same="members")
both(AMY, "list", "K0001", code=5)
incident = both(INA, "incident", "open", "--title", "t", "--moment", "knew=2024-01-31T09:00Z", "--circumstance", "personal=yes",
                "--file", leak).json["id"]
both(INA, "incident", "note", incident, "--text", "n", "--user", IVO, "--part", "lead", "--moment", "confirmed=2024-01-31T10:00Z")
both(IVO, "incident", "custody", incident, "--text", "handed over", "--file", leak)
both(INA, "incident", "assess", incident, "--person", AMY)
both(INA, "incident", "hold", incident, "--client", "K0001")
both(INA, "incident", "fulfil", incident, "cn-client", "--at", "2024-02-01", "--text", "by letter")
both(INA, "incident", "entry", "add", incident, "care", "from=somebody", "question=what of mine", "reply_by=2099-01-31")
both(INA, "incident", "entry", "set", incident, "6", "answer=nothing", "--state", "answered")
both(INA, "incident", "entry", "list", incident)
both(INA, "incident", "ledger", "add", incident, "claim", "from=somebody", "amount=12.50", "basis=contract")
both(INA, "incident", "ledger", "list", incident)
both(INA, "incident", "entry", "add", incident, "client-plan", "client=somebody", "goal=trust", f"owner={ADA}", "review=2099-01-31")
both(INA, "incident", "cooperation", "list", incident)
both(INA, "incident", "status", incident)
both(INA, "incident", "coverage")
both(INA, "incident", "facts", "show", "--section", "duties")
facts = both(INA, "incident", "facts", "show", "--section", "all").out
facts_file = put("facts.json", facts.decode())
both(INA, "incident", "facts", "set", facts_file)
addressed = put("clients.jsonl", both(ADMIN, "client", "list").out.decode())
both(INA, "incident", "notify", incident, "notice-affected", "--recipients", addressed, "--field", "sender=样本代理记账有限公司", "--field", "recipient=r",
     "--field", "event=e", "--field", "consequence=c", "--field", "remedy=r", "--field", "contact=t")
both(INA, "incident", "document", "draft", incident, "report", "--lang", "en", "--field", "cause=not known, yet")
both(INA, "incident", "document", "finish", incident, "1")
both(INA, "incident", "document", "write", incident, "1", "--out", "pages")
both(IVO, "incident", "document", "deliver", incident, "1", "--to", "1", "--how", "post", "--at", "2024-02-02", "--proof", leak)
both(INA, "incident", "document", "list", incident)
both(INA, "incident", "document", "register", incident, "1")
both(INA, "incident", "bundle", incident, "--out", "case")
both(INA, "incident", "template", "list")
template = put("statement.html", both(INA, "incident", "template", "show", "statement", "--lang", "en").json["text"])
both(INA, "incident", "template", "set", "statement", template, "--lang", "en")
both(INA, "incident", "template", "reset", "statement", "--lang", "en")
for words in (("unfreeze", *frozen), ("hold", incident, "--release"), ("close", incident, "--reason", "r")):
    both(INA, "incident", *words)
both(IVO, "incident", "unfreeze", *frozen)
both(INA, "incident", "list")
both(AMY, "list", "K0001")  # which begins her roles' new keys

# --- Decoys and alerts ---
both(INA, "decoy", "plant", "--user", AMY, "--count", "2")
both(ADMIN, "user", "list")
both(ADMIN, "client", "list")
decoys = [one["client_no"] for one in both(INA, "decoy", "list").lines if one["state"] == "planted"]
both(AMY, "list", decoys[0])
alert = both(INA, "alert", "list").lines[0]["id"]
both(INA, "alert", "ack", alert, "--note", "n")
both(INA, "alert", "list", "--all", json=False)
both(ADMIN, "setting", "set", "decoy.two_investigators", "on")
order = both(INA, "decoy", "retire", decoys[0]).json["event"]
both(IVO, "decoy", "approve", str(order))
both(INA, "decoy", "rotate", "--older-than", "1d")

# --- Witnesses, and those who release keys ---
witness_program = os.path.join(os.path.dirname(attack.PROGRAM), "strongroom-witness")
witnesses = []
for name in ("one", "two", "three", "four"):
    directory = os.path.join(work, "witness-" + name)
    # pylint: disable=consider-using-with
    process = subprocess.Popen([witness_program, "--dir", directory, "--listen", f"unix:{work}/{name}.sock", "--name",
                                "witness.example/" + name, "--release", "--json"], stdout=subprocess.PIPE)
    facts = attack.Ran(0, process.stdout.readline(), b"").json
    witnesses.append((process, facts))
    key = [one.split()[1] for one in vault.must(INA, "log", "policy").out.decode().splitlines() if one.startswith("log ")][0]
    subprocess.run([witness_program, "log", "add", key, "--dir", directory], check=True, stdout=subprocess.DEVNULL)
one, two, three, four = (facts for _, facts in witnesses)
both(ADMIN, "vault", "accountable", "witness", one["url"], one["release"])
both(ADMIN, "vault", "accountable", "sheet", same="members")
both(ADMIN, "vault", "accountable", "on", "books")
both(ADMIN, "vault", "accountable", "status")
both(AMY, "vault", "accountable", "finish")
both(INA, "log", "reconcile")
both(ADMIN, "vault", "accountable", "witness", two["url"], two["release"])
both(ADA, "vault", "accountable", "approve", "witness.example/two/release")
both(ADMIN, "vault", "accountable", "recipients")
both(ADMIN, "vault", "accountable", "remove", "witness.example/one/release")
both(ADMIN, "vault", "accountable", "off", "books")

# A copy that went on is a second history, which a witness refuses: so the copy has another one, and is asked once.
both(ADMIN, "witness", "add", four["url"], four["vkey"], here=(three["url"], three["vkey"]), same="members")
for words in (("list",), ("remove", "witness.example/four")):
    both.there_only(ADMIN, "witness", *words)

# --- The whole of it ---
both(ADMIN, "backup", "--out", "vault.backup")
both.there_only(ADMIN, "doctor")  # which looks at the server as well

for process, _ in witnesses:
    process.terminate()
    process.wait()


# --- Is that all? ---
def commands_there_are():
    told = subprocess.run([attack.PROGRAM, "--help"], env=vault.environment(), capture_output=True, check=True).stdout.decode()
    return re.findall(r"^  ([a-z][a-z -]*?) {2,}", told.split("Commands:")[1].split("Options:")[0], re.M)


there_are = commands_there_are()
for words in (("init",), ("restore", "x.backup"), ("serve",)):
    done = attack.Ran(*(lambda ran: (ran.returncode, ran.stdout, ran.stderr))(subprocess.run(
        [attack.PROGRAM, "--server", "unix:" + server.socket, "--as", ADMIN, "--passphrase-file", vault.passphrase(ADMIN), *words],
        env=vault.environment(), capture_output=True, check=False, stdin=subprocess.DEVNULL)))
    tap.ok(done.code == 1 and b"on the machine itself" in done.err, f"{words[0]}: says that it is not for servers", done)
ran = set()
for given in both.commands:
    words = " ".join(given)
    ran.add(max((one for one in there_are if words == one or words.startswith(one + " ")), key=len, default=""))
for command in there_are:
    asked = command in ran
    if command in ELSEWHERE:
        tap.ok(not asked, f"{command}: not at a server, since {ELSEWHERE[command]}")
    else:
        tap.ok(asked, f"{command}: was run here and there")
tap.ok(len(there_are) > 100 and set(ELSEWHERE) <= set(there_are), "the list of commands was understood", there_are)

tap.ok(not contract.problems, "every answer is what the document says", "\n".join(sorted(set(contract.problems))[:40]))
never = [what for what in contract.unseen() if "/v1/operations/" in what and "never succeeded" in what]
tap.ok(not never, "every operation was seen to succeed", "\n".join(never))
ended = server.stop()
tap.ok(ended.code == 0, "the server ends cleanly", ended)
tap.finish()
