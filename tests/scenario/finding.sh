#!/usr/bin/env bash
# A leak, two investigators, a finding and its report: who may do what, what the log says, and what tampering shows.
. "${0%/*}/../lib/vault.sh"
unset STRONGROOM_DATADIR # found beside the program

for user in ivo adele; do echo "the passphrase of $user" >"$work/pass.$user"; done
vault_furnished
for user in ivo adele; do vault_must as adam user add "$user" --new-passphrase-file "$work/pass.$user"; done
vault_must as adam grant investigator ivo
vault_must as adam grant admin adele
vault_must as adele assign K0001 bob
voucher=$(record_of K0001 voucher)
vault_must as bob show K0001 "$voucher" --purpose task:2024-01
vault_must as bob export K0001 --format csv --out "$work/taken.csv" --purpose client-request:2024
shown=$(as ina log replay --actor bob --event record.read --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["seq"])')
exported=$(as ina log replay --actor bob --event record.export --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["seq"])')

# What `trace --json --details` prints.
cat >"$work/trace.json" <<'JSON'
{"leak": "somewhere/leak <b>&.csv", "none": 0.001, "backup": 0.0004, "persons": [{"actor": "bob", "posterior": 0.983412, "alone": 0.98, "held_back": "", "seen": 12, "seen_fully": 12, "only_he": 9, "never_saw": 1, "saw_other_versions": 0, "decoys": 0, "rows_apart": 9, "nearest": "amy", "way": {"kind": "export", "rows": 12, "first_event": 0, "last_event": 100000, "export": "e1"}}, {"actor": "amy", "posterior": 0.012, "alone": 0.01, "held_back": "", "seen": 4, "seen_fully": 3, "only_he": 0, "never_saw": 9, "saw_other_versions": 1, "decoys": 0, "rows_apart": 0, "way": {"kind": "all", "rows": 4, "first_event": 0, "last_event": 100000}}], "groups": [{"actors": ["amy", "bob"], "posterior": 0.004, "explains": [3, 9]}], "linked": 12, "unlogged": 0.0001, "rows": 13, "decoys": 0, "columns": ["name", "fee"], "leaked": ["name", "fee"], "not_before": "2024-01-31T00:00:00.000Z", "current_until": ""}
JSON

# Only investigators; a refusal is an event.
expect_exit 2 as bob finding list
expect_exit 2 as adam finding draft --from "$work/trace.json" --direct bob --event "$shown"
expect_err 'denied'
expect_exit 1 as ina finding draft --from "$work/trace.json" --direct bob --event 0
expect_err "event 0 discloses nothing to 'bob'"
expect_exit 1 as ina finding draft --from "$work/trace.json" --direct nobody --event "$shown"
echo '{"leak": 7}' >"$work/bad.json"
expect_exit 1 as ina finding draft --from "$work/bad.json" --direct bob --event "$shown"
expect_err "not what .trace --json --details. prints: 'file'"
expect_exit 0 as ina finding list
expect_out 'There are no findings'

# The indirect persons come from the log.
expect_exit 0 as ina --json finding draft --from "$work/trace.json" --direct bob --event "$shown,$exported" --left 2020-01-01
expect_json '[p["user"] for p in v["persons"] if p["kind"] == "direct"] == ["bob"]'
expect_json '{(p["user"], p["part"]) for p in v["persons"] if p["kind"] == "indirect"} ==
    {("adam", "granted-role"), ("adam", "added-user"), ("adam", "left-account-open"), ("adele", "assigned-client")}'
expect_json 'all(p["of"] == "bob" and p["proposed"] and len(p["events"]) >= 2 for p in v["persons"] if p["kind"] == "indirect")'
id=$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["id"])')
as ina log replay --event assignment.add --json >"$work/assignments"
expect 'the assignment that is cited is the one in the log' python3 - "$work" "$id" <<'PYTHON'
import json, sys
work = sys.argv[1]
value = json.loads(open(work + "/out").read())
cited = next(p["events"] for p in value["persons"] if p.get("part") == "assigned-client")
leaf = [json.loads(line) for line in open(work + "/assignments")][-1]
sys.exit(0 if any(json.loads(line)["seq"] in cited and json.loads(line)["actor"]["id"] == "adele" for line in open(work + "/assignments") if json.loads(line).get("phase") == "intent") else 1)
PYTHON

# Without --event: what the trace's explanation rests on.
expect_exit 0 as ivo --json finding draft --from "$work/trace.json" --direct bob
expect_json "$exported in v['persons'][0]['events'] and $shown in v['persons'][0]['events']"
other=$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["id"])')

# Nobody judges himself.
expect_exit 2 as ina finding review "$id" --accept
expect_err "rule 'nobody-reviews-his-own-finding' forbids"
as ina log replay --event finding.review --json >"$work/out"
expect_json 'v["decision"]["effect"] == "deny" and v["actor"]["id"] == "ina" and v["authors"] == ["ina"]'

# It is not complete: proposals, no rules, no summary.
expect_exit 1 as ivo finding review "$id" --accept
expect_err 'which rule'
expect_exit 1 as ivo finding review "$id" --return
expect_exit 0 as ivo finding review "$id" --return --note 'rules are missing; <b>see K0001</b>'
expect_exit 1 as ina finding sign "$id" --yes
expect_err 'version 1 is not accepted'
expect_exit 0 as ina finding add "$id" --direct bob --rule 'staff handbook 4.2: no client data leaves' --fault intent --known 'signed on 2023-05-01'
expect_exit 0 as ina finding add "$id" --indirect adam --part granted-role --of bob --rule 'handbook 2.1: access ends with employment' --fault negligence
expect_exit 0 as ina finding drop "$id" --person adam --part added-user
expect_exit 0 as ina finding add "$id" --indirect adam --part left-account-open --of bob --rule 'handbook 2.1' --fault gross-negligence
expect_exit 0 as ina finding add "$id" --indirect adele --part assigned-client --of bob --fault none
expect_exit 1 as ina finding add "$id" --indirect adele --part no-such-part
expect_exit 1 as ina finding add "$id" --indirect bob --part granted-role
expect_err 'named as a direct person already'
expect_exit 1 as ina finding add "$id" --indirect adam --part granted-role --of bob --event 99999999
expect_exit 0 as ina finding text "$id" summary --text 'bob took the vouchers of K0001 <script>alert(1)</script> with an export.'
expect_exit 1 as ina finding text "$id" nonsense --text x
expect_exit 0 as ina finding hear "$id" bob --text '他说："我没有"。 & bob <denies> it'
expect_exit 1 as ina finding hear "$id" amy --text x
expect_exit 0 as ina finding show "$id"
expect_out 'left the account open'
expect_out 'returned by ivo'
expect_exit 0 as ivo --json finding show "$id"
expect_json 'v["version"] == 8 and v["status"] == "draft" and v["versions"][0]["review"]["note"].startswith("rules are missing")'
expect_json 'v["document"]["previous"] == v["versions"][6]["sha256"] and v["document"]["case"]["persons"][0]["posterior"] == 983412'
expect 'the hash in the log is that of the canonical document' python3 - "$work/out" <<'PYTHON'
import hashlib, json, sys
v = json.loads(open(sys.argv[1]).read())
text = json.dumps(v["document"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
sys.exit(0 if hashlib.sha256(text.encode()).hexdigest() == v["versions"][-1]["sha256"] else 1)
PYTHON

# Reviewed by the second, signed by both, then closed.
expect_exit 0 as ivo finding review "$id" --accept --note 'complete'
expect_exit 1 as ivo finding review "$id" --accept
expect_exit 0 as ivo --yes finding sign "$id"
expect_exit 1 as ivo --yes finding sign "$id"
expect_err 'count once'
expect_exit 0 as ina --yes finding sign "$id"
expect_out 'signed'
expect_exit 1 as ina finding text "$id" summary --text 'something else'
expect_err 'is signed and cannot be changed'
expect_exit 1 as ina --yes finding sign "$id"

# The report, and the bundle beside it, which an outsider accepts.
as ina log policy >"$work/policy"
as ina log checkpoint >"$work/kept"
expect_exit 0 as ina --json trace report --finding "$id" --out "$work/report" --lang en --since "$work/kept"
expect_json 'v["signed"] and v["version"] == 8 and v["told"] > 8'
manifest=$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["manifest_sha256"])')
expect 'the report names the manifest' grep -q "$manifest" "$work/report/report.html"
expect 'and that is what it is' [ "$(sha256sum "$work/report/bundle/manifest.json" | cut -d ' ' -f 1)" = "$manifest" ]
expect_exit 0 "$STRONGROOM_AUDIT" "$work/report/bundle" --policy "$work/policy" --old-checkpoint "$work/kept"
expect 'hostile words stay words' python3 - "$work/report/report.html" <<'PYTHON'
import sys
from html.parser import HTMLParser
text = open(sys.argv[1], encoding="utf-8").read()
class Tags(HTMLParser):
    seen = set()
    def handle_starttag(self, tag, attrs): self.seen.add(tag)
tags = Tags(); tags.feed(text)
ok = not {"script", "b", "denies"} & tags.seen and "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "leak &lt;b&gt;&amp;.csv" in text
sys.exit(0 if ok else 1)
PYTHON
expect 'nobody concerned is named' bash -c '! grep -Eqw "bob|adam|adele|amy" "$1"' - "$work/report/report.html"
expect 'people have pseudonyms' grep -q 'person-1' "$work/report/report.html"
expect 'nor is the finding itself there' [ ! -e "$work/report/finding.json" ]
expect_exit 1 as ina trace report --finding "$id" --out "$work/report"
expect_err 'is there already'
expect_exit 0 as ina trace report --finding "$id" --out "$work/named" --lang zh --names
expect 'now they are' grep -qw bob "$work/named/report.html"
expect 'in Chinese' grep -q '直接责任人' "$work/named/report.html"
expect 'the finding is what was signed' grep -q "$(sha256sum "$work/named/finding.json" | cut -d ' ' -f 1)" "$work/named/report.html"
as ina log replay --event trace.report_written --json >"$work/out"
page=$(sha256sum "$work/report/report.html" | cut -d ' ' -f 1) named=$(sha256sum "$work/named/report.html" | cut -d ' ' -f 1)
expect_json '[l["written"]["files"]["report.html"] for l in lines] == ["'"$page"'", "'"$named"'"] and "finding.json" in lines[1]["written"]["files"]'
expect_json 'all(l["finding"]["version"] == 8 and l["written"]["start"] < l["seq"] for l in lines)'
as ina log replay --event trace.report --json >"$work/out"
expect_json '[l.get("names") for l in lines if "finding" in l] == [False, True] and len([l for l in lines if "result" in l]) == 2'
if command -v weasyprint >/dev/null; then
    expect 'a PDF' bash -c 'head -c 5 "$1" | grep -q "%PDF-"' - "$work/named/report.pdf"
else
    printf 'ok - SKIPPED: weasyprint is not installed\n' >&2
fi
mkdir "$work/nothing"
expect_exit 0 env PATH="$work/nothing" "$STRONGROOM" --vault "$vault" --as ina --passphrase-file "$work/pass.ina" trace report --finding "$id" --out "$work/plain"
expect_err 'no report.pdf: the program weasyprint is not installed; report.html says the same'
expect 'HTML alone' [ -e "$work/plain/report.html" -a ! -e "$work/plain/report.pdf" ]
expect_exit 2 as bob trace report --finding "$id" --out "$work/denied"
expect 'nothing half-done stays' bash -c '! ls "$1" | grep -q "^denied"' - "$work"

# A signed finding gives way to a new version, which both sign again; until then it holds.
expect_exit 1 as ina finding supersede "$other" --reason x
expect_exit 0 as ivo finding supersede "$id" --reason 'new facts'
expect_exit 0 as ivo finding text "$id" facts --text 'on the evening of 31 January'
expect_exit 2 as ivo finding review "$id" --accept
expect_exit 2 as ina finding review "$id" --accept
expect_exit 0 as ina --json trace report --finding "$id" --out "$work/old"
expect_json 'v["version"] == 8 and v["signed"]'

# Withdrawn, nothing more is done to it.
expect_exit 0 as ina --yes finding withdraw "$id" --reason 'he was on leave; somebody used his account'
expect_exit 1 as ina finding text "$id" facts --text x
expect_err 'is withdrawn'
expect_exit 0 as ina finding show "$id"
expect_out 'withdrawn by ina.*on leave'
expect_exit 0 as ina finding list
expect_out 'withdrawn'

# An investigator whom a finding names has no say in it, and the attempt is an event.
expect_exit 0 as ivo finding add "$other" --indirect ina --part ignored-alert --of bob --event "$shown" --rule r
expect_exit 2 as ina finding show "$other"
expect_err 'names this person himself'
expect_exit 2 as ina finding review "$other" --accept
expect_exit 2 as ivo finding add "$other" --indirect ivo --part ignored-alert --rule r
as ivo log replay --event 'finding.*' --actor ina --json | tail -n 1 >"$work/out"
expect_json 'v["event"] == "finding.review" and v["decision"]["effect"] == "deny" and v["decision"]["reason"]'

# The log holds no word of it, and neither do the files.
as ivo log replay --event 'finding.*' --json >"$work/leaves"
expect 'leaves hold ids and hashes only' bash -c '! grep -Eq "handbook|K0001|alert\(1\)|on leave|new facts" "$1"' - "$work/leaves"
expect 'nothing is readable at rest' bash -c '! grep -rEqa "handbook 2|somebody used his account|我没有" "$1"' - "$vault"

# From a case of this vault: its people stay pseudonyms until their names have been revealed.
python3 - "$work" <<'PYTHON'
import csv, sys
text = open(sys.argv[1] + "/taken.csv", encoding="utf-8-sig").read()
head, *lines = list(csv.reader(text.splitlines()))
rows, names = [], head
for line in lines:
    if line[:1] == ["kind"]:
        names = line
    elif line[:1] == ["voucher"]:
        rows.append(dict(zip(names, line)))
assert rows
with open(sys.argv[1] + "/leak.csv", "w", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(["摘要", "单位", "税号", "借方", "日期"])
    for row in reversed(rows):
        table.writerow([row["lines[].summary"], row["client_name"], row["client_tax_id"], row["lines[].debit"], row["date"]])
PYTHON
expect_exit 0 as ivo --json trace "$work/leak.csv"
case=$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["case"])')
expect_exit 1 as ivo finding draft --direct bob
expect_exit 1 as ivo finding draft --case "$case" --direct bob
expect_err "no event shows what was disclosed to 'bob'"
expect_exit 0 as ivo --json finding draft --case "$case" --direct bob --event "$shown"
hidden=$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["id"])')
expect_exit 0 as ivo --json finding show "$hidden"
expect_json 'v["trace_case"] == "'"$case"'" and all(p["actor"].startswith("person ") for p in v["document"]["case"]["persons"])'
expect_exit 2 as ivo trace report "$case" --finding "$hidden" --out "$work/hidden" --names
expect_err 'no names of case'
expect_exit 1 as ivo trace report nonsense --finding "$hidden" --out "$work/hidden"
expect_err "is not about case 'nonsense'"
expect_exit 0 as ivo --yes trace reveal "$case" --purpose incident:1
expect_exit 0 as ivo --json finding draft --case "$case" --direct bob
expect_json "$exported in v['persons'][0]['events']"
expect_exit 0 as ivo --json finding show "$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["id"])')"
expect_json '"bob" in [p["actor"] for p in v["document"]["case"]["persons"]]'
expect_exit 0 as ivo trace report "$case" --finding "$hidden" --out "$work/hidden" --names --lang en
expect 'a draft is said to be one' grep -q 'is not signed by both' "$work/hidden/report.html"

# Who becomes an investigator later reads what is sealed; who was one, does not any more.
echo "the passphrase of nia" >"$work/pass.nia"
vault_must as adam user add nia --new-passphrase-file "$work/pass.nia"
vault_must as adam grant investigator nia
vault_must as ina finding list
expect_exit 0 as nia finding show "$id"
vault_must as adam --yes revoke investigator nia
expect_exit 2 as nia finding show "$id"
vault_must as ina finding list
expect_exit 0 as ivo finding text "$other" facts --text 'after nia left'
expect_exit 0 as ivo --json finding show "$other"
expect_json 'v["document"]["sections"]["facts"] == "after nia left"'
expect 'under another key than before' [ "$(sql 'SELECT COUNT(DISTINCT key) FROM finding_part')" = '[2]' ]

# The store is held against the log.
expect_exit 0 as ivo log verify
sql "UPDATE finding_part SET sealed = (SELECT sealed FROM finding_part WHERE finding = '$id' AND part = 'version-7') WHERE finding = '$id' AND part = 'version-8'" >/dev/null
expect_exit 3 as ivo finding show "$id" --version 8
expect_exit 3 as ivo log verify
expect_out "finding $id: its part 'version-8' in the store is not the one"
expect_exit 3 as adam log verify
sql "DELETE FROM finding_part WHERE finding = '$id' AND part = 'version-8'" >/dev/null
expect_exit 3 as ivo log verify
expect_out "the store lacks its part 'version-8'"
sql "INSERT INTO finding_part (finding, part, key, sealed) VALUES ('$id', 'version-99', 1, x'00')" >/dev/null
expect_exit 3 as ivo log verify
expect_out "no event names its part 'version-99'"
finish
