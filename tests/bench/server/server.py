#!/usr/bin/env python3
"""Accountable reads per second at a server, over its Unix socket and over HTTPS, by clients that keep their connections;
beside them, in turns on the same disk with the same rows, PostgreSQL with pgcrypto (peer.py) and the bare limit
(bare_bench.c); and where the time goes, by questions that leave out more and more of the road.

usage: tests/bench/server/server.py BUILD [--rows N] [--clients 1,4,8,16,32,64] [--seconds N] [--rounds N] [--raw] [--fifo]
       tests/bench/server/server.py BUILD --grow 10000,100000,1000000 [--by-client] [--clients …]
BUILD is a release build with tests (ninja -C BUILD cli/strongroom cli/strongroom-server tests/bench/server/requests
tests/bench/server/bare_bench).  Medians are told.  --fifo puts what is measured before everything else on the machine, ours
and theirs alike (chrt -f 10); --raw has the peer use pgcrypto's `encrypt`, which is faster and protects nothing from change;
--grow measures our reads alone, in one vault that grows; --by-client has the rows come client by client, which is imported
faster, and asks for records of five clients of each person, so that not all of millions need be listed first.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

import peer as other

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent.parent / "lib"))
parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--rows", type=int, default=100000)
parser.add_argument("--clients", default="1,4,8,16,32,64")
parser.add_argument("--seconds", type=float, default=3)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--people", type=int, default=50)
parser.add_argument("--of-the-firm", type=int, default=2000, help="its clients")
parser.add_argument("--grow", default="")
parser.add_argument("--by-client", action="store_true")
parser.add_argument("--raw", action="store_true")
parser.add_argument("--fifo", action="store_true")
options = parser.parse_args()
build = pathlib.Path(options.build).resolve()
os.environ["STRONGROOM"] = str(build / "cli" / "strongroom")
import attack  # noqa: E402
from server import Server  # noqa: E402

bench = build / "tests" / "bench" / "server"
prefix = ["chrt", "-f", "10"] if options.fifo else []
people = [f"p{i:02}" for i in range(options.people)]
firm = options.of_the_firm
READ, HTTPS, PEER, BARE = "accountable read", "the same over HTTPS", "PostgreSQL, pgcrypto", "bare limit"
CARD, NONE, HTTP = "a client's card (decided, logged)", "no such operation (refused by the front)", "HTTP, front to keeper and back"


class FastServer(Server):
    """Put before everything else on the machine, if asked for."""

    def command(self):
        return [*prefix, *super().command()]


def rows_of(first, count, work):
    """The lines of an invoice list, each of the next client in turn; the head first."""
    path = work / "lines.csv"
    subprocess.run([sys.executable, str(here.parent / "make_rows.py"), str(first + count), str(path)], check=True)
    with open(path, encoding="utf-8-sig", newline="") as file:
        head = file.readline()
        for i, line in enumerate(file):
            if i >= first:
                client = (i - first) * firm // count if options.by_client else i % firm
                yield head, f"B{client:04}" + line[5:].rstrip("\r\n")
    path.unlink()


def bring_in(vault, first, count, work):
    path = work / "rows.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        for i, (head, line) in enumerate(rows_of(first, count, work)):
            file.write((head if i == 0 else "") + line + "\r\n")
    vault.must(people[0], "import", "--quiet", str(path), timeout=7200)
    path.unlink()


def furnish(work):
    """Half a hundred people, each with his share of the clients; the first brings the rows in."""
    vault = attack.Vault(str(work))
    for user in (attack.ADMIN, attack.INA, *people):
        with open(vault.passphrase(user), "w", encoding="utf-8", opener=attack.private) as file:
            file.write(f"the passphrase of {user}\n")
    vault.must(attack.ADMIN, "init", "--kdf-memory", "64", "--quiet")
    for user in (attack.INA, *people):
        vault.must(attack.ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
        vault.must(attack.ADMIN, "grant", "investigator" if user == attack.INA else "accountant", user)
    with open(work / "clients.csv", "w", encoding="utf-8") as file:
        file.write("客户编号,客户名称,统一社会信用代码,纳税人类型,会计准则,启用期间,服务状态\n")
        for i in range(firm):
            file.write(f"B{i:04},青禾样本{i}商贸有限公司,,一般纳税人,小企业会计准则,2024-01,服务中\n")
    vault.must(people[0], "import", "--quiet", str(work / "clients.csv"))
    for k, user in enumerate(people[1:], 1):
        vault.must(attack.ADMIN, "assign", *[f"B{i:04}" for i in range(k, firm, len(people))], user)
    return vault


class Ours:
    def __init__(self, vault, work):
        self.work = work
        self.server = FastServer(vault, "--listen", "127.0.0.1:0").start()
        self.tokens = [self.server.token(user) for user in people]
        self.https = [url for url in self.server.told["urls"] if url.startswith("https://")][0][len("https://"):]
        self.files = {READ: work / "reads", CARD: work / "cards", NONE: work / "none", HTTP: work / "http"}
        self.ask()

    def ask(self):
        """Questions of each person: records of his clients, at most 500 drawn of each, so that the file stays small."""
        connection = self.server.connect()
        draw = random.Random(1)
        with open(self.files[READ], "w", encoding="utf-8") as reads, open(self.files[CARD], "w", encoding="utf-8") as cards:
            for k, token in enumerate(self.tokens):
                for i in list(range(k, firm, len(people)))[:5 if options.by_client else None]:
                    client = f"B{i:04}"
                    cards.write(token + " " + json.dumps({"client": client}) + "\n")
                    records = self.server.run(connection, token, "record.list", client=client).json
                    for record in draw.sample(records, min(len(records), 500)):
                        reads.write(token + " " + json.dumps({"client": client, "record": record["id"], "purpose": "task:1"}) + "\n")
        self.files[NONE].write_text("".join(token + " {}\n" for token in self.tokens))
        self.files[HTTP].write_text("".join(token + " -\n" for token in self.tokens))

    def measure(self, what, clients, seconds):
        method, path, file = {READ: ("POST", "record.read", READ), HTTPS: ("POST", "record.read", READ), CARD: ("POST", "client.show", CARD),
                              NONE: ("POST", "no.such", NONE), HTTP: ("GET", "/healthz", HTTP)}[what]
        path = path if path.startswith("/") else "/v1/operations/" + path
        done = subprocess.run([*prefix, str(bench / "requests"), self.https if what == HTTPS else self.server.socket, str(clients),
                               str(seconds), method, path, str(self.files[file])], capture_output=True, text=True)
        if not done.stdout:
            sys.exit(f"{what}: {done.stderr}")
        result = json.loads(done.stdout)
        if what in (READ, HTTPS) and result["refused"] > 0:
            sys.exit(f"{what}: {result} {done.stderr}")
        result["per_second"] += result["refused"] / seconds  # of one of the questions, what it is about
        return result

    def memory(self):
        found = {}
        for process, pid in self.server.children().items():
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                found[process] = [int(line.split()[1]) for line in file if line.startswith("VmRSS")][0] // 1024
        return found


def bare(work, clients, seconds):
    done = subprocess.run([*prefix, str(bench / "bare_bench"), str(work), str(options.rows), str(len(people)), str(seconds),
                           str(clients)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def median(results, name):
    return statistics.median(one[name] for one in results)


def tell(found, counts):
    print(f"{'what':46} {'clients':>7} {'per second':>11} {'best':>9} {'p50 ms':>8} {'p99 ms':>8} {'peer':>7} {'bare':>7}")
    for (what, clients), results in found.items():
        rate = median(results, "per_second")
        ratio = lambda of: f"{rate / median(found[of, clients], 'per_second'):7.2f}" if (of, clients) in found else "      –"
        print(f"{what:46} {clients:7} {rate:11.0f} {max(one['per_second'] for one in results):9.0f} "
              f"{median(results, 'p50_us') / 1000:8.2f} {median(results, 'p99_us') / 1000:8.2f} {ratio(PEER)} {ratio(BARE)}")
    for clients in counts:
        if (HTTPS, clients) in found:
            more = median(found[HTTPS, clients], "p50_us") / median(found[READ, clients], "p50_us") - 1
            print(f"HTTPS, {clients} clients: {more:+.0%} of the time of a read over the Unix socket")


def take_turns(work, counts):
    vault = furnish(work)
    bring_in(vault, 0, options.rows, work)
    ours = Ours(vault, work)
    peer = other.Peer(work, prefix, raw=options.raw) if other.programs() else None
    if peer is None:
        print("PostgreSQL with pgbench is not installed: no peer")
    found = {}
    try:
        if peer is not None:
            peer.start()
            peer.fill([(i % firm, line) for i, (_, line) in enumerate(rows_of(0, options.rows, work))], firm, len(people))
        # Everybody starts warm.
        for warm in (lambda: ours.measure(READ, max(counts), 5), lambda: peer and peer.measure(max(counts), 5),
                     lambda: bare(work, max(counts), 5)):
            warm()
        for number in range(options.rounds):
            for clients in counts:
                turns = [(READ, lambda: ours.measure(READ, clients, options.seconds)),
                         (BARE, lambda: bare(work, clients, options.seconds)),
                         (HTTPS, lambda: ours.measure(HTTPS, clients, options.seconds))]
                if peer is not None:
                    turns.append((PEER, lambda: peer.measure(clients, options.seconds)))
                for what, turn in turns if number % 2 == 0 else reversed(turns):
                    found.setdefault((what, clients), []).append(turn())
        for clients in counts:
            for what in (CARD, NONE, HTTP):
                found[what, clients] = [ours.measure(what, clients, 1)]
        print(f"{options.rows} rows of 1 KiB, {firm} clients, {len(people)} people; load {os.getloadavg()[0]:.0f}, "
              f"{os.cpu_count()} cores; MiB: {ours.memory()}")
        tell(found, counts)
    finally:
        if peer is not None:
            peer.stop()
        ours.server.stop()
    return vault


def grow(work, counts, sizes):
    vault = furnish(work)
    rows = 0
    print(f"{'rows':>9} {'MiB of store':>12} {'clients':>7} {'per second':>11} {'p50 ms':>8} {'p99 ms':>8}  MiB")
    for size in sizes:
        bring_in(vault, rows, size - rows, work)
        os.sync()  # what the import left to be written is not the reads'
        rows = size
        ours = Ours(vault, work)
        ours.measure(READ, max(counts), 3)
        found = {clients: [ours.measure(READ, clients, options.seconds) for _ in range(options.rounds)] for clients in counts}
        store = sum(os.path.getsize(os.path.join(vault.path, name)) for name in os.listdir(vault.path)) >> 20
        for clients, results in found.items():
            print(f"{size:9} {store:12} {clients:7} {median(results, 'per_second'):11.0f} {median(results, 'p50_us') / 1000:8.2f} "
                  f"{median(results, 'p99_us') / 1000:8.2f}  {ours.memory()}", flush=True)
        ours.server.stop()
    return vault


work = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-server-bench.", dir=os.environ.get("STRONGROOM_BENCH_DIR", here.parents[2])))
work.chmod(0o755)  # the peer's user goes through it
try:
    counts = [int(number) for number in options.clients.split(",")]
    vault = grow(work, counts, [int(size) for size in options.grow.split(",")]) if options.grow else take_turns(work, counts)
    verify = vault.run(attack.INA, "log", "verify", "--skip-signatures", "--json", timeout=600)
    if verify.code != 0:
        sys.exit(f"the log does not verify: {verify}")
finally:
    shutil.rmtree(work, ignore_errors=True)
