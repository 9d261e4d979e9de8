#!/usr/bin/env python3
"""Each byte of a small vault's files is changed, one at a time: it opens with the true data or is refused (exit 1 to 3).
Never other data, a crash or a hang.

every-byte (tests/lib/every_byte.c) does it in one process; some positions are tried through the program itself too.
Quick form: every byte of the slots, and as many of the others, evenly spread, as fit into some seconds.
STRONGROOM_TEST_FULL=1: every bit of the slots, every byte of the rest, however long it takes (EVERY_BYTE_SECONDS cuts it
short, and it says so).
"""
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402

TOOL = os.environ["STRONGROOM_EVERY_BYTE"]
SECONDS = float(os.environ.get("EVERY_BYTE_SECONDS", "1000000" if attack.FULL else "14"))
tap = attack.Tap()
work = attack.workplace("every-byte")

# As small as a vault with two clients and two records can be.
small = attack.Quick(os.path.join(work, "small"))
attack.people(small)
small.must(AMY, "client", "add", "K1", "甲乙丙丁有限公司", "--tax-id", "91110105MA7TEXT07L")
small.must(AMY, "client", "add", "K2", "别家商行")
table = os.path.join(work, "bank_accounts.csv")
with open(table, "w", encoding="utf-8") as file:
    file.write("客户编号,户名,账户性质,开户银行,银行账号,币种,是否启用\n"
               "K1,甲乙丙丁有限公司,基本存款账户,样本银行,0200000000000000000,CNY,是\n"
               "K2,别家商行,基本存款账户,样本银行,0200000000000000009,CNY,是\n")
small.must(AMY, "import", table)
sizes = {name: os.path.getsize(os.path.join(small.path, name))
         for name in ("slots", "log", "log.tree", "log.offsets", "store.db")}
untouched = small.copy(os.path.join(work, "untouched"))


def sweep(name, mask, seconds, user=AMY, client="K1"):
    """Two workers, each on every other byte."""
    results = []

    def one(first):
        vault = untouched.copy(os.path.join(work, f"{name}-{mask}-{first}"))
        done = subprocess.run([TOOL, vault.path, user, vault.passphrase(user), client, name, str(mask), str(first),
                               "2", str(seconds)], env=vault.environment(), capture_output=True, text=True, check=False)
        results.append(done)
        attack.remove(vault.home)

    attack.parallel(one, (0, 1))
    lines = [line for done in results for line in done.stdout.splitlines()]
    bad = [line for line in lines if line.startswith("bad")]
    ends = [line.replace(",", "").split() for line in lines if line.startswith("tried")]
    tried, total, refused = (sum(int(end[n]) for end in ends) for n in (1, 3, 4))
    whole = "every byte" if tried == total else f"{tried} of {total} bytes, evenly spread"
    good = not bad and len(ends) == 2 and tried > 0 and all(done.returncode == 0 for done in results)
    what = "log verify: " if client == "-" else ""
    tap.ok(good, f"{what}{name}, {total} bytes, changed by {mask:#x}: {whole}: {refused} refused, {tried - refused} opened as "
           "before", "\n".join(bad[:20] + [done.stderr for done in results]))
    return refused, tried


for mask in ((1, 2, 4, 8, 16, 32, 64, 128, 255) if attack.FULL else (1,)):
    sweep("slots", mask, SECONDS)
shares = {"log": 0.35, "log.tree": 0.1, "log.offsets": 0.05, "store.db": 0.5}
for name, share in shares.items():
    refused, tried = sweep(name, 0x40, SECONDS * share * (2 if attack.FULL else 1))
    if name == "store.db":
        tap.ok(refused > 0 and refused < tried, "the database is opened by some and refused by others", f"{refused}")

# The log's own bytes are all under its verification, also where nothing else reads them.
sweep("log", 0x40, SECONDS * 0.4 * (2 if attack.FULL else 1), user=INA, client="-")

# --- The same through the program, from outside ---
dice = random.Random(7)
truth = untouched.copy(os.path.join(work, "truth")).must(AMY, "--no-remember", "list", "K1", "--json").out
wrong, tried, refused = [], 0, 0
for name, size in sizes.items():
    for position in dice.sample(range(size), min(size, 200 if attack.FULL else 12)):
        vault = untouched.copy(os.path.join(work, "one"))
        path = os.path.join(vault.path, name)
        with open(path, "r+b") as file:
            file.seek(position)
            byte = file.read(1)[0]
            file.seek(position)
            file.write(bytes([byte ^ (1 << dice.randrange(8))]))
        ran = vault.run(AMY, "list", "K1", "--json", timeout=30)
        tried += 1
        refused += ran.code != 0
        if ran.code not in (0, 1, 2, 3) or (ran.code == 0 and ran.out != truth) or \
                (ran.code != 0 and (not truth.startswith(ran.out) or not ran.clean())):
            wrong.append(f"{name} at {position}: {ran}")
        attack.remove(vault.home)
tap.ok(not wrong, f"through the program: {tried} changes, {refused} refused", "\n".join(wrong[:6]))

# --- Cut at each length, and longer than it was ---
wrong = []
for name, size in sizes.items():
    for length in sorted(dice.sample(range(size), 40 if attack.FULL else 5)) + [0, size - 1, size + 1, size + 4096]:
        vault = untouched.copy(os.path.join(work, "cut"))
        path = os.path.join(vault.path, name)
        if length <= size:
            os.truncate(path, length)
        else:
            with open(path, "ab") as file:
                file.write(dice.randbytes(length - size))
        ran = vault.run(AMY, "list", "K1", "--json", timeout=30)
        if ran.code not in (0, 1, 2, 3) or (ran.code == 0 and ran.out != truth) or \
                (ran.code != 0 and (not truth.startswith(ran.out) or not ran.clean())):
            wrong.append(f"{name} of {length} bytes: {ran}")
        attack.remove(vault.home)
tap.ok(not wrong, "files cut or grown open as before or are refused", "\n".join(wrong[:6]))
shutil.rmtree(work, ignore_errors=True)
tap.finish()
