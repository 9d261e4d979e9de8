#!/usr/bin/env bash
# Bash completion offers what the program takes; the built file stands beside the program.
. "${0%/*}/../lib/scenario.sh"

# shellcheck disable=SC1090
. "$STRONGROOM.bash"

offered() { # WORD…, the last one being completed
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _strongroom 2>/dev/null
    printf '%s\n' "${COMPREPLY[@]}"
}
offers() { # WANTED WORD…
    local wanted=$1
    shift
    expect "$* → $wanted" grep -qxF -- "$wanted" <(offered "$@")
}

offers import strongroom im
offers user strongroom --json ''
offers disable strongroom user d
offers add strongroom --vault somewhere user ''
offers --new-passphrase-file strongroom user add --n
offers --vault strongroom --v
offers --json strongroom list C1 --j
offers xlsx strongroom export C1 --format ''
offers voucher strongroom list C1 --kind v
offers replay strongroom --as amy log r
cd "$work" && touch ledger.csv
offers ledger.csv strongroom import le
offers ledger.csv strongroom policy set le
offers ledger.csv strongroom --passphrase-file le
expect 'no value is guessed' [ -z "$(offered strongroom list C1 --period '')" ]

# All commands of --help can be completed, and nothing else.
strongroom --help | sed -n 's/^  \([a-z][a-z-]*\( [a-z][a-z-]*\)\{0,2\}\)  .*/\1/p' | sort >"$work/commands"
printf '%s\n' "${!_strongroom_options[@]}" | sort >"$work/completed"
expect 'the same commands' cmp -s "$work/commands" "$work/completed"

finish
