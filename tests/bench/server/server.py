#!/usr/bin/env python3
"""Accountable reads per second at a server, over its Unix socket, by clients that keep their connections; and where the time
goes, by questions that leave out more and more of the road.

usage: tests/bench/server/server.py BUILD [--rows N] [--clients 1,8,32] [--seconds N] [--rounds N]
BUILD is a release build with tests (ninja -C BUILD cli/strongroom cli/strongroom-server tests/bench/server/requests).
Questions take turns in every round; of each the median is told, and the best.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent.parent / "lib"))
parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--rows", type=int, default=10000)
parser.add_argument("--clients", default="1,8,32")
parser.add_argument("--seconds", type=float, default=3)
parser.add_argument("--rounds", type=int, default=3)
options = parser.parse_args()
build = pathlib.Path(options.build).resolve()
os.environ["STRONGROOM"] = str(build / "cli" / "strongroom")
import attack  # noqa: E402
from server import Server  # noqa: E402

work = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-server-bench.", dir=here.parents[2]))
try:
    vault = attack.people(attack.Vault(str(work)))
    rows = work / "rows.csv"
    subprocess.run([sys.executable, str(here.parent / "make_rows.py"), str(options.rows), str(rows)], check=True)
    vault.must(attack.AMY, "client", "add", "B0001", "青禾样本商贸有限公司")
    vault.must(attack.AMY, "import", str(rows), "--client", "B0001", timeout=600)
    records = [row["id"] for row in vault.must(attack.AMY, "list", "B0001", "--json").lines]
    server = Server(vault).start()
    tokens = work / "tokens"
    tokens.write_text("\n".join(server.token(attack.AMY) for _ in range(8)) + "\n")
    reads = work / "reads"
    reads.write_text("\n".join(json.dumps({"client": "B0001", "record": record, "purpose": "task:1"})
                               for record in records) + "\n")
    nothing = work / "nothing"
    nothing.write_text("-\n")
    one = work / "one"
    one.write_text('{"client":"B0001"}\n')
    empty = work / "empty"
    empty.write_text("{}\n")
    questions = (
        ("accountable read", "POST", "/v1/operations/record.read", reads),
        ("a client's card (decided, logged)", "POST", "/v1/operations/client.show", one),
        ("no such operation (session, JSON, refusal)", "POST", "/v1/operations/no.such", empty),
        ("HTTP, front to keeper and back", "GET", "/healthz", nothing))
    found = {}
    for _ in range(options.rounds):
        for clients in (int(number) for number in options.clients.split(",")):
            for name, method, path, bodies in questions:
                done = subprocess.run([str(build / "tests" / "bench" / "server" / "requests"), server.socket, str(clients),
                                       str(options.seconds), method, path, str(bodies), str(tokens)],
                                      capture_output=True, text=True)
                # Refusals are what one of the questions is about: they are counted apart.
                if not done.stdout:
                    sys.exit(f"{name}: {done.stderr}")
                one_result = json.loads(done.stdout)
                found.setdefault((name, clients), []).append(one_result)
    processes = {}
    for process, pid in server.children().items():
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            processes[process] = [int(line.split()[1]) for line in file if line.startswith("VmRSS")][0] // 1024
    print(f"{len(records)} records of 1 KiB, load {os.getloadavg()[0]:.0f}, {os.cpu_count()} cores; MiB: {processes}")
    print(f"{'question':46} {'clients':>7} {'per second':>11} {'best':>9} {'p50 ms':>8} {'p99 ms':>8}")
    for (name, clients), results in found.items():
        rate = lambda one: one["per_second"] + one["refused"] / options.seconds
        print(f"{name:46} {clients:7} {statistics.median(map(rate, results)):11.0f} {max(map(rate, results)):9.0f} "
              f"{statistics.median(one['p50_us'] for one in results) / 1000:8.2f} "
              f"{statistics.median(one['p99_us'] for one in results) / 1000:8.2f}")
    server.stop()
    verify = vault.run(attack.INA, "log", "verify", "--skip-signatures", "--json", timeout=600)
    if verify.code != 0:
        sys.exit(f"the log does not verify: {verify}")
finally:
    shutil.rmtree(work, ignore_errors=True)
