"""A server of a vault for scenarios: started and stopped, and asked over HTTP by the library that comes with Python."""
import atexit
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time

import attack


class Connection(http.client.HTTPConnection):
    """HTTP/1.1 over a Unix socket; kept alive unless told otherwise."""

    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.type = response.getheader("Content-Type", "")
        self.headers = response.headers
        self.closes = response.will_close
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(line) for line in self.body.splitlines()]

    def __str__(self):
        return f"{self.status} {self.type} {self.body[:600]!r}"


class Raw(Answer):
    """One that was read without the library."""

    def __init__(self, status, headers, body):  # pylint: disable=super-init-not-called
        self.status, self.headers, self.body, self.type = status, headers, body, headers.get("Content-Type", "")


watcher = None  # a contract that every answer is held against


def ask(connection, method, path, body=None, token=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        headers["Authorization"] = "Bearer " + token
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection.request(method, path, body=body, headers=headers)
    answer = Answer(connection.getresponse())
    if watcher is not None:
        watcher.watch(method, path, answer)
    return answer


class Server:
    def __init__(self, vault, *arguments, **environment):
        self.vault = vault
        self.socket = os.path.join(vault.home, "socket")
        self.arguments = arguments
        self.environment = environment
        self.process = None
        self.told = None
        atexit.register(self.kill)

    def command(self):
        return [attack.PROGRAM, "--vault", self.vault.path, "--json", "serve", "--socket", self.socket, *self.arguments]

    def start(self):
        self.process = subprocess.Popen(self.command(), env=self.vault.environment(**self.environment),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        restore_signals=False)  # a file that may grow no more is an error, not a signal
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"Bail out! serve: {self.process.stderr.read().decode()}")
        self.told = json.loads(line)
        return self

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return attack.Ran(self.process.returncode, out, err)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def connect(self):
        return Connection(self.socket)

    def https(self, port=None):
        place = [url for url in self.told["urls"] if url.startswith("https://")][0]
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        host, number = place[len("https://"):].rsplit(":", 1)
        return http.client.HTTPSConnection(host, port or int(number), context=context, timeout=60)

    def login(self, user, connection=None, passphrase=None):
        return ask(connection or self.connect(), "POST", "/v1/sessions",
                   {"user": user, "passphrase": passphrase or f"the passphrase of {user}"})

    def token(self, user):
        answer = self.login(user)
        if answer.status != 201:
            raise SystemExit(f"Bail out! {user}: {answer}")
        return answer.json["token"]

    def run(self, connection, token, operation, **arguments):
        return ask(connection, "POST", "/v1/operations/" + operation, arguments, token)

    def processes(self):
        """All of them: those of children(), and the first one."""
        return {**self.children(), "strongroom": self.process.pid}

    def memory(self):
        """KiB that each of them has in memory."""
        found = {}
        for name, pid in self.processes().items():
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                found[name] = [int(line.split()[1]) for line in file if line.startswith("VmRSS")][0]
        return found

    def descriptors(self):
        return {name: len(os.listdir(f"/proc/{pid}/fd")) for name, pid in self.processes().items()}

    def lost(self, *names):
        """SIGKILL to these processes of it; True when they are gone, and with the keeper or the first one, all."""
        there = self.processes()
        for name in names:
            try:
                os.kill(there[name], signal.SIGKILL)
            except (KeyError, ProcessLookupError):
                pass
        if names == ("strongroom-fron",):
            return wait_until(lambda: self.children().get("strongroom-fron", there[names[0]]) != there[names[0]], 10)
        self.process.wait(60)
        self.process.stdout.close()
        self.process.stderr.close()
        return wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in there.values()), 60)

    def children(self):
        """Process ids by name."""
        found = {}
        listed = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(self.process.pid)], capture_output=True,
                                check=False).stdout.decode()
        for line in listed.splitlines():
            pid, name = line.split(None, 1)
            found[name.strip()] = int(pid)
        return found


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
