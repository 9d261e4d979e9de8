"""What many people do at a server at once, and what each of them received for it: read, list, search, reveal, correct,
import, export, ask for approvals and give them, grant and revoke, log in and out.  Every question carries a reference that
is its own ("task:7-12"), so that what was received can be held against the log, question by question."""
import hashlib
import http.client
import json
import os
import random
import re
import threading
import time

import attack
from attack import ADMIN, AMY, BOB, INA
from server import ask

HEAD = "客户编号,会计年度,会计期间,科目编码,科目名称,期初方向,期初余额,本期借方发生额,本期贷方发生额,期末方向,期末余额"
BUSY = (503,)                # come again
DISK = (500, 503, 507)       # while the disk is full
AGENCY_CLIENTS = ("K0001", "K0002", "K0003")


def prepare(vault):
    """Amy's agency, a second admin (new), eve who is granted a role and loses it, and exports of more than three rows take
    an approval."""
    attack.furnished(vault)
    for user in ("eve", "new"):
        vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
    vault.must(ADMIN, "grant", "admin", "new")
    vault.must(ADMIN, "assign", "K0002", BOB)
    vault.must(ADMIN, "assign", "K0001", "eve")
    vault.must(ADMIN, "setting", "set", "approval.export", "3:1")


class Work:
    """What all of them share."""

    def __init__(self, vault, server):
        self.vault = vault
        self.server = server
        self.stopping = threading.Event()
        self.full = False  # the disk is, just now
        self.calm = False  # nothing that makes the data grow, so that caches of it do not
        self.answered = 0
        self.refused = {}
        self.odd = []
        self.told = set()  # why, while the disk was full
        self.lock = threading.Lock()
        self.approvals = []
        self.records = {}
        for client in AGENCY_CLIENTS:
            self.records[client] = [row["id"] for row in vault.must(AMY, "list", client, "--json").lines]
        self.payroll = vault.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
        self.masked = {}
        for client, records in self.records.items():
            for record in records:
                shown = vault.must(AMY, "show", client, record, "--purpose", "task:0", "--json").json
                self.masked[record] = set(shown["record"]["masked"])
        self.people = []

    def start(self, count):
        roles = [Accountant] * (count - 5) + [Admin, Admin, Comer, Reader, Reader]
        self.people = [role(self, number) for number, role in enumerate(roles)]
        for person in self.people:
            person.start()

    def stop(self):
        self.stopping.set()
        for person in self.people:
            person.join(120)
        return not any(person.is_alive() for person in self.people)

    def received(self, kind):
        return [one for person in self.people for one in person.received if one["kind"] == kind]


class Person(threading.Thread):
    """One client: a connection that is kept, a login, and questions one after the other."""

    user = AMY

    def __init__(self, work, number):
        super().__init__(daemon=True)
        self.work, self.number = work, number
        self.choose = random.Random(number)
        self.connection = self.token = None
        self.received = []
        self.asked = 0

    def run(self):
        while not self.work.stopping.is_set():
            try:
                if self.connection is None:
                    self.connection = self.work.server.connect()
                if self.token is None and not self.log_in():
                    time.sleep(0.1 + self.choose.random() / 2)
                    continue
                self.do_one()
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                if self.connection is not None:
                    self.connection.close()
                self.connection = None
                time.sleep(0.05)

    def log_in(self):
        answer = self.work.server.login(self.user, self.connection)
        if answer.status == 201:
            self.token = answer.json["token"]
            return True
        self.expect(answer, 503, 429, *DISK)
        return False

    def log_out(self):
        self.expect(ask(self.connection, "DELETE", "/v1/sessions/current", token=self.token), 401, *BUSY)
        self.token = None

    def expect(self, answer, *statuses):
        """Counted; anything else is odd."""
        work = self.work
        with work.lock:
            work.answered += 1
            if answer.status >= 300:
                work.refused[answer.status] = work.refused.get(answer.status, 0) + 1
            if answer.status not in (200, 201, 204, *statuses) and not (work.full and answer.status in DISK):
                work.odd.append(f"{self.user}: {answer}")
            elif answer.status in (500, 507):
                work.told.add(re.sub(r"/\S*/|[0-9]+", "…", answer.json["message"]))
        if answer.status == 401:
            self.token = None
        if answer.status == 503:
            time.sleep(self.choose.random() / 10)
        return answer.status in (200, 201, 204)

    def ticket(self):
        self.asked += 1
        return f"{self.number}-{self.asked}"

    def ask(self, operation, *refusals, **arguments):
        """The answer, or None where it was refused."""
        answer = self.work.server.run(self.connection, self.token, operation, **arguments)
        return answer if self.expect(answer, 401, *BUSY, *refusals) else None

    def keep(self, kind, ticket, answer, **more):
        self.received.append({"kind": kind, "ticket": ticket, "user": self.user, "event": answer.get("event"), **more})

    def do_one(self):
        chances = self.chances
        name = self.choose.choices([name for name, _ in chances], [weight for _, weight in chances])[0]
        if not (self.work.calm and name in ("correct", "bring")):
            getattr(self, name)()


class Reader(Person):
    """Bob reads what is his, and is refused what is not."""

    user = BOB
    chances = (("read", 6), ("read_others", 2), ("list", 2), ("log_out", 1))
    clients = ("K0002",)

    def read_record(self, client, record, reveal=None, *refusals):
        ticket = self.ticket()
        more = {} if reveal is None else {"reveal": [reveal]}
        answer = self.ask("record.read", *refusals, client=client, record=record, purpose=f"task:{ticket}", **more)
        if answer is not None:
            value = answer.json
            shown = value["record"]
            self.keep("read", ticket, value, record=shown["id"], version=shown["version"],
                      revealed=sorted(self.work.masked.get(record, set()) - set(shown["masked"])))
        return answer

    def read(self):
        client = self.choose.choice(self.clients)
        self.read_record(client, self.choose.choice(self.work.records[client]))

    def read_others(self):
        if self.read_record("K0001", self.choose.choice(self.work.records["K0001"]), None, 403) is not None:
            self.work.odd.append(f"{self.user} read what is not his")

    def list(self):
        client = self.choose.choice(self.clients)
        ticket = self.ticket()
        answer = self.ask("record.list", client=client, purpose=f"task:{ticket}")
        if answer is not None:
            self.keep("list", ticket, {}, rows=[(row["id"], row["version"]) for row in answer.json])


class Accountant(Reader):
    user = AMY
    clients = ("K0001", "K0002")
    chances = (("read", 40), ("reveal", 10), ("list", 6), ("search", 8), ("correct", 10), ("bring", 4), ("export", 5),
               ("export_all", 3), ("history", 4), ("log_out", 2))

    def reveal(self):
        record = self.work.payroll
        self.read_record("K0001", record, self.choose.choice(sorted(self.work.masked[record])))

    def search(self):
        ticket = self.ticket()
        answer = self.ask("record.search", word=self.choose.choice(("样本", "沈样一", "银行", "收到")), purpose=f"task:{ticket}")
        if answer is not None:
            self.keep("search", ticket, {}, rows=sorted((row.get("record") or row["client"]) for row in answer.json))

    def correct(self):
        ticket = self.ticket()
        value = f"{self.number}{self.asked:06d}.00"
        answer = self.ask("record.correct", 409, client="K0001", record=self.work.payroll, fields={"gross": value},
                          purpose=f"fix:{ticket}")
        if answer is not None:
            self.keep("correct", ticket, answer.json, version=answer.json["version"], value=value)

    def bring(self):
        """An import of three rows that nobody else has."""
        codes = [f"1002{self.number:02d}{self.ticket().split('-')[1].zfill(6)}{row}" for row in range(3)]
        rows = [f"K0003,2025,1,{code},银行存款,平,0.00,1030.00,0.00,借,1030.00" for code in codes]
        body = ("\ufeff" + "\n".join([HEAD, *rows]) + "\n").encode()
        answer = ask(self.connection, "POST", "/v1/files?name=balances.csv", body, self.token)
        if not self.expect(answer, 401, *BUSY):
            return
        answer = self.ask("record.import", 404, files=["balances.csv"], uploads=[answer.json["upload"]])
        if answer is not None:
            found = answer.json["files"][0]
            if found["new"] != 3:
                self.work.odd.append(f"an import of three: {found}")
            self.keep("import", "", answer.json, codes=codes)

    def fetch(self, ticket, answer):
        fetched = ask(self.connection, "GET", "/v1/files/" + answer.headers["Strongroom-File"], token=self.token)
        if self.expect(fetched, 401, 404, *BUSY):
            value = answer.json
            rows = [json.loads(line) for line in fetched.body.splitlines()]
            self.keep("export", ticket, value, sha256=hashlib.sha256(fetched.body).hexdigest(), told=value["sha256"],
                      rows=[(row["record_id"], row["version"]) for row in rows])

    def export(self):
        """Few enough rows for nobody's approval."""
        ticket = self.ticket()
        answer = self.ask("record.export", clients=["K0001"], kind="voucher", format="jsonl", out="x.jsonl",
                          purpose=f"tax:{ticket}")
        if answer is not None:
            self.fetch(ticket, answer)

    def export_all(self):
        """One too many: refused, until somebody has approved."""
        ticket = self.ticket()
        answer = self.ask("record.export", 403, clients=["K0001"], format="jsonl", out="x.jsonl", purpose=f"tax:{ticket}")
        if answer is not None:
            self.fetch(ticket, answer)
        elif self.token is not None:
            asked = self.ask("approval.request", action="record.export", resources=["K0001"], reason="r", **{"for": "1h"})
            if asked is not None:
                self.keep("request", "", asked.json)
                with self.work.lock:
                    self.work.approvals.append(asked.json["request"])

    def history(self):
        answer = self.ask("record.history", client="K0001", record=self.work.payroll)
        if answer is not None:
            self.keep("history", "", {}, versions=[row["version"] for row in answer.json])


class Admin(Person):
    """Approves what is asked for, and gives eve a role and takes it away."""

    user = ADMIN
    chances = (("approve", 5), ("grant", 2), ("revoke", 2), ("look", 3), ("log_out", 1))

    def run(self):
        self.user = ADMIN if self.number % 2 == 0 else "new"
        super().run()

    def do_one(self):
        super().do_one()
        time.sleep(0.05)

    def approve(self):
        with self.work.lock:
            request = self.work.approvals.pop() if self.work.approvals else None
        answer = None if request is None else self.ask("approval.approve", 403, request=request)
        if answer is not None:
            self.keep("approve", "", answer.json, request=request)

    def grant(self):
        answer = self.ask("grant.add", 409, 403, role="accountant", user="eve")
        if answer is not None:
            self.keep("grant", "", answer.json)

    def revoke(self):
        answer = self.ask("grant.remove", 404, 403, 409, role="accountant", user="eve")
        if answer is not None:
            self.keep("revoke", "", answer.json)

    def look(self):
        self.ask("role.list")


class Comer(Reader):
    """Eve, who has her role now and then."""

    user = "eve"
    clients = ("K0001",)
    chances = (("read", 3), ("log_out", 1))

    def read(self):
        self.read_record("K0001", self.choose.choice(self.work.records["K0001"]), None, 403, 404)
        time.sleep(0.02)


# --- Held against the log ---

def only(leaves, name, phase=(None, "intent")):
    return [leaf for leaf in leaves if leaf["event"] == name and leaf.get("phase") in phase]


def compare(work, tap):
    """Everything that was received, and everything that was acknowledged."""
    vault = work.vault
    log = vault.must(INA, "log", "replay", "--json", timeout=600).lines
    by_number = {leaf["seq"]: leaf for leaf in log}
    by_ticket = {}
    for leaf in log:
        by_ticket.setdefault(leaf.get("ticket"), []).append(leaf)
    outcomes = {leaf["intent"]: leaf for leaf in log if leaf.get("phase") == "outcome"}
    tap.ok(len(by_number) == len(log) and sorted(by_number) == list(range(log[0]["seq"], log[0]["seq"] + len(log))),
           f"{len(log)} events, without a gap")
    compare_reads(work, tap, by_number, by_ticket)
    compare_exports(work, tap, by_number, outcomes)
    compare_writes(work, tap, by_number, outcomes)
    used = [leaf["approval"] for leaf in log if leaf["event"] == "record.export" and leaf.get("phase") == "intent" and
            leaf.get("approval")]
    tap.ok(len(used) == len(set(used)), f"{len(used)} approvals were used, each once")


def compare_reads(work, tap, by_number, by_ticket):
    reads, wrong = work.received("read"), []
    for one in reads:
        leaves = by_ticket.get(one["ticket"], [])
        read = [leaf for leaf in only(leaves, "record.read") if leaf["seq"] == one["event"]]
        resources = [(each["id"], each["version"]) for leaf in read for each in leaf["resources"]]
        fields = sorted(field for leaf in only(leaves, "record.reveal") for each in leaf["resources"]
                        for field in each["fields"])
        if resources != [(one["record"], one["version"])] or fields != one["revealed"] or \
                any(leaf["actor"]["id"] != one["user"] for leaf in leaves):
            wrong.append((one, leaves))
    revealed = sum(len(one["revealed"]) for one in reads)
    tap.ok(reads and revealed and not wrong,
           f"{len(reads)} reads, {revealed} revealed fields: each has its event, of that person, record, version and field",
           wrong[:3])
    tap.ok(len({one["event"] for one in reads}) == len(reads), "and each its own")
    wrong = [one for one in work.received("list") if len(only(by_ticket.get(one["ticket"], []), "record.list")) != 1]
    tap.ok(work.received("list") and not wrong, f"{len(work.received('list'))} lists have their events", wrong[:3])
    wrong = []
    for one in work.received("search"):
        leaves = only(by_ticket.get(one["ticket"], []), "record.search")
        found = sorted(each["id"] for leaf in leaves for each in leaf["resources"])
        if len(leaves) != 1 or found != one["rows"]:
            wrong.append((one, leaves))
    tap.ok(work.received("search") and not wrong,
           f"{len(work.received('search'))} searches have events that name just what was found", wrong[:2])


def compare_exports(work, tap, by_number, outcomes):
    exports, wrong = work.received("export"), []
    for one in exports:
        leaf, end = by_number.get(one["event"]), outcomes.get(one["event"])
        if leaf is None or leaf["ticket"] != one["ticket"] or end is None or end["result"]["status"] != "ok" or \
                end["result"]["count"] != len(one["rows"]) or not one["sha256"] == one["told"] == end["result"]["sha256"]:
            wrong.append((one, leaf, end))
    tap.ok(exports and not wrong, f"{len(exports)} exports: the file is that of the event, to the last bit", wrong[:2])
    listed = work.vault.environment()
    done = attack.subprocess.run([os.environ["STRONGROOM_DISCLOSED_LIST"], work.vault.path, INA, work.vault.passphrase(INA)],
                                 env=listed, capture_output=True, check=False)
    index = set()
    for line in done.stdout.splitlines():
        each = json.loads(line)
        index.add((each["event"], each["person"], each["record"], each["version"]))
    missing = [one["event"] for one in work.received("read")
               if (one["event"], one["user"], one["record"], one["version"]) not in index]
    missing += [one["event"] for one in exports for record, version in one["rows"]
                if not any((one["event"], one["user"], record, kept) in index for kept in (version, 0))]
    tap.ok(done.returncode == 0 and not missing, f"the index of disclosures ({len(index)}) names each of them",
           (done.stderr.decode(), missing[:5]))


def compare_writes(work, tap, by_number, outcomes):
    wrong = []
    for kind, name in (("correct", "record.correct"), ("import", "record.import"), ("grant", "grant.add"),
                       ("revoke", "grant.remove"), ("request", "approval.request"), ("approve", "approval.approve")):
        done = work.received(kind)
        tap.note(f"{len(done)} of {name} were acknowledged")
        if not done:
            wrong.append(f"none of {name}")
        for one in done:
            leaf, end = by_number.get(one["event"]), outcomes.get(one["event"])
            if leaf is None or leaf["event"] != name or leaf["actor"]["id"] != one["user"] or end is None or \
                    end["result"]["status"] != "ok":
                wrong.append((one, leaf, end))
    tap.ok(not wrong, "each write that was acknowledged is an event with its outcome", wrong[:3])
    vault = work.vault
    corrections = work.received("correct")
    versions = {row["version"]: row for row in vault.must(AMY, "history", "K0001", work.payroll, "--json").lines}
    tap.ok(len({one["version"] for one in corrections}) == len(corrections) and
           all(versions.get(one["version"], {}).get("event") == one["event"] for one in corrections),
           "each correction is a version of its own, which names its event")
    last = sorted(corrections, key=lambda one: one["version"])[-1]
    checked = random.Random(1).sample(corrections, min(40, len(corrections))) + [last]
    wrong = []
    for one in checked:
        shown = vault.must(AMY, "show", "K0001", work.payroll, "--version", str(one["version"]), "--reveal", "gross", "--purpose",
                           "task:1", "--json").json
        if shown["record"]["fields"]["gross"] != one["value"]:
            wrong.append((one, shown["record"]["fields"]))
    tap.ok(not wrong, f"with the value that was written ({len(checked)} of them opened)", wrong[:2])
    keys = {row["key"] for row in vault.must(AMY, "list", "K0003", "--kind", "account_balance", "--json", timeout=600).lines}
    missing = [code for one in work.received("import") for code in one["codes"] if code not in keys]
    tap.ok(not missing, f"each row of {len(work.received('import'))} imports is there", missing[:5])
