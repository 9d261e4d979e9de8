#!/usr/bin/env python3
"""The error rates that a report states (vault/trace/rates.json) are those of METHOD.md and of the README.  Prints TAP.
usage: check-rates.py ROOT"""
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
rates = json.loads((root / "vault/trace/rates.json").read_text(encoding="utf-8"))
method = (root / "vault/trace/METHOD.md").read_text(encoding="utf-8")
readme = (root / "README.md").read_text(encoding="utf-8")
checks = 0
problems = []


def says(text, where, words):
    global checks
    checks += 1
    if words not in text:
        problems.append(f"{where} does not say: {words}")


def share(permille):
    return f"{permille / 10:.1f} %"


names = {"all": "all leaks by insiders", "few": "with fewer than 10 rows", "ten": "with 10 rows or more",
         "plain": "the same, in firms without a superuser", "counting": "*counting who saw most of the rows*, 10 rows or more",
         "guilt": "*guilt formula* (Papadimitriou and Garcia-Molina), 10 rows or more"}
by = {row["of"]: row for row in rates["leaks"]}
for of, row in by.items():
    says(method, "METHOD.md", f"| {names[of]} | {row['leaks']:,} | {share(row['first'])} | {share(row['three'])} | "
                              f"{row['told']:,} | {row['innocent']:,} |")
for row in rates["calibration"]:
    says(method, "METHOD.md", f"| {row['from'] / 1000:.1f} and {row['to'] / 1000:.1f} | {row['count']:,} | "
                              f"{row['mean'] / 1000:.3f} | {row['was'] / 1000:.3f} |")
none, backup = rates["none"], rates["backup"]
says(method, "METHOD.md", f"in {none['right']} of {none['of']} cases with 10 rows or more")
says(method, "METHOD.md", f"in {backup['right']} of {backup['of']}")
says(method, "METHOD.md", f"{rates['firms']} made-up firms")
says(method, "METHOD.md", f"{rates['error']['all'] / 1000:.3f}")
says(method, "METHOD.md", f"{rates['error']['first'] / 1000:.3f}")
ten, counting, guilt, plain = (by[of] for of in ("ten", "counting", "guilt", "plain"))
says(readme, "README.md", f"| right person first ({ten['leaks']:,} leaks by insiders) | {share(ten['first'])} | "
                          f"{share(counting['first'])} | {share(guilt['first'])} |")
says(readme, "README.md", f"| among the first three | {share(ten['three'])} | {share(counting['three'])} | {share(guilt['three'])} |")
says(readme, "README.md", f"({plain['leaks']} leaks): first | {share(plain['first'])} |")
says(readme, "README.md", f"| people told above 0.9, innocent among them | {ten['told']:,}, {ten['innocent']:,} | "
                          f"{counting['told']:,}, {counting['innocent']:,} | {guilt['told']:,}, {guilt['innocent']:,} |")
says(readme, "README.md", f"| {none['right'] / none['of']:.1%}, {backup['right'] / backup['of']:.1%} |".replace("%", " %"))

print("TAP version 13\n1..1")
for problem in problems:
    print("# " + problem)
print(("not ok" if problems else "ok") + f" 1 - {checks} rates of reports are those of METHOD.md and the README")
sys.exit(1 if problems else 0)
