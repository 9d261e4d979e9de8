#!/usr/bin/env python3
"""Requests that come twice: a key makes a change once, and its answer is given again, also by a server that was killed at
any moment in between; the command line asks again by itself where a connection breaks."""
import concurrent.futures
import fcntl
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import server as asking  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from contract import Contract  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402
from watched import Door  # noqa: E402

tap = attack.Tap()
work = attack.workplace("server-repeat")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
voucher = vault.must(AMY, "list", "K0001", "--kind", "voucher", "--json").lines[0]["id"]
server = Server(vault).start()
line = server.connect()
contract = Contract(ask(line, "GET", "/v1/openapi.json").json)
asking.watcher = contract
adam, amy, bob = (server.token(user) for user in (ADMIN, AMY, BOB))


def new():
    return f'"{uuid.uuid4()}"'


def operation(name, arguments, token, key, connection=None, **headers):
    return ask(connection or line, "POST", "/v1/operations/" + name, arguments, token, Idempotency_Key=key, **headers)


def events(name, where=vault):
    """Intents of this name that came to something."""
    leaves = where.must(INA, "log", "replay", "--event", name, "--json").lines
    done = {leaf["intent"] for leaf in leaves if leaf.get("phase") == "outcome" and leaf["result"]["status"] == "ok"}
    return [leaf["seq"] for leaf in leaves if leaf.get("phase") == "intent" and leaf["seq"] in done]


# --- The same request, another one, another person ---
key = new()
first = operation("portfolio.add", {"portfolio": "north"}, adam, key)
again = operation("portfolio.add", {"portfolio": "north"}, adam, key)
tap.ok(first.status == again.status == 200 and first.body == again.body, "the same request gets the first answer", again)
tap.ok(events("portfolio.add")[-1:] == [first.json["event"]] and len(events("portfolio.add")) == 1, "and was done once")
streamed = operation("portfolio.add", {"portfolio": "north"}, adam, key, Accept="application/x-ndjson")
tap.ok([one for one in streamed.lines if "value" in one] == [{"value": first.json}], "as lines too", streamed)
other = operation("portfolio.add", {"portfolio": "south"}, adam, key)
tap.ok(other.status == 422 and other.json["error"] == "input", "another request with that key: 422", other)
other = operation("role.add", {"role": "north"}, adam, key)
tap.ok(other.status == 422, "another operation: 422", other)
other = operation("client.add", {"client_no": "N1", "name": "样本", "portfolio": "main"}, amy, key)
tap.ok(other.status == 200, "another person's key is another one", other)
for bad in ("short", '"' + "x" * 201 + '"', '"0123456789 abcdef"', '"0123456789abcdef', "0123456789\\abcdef"):
    answer = operation("portfolio.add", {"portfolio": "bad"}, adam, bad)
    tap.ok(answer.status == 400, f"a key that is none ({bad[:24]}): 400", answer)
answer = operation("portfolio.add", {"portfolio": "bare"}, adam, "0123456789abcdef")
tap.ok(answer.status == 200, "one without quotes is taken", answer)

# --- Failures are not kept, reads pass it over ---
key = new()
answer = operation("portfolio.add", {"portfolio": "north"}, adam, key)
tap.ok(answer.status == 409, "what fails changes nothing", answer)
answer = operation("portfolio.add", {"portfolio": "east"}, adam, key)
tap.ok(answer.status == 200, "so its key may be used for what does", answer)
key = new()
reads = [operation("record.read", {"client": "K0001", "record": voucher, "purpose": "task:1"}, amy, key) for _ in range(2)]
tap.ok(reads[0].json["event"] != reads[1].json["event"], "a reading is one each time, and logged", reads[1])

# --- With conditions, secrets, files ---
tag = reads[0].headers["ETag"]
given = {"client": "K0001", "record": voucher, "fields": {"lines.0.summary": "once"}, "purpose": "task:1"}
key = new()
answers = [operation("record.correct", given, amy, key, If_Match=tag) for _ in range(2)]
tap.ok(answers[0].status == answers[1].status == 200 and answers[0].body == answers[1].body and
       answers[0].headers["ETag"] == answers[1].headers["ETag"] == f'"{voucher}.2"', "a correction, with its tag", answers[1])
key = new()
answers = [operation("user.add", {"user": "zoe", "secret": "the passphrase of zoe"}, adam, key) for _ in range(2)]
tap.ok(answers[0].body == answers[1].body and answers[1].status == 200, "a person with a passphrase", answers[1])
answers = [operation("grant.add", {"user": "zoe", "role": "investigator"}, adam, key) for _ in range(2)]
tap.ok(answers[0].status == 422, "a key is for one operation", answers[0])
key = new()
answers = [operation("grant.add", {"user": "zoe", "role": "accountant"}, adam, key) for _ in range(2)]
tap.ok(answers[0].body == answers[1].body and answers[1].status == 200, "a grant that others go on with", answers[1])
with open(os.path.join(attack.AGENCY, "balances.csv"), "rb") as file:
    upload = ask(line, "POST", "/v1/files?name=b.csv", file.read(), amy).json["upload"]
key = new()
answers = [operation("record.import", {"files": ["b.csv"], "uploads": [upload]}, amy, key) for _ in range(2)]
tap.ok(answers[0].status == answers[1].status == 200 and answers[0].body == answers[1].body, "an import, whose file is gone", answers[1])

# --- At the same time ---
key = new()
with open(os.path.join(vault.path, "change.lock"), "rb") as lock, concurrent.futures.ThreadPoolExecutor(2) as pool:
    fcntl.flock(lock, fcntl.LOCK_EX)
    two = [pool.submit(operation, "portfolio.add", {"portfolio": "slow"}, adam, key, server.connect()) for _ in range(2)]
    quick, slow = concurrent.futures.wait(two, return_when=concurrent.futures.FIRST_COMPLETED)
    fcntl.flock(lock, fcntl.LOCK_UN)
    quick, slow = quick.pop().result(), slow.pop().result()
tap.ok(quick.status == 409 and slow.status == 200, "while the first is at work: 409", f"{quick} {slow}")
tap.ok(operation("portfolio.add", {"portfolio": "slow"}, adam, key).body == slow.body, "then its answer")

# --- After another start, and for a day ---
tap.ok(server.stop().code == 0, "it is stopped")
server.start()
line, adam = server.connect(), server.token(ADMIN)
tap.ok(operation("portfolio.add", {"portfolio": "slow"}, adam, key).body == slow.body, "after a start the same answer")
server.stop()
later = Server(vault, FAULT_CLOCK="86500").start()
answer = operation("portfolio.add", {"portfolio": "slow"}, later.token(ADMIN), key, later.connect())
tap.ok(answer.status == 409 and "portfolio" in answer.json["message"], "a day later it is a new one", answer)
later.stop()

def nobody_listens(path):
    try:
        with asking.socket.socket(asking.socket.AF_UNIX) as one:
            one.connect(path)
        return False
    except OSError:
        return True


# --- Killed at every step of writing, and asked again ---
crashed = answered = 0
for number in range(1, 60, 1 if attack.FULL else 2):
    copy = vault.copy(os.path.join(work, f"crash-{number}"))
    broken = Server(copy, FAULT=f"sync:{number}:kill")
    key, request = new(), {"portfolio": f"crash-{number}"}
    told = None
    try:
        broken.start()
        told = operation("portfolio.add", request, broken.token(ADMIN), key, broken.connect())
    except (SystemExit, OSError):
        pass
    crashed += told is None or told.status != 200
    broken.kill()
    wait_until(lambda: nobody_listens(broken.socket), 10)
    whole = Server(copy).start()
    answer = operation("portfolio.add", request, whole.token(ADMIN), key, whole.connect())
    once = events("portfolio.add", copy).count(answer.json.get("event"))
    good = answer.status == 200 and once == 1 and (told is None or told.status != 200 or told.body == answer.body)
    if not good:
        tap.ok(False, f"killed at sync {number}: done once, and answered", f"{told} {answer} {once}")
    verify = copy.run(INA, "log", "verify", "--json")
    whole.stop()
    good = good and verify.code == 0
    answered += good
    attack.remove(copy.home)
    if told is not None and told.status == 200:
        break
tap.ok(crashed >= 3 and told is not None and told.status == 200, f"it was killed at {crashed} moments, until it was not", told)
tap.ok(answered > crashed, "each time the change was made once, and its answer given, and the log verifies", (answered, crashed))

# --- The command line asks again by itself ---
server = Server(vault).start()
door = Door(os.path.join(work, "door"), server.socket, contract)
there = ["--server", "unix:" + door.server_address]
for user, words in ((ADMIN, ("portfolio", "add", "lost")), (ADMIN, ("user", "add", "yan", "--new-passphrase-file", vault.passphrase("new"))),
                    (AMY, ("import", os.path.join(attack.AGENCY, "invoices.csv"))),
                    (AMY, ("correct", "K0001", voucher, "lines.0.summary=again", "--purpose", "task:1"))):
    door.lost, door.lose = [], 2
    ran = vault.run(user, *words, "--json", "--quiet", front=there)
    keys = {key for _, key, _ in door.lost}
    tap.ok(ran.code == 0 and len(door.lost) == 2 and len(keys) == 1 and {status for *_, status in door.lost} == {200},
           f"{words[0]}: two answers are lost, and the third is the first", f"{ran} {door.lost}")
    name = {"portfolio": "portfolio.add", "user": "user.add", "import": "record.import", "correct": "record.correct"}[words[0]]
    tap.ok(events(name).count(ran.json["event"]) == 1, "and it was done once")
door.lost, door.lose = [], 1
ran = vault.run(AMY, "client", "list", "--json", "--quiet", front=there)
tap.ok(ran.code == 0 and len(door.lost) == 1, "a list is asked for again", ran)
door.lose = 9
ran = vault.run(ADMIN, "portfolio", "add", "gone", "--quiet", front=there)
tap.ok(ran.code == 1 and 0 < door.lose <= 4, "who gets no answer five times is told", f"{ran} {door.lose}")
door.lose = 0
ran = vault.run(ADMIN, "client", "list", front=["--server", "unix:" + os.path.join(work, "nobody")])
tap.ok(ran.code == 1, "where nobody is, nobody is asked again", ran)

tap.ok(not contract.problems, "every answer is what the document says", "\n".join(sorted(set(contract.problems))[:40]))
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.ok(server.stop().code == 0, "the server ends cleanly")
tap.finish()
