#!/usr/bin/env python3
"""What the command line remembers of a server's log: a vault that was put back, one that went another way, and another one
altogether are refused behind the same socket, before anything that they say is believed."""
import glob
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, INA  # noqa: E402
from server import Server  # noqa: E402

tap = attack.Tap()
work = attack.workplace("memory")
vault = attack.people(attack.Quick(os.path.join(work, "home")))
for name in ("state", "runtime"):
    os.mkdir(os.path.join(work, name), 0o700)
mine = vault.environment(XDG_STATE_HOME=os.path.join(work, "state"), XDG_RUNTIME_DIR=os.path.join(work, "runtime"))


def start():
    """As a host does that has something to hide: without a memory of its own."""
    return Server(vault, "--no-remember").start()


def there(user, *arguments):
    done = subprocess.run([attack.PROGRAM, "--server", "unix:" + server.socket, "--as", user, "--passphrase-file",
                           vault.passphrase(user), *arguments], env=mine, stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)
    return attack.Ran(done.returncode, done.stdout, done.stderr)


def remembered():
    path, = glob.glob(os.path.join(work, "state", "strongroom", "known", "*.server"))
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def size():
    return int(remembered()["checkpoint"].splitlines()[1])


def put_back(copy):
    shutil.rmtree(vault.path)
    shutil.copytree(copy, vault.path)


server = start()
ran = there(AMY, "login")
first = size()
tap.ok(ran.code == 0 and remembered()["url"] == "unix:" + server.socket and first > 0,
       "a login remembers the log's head and its key", remembered())
ran = there(AMY, "client", "list")
second = size()
tap.ok(ran.code == 0 and second > first, "and a command what it has logged itself", (first, second))
ran = there(INA, "log", "checkpoint")
tap.ok(ran.code == 0 and size() > second, "whoever asks", ran)
server.stop()
old = os.path.join(work, "old")
shutil.copytree(vault.path, old)
server = start()
for _ in range(3):
    tap.ok(there(AMY, "login").code == 0 and there(AMY, "client", "list").code == 0,
           "a server that has started again is the same")
seen = size()
server.stop()
newer = os.path.join(work, "newer")
shutil.copytree(vault.path, newer)

# --- Put back ---
put_back(old)
server = start()
ran = there(AMY, "client", "list")
tap.ok(ran.code in (2, 3) and not ran.out, "a token of before is worth nothing there", ran)
ran = there(AMY, "login")
tap.ok(ran.code == 3 and f"this machine has seen one of {seen} there".encode() in ran.err and not ran.out,
       "a log that is shorter is refused", ran)
tap.ok(not glob.glob(os.path.join(work, "runtime", "strongroom", "*.token")), "nobody is logged in there then")
ran = there(INA, "log", "checkpoint")
tap.ok(ran.code == 3 and not ran.out, "not even for one command", ran)
kept = glob.glob(os.path.join(work, "state", "strongroom", "known", "*.rejected-*"))
tap.ok({path.rsplit(".", 1)[1] for path in kept} == {"known", "shown"}, "both checkpoints are kept", kept)
tap.ok(size() == seen, "and what was seen is still remembered")
ran = there(INA, "--no-remember", "log", "checkpoint")
tap.ok(ran.code == 0, "who wants to know nothing hears everything", ran)
server.stop()

# --- Another way ---
for _ in range(seen):
    if int(vault.must(INA, "--no-remember", "log", "checkpoint").out.splitlines()[1]) > seen + 1:
        break
server = start()
ran = there(AMY, "login")
tap.ok(ran.code == 3 and b"is another one than that of" in ran.err, "a longer log that went another way is refused", ran)
server.stop()

# --- The true one again, and one that was put back on purpose ---
put_back(newer)
server = start()
tap.ok(there(AMY, "login").code == 0 and there(AMY, "client", "list").code == 0, "the true one is taken as before")
server.stop()
put_back(old)
server = start()
ran = there(AMY, "client", "list", "--accept-rollback")
tap.ok(ran.code == 1, "on purpose only by a login", ran)
ran = there(AMY, "login", "--accept-rollback", "--yes")
tap.ok(ran.code == 0 and size() < seen and there(AMY, "client", "list").code == 0, "which accepts it, and goes on from there", ran)
server.stop()

# --- Another vault altogether ---
shutil.rmtree(vault.path)
vault.must(ADMIN, "init", "--kdf-memory", "64", "--quiet")
vault.must(ADMIN, "user", "add", AMY, "--new-passphrase-file", vault.passphrase(AMY))
server = start()
ran = there(AMY, "login")
tap.ok(ran.code == 3 and b"this machine has seen strongroom.vault/" in ran.err, "another vault is refused", ran)
server.stop()
tap.finish()
