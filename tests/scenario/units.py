#!/usr/bin/env python3
"""The units as systemd reads them, and the server as systemd starts it: sockets handed over, readiness, watchdog, reload, stop."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from server import Connection, ask  # noqa: E402

tap = attack.Tap()
work = attack.workplace("units")
BUILD = os.environ["STRONGROOM_BUILD"]
EXPOSURE = 20  # tenths, of what `systemd-analyze security` gives; 100 is a unit without any protection

# --- What systemd says of the units ---
units = []
for place in (os.path.join(BUILD, "setup"), os.path.join(attack.SOURCE, "setup", "systemd")):
    for name in sorted(os.listdir(place)):
        if name.endswith((".service", ".socket", ".timer")):
            with open(os.path.join(place, name), encoding="utf-8") as file:
                text = re.sub(r"[^\s=]*/bin/(strongroom\S*)", lambda m: os.path.join(BUILD, "cli", m[1]), file.read())
            units.append(os.path.join(work, name))
            with open(units[-1], "w", encoding="utf-8") as file:
                file.write(text)
tap.ok(len(units) == 5, "services, a socket, a timer", units)
if shutil.which("systemd-analyze"):
    ran = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, check=False)
    tap.ok(ran.returncode == 0 and ran.stderr == b"", "systemd-analyze verify has nothing to say", ran)
    for unit in (one for one in units if one.endswith(".service")):
        ran = subprocess.run(["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", unit],
                             capture_output=True, check=False)
        tap.ok(ran.returncode == 0, f"{os.path.basename(unit)}: exposed by {EXPOSURE / 10} at most", ran.stdout.splitlines()[-1:])
else:
    tap.skip("systemd-analyze", "not here")

# --- Socket activation by systemd's own program ---
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
place = os.path.join(work, "socket")
command = [attack.PROGRAM, "--vault", vault.path, "serve"]
if shutil.which("systemd-socket-activate"):
    activated = subprocess.Popen(["systemd-socket-activate", "-l", place, *command], env=vault.environment(),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(place):
        time.sleep(0.05)
    answer = ask(Connection(place), "GET", "/healthz")
    tap.ok(answer.status == 200 and answer.json["sealed"], "the first connection starts it, and is answered", answer)
    activated.send_signal(signal.SIGTERM)
    tap.ok(activated.wait(30) == 0 and os.path.exists(place), "it ends cleanly, and leaves the socket to systemd")
    os.unlink(place)
else:
    tap.skip("systemd-socket-activate", "not here")

# --- sd_notify: what it says and when ---
notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notices.bind(os.path.join(work, "notify"))
notices.settimeout(15)
heard = []


def hear(word):
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            heard.append(notices.recv(4096).decode())
        except TimeoutError:
            return False
        if heard[-1].startswith(word):
            return True
    return False


server = subprocess.Popen([*command, "--socket", place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env=vault.environment(NOTIFY_SOCKET=os.path.join(work, "notify"), WATCHDOG_USEC="2000000"))
tap.ok(hear("READY=1"), "ready when requests are answered", heard)
tap.ok(ask(Connection(place), "GET", "/healthz").status == 200, "which they are")
tap.ok(hear("WATCHDOG=1") and hear("WATCHDOG=1"), "the watchdog is fed", heard)
server.send_signal(signal.SIGHUP)
tap.ok(hear("RELOADING=1\nMONOTONIC_USEC=") and hear("READY=1"), "a reload is said, and its end", heard)
keeper = [int(line.split()[0]) for line in subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(server.pid)], capture_output=True,
                                                          check=False).stdout.decode().splitlines() if "keep" in line][0]
os.kill(keeper, signal.SIGSTOP)
time.sleep(11)
notices.settimeout(0.01)
hear("nothing")
del heard[:]
notices.settimeout(2)
tap.ok(not hear("WATCHDOG=1"), "not while the keeper hangs", heard)
os.kill(keeper, signal.SIGCONT)
notices.settimeout(15)
tap.ok(hear("WATCHDOG=1"), "and again when it goes on", heard)
server.send_signal(signal.SIGTERM)
tap.ok(hear("STOPPING=1") and server.wait(30) == 0, "its end is said, and clean", heard)
tap.finish()
