#!/usr/bin/env bash
# The policy of a vault: asked, explained, simulated, tested, and changed by one person or by two.
. "${0%/*}/../lib/vault.sh"

vault_furnished
for user in anna zoe; do
    echo "the passphrase of $user" >"$work/pass.$user"
    vault_must as adam user add "$user" --new-passphrase-file "$work/pass.$user"
    vault_must as adam grant admin "$user"
done
default=$source_root/policy/default.cedar
client=$(as amy client list --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["client_no"])')
record=$(record_of "$client" voucher)
hash_of() { sha256sum "$1" | cut -d' ' -f1; }

# A day: reads, a denial, a search, exports of one client and of two, a reveal, changes of rights.
vault_must as amy show "$client" "$record" --purpose tax:2026-03
expect_exit 2 as bob show "$client" "$record" --purpose tax:2026-03
vault_must as amy search 样本
vault_must as amy export "$client" --format csv --out "$work/one.csv" --purpose tax:1
vault_must as amy export "$client" K0002 --format csv --out "$work/two.csv" --purpose tax:1
vault_must as adam assign "$client" bob
vault_must as bob show "$client" "$record" --purpose 'audit:王'
vault_must as adam unassign "$client" bob
expect_exit 2 as bob show "$client" "$record" --purpose tax:2026-03

# --- explain ---
expect_exit 0 as ina policy explain amy record.read "$record"
expect_out "^Rule 'accountant-works-on-assigned-clients' \(line [0-9]+\) permits it:"
expect_out 'resource.assignees.contains\(principal\)'
expect_exit 0 as ina policy explain bob record.read "record:$record" --json
expect_json 'v["effect"] == "deny" and v["rules"] == [] and v["needs"][0]["because"] == "when" and
    "contains" in v["needs"][0]["expression"] and v["needs"][0]["at"] > v["needs"][0]["line"]'
expect_exit 0 as ina policy explain adam grant.add role:accountant --member adam --json
expect_json 'v["effect"] == "deny" and v["policies"] == ["nobody-grants-to-himself"] and
    v["rules"][0]["text"].startswith("@id(") and v["needs"][0]["because"] == "forbids"'
expect_exit 0 as adam policy explain amy record.export "$client" --json
expect_json 'v["effect"] == "deny" and v["policies"] == ["export-needs-a-purpose"]'
expect_exit 0 as adam policy explain amy record.export "$client" --purpose tax:1 --json
expect_json 'v["effect"] == "permit"'
for resource in vault log portfolio:main user:amy role:admin "client:$client"; do
    expect_exit 0 as adam policy explain amy log.checkpoint "$resource" --json
done
expect_exit 1 as adam policy explain amy record.read nothing
expect_exit 1 as adam policy explain amy record.dance vault
expect_err 'is no action'
expect_exit 1 as adam policy explain amy vault.administer vault
expect_exit 1 as adam policy explain nobody record.read vault
expect_exit 1 as adam policy explain amy record.read
expect_exit 1 as adam policy explain
expect_exit 1 as adam policy explain amy record.read vault --event 3
expect_exit 2 as amy policy explain amy record.read vault
expect_exit 1 as ina policy explain --event 0
expect_err 'not one that a policy decided'
expect_exit 1 as ina policy explain --event 1000000

# Whatever was decided is explained as it was decided, to the rule, though rights have changed since.
agree() { # how many decisions of the log were explained, and agreed
    as ina log replay --json >"$work/leaves"
    python3 - "$STRONGROOM" "$vault" "$work/pass.ina" "$work/leaves" <<'PYTHON'
import json, subprocess, sys
program, vault, passphrase, leaves = sys.argv[1:]
decided = wrong = 0
for line in open(leaves, encoding="utf-8"):
    leaf = json.loads(line)
    if "policy_hash" not in leaf["decision"] or leaf.get("phase") == "outcome":
        continue
    run = subprocess.run([program, "--vault", vault, "--as", "ina", "--passphrase-file", passphrase, "--json", "policy",
                          "explain", "--event", str(leaf["seq"])], capture_output=True, text=True)
    value = json.loads(run.stdout) if run.returncode == 0 else {}
    decided += 1
    if not value.get("agrees") or value["effect"] != leaf["decision"]["effect"] or \
            value["policies"] != leaf["decision"]["policies"]:
        wrong += 1
        print("# event", leaf["seq"], leaf["event"], value.get("effect"), run.stderr.strip()[:200])
print(f"# {decided} decisions")
sys.exit(1 if wrong or decided < 25 else 0)
PYTHON
}
expect 'every decision of the log is explained as it was made' agree

# --- who-can, what-can ---
expect_exit 0 as ina policy who-can record.read "$record" --json
expect_json '[(p["user"], p["policies"]) for p in lines] == [("amy", ["accountant-works-on-assigned-clients"])]'
expect_exit 0 as ina policy who-can client.show "$client" --all --json
expect_json '{p["user"]: p["permitted"] for p in lines} == {"adam": True, "amy": True, "anna": True, "bob": False,
    "ina": False, "zoe": True}'
expect_exit 0 as ina policy who-can grant.add role:admin --member zoe
expect_out '^adam '
! grep -q '^zoe' "$work/out"
verdict $? 'who a grant would be for may not give it'
expect_exit 0 as ina policy what-can amy --json
expect_json 'next(r for r in lines if r["action"] == "record.read")["resource"] == "records of main" and
    next(r for r in lines if r["action"] == "record.read")["count"] == 3 and
    not [r for r in lines if r["action"] == "log.replay"]'
expect_exit 0 as ina policy what-can bob --json
expect_json 'not [r for r in lines if r["action"] in ("record.read", "record.export")]'
expect_exit 1 as ina policy what-can nobody
expect_exit 2 as amy policy who-can record.read "$record"
expect_exit 2 as bob policy what-can amy

# --- simulate ---
cp "$default" "$work/strict.cedar"
cat >>"$work/strict.cedar" <<'CEDAR'
@id("no-exports-of-many")
forbid (principal, action == Action::"record.export", resource) when { context has count && context.count > 1 };
CEDAR
expect_exit 0 as ina policy simulate "$default" --json
expect_json 'v["changed"] == 0 and v["unknown"] == 0 and v["decisions"] > 25'
expect_exit 0 as ina policy simulate "$work/strict.cedar" --json
expect_json 'v["changed"] == 1 and [(c["user"], c["action"], c["was"], c["becomes"], c["becomes_by"], c["count"])
    for c in v["changes"]] == [("amy", "record.export", "permit", "deny", ["no-exports-of-many"], 1)]'
expect_exit 0 as ina policy simulate "$work/strict.cedar"
expect_out '^amy +record.export +permit +accountant-works-on-assigned-clients +deny +no-exports-of-many +1 '
expect_exit 0 as ina policy simulate "$work/strict.cedar" --to 2020-01-01 --json
expect_json 'v["decisions"] == 0'
cp "$default" "$work/slow.cedar"
cat >>"$work/slow.cedar" <<'CEDAR'
@id("slow-down")
forbid (principal, action, resource) when { context.hour >= 1 };
CEDAR
expect_exit 0 as ina policy simulate "$work/slow.cedar" --json
expect_json '{c["user"] for c in v["changes"]} == {"amy"} and "record.export" in {c["action"] for c in v["changes"]}'
echo 'permit (principal, action);' >"$work/broken.cedar"
expect_exit 1 as ina policy simulate "$work/broken.cedar"
expect_exit 2 as amy policy simulate "$default"

# --- Counters hold in earnest ---
expect_exit 0 as adam policy set "$work/slow.cedar"
expect_exit 2 as amy show "$client" "$record" --purpose tax:2026-03
expect_err "rule 'slow-down' forbids"
expect_exit 0 as adam policy set "$default"
expect_exit 0 as amy show "$client" "$record" --purpose tax:2026-03

# --- test: a firm's own cases ---
mkdir "$work/cases"
cat >"$work/cases/reading.json" <<'JSON'
[{"name": "amy reads her client's record", "principal": "User::\"amy\"", "action": "Action::\"record.read\"",
  "resource": "Record::\"r\"", "expect": "allow", "rule": "accountant-works-on-assigned-clients",
  "entities": [{"uid": {"type": "User", "id": "amy"}, "attrs": {}, "parents": [{"type": "Role", "id": "accountant"}]},
    {"uid": {"type": "Role", "id": "accountant"}, "attrs": {}, "parents": []},
    {"uid": {"type": "Record", "id": "r"}, "parents": [], "attrs": {"kind": "voucher", "compartment": "books",
     "period": "2026-03", "assignees": [{"type": "User", "id": "amy"}], "frozen": false}}]},
 {"name": "a stranger does not", "principal": "User::\"eve\"", "action": "Action::\"record.search\"",
  "resource": "Vault::\"vault\"", "expect": "deny"}]
JSON
expect_exit 0 strongroom policy test "$work/cases" --policies "$default"
expect_out '^2 cases hold, 0 fail'
echo '{"name": "nobody searches", "principal": "User::\"eve\"", "action": "Action::\"record.search\"",
  "resource": "Vault::\"vault\"", "expect": "allow"}' >"$work/cases/wrong.json"
expect_exit 1 strongroom policy test "$work/cases" --policies "$default"
expect_out "wrong.json: 'nobody searches' should be allow, was deny"
expect_exit 1 strongroom policy test "$work/cases" --policies "$default" --json
expect_json '[c["ok"] for c in lines] == [True, True, False]'
expect_exit 1 as adam policy set "$work/strict.cedar" --tests "$work/cases"
expect_err '1 of 3 cases fail'
expect_exit 0 as adam policy show
expect 'the policy is the same' cmp -s "$work/out" "$default"
rm "$work/cases/wrong.json"
expect_exit 0 as adam policy set "$work/strict.cedar" --tests "$work/cases" --json
expect_json 'v["hash"] == "'"$(hash_of "$work/strict.cedar")"'" and not v["proposed"]'
# A firm can insist on its cases.
expect_exit 0 as adam setting set policy.tests on --json
expect_json 'not v["proposed"]'
expect_exit 1 as adam policy set "$default"
expect_err 'tries its own cases before a policy is set'
expect_exit 2 as ina policy set "$default"
expect_exit 0 as adam policy set "$work/strict.cedar" --tests "$work/cases" --json
expect_exit 0 as adam setting set policy.tests off
mkdir "$work/none"
expect_exit 1 strongroom policy test "$work/none" --policies "$default"
expect_exit 1 strongroom policy test "$work/nowhere" --policies "$default"
echo '{"principal": 1}' >"$work/none/x.json"
expect_exit 1 strongroom policy test "$work/none" --policies "$default"
expect_exit 1 strongroom policy test "$work/cases" --policies "$work/broken.cedar"
expect_err 'line 1'

# --- Nobody locks everybody out ---
cat >"$work/lockout.cedar" <<'CEDAR'
permit (principal, action == Action::"record.read", resource);
CEDAR
expect_exit 1 as adam policy set "$work/lockout.cedar"
expect_err 'nobody could set a policy again'
expect_exit 1 as adam policy set "$work/broken.cedar"
expect_exit 2 as ina policy set "$default"

# --- Two people ---
expect_exit 0 as ina setting list
expect_out '^policy.two_people +off '
expect_exit 2 as ina setting set policy.two_people on
expect_exit 1 as adam setting set policy.two_people perhaps
expect_exit 1 as adam setting set policy.nonsense on
expect_exit 0 as adam setting set policy.two_people on
expect_exit 0 as ina setting list --json
expect_json '{s["name"]: s["value"] for s in lines if s["name"].startswith("policy.")} == {"policy.two_people": "on", "policy.tests": "off"}'
# What narrows needs one person: a condition more, a permit less, a forbid more.
sed 's/^when { resource has assignees/when { context has purpose } when { resource has assignees/' "$work/strict.cedar" \
    >"$work/narrower.cedar"
expect_exit 0 as adam policy set "$work/narrower.cedar" --json
expect_json 'not v["proposed"]'
# What may widen is only proposed.
expect_exit 0 as adam policy set "$work/strict.cedar" --json
expect_json 'v["proposed"] and "accountant-works-on-assigned-clients" in v["because"]'
proposed=$(hash_of "$work/strict.cedar")
expect_exit 0 as adam policy show
expect 'the narrower one is still in force' cmp -s "$work/out" "$work/narrower.cedar"
expect_exit 0 as anna policy show "${proposed:0:12}"
expect 'a proposal can be read' cmp -s "$work/out" "$work/strict.cedar"
expect_exit 0 as anna policy list --json
expect_json '[(p["hash"][:8], p["by"]) for p in lines if p["state"] == "proposed"] == [("'"${proposed:0:8}"'", "adam")] and
    len([p for p in lines if p["state"] == "in force"]) == 1'
# The same person twice is one person, and so is the one who proposed.
expect_exit 2 as adam policy approve "${proposed:0:12}"
expect_err 'cannot approve'
expect_exit 0 as adam policy set "$work/strict.cedar" --json
expect_json 'v["proposed"]'
expect_exit 2 as adam policy approve "$proposed"
expect_exit 2 as ina policy approve "$proposed"
expect_exit 1 as anna policy approve 00000000
# Nor can one switch the rule off alone, twice over.
expect_exit 0 as adam setting set policy.two_people off --json
expect_json 'v["proposed"]'
expect_exit 0 as adam setting set policy.two_people off --json
expect_json 'v["proposed"]'
expect_exit 0 as adam setting list --json
expect_json '{s["name"]: s["value"] for s in lines}["policy.two_people"] == "on"'
# A second person who is disabled is none.
vault_must as adam user disable zoe --yes
expect_exit 2 as zoe policy approve "$proposed"
expect_exit 0 as anna policy approve "${proposed:0:12}" --json
expect_json 'v["hash"] == "'"$proposed"'" and v["proposed_by"] == "adam"'
expect_exit 0 as adam policy show
expect 'what two people wanted is in force' cmp -s "$work/out" "$work/strict.cedar"
expect_exit 1 as anna policy approve "$proposed"
# Nor is a proposer who has been disabled since.
echo "the passphrase of max" >"$work/pass.max"
vault_must as adam user add max --new-passphrase-file "$work/pass.max"
vault_must as adam grant admin max
cp "$default" "$work/wide.cedar"
echo '@id("all") permit (principal in Role::"auditor", action == Action::"log.replay", resource);' >>"$work/wide.cedar"
expect_exit 0 as max policy set "$work/wide.cedar" --json
expect_json 'v["proposed"] and "no-exports-of-many" in v["because"] or "all" in v["because"]'
vault_must as adam user disable max --yes
expect_exit 2 as anna policy approve "$(hash_of "$work/wide.cedar")"
expect_err 'disabled since'
# Two switch it off.
expect_exit 0 as anna setting set policy.two_people off --json
expect_json 'not v["proposed"] and v["value"] == "off"'
expect_exit 0 as adam policy set "$default" --json
expect_json 'not v["proposed"]'

# Old versions stay readable, the log is whole, and what was decided meanwhile is still explained.
expect_exit 0 as anna policy show --hash "${proposed:0:12}"
expect 'an old version is whole' cmp -s "$work/out" "$work/strict.cedar"
expect_exit 0 as ina log verify --json
expect_json 'v["ok"] and v["problems"] == []'
expect 'every decision under every policy is explained as it was made' agree

# A database of another version is not guessed at.
if [ -n "${STRONGROOM_STORE_SQL:-}" ]; then
    vault=$work/older
    vault_people
    vault_must sql 'PRAGMA user_version = 2'
    expect_exit 1 as ina setting list
    expect 'which version it is, is said' grep -q 'its tables are of version 2, this program knows [0-9]' "$work/err"
fi

finish
