#!/usr/bin/env python3
"""The log cannot be written: nothing is disclosed, by nobody, and the exit is 4.

A full disk (a small tmpfs), a read-only log, a read-only mount, a log that is gone, and the n-th write, sync and
reservation failing from there on.  After each: standard output is empty, no file was written, and once the log can be
written again everything is there.
"""
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402

tap = attack.Tap()
work = attack.workplace("no-event")
origin = attack.Quick(os.path.join(work, "origin"))
attack.furnished(origin)
record = origin.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
SECRETS = ("青禾样本", "沈样一", "110105198002150010", "6212345678901234569", "K0001")


def disclosures(vault, purpose="task:1"):
    """name: (user, words, file that would be written)"""
    out = os.path.join(vault.home, "out")
    found = {
        "show": (AMY, ["show", "K0001", record, "--purpose", purpose], None),
        "reveal": (AMY, ["show", "K0001", record, "--purpose", purpose, "--reveal", "employee.id_no"], None),
        "list": (AMY, ["list", "K0001", "--purpose", purpose], None),
        "search": (AMY, ["search", "沈样一", "--purpose", purpose], None),
        "client list": (AMY, ["client", "list"], None),
        "client show": (AMY, ["client", "show", "K0001"], None),
        "history": (AMY, ["history", "K0001", record], None),
        "log replay": (INA, ["log", "replay"], None),
    }
    for form in ("csv", "xlsx", "jsonl"):
        found[f"export {form}"] = (AMY, ["export", "K0001", "--format", form, "--out", f"{out}.{form}", "--purpose",
                                         purpose], f"{out}.{form}")
    return found


def leaks(vault, ran, path):
    """What was disclosed although it should not have been."""
    found = []
    if ran.out:
        found.append(f"on standard output: {ran.out[:200]!r}")
    if path is not None:
        directory, base = os.path.split(path)
        found += [f"file {name}" for name in os.listdir(directory) if name.startswith(base)]
    text = ran.err.decode("utf-8", "replace")
    # What the person typed may be said again; the client's own data may not.
    found += [f"{secret} in the message" for secret in SECRETS[:-1] if secret in text and secret not in ("沈样一",)]
    return found


def refuse(vault, why, codes=(4,)):
    for name, (user, words, path) in disclosures(vault).items():
        ran = vault.run(user, *words)
        tap.ok(ran.code in codes and ran.clean(), f"{why}: {name} ends with {' or '.join(map(str, codes))}", ran)
        found = leaks(vault, ran, path)
        tap.ok(not found, f"{why}: {name} discloses nothing", "\n".join(found))


def works(vault, why):
    for name, (user, words, path) in disclosures(vault).items():
        ran = vault.run(user, *words)
        good = ran.code == 0 and (ran.out or path is not None) and (path is None or os.path.getsize(path) > 0)
        tap.ok(good, f"{why}: {name}", ran)
        if path is not None and os.path.exists(path):
            os.unlink(path)
    ran = vault.run(INA, "log", "verify", "--json")
    tap.ok(ran.code == 0 and ran.json["ok"], f"{why}: log verify", ran)


works(origin, "as it should be")

# --- A log that may not be written ---
vault = origin.copy(os.path.join(work, "read-only"))
log = os.path.join(vault.path, "log")
os.chmod(log, 0o400)
refuse(vault, "read-only log")
os.chmod(log, 0o600)
works(vault, "writable again")

# --- A log that is not there, or something else in its place ---
os.rename(log, log + ".away")
refuse(vault, "log gone", codes=(3, 4))
os.mkdir(log)
refuse(vault, "a directory in the log's place", codes=(1, 3, 4))
os.rmdir(log)
with open(log, "wb"):
    pass
refuse(vault, "an empty file in the log's place", codes=(3, 4))
os.unlink(log)
os.symlink("/dev/null", log)
refuse(vault, "the log is a link to nowhere", codes=(1, 3, 4))
os.unlink(log)
os.symlink("/dev/full", log)
refuse(vault, "the log is a link to a full device", codes=(1, 3, 4))
os.unlink(log)
os.rename(log + ".away", log)
works(vault, "log back")


# --- Mounts ---
@contextlib.contextmanager
def mounted(*words):
    target = words[-1]
    os.makedirs(target, exist_ok=True)
    done = subprocess.run(["mount", *words], capture_output=True, check=False)
    if done.returncode != 0:
        yield done.stderr.decode().strip() or "mount failed"
        return
    try:
        yield None
    finally:
        subprocess.run(["umount", "-l", target], check=False)


mounts = os.geteuid() == 0 and shutil.which("mount") is not None


def on_full_disk(where):
    # Beside the vault: passphrases and what the machine remembers, so that only the vault is on the full disk.
    vault = origin.copy(os.path.join(work, "full"))
    shutil.rmtree(vault.path)
    vault.path = os.path.join(where, "vault")
    shutil.copytree(origin.path, vault.path)
    for step in (1 << 20, 4096, 1):
        with open(os.path.join(where, "ballast"), "ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(step))
    # Room for some more events was reserved before; it is used up by long purposes.
    for used in range(2000):
        ran = vault.run(AMY, "show", "K0001", record, "--purpose", "task:" + 800 * "x")
        if ran.code != 0:
            break
    tap.ok(ran.code == 4 and ran.clean(), f"full disk: the reserved room is used up after {used} events, exit 4", ran)
    tap.ok(not leaks(vault, ran, None), "full disk: that one disclosed nothing", ran)
    tap.ok(re.search(rb"[0-9]+ (more )?bytes", ran.err) is not None, "full disk: says how many bytes are missing", ran)
    for name, (user, words, path) in disclosures(vault, "task:" + 800 * "x").items():
        ran = vault.run(user, *words)
        if ran.code == 0:
            continue  # a small event that still fits
        tap.ok(ran.code == 4 and ran.clean(), f"full disk: {name} ends with 4", ran)
        found = leaks(vault, ran, path)
        tap.ok(not found, f"full disk: {name} discloses nothing", "\n".join(found))
    for name, words in (("import", ["import", os.path.join(attack.AGENCY, "bank_accounts.csv")]),
                        ("correct", ["correct", "K0001", record, "gross=9.00", "--purpose", "fix:" + 800 * "x"])):
        ran = vault.run(AMY, *words)
        tap.ok(ran.code in (0, 1, 4) and (ran.code == 0 or ran.clean()), f"full disk: {name} is refused cleanly", ran)
    os.unlink(os.path.join(where, "ballast"))
    works(vault, "room again")


def unless_mounted(name, words, then):
    where = words[-1]
    if not mounts:
        tap.skip(name, "needs root to mount")
        return
    with mounted(*words) as error:
        if error is not None:
            tap.skip(name, f"cannot mount: {error}")
        else:
            then(where)


unless_mounted("full disk", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", os.path.join(work, "small")], on_full_disk)


def on_read_only_mount(where):
    done = subprocess.run(["mount", "-o", "remount,ro,bind", where], capture_output=True, check=False)
    if done.returncode != 0:
        tap.skip("read-only mount", done.stderr.decode().strip())
        return
    bound = origin.copy(os.path.join(work, "bound-home"))
    bound.path = where
    refuse(bound, "read-only mount", codes=(1, 4))


shutil.copytree(origin.path, os.path.join(work, "to-bind"))
unless_mounted("read-only mount", ["--bind", os.path.join(work, "to-bind"), os.path.join(work, "bound")],
               on_read_only_mount)

# --- The n-th call fails, and all that follow: whatever came out before was in the log before ---
before_events = len(origin.must(INA, "log", "replay", "--json").lines)
for kind in ("write", "sync", "space"):
    for name, (user, words, _) in disclosures(origin).items():
        problems, n = [], 0
        while True:
            n += 1
            vault = origin.copy(os.path.join(work, "nth"))
            words_here = [word.replace(origin.home, vault.home) for word in words]
            count = os.path.join(vault.home, "count")
            ran = vault.run(user, *words_here, FAULT=f"{kind}:{n}:persist", FAULT_COUNT=count)
            with open(count, encoding="ascii") as file:
                calls = dict(line.split() for line in file.read().splitlines())
            touched = int(calls[kind]) >= n
            out = next((word for word in words_here if word.startswith(vault.home)), None)
            written = out is not None and os.path.exists(out)
            text = ran.out.decode("utf-8", "replace")
            if touched and ran.code != 0:
                if not ran.clean():
                    problems.append(f"{kind}:{n}: not a clean error: {ran}")
                if ran.code == 4 and (written or ran.out):
                    problems.append(f"{kind}:{n}: disclosed with exit {ran.code}: {ran}")
            if text or written:
                events = vault.run(INA, "log", "replay", "--json").lines
                verb = {"show": "record.read", "reveal": "record.reveal", "list": "record.list",
                        "search": "record.search", "client list": "client.list", "client show": "client.show",
                        "history": "record.history", "log replay": "log.replay"}.get(name, "record.export")
                new = [event["event"] for event in events[before_events + 1:]]
                if verb not in new:
                    problems.append(f"{kind}:{n}: disclosed, but no {verb} among {new}: {ran}")
            attack.remove(vault.home)
            if not touched or n > (60 if attack.FULL else 16):
                break
        tap.ok(not problems, f"{name}: the {kind} 1 to {n} and all later ones fail", "\n".join(problems[:3]))

# What this file relies on: a disclosure that works is an event, told apart from one that was refused.
tap.ok(json.loads(origin.must(INA, "log", "replay", "--event", "record.reveal", "--json").out.splitlines()[0])
       ["resources"][0]["fields"] == ["employee.id_no"], "the reveal's event names its fields")
tap.finish()
