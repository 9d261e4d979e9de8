#!/usr/bin/env python3
"""Measures the program against its peers, in one run and on the same data, and prints the README's table.

usage: tests/bench/run.py BUILD [--rows N] [--clients N] [--runs N] [--log-entries N] [--keep DIR]
BUILD is a release build with tests (`meson setup build/bench --buildtype=release`; ninja -C build/bench).
Peers that are not installed are left out, and said so.  Durability is the same: WAL and synchronous=FULL.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--rows", type=int, default=100000)
parser.add_argument("--clients", type=int, default=10000)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--log-entries", type=int, default=1000000)
parser.add_argument("--keep", help="work here and leave it")
options = parser.parse_args()
program = str(pathlib.Path(options.build).resolve() / "cli" / "strongroom")
work = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="strongroom-bench."))
work.mkdir(parents=True, exist_ok=True)
os.environ["XDG_STATE_HOME"] = str(work / "state")
KEY = "x'" + "2d" * 32 + "'"
rows_table = []


def note(what, ours, peer, ratio, goal):
    rows_table.append((what, ours, peer, ratio, goal))
    print(f"| {what} | {ours} | {peer} | {ratio} | {goal} |", flush=True)


def passphrase(user):
    path = work / f"{user}.passphrase"
    if not path.exists():
        path.write_text(f"a passphrase of {user}\n")
        path.chmod(0o600)
    return str(path)


def strongroom(vault, user, *arguments):
    """Runs the program; gives (seconds without the key derivation, standard output)."""
    command = [program, "--vault", str(vault), "--as", user, "--passphrase-file", passphrase(user), "--json", "--timings"]
    start = time.monotonic()
    done = subprocess.run(command + list(arguments), capture_output=True, text=True)
    wall = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
    derivation = json.loads(done.stderr.strip().splitlines()[-1])["timings"]["key_derivation_ms"] / 1000
    return wall - derivation, done.stdout


def sqlcipher(database, *statements):
    """Runs the sqlcipher shell with a raw key; gives (seconds, standard output)."""
    lines = [f'PRAGMA key="{KEY}";', "PRAGMA synchronous=FULL;", *statements]
    start = time.monotonic()
    done = subprocess.run(["sqlcipher", "-batch", str(database)], input="\n".join(lines) + "\n", capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit("sqlcipher: " + done.stderr)
    return time.monotonic() - start, done.stdout


def median(run, runs=None):
    return statistics.median(run() for _ in range(runs or options.runs))


def make_vault():
    base = work / "base"
    strong = lambda *a: strongroom(base, "root", *a)
    subprocess.run([program, "--vault", str(base), "--as", "root", "--passphrase-file", passphrase("root"), "init",
                    "--kdf-memory", "64", "--quiet"], check=True, capture_output=True)
    strong("user", "add", "alice", "--new-passphrase-file", passphrase("alice"))
    strong("grant", "accountant", "alice")
    strong("client", "add", "B0001", "基准客户有限公司", "--tax-id", "91110105MA7TEXT07L")
    strong("assign", "B0001", "alice")
    return base


def make_clients(base):
    """Many clients, so that a name is searched among them."""
    path = work / "clients.csv"
    syllables = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜"
    with open(path, "w", encoding="utf-8-sig", newline="") as out:
        out.write("客户编号,客户名称,统一社会信用代码\r\n")
        for i in range(options.clients):
            name = "".join(syllables[(i // 40 ** k) % 40] for k in range(3)) + syllables[i * 7 % 40] + "商贸有限公司"
            out.write(f"N{i:06d},{name},91{i:016d}\r\n")
    strongroom(base, "root", "import", str(path))
    strongroom(base, "root", "assign", "--portfolio", "main", "alice")


def fresh(base, name):
    target = work / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(base, target)
    shutil.rmtree(work / "state", ignore_errors=True)
    return target


def bench_import(base, rows):
    ours, peers, vault = [], [], None
    for _ in range(options.runs):
        vault = fresh(base, "import")
        ours.append(strongroom(vault, "alice", "import", str(rows))[0])
        for old in work.glob("peer.db*"):
            old.unlink()
        peers.append(sqlcipher(work / "peer.db", "PRAGMA journal_mode=WAL;", ".mode csv", f".import {rows} t")[0])
    mine, theirs = options.rows / statistics.median(ours), options.rows / statistics.median(peers)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    note(f"import, {options.rows:,} rows of 1 KiB", f"{mine:,.0f} rows/s", f"`sqlcipher` `.import`: {theirs:,.0f} rows/s",
         f"{mine / theirs:.2f}", "≥ 0.25")
    note("… most memory of any program in it", f"{peak:.0f} MiB", "64 MiB of it: the key derivation", "–", "< 200 MiB")
    return vault


def bench_export(vault):
    ours, peers, out = [], [], work / "out.jsonl"
    header = sqlcipher(work / "peer.db", "SELECT group_concat('length(\"' || name || '\")', '+') FROM pragma_table_info('t');")[1]
    columns = header.strip().splitlines()[-1]
    for _ in range(options.runs):
        out.unlink(missing_ok=True)
        ours.append(strongroom(vault, "alice", "export", "B0001", "--format", "jsonl", "--out", str(out), "--purpose", "bench")[0])
        peers.append(sqlcipher(work / "peer.db", f"SELECT sum({columns}) FROM t;")[0])
    mine, theirs = options.rows / statistics.median(ours), options.rows / statistics.median(peers)
    note(f"export to JSON lines, {options.rows:,} rows", f"{mine:,.0f} rows/s", f"`sqlcipher` scan of the same: {theirs:,.0f} rows/s",
         f"{mine / theirs:.2f}", "≥ 0.4")


def bench_show(vault):
    line = strongroom(vault, "alice", "list", "B0001", "--kind", "invoice", "--period", "2024-01")[1].splitlines()[0]
    record = json.loads(line)["id"]
    ours = median(lambda: strongroom(vault, "alice", "show", "B0001", record, "--purpose", "bench")[0], 21)
    peer = median(lambda: sqlcipher(work / "peer.db", "SELECT * FROM t WHERE rowid = 17;")[0], 21)
    text = f"`sqlcipher` one row: {peer * 1000:.1f} ms"
    if shutil.which("pass") and shutil.which("gpg"):
        text += f", `pass show`: {bench_pass() * 1000:.0f} ms"
    note(f"one-shot `show` among {options.rows:,} records", f"{ours * 1000:.1f} ms", text, f"{ours / peer:.1f} times", "≤ 15 ms")


def bench_pass():
    home = work / "gnupg"
    environment = dict(os.environ, GNUPGHOME=str(home), PASSWORD_STORE_DIR=str(work / "pass"))
    if not home.exists():
        home.mkdir(mode=0o700)
        script = "%no-protection\nKey-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\nName-Real: bench\nExpire-Date: 0\n%commit\n"
        subprocess.run(["gpg", "--batch", "--gen-key"], input=script, text=True, env=environment, capture_output=True, check=True)
        subprocess.run(["pass", "init", "bench"], env=environment, capture_output=True, check=True)
        subprocess.run(["pass", "insert", "-e", "row"], input="a row\n", text=True, env=environment, capture_output=True, check=True)

    def run():
        start = time.monotonic()
        subprocess.run(["pass", "show", "row"], env=environment, capture_output=True, check=True)
        return time.monotonic() - start
    return median(run, 11)


def bench_search(vault):
    name = "天地玄"
    by_name = median(lambda: strongroom(vault, "alice", "search", name, "--limit", "20")[0], 11)
    number = f"2411{options.rows // 2:016d}"
    found = strongroom(vault, "alice", "search", number)[1]
    assert found.count("\n") == 1, found
    by_number = median(lambda: strongroom(vault, "alice", "search", number)[0], 11)
    note(f"`search` for a name among {options.clients:,} clients", f"{by_name * 1000:.1f} ms", "–", "–", "≤ 30 ms")
    note(f"`search` for a document number among {options.rows:,} records", f"{by_number * 1000:.1f} ms", "–", "–", "≤ 30 ms")


def bench_log():
    bench = pathlib.Path(options.build).resolve() / "tests" / "bench" / "log_bench"
    if not bench.exists():
        print("log_bench is not built: ninja -C BUILD tests/bench/log_bench")
        return
    directory = work / "log"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    done = subprocess.run([str(bench), str(directory), str(options.log_entries)], capture_output=True, text=True)
    print(done.stdout, done.stderr, sep="")


print("| what | Strongroom | peer, same run | ratio | goal |\n|---|---|---|---|---|")
base = make_vault()
rows = work / "rows.csv"
if not rows.exists():
    subprocess.run([sys.executable, str(here / "make_rows.py"), str(options.rows), str(rows)], check=True)
vault = bench_import(base, rows)
bench_export(vault)
make_clients(vault)
bench_show(vault)
bench_search(vault)
bench_log()
if not options.keep:
    shutil.rmtree(work)
