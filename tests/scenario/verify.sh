#!/usr/bin/env bash
# log replay, authority and verify; and whatever byte of a vault is flipped, somebody notices.
. "${0%/*}/../lib/scenario.sh"

export STRONGROOM_VAULT=$work/vault STRONGROOM_USER=ann STRONGROOM_PASSPHRASE_FILE=$work/ann
echo 'correct horse of ann' >"$work/ann"
echo 'correct horse of ida' >"$work/ida"
echo 'correct horse of bob' >"$work/bob"
ida() { strongroom --as ida --passphrase-file "$work/ida" "$@"; }
bob() { strongroom --as bob --passphrase-file "$work/bob" "$@"; }

expect_exit 0 strongroom --quiet init --kdf-memory 64 --yes
expect_exit 0 strongroom user add ida --new-passphrase-file "$work/ida"
expect_exit 0 strongroom user add bob --new-passphrase-file "$work/bob"
expect_exit 0 strongroom grant investigator ida
expect_exit 0 strongroom grant accountant bob --until 2999-01-01
expect_exit 0 strongroom client add C-1 'Ganymede Trading' --tax-id 91330100MA2AXXXX0X
expect_exit 0 strongroom assign C-1 bob
expect_exit 0 strongroom --json log checkpoint
python3 -c 'import json, sys; sys.stdout.write(json.load(open(sys.argv[1]))["checkpoint"])' "$work/out" >"$work/since"
moment=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
sleep 0.1
expect_exit 0 strongroom revoke accountant bob

# Who may read the log, and what reading it leaves behind.
expect_exit 2 strongroom log replay
expect_exit 2 bob log verify
expect_exit 0 ida --json log replay
expect_json '[x["seq"] for x in lines] == list(range(len(lines)))'
expect_json 'lines[0]["event"] == "vault.birth" and lines[-1]["event"] != "log.replay"'
expect 'no name of a client is in the log' sh -c '! grep -q Ganymede "$0" && ! grep -q 91330100 "$0"' "$work/out"
python3 - "$work/out" <<'PYTHON' >"$work/canonical"
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    print(json.dumps(json.loads(line), sort_keys=True, ensure_ascii=False, separators=(",", ":")))
PYTHON
expect 'leaves come out as canonical JSON' cmp -s "$work/out" "$work/canonical"
expect_exit 0 ida --json log replay --actor ann --event 'grant.*'
expect_json '[x["event"] for x in lines if "change" in x] == ["grant.add", "grant.add", "grant.remove"]'
expect_exit 0 ida --json log replay --event log.replay --limit 5
expect_json 'lines[-1]["query"] == {"actor": "ann", "event": "grant.*"}'
expect_exit 0 ida --json log replay --to 2001-01-01
expect_silent
expect_exit 1 ida log replay --actor 'Ganymede Trading'
expect_exit 1 ida log replay --from yesterday
expect_exit 1 ida log replay --client nobody

# Authority now, and when bob still had his role.
expect_exit 0 ida --json log authority
expect_json '[(x["user"], x["role"]) for x in lines] == [("ann", "admin"), ("ida", "investigator")]'
expect_exit 0 ida --json log authority --at "$moment"
expect_json '[(x["user"], x["role"]) for x in lines] == [("ann", "admin"), ("bob", "accountant"), ("ida", "investigator")]'
expect_json 'lines[1]["granted_by"] == "ann" and lines[1]["until"] == "2999-01-01T00:00:00.000Z" and lines[1]["portfolios"] == ["main"]'
expect_exit 0 ida --json log authority --at 2001-01-01
expect_silent

# Whole, from the beginning and since a checkpoint.
expect_exit 0 ida --json log verify
expect_json 'v["ok"] and v["problems"] == [] and v["signatures"] >= v["size"]'
expect_json 'v["tables"]["users"] == 3 and v["tables"]["clients"] == 1 and v["tables"]["grants"] == 2'
cp "$work/out" "$work/whole"
expect_exit 0 ida --json log verify --since "$work/since"
expect_json 'v["ok"] and 0 < v["since"] < v["size"] and v["signatures"] < v["size"] and v["tables"]["users"] == 3'
expect_exit 0 ida --json log verify --skip-signatures
expect_json 'v["ok"] and v["signatures"] == 0'
expect_exit 1 ida log verify --since "$work/ann"
sed 's/^— .*/— x+y AAAAAAAA/' "$work/since" >"$work/unsigned"
expect_exit 1 ida log verify --since "$work/unsigned"

# A checkpoint of another history is found to be one.
cp -a "$work/vault" "$work/fork"
expect_exit 0 strongroom --no-remember --vault "$work/fork" portfolio add other
expect_exit 0 strongroom --no-remember --vault "$work/fork" --json log checkpoint
python3 -c 'import json, sys; sys.stdout.write(json.load(open(sys.argv[1]))["checkpoint"])' "$work/out" >"$work/forked"
expect_exit 3 ida --json log verify --since "$work/forked"
expect_json 'not v["ok"] and v["problems"]'

# A table that says more than the log does is found; so is a flipped byte, wherever it is.
flip() { # FILE OFFSET
    python3 - "$1" "$2" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    byte = f.read(1)[0]
    f.seek(int(sys.argv[2]))
    f.write(bytes([byte ^ 0x10]))
PYTHON
}
noticed() { # FILE COUNT EXITS COMMAND…: so many offsets, over the whole file
    local file=$1 count=$2 exits=$3 missed='' size offset i
    shift 3
    size=$(stat -c %s "$work/vault/$file")
    for ((i = 0; i < count; i++)); do
        offset=$((i * (size - 1) / (count - 1)))
        rm -rf "$work/copy"
        cp -a "$work/vault" "$work/copy"
        flip "$work/copy/$file" "$offset"
        strongroom --no-remember --vault "$work/copy" "$@" >"$work/out" 2>"$work/err"
        case $exits in *$?*) ;; *) missed="$missed $offset" ;; esac
    done
    [ -z "$missed" ] || echo "$file:$missed" >"$work/err"
    [ -z "$missed" ]
    verdict $? "$* ends with $exits for a flipped byte of $file at each of $count places"
}
noticed log 40 3 log verify
# A page that holds nothing may be used anew before anybody reads it, which heals it: so there are to be none.
"${STRONGROOM_STORE_SQL:?the tool that opens a store}" "$work/vault" ida "$work/ida" "VACUUM" >/dev/null
noticed store.db 25 3 doctor
# Caches are made good from the log where that is noticed at once; the slots of others may be damaged.
noticed log.tree 5 03 log verify
noticed log.offsets 5 03 log verify
noticed slots 20 0123 log verify

expect_exit 0 ida --json log verify
finish
