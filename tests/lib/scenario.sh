# shellcheck shell=bash
# Scenarios: a program is run as people run it, and what it says and returns is checked.  Speaks TAP.
#
#   STRONGROOM   the program; `strongroom` below runs it
#   $work        an empty directory, removed at the end; HOME is in it
#
#   expect_exit N COMMAND…   run it; fail unless it ends with N.  Leaves $work/out, $work/err and $status.
#   expect_out REGEX         a line of the last run's standard output matches (extended regular expression)
#   expect_err REGEX         the same for standard error
#   expect_silent            nothing was on standard output
#   expect_json PYTHON       an expression that must be true: `v` is the one JSON value on standard output,
#                            `lines` the list of all
#   expect_err_json PYTHON   the same for standard error
#   expect NAME COMMAND…     any command that must succeed
#   finish                   the last line of every scenario
set -u

: "${STRONGROOM:?the program to test}"
case $STRONGROOM in /*) ;; *) STRONGROOM=$PWD/$STRONGROOM ;; esac

work=$(mktemp -d "${TMPDIR:-/tmp}/strongroom-scenario.XXXXXX") || exit 1
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
unset STRONGROOM_VAULT STRONGROOM_USER STRONGROOM_PASSPHRASE_FILE LANGUAGE LC_ALL LC_MESSAGES
export LANG=C.UTF-8 HOME=$work/home XDG_STATE_HOME=$work/state
mkdir -p "$HOME"
umask 077

checks=0
failures=0
status=0

strongroom() { "$STRONGROOM" "$@"; }

verdict() { # RESULT NAME
    checks=$((checks + 1))
    local name=${2//#/}
    if [ "$1" = 0 ]; then
        printf 'ok %d - %s\n' "$checks" "${name//$'\n'/ }"
        return 0
    fi
    failures=$((failures + 1))
    printf 'not ok %d - %s\n' "$checks" "${name//$'\n'/ }"
    sed 's/^/# out: /' "$work/out" 2>/dev/null | head -20
    sed 's/^/# err: /' "$work/err" 2>/dev/null | head -20
    return 1
}

expect_exit() {
    local wanted=$1
    shift
    "$@" >"$work/out" 2>"$work/err"
    status=$?
    [ "$status" = "$wanted" ]
    verdict $? "exit $wanted: $* (was $status)"
}

expect_out() {
    grep -Eq -- "$1" "$work/out"
    verdict $? "says: $1"
}

expect_err() {
    grep -Eq -- "$1" "$work/err"
    verdict $? "complains: $1"
}

expect_silent() {
    [ ! -s "$work/out" ]
    verdict $? "nothing on standard output"
}

check_json() { # FILE EXPRESSION
    python3 - "$1" "$2" <<'PYTHON'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
v = lines[0] if len(lines) == 1 else None
sys.exit(0 if eval("(" + sys.argv[2] + ")") else 1)
PYTHON
}

expect_json() {
    check_json "$work/out" "$1" 2>"$work/why"
    verdict $? "JSON: $1"
}

expect_err_json() {
    check_json "$work/err" "$1" 2>"$work/why"
    verdict $? "JSON error: $1"
}

expect() {
    local name=$1
    shift
    "$@"
    verdict $? "$name"
}

finish() {
    printf '1..%d\n' "$checks"
    [ "$failures" = 0 ]
    exit
}
