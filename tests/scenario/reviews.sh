#!/usr/bin/env bash
# Access reviews: kept, dropped, missed; and handing over, in one change.
. "${0%/*}/../lib/vault.sh"

for user in ada cid; do echo "the passphrase of $user" >"$work/pass.$user"; done
vault_furnished
as_admin() { as adam "$@"; }
for user in ada cid; do vault_must as_admin user add "$user" --new-passphrase-file "$work/pass.$user"; done
vault_must as_admin grant admin ada
vault_must as_admin grant accountant cid
vault_must as amy client list
at() { local seconds=$1; shift; FAULT_CLOCK=$seconds LD_PRELOAD=$STRONGROOM_FAULT "$@"; }
day=86400
in_days() { date -u -d "+$1 days" +%Y-%m-%dT%H:%M:%SZ; }

# --- Handing over ---
voucher=$(record_of K0001 voucher)
vault_must as amy show K0001 "$voucher" --purpose task:1
expect_exit 2 as amy handover bob --to cid
expect_exit 1 as_admin handover amy --to amy
expect_exit 1 as_admin handover adam --to ada
expect_exit 1 as_admin handover amy --to nobody
expect_exit 0 as_admin handover amy --to ina --preview --json
expect_json 'v["preview"] and len(v["clients"]) == 3 and [(r["role"], r["given"]) for r in v["roles"]] == [("accountant", True)]'
expect_json 'v["seen"]["records"] >= 1 and v["seen"]["list"]'
vault_must as_admin grant auditor cid --until 2199-01-01
expect_exit 0 as_admin handover cid --to bob --preview --json
expect_json '[r["until"] for r in v["roles"] if r["role"] == "auditor"] == ["2199-01-01T00:00:00.000Z"]'
vault_must as_admin revoke auditor cid
expect_exit 0 as amy list K0001
vault_must as_admin setting set approval.grant 1
expect_exit 2 as_admin --yes handover amy --to ina # reading needs an approval, so nothing is handed over
expect_exit 0 as amy list K0001
expect_exit 0 as amy approval request record.export K0001 --reason r --for 1d
expect_exit 0 as_admin approval request grant.add role:accountant --member ina --reason r --for 1h --json
request=$(python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["request"])' "$work/out")
vault_must as ada approval approve "$request"
expect_exit 0 as_admin --yes handover amy --to ina --json
expect_json '[p["action"] for p in v["pending"]] == ["record.export"] and len(v["clients"]) == 3'
expect_exit 2 as amy list K0001
vault_must as bob client list # hands the role's key on
expect_exit 0 as ina list K0001
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
expect_exit 0 as ina log authority --json
expect_json 'not [l for l in lines if l["user"] == "amy"] and [l for l in lines if l["user"] == "ina" and l["role"] == "accountant"]'
# --- Killed at any moment: all or nothing ---
keep() { cp -r "$vault" "$work/$1" && cp -r "$work/state" "$work/$1.state"; }
put_back() { rm -rf "$vault" "$work/state" && cp -r "$work/$1" "$vault" && cp -r "$work/$1.state" "$work/state"; }
vault_must as_admin setting set approval.grant off
vault_must as ada setting set approval.grant off
keep before
for after in 0.1 0.2 0.3 0.45; do
    put_back before
    { timeout -s KILL "$after" "$STRONGROOM" --vault "$vault" --as adam --passphrase-file "$work/pass.adam" --yes handover ina --to cid; } >/dev/null 2>&1
    as_admin user list --json >"$work/out" 2>/dev/null
    expect "killed after $after s: whole" python3 - "$work/out" <<'PYTHON'
import json, sys
roles = {u["user"]: u["roles"] for u in map(json.loads, open(sys.argv[1]))}
assert ("accountant" in roles["ina"]) == ("investigator" in roles["ina"]), roles
assert ("investigator" in roles["cid"]) != ("investigator" in roles["ina"]), roles
PYTHON
done
put_back before

# --- A review ---
expect_exit 2 as bob review start --due 2099-01-01
expect_exit 1 as_admin review start --due 2020-01-01
expect_exit 1 as_admin review start --due 2099-01-01 --role nothing
expect_exit 0 as_admin review start --due "$(in_days 20)" --json
expect_json 'v["grants"] == 6'
expect_exit 0 as_admin client list
expect 'not yet' bash -c "! grep -q 'access review' '$work/err'"
expect_exit 0 at $((7 * day)) as_admin client list
expect_err 'an access review is due in 13 days; grants to decide on: 5'
expect_exit 0 at $((13 * day)) as_admin client list
expect_err 'due in 7 days'
expect_exit 0 as_admin review next --json
expect_json 'v["user"] == "bob" and v["role"] == "accountant" and v["open"] == 6' # his own comes not
expect_exit 2 as bob review keep accountant cid
expect_exit 0 as_admin review keep accountant bob
expect_exit 1 as_admin review keep accountant bob
expect_exit 2 as_admin review keep admin adam
expect_exit 0 as_admin --yes review drop investigator ina --json
expect_json 'v["verdict"] == "drop" and v["open"] == 4'
expect_exit 2 as ina log replay
vault_must as_admin grant investigator ina
expect_exit 0 as_admin review keep admin ada
expect_exit 0 as_admin review keep accountant cid
vault_must as_admin --yes revoke accountant ina # gone: nothing to decide
expect_exit 0 as ada review keep admin adam --json
expect_json 'v["open"] == 0'
expect_exit 0 as_admin review list --json
expect_json '[(l["state"], l["open"]) for l in lines] == [("finished", 0)]'
expect_exit 0 as ina log replay --event review.finish --json
expect_json 'len([l for l in lines if l.get("phase") == "intent"]) == 1'

# --- Missed: told, or suspended until somebody decides ---
vault_must as_admin setting set review.missed suspend
vault_must as_admin assign K0001 bob
expect_exit 0 at $((13 * day)) as bob list K0001
expect_exit 0 at $((13 * day)) as_admin review start --due "$(in_days 14)"
expect_exit 0 at $((13 * day + 100)) as bob list K0001
expect_exit 0 at $((15 * day)) as_admin client list # admins are not suspended
expect_err 'an access review was missed'
expect_exit 2 as bob list K0001
expect_exit 1 as_admin doctor --json
expect_json '[l["ok"] for l in lines if l["check"] == "reviews"] == [False]'
expect_exit 0 as_admin review keep accountant bob
expect_exit 0 as bob list K0001
expect_exit 0 as_admin setting set review.missed tell
expect_out proposed
expect_exit 0 as_admin --yes user disable amy
expect_exit 0 as_admin review keep investigator ina
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
sql() { "${STRONGROOM_STORE_SQL:?}" "$vault" bob "$work/pass.bob" "$@"; }
sql "UPDATE review_item SET verdict = 'keep', by = 'ada' WHERE verdict = ''" >/dev/null
expect_exit 3 as ina log verify
finish
