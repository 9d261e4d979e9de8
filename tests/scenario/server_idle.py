#!/usr/bin/env python3
"""Hundreds of people who are logged in and idle (in the full form, two thousand), in little memory; and thousands of the
same questions, after which there is not more in memory than before."""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402
from server import Server, ask  # noqa: E402

tap = attack.Tap()
work = attack.workplace("idle")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
server = Server(vault).start()
server.token(AMY)
people = 1900 if attack.FULL else 400
before = server.memory()
lock = threading.Lock()
tokens = []
problems = []


def log_in(share):
    connection = server.connect()
    for _ in range(share):
        answer = server.login(AMY, connection)
        while answer.status == 503:
            time.sleep(0.1)
            answer = server.login(AMY, connection)
        with lock:
            if answer.status == 201:
                tokens.append(answer.json["token"])
            else:
                problems.append(str(answer))


threads = [threading.Thread(target=log_in, args=(people // 4,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
after = server.memory()
grown = sum(after.values()) - sum(before.values())
tap.note(f"{people} logins: {before} KiB before, {after} KiB after, {grown / people:.1f} KiB each")
tap.ok(len(tokens) == people, "all are logged in", problems[:3])
if os.environ.get("STRONGROOM_SANITIZED") == "1":
    tap.skip("and cost little while they are idle", "a sanitizer keeps what was freed")
else:
    tap.ok(grown < 60 * 1024 + 50 * people, "and cost little while they are idle", (before, after))
connection = server.connect()
tap.ok(all(server.run(connection, token, "client.list").status == 200 for token in random.sample(tokens, 100)),
       "each of them works, though most sessions had been closed meanwhile")

# --- The same again and again: nothing is left behind ---
records = [row["id"] for row in vault.must(AMY, "list", "K0001", "--json").lines]
amy = tokens[0]


def ask_all(rounds):
    def ask_some(number):
        line = server.connect()
        for turn in range(rounds):
            record = records[(turn + number) % len(records)]
            answers = [server.run(line, amy, "record.read", client="K0001", record=record, purpose="task:1"),
                       server.run(line, amy, "record.list", client="K0001"), server.run(line, amy, "record.search", word="样本"),
                       server.run(line, amy, "no.such"), server.run(line, "0" * 64, "client.list"),
                       server.run(line, amy, "record.export", clients=["K0001"], format="jsonl", out="x.jsonl", purpose="tax:1")]
            if answers[-1].status == 200:
                answers.append(ask(line, "GET", "/v1/files/" + answers[-1].headers["Strongroom-File"], token=amy))
            with lock:
                statuses.extend(answer.status for answer in answers)
    workers = [threading.Thread(target=ask_some, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


statuses = []
ask_all(60)
before, opened = server.memory(), server.descriptors()
asked = len(statuses)
ask_all(2000 if attack.FULL else 120)
after = server.memory()
tap.note(f"{len(statuses) - asked} answers: {before} KiB before, {after} KiB after")
tap.ok(set(statuses) == {200, 404, 401}, "each was answered as it should be", set(statuses))
if os.environ.get("STRONGROOM_SANITIZED") == "1":
    tap.skip("memory is flat", "a sanitizer keeps what was freed")
else:
    tap.ok(all(after[name] < before[name] + 4096 for name in after), "memory is flat", (before, after))
tap.ok(all(count <= opened[name] + 4 for name, count in server.descriptors().items()), "so are descriptors",
       (opened, server.descriptors()))
ran = server.stop()
tap.ok(ran.code == 0, "the server ends cleanly", ran)
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
