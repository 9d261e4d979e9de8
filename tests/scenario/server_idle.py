#!/usr/bin/env python3
"""Hundreds of people who are logged in and idle (in the full form, two thousand), in little memory."""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402
from server import Server  # noqa: E402

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
ran = server.stop()
tap.ok(ran.code == 0, "the server ends cleanly", ran)
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
