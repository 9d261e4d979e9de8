#!/usr/bin/env python3
"""Prints law_gauge.txt: cases of thresholds, reckoned with fractions from the figures of the statutes as written here."""
from fractions import Fraction
import random

TIERS = (50, 500, 5000)
THRESHOLDS = {  # from, in service, very, very in service
    "cn-larger-persons": (1000000, None, None, None), "cn-larger-loss": (5000000, None, None, None),
    "cn-major-persons": (10000000, None, None, None), "cn-gravest-loss": (100000000, None, None, None),
    "cn-285-financial": (10, None, 50, None), "cn-285-other": (500, None, 2500, None),
    "cn-gain": (5000, 2500, 50000, 25000), "cn-219": (300000, None, 3000000, None),
    "cn-audit-persons": (1000000, None, None, None), "cn-audit-sensitive": (100000, None, None, None),
    "us-consumers": (500, None, None, None), "sg-scale": (500, None, None, None)}


def sum_line(numbers, service):
    factor = 2 if service else 1
    total = sum(Fraction(n * factor, t) for n, t in zip(numbers, TIERS))
    very = sum(Fraction(n * factor, t * 10) for n, t in zip(numbers, TIERS))
    whole = total.numerator // total.denominator
    return "sum %d %d %d %d %d %d %d %d" % (*numbers, service, whole, int((total - whole) * 1000000), total >= 1, very >= 1)


def mark(n, threshold):
    return "-" if threshold is None else "1" if n >= threshold else "0"


def threshold_line(name, strict, lenient, service):
    base, in_service, very, very_in_service = THRESHOLDS[name]
    one = in_service if service and in_service is not None else base
    ten = very_in_service if service and very_in_service is not None else very
    return "threshold %s %d %d %d %s %s %s %s" % (
        name, strict, lenient, service, mark(strict, one), mark(strict, ten), mark(lenient, one), mark(lenient, ten))


def level(persons, loss):
    return max([0] + [i + 1 for i, (p, y) in enumerate(((10**6, 5 * 10**6), (10**7, 2 * 10**7), (10**8, 10**8)))
                      if persons >= p or loss >= y])


def main():
    draw = random.Random(20261123)
    lines = []
    for service in (0, 1):  # the edges of each tier alone, and ten times
        for i, tier in enumerate(TIERS):
            edge = tier // 2 if service else tier
            for n in (edge - 1, edge, edge * 10 - 1, edge * 10):
                lines.append(sum_line(tuple(n if k == i else 0 for k in range(3)), service))
    for numbers in ((5, 350, 1000), (5, 350, 999), (25, 250, 0), (25, 249, 4), (49, 9, 9), (0, 0, 0), (35, 150, 0), (30, 100, 1000)):
        lines += [sum_line(numbers, 0), sum_line(numbers, 1)]
    while len(lines) < 120:  # sums about 1 and about 10, where being off by one matters
        aim = draw.choice((1, 10))
        a, b = draw.randrange(50 * aim), draw.randrange(500 * aim)
        rest = max(0, int((aim - Fraction(a, 50) - Fraction(b, 500)) * 5000) + draw.choice((-1, 0, 1)))
        lines.append(sum_line((a, b, rest), draw.randrange(2)))
    for name, (base, in_service, very, _) in THRESHOLDS.items():
        lines += [threshold_line(name, base, base - 1, 0), threshold_line(name, base - 1, 0, 0)]
        lines.append(threshold_line(name, (in_service or base), (in_service or base) - 1, 1))
        if very is not None:
            lines += [threshold_line(name, very, very - 1, 0), threshold_line(name, very // 2, very // 2 - 1, 1)]
    while len(lines) < 200:
        persons = draw.choice((0, 999999, 10**6, 10**7 - 1, 10**7, 10**8 - 1, 10**8))
        loss = draw.choice((0, 4999999, 5 * 10**6, 2 * 10**7 - 1, 2 * 10**7, 10**8 - 1, 10**8))
        lines.append("level %d %d %d" % (persons, loss, level(persons, loss)))
    print("# Written by law_gauge.py; law_gauge.c says what the columns are.")
    print("\n".join(lines[:200]))


main()
