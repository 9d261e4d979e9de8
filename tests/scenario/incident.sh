#!/usr/bin/env bash
# An incident on a small firm: frozen at once and by one, unfrozen by two; the case with its clocks, people, proofs and hold;
# the firm's own facts of the law; the case as a bundle; and what tampering shows.  The clock stands still where figures depend on it.
. "${0%/*}/../lib/vault.sh"
unset STRONGROOM_DATADIR

for user in ivo adele; do echo "the passphrase of $user" >"$work/pass.$user"; done
vault_furnished
for user in ivo adele; do vault_must as adam user add "$user" --new-passphrase-file "$work/pass.$user"; done
vault_must as adam grant investigator ivo
vault_must as adam grant admin adele
vault_must as adam assign K0002 bob
voucher=$(record_of K0001 voucher)
other=$(record_of K0002 voucher)
last() { as ina log replay --event "$1" --json | tail -1; } # the last event of a name
case_of() { as ina incident list --json | python3 -c 'import json, sys; print([json.loads(l)["id"] for l in sys.stdin if "id" in json.loads(l)][-1])'; }

# --- Freezing one client: who works on it is out with exit 5, others are not ---
expect_exit 2 as amy incident freeze --client K0001
expect_err 'denied'
expect_exit 1 as ina incident freeze
expect_err 'say what'
expect_exit 1 as ina incident freeze --all --user bob
expect_exit 1 as ina incident freeze --client K9999
expect_exit 0 as ina --json incident freeze --client K0001 --purpose incident:7
expect_json 'v["kind"] == "client" and v["frozen"] and v["roles"] >= 1 and v["checkpoint"].startswith("strongroom.vault/")'
snapshot=$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["snapshot"])')
expect_exit 1 as ivo incident freeze --client K0001
expect_err 'frozen already'
expect_exit 5 as amy show K0001 "$voucher" --purpose task:1
expect_err 'frozen'
expect_exit 5 as amy list K0001
expect_exit 5 as amy export K0001 --format csv --out "$work/out.csv" --purpose client-request:1
expect 'nothing was written' [ ! -e "$work/out.csv" ]
expect_exit 5 as amy correct K0001 "$voucher" lines.0.summary=x --purpose task:1
expect_exit 0 as bob show K0002 "$other" --purpose task:1
expect_exit 0 as ina log replay --client K0001
expect_exit 5 as ina show K0001 "$voucher" --purpose task:1
as ina log replay --event incident.freeze --json | python3 -c '
import json, sys
l = [json.loads(x) for x in sys.stdin if json.loads(x).get("phase") == "intent"][-1]
print(json.dumps(l))' >"$work/out"
expect_json "v['change']['snapshot'] == '$snapshot' and v['change']['size'] == v['seq'] and v['purpose'] == 'incident' and v['ticket'] == '7'"
last record.export >"$work/out"
expect_json 'v["decision"]["effect"] == "deny" and "frozen-clients" in v["decision"]["policies"]'

# --- Unfreezing takes two, who are not frozen themselves ---
expect_exit 2 as amy incident unfreeze --client K0001
expect_exit 1 as ina incident unfreeze --client K0002
expect_err 'not frozen'
expect_exit 0 as ina incident unfreeze --client K0001
expect_out 'proposed'
expect_exit 1 as ina incident unfreeze --client K0001
expect_err 'count once'
expect_exit 5 as amy show K0001 "$voucher" --purpose task:1
expect_exit 0 as adam incident unfreeze --client K0001
expect_out 'No longer frozen'
expect_exit 0 as amy show K0001 "$voucher" --purpose task:1

# --- A portfolio, a person, all ---
expect_exit 0 as adam incident freeze --portfolio main
expect_exit 5 as bob list K0002
expect_exit 0 as ina incident unfreeze --portfolio main
expect_exit 0 as ivo incident unfreeze --portfolio main
expect_exit 0 as ina incident freeze --user bob
expect_exit 5 as bob list K0002
expect_exit 5 as bob search K0002
expect_exit 0 as amy list K0001
expect_exit 1 as ivo user release bob # that is another thing
expect_exit 0 as ina incident freeze --user adele
expect_exit 2 as adele incident unfreeze --user bob
expect_err 'who is frozen'
expect_exit 0 as ivo incident unfreeze --user bob
expect_exit 0 as ina incident unfreeze --user bob
expect_exit 0 as bob list K0002
expect_exit 0 as ina incident freeze --all
for user in amy bob; do expect_exit 5 as "$user" client list; done
expect_exit 5 as adam client list
expect_exit 5 as amy import "$samples/agency/utf8/vouchers.csv"
expect_exit 0 as ina incident list
expect_out 'frozen: all clients'
expect_out 'frozen: person +adele'
expect_exit 0 as ina log verify

# --- The case ---
echo '王某,13800000000,9800.00' >"$work/leaked.csv"
expect_exit 2 as adam incident open --title x
expect_exit 1 as ina incident open --moment known=2026-01-01
expect_err "there is no 'known'"
expect_exit 1 as ina incident open --moment knew=2099-01-01
expect_err 'has not come yet'
expect_exit 1 as ina incident open --circumstance weather=yes
expect_exit 1 as ina incident open --circumstance crime=perhaps
expect_exit 1 as ina incident open --jurisdiction Mars
knew=$(python3 -c 'import datetime as d; print((d.datetime.now(d.timezone.utc) - d.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ"))')
expect_exit 0 as ina incident open --title 'payroll for sale' --how 'a client called' --discovered-by 'client K0001' \
    --moment "knew=$knew,occurred=2024-02-01" --circumstance personal=yes,trustee=yes,controller=no,grade=no --file "$work/leaked.csv"
id=$(case_of)
sum=$(sha256sum "$work/leaked.csv" | cut -d ' ' -f 1)
as ina log replay --event incident.open --json | python3 -c '
import json, sys
print([x for x in sys.stdin if json.loads(x).get("phase") == "intent"][-1], end="")' >"$work/out"
expect_json "v['incident']['file'] == {'sha256': '$sum', 'size': $(stat -c %s "$work/leaked.csv")} and v['incident']['jurisdictions'] == ['CN']"
expect 'what people wrote is not in the log' bash -c '! grep -q "payroll for sale\|13800000000" "$1"' - "$work/out"
expect_exit 0 as ivo --json incident status "$id"
expect_json 'v["status"] == "open" and v["steps"][0]["says"]["title"] == "payroll for sale" and v["steps"][0]["says"]["file"]["name"] == "leaked.csv"'
expect_json '"base64" not in v["steps"][0]["says"]["file"] and v["next"] == "assess" and not v["facts"]["stale"]'
duty() { echo "next(d for d in v['duties'] if d['duty'] == '$1')"; }
expect_json "$(duty cn-client)['state'] == 'owed' and $(duty cn-authority)['state'] == 'not_owed' and $(duty cn-report-4h)['state'] == 'not_owed'"
expect_json "$(duty cn-police)['state'] == 'uncertain' and $(duty cn-police)['strict']['due'] - v['moments']['knew'] == 24 * 3600000"
expect_json "0 < $(duty cn-police)['strict']['left'] <= 22 * 3600000"
expect_json "$(duty house-clients)['state'] == 'waiting' and $(duty house-clients)['force'] == 'house'"
expect_json "[d['duty'] for d in v['duties'] if d['force'] == 'law' and not d['article']] == []"
expect_exit 0 as ina incident status "${id:0:20}"
expect_out 'No legal advice'
expect_out 'cn-client +due +at once'
expect_exit 1 as ina incident status 01ZZ
expect_exit 2 as amy incident status "$id"

# What comes to be known moves the clocks; everything is a step, sealed.
expect_exit 1 as ina incident note "$id"
expect_exit 0 as ivo incident note "$id" --circumstance case=yes --moment "confirmed=$knew" --text 'counsel says it is a case'
expect_exit 0 as ina incident note "$id" --user ivo --part lead
expect_exit 1 as ina incident note "$id" --user ivo
expect_exit 0 as ina incident custody "$id" --text 'the USB stick, from the client to ivo' --file "$work/leaked.csv"
expect_exit 0 as ina incident hold "$id" --client K0001 --text 'the court may ask'
expect_exit 1 as ina incident hold "$id"
expect_exit 1 as ina incident fulfil "$id" no-such-duty
expect_exit 1 as ina incident fulfil "$id" eu-authority
expect_exit 1 as ina incident fulfil "$id" cn-police --at 2099-01-01
echo 'receipt 2026-17' >"$work/receipt"
expect_exit 0 as ina incident fulfil "$id" cn-police --text 'at the station' --file "$work/receipt"
expect_exit 0 as ina --json incident status "$id"
expect_json "$(duty cn-police)['state'] == 'done' and not $(duty cn-police)['late'] and $(duty house-clients)['state'] == 'owed'"
expect_json 'v["held"] and len(v["clients"]) == 1 and v["people"] == [{"user": "ivo", "as": "lead"}]'
expect_json '[s["step"] for s in v["steps"]] == ["open", "note", "note", "note", "hold", "fulfil"] and v["steps"][3]["kind"] == "custody"'
expect_exit 0 as ina incident status "$id"
expect_out 'cn-police +done'

# What leaked: counted from the log, strictly and leniently; no record is opened.
expect_exit 1 as ina incident assess "$id"
expect_exit 1 as ina incident assess "$id" --person nobody
expect_exit 2 as adam incident assess "$id" --person amy
expect_exit 0 as ina --json incident assess "$id" --person amy --loss 6000000
expect_json 'v["persons"]["strict"] >= v["persons"]["lenient"] > 0 and len(v["clients"]) >= 1 and v["encryption"]["frees"] == "no"'
expect_json 'sum(v["personal_information"]["strict"]["pieces"].values()) >= sum(v["personal_information"]["lenient"]["pieces"].values())'
expect_json '[t["strict"]["reached"] for t in v["thresholds"] if t["id"] in ("cn-larger-persons", "cn-larger-loss", "cn-major-loss")] == [False, True, False]'
expect_json 'v["circumstances"]["grade"] == "yes" and v["circumstances"]["trustee"] == "yes" and {r["role"] for r in v["roles"]} >= {"trustee"}'
expect_exit 0 as ivo --json incident status "$id"
expect_json "v['steps'][-1]['step'] == 'assess' and 'grade' in v['steps'][-1]['says']['circumstances'] and $(duty cn-report-4h)['state'] == 'owed'"
expect_json "v['next'] == 'circumstances' and $(duty cn-report-1h)['todo'] == 'incident note $id --circumstance critical=yes|no'"
expect_exit 0 as ivo incident status "$id"
expect_out 'critical information infrastructure'
expect_out "cn-police-clues: +incident note $id --moment discovered=TIME"
vault_must as ina incident note "$id" --circumstance critical=no,online=no,crime=no
expect_exit 0 as ivo --json incident status "$id"
expect_json 'v["next"] == "notify"'
expect_exit 0 as ina incident assess "$id" --person bob --outsider
expect_out 'encryption frees'

# --- The case as evidence: what an outsider, with nothing but the bundle, the policy and a file, can check ---
expect_exit 0 as ina incident document draft "$id" report --lang en --field 'cause=not known, yet'
as ina log policy >"$work/policy"
as ina log checkpoint >"$work/kept"
expect_exit 2 as amy incident bundle "$id" --out "$work/case"
expect_exit 2 as adam incident bundle "$id" --out "$work/case"
expect 'who may not gets nothing' [ ! -e "$work/case" ]
expect_exit 1 as ina incident bundle 01ZZ --out "$work/case"
expect_exit 0 as ina --json incident bundle "$id" --out "$work/case" --since "$work/kept"
expect_json 'v["files"] == 3 and v["documents"] == 1 and v["custody"] == 1 and v["steps"] >= 8 and v["extends"] and v["told"] > 2 * v["steps"]'
bundled=$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["event"])')
expect_exit 1 as ina incident bundle "$id" --out "$work/case"
expect_err 'there is something already'
expect_exit 0 "$STRONGROOM_AUDIT" "$work/case" --policy "$work/policy" --old-checkpoint "$work/kept" --json
expect_json "v['case_event'] == $bundled"
expect_exit 0 "$STRONGROOM_AUDIT" "$work/case" --policy "$work/policy"
expect_out "case.json is the one that entry $bundled tells of"
expect_exit 0 as ina audit "$work/case" --policy "$work/policy"
expect 'case.json says of files, steps and documents what the entries say' python3 - "$work" "$bundled" <<'PYTHON'
import base64, hashlib, json, sys
work, bundled = sys.argv[1], int(sys.argv[2])
leaves = {}
for line in open(work + "/case/entries.jsonl", encoding="utf-8"):
    entry = json.loads(line)
    leaves[entry["index"]] = json.loads(base64.b64decode(entry["leaf"]))
raw = open(work + "/case/case.json", "rb").read()
case = json.loads(raw)
assert leaves[bundled]["event"] == "incident.bundle" and leaves[bundled]["incident"]["sha256"] == hashlib.sha256(raw).hexdigest()
for step in case["steps"]:
    about = leaves[step["event"]]["incident"]
    assert about["id"] == case["case"]["id"] and about.get("sha256") == step.get("sha256") and about.get("sealed") == step.get("sealed"), step
    outcomes = [l for l in leaves.values() if l.get("intent") == step["event"]]
    assert not step.get("sha256") or [l["result"]["status"] for l in outcomes] == ["ok"], step
assert [f["name"] for f in case["files"]] == ["leaked.csv", "leaked.csv", "receipt"]
for file in case["files"]:
    assert leaves[file["event"]]["incident"]["file"] == {"sha256": file["sha256"], "size": file["size"]}
    content = open(work + "/" + file["name"], "rb").read()
    assert file["size"] == len(content) and file["sha256"] == hashlib.sha256(content).hexdigest()
    if "sm3" in hashlib.algorithms_available:
        assert file["sm3"] == hashlib.new("sm3", content).hexdigest(), file
    else:
        print("# no SM3 in this Python", file=sys.stderr)
assert [c["text"] for c in case["custody"]] == ["the USB stick, from the client to ivo"] and case["custody"][0]["file_sha256"] == case["files"][1]["sha256"]
assert leaves[case["documents"][0]["event"]]["document"]["sha256"] == case["documents"][0]["sha256"]
assert [f["no"] for f in case["factors"]] == [1, 2, 3, 4, 5, 6, 7] and {f["answer"] for f in case["factors"]} == {"records", "partly", "open"}
assert case["factors"][3]["records"] == {"files_checked": 3, "held": True, "sealed_texts_checked": len([s for s in case["steps"] if "part" in s])}
assert case["factors"][5]["records"]["steps_by"].keys() == {"ina", "ivo"} and "证据" in case["method"]["zh"]
assert b"payroll for sale" not in raw and b"base64" not in raw and b"at the station" not in raw
PYTHON
cp -r "$work/case" "$work/forged"
sed -i 's/leaked.csv/ledger.csv/' "$work/forged/case.json"
expect_exit 3 "$STRONGROOM_AUDIT" "$work/forged" --policy "$work/policy"
expect_out 'case.json'
rm "$work/forged/case.json"
expect_exit 3 "$STRONGROOM_AUDIT" "$work/forged" --policy "$work/policy"

# It closes when what the law asks is done, does not apply, or a reason is given.
expect_exit 1 as ina incident close "$id"
expect_err 'duties are open, the first is cn-remedy \(owed\)'
expect_err "incident fulfil $id cn-remedy"
expect_exit 0 as ina incident close "$id" --reason 'a drill'
expect_exit 1 as ina incident note "$id" --text more
expect_err 'closed'
expect_exit 0 as ivo incident bundle "$id" --out "$work/case.tar" # closed or not
expect_exit 0 "$STRONGROOM_AUDIT" "$work/case.tar" --policy "$work/policy"
expect_exit 0 as ina incident hold "$id" --release
expect_exit 0 as ina log verify

# --- A case under European law: summer time begins within its 72 hours ---
expect_exit 0 as ina incident open --jurisdiction EU --moment knew=2026-03-28T12:30:00Z --circumstance risk=yes,high-risk=yes,encrypted=yes
eu=$(case_of)
expect_exit 0 as ina --json incident status "$eu"
expect_json "$(duty eu-authority)['state'] == 'owed' and $(duty eu-individuals)['state'] == 'exempt' and $(duty eu-authority-96h)['state'] == 'not_owed'"
expect_json "$(duty eu-authority)['strict']['due'] == 1774960200000 and $(duty eu-authority)['lenient']['due'] == 1774962000000"
expect_json "[d for d in v['duties'] if d['duty'].startswith('cn-') or d['duty'].startswith('house-')] == []"

# --- The firm's own facts ---
expect_exit 0 as ina incident facts show --section laws
expect_out '合同法'
expect_exit 0 as ina --json incident facts show --section all
cp "$work/out" "$work/facts.json"
python3 - "$work" <<'PYTHON'
import json, sys
work = sys.argv[1]
facts = json.load(open(work + "/facts.json", encoding="utf-8"))
next(d for d in facts["duties"] if d["id"] == "house-clients")["count"] = 2
facts["checked"] = "2020-01-01"
json.dump(facts, open(work + "/own.json", "w", encoding="utf-8"), ensure_ascii=False)
facts["duties"][0]["unit"] = "fortnights"
json.dump(facts, open(work + "/bad.json", "w", encoding="utf-8"), ensure_ascii=False)
PYTHON
expect_exit 1 as ina incident facts set "$work/bad.json"
expect_err "duties, entry 1: 'unit'"
expect_exit 2 as adam incident facts set "$work/own.json"
expect_exit 0 as ina incident facts set "$work/own.json"
expect_exit 0 as ivo --json incident status "$id"
expect_json "$(duty house-clients)['strict']['due'] - v['moments']['confirmed'] == 2 * 3600000 and v['facts']['stale'] and v['facts']['set_by_event'] > 0"
expect_exit 0 as ivo incident status "$id"
expect_out 'LAST REVIEWED ON 2020-01-01'
expect_exit 0 as ina incident facts set "$work/facts.json"
expect_exit 0 as ina incident facts set "$work/own.json" # one that was there before
expect_exit 0 as ina log verify

# --- What is in the store is what the events name ---
sql "DELETE FROM finding_part WHERE finding = '$id' AND part = 'incident-3'"
expect_exit 3 as ina incident status "$id"
expect_exit 3 as ina incident bundle "$id" --out "$work/damaged"
expect 'no bundle of a case that is damaged' [ ! -e "$work/damaged" ]
expect_exit 3 as ina log verify
expect_out "the store lacks its part"
sql "DELETE FROM freeze WHERE kind = 'all'"
expect_exit 3 as ina log verify
expect_out "freeze of 'all'"
finish
