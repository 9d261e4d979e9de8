#!/usr/bin/env bash
# Makes the twenty firms of METHOD.md's table, traces every leak of each, and prints the table.  One firm is on the disk at a time.
# usage: hold_out.sh STRONGROOM GEN_FIRM.py DIR [FIRST_SEED [REPS]]   (20 seeds from FIRST_SEED on, 121 unless told, with 32 leaks a kind, or 4 for each of REPS; gen_firm.py needs numpy)
set -euo pipefail
strongroom=$(realpath "$1") generator=$(realpath "$2") dir=$3 first=${4:-121} reps=${5:-8}
here=$(dirname "$(realpath "$0")")
mkdir -p "$dir"
answers=()
for i in $(seq 0 19); do
    seed=$((first + i)) firm=$dir/firm-$((first + i)) answer=$dir/$((first + i)).jsonl
    answers+=(--load "$answer")
    [ ! -s "$answer" ] || continue
    size=(--accountants $((25 + i * 37 % 36)) --clients $((800 + i * 530 % 1601)) --events $((120000 + i * 83000 % 480001)) --reps "$reps")
    [ $((i % 5)) != 4 ] || size+=(--no_super)
    python3 "$generator" --out "$firm" --seed "$seed" "${size[@]}" >/dev/null
    python3 "$here/evaluate.py" "$strongroom" "$firm" --baselines --save "$answer.part" >/dev/null
    mv "$answer.part" "$answer"
    rm -r "$firm"
done
python3 "$here/evaluate.py" "$strongroom" "${answers[@]}"
