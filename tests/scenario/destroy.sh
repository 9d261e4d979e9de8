#!/usr/bin/env bash
# Retention and destruction: not before the law's time, not while a case holds it, not by one alone, and then nothing remains.
. "${0%/*}/../lib/vault.sh"

echo "the passphrase of ada" >"$work/pass.ada"
vault_furnished
as_admin() { as adam "$@"; }
vault_must as_admin user add ada --new-passphrase-file "$work/pass.ada"
vault_must as_admin grant admin ada
at() { local seconds=$1; shift; FAULT_CLOCK=$seconds LD_PRELOAD=$STRONGROOM_FAULT "$@"; }
day=86400
cell() { sql "$1" | tr -d '[]"'; }
list_of() { python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["list"])' "$work/out"; }

# --- Before its time ---
expect_exit 2 as amy destroy propose --kind contact
expect_exit 2 as_admin destroy propose --client K0001 --kind voucher
expect_err 'must be kept until 20[0-9][0-9]-01-01: 会计档案管理办法附表一第2项'
expect_exit 1 as_admin destroy propose --client K0001 --kind voucher --expired # of nothing
expect_exit 2 as_admin destroy propose --client K0001
expect_exit 1 as_admin destroy run 3
expect_exit 1 as_admin destroy propose --kind nonsense
expect_exit 0 as ina log replay --event destroy.propose --json
expect_json 'all(l["decision"]["effect"] == "deny" for l in lines) and len(lines) >= 3'

# --- What no article keeps goes by two ---
contact=$(record_of K0001 contact)
payroll=$(record_of K0001 payroll_entry)
voucher=$(record_of K0001 voucher)
expect_exit 0 as_admin destroy propose --client K0001 --kind contact --json
expect_json 'v["kinds"] == {"contact": v["records"]} and v["kept"] == 0'
contacts=$(list_of)
expect_exit 0 as_admin destroy show "$contacts" --json
expect_json 'all(l["kind"] == "contact" for l in lines[:-1]) and lines[-1]["state"] == "proposed"'
expect_exit 2 as_admin --yes destroy run "$contacts"
expect_err 'another admin'
expect_exit 2 as amy --yes destroy run "$contacts"

# --- A case holds it, an incident froze it ---
expect_exit 0 as ina incident open --title t --json
case=$(python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["id"])' "$work/out")
vault_must as ina incident hold "$case" --client K0001
expect_exit 2 as ada --yes destroy run "$contacts"
expect_err 'holds what is of client'
expect_exit 2 as_admin destroy propose --client K0001 --kind contact
expect_exit 0 as_admin destroy propose --client K0002 --kind contact --json
vault_must as_admin destroy withdraw "$(list_of)"
vault_must as ina incident hold "$case" --release
vault_must as ina incident freeze --client K0001
expect_exit 2 as ada --yes destroy run "$contacts"
expect_err 'froze client'
vault_must as ina incident unfreeze --client K0001
vault_must as ada incident unfreeze --client K0001
expect_exit 0 as amy show K0001 "$contact" --purpose task:1

# --- Killed in the middle: all is there, or nothing, and it goes on ---
hex_id=$(python3 - "$contact" <<'PYTHON'
import sys
letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
number = 0
for letter in sys.argv[1]:
    number = number * 32 + letters.index(letter)
print(f"{number:032X}")
PYTHON
)
# A piece of each sealed part, from its middle, as it lies in the pages.
for part in wrapped head body; do
    cell "SELECT lower(hex(substr($part, length($part) / 2, 20))) FROM record WHERE hex(id) = '$hex_id'" >"$work/part.$part"
    expect "$part lies in the pages before" [ "$(cell ".bytes $(cat "$work/part.$part")")" -ge 1 ]
done
row=$(cell "SELECT row FROM record WHERE hex(id) = '$hex_id'")
cp -r "$vault" "$work/before" && cp -r "$work/state" "$work/before.state"
for after in 0.2 0.3 0.4; do
    rm -rf "$vault" "$work/state" && cp -r "$work/before" "$vault" && cp -r "$work/before.state" "$work/state"
    { timeout -s KILL "$after" "$STRONGROOM" --vault "$vault" --as ada --passphrase-file "$work/pass.ada" --yes destroy run "$contacts"; } >/dev/null 2>&1
    as ada destroy list --json >"$work/out" 2>/dev/null
    state=$(python3 -c 'import json, sys; print([l["state"] for l in map(json.loads, open(sys.argv[1])) if l["list"] == int(sys.argv[2])][0])' "$work/out" "$contacts")
    left=$(cell "SELECT COUNT(*) FROM record WHERE hex(id) = '$hex_id'")
    expect "killed after $after s: $state, $left left" grep -Eqx 'proposed 1|done 0' <<<"$state $left"
    expect_exit 0 as ina log verify
done
rm -rf "$vault" "$work/state" && cp -r "$work/before" "$vault" && cp -r "$work/before.state" "$work/state"

# --- Gone ---
expect_exit 0 as amy show K0001 "$contact" --purpose task:1
expect_exit 0 as ada --yes destroy run "$contacts"
expect_out 'Backups from before'
expect_exit 1 as ada --yes destroy run "$contacts" # done already
expect_exit 1 as amy show K0001 "$contact" --purpose task:1
expect_exit 0 as amy list K0001 --kind contact --json
expect_silent
expect_exit 0 as amy show K0001 "$voucher" --purpose task:1
for table in record_version fingerprint; do
    expect "no $table" [ "$(cell "SELECT COUNT(*) FROM $table WHERE record = $row")" = 0 ]
done
for part in wrapped head body; do
    expect "no byte of its $part in any page, used or free" [ "$(cell ".bytes $(cat "$work/part.$part")")" = 0 ]
done
expect 'the write-ahead log is cut' python3 - "$vault" <<'PYTHON'
import glob, os, sys
assert all(os.path.getsize(one) == 0 for one in glob.glob(sys.argv[1] + "/*-wal")), os.listdir(sys.argv[1])
PYTHON
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
# Of what doctor looks at this is about two: a disk that is slow just then, which it tells with exit 1 too, is not.
as_admin doctor --json >"$work/out" 2>"$work/err"
expect_json '[l["ok"] for l in lines if l["check"] in ("store", "search")] in ([True, True], [True])'
expect_exit 0 as ina destroy show "$contacts" --json
expect_json "'$contact' in [l.get('id') for l in lines] and lines[-1]['state'] == 'done'"
expect_exit 0 as ina log replay --event destroy.run --json
expect_json '[l["change"]["count"] for l in lines if l.get("phase") == "intent" and l["decision"]["effect"] == "permit"][-1] >= 1'

# --- Others work meanwhile ---
expect_exit 0 as_admin destroy propose --client K0002 --kind contact --json
others=$(list_of)
for ((n = 0; n < 8; n++)); do as amy show K0001 "$voucher" --purpose task:1; done >"$work/meanwhile" 2>&1 &
expect_exit 0 as ada --yes destroy run "$others"
wait
expect_exit 0 as ina log verify

# --- A number is not given twice: who saw the first is not shown with the second ---
highest=$(cell "SELECT MAX(seq) FROM sqlite_sequence WHERE name = 'record'")
vault_must as amy import "$samples/agency/utf8/contacts.csv"
expect 'new rows have new numbers' [ "$(cell "SELECT COUNT(*) > 0 AND MIN(row) > $highest FROM record WHERE at = (SELECT MAX(at) FROM record)")" = 1 ]

# --- When its time has come, also where the firm has facts of its own, which are for investigators ---
as ina incident facts show --section all --json >"$work/facts.json"
vault_must as ina incident facts set "$work/facts.json"
expect_exit 0 at $((20 * 366 * day)) as_admin destroy propose --client K0001 --expired --json
expect_json '"payroll_entry" in v["kinds"] and "voucher" not in v["kinds"] and v["kept"] > 0'
expect_exit 0 as ina log verify
finish
