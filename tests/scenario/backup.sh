#!/usr/bin/env bash
# backup and restore: whole or not at all, nothing readable in it, hostile archives refused, no way back unnoticed.
. "${0%/*}/../lib/scenario.sh"

export STRONGROOM_VAULT=$work/vault STRONGROOM_USER=ann STRONGROOM_PASSPHRASE_FILE=$work/ann
echo 'correct horse of ann' >"$work/ann"
echo 'correct horse of bob' >"$work/bob"
restored() { strongroom --no-remember --vault "$work/restored" "$@"; }

expect_exit 0 strongroom --quiet init --kdf-memory 64 --yes
expect_exit 0 strongroom user add bob --new-passphrase-file "$work/bob"
expect_exit 0 strongroom client add C-1 'Ganymede Trading' --tax-id 91330100MA2AXXXX0X
expect_exit 2 strongroom --passphrase-file "$work/bob" client list
expect 'a failed login waits for the log' test -s "$work/vault/attempts"
cp "$work/vault/attempts" "$work/attempts" # the next session empties it

expect_exit 2 strongroom --as bob --passphrase-file "$work/bob" backup --out "$work/b.zip"
expect 'nothing was written' test ! -e "$work/b.zip"
expect_exit 0 strongroom --json backup --out "$work/b.zip"
expect_json 'v["out"].endswith("b.zip") and v["bytes"] > 0 and len(v["sha256"]) == 64'
expect 'the hash is that of the file' sh -c \
    '[ "$(sha256sum <"$0" | cut -d" " -f1)" = "$(python3 -c "import json,sys; print(json.load(open(sys.argv[1]))[\"sha256\"])" "$1")" ]' \
    "$work/b.zip" "$work/out"
expect 'only its owner may read it' sh -c '[ "$(stat -c %a "$0")" = 600 ]' "$work/b.zip"
expect 'nothing readable is in it' sh -c '! grep -q -a -e Ganymede -e 91330100 "$0"' "$work/b.zip"
expect 'nothing is left beside it' sh -c '[ "$(ls "$0"/b.zip* | wc -l)" = 1 ] && [ ! -e "$0/vault/backup.copy" ]' "$work"
expect_exit 1 strongroom backup --out "$work/b.zip"
expect_err 'already'
expect_exit 1 strongroom backup --out "$work/none/b.zip"

# As it was, under the same people; the log goes on with the restore.
expect_exit 0 strongroom --no-remember --vault "$work/restored" restore "$work/b.zip"
expect_exit 0 restored --json client list
expect_json 'v["name"] == "Ganymede Trading"'
expect_exit 0 restored --json log verify
expect_json 'v["ok"]'
# The caches beside the log are not in it; they are made again from the log, and are what they were.
expect 'the caches of the log are not in the backup' sh -c '! unzip -l "$0" | grep -q "log\."' "$work/b.zip"
expect 'the tree is rebuilt, and begins as the old one' cmp -n 1024 "$work/vault/log.tree" "$work/restored/log.tree"
expect 'so are the offsets' cmp -n 128 "$work/vault/log.offsets" "$work/restored/log.offsets"
expect_exit 0 restored doctor
expect_exit 1 strongroom --no-remember --vault "$work/restored" restore "$work/b.zip"
expect_err 'something here already'
rm -rf "$work/restored"
expect_exit 2 strongroom --no-remember --as bob --passphrase-file "$work/bob" --vault "$work/restored" restore "$work/b.zip"
expect_exit 2 strongroom --no-remember --passphrase-file "$work/bob" --vault "$work/restored" restore "$work/b.zip"
expect 'nothing was put in place' sh -c '! ls -d "$0"/restored* 2>/dev/null' "$work"

# This machine has seen more of the log than the backup holds.
expect_exit 3 strongroom --vault "$work/restored" restore "$work/b.zip"
expect_err 'accept-rollback'
expect 'nothing was put in place' sh -c '! ls -d "$0"/restored* 2>/dev/null' "$work"
expect_exit 0 strongroom log checkpoint
expect_exit 0 strongroom --accept-rollback --vault "$work/restored" restore "$work/b.zip"
expect_exit 0 strongroom --vault "$work/restored" log checkpoint
expect_exit 3 strongroom log checkpoint
rm -rf "$work/restored"
expect_exit 0 strongroom --accept-rollback log checkpoint
expect_exit 0 strongroom log checkpoint

# Archives that somebody else has made.
cat >"$work/forge.py" <<'PYTHON'
import io, json, struct, sys, zipfile
source, target, how = sys.argv[1:4]
members = {i.filename: zipfile.ZipFile(source).read(i) for i in zipfile.ZipFile(source).infolist()}
manifest = json.loads(members["manifest.json"])
method, extra = zipfile.ZIP_STORED, []
def entry(name):
    return next(f for f in manifest["files"] if f["name"] == name)
def flip(name, at):
    b = bytearray(members[name]); b[at] ^= 1; members[name] = bytes(b)
if how == "compressed": method = zipfile.ZIP_DEFLATED
elif how == "extra": extra = [("authorized_keys", b"x")]
elif how == "climbing": extra = [("../climbed", b"x")]; manifest["files"].append({"name": "../climbed", "size": 1, "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"})
elif how == "twice": extra = [("slots", members["slots"])]
elif how == "missing": del members["log"]
elif how == "unnamed": extra = [("attempts", open(sys.argv[4], "rb").read())]
elif how == "attempts":
    import hashlib
    members["attempts"] = open(sys.argv[4], "rb").read()
    manifest["files"].append({"name": "attempts", "size": len(members["attempts"]), "sha256": hashlib.sha256(members["attempts"]).hexdigest()})
elif how == "longer": members["log"] += b"x"
elif how == "size": entry("log")["size"] += 1
elif how == "negative": entry("log")["size"] = -1
elif how == "hash": entry("log")["sha256"] = "00" * 32
elif how == "store": flip("store.db", 5000)
elif how == "log": flip("log", 300)
elif how == "rehashed":
    import hashlib
    flip("log", 300); entry("log")["sha256"] = hashlib.sha256(members["log"]).hexdigest()
elif how == "rehashed-store":
    import hashlib
    flip("store.db", 9000); entry("store.db")["sha256"] = hashlib.sha256(members["store.db"]).hexdigest()
elif how == "origin": manifest["origin"] = "strongroom.vault/01JZZZZZZZZZZZZZZZZZZZZZZZ"
elif how == "newer": manifest["v"] = 2
elif how == "type": manifest["type"] = "holiday-pictures"
elif how == "huge-manifest": manifest["x"] = "x" * (1 << 20)
members["manifest.json"] = json.dumps(manifest, separators=(",", ":")).encode()
if how == "no-json": members["manifest.json"] = b"{" * 100000
import warnings; warnings.simplefilter("ignore")
with zipfile.ZipFile(target, "w", method) as z:
    for name, content in [*members.items(), *extra]:
        z.writestr(name, content)
data = open(target, "rb").read()
if how == "cut": open(target, "wb").write(data[: len(data) // 2])
if how == "bomb":  # says that it is a thousand times as large as it is
    at = data.rindex(b"PK\x01\x02")
    open(target, "wb").write(data[: at + 24] + struct.pack("<I", 1 << 31) + data[at + 28 :])
PYTHON
forge() { python3 "$work/forge.py" "$work/b.zip" "$work/forged.zip" "$1" "$work/attempts"; }
for how in compressed extra climbing twice missing unnamed longer size negative hash store log rehashed \
    rehashed-store origin type huge-manifest no-json cut bomb; do
    rm -f "$work/forged.zip"
    forge "$how" || verdict 1 "made the archive: $how"
    expect_exit 3 strongroom --no-remember --vault "$work/restored" restore "$work/forged.zip"
    expect "nothing is left of it: $how" sh -c '! ls -d "$0"/restored* "$0"/climbed 2>/dev/null' "$work"
done
forge newer
expect_exit 1 strongroom --no-remember --vault "$work/restored" restore "$work/forged.zip"
expect_exit 1 strongroom --no-remember --vault "$work/restored" restore "$work/absent.zip"
expect_exit 3 strongroom --no-remember --vault "$work/restored" restore "$work/ann"
forge attempts
expect_exit 0 strongroom --no-remember --vault "$work/restored" restore "$work/forged.zip"
expect 'what waited for the log was written to it' test ! -s "$work/restored/attempts"

# Killed at some moment: the vault opens and is whole, and a file under the name asked for is a whole one.
for i in $(seq 0 11); do
    (timeout -s KILL "0.$(printf %03d $((100 + i * 10)))" "$STRONGROOM" backup --out "$work/k$i.zip" >"$work/out" 2>&1; exit 0) 2>/dev/null
    if [ -e "$work/k$i.zip" ]; then
        rm -rf "$work/killed"
        strongroom --no-remember --vault "$work/killed" restore "$work/k$i.zip" >"$work/out" 2>"$work/err" ||
            verdict 1 "a backup that is there can be restored"
    fi
done
expect_exit 0 strongroom --json log verify
expect_json 'v["ok"]'
expect_exit 0 strongroom backup --out "$work/last.zip"
expect 'no copy of the store is left' test ! -e "$work/vault/backup.copy"
finish
