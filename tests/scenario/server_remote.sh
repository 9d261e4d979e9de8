#!/usr/bin/env bash
# The command line at a server: login and logout, tokens that are nobody else's, the same output to the byte, files of this
# machine; and the main job, done through a server by a script that knows nothing of it.
. "${0%/*}/../lib/vault.sh"

vault_furnished
socket=$work/socket
export XDG_RUNTIME_DIR=$work/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
"$STRONGROOM" --vault "$vault" serve --socket "$socket" --listen 127.0.0.1:0 >"$work/served" 2>"$work/served.err" &
server=$!
trap 'kill $server 2>/dev/null; wait $server; chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 200); do [ ! -S "$socket" ] || [ ! -s "$work/served" ] || break; sleep 0.05; done
export STRONGROOM_SERVER=unix:$socket

there() { # as USER, at the server, by the token
    local user=$1
    shift
    strongroom --as "$user" "$@"
}

# --- Logging in and out ---
expect_exit 2 strongroom client list
expect_err 'nobody is logged in there from here; log in first: strongroom login'
expect_exit 2 strongroom --as amy --passphrase-file "$work/pass.bob" login
expect_err "user 'amy': unknown, or the passphrase is wrong"
expect_exit 0 strongroom --as amy --passphrase-file "$work/pass.amy" login
expect_out 'amy is logged in until '
expect 'the token is nobody else'"'"'s' bash -c '[ "$(stat -c %a "$XDG_RUNTIME_DIR"/strongroom/*.token)" = 600 ]'
expect_exit 0 strongroom client list
expect_out 'K0001'
expect_exit 0 strongroom session list --json
expect_json 'len(lines) == 1 and lines[0]["current"] and lines[0]["user"] == "amy"'
expect_exit 2 strongroom --as bob client list
expect_err 'amy is logged in there, not bob'
expect_exit 0 strongroom --as ina --passphrase-file "$work/pass.ina" log checkpoint
expect_out '^strongroom.vault/'
expect_exit 1 strongroom --vault "$vault" --server "unix:$socket" client list
expect_err 'the vault is here or there'
expect_exit 1 strongroom --server "unix:$socket" restore "$work/nothing"
expect_err 'on the machine itself'
expect_exit 1 strongroom --accept-rollback --yes client list
expect_err "for the vault's own machine"

# --- The same, to the byte ---
same() {
    as amy "$@" >"$work/here.out" 2>"$work/here.err"
    local here=$?
    there amy "$@" >"$work/there.out" 2>"$work/there.err"
    local status=$?
    # Events are numbered, so each run's differ.
    sed -i -E 's/"event":[0-9]+/"event":0/g; s/(Event|event) [0-9]+/\1 0/g' "$work"/{here,there}.out
    [ "$here" = "$status" ] && cmp -s "$work/here.out" "$work/there.out" && cmp -s "$work/here.err" "$work/there.err"
    verdict $? "here and there the same (exit $here, $status): $*"
    diff "$work/here.out" "$work/there.out" | head -5 | sed 's/^/# /'
    diff "$work/here.err" "$work/there.err" | head -5 | sed 's/^/# /'
}
payroll=$(record_of K0001 payroll_entry)
for json in '' --json; do
    same client list $json
    same list K0001 $json
    same show K0001 "$payroll" --purpose task:2025-01 $json
    same show K0001 "$payroll" --purpose task:2025-01 --reveal gross $json
    same search 沈样一 $json
    same history K0001 "$payroll" $json
    same show K9999 "$payroll" --purpose task:1 $json
    same user list $json
    same list K0001 --kind nonsense $json
    same import "$work/nowhere.csv" $json
    same import --dry-run "$samples/agency/utf8/vouchers.csv" $json
    same export K0001 --format csv --out "$work/pass.amy" --purpose tax:1 $json
done
LANG=zh_CN.UTF-8 same list K9999

# --- Files of this machine ---
cd "$work" || exit 1
expect_exit 0 there amy import "$samples/agency/utf8/balances.csv" --json
expect_json 'v["files"][0]["file"] == "balances.csv" and v["files"][0]["new"] > 0'
expect_exit 0 there amy export K0001 --format xlsx --out out.xlsx --purpose tax:1 --json
expect_json 'v["out"] == "out.xlsx" and v["sha256"] == __import__("hashlib").sha256(open("out.xlsx", "rb").read()).hexdigest()'
expect_exit 0 there amy export K0001 --format jsonl --out there.jsonl --purpose tax:1
expect_exit 0 as amy export K0001 --format jsonl --out here.jsonl --purpose tax:1
# Each export carries marks of its own, so the bytes differ.
expect 'an export there has the rows of one here' python3 -c 'import json
ids = lambda name: [json.loads(line)["record_id"] for line in open(name)]
assert ids("here.jsonl") == ids("there.jsonl") and ids("here.jsonl")'

expect_exit 1 there amy export K0001 --format jsonl --out there.jsonl --purpose tax:1
expect_err 'there.jsonl: there is a file already'
expect_exit 1 there amy export K0001 --format jsonl --out no/such/place.jsonl --purpose tax:1
expect 'nothing half-done stays' bash -c '! ls -d no *.part* 2>/dev/null'
ina() { there ina --passphrase-file "$work/pass.ina" "$@"; }
expect_exit 0 ina log bundle --out bundle --purpose leak --event 'record.*'
expect_exit 0 ina log bundle --out bundle.tar --purpose leak --range 0:
expect_exit 0 ina log tiles --out tiles
expect_exit 0 ina log policy
cp out policy
expect_exit 0 strongroom audit bundle --policy policy
expect_exit 0 strongroom audit bundle.tar --policy policy
expect_exit 0 ina log verify --json
expect_json 'v["ok"]'
expect_exit 0 ina log export --format ocsf --out events.jsonl
expect_exit 0 there adam --passphrase-file "$work/pass.adam" backup --out vault.backup
expect_exit 0 strongroom --vault "$work/again" --as adam --passphrase-file "$work/pass.adam" --no-remember restore vault.backup
expect 'the server kept no files' bash -c "[ -z \"\$(find '$vault/serve.files' -type f)\" ]"

# --- Over TLS, by the pin that the server shows ---
url=$(grep -o 'https://[^ ]*' "$work/served")
pin=$(grep -o 'sha256//.*' "$work/served")
expect_exit 3 strongroom --server "$url" --as amy --passphrase-file "$work/pass.amy" login
expect_exit 3 strongroom --server "$url" --as amy --passphrase-file "$work/pass.amy" login --pin "sha256//$(printf '%043d=' 0)"
expect_err 'its key is not the one that was pinned'
expect_exit 0 strongroom --server "$url" --as amy --passphrase-file "$work/pass.amy" login --pin "$pin"
expect_exit 0 strongroom --server "$url" client list
expect_exit 0 strongroom --server "$url" logout
expect_exit 0 strongroom --server "$url" --as amy --passphrase-file "$work/pass.amy" login
expect_exit 0 strongroom --server "$url" session list --json
other=$(python3 -c 'import json,sys; print([json.loads(l)["id"] for l in open(sys.argv[1]) if not json.loads(l)["current"]][0])' "$work/out")
expect_exit 0 strongroom --server "$url" session end "$other"
expect_exit 2 strongroom client list
expect_err 'not logged in, or the session has ended; log in again'
expect_exit 0 strongroom --server "$url" logout
expect_exit 2 strongroom --server "$url" client list
expect_err 'nobody is logged in there'

# --- Following, until nobody listens ---
"$STRONGROOM" --as ina --passphrase-file "$work/pass.ina" log replay --event 'client.*' --follow --json >"$work/followed" &
follower=$!
sleep 2
as amy client list >"$work/out"
for _ in $(seq 100); do grep -q client.list "$work/followed" && break; sleep 0.1; done
expect 'what is followed comes as it happens' grep -q '"event":"client.list"' "$work/followed"
kill -TERM $follower
expect 'and ends when it is told to' wait $follower

# --- The main job, by a script that knows nothing of servers ---
export STRONGROOM_REAL=$STRONGROOM STRONGROOM_SERVERS=$work/servers
unset STRONGROOM_SERVER
STRONGROOM=$source_root/tests/lib/through_server.sh bash "$source_root/tests/scenario/main_job.sh" >"$work/main_job" 2>&1
verdict $? 'the main job through a server'
grep -A8 '^not ok' "$work/main_job" | sed 's/^/# /'
expect 'which was asked indeed' [ -s "$work/servers" ]
# shellcheck disable=SC2046
kill $(cat "$work/servers")
finish
