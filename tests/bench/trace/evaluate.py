#!/usr/bin/env python3
"""Traces every leak of made-up firms and holds the answers against the truth: accuracy, false accusations, calibration.

usage: evaluate.py STRONGROOM FIRM... [--baselines] [--modes] [--missed] [--save FILE] [--load FILE]
A FIRM is a folder as gen_firm.py writes it; its truth.jsonl is read here and nowhere else."""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import time


def trace(strongroom, firm, leaks, extra):
    lines = []
    began = time.monotonic()
    run = subprocess.run([strongroom, "trace", "--json", "--firm", str(firm), *extra, *map(str, leaks)],
                         capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{firm}: {run.stderr}")
    for line in run.stdout.splitlines():
        lines.append(json.loads(line))
    return lines, time.monotonic() - began


class Baselines:
    """What is done without a method: count who saw most of the leaked clients, and the guilt of Papadimitriou and
    Garcia-Molina (IEEE TKDE 23(1), 2011) at a chance of one in five that outsiders guess a row.  Both are told which clients leaked."""
    GUESS = 0.2

    def __init__(self, firm):
        self.first_seen = collections.defaultdict(dict)
        for line in open(firm / "events.jsonl", encoding="utf-8"):
            event = json.loads(line)
            self.first_seen[event["client"]].setdefault(event["actor"], event["time"])

    def answers(self, truth):
        clients = [c for c in truth["clients"] if c]
        saw, guilt = collections.Counter(), collections.defaultdict(lambda: 1.0)
        for client in clients:
            people = [a for a, at in self.first_seen[client].items() if at <= truth["found_at"]]
            for actor in people:
                saw[actor] += 1
                guilt[actor] *= 1 - (1 - self.GUESS) / len(people)
        count = sorted(((n / len(clients), a) for a, n in saw.items()), reverse=True)
        formula = sorted(((1 - g, a) for a, g in guilt.items()), reverse=True)
        return [{"persons": [{"actor": a, "posterior": p} for p, a in scores]} for scores in (count, formula)]


class Tally:
    def __init__(self):
        self.n = self.first = self.three = 0
        self.high = self.innocent = 0
        self.pairs = []
        self.tops = []

    def insider(self, answer, culprits):
        people = answer["persons"]
        self.n += 1
        self.first += bool(people) and people[0]["actor"] in culprits
        self.three += any(p["actor"] in culprits for p in people[:3])
        self.people(answer, culprits)

    def people(self, answer, culprits):
        for i, p in enumerate(answer["persons"]):
            right = p["actor"] in culprits
            self.high += p["posterior"] > 0.9
            self.innocent += p["posterior"] > 0.9 and not right
            self.pairs.append((p["posterior"], right))
            if i == 0:
                self.tops.append((p["posterior"], right))

    def row(self):
        share = lambda x: f"{100 * x / self.n:6.1f} %" if self.n else "     - "
        return f"{self.n:6d}  {share(self.first)}  {share(self.three)}   {self.high:5d}  {self.innocent:5d}"


def calibration(pairs, bins=10, least=0.0):
    """Expected calibration error: |said - happened| of each tenth of the scale, weighted by how often it was said."""
    held = collections.defaultdict(list)
    for said, happened in pairs:
        if said >= least:
            held[min(bins - 1, int(said * bins))].append((said, happened))
    total = sum(map(len, held.values()))
    table, error = [], 0.0
    for b in sorted(held):
        said = sum(s for s, _ in held[b]) / len(held[b])
        happened = sum(h for _, h in held[b]) / len(held[b])
        error += abs(said - happened) * len(held[b]) / max(1, total)
        table.append((b / bins, len(held[b]), said, happened))
    return error, table


def answered(options, extra):
    """Yields (firm, its truths and answers and those of the baselines, seconds), by tracing or from saved files."""
    if options.load:
        firms = {}
        for path in options.load:
            for line in open(path, encoding="utf-8"):
                record = json.loads(line)
                firms.setdefault(record["firm"], []).append(record)
        for firm, records in firms.items():
            yield firm, [(r["truth"], r["answer"], r["baselines"]) for r in records], records[0]["seconds"]
        return
    for firm in options.firms:
        truths = [json.loads(line) for line in open(firm / "truth.jsonl", encoding="utf-8")]
        answers, took = trace(options.strongroom, firm, [firm / "leaks" / (t["leak"] + ".csv") for t in truths], extra)
        baselines = Baselines(firm) if options.baselines else None
        others = [baselines.answers(t) if baselines else [] for t in truths]
        yield firm.name, list(zip(truths, answers, others, strict=True)), took


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("strongroom")
    parser.add_argument("firms", nargs="*", type=pathlib.Path)
    parser.add_argument("--baselines", action="store_true", help="also count who saw most, and the guilt formula")
    parser.add_argument("--modes", action="store_true", help="also a row for each kind and size of leak")
    parser.add_argument("--missed", action="store_true", help="name what was missed")
    parser.add_argument("--save", help="write every answer with its truth as JSON lines")
    parser.add_argument("--load", action="append", help="read what --save wrote instead of tracing; may be repeated")
    options, extra = parser.parse_known_args()
    small, large, plain, everything = Tally(), Tally(), Tally(), Tally()
    compared = [("counting who saw most", Tally(), Tally()), ("guilt formula", Tally(), Tally())]
    kinds = collections.defaultdict(Tally)
    none, backup = collections.Counter(), collections.Counter()
    seconds = leaks = firms = 0
    saved = open(options.save, "w", encoding="utf-8") if options.save else None
    for firm, records, took in answered(options, extra):
        firms += 1
        seconds += took
        leaks += len(records)
        nobody = all(not truth["mode"].startswith("super_") for truth, _, _ in records)
        for truth, answer, others in records:
            culprits, big = set(truth["culprits"]), truth["rows"] >= 10
            if saved:
                saved.write(json.dumps({"firm": firm, "seconds": took, "truth": truth, "answer": answer, "baselines": others}) + "\n")
            for (_, whole, many), other in zip(compared, others):
                if not culprits:
                    whole.people(other, culprits)
                for tally in ([whole, many] if big else [whole]) if culprits else []:
                    tally.insider(other, culprits)
            top = answer["persons"][0]["posterior"] if answer["persons"] else 0
            if truth["mode"] == "innocent_outside":
                missed = answer["none"] <= max(answer["backup"], top)
                none[big, not missed] += 1
                everything.people(answer, culprits)
            elif truth["mode"] == "backup_theft":
                missed = answer["backup"] <= max(answer["none"], top)
                backup[big, not missed] += 1
                everything.people(answer, culprits)
            else:
                for tally in [everything, large if big else small, kinds[truth["mode"], truth["size"]]] + ([plain] if big and nobody else []):
                    tally.insider(answer, culprits)
                missed = not answer["persons"] or answer["persons"][0]["actor"] not in culprits
            wrong = [p["actor"] for p in answer["persons"] if p["posterior"] > .9 and p["actor"] not in culprits]
            if options.missed and (missed and big or wrong):
                print(f"missed {firm} {truth['leak']} {truth['mode']} rows {truth['rows']} linked {answer['linked']} culprits {truth['culprits']}"
                      f" none {answer['none']:.3f} backup {answer['backup']:.3f} "
                      + " ".join(f"{p['actor']}={p['posterior']:.3f}" for p in answer["persons"][:4]) + (" WRONG" if wrong else ""))
    print(f"{firms} firms, {leaks} leaks, {seconds / max(1, leaks) * 1000:.0f} ms a leak, indexes built anew")
    print("                          leaks     first    first 3   > 0.9  innocent")
    for name, tally in [("all insider leaks", everything), ("  under 10 rows", small), ("  10 rows or more", large),
                        ("  same, no superuser", plain)]:
        print(f"{name:24}{tally.row()}")
    for name, whole, many in compared:
        if not whole.n:
            continue
        print(f"{name:24}{whole.row()}")
        print(f"{'  10 rows or more':24}{many.row()}")
    for name, count in [("none of ours", none), ("stolen copy", backup)]:
        for big in (False, True):
            n = count[big, True] + count[big, False]
            print(f"{name}, {'10 rows or more' if big else 'under 10 rows'}: recognised {count[big, True]} of {n}"
                  + (f" ({100 * count[big, True] / n:.1f} %)" if n else ""))
    print(f"calibration error: all people {calibration(everything.pairs)[0]:.4f}, people at 0.01 or more "
          f"{calibration(everything.pairs, least=.01)[0]:.4f}, first-ranked {calibration(everything.tops)[0]:.4f}")
    for from_, n, said, happened in calibration(everything.pairs)[1]:
        print(f"   {from_:.1f}  {n:6d}  said {said:.3f}  happened {happened:.3f}")
    if options.modes:
        for key in sorted(kinds):
            print(f"{key[0]:18}{key[1]:4d}  {kinds[key].row()}")


if __name__ == "__main__":
    main()
