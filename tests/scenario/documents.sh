#!/usr/bin/env bash
# Documents of an incident on a small firm: what the law asks for is checked before one is done; one notice for each client,
# with his own data alone; what was sent is entered and nobody is written to twice; the firm's own templates; what a public
# statement may not hold; and what tampering shows.  Pages are compared with golden ones but for what differs from run to run.
. "${0%/*}/../lib/vault.sh"
unset STRONGROOM_DATADIR

echo "the passphrase of ivo" >"$work/pass.ivo"
vault_furnished
vault_must as adam user add ivo --new-passphrase-file "$work/pass.ivo"
vault_must as adam grant investigator ivo
golden=$source_root/tests/samples/documents
voucher=$(record_of K0001 voucher)
payroll=$(record_of K0001 payroll_entry)
vault_must as amy show K0001 "$voucher" --purpose task:1
vault_must as amy show K0001 "$payroll" --reveal employee.bank_card --purpose task:1
for client in K0002 K0003; do
    other=$(record_of "$client" voucher)
    [ -z "$other" ] || vault_must as amy show "$client" "$other" --purpose task:2
done
printf '姓名,身份证号,手机\n王小明,11010119900307803X,13800001111\n' >"$work/leaked.csv"
printf 'receipt\n' >"$work/receipt"
vault_must as ina incident open --title 'payroll for sale' --file "$work/leaked.csv" --moment occurred=2024-02-01,discovered=2024-02-03T01:00Z,knew=2024-02-03T01:00Z
id=$(as ina incident list --json | python3 -c 'import json, sys; print([json.loads(l)["id"] for l in sys.stdin if "id" in json.loads(l)][-1])')
number() { python3 -c 'import json; print(json.load(open("'"$work"'/out"))["document"])'; }

# A golden page: the case's id, dates of today and hashes of it stand for what they are.
same_page() {
    python3 - "$1" "$golden/$2" "$id" <<'PYTHON'
import pathlib, re, sys
page = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
page = page.split("<body>\n", 1)[1].replace(sys.argv[3][-10:], "CASE")
page = re.sub(r"20(2[5-9]|3\d)年\d+月\d+日(\d\d时\d\d分)?", "TODAY", page)
page = re.sub(r"\d+ [A-Z][a-z]+ 20(2[5-9]|3\d)(, \d\d:\d\d)?", "TODAY", page)
golden = pathlib.Path(sys.argv[2])
import os
if os.environ.get("STRONGROOM_WRITE_GOLDEN"):
    golden.parent.mkdir(exist_ok=True)
    golden.write_text(page, encoding="utf-8")
if not golden.exists() or page != golden.read_text(encoding="utf-8"):
    import difflib
    old = golden.read_text(encoding="utf-8") if golden.exists() else ""
    print("".join("# " + line for line in difflib.unified_diff(old.splitlines(True), page.splitlines(True))))
    sys.exit(1)
PYTHON
}

# --- Templates: of the program, and of the firm ---
expect_exit 0 as ina --json incident template list
expect 'each document has a template in both languages' python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert len(rows) == 36 and not any(r["own"] for r in rows), len(rows)
assert {r["lang"] for r in rows} == {"zh", "en"} and all(r["must"] for r in rows)' "$work/out"
expect_exit 2 as amy incident template list
expect_exit 0 as ina incident template show notice-individual
expect_out 'must  cause'
expect_out '个人信息保护法第五十七条第'
expect_exit 1 as ina incident template show love-letter
expect_err 'there is no document'
as ina incident template show statement --lang en --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["text"], end="")' >"$work/own.html"
for bad in '<script>x</script>' '<img src="file:///etc/passwd">' '{{secret}}' '<p style="background:url(file:///etc/passwd)">a</p>' '<a href="x">a</a>'; do
    (cat "$work/own.html"; echo "$bad") >"$work/bad.html"
    expect_exit 1 as ina incident template set statement "$work/bad.html" --lang en
done
grep -v '{{scope}}' "$work/own.html" >"$work/bad.html"
expect_exit 1 as ina incident template set statement "$work/bad.html" --lang en
expect_err "no place for 'scope' .个人信息保护法第二十五条"
sed 's/On the recent security incident/From the desk of the firm: on the recent incident/' "$work/own.html" >"$work/good.html"
expect_exit 2 as amy incident template set statement "$work/good.html" --lang en
expect_exit 0 as ina incident template set statement "$work/good.html" --lang en
expect_exit 0 as ivo --json incident template show statement --lang en
expect_json 'v["own"] and "From the desk" in v["text"]'

# --- One document: a draft says what is missing, and is not done before ---
expect_exit 2 as amy incident document draft "$id" report
expect_exit 1 as ina incident document draft "$id" love-letter
expect_exit 1 as ina incident document draft "$id" report --field nothing=x
expect_err "has no field 'nothing'"
expect_exit 0 as ina --json incident document draft "$id" report --field 'cause=一名员工导出后未删除，原因仍在核实' --out "$work/draft"
expect_json 'v["document"] == 1 and {m["field"] for m in v["missing"]} >= {"unit", "ransom", "trend", "sender", "addressee"} and "version" not in {m["field"] for m in v["missing"]}'
expect 'the draft shows what is to be filled in' grep -q '【待填写：' "$work/draft/00001.html"
expect 'and what was given' grep -q '一名员工导出后未删除，原因仍在核实' "$work/draft/00001.html"
expect_exit 1 as ina incident document finish "$id" 1
expect_err 'fields that it must have are empty, the first is sender'
expect_exit 1 as ina incident document deliver "$id" 1
expect_err 'is a draft'
cat >"$work/report.json" <<'JSON'
{"sender": "示例代理记账有限公司", "addressee": "示例市互联网信息办公室", "unit": "示例代理记账有限公司，财务资料保管系统（加密保管库）一套。",
 "incident": "2024年2月3日发现，类型为数据泄露，级别一般；已冻结相关账号并停止导出。", "ransom": "未发生勒索。", "trend": "目前未发现进一步扩散。",
 "trace": "日志显示由一个内部账号导出。", "next": "继续核查，暂不请求支援。", "personal": "工资明细；可能被用于诈骗；已停止导出；请留意来电；联系电话 0571-88000000。", "other": "无。"}
JSON
expect_exit 1 as ina incident document draft "$id" summary --replace 1
expect_exit 0 as ina --json incident document draft "$id" report --replace 1 --fields "$work/report.json" --out "$work/report" --format html,pdf,docx
expect_json 'v["document"] == 2 and v["missing"] == [] and v["files"] == 3'
expect 'fields of the draft before are kept' grep -q '一名员工导出后未删除' "$work/report/00001.html"
expect 'golden report' same_page "$work/report/00001.html" report.zh.html
expect 'a PDF' bash -c 'head -c 4 "$1" | grep -q %PDF' - "$work/report/00001.pdf"
expect 'a DOCX' python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); t = z.read("word/document.xml").decode(); assert "示例市互联网信息办公室" in t and "Reference" in t' "$work/report/00001.docx"
expect_exit 1 as ina incident document finish "$id" 1
expect_err 'was replaced by 2'
expect_exit 0 as ina incident document finish "$id" 2
expect_exit 1 as ina incident document finish "$id" 2
expect_exit 1 as ina incident document draft "$id" report --replace 2
expect_exit 0 as ina incident document deliver "$id" 2 --how email --proof "$work/receipt"
expect_exit 0 as ivo --json incident document list "$id"
expect 'the list tells states' python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert [r["state"] for r in rows] == ["replaced", "sent"] and rows[1]["sent"] == 1, rows' "$work/out"

# --- One for each of many ---
expect_exit 1 as ina incident notify "$id" notice-affected
expect_err 'no assessment'
vault_must as ina incident assess "$id" --person amy
expect_exit 1 as ina incident notify "$id" notice-individual
expect_err 'does not tell an investigator'
vault_must as ina incident document list "$id"
as adam --json client list >"$work/clients.jsonl"
cat >"$work/notice.json" <<'JSON'
{"sender": "示例代理记账有限公司", "event": "2024年2月3日，我单位发现部分客户资料被一个内部账号查看后外传。", "consequence": "目前未发现资料被冒用。",
 "remedy": "已冻结相关账号，停止全部导出，并更换密钥。", "contact": "数据安全负责人，电话 0571-88000000。"}
JSON
expect_exit 0 as ina --json incident notify "$id" notice-affected --fields "$work/notice.json" --recipients "$work/clients.jsonl" --out "$work/notices"
expect_json 'v["of"] >= 2 and v["missing"] == [] and v["skipped"] == 0'
notices=$(number)
expect 'golden notice' same_page "$work/notices/00001.html" notice-affected.zh.html
expect 'each page names its recipient and nobody else' python3 - "$work" <<'PYTHON'
import csv, json, pathlib, sys
work = pathlib.Path(sys.argv[1])
names = {c["id"]: c["name"] for c in map(json.loads, (work / "clients.jsonl").read_text(encoding="utf-8").splitlines())}
rows = list(csv.DictReader((work / "notices" / "register.csv").open(encoding="utf-8-sig")))
assert len(rows) >= 2
for row in rows:
    page = (work / "notices" / row["file"]).read_text(encoding="utf-8")
    assert names[row["recipient"]] in page, row
    for other, name in names.items():
        assert other == row["recipient"] or (name not in page and other not in page), (row, name)
PYTHON
expect_exit 1 as ina incident notify "$id" notice-affected --fields "$work/notice.json" --recipients "$work/clients.jsonl"
expect_err 'nobody is written to twice'
expect_exit 1 as ina incident document deliver "$id" "$notices"
expect_exit 0 as ina incident document finish "$id" "$notices"
printf 'recipient,state,how,at,proof\n1,sent,post,2024-02-04,receipt\n2,bounced,email,2024-02-04,\n' >"$work/register.csv"
expect_exit 0 as ina --json incident document deliver "$id" "$notices" --register "$work/register.csv"
expect_json 'v["entries"] == 2'
expect_exit 1 as ina incident document deliver "$id" "$notices" --to 99999
expect_exit 1 as ina incident document deliver "$id" "$notices" --to 1 --at 2099-01-01
expect_exit 0 as ivo --json incident document register "$id" "$notices"
expect 'the register tells what became of each' python3 -c '
import hashlib, json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert rows[0]["state"] == "sent" and rows[0]["proof"] == hashlib.sha256(b"receipt\n").hexdigest() and rows[1]["state"] == "bounced", rows' "$work/out"
expect_exit 0 as ina --json incident notify "$id" notice-affected --again --fields "$work/notice.json" --recipients "$work/clients.jsonl"
expect_json 'v["of"] == 1 and v["skipped"] >= 1'
printf 'recipient,name,kinds\np1,王小明,工资明细\np2,李小红,"银行卡号、手机号"\n' >"$work/people.csv"
cat >"$work/individual.json" <<'JSON'
{"sender": "示例代理记账有限公司", "event": "您的资料被一个内部账号查看后外传。", "cause": "内部账号违规导出。", "harm": "可能接到冒充财务人员的电话。",
 "consequence": "目前未发现冒用。", "remedy": "已停止导出并更换密钥。", "self-help": "请勿向来电者提供验证码，留意账户变动。", "fraud": "如遇可疑来电，请拨打 96110。", "contact": "0571-88000000"}
JSON
expect_exit 0 as ina --json incident notify "$id" notice-individual --fields "$work/individual.json" --recipients "$work/people.csv" --out "$work/people"
expect_json 'v["of"] == 2 and v["missing"] == []'
expect 'golden notice to a person' same_page "$work/people/00002.html" notice-individual.zh.html
expect 'only his own' bash -c '! grep -q "王小明\|工资明细" "$1"' - "$work/people/00002.html"

# --- What goes to the public holds nobody's data ---
statement() {
    as ina --json incident document draft "$id" statement --lang en --field sender='Example Bookkeeping' --field "what=$1" --field 'when=3 February 2024' \
        --field 'scope=records of three clients' --field 'done=stopped all exports; told the police' --field 'advice=beware of calls' \
        --field 'contact=+86 571 8800 0000, care@example.org' --field 'approved=the board' >"$work/out" || return 1
    as ina incident document finish "$id" "$(number)" >/dev/null 2>"$work/err"
}
for data in 'Mr 王小明 is concerned' 'call 138 0000 1111' 'id 11010119900307803X' 'card 6222021234567890128' 'write to wang@example.com'; do
    statement "$data"
    expect "a statement with “$data” is refused" [ $? -eq 1 ]
    expect 'with the reason' grep -q 'holds personal data' "$work/err"
done
expect 'a clean one is done' statement 'on 3 February we found that data were copied'
expect_exit 0 as ina incident document write "$id" "$(as ina --json incident document list "$id" | tail -1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["document"])')" --out "$work/statement"
expect 'golden statement, of the firm’s own template' same_page "$work/statement/00001.html" statement.en.html

# --- A determination tells a finding; whom it names sees neither ---
echo '{"leak": "leak.csv", "none": 0.1, "backup": 0, "unlogged": 0, "persons": [], "groups": [], "linked": 1, "rows": 1, "decoys": 0, "columns": [], "leaked": [], "not_before": "", "current_until": ""}' >"$work/trace.json"
shown=$(as ina log replay --actor amy --event record.read --json | tail -1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["seq"])')
expect_exit 0 as ina --json finding draft --from "$work/trace.json" --direct amy --event "$shown" --summary 'the summary of it'
finding=$(python3 -c 'import json; print(json.load(open("'"$work"'/out"))["id"])')
expect_exit 0 as ina finding add "$finding" --indirect ivo --part added-user --event 1 --rule 'handbook 2.1'
expect_exit 2 as ivo incident document draft "$id" responsibility --finding "$finding"
expect_err 'names this person'
expect_exit 0 as ina --json incident document draft "$id" responsibility --finding "$finding" --out "$work/determination"
determination=$(number)
expect_json '{"facts", "person"}.isdisjoint({m["field"] for m in v["missing"]}) and {"fault", "hearing"} <= {m["field"] for m in v["missing"]}'
cp "$work/out" "$work/draft-of"
expect 'the finding is told' grep -q 'the summary of it' "$work/determination/00001.html"
expect 'with whom it names' grep -q '<td>ivo</td><td class="whole">间接</td><td>新增用户</td>' "$work/determination/00001.html"
expect_exit 2 as ivo incident document write "$id" "$determination" --out "$work/seen"
if command -v weasyprint >/dev/null; then
    "$STRONGROOM" --vault "$vault" --as ina --passphrase-file "$work/pass.ina" incident document write "$id" 1 --format pdf --out "$work/stopped" >/dev/null 2>"$work/err" &
    writing=$!
    for _ in $(seq 400); do ls "$work"/stopped.part-*/*.html >/dev/null 2>&1 && break; sleep 0.01; done
    kill -TERM "$writing"
    wait "$writing"
    verdict $(($? == 1 ? 0 : 1)) 'a signal while pages are written: exit 1'
    expect 'and no page stays behind' bash -c '! ls "$1"/stopped* 2>/dev/null' - "$work"
else
    printf 'ok - SKIPPED: weasyprint is not installed\n' >&2
fi
expect_exit 2 as ivo incident document register "$id" "$determination"
expect 'and he is not told' [ ! -e "$work/seen" ]

# --- The case as evidence with files and pages in their own bytes; of what names him ivo hands out nothing ---
python3 -c 'import json, sys; print(json.dumps({m["field"]: "as told" for m in json.load(open(sys.argv[1]))["missing"]}))' "$work/draft-of" >"$work/fields.json"
expect_exit 0 as ina --json incident document draft "$id" responsibility --finding "$finding" --fields "$work/fields.json" --out "$work/final"
determination=$(number)
expect_exit 0 as ina incident document finish "$id" "$determination"
as ina log policy >"$work/policy"
expect_exit 0 as ina --json incident bundle "$id" --out "$work/case" --with-files --with-documents
expect_json 'v["attached"] > 3 and v["files"] >= 1'
expect_exit 0 "$STRONGROOM_AUDIT" "$work/case" --policy "$work/policy" --json
expect_json "v['case_files'] == $(ls "$work/case/files" | wc -l)"
expect_exit 0 as ivo incident bundle "$id" --out "$work/ivo.tar" --with-documents
expect_exit 0 "$STRONGROOM_AUDIT" "$work/ivo.tar" --policy "$work/policy"
expect_out 'each with the SHA-256 that case.json tells'
expect_exit 0 as ina incident bundle "$id" --out "$work/hashes"
expect 'what was sealed and what was written are in it, byte for byte, and only where asked for' python3 - "$work" "$determination" <<'PYTHON'
import hashlib, json, pathlib, sys, tarfile
work, determination = pathlib.Path(sys.argv[1]), int(sys.argv[2])
case = json.loads((work / "case" / "case.json").read_bytes())
assert case["included"] == {"documents": True, "files": True}
there = {path.name: path.read_bytes() for path in (work / "case" / "files").iterdir()}
leaked = (work / "leaked.csv").read_bytes()
assert there[next(f["sha256"] for f in case["files"] if f["name"] == "leaked.csv")] == leaked
told = {f["sha256"] for f in case["files"]}
for document in case["documents"]:
    assert ("pages" in document) == ("finished" in document) and "withheld" not in document, document
    for number, page in enumerate(document.get("pages", [])):
        assert page["recipient"] == number + 1 and page["size"] == len(there[page["sha256"]])
        if "sm3" in hashlib.algorithms_available:
            assert page["sm3"] == hashlib.new("sm3", there[page["sha256"]]).hexdigest()
        told.add(page["sha256"])
assert told == set(there)
page = (work / "final" / "00001.html").read_bytes()
assert there[case["documents"][determination - 1]["pages"][0]["sha256"]] == page
with tarfile.open(work / "ivo.tar") as tar:
    names = tar.getnames()
    his = json.load(tar.extractfile("case.json"))
assert his["documents"][determination - 1]["withheld"] is True and his["documents"][determination - 1]["pages"] == []
assert "files/" + hashlib.sha256(page).hexdigest() not in names and "files/" + hashlib.sha256(leaked).hexdigest() not in names
assert not (work / "hashes" / "files").exists() and json.loads((work / "hashes" / "case.json").read_bytes())["included"] == {"documents": False, "files": False}
PYTHON
printf x >>"$work/case/files/$(ls "$work/case/files" | head -1)"
expect_exit 3 "$STRONGROOM_AUDIT" "$work/case" --policy "$work/policy"
expect_exit 0 as ina --json log replay --event incident.bundle
expect 'the log says beforehand what leaves in the clear' grep -q '"included":{"documents":true,"files":true}' "$work/out"

# --- Back to the program's template; what the log and the store say of each other ---
expect_exit 0 as ina incident template reset statement --lang en
expect_exit 1 as ina incident template reset statement --lang en
expect_exit 0 as ina log verify
as ina log replay --event 'document.*' --json >"$work/out"
expect 'the log tells of documents' grep -q 'document.draft' "$work/out"
expect 'and names nobody whom they are about' bash -c '! grep -q "王小明\|示例\|诈骗" "$1"' - "$work/out"
expect_exit 0 as ina incident close "$id" --reason 'a drill'
expect_exit 1 as ina incident document draft "$id" press
expect_err 'closed'
expect_exit 0 as ina incident document deliver "$id" "$notices" --to 1 --state replied
sql "DELETE FROM finding_part WHERE finding = '$id' AND part = 'document-2'"
expect_exit 3 as ina incident document write "$id" 2 --out "$work/gone"
expect 'nothing half-made stays' [ ! -e "$work/gone" ]
expect_exit 3 as ina log verify
finish
