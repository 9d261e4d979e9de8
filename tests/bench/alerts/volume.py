#!/usr/bin/env python3
"""How often the alert for unusual volume is wrong, and which thefts it finds, on made-up firms.

usage: volume.py VOLUME_RATE [--firms 20] [--seed 1] [--events EVENTS.jsonl…]

A firm has 3 to 60 people for a year: each with a pace of his own (log-normal), days that vary around it (negative binomial),
busy weeks before the 15th of a month that all share, weekends, holidays, now and then a big piece of work (a client's year is
reconciled: up to eight times the pace), people who begin in the year, and two who see everybody's clients.  Thefts are days on
which somebody takes so many records besides.  --events reads logs of other generators instead (time, actor; a line a record),
for false alarms only.
"""
import argparse
import json
import math
import random
import subprocess
from collections import Counter

DAYS = 365
WARM = 30  # nothing is told before there are days to compare with


def poisson(source, mean):
    if mean > 50:
        return max(0, round(source.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, source.random()
    while product > limit:
        count, product = count + 1, product * source.random()
    return count


def firm(source):
    """{(person, day): records}, and since when each is there."""
    work, began = {}, {}
    people = source.randint(3, 60)
    holidays = {day for start in source.sample(range(DAYS), 4) for day in range(start, start + source.randint(1, 7))}
    for person in range(people):
        pace = source.lognormvariate(math.log(40), 0.7) * (3 if person < 2 and people > 10 else 1)
        began[person] = source.randint(30, 300) if source.random() < 0.15 else 0
        away = {day for start in source.sample(range(DAYS), 2) for day in range(start, start + source.randint(3, 14))}
        for day in range(began[person], DAYS):
            weekend = day % 7 in (5, 6)
            if day in holidays or day in away or source.random() < (0.9 if weekend else 0.05):
                continue
            mean = pace * (1.8 if day % 30 in range(8, 15) else 1) * (0.3 if weekend else 1)
            mean *= source.uniform(3, 8) if source.random() < 0.01 else 1
            work[person, day] = poisson(source, source.gammavariate(3, mean / 3))
    return work, began


def told(program, work):
    lines = "".join(f"{person} {day} {number}\n" for (person, day), number in sorted(work.items(), key=lambda one: one[0][1]))
    out = subprocess.run([program], input=lines.encode(), capture_output=True, check=True).stdout
    return {tuple(map(int, line.split())) for line in out.splitlines()}


def of_log(path):
    people, work = {}, Counter()
    with open(path, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if event["action"] in ("list", "login"):
                continue
            stamp = event["time"]
            day = (stamp // 86400000 if isinstance(stamp, int) and stamp > 1e11 else
                   stamp // 86400 if isinstance(stamp, (int, float)) else
                   __import__("datetime").date.fromisoformat(stamp[:10]).toordinal())
            work[people.setdefault(event["actor"], len(people)), int(day)] += 1
    first = min(day for _, day in work)
    return {(person, day - first): number for (person, day), number in work.items()}


def report(name, alarms, days):
    print(f"{name}: {alarms} false alarms in {days} days of work of one person: one in {days // max(alarms, 1)}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("--firms", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", nargs="*", default=[])
    parser.add_argument("--most", type=int, default=0, help="exit 1 if one in fewer days of work is a false alarm")
    options = parser.parse_args()
    for path in options.events:
        work = of_log(path)
        report(path, len(told(options.program, work)), sum(day >= WARM for _, day in work))
    if options.events:
        return
    source = random.Random(options.seed)
    sizes = (100, 300, 1000, 3000, 10000)
    found, tried, alarms, days, people = Counter(), Counter(), 0, 0, 0
    for _ in range(options.firms):
        work, began = firm(source)
        people += len(began)
        days += sum(day >= WARM for _, day in work)
        alarms += len(told(options.program, work))
        for size in sizes:
            for person in source.sample(sorted(began), min(3, len(began))):
                day = source.randint(max(60, min(began[person] + 10, DAYS - 1)), DAYS - 1)
                stolen = dict(work)
                stolen[person, day] = stolen.get((person, day), 0) + size
                tried[size] += 1
                found[size] += (person, day) in told(options.program, stolen)
    report(f"{options.firms} firms, {people} people, a year", alarms, days)
    print(f"that is {alarms / people:.2f} a person and year")
    for size in sizes:
        print(f"{size} records taken in a day: {found[size]} of {tried[size]} told")
    if options.most and days < options.most * alarms:
        raise SystemExit(f"more than one in {options.most}")


main()
