#!/usr/bin/env python3
"""Types the session in the README under a heading (its ```console blocks) as it stands there, in a directory of the demo's, and
holds what is shown of it against what it says: each line shown comes, in this order, but for what every run has of its own.
Ids and numbers that the README shows stand for those that this run has in their place, in later commands too.

usage: replay_tour.py README HEADING DIRECTORY [--print]     (--print: all that is said, to choose lines from)"""
import re
import subprocess
import sys

ID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
OWN = ((r"\d{4}-\d\d-\d\d[T ][0-9:.]+(Z| ?[+-]\d\d:?\d\d)?", "TIME"), (r"\b\d\d:\d\d:\d\d\b", "TIME"), (r"\b[0-9a-f]{64}\b", "HASH"),
       (r"\d{4}-\d\d-\d\d", "DAY"), (r"\bevents? \d+( to \d+)?", "EVENT"),
       (r"\bperson \d+", "PERSON"), (r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b", "ID"))


def block(readme, heading):
    with open(readme, encoding="utf-8") as file:
        part = file.read().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    steps = []
    for line in "".join(re.findall(r"^```console\n(.*?)^```$", part, re.M | re.S)).splitlines():
        if line.startswith("$ "):
            steps.append([line[2:], []])
        elif line != "…":
            steps[-1][1].append(line)
    return steps


def plain(line):
    for pattern, name in OWN:
        line = re.sub(pattern, name, line)
    return " ".join(line.split())


def compare(shown, said, ours):
    """The first line shown that is not said; learns which ids stand for which."""
    rest = iter(said)
    for line in shown:
        for got in rest:
            if plain(got) == plain(line):
                ours.update(zip(ID.findall(line), ID.findall(got)))
                break
        else:
            return line
    return None


def main():
    readme, heading, place = sys.argv[1:4]
    ours, wrong = {}, 0
    with subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=place) as shell:
        for command, shown in block(readme, heading):
            typed = ID.sub(lambda m: ours.get(m[0], m[0]), command)
            shell.stdin.write(typed + "\necho \"=== $?\"\n")
            shell.stdin.flush()
            said = []
            while not (line := shell.stdout.readline()).startswith("=== "):
                if not line:
                    sys.exit(f"the shell ended at: {command}")
                said.append(line.rstrip("\n"))
            if "--print" in sys.argv:
                compare(shown, said, ours)
                print("\n".join([f"$ {typed}", *said]))
            elif (missing := compare(shown, said, ours)) is not None or not shown and line != "=== 0\n":
                wrong += 1
                print(f"$ {typed}\n  not said: {missing}\n  said: " + "\n        ".join(said[:60]))
        shell.stdin.close()
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
