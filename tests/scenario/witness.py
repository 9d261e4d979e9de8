#!/usr/bin/env python3
"""A vault and its witnesses, as real processes and sockets: what is cosigned, what happens when witnesses die, are slow,
answer nonsense or old answers, and what a vault that was put back or forked is told."""
import glob
import http.client
import http.server
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, INA  # noqa: E402
from witness_process import WITNESS, Witness, unverified  # noqa: E402

KILLS = 200 if attack.FULL else 20
LAG = 3

tap = attack.Tap()
work = attack.workplace("witness")


class Between(http.server.BaseHTTPRequestHandler):
    """Somebody between the vault and a witness, who does as `mode` says."""
    protocol_version = "HTTP/1.1"
    mode = "pass"
    behind = None
    recorded = None

    def log_message(self, *_):
        pass

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if Between.mode != "pass":
            self.answer(404, "text/plain", b"nothing\n")
            return
        status, body = Between.behind.get(self.path)
        self.answer(status, "text/plain", body.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mode = Between.mode
        nonsense = {"garbage": (200, "text/plain", os.urandom(200)), "empty": (200, "text/plain", b""),
                    "html": (200, "text/html", b"<html>" + b"x" * 70000), "wrong-size": (409, "text/x.tlog.size", b"12x\n"),
                    "untyped": (409, "text/plain", b"99999999\n"), "broken": (500, "text/plain", b"no\n"),
                    "proof": (422, "text/plain", b"no\n"), "sent-back": (200, "text/plain", body)}
        if mode == "slow":
            time.sleep(6)
            self.answer(500, "text/plain", b"late\n")
        elif mode == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif mode == "replay":
            self.answer(*Between.recorded)
        elif mode in nonsense:
            self.answer(*nonsense[mode])
        else:
            line = http.client.HTTPConnection(Between.behind.address, timeout=20)
            line.request("POST", self.path, body)
            answer = line.getresponse()
            Between.recorded = (answer.status, answer.getheader("Content-Type"), answer.read())
            line.close()
            self.answer(*Between.recorded)


def origin_hash(vault):
    import hashlib  # pylint: disable=import-outside-toplevel
    return hashlib.sha256(vault.must(ADMIN, "log", "checkpoint").out.splitlines()[0]).hexdigest()


def log_vkey(vault):
    return [line.split()[1] for line in vault.must(ADMIN, "log", "policy").out.decode().splitlines()
            if line.startswith("log ")][0]


def log_size(vault):
    return int(vault.must(ADMIN, "log", "checkpoint").out.decode().splitlines()[1])


def read(vault, **more):
    return vault.run(AMY, "show", "K0001", record, "--purpose", "task:1", "--json", **more)


def add(vault, witness, url=None):
    pin = ["--pin", witness.pin] if url is None and witness.pin else []
    return vault.run(ADMIN, "witness", "add", url or witness.url, witness.vkey, *pin, "--json")


vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
record = vault.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
first = Witness(os.path.join(work, "first"))

# ---- What is cosigned

ran = add(vault, first)
tap.ok(ran.code == 0 and ran.json["cosigned"] is False and "does not know" in ran.json["warning"],
       "a witness that does not know the log is added, and says so", ran)
first.know(log_vkey(vault))
origin = origin_hash(vault)
note = vault.must(AMY, "log", "checkpoint").out.decode()
tap.ok(note.count("\n— ") == 2 and f"\n— {first.vkey.split('+')[0]} " in note, "log checkpoint is cosigned", note)
policy = vault.must(AMY, "log", "policy").out.decode()
tap.ok(f" {first.vkey} {first.url}\n" in policy and "quorum none" not in policy, "log policy names the witness", policy)
before = first.counts()
ran = read(vault)
after = first.counts()
tap.ok(ran.code == 0 and after['strongroom_witness_answers_total{kind="cosigned"}'] -
       before['strongroom_witness_answers_total{kind="cosigned"}'] == 1 and
       after["strongroom_witness_syncs_total"] - before["strongroom_witness_syncs_total"] == 1,
       "a cosigned read is one request and one sync of the witness", f"{ran}\n{before}\n{after}")
bundle = os.path.join(work, "bundle")
trusted = os.path.join(work, "policy")
ran = vault.run(INA, "log", "bundle", "--out", bundle, "--range", "0:10", "--purpose", "test")
with open(trusted, "w", encoding="utf-8") as file:
    file.write(policy)
audited = vault.run(INA, "audit", bundle, "--policy", trusted, "--json")
tap.ok(ran.code == 0 and audited.code == 0 and b"witness" in open(os.path.join(bundle, "vkeys"), "rb").read(),
       "a bundle carries the cosignatures that its policy asks for", f"{ran}\n{audited}")
if shutil.which("strace"):
    def syncs(*words):
        trace = os.path.join(work, "trace")
        subprocess.run(["strace", "-f", "-qq", "-e", "trace=fdatasync,fsync", "-o", trace, *vault.command(AMY, *words)],
                       env=vault.environment(), capture_output=True, check=False)
        with open(trace, encoding="utf-8") as lines:
            return sum("sync(" in line for line in lines)
    asked = ("show", "K0001", record, "--purpose", "task:1", "--json")
    tap.ok(syncs(*asked) == 1, "in the vault a cosigned read costs the one sync that it costs without a witness", syncs(*asked))
else:
    tap.skip("in the vault a cosigned read costs no sync more", "no strace")
size, _ = first.checkpoint(origin)
rows = vault.must(ADMIN, "witness", "list", "--json").lines
tap.ok(rows[0]["size"] >= size and rows[0]["behind"] <= 1, "witness list tells how far it is", rows)
letter = vault.must(AMY, "log", "checkpoint", "--mail").out.decode()
path = os.path.join(work, "from-paper")
with open(path, "w", encoding="utf-8") as file:
    file.write(letter.split("-" * 70 + "\n")[1])
tap.ok("条目数 Entries" in letter and first.vkey.split("+")[0] in letter and
       vault.run(INA, "log", "verify", "--since", path).code == 0, "what the letter prints can be checked", letter)
for words, what in ((("http://witness.example/", first.vkey), "plain http to another machine"),
                    (("https://witness.example/", "x"), "no key"),
                    (("https://witness.example/", log_vkey(vault)), "a log's key"),
                    ((first.url, first.vkey), "the same twice"),
                    (("https://witness.example/", first.vkey, "--pin", "abc"), "no pin")):
    ran = vault.run(ADMIN, "witness", "add", *words)
    tap.ok(ran.code == 1 and ran.clean((1,)), "refused: " + what, ran)
ran = vault.run(AMY, "witness", "remove", first.vkey.split("+")[0], "--yes")
tap.ok(ran.code == 2, "an accountant removes no witness", ran)
tap.ok(vault.run(INA, "log", "verify").code == 0, "the log verifies with witnesses in it")

# ---- The door: kept alive, TLS 1.3 only

line = http.client.HTTPSConnection(first.address, timeout=20, context=unverified())
line.connect()
kept = line.sock
for _ in range(50):
    line.request("POST", "/add-checkpoint", b"nonsense")
    line.getresponse().read()
tap.ok(line.sock is kept and kept is not None, "fifty requests go over one connection")
line.close()
old = unverified()
old.maximum_version = ssl.TLSVersion.TLSv1_2
try:
    line = http.client.HTTPSConnection(first.address, timeout=20, context=old)
    line.request("GET", "/metrics")
    tap.ok(False, "TLS 1.2 is refused")
except (ssl.SSLError, ConnectionError):
    tap.ok(True, "TLS 1.2 is refused")
busy = subprocess.run([WITNESS, "--dir", first.directory, "--listen", "127.0.0.1:0"], capture_output=True, check=False)
tap.ok(busy.returncode == 5, "two witnesses never run on one directory", busy)
served = subprocess.run([attack.PROGRAM, "witness", "log", "list", "--dir", first.directory], capture_output=True, text=True,
                        check=False)
tap.ok(served.stdout.strip() == log_vkey(vault), "strongroom witness runs the same program", served)

# ---- Killed at random moments

random.seed(20260101)
stop = threading.Event()
codes = set()


def reader():
    while not stop.is_set():
        codes.add(read(vault).code)


known = 0
wrong = []
thread = threading.Thread(target=reader)
thread.start()
for _ in range(KILLS):
    time.sleep(random.random() * 0.25)
    first.stop(signal.SIGKILL)
    told = vault.run(ADMIN, "witness", "list", "--json").lines[0]["size"]
    first.start()
    size, body = first.checkpoint(origin)
    if size < known or size < told:
        wrong.append((known, told, size))
    known = size
stop.set()
thread.join()
tap.ok(not wrong, f"killed {KILLS} times, a witness forgets no cosignature that anybody has", wrong)
tap.ok(codes == {0}, "readers go on meanwhile, as nothing forbids it", codes)
path = os.path.join(work, "from-witness")
with open(path, "w", encoding="utf-8") as file:
    file.write(first.checkpoint(origin)[1])
tap.ok(vault.run(INA, "log", "verify", "--since", path).code == 0, "the log extends what the witness holds")

# ---- How far disclosures go without one

vault.must(ADMIN, "setting", "set", "witness.max_lag", str(LAG))
for value in ("0", "x", "5x", "10,", "m", "1,2", "99999999999", ""):
    tap.ok(vault.run(ADMIN, "setting", "set", "witness.max_lag", value).code == 1, f"max_lag is not '{value}'")
tap.ok(read(vault).code == 0, "with a limit, and a witness, one reads")


def stops(why, seconds=60):
    """Reads until it is refused; never may more have been shown than the limit lets."""
    shown = 0
    seen = first.checkpoint(origin)[0] if why != "dead" else dead_at
    for _ in range(LAG + 4):
        ran = read(vault, timeout=seconds)
        if ran.code != 0:
            break
        shown += 1
    tap.ok(ran.code == 4 and ran.out == b"" and shown <= LAG, f"{why}: disclosures stop within the limit", f"{shown} {seen} {ran}")
    ran = vault.run(AMY, "client", "list", "--json")
    tap.ok(ran.code == 4 and ran.out == b"", f"{why}: no names either", ran)
    out = os.path.join(work, "export-" + why)
    ran = vault.run(AMY, "export", "K0001", "--format", "jsonl", "--out", out, "--purpose", "tax:1")
    tap.ok(ran.code == 4 and not os.path.exists(out), f"{why}: nor exports", ran)


def recovers(why):
    ran = read(vault)
    tap.ok(ran.code == 0 and ran.out != b"", f"{why}: it recovers by itself", ran)


dead_at = first.checkpoint(origin)[0]
first.stop()
stops("dead")
tap.ok(vault.run(ADMIN, "user", "list").code == 0 and vault.run(INA, "log", "replay").code == 0,
       "admins and investigators go on meanwhile")
ran = vault.run(ADMIN, "user", "list")
tap.ok(b"warning" in ran.err and ran.code == 0, "and are warned", ran)
first.start()
recovers("dead")

# ---- Somebody in between, who errs or lies

vault.must(ADMIN, "witness", "remove", first.vkey.split("+")[0], "--yes")
second = Witness(os.path.join(work, "second"), plain=True)
second.know(log_vkey(vault))
first_of_all = first
first = second
Between.behind = second
class Server(http.server.ThreadingHTTPServer):
    """Clients that have given up are what is tested here, not an error."""

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Between)
threading.Thread(target=server.serve_forever, daemon=True).start()
ran = add(vault, second, f"http://127.0.0.1:{server.server_address[1]}")
tap.ok(ran.code == 0 and ran.json["cosigned"], "a witness behind somebody else", ran)
modes = ["garbage", "empty", "html", "wrong-size", "untyped", "broken", "proof", "sent-back", "drop", "replay", "slow"]
for mode in modes if attack.FULL else ["garbage", "untyped", "proof", "drop", "replay", "slow"]:
    Between.mode = mode
    stops(mode)
    Between.mode = "pass"
    recovers(mode)

# ---- Put back, and forked

server_url = f"http://127.0.0.1:{server.server_address[1]}"
early = vault.copy(os.path.join(work, "early"))
for _ in range(4):
    read(vault)
late_size = second.checkpoint(origin)[0]


def put_back(name, lose_cache, lose_memory):
    """The vault's directory as it was; what is beside it as somebody with all rights there would have it."""
    home = os.path.join(work, name)
    back = type(vault)(shutil.copytree(early.home, home, symlinks=True))
    if lose_cache:
        for file in glob.glob(os.path.join(back.path, "log.witnesses*")):
            os.remove(file)
    if lose_memory:
        shutil.rmtree(os.path.join(home, "state"))
    return back


def proofs(of):
    return glob.glob(os.path.join(of.home, "state", "strongroom", "known", "*.rejected-*"))


# Cosignatures of the last minute need not be asked for again, so the rolled-back one is found at the latest at its end.
for name, cache in (("rolled-back", False), ("rolled-back-all", True)):
    back = put_back(name, cache, True)
    ran = read(back)
    found = ran if ran.code == 3 else read(back)
    tap.ok(found.code == 3 and b"witness" in found.err, f"{name}: the vault is refused", f"{ran}\n{found}")
    kept = sorted(proofs(back))
    notes = [open(file, encoding="utf-8").read().splitlines() for file in kept]
    tap.ok(len(kept) >= 2 and any(int(note[1]) >= late_size for note in notes) and
           len({note[0] for note in notes}) == 1, f"{name}: both checkpoints are kept", f"{kept} {notes}")

back = put_back("rolled-back-tried", True, True)
tap.ok(read(back).out == b"", "without the cache nothing is shown before the witness was asked")
ran = back.run(ADMIN, "user", "list", "--accept-rollback", "--yes")
tap.ok(ran.code == 0, "accepted on purpose, it opens", ran)
events = back.run(INA, "log", "replay", "--event", "rollback.accept", "--json", "--accept-rollback", "--yes")
tap.ok(b"rollback.accept" in events.out, "and the acceptance is in the log", events)
tap.ok(back.run(ADMIN, "user", "list").code == 3, "but the witness does not forget")
ran = back.run(ADMIN, "witness", "remove", second.vkey.split("+")[0], "--accept-rollback", "--yes")
tap.ok(ran.code == 0 and back.run(ADMIN, "user", "list").code == 0, "until somebody answers for doing without it", ran)

forked = put_back("forked", True, True)
# The forger writes events while the witness is out of reach, until his history is the longer one.
Between.mode = "drop"
while log_size(forked) <= late_size + 3:
    pass
Between.mode = "pass"
ran = read(forked)
tap.ok(ran.code == 3 and ran.out == b"" and b"another history" in ran.err, "forked: the longer history is refused too", ran)
tap.ok(len(proofs(forked)) >= 2, "forked: both checkpoints are kept", proofs(forked))
kept = glob.glob(os.path.join(second.directory, "forks", "*.submitted"))
tap.ok(len(kept) >= 1, "forked: the witness keeps what it was shown", os.listdir(second.directory))
tap.ok(read(vault).code == 0, "the true vault goes on")

# ---- Two witnesses

third = Witness(os.path.join(work, "third"))
third.know(log_vkey(vault))
ran = add(vault, third)
tap.ok(ran.code == 0 and ran.json["cosigned"], "a second witness", ran)
note = vault.must(AMY, "log", "checkpoint").out.decode()
tap.ok(note.count("\n— ") == 3, "both cosign one checkpoint", note)
third.stop()
vault.must(ADMIN, "setting", "set", "witness.quorum", "any")
tap.ok(all(read(vault).code == 0 for _ in range(LAG + 2)), "any: one is enough")
vault.must(ADMIN, "setting", "set", "witness.quorum", "all")
result = [read(vault).code for _ in range(LAG + 2)]
tap.ok(result[-1] == 4, "all: one is not enough", result)
third.start()
tap.ok(read(vault).code == 0, "all: both are")
policy = vault.must(AMY, "log", "policy").out.decode()
tap.ok(policy.count("\nwitness ") == 2 and " 2 " in policy, "the policy names both and the quorum", policy)
tap.ok(vault.run(INA, "log", "verify").code == 0, "the log verifies to the end")
for witness in (first_of_all, second, third):
    tap.ok(witness.stop() == 0, "a witness ends when it is asked to")
server.shutdown()
tap.finish()
