#!/usr/bin/env bash
# What somebody was given in the last hour and day, by what it was, as rules see it.
. "${0%/*}/../lib/vault.sh"

vault_furnished
as_admin() { as adam "$@"; }
at() { local seconds=$1; shift; FAULT_CLOCK=$seconds LD_PRELOAD=$STRONGROOM_FAULT "$@"; }
first=$(record_of K0001 voucher)
pay=$(record_of K0001 payroll_entry)
expect_exit 0 as_admin policy show
cp "$work/out" "$work/now.cedar"
rule() { { cat "$work/now.cedar"; echo "@id(\"limit\") @why(\"w\") forbid (principal, action, resource) when { $1 };"; } >"$work/limit.cedar"
    vault_must as_admin policy set "$work/limit.cedar"; }

# --- Fields unmasked ---
rule 'action == Action::"record.reveal" && context.hour_reveals >= 2'
expect_exit 0 as amy show K0001 "$pay" --purpose task:1 --reveal net,employee.id_no
expect_exit 2 as amy show K0001 "$pay" --purpose task:1 --reveal net
expect_err "rule 'limit' forbids record.reveal"
expect_exit 0 as amy show K0001 "$pay" --purpose task:1
expect_exit 0 at 3700 as amy show K0001 "$pay" --purpose task:1 --reveal net # another hour

# --- Different clients ---
rule 'action == Action::"record.list" && context.day_clients >= 2'
expect_exit 0 as amy list K0001
expect_exit 0 as amy list K0001
expect_exit 0 as amy list K0002
expect_exit 2 as amy list K0001
expect_exit 0 as ina policy explain amy record.list client:K0001 --json
expect_json 'v["effect"] == "deny" and v["policies"] == ["limit"]'
expect_exit 0 at 90500 as amy list K0001

# --- Rows exported; denied ones count nothing ---
rule 'action == Action::"record.export" && context has rows && context.rows + context.day_exported > 7'
expect_exit 2 as amy export K0001 K0002 K0003 --format csv --out "$work/all.csv" --purpose task:1
expect_exit 0 as amy export K0001 --format csv --out "$work/1.csv" --purpose task:1
expect_exit 2 as amy export K0001 --format csv --out "$work/2.csv" --purpose task:1
event=$(as ina log replay --event record.export --json | python3 -c 'import json, sys
print([l["seq"] for l in map(json.loads, sys.stdin)][-1])')
expect_exit 0 as ina policy explain --event "$event" --json
expect_json 'v["agrees"] and v["effect"] == "deny"'
expect_exit 0 as ina policy simulate "$work/limit.cedar" --json
expect_json 'v["unknown"] == 0'
finish
