#!/usr/bin/env python3
"""What happens beside a server that works: backups while it serves, commands on the same directory in either order, more
questions than it takes, and its end in the middle of them."""
import concurrent.futures
import http.client
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import mixed_work  # noqa: E402
from attack import ADMIN, AMY, INA  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402

tap = attack.Tap()
home = attack.workplace("beside")
vault = attack.Quick(os.path.join(home, "home"))
mixed_work.prepare(vault)
server = Server(vault).start()
work = mixed_work.Work(vault, server)
work.start(9)
tap.ok(wait_until(lambda: len(work.received("correct")) > 5, 30), "people work")


# --- A backup while they do, asked for over HTTP and at the command line, holds all that was acknowledged before ---
def restored(name, path, before):
    other = attack.Quick(os.path.join(home, name))
    os.makedirs(other.home)
    for user in (*attack.USERS, "new", "eve"):
        os.link(vault.passphrase(user), other.passphrase(user))
    ran = other.run(ADMIN, "restore", path)
    tap.ok(ran.code == 0, f"{name}: it can be put back", ran)
    verify = other.run(INA, "log", "verify", "--json")
    tap.ok(verify.code == 0 and verify.json["ok"], f"{name}: its log verifies", verify)
    versions = {row["version"] for row in other.must(AMY, "history", "K0001", work.payroll, "--json").lines}
    tap.ok({one["version"] for one in before} <= versions, f"{name}: {len(before)} corrections from before are there",
           len(versions))
    shown = other.run(AMY, "show", "K0001", work.payroll, "--version", str(before[-1]["version"]), "--reveal", "gross",
                      "--purpose", "task:1", "--json")
    tap.ok(shown.code == 0 and shown.json["record"]["fields"]["gross"] == before[-1]["value"], f"{name}: and open", shown)


line = server.connect()
before = work.received("correct")
admin = server.token(ADMIN)
begun = time.monotonic()
answer = server.run(line, admin, "vault.backup", out="firm.backup")
tap.note(f"a backup beside the work of nine took {time.monotonic() - begun:.2f} s")
tap.ok(answer.status == 200, "a backup while serving", answer)
fetched = ask(line, "GET", "/v1/files/" + answer.headers["Strongroom-File"], token=admin)
path = os.path.join(home, "firm.backup")
with open(path, "wb") as file:
    file.write(fetched.body)
restored("backup over HTTP", path, before)
before = work.received("correct")
ran = vault.run(ADMIN, "backup", "--out", os.path.join(home, "beside.backup"))
tap.ok(ran.code == 0, "and one at the command line", ran)
restored("backup at the command line", os.path.join(home, "beside.backup"), before)

# --- Commands on the directory that is served: they work, or say why not ---
ran = vault.run(AMY, "show", "K0001", work.payroll, "--purpose", "task:1", "--json")
tap.ok(ran.code == 0, "a command beside the server reads", ran)
ran = vault.run(ADMIN, "portfolio", "add", "beside", "--json")
tap.ok(ran.code == 0 and any(row["portfolio"] == "beside" for row in server.run(line, admin, "portfolio.list").json),
       "what it changes is seen over HTTP at once", ran)
ran = vault.run(ADMIN, "init")
tap.ok(ran.code == 1 and ran.clean() and b"there is" in ran.err.lower(), "init on it is refused, with the reason", ran)
ran = vault.run(ADMIN, "restore", path)
tap.ok(ran.code == 1 and ran.clean(), "so is restore", ran)
with open(os.path.join(home, "shares"), "w", encoding="ascii") as file:
    file.write("not a share\n")
ran = vault.run(ADMIN, "role", "recover", "accountant", ADMIN, "--share", os.path.join(home, "shares"))
tap.ok(ran.code in (1, 2, 3) and ran.clean(), "a recovery without shares is refused as ever", ran)
tap.ok(server.run(line, admin, "role.list").status == 200, "and the server goes on")
follower = subprocess.Popen(vault.command(INA, "log", "replay", "--follow", "--json"), env=vault.environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
time.sleep(0.5)

# --- Its end, in the middle of the work: everything that was answered is an event, and it does not take for ever ---
work.full = True  # 503 and closed connections from here on are what is expected
begun = time.monotonic()
ran = server.stop()
took = time.monotonic() - begun
work.stop()
tap.ok(ran.code == 0 and took < 15, f"SIGTERM in the middle of the work: ends cleanly ({took:.1f} s)", (took, ran))
tap.ok(not work.odd, "until then every answer was what it should be", "\n".join(work.odd[:3]))
mixed_work.compare(work, tap)
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)

# --- The other order: a command is at it, and the server starts ---
tap.ok(follower.poll() is None, "a command that was there before goes on")
server.start()
tap.ok(server.login(AMY).status == 201 and follower.poll() is None, "a server starts beside it")
follower.send_signal(signal.SIGTERM)
follower.communicate()

# --- More at once than it takes: refused at once, with when to come again; and nothing is left of it ---
amy = server.token(AMY)
table = os.path.join(home, "many.csv")
with open(table, "w", encoding="utf-8") as file:
    file.write(mixed_work.HEAD + "\n" + "".join(f"K0002,2025,1,{2000 + row},银行存款,平,0.00,1.00,0.00,借,1.00\n"
                                                for row in range(8000)))
vault.must(AMY, "import", table, timeout=300)
for one in (ADMIN, "new"):  # loosening takes two
    vault.must(one, "setting", "set", "approval.export", "1000000:1")


def export(_):
    return server.run(server.connect(), amy, "record.export", clients=["K0002"], format="xlsx", out="x.xlsx", purpose="tax:1")


with concurrent.futures.ThreadPoolExecutor(40) as pool:
    running = [pool.submit(export, number) for number in range(40)]
    waits = []
    bob = server.token("bob")
    while not all(one.done() for one in running):
        begun = time.monotonic()
        if server.run(server.connect(), bob, "record.list", client="K0003").status in (200, 403):
            waits.append(time.monotonic() - begun)
        time.sleep(0.05)
    answers = [one.result() for one in running]
done = [one for one in answers if one.status == 200]
busy = [one for one in answers if one.status == 503]
tap.ok(len(done) + len(busy) == 40 and len(done) >= 8 and busy, f"of 40 exports of one login at once {len(busy)} are told to come again",
       [str(one) for one in answers if one.status not in (200, 503)][:3])
tap.ok(all(int(one.headers["Retry-After"]) >= 1 for one in busy), "and when", busy[:1])
tap.note(f"meanwhile {len(waits)} questions of another waited at most {max(waits, default=0):.2f} s")
tap.ok(waits, "and others are served meanwhile")


def log_in(_):
    return server.login(AMY)


with concurrent.futures.ThreadPoolExecutor(120) as pool:
    answers = list(pool.map(log_in, range(240)))
codes = {one.status for one in answers}
tap.ok(codes <= {201, 503} and 201 in codes, "240 logins at once: in, or told to come again", codes)
tap.ok(all(int(one.headers["Retry-After"]) >= 1 for one in answers if one.status == 503), "and when")

# --- SIGTERM while an export runs: it is undone, and says so ---
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    running = [pool.submit(export, number) for number in range(4)]
    time.sleep(0.15)
    begun = time.monotonic()
    ran = server.stop()
    took = time.monotonic() - begun
    ends = []
    for one in running:
        try:
            ends.append(one.result().status)
        except (OSError, http.client.HTTPException) as error:
            ends.append(type(error).__name__)
tap.ok(ran.code == 0 and took < 10, f"SIGTERM while exports run: ends cleanly ({took:.1f} s)", (took, ran))
tap.note(f"they came to {ends}")
exports = vault.must(INA, "log", "replay", "--event", "record.export", "--json").lines
outcomes = {leaf["intent"]: leaf["result"]["status"] for leaf in exports if leaf.get("phase") == "outcome"}
left = [leaf["seq"] for leaf in exports if leaf.get("phase") == "intent" and leaf["seq"] not in outcomes]
tap.ok(not left and ends.count(200) <= sum(end == "ok" for end in outcomes.values()), "each export has its outcome", left)
twice = [leaf["intent"] for leaf in exports if leaf.get("phase") == "outcome"]
tap.ok(len(twice) == len(set(twice)), "and one only", [one for one in twice if twice.count(one) > 1][:3])
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)

# --- An older database in the place of the one that is served: whoever comes is held against the log anew ---
store = os.path.join(vault.path, "store.db")
shutil.copyfile(store, store + ".older")
server.start()
admin = server.token(ADMIN)
answer = server.run(server.connect(), admin, "portfolio.add", portfolio="late")
tap.ok(answer.status == 200 and server.login(AMY).status == 201, "a change, and a session that finds it settled", answer)
os.replace(store + ".older", store)
for end in ("-wal", "-shm"):
    if os.path.exists(store + end):
        os.remove(store + end)
answer = server.login("bob")
tap.ok(answer.status not in (200, 201) and b"older than its log" in answer.body, "the next one finds its change missing", answer)
server.stop()
tap.finish()
