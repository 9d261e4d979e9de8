#!/usr/bin/env bash
# What ./quickstart shows: the demo runs to its end, again over itself, and never over something else; and the README's tour
# goes on from there.
. "${0%/*}/../lib/scenario.sh"

source_root=${STRONGROOM_SOURCE:?}
demo() { "$source_root/setup/demo" "$STRONGROOM" "$work/demo"; }

expect_exit 0 demo
expect_out '^[0-9]+ decisions of the log, of which 1 would be others'
expect_out '^li +record\.reveal +permit +accountant-works-on-assigned-clients +deny +ids-stay-masked +1 '
expect_out '^bundle +accepted'
expect_out '^bundle +REFUSED'
expect_out '^person 1 +[0-9.]+ %'
expect_out '^Finding [0-9A-Z]+, version [0-9]+: signed'
expect_out '^The report: '
expect 'a report' grep -q 'Directly responsible' "$work/demo/report/report.html"
expect_exit 0 strongroom policy validate --policies "$work/demo/stricter.cedar" \
    --schema "$source_root/policy/strongroom.cedarschema"
# The investigator's tour in the README, as it stands there, on the vault that the demo left.
tour() { COLUMNS=150 TZ=UTC LC_ALL=C.UTF-8 python3 "$source_root/tests/lib/replay_tour.py" "$source_root/README.md" 'Five minutes as an investigator' "$work"; }
expect_exit 0 tour
expect 'letters to both clients, a report and a finding' test -s "$work/demo/notices/00002.pdf" -a -s "$work/demo/report-1/00001.docx" -a -s "$work/demo/finding/report.pdf"
expect_exit 0 demo
mkdir "$work/other"
expect_exit 1 "$source_root/setup/demo" "$STRONGROOM" "$work/other"
expect_err 'is not a demo'

finish
