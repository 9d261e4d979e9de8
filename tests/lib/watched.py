"""A command run twice on the same state: on a copy of the vault, and at a server of the vault, through a door that holds
every answer against the API's document; and what of the two outputs must be the same."""
import http.server
import os
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import threading

import attack
from server import Connection, Answer

HOPS = ("connection", "transfer-encoding", "content-length", "date")


class Door(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Passes requests on to a server's socket, and what comes back to a contract; the answers to as many operations as
    `lose` says are lost on the way, as if the connection broke."""
    daemon_threads = True

    def __init__(self, path, target, contract):
        self.target, self.contract = target, contract
        self.lose = 0
        self.lost = []
        super().__init__(path, Passing)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "here"

    def log_message(self, *_):
        pass

    def take_body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while True:
            size = int(self.rfile.readline(), 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return body

    def pass_on(self):
        body = self.take_body()
        line = Connection(self.server.target)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in (*HOPS, "expect")}
        line.request(self.command, self.path, body=body if self.command == "POST" else None, headers=headers)
        answer = Answer(line.getresponse())
        line.close()
        self.server.contract.watch(self.command, self.path, answer)
        if self.server.lose > 0 and self.path.startswith("/v1/operations/"):
            self.server.lose -= 1
            self.server.lost.append((self.path, self.headers.get("Idempotency-Key"), answer.status))
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in HOPS:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        try:
            self.end_headers()
            self.wfile.write(answer.body)
        except ConnectionError:
            self.close_connection = True  # who logs out does not wait for the answer

    do_GET = do_POST = do_DELETE = do_PATCH = pass_on


# What no two runs have in common: new ids, moments, hashes, keys, and the numbers of events.
VARYING = [(re.compile(pattern), word) for pattern, word in (
    (r"[0-7][0-9A-HJKMNP-TV-Z]{25}", "ULID"), (r"\b[0-9a-f]{64}\b", "HASH"), (r"\b[0-9a-f]{32}\b", "HASH"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "MOMENT"), (r"[A-Za-z0-9+/]{43,}=*", "BASE64"))]
COUNTED = {"event", "events", "first", "last", "size", "seq", "index", "entries", "tree_size", "first_event", "last_event",
           "milliseconds", "entries_per_second", "signatures_per_second", "signatures", "bytes", "request", "breakglass",
           "review", "at", "now", "left", "approvals", "told", "behind", "since", "decisions", "count", "detail"}


def plain(value, name=""):
    if isinstance(value, dict):
        return {key: plain(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, name) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return "NUMBER" if name in COUNTED else value
    for pattern, word in VARYING:
        value = pattern.sub(word, value)
    return re.sub(r"\d+", "N", value) if name in COUNTED | {"message", "remedy"} else value


class Twice:
    """@p tap: where differences go.  The vault is copied while the server's keeper stands still."""

    def __init__(self, tap, vault, server, door):
        self.tap, self.vault, self.server, self.door = tap, vault, server, door
        self.work = attack.workplace("twice")
        self.number = 0
        self.commands = set()

    def copy(self):
        keeper = self.server.children()["strongroom-keep"]
        os.kill(keeper, signal.SIGSTOP)
        try:
            shutil.copytree(self.vault.path, os.path.join(self.place, "vault"),
                            ignore=shutil.ignore_patterns("serve.files", "serve.lock"))
        finally:
            os.kill(keeper, signal.SIGCONT)

    def run(self, user, arguments, front, name):
        where = os.path.join(self.place, name)
        os.makedirs(where)
        done = subprocess.run(
            [attack.PROGRAM, *front, "--as", user, "--passphrase-file", self.vault.passphrase(user), "--no-remember", "--yes",
             *arguments], cwd=where, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120,
            env=self.vault.environment(XDG_RUNTIME_DIR=self.work))
        return attack.Ran(done.returncode, done.stdout, done.stderr)

    def there_only(self, user, *arguments):
        self.number += 1
        self.place = os.path.join(self.work, str(self.number))
        there = self.run(user, (*arguments, "--json"), ("--server", "unix:" + self.door), "there")
        self.tap.ok(there.code == 0, f"at the server: {user}: {' '.join(arguments)}", there)
        self.commands.add(arguments)
        return there

    def __call__(self, user, *arguments, code=0, json=True, same=None, here=()):
        """@p same: "members": values are new in each run (keys), so only what there is is compared.
        @p here: the last arguments, where they are others here."""
        self.number += 1
        self.place = os.path.join(self.work, str(self.number))
        os.makedirs(self.place)
        self.copy()
        arguments = (*arguments, *(["--json"] if json else []))
        given = (*arguments[:len(arguments) - len(here) - json], *here, *arguments[len(arguments) - json:])
        here = self.run(user, given, ("--vault", os.path.join(self.place, "vault")), "here")
        there = self.run(user, arguments, ("--server", "unix:" + self.door), "there")
        shutil.rmtree(os.path.join(self.place, "vault"))
        said = f"{user}: {' '.join(arguments)}"
        why = f"here {here}\nthere {there}"
        self.tap.ok(here.code == there.code == code and self.alike(here, there, json, same), f"the same: {said[:150]}", why)
        self.commands.add(arguments)
        return there

    def alike(self, here, there, json, same):
        """Warnings of a machine's own session are not a server's."""
        if plain(here.err.decode(), "message") != plain(there.err.decode(), "message"):
            return False
        if json:
            try:
                lines = [[plain(one) for one in ran.lines] for ran in (here, there)]
                return lines[0] == lines[1] if same is None else [set(one) for one in lines[0]] == [set(one) for one in lines[1]]
            except ValueError:
                pass
        return plain(here.out.decode(), "message") == plain(there.out.decode(), "message")

    def written(self, name):
        """The paths of a file that both wrote."""
        return [os.path.join(self.place, side, name) for side in ("here", "there")]
