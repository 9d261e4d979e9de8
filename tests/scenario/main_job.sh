#!/usr/bin/env bash
# The main job: a firm's files go in, an accountant reads what is hers and is refused what is not, an investigator replays
# who saw what and proves that the log is whole.  Every JSON shape that other programs rely on.
. "${0%/*}/../lib/vault.sh"

agency=$samples/agency/utf8
vault_people
export STRONGROOM_VAULT=$vault

# --- People, roles, portfolios ---
expect_exit 0 as adam user list --json
expect_json '[(l["user"], l["disabled"], l["roles"]) for l in lines] == [("adam", False, ["admin"]), ("amy", False, ["accountant"]), ("bob", False, ["accountant"]), ("ina", False, ["investigator"])]'
expect_exit 0 as adam portfolio add north --role accountant
expect_exit 0 as adam portfolio list --json
expect_json '{l["portfolio"] for l in lines} == {"main", "north"}'

# --- Import: says what it did, twice is once, and a rehearsal changes nothing ---
expect_exit 0 as amy import --dry-run "$agency/clients.csv" --json
expect_json 'v["files"][0]["new"] == 3'
expect_exit 0 as amy client list --json
expect_silent
expect_exit 0 as amy import "$agency/clients.csv" --json
expect_json 'set(v) >= {"files", "event"} and set(v["files"][0]) >= {"file", "format", "encoding", "read", "new", "changed", "same", "refused", "controls", "unmapped"}'
expect_json 'v["files"][0]["read"] == 3 and v["files"][0]["new"] == 3 and v["files"][0]["format"] == "csv-agency"'
expect_exit 0 as amy import "$agency"/{vouchers,payroll,bank_accounts,contacts,balances,invoices,contracts,tax_filings,bank_lines}.csv --json
expect_json 'sum(f["new"] for f in v["files"]) > 15 and not any(f["changed"] for f in v["files"])'
expect_json 'all(set(c) == {"name", "stated", "computed", "ok"} for f in v["files"] for c in f["controls"])'
expect_exit 0 as amy import "$agency"/{clients,vouchers,payroll,bank_accounts,contacts,balances,invoices,contracts,tax_filings,bank_lines}.csv --json
expect_json 'all(f["new"] == f["changed"] == 0 and f["same"] > 0 for f in v["files"])'
expect_exit 0 as amy import "$samples"/agency/gbk/{vouchers,payroll,contacts}.csv --json
expect_json 'all(f["new"] == f["changed"] == 0 for f in v["files"])'
for folder in ubl cii camt saft ofx bank datev workbook einvoice ofd table; do
    mapfile -t files < <(find "$samples/$folder" -type f ! -name '*hostile*' ! -name '*.md' | sort)
    expect_exit 0 as amy import --client K0003 "${files[@]}" --json
    expect_json 'sum(f["new"] + f["same"] for f in v["files"]) > 0'
done

# --- Lists, a record with masks, a reveal with an event of its own ---
expect_exit 0 as amy client list --json
expect_json 'len(lines) == 3 and all(set(l) >= {"id", "client_no", "name", "tax_id", "portfolio"} for l in lines)'
expect_exit 0 as amy list K0001 --json
expect_json 'all(set(l) == {"id", "kind", "period", "date", "key", "title", "version"} for l in lines) and len(lines) > 6'
expect_exit 0 as amy list K0001 --kind voucher --period 2025-01 --json
expect_json 'lines and all(l["kind"] == "voucher" and l["period"] == "2025-01" for l in lines)'
expect_exit 1 as amy list K0001 --kind nonsense
expect_exit 1 as amy list K0001 --period 2025-13
payroll=$(record_of K0001 payroll_entry)
expect_exit 0 as amy show K0001 "$payroll" --purpose payroll:2025-01 --json
expect_json 'set(v) == {"client", "record", "event"} and set(v["record"]) >= {"id", "kind", "period", "date", "version", "fields", "masked"}'
expect_json 'v["record"]["fields"]["employee"]["id_no"] == "110105********0010" and "gross" in v["record"]["masked"]'
expect 'no sensitive value is shown' bash -c "! grep -q '110105198002150010\|6212345678901234569\|13800000000' '$work/out'"
expect_exit 0 as amy show K0001 "$payroll" --purpose payroll:2025-01 --reveal employee.id_no,gross --json
expect_json 'v["record"]["fields"]["employee"]["id_no"] == "110105198002150010" and v["record"]["fields"]["gross"] == "6500.00"'
expect 'what was not asked for stays masked' bash -c "! grep -q '6212345678901234569' '$work/out'"
expect_exit 0 as ina log replay --event record.reveal --json
expect_json 'len(lines) == 1 and lines[0]["resources"][0]["fields"] == ["employee.id_no", "gross"] and lines[0]["actor"]["id"] == "amy"'
expect_exit 1 as amy show K0001 "$payroll" --purpose p --reveal no.such.field
expect_exit 1 as amy show K0001 "$payroll"
expect_exit 1 as amy show K0002 "$payroll" --purpose p

# --- Refusals, each an event ---
for who in bob adam ina; do
    expect_exit 2 as $who show K0001 "$payroll" --purpose task:1
    expect_silent
    expect_exit 2 as $who list K0001
    expect_exit 2 as $who export K0001 --format csv --out "$work/$who.csv" --purpose task:1
    expect "$who has no file" [ ! -e "$work/$who.csv" ]
    expect_exit 0 as ina log replay --actor $who --event record.read --json
    expect_json 'len(lines) == 1 and lines[0]["decision"]["effect"] == "deny"'
done
expect_exit 2 as bob log replay
expect_exit 2 as amy user list
expect_exit 0 as bob client list --json
expect_silent

# --- Search, correct, history ---
for word in 青禾样本 沈样一 91110105MA7TEXT07L; do
    expect_exit 0 as amy search "$word" --json
    expect_json 'lines and all(l["matched"] and set(l) >= {"client", "kind", "title", "matched"} for l in lines)'
done
expect_exit 0 as bob search 沈样一 --json
expect_silent
expect_exit 0 as amy correct K0001 "$payroll" gross=6600.00 --purpose fix:7 --json
expect_json 'v["version"] == 2'
expect_exit 0 as amy history K0001 "$payroll" --json
expect_json '[l["version"] for l in lines] == [2, 1] and all(set(l) - {"file", "sha256"} == {"version", "at", "author", "event"} for l in lines)'
expect_json '"file" not in lines[0] and lines[1]["file"].endswith("payroll.csv") and len(lines[1]["sha256"]) == 64'
expect_exit 0 as amy show K0001 "$payroll" --purpose fix:7 --version 1 --reveal gross --json
expect_json 'v["record"]["fields"]["gross"] == "6500.00" and v["record"]["version"] == 1'
expect_exit 0 as amy show K0001 "$payroll" --purpose fix:7 --reveal gross --json
expect_json 'v["record"]["fields"]["gross"] == "6600.00"'

# --- Out, and in again without a change ---
for form in csv xlsx jsonl; do
    expect_exit 0 as amy export K0001 K0002 --format $form --out "$work/out.$form" --purpose tax:2025 --json
    expect_json "set(v) == {'out', 'rows', 'sha256', 'event'} and v['rows'] > 8"
    expect "$form: the hash is the file's" [ "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["sha256"])' "$work/out")" = "$(sha256sum "$work/out.$form" | cut -d' ' -f1)" ]
    expect_exit 1 as amy export K0001 --format $form --out "$work/out.$form"
    expect_exit 0 as amy import "$work/out.$form" --json
    expect_json 'all(f["new"] == f["changed"] == 0 and f["same"] > 8 and not f["refused"] for f in v["files"])'
    expect_exit 0 as amy export K0001 --format $form --out "$work/clear.$form" --reveal '*' --purpose tax:2025
    expect_exit 0 as amy import "$work/clear.$form" --json
    expect_json 'all(f["new"] == f["changed"] == 0 for f in v["files"])'
done

# --- The log ---
expect_exit 0 as ina log replay --json
expect_json '[l["seq"] for l in lines] == list(range(len(lines))) and all({"v", "id", "time", "event", "actor", "decision", "resources", "sig"} <= set(l) for l in lines)'
cp "$work/out" "$work/leaves"
expect 'leaves are canonical JSON, as logged' python3 - "$work/leaves" <<'PYTHON'
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    line = line.rstrip("\n")
    assert json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":"), sort_keys=True) == line, line
PYTHON
expect_exit 0 as ina log authority --json
expect_json 'all({"user", "role", "portfolios", "granted_by", "event"} <= set(l) for l in lines) and {l["user"] for l in lines} == {"adam", "amy", "bob", "ina"}'
expect_exit 0 as ina log authority --at 2001-01-01 --json
expect_silent
expect_exit 0 as ina log checkpoint
cp "$work/out" "$work/checkpoint"
expect_out '^strongroom\.vault/'
expect_exit 0 as ina log policy
expect_out '^log strongroom\.vault/'
expect_exit 0 as ina log verify --json
expect_json 'v["ok"] is True and v["problems"] == [] and {"origin", "size", "root"} <= set(v)'
expect_exit 0 as ina log verify --since "$work/checkpoint" --json
expect_json 'v["ok"]'
expect_exit 0 as ina policy show
expect_out 'nobody-grants-to-himself'

# --- Backup, restore, doctor ---
expect_exit 0 as adam backup --out "$work/firm.srb" --json
expect_json 'v["bytes"] > 100000 and len(v["sha256"]) == 64'
expect_exit 2 as amy backup --out "$work/mine.srb"
expect 'no file for who may not' [ ! -e "$work/mine.srb" ]
expect_exit 0 strongroom --vault "$work/again" --as adam --passphrase-file "$work/pass.adam" --no-remember restore "$work/firm.srb"
expect_exit 0 strongroom --vault "$work/again" --as amy --passphrase-file "$work/pass.amy" --no-remember show K0001 "$payroll" --purpose task:2 --reveal gross --json
expect_json 'v["record"]["fields"]["gross"] == "6600.00"'
expect_exit 0 strongroom --vault "$work/again" --as ina --passphrase-file "$work/pass.ina" --no-remember log verify --json
expect_json 'v["ok"]'
expect_exit 0 as adam doctor --json
expect_json 'lines and all(l["ok"] for l in lines)'
expect_exit 0 as amy user passwd --new-passphrase-file "$work/pass.new"
expect_exit 2 as amy client list
cp "$work/pass.new" "$work/pass.amy"
expect_exit 0 as amy client list

finish
