#!/usr/bin/env python3
"""Approvals through a server, by many at once: one is spent once, whoever comes first; nobody approves his own, not even with
two roles; who stops being an approver stops at once, in sessions that are open; and every refusal is an event."""
import concurrent.futures
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, INA  # noqa: E402
from server import Server, wait_until  # noqa: E402

RACERS = 16
tap = attack.Tap()
work = attack.workplace("approvals")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
PEOPLE = ("ada", "ann", "eva", "pia", "cid", "dee")  # with adam, amy, bob and ina ten
for user in PEOPLE:
    with open(vault.passphrase(user), "w", encoding="utf-8", opener=attack.private) as file:
        file.write(f"the passphrase of {user}\n")
    vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
for user in ("ada", "ann", "eva"):
    vault.must(ADMIN, "grant", "admin", user)
vault.must(ADMIN, "role", "add", "partners", "--like", "admin", "--keepers", "admins")
vault.must(ADMIN, "grant", "partners", "pia")
vault.must(ADMIN, "grant", "partners", "ada")  # in both: one person still
for user in ("cid", "dee", "eva"):
    vault.must(ADMIN, "grant", "accountant", user)
vault.must(AMY, "client", "list")  # completes what waits
vault.must(ADMIN, "assign", "K0001", "eva")
vault.must(ADMIN, "setting", "set", "approval.export", "2:2")
server = Server(vault).start()
tokens = {user: server.token(user) for user in (ADMIN, AMY, *PEOPLE)}
refused = 0


def run(who, operation, **arguments):
    global refused
    answer = server.run(server.connect(), tokens[who], operation, **arguments)
    refused += answer.status >= 400
    return answer


def export(user):
    return server.run(server.connect(), tokens[user], "record.export", clients=["K0001"], format="jsonl", out="x.jsonl", purpose="tax:1")


def request(user, **more):
    answer = run(user, "approval.request", action="record.export", resources=["K0001"], reason="r", **{"for": "1h"}, **more)
    return answer.json["request"]


# --- Who may, and who may not ---
number = request("eva")
tap.ok(run("eva", "approval.approve", request=number).status == 403, "an admin who is an accountant does not approve her own")
tap.ok(run("cid", "approval.approve", request=number).status == 403, "nor does who is no admin")
tap.ok(run("ada", "approval.approve", request=number).status == 200, "somebody with two roles that may does")
tap.ok(run("ada", "approval.approve", request=number).status in (403, 409), "and counts once, whatever roles she has")
answer = export("eva")
refused += 1
tap.ok(answer.status == 403, "one of two is not enough", answer)
tap.ok(run("pia", "approval.approve", request=number).json["state"] == "approved", "a role that is like admin's is the second")
tap.ok(export("eva").status == 200, "two are")
for count in (0, -1, 99):
    answer = run(AMY, "approval.request", action="record.export", resources=["K0001"], reason="r", approvals=count, **{"for": "1h"})
    tap.ok(answer.status in (400, 422), f"nobody asks for {count} approvals", answer)
    refused -= 1  # wrong use is no refusal by the policy

# --- Many spend one at once; many approve one at once ---
number = request(AMY)
gate = threading.Barrier(RACERS)


def race(work_of):
    def one(place):
        gate.wait()
        return work_of(place)
    with concurrent.futures.ThreadPoolExecutor(RACERS) as pool:
        return [answer.status for answer in pool.map(one, range(RACERS))]


approvers = ("ada", "ann", ADMIN, "pia")
codes = race(lambda place: server.run(server.connect(), tokens[approvers[place % 4]], "approval.approve", request=number))
refused += sum(code >= 400 for code in codes)
shown = run("ada", "approval.show", request=number).json
tap.ok(shown["state"] == "approved" and len(shown["approvals"]) == len({one["user"] for one in shown["approvals"]}) == codes.count(200),
       f"{RACERS} approve at once: each of four counts once at most", (codes, shown))
for turn in range(3):
    codes = race(lambda _: export(AMY))
    busy = codes.count(503)
    refused += RACERS - codes.count(200) - busy
    tap.ok(codes.count(200) == 1 and codes.count(403) == RACERS - 1 - busy, f"{RACERS} spend one approval at once: one does ({turn + 1})", codes)
    number = request(AMY)
    for user in ("ada", "ann"):
        run(user, "approval.approve", request=number)

# --- Whoever approved and loses the role: at once, in sessions that are open ---
answer = run(ADMIN, "grant.remove", role="admin", user="ann")
tap.ok(answer.status == 200, "an approver is no admin any more", answer)
answer = export(AMY)
refused += answer.status == 403
tap.ok(answer.status == 403, "and her approval is none, in the very next question", answer)
tap.ok(wait_until(lambda: server.run(server.connect(), tokens["ann"], "approval.list").status == 401, 1), "nor is her session one")
tap.ok(run("pia", "approval.approve", request=number).status == 200 and export(AMY).status == 200, "another's takes its place")

# --- Every refusal is an event ---
leaves = vault.must(INA, "log", "replay", "--json").lines
told = [leaf for leaf in leaves if leaf.get("decision", {}).get("effect") == "deny" or leaf.get("result", {}).get("status") == "undone"]
tap.ok(len(told) >= refused, f"{refused} refusals: each is an event", len(told))
used = [leaf["approval"] for leaf in leaves if leaf["event"] == "record.export" and leaf.get("phase") == "intent" and leaf.get("approval")]
tap.ok(len(used) == 5 and len(set(used)) == 5, "five approvals were used, each once", used)
ran = server.stop()
tap.ok(ran.code == 0, "it ends cleanly", ran)
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
