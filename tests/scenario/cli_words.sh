#!/usr/bin/env bash
# What the program says without a vault: help, refusals, languages, and standard output that cannot be written.
. "${0%/*}/../lib/scenario.sh"

expect_exit 0 strongroom --version
expect_out '^strongroom [0-9]'
expect_exit 0 strongroom --help
expect_out '^  log verify '
expect_exit 0 strongroom -h
expect_exit 0 strongroom import --help
expect_out '^usage: strongroom import FILE…'
expect_out '--dry-run '
expect_exit 0 strongroom --help import
expect_out '^usage: strongroom import FILE…'
expect_exit 0 strongroom user --help
expect_out '^  user disable '

# Every command explains itself.
strongroom --help | sed -n 's/^  \([a-z][a-z-]*\( [a-z][a-z-]*\)\{0,1\}\)  .*/\1/p' >"$work/commands"
expect 'there are commands' [ "$(wc -l <"$work/commands")" -gt 30 ]
while read -r command; do
    # shellcheck disable=SC2086
    strongroom $command --help | grep -q "^usage: strongroom $command" || expect "$command --help" false
done <"$work/commands"

expect_exit 1 strongroom
expect_err 'no command is given'
expect_exit 1 strongroom nonsense
expect_err 'there is no command “nonsense”'
expect_exit 1 strongroom user
expect_err '^  user add '
expect_exit 1 strongroom user nonsense
expect_exit 1 strongroom --nonsense
expect_exit 1 strongroom show C1 --purpose p
expect_err 'RECORD is missing'
expect_err '^usage: strongroom show CLIENT RECORD'
expect_exit 1 strongroom show C1 R1
expect_err '--purpose PURPOSE is missing'
expect_exit 1 strongroom list C1 --kind
expect_exit 1 strongroom list C1 --nope
expect_exit 1 strongroom list C1 C2
expect_exit 1 strongroom search x --limit many
expect_exit 1 strongroom search $'\xff\xfe'
expect_exit 1 strongroom assign amy --vault v --as amy
expect_err 'name a client'

# Who and where must be known; a passphrase is asked on a terminal only.
expect_exit 1 strongroom client list
expect_err 'no vault is named; give --vault DIR or set STRONGROOM_VAULT'
expect_exit 1 strongroom --vault "$work/none" client list
expect_err 'give --as USER or set STRONGROOM_USER'
expect_exit 1 setsid "$STRONGROOM" --vault "$work/none" --as amy client list </dev/null
expect_err 'no terminal to ask'
expect_exit 1 strongroom --vault "$work/none" --as amy --passphrase-file "$work/nowhere" client list
expect_err "$work/nowhere"
expect_exit 1 env STRONGROOM_VAULT="$work/none" STRONGROOM_USER=amy STRONGROOM_PASSPHRASE_FILE="$work/nowhere" \
    "$STRONGROOM" client list
expect_err "$work/nowhere"

# With --json an error is one object, wherever --json stands.
for where in before after; do
    if [ $where = before ]; then set -- --json client list; else set -- client list --json; fi
    expect_exit 1 strongroom "$@"
    expect_silent
    expect_err_json 'v["error"] == "usage" and v["exit"] == 1 and v["message"] and v["remedy"]'
done
expect_exit 1 strongroom --json nonsense
expect_err_json 'v["error"] == "usage"'
expect_exit 1 strongroom --json show C1 $'\xff' --purpose p
expect_err_json 'v["exit"] == 1'

# Control characters from arguments do not reach the terminal.
expect_exit 1 strongroom $'\e[2Jnonsense'
expect 'no escape on standard error' bash -c "! grep -q \$'\\e' '$work/err'"

# Chinese, with and without an installed locale.
expect_exit 1 env LANG=zh_CN.UTF-8 "$STRONGROOM" nonsense
expect_err '没有“nonsense”这个命令'
expect_exit 1 env LANG=C.UTF-8 LANGUAGE=zh_CN "$STRONGROOM" nonsense
expect_err '没有“nonsense”这个命令'
expect_exit 1 env LC_ALL=C LANG=zh_CN.UTF-8 "$STRONGROOM" nonsense
expect_err 'there is no command'
expect_exit 1 env LANG=fr_FR.UTF-8 "$STRONGROOM" nonsense
expect_err 'there is no command'

expect_exit 1 bash -c "'$STRONGROOM' --help >/dev/full"
expect_err 'standard output cannot be written'

finish
