# shellcheck shell=bash
# On top of vault.sh: witnesses that release keys, each a process with a directory and a socket of its own.
#
#   STRONGROOM_WITNESS     the program
#   witness_start NAME     start it (again); the vault's log is known to it
#   witness_stop NAME, witness_kill NAME
#   witness_url NAME, witness_release NAME, witness_vkey NAME
#   wrong_key              a well-formed key of another release log of the name "one"'s
: "${STRONGROOM_WITNESS:?the program of witnesses}"
case $STRONGROOM_WITNESS in /*) ;; *) STRONGROOM_WITNESS=$PWD/$STRONGROOM_WITNESS ;; esac
declare -A witness_process
trap 'for p in "${witness_process[@]}"; do kill "$p" 2>/dev/null; done; wait 2>/dev/null; chmod -R u+rwX "$work"; rm -rf "$work"' EXIT

witness_start() {
    rm -f "$work/$1.say"
    "$STRONGROOM_WITNESS" --dir "$work/$1" --listen "unix:$work/$1.sock" --name "witness.example/$1" --release --json \
        >"$work/$1.say" 2>"$work/$1.err" &
    witness_process[$1]=$!
    for _ in $(seq 200); do
        grep -q url "$work/$1.say" && break
        sleep 0.05
    done
    if ! grep -q url "$work/$1.say"; then
        printf 'Bail out! witness %s does not start: %s\n' "$1" "$(cat "$work/$1.err")"
        exit 1
    fi
    "$STRONGROOM_WITNESS" log add "$(as adam log policy | awk '$1 == "log" {print $2; exit}')" --dir "$work/$1" \
        >/dev/null 2>&1 || true
}

witness_stop() {
    kill "${witness_process[$1]}"
    wait "${witness_process[$1]}" 2>/dev/null
    unset "witness_process[$1]"
}

witness_kill() { # as a power cut ends a process
    kill -9 "${witness_process[$1]}"
    wait "${witness_process[$1]}" 2>/dev/null
    unset "witness_process[$1]"
}

witness_said() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/$1.say" "$2"; }
witness_url() { witness_said "$1" url; }
witness_release() { witness_said "$1" release; }
witness_vkey() { witness_said "$1" vkey; }

wrong_key() {
    python3 - <<'PYTHON'
import base64, hashlib
name, key = b"witness.example/one/release", b"\x01" + b"\x05" * 32
print(name.decode() + "+" + hashlib.sha256(name + b"\n" + key).hexdigest()[:8] + "+" + base64.b64encode(key).decode())
PYTHON
}
