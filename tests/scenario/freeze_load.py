#!/usr/bin/env python3
"""Frozen while 32 clients read, list, search and export at a server: from the freeze's event on, until it is lifted by two,
nobody but the investigators receives anything of what is frozen.  What clients received is held against the log, and
against the moment at which the freeze was acknowledged; a file that was written before is not fetched after.

The full form (STRONGROOM_TEST_FULL=1, or STRONGROOM_FREEZES=100) freezes a hundred times."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import mixed_work  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402

FREEZES = int(os.environ.get("STRONGROOM_FREEZES", 100 if attack.FULL else 8))
CLIENTS = 32
HOLD, BETWEEN = 0.15, 0.25  # seconds that it is frozen, and that work goes on
SHOWS = {"record.read", "record.list", "record.search", "record.export"}

tap = attack.Tap()
vault = attack.Quick(os.path.join(attack.workplace("freeze-load"), "home"))
mixed_work.prepare(vault)
ids = {one["client_no"]: one["id"] for one in vault.must(AMY, "client", "list", "--json").lines}
records = {client: [row["id"] for row in vault.must(AMY, "list", client, "--json").lines] for client in ("K0001", "K0002")}
server = Server(vault).start()
ina = server.token(INA)
line = server.connect()


class Client(threading.Thread):
    """One at work; whatever it receives is kept with when it was asked for."""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.number, self.user = number, BOB if number % 4 == 3 else AMY
        self.token, self.asked = None, 0
        self.received, self.statuses, self.odd = [], {}, []

    def take(self, answer, kind, client, ticket, begun):
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        if answer.status == 200 and (kind != "record.search" or answer.json):
            self.received.append((kind, client, ticket, begun, time.monotonic()))
        elif answer.status == 401:
            self.token = None
        elif answer.status not in (200, 404, 423, 503):
            self.odd.append(str(answer))
        return answer.status == 200

    def run(self):
        self.connection = server.connect()
        while not stopping.is_set():
            begun = time.monotonic()
            if self.token is None:
                answer = server.login(self.user, self.connection)
                self.token = answer.json["token"] if answer.status == 201 else None
                time.sleep(0 if self.token else 0.05)
                continue
            self.asked += 1
            ticket = f"{self.number}-{self.asked}"
            client = "K0002" if self.user == BOB else ("K0001", "K0002")[self.asked % 2]
            turn = (self.number + self.asked) % 8
            given = {"client": client, "purpose": f"task:{ticket}"}
            if turn == 0:
                operation = ("record.list", given)
            elif turn == 1:
                operation = ("record.search", {"word": "样本", "purpose": f"task:{ticket}"})
            elif turn == 2:
                operation = ("record.export", {"clients": [client], "kind": "voucher", "format": "jsonl", "out": "x.jsonl",
                                               "purpose": f"tax:{ticket}"})
            else:
                operation = ("record.read", {**given, "record": records[client][self.asked % len(records[client])]})
            answer = server.run(self.connection, self.token, operation[0], **operation[1])
            if self.take(answer, operation[0], client, ticket, begun) and turn == 2:
                file = "/v1/files/" + answer.headers["Strongroom-File"]
                time.sleep(0.03 * (self.asked % 3))  # so that freezes come between the writing and the fetching
                begun = time.monotonic()
                self.take(ask(self.connection, "GET", file, token=self.token), "fetch", client, ticket, begun)
            time.sleep(0.005)


# --- A file that was written, and then what is in it is frozen ---
amy = server.token(AMY)
export = server.run(line, amy, "record.export", clients=["K0001"], kind="voucher", format="jsonl", out="x.jsonl", purpose="tax:1")
file = "/v1/files/" + export.headers["Strongroom-File"]
other = server.run(line, amy, "record.export", clients=["K0002"], kind="voucher", format="jsonl", out="x.jsonl", purpose="tax:1")
frozen = server.run(line, ina, "incident.freeze", clients=["K0001"])
answer = ask(line, "GET", file, token=amy)
tap.ok(export.status == 200 and frozen.status == 200 and answer.status == 423, "a file of a client frozen since is not fetched", answer)
answer = ask(line, "GET", "/v1/files/" + other.headers["Strongroom-File"], token=amy)
tap.ok(answer.status == 200, "that of another client is", answer)
for user in (INA, ADMIN):
    vault.must(user, "incident", "unfreeze", "--client", "K0001")
answer = ask(line, "GET", file, token=amy)
tap.ok(answer.status == 200, "and, when two have unfrozen it, that as well", answer)

# --- Again and again, under load ---
stopping = threading.Event()
people = [Client(number) for number in range(CLIENTS)]
for person in people:
    person.start()
tap.ok(wait_until(lambda: all(person.received for person in people), 60), "32 clients are at work")
AIMS = ({"all": True}, {"clients": ["K0001"]}, {"user": AMY}, {"portfolio": "main"})
spans = []
admin = server.token(ADMIN)
took = []
for turn in range(FREEZES):
    aim = AIMS[turn % len(AIMS)]
    time.sleep(BETWEEN)
    begun = time.monotonic()
    # With a key, as the command line sends one, what was done is kept together with its answer.
    key = {} if turn % 2 == 0 else {"Idempotency_Key": f"freeze-{turn}-{os.urandom(8).hex()}"}
    done = ask(line, "POST", "/v1/operations/incident.freeze", aim, ina, **key)
    acknowledged = time.monotonic()
    if done.status != 200:
        tap.ok(False, f"freeze {aim}", done)
        break
    took.append(acknowledged - begun)
    time.sleep(HOLD)
    proposed = server.run(line, ina, "incident.unfreeze", **aim)
    lifting = time.monotonic()
    agreed = server.run(line, admin, "incident.unfreeze", **aim)
    if (proposed.status, agreed.status) != (200, 200):
        tap.ok(False, f"unfreeze {aim}", (proposed, agreed))
        break
    spans.append((aim, done.json["event"], agreed.json["event"], acknowledged, lifting))
stopping.set()
for person in people:
    person.join(60)
ran = server.stop()
tap.ok(ran.code == 0, "the server ends cleanly", ran)
statuses = {}
for person in people:
    for status, count in person.statuses.items():
        statuses[status] = statuses.get(status, 0) + count
tap.note(f"answers {statuses}; acknowledged after {sum(took) / len(took) * 1000:.0f} ms in the mean, {max(took) * 1000:.0f} at most")
tap.ok(len(spans) == FREEZES, f"frozen and unfrozen {FREEZES} times", len(spans))
tap.ok(statuses[200] > 20 * FREEZES and statuses.get(423, 0) > 0 and statuses.get(401, 0) > 0,
       "there was work before, and refusals: frozen, and sessions ended", statuses)
odd = [one for person in people for one in person.odd]
tap.ok(not odd, "and nothing else", "\n".join(odd[:5]))


def is_meant(aim, user, client):
    return bool(aim.get("all") or aim.get("portfolio") or aim.get("user") == user or client in aim.get("clients", []))


# --- By the clock: whoever asked after the acknowledgement received nothing ---
late = [(person.user, one, aim) for person in people for one in person.received for aim, _, _, acknowledged, lifting in spans
        if acknowledged <= one[3] and one[4] <= lifting and
        is_meant(aim, person.user, one[1] if one[0] != "record.search" else None)]
tap.ok(not late, "what was asked for after a freeze was acknowledged was not received until it was lifted", late[:5])

# --- By the log: what was received has its event outside of every freeze ---
leaves = vault.must(INA, "log", "replay", "--json", timeout=900).lines
events = {}
for leaf in leaves:
    if leaf["event"] in SHOWS and leaf.get("phase") != "outcome" and leaf["decision"]["effect"] == "permit":
        events.setdefault((leaf["actor"]["id"], leaf["event"], leaf.get("ticket")), []).append(leaf)
inside, missing, checked = [], [], 0
for person in people:
    for kind, client, ticket, _, _ in person.received:
        if kind == "fetch":
            continue
        found = events.get((person.user, kind, ticket), [])
        if not found:
            missing.append((person.user, kind, ticket))
        for leaf in found:
            checked += 1
            seen = {one.get("client", "") for one in leaf["resources"]} | {one["id"] for one in leaf["resources"]}
            for aim, first, last, _, _ in spans:
                meant = is_meant(aim, person.user, None) and seen or any(ids[one] in seen for one in aim.get("clients", []))
                if meant and first < leaf["seq"] < last:
                    inside.append((aim, first, leaf["seq"], last, person.user, kind))
tap.ok(not missing, "what was received has its event", missing[:5])
tap.ok(checked > 20 * FREEZES and not inside, f"none of {checked} events of what was received is inside of a freeze of it", inside[:5])
verify = vault.run(INA, "log", "verify", "--json", timeout=900)
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies, every snapshot with it", verify)
tap.finish()
