"""A witness in a process of its own, for scenarios: strongroom-witness, found beside STRONGROOM."""
import http.client
import os
import signal
import ssl
import subprocess
import time

import attack

WITNESS = os.path.join(os.path.dirname(attack.PROGRAM), "strongroom-witness")


class Witness:
    """strongroom-witness on a directory of its own; always at the same address."""

    def __init__(self, directory, plain=False):
        self.directory = directory
        self.plain = ["--plain"] if plain else []
        self.address = "127.0.0.1:0"
        self.process = None
        self.start()

    def start(self):
        for _ in range(50):
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen([WITNESS, "--dir", self.directory, "--listen", self.address, *self.plain],
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            said = [self.process.stdout.readline() for _ in range(2 if self.plain else 3)]
            if all(said):
                break
            self.process.wait()  # the address may still be taken by what the dead one left
            time.sleep(0.1)
        facts = dict(line.split() for line in said)
        self.vkey, self.url, self.pin = facts["vkey"], facts["url"], facts.get("pin")
        self.address = self.url.split("//")[1]

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def know(self, vkey):
        subprocess.run([WITNESS, "log", "add", vkey, "--dir", self.directory], check=True)

    def get(self, path):
        if self.plain:
            line = http.client.HTTPConnection(self.address, timeout=20)
        else:
            line = http.client.HTTPSConnection(self.address, timeout=20, context=unverified())
        line.request("GET", path)
        answer = line.getresponse()
        body = answer.read().decode()
        line.close()
        return answer.status, body

    def counts(self):
        return {line.split()[0]: int(line.split()[1]) for line in self.get("/metrics")[1].splitlines()}

    def cosigned(self):
        return self.counts()['strongroom_witness_answers_total{kind="cosigned"}']

    def checkpoint(self, origin_hash):
        status, body = self.get("/checkpoint/" + origin_hash)
        return (int(body.splitlines()[1]), body) if status == 200 else (0, "")


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
