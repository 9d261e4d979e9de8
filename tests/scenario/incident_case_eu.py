#!/usr/bin/env python3
"""A case by European law: the authority within 72 hours, over the night in which summer time begins; people only where the risk
is high; none where what was taken is encrypted, with the proof; and all the same when it turns out that somebody was shown it in
the clear.  Steps, events and golden pages (tests/samples/documents/case-eu) as in incident_case.py, where it says how to renew them.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import case_play  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402

IVO = "ivo"
HOUR = 3600000
SENDER = "Example Bookkeeping Ltd"
CONTACT = "Data protection officer, dpo@example.org"
play = case_play.Play(os.path.join(attack.workplace("case-eu"), "home"), "2027-03-22T09:00:00+01:00")
tap, step = play.tap, play.step
attack.furnished(play)
play.add_users(IVO)
play.must(ADMIN, "grant", "investigator", IVO)
play.must(ADMIN, "assign", "K0001", BOB)
CLIENTS = play.file("clients.jsonl", play.must(ADMIN, "client", "list", "--json").out.decode())
play.at("2027-03-24T18:00:00+01:00")
play.must(BOB, "export", "K0001", "--kind", "payroll_entry", "--format", "csv", "--out", os.path.join(play.files, "taken.csv"), "--purpose",
          "task:1", "--reveal", "employee.id_no,employee.bank_card")

# --- A laptop with a backup is stolen on a Friday; summer time begins on Sunday
play.at("2027-03-26T14:00:00+01:00")
step("Bob's account is frozen", INA, "incident", "freeze", "--user", BOB, true=lambda l: l[0]["frozen"], event="incident.freeze")
step("he lists nothing", BOB, "list", "K0001", code=5, says="frozen", event="record.list", effect="deny")
case = step("the case is opened", INA, "incident", "open", "--title", "stolen laptop", "--how", "the owner told", "--jurisdiction", "EU",
            "--moment", "occurred=2027-03-26T06:10:00Z,knew=2027-03-26T12:30:00Z", "--circumstance", "risk=no,high-risk=no,trustee=yes",
            event="incident.open")[0].get("id", "0")
play.of(case, os.path.join(attack.SAMPLES, "documents", "case-eu"), SENDER)


def states(lines):
    return {d["duty"]: d["state"] for d in lines[0]["duties"]}


def shows(name, user=IVO, **wanted):
    wanted = {key.replace("_", "-"): state for key, state in wanted.items()}
    return step(name, user, "incident", "status", case, true=lambda l: {k: states(l).get(k) for k in wanted} == wanted, event="incident.show")


shows("without risk nobody is told but the clients who entrusted it", eu_authority="not_owed", eu_individuals="not_owed", eu_processor="owed")
step("a risk", INA, "incident", "note", case, "--circumstance", "risk=yes", event="incident.note")
lines = shows("the authority, not the people", eu_authority="owed", eu_individuals="not_owed")
authority = next((d for d in lines[0].get("duties", []) if d["duty"] == "eu-authority"), None)
knew = lines[0].get("moments", {}).get("knew", 0)
tap.ok(authority and authority["strict"]["due"] == knew + 72 * HOUR and authority["lenient"]["due"] == knew + 72 * HOUR + HOUR // 2,
       "72 hours are 72 hours, whatever the clocks on the wall do; leniently the hour of knowing is not counted", authority)
tap.ok(not any(d["duty"].startswith(("cn-", "house-")) for d in lines[0].get("duties", [])), "no duty of another place")
step("a high risk", INA, "incident", "note", case, "--circumstance", "high-risk=yes", event="incident.note")
shows("now the people too; a proposal is not law", eu_authority="owed", eu_individuals="owed")
PROOF = play.file("inventory.txt", "Laptop 12: disk encrypted, vault sealed; key not on it.\n")
step("it is encrypted, with the proof", INA, "incident", "note", case, "--kind", "fact", "--text", "disk encrypted, key not on it", "--file",
     PROOF, "--circumstance", "encrypted=yes", event="incident.note")
shows("which frees from telling the people, not the authority", eu_authority="owed", eu_individuals="exempt")
step("the proof is in the case", IVO, "incident", "status", case,
     true=lambda l: l[0]["steps"][-1]["says"]["file"]["name"] == "inventory.txt", event="incident.show")
step("it does not close with the authority untold", INA, "incident", "close", case, code=1, says="2 duties are open")

# --- But somebody had been shown it in the clear
step("what Bob was shown is counted", INA, "incident", "assess", case, "--person", BOB,
     true=lambda l: l[0]["encryption"]["frees"] == "no" and l[0]["encryption"]["events"] >= 1, event="incident.assess")
shows("encryption frees from nothing then", eu_authority="owed", eu_individuals="owed")

# --- They are told
play.at("2027-03-27T10:00:00+01:00")
number = play.whole("notice-client", {"contract": "Services agreement, clause 7.", "data": "Payroll entries.", "people": "Your employees.",
                                      "measures": "The account is frozen, exports are stopped.", "contact": CONTACT},
                    "--recipients", CLIENTS, recipients=(1,), lang="en")
step("sent to the controller", INA, "incident", "document", "deliver", case, number, "--how", "email", event="document.deliver")
step("who is told", INA, "incident", "fulfil", case, "eu-processor", event="incident.fulfil")
PEOPLE = play.file("people.csv", "recipient,name,kinds\ne1,Shen Yangyi,payroll entry and bank card\ne2,Gu Shier,telephone number\n")
number = play.whole("notice-individual", {
    "event": "Your payroll data were exported by an account of the firm and left it.", "cause": "An export outside of any task.",
    "harm": "Calls in the name of the firm.", "consequence": "No misuse is known.", "remedy": "The account is frozen.",
    "self-help": "Tell nobody a code that you are sent.", "fraud": "Call the police.", "contact": CONTACT}, "--recipients", PEOPLE,
    recipients=(1, 2), lang="en")
step("sent to both", INA, "incident", "document", "deliver", case, number, "--to", "1,2", "--how", "post", event="document.deliver")
step("people are told", INA, "incident", "fulfil", case, "eu-individuals", event="incident.fulfil")
number, _ = play.draft("eu-notification", lang="en")
step("the notification with gaps is not done", INA, "incident", "document", "finish", case, number, code=1, says="must have are empty")
number = play.whole("eu-notification", {
    "addressee": "Data Protection Authority", "contact": CONTACT, "consequences": "Fraud in the name of the firm.",
    "measures": "The account is frozen; controllers and data subjects were told."}, "--replace", number, lang="en")
play.at("2027-03-29T13:00:00+02:00")
shows("an hour and a half before the end", eu_authority="owed")
step("it is handed in", INA, "incident", "document", "deliver", case, number, "--how", "portal", "--proof", PROOF, event="document.deliver")
step("within the 72 hours", INA, "incident", "fulfil", case, "eu-authority", "--file", PROOF, event="incident.fulfil")
step("in time", IVO, "incident", "status", case,
     true=lambda l: not next(d for d in l[0]["duties"] if d["duty"] == "eu-authority")["late"], event="incident.show")

# --- The end
step("the case is closed", INA, "incident", "close", case, event="incident.close")
step("one proposes to unfreeze", INA, "incident", "unfreeze", "--user", BOB, says="proposed", event="incident.propose_unfreeze")
step("he himself is not asked", BOB, "incident", "unfreeze", "--user", BOB, code=2, says="denied", event="incident.unfreeze", effect="deny")
step("the second agrees", IVO, "incident", "unfreeze", "--user", BOB, says="No longer frozen", event="incident.unfreeze")
step("work goes on", AMY, "list", "K0001", event="record.list")
step("log and store say the same", INA, "log", "verify", true=lambda l: l[-1]["ok"], event="log.verify")
play.check_events(INA)
tap.finish()
