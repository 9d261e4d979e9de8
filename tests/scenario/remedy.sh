#!/usr/bin/env bash
# What follows from an incident: a ledger, discipline and recovery within the law, remedies, replies that are owed, actions,
# surveys, losses, lessons that name nobody.
. "${0%/*}/../lib/vault.sh"

vault_furnished
at() { local seconds=$1; shift; FAULT_CLOCK=$seconds LD_PRELOAD=$STRONGROOM_FAULT "$@"; }
day=86400
in_days() { date -u -d "+$1 days" +%Y-%m-%d; }
vault_must as adam register add rule secrecy --text 'tell nobody' --until "$(in_days 3)"
vault_must as amy register sign secrecy
vault_must as ina incident open --title leaked --json
case=$(python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["id"])' "$work/out")
enter() { as ina incident entry add "$case" "$@"; }
number() { python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["entry"])' "$work/out"; }

# --- Who may, and what an entry needs ---
expect_exit 2 as amy incident entry add "$case" remedy to=x offer=watch
expect_exit 2 as adam incident entry list "$case"
expect_exit 1 enter wish to=x
expect_exit 1 enter remedy to=x
expect_err "'offer' is missing"
expect_exit 1 enter remedy to=x offer=watch colour=red
expect_exit 1 enter remedy to=x offer
expect_exit 1 as ina incident entry set "$case" 77 to=y

# --- The ledger ---
expect_exit 0 as ina incident ledger add "$case" claim 'from=Green Grain Ltd' amount=12000.50 'basis=contract 7, article 577' --json
claim=$(number)
expect_exit 0 as ina incident ledger add "$case" fine authority=cac amount=50000 'basis=article 66' --state imposed
# Words that stand neither in the process's arguments nor in the shell's history.
printf 'forensics\n' >"$work/what"
expect_exit 0 as ina incident ledger add "$case" cost "what=@$work/what" amount=8000 basis=@- --state paid <<<'invoice'
expect_exit 0 as ina incident note "$case" --text - <<<'typed where nobody looks'
expect_exit 0 as ina incident status "$case" --json
expect_json 'v["steps"][-1]["says"]["text"] == "typed where nobody looks" and v["steps"][-2]["says"]["fields"]["what"] == "forensics"'
expect_exit 1 as ina incident ledger add "$case" cost what=@- amount=8000 basis=@- <<<'twice'
expect_err 'one value only'
expect_exit 0 as ina incident entry set "$case" "$claim" amount=9000 --state settled
expect_exit 0 as ina incident ledger list "$case" --json
expect_json 'lines[-1]["sums"] == {"claim": {"settled": "9000.00"}, "fine": {"imposed": "50000.00"}, "cost": {"paid": "8000.00"}}'
expect_exit 0 as ina incident ledger list "$case"
expect_out 'Sum of claim, settled: 9000.00 yuan'

# --- Discipline: by a rule that the person signed, heard, within the law ---
expect_exit 2 enter discipline user=bob measure=warning rule=secrecy heard=yes "appeal_until=$(in_days 30)"
expect_err 'bob has signed no rule'
expect_exit 2 enter discipline user=amy measure=warning rule=other heard=yes "appeal_until=$(in_days 30)"
expect_exit 0 enter discipline user=amy measure=dismissal rule=secrecy heard=no --json
discipline=$(number)
expect_exit 2 as ina incident entry set "$case" "$discipline" "appeal_until=$(in_days 30)" --state decided
expect_err unheard
expect_exit 2 as ina incident entry set "$case" "$discipline" heard=yes "appeal_until=$(in_days 30)" --state decided
expect_err '劳动合同法第四十三条'
expect_exit 0 as ina incident entry set "$case" "$discipline" heard=yes union=yes "appeal_until=$(in_days 30)" --state decided
expect_exit 0 enter own-fault 'what=exports of any length by one alone' 'basis=article 1191' share=60

# --- Recovery from staff ---
expect_exit 2 enter recovery user=amy owed=30000 basis=leak fault=negligence wage=6000 minimum_wage=2690 contract_term=7.2
expect_err '民法典第一千一百九十一条'
expect_exit 0 enter recovery user=amy owed=30000 basis=leak fault=gross-negligence wage=6000 minimum_wage=2690 contract_term=7.2 --json
expect_json 'v["monthly_limit"] == "1200.00"'
recovery=$(number)
expect_exit 2 as ina incident entry set "$case" "$recovery" monthly=1200.01 --state deducting
expect_exit 0 as ina incident entry set "$case" "$recovery" monthly=1200 --state deducting

# --- Remedies, and replies with a clock ---
expect_exit 0 enter remedy 'to=Green Grain Ltd' 'offer=account watch, a year' cost=360
expect_exit 0 enter care 'from=Green Grain Ltd' 'question=were our bank lines in it' "reply_by=$(in_days 2)" owner=ina --json
care=$(number)
expect_exit 1 enter care from=x question=q reply_by=soon
expect_exit 1 enter care from=x question=q "reply_by=$(in_days 2)" owner=nobody
expect_exit 0 as ina incident status "$case" --json
expect_json "[(r['entry'], r['kind'], r['over']) for r in v['running'] if r['kind'] == 'care'] == [($care, 'care', False)]"
expect_exit 0 at $((4 * day)) as ina incident status "$case"
expect_out "OVERDUE since $(in_days 2): entry $care, care"
expect_exit 1 as ina incident entry set "$case" "$care" --state answered
expect_exit 0 as ina incident entry set "$case" "$care" 'answer=no' --state answered
expect_exit 0 as ina incident status "$case" --json
expect_json "not [r for r in v['running'] if r['kind'] == 'care']"

# --- Learning ---
expect_exit 0 enter action 'cause=no second person' 'action=approval.export 500:1' owner=adam "due=$(in_days 20)" --json
action=$(number)
expect_exit 1 as ina incident entry set "$case" "$action" --state effective
expect_exit 0 as ina incident entry set "$case" "$action" 'proof=event 71' 'effect=no export alone since' --state effective
for answers in 5:P-7K2M 3:P-8Q4N; do
    expect_exit 0 enter survey round=30 "pseudonym=${answers#*:}" "timeliness=${answers%:*}" clarity=4 effectiveness=4 trust=3 renewal=5
done
expect_exit 1 enter survey round=30 pseudonym=amy timeliness=1 clarity=4 effectiveness=4 trust=3 renewal=5
expect_exit 1 enter survey round=90 pseudonym=P-7K2M timeliness=1 clarity=4 effectiveness=4 trust=3 renewal=5 'needs=ask bob'
expect_exit 0 enter lost what=clients month=2026-11 count=2
expect_exit 0 enter lost what=staff month=2026-11 count=1
expect_exit 1 enter lesson 'text=amy exported everything'
expect_exit 1 enter lesson 'text=green grain ltd was unlucky'
expect_exit 1 enter lesson 'text=the books of K0001 went first'
expect_exit 1 enter lesson 'text=call 13800138000'
expect_exit 0 enter lesson 'text=an export of the whole firm takes a second person'
expect_exit 0 as ina incident entry list "$case" --json
expect_json 'lines[-1]["survey"] == [{"round": "30", "answers": 2, "timeliness": 400, "clarity": 400, "effectiveness": 400, "trust": 300, "renewal": 500}]'
expect_json 'lines[-1]["lost"] == [{"month": "2026-11", "clients": 2, "staff": 1}]'
expect_exit 0 as ina incident entry list "$case" --kind survey
expect_out 'Survey after 30 days: 2 answers'

# --- Working together again, client by client ---
expect_exit 1 enter client-plan 'client=Green Grain Ltd' 'goal=trust'
expect_err "'owner' is missing"
expect_exit 0 enter client-plan 'client=Green Grain Ltd' 'goal=trust by summer' owner=adam "review=$(in_days 40)" --json
plan=$(number)
expect_exit 0 enter visit 'client=Green Grain Ltd' "day=$(in_days 10)" owner=adam --json
visit=$(number)
expect_exit 0 enter visit 'client=Green Grain Ltd' "day=$(in_days 70)" owner=adam
expect_exit 1 as ina incident entry set "$case" "$visit" --state held
expect_err "'held' takes 'outcome'"
expect_exit 0 as ina incident entry set "$case" "$visit" 'outcome=they stay' --state held
expect_exit 0 enter commitment 'client=Green Grain Ltd' 'promise=two people for each export' owner=adam "due=$(in_days 20)" --json
promise=$(number)
expect_exit 1 as ina incident entry set "$case" "$promise" --state kept
expect_exit 0 as ina incident entry set "$case" "$promise" 'proof=event 71' --state kept
expect_exit 0 enter renewal 'client=Green Grain Ltd' 'contract=2024-17' "ends=$(in_days 30)" owner=adam --json
renewal=$(number)
expect_exit 0 enter renewal 'client=Blue Bay Ltd' 'contract=2024-9' "ends=$(in_days 5)" owner=adam
expect_exit 0 at $((6 * day)) as ina incident cooperation list "$case" --json
expect_json 'lines[-1]["over"] == 1 and [(c["client"], c.get("plan"), c["contract"], c["visits_held"], c["visits_planned"], c["kept"], c["broken"]) for c in lines[-1]["clients"]] == [("Green Grain Ltd", "agreed", "open", 1, 1, 1, 0), ("Blue Bay Ltd", None, "open", 0, 0, 0, 0)]'
expect_json "[c['next'] for c in lines[-1]['clients']] == ['$(in_days 30)', '$(in_days 5)']"
expect_exit 1 as ina incident entry set "$case" "$renewal" --state renewed
expect_exit 0 as ina incident entry set "$case" "$renewal" "until=$(in_days 400)" --state renewed
expect_exit 0 as ina incident entry set "$case" "$plan" --state running
expect_exit 0 as ina incident cooperation list "$case"
expect_out "Green Grain Ltd: plan running, contract renewed; visits held 1, planned 1; promises kept 1, broken 0, open 0; next $(in_days 40)"

# --- What was done is told in the open, and complaints are answered ---
expect_exit 1 enter public-step day=2026-11-20 'text=Green Grain Ltd was told'
expect_err 'it names'
expect_exit 0 enter public-step day=2026-11-20 'text=the accounts concerned were stopped' --state published
expect_exit 0 enter public-step day=2026-11-18 'text=the leak was found' --state published
expect_exit 0 enter public-step day=2026-11-25 'text=not for others yet'
expect_exit 0 enter complaint 'from=Blue Bay Ltd' 'about=no call back' received=2026-11-19 "reply_by=$(in_days 3)" owner=ina --json
complaint=$(number)
expect_exit 0 enter complaint 'from=a passer-by' 'about=a copy is still on a forum' received=2026-11-20 "reply_by=$(in_days 3)"
expect_exit 1 as ina incident entry set "$case" "$complaint" --state answered
expect_exit 0 as ina incident entry set "$case" "$complaint" 'answer=called on the 21st' --state answered
expect_exit 0 as ina --json incident document draft "$case" open-record --lang en --out "$work/open" --field 'sender=Example Bookkeeping' \
    --field 'what=data of some clients were copied by one account of the firm' --field 'status=stopped; the authorities know' --field 'approved=the board'
expect_json '[m["field"] for m in v["missing"]] == ["channel"]'
expect_exit 1 as ina incident document finish "$case" 1
expect_err 'channel'
expect_exit 0 as ina --json incident document draft "$case" open-record --lang en --replace 1 --out "$work/open2" --field 'channel=telephone 0571-88000000, any day from 9 to 18'
expect 'the open record tells what is published, in order of days, and no more' python3 - "$work/open2/00001.html" <<'PYTHON'
import sys
page = open(sys.argv[1], encoding="utf-8").read()
assert "18 November 2026: the leak was found</p>\n<p class=\"words\">20 November 2026: the accounts concerned were stopped" in page, page
assert "2 complaints and reports received, 1 answered" in page and "not for others" not in page and "Grain" not in page and "Bay" not in page
assert "0571-88000000" in page
PYTHON
expect_exit 0 as ina incident document finish "$case" 2

# --- Nothing of it in the clear, all of it held by the log ---
expect_exit 0 as ina log replay --event incident.enter --json
expect_json 'len(lines) > 15 and "Grain" not in json.dumps(lines) and "12000" not in json.dumps(lines)'
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'
sql "UPDATE finding_part SET sealed = (SELECT sealed FROM finding_part WHERE part = 'incident-1') WHERE part = 'incident-2'" >/dev/null
expect_exit 3 as ina log verify
finish
