"""What people would use instead, asked for the same thing on the same disk in the same run.

Each peer is made ready once and then gives a function that does the thing once, or None where it is not installed.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile

KEY = "x'" + "2d" * 32 + "'"


def sqlcipher(database, *statements, valgrind=()):
    """The sqlcipher shell with a raw key, so without a derivation; WAL and synchronous=FULL as ours."""
    lines = [f'PRAGMA key="{KEY}";', "PRAGMA synchronous=FULL;", *statements]
    done = subprocess.run([*valgrind, "sqlcipher", "-batch", str(database)], input="\n".join(lines) + "\n",
                          capture_output=True, text=True, check=False)
    if done.returncode != 0 or "Error" in done.stderr:
        raise SystemExit("sqlcipher: " + done.stderr)
    return done.stdout


def columns_of(database):
    """A SELECT list that touches every column."""
    out = sqlcipher(database, "SELECT group_concat('length(\"' || name || '\")', '+') FROM pragma_table_info('t');")
    return out.strip().splitlines()[-1]


def quietly(command, **options):
    subprocess.run(command, check=True, capture_output=True, **options)


def pass_show(work):
    """`pass show` of one row; its key has no passphrase, so nothing is derived."""
    if not shutil.which("pass") or not shutil.which("gpg"):
        return None
    home = work / "gnupg"
    environment = dict(os.environ, GNUPGHOME=str(home), PASSWORD_STORE_DIR=str(work / "pass"))
    if not home.exists():
        home.mkdir(mode=0o700)
        script = ("%no-protection\nKey-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\n"
                  "Name-Real: bench\nExpire-Date: 0\n%commit\n")
        quietly(["gpg", "--batch", "--gen-key"], input=script, text=True, env=environment)
        quietly(["pass", "init", "bench"], env=environment)
        quietly(["pass", "insert", "-m", "row"], input="a row\n" * 20, text=True, env=environment)
    return lambda: quietly(["pass", "show", "row"], env=environment)


def keepassxc_show(work):
    """`keepassxc-cli show` with a key file; the least derivation that it can be told is in the time."""
    if not shutil.which("keepassxc-cli"):
        return None
    database, key = work / "bench.kdbx", work / "bench.keyx"
    open_with = ["--no-password", "-k", str(key), str(database)]
    if not database.exists():
        quietly(["keepassxc-cli", "db-create", "-q", "-t", "100", "--set-key-file", str(key), str(database)])
        quietly(["keepassxc-cli", "add", "-q", "-g", *open_with, "row"])
    return lambda: quietly(["keepassxc-cli", "show", "-q", "-s", *open_with, "row"])


class Postgres:
    """A server of its own, and psql reading one row through a function that first writes who asked."""

    def __init__(self):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.bin = found[-1].parent if found and shutil.which("psql") else None
        if self.bin is None:
            return
        # The server refuses to run as root, so its directory is its user's.
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-bench-pg."))
        if self.user:
            shutil.chown(self.directory, "postgres")
        self.data = str(self.directory / "data")
        self.run(str(self.bin / "initdb"), "-D", self.data, "-A", "trust")
        self.run(str(self.bin / "pg_ctl"), "-D", self.data, "-w", "-l", str(self.directory / "server.log"), "-o",
                 f"-k {self.directory} -c listen_addresses=''", "start")

    def run(self, *command):
        quietly([*self.user, *command], cwd="/")

    def psql(self, sql):
        self.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.directory), "-d", "postgres", "-c", sql)

    def show(self):
        if self.bin is None:
            return None
        self.psql("CREATE TABLE row (id bigint PRIMARY KEY, body text);"
                  "CREATE TABLE audit (at timestamptz DEFAULT now(), who text DEFAULT session_user, id bigint, why text);"
                  "INSERT INTO row SELECT n, repeat(md5(n::text), 32) FROM generate_series(1, 10000) n;"
                  "CREATE FUNCTION read_row(wanted bigint, why text) RETURNS text LANGUAGE sql SECURITY DEFINER AS "
                  "'INSERT INTO audit (id, why) VALUES (wanted, why); SELECT body FROM row WHERE id = wanted';")
        return lambda: self.psql("SELECT read_row(17, 'bench')")

    def stop(self):
        if self.bin is None:
            return
        subprocess.run([*self.user, str(self.bin / "pg_ctl"), "-D", self.data, "-m", "immediate", "stop"], cwd="/",
                       capture_output=True, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
