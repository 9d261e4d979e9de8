#!/usr/bin/env bash
# strongroom-audit: what it is linked with, how much source that is, and that it needs nothing but the bundle and the policy.
. "${0%/*}/../lib/scenario.sh"
: "${STRONGROOM_AUDIT:?the program to test}" "${STRONGROOM_SOURCE:?}" "${STRONGROOM_BUILD:?}"
shared=${STRONGROOM_TEST_SHARED:-}

# Only libsodium, libcrypto and the C library; sanitizers bring their own.  What libcrypto needs besides (libz and libzstd
# on Debian 13) is its own affair.
LC_ALL=C readelf -d "$STRONGROOM_AUDIT" | grep NEEDED >"$work/ldd"
allowed='libsodium|libcrypto|libc\.so|ld-linux'
grep -Eq 'lib(a|ub)san' "$work/ldd" && allowed+='|lib(a|ub|l)san|libm\.so|libgcc_s|libstdc|libpthread|libdl|librt'
expect 'linked with neither SQLCipher, jansson, libcurl nor libmicrohttpd, nor with anything else' \
    sh -c 'test -s "$0" && ! grep -Ev "$1" "$0"' "$work/ldd" "$allowed"
nm "$STRONGROOM_AUDIT" >"$work/nm" 2>/dev/null
expect 'and none of their functions is in it' sh -c '! grep -Eq " (sqlite3_|json_|curl_|MHD_|argon2_|cedar_)" "$0"' "$work/nm"

# What it is made of, by the linker's map; an auditor can read all of it.
python3 - "$STRONGROOM_SOURCE" "$STRONGROOM_BUILD/cli/strongroom-audit.map" >"$work/sources" <<'PYTHON'
import pathlib, re, sys
root, text = pathlib.Path(sys.argv[1]), open(sys.argv[2], encoding="utf-8", errors="replace").read()
found = set()
for room, name in re.findall(r"(?:vault/|cli/)?(\w+)/lib\w+\.a\.p/([\w.]+\.c)\.o", text):
    path = root / "vault" / room / name
    if path.exists():
        found.add(path)
found |= {root / "cli" / name for name in ("audit.c", "audit_json.c", "audit_main.c", "audit_tell.c", "clean.c", "words.c")}
todo = list(found)
while todo:
    for name in re.findall(r'#include "([^"]+)"', todo.pop().read_text(encoding="utf-8")):
        path = root / name
        if path not in found and path.exists():
            found.add(path)
            todo.append(path)
lines = sum(sum(1 for line in path.open(encoding="utf-8") if line.strip()) for path in found)
print(lines, len(found))
for path in sorted(found):
    print(path.relative_to(root))
PYTHON
read -r lines files <"$work/sources"
echo "# $lines lines in $files files"
expect "its whole source, headers and all, has fewer than 6800 lines ($lines)" test "$lines" -lt 6800 -a "$lines" -gt 1000
expect 'the database, the keyring and the log of a vault are not in it' \
    sh -c '! grep -Eq "^vault/(store|keys|log|records|access|ops|http|witness)/" "$0"' "$work/sources"

# Wrong use is 1 and says how; nothing is said on standard output.
expect_exit 1 "$STRONGROOM_AUDIT"
expect_err 'strongroom-audit BUNDLE --policy FILE'
expect_silent
expect_exit 1 "$STRONGROOM_AUDIT" "$work/nothing"
expect_exit 1 "$STRONGROOM_AUDIT" --unknown
expect_exit 0 "$STRONGROOM_AUDIT" --help
expect_exit 0 "$STRONGROOM_AUDIT" --version
printf 'quorum none\n' >"$work/none"
expect_exit 1 "$STRONGROOM_AUDIT" "$work" --policy "$work/none"
expect_err 'knows no log'
printf 'nonsense\n' >"$work/nonsense"
expect_exit 1 "$STRONGROOM_AUDIT" "$work" --policy "$work/nonsense"
expect_err 'line 1'

if [ -z "$shared" ] || [ ! -d "$shared/log/sample" ]; then
    echo "# SKIPPED: there are no public samples beside the project"
    finish
fi
sample=$shared/log/sample
policy=$sample/policy.txt
mkdir "$work/empty"
cp -r "$sample/range-all" "$work/empty/bundle"
cp "$policy" "$work/empty/policy"
cp "$STRONGROOM_AUDIT" "$work/empty/audit"
expect 'runs in an empty place, with no environment' \
    sh -c 'cd "$0" && env -i ./audit bundle --policy policy >/dev/null' "$work/empty"
for bundle in range-all range-redacted selection range-all.tar; do
    expect_exit 0 "$STRONGROOM_AUDIT" "$sample/$bundle" --policy "$policy"
    expect_exit 0 "$STRONGROOM_AUDIT" "$sample/$bundle" --policy "$policy" --json
    expect_json 'v["accepted"] and v["origin"] == "vault.example/acme" and v["tree_size"] == 21 and len(v["witnesses"]) == 2'
    expect_exit 0 strongroom audit "$sample/$bundle" --policy "$policy" --json
    expect_json 'v["accepted"]'
done
expect_exit 0 "$STRONGROOM_AUDIT" "$sample/range-all" --policy "$policy" --old-checkpoint "$sample/saved-checkpoint" --json
expect_json 'v["kept"] == {"size": 8, "by": "consistency"}'
expect_exit 3 "$STRONGROOM_AUDIT" "$sample/selection" --policy "$policy" --old-checkpoint "$sample/saved-checkpoint"
expect_out 'kept-unproved'
expect_exit 3 "$STRONGROOM_AUDIT" "$sample/selection" --policy "$policy" --max-age 30d
expect_out '3 age'
expect_exit 0 "$STRONGROOM_AUDIT" "$sample/selection" --policy "$policy" --max-age 36500d
for age in 0 x 5y 1.5h -3 99999999999 ''; do
    expect_exit 1 "$STRONGROOM_AUDIT" "$sample/selection" --policy "$policy" --max-age "$age"
done
expect_exit 1 "$STRONGROOM_AUDIT" "$sample/selection" --policy "$policy" --old-checkpoint "$work/none"

# The refusal names the file, the line, the entry and the rule.
sed -i 's/"index":7,/"index":8,/' "$work/empty/bundle/entries.jsonl"
expect_exit 3 "$STRONGROOM_AUDIT" "$work/empty/bundle" --policy "$policy"
expect_out '^file +entries.jsonl'
expect_out '^rule +6 manifest-hash'
expect_exit 3 strongroom audit "$work/empty/bundle" --policy "$policy" --json
expect_json 'v == {"accepted": False, "refusal": {"rule": "6 manifest-hash", "what": v["refusal"]["what"], "file": "entries.jsonl"}}'
expect_exit 3 env LANG=zh_CN.UTF-8 "$STRONGROOM_AUDIT" "$work/empty/bundle" --policy "$policy"
expect_out '拒收'
finish
