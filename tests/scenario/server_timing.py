#!/usr/bin/env python3
"""Known and unknown users cannot be told apart by how long a failed login takes: a few hundred logins here, ten thousand by
tests/bench/server/timing.py.  A server that returns early for unknown users, planted, is found."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import timing  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from server import Server  # noqa: E402

LOGINS = 240
tap = attack.Tap()
work = attack.workplace("timing")


class Cheap(attack.Vault):
    def environment(self, **more):
        return super().environment(**{"LD_PRELOAD": attack.FAULT, "FAULT_KDF_CHEAP": "1", **more})


vault = attack.people(Cheap(os.path.join(work, "home")))
users = [ADMIN, AMY, BOB, INA]


def measure(**planted):
    server = Server(vault, "--listen", "127.0.0.1:0", **planted).start()
    for user in users:
        server.login(user)  # with what is planted the first one fails
        server.token(user)
    measured = timing.Measured(server, users).run(LOGINS)
    server.stop()
    tap.note(timing.told(measured))
    return max(timing.mann_whitney(measured.times[True], measured.times[False])[1],
               timing.kolmogorov_smirnov(measured.times[True], measured.times[False])[1])


# One in a million by chance: each time one in a thousand.
tap.ok(measure() > 0.001 or measure() > 0.001, "known and unknown users take the same time")
tap.ok(measure(FAULT_KDF_EARLY="1") < 1e-6, "an early return for unknown users is found by the same measure")
tap.finish()
