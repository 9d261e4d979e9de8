#!/usr/bin/env python3
"""Clients that mean harm: malformed, smuggled, endless, slow and far too many.  Memory stays bounded, the processes stay
the same, and somebody else is served meanwhile."""
import http.client
import json
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, BOB, INA  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402

tap = attack.Tap()
work = attack.workplace("hostile")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
server = Server(vault, "--connections", "200").start()
amy = server.token(AMY)
processes = server.children()
rounds = int(os.environ.get("STRONGROOM_MALFORMED_REQUESTS", 1000000 if attack.FULL else 4000))
seed = int(os.environ.get("STRONGROOM_MALFORMED_SEED", 7))


def memory(name):
    with open(f"/proc/{processes[name]}/status", encoding="ascii") as file:
        return [int(line.split()[1]) for line in file if line.startswith("VmRSS")][0]


def raw(data, wait=2.0):
    """What a server says to bytes that are no proper request."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(wait)
        peer.connect(server.socket)
        answer = b""
        try:
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            while piece := peer.recv(65536):
                answer += piece
        except OSError:
            pass
        return answer


def served():
    try: # a connection that there is no room for yet is closed at once
        answer = server.run(server.connect(), amy, "client.list")
    except (OSError, http.client.HTTPException):
        return False
    return answer.status == 200 and len(answer.json) == 3


start = {name: memory(name) for name in processes}

# --- Requests that contradict themselves ---
body = b"{}"
head = b"POST /v1/operations/client.list HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + amy.encode()
hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
for name, more in (
        ("a length and chunks", b"\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden),
        ("two lengths", b"\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + hidden),
        ("a negative length", b"\r\nContent-Length: -1\r\n\r\n{}"),
        ("a length beyond all numbers", b"\r\nContent-Length: 99999999999999999999999\r\n\r\n{}"),
        ("a length that is none", b"\r\nContent-Length: two\r\n\r\n{}"),
        ("chunks that are none", b"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        ("an encoding that nobody knows", b"\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("no length", b"\r\n\r\n{}")):
    answer = raw(head + more)
    tap.ok(b" 200 " not in answer.split(b"\r\n")[0] and answer.count(b'"status":"ok"') == 0, f"{name}: refused, nothing smuggled",
           answer[:300])
for name, data in (("a request line of a megabyte", b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n"),
                   ("a header of a megabyte", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n"),
                   ("ten thousand headers", b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 10000 + b"\r\n"),
                   ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)),
                   ("a zero in the path", b"GET /heal\x00thz HTTP/1.1\r\nHost: x\r\n\r\n")):
    answer = raw(data)
    tap.ok(b'"status":"ok"' not in answer, f"{name}: refused", answer[:300])

# --- Bodies that are too long ---
answer = raw(b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n" +
             b"a" * 9000)
tap.ok(b" 413 " in answer, "a login of nine kilobytes: 413", answer[:200])
line = server.connect()
answer = ask(line, "POST", "/v1/operations/client.list", b'{"a":"' + b"a" * 200000 + b'"}', "f" * 64,
             Content_Type="application/json")
tap.ok(answer.status == 401, "a long body of nobody is not taken", answer)
answer = ask(server.connect(), "POST", "/v1/operations/client.list", b"[" * 100000, amy, Content_Type="application/json")
tap.ok(answer.status == 422, "a hundred thousand brackets: 422", answer)
answer = server.run(server.connect(), amy, "record.search", word="a" * 3000000)
tap.ok(answer.status in (200, 400, 413, 422), "a word of three megabytes has an answer", answer)

# --- Requests by a grammar of what is wrong (tests/bench/server/malformed.c), a million in the full form ---
tokens = os.path.join(work, "token")
with open(tokens, "w", encoding="ascii", opener=attack.private) as file:
    file.write(server.token(BOB) + "\n")
storm = subprocess.Popen([os.environ["STRONGROOM_MALFORMED"], server.socket, str(rounds), "8", str(seed), tokens],
                         stdout=subprocess.PIPE)
waits, refused = [], 0
while storm.poll() is None:
    begun = time.monotonic()
    refused += not served()
    waits.append(time.monotonic() - begun)
    time.sleep(0.1)
found = json.loads(storm.stdout.read())
waits.sort()
tap.note(f"{found}; others waited {waits[len(waits) // 2] * 1000:.0f} ms, at most {waits[-1] * 1000:.0f}; memory {server.memory()}")
tap.ok(storm.returncode == 0 and found["requests"] == rounds and not found["strange"],
       f"{rounds} malformed requests, seed {seed}: each answered as HTTP or closed", found)
tap.ok(waits and not refused, f"and {len(waits)} good ones in between were served", refused)
tap.ok(server.children() == processes, "no process has ended", server.children())

# --- Slow ones, and far too many ---
slow = []
for _ in range(150):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(server.socket)
    peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    slow.append(peer)
tap.ok(served(), "beside 150 that never end their headers somebody is served")
many = []
for _ in range(400):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(0.2)
    try:
        peer.connect(server.socket)
        many.append(peer)
    except OSError:
        peer.close()
for peer in slow + many:
    peer.close()
tap.ok(wait_until(served, 10), "after 400 more than there is room for, too, as soon as they have gone")
slow = socket.socket(socket.AF_UNIX)
slow.connect(server.socket)
slow.sendall(b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n")
slow.settimeout(1)
begun = time.monotonic()
closed = False
while time.monotonic() - begun < 45 and not closed:
    try:
        slow.sendall(b"x" if time.monotonic() - begun < 29 else b"")
        closed = slow.recv(100) == b""
    except TimeoutError:
        pass
    except OSError:
        closed = True
tap.ok(closed and time.monotonic() - begun < 40, "a body that comes byte by byte is cut off",
       time.monotonic() - begun)

# --- What it cost ---
end = {name: memory(name) for name in processes}
if os.environ.get("STRONGROOM_SANITIZED") == "1":
    tap.skip("memory stays bounded", "a sanitizer keeps what was freed")
else:
    tap.ok(all(end[name] < start[name] + 96 * 1024 for name in processes), "memory stays bounded", (start, end))
answer = server.login(AMY)
tap.ok(wait_until(lambda: server.login(AMY).status == 201, 70), "a person logs in as ever", answer)
ran = server.stop()
tap.ok(ran.code == 0, "and it ends cleanly", ran)
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
