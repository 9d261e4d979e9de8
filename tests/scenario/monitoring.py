#!/usr/bin/env python3
"""What monitoring sees of a server: whether it lives, whether it could work, and its counters, in Prometheus's format and
without a word about clients or people."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import metrics  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402

tap = attack.Tap()
work = attack.workplace("monitoring")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
record = vault.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
server = Server(vault, "--listen", "127.0.0.1:0").start()
line = server.connect()


def scrape(connection=None):
    answer = ask(connection or server.connect(), "GET", "/metrics")
    return answer, metrics.read(answer.body.decode())


# --- Sealed ---
answer = ask(line, "GET", "/readyz")
tap.ok(answer.status == 503 and "sealed" in answer.json["detail"] and answer.headers["Retry-After"], "sealed: not ready",
       answer)
answer, now = scrape(line)
tap.ok(answer.status == 200 and answer.type == "text/plain; version=0.0.4; charset=utf-8", "counters have their type", answer)
tap.ok(metrics.value(now, "strongroom_sealed") == 1 and "strongroom_log_entries" not in now, "and say that it is sealed")
answer = ask(server.https(), "GET", "/metrics")
tap.ok(answer.status == 404, "who is not on this machine is told nothing", answer)
tap.ok(ask(server.https(), "GET", "/readyz").status == 503 and ask(server.https(), "GET", "/healthz").status == 200,
       "but that it lives, and could not work yet")

# --- Working ---
tap.ok(server.login(BOB, line, "not the passphrase").status == 401, "somebody guesses")
amy, ina = server.token(AMY), server.token(INA)
for _ in range(5):
    server.run(line, amy, "record.read", client="K0001", record=record, purpose="task:1")
server.run(line, amy, "user.list")
tap.ok(server.run(line, amy, "made.up", x=1).status == 404, "what there is not is not even asked of the keeper")
answer = ask(line, "GET", "/readyz")
tap.ok(answer.status == 200 and answer.json == {"status": "ok", "sealed": False, "log": "writable"}, "ready", answer)
answer, now = scrape(line)
operations = {(dict(key[1])["operation"], dict(key[1])["status"]): number
              for key, number in now["strongroom_operations_total"][1].items()}
tap.ok(operations == {("record.read", "ok"): 5, ("user.list", "denied"): 1},
       "what was asked for is counted by operation and end; what a client makes up is no label", operations)
times = "strongroom_operation_duration_seconds"
tap.ok(metrics.value(now, times, times + "_count", operation="record.read") == 5 and
       0 < metrics.value(now, times, times + "_sum", operation="record.read") < 60, "and how long it took")
logins = {dict(key[1])["status"]: number for key, number in now["strongroom_logins_total"][1].items()}
tap.ok(logins == {"ok": 2, "passphrase": 1}, "logins too", logins)
tap.ok(metrics.value(now, "strongroom_sessions") == 2, "sessions")
size = int(vault.must(INA, "log", "checkpoint").out.splitlines()[1])
tap.ok(wait_until(lambda: metrics.value(scrape(line)[1], "strongroom_log_entries") >= size, 10) and
       metrics.value(scrape(line)[1], "strongroom_log_entries") <= size + 3, "entries of the log, also others'", size)
syncs = "strongroom_log_sync_duration_seconds"
tap.ok(metrics.value(now, syncs, syncs + "_count") >= 5 and metrics.value(now, "strongroom_log_bytes") > 1000,
       "its size, and what a sync takes")
tap.ok(metrics.value(now, "strongroom_disk_free_bytes") > 0 and metrics.value(now, "strongroom_log_reserved_bytes") >= 0,
       "room")
memory = {dict(key[1])["process"]: number for key, number in now["strongroom_process_resident_memory_bytes"][1].items()}
tap.ok(set(memory) == {"server", "keeper", "front", "mail"} and all(1 << 20 < number < 1 << 30 for number in memory.values()),
       "memory of each process", memory)
before = metrics.value(now, "process_open_fds")
held = [server.connect() for _ in range(8)]
for one in held:
    ask(one, "GET", "/healthz")
more = metrics.value(scrape(line)[1], "process_open_fds")
tap.ok(before > 5 and more >= before + 8, "descriptors are those that are open", (before, more))

# --- Nothing of whom or what ---
text = answer.body.decode()
words = [AMY, BOB, INA, ADMIN, "K0001", record, amy, work] + [one["name"] for one in
                                                        vault.must(AMY, "client", "list", "--json").lines]
found = [word for word in words if word in text]
tap.ok(len(words) > 9 and found == [], "no name, number, token or path is told", found)
try:
    metrics.read(text + "x 1\n")
    strict = False
except metrics.Broken:
    strict = True
tap.ok(strict, "(the reader of this test refuses what is wrong)")
if shutil.which("promtool"):
    told = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False)
    tap.ok(told.returncode == 0, "promtool takes it", told.stdout + told.stderr)

# --- Alerts that nobody has looked at ---
vault.must(INA, "decoy", "plant", "--user", AMY, "--count", "1")
vault.must(ADMIN, "client", "list")
decoy = vault.must(INA, "decoy", "list", "--json").lines[0]["client_no"]
server.run(line, amy, "record.export", clients=[decoy], format="jsonl", out="x.jsonl", purpose="task:1")
vault.must(INA, "alert", "list", "--all", "--json")
tap.ok(wait_until(lambda: metrics.value(scrape(line)[1], "strongroom_alerts_open") == 1, 25), "open alerts are counted",
       metrics.value(scrape(line)[1], "strongroom_alerts_open"))

# --- The log cannot be written ---
log = os.path.join(vault.path, "log")
os.rename(log, log + ".away")
tap.ok(wait_until(lambda: ask(line, "GET", "/readyz").status == 507, 15), "a log that is gone: not ready",
       ask(line, "GET", "/readyz"))
answer = ask(line, "GET", "/healthz")
tap.ok(answer.status == 200 and answer.json["log"] == "not writable", "it lives and says why", answer)
tap.ok(metrics.value(scrape(line)[1], "strongroom_log_writable") == 0, "as the counters do")
tap.ok(server.run(line, amy, "record.read", client="K0001", record=record, purpose="task:1").json["exit"] == 4,
       "and nothing is disclosed")
os.rename(log + ".away", log)
tap.ok(wait_until(lambda: ask(line, "GET", "/readyz").status == 200, 15), "put back, it is ready again")
tap.ok(server.stop().code == 0, "and ends cleanly")

# --- The doctor: what is wrong, and what to do ---
def doctor(at=None, **environment):
    where = ["--vault", vault.path] if at is None else ["--server", f"unix:{at.socket}"]
    ran = subprocess.run([attack.PROGRAM, *where, "--as", ADMIN, "--passphrase-file", vault.passphrase(ADMIN), "doctor", "--json"],
                         env=vault.environment(**environment), capture_output=True, check=False)
    return ran.returncode, {one["check"]: one for one in map(json.loads, ran.stdout.splitlines())}


code, rows = doctor()
tap.ok(code == 0 and all(one["ok"] and "remedy" not in one for one in rows.values()) and
       {"sync", "witnesses", "backup", "permissions", "certificate", "clock", "version", "alerts"} <= set(rows),
       "all is well", rows)
os.chmod(vault.path, 0o755)
code, rows = doctor()
tap.ok(code == 1 and not rows["permissions"]["ok"] and "chmod" in rows["permissions"]["remedy"], "a directory that others can read",
       rows["permissions"])
os.chmod(vault.path, 0o700)
later = {"FAULT_CLOCK": str(9 * 86400), "LD_PRELOAD": attack.FAULT}
code, rows = doctor(**later)
tap.ok(code == 1 and not rows["backup"]["ok"] and "none" in rows["backup"]["detail"], "no backup for nine days", rows["backup"])
vault.must(ADMIN, "backup", "--out", os.path.join(work, "backup"), **later)
code, rows = doctor(**later)
tap.ok(code == 0 and rows["backup"]["ok"], "one was made", rows["backup"])
code, rows = doctor()
tap.ok(code == 1 and not rows["clock"]["ok"] and "timedatectl" in rows["clock"]["remedy"], "a clock that went back", rows["clock"])
told = vault.run(ADMIN, "doctor").out.decode()
tap.ok("BAD  clock" in told and "to do: see that time" in told, "whole sentences for people", told)


def certificate(days):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", str(days), "-subj", "/CN=localhost", "-keyout",
                    f"{work}/tls.key", "-out", f"{work}/tls.crt"], check=True, capture_output=True)


certificate(10)
server = Server(vault, "--listen", "127.0.0.1:0", "--tls-cert", f"{work}/tls.crt", "--tls-key", f"{work}/tls.key", **later).start()
code, rows = doctor(server, **later)
tap.ok(code == 1 and not rows["certificate"]["ok"] and "reload" in rows["certificate"]["remedy"], "a certificate that ends soon",
       rows["certificate"])
certificate(90)
ending = metrics.value(scrape(server.connect())[1], "strongroom_certificate_end_seconds")
server.process.send_signal(1)
tap.ok(wait_until(lambda: metrics.value(scrape(server.connect())[1], "strongroom_certificate_end_seconds") > ending + 70 * 86400, 10),
       "read anew, it is the new one")
code, rows = doctor(server, **later)
tap.ok(code == 0 and rows["certificate"]["ok"], "and fine", rows)
ran = server.stop()
tap.ok(ran.code == 0 and b"the certificate ends in" in ran.err and ran.err.count(b"the certificate ends") == 1,
       "it was said at the start, too", ran)

# --- Told to whoever asks, where the host says so ---
server = Server(vault, "--listen", "127.0.0.1:0", "--metrics").start()
answer, now = scrape(server.https())
tap.ok(answer.status == 200 and "strongroom_build_info" in now, "--metrics: over HTTPS too", answer)
tap.ok(metrics.value(now, "strongroom_certificate_end_seconds") > 1.8e9, "with the certificate's end")
tap.ok(server.stop().code == 0, "and ends cleanly")
tap.finish()
