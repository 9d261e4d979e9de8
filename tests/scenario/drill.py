#!/usr/bin/env python3
"""A drill: the whole case on a copy that reaches nobody and says what it is; of the real vault there is an entry in the register and
nothing else; killed anywhere, it leaves the real vault whole and no client's data in the clear."""
import json
import os
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, INA  # noqa: E402

tap = attack.Tap()
work = attack.workplace("drill")
vault = attack.furnished(attack.Quick(os.path.join(work, "home")))

# --- A firm with everything that could reach somebody: a program for alerts, mail, a witness that nobody answers for
told = os.path.join(work, "told")
hook = os.path.join(work, "hook")
with open(hook, "w", encoding="utf-8") as file:
    file.write(f"#!/bin/sh\necho told >>{told}\n")
os.chmod(hook, stat.S_IRWXU)
vault.must(ADMIN, "setting", "set", "alert.hook", hook)
vault.must(ADMIN, "setting", "set", "approval.hook", hook)
vault.must(ADMIN, "witness", "add", "http://127.0.0.1:1", "witness.example/swept+b5136900+BCxq1MRd/Rs/P9o238ji+vWh1EE1/GkTv9QuHk9viwcG")
vault.must(AMY, "export", "K0001", "--kind", "payroll_entry", "--format", "csv", "--out", os.path.join(work, "leak.csv"), "--purpose", "task:1")
NAMES = ("青禾", "沈样一")  # a client, an employee
out = os.path.join(work, "drill")


def entries():
    return vault.must(INA, "log", "verify", "--json").lines[-1]


def clear(directory):
    """Files of it that hold a name in the clear."""
    found = []
    for place, _, names in os.walk(directory):
        for name in names:
            with open(os.path.join(place, name), "rb") as content:
                text = content.read()
            found += [name for one in NAMES if one.encode() in text]
    return found


# --- Who may
tap.ok(vault.run(AMY, "drill", "run", "--out", out).code == 2 and vault.run(ADMIN, "drill", "run", "--out", out).code == 2 and
       not os.path.exists(out), "neither an accountant nor an admin drills, and nothing is made")
os.mkdir(out)
tap.ok(vault.run(INA, "drill", "run", "--out", out).code == 1 and os.listdir(out) == [], "what is there already is left alone")
os.rmdir(out)

# --- One that runs
before = vault.must(INA, "log", "replay", "--json").lines
told_before = os.path.exists(told)
ran = vault.run(INA, "drill", "run", "--out", out, "--person", AMY, "--next", "2099-01-31", "--json")
lines = ran.lines if ran.code == 0 else []
value = lines[-1] if lines else {}
steps = [row["step"] for row in lines[:-1]]
tap.ok(ran.code == 0 and value.get("passed") and value["late"] == 0, "it runs to its end, and nothing is late", ran)
wanted = ["copy", "freeze", "open", "assess", "draft notice-affected", "finish notice-affected", "draft report", "finish report",
          "draft statement", "finish statement", "duties", "clocks", "bundle", "audit", "close", "verify the log"]
tap.ok([step for step in steps if step in wanted] == wanted and any(step.startswith("fulfil cn-") for step in steps),
       "every step is there, in order, with its time", steps)
tap.ok(all(row["ok"] and row["ms"] >= 0 for row in lines[:-1]) and value.get("steps") == lines[:-1], "each well", lines)
tap.ok(len(value.get("clocks", [])) >= 3 and all(clock["due"] for clock in value["clocks"]), "clocks of the law are held against it",
       value.get("clocks"))
tap.ok(not os.path.exists(out), "the copy is gone")
shown = vault.must(ADMIN, "register", "show", "drill", value.get("name", "?"), "--json").json
tap.ok("passed" in shown["text"] and "freeze" in shown["text"] and "in time" in shown["text"], "the register tells what came of it", shown)
due = vault.must(ADMIN, "register", "list", "--kind", "drill", "--json").lines
tap.ok([row["name"] for row in due] == [value.get("name")] and due[0]["until"].startswith("2099-01-31"), "and when the next is due", due)
after = vault.must(INA, "log", "replay", "--json").lines[len(before):]
kinds = {leaf["event"] for leaf in after}
tap.ok({"drill.copy", "drill.run"} <= kinds and not [kind for kind in kinds if kind.startswith(("incident.", "document."))] and
       not [leaf for leaf in after if "exercise" in leaf], "of the real vault nothing was frozen, opened or written", sorted(kinds))
tap.ok(not vault.must(INA, "incident", "list", "--json").lines and vault.run(AMY, "list", "K0001").code == 0, "no case, no freeze")
tap.ok(entries()["ok"], "log and store say the same")

# --- Clocks that have run out are told as late
late = vault.run(INA, "drill", "run", "--out", out, "--discovered", "2024-01-31T09:00:00Z", "--json")
value = late.lines[-1] if late.code == 0 else {}
tap.ok(late.code == 0 and value["late"] >= 1, "a discovery of long ago is late", late)
tap.ok("LATE" in vault.must(ADMIN, "register", "show", "drill", value.get("name", "?"), "--json").json["text"], "and entered so")

# --- A copy that is kept: it says what it is, and reaches nobody
kept = vault.run(INA, "drill", "run", "--out", out, "--keep", "--json")
tap.ok(kept.code == 0 and os.path.isdir(os.path.join(out, "vault")), "a copy is kept where that is asked for", kept)
copy = os.path.join(out, "vault")
leaves = [json.loads(line) for line in vault.must(INA, "log", "replay", "--json", vault=copy, front=None).out.splitlines()]
made = [leaf for leaf in leaves if leaf["seq"] >= len(before) and leaf["event"].startswith(("incident.", "document.", "drill.run"))]
tap.ok(len(made) > 20 and all(leaf.get("exercise") is True for leaf in made if leaf.get("exercise") is not None) and
       sum(leaf.get("exercise") is True for leaf in made) > 20, "its entries say that they are of an exercise", made[:2])
case = vault.must(INA, "incident", "list", "--json", vault=copy).lines[0]["id"]
pages = os.path.join(work, "pages")
vault.must(INA, "incident", "document", "write", case, "6", "--out", pages, vault=copy)
with open(os.path.join(pages, "00001.html"), encoding="utf-8") as file:
    page = file.read()
tap.ok("演练 EXERCISE — 本页为演练所制" in page, "its pages too")
policy = os.path.join(work, "policy")
with open(policy, "w", encoding="utf-8") as file:
    file.write("\n".join(line for line in vault.must(INA, "log", "policy").out.decode().splitlines() if line.startswith("log ")) + "\nquorum none\n")
audit = subprocess.run([os.environ["STRONGROOM_AUDIT"], os.path.join(out, "bundle"), "--policy", policy], capture_output=True, check=False)
tap.ok(audit.returncode == 0 and b"of an exercise" in audit.stdout, "and an auditor is told", audit)
attack_hook = vault.run(AMY, "approval", "request", "record.export", "K0001", "--reason", "r", "--for", "1d", vault=copy)
tap.ok(os.path.exists(told) == told_before, "no program of the firm was started", attack_hook)
serve = vault.run(ADMIN, "serve", "--listen", f"unix:{work}/s.sock", vault=copy, timeout=20)
tap.ok(serve.code not in (0, -999) and b"copy to practise on" in serve.err, "no server serves it", serve)
tap.ok(vault.run(INA, "drill", "run", "--out", out + "2", vault=copy).code == 1, "nor is it drilled on")
tap.ok(not clear(out), "nothing of a client is in the clear in it", clear(out))

# --- Killed anywhere
whole = kept.lines[-1]["ms"] / 1000 if kept.code == 0 else 1
PARTS = 6 if attack.FULL else 3
for part in range(1, PARTS + 1):
    place = f"{out}-{part}"
    # pylint: disable=consider-using-with
    process = subprocess.Popen(vault.command(INA, "drill", "run", "--out", place), env=vault.environment(), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    time.sleep(whole * part / PARTS)
    process.send_signal(signal.SIGKILL)
    process.wait()
    tap.ok(not clear(place), f"killed after {part} of {PARTS} parts: nothing of a client is in the clear", clear(place))
    tap.ok(entries()["ok"] and vault.run(AMY, "list", "K0001").code == 0, "and the real vault is whole")
tap.ok(vault.run(INA, "drill", "run", "--out", os.path.join(work, "again")).code == 0, "another drill runs after it")
place = os.path.join(work, "stopped")
# pylint: disable=consider-using-with
process = subprocess.Popen(vault.command(INA, "drill", "run", "--out", place), env=vault.environment(), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
time.sleep(whole / 2)
process.send_signal(signal.SIGTERM)
process.wait()
tap.ok(not os.path.exists(place), "a signal ends it between steps, and the copy goes")
tap.finish()
