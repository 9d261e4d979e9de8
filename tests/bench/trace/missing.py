#!/usr/bin/env python3
"""What if the log never saw the leaker?  Takes each leaker's own events out of the log, traces his leaks again, and
counts colleagues told above 0.9.

usage: missing.py STRONGROOM FIRM... [--people N]   (N leakers a firm, those with most leaks; 6)"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile


def without(firm, actor, into):
    for name in ("principals.csv", "clients.csv", "versions.csv"):
        (into / name).symlink_to((firm / name).resolve())
    mark = f'"actor":"{actor}"'
    with open(firm / "events.jsonl", encoding="utf-8") as events, open(into / "events.jsonl", "w", encoding="utf-8") as kept:
        for line in events:
            if mark not in line:
                kept.write(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("strongroom")
    parser.add_argument("firms", nargs="+", type=pathlib.Path)
    parser.add_argument("--people", type=int, default=6)
    options = parser.parse_args()
    leaks = blamed = highest = 0
    recognised = collections.Counter()
    for firm in options.firms:
        own = collections.defaultdict(list)
        for line in open(firm / "truth.jsonl", encoding="utf-8"):
            truth = json.loads(line)
            if len(truth["culprits"]) == 1:
                own[truth["culprits"][0]].append(truth)
        for actor in sorted(own, key=lambda a: (-len(own[a]), a))[:options.people]:
            with tempfile.TemporaryDirectory() as place:
                without(firm, actor, pathlib.Path(place))
                paths = [str(firm / "leaks" / (t["leak"] + ".csv")) for t in own[actor]]
                run = subprocess.run([options.strongroom, "trace", "--json", "--details", "--firm", place, *paths],
                                     capture_output=True, text=True)
                if run.returncode != 0:
                    sys.exit(run.stderr)
                for truth, line in zip(own[actor], run.stdout.splitlines(), strict=True):
                    answer = json.loads(line)
                    top = answer["persons"][0] if answer["persons"] else {"actor": "", "posterior": 0}
                    leaks += 1
                    blamed += top["posterior"] > 0.9
                    highest = max(highest, top["posterior"])
                    best = max((answer["none"], "none of ours"), (answer["backup"], "stolen copy"),
                               (answer["unlogged"], "nobody in the log"), (top["posterior"], "a colleague"))
                    recognised[best[1]] += 1
                    if top["posterior"] > 0.9:
                        print(f"blamed: {firm.name} {truth['leak']} {truth['mode']} rows {truth['rows']} by {actor}: {top['actor']} {top['posterior']:.3f}"
                              f" alone {top['alone']:.3f} by {top['way']['kind']}, apart {top['rows_apart']}")
    print(f"{leaks} leaks whose leaker's events are missing: {blamed} blame a colleague above 0.9 (highest {highest:.3f})")
    print("likeliest answer: " + ", ".join(f"{name} {n}" for name, n in recognised.most_common()))


if __name__ == "__main__":
    main()
