#!/usr/bin/env bash
# Decoys: two accountants with different ones, that nothing shows but to investigators; touched, contained, retired, rotated,
# and killed in between.
. "${0%/*}/../lib/vault.sh"

# The firm of this scenario: an admin who brings in the list of clients, two accountants, two investigators.
vault_people
echo "the passphrase of ira" >"$work/pass.ira"
vault_must as adam user add ira --new-passphrase-file "$work/pass.ira"
vault_must as adam grant investigator ira
echo "the passphrase of ann" >"$work/pass.ann"
vault_must as adam user add ann --new-passphrase-file "$work/pass.ann"
vault_must as adam grant admin ann
vault_must as amy client list # completes the second accountant's grant
python3 - "$work/clients.csv" <<'PYTHON'
import random, sys
random.seed(5)
alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
def tax():
    code = "91" + random.choice(["320505", "320506", "310115"]) + "MA" + "".join(random.choice(alphabet) for _ in range(7))
    return code + alphabet[(31 - sum(alphabet.index(c) * w for c, w in zip(code, weights)) % 31) % 31]
words = ["青禾", "云岭", "海棠", "松涛", "明月", "长风", "星河", "白鹭", "春晓", "金石", "远山", "清泉", "朝阳", "丹枫", "绿洲", "银杏",
         "碧波", "紫藤", "红梅", "黄鹂"]
rows = ["客户编号,客户名称,统一社会信用代码,纳税人类型,联系人,联系电话,服务状态"]
for i, word in enumerate(words * 2):
    name = random.choice(["苏州", "苏州", "上海", ""]) + word + random.choice(["食品", "商贸", "科技", "物流"]) + str("") + "有限公司"
    if i >= len(words):
        name = word[::-1] + random.choice(["咨询", "装饰"]) + "有限公司"
    rows.append(f"K{i * 2 + 1:04d},{name},{tax()},小规模纳税人,联系人{i},138{i:08d},服务中")
open(sys.argv[1], "w", encoding="utf-8").write("\n".join(rows) + "\n")
PYTHON
vault_must as adam import "$work/clients.csv"
numbers() { python3 -c 'import sys; print(*[f"K{i * 2 + 1:04d}" for i in range(int(sys.argv[1]), int(sys.argv[2]))])' "$1" "$2"; }
# shellcheck disable=SC2046 # one word a number
vault_must as adam assign $(numbers 0 20) amy
# shellcheck disable=SC2046
vault_must as adam assign $(numbers 20 40) bob
clients_of() { as "$1" client list --json | python3 -c 'import json, sys; print(*sorted(json.loads(l)["client_no"] for l in sys.stdin))'; }
amy_before=$(clients_of amy)

# --- Who may, and what is said ---
expect_exit 2 as amy decoy list
expect_exit 2 as adam decoy list
expect_exit 2 as adam decoy plant --user amy
expect_exit 2 as adam alert list
expect_exit 1 as ina decoy plant
expect_err 'say for whom: one of --user, --role and --portfolio'
expect_exit 1 as ina decoy plant --user nobody
expect_exit 1 as ina decoy plant --user adam
expect_exit 1 as ina decoy plant --user amy --count 21
expect_exit 0 as ina decoy plant --user amy --count 2
expect_out "2 decoys are ordered in portfolio main .event [0-9]+.; an admin's next session plants them"
expect_exit 0 as ina decoy plant --user bob
expect_exit 0 as ina decoy list --json
expect_json '[(l["state"], l["for"]["name"], l["count"]) for l in lines] == [("to be planted", "amy", 2), ("to be planted", "bob", 1)]'
expect 'an accountant plants nothing' [ "$(clients_of amy)" = "$amy_before" ]

# --- An admin's session plants them ---
expect_exit 0 as adam client list --json
expect_json 'len(lines) == 40'
expect_exit 0 as adam client list --json
expect_json 'len(lines) == 43'
expect_exit 0 as ina decoy list --json
expect_json '[(l["state"], l["for"]["name"], l["people"], l["by"]) for l in lines].count(("planted", "amy", ["amy"], "ina")) == 2'
cp "$work/out" "$work/decoys"
decoys_of() { # USER MEMBER
    python3 -c 'import json, sys
print(*[d[sys.argv[3]] for d in map(json.loads, open(sys.argv[1])) if d["for"]["name"] == sys.argv[2] and d["state"] == "planted"])' "$work/decoys" "$1" "$2"
}
amy_decoys=$(decoys_of amy client_no)
bob_decoys=$(decoys_of bob client_no)
read -r first second <<<"$amy_decoys"
expect 'each has his own' [ -n "$bob_decoys" ]
expect 'amy meets two more clients' [ "$(clients_of amy | wc -w)" = 22 ]
expect 'and not those of bob' [ "$(clients_of amy | tr ' ' '\n' | grep -cx "$bob_decoys")" = 0 ]
expect_exit 0 as ina decoy list --json
expect_json 'all(l["name"].endswith("有限公司") and l["tax_id"][:2] == "91" and l["tax_id"][2:8] in ("320505", "320506", "310115") for l in lines)'
expect_json 'all(sum("0123456789ABCDEFGHJKLMNPQRTUWXY".index(c) * (pow(3, i, 31) if i < 17 else 1) for i, c in enumerate(l["tax_id"])) % 31 == 0 for l in lines)'

# --- Nothing tells them from others: what people are given ---
expect_exit 0 as amy client list --json
expect_json 'len({tuple(sorted(l)) for l in lines}) == 1'
expect_exit 0 as amy client show "$first" --json
decoy_members=$(python3 -c 'import json, sys; v = json.load(sys.stdin); print(sorted(v), v["records"], v["assigned"])' <"$work/out")
expect_exit 0 as amy client show K0001 --json
expect 'shown as any other' [ "$decoy_members" = "$(python3 -c 'import json, sys; v = json.load(sys.stdin); print(sorted(v), v["records"], v["assigned"])' <"$work/out")" ]
expect_exit 0 as adam client show "$first" --json
expect_exit 0 as adam log diff-authority 2020-01-01 2099-01-01 --json
expect_json 'len({l["by"] for l in lines if l["what"] == "client"}) <= 1'
# shellcheck disable=SC2046
expect_exit 0 as amy export $(clients_of amy) --format jsonl --out "$work/all.jsonl" --purpose task:2025-01 --no-decoys
expect 'she exports them as any other' grep -q "\"$first\"" "$work/all.jsonl"

# … and what stands in the store: not who added them, from what, nor anything that counts.
decoy_ids=$(decoys_of amy client; decoys_of bob client)
hex_ids() { python3 -c 'import sys
a = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
out = []
for text in sys.argv[1:]:
    n = 0
    for c in text: n = n * 32 + a.index(c)
    out.append("x" + chr(39) + n.to_bytes(16, "big").hex() + chr(39))
print(",".join(out))' "$@"; }
# shellcheck disable=SC2086
decoys_sql=$(hex_ids $decoy_ids)
for column in 'portfolio' 'version' '(SELECT count(*) FROM record WHERE client = client.row)' '(SELECT author FROM record WHERE client = client.row)' \
    '(SELECT source FROM record WHERE client = client.row)' '(SELECT kind FROM record WHERE client = client.row)' \
    '(SELECT group_concat(assigned_by) FROM assignment WHERE client = client.row)' '(number IS NULL) + (tax IS NULL)'; do
    expect "one value of $column" [ "$(sql "SELECT count(DISTINCT $column) FROM client WHERE id IN ($decoys_sql) OR row <= 40")" = '[1]' ]
done
expect 'rows of the register look alike' [ "$(sql 'SELECT count(*) % 32, count(DISTINCT length(token)), count(DISTINCT length(sealed)), count(DISTINCT length(boxed)), count(DISTINCT epoch) FROM decoy')" = '[0,1,1,1,1]' ]
expect 'and name no client' [ "$(sql "SELECT count(*) FROM decoy, client WHERE instr(decoy.sealed, client.id) OR instr(decoy.token, client.id) OR instr(decoy.boxed, client.id) OR decoy.token = client.number OR decoy.token = client.tax")" = '[0]' ]
expect_exit 0 as ina log replay --event 'decoy.*' --json
expect_json 'all(not any(d in json.dumps(l) for d in """'"$decoy_ids"'""".split()) for l in lines)'
expect_json 'all("amy" not in json.dumps(l["commitments"]) and l["resources"] == [] for l in lines if l["event"] == "decoy.plant" and l.get("phase") == "intent")'
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'

# --- For an authority they are left out, and the log does not say otherwise ---
# shellcheck disable=SC2046
expect_exit 0 as amy export $(clients_of amy) --format jsonl --out "$work/authority.jsonl" --purpose authority:2025-001
expect 'no decoy goes to an authority' [ "$(grep -c "\"$first\"\|\"$second\"" "$work/authority.jsonl")" = 0 ]
expect 'real clients do' [ "$(wc -l <"$work/authority.jsonl")" = $(($(wc -l <"$work/all.jsonl") - 2)) ]
expect_exit 0 as ina log replay --event record.export --json
expect_json 'not any(d in json.dumps(l) for d in """'"$decoy_ids"'""".split() for l in lines if l.get("purpose") == "authority")'

# --- What is normal raises nothing; a look at what it is, a slight alert ---
expect_exit 0 as ina alert list --json
expect_silent
expect_exit 0 as amy search 有限公司
expect_exit 0 as amy list "$first" --json
decoy_record=$(python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])' <"$work/out")
expect_exit 0 as ina alert list --json
expect_json '[(l["kind"], l["severity"], l["how"], l["person"]) for l in lines] == [("decoy.touched", "low", "list", "amy")]'
expect_exit 0 as amy list "$first"
expect_exit 0 as ina alert list --json
expect_json 'len(lines) == 1' # the same within the hour is one alert
expect_json '[t["by"] for t in lines[0]["told"]] == ["ina"]'
expect_exit 0 as ina alert list
expect_out 'decoy.touched.*low.*list.*amy.*ina'

# --- Opening one: an alert, the firm's program told, that person contained and nobody else ---
cat >"$work/hook" <<'SH'
#!/bin/sh
cat >>"${0%/*}/hook.said"
env >"${0%/*}/hook.environment"
SH
chmod 700 "$work/hook"
expect_exit 1 as adam setting set alert.hook hook
expect_exit 0 as adam setting set alert.hook "$work/hook"
expect_exit 0 as ann setting set alert.hook "$work/hook" # a program is not chosen by one alone
expect_exit 0 as adam setting set decoy.contain suspend
expect_exit 0 as amy show "$first" "$decoy_record" --purpose task:2025-01
expect 'the program was told' grep -q '"kind":"decoy.touched".*"person":"amy".*"severity":"high"' "$work/hook.said"
expect 'of no client' [ "$(grep -c "$first\|$(decoys_of amy client | cut -d' ' -f1)\|有限公司" "$work/hook.said")" = 0 ]
expect 'in an environment of its own' [ "$(grep -c 'STRONGROOM\|HOME' "$work/hook.environment")" = 0 ]
expect_exit 2 as amy list K0001
expect_err 'frozen-clients'
expect_exit 2 as amy client list # nor does who is contained learn which clients there are
expect_err 'frozen-clients'
expect_exit 2 as amy search 13800000001
expect_exit 0 as bob client list --json
expect_exit 0 as bob list K0041
expect_exit 0 as ina alert list --json
expect_json '[(l["severity"], l["how"]) for l in lines] == [("low", "list"), ("high", "read")]'
expect_json '[t.get("ended") for t in lines[1]["told"]] == ["0"]'
expect_json 'lines[1]["client"] == "'"$(decoys_of amy client | cut -d' ' -f1)"'"'
high=$(python3 -c 'import json, sys; print([json.loads(l) for l in sys.stdin][1]["id"])' <"$work/out")
expect_exit 0 as ina decoy list --json
expect_json '[[t["how"] for t in l["touched"]] for l in lines if "touched" in l] == [["list", "read"]]'
expect_exit 2 as amy user release amy
expect_exit 2 as bob user release amy
expect_exit 0 as ina user release amy
expect_exit 0 as amy list K0001
expect_exit 0 as ina user contain bob
expect_exit 1 as ina user contain bob
expect_exit 2 as bob list K0041
expect_exit 0 as adam user release bob
expect_exit 0 as ina log verify --json
expect_json 'lines[-1]["ok"]'

# --- Taking note ---
expect_exit 1 as ina alert ack 01JG0000000000000000000000
expect_exit 0 as ira alert ack "$high" --note '打错了编号'
expect_exit 0 as ina alert list --json
expect_json '[l["how"] for l in lines] == ["list"]'
expect_exit 0 as ina alert list --all --json
expect_json '[(l["acknowledged"]["by"], l["acknowledged"]["note"]) for l in lines if "acknowledged" in l] == [("ira", "打错了编号")]'

# --- Alone in an export; another's by its number; programs that may not be run ---
expect_exit 0 as adam setting set decoy.contain off
chmod 722 "$work/hook"
expect_exit 0 as amy export "$second" --format csv --out "$work/one.csv" --purpose task:2025-01
expect_exit 2 as amy list "$bob_decoys"
expect_exit 0 as ina alert list --json
expect_json '[(l["severity"], l["how"]) for l in lines] == [("low", "list"), ("high", "export"), ("low", "denied")]'
expect_json '[t["ended"] for t in lines[1]["told"]] == ["not started"]'
expect 'which others may write' [ "$(wc -l <"$work/hook.said")" = 1 ]
expect_exit 0 as adam setting set alert.hook off

# --- Found in a leak: recognised by one cell, told of to the other investigators ---
expect_exit 0 as amy client list
expect_exit 0 as ina decoy list --json
python3 - "$work/out" "$work/leak.csv" <<'PYTHON'
import json, sys
decoys = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
with open(sys.argv[2], "w", encoding="utf-8") as leak:
    leak.write("name,tax id\n")
    for d in decoys:
        if d["for"]["name"] == "amy":
            leak.write(f"{d['name']},{d['tax_id']}\n")
PYTHON
expect_exit 0 as ina trace "$work/leak.csv" --json
expect_json 'lines[0]["decoys"] == 2 and lines[0]["linked"] == 2'
expect_exit 0 as ira alert list --json
expect_json '[(l["kind"], l["how"], l["person"]) for l in lines if l["kind"] == "decoy.found"] == [("decoy.found", "trace", "ina")]'

# --- Retired: taken away, still known ---
expect_exit 1 as ina decoy retire K0001
expect_err 'not all of these are decoys'
expect_exit 0 as ina decoy retire "$first"
expect_exit 0 as adam client list
expect 'amy does not meet it any more' [ "$(clients_of amy | tr ' ' '\n' | grep -cx "$first")" = 0 ]
expect_exit 0 as ina decoy list --json
expect_json '[l["client_no"] for l in lines if l["state"] == "retired"] == ["'"$first"'"]'
expect_exit 1 as ina decoy retire "$first"

# --- Two investigators, where the firm says so: what one orders waits ---
expect_exit 0 as adam setting set decoy.two_investigators on
expect_exit 0 as ina decoy plant --user bob --json
expect_json 'v["awaits"] is True'
order=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["event"])' <"$work/out")
expect_exit 0 as adam client list
expect 'nothing is planted on the word of one' [ "$(clients_of bob | wc -w)" = 21 ]
expect_exit 0 as ina decoy list --json
expect_json '[l["event"] for l in lines if l["state"] == "to be agreed to"] == ['"$order"']'
expect_exit 2 as ina decoy approve "$order"
expect_err 'nobody agrees to his own order'
expect_exit 2 as adam decoy approve "$order"
expect_exit 2 as amy decoy approve "$order"
expect_exit 1 as ira decoy approve 3
expect_err 'no order of event 3 waits'
expect_exit 0 as adam client list
expect 'nor after he asked for it himself' [ "$(clients_of bob | wc -w)" = 21 ]
expect_exit 0 as ira decoy approve "$order"
expect_out "You agreed to what ina ordered"
expect_exit 0 as adam client list
expect 'then it is' [ "$(clients_of bob | wc -w)" = 22 ]
expect_exit 0 as ina decoy list --json
extra=$(python3 -c 'import json, sys; print(*[d["client_no"] for d in map(json.loads, sys.stdin) if d["event"] == int(sys.argv[1])])' "$order" <"$work/out")
expect_exit 0 as ira decoy retire "$extra" --json
order=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["event"])' <"$work/out")
expect_exit 0 as adam client list
expect 'nor is one taken away' [ "$(clients_of bob | wc -w)" = 22 ]
expect_exit 0 as ina decoy approve "$order" --refuse
expect_exit 1 as ina decoy approve "$order"
expect_exit 0 as ira decoy retire "$extra" --json
order=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["event"])' <"$work/out")
expect_exit 0 as ina decoy approve "$order"
expect_exit 0 as adam setting set decoy.two_investigators off
expect_out 'It takes hold when somebody else sets the same'
expect_exit 0 as ann setting set decoy.two_investigators off
expect_exit 0 as adam client list
expect 'and taken away' [ "$(clients_of bob | wc -w)" = 21 ]

# --- A new key of the investigators: the register is sealed anew, for those who are left ---
expect_exit 0 as adam revoke investigator ira
expect_exit 0 as adam client list
expect_exit 2 as ira decoy list
expect_exit 0 as ina decoy list --json
expect_json 'len(lines) == 4'

# --- Rotated, for a team, and killed at any moment in between: whole in the end ---
expect_exit 0 as ina decoy rotate --older-than 1d
expect_out 'No decoy is that old'
expect_exit 1 as ina decoy rotate --older-than soon
expect_exit 0 as ina decoy plant --role accountant --like K0001,K0003
expect_exit 0 as ina decoy rotate --older-than 0d
expect_out '2 decoys are to be replaced'
keep() { cp -r "$vault" "$work/$1" && cp -r "$work/state" "$work/$1.state"; }
put_back() { rm -rf "$vault" "$work/state" && cp -r "$work/$1" "$vault" && cp -r "$work/$1.state" "$work/state"; }
killed() { # USER FAULT COMMAND…
    local user=$1 fault=$2
    shift 2
    LD_PRELOAD=${STRONGROOM_FAULT:?} FAULT=$fault "$STRONGROOM" --vault "$vault" --as "$user" --passphrase-file "$work/pass.$user" "$@" \
        >"$work/out" 2>"$work/err"
    true
}
whole() {
    as adam client list >"$work/out" 2>"$work/err" || return 1
    as adam client list >"$work/out" 2>"$work/err" || return 1
    as ina decoy list --json >"$work/out" 2>"$work/err" || return 1
    check_json "$work/out" 'sorted((l["state"], l["for"]["name"], tuple(l["people"])) for l in lines) == [
        ("planted", "accountant", ("amy", "bob")), ("planted", "amy", ("amy",)), ("planted", "bob", ("bob",)),
        ("retired", "amy", ("amy",)), ("retired", "amy", ("amy",)), ("retired", "bob", ("bob",)), ("retired", "bob", ("bob",))]' || return 1
    [ "$(clients_of amy | wc -w) $(clients_of bob | wc -w)" = '22 22' ] || return 1
    as ina log verify --json >"$work/out" 2>"$work/err"
}
if [ "${STRONGROOM_SANITIZED:-0}" = 0 ]; then
    keep before
    for at in 3 7 12 18 26 40; do
        put_back before
        killed adam "sync:$at:0:kill" client list
        expect "killed at sync $at, and then whole" whole
    done
else
    expect 'whole' whole
fi

# --- What is written into the tables is not believed ---
expect_exit 0 as ina decoy plant --user amy
vault_must sql 'UPDATE decoy_order SET seq = 5'
expect_exit 0 as adam client list
expect_exit 0 as ina decoy list --json
expect_json '[l["state"] for l in lines].count("to be planted") == 1'
vault_must sql 'UPDATE decoy SET boxed = zeroblob(length(boxed)) WHERE row = (SELECT min(row) FROM decoy)'
expect_exit 3 as ina decoy list
expect_err 'a row of the register of decoys was edited'
finish
