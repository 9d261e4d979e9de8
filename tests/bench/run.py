#!/usr/bin/env python3
"""Measures the program against its peers, in one run and on the same data, and prints the README's table.

usage: tests/bench/run.py BUILD [--only JOB,…] [--rows N] [--large N] [--clients N] [--runs N] [--log-entries N]
       [--instructions] [--keep DIR]
BUILD is a release build with tests: meson setup build/bench --buildtype=release -Dtests=enabled
Jobs: import, export, show, search, growth, log, limits; all unless --only says which.

Each figure is the median of the runs, with the least in brackets: on a shared machine the median tells how busy it
was, the least what the program needs.  Ours and the peer's take turns.  Durability is the same: WAL and
synchronous=FULL.  What is not installed is left out, and said so.  --instructions counts those of one `show` with
valgrind, which no other load can change.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import peers

here = pathlib.Path(__file__).resolve().parent
parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--only", default="import,export,show,search,growth,log,limits")
parser.add_argument("--rows", type=int, default=100000)
parser.add_argument("--large", type=int, default=1000000)
parser.add_argument("--clients", type=int, default=10000)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--log-entries", type=int, default=1000000)
parser.add_argument("--instructions", action="store_true")
parser.add_argument("--keep", help="work here and leave it; vaults that are there already are used again")
options = parser.parse_args()
jobs = options.only.split(",")
build = pathlib.Path(options.build).resolve()
program = str(build / "cli" / "strongroom")
work = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="strongroom-bench.")).resolve()
work.mkdir(parents=True, exist_ok=True)
os.environ["XDG_STATE_HOME"] = str(work / "state")
SMALL = 10000


# --- Running ---


def passphrase(user):
    path = work / f"{user}.passphrase"
    if not path.exists():
        path.write_text(f"a passphrase of {user}\n")
        path.chmod(0o600)
    return str(path)


def command_of(vault, user, *arguments):
    return [program, "--vault", str(vault), "--as", user, "--passphrase-file", passphrase(user), "--json", "--timings",
            *arguments]


def strongroom(vault, user, *arguments):
    """Runs the program; gives (seconds without the key derivation, those of the key derivation, standard output)."""
    start = time.monotonic()
    done = subprocess.run(command_of(vault, user, *arguments), capture_output=True, text=True, check=False)
    wall = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
    derivation = json.loads(done.stderr.strip().splitlines()[-1])["timings"]["key_derivation_ms"] / 1000
    return wall - derivation, derivation, done.stdout


def seconds(run):
    start = time.monotonic()
    run()
    return time.monotonic() - start


class Times:
    """Of one thing, some times over."""

    def __init__(self):
        self.all = []

    def add(self, value):
        self.all.append(value)

    def median(self):
        return statistics.median(self.all)

    def milliseconds(self):
        return f"{self.median() * 1000:.1f} ms ({min(self.all) * 1000:.1f})"

    def rate(self, count):
        return f"{count / self.median():,.0f}/s ({count / min(self.all):,.0f})"


def ratio(ours, theirs):
    return f"{theirs.median() / ours.median():.2f} ({min(theirs.all) / min(ours.all):.2f})"


def note(what, ours, peer="–", compared="–", goal="–"):
    print(f"| {what} | {ours} | {peer} | {compared} | {goal} |", flush=True)


def load():
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


# --- Vaults ---


def rows_file(rows):
    path = work / f"rows-{rows}.csv"
    if not path.exists():
        subprocess.run([sys.executable, str(here / "make_rows.py"), str(rows), str(path)], check=True)
    return path


def make_base():
    base = work / "base"
    if base.exists():
        return base
    subprocess.run([program, "--vault", str(base), "--as", "root", "--passphrase-file", passphrase("root"), "init",
                    "--kdf-memory", "64", "--quiet"], check=True, capture_output=True)
    strongroom(base, "root", "user", "add", "alice", "--new-passphrase-file", passphrase("alice"))
    strongroom(base, "root", "grant", "accountant", "alice")
    strongroom(base, "root", "client", "add", "B0001", "基准客户有限公司", "--tax-id", "91110105MA7TEXT07L")
    strongroom(base, "root", "assign", "B0001", "alice")
    return base


def add_clients(vault):
    """Many clients, so that a name is searched among them."""
    path = work / "clients.csv"
    syllables = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜"
    with open(path, "w", encoding="utf-8-sig", newline="") as out:
        out.write("客户编号,客户名称,统一社会信用代码\r\n")
        for i in range(options.clients):
            name = "".join(syllables[(i // 40 ** k) % 40] for k in range(3)) + syllables[i * 7 % 40] + "商贸有限公司"
            out.write(f"N{i:06d},{name},91{i:016d}\r\n")
    strongroom(vault, "root", "import", str(path))
    strongroom(vault, "root", "assign", "--portfolio", "main", "alice")


def fresh(name):
    base, target = make_base(), work / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(base, target)
    shutil.rmtree(work / "state", ignore_errors=True)
    return target


def import_into(vault, rows):
    """Gives (seconds, MiB at most) of an import; the memory is this child's alone."""
    pid_start = time.monotonic()
    child = subprocess.Popen(command_of(vault, "alice", "import", str(rows_file(rows))), stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    told = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - pid_start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"import: exit {child.returncode}: {told}")
    derivation = json.loads(told.strip().splitlines()[-1])["timings"]["key_derivation_ms"] / 1000
    return wall - derivation, usage.ru_maxrss / 1024


def import_peer(rows, database):
    for old in work.glob(database.name + "*"):
        old.unlink()
    return seconds(lambda: peers.sqlcipher(database, "PRAGMA journal_mode=WAL;", ".mode csv", f".import {rows_file(rows)} t"))


made = {}


def vault_of(rows):
    """A vault with so many records and the many clients; made once."""
    vault = work / f"vault-{rows}"
    if rows not in made and not vault.exists():
        fresh(vault.name)
        made[rows] = import_into(vault, rows)
        add_clients(vault)
    if not (work / f"peer-{rows}.db").exists():
        import_peer(rows, work / f"peer-{rows}.db")
    return vault


# --- Jobs ---


def bench_import():
    ours, theirs, memory = Times(), Times(), 0
    rows_file(options.rows)
    for _ in range(options.runs):
        took, most = import_into(fresh("import"), options.rows)
        ours.add(took)
        memory = max(memory, most)
        theirs.add(import_peer(options.rows, work / "import.db"))
    note(f"import, {options.rows:,} rows of 1 KiB in 20 fields: sealed, indexed, logged", ours.rate(options.rows),
         "`sqlcipher` `.import`: " + theirs.rate(options.rows), ratio(ours, theirs), "≥ 0.25")


def bench_export(rows, runs):
    vault, peer, out = vault_of(rows), work / f"peer-{rows}.db", work / "out.jsonl"
    columns = peers.columns_of(peer)
    ours, theirs = Times(), Times()
    for _ in range(runs):
        out.unlink(missing_ok=True)
        ours.add(strongroom(vault, "alice", "export", "B0001", "--format", "jsonl", "--out", str(out), "--purpose",
                            "bench")[0])
        theirs.add(seconds(lambda: peers.sqlcipher(peer, f"SELECT sum({columns}) FROM t;")))
    out.unlink()
    note(f"export to JSON lines, {rows:,} rows", ours.rate(rows), "`sqlcipher` scan: " + theirs.rate(rows),
         ratio(ours, theirs), "≥ 0.4")


def record_of(vault):
    line = strongroom(vault, "alice", "list", "B0001", "--kind", "invoice", "--period", "2024-01")[2].splitlines()[0]
    return json.loads(line)["id"]


def bench_show(rows, others):
    vault, peer = vault_of(rows), work / f"peer-{rows}.db"
    record = record_of(vault)
    ours, derivation = Times(), Times()
    theirs = {"sqlcipher": Times(), **{name: Times() for name, run in others.items() if run is not None}}
    for _ in range(4 * options.runs + 1):
        took, derived, _ = strongroom(vault, "alice", "show", "B0001", record, "--purpose", "bench")
        ours.add(took)
        derivation.add(derived)
        theirs["sqlcipher"].add(seconds(lambda: peers.sqlcipher(peer, "SELECT * FROM t WHERE rowid = 17;")))
        for name, run in others.items():
            if run is not None:
                theirs[name].add(seconds(run))
    note(f"one-shot `show` among {rows:,} records", ours.milliseconds(),
         ", ".join(f"`{name}` {times.milliseconds()}" for name, times in theirs.items()), "–", "≤ 15 ms")
    note("… its key derivation (64 MiB, three passes), apart", derivation.milliseconds())
    if options.instructions:
        count_instructions(vault, peer, record)


def instructions_of(command, without=None, **run):
    """Millions of instructions of a command; `without` is a function whose own are left out."""
    out = work / "callgrind.out"
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command], capture_output=True,
                   check=True, text=True, **run)
    told = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(out)], capture_output=True,
                          text=True, check=True).stdout

    def inclusive(pattern):
        found = re.search(r"^ *([\d,]+) .*" + pattern, told, re.MULTILINE)
        return int(found.group(1).replace(",", "")) / 1e6 if found else 0
    return inclusive("PROGRAM TOTALS") - (inclusive(":" + without + " ") if without else 0)


def count_instructions(vault, peer, record):
    if not shutil.which("valgrind"):
        print("--instructions: valgrind is not installed")
        return
    ours = instructions_of(command_of(vault, "alice", "show", "B0001", record, "--purpose", "bench"), "slots_open")
    lines = f'PRAGMA key="{peers.KEY}";\nSELECT * FROM t WHERE rowid = 17;\n'
    theirs = instructions_of(["sqlcipher", "-batch", str(peer)], input=lines)
    note("… in instructions, key derivation apart", f"{ours:.0f} million", f"`sqlcipher` {theirs:.0f} million",
         f"{ours / theirs:.1f} times")


def bench_search():
    vault = vault_of(options.large)
    by_name, by_number = Times(), Times()
    number = f"2411{options.large // 2:016d}"
    found = strongroom(vault, "alice", "search", number)[2]
    if found.count("\n") != 1:
        sys.exit("search: " + found)
    for _ in range(2 * options.runs + 1):
        by_name.add(strongroom(vault, "alice", "search", "天地玄", "--limit", "20")[0])
        by_number.add(strongroom(vault, "alice", "search", number)[0])
    note(f"`search` for a name among {options.clients:,} clients", by_name.milliseconds(), goal="≤ 30 ms")
    note(f"`search` for a document number among {options.large:,} records", by_number.milliseconds(), goal="≤ 30 ms")


def bench_growth():
    for rows in (SMALL, options.rows, options.large):
        took, most = import_into(fresh("growth"), rows)
        theirs = import_peer(rows, work / "growth.db")
        size = sum(file.stat().st_size for file in (work / "growth").iterdir()) / rows
        note(f"import of {rows:,} rows: memory and disk", f"{rows / took:,.0f}/s, {most:.0f} MiB, {size:,.0f} bytes a row",
             f"`sqlcipher` {rows / theirs:,.0f}/s", f"{theirs / took:.2f}", "memory flat, < 200 MiB")
    shutil.rmtree(work / "growth")
    shutil.rmtree(work / "state", ignore_errors=True)  # "growth" and the next vault are copies of one, each with its own log
    bench_export(options.large, 1)


def bench_program(name, *arguments):
    bench = build / "tests" / "bench" / name
    if not bench.exists():
        print(f"{name} is not built: ninja -C {options.build} tests/bench/{name}")
        return ""
    return subprocess.run([str(bench), *arguments], capture_output=True, text=True, check=True).stdout


def bench_log():
    directory = work / "log"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for line in bench_program("log_bench", str(directory), str(options.log_entries)).splitlines():
        what, value, unit = line[:34].strip(), line[34:].split()[0], " ".join(line[34:].split()[1:])
        note(f"log of {options.log_entries:,}: {what}", f"{float(value):,.3f} {unit}",
             goal={"verify: hashed and compared": "≥ 300,000"}.get(what, "–"))
    shutil.rmtree(directory)


def bench_limits():
    told = bench_program("limits_bench", str(work))
    if told:
        limits = json.loads(told)
        note("one sync of this disk", f"{limits['sync_ms']:.2f} ms")
        note("SHA-256", f"{limits['sha256_mib_s']:,.0f} MiB/s")
        note("opening 1 KiB of XChaCha20-Poly1305", f"{limits['open_1kib_us']:.2f} µs")


def main():
    server = peers.Postgres() if "show" in jobs else None
    print(f"{load()}; medians of {options.runs} (the least)\n")
    print("| what | Strongroom | peer, same run | ratio | goal |\n|---|---|---|---|---|")
    try:
        if "limits" in jobs:
            bench_limits()
        if "import" in jobs:
            bench_import()
        if "export" in jobs:
            bench_export(options.rows, options.runs)
        if "show" in jobs:
            others = {"pass show": peers.pass_show(work), "keepassxc-cli show": peers.keepassxc_show(work),
                      "psql": server.show()}
            for name, run in others.items():
                if run is None:
                    print(f"SKIPPED: {name} is not installed")
            for rows in (SMALL, options.large):
                bench_show(rows, others)
        if "search" in jobs:
            bench_search()
        if "growth" in jobs:
            bench_growth()
        if "log" in jobs:
            bench_log()
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        note("most memory of any program in this run", f"{peak:.0f} MiB", "64 MiB of it: the key derivation", goal="< 200 MiB")
    finally:
        if server is not None:
            server.stop()
        if not options.keep:
            shutil.rmtree(work)
    print(f"\n{load()} at the end")


main()
