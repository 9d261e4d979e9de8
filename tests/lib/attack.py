"""What the attacks share: a vault of the project's own samples, a program that is run, and TAP.

Environment: STRONGROOM (the program), STRONGROOM_SOURCE (the source tree), STRONGROOM_FAULT (fault.c as a library),
STRONGROOM_STORE_SQL (store_sql.c), STRONGROOM_TEST_FULL=1 for the slow and complete forms.
"""
import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

PROGRAM = os.path.abspath(os.environ["STRONGROOM"])
SOURCE = os.path.abspath(os.environ.get("STRONGROOM_SOURCE", os.path.join(os.path.dirname(__file__), "..", "..")))
FAULT = os.environ.get("STRONGROOM_FAULT", "")
STORE_SQL = os.environ.get("STRONGROOM_STORE_SQL", "")
FULL = os.environ.get("STRONGROOM_TEST_FULL", "0") not in ("", "0")
SAMPLES = os.path.join(SOURCE, "tests", "samples")
AGENCY = os.path.join(SAMPLES, "agency", "utf8")

ADMIN, AMY, BOB, INA = "adam", "amy", "bob", "ina"
USERS = (ADMIN, AMY, BOB, INA)


def place():
    """A fast directory for many small vaults, else the usual one."""
    fast = "/dev/shm"
    if "TMPDIR" not in os.environ and os.access(fast, os.W_OK):
        room = os.statvfs(fast)
        if room.f_bavail * room.f_frsize > 512 << 20:
            return fast
    return None


def workplace(name):
    work = tempfile.mkdtemp(prefix=f"strongroom-{name}-", dir=place())
    atexit.register(remove, work)
    return work


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
    if os.path.exists(path):
        subprocess.run(["chmod", "-R", "u+rwX", path], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(path, ignore_errors=True)


class Tap:
    """Lines of TAP; finish() ends the process."""

    def __init__(self):
        self.count = 0
        self.failures = 0
        self.lock = threading.Lock()

    def ok(self, good, name, why=""):
        with self.lock:
            self.count += 1
            name = " ".join(name.replace("#", "").split())
            print(("ok" if good else "not ok"), self.count, "-", name)
            if not good:
                self.failures += 1
                for line in str(why).splitlines()[:40]:
                    print("#", line)
            sys.stdout.flush()
        return good

    def skip(self, name, why):
        with self.lock:
            self.count += 1
            print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def note(self, text):
        with self.lock:
            for line in text.splitlines():
                print("#", line)
            sys.stdout.flush()

    def finish(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failures or self.count == 0 else 0)


class Ran:
    """What became of one run."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.decode().splitlines()]

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit {self.code}\nout: {self.out[:600]!r}\nerr: {self.err[:600]!r}"

    def clean(self, codes=(1, 2, 3, 4, 5)):
        """Ended as an error should: a known code and one line for people (or one object), no signal."""
        lines = [line for line in self.err.decode("utf-8", "replace").splitlines() if not is_warning(line)]
        return self.code in codes and len(lines) == 1 and lines[0].startswith(("strongroom", '{"error"'))


def is_warning(line):
    """Warnings; and what libraries say on their own: SQLCipher without memory before it can be told to be quiet, and
    libxlsxwriter, which cannot be."""
    return re.match(r'{"warning"|strongroom: warning|[0-9-]+ [0-9:.]+: ERROR (CORE|PROVIDER|MEMORY) |\[(ERROR|WARNING)\]',
                    line) is not None


class Vault:
    """A vault in a directory, with the people's passphrases and what their machine remembers beside it."""

    def __init__(self, home):
        self.home = home
        self.path = os.path.join(home, "vault")

    def passphrase(self, user):
        return os.path.join(self.home, "pass." + user)

    def environment(self, **more):
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("STRONGROOM_", "LC_", "FAULT", "LD_PRELOAD"))}
        env.update(LANG="C.UTF-8", HOME=self.home, XDG_STATE_HOME=os.path.join(self.home, "state"))
        env.update({key: str(value) for key, value in more.items()})
        return env

    def command(self, user, *arguments, vault=None, front=None):
        return [PROGRAM, *(front or ("--vault", vault or self.path)), "--as", user, "--passphrase-file", self.passphrase(user),
                *arguments]

    def run(self, user, *arguments, timeout=120, vault=None, front=None, cwd=None, **env):
        try:
            done = subprocess.run(self.command(user, *arguments, vault=vault, front=front), env=self.environment(**env), cwd=cwd,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as late:
            return Ran(-999, late.stdout or b"", b"TIMEOUT " + (late.stderr or b""))
        return Ran(done.returncode, done.stdout, done.stderr)

    def must(self, user, *arguments, **more):
        ran = self.run(user, *arguments, **more)
        if ran.code != 0:
            raise SystemExit(f"Bail out! {user} {' '.join(arguments)}: {ran}")
        return ran

    def sql(self, *statements, user=AMY, vault=None):
        done = subprocess.run([STORE_SQL, vault or self.path, user, self.passphrase(user), *statements],
                              env=self.environment(), capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode())
        return [json.loads(line) for line in done.stdout.splitlines()]

    def copy(self, home):
        """The whole home, so that what the machine remembers goes with it."""
        shutil.copytree(self.home, home, symlinks=True)
        return type(self)(home)


class Quick(Vault):
    """The same, with Argon2id remembered (FAULT_KDF), for attacks that run hundreds of processes."""

    memo = None

    def environment(self, **more):
        if Quick.memo is None:
            Quick.memo = workplace("kdf")
        return super().environment(**{"LD_PRELOAD": FAULT, "FAULT_KDF": Quick.memo, **more})


def people(vault):
    """Passphrase files, a vault, and its people."""
    os.makedirs(vault.home, exist_ok=True)
    for user in USERS + ("new", "eve"):
        with open(vault.passphrase(user), "w", encoding="utf-8", opener=private) as file:
            file.write(f"the passphrase of {user}\n")
    vault.must(ADMIN, "init", "--kdf-memory", "64", "--quiet")
    for user in USERS[1:]:
        vault.must(ADMIN, "user", "add", user, "--new-passphrase-file", vault.passphrase(user))
    for role, user in (("accountant", AMY), ("accountant", BOB), ("investigator", INA)):
        vault.must(ADMIN, "grant", role, user)
    return vault


def private(path, flags):
    return os.open(path, flags, 0o600)


def furnished(vault):
    """And with the sample agency's clients, amy's, and some of their records."""
    people(vault)
    files = [os.path.join(AGENCY, name + ".csv") for name in ("clients", "contacts", "payroll", "vouchers")]
    vault.must(AMY, "import", "--json", *files)
    return vault


def parallel(work, jobs, workers=2):
    """Run work(item) over items on a few threads; the first exception is raised."""
    jobs = list(jobs)
    position = iter(range(len(jobs)))
    lock = threading.Lock()
    failures = []

    def loop():
        while not failures:
            with lock:
                index = next(position, None)
            if index is None:
                return
            try:
                work(jobs[index])
            except BaseException as error:  # pylint: disable=broad-except
                failures.append(error)

    threads = [threading.Thread(target=loop) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def signal_name(code):
    return signal.Signals(-code).name if code < 0 and code != -999 else str(code)
