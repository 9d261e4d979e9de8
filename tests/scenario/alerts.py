#!/usr/bin/env python3
"""Alerts and who is told of them: by the firm's program and by mail, from the command line and from a server, which starts
no program but those that its host has named."""
import email
import json
import os
import shutil
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
tap.ok(vault.must(INA, "log", "verify", "--json").lines[-1]["ok"], "the log is sound")
tap.finish()
