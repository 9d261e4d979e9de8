#!/usr/bin/env bash
# What becomes of decoys while people work: exported honestly, assigned to two, handed over, of somebody who left, retired, found
# afterwards, in a vault put back from a backup, frozen, counted.  Who did no wrong is neither told of nor contained.
. "${0%/*}/../lib/vault.sh"

vault_people
echo "the passphrase of cat" >"$work/pass.cat"
vault_must as adam user add cat --new-passphrase-file "$work/pass.cat"
vault_must as adam grant accountant cat
mapfile -t clients < <(python3 "$source_root/tests/lib/prose_firm.py" "$work" 16 6)
vault_must as amy import "$work/clients.csv" "$work/vouchers.csv" # amy is assigned to what she brings in
vault_must as amy client list                                     # completes the other accountants' grants
vault_must as adam assign "${clients[@]:0:4}" bob
vault_must as adam setting set decoy.contain suspend
vault_must as ina decoy plant --user amy --count 2
vault_must as adam client list
vault_must as amy client list # their records
numbers_of() { as "$1" client list --json | python3 -c 'import json, sys; print(*sorted(json.loads(l)["client_no"] for l in sys.stdin))'; }
decoys_of() { as ina decoy list --json | python3 -c 'import json, sys; print(*[d["client_no"] for d in map(json.loads, sys.stdin) if d["state"] == sys.argv[1]])' "$1"; }
read -r first second <<<"$(decoys_of planted)"
n=0
export_all() { # USER [PURPOSE]
    n=$((n + 1))
    # shellcheck disable=SC2046 # one word a number
    expect_exit 0 as "$1" export $(numbers_of "$1") --format jsonl --out "$work/export$n.jsonl" --purpose "${2:-task:1}" --no-decoys
}
quiet() { # WHAT: nothing is told of
    expect_exit 0 as ina alert list --json
    expect "$1" [ ! -s "$work/out" ]
}
works() { expect_exit 0 as "$1" list "${clients[0]}"; }

# --- Exported among others by whom it is for: what everybody does ---
export_all amy
expect 'it is in there like any other' [ "$(grep -c "\"$first\"" "$work/export1.jsonl")" -gt 1 ]
quiet 'the owner exports all that is his'
works amy

# --- Assigned to somebody else besides, one by one or with the whole portfolio: he did not ask for it ---
expect_exit 0 as adam assign "$first" bob
expect_exit 0 as adam assign --portfolio main cat
export_all bob
export_all cat
quiet 'nor do those who came to have it raise anything'
works bob
works cat
expect_exit 0 as ina decoy list --json
expect_json '{l["client_no"]: l.get("holders") for l in lines} == {"'"$first"'": ["amy", "bob", "cat"], "'"$second"'": ["amy", "cat"]}'
expect_exit 0 as ina decoy list
expect_out 'user amy, now amy'
# … but who opens it is told of, whoever he is, and he alone is contained.
voucher=$(as bob list "$first" --kind voucher --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])')
expect_exit 0 as bob show "$first" "$voucher" --purpose task:1
expect_exit 0 as ina alert list --json
expect_json '[(l["severity"], l["how"], l["person"]) for l in lines] == [("low", "list", "bob"), ("high", "read", "bob")]'
expect_exit 2 as bob list "${clients[0]}"
works amy
works cat
expect_exit 0 as ina user release bob
for alert in $(as ina alert list --json | python3 -c 'import json, sys; print(*[json.loads(l)["id"] for l in sys.stdin])'); do
    vault_must as ina alert ack "$alert" --note seen
done
expect_exit 0 as adam unassign --portfolio main cat

# --- Handed over: the successor has it among his own ---
expect_exit 0 as adam --yes handover amy --to bob --json
expect_exit 0 as adam user disable amy
export_all bob
quiet 'who takes over exports what he was given'
works bob
expect_exit 0 as ina decoy list --json
expect_json 'all(l["state"] == "planted" and l["people"] == ["amy"] and l["holders"] == ["bob"] for l in lines) and len(lines) == 2'

# --- Rotated: new ones go to whoever works there now, the old ones away from everybody ---
before=$(numbers_of bob | wc -w)
expect_exit 0 as ina decoy rotate --older-than 0d
vault_must as adam client list
vault_must as bob client list
expect_exit 0 as ina decoy list --json
expect_json 'sorted((l["state"], l["for"]["name"], tuple(l["people"])) for l in lines) == [("planted", "bob", ("bob",))] * 2 + [("retired", "amy", ("amy",))] * 2'
expect 'as many as before' [ "$(numbers_of bob | wc -w)" = "$before" ]
for old in "$first" "$second"; do
    expect 'the old ones are nobody'"'"'s' [ "$(numbers_of bob | tr ' ' '\n' | grep -cx "$old")" = 0 ]
done
export_all bob
quiet 'and bob goes on working'
# Yesterday's list of numbers still names an old one: refused, a slight alert, nobody contained.
expect_exit 2 as bob export "${clients[@]}" "$first" --format jsonl --out "$work/stale.jsonl" --purpose task:1
expect_exit 0 as ina alert list --json
expect_json '[(l["severity"], l["how"], l["person"]) for l in lines] == [("low", "denied", "bob")]'
works bob

# --- For somebody who left and handed nothing over: taken away, and nobody is made to look guilty ---
vault_must as ina decoy plant --user cat
vault_must as adam client list
vault_must as adam user disable cat
expect_exit 0 as ina decoy rotate --older-than 0d
vault_must as adam client list
vault_must as bob client list
expect_exit 0 as ina decoy list --json
expect_json 'not [l for l in lines if l["state"] not in ("planted", "retired")] and [l["for"]["name"] for l in lines if l["state"] == "planted"] == ["bob"] * 2'

# --- Found in a leak after it was retired: known, told of, and of whom the log says he was shown it ---
python3 - "$work" "$first" "${clients[*]}" <<'PYTHON'
import csv, json, pathlib, sys
work = pathlib.Path(sys.argv[1])
rows = [r for r in map(json.loads, open(work / "export1.jsonl", encoding="utf-8")) if r["kind"] == "client"]
with open(work / "leak.csv", "w", encoding="utf-8", newline="") as file:
    out = csv.writer(file)
    out.writerow(["客户名称", "统一社会信用代码"])
    out.writerows([[r["fields"]["name"], r["fields"].get("tax_id", "")] for r in rows if r["client"]["client_no"] == sys.argv[2]])
    out.writerows([[r["fields"]["name"], r["fields"]["tax_id"]] for r in rows if r["client"]["client_no"] in sys.argv[3].split()[:4]])
PYTHON
expect_exit 0 as ina trace "$work/leak.csv" --json
expect_json 'v["decoys"] == 1 and v["linked"] >= 4'
trace=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["case"])' <"$work/out")
expect_exit 0 as ina alert list --json
expect_json '("decoy.found", "ina") in [(l["kind"], l["person"]) for l in lines]'
works bob

# … and is none of those who are told that their data leaked.
expect_exit 0 as ina incident open --title '泄露' --json
case=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])' <"$work/out")
expect_exit 0 as ina incident assess "$case" --trace "$trace" --json
expect_json '[(c["class"], c["n"], c["clients"]) for c in v["classes"]] == [("company", 4, 4)] and v["persons"] == {"strict": 0, "lenient": 0}'
expect_json 'len(v["trace"]["clients"]) == 4 and v["trace"]["decoys"] == 1'

# --- Frozen, counted, destroyed, for an authority: never in what is true of the firm ---
export_all bob authority:2025
expect 'none for an authority, retired or not' [ "$(grep -cE "\"($(decoys_of planted | tr ' ' '|'))\"" "$work/export$n.jsonl")" = 0 ]
as adam doctor --json >"$work/out" 2>"$work/err" # how fast the disk is, is not of concern here
expect_json 'all(l["ok"] for l in lines if l["check"] in ("store", "log", "index", "disclosures", "unfinished"))'
expect_exit 0 as ina log stats --json
expect_exit 0 as ina trace person bob --since 2020-01-01 --json
expect_json 'v["decoys"] == 6 and v["clients"] == 16'
planted=$(decoys_of planted)
expect_exit 0 as ina incident freeze --client "${planted%% *}"
expect_exit 5 as bob list "${planted%% *}"
works bob
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'

# --- A vault put back from before: its decoys are known there, and it can have new ones ---
expect_exit 0 as adam backup --out "$work/b.zip"
vault_must as ina decoy plant --user bob
vault_must as adam client list
expect_exit 0 strongroom --no-remember --vault "$work/restored" --as adam --passphrase-file "$work/pass.adam" restore "$work/b.zip"
vault=$work/restored
export XDG_STATE_HOME=$work/state2
expect_exit 0 as ina --accept-rollback decoy list --json
expect_json '[l["state"] for l in lines].count("planted") == 2 and [l["state"] for l in lines].count("retired") == 5'
vault_must as ina decoy plant --user bob
vault_must as adam client list
vault_must as bob client list
expect_exit 0 as ina decoy list --json
expect_json '[("records" in l, l["people"]) for l in lines if l["state"] == "planted"] == [(True, ["bob"])] * 3'
expect_exit 0 as ina log verify --json
finish
