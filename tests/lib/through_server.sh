#!/usr/bin/env bash
# Stands in for the program in scenarios that know nothing of servers: what is asked of a vault's directory is asked of a
# server of it, which is started when it is first needed; what only the vault's own machine can do is done here.
#
#   STRONGROOM_REAL     the program
#   STRONGROOM_SERVERS  a file to which the numbers of the servers' processes are appended
set -u
vault=${STRONGROOM_VAULT:-}
words=()
command=
while [ $# -gt 0 ]; do
    case $1 in
    --vault)
        vault=$2
        shift 2
        continue
        ;;
    --as | --passphrase-file)
        words+=("$1" "$2")
        shift 2
        continue
        ;;
    -*) ;;
    *) [ -n "$command" ] || command=$1 ;;
    esac
    words+=("$1")
    shift
done
unset STRONGROOM_VAULT
case $command in
init | restore | audit | '') exec "$STRONGROOM_REAL" ${vault:+--vault "$vault"} "${words[@]}" ;;
esac
socket=$vault.socket
if [ -d "$vault" ] && [ ! -S "$socket" ]; then
    (
        cd /
        exec setsid "$STRONGROOM_REAL" --vault "$vault" --quiet serve --socket "$socket" >/dev/null 2>>"$STRONGROOM_SERVERS.err"
    ) &
    echo $! >>"$STRONGROOM_SERVERS"
    for _ in $(seq 200); do
        [ ! -S "$socket" ] || break
        sleep 0.05
    done
fi
if [ ! -S "$socket" ]; then exec "$STRONGROOM_REAL" ${vault:+--vault "$vault"} "${words[@]}"; fi
exec "$STRONGROOM_REAL" --server "unix:$socket" "${words[@]}"
