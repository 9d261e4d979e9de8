#!/usr/bin/env bash
# Who saw what: every record version that an answer showed is in the index of disclosures, under the event of that
# answer, and nothing else is; the index is built anew from the log; what was done to it is found; and what one person
# was shown is counted.
. "${0%/*}/../lib/vault.sh"

vault_furnished
export STRONGROOM_VAULT=$vault

disclosed() { "${STRONGROOM_DISCLOSED_LIST:?}" "$vault" ina "$work/pass.ina" "$@"; }

# The number of the last event of that name.
event_of() { as ina log replay --event "$1" --json | tail -1 | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["seq"])'; }

# Of an event that has an outcome: the number of the last intent.
intent_of() { as ina log replay --event "$1" --json | python3 -c 'import json, sys; print([e["seq"] for e in map(json.loads, sys.stdin) if e.get("phase") == "intent"][-1])'; }

cat >"$work/same.py" <<'PYTHON'
"""same.py INDEX EVENT ANSWER [record|export]: the answer's record versions are those of the event."""
import json, sys
index, event, answer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
lines = [json.loads(line) for line in open(answer, encoding="utf-8")]
said = set()
for line in lines:
    one = line.get("record", line)
    if isinstance(one, dict):
        said.add((one["id"], one["version"]))
    elif "record" in line:
        said.add((line["record"], line["version"]))
known = [json.loads(line) for line in open(index, encoding="utf-8")]
found = {(k["record"], k["version"]) for k in known if k["event"] == event and k["record"]}
if found != said or not said:
    sys.exit(f"event {event}: the answer has {len(said)}, the index {len(found)}; "
             f"only there: {list(said - found)[:3]}, only here: {list(found - said)[:3]}")
PYTHON
same() { python3 "$work/same.py" "$work/index" "$@"; }

# --- What people do, each answer kept ---
payroll=$(record_of K0001 payroll_entry)
vault_must as amy list K0001 --json && cp "$work/out" "$work/list1"
list1=$(event_of record.list)
vault_must as amy show K0001 "$payroll" --purpose payroll:2025 --json && cp "$work/out" "$work/show1"
show1=$(event_of record.read)
vault_must as amy correct K0001 "$payroll" employee.name=沈样二 --purpose fix:1
correct1=$(intent_of record.correct)
vault_must as amy list K0001 --kind payroll_entry --period 2025 --json && cp "$work/out" "$work/list2"
list2=$(event_of record.list)
vault_must as amy show K0001 "$payroll" --version 1 --purpose payroll:2025 --json && cp "$work/out" "$work/show2"
show2=$(event_of record.read)
vault_must as amy show K0001 "$payroll" --reveal employee.bank_card,gross --purpose payroll:2025 --json && cp "$work/out" "$work/show3"
show3=$(event_of record.reveal)
vault_must as amy search 沈样 --json && cp "$work/out" "$work/search1"
search1=$(event_of record.search)
vault_must as amy export K0001 K0002 --kind voucher --format jsonl --out "$work/export1" --purpose audit:1
export1=$(intent_of record.export)
vault_must as amy correct K0001 "$payroll" employee.name=沈样三 --purpose fix:2
vault_must as amy import "$samples/agency/utf8/invoices.csv" "$samples/agency/utf8/contracts.csv"
vault_must as amy list K0001 --json && cp "$work/out" "$work/list3"
list3=$(event_of record.list)
vault_must as amy export K0001 --reveal employee.id_no --format jsonl --out "$work/export2" --purpose audit:2
export2=$(intent_of record.export)
vault_must as amy client list --json && cp "$work/out" "$work/clients1"
clients1=$(event_of client.list)
vault_must as amy client show K0002 --json
client1=$(event_of client.show)
expect_exit 2 as bob show K0001 "$payroll" --purpose task:1

# --- The index, before anything of it is stored ---
paths=employee.name,employee.bank_card,employee.id_no,gross,client_no
as_index() { disclosed "$@" --paths "$paths" >"$work/index" 2>"$work/err"; }
check_answers() {
    for what in "list1 $list1" "list2 $list2" "list3 $list3" "show1 $show1" "show2 $show2" "show3 $show3"; do
        set -- $what
        expect "the versions of $1 are those that it showed" same "$2" "$work/$1"
    done
    for what in "export1 $export1" "export2 $export2"; do
        set -- $what
        python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    row = json.loads(line)
    if "version" in row:
        print(json.dumps({"record": {"id": row.get("record_id", row.get("record", row.get("id"))), "version": row["version"]}}))' "$work/$1" >"$work/$1.rows"
        expect "the versions of $1 are the rows of its file" same "$2" "$work/$1.rows"
    done
}
expect 'the index is read from the log' as_index
check_answers
cp "$work/index" "$work/unstored"
lines_of() { python3 -c 'import json, sys
def masked(k):
    return sorted(set(k["shows"]) & {"employee.bank_card", "employee.id_no", "gross"})
known = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
sys.exit(0 if eval("(" + sys.argv[2] + ")") else 1)' "$work/index" "$1"; }
expect 'the hits of a search are there' lines_of "{k['record'] for k in known if k['event'] == $search1} >= {'$payroll'}"
expect 'a correction opened the version before it, and showed nothing' \
    lines_of "[(k['record'], k['version'], k['view'], k['shows']) for k in known if k['event'] == $correct1] == [('$payroll', 1, 4, [])]"
expect 'masked fields are not shown' lines_of "[masked(k) for k in known if k['event'] == $show1] == [[]]"
expect 'revealed ones are' lines_of "[masked(k) for k in known if k['event'] == $show3] == [['employee.bank_card', 'gross']]"
expect 'of an export too' lines_of "[masked(k) for k in known if k['event'] == $export2 and k['record'] == '$payroll'] == [['employee.id_no']]"
expect 'and the version that was current then' lines_of "[k['version'] for k in known if k['event'] == $export2 and k['record'] == '$payroll'] == [3]"
expect 'a list of clients shows their cards' lines_of "len([k for k in known if k['event'] == $clients1 and not k['record']]) == $(wc -l <"$work/clients1")"
expect 'and so does one client shown' lines_of "[k['shows'] for k in known if k['event'] == $client1] == [['client_no']]"
expect 'who was refused saw nothing' lines_of "all(k['person'] == 'amy' for k in known)"

# --- Stored, it says the same; forgotten, it is built anew and says the same ---
expect 'the index is stored' as_index --update
expect 'and says the same' cmp "$work/index" "$work/unstored"
vault_must sql 'SELECT COUNT(*) FROM disclosure'
expect 'in rows' grep -qv '\[0\]' "$work/out"
vault_must sql 'DELETE FROM disclosure'
expect 'without it' as_index
expect 'the same' cmp "$work/index" "$work/unstored"
expect 'stored anew' as_index --update
expect 'the same again' cmp "$work/index" "$work/unstored"
expect_exit 0 as ina log verify --json
expect_json 'v["ok"] and v["disclosures"] > 20 and v["problems"] == []'

# --- What was done to it is found, and it is written anew ---
vault_must sql 'UPDATE disclosure SET sealed = zeroblob(length(sealed)) WHERE key >> 58 = 5 AND key >> 24 & 1023 = 1'
expect_exit 3 as ina trace person amy --since 2020-01-01
expect_err 'log verify'
expect_exit 3 as ina log verify --json
expect_json 'any("client 1, block 0 was altered" in p["what"] for p in v["problems"]) and any("written anew" in p["what"] for p in v["problems"])'
expect_exit 0 as ina log verify --json
expect_json 'v["ok"]'
vault_must sql 'DELETE FROM disclosure WHERE key >> 58 = 6'
expect_exit 3 as ina log verify --json
expect_json 'any("month" in p["what"] and "is missing" in p["what"] for p in v["problems"])'
expect 'after that' as_index
expect 'it says the same' cmp "$work/index" "$work/unstored"
expect 'nothing of it can be read in the file' bash -c "! grep -q '$payroll' '$vault'/store.db*"

# --- What somebody was shown, counted ---
expect_exit 2 as amy trace person bob --since 2020-01-01
expect_exit 2 as adam trace person amy --since 2020-01-01
expect_exit 1 as ina trace person nobody --since 2020-01-01
expect_exit 1 as ina trace person amy
expect_exit 0 as ina trace person bob --since 2020-01-01 --json
expect_json 'v["person"] == "bob" and v["events"] == 0 and v["clients"] == 0 and v["classes"] == []'
expect_exit 0 as ina trace person amy --since 2020-01-01 --json
cp "$work/out" "$work/person"
python3 - "$work/index" "$work/person" <<'PYTHON'
import json, sys
known = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
known = [k for k in known if k["view"] != 4]
told = json.loads(open(sys.argv[2], encoding="utf-8").read())
records = {(k["record"], k["kind"]) for k in known if k["record"]}
kinds = {}
for _, kind in records:
    kinds[kind] = kinds.get(kind, 0) + 1
assert told["kinds"] == kinds, (told["kinds"], kinds)
assert told["records"] == len(records)
assert told["clients"] == len({k["client"] for k in known})
assert told["events"] == len({k["event"] for k in known})
assert told["first"]["event"] == min(k["event"] for k in known) and told["last"]["event"] == max(k["event"] for k in known)
assert {c["client"] for c in told["client_rows"]} == {k["client"] for k in known}
def shown(path, kind="payroll_entry"):
    return len({k["record"] for k in known if k["record"] and k["kind"] == kind and path in k["shows"]})
classes = {}
for c in told["classes"]:
    classes.setdefault(c["class"], []).append(c)
assert classes["id_number"][0]["n"] == shown("employee.id_no") > 0
assert sum(c["n"] for c in classes["payroll"]) == shown("gross") == 1
pay = classes["payroll"][0]
assert (pay["strict"]["threshold"], pay["strict"]["threshold_in_service"], pay["lenient"]["threshold"]) == (50, 25, 500)
assert pay["strict"]["ratio"] == 0.02 and pay["strict"]["ratio_in_service"] == 0.04 and pay["lenient"]["ratio"] == 0.002
thresholds = [c["strict"].get("threshold", 10**9) for c in told["classes"]]
assert thresholds == sorted(thresholds)
strict = sum(c["n"] / c["strict"]["threshold"] for c in told["classes"] if "threshold" in c["strict"])
assert abs(told["mixed"]["strict"]["sum"] - strict) < 0.002
assert told["mixed"]["lenient"]["sum"] <= told["mixed"]["strict"]["sum"]
assert all(c["article"] and c["status"] in ("primary", "secondary", "recalled") and c["since"] for c in told["classes"])
assert "legal advice" in told["law"]["about"] and told["law"]["checked"] and told["law"]["offence"]["article"]
assert 0 < told["people"]["least"] <= told["people"]["most"]
PYTHON
verdict $? 'trace person counts what the index has'
expect_exit 0 as ina trace person amy --since 2020-01-01 --until 2020-12-31 --json
expect_json 'v["events"] == 0'
expect_exit 0 as ina trace person amy --since 2020-01-01
expect_out '^person +amy'
expect_out 'It is no legal advice'
expect 'no name of a client is told' bash -c "! grep -q '青禾样本' '$work/out'"
expect_exit 0 env LANGUAGE=zh_CN "$STRONGROOM" --vault "$vault" --as ina --passphrase-file "$work/pass.ina" trace person amy --since 2020-01-01
expect_out '法律意见'
expect_exit 0 as ina log replay --event trace.person --json
expect_json 'len([l for l in lines if l["decision"]["effect"] == "permit"]) >= 4 and all(l["resources"][0]["type"] == "user" for l in lines)'

finish
