#!/usr/bin/env python3
"""What people who are logged in and idle cost: the memory of all of a server's processes (RSS) before and after so many logins,
and again when their open sessions have been closed, after a minute.

usage: tests/bench/server/idle.py BUILD [--logins N]
BUILD is a build with tests; logins share the derivations of their passphrases (FAULT_KDF), which are not what is measured.
"""
import argparse
import os
import pathlib
import sys
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent.parent / "lib"))
parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--logins", type=int, default=2000)
options = parser.parse_args()
build = pathlib.Path(options.build).resolve()
os.environ["STRONGROOM"] = str(build / "cli" / "strongroom")
os.environ["STRONGROOM_FAULT"] = str(build / "tests" / "scenario" / "libfault.so")
import attack  # noqa: E402
from server import Server  # noqa: E402

vault = attack.furnished(attack.Quick(os.path.join(attack.workplace("idle"), "home")))
server = Server(vault).start()


def tell(what):
    memory = server.memory()
    print(f"{what}: {sum(memory.values()) / 1024:.1f} MiB {({name: kib // 1024 for name, kib in memory.items()})}")


tell("sealed")
line = server.connect()
for number in range(options.logins):
    answer = server.login(attack.USERS[number % 4], line)
    if answer.status != 201:
        sys.exit(f"login {number}: {answer}")
tell(f"{options.logins} are logged in")
time.sleep(65)
tell("a minute later")
server.stop()
