#!/usr/bin/env python3
"""Reads every #include line and fails on an arrow that points up or sideways, on a private header used from another
room, and on a library in a room that should not know it.  Prints TAP.  usage: check-layers.py ROOT"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])

# A room may include rooms of a lower floor, and itself. Rooms of one floor do not know each other.
floors = {
    "vault/base": 0,
    "vault/crypto": 1, "vault/http": 1, "vault/linkage": 1,
    "vault/evidence": 2, "vault/store": 2, "policy": 2,
    "vault/records": 3, "vault/keys": 3, "vault/log": 3,
    "vault/access": 4,
    "vault/trace": 5, "vault/law": 5, "vault/incident": 5, "vault/documents": 5, "vault/formats": 5, "vault/witness": 5,
    "vault/ops": 6,
    "vault/server": 7,
    "cli": 8,
}

# Which rooms may include which libraries' headers; everybody may include the C library's.
libraries = {
    "sodium.h": {"vault/crypto"},
    "argon2.h": {"vault/crypto"},
    "openssl/": {"vault/crypto"},
    "libgfshare.h": {"vault/crypto"},
    "liboath/": {"vault/crypto"},
    "sqlite3.h": {"vault/store"},
    "jansson.h": {"vault/base"},
    "libxml/": {"vault/formats"},
    "utf8proc.h": {"vault/linkage"},
    "xlsxwriter.h": {"vault/formats"},
    "freexl.h": {"vault/formats"},
    "zip.h": {"vault/formats", "vault/ops"},
    "iconv.h": {"vault/formats"},
    "libintl.h": {"cli"},
    "curl/": {"vault/http"},
    "microhttpd.h": {"vault/server", "vault/witness"},
    "seccomp.h": {"vault/server"},
}
libc = set("""arpa/inet.h assert.h ctype.h dirent.h dlfcn.h endian.h errno.h fcntl.h float.h grp.h inttypes.h langinfo.h limits.h
linux/fs.h locale.h malloc.h math.h netdb.h netinet/in.h poll.h pthread.h pwd.h sched.h semaphore.h setjmp.h signal.h spawn.h stdalign.h stdarg.h stdatomic.h
stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h strings.h sys/file.h sys/ioctl.h sys/mman.h sys/prctl.h
sys/random.h sys/resource.h sys/socket.h sys/stat.h sys/statvfs.h sys/time.h sys/types.h sys/uio.h sys/un.h sys/vfs.h
sys/wait.h sys/param.h libgen.h termios.h threads.h time.h unistd.h wchar.h wctype.h utime.h sys/syscall.h sys/sysmacros.h features.h
linux/falloc.h linux/landlock.h linux/magic.h ftw.h linux/openat2.h linux/audit.h linux/filter.h linux/seccomp.h sysexits.h getopt.h""".split())
# policy/ is pure: no files, no clock, no processes.
impure = {"fcntl.h", "unistd.h", "time.h", "dirent.h", "pthread.h", "semaphore.h", "poll.h", "signal.h", "spawn.h"} | \
    {h for h in libc if h.startswith("sys/")}

problems = []
arrows = set()


def room_of(path):
    parts = path.split("/")
    if parts[0] == "vault" and len(parts) > 2:
        return "/".join(parts[:2])
    return parts[0]


def check_own(where, room, target):
    other = room_of(target)
    if other not in floors:
        problems.append(f"{where}: {target}: there is no such room")
        return
    if not (root / target).exists():
        problems.append(f"{where}: {target}: there is no such file")
    if other != room:
        arrows.add((room, other))
        if floors[other] >= floors[room]:
            problems.append(f"{where}: {room} includes {target}: an arrow that does not point down")
        if target.endswith("_private.h"):
            problems.append(f"{where}: {target} is private to {other}")


def check_library(where, room, target):
    for prefix, rooms in libraries.items():
        if target == prefix or (prefix.endswith("/") and target.startswith(prefix)):
            if room not in rooms:
                problems.append(f"{where}: <{target}> is not for {room}")
            return
    if target not in libc:
        problems.append(f"{where}: <{target}> is a library that no room is known to need")
    if room == "policy" and target in impure:
        problems.append(f"{where}: <{target}>: policy/ is pure")


files = sorted(p for top in ("vault", "cli", "policy") for p in (root / top).rglob("*.[ch]"))
for path in files:
    name = path.relative_to(root).as_posix()
    room = room_of(name)
    if room not in floors:
        problems.append(f"{name}: in no room")
        continue
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        library = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if own:
            target = own.group(1)
            check_own(where, room, target if "/" in target else f"{name.rsplit('/', 1)[0]}/{target}")
        elif library:
            check_library(where, room, library.group(1))
        if room != "vault/store" and re.search(r'"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE TABLE|PRAGMA)\s', line):
            problems.append(f"{where}: SQL outside vault/store")
        if re.search(r"\bpermit_make\(", line) and room not in ("vault/access", "vault/records"):
            problems.append(f"{where}: only vault/access makes permits")
        if room not in ("cli", "vault/server") and re.search(r"\b(printf|puts|fputs|perror)\(", line):
            problems.append(f"{where}: only cli and the server speak")

print("TAP version 13")
print("1..2")
print(("ok" if len(files) > 50 else "not ok") + f" 1 - read {len(files)} files, {len(arrows)} arrows between rooms")
for problem in problems:
    print("# " + problem)
print(("not ok" if problems else "ok") + " 2 - arrows point down, private headers stay private, libraries in their rooms")
sys.exit(1 if problems else 0)
