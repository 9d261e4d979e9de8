#!/usr/bin/env python3
"""Somebody can write to the opened database: rows moved, swapped, copied, put back, edited.

Each attack is made on a copy of the vault.  Then the people ask for everything that they may see.  What they get is what
was there before, or a refusal: never another record's data.  The attack is found: by exit 3 of a reading command and
the event damage.find, or, where it is authority that was edited, by log verify.
"""
import json
import os
import sys
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, BOB, INA  # noqa: E402

tap = attack.Tap()
work = attack.workplace("place")

# --- A vault in which everything exists twice: records with versions, two clients, two people, two policies ---
origin = attack.Quick(os.path.join(work, "origin"))
attack.furnished(origin)
origin.must(attack.ADMIN, "portfolio", "add", "second", "--role", "accountant")
origin.must(attack.ADMIN, "assign", "K0003", BOB)


def ids(client, kind):
    return [line["id"] for line in origin.must(AMY, "list", client, "--kind", kind, "--json").lines]


voucher, other_voucher = ids("K0001", "voucher")[:2]
payroll = ids("K0001", "payroll_entry")[0]
contact, other_contact = ids("K0001", "contact")[0], ids("K0002", "contact")[0]
for value in ("2.00", "3.00"):
    for record in (payroll,):
        origin.must(AMY, "correct", "K0001", record, f"gross={value}", "--purpose", "fix:1")
origin.must(AMY, "correct", "K0001", contact, "position=made-up", "--purpose", "fix:1")
early = origin.copy(os.path.join(work, "early"))
origin.must(AMY, "correct", "K0001", contact, "position=newest", "--purpose", "fix:1")


def probes(vault):
    """What people ask; {name: Ran}."""
    # Three, since the first opening may settle what is pending.
    asked = {
        "clients": (AMY, "client", "list"), "clients of bob": (BOB, "client", "list"),
        "list 1": (AMY, "list", "K0001"), "list 2": (AMY, "list", "K0002"), "list of bob": (BOB, "list", "K0001"),
        "search": (AMY, "search", "沈样一"), "search 2": (AMY, "search", "顾示二"),
        "history": (AMY, "history", "K0001", contact),
        "old version": (AMY, "show", "K0001", contact, "--purpose", "task:1", "--version", "2"),
        "oldest version": (AMY, "show", "K0001", payroll, "--purpose", "task:1", "--version", "1", "--reveal", "gross"),
        "policy": (INA, "policy", "show"),
    }
    for name, client, record in (("voucher", "K0001", voucher), ("voucher 2", "K0001", other_voucher),
                                 ("payroll", "K0001", payroll), ("contact", "K0001", contact),
                                 ("contact 2", "K0002", other_contact)):
        asked[name] = (AMY, "show", client, record, "--purpose", "task:1")
    out = os.path.join(vault.home, "export.jsonl")
    asked["export"] = (AMY, "export", "K0001", "K0002", "--format", "jsonl", "--purpose", "tax:1", "--out", out)
    got = {name: vault.run(*words, "--json") for name, words in asked.items()}
    if os.path.exists(out):
        with open(out, "rb") as file:
            got["export"].out = file.read()
    elif got["export"].code == 0:
        got["export"].code = -1000
    return got


def rows(ran, probe):
    """Lines without what differs from run to run: events, and the writings by which an export is marked."""
    found = []
    text = ran.out.decode("utf-8", "replace")
    if probe == "export":
        text = "\n".join("".join(unicodedata.normalize("NFKC", line).split()) for line in text.splitlines())
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            found.append(line)
            continue
        if isinstance(value, dict):
            for volatile in ("event", "out", "sha256"):
                if volatile != "event" or "record" in value or "out" in value:
                    value.pop(volatile, None)
        found.append(json.dumps(value, sort_keys=True, ensure_ascii=False))
    return found


before_vault = origin.copy(os.path.join(work, "before"))
baseline = probes(before_vault)
for name, ran in baseline.items():
    tap.ok(ran.code in (0, 2), f"untouched: {name}", ran)
untouched = before_vault.run(INA, "log", "verify", "--json")
tap.ok(untouched.code == 0 and untouched.json["ok"], "untouched: log verify", untouched)


def attempt(name, *sql, by="any"):
    """by: 'read' a reading command finds it, 'verify' log verify does, 'any' one of them, 'shown' nothing but the old
    data is shown and that is all that is asked for, 'found' some command finds it, though another one may show what
    the record once was."""
    vault = origin.copy(os.path.join(work, "attacked"))
    try:
        try:
            vault.sql("PRAGMA foreign_keys=OFF", *sql)
        except RuntimeError as error:
            tap.ok(False, f"{name}: the attack itself", error)
            return
        if not vault.sql("SELECT 1"):
            tap.ok(False, f"{name}: the database is gone")
        got = probes(vault)
        wrong, refused, ends = [], [], []
        for probe, ran in got.items():
            if ran.code == 3:
                refused.append(probe)
                if not ran.clean():
                    ends.append(f"{probe}: {ran}")
            elif ran.code not in (0, 1, 2):
                ends.append(f"{probe}: {ran}")
            fresh = [row for row in rows(ran, probe) if row not in rows(baseline[probe], probe)]
            if fresh:
                wrong.append(f"{probe}: {fresh[:2]}")
            elif ran.code == 0 and probe in ("voucher", "contact", "payroll") and not rows(ran, probe):
                wrong.append(f"{probe}: nothing and no error")
        tap.ok(not wrong or by == "found", f"{name}: no other data is shown", "\n".join(wrong))
        tap.ok(not ends, f"{name}: every refusal is one line and a known exit", "\n".join(ends))
        verify = vault.run(INA, "log", "verify", "--json")
        named = verify.code == 3 and (not verify.out or (not verify.json["ok"] and verify.json["problems"]))
        if by == "read":
            good = bool(refused)
        elif by == "verify":
            good = named
        else:
            good = bool(refused) or named or by == "shown"
        tap.ok(good, f"{name}: found ({', '.join(refused) or 'not by reading'}; verify {verify.code})",
               f"{ {probe: ran.code for probe, ran in got.items()} }\nverify: {verify}")
        if refused and by == "read":
            events = vault.run(INA, "log", "replay", "--event", "damage.find", "--json")
            tap.ok(bool(events.out.strip()), f"{name}: the event damage.find", events)
    finally:
        attack.remove(vault.home)


def record(of):
    return f"(SELECT row FROM record WHERE hex(id) = '{blob_of(of)}')"


def blob_of(ulid):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = 0
    for letter in ulid:
        number = number * 32 + alphabet.index(letter)
    return f"{number:032X}"


def flip(table, column, where):
    """One bit in the middle of a blob, as SQL."""
    return (f"UPDATE {table} SET {column} = (SELECT unhex(substr(h, 1, p) || CASE substr(h, p + 1, 1) WHEN '0' THEN '1' "
            f"ELSE '0' END || substr(h, p + 2)) FROM (SELECT hex({column}) AS h, length({column}) AS p)) WHERE {where}")


def swap(table, column, one, two):
    return (f"CREATE TEMP TABLE held AS SELECT (SELECT {column} FROM {table} WHERE {one}) AS a, "
            f"(SELECT {column} FROM {table} WHERE {two}) AS b",
            f"UPDATE {table} SET {column} = (SELECT b FROM held) WHERE {one}",
            f"UPDATE {table} SET {column} = (SELECT a FROM held) WHERE {two}", "DROP TABLE held")


def copy(table, column, source, target):
    return f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE {source}) WHERE {target}"


V, W = f"row = {record(voucher)}", f"row = {record(other_voucher)}"
C, D = f"row = {record(contact)}", f"row = {record(other_contact)}"
P = f"row = {record(payroll)}"
ONE = "row = (SELECT MIN(row) FROM client)"
TWO = "row = (SELECT MIN(row) + 1 FROM client)"

# --- Records: sealed columns ---
for column in ("wrapped", "head", "body"):
    attempt(f"record.{column} edited", flip("record", column, V), by="read")
    attempt(f"record.{column} cut", f"UPDATE record SET {column} = substr({column}, 1, length({column}) - 1) WHERE {V}",
            by="read")
    attempt(f"record.{column} emptied", f"UPDATE record SET {column} = x'' WHERE {V}", by="read")
    attempt(f"record.{column} swapped within a client", *swap("record", column, V, W), by="read")
    attempt(f"record.{column} copied from another client", copy("record", column, D, C), by="read")
    attempt(f"record.{column} of an earlier version", f"UPDATE record SET {column} = (SELECT {column} FROM "
            f"record_version WHERE record = {record(contact)} AND version = 1) WHERE {C}", by="read")
    attempt(f"record_version.{column} edited",
            flip("record_version", column, f"record = {record(payroll)} AND version = 1"), by="read")
    attempt(f"record_version.{column} swapped", *swap(
        "record_version", column, f"record = {record(payroll)} AND version = 1",
        f"record = {record(payroll)} AND version = 2"), by="read")
sealed = ("wrapped", "head", "body")
attempt("whole sealed rows swapped", *[part for column in sealed for part in swap("record", column, V, W)], by="read")
attempt("whole sealed rows swapped between clients",
        *[part for column in sealed for part in swap("record", column, C, D)], by="read")
attempt("a row's id and content exchanged with another's", *[part for column in (*sealed, "natural", "digest", "at", "seq")
        for part in swap("record", column, V, W) if column != "natural"], by="read")

# --- Records: what stands in the clear is bound too ---
attempt("record.client changed", f"UPDATE record SET client = (SELECT MIN(row) + 1 FROM client) WHERE {V}", by="read")
attempt("record.kind changed", f"UPDATE record SET kind = kind + 1 WHERE {V}", by="read")
attempt("record.period changed", f"UPDATE record SET period = '2024-12' WHERE {V}", by="read")
attempt("record.author changed", f"UPDATE record SET author = 'bob' WHERE {V}", by="read")
attempt("record.at changed", f"UPDATE record SET at = at - 1000 WHERE {V}", by="any")
attempt("record.seq changed", f"UPDATE record SET seq = seq - 1 WHERE {V}", by="any")
attempt("record.natural edited", flip("record", "natural", V), by="read")
attempt("record.digest edited", flip("record", "digest", V), by="read")
attempt("record.id changed", f"UPDATE record SET id = randomblob(16) WHERE {V}", by="any")
attempt("record.version raised", f"UPDATE record SET version = version + 1 WHERE {C}", by="read")
attempt("record.version lowered", f"UPDATE record SET version = version - 1 WHERE {C}", by="read")

# --- Rolling one record back ---
back = (f"UPDATE record SET (period, version, wrapped, head, body, author, at, source, seq) = "
        f"(SELECT period, version, wrapped, head, body, author, at, source, seq FROM record_version "
        f"WHERE record = {record(contact)} AND version = 2) WHERE {C}")
drop = f"DELETE FROM record_version WHERE record = {record(contact)} AND version >= 2"
attempt("a record rolled back to an earlier version", back, by="read")
attempt("a record rolled back, its newer versions dropped", back, drop, by="read")
blob = blob_of(contact)
attempt("a record's sealed parts rolled back, and what was written last too", back, drop,
        f"UPDATE written SET version = 2 WHERE hex(record) = '{blob}'", by="found")
attempt("a record rolled back, and no word of what was written", back, drop,
        f"DELETE FROM written WHERE hex(record) = '{blob}'", by="any")
attempt("written edited", f"UPDATE written SET version = version + 1 WHERE hex(record) = '{blob}'", by="read")

# --- The whole row of an earlier database, which is authentic in itself ---
old = early.sql(f"SELECT hex(natural), hex(digest), hex(wrapped), hex(head), hex(body), at, seq, version FROM record "
                f"WHERE {C}")[0]
attempt("a row of an earlier database", f"UPDATE record SET natural = x'{old[0]}', digest = x'{old[1]}', "
        f"wrapped = x'{old[2]}', head = x'{old[3]}', body = x'{old[4]}', at = {old[5]}, seq = {old[6]}, "
        f"version = {old[7]} WHERE {C}", drop, by="read")

# --- Clients ---
attempt("client.card edited", flip("client", "card", ONE), by="read")
attempt("client.card emptied", f"UPDATE client SET card = x'' WHERE {ONE}", by="read")
attempt("client.card swapped", *swap("client", "card", ONE, TWO), by="read")
attempt("client.card copied", copy("client", "card", TWO, ONE), by="read")
attempt("client.version changed", f"UPDATE client SET version = version + 1 WHERE {ONE}", by="read")
attempt("client.id exchanged", f"CREATE TEMP TABLE held AS SELECT id FROM client WHERE {ONE}",
        f"UPDATE client SET id = randomblob(16) WHERE {ONE}", by="any")
attempt("client.number exchanged: asking for one, getting the other",
        f"CREATE TEMP TABLE held AS SELECT (SELECT number FROM client WHERE {ONE}) AS a, "
        f"(SELECT number FROM client WHERE {TWO}) AS b", f"UPDATE client SET number = NULL WHERE {ONE}",
        f"UPDATE client SET number = (SELECT a FROM held) WHERE {TWO}",
        f"UPDATE client SET number = (SELECT b FROM held) WHERE {ONE}", by="read")
attempt("client.portfolio changed", f"UPDATE client SET portfolio = 'second' WHERE {ONE}", by="any")

# --- Keys in boxes ---
amy_role = "role = 'accountant' AND holder = 'amy'"
bob_role = "role = 'accountant' AND holder = 'bob'"
box = "portfolio = 'main' AND role = 'accountant' AND compartment = "
attempt("role_secret.boxed edited", flip("role_secret", "boxed", amy_role), by="read")
attempt("role_secret.boxed swapped between holders", *swap("role_secret", "boxed", amy_role, bob_role), by="read")
attempt("role_secret.boxed copied from another role",
        "UPDATE role_secret SET boxed = (SELECT boxed FROM role_secret WHERE role = 'investigator' AND holder = 'ina') "
        f"WHERE {amy_role}", by="read")
attempt("portfolio_secret.boxed edited", *[flip("portfolio_secret", "boxed", box + str(n)) for n in range(7)], by="read")
attempt("portfolio_secret.boxed swapped between compartments", *[
    f"UPDATE portfolio_secret SET boxed = (SELECT boxed FROM portfolio_secret AS o WHERE o.portfolio = 'main' AND "
    f"o.role = 'accountant' AND o.compartment = 0) WHERE {box}{n}" for n in range(1, 7)], by="read")
attempt("portfolio_secret.boxed of another portfolio",
        "UPDATE portfolio_secret SET boxed = (SELECT boxed FROM portfolio_secret AS o WHERE o.portfolio = 'second' AND "
        "o.role = portfolio_secret.role AND o.compartment = portfolio_secret.compartment) WHERE portfolio = 'main' AND "
        "role = 'accountant'", by="read")
attempt("index_key.boxed edited", flip("index_key", "boxed", "portfolio = 'main'"), by="read")
attempt("index_key.boxed of another portfolio",
        "UPDATE index_key SET boxed = (SELECT boxed FROM index_key AS o WHERE o.portfolio = 'second' AND o.compartment = "
        "index_key.compartment) WHERE portfolio = 'main'", by="read")
attempt("client_key.boxed edited", flip("client_key", "boxed", "client = (SELECT MIN(row) FROM client)"), by="read")
attempt("client_key.boxed of another client",
        "UPDATE client_key SET boxed = (SELECT boxed FROM client_key AS o WHERE o.client = (SELECT MIN(row) + 1 FROM "
        "client) AND o.compartment = client_key.compartment) WHERE client = (SELECT MIN(row) FROM client)", by="read")
attempt("client_key.epoch changed", "UPDATE client_key SET epoch = epoch + 1", by="read")

# --- Policy, and the names of sources ---
attempt("policy.text edited", flip("policy", "text", "1"), by="any")
attempt("policy.text replaced by one that permits all",
        "UPDATE policy SET text = CAST('permit (principal, action, resource);' AS BLOB)", by="any")
attempt("policy.text and hash replaced", "UPDATE policy SET text = CAST('permit (principal, action, resource);' AS BLOB), "
        "hash = randomblob(32)", by="any")
attempt("a newer policy put in", "INSERT INTO policy (hash, text, seq) SELECT hash, CAST('permit (principal, action, "
        "resource);' AS BLOB), seq + 1000 FROM policy", by="any")
attempt("source.name edited", flip("source", "name", "1"), by="read")
attempt("source.sha256 edited", flip("source", "sha256", "1"), by="read")
attempt("source dropped", "DELETE FROM source", by="read")
attempt("a version said to be from another file", f"UPDATE record_version SET source = 1 + source WHERE record = {record(contact)}", by="read")
attempt("a version said to be another's", f"UPDATE record_version SET author = 'bob' WHERE record = {record(contact)} AND version = 2", by="read")
attempt("a version said to be of another time", f"UPDATE record_version SET at = at - 1 WHERE record = {record(contact)} AND version = 1", by="read")

# --- Authority: tables are a cache of the log, and verify holds them against it ---
for name, sql in (
        ("a user added", "INSERT INTO user SELECT 'eve', sign_public, box_public, 0, seq FROM user WHERE id = 'amy'"),
        ("a user dropped", "DELETE FROM user WHERE id = 'bob'"),
        ("a user disabled", "UPDATE user SET disabled = 1 WHERE id = 'bob'"),
        ("a user's key exchanged", "UPDATE user SET sign_public = randomblob(32) WHERE id = 'bob'"),
        ("a user's box key exchanged", "UPDATE user SET box_public = (SELECT box_public FROM user WHERE id = 'amy') "
         "WHERE id = 'bob'"),
        ("a role's keepers changed", "UPDATE role SET keepers = 'admins' WHERE name = 'accountant'"),
        ("a role made like another", "UPDATE role SET base = 'admin' WHERE name = 'investigator'"),
        ("a role's public key exchanged", "UPDATE role SET public = randomblob(32) WHERE name = 'auditor'"),
        ("a grant added", "INSERT INTO grants SELECT 'accountant', 'ina', 0, granted_by, seq FROM grants WHERE "
         "member = 'amy'"),
        ("a grant dropped", "DELETE FROM grants WHERE member = 'bob'"),
        ("a grant prolonged", "UPDATE grants SET until = 4102444800000 WHERE member = 'bob'"),
        ("a grant said to be somebody else's", "UPDATE grants SET granted_by = 'bob' WHERE member = 'amy'"),
        ("an assignment added", "INSERT INTO assignment SELECT client, 'bob', assigned_by, seq FROM assignment WHERE "
         "member = 'amy' AND client = (SELECT MIN(row) FROM client)"),
        ("an assignment dropped", "DELETE FROM assignment WHERE member = 'bob'"),
        ("a portfolio added", "INSERT INTO portfolio VALUES ('made-up', 3)"),
        ("a portfolio's key exchanged", "UPDATE portfolio_key SET public = randomblob(32) WHERE portfolio = 'second'"),
        ("a role's reach widened", "INSERT INTO reach SELECT 'investigator', portfolio, compartments, seq FROM reach "
         "WHERE role = 'accountant' AND portfolio = 'main'"),
        ("a role's reach changed", "UPDATE reach SET compartments = 1 WHERE role = 'accountant'"),
        ("a client dropped", "DELETE FROM client WHERE row = (SELECT MAX(row) FROM client)"),
        ("a client moved", "UPDATE client SET portfolio = 'second' WHERE row = (SELECT MAX(row) FROM client)"),
):
    vault = origin.copy(os.path.join(work, "authority"))
    vault.sql("PRAGMA foreign_keys=OFF", sql)
    ran = vault.run(INA, "log", "verify", "--json")
    tap.ok(ran.code == 3, f"{name}: log verify ends with 3", ran)
    value = json.loads(ran.out) if ran.out else {"ok": None, "problems": [{"what": ran.err.decode()}]}
    tap.ok(value["ok"] is not True and all(problem["what"] for problem in value["problems"]) and value["problems"],
           f"{name}: named: {(value['problems'] or [{}])[0].get('what', '')}", ran)
    if name == "an assignment added":
        ran = vault.run(BOB, "show", "K0001", voucher, "--purpose", "task:1", "--json")
        events = vault.run(INA, "log", "replay", "--actor", BOB, "--event", "record.read", "--json")
        tap.ok(ran.code != 0 and not ran.out or events.out.strip(), f"{name}: what it opens is at least an event", ran)
    if name == "a grant added":
        ran = vault.run(AMY, "list", "K0001", "--json")
        held = vault.sql("SELECT holder FROM role_secret WHERE role = 'accountant' AND holder = 'ina'")
        tap.ok(held == [], f"{name}: no member hands the role's secret to whom no event names", held)
    attack.remove(vault.home)

tap.finish()
