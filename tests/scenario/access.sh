#!/usr/bin/env bash
# Who is refused, with which exit, and that the log knows of it; and vaults, databases and logs older than what was seen.
. "${0%/*}/../lib/vault.sh"

vault_furnished
contact=$(record_of K0001 contact)
show_as() { as "$1" show K0001 "$contact" --purpose task:1; }
events() { as ina log replay --event "$1" --json; }

# --- Wrong passphrases and unknown names: one sentence, no difference in what is said or how long it takes ---
echo 'not the passphrase' >"$work/pass.wrong"
as_wrong() { strongroom --vault "$vault" --as "$1" --passphrase-file "$work/pass.wrong" client list; }
expect_exit 2 as_wrong amy
expect_silent
known=$(sed 's/amy/NAME/g' "$work/err")
expect_exit 2 as_wrong nobody
expect_silent
expect 'the same sentence for both' [ "$known" = "$(sed 's/nobody/NAME/g' "$work/err")" ]
expect_exit 2 as_wrong "$(printf 'x%.0s' {1..70})"
expect_exit 2 as_wrong "amy'; --"
expect_exit 2 as eve client list
expect_exit 0 events session.refuse
expect_json 'len(lines) == 5 and all(l["decision"]["effect"] == "deny" and l["attempt"] for l in lines)'
expect_json '[l["attempt"]["user"] for l in lines] == ["amy", "nobody", "?", "?", "eve"]'

cat >"$work/times.py" <<'PYTHON'
import statistics, subprocess, sys, time
program, vault, wrong = sys.argv[1:]
def once(user):
    start = time.perf_counter()
    subprocess.run([program, "--vault", vault, "--as", user, "--passphrase-file", wrong, "client", "list"],
                   capture_output=True, check=False)
    return time.perf_counter() - start
pairs = [(once("amy"), once("nobody")) for _ in range(9)]
known, unknown = (statistics.median(column) for column in zip(*pairs))
print(f"# known {known * 1000:.0f} ms, unknown {unknown * 1000:.0f} ms")
sys.exit(0 if 0.6 < known / unknown < 1.6 else 1)
PYTHON
expect 'as long for a known name as for an unknown one' python3 "$work/times.py" "$STRONGROOM" "$vault" "$work/pass.wrong"

# --- A database of another version ---
version=$(sql 'PRAGMA user_version')
sql 'PRAGMA user_version = 99' >/dev/null
expect_exit 1 as amy list K0001
expect_silent
expect_err "of version 99, this program knows $version; use the newer program"
sql "PRAGMA user_version = $version" >/dev/null

# --- Disabled ---
vault_must as adam user add new --new-passphrase-file "$work/pass.new"
vault_must as adam grant accountant new
vault_must as amy client list # a member completes the grant
expect_exit 0 as new client list
cp "$vault/slots" "$work/slots.before"
expect_exit 0 as adam --yes user disable new
expect 'the slot is gone' sh -c '! grep -q "\"new\"" "$0"' "$vault/slots"
expect_exit 2 as new client list
expect_silent
expect_err "unknown, or the passphrase is wrong"
# Whoever puts the slot back is refused all the same, and doctor sees it.
cp "$vault/slots" "$work/slots.after"
cp "$work/slots.before" "$vault/slots"
expect_exit 1 as adam doctor --json
expect_json '[l["ok"] for l in lines if l["check"] == "slots"] == [False]'
expect_exit 2 as new client list
expect_silent
expect_err "disabled"
expect_exit 0 events session.refuse
expect_json 'lines[-1]["actor"]["id"] == "new" and lines[-1]["decision"] == {"effect": "deny", "policies": [], "reason": "disabled"}'
expect_exit 0 as adam --yes user disable new
expect 'disabling again takes it away again' cmp -s "$vault/slots" "$work/slots.after"
expect_exit 1 as adam --yes user disable nobody
expect_exit 0 as adam user list --json
expect_json '[l["disabled"] for l in lines if l["user"] == "new"] == [True]'

# --- A grant that runs out ---
vault_must as adam user add eve --new-passphrase-file "$work/pass.eve"
# Long enough for what follows on a busy machine: eight times as long as a session takes now.
before=$(date +%s)
expect_exit 0 as adam user list
last=$(($(date +%s) + 8 * ($(date +%s) - before + 1)))
until=$(date -u -d "@$last" +%Y-%m-%dT%H:%M:%SZ)
expect_exit 0 as adam grant accountant eve --until "$until" --json
expect_json 'v["until"].startswith("20")'
vault_must as amy client list
vault_must as adam assign K0001 eve
expect_exit 0 show_as eve
while [ "$(date +%s)" -le "$last" ]; do sleep 0.2; done
expect_exit 2 show_as eve
expect_silent
expect_exit 2 as eve list K0001
expect_exit 2 as eve export K0001 --format csv --out "$work/eve.csv" --purpose tax:1
expect 'no file is written' [ ! -e "$work/eve.csv" ]
expect_exit 0 as ina log replay --actor eve --json
expect_json '[l["decision"]["effect"] for l in lines if l["event"] == "record.read"] == ["permit", "deny"]'
expect_exit 1 as adam grant accountant eve --until 2001-01-01

# --- Revoked ---
vault_must as adam assign K0001 bob
expect_exit 0 show_as bob
expect_exit 0 as adam role show accountant --json
epoch=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["epoch"])' "$work/out")
expect_exit 0 as adam revoke accountant bob --json
expect_json 'v["seen"] == {"records": 1, "clients": 1}'
expect_exit 2 show_as bob
expect_silent
vault_must as amy list K0001 # begins the new epoch
expect_exit 2 show_as bob
expect 'no box of the role is left for him' [ "$(sql "SELECT count(*) FROM role_secret WHERE holder = 'bob'")" = '[0]' ]
expect_exit 0 as adam role show accountant --json
expect_json "v[\"epoch\"] == $((epoch + 1))"
expect_exit 0 show_as amy
vault_must as amy list K0001
expect_exit 0 as adam role show accountant --json
expect_json "v[\"epoch\"] == $((epoch + 1))"
expect_exit 1 as adam revoke accountant bob
expect_exit 1 as adam revoke admin adam
expect_err 'last admin'

# --- Unassigned, and rights that nobody gives to himself ---
vault_must as adam unassign K0001 eve
expect_exit 2 as adam grant accountant adam
expect_exit 2 as amy grant accountant eve
expect_exit 2 as ina show K0001 "$contact" --purpose task:1
expect_exit 2 as adam show K0001 "$contact" --purpose task:1
expect_exit 2 as amy log replay
expect_exit 0 as ina log verify --json
expect_json 'v["ok"]'

# --- Rollbacks ---
cp -a "$vault" "$work/older"
vault_must as amy correct K0001 "$contact" position=later --purpose fix:1
cp -a "$vault" "$work/newest"
older() { # FILE…: the newest vault with these files of the older one
    rm -rf "$vault"
    cp -a "$work/newest" "$vault"
    for file; do cp -a "$work/older/$file" "$vault/$file"; done
}
rm -rf "$vault" && cp -a "$work/older" "$vault"
expect_exit 3 show_as amy
expect_silent
expect_err 'entries'
expect 'both checkpoints are kept' test -n "$(compgen -G "$XDG_STATE_HOME/strongroom/known/*.rejected-*")"
older store.db
expect_exit 3 show_as amy
expect_silent
expect_err 'older than its log'
older store.db log.tree log.offsets
expect_exit 3 show_as amy
expect_silent
older log
expect_exit 3 show_as amy
expect_silent
older log log.tree log.offsets
expect_exit 3 show_as amy
expect_silent
# A machine that remembers nothing still sees a log older than its database.
export XDG_STATE_HOME=$work/elsewhere
expect_exit 3 show_as amy
expect_silent
older store.db
expect_exit 3 show_as amy
expect_silent
# A log cut behind its last checkpoint but one, with its caches.
older
python3 - "$vault/log" <<'PYTHON'
import os, struct, sys
path = sys.argv[1]
with open(path, "rb") as file:
    content = file.read()
size, note, group = struct.unpack(">QII", content[-16:])
os.truncate(path, len(content) - group)
PYTHON
expect_exit 3 show_as amy
expect_silent
older
expect_exit 0 show_as amy
# Another vault's log, and another vault's slots.
mkdir "$work/other" && mv "$vault" "$work/mine" && vault_people && mv "$vault" "$work/other/vault" && mv "$work/mine" "$vault"
cp "$work/other/vault/log" "$vault/log"
expect_exit 3 show_as amy
older
cp "$work/other/vault/slots" "$vault/slots"
expect_exit 3 show_as amy
expect_silent
older
cp "$work/other/vault/store.db" "$vault/store.db"
expect_exit 3 show_as amy
expect_silent

finish
