"""The peer: PostgreSQL 15 with pgcrypto, in a cluster of its own that is made in a directory and removed with it.

The same people, clients and rows as in the vault, each row as AES under its client's key: pgp_sym_encrypt with AES-256, which
pgcrypto's manual recommends, since its `encrypt` neither notices a change nor takes a random start; raw=True uses that.  A read is two statements over the Unix socket, prepared: the audit row, committed with synchronous_commit=on, and only
then a SECURITY DEFINER function that holds the row against the assignments and opens it.  In one transaction a client could
read, roll back, and leave no row.  The people themselves may touch no table.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import time

SCHEMA = """
CREATE EXTENSION pgcrypto;
CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE client (id int PRIMARY KEY, number text NOT NULL, name text NOT NULL, key bytea NOT NULL);
CREATE TABLE assignment (client int REFERENCES client, person int REFERENCES person, PRIMARY KEY (client, person));
CREATE TABLE record (id int PRIMARY KEY, client int NOT NULL REFERENCES client, kind text NOT NULL, body bytea NOT NULL);
CREATE TABLE audit (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    person int NOT NULL, action text NOT NULL, record int NOT NULL, purpose text NOT NULL);
CREATE FUNCTION read_record(who int, what int) RETURNS TABLE (number text, name text, kind text, body text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN QUERY SELECT c.number, c.name, r.kind, convert_from({open}, 'UTF8')
        FROM record r JOIN client c ON c.id = r.client
        WHERE r.id = what AND EXISTS (SELECT 1 FROM assignment a WHERE a.client = r.client AND a.person = who);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'denied';
    END IF;
END $$;
CREATE FUNCTION note_read(who int, what int, why text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    INSERT INTO audit (person, action, record, purpose) VALUES (who, 'record.read', what, why) RETURNING seq
$$;
REVOKE ALL ON FUNCTION read_record(int, int), note_read(int, int, text) FROM PUBLIC;
CREATE ROLE people LOGIN;
GRANT EXECUTE ON FUNCTION read_record(int, int), note_read(int, int, text) TO people;
"""

# How a row is sealed, and opened: with notice of a change, and without.
SEALED = ("pgp_sym_encrypt_bytea(convert_to(p.body, 'UTF8'), encode(c.key, 'hex'), 'cipher-algo=aes256')",
          "pgp_sym_decrypt_bytea(r.body, encode(c.key, 'hex'))")
RAW = ("encrypt(convert_to(p.body, 'UTF8'), c.key, 'aes')", "decrypt(r.body, c.key, 'aes')")

# A client is a person; what is read is a row of one of his clients, as in the questions to the server.
SCRIPT = """\\set person mod(:client_id, {people})
\\set k random(0, {clients_each} - 1)
\\set j random(0, {rows_each} - 1)
\\set record :person + {people} * :k + {clients} * :j
SELECT note_read(:person, :record, 'task:1');
SELECT number, name, kind, body FROM read_record(:person, :record);
"""


def programs():
    """The directory of initdb and postgres, or None."""
    for place in sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (place / "initdb").exists() and (place / "postgres").exists() and shutil.which("pgbench"):
            return place
    return None


class Peer:
    def __init__(self, place, prefix, raw=False):
        self.seal, self.open = RAW if raw else SEALED
        self.place = pathlib.Path(place) / "peer"
        self.bin = programs()
        self.prefix = prefix
        self.process = None
        self.place.mkdir()
        # PostgreSQL does not run as root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(self.place, "postgres")
        self.environment = dict(os.environ, PGHOST=str(self.place), PGDATABASE="postgres", LC_ALL="C.UTF-8")

    def run(self, *command, prefix=(), user="people", **more):
        return subprocess.run([*prefix, *self.user, *map(str, command)], check=True, cwd=self.place, capture_output=True, text=True,
                              env=dict(self.environment, PGUSER=user), **more).stdout

    def start(self):
        self.run(self.bin / "initdb", "-D", "data", "-U", "owner", "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8")
        with open(self.place / "data" / "postgresql.conf", "a", encoding="ascii") as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{self.place}'\nmax_connections = 200\n"
                       "shared_buffers = 512MB\nsynchronous_commit = on\nfsync = on\nlogging_collector = off\n"
                       "max_wal_size = 4GB\n")
        self.process = subprocess.Popen([*self.prefix, *self.user, str(self.bin / "postgres"), "-D", "data"], cwd=self.place,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment)
        for _ in range(200):
            if (self.place / ".s.PGSQL.5432").exists():
                try:
                    return self.run("psql", "-qc", "SELECT 1", user="owner")
                except subprocess.CalledProcessError:
                    pass
            time.sleep(0.1)
        raise SystemExit("the peer does not start")

    def fill(self, rows, clients, people):
        """@p rows: (client, text) in the order of their numbers."""
        self.run("psql", "-q", "-v", "ON_ERROR_STOP=1", input=SCHEMA.replace("{open}", self.open), user="owner")
        self.run("psql", "-q", "-v", "ON_ERROR_STOP=1", user="owner", input=f"""
INSERT INTO person SELECT i, 'p' || i FROM generate_series(0, {people - 1}) i;
INSERT INTO client SELECT i, 'B' || lpad(i::text, 4, '0'), '青禾样本' || i || '商贸有限公司', gen_random_bytes(32)
    FROM generate_series(0, {clients - 1}) i;
INSERT INTO assignment SELECT i, mod(i, {people}) FROM generate_series(0, {clients - 1}) i;
CREATE TABLE plain (id int, client int, body text);
""")
        copy = "\n".join(f"{i}\t{client}\t{text}" for i, (client, text) in enumerate(rows))
        self.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", "COPY plain FROM STDIN", user="owner", input=copy)
        self.run("psql", "-q", "-v", "ON_ERROR_STOP=1", user="owner", input=f"""
INSERT INTO record SELECT p.id, p.client, 'invoice', {self.seal}
    FROM plain p JOIN client c ON c.id = p.client ORDER BY p.id;
DROP TABLE plain;
VACUUM ANALYZE;
CHECKPOINT;
""")
        script = self.place / "read.sql"
        script.write_text(SCRIPT.format(people=people, clients=clients, clients_each=clients // people,
                                        rows_each=len(rows) // clients))

    def measure(self, clients, seconds):
        """What requests tells of the server."""
        for old in self.place.glob("times*"):
            old.unlink()
        self.run("pgbench", "-n", "-M", "prepared", "-f", "read.sql", "-c", clients, "-j", min(clients, os.cpu_count()), "-T",
                 max(1, round(seconds)), "--log", "--log-prefix=times", prefix=self.prefix)
        times = sorted(int(line.split()[2]) for log in self.place.glob("times*") for line in log.read_text().splitlines())
        return {"clients": clients, "per_second": len(times) / max(1, round(seconds)), "p50_us": statistics.median(times),
                "p99_us": times[len(times) * 99 // 100], "refused": 0}

    def audited(self):
        return int(self.run("psql", "-Atqc", "SELECT count(*) FROM audit", user="owner"))

    def size(self):
        return int(self.run("psql", "-Atqc", "SELECT pg_database_size('postgres')", user="owner"))

    def stop(self):
        if self.process is None:
            return
        subprocess.run([*self.user, str(self.bin / "pg_ctl"), "-D", "data", "-m", "fast", "-w", "stop"], cwd=self.place,
                       check=False, capture_output=True)
        self.process.wait(timeout=60)
