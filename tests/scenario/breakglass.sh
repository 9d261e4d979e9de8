#!/usr/bin/env bash
# Broken glass: off until a rule allows it, for a time, told to everybody who was left out, reviewed by others or locked.
. "${0%/*}/../lib/vault.sh"

for user in ada; do echo "the passphrase of $user" >"$work/pass.$user"; done
vault_furnished
as_admin() { as adam "$@"; }
vault_must as_admin user add ada --new-passphrase-file "$work/pass.ada"
vault_must as_admin grant admin ada
at() { local seconds=$1; shift; FAULT_CLOCK=$seconds LD_PRELOAD=$STRONGROOM_FAULT "$@"; }
number_of() { python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["breakglass"])' "$work/out"; }

# --- Off ---
expect_exit 2 as bob --yes break-glass --reason 'nobody is here' --for 1h
expect_err 'no rule permits breakglass.open to bob'
expect_exit 0 as_admin policy show
cp "$work/out" "$work/now.cedar"
sed -n 's|^//   ||p' "$work/now.cedar" >"$work/rules" # the two that the policy itself shows
expect 'the policy shows two rules' [ "$(grep -c '^@id' "$work/rules")" = 2 ]
cat "$work/now.cedar" "$work/rules" >"$work/glass.cedar"
expect_exit 0 as_admin policy set "$work/glass.cedar"
expect_exit 0 as_admin setting set approval.export 2:1

# --- On: bob is assigned to nobody ---
expect_exit 2 as bob list K0001
expect_exit 1 as bob --yes break-glass --reason r --for 9d
expect_exit 1 as bob --yes break-glass --reason '' --for 1h
expect_exit 0 as bob --yes break-glass --reason 'Qinghe is being searched' --for 2h --client K0001 --json
expect_json 'v["told"] == ["ada", "adam"] and v["state"] == "open" and v["user"] == "bob"'
first=$(number_of)
expect_exit 0 as bob list K0001
expect_exit 2 as bob list K0002
expect_exit 0 as bob export K0001 --format csv --out "$work/x.csv" --purpose task:1 # no approval either
expect_exit 0 as amy list K0001
expect_exit 0 as ina log replay --actor bob --event record.list --json
expect_json "[l.get(\"breakglass\") for l in lines if l[\"decision\"][\"effect\"] == \"permit\"] == [$first]"
expect_exit 0 as ina policy explain --event "$(python3 -c 'import json, sys
print([l["seq"] for l in map(json.loads, open(sys.argv[1])) if l.get("breakglass")][0])' "$work/out")" --json
expect_json 'v["agrees"] and v["effect"] == "permit"'

# --- Told once, at the next session ---
expect_exit 0 as ada client list
expect_err "bob broke glass \\($first\\) until .* without asking you"
expect_err 'broken glass that waits for a review: 1'
expect_exit 0 as ada client list
expect 'not again' bash -c "! grep -q 'without asking you' '$work/err'"
expect_exit 0 as ina log replay --event notice.take --json
expect_json '[l["actor"]["id"] for l in lines if l.get("phase") == "intent"] == ["ada"]'
expect_exit 2 as amy break-glass show "$first"
expect_exit 0 as ada break-glass show "$first" --json
expect_json 'v["reason"] == "Qinghe is being searched" and {e["name"] for e in v["events"]} == {"record.list", "record.export"}'

# --- It ends, by itself and early, and does not come back with the clock ---
expect_exit 2 as bob break-glass review "$first" --ok
expect_exit 1 as ada break-glass review "$first"
expect_exit 2 as ada break-glass close "$first"
expect_exit 2 at 7300 as bob list K0001
expect_exit 2 as bob list K0001
expect_exit 2 as bob break-glass close "$first"
expect_exit 0 as bob --yes break-glass --reason r --for 1h
second=$(as bob break-glass list --json | python3 -c 'import json, sys; print([json.loads(l) for l in sys.stdin][-1]["breakglass"])')
expect_exit 0 as bob list K0002
expect_exit 0 as bob break-glass close "$second"
expect_exit 2 as bob list K0002

# --- Not reviewed in time: locked, by the log's clock alone; a review ends it ---
day=86400
expect_exit 0 at $((5 * day)) as amy list K0001
expect_exit 0 at $((6 * day)) as bob client list
expect_exit 2 at $((7 * day + 20000)) as bob client list
expect_err "rule 'locked-until-reviewed' forbids client.list to bob"
expect_exit 2 as bob client list # the clock went back; the log did not
expect_exit 2 as bob --yes break-glass --reason r --for 1h
expect_exit 0 as bob break-glass list
expect_out overdue
expect_exit 1 as_admin doctor --json
expect_json '[l["ok"] for l in lines if l["check"] == "reviews"] == [False]'
expect_exit 0 as ada break-glass review "$first" --ok --note 'the police was there'
expect_exit 2 as bob client list
expect_exit 0 as ina break-glass review "$second" --not-ok --json
expect_json 'v["state"] == "reviewed" and v["verdict"] == "not_ok"'
expect_exit 0 as bob client list
expect_exit 2 as ada break-glass review "$first" --ok
expect_exit 0 as ada break-glass show "$first" --json
expect_json 'v["note"] == "the police was there"'

# --- Whole; a changed table is found ---
expect_exit 0 as ina log replay --json
expect 'no reason in any leaf' bash -c "! grep -qE 'Qinghe|police' '$work/out'"
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
sql "UPDATE breakglass SET due = due + 1000 WHERE seq = $first" >/dev/null
expect_exit 3 as ina log verify
finish
