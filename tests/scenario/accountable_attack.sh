#!/usr/bin/env bash
# Accountable decryption against whoever has every key of the vault's host: what opens without a release, and what a
# witness gives for the wrong event, an old one, or one that was taken back.
. "${0%/*}/../lib/vault.sh"
. "${0%/*}/../lib/witness.sh"

vault_furnished
record=$(record_of K0001 voucher)
other=$(as amy list K0001 --kind voucher --json | sed -n 2p | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
wages=$(record_of K0001 payroll_entry)
every() { "${STRONGROOM_EVERY_KEY:?}" "$vault" amy "$work/pass.amy" "$(witness_url one)" "$@"; }
witness_start one
expect_exit 0 every open "$record"
expect_out '^opened$'
vault_must as adam vault accountable witness "$(witness_url one)" "$(witness_release one)"
vault_must as adam vault accountable sheet
vault_must as adam vault accountable on books
cp -r "$vault" "$work/before"
vault_must as amy vault accountable finish

# --- Without a release ---
expect_exit 0 every open "$record"
expect_out '^shut$'
expect_exit 0 every open "$wages"
expect_out '^opened$'

# --- With one: the control, and everything that is not quite it ---
expect_exit 0 every named "$record"
expect_out '^opened$'
expect_exit 0 every swap "$record" "$other"
expect_out '^shut$'
expect_exit 0 every items "$record" "$other"
expect_out '^refused 403 not the items of the event$'
expect_exit 0 every root "$record" "$other"
expect_out '^refused 403 the event does not name an item$'
expect_exit 0 every deny "$record"
expect_out '^refused 403 it was not permitted$'
expect_exit 0 every other-event "$record"
expect_out '^refused 403 not an event that discloses$'
expect_exit 0 every vault-event "$record"
expect_out '^refused 403 not the event of a person$'
expect_exit 0 every no-event "$record"
expect_out '^refused 422 the event is not in the log$'
expect_exit 0 every recorded "$record"
expect_out '^shut$'
expect_exit 0 as ina log reconcile
expect_exit 0 as ina log verify

# --- A key put back from before it was wrapped again ---
old=$(STRONGROOM_STORE_SQL=$STRONGROOM_STORE_SQL "$STRONGROOM_STORE_SQL" "$work/before" amy "$work/pass.amy" \
    "SELECT wrapped FROM record WHERE id = (SELECT id FROM record WHERE kind = 6 LIMIT 1)" | grep -o '[0-9a-f]\{146\}')
sql "UPDATE record SET wrapped = x'$old' WHERE row = (SELECT row FROM record WHERE kind = 6 LIMIT 1)" >/dev/null
expect_exit 3 as amy list K0001
expect_err 'opens without a witness'

# --- The witness is killed: what it released upon binds it as before ---
vault_must as amy show K0001 "$wages" --purpose tax:1
rm -rf "$work/killed"
cp -r "$vault" "$work/killed"
expect_exit 0 every named "$other"
expect_out '^opened$'
witness_kill one
witness_start one
rm -rf "$work/with"
mv "$vault" "$work/with"
cp -r "$work/killed" "$vault"
vault_must as bob --no-remember client list
vault_must as bob --no-remember client list
expect_exit 0 every named "$other" # its history has another event where the released one was
expect_out '^refused (409|422)'
rm -rf "$vault"
mv "$work/with" "$vault"
expect_exit 0 every named "$other"
expect_out '^opened$'

# --- Whoever takes the event back: the log of before, and a witness that remembers ---
rm -rf "$vault"
cp -r "$work/before" "$vault"
vault_must as amy --no-remember vault accountable finish
expect_exit 4 as amy --no-remember show K0001 "$record" --purpose tax:1
expect_silent
expect_exit 3 as ina --no-remember log reconcile --json
expect_json 'lines[0]["ok"] == False and len(lines[0]["unmatched"]) >= 3'
finish
