#!/usr/bin/env bash
# Traces and findings at a server: the same output as on the vault's own machine, and a leaked file, a statement and a
# report that are files of the machine where the command is typed.
. "${0%/*}/../lib/vault.sh"

vault_furnished
printf 'the passphrase of ivo\n' >"$work/pass.ivo"
chmod 600 "$work/pass.ivo"
expect_exit 0 as adam user add ivo --new-passphrase-file "$work/pass.ivo"
expect_exit 0 as adam grant investigator ivo
as ina log checkpoint >"$work/kept"
clients=$samples/agency/utf8/clients.csv
expect_exit 0 as amy export K0001 K0002 K0003 --kind client --format csv --out "$work/export.csv" --purpose task:1 --reveal phone,email,bank_account
socket=$work/socket
export XDG_RUNTIME_DIR=$work/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
"$STRONGROOM" --vault "$vault" serve --socket "$socket" >"$work/served" 2>"$work/served.err" &
server=$!
trap 'kill $server 2>/dev/null; wait $server; chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 200); do [ ! -S "$socket" ] || break; sleep 0.05; done

there() { # as USER, at the server
    local user=$1
    shift
    "$STRONGROOM" --server "unix:$socket" --as "$user" --passphrase-file "$work/pass.$user" "$@"
}

# Numbers of events, ids of cases and moments are each run's own.
plain() {
    sed -i -E 's/01[0-9A-Z]{4,24}/ID/g; s/"(event|case|at|created|time|traced)": ?("[^"]*"|[0-9]+)/"\1":0/g; s/(Event|event|event:|事件) +[0-9]+/\1 0/g
        s/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+( ?[+-][0-9:]+|Z)?/TIME/g' "$@"
}
same() { # USER words…
    local user=$1
    shift
    as "$user" "$@" >"$work/here.out" 2>"$work/here.err"
    local here=$?
    there "$user" "$@" >"$work/there.out" 2>"$work/there.err"
    local status=$?
    plain "$work"/{here,there}.{out,err}
    [ "$here" = "$status" ] && cmp -s "$work/here.out" "$work/there.out" && cmp -s "$work/here.err" "$work/there.err"
    verdict $? "here and there the same (exit $here, $status): $*"
    diff "$work/here.out" "$work/there.out" | head -5 | sed 's/^/# /'
    diff "$work/here.err" "$work/there.err" | head -5 | sed 's/^/# /'
}
# A PDF is read by another program, which the process with the keys may not start at a server.
python3 - "$clients" "$work/leak.pdf" <<'END'
import csv, sys
rows = [[row["统一社会信用代码"], row["联系电话"]] for row in csv.DictReader(open(sys.argv[1], encoding="utf-8-sig"))]
text = "BT /F 11 Tf 50 700 Td " + " 0 -20 Td ".join(f"({a}) Tj 250 0 Td ({b}) Tj -250 0 Td" for a, b in rows) + " ET"
open(sys.argv[2], "w").write(f"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length {len(text)}>>stream
{text}
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF
""")
END
head -c 300 "$work/leak.pdf" >"$work/torn.pdf"
same ina trace "$work/leak.pdf" --before 2001-01-01 --json
same ina trace "$work/torn.pdf" --json
same ina trace "$work/leak.pdf" --before 2100-01-01
if command -v pdftotext >/dev/null; then
    expect_exit 0 there ina trace "$work/leak.pdf" --json
    expect_json 'v["linked"] == 3'
    expect_exit 1 there ina trace "$work/torn.pdf"
    expect_err 'no PDF whose text can be had'
else
    printf 'ok - SKIPPED: pdftotext is not installed\n' >&2
fi
# How likely a stolen copy is depends on the moment of the finding, so it is told.
for json in '' --json; do
    same ina trace "$clients" --before 2100-01-01 $json
    same ina trace "$clients" --before 2001-01-01 $json
    same ina trace "$work/nowhere.csv" $json
    same ina trace marks "$work/export.csv" $json
    same ina trace person amy --since 2020-01-01 $json
    same amy trace "$clients" $json
done
LANG=zh_CN.UTF-8 same ina trace "$clients" --before 2100-01-01

# --- A case and a finding, made there, read here
expect_exit 0 there ina trace "$clients" --json
case=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["case"])' "$work/out")
expect_json 'v["linked"] == 3 and v["persons"][0]["actor"].startswith("person ")'
for json in '' --json; do
    same ina trace show "$case" $json
    same ivo trace reveal "$case" --purpose leak:7 $json
done
event=$(as ina log replay --event record.export --actor amy --json | python3 -c 'import json,sys; print(json.loads(sys.stdin.readline())["seq"])')
expect_exit 0 there ina finding draft --case "$case" --direct amy --event "$event" --summary 'sold' --json
id=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["id"])' "$work/out")
expect_json 'any(p["user"] == "adam" and p.get("part") == "granted-role" for p in v["persons"])'
printf 'I was asked to.\n' >"$work/statement.txt"
expect_exit 0 there ina finding hear "$id" amy --file "$work/statement.txt"
expect_exit 0 there ina finding drop "$id" --person adam
expect_exit 0 there ina finding add "$id" --direct amy --rule 'handbook 4.2'
expect_exit 2 there ina finding review "$id" --accept
expect_exit 0 there ivo finding review "$id" --accept
expect_exit 0 there ivo --yes finding sign "$id"
expect_exit 0 there ina --yes finding sign "$id"
for json in '' --json; do
    same ina finding show "$id" $json
    same ina finding list $json
    same amy finding show "$id" $json
    same ina finding sign "$id" --yes $json
done

# --- The report is written here, its bundle is accepted, its hashes are in the log
expect_exit 0 there ina trace report --finding "$id" --out "$work/report" --since "$work/kept" --lang en --json
expect_json 'v["signed"] and v["written"] > v["event"]'
page=$(sha256sum "$work/report/report.html" | cut -d ' ' -f 1)
as ina log replay --event trace.report_written --json >"$work/out"
expect_json 'lines[-1]["written"]["files"]["report.html"] == "'"$page"'"'
as ina log policy >"$work/policy"
expect_exit 0 "$STRONGROOM_AUDIT" "$work/report/bundle" --policy "$work/policy" --old-checkpoint "$work/kept"
expect 'the server kept no files' bash -c "[ -z \"\$(find '$vault/serve.files' -type f 2>/dev/null)\" ]"
expect_exit 1 there ina trace report --finding "$id" --out "$work/report"
expect 'nothing half-done stays' bash -c "! ls -d '$work'/report.part* 2>/dev/null"
finish
