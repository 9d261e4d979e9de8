#!/usr/bin/env python3
"""A server under mixed work of many people, whose processes are killed again and again and whose disk is full twice: no
acknowledged write is lost, nothing was received without its event, memory and descriptors stay what they were.

The full form (STRONGROOM_TEST_FULL=1) is 32 people, a kill every 20 seconds for ten minutes, and three minutes more in
which nothing is killed and memory is watched.  STRONGROOM_LOAD=PEOPLE,KILLS,SECONDS,QUIET takes other measures."""
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import mixed_work  # noqa: E402
from attack import AMY, INA  # noqa: E402
from server import Server, wait_until  # noqa: E402

PEOPLE, KILLS, SECONDS, QUIET = (32, 30, 20.0, 180.0) if attack.FULL else (10, 4, 2.5, 5.0)
if "STRONGROOM_LOAD" in os.environ:
    PEOPLE, KILLS, SECONDS, QUIET = (kind(one) for kind, one in zip((int, int, float, float),
                                                                    os.environ["STRONGROOM_LOAD"].split(",")))
DISK, DISK_SECONDS = ("1g", 6.0) if attack.FULL else ("192m", 1.2)
KEEPER, FRONT, FIRST = "strongroom-keep", "strongroom-fron", "strongroom"
VICTIMS = ((KEEPER,), (FRONT,), (KEEPER, FRONT), (FIRST, KEEPER, FRONT), (FIRST,))

tap = attack.Tap()
home = attack.workplace("load")
small = os.path.join(home, "disk")
os.mkdir(small)
mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", small], check=False,
                                               capture_output=True).returncode == 0
if mounted:
    attack.atexit.register(subprocess.run, ["umount", "-l", small], check=False)
vault = attack.Quick(os.path.join(small, "home"))
mixed_work.prepare(vault)
server = Server(vault, "--cache", "192")
server.socket = os.path.join(home, "socket")  # beside the disk that gets full
server.start()
work = mixed_work.Work(vault, server)


def fill_the_disk():
    """Until not a byte more fits; and back."""
    before = work.answered
    filler = os.path.join(small, "filler")
    work.full = True
    try:
        end = time.monotonic() + DISK_SECONDS
        with open(filler, "ab", buffering=0) as file:
            room = os.statvfs(small)
            try:
                os.posix_fallocate(file.fileno(), 0, max(1, (room.f_bavail - 16) * room.f_bsize))
            except OSError:
                pass  # somebody was faster
            size = 65536
            refused = sum(work.refused.get(code, 0) for code in (500, 507))
            # For a while there is room that was reserved; so long it is not felt.
            while time.monotonic() < end or (time.monotonic() < end + 20 and
                                             sum(work.refused.get(code, 0) for code in (500, 507)) == refused):
                try:
                    file.write(bytes(size))
                except OSError:
                    size = max(1, size // 16)
                    time.sleep(0.001 if size > 1 else 0.05)
    finally:
        os.remove(filler)
    time.sleep(0.3)
    codes = dict(work.refused)
    tap.ok(wait_until(lambda: server.run(server.connect(), server.token(AMY), "client.list").status == 200, 20),
           "a disk that was full is served again as soon as there is room")
    work.full = False
    tap.note("\n".join(sorted(work.told)))
    tap.note(f"full disk: {work.answered - before} answers meanwhile; refusals so far {codes}")
    return codes.get(507, 0) + codes.get(500, 0) > 0


work.start(PEOPLE)
begun = time.monotonic()
full = []
for turn in range(KILLS):
    time.sleep(SECONDS - (DISK_SECONDS if turn in (1, KILLS - 1) and mounted else 0))
    if turn in (1, KILLS - 1) and mounted:
        full.append(fill_the_disk())
    victims = VICTIMS[turn % len(VICTIMS)]
    gone = server.lost(*victims)
    tap.ok(gone, f"{turn + 1}: killed {' and '.join(victims)}", server.children())
    if victims != (FRONT,):
        tap.ok(server.process.returncode != 0, "and all of it has ended, not cleanly", server.process.returncode)
        server.start()
if mounted:
    tap.ok(len(full) == 2 and all(full), "the disk was full twice, and questions were refused for it")
else:
    tap.skip("the disk was full twice", "needs root and a mount")
tap.note(f"{time.monotonic() - begun:.0f} s, {work.answered} answers, refusals {work.refused}")

# --- Nothing is killed: what grows? ---
time.sleep(QUIET / 5)
work.calm = True
time.sleep(QUIET / 5)
answered = work.answered
early = server.descriptors()
samples = []
for _ in range(40):
    time.sleep(QUIET / 40)
    samples.append(server.memory())
answered = work.answered - answered
ended = work.stop()
tap.ok(ended, "everybody stopped")
rates = {}
for name in samples[0]:
    seconds = [number * QUIET / 40 for number in range(40)]
    slope = statistics.linear_regression(seconds, [one[name] for one in samples]).slope
    rates[name] = slope
    tap.note(f"{name}: {' '.join(str(one[name]) for one in samples[::4])}")
    tap.note(f"{name}: {samples[0][name]} to {samples[-1][name]} KiB, {slope * 60:.0f} KiB a minute, {answered} answers")
if os.environ.get("STRONGROOM_SANITIZED") == "1":
    tap.skip("memory is flat", "a sanitizer keeps what was freed")
else:
    # Pages of the database stay in memory: 192 MiB at most, of all sessions together.  What else grows is a leak:
    # server_idle.py asks the same of a small vault thousands of times.
    tap.ok(samples[-1]["strongroom-keep"] < (64 + 192) * 1024, "the keeper's memory is within its caches", samples[-1])
    tap.ok(all(samples[-1][name] < samples[0][name] + 4096 for name in ("strongroom-fron", "strongroom")), "that of the others is flat",
           (samples[0], samples[-1]))
# A session that opens the store only now keeps three of its own; what leaked with questions would be hundreds.
more = {"strongroom-keep": 4 + 3 * 8}
tap.ok(wait_until(lambda: all(count <= early[name] + more.get(name, 4) for name, count in server.descriptors().items()), 10),
       "no descriptors are left open", (early, server.descriptors()))

# --- What was received, and what was acknowledged ---
tap.note(f"{work.answered} answers, refusals {work.refused}")
tap.ok(not work.odd, "every answer was what it should be, or that the server is busy", "\n".join(work.odd[:5]))
mixed_work.compare(work, tap)
ran = server.stop()
tap.ok(ran.code == 0, "the server ends cleanly", ran)
verify = vault.run(INA, "log", "verify", "--json", timeout=900)
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
