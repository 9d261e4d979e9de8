#!/usr/bin/env bash
# Four eyes: what takes the approval of others, who can give it, when it counts, and what nobody can make of it.
# Three roles, ten people: adam, ada, ann (admin), pia (partners, a role like admin), amy, bob, cid, dee (accountants),
# ina (investigator), and eva, who is both an accountant and an admin.
. "${0%/*}/../lib/vault.sh"

people='ada ann pia cid dee eva'
for user in $people; do echo "the passphrase of $user" >"$work/pass.$user"; done
vault_furnished
as_admin() { as adam "$@"; }
for user in $people; do vault_must as_admin user add "$user" --new-passphrase-file "$work/pass.$user"; done
for user in ada ann eva; do vault_must as_admin grant admin "$user"; done
vault_must as_admin role add partners --like admin --keepers admins
vault_must as_admin grant partners pia
for user in cid dee eva; do vault_must as_admin grant accountant "$user"; done
vault_must as amy client list # completes what waits
vault_must as_admin assign K0001 K0002 eva
vault_must as_admin assign K0001 bob
# So many seconds ahead or behind.
at() { local seconds=$1; shift; FAULT_CLOCK=$seconds LD_PRELOAD=$STRONGROOM_FAULT "$@"; }
request_of() { python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["request"])' "$work/out"; }
export_as() { local user=$1; shift; rm -f "$work/x.csv"; as "$user" export K0001 --format csv --out "$work/x.csv" --purpose task:1 "$@"; }

# --- Settings: none is not a number of approvals, and more than there are people are refused ---
expect_exit 1 as_admin setting set approval.export 2:0
expect_exit 1 as_admin setting set approval.export 0
expect_exit 1 as_admin setting set approval.grant 0
expect_exit 1 as_admin setting set approval.reveal nothing:1
expect_exit 1 as_admin setting set approval.grant 5
expect_err '5 approvals must be fewer than the people who can approve: there are 5'
expect_exit 2 as amy setting set approval.grant 1
expect_exit 0 as_admin setting set approval.export 2:2
expect_exit 0 as_admin setting set approval.reveal payroll,identity:1
expect_exit 0 as_admin setting list
expect_out 'approval.export +2:2'

# --- Without: refused, and an event ---
expect_exit 2 export_as amy
expect_err "rule 'four-eyes' forbids record.export to amy"
expect_err "ask for 2 approvals: 'approval request record.export"
expect 'no file' [ ! -e "$work/x.csv" ]
expect_exit 0 export_as amy --kind voucher --period 1999
expect_exit 1 as amy approval request record.export K0001 --reason r --for soon
expect_exit 1 as amy approval request record.export K0001 --reason r --for 999d
expect_exit 1 as amy approval request record.export K0001 --reason r --for 1d --uses 0
expect_exit 1 as amy approval request record.export K0001 --reason r --for 1d --approvals 5
expect_err 'it takes 5 approvals, which must be fewer than the people who can approve it: there are 5'
expect_exit 1 as amy approval request approval.approve K0001 --reason r --for 1d
expect_exit 1 as amy approval request record.nothing K0001 --reason r --for 1d

# --- Asking, approving, using ---
expect_exit 0 as amy approval request record.export K0001 --reason 'the client changes its adviser' --for 2h --rows 500 --json
expect_json 'v["state"] == "pending" and v["needed"] == 2 and v["people"] == ["ada", "adam", "ann", "eva", "pia"]'
first=$(request_of)
expect_exit 2 as amy approval approve "$first"
expect_exit 2 as bob approval approve "$first"
expect_exit 2 as bob approval show "$first"
expect_exit 0 as ada approval list --mine
expect_out "^ *$first +amy +pending +record.export"
expect_exit 0 as ada approval show "$first"
expect_out 'the client changes its adviser'
expect_exit 0 as ada approval approve "$first"
expect_exit 2 as ada approval approve "$first"
expect_err 'who approves twice counts once'
expect_exit 0 as ada approval list --mine --json
expect_silent
expect_exit 2 export_as amy
expect_exit 0 as pia approval approve "$first" --json # a role like admin approves as one
expect_json 'v["state"] == "approved" and v["approved_by"] == ["ada", "pia"] and v["left"] == 1'
expect_exit 2 export_as bob # it is amy's
expect_exit 0 export_as amy
expect 'a file' [ -s "$work/x.csv" ]
expect_exit 2 export_as amy
expect_exit 0 as amy approval show "$first" --json
expect_json 'v["state"] == "used" and v["left"] == 0'
expect_exit 2 as amy approval hand-back "$first"
expect_exit 0 as ina log replay --event record.export --actor amy --json
expect_json "[l[\"approval\"] for l in lines if l.get(\"phase\") == \"intent\" and l.get(\"approval\")] == [$first]"
event=$(as ina log replay --event record.export --actor amy --json | python3 -c 'import json, sys
print([l["seq"] for l in map(json.loads, sys.stdin) if l.get("phase") == "intent" and l.get("approval")][0])')
expect_exit 0 as ina policy explain --event "$event" --json
expect_json 'v["agrees"] and v["effect"] == "permit"'

# --- Scope: other clients, more rows, other fields ---
ask() { # USER ARGUMENTS…: file it, have two approve it
    local user=$1
    shift
    as "$user" approval request "$@" --json >"$work/out" 2>"$work/err" || return 1
    last=$(request_of)
}
ask eva record.export K0001 --reason r --for 2h --rows 3
vault_must as ada approval approve "$last"
vault_must as ann approval approve "$last"
expect_exit 2 export_as eva # K0001 has more
ask eva record.export K0002 --reason r --for 2h
vault_must as ada approval approve "$last"
expect_exit 2 as eva approval approve "$last" # an admin, but the one who asks
vault_must as ann approval approve "$last"
expect_exit 2 export_as eva
expect_exit 0 as eva approval hand-back "$last"
expect_exit 2 as eva export K0002 --format csv --out "$work/x2.csv" --purpose task:1
pay=$(record_of K0001 payroll_entry)
expect_exit 2 as amy show K0001 "$pay" --purpose task:1 --reveal net
ask amy record.reveal K0001 --reason r --for 1h --field net --compartment payroll
vault_must as ann approval approve "$last"
expect_exit 2 as amy show K0001 "$pay" --purpose task:1 --reveal employee.id_no
expect_exit 0 as amy show K0001 "$pay" --purpose task:1 --reveal net
expect_exit 2 as amy show K0001 "$pay" --purpose task:1 --reveal net

# --- Time: the clock starts with the last approval, runs out, and does not go back ---
ask amy record.export K0001 --reason r --for 10m
vault_must as ada approval approve "$last"
expect_exit 0 at 3000 as ann approval approve "$last" --json # the log is at +50 minutes from here on
expect_json 'v["state"] == "approved"'
expect_exit 0 at 4000 as amy approval list --json
expect_json "[l[\"state\"] for l in lines if l[\"request\"] == $last] == [\"expired\"]"
expect_exit 2 at 4000 export_as amy
expect_exit 2 at -9000 export_as amy
expect_exit 2 export_as amy # the machine's clock is back, the log's is not
expect_exit 0 as amy approval show "$last" --json
expect_json 'v["state"] == "expired"'
expect_exit 2 as pia approval approve "$last"

# --- Who approved leaves, or loses a role: at once ---
ask amy record.export K0001 --reason r --for 8h
leaver=$last
vault_must as ada approval approve "$leaver"
vault_must as ann approval approve "$leaver"
expect_exit 0 as_admin --yes user disable ann
expect_exit 0 as amy approval show "$leaver" --json
expect_json 'v["state"] == "pending" and v["approved_by"] == ["ada"]'
expect_exit 2 export_as amy
vault_must as pia approval approve "$leaver"
vault_must as_admin --yes revoke partners pia
expect_exit 2 export_as amy
vault_must as adam approval approve "$leaver"
expect_exit 0 as ada approval withdraw "$leaver"
expect_exit 2 export_as amy
vault_must as eva approval approve "$leaver"
# --- Two processes, one approval ---
for i in 1 2 3 4; do
    (as amy export K0001 --format csv --out "$work/race.$i.csv" --purpose task:1 >"$work/race.$i" 2>&1; echo $? >"$work/race.$i.exit") &
done
wait
expect 'one of four processes' [ "$(cat "$work"/race.*.exit | sort | tr '\n' ' ')" = '0 2 2 2 ' ]
expect 'one file' [ "$(ls "$work"/race.*.csv | wc -l)" = 1 ]
expect_exit 2 as amy approval list --all
expect_exit 0 as ina approval list --all --json
expect_json 'sorted({l["state"] for l in lines}) == ["expired", "handed_back", "pending", "used"]'

# --- Denied, withdrawn; nobody acts on what is over ---
ask amy record.export K0001 --reason r --for 1d
expect_exit 2 as bob approval deny "$last"
expect_exit 0 as ada approval deny "$last"
expect_exit 2 as eva approval approve "$last"
expect_exit 2 as amy approval withdraw "$last"
ask amy record.export K0001 --reason r --for 1d
expect_exit 2 as bob approval withdraw "$last"
expect_exit 0 as amy approval withdraw "$last"
expect_exit 2 as ada approval approve "$last"
expect_exit 1 as ada approval approve 3
expect_exit 1 as ada approval approve x

# --- Grants of reading roles, and policies: the log refuses what was not approved, whatever the policy says ---
expect_exit 0 as_admin setting set approval.grant 1
expect_exit 2 as_admin grant accountant ada
expect_exit 0 as_admin grant auditor bob # reads no records
ask adam grant.add role:accountant --member ada --reason r --for 1h
expect_exit 2 as bob approval approve "$last"
expect_exit 0 as eva approval approve "$last"
expect_exit 2 as_admin grant accountant pia
expect_exit 0 as_admin grant accountant ada
expect_exit 2 as_admin grant accountant ada # spent
expect_exit 0 as_admin setting set approval.policy 1
expect_exit 0 as_admin policy show
cp "$work/out" "$work/now.cedar"
{ cat "$work/now.cedar"; echo '@id("wider") permit (principal in Role::"auditor", action == Action::"log.stats", resource);'; } >"$work/wider.cedar"
{ cat "$work/now.cedar"; echo '@id("narrower") forbid (principal, action == Action::"log.tiles", resource);'; } >"$work/narrower.cedar"
expect_exit 0 as_admin policy set "$work/narrower.cedar"
expect_exit 2 as_admin policy set "$work/wider.cedar"
expect_exit 1 as_admin approval request policy.set --reason r --for 1h
ask adam policy.set --policy "$work/wider.cedar" --reason r --for 1h
expect_exit 0 as ada approval show "$last"
expect_out '@id\("wider"\)'
expect_exit 0 as ada approval approve "$last"
expect_exit 2 as_admin policy set "$work/now.cedar" # another one
expect_exit 0 as_admin policy set "$work/wider.cedar"
expect_exit 0 as_admin setting set approval.grant off # loosening: proposed
expect_out 'proposed'
expect_exit 2 as_admin grant accountant eva
expect_exit 0 as ada setting set approval.grant off
expect_exit 0 as_admin grant accountant eva

# --- A rule of the firm's own that names the approvers ---
expect_exit 0 as_admin setting set approval.policy off
expect_exit 0 as ada setting set approval.policy off
{ cat "$work/now.cedar"; echo '@id("partners-see-bank") @why("w") forbid (principal, action == Action::"record.history", resource)
  unless { context.approvals.contains(User::"eva") };'; } >"$work/named.cedar"
expect_exit 0 as_admin policy set "$work/named.cedar"
voucher=$(record_of K0001 voucher)
expect_exit 2 as amy history K0001 "$voucher"
ask amy record.history K0001 --reason r --for 1h --uses 2
expect_exit 0 as ada approval approve "$last"
expect_exit 2 as amy history K0001 "$voucher"
ask amy record.history K0001 --reason r --for 1h --uses 2
expect_exit 0 as eva approval approve "$last"
expect_exit 0 as amy history K0001 "$voucher"
expect_exit 0 as amy history K0001 "$voucher"
expect_exit 2 as amy history K0001 "$voucher"

# --- A policy without the rule asks for nothing, so the settings refuse to stand beside it ---
sed '/@id("four-eyes")/,/^unless/d' "$work/now.cedar" >"$work/without.cedar"
expect_exit 0 as_admin policy set "$work/without.cedar"
expect_exit 1 as_admin setting set approval.grant 1
expect_err 'does not ask for approvals'
expect_exit 0 as_admin policy set "$work/now.cedar"

# --- People are told: a program, without a shell, ids only; one that hangs, one that others may write ---
cat >"$work/hook" <<HOOK
#!/bin/sh
cat >>"$work/told"
env >"$work/told.env"
HOOK
chmod 700 "$work/hook"
expect_exit 1 as_admin setting set approval.hook hook
expect_exit 0 as_admin setting set approval.hook "$work/hook"
expect_out 'proposed'
expect_exit 0 as ada setting set approval.hook "$work/hook"
ask amy record.export K0001 --reason 'Qinghe leaves us' --for 1d
expect 'told' python3 - "$work/told" "$last" <<'PYTHON'
import json, sys
told = json.loads(open(sys.argv[1]).read())
assert told == {"event": "approval.request", "request": int(sys.argv[2]), "by": "amy", "people": ["ada", "adam", "eva"]}, told
PYTHON
expect 'no passphrase, no vault in its environment' bash -c "! grep -q STRONGROOM '$work/told.env'"
expect_exit 0 as ina log replay --event approval.tell --json
expect_json "lines[-1][\"about\"] == $last and lines[-1][\"ends\"] == {\"hook\": \"0\"}"
chmod 777 "$work/hook"
ask amy record.export K0001 --reason r --for 1d
expect_exit 0 as ina log replay --event approval.tell --json
expect_json 'lines[-1]["ends"] == {"hook": "not started"}'
expect_exit 0 as ina log replay --json
expect 'no reason in any leaf' bash -c "[ -s '$work/out' ] && ! grep -q Qinghe '$work/out'"

# --- Every refusal is an event; the log is whole; a changed table is found ---
expect_exit 0 as ina log replay --event 'approval.*' --json
expect_json 'sum(l.get("decision", {}).get("effect") == "deny" for l in lines) >= 4'
expect_json 'sum(l.get("result", {}).get("status") == "undone" for l in lines) >= 5'
# Of processes at once, some are denied by the rule and some find the approval used: 43 refusals together.
expect_exit 0 as ina log replay --json
expect_json 'sum(l.get("decision", {}).get("effect") == "deny" or l.get("result", {}).get("status") == "undone" for l in lines) >= 43'
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
cp -r "$vault" "$work/sound" && cp -r "$work/state" "$work/sound.state"
put_back() { rm -rf "$vault" "$work/state" && cp -r "$work/sound" "$vault" && cp -r "$work/sound.state" "$work/state"; }
tampered() { # NAME SQL: the log says otherwise
    sql "$2" >/dev/null
    expect_exit 3 as ina log verify
    put_back
}
tampered 'used less often' "UPDATE approval_request SET used = 0"
tampered 'another scope' "UPDATE approval_request SET scope = replace(scope, 'K', 'L'), needed = 1 WHERE seq = $last"
tampered 'an approval that nobody gave' "INSERT INTO approval_given VALUES ($last, 'ada', 5, 0)"
tampered 'one that lapsed' "UPDATE approval_given SET lapsed = 0"
sql "UPDATE approval_request SET text = (SELECT text FROM approval_request AS other WHERE other.seq <> $last LIMIT 1) WHERE seq = $last" >/dev/null
expect_exit 3 as ada approval approve "$last"
expect_err 'what was asked for is not what the store says'
put_back
finish
