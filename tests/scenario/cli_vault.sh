#!/usr/bin/env bash
# A firm's first day at the command line: every command once, its refusals, its JSON and its exit status.
. "${0%/*}/../lib/scenario.sh"

cd "$work" || exit 1
export STRONGROOM_VAULT=$work/vault
for person in boss amy ivy; do echo "passphrase of $person" >$person.pw; done
as() { # PERSON ARGUMENT…
    local person=$1
    shift
    STRONGROOM_USER=$person STRONGROOM_PASSPHRASE_FILE=$work/$person.pw "$STRONGROOM" "$@"
}
field() { # FILE EXPRESSION: print a member of the first JSON line
    python3 -c 'import json, sys; v = json.loads(open(sys.argv[1]).readline()); print(eval(sys.argv[2]))' "$1" "$2"
}

# --- A vault and its people ---
expect_exit 1 as boss init --kdf-memory 8
expect_err '--kdf-memory takes 64 to'
expect_exit 1 as boss init --recovery 3/2
expect_exit 0 as boss init --firm 'Ledger & Co' --kdf-memory 64 --json --timings
expect_json 'len(v["recovery"]["shares"]) == 3 and v["recovery"]["needed"] == 2 and v["admin"] == "boss"'
expect_err_json '"key_derivation_ms" in v["timings"]'
cp out birth.json
field birth.json '"\n".join(v["recovery"]["shares"][:2])' >shares
expect_exit 1 as boss init
expect_exit 0 as boss user add amy --new-passphrase-file amy.pw
expect_exit 0 as boss user add ivy --new-passphrase-file ivy.pw
expect_exit 1 as boss user add amy --new-passphrase-file amy.pw
expect_exit 0 as boss user list --json
expect_json 'sorted(p["user"] for p in lines) == ["amy", "boss", "ivy"]'
expect_exit 0 as boss portfolio add north
expect_exit 0 as boss portfolio list
expect_out '^north '
expect_exit 0 as boss role add north-team --like accountant --portfolio north
expect_exit 0 as boss role add watch --like investigator
expect_exit 1 as boss role add other --like emperor
expect_exit 0 as boss role list --json
expect_json '{"north-team", "watch"} <= {r["role"] for r in lines}'
expect_exit 0 as boss grant north-team amy
expect_exit 0 as boss grant watch ivy --until 2099-01-01 --json
expect_json 'v["user"] == "ivy" and v["until"].startswith("2099-01-01")'
expect_exit 2 as boss grant north-team boss
expect_exit 0 as boss role show north-team
expect_out '^amy '

# --- Clients and records ---
expect_exit 0 as boss client add C001 北京大华贸易有限公司 --tax-id 91110108MA01XXXX2K --portfolio north --json
client=$(field out 'v["id"]')
expect_exit 0 as boss client add C002 'Ledger & Co' --portfolio north
expect_exit 0 as boss assign C001 amy
expect_exit 0 as amy client list --json
expect_json '[(c["client_no"], c["name"], c["tax_id"], c["portfolio"]) for c in lines if c["client_no"] == "C001"] ==
    [("C001", "北京大华贸易有限公司", "91110108MA01XXXX2K", "north")]'
cat >bank.csv <<'CSV'
交易日期,摘要,借方发生额,贷方发生额,余额,对方户名,对方账号,交易流水号
2026-03-05,货款,,1000.00,1000.00,上海明月商贸有限公司,6222021234567890123,T0001
2026-03-06,办公费,200.50,,799.50,北京文具店,6222029876543210987,T0002
坏日期,x,abc,,1,y,z,T0003
CSV
expect_exit 0 as amy import bank.csv --client C001 --dry-run
expect_out 'dry run'
expect_exit 0 as amy import bank.csv --client C001 --json
expect_json 'v["files"][0]["new"] == 2 and v["files"][0]["refused"][0]["where"] == "row 4" and v["event"] > 0'
expect_exit 0 as amy import bank.csv --client C001
expect_out '^bank.csv +csv-bank +UTF-8 +3 +0 +0 +2 +1$'
expect_exit 1 as amy import nowhere.csv --client C001
expect_exit 0 as amy list C001 --kind bank_transaction --period 2026-03 --json
expect_json 'len(lines) == 2 and set(lines[0]) >= {"id", "kind", "period", "date", "key", "title", "version"}'
record=$(field out 'v["id"]')
expect_exit 1 as amy list C001 --kind elephant
expect_exit 1 as amy list C001 --period march
expect_exit 2 as boss list C001
expect_exit 2 as amy list C002
expect_exit 1 as amy show C002 "$record" --purpose tax:2026-03
expect_exit 0 as amy show C001 "$record" --purpose tax:2026-03 --json
expect_json 'v["client"]["id"] == "'"$client"'" and v["record"]["masked"] == ["counterparty.account"] and
    v["record"]["fields"]["counterparty"]["account"].endswith("0123") and v["event"] > 0'
expect_exit 0 as amy show C001 "$record" --purpose tax:2026-03
expect_out '^  counterparty.account  \*+0123  \[masked\]$'
expect_exit 0 as amy show C001 "$record" --purpose tax:2026-03 --reveal counterparty.account --json
expect_json 'v["record"]["fields"]["counterparty"]["account"] == "6222021234567890123"'
expect_exit 1 as amy show C001 01ARZ3NDEKTSV4RRFFQ69G5FAV --purpose tax:2026-03
expect_exit 1 as amy correct C001 "$record" summary --purpose fix:1
expect_exit 0 as amy correct C001 "$record" summary=改过的货款 --purpose fix:1 --json
expect_json 'v["version"] == 2'
expect_exit 0 as amy history C001 "$record" --json
expect_json '[(e["version"], e["author"]) for e in lines] == [(2, "amy"), (1, "amy")]'
expect_exit 0 as amy search 明月 --json
expect_json 'lines[0]["record"] == "'"$record"'" and lines[0]["matched"]'
expect_exit 0 as amy search 没有这样的词
expect_out '^Nothing was found'

# --- Out of the vault ---
expect_exit 0 as amy export C001 --format csv --out out.csv --purpose tax:2026-03 --json
expect_json 'v["rows"] == 3 and len(v["sha256"]) == 64'
expect 'the file is what was logged' [ "$(sha256sum <out.csv | cut -c1-64)" = "$(field out 'v["sha256"]')" ]
expect_exit 2 as boss export C001 --format csv --out no.csv --purpose tax:2026-03
expect 'nothing was written' [ ! -e no.csv ]
expect_exit 1 as amy export C001 --format pdf --out no.pdf --purpose tax:2026-03
expect_exit 1 bash -c "STRONGROOM_USER=amy STRONGROOM_PASSPHRASE_FILE='$work/amy.pw' '$STRONGROOM' client list >/dev/full"
expect_err 'standard output cannot be written'
expect 'a reader that has enough is told as a failure' bash -c "set -o pipefail
    ! STRONGROOM_USER=ivy STRONGROOM_PASSPHRASE_FILE='$work/ivy.pw' '$STRONGROOM' log replay --json | true"

# --- The log ---
expect_exit 0 as ivy log replay --actor amy --event record.read --json
expect_json 'len(lines) >= 2 and all(e["actor"]["id"] == "amy" and e["event"] == "record.read" for e in lines)'
expect_exit 0 as ivy log replay --client C001 --limit 3
expect_out '^ *EVENT  TIME '
expect_exit 0 as ivy log authority --json
expect_json 'any(r["user"] == "amy" and r["role"] == "north-team" and r["portfolios"] == ["north"] for r in lines)'
expect_exit 0 as ivy log checkpoint
cp out checkpoint
expect_exit 0 as ivy log verify --json
expect_json 'v["ok"] and v["problems"] == [] and v["size"] > 30'
expect_exit 0 as ivy log verify --since checkpoint --skip-signatures
expect_out '^log +whole'
expect_exit 1 as ivy log verify --since nowhere
expect_exit 0 as ivy log policy --json
expect_json '"log " in v["policy"]'
expect_exit 2 as amy log replay

# --- Policy, doctor, backup ---
expect_exit 0 as boss policy show
cp out policy.cedar
expect_exit 0 as boss policy set policy.cedar --json
expect_json 'len(v["hash"]) >= 64'
expect_exit 1 as boss policy set bank.csv
expect_exit 2 as amy policy set policy.cedar
expect_exit 0 as boss doctor --json
expect_json 'all(c["check"] and "ok" in c for c in lines)'
expect_exit 0 as boss backup --out backup --json
expect 'no client data in the backup' bash -c "! grep -aq -e 北京大华 -e 91110108MA01XXXX2K '$work/backup'"
expect_exit 3 env STRONGROOM_VAULT="$work/again" STRONGROOM_USER=boss STRONGROOM_PASSPHRASE_FILE="$work/boss.pw" \
    "$STRONGROOM" restore backup
expect_exit 0 env STRONGROOM_VAULT="$work/again" STRONGROOM_USER=boss STRONGROOM_PASSPHRASE_FILE="$work/boss.pw" \
    "$STRONGROOM" restore backup --accept-rollback
expect_exit 1 as boss restore backup --accept-rollback
expect_exit 0 env STRONGROOM_VAULT="$work/again" STRONGROOM_USER=amy STRONGROOM_PASSPHRASE_FILE="$work/amy.pw" \
    XDG_STATE_HOME="$work/elsewhere" "$STRONGROOM" client list
expect_out 北京大华贸易有限公司

# --- Leaving ---
echo 'another passphrase of amy' >amy2.pw
expect_exit 1 as boss user passwd amy --new-passphrase-file amy2.pw
expect_exit 0 as amy user passwd --new-passphrase-file amy2.pw --no-remember --accept-rollback
expect_exit 2 as amy client list --no-remember
cp amy2.pw amy.pw
expect_exit 0 as amy client list --no-remember
expect_exit 0 as boss unassign C001 amy --no-remember
expect_exit 0 as boss revoke north-team amy --no-remember --json
expect_json 'v["role"] == "north-team" and v["seen"]["records"] >= 1'
expect_exit 2 as amy list C001 --no-remember
expect_exit 0 as boss grant north-team amy --no-remember --json
expect_json 'v["pending"]'
expect_exit 0 as boss role recover north-team amy --share shares --no-remember
expect_exit 1 as boss role recover north-team amy --share amy.pw --no-remember
expect_exit 0 as boss assign C001 amy --no-remember
expect_exit 0 as amy show C001 "$record" --purpose tax:2026-03 --no-remember
expect_exit 0 as boss user disable ivy --no-remember
expect_exit 2 as ivy log verify --no-remember
echo 'not the passphrase' >amy.pw
expect_exit 2 as amy client list --json --no-remember
expect_silent
expect_err_json 'v["error"] == "passphrase" and v["exit"] == 2'

finish
