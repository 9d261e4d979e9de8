# shellcheck shell=bash
# On top of scenario.sh: a vault of the project's own samples and its people.
#
#   vault_people        init (Argon2id at its floor), users adam (admin), amy and bob (accountants), ina (investigator)
#   vault_furnished     and the sample agency's clients and records, imported by amy, who is assigned to them
#   as USER COMMAND…    run the program as somebody, in $vault
#   record_of CLIENT KIND   the id of amy's first record of that kind
#   sql STATEMENT…      in the opened database (tests/lib/store_sql.c)
. "${BASH_SOURCE[0]%/*}/scenario.sh"

source_root=${STRONGROOM_SOURCE:-$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)}
samples=$source_root/tests/samples
vault=$work/vault

for user in adam amy bob ina new eve; do echo "the passphrase of $user" >"$work/pass.$user"; done

as() {
    local user=$1
    shift
    strongroom --vault "$vault" --as "$user" --passphrase-file "$work/pass.$user" "$@"
}

vault_must() { # a step without which nothing that follows means anything
    if ! "$@" >"$work/out" 2>"$work/err"; then
        printf 'Bail out! %s: %s\n' "$*" "$(cat "$work/err")"
        exit 1
    fi
}

vault_people() {
    vault_must as adam init --kdf-memory 64
    for user in amy bob ina; do
        vault_must as adam user add "$user" --new-passphrase-file "$work/pass.$user"
    done
    vault_must as adam grant accountant amy
    vault_must as adam grant accountant bob
    vault_must as adam grant investigator ina
}

vault_furnished() {
    local agency=$samples/agency/utf8
    vault_people
    vault_must as amy import "$agency/clients.csv"
    vault_must as amy import "$agency/contacts.csv" "$agency/payroll.csv" "$agency/vouchers.csv"
}

record_of() {
    as amy list "$1" --kind "$2" --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])'
}

sql() { "${STRONGROOM_STORE_SQL:?}" "$vault" amy "$work/pass.amy" "$@"; }
