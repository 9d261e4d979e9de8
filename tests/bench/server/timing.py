#!/usr/bin/env python3
"""Ten thousand failed logins over TLS, of known and unknown users in turn: can they be told apart by their times?

usage: tests/bench/server/timing.py BUILD [--logins N]
BUILD is a build with tests.  The key derivation is made cheap (4 MiB, one pass) in a library that is loaded before, so that it
does not hide anything.  Exit 1 where either statistic says so with p < 0.001.
"""
import argparse
import os
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent.parent / "lib"))
parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--logins", type=int, default=10000)
options = parser.parse_args()
build = pathlib.Path(options.build).resolve()
os.environ["STRONGROOM"] = str(build / "cli" / "strongroom")
fault = str(build / "tests" / "scenario" / "libfault.so")
import attack  # noqa: E402
import timing  # noqa: E402
from server import Server  # noqa: E402


class Cheap(attack.Vault):
    def environment(self, **more):
        return super().environment(**{"LD_PRELOAD": fault, "FAULT_KDF_CHEAP": "1", **more})


vault = attack.people(Cheap(os.path.join(attack.workplace("timing"), "home")))
server = Server(vault, "--listen", "127.0.0.1:0").start()
users = [attack.ADMIN, attack.AMY, attack.BOB, attack.INA]
for user in users:
    server.token(user)
measured = timing.Measured(server, users).run(options.logins)
server.stop()
print(f"load {os.getloadavg()[0]:.0f}; {timing.told(measured)}")
sys.exit(timing.mann_whitney(measured.times[True], measured.times[False])[1] < 0.001 or
         timing.kolmogorov_smirnov(measured.times[True], measured.times[False])[1] < 0.001)
