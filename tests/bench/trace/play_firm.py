#!/usr/bin/env python3
"""Plays firms as gen_firm.py makes them into real vaults, traces their leaks there, and prints evaluate.py's table.

usage: play_firm.py TRACE_PLAY STRONGROOM FIRM... [--save FILE] [--work DIR] [--folder FILE] [--keep]

Each year is lived through again at its own times (trace_play): clients are brought in and assigned, cards, contracts and
filings imported as they change, and everybody reads, lists, searches and exports what he did in the made-up firm, under
a policy that lets accountants work on all clients.  In the vault a card is the client's record, its fee a contract, a
month's books a tax filing; of payroll and balance it keeps no record of a client's, so those columns are taken out of
the leaks, and decoys, which a vault plants itself, out of exports and leaks.  Everybody is shown at least what he was in
the made-up firm: a line of its lists, with contact and phone, is a read with the phone revealed, a hit of a search a look at
the client's card, an export all that is not masked, of months past too, since a filing stays a record of its own.

--folder FILE also traces the same leaks in the folder and saves those answers, to be compared."""
import argparse
import collections
import csv
import datetime
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

CARD = ["name", "tax_id", "address", "contact", "phone", "email", "bank_account"]
GONE = ("payroll", "balance")
DAY = 86400
ADMIN, SCRIBE, TRACER = "adam", "scribe", "ina"
POLICY = """
@id("accountants-work-on-all-clients")
permit (principal in Role::"accountant", action in Action::"client.work", resource);
"""


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(heads, rows):
    return "".join(",".join(row) + "\n" for row in [heads, *rows])


class Player:
    """The steps of a firm's year."""

    def __init__(self, firm, steps, work):
        self.firm, self.steps, self.work = firm, steps, work
        self.clients = [c for c in rows_of(firm / "clients.csv") if c["decoy"] == "0"]
        self.people = [p["actor"] for p in rows_of(firm / "principals.csv")]
        self.versions = collections.defaultdict(list)
        for v in rows_of(firm / "versions.csv"):
            self.versions[v["client"], v["record"]].append(v)
        # Which version of which record a version of the firm's is.
        self.card, self.fee, self.books = {}, {}, {}

    def step(self, at, who, op, args, **more):
        self.steps.write(json.dumps({"t": at, "as": who, "op": op, "args": args, **more}, ensure_ascii=False) + "\n")

    def note(self, **what):
        self.steps.write(json.dumps(what) + "\n")

    def begin(self, at):
        self.note(t=at, create=ADMIN)
        self.step(at, ADMIN, "policy.set", {"text": self.policy()})
        for user in [SCRIBE, TRACER, *self.people]:
            self.step(at, ADMIN, "user.add", {"user": user}, secret=f"the passphrase of {user}")
        self.step(at, ADMIN, "grant.add", {"role": "accountant", "user": SCRIBE})
        self.step(at, ADMIN, "grant.add", {"role": "investigator", "user": TRACER})
        for team in sorted({c["team"] for c in self.clients}):
            self.step(at, ADMIN, "portfolio.add", {"portfolio": "team" + team, "roles": ["accountant"]})
        for user in self.people:
            self.step(at, ADMIN, "grant.add", {"role": "accountant", "user": user})
        self.note(t=at, close=True)

    @staticmethod
    def policy():
        here = pathlib.Path(__file__).resolve().parents[3]
        return (here / "policy" / "default.cedar").read_text(encoding="utf-8") + POLICY

    # --- What changes, in the order of time: (second, order, function)
    def bring_in(self, at, clients):
        by_team = collections.defaultdict(list)
        for c in clients:
            by_team[c["team"]].append(c)
        for team, some in sorted(by_team.items()):
            names = [c["client"] for c in some]
            self.step(at, SCRIBE, "record.import", {"portfolio": "team" + team}, bind=names,
                      csv=self.cards([(c["client"], self.versions[c["client"], "card"][0]) for c in some]))
            for start in range(0, len(names), 200):
                self.step(at, ADMIN, "assignment.remove", {"clients": names[start:start + 200], "user": SCRIBE})
            for who in ("assigned", "secondary"):
                for user in sorted({c[who] for c in some if c[who]}):
                    self.step(at, ADMIN, "assignment.add", {"user": user, "clients": [c["client"] for c in some if c[who] == user]})
        self.step(at, SCRIBE, "record.import", {},
                  csv=self.fees([(c["client"], self.versions[c["client"], "card"][0]) for c in clients]))

    @staticmethod
    def cards(rows):
        return table(["客户编号", "客户名称", "统一社会信用代码", "注册地址", "联系人", "联系电话", "电子邮箱", "银行账号", "服务状态"],
                     [[client, *(v[f] for f in CARD), "服务中"] for client, v in rows])

    @staticmethod
    def fees(rows):
        return table(["客户编号", "合同编号", "服务项目", "合同起始日", "收费周期", "合同金额"],
                     [[client, "HT" + client, "代理记账", "2023-01-01", "月付", v["fee"] + ".00"] for client, v in rows])

    @staticmethod
    def filings(rows):
        return table(["客户编号", "税种", "所属期起", "所属期止", "计税依据", "应纳税额", "申报状态"],
                     [[client, "增值税", v["period"] + "-01", v["period"] + "-28", v["turnover"], v["tax_due"], "已申报"]
                      for client, v in rows])

    def changes(self):
        found = []
        for c in self.clients:
            client, last, count, fees = c["client"], None, 0, 0
            for v in self.versions[client, "card"]:
                card, fee = tuple(v[f] for f in CARD), v["fee"]
                count += last is None or card != last[0]
                fees += last is None or fee != last[1]
                if last is not None and card != last[0]:
                    found.append((int(v["valid_from"]), lambda at, v=v: self.step(at, SCRIBE, "record.import", {}, csv=self.cards([(v["client"], v)]))))
                if last is not None and fee != last[1]:
                    found.append((int(v["valid_from"]), lambda at, v=v: self.step(at, SCRIBE, "record.import", {}, csv=self.fees([(v["client"], v)]))))
                last = (card, fee)
                self.card[client, int(v["version"])] = count
                self.fee[client, int(v["version"])] = fees
            written = {}
            for v in self.versions[client, "fin"]:
                told = (v["turnover"], v["tax_due"])
                number, before = written.get(v["period"], (0, None))
                if told != before:
                    number += 1
                    found.append((int(v["valid_from"]), lambda at, v=v: self.step(at, SCRIBE, "record.import", {}, csv=self.filings([(v["client"], v)]))))
                written[v["period"]] = (number, told)
                self.books[client, int(v["version"])] = (v["period"], number)
        return found

    # --- What people do
    def accesses(self):
        """(second, function): exports are one whatever their rows, all else a row each."""
        found, exports = [], {}
        with open(self.firm / "events.jsonl", encoding="utf-8") as file:
            for line in file:
                event = json.loads(line)
                if event["client"].startswith("d"):
                    continue
                if event["action"] == "export":
                    whole = exports.setdefault(event["export_id"], {"at": event["time"], "who": event["actor"], "clients": {}, "fields": set()})
                    whole["clients"][event["client"]] = None
                    whole["fields"].update(event["fields"])
                else:
                    found.append((event["time"], lambda at, e=event: self.access(at, e)))
        for name, whole in exports.items():
            found.append((whole["at"], lambda at, name=name, whole=whole: self.export(at, name, whole)))
        return found

    def access(self, at, event):
        who, client, version, purpose = event["actor"], event["client"], event["version"], {"purpose": "work"}
        if event["action"] == "list":
            self.step(at, who, "record.read", {"client": client, "reveal": ["phone"], **purpose}, record=[client, "client", ""])
        elif event["action"] == "search":
            self.step(at, who, "client.show", {"client": client})
        elif event["record"] == "card":
            reveal = [f for f in ("phone", "email", "bank_account") if f in event["fields"]]
            self.step(at, who, "record.read", {"client": client, "version": self.card[client, version], "reveal": reveal, **purpose},
                      record=[client, "client", ""])
            if "fee" in event["fields"]:
                self.step(at, who, "record.read", {"client": client, "version": self.fee[client, version], **purpose},
                          record=[client, "contract", ""])
        else:
            period, number = self.books[client, version]
            self.step(at, who, "record.read", {"client": client, "version": number, **purpose}, record=[client, "tax_filing", period])

    def export(self, at, name, whole):
        out = str(self.work / f"{name}.csv")
        args = {"clients": list(whole["clients"]), "format": "jsonl", "out": out, "purpose": "work",
                "reveal": sorted(whole["fields"] & {"phone", "email", "bank_account"})}
        if whole["fields"] <= set(CARD):
            args["kind"] = "client"
        self.step(at, whole["who"], "record.export", args, drop=out)

    def play(self, leaks):
        first = min(int(v[0]["valid_from"]) for v in self.versions.values()) - DAY
        self.begin(first)
        came = collections.defaultdict(list)
        for c in self.clients:
            came[int(self.versions[c["client"], "card"][0]["valid_from"])].append(c)
        todo = [(at, 0, i, lambda t, some=some: self.bring_in(t, some)) for i, (at, some) in enumerate(sorted(came.items()))]
        todo += [(at, 1, i, do) for i, (at, do) in enumerate(self.changes())]
        todo += [(at, 2, i, do) for i, (at, do) in enumerate(self.accesses())]
        todo.sort(key=lambda one: one[:3])
        for at, _, _, do in todo:
            do(at)
        end = todo[-1][0] + DAY
        self.note(t=end, close=True)
        for leak, found in leaks:
            moment = datetime.datetime.fromtimestamp(found, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            self.steps.write(json.dumps({"t": end, "as": TRACER, "trace": str(leak), "before": moment}) + "\n")


def strip(firm, work):
    """The leaks without decoys and without the columns that the vault has no record of; their truths."""
    truths = []
    for line in open(firm / "truth.jsonl", encoding="utf-8"):
        truth = json.loads(line)
        meta = json.loads((firm / "leaks" / (truth["leak"] + ".meta.json")).read_text())
        with open(firm / "leaks" / (truth["leak"] + ".csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        head, rows = (rows[:1], rows[1:]) if meta["has_header"] else ([], rows)
        keep = [i for i, name in enumerate(truth["cols"]) if name not in GONE]
        rows = [row for row, client in zip(rows, truth["clients"], strict=True) if not (client or "").startswith("d")]
        rows = [[row[i] for i in keep] for row in head + rows]
        if len(keep) < 2 or len(rows) == len(head):
            continue
        path = work / "leaks" / (truth["leak"] + ".csv")
        path.parent.mkdir(exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        (work / "leaks" / (truth["leak"] + ".meta.json")).write_text(json.dumps(meta))
        truth["rows"] = len(rows) - len(head)
        truths.append((truth, path, meta["found_at"]))
    return truths


def unmask(told):
    answer, names = told["answer"], told["names"]
    for person in answer["persons"]:
        person["actor"] = names.get(person["actor"], person["actor"])
    for group in answer["groups"]:
        group["actors"] = [names.get(actor, actor) for actor in group["actors"]]
    answer.pop("ours", None)
    return answer


def tell_costs(costs):
    """Processor time of each trace in the vault, by how many rows the leak has."""
    for least, most in ((1, 9), (10, 99), (100, 249), (250, 499), (500, 1000), (1001, 200000)):
        some = [(seconds, rows - linked) for rows, linked, seconds in costs if least <= rows <= most]
        if some:
            times = sorted(seconds for seconds, _ in some)
            print(f"{least:5d} to {most:6d} rows: {len(some):3d} leaks, {statistics.median(times):.2f} s of one processor (median), at most "
                  f"{times[-1]:.2f}, {max(foreign for _, foreign in some)} rows of others at most")


def play(options, firm, work, save, folder, costs):
    truths = strip(firm, work)
    with open(work / "steps.jsonl", "w", encoding="utf-8") as steps:
        Player(firm, steps, work).play([(path, found) for _, path, found in truths])
    with open(work / "steps.jsonl", encoding="utf-8") as steps:
        ran = subprocess.Popen([options.player, str(work)], stdin=steps, stdout=subprocess.PIPE, text=True)
    for (truth, _, _), line in zip(truths, ran.stdout):
        told = json.loads(line)
        costs.append((truth["rows"], told["answer"]["linked"], told["seconds"]))
        save.write(json.dumps({"firm": firm.name, "seconds": told["seconds"] * len(truths), "truth": truth,
                               "answer": unmask(told), "baselines": []}, ensure_ascii=False) + "\n")
        save.flush()
    if ran.wait() != 0:
        sys.exit(f"{firm}: trace_play ended with {ran.returncode}")
    if folder:
        ran = subprocess.run([options.strongroom, "trace", "--json", "--details", "--firm", str(firm), *(str(path) for _, path, _ in truths)],
                             stdout=subprocess.PIPE, text=True, check=True)
        for (truth, _, _), line in zip(truths, ran.stdout.splitlines(), strict=True):
            folder.write(json.dumps({"firm": firm.name, "seconds": 0, "truth": truth, "answer": json.loads(line), "baselines": []}) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("player", help="BUILD/tests/bench/trace/trace_play")
    parser.add_argument("strongroom")
    parser.add_argument("firms", nargs="+", type=pathlib.Path)
    parser.add_argument("--save", default="vault.jsonl", help="every answer with its truth, as evaluate.py --load reads it")
    parser.add_argument("--folder", help="trace the same leaks in the folder too, and save those answers here")
    parser.add_argument("--work", help="where vaults are made; a fast disk")
    parser.add_argument("--keep", action="store_true", help="leave them")
    options, extra = parser.parse_known_args()
    folder = open(options.folder, "w", encoding="utf-8") if options.folder else None
    costs = []
    with open(options.save, "w", encoding="utf-8") as save:
        for firm in options.firms:
            work = pathlib.Path(tempfile.mkdtemp(prefix="played-", dir=options.work))
            try:
                play(options, firm, work, save, folder, costs)
            finally:
                if not options.keep:
                    shutil.rmtree(work)
    if folder:
        folder.close()
    tell_costs(costs)
    evaluate = pathlib.Path(__file__).resolve().parent / "evaluate.py"
    for name in [options.save] + ([options.folder] if folder else []):
        print(name, flush=True)
        subprocess.run([sys.executable, str(evaluate), options.strongroom, "--load", name, *extra], check=True)


main()
