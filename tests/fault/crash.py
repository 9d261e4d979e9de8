#!/usr/bin/env python3
"""kill -9 at random moments of import, revoke, export, backup, restore, passwd and correct.

Some moments are of the clock, some are of a write, sync, rename or truncation (the process dies instead of it, or in the
middle of the write).  Afterwards the vault opens and verifies, what was acknowledged is there, what was not is there
whole or not at all, and nothing half-made looks like a result.

40 moments; 500 with STRONGROOM_TEST_FULL=1; CRASH_MOMENTS says another number, CRASH_SEED other moments.
"""
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402

MOMENTS = int(os.environ.get("CRASH_MOMENTS", "500" if attack.FULL else "40"))
SEED = os.environ.get("CRASH_SEED", "1")
tap = attack.Tap()
work = attack.workplace("crash")
origin = attack.Quick(os.path.join(work, "origin"))
attack.furnished(origin)
origin.must(ADMIN, "backup", "--out", os.path.join(origin.home, "kept.srb"))
record = origin.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
serial = itertools.count()

# A file of a thousand rows, so that an import takes its time.
BULK = os.path.join(work, "balances.csv")
with open(os.path.join(attack.AGENCY, "balances.csv"), encoding="utf-8-sig") as file:
    head, first = file.read().splitlines()[:2]
with open(BULK, "w", encoding="utf-8") as file:
    file.write(head + "\n")
    for row in range(1000):
        cells = first.split(",")
        cells[3] = f"{1000 + row}"
        file.write(",".join(cells) + "\n")


class Lost(Exception):
    pass


def asked(vault, user, *words, at=None):
    ran = vault.run(user, *words, "--json", vault=at)
    if ran.code != 0:
        raise Lost(f"{user} {' '.join(words)}: {ran}")
    return ran


def balances(vault):
    return len(asked(vault, AMY, "list", "K0001", "--kind", "account_balance").out.splitlines())


def members(vault):
    lines = asked(vault, ADMIN, "user", "list").lines
    listed = "accountant" in next(line for line in lines if line["user"] == BOB)["roles"]
    # Whether the keys still open follows the grant: bob either lists his clients or is refused.
    code = vault.run(BOB, "client", "list").code
    if code != (0 if listed else 2):
        raise Lost(f"bob is {'' if listed else 'not '}an accountant, but client list ends with {code}")
    return listed


def disabled(vault):
    """Disabled and without a slot, or neither."""
    lines = asked(vault, ADMIN, "user", "list").lines
    listed = next(line for line in lines if line["user"] == BOB)["disabled"]
    with open(os.path.join(vault.path, "slots"), encoding="utf-8") as file:
        slot = f'"{BOB}"' in file.read()
    if listed == slot:
        raise Lost(f"bob is {'' if listed else 'not '}disabled, and has {'a' if slot else 'no'} slot")
    return listed


def gross(vault):
    return asked(vault, AMY, "show", "K0001", record, "--purpose", "task:1", "--reveal", "gross").json["record"][
        "fields"]["gross"]


def opens_with(vault):
    found = []
    for name in ("amy", "new"):
        done = subprocess.run([attack.PROGRAM, "--vault", vault.path, "--as", AMY, "--passphrase-file",
                               vault.passphrase(name), "log", "checkpoint"], env=vault.environment(),
                              capture_output=True, check=False)
        if done.returncode == 0:
            found.append(name)
    if len(found) != 1:
        raise Lost(f"opens with {found}")
    return found[0]


def exported(vault):
    path = os.path.join(vault.home, "out.jsonl")
    halves = [name for name in os.listdir(vault.home) if name.startswith("out.jsonl") and name != "out.jsonl"]
    if halves:
        raise Lost(f"plaintext is left behind: {halves}")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return len([json.loads(line) for line in file])


def backed_up(vault):
    """A backup that is there restores to a vault that verifies."""
    path = os.path.join(vault.home, "out.srb")
    if not os.path.exists(path):
        return None
    asked(vault, ADMIN, "--no-remember", "restore", path, at=os.path.join(vault.home, "from-backup"))
    asked(vault, INA, "--no-remember", "log", "verify", at=os.path.join(vault.home, "from-backup"))
    return "restores"


def restored(vault):
    path = os.path.join(vault.home, "again")
    if not os.path.exists(path):
        return None
    asked(vault, INA, "--no-remember", "log", "verify", at=path)
    return len(asked(vault, AMY, "--no-remember", "list", "K0001", at=path).lines)


OPERATIONS = {
    # name: (user, words, state)
    "import": (AMY, ["import", BULK], balances),
    "revoke": (ADMIN, ["revoke", "accountant", BOB], members),
    "disable": (ADMIN, ["--yes", "user", "disable", BOB], disabled),
    "correct": (AMY, ["correct", "K0001", record, "gross=7.00", "--purpose", "fix:1"], gross),
    "passwd": (AMY, ["user", "passwd", "--new-passphrase-file", "{home}/pass.new"], opens_with),
    "export": (AMY, ["export", "K0001", "--format", "jsonl", "--out", "{home}/out.jsonl", "--purpose", "tax:1"],
               exported),
    "backup": (ADMIN, ["backup", "--out", "{home}/out.srb"], backed_up),
    "restore": (ADMIN, ["--no-remember", "restore", "{home}/kept.srb"], restored),
}


def fresh():
    home = os.path.join(work, f"run{next(serial)}")
    shutil.copytree(origin.home, home)
    return attack.Quick(home)


def command(vault, operation):
    user, words, _ = OPERATIONS[operation]
    target = os.path.join(vault.home, "again") if operation == "restore" else None
    return vault.command(user, *[word.replace("{home}", vault.home) for word in words], vault=target)


class Plan:
    def __init__(self, operation):
        state = OPERATIONS[operation][2]
        vault = fresh()
        self.before = state(vault)
        attack.remove(vault.home)
        vault = fresh()
        count = os.path.join(vault.home, "count")
        start = time.monotonic()
        subprocess.run(command(vault, operation), env=vault.environment(FAULT_COUNT=count), check=True,
                       capture_output=True)
        self.seconds = time.monotonic() - start
        with open(count, encoding="ascii") as file:
            self.counts = {kind: int(number) for kind, number in (line.split() for line in file)}
        self.after = state(vault)
        attack.remove(vault.home)
        if self.before == self.after:
            raise SystemExit(f"Bail out! {operation} changes nothing")


def die(vault, operation, plan, dice):
    """Run and kill; (acknowledged, how)."""
    kinds = [kind for kind in ("write", "sync", "rename", "truncate") if plan.counts[kind] > 0]
    if dice.random() < 0.4:
        late = dice.uniform(0, plan.seconds * 1.1)
        process = subprocess.Popen(command(vault, operation), env=vault.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(late)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == 0, f"after {late * 1000:.1f} ms"
    kind = dice.choice(kinds)
    fault = f"{kind}:{dice.randint(1, plan.counts[kind])}:{'torn' if kind == 'write' and dice.random() < .5 else 'kill'}"
    done = subprocess.run(command(vault, operation), env=vault.environment(FAULT=fault), stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    return done.returncode == 0, f"at {fault}"


def moment(operation, plan, dice):
    """None, or what is wrong."""
    vault = fresh()
    try:
        acknowledged, how = die(vault, operation, plan, dice)
        try:
            state = OPERATIONS[operation][2](vault)
            if state == "new":
                shutil.copyfile(vault.passphrase("new"), vault.passphrase(AMY))
            verify = asked(vault, INA, "log", "verify")
            if not verify.json["ok"]:
                raise Lost(str(verify))
            if len(asked(vault, AMY, "list", "K0002").lines) < 2:
                raise Lost("records that were there before")
            doctor = vault.run(ADMIN, "doctor", "--json")
            if doctor.code != 0:
                raise Lost(f"doctor: {doctor}")
        except Lost as lost:
            return how, f"{lost}"
        if acknowledged and state != plan.after:
            return how, f"acknowledged, but then: {state}"
        if state not in (plan.before, plan.after):
            return how, f"between {plan.before} and {plan.after}: {state}"
        # Once more, and it is done: nothing that was left behind is in the way.
        if not acknowledged and state == plan.before:
            again = subprocess.run(command(vault, operation), env=vault.environment(), capture_output=True, check=False)
            if again.returncode != 0:
                return how, f"it cannot be done again: {again.stderr!r}"
            if operation != "passwd" and OPERATIONS[operation][2](vault) != plan.after:
                return how, "done again, but not so"
        return None
    finally:
        attack.remove(vault.home)


plans = {operation: Plan(operation) for operation in OPERATIONS}
jobs = [(list(OPERATIONS)[n % len(OPERATIONS)], random.Random(f"{SEED}:{n}")) for n in range(MOMENTS)]
wrong = {operation: [] for operation in OPERATIONS}


def one(job):
    operation, dice = job
    found = moment(operation, plans[operation], dice)
    if found is not None:
        wrong[operation].append(found)


attack.parallel(one, jobs)
for operation in OPERATIONS:
    tried = sum(1 for job in jobs if job[0] == operation)
    tap.ok(not wrong[operation], f"{operation}: killed at {tried} moments, nothing lost, nothing halved",
           f"{len(wrong[operation])} of {tried}:\n" + "\n".join(f"{how}: {why}" for how, why in wrong[operation][:4]))
tap.finish()
