#!/usr/bin/env python3
"""The session at a server in the README as it runs: a server, the command line at it over HTTPS, an approval and a
broken glass.  Each line behind "$ " is typed as it stands, and what it says is held against the README, but for what every
run has of its own: numbers of events, ids, times, hashes and the address.

usage: readme_tour.py [--print]   (--print: the block anew, to be pasted)"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, BOB  # noqa: E402
from server import Server  # noqa: E402

ADDRESS = "vault.example:8400"
OWN = ((r"sha256//[A-Za-z0-9+/=…]+", "PIN"), (r"\d{4}-\d\d-\d\d[T ][0-9:.]+(Z| ?[+-]\d\d:?\d\d)?", "TIME"), (r"\b[0-9a-f]{64}\b", "HASH"),
       (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "ID"), (r"\d{4}-\d\d-\d\d", "DAY"))

tap = attack.Tap()
work = attack.workplace("tour")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
for user in ("ada", "ann"):
    with open(vault.passphrase(user), "w", encoding="utf-8") as file:
        file.write(f"the passphrase of {user}\n")
    os.chmod(vault.passphrase(user), 0o600)
    vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
    vault.must(ADMIN, "grant", "admin", user)
policy = vault.must(ADMIN, "policy", "show").out.decode()
with open(os.path.join(work, "policy.cedar"), "w", encoding="utf-8") as file:
    file.write(policy + "".join(line[5:] + "\n" for line in policy.splitlines() if line.startswith("//   ")))
vault.must(ADMIN, "policy", "set", os.path.join(work, "policy.cedar"))
vault.must(ADMIN, "setting", "set", "approval.export", "1:2")
server = Server(vault, "--listen", "127.0.0.1:0").start()
port = [url for url in server.told["urls"] if url.startswith("https")][0].rsplit(":", 1)[1]
os.makedirs(os.path.join(work, "runtime"), mode=0o700)

# Whoever is named types his passphrase: here it is in a file.
BEFORE = f"""
export XDG_RUNTIME_DIR={work}/runtime STRONGROOM_VAULT= PIN={server.told["pin"]}
unset STRONGROOM_VAULT
strongroom() {{
    local user=; local word before=
    for word in "$@"; do [ "$before" != --as ] || user=$word; before=$word; done
    "{attack.PROGRAM}" ${{user:+--passphrase-file "{vault.home}/pass.$user"}} "$@"
}}
cd {work}
"""


def block():
    with open(os.path.join(attack.SOURCE, "README.md"), encoding="utf-8") as file:
        part = file.read().split("\n## A server for many people\n", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"^```console\n(.*?)^```$", part, re.M | re.S)
    if len(found) != 1:
        raise SystemExit("Bail out! the README has not one session")
    steps = []
    for line in found[0].splitlines():
        if line.startswith("$ "):
            steps.append([line[2:], []])
        else:
            steps[-1][1].append(line)
    return steps


def plain(lines, numbers):
    """What one run has of its own becomes the same in every run; numbers of events by the order in which they come."""
    text = "\n".join(line.rstrip() for line in lines)
    for pattern, name in OWN:
        text = re.sub(pattern, name, text)
    text = re.sub(r"\b\d{2,4}\b", lambda m: f"#{numbers.setdefault(m[0], len(numbers))}", text)
    return re.sub(r"[ ─-]{2,}", "  ", text)


steps = block()
runs = []
shell = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         env=vault.environment(TZ="UTC", COLUMNS="120"), cwd=work)
mine = {}
shell.stdin.write(BEFORE)
for command, shown in steps:
    typed = command.replace(ADDRESS, f"127.0.0.1:{port}")
    for theirs, ours in mine.items():
        typed = re.sub(rf"\b{theirs}\b", ours, typed)
    shell.stdin.write(typed + "\necho === $?\n")
    shell.stdin.flush()
    said = []
    while not (line := shell.stdout.readline()).startswith("=== "):
        if not line:
            raise SystemExit(f"Bail out! the shell ended at {command}")
        said.append(line.rstrip("\n").replace(f"127.0.0.1:{port}", ADDRESS).replace(work + "/", ""))
    runs.append((command, shown, said))
    # The number of a request or glass is what the next commands name.
    for theirs, ours in zip(re.findall(r"\b\d{2,4}\b", "\n".join(shown)), re.findall(r"\b\d{2,4}\b", "\n".join(said))):
        mine.setdefault(theirs, ours)
shell.stdin.close()
shell.wait()
if "--print" in sys.argv:
    for command, _, said in runs:
        print("$ " + command + "".join("\n" + line for line in said))
    sys.exit(0)
theirs, ours = {}, {}
for command, shown, said in runs:
    tap.ok(plain(shown, theirs) == plain(said, ours), command, "shown:\n" + "\n".join(shown) + "\nsaid:\n" + "\n".join(said))
tap.ok(len(runs) > 10, "a whole session")
tap.ok(server.stop().code == 0, "the server ends cleanly")
tap.finish()
