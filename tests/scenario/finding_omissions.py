#!/usr/bin/env python3
"""A finding proposes who left undone what would have stopped a disclosure: a review that was skipped, an alert that nobody
took note of in time, a grant that was prolonged or kept; who approved the export; each by its events and the firm's rule."""
import datetime
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402

tap = attack.Tap()
work = attack.workplace("omissions")
vault = attack.Quick(os.path.join(work, "v"))
DAY = 86400
attack.furnished(vault)
EVA = "eva" # drafts, and was shown no alert: who is named may not
for user in ("ada", "ivo", EVA):
    with open(vault.passphrase(user), "w", encoding="utf-8", opener=attack.private) as file:
        file.write(f"the passphrase of {user}\n")
    vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
vault.must(ADMIN, "grant", "admin", "ada")
vault.must(ADMIN, "grant", "investigator", "ivo")
vault.must(ADMIN, "grant", "investigator", EVA)
vault.must(INA, "log", "checkpoint")


now = [0]


def at(days):
    """The clock that many days from today; the log's time never goes back."""
    now[0] = max(now[0], days)
    return {"FAULT_CLOCK": int(now[0] * DAY)}


def today(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def events(name, user=None):
    lines = [json.loads(line) for line in vault.must(INA, "log", "replay", "--event", name, "--json", **at(0)).out.decode().splitlines()]
    return [e for e in lines if user is None or e["actor"]["id"] == user]


TRACE = os.path.join(work, "trace.json")
with open(TRACE, "w", encoding="utf-8") as file:
    json.dump({"leak": "leak.csv", "none": 0.1, "backup": 0, "unlogged": 0, "persons": [], "groups": [], "linked": 1,
               "rows": 1, "decoys": 0, "columns": [], "leaked": [], "not_before": "", "current_until": ""}, file)


def draft(user, event, days, *more):
    ran = vault.must(EVA, "finding", "draft", "--from", TRACE, "--direct", user, "--event", str(event), "--json", *more, **at(days))
    return ran.json["persons"]


def part(persons, name):
    return {p["user"]: p for p in persons if p.get("part") == name}


def show(user, client, days):
    record = json.loads(vault.must(AMY, "list", client, "--kind", "payroll_entry", "--json", **at(days)).out.decode().splitlines()[0])["id"]
    vault.must(user, "show", client, record, "--purpose", "task:1", **at(days))
    return events("record.read", user)[-1]["seq"]


# --- Nothing was left undone
early = show(AMY, "K0001", 0)
persons = draft(AMY, early, 0)
tap.ok(not any(part(persons, name) for name in ("skipped-review", "ignored-alert", "left-account-open")),
       "who did what was asked is not named", str(persons))

# --- A review that nobody finished, and one that was
review = vault.must(ADMIN, "review", "start", "--due", today(3), "--user", AMY, "--json", **at(1)).json["review"]
within = show(AMY, "K0001", 2)
late = show(AMY, "K0001", 5)
tap.ok(not part(draft(AMY, within, 5), "skipped-review"), "before it is due, a review is not skipped")
skipped = part(draft(AMY, late, 5), "skipped-review")
tap.ok(set(skipped) == {ADMIN} and review in skipped[ADMIN]["events"] and late in skipped[ADMIN]["events"]
       and skipped[ADMIN]["policy"] == "review.missed" and skipped[ADMIN]["proposed"],
       "who started it and let it pass is, with the review, the disclosure and the firm's rule", str(skipped))
vault.must("ada", "review", "keep", "accountant", AMY, **at(6))
after = show(AMY, "K0001", 7)
tap.ok(not part(draft(AMY, after, 7), "skipped-review"), "once it was decided, it is not skipped any more")

# --- Somebody had left, and the grant was kept
kept = part(draft(AMY, after, 7, "--left", today(5)), "left-account-open")
decided = [e["seq"] for e in events("review.decide", "ada") if e.get("phase") != "outcome"][-1]
tap.ok("ada" in kept and decided in kept["ada"]["events"], "who kept the grant of somebody who had left", str(kept))
tap.ok("ada" not in part(draft(AMY, after, 7), "left-account-open"), "only of somebody who had left")

# --- A grant that was to end, prolonged
vault.must(ADMIN, "revoke", "accountant", BOB, **at(8))
vault.must(ADMIN, "assign", "K0001", BOB, **at(8))
vault.must(ADMIN, "grant", "accountant", BOB, "--until", today(10), **at(8))
vault.must(AMY, "client", "list", **at(8))
during = show(BOB, "K0001", 9)
vault.must("ada", "grant", "accountant", BOB, "--until", today(40), **at(9))
vault.must(AMY, "client", "list", **at(9))
beyond = show(BOB, "K0001", 12)
tap.ok(not part(draft(BOB, during, 12), "left-account-open"), "while the first grant lasted, nobody left anything open")
opened = part(draft(BOB, beyond, 12), "left-account-open")
grants = [e["seq"] for e in events("grant.add") if e.get("change", {}).get("user") == BOB and e.get("phase") != "outcome"]
tap.ok(set(opened) == {"ada"} and set(grants[-2:]) <= set(opened["ada"]["events"]), "after it, who prolonged it", f"{opened} {grants}")

# --- An alert: shown to two investigators, noted by none in time
vault.must(INA, "decoy", "plant", "--user", AMY, "--count", "1", **at(13))
vault.must(ADMIN, "client", "list", **at(13))
decoy = [json.loads(line) for line in vault.must(INA, "decoy", "list", "--json", **at(13)).out.decode().splitlines()][0]["client_no"]
made_up = json.loads(vault.must(AMY, "list", decoy, "--json", **at(14)).out.decode().splitlines()[0])["id"]
vault.must(AMY, "show", decoy, made_up, "--purpose", "task:1", **at(14))
vault.must(INA, "alert", "list", **at(14.1))
vault.must("ivo", "alert", "list", **at(14.9))
soon = show(AMY, "K0001", 14.2)
ignored = show(AMY, "K0001", 15.5)
raised = events("alert.raise")[-1]
tap.ok(not part(draft(AMY, soon, 16), "ignored-alert"), "within a day nobody has ignored an alert")
found = part(draft(AMY, ignored, 16), "ignored-alert")
tap.ok(set(found) == {INA} and raised["seq"] in found[INA]["events"] and found[INA]["policy"] == "alert.within",
       "after it, who was shown it that long ago", f"{found} {raised}")
own = vault.run(INA, "finding", "draft", "--from", TRACE, "--direct", AMY, "--event", str(ignored), **at(16))
tap.ok(own.code == 2 and b"names this person" in own.err, "who is named does not draft it", own)
vault.must(ADMIN, "setting", "set", "alert.within", "4", **at(15.6))
strict = show(AMY, "K0001", 15.7)
tap.ok(set(part(draft(AMY, strict, 16), "ignored-alert")) == {INA, "ivo"}, "as long as the firm's setting said then")
for line in vault.must("ivo", "alert", "list", "--json", **at(16)).out.decode().splitlines():
    vault.must("ivo", "alert", "ack", json.loads(line)["id"], **at(16))
noted = show(AMY, "K0001", 17)
tap.ok(not part(draft(AMY, noted, 17), "ignored-alert"), "one that was noted is not ignored any more")
tap.ok(part(draft(AMY, strict, 17), "ignored-alert"), "but it was before")

# --- An export that was approved
vault.must(ADMIN, "setting", "set", "approval.export", "1:1", **at(18))
vault.must(AMY, "approval", "request", "record.export", "K0001", "--reason", "adviser", "--for", "8h", **at(18))
asked = json.loads(vault.must("ada", "approval", "list", "--json", **at(18)).out.decode().splitlines()[0])["request"]
vault.must("ada", "approval", "approve", str(asked), **at(18))
vault.must(AMY, "export", "K0001", "--format", "csv", "--out", os.path.join(work, "out.csv"), "--purpose", "task:2", **at(18))
export = [e["seq"] for e in events("record.export", AMY) if e.get("phase") != "outcome"][-1]
given = part(draft(AMY, export, 19), "approved-export")
tap.ok(set(given) == {"ada"} and given["ada"]["policy"] == "approval.export", "who approved the export, and which setting asked for it", str(given))
tap.finish()
