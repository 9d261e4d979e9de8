#!/usr/bin/env python3
"""Far more connections than there is room for (in the full form ten thousand at once, over TLS from many addresses and over
the Unix socket), silent ones, and ones that send a byte now and then: memory stays bounded, people who are logged in keep
their connections, and new ones are served within a stated time."""
import errno
import http.client
import os
import resource
import selectors
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402
from server import Server, ask, wait_until  # noqa: E402

MANY = int(os.environ.get("STRONGROOM_FLOOD", 10000 if attack.FULL else 1500))
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)  # of TLS, and not all of it
# p99 of a question over a new connection, while so many others are tried without end: it waits among them.
LIMIT_SECONDS = 5.0 if MANY < 5000 else 20.0

tap = attack.Tap()
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
MANY = min(MANY, most - 500)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
work = attack.workplace("flood")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
server = Server(vault, "--listen", "127.0.0.1:0").start()
port = int(server.told["urls"][1].rsplit(":", 1)[1])
amy = server.token(AMY)
kept = server.connect()
server.run(kept, amy, "client.list")
start = server.memory()


def open_one(place, number):
    """A connection that is under way. None: not now."""
    peer = socket.socket(socket.AF_UNIX if place is None else socket.AF_INET)
    peer.setblocking(False)
    try:
        if place is not None:
            peer.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            peer.bind((f"127.0.{1 + number % 200}.{1 + number % 50}", 0))
        peer.connect(server.socket if place is None else ("127.0.0.1", place))
    except BlockingIOError as error:
        if error.errno == errno.EAGAIN:  # the queue of the Unix socket is full
            peer.close()
            return None
    except OSError:
        peer.close()
        return None
    return peer


class Flood(threading.Thread):
    """Keeps so many connections; what is closed is opened again."""

    def __init__(self, place, count, first, drip):
        super().__init__(daemon=True)
        self.place, self.count, self.first, self.drip = place, count, first, drip
        self.peak = self.opened = self.closed = 0
        self.over = threading.Event()

    def run(self):
        peers = {}
        ready = selectors.DefaultSelector()
        while not self.over.is_set():
            for _ in range(min(200, self.count - len(peers))):
                peer = open_one(self.place, self.opened)
                if peer is None:
                    break
                self.opened += 1
                peers[peer.fileno()] = peer
                ready.register(peer, selectors.EVENT_READ)
                try:
                    peer.send(self.first)
                except OSError:
                    pass
            self.peak = max(self.peak, len(peers))
            for key, _ in ready.select(0.02):
                try:
                    gone = key.fileobj.recv(4096) == b""
                except OSError as error:
                    gone = error.errno not in (errno.EAGAIN, errno.EINPROGRESS)
                if gone:
                    self.closed += 1
                    ready.unregister(key.fileobj)
                    del peers[key.fd]
                    key.fileobj.close()
            for peer in list(peers.values())[::17]:  # some go on, a byte at a time
                try:
                    peer.send(self.drip)
                except OSError:
                    pass
        for peer in peers.values():
            peer.close()


def over_a_new_one(secure):
    """Seconds that a question took, from the connection to the answer; None: there was none."""
    begun = time.monotonic()
    line = server.https() if secure else server.connect()
    try:
        while True:
            try:
                line.connect()
                break
            except BlockingIOError:  # the queue of the Unix socket is full just now: part of the wait
                if time.monotonic() - begun > LIMIT_SECONDS:
                    return None
                time.sleep(0.01)
        answer = server.run(line, amy, "client.list")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()
    return time.monotonic() - begun if answer.status == 200 else None


def percentile(waits, share):
    return sorted(waits)[int(len(waits) * share)] if waits else float("inf")


def flood(name, place, first, drip, secure):
    attacker = Flood(place, MANY, first, drip)
    attacker.start()
    wait_until(lambda: attacker.opened >= MANY, 60 if attack.FULL else 20)
    new, old, unserved = [], [], 0
    peak = {}
    end = time.monotonic() + (20 if attack.FULL else 3)
    while time.monotonic() < end or (len(new) + unserved < 5 and time.monotonic() < end + 40):
        waited = over_a_new_one(secure)
        unserved += waited is None
        new += [] if waited is None else [waited]
        begun = time.monotonic()
        answer = server.run(kept, amy, "client.list")
        old.append(time.monotonic() - begun)
        if answer.status != 200 or answer.closes:
            unserved += 1000
        memory = server.memory()
        peak = {key: max(memory[key], peak.get(key, 0)) for key in memory}
        time.sleep(0.02)
    attacker.over.set()
    attacker.join()
    tap.note(f"{name}: {attacker.opened} opened, {attacker.peak} at once, {attacker.closed} closed by the server; {len(new)} questions "
             f"over new connections, p50 {percentile(new, .5) * 1000:.0f} ms, p99 {percentile(new, .99) * 1000:.0f} ms, {unserved} "
             f"not answered; over the old one p99 {percentile(old, .99) * 1000:.0f} ms; peak {peak} KiB")
    tap.ok(attacker.peak >= MANY * 9 // 10 or attacker.opened >= MANY, f"{name}: {MANY} connections", attacker.peak)
    tap.ok(new and percentile(new, .99) < LIMIT_SECONDS and unserved <= 1 + len(new) // 10,
           f"{name}: new connections are served meanwhile, within {LIMIT_SECONDS:.0f} s", (unserved, sorted(new)[-5:]))
    tap.ok(unserved < 1000 and percentile(old, .99) < LIMIT_SECONDS, f"{name}: one that was there is kept and served", sorted(old)[-5:])
    if os.environ.get("STRONGROOM_SANITIZED") != "1":
        tap.ok(all(peak[key] < start[key] + 128 * 1024 for key in peak), f"{name}: memory is bounded", (start, peak))


flood("silent, Unix socket", None, b"", b"", False)
flood("half a header, Unix socket", None, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", b"y", False)
flood("half a body, Unix socket", None, b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      b"Content-Length: 4000\r\n\r\n{", b" ", False)
flood("silent, TLS port", port, b"", b"", True)
flood("half a hello, TLS port", port, HELLO, b"\0", True)
tap.ok(wait_until(lambda: sum(server.descriptors().values()) < 120, 20), "when they have gone, so have their descriptors",
       server.descriptors())
ran = server.stop()
tap.ok(ran.code == 0, "and it ends cleanly", ran)
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
