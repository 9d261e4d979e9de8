#!/usr/bin/env bash
# The investigator's questions: a story, following, rights then and between, figures, and export to monitoring.
. "${0%/*}/../lib/vault.sh"
: "${STRONGROOM_STORE_SQL:?}"

vault_furnished
ida() { as ina "$@"; }
client=$(as amy client list --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])')
record=$(record_of K0001 payroll_entry)
vault_must as amy show K0001 "$record" --purpose task:2024-01
vault_must as amy show K0001 "$record" --purpose task:2024-01 --reveal net,employee.id_no
vault_must as amy export K0001 --kind voucher --format csv --out "$work/v.csv" --purpose request:7
expect_exit 2 as adam show K0001 "$record" --purpose curiosity

# --- The story ---
expect_exit 0 ida log replay --story --json
expect_json '[x["actor"] for x in lines] == sorted(x["actor"] for x in lines)'
expect_json 'all(x["first"] < y["first"] for x, y in zip(lines, lines[1:]) if x["actor"] == y["actor"])'
expect_json 'all(set(l) >= {"time", "event", "effect", "policies", "records", "times", "first", "last"} for x in lines for l in x["lines"])'
expect_json "[l for x in lines for l in x['lines'] if l['event'] == 'record.reveal'][0]['fields'] == ['net', 'employee.id_no']"
expect_json "[l for x in lines for l in x['lines'] if l['event'] == 'record.reveal'][0]['ids'] == ['$record']"
expect_json "[l for x in lines for l in x['lines'] if l['event'] == 'record.read' and l['effect'] == 'permit'][0]['kinds'] == {'payroll_entry': 1}"
expect_json "[l for x in lines for l in x['lines'] if l['event'] == 'record.read' and l['effect'] == 'permit'][0]['policies'] == ['accountant-works-on-assigned-clients']"
expect_json "[l['effect'] for x in lines for l in x['lines'] if x['actor'] == 'adam' and l['event'] == 'record.read'] == ['deny']"
# An outcome names no client; the story of a client has it all the same.
expect_exit 0 ida log replay --story --json --client K0001 --event 'record.export'
expect_json 'len(lines) == 1 and lines[0]["lines"][0]["rows"] > 0 and lines[0]["lines"][0]["last"] > lines[0]["lines"][0]["first"]'
expect_exit 0 env TZ=CST-8 "$STRONGROOM" --vault "$vault" --as ina --passphrase-file "$work/pass.ina" log replay --story
expect_out '^amy  [0-9-]{10} [0-9:]{8} \+08:00 – '
expect_out 'saw masked fields in full; client [0-9A-Z]{26}; records: 1 \(payroll_entry 1\); for task:2024-01$'
expect_out '^ +fields net, employee.id_no$'
expect_out '^ +let through by accountant-works-on-assigned-clients; event [0-9]+$'
expect_out '^  [0-9:]{8}  REFUSED: read records'
expect_out '^ +no rule permits it; event'
expect_exit 0 env LANG=zh_CN.UTF-8 "$STRONGROOM" --vault "$vault" --as ina --passphrase-file "$work/pass.ina" log replay --story
expect_out '已拒绝：'
expect_exit 1 ida log replay --story --follow
expect_exit 2 as adam log replay --story
expect_exit 0 ida log replay --from 2001-01-01 --to 2001-01-02 --story
expect_out 'no such events'

# --- Following: what others do appears, and an interrupt is an end ---
follow() { # FILE COMMAND…
    local file=$1
    shift
    ida --no-remember "$@" >"$file" 2>"$file.err" &
    follower=$!
}
wait_for() { # FILE REGEX
    for _ in $(seq 100); do
        grep -Eq -- "$2" "$1" && return 0
        sleep 0.1
    done
    return 1
}
child_of() { # the program itself, not the shell around it
    for _ in $(seq 50); do
        pid=$(pgrep -P "$1" 2>/dev/null) && [ -n "$pid" ] && { echo "$pid"; return; }
        sleep 0.1
    done
    echo "$1"
}
follow "$work/follow" log replay --json --follow --event 'record.*'
expect 'what was there comes at once' wait_for "$work/follow" '"event":"record.export"'
before=$(grep -c . "$work/follow")
vault_must as amy show K0001 "$record" --purpose follow:1
expect 'a new event comes as a line of its own' wait_for "$work/follow" '"purpose":"follow"'
kill -INT "$(child_of $follower)"
wait $follower
expect 'an interrupt ends it well' [ $? = 0 ]
expect 'one line a new event' [ "$(grep -c . "$work/follow")" = $((before + 1)) ]
expect 'no complaint' [ ! -s "$work/follow.err" ]
expect_exit 0 ida log replay --json --event log.replay
expect_json 'sum(x.get("query", {}).get("follow", False) for x in lines) == 1'
# A reader who goes away ends it too.
(ida --no-remember log replay --json --follow; echo "$?" >"$work/gone") 2>/dev/null | head -n 1 >/dev/null
expect 'ends when nobody reads' wait_for "$work/gone" '^[01]$'
# So does losing the right, once there is something to show; the refusal is an event.
follow "$work/follow" log replay --json --follow
expect 'follows again' wait_for "$work/follow" '"seq":0'
vault_must as adam revoke investigator ina
wait $follower
expect 'a right that was lost is lost' [ $? = 2 ]
expect 'nothing was shown after it' sh -c '! grep -q grant.remove "$0"' "$work/follow"
vault_must as adam grant investigator ina

# --- Rights then, rebuilt from events alone ---
moment=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
sleep 0.05
vault_must as adam revoke accountant bob
vault_must as adam assign K0002 bob
vault_must as adam grant auditor bob --until 2999-01-01
vault_must as adam user disable bob
vault_must as adam unassign K0003 amy
vault_must as adam policy set "$source_root/policy/default.cedar"
later=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
expect_exit 0 ida --json log authority --at "$moment"
expect_json '("bob", "accountant") in [(x["user"], x["role"]) for x in lines]'
cp "$work/out" "$work/then"
expect_exit 0 ida --json log diff-authority "$moment" "$later"
expect_json '[(x["change"], x["how"], x["by"]) for x in lines if x["what"] == "role"] == [("lost", "grant.remove", "adam")]'
expect_json '[(x["change"], x["how"], x["by"], x["portfolio"]) for x in lines if x["what"] == "portfolio"] == [("lost", "grant.remove", "adam", "main")]'
expect_json '[(x["change"], x["how"], x["user"]) for x in lines if x["what"] == "user"] == [("lost", "user.disable", "bob")]'
expect_json '[(x["change"], x["how"], x["user"]) for x in lines if x["what"] == "client"] == [("lost", "assignment.remove", "amy")]'
expect_json 'all(x["event"] > 0 and x["time"].endswith("Z") for x in lines)'
cp "$work/out" "$work/between"
expect_exit 0 ida log diff-authority "$moment"
expect_out 'lost +amy +client +[0-9A-Z]{26} +adam +assignment.remove'
expect_exit 0 ida --json log diff-authority 2001-01-01 "$moment"
expect_json '("gained", "role", "bob", "accountant") in [(x["change"], x["what"], x.get("user"), x.get("role")) for x in lines]'
expect_json 'all(x["change"] == "gained" for x in lines)'
expect_exit 0 ida log diff-authority "$later" "$later"
expect_out 'No right changed'
expect_exit 1 ida log diff-authority "$later" "$moment"
expect_exit 1 ida log diff-authority yesterday
# A role that ran out was lost too, by nobody's deed.
vault_must as adam user add new --new-passphrase-file "$work/pass.new"
soon=$(date -u -d '+15 seconds' +%Y-%m-%dT%H:%M:%SZ)
vault_must as adam grant auditor new --until "$soon"
granted=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
while [ "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \< "$soon" ]; do sleep 0.5; done
expect_exit 0 ida --json log diff-authority "$granted"
expect_json '[(x["change"], x["how"], x["user"], x["role"]) for x in lines] == [("lost", "expiry", "new", "auditor")]'
copied() { strongroom --no-remember --vault "$work/copy" --as ina --passphrase-file "$work/pass.ina" "$@"; }
# Whose keys are due hands them on first, and would notice the tables below.
vault_must as amy client list
vault_must as adam user list
# The tables lie, or are empty: what the log's events say does not change.
cp -a "$vault" "$work/copy"
"$STRONGROOM_STORE_SQL" "$work/copy" ina "$work/pass.ina" \
    "DELETE FROM grants WHERE member NOT IN ('ina', 'adam'); DELETE FROM assignment; DELETE FROM reach; DELETE FROM firm_setting" \
    "UPDATE grants SET granted_by = 'nobody', seq = 1; UPDATE user SET disabled = 0" >"$work/sql" 2>&1
expect 'the tables are destroyed' [ $? = 0 ]
expect_exit 0 copied --json log authority --at "$moment"
expect 'authority is what the events say' cmp -s "$work/out" "$work/then"
expect_exit 0 copied --json log diff-authority "$moment" "$later"
expect 'so is what changed' cmp -s "$work/out" "$work/between"
# An auditor reviews rights, and reads nobody's doings.
vault_must as adam grant auditor new
expect_exit 0 as new --json log authority
expect_exit 0 as new --json log diff-authority "$moment"
expect_exit 2 as new log replay
expect_exit 2 as new log stats
expect_exit 2 as new log export --format cef --out -

# --- Figures ---
expect_exit 0 ida --json log stats
expect_json '[x for x in v["people"] if x["actor"] == "amy"][0]["reveals"] == 1'
expect_json '[x for x in v["people"] if x["actor"] == "amy"][0]["exports"] == 1 and [x for x in v["people"] if x["actor"] == "amy"][0]["exported"] > 0'
expect_json '[x for x in v["people"] if x["actor"] == "adam"][0]["denials"] == 2'
expect_json 'sum(x["events"] for x in v["people"]) == v["events"] == sum(x["events"] for x in v["hours"])'
expect_json 'all(x["hour"].endswith(":00:00.000Z") for x in v["hours"])'
expect_json '[x for x in v["clients"]][0]["events"] > 0'
expect_exit 0 ida --json log stats --actor amy --event record.read
expect_json '[x["actor"] for x in v["people"]] == ["amy"] and v["people"][0]["reads"] == v["events"]'
expect_exit 0 ida --json log stats --client K0001
expect_json 'all("exported" not in x for x in v["people"]) and len(v["clients"]) == 1'
expect_exit 0 ida log stats --svg "$work/heat.svg"
expect_out '^amy +[0-9]'
expect_out '^Mon  ([·░▒▓█]{2}){24}  [0-9]+$'
expect 'the picture is XML' python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/heat.svg"
expect_exit 1 ida log stats --svg "$work/heat.svg"
expect_err 'there is a file already'
expect_exit 0 ida log stats --from 2001-01-01 --to 2001-01-02
expect_exit 2 as adam log stats

# --- Export to monitoring ---
expect_exit 0 ida --json log replay --event 'record.*'
cp "$work/out" "$work/leaves"
cat >"$work/trace.py" <<'PYTHON'
import base64, hashlib, json, re, sys
form, path, leaves = sys.argv[1:]
raw = [line.rstrip(b"\n") for line in open(leaves, "rb")]
wanted = [(json.loads(line)["seq"], base64.b64encode(hashlib.sha256(b"\0" + line).digest()).decode()) for line in raw]
text = open(path, encoding="utf-8").read()
if form == "octets":
    data, records = text.encode(), []
    while data:
        size, data = data.split(b" ", 1)
        records.append(data[:int(size)].decode())
        data = data[int(size):]
else:
    records = text.splitlines()
found = []
for record in records:
    if form == "ocsf":
        value = json.loads(record)
        assert value["class_uid"] == 6005 and value["category_uid"] == 6
        assert value["type_uid"] == 600500 + value["activity_id"] and 1 <= value["activity_id"] <= 99
        assert value["metadata"]["product"]["vendor_name"] and value["metadata"]["version"]
        assert value["severity_id"] in (1, 3, 5) and value["actor"]["user"]["name"] and value["src_endpoint"]
        assert value["database"]["name"] == value["unmapped"]["origin"] == value["metadata"]["log_name"]
        found.append((value["metadata"]["sequence"], value["unmapped"]["leaf_hash"]))
    elif form == "cef":
        assert record.startswith("CEF:0|Strongroom|Strongroom|") and len(re.findall(r"(?<!\\)\|", record)) == 7
        found.append((int(re.search(r" cn1=(\d+)", record)[1]), re.search(r" cs2=(\S+)", record)[1].replace("\\=", "=")))
    else:
        assert re.match(r"<\d+>1 \d{4}-\d\d-\d\dT\S+Z \S+ strongroom - \S+ \[strongroom@32473 ", record), record
        found.append((int(re.search(r' seq="(\d+)"', record)[1]), re.search(r' leafHash="([^"]+)"', record)[1]))
assert found == wanted, (len(found), len(wanted))
PYTHON
for form in ocsf cef syslog; do
    expect_exit 0 ida log export --format $form --out "$work/siem.$form" --event 'record.*'
    expect "$form: each record leads to its leaf" python3 "$work/trace.py" $form "$work/siem.$form" "$work/leaves"
done
expect_exit 0 ida log export --format syslog --framing octets --out - --event 'record.*'
expect 'octets are counted' python3 "$work/trace.py" octets "$work/out" "$work/leaves"
expect_exit 0 ida --json log export --format ocsf --out "$work/whole"
expect_json 'v["sha256"] == __import__("hashlib").sha256(open(v["out"], "rb").read()).hexdigest() and v["entries"] == sum(1 for _ in open(v["out"]))'
expect 'nobody else reads the file' [ "$(stat -c %a "$work/whole")" = 600 ]
expect_exit 0 ida --json log replay --event log.export
expect_json 'lines[-1]["phase"] == "outcome" and lines[-1]["result"]["status"] == "ok" and len(lines[-1]["result"]["sha256"]) == 64'
expect_exit 1 ida log export --format ocsf --out "$work/whole"
expect_exit 1 ida log export --format leef --out -
expect_exit 1 ida log export --format cef --framing octets --out -
expect_exit 1 ida log export --format ocsf --out "$work/nowhere/file"
expect_exit 1 ida log export --format ocsf --follow --out "$work/another"
expect_exit 2 as adam log export --format ocsf --out "$work/another"
expect 'nothing half-done stays' sh -c 'ls "$0" | grep -c "part\|another" | grep -qx 0' "$work"
follow "$work/stream" log export --format cef --out - --follow --event record.read
expect 'a stream begins with what there is' wait_for "$work/stream" '^CEF:0'
vault_must as amy show K0001 "$record" --purpose stream:1
expect 'and goes on' wait_for "$work/stream" 'cs6=stream:1 '
kill -TERM "$(child_of $follower)"
wait $follower
expect 'and ends when told to' [ $? = 0 ]

expect_exit 0 ida log verify
expect_exit 0 as adam doctor
finish
