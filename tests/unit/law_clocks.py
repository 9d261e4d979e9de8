#!/usr/bin/env python3
"""What is due when, against a slow reference: Python's dates and its own data of time zones, day by day.

law_clocks.py PROGRAM; the program is law_lines.c.  STRONGROOM_SEED gives other cases.
"""
import calendar as months
import datetime as D
import json
import os
import random
import subprocess
import sys

CASES = 20000
UTC = D.timezone.utc
EPOCH = D.datetime(1970, 1, 1, tzinfo=UTC)
facts = json.load(open(os.path.join(os.environ["STRONGROOM_SOURCE"], "vault", "law", "facts.json"), encoding="utf-8"))
calendars = {c["id"]: {y["year"]: y for y in c["years"]} for c in facts["calendars"]}

try:
    import zoneinfo
    zones = {z["id"]: zoneinfo.ZoneInfo(z["id"]) for z in facts["zones"]}
except Exception as error:  # no module (Python 3.8), or no data of zones on this machine
    print("TAP version 13\n1..1\nok 1 - SKIPPED: no data of time zones here:", str(error).replace("\n", " "), "# SKIP")
    sys.exit(0)


def works(name, day):
    years = calendars[name]
    if day.year in years:
        text = day.isoformat()
        return text in years[day.year]["work"] or (day.weekday() < 5 and text not in years[day.year]["off"]), True
    return day.weekday() < 5, not years


def midnight(zone, day):
    """The first instant whose date in the zone is the day, found by looking."""
    at = D.datetime(day.year, day.month, day.day, tzinfo=UTC) - D.timedelta(hours=15)
    while at.astimezone(zone).date() < day:
        at += D.timedelta(minutes=30)
    return at


def reference(zone, name, start, unit, count, rolls):
    estimated = False

    def looks(day):
        nonlocal estimated
        is_one, known = works(name, day)
        estimated = estimated or not known
        return is_one

    if unit in ("at_once", "before"):
        return start, False
    if unit == "minutes":
        return start + D.timedelta(minutes=count), False
    if unit == "hours":
        return start + D.timedelta(hours=count), False
    if unit == "whole_hours":
        local = start.astimezone(zone)
        spent = D.timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return start - spent + D.timedelta(hours=count + 1), False
    day = start.astimezone(zone).date()
    if unit == "calendar_days":
        for _ in range(count):
            day += D.timedelta(1)
    elif unit in ("working_days", "business_days"):
        left = count
        while left > 0:
            day += D.timedelta(1)
            if looks(day):
                left -= 1
    else:
        number = day.month - 1 + (count if unit == "months" else 12 * count)
        year, month = day.year + number // 12, number % 12 + 1
        day = D.date(year, month, min(day.day, months.monthrange(year, month)[1]))
    while rolls and not looks(day):
        day += D.timedelta(1)
    return midnight(zone, day + D.timedelta(1)), estimated


def milliseconds(moment):
    return (moment - EPOCH) // D.timedelta(milliseconds=1)


def draw(random_):
    zone = random_.choice(sorted(zones))
    name = random_.choice(sorted(calendars))
    # From 2008 on the rules of all these places are those of today.  Half of the moments lie about a change of clocks.
    start = EPOCH + D.timedelta(days=random_.randrange(13880, 24000), milliseconds=random_.randrange(86400000))
    if random_.random() < 0.5:
        month = random_.choice((3, 10, 11, 1, 2, 9))
        start = start.replace(month=month, day=random_.randrange(1, 29)) + D.timedelta(days=random_.randrange(4))
    unit = random_.choice(("minutes", "hours", "whole_hours", "calendar_days", "working_days", "business_days", "months", "years",
                           "at_once", "before"))
    most = {"minutes": 5000, "hours": 200, "whole_hours": 200, "calendar_days": 400, "working_days": 40, "business_days": 3,
            "months": 40, "years": 12}.get(unit, 0)
    return zone, name, start, unit, random_.randint(1, most) if most else 0, random_.randint(0, 1)


def main():
    seed = int(os.environ.get("STRONGROOM_SEED", "7"))
    cases = [draw(random.Random(seed * 1000003 + i)) for i in range(CASES)]
    lines = "".join("%s %s %d %s %d %d\n" % (z, c, milliseconds(s), u, n, r) for z, c, s, u, n, r in cases)
    out = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True).stdout.split("\n")
    print("TAP version 13")
    wrong = 0
    estimates = 0
    for (zone, name, start, unit, count, rolls), line in zip(cases, out):
        due, offset, estimated = (int(word) for word in line.split())
        expected, guess = reference(zones[zone], name, start, unit, count, rolls)
        ahead = start.astimezone(zones[zone]).utcoffset()
        estimates += guess
        if due != milliseconds(expected) or offset != ahead // D.timedelta(minutes=1) or bool(estimated) != guess:
            wrong += 1
            if wrong <= 5:
                print("#", zone, name, start.isoformat(), unit, count, "rolls" if rolls else "", "is",
                      EPOCH + D.timedelta(milliseconds=due), "and not", expected, "offset", offset, ahead, estimated, guess)
    print("%s 1 - %d moments in %d zones (seed %d)" % ("not ok" if wrong else "ok", len(cases), len(zones), seed))
    print("%s 2 - estimates are said to be such: %d" % ("ok" if 0 < estimates < len(cases) and not wrong else "not ok", estimates))
    print("%s 3 - every line is answered" % ("ok" if len(out) == len(cases) + 1 else "not ok"))
    print("1..3")


main()
