#!/usr/bin/env python3
"""Accountable decryption beside plain reading, in one run: a vault, a witness on loopback, the same records.

usage: tests/bench/accountable.py BUILD [--rows N] [--reads N] [--rounds N]
BUILD is a release build with tests (ninja -C BUILD tests/bench/accountable_bench).  Times are medians over rounds in
which both sides take turns, since other work on the machine changes what a sync costs from second to second.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--rows", type=int, default=10000)
parser.add_argument("--reads", type=int, default=200)
parser.add_argument("--rounds", type=int, default=7)
options = parser.parse_args()
build = pathlib.Path(options.build).resolve()
work = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-accountable."))
os.environ["XDG_STATE_HOME"] = str(work / "state")
os.environ["LANG"] = "C.UTF-8"


def passphrase(user):
    path = work / f"{user}.passphrase"
    if not path.exists():
        path.write_text(f"a passphrase of {user}\n")
        path.chmod(0o600)
    return str(path)


def run(vault, user, *arguments):
    command = [str(build / "cli" / "strongroom"), "--vault", str(vault), "--as", user, "--passphrase-file", passphrase(user),
               "--json", "--timings", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
    timings = json.loads(done.stderr.strip().splitlines()[-1])["timings"]
    return timings["rest_ms"], [json.loads(line) for line in done.stdout.splitlines()]


def make(name):
    vault = work / name
    run(vault, "adam", "init", "--kdf-memory", "64")
    run(vault, "adam", "user", "add", "amy", "--new-passphrase-file", passphrase("amy"))
    run(vault, "adam", "grant", "accountant", "amy")
    table = work / "rows.csv"
    if not table.exists():
        with table.open("w") as out:
            out.write("客户编号,凭证日期,凭证字号,摘要,科目编码,科目名称,借方金额,贷方金额\n")
    return vault


def furnish(vault):
    source = pathlib.Path(__file__).resolve().parents[1] / "samples" / "agency" / "utf8"
    run(vault, "amy", "import", str(source / "clients.csv"))
    head, *rows = (source / "bank_lines.csv").read_text().splitlines()
    rows_file = work / "bank_lines.csv"
    fields = rows[0].split(",")
    at = head.split(",").index(key_column(head))
    with rows_file.open("w") as out:
        out.write(head + "\n")
        for i in range(options.rows):
            fields[at] = f"N{i:09d}"
            out.write(",".join(fields) + "\n")
    _, (said,) = run(vault, "amy", "import", str(rows_file))
    return said


def key_column(head):
    for name in head.split(","):
        if "流水" in name or "ref" in name.lower() or "凭证" in name:
            return name
    return head.split(",")[-1]


def reads(vault, client, record):
    done = subprocess.run([str(build / "tests" / "bench" / "accountable_bench"), str(vault), "amy", passphrase("amy"), client,
                           record, str(options.reads)], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[0])


def export(vault, client):
    out = work / f"out-{time.monotonic_ns()}.jsonl"
    spent, (said,) = run(vault, "amy", "export", client, "--kind", "bank_transaction", "--format", "jsonl", "--out", str(out),
                         "--purpose", "tax:1")
    out.unlink()
    return spent, said["rows"]


plain, accountable = make("plain"), make("accountable")
witness = subprocess.Popen([str(build / "cli" / "strongroom-witness"), "--dir", str(work / "w"), "--listen", "127.0.0.1:0",
                            "--plain", "--release", "--json", "--name", "witness.example/bench"], stdout=subprocess.PIPE, text=True)
try:
    told = json.loads(witness.stdout.readline())
    for vault in (plain, accountable):
        furnish(vault)
    _, policy = run(accountable, "adam", "log", "policy")
    vkey = next(line.split()[1] for line in policy[0]["policy"].splitlines() if line.startswith("log "))
    subprocess.run([str(build / "cli" / "strongroom-witness"), "log", "add", vkey, "--dir", str(work / "w")], check=True)
    subprocess.run([str(build / "cli" / "strongroom-witness"), "rate", "--hour", "100000000", "--day", "100000000", "--dir",
                    str(work / "w")], check=True, stdout=subprocess.DEVNULL)
    run(accountable, "adam", "vault", "accountable", "witness", told["url"], told["release"])
    run(accountable, "adam", "vault", "accountable", "sheet")
    run(accountable, "adam", "vault", "accountable", "on", "bank")
    start = time.monotonic()
    _, (said,) = run(accountable, "amy", "vault", "accountable", "finish")
    print(f"wrapping {options.rows} keys again: {time.monotonic() - start:.2f} s with the key derivation")
    results = {"read": ([], []), "show": ([], []), "export": ([], [])}
    asked = []
    for vault in (plain, accountable):
        _, lines = run(vault, "amy", "list", "K0001", "--kind", "bank_transaction")
        asked.append((vault, "K0001", lines[0]["id"]))
    for _ in range(options.rounds):
        for side, (vault, client, record) in enumerate(asked):
            results["read"][side].append(reads(vault, client, record) / 1000)
            results["show"][side].append(run(vault, "amy", "show", client, record, "--purpose", "tax:1")[0])
            spent, rows = export(vault, client)
            results["export"][side].append(spent)
    for what, (one, two) in results.items():
        a, b = statistics.median(one), statistics.median(two)
        low, high = min(one), min(two)
        print(f"{what}: plain {a:.3f} ms, accountable {b:.3f} ms: {b / a:.2f} times; least disturbed round of each: "
              f"{low:.3f} and {high:.3f} ms: {high / low:.2f} times", flush=True)
    print(f"export of {rows} records: {rows / statistics.median(results['export'][1]) * 1000:.0f} records/s accountable")
finally:
    witness.terminate()
    witness.wait()
