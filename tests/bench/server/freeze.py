#!/usr/bin/env python3
"""How long a freeze of everything takes on a firm of so many clients with so many sessions at a server: until it is acknowledged,
and until every session of who works on clients is over.  Each is measured several times.

usage: tests/bench/server/freeze.py BUILD [--clients N] [--sessions N] [--times N]
BUILD is a build with tests; logins share the derivations of their passphrases (FAULT_KDF), which are not what is measured.
"""
import argparse
import os
import pathlib
import sys
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent.parent / "lib"))
parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--clients", type=int, default=10000)
parser.add_argument("--sessions", type=int, default=200)
parser.add_argument("--times", type=int, default=5)
options = parser.parse_args()
build = pathlib.Path(options.build).resolve()
os.environ["STRONGROOM"] = str(build / "cli" / "strongroom")
os.environ["STRONGROOM_FAULT"] = str(build / "tests" / "scenario" / "libfault.so")
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from server import Server, wait_until  # noqa: E402

work = attack.workplace("freeze-bench")
vault = attack.furnished(attack.Quick(os.path.join(work, "home")))
table = os.path.join(work, "clients.csv")
with open(table, "w", encoding="utf-8") as file:
    file.write("客户编号,客户名称,联系人,联系电话,服务状态\n")
    for number in range(options.clients):
        file.write(f"N{number:05d},样本{number}有限公司,联系人{number},138{number:08d},服务中\n")
vault.must(ADMIN, "import", table, timeout=900)
server = Server(vault).start()
ina, admin = server.token(INA), server.token(ADMIN)
line = server.connect()
for turn in range(options.times):
    tokens = [server.token((AMY, BOB)[number % 2]) for number in range(options.sessions)]
    for token in tokens:  # each has opened the store
        assert server.run(line, token, "record.search", word="沈样一", purpose="task:1").status == 200
    begun = time.monotonic()
    answer = server.run(line, ina, "incident.freeze", all=True)
    acknowledged = time.monotonic() - begun
    assert answer.status == 200, answer
    assert wait_until(lambda: all(server.run(line, token, "client.list").status == 401 for token in tokens), 10)
    over = time.monotonic() - begun
    print(f"{options.clients} clients, {options.sessions} sessions: acknowledged after {acknowledged * 1000:.0f} ms, "
          f"all sessions found to be over after {over * 1000:.0f} ms")
    for token in (ina, admin):
        assert server.run(line, token, "incident.unfreeze", all=True).status == 200
server.stop()
