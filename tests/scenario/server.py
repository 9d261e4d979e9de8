#!/usr/bin/env python3
"""A server and its clients over real sockets: what is asked over HTTP is what the command line gives, every refusal has
its status, sessions end when they must, a revoked grant is felt within a second, and the process that parses HTTP can
open nothing."""
import concurrent.futures
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402

tap = attack.Tap()
work = attack.workplace("server")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
record = vault.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
server = Server(vault, "--listen", "127.0.0.1:0").start()
line = server.connect()

# --- Sealed, until somebody logs in ---
answer = ask(line, "GET", "/healthz")
tap.ok(answer.status == 200 and answer.json == {"status": "ok", "sealed": True, "log": "sealed"}, "it starts sealed", answer)
answer = server.run(line, "0" * 64, "client.list")
tap.ok(answer.status == 401 and answer.headers["WWW-Authenticate"] == "Bearer", "no session, no data", answer)
answer = server.login(AMY, line)
tap.ok(answer.status == 201 and set(answer.json) == {"token", "session", "user", "expires"}, "logs in", answer)
amy = answer.json["token"]
tap.ok(ask(line, "GET", "/healthz").json["sealed"] is False, "the first login opened it")
tap.ok(not answer.closes and line.sock is not None, "the connection is kept alive after an answer")
before = line.sock.fileno()
for _ in range(20):
    server.run(line, amy, "client.list")
tap.ok(line.sock is not None and line.sock.fileno() == before, "and after twenty more, one that had a body among them")

# --- The same as the command line's ---
answer = server.run(line, amy, "client.list")
tap.ok(answer.json == vault.must(AMY, "client", "list", "--json").lines, "rows are those of the command line", answer)
answer = server.run(line, amy, "record.read", client="K0001", record=record, purpose="task:1")
mine = vault.must(AMY, "show", "K0001", record, "--purpose", "task:1", "--json").json
tap.ok({k: v for k, v in answer.json.items() if k != "event"} == {k: v for k, v in mine.items() if k != "event"},
       "a value too, masked alike", answer)
answer = ask(line, "POST", "/v1/operations/record.list", {"client": "K0001"}, amy, Accept="application/x-ndjson")
tap.ok(answer.type == "application/x-ndjson" and [one["row"] for one in answer.lines[:-1]] ==
       vault.must(AMY, "list", "K0001", "--json").lines and answer.lines[-1] == {"end": {}}, "rows as they come", answer)
ina = server.token(INA)
answer = server.run(line, ina, "log.checkpoint")
tap.ok(answer.type.startswith("text/plain") and b"strongroom.vault/" in answer.body, "a text", answer)

# --- Every refusal has its status, and says why ---
for status, error, given in (
        (403, "denied", (amy, "user.list", {})),
        (404, "not_found", (amy, "no.such", {})),
        (400, "usage", (amy, "record.read", {"client": "K0001"})),
        (404, "not_found", (amy, "client.show", {"client": "K9999"})),
        (401, "passphrase", ("f" * 64, "client.list", {}))):
    answer = server.run(line, given[0], given[1], **given[2])
    tap.ok(answer.status == status and answer.type == "application/problem+json" and
           set(answer.json) >= {"type", "title", "status", "detail", "error", "code", "message", "exit"} and
           answer.json["status"] == status, f"{given[1]}: {status}", answer)
bob = server.token(BOB)
answer = server.run(line, bob, "record.read", client="K0001", record=record, purpose="task:1")
tap.ok(answer.status == 403 and answer.json["exit"] == 2, "another's client is denied", answer)
events = vault.must(INA, "log", "replay", "--actor", BOB, "--json").lines
tap.ok(any(leaf["decision"]["effect"] == "deny" and leaf["event"] == "record.read" for leaf in events),
       "and the denial is an event")
for status, given in ((404, ("GET", "/")), (404, ("GET", "/v1/files/../../etc/passwd")), (404, ("POST", "/v1/operations/")),
                      (405, ("PUT", "/v1/sessions")), (405, ("GET", "/v1/operations/client.list"))):
    answer = ask(line, *given)
    tap.ok(answer.status == status, f"{given[0]} {given[1]}: {status}", answer)
answer = ask(line, "POST", "/v1/operations/client.list", b"{}", amy, Content_Type="text/plain")
tap.ok(answer.status == 415, "a body that is not JSON: 415", answer)
answer = ask(line, "POST", "/v1/operations/client.list", b"{]", amy, Content_Type="application/json")
tap.ok(answer.status == 422, "JSON that is none: 422", answer)
answer = ask(line, "POST", "/v1/operations/client.list", b"[]", amy, Content_Type="application/json")
tap.ok(answer.status == 422, "arguments that are no object: 422", answer)
for body in (b'{"secret":"open sesame\\q"}', b'{"secret" "open sesame"}'):
    answer = ask(line, "POST", "/v1/operations/user.add", body, amy, Content_Type="application/json")
    tap.ok(answer.status == 422 and b"sesame" not in answer.body, "a secret is in no refusal", answer)
answer = ask(line, "POST", "/v1/operations/record.import", {"files": ["/etc/passwd"]}, amy)
tap.ok(answer.status == 400 and "uploads" in answer.json["detail"], "a path on the server is not opened", answer)

for operation, given in (("trace.run", {"leak": "/etc/passwd"}), ("trace.marks", {"files": ["/etc/passwd"]})):
    answer = ask(line, "POST", "/v1/operations/" + operation, given, ina)
    tap.ok(answer.status == 400 and "uploads" in answer.json["detail"], f"nor by {operation}", answer)

# --- Secrets, files in, files out ---
answer = ask(line, "POST", "/v1/operations/user.add", {"user": "cat", "secret": "the passphrase of cat"},
             server.token(ADMIN))
tap.ok(answer.status == 200 and server.login("cat").status == 201, "a person is added and logs in", answer)
with open(os.path.join(attack.AGENCY, "balances.csv"), "rb") as file:
    balances = file.read()
answer = ask(line, "POST", "/v1/files?name=balances.csv", balances, amy)
tap.ok(answer.status == 201, "a file is brought", answer)
answer = server.run(line, amy, "record.import", files=["some/where/balances.csv"], uploads=[answer.json["upload"]])
tap.ok(answer.status == 200 and answer.json["files"][0]["file"] == "balances.csv" and answer.json["files"][0]["new"] > 0,
       "and imported under its own name", answer)
answer = server.run(line, amy, "record.export", clients=["K0001"], format="jsonl", out="mine/out.jsonl", purpose="tax:1")
kept = answer.headers["Strongroom-File"]
tap.ok(answer.status == 200 and answer.json["out"] == "mine/out.jsonl" and kept, "an export names the person's path", answer)
fetched = ask(line, "GET", f"/v1/files/{kept}", token=bob)
tap.ok(fetched.status == 404, "nobody else fetches it", fetched)
fetched = ask(line, "GET", f"/v1/files/{kept}", token=amy)
tap.ok(fetched.status == 200 and len(fetched.body.splitlines()) == answer.json["rows"], "its owner does", fetched)
tap.ok(ask(line, "GET", f"/v1/files/{kept}", token=amy).status == 404, "once")

# --- Sessions ---
answer = ask(line, "GET", "/v1/sessions", token=amy)
tap.ok(len(answer.json) == 1 and answer.json[0]["current"] and answer.json[0]["user"] == AMY, "one's sessions", answer)
second = server.token(AMY)
other = [one["id"] for one in ask(line, "GET", "/v1/sessions", token=amy).json if not one["current"]][0]
tap.ok(ask(line, "DELETE", f"/v1/sessions/{other}", token=bob).status == 403, "of others none can be ended")
tap.ok(ask(line, "DELETE", "/v1/sessions/01ARZ3NDEKTSV4RRFFQ69G5FAV", token=bob).status == 404, "nor one that there is not")
tap.ok(ask(line, "DELETE", f"/v1/sessions/{other}", token=amy).status == 204, "one's own can")
events = vault.must(INA, "log", "replay", "--event", "session.end", "--json").lines
tap.ok([(leaf["actor"]["id"], leaf["decision"]["effect"]) for leaf in events if leaf.get("phase") != "outcome"] ==
       [(BOB, "deny"), (AMY, "permit")], "both are events", events)
tap.ok(server.run(line, second, "client.list").status == 401, "an ended session is over")
third = server.token(AMY)
tap.ok(ask(line, "DELETE", "/v1/sessions/current", token=third).status == 204, "logs out")
tap.ok(server.run(line, third, "client.list").status == 401, "and is out")


# --- What somebody was given is counted once for all of his sessions, and for the command line beside them ---
pay = [one["id"] for one in server.run(line, amy, "record.list", client="K0001").json if one["kind"] == "payroll_entry"][0]
limit = os.path.join(vault.home, "limit.cedar")
with open(limit, "wb") as file:
    file.write(vault.must(ADMIN, "policy", "show").out + b"""
@id("limit") @why("w") forbid (principal, action == Action::"record.reveal", resource) when { context.hour_reveals >= 3 };""")
vault.must(ADMIN, "policy", "set", limit)
second = server.token(AMY)
asked = {"client": "K0001", "record": pay, "purpose": "task:1", "reveal": ["net"]}
answers = [server.run(line, token, "record.read", **asked).status for token in (amy, second, amy, second, amy)]
tap.ok(answers == [200, 200, 200, 403, 403], "a limit holds for all sessions of a person together", answers)
answer = vault.run(AMY, "show", "K0001", pay, "--purpose", "task:1", "--reveal", "net")
tap.ok(answer.code == 2, "and for the command line", answer)
ask(line, "DELETE", "/v1/sessions/current", token=second)


# --- A revoked grant, whoever revokes it, is felt within a second ---
def is_out(token):
    return server.run(server.connect(), token, "client.list").status == 401


vault.must(ADMIN, "revoke", "accountant", BOB)
tap.ok(wait_until(lambda: is_out(bob), 1.0), "a grant revoked at the command line ends the server's session within a second")
cat = server.token("cat")
answer = server.run(line, server.token(ADMIN), "user.disable", user="cat")
tap.ok(answer.status == 200 and wait_until(lambda: is_out(cat), 1.0), "so does disabling a person, over HTTP", answer)
tap.ok(server.login("cat").status == 401, "who cannot log in again")
dora = ask(line, "POST", "/v1/operations/user.add", {"user": "dora", "secret": "the passphrase of dora"},
           server.token(ADMIN))
dora = server.token("dora")
denied = server.run(line, dora, "client.list")
vault.must(ADMIN, "grant", "accountant", "dora")
answer = server.run(line, dora, "client.list")
tap.ok(denied.status == 403 and answer.status == 200, "a grant made meanwhile counts at once", answer)

# --- What runs for a session that is ended stops ---
table = os.path.join(work, "many.csv")
with open(os.path.join(attack.AGENCY, "balances.csv"), encoding="utf-8-sig") as file:
    head, first = file.read().splitlines()[:2]
with open(table, "w", encoding="utf-8") as file:
    file.write(head + "\n")
    for row in range(20000):
        cells = first.split(",")
        cells[3] = f"{1000 + row}"
        file.write(",".join(cells) + "\n")
vault.must(AMY, "import", table)
running = server.token(AMY)
with concurrent.futures.ThreadPoolExecutor(1) as pool:
    export = pool.submit(server.run, server.connect(), running, "record.export", clients=["K0001"], format="xlsx", out="x.xlsx",
                         purpose="tax:1")
    tap.ok(wait_until(lambda: any(leaf.get("phase") == "intent" for leaf in vault.must(
        INA, "log", "replay", "--event", "record.export", "--json").lines[-1:]), 20), "an export runs")
    ask(line, "DELETE", "/v1/sessions/current", token=running)
    ended = time.monotonic()
    answer = export.result()
    took = time.monotonic() - ended
tap.ok(answer.status == 401 and took < 1, "and stops within a second of its session's end", (took, answer))
outcome = vault.must(INA, "log", "replay", "--event", "record.export", "--json").lines[-1]
tap.ok(outcome["result"]["status"] == "undone", "which its outcome says", outcome)

# --- Failed logins: slower, and events ---
codes = [server.login("eve", passphrase="a guess").status for _ in range(7)]
tap.ok(codes[:3] == [401] * 3 and 429 in codes, "guessing meets a pause", codes)
answer = server.login("eve", passphrase="a guess")
tap.ok(answer.status == 429 and int(answer.headers["Retry-After"]) >= 1, "which says for how long", answer)


def guesses():
    found = vault.must(INA, "log", "replay", "--event", "session.refuse", "--json").lines
    return [leaf for leaf in found if leaf.get("attempt", {}).get("user") == "eve"]


tap.ok(wait_until(lambda: len(guesses()) >= 3, 8), "and each guess that was tried is an event")
time.sleep(1.5)

# --- Many at once ---
def work_of(number):
    connection = server.connect()
    statuses = []
    for turn in range(10):
        answer = server.run(connection, amy, "record.read", client="K0001", record=record, purpose=f"task:{number}")
        statuses.append((answer.status, answer.json.get("event")))
    return statuses


with concurrent.futures.ThreadPoolExecutor(8) as pool:
    done = [one for many in pool.map(work_of, range(8)) for one in many]
shown = [event for status, event in done if status == 200]
tap.ok(len(shown) == 80 and len(set(shown)) == 80, "eight connections of one session read at once, each read an event",
       [one for one in done if one[0] != 200][:5])
reads = {leaf["seq"] for leaf in vault.must(INA, "log", "replay", "--event", "record.read", "--json").lines}
tap.ok(set(shown) <= reads, "and the log has every one of them")

# --- TLS ---
secure = server.https()
tap.ok(ask(secure, "GET", "/healthz").status == 200 and server.told["pin"].startswith("sha256//"), "HTTPS answers")
tap.ok(secure.sock.version() == "TLSv1.3", "by TLS 1.3")
old = secure.sock.getpeercert(binary_form=True)
os.remove(os.path.join(vault.path, "tls.key"))
os.remove(os.path.join(vault.path, "tls.crt"))
server.process.send_signal(signal.SIGHUP)


def certificate():
    fresh = server.https()
    fresh.connect()
    found = fresh.sock.getpeercert(binary_form=True)
    fresh.close()
    return found


tap.ok(wait_until(lambda: certificate() != old, 5), "SIGHUP: another certificate")
tap.ok(server.run(server.connect(), amy, "client.list").status == 200, "and the sessions are still there")
secure.close()

# --- The front ---
front = server.children().get("strongroom-fron")
keeper = server.children().get("strongroom-keep")
tap.ok(front and keeper, "there are a front and a keeper", server.children())
with open(f"/proc/{front}/status", encoding="ascii") as file:
    status = dict(one.split(":", 1) for one in file.read().splitlines() if ":" in one)
tap.ok(status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1", "the front runs under a seccomp filter")
with open(f"/proc/{keeper}/status", encoding="ascii") as file:
    status = dict(one.split(":", 1) for one in file.read().splitlines() if ":" in one)
tap.ok(status["Seccomp"].strip() == "2", "and the keeper under one of its own")
files = [os.readlink(f"/proc/{front}/fd/{fd}") for fd in os.listdir(f"/proc/{front}/fd")]
tap.ok(not any(vault.path in path for path in files), "and has no file of the vault open", files)
os.kill(front, signal.SIGKILL)
tap.ok(wait_until(lambda: server.children().get("strongroom-fron", front) != front, 5), "a front that dies is replaced")
line = server.connect()
tap.ok(server.run(line, amy, "client.list").status == 200, "and nobody has to log in again")

# --- One server; and its end ---
ran = attack.Ran(*(lambda done: (done.returncode, done.stdout, done.stderr))(__import__("subprocess").run(
    [attack.PROGRAM, "--vault", vault.path, "serve", "--socket", os.path.join(work, "other")],
    env=vault.environment(), capture_output=True, check=False)))
tap.ok(ran.code == 5 and b"another server" in ran.err, "a second server is refused", ran)
ran = server.stop()
tap.ok(ran.code == 0 and not os.path.exists(server.socket), "it ends cleanly", ran)
tap.ok(not os.path.exists(f"/proc/{keeper}") and not os.path.exists(os.path.join(vault.path, "serve.files")),
       "and leaves neither processes nor files")
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
