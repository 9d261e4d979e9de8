#!/usr/bin/env python3
"""A second factor for logins at a server: enrolled and confirmed, asked for only when it is needed, no code twice, recovery
codes for once, required after a grace, reset by an admin; every step an event, and a stolen disk tells nothing of it."""
import base64
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402
from totp import code_of, settle  # noqa: E402

DAY = 24 * 3600
tap = attack.Tap()
work = attack.workplace("factor")
vault = attack.Quick(os.path.join(work, "home"))
attack.people(vault)
file = os.path.join(work, "code")


def write(code):
    with open(file, "w", encoding="utf-8", opener=attack.private) as out:
        out.write(code + "\n")
    return file


def run_totp(user, *arguments, code=None, **more):
    given = [] if code is None else ["--totp-file", write(code)]
    return vault.run(user, "user", "totp", *arguments, *given, "--json", **more)


# --- Enrolling, on the vault's own machine ---
ran = run_totp(AMY, "confirm", code="000000")
tap.ok(ran.code == 1 and b"nothing to be confirmed" in ran.err, "what was not enrolled is not confirmed", ran)
ran = run_totp(AMY, "enroll")
first = ran.json["secret"]
tap.ok(ran.code == 0 and re.fullmatch(
    f"otpauth://totp/Strongroom:amy\\?secret={first}&issuer=Strongroom&algorithm=SHA1&digits=6&period=30", ran.json["uri"]),
    "enrols: a URI and base32", ran)
shown = vault.must(AMY, "user", "totp", "enroll").out.decode()
secret = re.search("secret=([A-Z2-7]{32})", shown)[1]
tap.ok(secret != first and " ".join(re.findall("....", secret)) in shown, "again, before it is confirmed: another; in groups", shown)
server = Server(vault, "--listen", "127.0.0.1:0").start()
tap.ok(server.login(AMY).status == 201, "what is not confirmed yet is not asked for")
settle()
ran = run_totp(AMY, "confirm", code=code_of(first))
tap.ok(ran.code == 2, "a code of the one before does not confirm", ran)
ran = run_totp(AMY, "confirm", code=code_of(secret))
recovery = ran.json["recovery_codes"]
tap.ok(ran.code == 0 and len(set(recovery)) == 10 and all(re.fullmatch("([A-Z2-7]{4}-){3}[A-Z2-7]{4}", one) for one in recovery),
       "confirms: ten recovery codes", ran)
ran = run_totp(AMY, "enroll")
tap.ok(ran.code == 1 and b"already" in ran.err, "one that is in use is not replaced", ran)


# --- Logging in ---
def login(code=None, user=AMY, connection=None, passphrase=None):
    body = {"user": user, "passphrase": passphrase or f"the passphrase of {user}"}
    if code is not None:
        body["code"] = code
    return ask(connection or server.connect(), "POST", "/v1/sessions", body)


answer = login()
tap.ok(answer.status == 401 and answer.json["needs"] == "totp", "the passphrase alone: asked for a code", answer)
answer = login(passphrase="another one")
tap.ok(answer.status == 401 and "needs" not in answer.json, "with a wrong passphrase nobody hears of a code", answer)
settle()
answer = login(code_of(secret))
tap.ok(answer.status == 401 and "used" in answer.json["message"], "the code that confirmed is used", answer)
early = code_of(secret, 1)  # kept, since a busy machine may come into the next step meanwhile
answer = login(early)
tap.ok(answer.status == 201, "the next one, a step early, is taken", answer)
token = answer.json["token"]
answer = login(early)
tap.ok(answer.status == 401, "but not twice", answer)
server.stop()
server.start()
answer = login(early)
tap.ok(answer.status == 401, "nor by a server that has started again", answer)
answer = login(recovery[0].lower().replace("-", " "))
tap.ok(answer.status == 201, "a recovery code, as people write it", answer)
tap.ok(login(recovery[0]).status == 401, "once")
tap.ok(login(recovery[1]).status == 201, "another one")
amy = answer.json["token"]
answer = server.run(server.connect(), amy, "client.list")
tap.ok(answer.status == 200, "and works", answer)
events = vault.must(INA, "log", "replay", "--actor", AMY, "--event", "client.list", "--json").lines
tap.ok(events[-1]["actor"]["auth"]["method"] == "passphrase+totp", "its events say by what", events[-1])

# --- Guessing codes slows down, whoever succeeds with the passphrase in between ---
statuses = []
for attempt in range(6):
    statuses.append(login("123456").status)
    login()
tap.ok(statuses.count(429) >= 1 and set(statuses) <= {401, 429}, "wrong codes slow down", statuses)


def refused(why):
    found = vault.must(INA, "log", "replay", "--event", "session.refuse", "--json").lines
    return [leaf for leaf in found if leaf.get("attempt", {}).get("why") == why and leaf["attempt"]["user"] == AMY]


tap.ok(wait_until(lambda: len(refused("code")) >= 5, 10), "and each is an event", refused("code"))
server.stop()

# --- The command line asks only when it must ---
server = Server(vault).start()
environment = vault.environment(XDG_RUNTIME_DIR=work)


def there(user, *arguments, stdin=subprocess.DEVNULL):
    done = subprocess.run([attack.PROGRAM, "--server", "unix:" + server.socket, "--as", user, "--passphrase-file",
                           vault.passphrase(user), *arguments], env=environment, stdin=stdin, capture_output=True,
                          check=False, start_new_session=True)
    return attack.Ran(done.returncode, done.stdout, done.stderr)


ran = there(BOB, "login")
tap.ok(ran.code == 0, "who has none is not asked", ran)
ran = there(AMY, "login")
tap.ok(ran.code == 1 and b"--totp-file" in ran.err, "who has one must be there to be asked", ran)
ran = there(AMY, "login", "--totp-file", write(recovery[2]))
tap.ok(ran.code == 0 and b"amy is logged in until" in ran.out, "or give it in a file", ran)
ran = there(AMY, "client", "list")
tap.ok(ran.code == 0, "then everything goes on", ran)
ran = there(AMY, "logout")
ran = there(AMY, "client", "list")
tap.ok(ran.code == 2 and b"strongroom login" in ran.err, "for one command a code is not asked: log in", ran)

# --- Removing, resetting ---
ran = run_totp(AMY, "remove", code="654321")
tap.ok(ran.code == 2, "a wrong code removes nothing", ran)
ran = vault.run(BOB, "user", "totp", "reset", AMY)
tap.ok(ran.code == 2, "an accountant resets nobody", ran)
ran = vault.run(ADMIN, "user", "totp", "reset", ADMIN)
tap.ok(ran.code == 1, "nor an admin himself", ran)
ran = run_totp(AMY, "remove", code=recovery[3])
tap.ok(ran.code == 0 and login().status == 201, "a recovery code removes it", ran)
secret = run_totp(AMY, "enroll").json["secret"]
settle()
ran = run_totp(AMY, "confirm", code=code_of(secret))
tap.ok(ran.code == 0 and login().json.get("needs") == "totp", "and another one is enrolled", ran)
ran = vault.run(ADMIN, "user", "totp", "reset", AMY)
tap.ok(ran.code == 0 and login().status == 201, "an admin takes it away", ran)

# --- The firm's rule ---
for value in ("sometimes", "required", "required:0", "required:400"):
    ran = vault.run(ADMIN, "setting", "set", "login.totp", value)
    tap.ok(ran.code == 1, f"login.totp {value} is refused", ran)
vault.must(ADMIN, "setting", "set", "login.totp", "required:14")
answer = login()
due = answer.json["second_factor_due"]
left = time.mktime(time.strptime(due[:19], "%Y-%m-%dT%H:%M:%S")) - time.mktime(time.gmtime())
tap.ok(answer.status == 201 and 13.9 * DAY < left <= 14 * DAY, "within the grace: let in, and told until when", answer)
ran = there(AMY, "login")
tap.ok(ran.code == 0 and b"second factor" in ran.err, "the command line says so", ran)
ran = vault.must(ADMIN, "setting", "set", "login.totp", "optional", "--json")
tap.ok(ran.json["proposed"], "to loosen it takes two people", ran)
server.stop()
later = Server(vault, FAULT_CLOCK=15 * DAY).start()
server = later
answer = login()
tap.ok(answer.status == 403 and "user totp reset" in answer.json["remedy"], "after it: refused, and told what to do", answer)
later.stop()
tap.ok(wait_until(lambda: refused("no second factor"), 10), "which is an event")
vault.must(ADMIN, "user", "totp", "reset", AMY, FAULT_CLOCK=15 * DAY)
server = Server(vault, FAULT_CLOCK=15 * DAY).start()
answer = login()
tap.ok(answer.status == 201, "a reset gives another grace", answer)
amy = answer.json["token"]
answer = server.run(server.connect(), amy, "totp.enroll")
secret = answer.json["secret"]
tap.ok(answer.status == 200, "enrols over HTTP", answer)
settle()
answer = server.run(server.connect(), amy, "totp.confirm", secret=code_of(secret, clock=15 * DAY))
tap.ok(answer.status == 200 and login().json.get("needs") == "totp", "confirms over HTTP", answer)
recovery = answer.json["recovery_codes"]
answer = server.run(server.connect(), amy, "totp.remove", secret=recovery[0])
tap.ok(answer.status == 403, "what the firm asks for is not removed by oneself", answer)
server.stop()

# --- At rest ---
events = {leaf["event"] for leaf in vault.must(INA, "log", "replay", "--json", FAULT_CLOCK=15 * DAY).lines}
tap.ok({"totp.enroll", "totp.confirm", "totp.remove", "totp.reset", "totp.recover", "session.refuse"} <= events,
       "every step is an event", events)
raw = base64.b32decode(secret)
needles = [raw, secret.encode(), recovery[1].encode(), recovery[1].replace("-", "").encode()]
for row in vault.sql("SELECT hex(sealed) AS sealed FROM totp_secret", "SELECT hex(hash) AS hash FROM totp", user=BOB):
    tap.ok(not any(needle.hex().upper() in json.dumps(row) for needle in needles),
           "another person's store key shows neither secret nor codes")
found = []
for base, _, names in os.walk(vault.path):
    for name in names:
        with open(os.path.join(base, name), "rb") as content:
            data = content.read()
            found += [os.path.join(base, name) for needle in needles if needle in data]
tap.ok(not found, "nor do the vault's files", found)
with open(os.path.join(vault.path, "codes"), "rb") as content:
    tap.ok(len(content.read()) % 24 == 0, "of codes that were used there are hashes and times")
verify = vault.run(INA, "log", "verify", "--json", FAULT_CLOCK=15 * DAY)
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies, and the tables are what it says", verify)
vault.sql("UPDATE totp SET state = 'off'")
verify = vault.run(INA, "log", "verify", "--json", FAULT_CLOCK=15 * DAY)
tap.ok(verify.code == 3, "who switches it off in the store is found", verify)
tap.finish()
