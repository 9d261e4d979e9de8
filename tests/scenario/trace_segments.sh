#!/usr/bin/env bash
# A list of one city or of one trade, as anybody can buy it, is not the superuser's who was shown every client; one that holds what only
# the firm knows is somebody's, and a list of a person's own is his.  Through a real vault, whose clients are of no city but by their names.
. "${0%/*}/../lib/vault.sh"

vault_people
python3 - "$work" <<'PYTHON'
import csv, pathlib, random, sys
sys.path.insert(0, str(pathlib.Path(sys.argv[0]).parent))
work, rng = pathlib.Path(sys.argv[1]), random.Random(11)
alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
def tax():
    code = "91" + rng.choice(["320505", "310115", "330106"]) + "MA" + "".join(rng.choice(alphabet) for _ in range(7))
    return code + alphabet[(31 - sum(alphabet.index(c) * w for c, w in zip(code, weights)) % 31) % 31]
cities = ["苏州", "上海", "杭州", "无锡", "宁波"]
trades = ["食品", "商贸", "科技", "物流", "咨询", "装饰"]
first, second = "青云海松明长星白春金远清朝丹绿银碧紫红黄", "禾岭棠涛月风河鹭晓石山泉阳枫洲杏波藤梅鹂"
words = rng.sample([a + b for a in first for b in second], 120)
head = "客户编号,客户名称,统一社会信用代码,纳税人类型,联系人,联系电话,注册地址,开户银行,银行账号,服务状态".split(",")
clients = []
for i, word in enumerate(words):
    city, trade = cities[i % 5], trades[(i // 5) % 6]
    clients.append([f"K{i + 1:04d}", f"{city}{word}{trade}有限公司", tax(), "小规模纳税人", f"联系{word}", f"138{rng.randint(0, 99999999):08d}",
                    f"{city}市{word}路{rng.randint(1, 900)}号", "样本银行", f"62{rng.randint(10 ** 16, 10 ** 17 - 1)}", "服务中"])
def write(name, rows):
    with open(work / name, "w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(rows)
write("clients.csv", [head] + clients)
# What others sell: names and tax ids are as they are registered, four telephones of five and six addresses of seven the firm's.
def sold(rows):
    return [["公司名称", "税号", "电话", "地址"]] + [
        [r[1], r[2], r[5] if i % 5 else f"139{i:08d}", r[6] if i % 7 else f"虚构路{i}号"] for i, r in enumerate(rows)]
city = [r for r in clients if r[1].startswith("苏州")]
trade = [r for r in clients if "食品" in r[1]]
write("city.csv", sold(city[:20]))
write("trade.csv", sold(trade[:20]))
write("mixed.csv", sold(sorted(clients, key=lambda r: r[2][-6:])[:20]))
# What nobody else has: the accounts.
write("accounts.csv", [["名称", "账号", "联系人", "电话"]] + [[r[1], r[8], r[4], r[5]] for r in rng.sample(clients, 40)])
(work / "amys").write_text(" ".join(r[0] for r in clients[:60]))
(work / "bobs").write_text(" ".join(r[0] for r in clients[60:]))
write("own.csv", [["名称", "账号", "电话"]] + [[r[1], r[8], r[5]] for r in rng.sample(clients[:60], 30)])
PYTHON
echo "the passphrase of sue" >"$work/pass.sue"
vault_must as adam user add sue --new-passphrase-file "$work/pass.sue"
vault_must as adam grant accountant sue
vault_must as adam import "$work/clients.csv"
read -ra amys <"$work/amys"
read -ra bobs <"$work/bobs"
vault_must as amy client list
vault_must as adam assign "${amys[@]}" amy
vault_must as adam assign "${bobs[@]}" bob
vault_must as adam assign --portfolio main sue
# Everybody looks at what is his; sue at everything, and takes it with her once.
vault_must as amy client list
vault_must as bob client list
vault_must as sue client list
vault_must as amy export "${amys[@]}" --kind client --reveal '*' --format csv --out "$work/amy.csv" --purpose task:1
vault_must as sue export "${amys[@]}" "${bobs[@]}" --kind client --reveal '*' --format csv --out "$work/sue.csv" --purpose task:1
names() { # who stands for whom in the case of the last trace
    as ina trace reveal "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["case"])' <"$work/out")" --purpose leak:1 --json >"$work/names"
}

# --- Of one city, of one trade: known elsewhere, nobody is blamed ---
for list in city trade mixed; do
    expect_exit 0 as ina trace "$work/$list.csv" --json
    cp "$work/out" "$work/$list.json"
    expect_json 'v["linked"] == v["rows"] == 20'
    [ "$list" = mixed ] && break
    expect_json 'v["none"] > 0.5 and all(p["posterior"] < 0.5 for p in v["persons"])'
done
# As good a list of firms from everywhere is more hers: it is the city and the trade that speak for her.
expect 'the segment speaks for her' python3 -c 'import json, sys
odds = [v["none"] / (1 - v["none"]) for v in map(json.load, map(open, sys.argv[1:]))]
assert min(odds[:2]) > 2 * odds[2], odds' "$work/city.json" "$work/trade.json" "$work/mixed.json"
# --- What only the firm knows: hers who was shown it all ---
expect_exit 0 as ina trace "$work/accounts.csv" --json
expect_json 'v["linked"] == v["rows"] == 40 and v["none"] < 0.1'
names
expect 'the superuser alone saw these' python3 -c 'import json, sys
v, names = (json.load(open(p)) for p in sys.argv[1:])
assert names["names"][v["persons"][0]["actor"]] == "sue", (v["persons"][:3], names)' "$work/out" "$work/names"
# --- … and a person's own portfolio is not told of her above what the guard allows ---
expect_exit 0 as ina trace "$work/own.csv" --json
expect_json 'v["none"] < 0.1'
names
expect 'not of her' python3 -c 'import json, sys
v, names = (json.load(open(p)) for p in sys.argv[1:])
assert all(p["posterior"] <= 0.9 for p in v["persons"] if names["names"][p["actor"]] == "sue"), (v["persons"][:3], names)' "$work/out" "$work/names"
expect_exit 0 as ina log verify --json
finish
