#!/usr/bin/env python3
"""What an incident asks of a firm, and what serves it: every numbered item of the source is shown, with commands that there are,
or said not to be served."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402

tap = attack.Tap()
vault = attack.furnished(attack.Quick(os.path.join(attack.workplace("coverage"), "home")))
rows = vault.must(INA, "incident", "coverage", "--json").lines
items = {item for row in rows for item in row["items"]}
tap.ok(len(rows) == 34 and len({row["id"] for row in rows}) == 34 and len(items) == 100, "34 features, 100 numbered items",
       (len(rows), len(items)))
commands = sorted({command for row in rows for command in row["commands"]})
unknown = []
for command in commands:
    done = subprocess.run([attack.PROGRAM, *command.split(), "--help"], env=vault.environment(), capture_output=True, check=False)
    if done.returncode != 0 or f"strongroom {command}".encode() not in done.stdout:
        unknown.append((command, done))
tap.ok(len(commands) >= 20 and not unknown, f"each of {len(commands)} commands is one", unknown[:3])
told = vault.must(INA, "incident", "coverage").out.decode()
without = [row for row in rows if not row["commands"]]
tap.ok(told.count("not served") == len(without) and all(row["id"] in told for row in rows),
       "what nothing serves is said not to be", told)
covered = {item for row in rows if row["commands"] for item in row["items"]}
tap.note(f"{len(covered)} of 100 items have a command; of none: {', '.join(row['id'] for row in without)}")
tap.ok(vault.run(AMY, "incident", "coverage").code == 2, "an accountant is not told")
tap.finish()
