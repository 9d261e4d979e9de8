#!/usr/bin/env bash
# A role that two of three admins keep: who can give it, who cannot, what a crash leaves, and what a changed table does.
. "${0%/*}/../lib/vault.sh"

vault_furnished
as_admin() { as adam "$@"; }
for user in ada ann; do
    echo "the passphrase of $user" >"$work/pass.$user"
    vault_must as_admin user add "$user" --new-passphrase-file "$work/pass.$user"
    vault_must as_admin grant admin "$user"
done
vault_must as_admin user add new --new-passphrase-file "$work/pass.new"
vault_must as_admin user add eve --new-passphrase-file "$work/pass.eve"
lists() { as "$1" list K0001 >"$work/out" 2>"$work/err"; }
reads_nothing() { ! lists "$1"; }

# --- Making it ---
expect_exit 1 as_admin role add partners --keepers quorum:4 --portfolio main
expect_err 'there are 3; grant the role admin to more people first'
expect_exit 1 as_admin role add partners --keepers quorum:1 --portfolio main
expect_err "'quorum:1' cannot keep a role; --keepers takes members, admins, or quorum:K"
expect_exit 1 as_admin role add partners --like auditor --keepers quorum:2
expect_exit 0 as_admin role add partners --keepers quorum:2 --portfolio main
expect_exit 0 as_admin role show partners --json
expect_json 'lines[0]["quorum"] == {"needed": 2, "of": 3, "holders": ["ada", "adam", "ann"]} and lines[0]["members"] == []'
expect_exit 0 as amy client list # boxes the portfolio's keys for the role
expect 'its secret is with the recovery sheet and nobody' [ "$(sql "SELECT count(*) FROM role_secret WHERE role = 'partners' AND holder <> ''")" = '[0]' ]
vault_must as_admin assign K0001 new
vault_must as_admin assign K0001 eve

# --- One admin alone, and twice the same ---
expect_exit 0 as_admin grant partners new
expect_out "approve it .'role approve partners new'.: 1 of 2 shares are there"
expect_exit 1 as_admin role approve partners new
expect_err 'you have approved this grant already, and count once; another admin must approve it'
expect_exit 1 as_admin grant partners new
expect_err "waits for approvals; approve it with 'role approve'"
expect 'one share opens nothing' reads_nothing new
expect_exit 2 as amy role approve partners new
expect_exit 2 as new role approve partners new
expect_exit 1 as ada role approve partners eve
expect_exit 1 as ada role approve accountant amy
expect_err "no quorum keeps the role 'accountant'"
expect_exit 0 as_admin role show partners
expect_out 'adam'

# --- Two can; killed at any moment in between, each goes on where he was ---
killed() { # USER SECONDS COMMAND…: kill -9 after so long
    local user=$1 after=$2
    shift 2
    { timeout -s KILL "$after" "$STRONGROOM" --vault "$vault" --as "$user" --passphrase-file "$work/pass.$user" "$@"; } \
        >"$work/out" 2>"$work/err"
    true
}
# Copies go with what this machine remembers of the vault, which would find them rolled back.
keep() { cp -r "$vault" "$work/$1" && cp -r "$work/state" "$work/$1.state"; }
put_back() { rm -rf "$vault" "$work/state" && cp -r "$work/$1" "$vault" && cp -r "$work/$1.state" "$work/state"; }
keep before
for after in 0.05 0.1 0.15 0.2 0.25 0.3 0.4 0.6 0.9; do
    put_back before
    killed ada "$after" role approve partners new
    killed new "$after" list K0001
    approved=$(as_admin role show partners --json | python3 -c 'import json, sys; print(*json.loads(sys.stdin.readline())["members"][0].get("approved_by", ["ada"]))')
    case " $approved " in *" ada "*) ;; *) as ada role approve partners new >"$work/out" 2>"$work/err" ;; esac
    as ada client list >"$work/out" 2>"$work/err"
    expect "killed after $after s, and then whole" lists new
done
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
expect_exit 0 as_admin role show partners --json
expect_json '[(m["user"], m["pending"]) for m in lines[0]["members"]] == [("new", False)]'
expect 'what was given on is dropped' [ "$(sql 'SELECT count(*) FROM given_share')" = '[0]' ]
expect_exit 0 as ina log replay --event grant.approve --json
expect_json '[l["actor"]["id"] for l in lines if l.get("phase") == "intent"] == ["ada"]'
expect_exit 0 as_admin doctor --json
expect_json '[l["ok"] for l in lines if l["check"] == "keepers"] == [True]'

# --- A member hands nothing on; an epoch lies between two approvals; the approvals stay ---
expect_exit 0 as_admin grant partners eve
expect_exit 0 as new client list
expect 'a member alone gives nothing' reads_nothing eve
expect_exit 0 as ann role approve partners eve
expect_out 'Its key is complete when eve is next in session.'
expect_exit 0 lists eve
sql "CREATE TABLE kept AS SELECT * FROM role_share" >/dev/null
expect_exit 0 as_admin --yes revoke partners new
expect_exit 0 lists eve
expect 'the leaver reads nothing' reads_nothing new
expect_exit 0 as_admin role show partners --json
expect_json 'lines[0]["epoch"] == 2 and lines[0]["quorum"]["of"] == 3'

# --- Tables that were changed: an old epoch's share, swapped shares, an approval that nobody signed ---
keep sound
sql "UPDATE role_share SET boxed = (SELECT boxed FROM kept WHERE kept.role = role_share.role AND kept.holder = role_share.holder), split = (SELECT split FROM kept WHERE kept.holder = role_share.holder)" >/dev/null
expect_exit 3 as_admin grant partners new
expect_err "the share of role 'partners' that you hold is not what it says it is"
put_back sound
sql "UPDATE role_share SET boxed = (SELECT boxed FROM role_share AS other WHERE other.holder = 'ann') WHERE holder = 'adam'" >/dev/null
expect_exit 3 as_admin grant partners new
put_back sound
expect_exit 0 as_admin grant partners new
sql "INSERT INTO approval SELECT role, member, 'ada', seq FROM approval WHERE member = 'new'" >/dev/null
expect_exit 3 as ada client list
expect_err "approval of 'partners' 'new' 'ada'"
expect_exit 3 as ina log verify
put_back sound

# --- An admin who leaves ---
expect_exit 0 as ann grant partners new
expect_exit 0 as_admin --yes user disable ann
expect 'his share is gone at once' [ "$(sql "SELECT count(*) FROM role_share WHERE holder = 'ann'")" = '[0]' ]
expect_exit 0 as_admin role approve partners new --json
expect_json 'lines[0]["needed"] == 2 and lines[0]["shares"] == 1'
expect 'his approval opens nothing' reads_nothing new
expect_exit 0 as eve client list # a member begins the next epoch
expect_exit 0 as_admin role show partners --json
expect_json 'lines[0]["epoch"] == 3 and lines[0]["quorum"]["holders"] == ["ada", "adam"]'
expect_exit 0 as ada role approve partners new
expect_exit 0 lists new
expect_exit 0 as_admin --yes revoke admin ada
expect_exit 1 as_admin doctor --json
expect_json '[l["ok"] for l in lines if l["check"] == "keepers"] == [False]'
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
finish
