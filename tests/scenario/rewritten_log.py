#!/usr/bin/env python3
"""Root on the vault's machine has the store key and the log's key.  He rewrites, drops, swaps, backdates and makes up
entries, so that every hash and every signature of the vault fits again.  Each attack is listed with who finds it: the
checkpoint that a person's own machine remembers, one that an auditor kept (by a bundle), a witness on another machine,
and what else does."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, INA  # noqa: E402
from witness_process import Witness  # noqa: E402

FORGER = os.environ["STRONGROOM_LOG_FORGER"]
AUDIT = os.environ["STRONGROOM_AUDIT"]

tap = attack.Tap()
work = attack.workplace("rewritten")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
record = vault.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
vault.must(AMY, "show", "K0001", record, "--purpose", "task:1", "--json")
vault.run(ADMIN, "show", "K0001", record, "--purpose", "task:2", "--json")
policy = os.path.join(work, "policy")
kept = os.path.join(work, "kept")
with open(policy, "wb") as file:
    file.write(vault.must(INA, "log", "policy").out)
witness = Witness(os.path.join(work, "witness"))
witness.know([line.split()[1] for line in open(policy, encoding="utf-8") if line.startswith("log ")][0])
vault.must(ADMIN, "witness", "add", witness.url, witness.vkey, "--pin", witness.pin)
for user in (AMY, ADMIN):
    vault.must(user, "log", "checkpoint")
with open(kept, "wb") as file:
    file.write(vault.must(INA, "log", "checkpoint").out)
witness.stop()  # it is out of reach but where it is asked for by itself
events = vault.must(INA, "log", "replay", "--json").lines
size = int(open(kept, encoding="utf-8").read().splitlines()[1])


def index_of(name, **members):
    for leaf in events:
        if leaf["event"] == name and all(leaf.get(key) == value for key, value in members.items()):
            return leaf["seq"]
    raise SystemExit(f"Bail out! no event {name}")


read = index_of("record.read")
denied = next(leaf["seq"] for leaf in events if leaf["decision"]["effect"] == "deny")
granted = index_of("grant.add")
moment = events[read]["time"]
attacks = {
    "rewrites who read a record": ("rewrite", read, '"id":"amy"', '"id":"bob"'),
    "rewrites why it was read": ("rewrite", read, '"purpose":"task"', '"purpose":"none"'),
    "rewrites which record it was": ("rewrite", read, record, record[:-1] + ("0" if record[-1] != "0" else "1")),
    "turns a denial into a permission": ("rewrite", denied, '"effect":"deny"', '"effect":"permit"'),
    "backdates an entry by a year": ("rewrite", read, moment, str(int(moment[:4]) - 1) + moment[4:]),
    "drops the entry of a read": ("drop", read),
    "drops the entry of a denial": ("drop", denied),
    "drops the birth of the vault": ("drop", 0),
    "drops the last entry": ("drop", size - 1),
    "swaps two entries": ("swap", read, read - 1),
    "inserts a made-up entry": ("insert", granted),
    "cuts the log before the read": ("cut", read),
    "cuts the last entry": ("cut", size - 1),
    "cuts and grows it longer than it was": ("regrow", read),
    "makes up all but the birth": ("regrow", 1),
}


def forge(copy, words, bundle):
    command = [FORGER, copy.path, AMY, copy.passphrase(AMY), bundle] + [str(word) for word in words]
    done = subprocess.run(command, env=copy.environment(), capture_output=True, check=False)
    return attack.Ran(done.returncode, done.stdout, done.stderr)


def audit(bundle, *more):
    done = subprocess.run([AUDIT, bundle, "--policy", policy, "--json", *more], capture_output=True, check=False)
    return attack.Ran(done.returncode, done.stdout, done.stderr)


def is_witnessed(copy):
    """Does the witness find it, with nothing left on the vault's machine that remembers?"""
    witness.start()
    ran = copy.run(AMY, "--no-remember", "list", "K0001", "--json")
    witness.stop()
    return ran.code == 3 and ran.out == b"" and b"witness" in ran.err


def found_by(name, number, words):
    """Names of those who find it, in the order of the table."""
    copy = vault.copy(os.path.join(work, f"copy-{number}"))
    bundle = os.path.join(work, f"bundle-{number}")
    ran = forge(copy, words, bundle)
    if ran.code != 0:
        tap.ok(False, f"{name}: the forger does his work", ran)
        return []
    finders = []
    cache = os.path.join(copy.path, "log.witnesses")
    if os.path.exists(cache):
        os.remove(cache)
    # What says the same would be cosigned, and so be the history that counts from then on.
    if number > 0 and is_witnessed(copy):
        finders.append("witness")
    ran = copy.run(AMY, "list", "K0001", "--json")
    if ran.code == 3 and ran.clean():
        finders.append("remembered checkpoint")
    ran = audit(bundle, "--old-checkpoint", kept)
    if ran.code == 3 and ran.json["refusal"]["rule"].startswith(("7 kept", "5 leaf")):
        finders.append("kept checkpoint")
    alone = audit(bundle)
    if alone.code == 3:
        finders.append("bundle alone")
    # A stranger's machine remembers nothing; then people's signatures are left, and what the entries say together.
    ran = copy.run(INA, "--no-remember", "log", "verify", "--json")
    if ran.code == 3:
        finders.append("log verify")
    attack.remove(copy.home)
    return finders


control = found_by("nothing", 0, ("none",))
tap.ok(control == [], "a log that is written anew but says the same is the same log", control)
table = {}
for number, (name, words) in enumerate(attacks.items(), 1):
    table[name] = found_by(name, number, words)
    tap.ok("remembered checkpoint" in table[name], f"{name}: found by a person's own machine", table[name])
    tap.ok("witness" in table[name], f"{name}: found by a witness, before anything is shown", table[name])
    tap.ok("kept checkpoint" in table[name], f"{name}: found by an auditor who kept a checkpoint", table[name])
for name, finders in table.items():
    tap.note(f"{name}: {', '.join(finders)}")
# What nobody signed but the vault, and what is only left out at the end, is found by memory or a witness alone.
blind = [name for name, finders in table.items() if "bundle alone" not in finders and "log verify" not in finders]
tap.ok("cuts the last entry" in blind, "without a memory or a witness a log that was cut is believed: so keep a checkpoint",
       json.dumps(table, indent=1))
copy = vault.copy(os.path.join(work, "same"))
tap.ok(forge(copy, ("none",), os.path.join(work, "bundle-same")).code == 0 and not is_witnessed(copy),
       "a log that is written anew but says the same is cosigned")
tap.finish()
