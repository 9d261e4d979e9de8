#!/usr/bin/env python3
"""A server under load that is killed again and again: no acknowledged write is lost, and no record was received without its
event in the log; then two thousand people who are logged in and idle, in little memory."""
import http.client
import json
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402

tap = attack.Tap()
work = attack.workplace("load")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
records = [row["id"] for row in vault.must(AMY, "list", "K0001", "--json").lines]
payroll = vault.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
clients, kills, seconds = (32, 30, 20.0) if attack.FULL else (8, 3, 3.0)
server = Server(vault).start()
lock = threading.Lock()
received = []   # (event number, record)
written = []    # (version, value)
problems = []
stopping = threading.Event()


def one_client(number):
    choose = random.Random(number)
    connection = token = None
    while not stopping.is_set():
        try:
            if connection is None:
                connection = server.connect()
                token = None
            if token is None:
                answer = server.login(AMY, connection)
                if answer.status != 201:
                    time.sleep(0.2)
                    continue
                token = answer.json["token"]
            if choose.random() < 0.1:
                value = f"{number}{choose.randrange(10**6)}.00"
                answer = server.run(connection, token, "record.correct", client="K0001", record=payroll,
                                    fields={"gross": value}, purpose="fix:1")
                if answer.status == 200:
                    with lock:
                        written.append((answer.json["version"], value))
            else:
                record = choose.choice(records)
                answer = server.run(connection, token, "record.read", client="K0001", record=record, purpose="task:1")
                if answer.status == 200:
                    with lock:
                        received.append((answer.json["event"], record))
            if answer.status == 401:
                token = None
            elif answer.status not in (200, 503, 409):
                with lock:
                    problems.append(str(answer))
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            if connection is not None:
                connection.close()
            connection = None
            time.sleep(0.05)


def descriptors():
    return {name: len(os.listdir(f"/proc/{pid}/fd")) for name, pid in server.children().items()}


threads = [threading.Thread(target=one_client, args=(number,)) for number in range(clients)]
for thread in threads:
    thread.start()
for turn in range(kills):
    time.sleep(seconds)
    victims = list(server.children().values()) + [server.process.pid]
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    server.process.wait()
    server.process.stdout.close()
    server.process.stderr.close()
    tap.ok(wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in victims), 10), f"killed, {turn + 1}")
    server.start()
time.sleep(seconds / 2)
early = descriptors()
time.sleep(seconds / 2)
stopping.set()
for thread in threads:
    thread.join()
tap.note(f"{len(received)} reads and {len(written)} corrections were answered")
tap.ok(not problems, "every answer was what it should be, or that the server is busy", problems[:3])
tap.ok(len(received) > 20 and len(written) > 0, "and there were some")
log = {leaf["seq"]: leaf for leaf in vault.must(INA, "log", "replay", "--json").lines}
missing = [event for event, record in received
           if event not in log or log[event]["event"] != "record.read" or
           record not in [one.get("id") for one in log[event]["resources"]]]
tap.ok(not missing, "each record that was received has its event, which names it", missing[:5])
tap.ok(len({event for event, _ in received}) == len(received), "and each its own")
versions = {row["version"]: row for row in vault.must(AMY, "history", "K0001", payroll, "--json").lines}
tap.ok(all(version in versions for version, _ in written) and len({version for version, _ in written}) == len(written),
       "each correction that was acknowledged is a version that is there")
if written:
    version, value = max(written)
    shown = vault.must(AMY, "show", "K0001", payroll, "--version", str(version), "--reveal", "gross", "--purpose", "task:1",
                       "--json").json
    tap.ok(shown["record"]["fields"]["gross"] == value, "with the value that was written", shown["record"]["fields"])
tap.ok(wait_until(lambda: all(count <= early[name] + 4 for name, count in descriptors().items()), 10),
       "no descriptors are left open", (early, descriptors()))


# --- Idle people ---
def memory():
    total = 0
    for pid in list(server.children().values()) + [server.process.pid]:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            total += [int(line.split()[1]) for line in file if line.startswith("VmRSS")][0]
    return total


people = 1900 if attack.FULL else 400
before = memory()
tokens = []


def log_in(share):
    connection = server.connect()
    for _ in range(share):
        answer = server.login(AMY, connection)
        while answer.status == 503:
            time.sleep(0.1)
            answer = server.login(AMY, connection)
        if answer.status == 201:
            with lock:
                tokens.append(answer.json["token"])
        else:
            problems.append(str(answer))


threads = [threading.Thread(target=log_in, args=(people // 4,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
after = memory()
tap.note(f"{people} logins: {before} KiB before, {after} KiB after, {(after - before) / people:.1f} KiB each")
tap.ok(len(tokens) == people, "all are logged in", problems[:3])
if os.environ.get("STRONGROOM_SANITIZED") == "1":
    tap.skip("and cost little while they are idle", "a sanitizer keeps what was freed")
else:
    tap.ok(after < before + 60 * 1024 + 50 * people, "and cost little while they are idle", (before, after))
connection = server.connect()
tap.ok(all(server.run(connection, token, "client.list").status == 200 for token in random.sample(tokens, 100)),
       "each of them works, though most sessions had been closed meanwhile")
ran = server.stop()
tap.ok(ran.code == 0, "the server ends cleanly", ran)
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
