"""A small bookkeeping firm made up by a seed, as a folder that `strongroom trace --firm` reads, and leaks from it."""
import csv
import json
import os
import random

FIELDS = ["name", "tax_id", "address", "contact", "phone", "email", "bank_account", "fee",
          "period", "turnover", "tax_due", "payroll", "balance"]
CARD, BOOKS = FIELDS[:8], FIELDS[8:]
BASIC = ["name", "tax_id", "address", "contact", "phone", "email"]
DAY = 86400
BEGIN = 1_710_000_000
CHINESE = dict(zip(FIELDS, ["客户名称", "税号", "地址", "联系人", "手机号码", "电子邮箱", "银行账号", "服务费",
                            "所属期", "收入", "税额", "工资", "余额"], strict=True))
GERMAN = dict(zip(FIELDS, ["Firmenname", "Steuernummer", "Anschrift", "Ansprechpartner", "Telefon", "E-Mail-Adresse",
                           "Bankkonto", "Gebühr", "Zeitraum", "Umsatz", "Steuer", "Löhne", "Kontostand"], strict=True))
FIRST, SECOND = "金银铜铁木水火土山川江河", "顺达通利亨昌隆茂荣兴旺发"
TRADES, SURNAMES, GIVEN = ["贸易", "科技", "物流", "餐饮"], "赵钱孙李周吴郑王冯陈", "一二三四平安明亮春秋"
TOWNS, STREETS = ["东州", "西州", "南州"], ["一号", "花园", "河滨", "学府"]


class Firm:
    def __init__(self, seed=1, people=8, clients=160, days=180):
        self.random = random.Random(seed)
        self.people = [f"p{i}" for i in range(people)]
        self.count, self.days = clients, days
        self.decoys, self.exports, self.events = [], {}, []
        self.clients = [self.client(c) for c in range(clients)]
        self.live()

    def values(self, town):
        r = self.random
        return {"name": town + r.choice(FIRST) + r.choice(SECOND) + r.choice(FIRST) + r.choice(TRADES) + "有限公司",
                "tax_id": "91" + "".join(r.choice("0123456789") for _ in range(12)) + "MA" + r.choice("ABCDEFGH") + str(r.randrange(10)),
                "address": f"{town}市{r.choice(STREETS)}路{r.randrange(900) + 1}号", "fee": str(r.randrange(3, 30) * 100),
                "contact": r.choice(SURNAMES) + r.choice(GIVEN) + r.choice(GIVEN),
                "phone": "15" + "".join(r.choice("0123456789") for _ in range(9)),
                "email": "".join(r.choice("abcdefgh") for _ in range(6)) + str(r.randrange(1000)) + "@mail.example",
                "bank_account": "6217" + "".join(r.choice("0123456789") for _ in range(15))}

    def books(self, month):
        turnover = round(self.random.lognormvariate(11, 1), 2)
        return {"period": f"2024-{month:02d}", "turnover": f"{turnover:.2f}", "tax_due": f"{turnover * .03:.2f}",
                "payroll": f"{turnover * .2:.2f}", "balance": f"{turnover * self.random.random():.2f}"}

    def client(self, number):
        r, town = self.random, self.random.choice(TOWNS)
        card = [(BEGIN - 30 * DAY, self.values(town))]
        if r.random() < .6:
            card.append((BEGIN + r.randrange(5, self.days) * DAY + r.randrange(DAY),
                         {**card[0][1], **{k: self.values(town)[k] for k in ("phone", "contact")}}))
        books = [(BEGIN + m * 30 * DAY - r.randrange(DAY), self.books(m + 1)) for m in range(self.days // 30)]
        return {"id": f"k{number:04d}", "own": self.people[number % len(self.people)], "town": town, "trade": r.choice(TRADES),
                "team": number % len(self.people) // 4, "card": card, "fin": books}

    def current(self, client, record, at):
        good = [i for i, (since, _) in enumerate(client[record]) if since <= at]
        return good[-1] + 1 if good else 0

    def see(self, at, person, action, client, record, fields, export=None):
        version = self.current(client, record, at)
        if version:
            self.events.append({"time": at, "actor": person, "role": "accountant", "action": action, "client": client["id"],
                                "record": record, "version": version, "fields": fields, "purpose": "work",
                                **({"export_id": export} if export else {})})

    def export(self, at, person, clients, fields):
        name = f"x{len(self.exports):04d}"
        decoy = {"id": f"d{len(self.decoys):04d}", "own": "", "town": "", "trade": "", "team": "", "decoy": True,
                 "card": [(at, self.values(self.random.choice(TOWNS)))], "fin": [(at, self.books(1))]}
        self.decoys.append(decoy)
        self.exports[name] = (at, person, [*clients, decoy], fields)
        for client in [*clients, decoy]:
            for record, names in (("card", CARD), ("fin", BOOKS)):
                if set(fields) & set(names):
                    self.see(at, person, "export", client, record, [f for f in fields if f in names], name)

    def live(self):
        r = self.random
        for day in range(self.days):
            at = BEGIN + day * DAY + 9 * 3600
            for person in self.people:
                own = [c for c in self.clients if c["own"] == person]
                for i in range(r.randrange(6)):
                    mine = r.random() < .85
                    client = r.choice(own if mine else self.clients)
                    record = r.choice(["card", "fin"])
                    fields = (CARD if mine else BASIC) if record == "card" else BOOKS
                    self.see(at + i * 600 + r.randrange(300), person, "read", client, record, fields)
                if r.random() < .03:
                    self.export(at + 8 * 3600, person, r.sample(own, max(3, len(own) * 3 // 4)),
                                r.choice([CARD, BASIC + ["bank_account", "fee"], ["name", "tax_id", *BOOKS]]))
        self.events.sort(key=lambda e: e["time"])

    def write(self, folder, without=None):
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/events.jsonl", "w", encoding="utf-8") as out:
            for number, event in enumerate(self.events, 1):
                if event["actor"] != without:
                    out.write(json.dumps({"seq": number, **event}) + "\n")
        with open(f"{folder}/principals.csv", "w", encoding="utf-8") as out:
            out.write("actor,role,team\n" + "".join(f"{p},accountant,{i // 4}\n" for i, p in enumerate(self.people)))
        with open(f"{folder}/clients.csv", "w", encoding="utf-8") as out:
            out.write("client,assigned,secondary,team,city,industry,onboard,decoy\n")
            for c in [*self.clients, *self.decoys]:
                out.write(f"{c['id']},{c['own']},,{c['team']},{c['town']},{c['trade']},{c['card'][0][0]},{int('decoy' in c)}\n")
        with open(f"{folder}/versions.csv", "w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["client", "record", "version", "valid_from", *FIELDS])
            for c in [*self.clients, *self.decoys]:
                for record in ("card", "fin"):
                    for i, (since, values) in enumerate(c[record]):
                        rows.writerow([c["id"], record, i + 1, since, *[values.get(f, "") for f in FIELDS]])
        return folder

    # ---- leaks: lists of rows, each a dict
    def rows_of(self, clients, fields, at):
        rows = []
        for c in clients:
            values = {}
            for record in ("card", "fin"):
                version = self.current(c, record, at)
                if version:
                    values.update(c[record][version - 1][1])
            rows.append({f: values.get(f, "") for f in fields})
        return rows

    def from_export(self, name, count, decoys=True):
        at, person, clients, fields = self.exports[name]
        real = [c for c in clients if "decoy" not in c][:count]
        return self.rows_of(real + ([clients[-1]] if decoys else []), fields, at), person, at

    def strangers(self, count):
        return [{f: v for f, v in self.values("北州").items() if f in BASIC} for _ in range(count)]


def write_leak(path, rows, found, heads=None, order=None, encoding="utf-8"):
    """@p heads: field -> heading; None for no headings. Writes the moment of finding beside it."""
    fields = order or list(rows[0])
    with open(path, "w", encoding=encoding, newline="") as out:
        table = csv.writer(out)
        if heads is not None:
            table.writerow([heads.get(f, f) for f in fields])
        table.writerows([[row.get(f, "") for f in fields] for row in rows])
    with open(os.path.splitext(path)[0] + ".meta.json", "w", encoding="utf-8") as out:
        json.dump({"found_at": found}, out)
    return path
