#!/usr/bin/env python3
"""A whole case of a small firm, by the law of China, from the leak to its closing: traced, frozen, opened, assessed, told, judged,
made good, learnt from, closed.  Every step is held against its exit code, what it says and the event in the log; every document
against a golden page (tests/samples/documents/case-cn).  To renew those after a change that is meant:

  STRONGROOM_WRITE_GOLDEN=1 meson test -C build/check incident_case incident_case_eu && git diff tests/samples/documents
"""
import csv
import io
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import case_play  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402

ADA, IVO, CID = "ada", "ivo", "cid"
GOLDEN = os.path.join(attack.SAMPLES, "documents", "case-cn")
play = case_play.Play(os.path.join(attack.workplace("case"), "home"), "2026-11-16T09:00:00+08:00")
tap, step = play.tap, play.step

# --- The firm: a rule that its people signed, a payroll, and Bob, who helps out
attack.people(play)
play.add_users(ADA, IVO, CID)
for role, user in (("admin", ADA), ("investigator", IVO), ("accountant", CID)):
    play.must(ADMIN, "grant", role, user)
play.must(ADMIN, "register", "add", "rule", "secrecy", "--text", "员工手册4.2：客户资料不得带出单位。", "--until", "2027-12-31")
play.must(AMY, "import", os.path.join(attack.AGENCY, "clients.csv"), os.path.join(attack.AGENCY, "contacts.csv"))
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇艳"
HEAD = ("客户编号,工资期间,工号,姓名,身份证号,手机号码,银行卡号,基本工资,绩效奖金,应发工资,养老保险个人,医疗保险个人,失业保险个人,"
        "住房公积金个人,个人所得税,实发工资")


def employee(n):
    body = f"310115{1970 + n % 30}{1 + n % 12:02}{1 + n % 28:02}{n:03}"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11]
    name = SURNAMES[n % 10] + GIVEN[n % 12] + GIVEN[n * 7 % 12]
    base = 6000 + n * 37
    return (f"K000{1 + n % 2},2026-10,{n:04},{name},{body}{check},1390000{n:04},62220000000000{n:05},{base}.00,500.00,{base + 500}.00,"
            f"480.00,120.00,30.00,300.00,15.60,{base + 500 - 946}.40")


play.must(AMY, "import", play.file("payroll.csv", "\n".join([HEAD, *(employee(n) for n in range(1, 61))]) + "\n"))
for user in (AMY, BOB, CID):
    play.must(user, "register", "sign", "secrecy")
for client in ("K0001", "K0002"):
    play.must(ADMIN, "assign", client, BOB)
CLIENTS = play.file("clients.jsonl", play.must(ADMIN, "client", "list", "--json").out.decode())
first = play.must(AMY, "list", "K0001", "--kind", "payroll_entry", "--json").lines[0]["id"]
play.at("2026-11-23T17:40:00+08:00")
taken = os.path.join(play.files, "taken.csv")
play.must(BOB, "export", "K0001", "K0002", "--kind", "payroll_entry", "--format", "csv", "--out", taken, "--purpose", "task:2026-10",
          "--reveal", "employee.id_no,employee.mobile,employee.bank_card,base,gross,net")
with open(taken, encoding="utf-8-sig", newline="") as file:
    rows = list(csv.DictReader(file))
leaked = io.StringIO()
table = csv.writer(leaked)
table.writerow(["姓名", "身份证号", "手机", "银行卡", "实发"])
for row in sorted(rows, key=lambda row: row["employee.no"])[20:]:
    table.writerow([row["employee.name"], row["employee.id_no"], row["employee.mobile"], row["employee.bank_card"], row["net"]])
LEAK = play.file("offered.csv", leaked.getvalue())

# --- The alarm: whose it is, and the first thing
play.at("2026-11-30T09:00:00+08:00")
trace = step("the file that was offered is traced", INA, "trace", LEAK, true=lambda l: l[0]["linked"] == 40, event="trace.run")[0]
step("the names behind it are asked for", INA, "--yes", "trace", "reveal", trace.get("case", "0"), "--purpose", "incident:7",
     true=lambda l: "bob" in l[0]["names"].values(), event="trace.reveal_names")
step("an accountant freezes nothing", AMY, "incident", "freeze", "--client", "K0001", code=2, says="denied", event="incident.freeze",
     effect="deny")
step("two clients are frozen", INA, "incident", "freeze", "--client", "K0001,K0002", "--purpose", "incident:7",
     true=lambda l: all(x["frozen"] for x in l), event="incident.freeze")
step("and the person", INA, "incident", "freeze", "--user", BOB, "--purpose", "incident:7", true=lambda l: l[0]["kind"] == "person",
     event="incident.freeze")
step("nobody reads what is frozen", AMY, "show", "K0001", first, "--purpose", "task:1", code=5, says="frozen", event="record.read",
     effect="deny")
step("nor takes it along", BOB, "export", "K0001", "--format", "csv", "--out", os.path.join(play.files, "more.csv"), "--purpose",
     "task:2", code=5, says="frozen", event="record.export", effect="deny")
step("other clients' work goes on", AMY, "list", "K0003", event="record.list")

# --- The case file
step("an admin opens no case", ADMIN, "incident", "open", "--title", "x", code=2, says="denied", event="incident.open", effect="deny")
case = step("the case is opened, the file sealed in it", INA, "incident", "open", "--title", "工资表外传", "--discovered-by", "客户K0001",
            "--how", "客户在网上看到", "--file", LEAK, "--moment",
            "occurred=2026-11-23T09:42:00Z,discovered=2026-11-30T00:30:00Z,knew=2026-11-30T01:00:00Z", "--circumstance",
            "personal=yes,trustee=yes,controller=yes,critical=no,online=no", event="incident.open")[0].get("id", "0")
play.of(case, GOLDEN, "示例代理记账有限公司")


def duty(lines, name):
    return next(d for d in lines[0]["duties"] if d["duty"] == name)


step("its status says what is due and what is next", IVO, "incident", "status", case,
     true=lambda l: l[0]["next"] == "assess" and duty(l, "cn-client")["state"] == "owed" and duty(l, "cn-police")["state"] == "uncertain"
     and not l[0]["facts"]["stale"], event="incident.show")
step("who leads", INA, "incident", "note", case, "--user", IVO, "--part", "lead", event="incident.note")
step("the stick changes hands", INA, "incident", "custody", case, "--text", "U盘一个，由客户交至ivo", "--file", LEAK, event="incident.note")
step("what it is about is held", INA, "incident", "hold", case, "--client", "K0001,K0002", "--text", "可能诉讼", event="incident.hold")
step("nothing of it is destroyed", ADMIN, "destroy", "propose", "--client", "K0001", "--kind", "contact", code=2,
     says="holds what is of client", event="destroy.propose", effect="deny")
play.at("2026-11-30T11:30:00+08:00")
step("counsel calls it a case, and a crime perhaps", IVO, "incident", "note", case, "--circumstance", "case=yes,crime=yes", "--moment",
     "confirmed=2026-11-30T03:00:00Z", "--text", "律师意见", event="incident.note")
step("both readings of a clock", IVO, "incident", "status", case,
     true=lambda l: duty(l, "cn-police")["strict"]["due"] == l[0]["moments"]["knew"] + 24 * 3600000
     and duty(l, "cn-police")["lenient"]["due"] == l[0]["moments"]["confirmed"] + 24 * 3600000, event="incident.show")

# --- How much, and whose duty
step("nothing is told before it is counted", INA, "incident", "notify", case, "notice-client", code=1, says="no assessment")
step("what leaked is counted", INA, "incident", "assess", case, "--person", BOB, "--trace", trace.get("case", "0"), "--loss", "6000000",
     "--gain", "3000", true=lambda l: l[0]["persons"] == {"strict": 60, "lenient": 40} and l[0]["encryption"]["frees"] == "no" and
     {r["role"] for r in l[0]["roles"]} == {"controller", "trustee"} and
     [t["strict"]["reached"] for t in l[0]["thresholds"] if t["id"] in ("cn-larger-persons", "cn-larger-loss", "cn-major-loss")] ==
     [False, True, False], event="incident.assess")
step("a crime by the strict reading, in service twice over, and none by the lenient", IVO, "incident", "status", case,
     true=lambda l: [(p[r]["ordinary"]["millionths"] + 10**6 * p[r]["ordinary"]["whole"], p[r]["in_service"]["serious"])
                     for p in [l[0]["steps"][-1]["says"]["personal_information"]] for r in ("strict", "lenient")] ==
     [(2532000, True), (80000, False)], event="incident.show")
step("an assessment by somebody who may not", ADMIN, "incident", "assess", case, "--person", BOB, code=2, says="denied",
     event="incident.assess", effect="deny")
step("the grade asks for a report within four hours", INA, "incident", "status", case,
     true=lambda l: l[0]["circumstances"]["grade"] == "yes" and duty(l, "cn-report-4h")["state"] == "owed" and
     duty(l, "cn-report-4h")["strict"]["due"] == l[0]["moments"]["knew"] + 4 * 3600000 and l[0]["next"] == "notify",
     event="incident.show")

# --- Those whose data it is are told, each of his own alone
RECEIPT = play.file("receipt.txt", "受理回执 2026-17\n")
CONTACT = "数据安全负责人，电话 0571-88000000"
number, out = play.draft("notice-client", "--recipients", CLIENTS, way=("notify",), fields={
    "contract": "代理记账合同第7条，我单位受托处理贵单位工资数据。", "measures": "已冻结相关账号，停止导出。", "contact": CONTACT,
    "data": "员工工资明细。", "people": "贵单位员工。"})
play.pages("notice-client", out, 1, 2)
play.finish("notice-client", number)
register = play.file("register.csv", "recipient,state,how,at,proof\n1,sent,post,2026-11-30,receipt.txt\n2,bounced,email,2026-11-30,\n")
step("what was sent, and what came back", INA, "incident", "document", "deliver", case, number, "--register", register,
     true=lambda l: l[0]["entries"] == 2, event="document.deliver")
step("the first has it", INA, "incident", "document", "deliver", case, number, "--to", "1", "--state", "delivered", event="document.deliver")
step("and replies", INA, "incident", "document", "deliver", case, number, "--to", "1", "--state", "replied", event="document.deliver")
step("the register tells both", IVO, "incident", "document", "register", case, number,
     true=lambda l: [x["state"] for x in l] == ["replied", "bounced"], event="document.show")
step("nobody is written to twice", INA, "incident", "notify", case, "notice-client", "--recipients", CLIENTS, code=1,
     says="nobody is written to twice")
again, out = play.draft("notice-client", "--again", "--recipients", CLIENTS, way=("notify",), fields={
    "contract": "代理记账合同第7条。", "measures": "已冻结相关账号。", "contact": CONTACT, "data": "员工工资明细。", "people": "贵单位员工。"})
play.pages("notice-client-again", out, 1)
play.finish("notice-client, again,", again)
step("by hand this time", INA, "incident", "document", "deliver", case, again, "--how", "by hand", "--proof", RECEIPT,
     event="document.deliver")
step("clients are told: a duty less", INA, "incident", "fulfil", case, "cn-client", "--file", RECEIPT, event="incident.fulfil")
number, out = play.draft("notice-affected", "--recipients", CLIENTS, way=("notify",), fields={
    "event": "2026年11月23日，一个内部账号导出工资表并外传。", "consequence": "目前未发现冒用。", "remedy": "已冻结账号，停止导出。",
    "contact": CONTACT})
play.pages("notice-affected", out, 1, 2)
play.finish("notice-affected", number)
step("it was sent", INA, "incident", "document", "deliver", case, number, "--to", "1,2", "--how", "post", "--proof", RECEIPT,
     event="document.deliver")
step("a duty less", INA, "incident", "fulfil", case, "cn-affected", "--file", RECEIPT, event="incident.fulfil")
PEOPLE = play.file("people.csv", "recipient,name,kinds\n" + "".join(
    f"e{n},{employee(n).split(',')[3]},工资明细、银行卡号\n" for n in (1, 2, 3)))
number, out = play.draft("notice-individual", "--recipients", PEOPLE, way=("notify",), fields={
    "event": "您的工资资料被一个内部账号导出后外传。", "cause": "内部账号违规导出。", "harm": "可能接到冒充财务人员的电话。",
    "consequence": "目前未发现冒用。", "remedy": "已停止导出并更换密钥。", "self-help": "请勿向来电者提供验证码。",
    "fraud": "如遇可疑来电，请拨打 96110。", "contact": CONTACT})
play.pages("notice-individual", out, 1, 2, 3)
with open(os.path.join(out, "00001.html"), encoding="utf-8") as file:
    page = file.read()
    tap.ok(employee(1).split(",")[3] in page and all(employee(n).split(",")[3] not in page for n in (2, 3)),
           "a notice has its own person alone")
play.finish("notice-individual", number)
step("they were sent", INA, "incident", "document", "deliver", case, number, "--to", "1,2,3", "--how", "sms", event="document.deliver")
step("individuals are told", INA, "incident", "fulfil", case, "cn-individuals", event="incident.fulfil")

# --- The authorities
play.at("2026-11-30T12:00:00+08:00")
REPORT = {"addressee": "示例市互联网信息办公室", "unit": "示例代理记账有限公司，加密保管库一套。",
          "incident": "2026年11月30日发现，数据泄露，较大。", "ransom": "未发生勒索。", "trend": "未发现进一步扩散。",
          "trace": "日志显示由一个内部账号导出。", "next": "继续核查。", "other": "无。", "cause": "一名员工导出后外传。",
          "personal": "工资明细；可能被用于诈骗；已停止导出；请留意来电；联系电话 0571-88000000。"}
number, out = play.draft("report")
play.pages("report-with-gaps", out, 1)
step("a report with gaps is not done", INA, "incident", "document", "finish", case, number, code=1, says="must have are empty")
number = play.whole("report", REPORT, "--replace", number)
step("the first report is handed in", INA, "incident", "document", "deliver", case, number, "--how", "portal", "--proof", RECEIPT,
     event="document.deliver")
step("within its four hours", INA, "incident", "fulfil", case, "cn-report-4h", "--file", RECEIPT, event="incident.fulfil")
step("the authority for personal information too", INA, "incident", "fulfil", case, "cn-authority", "--file", RECEIPT,
     event="incident.fulfil")
number = play.whole("police-report", {"addressee": "示例市公安局", "reporter": "示例代理记账有限公司，经办人 ivo", "facts": "内部账号导出工资表后在网上兜售。",
                                 "suspect": "一个内部账号。", "evidence": "见附件清单。"})
step("the police are told", INA, "incident", "document", "deliver", case, number, "--how", "at the station", "--proof", RECEIPT,
     event="document.deliver")
for name in ("cn-police", "cn-police-clues"):
    step(f"{name} is done", INA, "incident", "fulfil", case, name, "--file", RECEIPT, event="incident.fulfil")
step("in time", INA, "incident", "status", case,
     true=lambda l: all(duty(l, d)["state"] == "done" and not duty(l, d)["late"] for d in ("cn-report-4h", "cn-police", "cn-client")),
     event="incident.show")
play.at("2026-12-02T10:00:00+08:00")
number = play.whole("follow-up", {**REPORT, "trend": "已停止，网上链接已删除。"})
step("the follow-up is handed in", INA, "incident", "document", "deliver", case, number, "--how", "portal", event="document.deliver")
play.whole("evidence", {"number": "1", "source": "客户提供的U盘", "purpose": "证明外传内容", "medium": "U盘", "format": "CSV", "environment": "离线电脑",
                   "process": "复制后计算校验值", "people": "ina、ivo", "change": "无", "time": "2026年11月30日", "custody": "见保管链", "third": "无",
                   "hash": "见附件清单"})

# --- What the firm and the public are told
statement = {"what": "我单位一个内部账号将部分资料外传。", "when": "2026年11月23日", "scope": "两家客户的工资资料。", "done": "停止导出，已报案。",
             "advice": "留意可疑来电。", "contact": "0571-88000000", "approved": "董事会"}
number, _ = play.draft("statement", fields={**statement, "what": f"{employee(1).split(',')[3]}，电话 13900000001 的资料被外传。"})
step("a statement with somebody's data is refused", INA, "incident", "document", "finish", case, number, code=1,
     says="holds personal data")
play.whole("statement", statement, "--replace", number)
play.whole("press", {"sender": "Example Bookkeeping", "what": "Data of two clients were copied.", "scope": "Payrolls of two clients.",
                     "cause": "One account of the firm.",
                "done": "Exports are stopped; the police know.", "advice": "Beware of calls.", "responsible": "It is being found out.",
                "again": "A second person agrees to each export.", "spokesperson": "The director", "approved": "the board"}, lang="en")
play.whole("bulletin", {"number": "2026-3", "summary": "一个内部账号违规导出。", "finding": "核查中。", "decision": "停止单人导出。", "lesson": "导出需两人。",
                   "read": "全体员工于12月5日前签阅"})



def open_step(name, *fields):
    step(name, INA, "incident", "entry", "add", case, *fields, event="incident.enter")


open_step("what was done is told in the open", "public-step", "day=2026-12-01", "text=停止导出，已向有关部门报告", "--state", "published")
open_step("from its first day on", "public-step", "day=2026-11-30", "text=发现情况，冻结相关账号", "--state", "published")
open_step("not yet what is still being looked into", "public-step", "day=2026-12-02", "text=核查原因")
open_step("a complaint waits for its answer", "complaint", "from=青禾样本商贸有限公司", "about=未接到回电", "received=2026-12-01", "reply_by=2026-12-09",
          f"owner={INA}")
play.whole("open-record", {"what": "我单位一个内部账号将两家客户的部分资料外传。", "status": "已停止外传，正在核查。", "channel": "电话 0571-88000000，工作日 9 时至 18 时；或邮寄至我单位。",
                           "next": "2026年12月10日", "approved": "董事会"})

# --- Who answers for it
shown = next(str(l["seq"]) for l in play.must(INA, "log", "replay", "--actor", BOB, "--event", "record.export", "--json").lines)
finding = step("a finding is drafted", INA, "finding", "draft", "--case", trace.get("case", "0"), "--direct", BOB, "--event", shown,
               event="finding.draft")[0].get("id", "0")
play.masks[finding] = "FINDING"
step("nobody reviews his own", INA, "finding", "review", finding, "--accept", code=2, says="nobody-reviews-his-own-finding",
     event="finding.review", effect="deny")
step("the direct person, rule and fault", INA, "finding", "add", finding, "--direct", BOB, "--rule", "员工手册4.2", "--fault", "intent", "--known",
     "2026-11-16 签署", event="finding.change")
step("it is returned: he was not heard", IVO, "finding", "review", finding, "--return", "--note", "未听取陈述", event="finding.review")
for section, text in {"summary": "bob 导出工资表并外传。", "facts": "2026年11月23日导出60条。", "causation": "外传内容与导出一致。", "alternatives": "无其他人看过全部。",
                      "loss": "报案与通知费用。", "firm": "导出不需两人。", "result": "解除劳动合同。", "limits": "仅据日志。"}.items():
    step(f"section {section}", INA, "finding", "text", finding, section, "--text", text, event="finding.change")
step("he is heard", INA, "finding", "hear", finding, BOB, "--text", "他说：“是我导出的，没有外传。”", event="finding.change")
proposed = play.must(INA, "finding", "show", finding, "--json").json["document"]["persons"]
for person in proposed:
    if person["kind"] == "indirect":
        step(f"{person['user']} as {person['part']} is weighed", INA, "finding", "add", finding, "--indirect", person["user"], "--part",
             person["part"], "--of", BOB, "--rule", "员工手册2.1", "--fault", "none", event="finding.change")
step("the second investigator accepts it", IVO, "finding", "review", finding, "--accept", "--note", "完整", event="finding.review")
step("one signs", IVO, "--yes", "finding", "sign", finding, event="finding.sign")
step("and the other", INA, "--yes", "finding", "sign", finding, says="signed", event="finding.sign")
play.whole("responsibility", {"duty": "员工手册4.2，2026年11月16日签署。", "fault": "故意。", "signers": "ina、ivo，均与本案无关。"}, "--finding", finding)


# --- Discipline, recovery and money within the law
def enter(name, kind, *fields, code=0, says=None, true=None, effect="permit", event="incident.enter"):
    lines = step(name, INA, "incident", "entry", "add", case, kind, *fields, code=code, says=says, true=true, event=event, effect=effect)
    return str(lines[0].get("entry", 0))


play.at("2026-12-07T09:00:00+08:00")
dismissal = enter("a dismissal is proposed", "discipline", f"user={BOB}", "measure=dismissal", "rule=secrecy", "heard=yes")
step("not without the union", INA, "incident", "entry", "set", case, dismissal, "appeal_until=2027-01-07", "--state", "decided", code=2,
     says="第四十三条")
step("the union was told", INA, "incident", "entry", "set", case, dismissal, "union=yes", "appeal_until=2027-01-07", "--state", "decided",
     event="incident.enter")
step("when it was decided", INA, "incident", "note", case, "--moment", "decided=2026-12-07T01:00:00Z", "--circumstance", "dismissal=yes",
     event="incident.note")
step("the union's duty is done", INA, "incident", "fulfil", case, "cn-union", event="incident.fulfil")
enter("nothing is recovered for plain negligence", "recovery", f"user={BOB}", "owed=30000", "basis=leak", "fault=negligence", "wage=6000",
      "minimum_wage=2690", "contract_term=7.2", code=2, says="第一千一百九十一条", event=None)
recovery = enter("but for intent", "recovery", f"user={BOB}", "owed=30000", "basis=民法典第一千一百九十一条", "fault=intent", "wage=6000",
                 "minimum_wage=2690", "contract_term=7.2", true=lambda l: l[0]["monthly_limit"] == "1200.00")
step("not more than a fifth of the wage", INA, "incident", "entry", "set", case, recovery, "monthly=1200.01", "--state", "deducting", code=2,
     says="1200")
step("a fifth", INA, "incident", "entry", "set", case, recovery, "monthly=1200", "--state", "deducting", event="incident.enter")
enter("the firm's own fault", "own-fault", "what=导出不需两人", "basis=民法典第一千一百九十一条", "share=60")
claim = enter("a client claims", "claim", "from=青禾样本商贸有限公司", "amount=12000.50", "basis=合同第7条")
enter("a fine", "fine", "authority=网信办", "amount=50000", "basis=个人信息保护法第六十六条", "--state", "imposed")
enter("a cost", "cost", "what=取证", "amount=8000", "basis=发票", "--state", "paid")
step("they settle", INA, "incident", "entry", "set", case, claim, "amount=9000", "--state", "settled", event="incident.enter")
step("the ledger sums up", INA, "incident", "ledger", "list", case,
     true=lambda l: l[-1]["sums"]["claim"] == {"settled": "9000.00"} and l[-1]["sums"]["fine"] == {"imposed": "50000.00"},
     event="incident.show")

# --- Made good, answered, learnt from
remedy = enter("a remedy is offered", "remedy", "to=青禾样本商贸有限公司", "offer=一年账户监测", "cost=360")
step("and taken", INA, "incident", "entry", "set", case, remedy, "--state", "taken", event="incident.enter")
care = enter("a question waits for its answer", "care", "from=青禾样本商贸有限公司", "question=我们的流水在内吗", "reply_by=2026-12-09", f"owner={INA}")
play.at("2026-12-10T09:00:00+08:00")
step("and is overdue", INA, "incident", "status", case, true=lambda l: [r["over"] for r in l[0]["running"] if r["kind"] == "care"] == [True],
     event="incident.show")
step("it is answered", INA, "incident", "entry", "set", case, care, "answer=不在", "--state", "answered", event="incident.enter")
plan = enter("a plan with the client", "client-plan", "client=青禾样本商贸有限公司", "goal=恢复信任", f"owner={ADMIN}", "review=2027-03-31")
visit = enter("a visit", "visit", "client=青禾样本商贸有限公司", "day=2026-12-20", f"owner={ADMIN}")
step("is not held without its outcome", INA, "incident", "entry", "set", case, visit, "--state", "held", code=1, says="'held' takes 'outcome'")
step("it was held", INA, "incident", "entry", "set", case, visit, "outcome=愿意续约", "--state", "held", event="incident.enter")
renewal = enter("a contract ends", "renewal", "client=青禾样本商贸有限公司", "contract=2024-17", "ends=2026-12-31", f"owner={ADMIN}")
step("and is renewed", INA, "incident", "entry", "set", case, renewal, "until=2027-12-31", "--state", "renewed", event="incident.enter")
step("how it stands, client by client", INA, "incident", "cooperation", "list", case,
     true=lambda l: [(c["plan"], c["contract"], c["visits_held"], c["next"]) for c in l[-1]["clients"]] ==
     [("agreed", "renewed", 1, "2027-03-31")], event="incident.show")
action = enter("a corrective action", "action", "cause=一人可导出", "action=导出需两人", f"owner={ADMIN}", "due=2026-12-20")
step("is not effective without proof", INA, "incident", "entry", "set", case, action, "--state", "effective", code=1,
     says="'effective' takes 'proof'")
step("the action itself", ADMIN, "setting", "set", "approval.export", "500:1", event="setting.set")
step("its proof and effect", INA, "incident", "entry", "set", case, action, "proof=设置变更", "effect=无单人导出", "--state", "effective",
     event="incident.enter")
number, out = play.draft("survey", "--recipients", CLIENTS, way=("notify",), fields={
    "case": "工资表外传", "timely": "1至5分", "clear": "1至5分", "help": "1至5分", "trust": "1至5分", "stay": "1至5分", "needs": "请填写",
    "consent": "自愿、匿名", "round": "30天"})
play.pages("survey", out, 1, 2)
play.finish("survey", number)
for pseudonym, score in (("P-7K2M", 5), ("P-8Q4N", 3)):
    enter(f"{pseudonym} answers", "survey", "round=30", f"pseudonym={pseudonym}", f"timeliness={score}", "clarity=4", "effectiveness=4",
          f"trust={2 * score}", "renewal=5")
enter("a pseudonym that is a name is refused", "survey", "round=30", f"pseudonym={AMY}", "timeliness=1", "clarity=4", "effectiveness=4",
      "trust=7", "renewal=5", code=1, says="a pseudonym is P-", event=None)
enter("nor is more trust than the page asks for", "survey", "round=30", "pseudonym=P-9R5N", "timeliness=1", "clarity=4", "effectiveness=4",
      "trust=11", "renewal=5", code=1, says="from 0 to 10", event=None)
enter("a client is lost", "lost", "what=clients", "month=2026-12", "count=1")
enter("and two of staff", "lost", "what=staff", "month=2026-12", "count=2")
enter("reputation", "reputation", "month=2026-12", "what=两篇报道", "source=本地媒体")
enter("a lesson that names somebody is refused", "lesson", f"text={AMY} 全部导出", code=1, says="it names 'amy'", event=None)
enter("a lesson", "lesson", "text=整批导出须两人同意")
step("what was entered, summed", INA, "incident", "entry", "list", case,
     true=lambda l: l[-1]["survey"][0]["timeliness"] == 400 and l[-1]["survey"][0]["trust"] == 800 and
     l[-1]["lost"] == [{"month": "2026-12", "clients": 1, "staff": 2}],
     event="incident.show")
play.whole("impact", {"subject": "工资数据的委托处理", "lawful": "受托记账所必需。", "risk": "内部导出。", "measure": "两人同意。", "conclusion": "可接受。"})
number, out = play.draft("entrustment", "--recipients", CLIENTS, way=("notify",), fields={
    "purpose": "代理记账，合同期内", "kinds": "工资、凭证", "protection": "加密、两人导出", "rights": "可审计", "sub": "不转委托", "end": "返还并删除",
    "archive": "会计档案依法保存", "truth": "资料由委托方提供", "breach": "24小时内通知"})
play.pages("entrustment", out, 1, 2)
play.finish("entrustment", number)

# --- The end
step("the case does not close while the summary is open", INA, "incident", "close", case, code=1, says="duties are open")
step("when it ended", INA, "incident", "note", case, "--moment", "ended=2026-12-10T01:00:00Z", event="incident.note")
step("thirty days for the summary", INA, "incident", "status", case,
     true=lambda l: duty(l, "cn-summary")["state"] == "owed" and duty(l, "cn-summary")["strict"]["left"] > 29 * 86400000,
     event="incident.show")
play.at("2027-01-06T09:00:00+08:00")
number = play.whole("summary", {"addressee": "示例市互联网信息办公室", "cause": "内部账号导出后外传。", "actions": "冻结、通知、报案。", "harm": "两家客户工资资料外传。",
                           "accountability": "解除一人。", "fix": "导出须两人。", "lesson": "整批导出须两人同意。"})
step("the summary is handed in", INA, "incident", "document", "deliver", case, number, "--how", "portal", "--proof", RECEIPT,
     event="document.deliver")
step("within its thirty days", INA, "incident", "fulfil", case, "cn-summary", "--file", RECEIPT, event="incident.fulfil")
frozen = next(d for d in play.must(INA, "incident", "status", case, "--json").lines[0]["duties"] if d["duty"] == "cn-remedy")
step("that the leak was stopped is proposed from the freeze", INA, "incident", "status", case,
     true=lambda l: duty(l, "cn-remedy")["state"] == "owed" and duty(l, "cn-remedy")["proposed"]["by"] == INA and
     duty(l, "cn-remedy")["todo"] == f"incident fulfil {case} cn-remedy --event {duty(l, 'cn-remedy')['proposed']['event']}",
     event="incident.show")
step("what is not there shows nothing", INA, "incident", "fulfil", case, "cn-remedy", "--event", "1000000", code=1, says="has no event")
step("the leak was stopped, by that event", INA, "incident", "fulfil", case, "cn-remedy", "--event",
     str(frozen.get("proposed", {}).get("event", 0)), event="incident.fulfil")
step("at that moment", INA, "incident", "status", case,
     true=lambda l: duty(l, "cn-remedy")["state"] == "done" and duty(l, "cn-remedy")["at"] == frozen["proposed"]["at"] and
     l[0]["steps"][-1]["shown_by"] == frozen["proposed"]["event"], event="incident.show")
step("nothing that the law asks is left", INA, "incident", "status", case,
     true=lambda l: not [d for d in l[0]["duties"] if d["force"] == "law" and d.get("step") != "responsibility" and
                         d["state"] in ("owed", "uncertain")], event="incident.show")
step("one proposes to unfreeze", INA, "incident", "unfreeze", "--client", "K0001,K0002", says="proposed", event="incident.propose_unfreeze")
step("which is not enough", AMY, "show", "K0001", first, "--purpose", "task:1", code=5, says="frozen", event="record.read", effect="deny")
step("he alone not twice", INA, "incident", "unfreeze", "--client", "K0001,K0002", code=1, says="count once")
step("the second agrees", ADMIN, "incident", "unfreeze", "--client", "K0001,K0002", says="No longer frozen", event="incident.unfreeze")
step("work goes on", AMY, "show", "K0001", first, "--purpose", "task:1", event="record.read")
step("not Bob's", BOB, "list", "K0001", code=5, says="frozen", event="record.list", effect="deny")
step("what was held is let go", INA, "incident", "hold", case, "--release", "--text", "和解", event="incident.hold")
step("the case is closed", INA, "incident", "close", case, event="incident.close")
step("nothing more is noted in it", INA, "incident", "note", case, "--text", "x", code=1, says="closed")
step("it is told as closed", IVO, "incident", "status", case, true=lambda l: l[0]["status"] == "closed", event="incident.show")

# --- What served, and what an outsider can check
step("what an incident asks, and what serves it", INA, "incident", "coverage", true=lambda l: len(l) == 34, event="facts.show")
policy = play.file("policy", play.must(INA, "log", "policy").out.decode())
for name, command, event in (("evidence is handed out", ("log", "bundle", "--purpose", "case 7", "--range", "0:"), "log.bundle"),
                             ("the case is", ("incident", "bundle", case), "incident.bundle")):
    bundle = os.path.join(play.files, event)
    step(name, INA, *command, "--out", bundle, event=event)
    audit = subprocess.run([os.environ["STRONGROOM_AUDIT"], bundle, "--policy", policy], capture_output=True, check=False,
                           env=play.environment(FAULT_CLOCK=play.ahead() + 60))
    tap.ok(audit.returncode == 0 and (event == "log.bundle" or b"case.json is the one" in audit.stdout), "and accepted by an outsider", audit)
step("log and store say the same", INA, "log", "verify", true=lambda l: l[-1]["ok"], event="log.verify")
tap.ok(play.steps >= 60, f"{play.steps} steps")
play.check_events(INA)
tap.finish()
