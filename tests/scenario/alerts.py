#!/usr/bin/env python3
"""Alerts and who is told of them: by the firm's program and by mail, from the command line and from a server, which starts
no program but those that its host has named."""
import datetime
import email
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from server import Server, wait_until  # noqa: E402

tap = attack.Tap()
work = attack.workplace("alerts")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
sendmail = shutil.copy(os.path.join(attack.SOURCE, "tests", "lib", "sendmail"), os.path.join(work, "sendmail"))
hook = os.path.join(work, "hook")
with open(hook, "w", encoding="utf-8") as file:
    file.write(f"#!/bin/sh\ncat >>{hook}.said\n")
os.chmod(hook, 0o700)
os.environ["TZ"] = "UTC"
MAIL = {"STRONGROOM_SENDMAIL": sendmail}


def letters():
    place = os.path.join(work, "letters")
    names = sorted(os.listdir(place)) if os.path.isdir(place) else []
    return [email.message_from_bytes(open(os.path.join(place, name), "rb").read()) for name in names]


def said():
    if not os.path.exists(hook + ".said"):
        return []
    with open(hook + ".said", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def alerts(kind=None):
    lines = vault.must(INA, "alert", "list", "--all", "--json").lines
    return [one for one in lines if kind is None or one["kind"] == kind]


with open(vault.passphrase("ada"), "w", encoding="utf-8") as file:
    file.write("the passphrase of ada\n")
vault.must(ADMIN, "user", "add", "ada", "--new-passphrase-file", vault.passphrase("ada"))
vault.must(ADMIN, "grant", "admin", "ada")
policy = vault.must(ADMIN, "policy", "show").out.decode()
glass = "".join(line[5:] + "\n" for line in policy.splitlines() if line.startswith("//   "))
with open(os.path.join(work, "glass.cedar"), "w", encoding="utf-8") as file:
    file.write(policy + glass)
vault.must(ADMIN, "policy", "set", os.path.join(work, "glass.cedar"))

# --- A letter ---
tap.ok(vault.run(ADMIN, "setting", "set", "alert.mail", "a@firm.example,b@firm.example").code == 1 and
       vault.run(ADMIN, "setting", "set", "alert.mail", "-oQ/tmp@firm.example").code == 1, "an address is one address")
vault.must(ADMIN, "setting", "set", "alert.mail", "investigators@firm.example")
vault.must(ADMIN, "setting", "set", "approval.mail", "admins@firm.example")
vault.must(ADMIN, "setting", "set", "approval.export", "2:1")
ran = vault.run(BOB, "--yes", "break-glass", "--reason", "Qinghe is being searched", "--for", "2h", "--client", "K0001", "--json",
                **MAIL)
glass = ran.json["breakglass"]
told = letters()
tap.ok(ran.code == 0 and [one["To"] for one in told] == ["admins@firm.example", "investigators@firm.example"],
       "broken glass: letters to those who were left out and to those who look at alerts", (ran, told))
tap.ok(all(one["Auto-Submitted"] == "auto-generated" and one["MIME-Version"] == "1.0" and one["Subject"].isascii()
           for one in told), "with the headers of letters by programs")
texts = " ".join(one.get_payload() + one["Subject"] for one in told)
tap.ok(f"breakglass.open {glass}" in texts and "bob" in texts and "break-glass list" in texts, "that say who and what", texts)
tap.ok(not any(word in texts for word in ("K0001", "Qinghe", "searched")), "and neither client nor reason", texts)
raised = alerts("breakglass.open")
tap.ok(len(raised) == 1 and raised[0]["severity"] == "high" and raised[0]["person"] == BOB and raised[0]["cause"] == glass,
       "it is an alert", raised)
tap.ok([(one["ended"], one["way"]) for one in raised[0]["told"] if not one["by"]] == [("0", "mail")], "and the letter an event",
       raised)
tap.ok("mail (0)" in vault.must(INA, "alert", "list", "--all").out.decode(), "which is listed")
vault.must(BOB, "--yes", "break-glass", "--reason", "again", "--for", "1h", **MAIL)
tap.ok(len(alerts("breakglass.open")) == 2, "each is one of its own")
ran = vault.must(AMY, "approval", "request", "record.export", "K0001", "--reason", "adviser leaves", "--for", "8h", **MAIL)
tap.ok([one["Subject"].split()[1] for one in letters()[4:]] == ["approval.request"] and
       "approval list --mine" in letters()[-1].get_payload(), "a request for approval too", letters()[4:])
os.chmod(sendmail, 0o722)
vault.must(BOB, "--yes", "break-glass", "--reason", "again", "--for", "1h", **MAIL)
tap.ok([one["ended"] for one in alerts("breakglass.open")[2]["told"] if not one["by"]] == ["not started"],
       "a sendmail that others may write is not run, and that is told")
os.chmod(sendmail, 0o700)

# --- From a server: only what its host has named ---
vault.must(ADMIN, "setting", "set", "alert.hook", hook)
vault.must("ada", "setting", "set", "alert.hook", hook)
server = Server(vault, **MAIL).start()
line = server.connect()
tap.ok("strongroom-mail" in server.children(), "programs are started by a process of its own", server.children())


def break_glass(user):
    answer = server.run(line, server.token(user), "breakglass.open", reason="r", **{"for": "1h"})
    event = answer.json["breakglass"]
    found = [one for one in alerts("breakglass.open") if one["cause"] == event]
    return sorted((one.get("way", "hook"), one["ended"]) for one in found[0]["told"] if not one["by"])


ends = break_glass(BOB)
tap.ok(ends == [("hook", "not allowed"), ("mail", "not allowed")] and said() == [], "none: none is started", ends)
tap.ok(server.stop().code == 0, "and it ends cleanly")
server = Server(vault, "--program", hook, "--program", sendmail, **MAIL).start()
line = server.connect()
before = len(letters())
ends = break_glass(BOB)
tap.ok(ends == [("hook", "0"), ("mail", "0")], "named: they are told", ends)
tap.ok(len(said()) == 1 and said()[0]["kind"] == "breakglass.open" and said()[0]["person"] == BOB, "the program", said())
tap.ok(len(letters()) == before + 2, "and by mail")
os.kill(server.children()["strongroom-mail"], 9)
tap.ok(wait_until(lambda: "strongroom-mail" in server.children(), 5) and break_glass(BOB) == [("hook", "0"), ("mail", "0")],
       "a messenger that was killed is replaced")
tap.ok(server.stop().code == 0, "and it ends cleanly")
ran = vault.run(ADMIN, "serve", "--socket", os.path.join(work, "s"), "--program", "hook")
tap.ok(ran.code == 1 and b"no absolute path" in ran.err, "a program is named by its whole path", ran)

# --- A burst of failed logins; work outside of hours; the first time with a client; a client whose service has ended ---
DAY = 86400
SETTINGS = vault.must(INA, "setting", "list", "--json").lines
tap.ok({one["name"]: one["value"] for one in SETTINGS if one["name"] in ("alert.volume", "alert.failed_logins",
        "alert.hours", "alert.first_access", "alert.ended_client")} == {"alert.volume": "on", "alert.failed_logins": "10",
        "alert.hours": "off", "alert.first_access": "off", "alert.ended_client": "on"}, "what is on from the start")
with open(vault.passphrase("guess"), "w", encoding="utf-8") as file:
    file.write("not the passphrase\n")
for number in range(10):
    if number == 9:
        tap.ok(alerts("login.refused") == [], "nine wrong passphrases are none")
    wrong = subprocess.run([attack.PROGRAM, "--vault", vault.path, "--as", AMY, "--passphrase-file", vault.passphrase("guess"),
                            "client", "list"], env=vault.environment(), capture_output=True, check=False)
    if wrong.returncode == 0:
        tap.ok(False, "a wrong passphrase is refused", wrong)
found = alerts("login.refused")
tap.ok(len(found) == 1 and found[0]["person"] == AMY and found[0]["how"] == "burst", "the tenth within an hour is an alert",
       found)
for value in ("sun-mon,08:00-20:00", "mon-fri,8:00-20:00", "mon-fri,20:00-08:00", "mon-fri,08:00-20:00,Asia/Shanghai",
              "mon-fri,08:00-24:01", "mon-fri"):
    tap.ok(vault.run(ADMIN, "setting", "set", "alert.hours", value).code == 1, f"alert.hours is not {value}")

day = datetime.datetime.now(datetime.timezone.utc).strftime("%a").lower()
other = "sat-sat" if day != "sat" else "sun-sun"
vault.must(ADMIN, "setting", "set", "alert.hours", f"{other},00:00-24:00,+00:00")
vault.must(ADMIN, "setting", "set", "alert.first_access", "on")
record = vault.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
vault.must(AMY, "show", "K0001", record, "--purpose", "task:1")
vault.must(AMY, "show", "K0001", record, "--purpose", "task:1")
found = [(one["person"], one["how"]) for one in alerts("hours.outside")]
tap.ok(found == [(AMY, "disclosure")], "work outside of hours is told once a day and person", found)
vault.must(ADMIN, "setting", "set", "alert.hours", f"{day}-{day},00:00-24:00,+00:00")
before = [one["id"] for one in alerts()]
vault.must(AMY, "list", "K0002")
vault.must(AMY, "list", "K0002")
vault.must(AMY, "list", "K0001")
found = [one for one in alerts("client.first_access") if one["id"] not in before]
tap.ok(len(found) == 1 and found[0]["person"] == AMY and "client" in found[0], "the first time with a client, once", found)
with open(os.path.join(attack.AGENCY, "clients.csv"), encoding="utf-8-sig") as file:
    rows = file.read()
ended = os.path.join(work, "clients.csv")
with open(ended, "w", encoding="utf-8") as file:
    file.write(rows.replace("服务中", "已终止"))
tap.ok(alerts("client.ended") == [], "clients that are served are no news")
vault.must(AMY, "import", ended)
vault.must(AMY, "show", "K0001", record, "--purpose", "task:1")
vault.must(AMY, "list", "K0001")
found = sorted((one["how"], one["person"], one["severity"]) for one in alerts("client.ended"))
tap.ok(found == [("list", AMY, "low"), ("read", AMY, "low")], "work on one whose service has ended is", found)
vault.must(ADMIN, "setting", "set", "alert.ended_client", "off")
value = {one["name"]: one["value"] for one in vault.must(INA, "setting", "list", "--json").lines}["alert.ended_client"]
tap.ok(value == "on", "one person alone does not switch it off", value)

# --- An access review comes due: told of at 14, 7 and 1 days, and when it was missed, each once, by program and mail ---
def at(days, user, *arguments, **environment):
    return vault.must(user, *arguments, FAULT_CLOCK=str(days * DAY), LD_PRELOAD=attack.FAULT, **environment)


before = len(letters())
due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=20)
copy = os.path.join(work, "copy")
shutil.copytree(vault.home, copy)
vault.must(ADMIN, "review", "start", "--due", due.strftime("%Y-%m-%dT%H:%M:%SZ"))
for days in (3, 7, 8, 14, 14.5, 19.2, 21, 22):
    at(days, INA, "alert", "list", **MAIL)
found = [(one["how"], one["severity"], one["person"]) for one in at(22, INA, "alert", "list", "--all", "--json").lines
         if one["kind"] == "review.due"]
tap.ok(found == [("14d", "low", ""), ("7d", "low", ""), ("1d", "low", ""), ("missed", "high", "")], "an access review is told of",
       found)
told = [one["Subject"] for one in letters()[before:] if "review.due" in one["Subject"]]
tap.ok(len(told) == 4 and len([one for one in said() if one["kind"] == "review.due"]) == 4, "by mail and program", told)
shutil.rmtree(vault.home)
shutil.move(copy, vault.home)

# --- Unusual volume: weeks of work, then a day like no other ---
balances = os.path.join(work, "balances.csv")
with open(os.path.join(attack.AGENCY, "balances.csv"), encoding="utf-8-sig") as file:
    head, first = file.read().splitlines()[:2]
with open(balances, "w", encoding="utf-8") as file:
    file.write(head + "\n")
    for row in range(3000):
        cells = first.split(",")
        cells[3] = f"{1000 + row}"
        file.write(",".join(cells) + "\n")
vault.must(AMY, "import", balances)


for days in range(1, 23):
    at(days, AMY, "export", "K0001", "--kind", "payroll_entry", "--format", "jsonl", "--out", os.path.join(work, f"{days}"),
       "--purpose", "task:1")
lines = at(23, INA, "alert", "list", "--all", "--json").lines
tap.ok([one for one in lines if one["kind"] == "volume.unusual"] == [], "days like others are none")
vault.must(ADMIN, "setting", "set", "approval.export", "off", FAULT_CLOCK=str(23 * DAY), LD_PRELOAD=attack.FAULT)
vault.must("ada", "setting", "set", "approval.export", "off", FAULT_CLOCK=str(23 * DAY), LD_PRELOAD=attack.FAULT)
at(23, AMY, "export", "K0001", "--kind", "account_balance", "--format", "jsonl", "--out", os.path.join(work, "all"),
   "--purpose", "task:1")
lines = [one for one in at(23, INA, "alert", "list", "--all", "--json").lines if one["kind"] == "volume.unusual"]
tap.ok([(one["person"], one["severity"]) for one in lines] == [(AMY, "high")], "one like no other is", lines)
tap.ok(at(23, INA, "log", "verify", "--json").lines[-1]["ok"], "the log is sound")
tap.finish()
