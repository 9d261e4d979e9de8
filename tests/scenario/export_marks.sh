#!/usr/bin/env bash
# Marks: two people export the same, no value differs, the files do; an investigator finds out from a piece of one which
# export it came from, nobody else can, and who asks for a file without marks needs a rule for it.
. "${0%/*}/../lib/vault.sh"

vault_people
mapfile -t clients < <(python3 "$source_root/tests/lib/prose_firm.py" "$work" 12 12)
vault_must as amy import "$work/clients.csv" "$work/vouchers.csv"
for client in "${clients[@]}"; do vault_must as adam assign "$client" bob; done

event() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["event"])' "$work/out"; }
values() { # FILE: its rows without what a mark may choose, in any order
    python3 - "$1" <<'PYTHON'
import csv, re, sys, unicodedata
rows = [[re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)) for cell in row]
        for row in csv.reader(open(sys.argv[1], encoding="utf-8-sig", newline=""))]
print("\n".join(sorted(map(repr, rows))))
PYTHON
}

# --- Each export differs, in nothing that counts ---
expect_exit 0 as amy export "${clients[@]}" --format csv --out "$work/amy.csv" --purpose task:1 --json
amy=$(event)
expect_exit 0 as bob export "${clients[@]}" --format csv --out "$work/bob.csv" --purpose task:1 --json
bob=$(event)
expect_exit 0 as amy export "${clients[@]}" --format csv --out "$work/again.csv" --purpose task:1
expect 'the files differ' bash -c "! cmp -s '$work/amy.csv' '$work/bob.csv' && ! cmp -s '$work/amy.csv' '$work/again.csv'"
values "$work/amy.csv" >"$work/amy.values"
values "$work/bob.csv" >"$work/bob.values"
expect 'no value does' cmp "$work/amy.values" "$work/bob.values"
for form in xlsx jsonl; do
    expect_exit 0 as amy export "${clients[@]}" --format $form --out "$work/amy.$form" --purpose task:1 --json
    declare "$form=$(event)"
done
for file in amy.csv bob.csv amy.xlsx amy.jsonl; do
    expect_exit 0 as bob import "$work/$file" --json
    expect_json 'all(f["new"] == f["changed"] == 0 and f["same"] > 100 and not f["refused"] for f in v["files"])'
done
expect_exit 0 as ina log replay --event record.export --json
expect_json 'all(l["marks"]["code"] == "tardos-4-1" and len(l["marks"]["commitment"]) == 64 and l["marks"]["kinds"] == ["texts", "order", "workbook"] for l in lines if l["phase"] == "intent")'
expect_json 'len({l["marks"]["commitment"] for l in lines if l["phase"] == "intent"}) == 5'

# --- An investigator finds it, in every format ---
found='[e["event"] for e in v["exports"] if e["found"]]'
expect_exit 0 as ina trace marks "$work/amy.csv" --json
expect_json "$found == [$amy] and v['weighed'] == 5 and v['unread'] == 0"
expect_json 'v["exports"][0]["survived"]["order"]["inversions"] == 0 and v["exports"][0]["bound"] < 1e-20'
expect_exit 0 as ina trace marks "$work/bob.csv" --json
expect_json "$found == [$bob]"
expect_exit 0 as ina trace marks "$work/amy.jsonl" --json
expect_json "$found == [$jsonl]"
expect_exit 0 as ina trace marks "$work/amy.xlsx" --json
expect_json "$found == [$xlsx] and v['exports'][0]['survived']['workbook'] is True"
expect_exit 0 as ina trace marks "$work/amy.csv"
expect_out "$amy .*yes"

# --- A shuffled piece without headings and numbers; both mixed; nothing of ours; a file put into one form ---
python3 - "$work" <<'PYTHON'
import csv, pathlib, random, sys, unicodedata
work = pathlib.Path(sys.argv[1])
rng = random.Random(7)
def rows(name):
    return [row for row in csv.reader(open(work / name, encoding="utf-8-sig", newline="")) if row[0] == "voucher"]
def write(name, table):
    csv.writer(open(work / name, "w", encoding="utf-8", newline="")).writerows(table)
amy, bob = rows("amy.csv"), rows("bob.csv")
piece = rng.sample(amy, 90)
write("piece.csv", [[row[3], *row[9:]] for row in piece])
write("mixed.csv", rng.sample(amy, 140) + rng.sample(bob, 140))
write("plain.csv", [[unicodedata.normalize("NFKC", " ".join(cell.split())) for cell in row] for row in amy])
write("alien.csv", [[f"别处的记录({n}),A{n}号", f"某路{n}号"] for n in range(200)])
PYTHON
expect_exit 0 as ina trace marks "$work/piece.csv" --json
expect_json "$found == [$amy]"
expect_exit 0 as ina trace marks "$work/mixed.csv" --json
expect_json "sorted($found) == sorted([$amy, $bob])"
for file in plain alien; do
    expect_exit 0 as ina trace marks "$work/$file.csv" --json
    expect_json "$found in ([], [$amy])" # of the former, tail and order may be left
    expect_json "not ('$file' == 'alien' and $found)"
done
expect_exit 1 as ina trace marks "$work/there-is-none.csv"

# --- Nobody else reads them; every reading is an event ---
for who in amy bob adam; do expect_exit 2 as $who trace marks "$work/bob.csv"; done
expect_exit 0 as ina log replay --event trace.marks --json
expect_json 'len([l for l in lines if l["decision"]["effect"] == "deny"]) == 3 and all(len(l["leaks"][0]) == 64 for l in lines if l["decision"]["effect"] == "permit")'

# --- Without marks: for authorities, logged; asking for it otherwise needs a rule ---
expect_exit 2 as amy export "${clients[0]}" --format csv --out "$work/un.csv" --purpose task:1 --no-marks
expect 'and there is no file' [ ! -e "$work/un.csv" ]
expect_exit 0 as amy export "${clients[@]}" --format csv --out "$work/tax.csv" --purpose authority:2025 --json
tax=$(event)
expect_exit 0 as ina log replay --event record.export --json
expect_json "[l['marks'] for l in lines if l['seq'] == $tax] == [{'code': 'none', 'why': 'purpose'}] and [l['asked']['marked'] for l in lines if l['seq'] == $tax] == [False]"
expect_exit 0 as ina trace marks "$work/tax.csv" --json
expect_json "$found == [] and v['unmarked'] == 1"
expect_exit 0 as adam setting set export.unmarked authority,court
expect_exit 2 as amy export "${clients[0]}" --format csv --out "$work/court.csv" --purpose court:1
expect_exit 1 as adam setting set export.unmarked 'no code'

# --- The footer: printed in workbooks, in CSV only where it was asked for ---
expect 'the workbook names exporter and event' bash -c "unzip -p '$work/amy.xlsx' xl/worksheets/sheet2.xml | grep -q 'exported by amy, 事件 event $xlsx'"
expect 'the CSV does not' bash -c "! grep -q 'exported by' '$work/amy.csv'"
expect_exit 0 as amy export "${clients[0]}" --format csv --out "$work/foot.csv" --purpose task:1 --footer
expect 'this one does' bash -c "tail -1 '$work/foot.csv' | grep -q '^# strongroom,.*exported by amy'"
expect_exit 0 as amy import "$work/foot.csv" --json
expect_json 'all(f["new"] == f["changed"] == 0 and f["same"] > 10 and not f["refused"] for f in v["files"])'

# --- An investigator leaves, another comes: the seeds go on to the next key ---
expect_exit 0 as adam user add new --new-passphrase-file "$work/pass.new"
expect_exit 0 as adam grant investigator new
expect_exit 0 as new trace marks "$work/bob.csv" --json
expect_json "$found == [$bob]"
expect_exit 0 as adam revoke investigator ina
expect_exit 0 as new setting list
expect_exit 0 as adam user list
expect 'all are boxed for the new key' [ "$(sql 'SELECT COUNT(*) FROM copy_seed JOIN role ON name = role WHERE copy_seed.epoch = role.epoch AND role.epoch > 1')" = '[6]' ]
expect_exit 0 as new trace marks "$work/bob.csv" --json
expect_json "$found == [$bob] and v['unread'] == 0"
expect_exit 2 as ina trace marks "$work/bob.csv"
expect_exit 0 as amy export "${clients[@]}" --format csv --out "$work/later.csv" --purpose task:9 --json
later=$(event)
expect_exit 0 as new trace marks "$work/later.csv" --json
expect_json "$found == [$later]"

# --- A role whose key no admin has gets them instead; an admin cannot plant a key of his own ---
expect_exit 0 as adam role add detectives --like investigator --keepers members
expect_exit 0 as adam grant detectives new
expect_exit 0 as new setting list
expect_exit 0 as amy export "${clients[0]}" --format csv --out "$work/apart.csv" --purpose task:10
expect 'it is boxed for that role alone' [ "$(sql 'SELECT COUNT(*) FROM copy_seed GROUP BY role' | tr -d '[]\n')" = 17 ]
sql "UPDATE role SET public = randomblob(32) WHERE name = 'detectives'" >/dev/null
expect_exit 3 as amy export "${clients[0]}" --format csv --out "$work/planted.csv" --purpose task:11
expect 'and nothing was written' [ ! -e "$work/planted.csv" ]

finish
