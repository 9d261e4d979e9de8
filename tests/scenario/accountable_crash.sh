#!/usr/bin/env bash
# Keys are wrapped again in batches; killed at any moment, it goes on where it was, and no record is lost either way.
. "${0%/*}/../lib/vault.sh"
. "${0%/*}/../lib/witness.sh"

rows=4000
vault_people
vault_must as amy import "$samples/agency/utf8/clients.csv"
python3 - "$samples/agency/utf8/bank_lines.csv" "$work/bank_lines.csv" $rows <<'PYTHON'
import csv, sys
head, first, *_ = csv.reader(open(sys.argv[1], encoding="utf-8-sig"))
with open(sys.argv[2], "w", encoding="utf-8", newline="") as out:
    writer = csv.writer(out)
    writer.writerow(head)
    for i in range(int(sys.argv[3])):
        first[head.index("交易流水号")] = f"N{i:09d}"
        writer.writerow(first)
PYTHON
vault_must as amy import "$work/bank_lines.csv"
record=$(record_of K0001 bank_transaction)
vault_must as amy correct K0001 "$record" --purpose tax:1 memo=corrected
witness_start one
vault_must as adam vault accountable witness "$(witness_url one)" "$(witness_release one)"
vault_must as adam vault accountable sheet

wrapped() { sql "SELECT COUNT(*) FROM record WHERE kind = 8 AND substr(wrapped, 1, 1) = x'0$1'" | tr -d '[]'; }
all_open() { # every record, and the older version
    rm -f "$work/all.jsonl"
    as amy export K0001 --kind bank_transaction --format jsonl --out "$work/all.jsonl" --purpose tax:1 >/dev/null &&
        [ "$(grep -c bank_transaction "$work/all.jsonl")" = $rows ] &&
        as amy show K0001 "$record" --purpose tax:1 --version 1 >/dev/null
}

interrupted() { # KIND: kill it at many moments on the way to that kind
    local kills=0
    for pause in 0.08 0.12 0.16 0.2 0.24 0.28 0.32 0.36 0.4 0.44; do
        "$STRONGROOM" --vault "$vault" --as amy --passphrase-file "$work/pass.amy" vault accountable finish >/dev/null 2>&1 &
        local process=$!
        sleep "$pause"
        kill -9 "$process" 2>/dev/null && kills=$((kills + 1))
        wait "$process" 2>/dev/null
    done
    printf '# killed %d times; %s of %d are wrapped as kind %s\n' "$kills" "$(wrapped "$1")" $rows "$1"
}

vault_must as adam vault accountable on bank
interrupted 2
expect 'every record opens, whichever way its key is held' all_open
expect_exit 0 as amy vault accountable finish
expect 'all are wrapped for the witness' test "$(wrapped 2)" = $rows
expect 'every record opens' all_open
expect_exit 0 as ina log verify
echo "the passphrase of anna" >"$work/pass.anna"
vault_must as adam user add anna --new-passphrase-file "$work/pass.anna"
vault_must as adam grant admin anna
vault_must as adam vault accountable off bank
vault_must as anna vault accountable off bank
interrupted 1
expect 'every record opens, whichever way its key is held' all_open
expect_exit 0 as amy vault accountable finish
expect 'all open by the client key' test "$(wrapped 1)" = $rows
witness_stop one
expect 'every record opens without a witness' all_open
expect_exit 0 as ina log verify
finish
