#!/usr/bin/env bash
# Accountable decryption as people meet it: switched on, worked with, a witness away, two witnesses, the sheet, two people.
. "${0%/*}/../lib/vault.sh"
. "${0%/*}/../lib/witness.sh"

client=K0001
vault_furnished
echo "the passphrase of anna" >"$work/pass.anna"
vault_must as adam user add anna --new-passphrase-file "$work/pass.anna"
vault_must as adam grant admin anna
record=$(record_of $client voucher)
wages=$(record_of $client payroll_entry)
witness_start one

# --- Nothing to release keys, no switching on ---
expect_exit 1 as adam vault accountable on books
expect_err 'no witness that could release keys'
expect_exit 1 as adam setting set accountable.books on
expect_exit 2 as amy vault accountable witness "$(witness_url one)" "$(witness_release one)"
expect_exit 3 as adam vault accountable witness "$(witness_url one)" "$(wrong_key)"
expect_exit 0 as adam vault accountable witness "$(witness_url one)" "$(witness_release one)"
expect_exit 1 as adam vault accountable on books
expect_err 'no break-glass sheet'
expect_exit 0 as adam vault accountable sheet --recovery 2/3
expect_out '^share 3 of 3: '
grep '^share' "$work/out" >"$work/shares"
expect_exit 1 as adam vault accountable on directory
expect_exit 0 as adam vault accountable on books
expect_exit 0 as adam vault accountable status --json
expect_json '{l["compartment"]: (l["accountable"], l["wrapping"]) for l in lines}["books"] == ("on", True)'

# --- An admin holds no key of it; a member finishes ---
expect_exit 0 as adam vault accountable finish --json
expect_json 'v["wrapped"] == 0 and v["left"] == ["books"]'
expect_exit 0 as amy vault accountable finish
expect_exit 0 as adam vault accountable status --json
expect_json '{l["compartment"]: l["wrapping"] for l in lines}["books"] == False'
kinds_of() { # of wrapped keys of a kind's records, older versions too
    sql "SELECT DISTINCT hex(substr(r.wrapped, 1, 1)) FROM record AS r WHERE kind = $1 UNION
        SELECT hex(substr(v.wrapped, 1, 1)) FROM record_version AS v JOIN record AS r ON r.row = v.record WHERE kind = $1"
}
expect 'every voucher is wrapped for the witness' test "$(kinds_of 6)" = '["02"]'
expect 'what is not of the compartment is not' test "$(kinds_of 10)" = '["01"]'

# --- Every way of reading ---
expect_exit 0 as amy show $client "$record" --purpose tax:1 --json
expect_json 'v["record"]["fields"]["type"] == "记"'
expect_exit 0 as amy show $client "$record" --purpose tax:1 --version 1
expect_exit 0 as amy list $client --json
expect_json 'len(lines) >= 4 and {l["kind"] for l in lines} >= {"voucher", "client"}'
expect_exit 0 as amy search 收到货款 --json
expect_json 'any(l.get("record") == "'"$record"'" for l in lines)'
expect_exit 0 as amy correct $client "$record" --purpose tax:1 description=second
expect_exit 0 as amy history $client "$record" --json
expect_json '[l["version"] for l in lines] == [2, 1]'
expect_exit 0 as amy show $client "$record" --purpose tax:1 --version 1 --json
expect_json 'v["record"]["version"] == 1 and "description" not in v["record"]["fields"]'
expect_exit 0 as amy export $client --format jsonl --out "$work/one.jsonl" --purpose tax:1
expect_exit 0 as amy show $client "$wages" --purpose tax:1
# Our own export again: what is masked there is taken from the versions that are here, one release each.
expect_exit 0 as amy import "$work/one.jsonl" --json
expect_json 'v["files"][0]["changed"] == 0 and v["files"][0]["refused"] == []'
expect_exit 0 as ina log verify

# --- What is released stands in the witness's log, and goes with the events ---
expect_exit 0 as ina log reconcile --json
expect_json 'v["unmatched"] == [] and v["releases"] >= 6 and v["ok"]'

# --- And goes along as evidence: what was released upon an event, with the proof of the witness's own log ---
expect_exit 0 as ina log policy
expect_out "^log $(witness_release one | sed 's/[+]/[+]/g')\$"
cp "$work/out" "$work/trust"
expect_exit 0 as ina log bundle --out "$work/released" --client $client --event 'record.read' --purpose leak \
    --releases witness.example/one/release --json
expect_json 'v["releases"] >= 1'
expect_exit 0 strongroom audit "$work/released" --policy "$work/trust" --json
expect_json 'v["release"]["count"] >= 1 and v["accepted"]'
expect_exit 0 as ina log bundle --out "$work/released.tar" --range 0: --purpose leak --releases witness.example/one/release
expect_exit 0 strongroom audit "$work/released.tar" --policy "$work/trust"
# Whoever does not believe the witness's key believes no release; and one changed hash is found.
grep -v '/release+' "$work/trust" >"$work/without"
expect_exit 3 strongroom audit "$work/released" --policy "$work/without"
python3 - "$work/released/release/entries.jsonl" <<'PYTHON'
import sys
text = open(sys.argv[1]).read()
at = text.index('"proof":["') + 10
open(sys.argv[1], "w").write(text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1:])
PYTHON
expect_exit 3 strongroom audit "$work/released" --policy "$work/trust"
expect_exit 1 as ina log bundle --out "$work/none" --range 0: --purpose leak --releases nobody
expect_err 'nobody'
expect 'nothing is left of it' test ! -e "$work/none"

# --- Who was added is known, who was disabled is refused ---
echo "the passphrase of kim" >"$work/pass.kim"
vault_must as adam user add kim --new-passphrase-file "$work/pass.kim"
vault_must as adam grant accountant kim
vault_must as adam assign $client kim
vault_must as amy client list
expect_exit 0 as kim show $client "$record" --purpose tax:1

cp -r "$vault" "$work/with-kim"
vault_must as adam user disable kim
expect 'the witness knows that kim is disabled' grep -q '"disabled":[0-9]*,"sign":"[^"]*","user":"kim"' "$work/one/release/people"
# Whoever kept kim's keys and the vault of that time finds no witness for them.
vault_now=$vault
vault=$work/with-kim
expect_exit 4 as kim --no-remember show $client "$record" --purpose tax:1
vault=$vault_now

# --- Too many ---
"$STRONGROOM_WITNESS" rate --hour 2 --day 60000 --dir "$work/one" >/dev/null
expect_exit 2 as amy list $client
expect_err 'refuses \(429\).*the limit is 2'
"$STRONGROOM_WITNESS" rate --hour 20000 --day 60000 --dir "$work/one" >/dev/null
expect_exit 0 as amy list $client

# --- The witness is away; what it released upon it cannot be made to forget ---
witness_stop one
expect_exit 1 "$STRONGROOM_WITNESS" --dir "$work/one" --listen "unix:$work/one.sock" --name witness.example/one
expect_err 'start it with --release'
for ask in "show $client $record --purpose tax:1" "list $client" "search 收到货款" \
    "correct $client $record --purpose tax:1 description=third" \
    "export $client --format csv --out $work/away.csv --purpose tax:1"; do
    # shellcheck disable=SC2086
    expect_exit 4 as amy $ask
    expect_err 'does not answer.*nothing was disclosed'
    expect_silent
done
expect 'no export is left' test ! -e "$work/away.csv"
expect_exit 0 as amy show $client "$wages" --purpose tax:1
expect_exit 0 as amy history $client "$record" --json
expect_json 'lines[0]["version"] == 2'
vault_must as amy import "$samples/agency/utf8/balances.csv"

# --- The sheet ---
head -2 "$work/shares" >"$work/enough"
expect_exit 0 as amy show $client "$record" --purpose tax:1 --break-glass "$work/enough" --yes
expect_out 'second'
expect_exit 0 as adam vault accountable recipients --json
expect_json '[l["kind"] for l in lines] == ["witness"]'
expect_exit 0 as ina log replay --event breakglass.use --json
expect_json 'any(l["change"]["name"].startswith("sheet-") for l in lines if l["phase"] == "intent")'
expect_exit 0 as adam vault accountable status --json
expect_json '{l["compartment"]: l["wrapping"] for l in lines}["books"] == True'

# --- It comes back: what the sheet could open is wrapped anew, without it ---
witness_start one
expect_exit 0 as amy vault accountable finish
expect_exit 2 as amy show $client "$record" --purpose tax:1 --break-glass "$work/enough" --yes
expect_err 'not one that these records were sealed for'
expect_exit 0 as amy show $client "$record" --purpose tax:1

# --- Another witness takes two people now, and then either may release ---
witness_start two
expect_exit 0 as adam vault accountable witness "$(witness_url two)" "$(witness_release two)"
expect_out 'is proposed'
expect_exit 1 as adam vault accountable approve witness.example/two/release
expect_exit 0 as anna vault accountable approve witness.example/two/release
expect_exit 0 as amy vault accountable finish
witness_stop one
expect_exit 0 as amy show $client "$record" --purpose tax:1
witness_stop two
expect_exit 4 as amy show $client "$record" --purpose tax:1
witness_start two
expect_exit 0 as amy list $client
expect_exit 0 as adam vault accountable remove witness.example/one/release
expect_exit 1 as adam vault accountable remove witness.example/two/release
expect_exit 0 as amy vault accountable finish

# --- Off again: two people, and the witness once more for every key ---
expect_exit 0 as adam vault accountable off books
expect_out 'is proposed'
expect_exit 0 as anna vault accountable off books
expect_exit 0 as amy vault accountable finish
expect 'every voucher opens by the client key alone' test "$(kinds_of 6)" = '["01"]'
witness_stop two
expect_exit 0 as amy show $client "$record" --purpose tax:1
expect_exit 0 as ina log verify
finish
