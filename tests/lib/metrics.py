"""Prometheus's text format 0.0.4, read strictly: what a scraper might forgive is an error here."""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL},)*{LABEL}|)\}})? ([0-9.eE+-]+|\+Inf|-Inf|NaN)")
SUFFIXES = ("_bucket", "_sum", "_count")


class Broken(Exception):
    pass


def need(good, line, why):
    if not good:
        raise Broken(f"{why}: {line!r}")


def read(text):
    """{name: (type, {frozenset of labels: value})}; samples of a histogram under their own names."""
    need(text.endswith("\n"), text[-80:], "the last line has no end")
    families, helps, family, seen = {}, set(), None, set()
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            name = re.fullmatch(rf"# HELP ({NAME}) \S.*", line)
            need(name is not None and name[1] not in helps, line, "HELP that is none, or the second of its name")
            helps.add(name[1])
            continue
        if line.startswith("# TYPE "):
            kind = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge|histogram)", line)
            need(kind is not None and kind[1] not in families, line, "TYPE that is none, or the second of its name")
            need(kind[1] in helps, line, "TYPE without HELP")
            family = kind[1]
            families[family] = (kind[2], {})
            continue
        sample = SAMPLE.fullmatch(line)
        need(sample is not None and family is not None, line, "no sample")
        base = sample[1]
        kind, values = families[family]
        if kind == "histogram":
            need(base in tuple(family + suffix for suffix in SUFFIXES), line, f"not of the histogram {family}")
        else:
            need(base == family, line, f"outside of its family {family}")
        labels = re.findall(LABEL, sample[2] or "")
        key = (base, frozenset(labels))
        need(len(dict(labels)) == len(labels), line, "a label twice")
        need(key not in seen, line, "a sample twice")
        seen.add(key)
        values[key] = float(sample[len(sample.groups())])
    for name, (kind, values) in families.items():
        if kind == "counter":
            need(name.endswith("_total") and all(v >= 0 and math.isfinite(v) for v in values.values()), name, "no counter")
        if kind == "histogram":
            check_histogram(name, values)
    return families


def check_histogram(name, values):
    groups = {}
    for (base, labels), value in values.items():
        rest = frozenset(one for one in labels if one[0] != "le")
        groups.setdefault(rest, {}).setdefault(base[len(name):], []).append((dict(labels).get("le"), value))
    for rest, parts in groups.items():
        need(set(parts) == set(SUFFIXES), f"{name} {sorted(rest)}", "a histogram that is not whole")
        steps = [(float(le), value) for le, value in parts["_bucket"]]
        need(steps == sorted(steps) and steps[-1][0] == math.inf, name, "steps out of order, or without +Inf")
        need([v for _, v in steps] == sorted(v for _, v in steps), name, "steps that do not add up")
        need(parts["_count"][0][1] == steps[-1][1], name, "a count that is not the last step's")


def value(families, name, sample=None, **labels):
    """One sample's value; None where there is none."""
    kind, values = families.get(name, (None, {}))
    return values.get((sample or name, frozenset(labels.items())))
