#!/usr/bin/env bash
# policy/README.md keeps its word: the embedder's program builds from the folder alone, and the rules and the case
# that it shows to admins validate and decide as the sentences beside them say.
. "${0%/*}/../lib/scenario.sh"

source_root=${STRONGROOM_SOURCE:?}
page=$source_root/policy/README.md
blocks() { # LANGUAGE PREFIX SUFFIX: every block of the language to a file of its own
    python3 - "$page" "$1" "$work/$2" "$3" <<'PYTHON'
import re, sys
page, language, prefix, suffix = sys.argv[1:]
for n, text in enumerate(re.findall(rf"^```{language}\n(.*?)^```", open(page, encoding="utf-8").read(), re.S | re.M), 1):
    open(f"{prefix}{n}{suffix}", "w", encoding="utf-8").write(text)
PYTHON
}

# --- The folder, a compiler, and nothing else ---
blocks c example .c
mkdir "$work/alone"
cp -r "$source_root/policy" "$work/alone/"
build() {
    (cd "$work/alone" &&
        printf '%s\0' policy/*.c ../example1.c |
        xargs -0 -P 2 -n 8 "${CC:-cc}" -std=c17 -Wall -Wextra -Wpedantic -Werror -I. -c &&
        "${CC:-cc}" ./*.o -o "$work/example")
}
expect 'the example and the folder compile as standard C' build
expect_exit 0 "$work/example"
expect 'the example says what it should' cmp -s "$work/out" - <<'TEXT'
li may, by books
li may not after 300 in an hour
eve may not
TEXT

# --- Five rules, those about approvals, and the case ---
blocks cedar rule .cedar
blocks json case .json
expect 'there are six blocks of rules' test -f "$work/rule6.cedar" -a ! -f "$work/rule7.cedar"
for n in 1 2 3 4 5 6; do
    expect_exit 0 strongroom policy validate --policies "$work/rule$n.cedar" \
        --schema "$source_root/policy/strongroom.cedarschema" --json
    expect_json 'v == {"valid": True, "errors": [], "warnings": []}'
done
mkdir "$work/page"
cp "$work/case1.json" "$work/page/"
expect_exit 0 strongroom policy test "$work/page" --policies "$source_root/policy/default.cedar"

# What each rule decides: a forbid is tried together with a permit for everything.
tries() { # N CASES…: each is EXPECT ACTION ROLE CONTEXT
    local n=$1
    shift
    rm -rf "$work/tries"
    mkdir "$work/tries"
    grep -q '^permit' "$work/rule$n.cedar" || echo '@id("all") permit (principal, action, resource);' >>"$work/rule$n.cedar"
    python3 - "$work/tries/cases.json" "$@" <<'PYTHON'
import json, sys
cases = []
for expect, action, role, context in (word.split(" ", 3) for word in sys.argv[2:]):
    on = ("Client", {"assignees": [{"type": "User", "id": "amy"}], "frozen": False}) if action == "record.export" else \
        ("Record", {"assignees": [{"type": "User", "id": "amy"}], "frozen": False, "kind": "payroll_entry",
                    "compartment": "payroll", "period": "2026-03"})
    cases.append({"name": f"{action} {role} {context}", "principal": 'User::"amy"', "action": f'Action::"{action}"',
        "resource": f'{on[0]}::"x"', "expect": expect, "context": json.loads(context), "entities": [
            {"uid": {"type": "User", "id": "amy"}, "attrs": {}, "parents": [{"type": "Role", "id": role}]},
            {"uid": {"type": "Role", "id": role}, "attrs": {}, "parents": []},
            {"uid": {"type": on[0], "id": "x"}, "attrs": on[1], "parents": []}]})
json.dump(cases, open(sys.argv[1], "w"))
PYTHON
    expect_exit 0 strongroom policy test "$work/tries" --policies "$work/rule$n.cedar"
}
tries 1 'allow record.read accountant {"purpose": {"code": "tax", "reference": ""}}' 'deny record.read accountant {}' \
    'deny record.read admin {"purpose": {"code": "tax", "reference": ""}}'
tries 2 'allow record.reveal accountant {"time": "2026-03-02T00:00:00Z"}' \
    'deny record.reveal accountant {"time": "2026-03-01T23:59:59Z"}' \
    'deny record.reveal accountant {"time": "2026-03-02T11:00:00Z"}' \
    'allow record.reveal accountant {"time": "2026-03-02T10:59:59Z"}'
tries 3 'deny record.read admin {}' 'deny record.export admin {}' 'allow record.read accountant {}'
tries 4 'allow record.read accountant {"hour": 300, "day": 1000}' 'deny record.read accountant {"hour": 301}' \
    'deny record.export accountant {"day": 1001}'
tries 5 'allow record.export accountant {"count": 5, "source": {"host": "home", "kind": "cli"}}' \
    'deny record.export accountant {"count": 6, "source": {"host": "home", "kind": "cli"}}' \
    'allow record.export accountant {"count": 6, "source": {"host": "office", "kind": "cli"}}'
person() { printf '{"__entity": {"type": "User", "id": "%s"}}' "$1"; }
given='"day_exported": 10, "day_clients": 1, "day_reveals": 1'
tries 6 "deny record.export accountant {\"count\": 101, \"approvals\": [$(person chen)], $given}" \
    "deny record.export accountant {\"rows\": 4991, \"approvals\": [], $given}" \
    "allow record.export accountant {\"rows\": 4990, \"approvals\": [], $given}" \
    "allow record.export accountant {\"rows\": 4991, \"approvals\": [$(person chen)], $given}" \
    "allow record.export accountant {\"count\": 101, \"approvals\": [$(person chen), $(person wang)]}" \
    "allow record.export accountant {\"count\": 100, \"approvals\": [], $given}" 'allow record.history accountant {"approvals": []}'

finish
