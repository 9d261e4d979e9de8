#!/usr/bin/env bash
# The registers that prevent: kept, signed, due; and that who lets them lapse does no client work.
. "${0%/*}/../lib/vault.sh"

vault_furnished
as_admin() { as adam "$@"; }
at() { local seconds=$1; shift; FAULT_CLOCK=$seconds LD_PRELOAD=$STRONGROOM_FAULT "$@"; }
day=86400
in_days() { date -u -d "+$1 days" +%Y-%m-%d; }
voucher=$(record_of K0001 voucher)
reads() { as "$1" show K0001 "$voucher" --purpose task:1; }

# --- Empty: nothing is asked of anybody ---
expect_exit 0 reads amy
expect_exit 0 as amy register mine
expect_exit 2 as amy register list
expect_exit 0 as ina register list

# --- What a kind takes ---
expect_exit 1 as_admin register add hobby chess --until "$(in_days 9)"
expect_exit 1 as_admin register add training safety --until "$(in_days 9)"
expect_exit 1 as_admin register add training safety --user nobody --until "$(in_days 9)"
expect_exit 1 as_admin register add training safety --user amy --until 2020-01-01
expect_exit 1 as_admin register add entrustment payroll --user amy --until "$(in_days 9)"
expect_exit 1 as_admin register add audit y2026 --until "$(in_days 9)" # without words
expect_exit 1 as_admin register add audit y2026 --client K0001 --text t --until "$(in_days 9)"
expect_exit 2 as amy register add training safety --user amy --until "$(in_days 9)"

# --- Rules: read, signed by oneself, anew when they change ---
printf '保密规定 第一版\n' >"$work/rule.txt"
vault_must as_admin register add rule secrecy --file "$work/rule.txt" --until "$(in_days 2)"
expect_exit 1 as_admin register add rule secrecy --file "$work/rule.txt" --until "$(in_days 2)" # there already
expect_exit 0 as amy register show rule secrecy
expect_out '保密规定 第一版'
expect_exit 0 as amy register show rule secrecy --json
expect_json "v['sha256'] == '$(sha256sum "$work/rule.txt" | cut -d' ' -f1)'"
expect_exit 0 reads amy # not due yet
expect_exit 1 as amy register sign nothing
expect_exit 0 as amy register sign secrecy
expect_exit 1 as amy register sign secrecy # twice
expect_exit 0 as ina register list --json
expect_json '[l["unsigned"] for l in lines if l["kind"] == "rule"] == [["adam", "bob", "ina"]]'
expect_exit 0 at "$((3 * day))" reads amy
expect_exit 2 at "$((3 * day))" reads bob
expect_err "the rule 'secrecy' is not signed"
expect_err 'register sign secrecy'
vault_must at "$((3 * day))" as bob register sign secrecy
vault_must as_admin assign K0001 bob
expect_exit 0 at "$((3 * day))" reads bob
expect_exit 0 at "$((3 * day))" as_admin client list # an admin's own work goes on
printf 'second\n' >"$work/rule2.txt"
vault_must as_admin register renew rule secrecy --file "$work/rule2.txt" --until "$(in_days 4)"
expect_exit 2 at "$((5 * day))" reads amy
expect_exit 0 as amy register sign secrecy --json
expect_json 'v["version"] == 2'
expect_exit 0 as ina register show rule secrecy --signatures --json
expect_json '[(s["user"], s["version"]) for s in v["signatures"]] in ([("amy", 1), ("amy", 2), ("bob", 1)], [("amy", 2), ("amy", 1), ("bob", 1)])'
expect_exit 2 as amy register show rule secrecy --signatures
vault_must as bob register sign secrecy

# --- Trainings and agreements ---
vault_must as_admin register add training safety --user amy --user bob --until "$(in_days 30)" --text 'slides of May'
expect_exit 0 as amy register mine
expect 'not yet' bash -c "! grep -q 'lapse' '$work/err'"
vault_must as_admin register add nda staff --user amy --until "$(in_days 60)"
expect_exit 0 as amy register mine --json
expect_json 'sorted((l["kind"], l["state"]) for l in lines) == [("nda", "current"), ("rule", "current"), ("training", "current")]'
expect_exit 0 as_admin register due --json
expect_json '[(l["kind"], l.get("user")) for l in lines] == [("rule", None), ("training", "amy"), ("training", "bob")]'
vault_must as_admin register sign secrecy
vault_must as ina register sign secrecy
# Two weeks before, at the start of a session: the person of his own, who keeps the registers of all; doctor and alerts as well.
expect_exit 0 at "$((17 * day))" as amy register mine
expect_err "your rules, trainings and agreements lapse soon: 1, the first within 13 days \('register mine'\)"
expect_exit 0 at "$((17 * day))" as_admin client list
expect_err "of the registers that lapse soon: 2, the first within 13 days \('register due'\)"
expect_exit 0 at "$((17 * day))" as ina register list
expect 'not for who keeps none' bash -c "! grep -q 'lapse' '$work/err'"
at "$((17 * day))" as_admin doctor --json >"$work/out" 2>"$work/err"
expect_json '[l["ok"] for l in lines if l["check"] == "registers"] == [True] and "2 lapse within 14 days" in [l["detail"] for l in lines if l["check"] == "registers"][0]'
alerts_of() { at "$1" as ina alert list --all --json; }
expect_exit 0 alerts_of "$((17 * day))"
expect_json 'sorted(l["how"] for l in lines if l["kind"] == "register.due" and l["severity"] == "low").count("14d") == 1'
expect_exit 2 at "$((31 * day))" reads amy
expect_err "the training 'safety' lapsed on $(in_days 30)"
expect_err 'register renew training safety'
expect_exit 0 alerts_of "$((31 * day))"
expect_json '"high" in [l["severity"] for l in lines if l["kind"] == "register.due" and l["how"] == "missed" and l["at"] > "'"$(in_days 30)"'"]'
at "$((31 * day))" as_admin doctor --json >"$work/out" 2>"$work/err"
expect_json '[l["ok"] for l in lines if l["check"] == "registers"] == [False]'
expect_exit 0 at "$((31 * day))" as amy register mine
expect_err 'agreements have lapsed: 1'
expect_exit 0 at "$((31 * day))" as_admin policy explain amy record.list K0001 --json
expect_json 'v["effect"] == "deny" and v["policies"] == ["lapsed-people-do-no-client-work"]'
expect_exit 0 at "$((31 * day))" as_admin policy who-can record.list K0001 --json
expect_json 'not lines'
vault_must at "$((31 * day))" as_admin register renew training safety --user amy --until "$(in_days 400)" --text 'passed, 18 of 20'
expect_exit 0 at "$((31 * day))" reads amy
expect_exit 2 at "$((31 * day))" reads bob
expect_exit 2 at "$((61 * day))" reads amy
expect_err "the nda 'staff' lapsed"
vault_must as_admin register end nda staff --user amy
expect_exit 1 as_admin register end nda staff --user amy
expect_exit 0 at "$((61 * day))" reads amy
vault_must as_admin register add entrustment books --client K0001 --until "$(in_days 365)" --text 'contract 7'
expect_exit 0 as_admin register list --kind entrustment --json
expect_json '[(len(l["client"]), l["state"]) for l in lines] == [(26, "current")]'
expect_exit 0 as ina register show entrustment books --client K0001 --json
for kind in audit audit-finding plan drill helper; do
    vault_must as_admin register add "$kind" "one-$kind" --text "of $kind" --until "$(in_days 100)"
done

# --- The gate: complete, off ---
vault_must as_admin register add nda staff --user bob --until "$(in_days 90)"
expect_exit 0 reads amy
vault_must as_admin setting set register.gate complete
expect_exit 2 reads amy
expect_err "you have no nda 'staff'"
expect_exit 0 as_admin setting set register.gate off --json
expect_json 'v["proposed"]' # takes two
expect_exit 2 reads amy
echo "the passphrase of ada" >"$work/pass.ada"
vault_must as_admin user add ada --new-passphrase-file "$work/pass.ada"
vault_must as_admin grant admin ada
vault_must as ada setting set register.gate off
expect_exit 0 reads amy
expect_exit 0 at "$((500 * day))" reads bob

# --- What the log says, and what the store says ---
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
sql "UPDATE register_entry SET until = until + 1 WHERE kind = 'training'"
expect_exit 3 as ina log verify
expect_out 'entry of the register'
sql "UPDATE register_entry SET until = until - 1 WHERE kind = 'training'"
expect_exit 0 as ina log verify
sql "DELETE FROM register_signature WHERE member = 'bob'"
expect_exit 3 as ina log verify
finish
