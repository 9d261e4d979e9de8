#!/usr/bin/env bash
# Evidence out of a real vault: bundles made, carried away and audited; who may; what is refused; tiles.
. "${0%/*}/../lib/vault.sh"
: "${STRONGROOM_AUDIT:?}"
vault_furnished
record=$(record_of K0001 payroll_entry)
vault_must as amy show K0001 "$record" --purpose task:7
vault_must as ina log checkpoint
cp "$work/out" "$work/kept"
vault_must as ina log policy
cp "$work/out" "$work/policy"
as bob list K0001 >"$work/out" 2>"$work/err"
vault_must as amy show K0001 "$record" --purpose task:8
audit() { "$STRONGROOM_AUDIT" "$@" --policy "$work/policy"; }
bundle() { as ina log bundle "$@"; }

# Who may.
for user in amy adam; do
    expect_exit 2 as "$user" log bundle --out "$work/no" --purpose x --range 0:
    expect_exit 2 as "$user" log tiles --out "$work/no"
done
expect 'nothing was written for them' test ! -e "$work/no"

# A complete range, with everything.
expect_exit 0 bundle --out "$work/range" --purpose 'case 7' --range 0: --since "$work/kept" --record-proofs --json
expect_json 'v["scope"] == "range" and v["redacted"] == 0 and v["told"] == v["tree_size"]'
expect_exit 0 audit "$work/range" --json
expect_json 'v["accepted"] and v["scope"]["start"] == 0 and v["told"] == v["tree_size"] == v["proof_files"] and v["purpose"] == "case 7"'
expect_exit 0 audit "$work/range" --old-checkpoint "$work/kept" --json
expect_json 'v["kept"]["by"] == "consistency"'
expect_exit 0 bundle --out "$work/range.tar" --purpose 'case 7' --range 0:
expect_exit 0 audit "$work/range.tar" --old-checkpoint "$work/kept" --json
expect_json 'v["kept"]["by"] == "range"'
expect 'no half of a bundle is left' sh -c '! ls "$0" | grep -q part' "$work"

# A selection says that it is one; entries are those of replay, byte for byte.
expect_exit 0 bundle --out "$work/chosen" --purpose 'case 8' --client K0001 --actor amy --event record.read --json
expect_json 'v["scope"] == "selection" and v["told"] == 2'
expect_exit 0 audit "$work/chosen"
expect_out 'selection of 2'
expect 'what it was chosen by is told as people write it' sh -c 'grep -q "{\"actor\":\"amy\"" "$0" && ! grep -q "\\\\" "$0"' "$work/out"
as ina log replay --client K0001 --actor amy --event record.read --json >"$work/leaves"
expect 'the leaves are those that replay shows' python3 - "$work/chosen/entries.jsonl" "$work/leaves" <<'PYTHON'
import base64, json, sys
told = [base64.b64decode(json.loads(line)["leaf"]) for line in open(sys.argv[1], encoding="utf-8")]
sys.exit(told != open(sys.argv[2], "rb").read().splitlines())
PYTHON

# A range in which other people's entries are hashes.
expect_exit 0 bundle --out "$work/redacted" --purpose 'case 9' --range 20: --redact --client K0001 --tar --json
expect_json 'v["redacted"] > 0 and v["told"] > 0 and v["told"] + v["redacted"] == v["tree_size"] - 20'
expect_exit 0 audit "$work/redacted" --json
expect_json 'v["told"] > 0 and v["redacted"] > 0'
expect 'only entries about the client are told' python3 - "$work/redacted" <<'PYTHON'
import base64, json, sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    lines = [json.loads(line) for line in archive.extractfile("entries.jsonl")]
told = [json.loads(base64.b64decode(line["leaf"])) for line in lines if "leaf" in line]
sys.exit(not told or len({leaf["subject"]["id"] for leaf in told}) != 1 or len(told) == len(lines))
PYTHON

# Wrong use.
expect_exit 1 bundle --out "$work/x" --range 0:
expect_exit 1 bundle --out "$work/x" --purpose '' --range 0:
for range in 5 5:5 9:5 : a:b 0:99999 -1:3 0:5x 99999:; do
    expect_exit 1 bundle --out "$work/x" --purpose p --range "$range"
done
expect_exit 1 bundle --out "$work/x" --purpose p --range 0:5 --client K0001
expect_exit 1 bundle --out "$work/x" --purpose p --redact --client K0001
expect_exit 1 bundle --out "$work/x" --purpose p --range 0:5 --redact
expect_exit 1 bundle --out "$work/x" --purpose p --range 0:5 --limit 3
expect_exit 1 bundle --out "$work/x" --purpose p --since "$work/policy"
expect_exit 1 bundle --out "$work/x" --purpose p --since "$work/nothing"
expect_exit 1 bundle --out "$work/x" --purpose p --client nobody
expect_exit 1 bundle --out "$work/range" --purpose p --range 0:
expect_err 'already'
expect_exit 1 bundle --out "$work/no/such/place" --purpose p --range 0:
expect 'nothing of these is left' sh -c '! ls -A "$0" | grep -Eq "^x|part"' "$work"

# It is in the log who made which bundle, with its hash.
expect_exit 0 as ina log replay --event log.bundle --json
expect_json 'any(x.get("result", {}).get("manifest_sha256") == "'"$(sha256sum "$work/range/manifest.json" | cut -d' ' -f1)"'" for x in lines)'
expect_json 'any(x["decision"]["effect"] == "deny" for x in lines)'

# Carried to an empty directory; then somebody changes it.
mkdir "$work/elsewhere"
cp -r "$work/chosen" "$work/policy" "$work/elsewhere"
expect 'audited elsewhere, without the vault' \
    sh -c 'cd "$0" && env -i "$1" chosen --policy policy >/dev/null' "$work/elsewhere" "$STRONGROOM_AUDIT"
sed -i '1d' "$work/elsewhere/chosen/entries.jsonl"
expect_exit 3 audit "$work/elsewhere/chosen"
expect_out 'REFUSED'

# Tiles: made, made again, gone on with.
expect_exit 0 as ina log tiles --out "$work/tiles" --json
expect_json 'v["files"] == 2'
expect_exit 0 as ina log tiles --out "$work/hashes" --hashes-only --json
expect 'only hashes' test ! -e "$work/hashes/tile/entries"
expect_exit 0 as ina log tiles --out "$work/tiles" --json
expect 'the checkpoint that is published is the log'"'"'s' python3 - "$work/tiles" <<'PYTHON'
import base64, hashlib, pathlib, sys
root = pathlib.Path(sys.argv[1])
_, size, said = (root / "checkpoint").read_text(encoding="utf-8").splitlines()[:3]
data = (root / "tile" / "entries" / "000.p" / size).read_bytes()
leaves = []
while data:
    length = int.from_bytes(data[:2], "big")
    leaves.append(hashlib.sha256(b"\0" + data[2:2 + length]).digest())
    data = data[2 + length:]
def tree(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(hashes[:split]) + tree(hashes[split:])).digest()
same = (root / "tile" / "0" / "000.p" / size).read_bytes() == b"".join(leaves)
sys.exit(not (same and len(leaves) == int(size) and base64.b64encode(tree(leaves)).decode() == said))
PYTHON
cp "$work/tiles/checkpoint" "$work/published"
printf 'other\n' >"$work/tiles/checkpoint"
expect_exit 1 as ina log tiles --out "$work/tiles"
expect 'what was there is left alone' grep -q other "$work/tiles/checkpoint"
expect_exit 0 as ina log verify
finish
