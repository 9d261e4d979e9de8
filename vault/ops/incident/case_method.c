#include "vault/ops/incident/case_method_private.h"

static const char method_zh[] =
    "本证据包由保险库程序从其访问日志和案卷中直接导出，没有人工编辑。(1) "
    "条目：凡指明本案的日志条目及其结果，按原字节取出，"
    "每条附 RFC 6962 审计路径，归于同一个有签名的检查点；证据包是挑选，不声称没有其他相关条目。(2) "
    "案卷：每一步封存的内容都被"
    "打开并与该步日志条目中的 SHA-256 核对，不符则不产生证据包。(3) 文件：对封存的原字节重新计算 SHA-256 和 "
    "SM3(GB/T 32905-2016)，"
    "SHA-256 与封存时写入日志的值核对；已定稿文书的每一页按封存的内容重新生成并与当时的 SHA-256 核对；文件和文书本身只在 included 注明时才在包内 files/ 之下，否则由持有人另行提供。(4) case.json 的 SHA-256 "
    "写入日志条目 incident.bundle，"
    "该条目在包内。(5) 提取只读取案卷，不改变案卷；提取本身也是日志条目。任何人可用 strongroom-audit "
    "和公开格式重复核对。";

static const char method_en[] =
    "The vault's program took this out of its access log and case file itself; nobody edited it. (1) "
    "Entries: every entry "
    "of the log that names this case, and its outcome, byte for byte as logged, each with its RFC 6962 audit "
    "path to one "
    "signed checkpoint; it is a selection, which does not claim that nothing else matters. (2) Case file: "
    "what each step "
    "sealed was opened and held against the SHA-256 in that step's entry; without agreement there is no "
    "bundle. (3) Files: "
    "SHA-256 and SM3 (GB/T 32905-2016) were computed anew over the sealed bytes, and SHA-256 held against "
    "what was logged "
    "when they were sealed; each page of finished documents was made anew from what was sealed and held against its SHA-256 "
    "of then. Files and pages themselves are in the bundle, under files/, only where `included` says so; else whoever "
    "holds them presents them. "
    "(4) The SHA-256 "
    "of case.json stands in the entry incident.bundle, which is in the bundle. (5) Taking it out only reads "
    "the case, and "
    "is itself logged. Anybody can repeat the check with strongroom-audit, or by the public formats.";

static const struct factor {
    const char *zh;
    const char *en;
    const char *answer;
    const char *says_zh;
    const char *says_en;
} factors[] = {
    {"计算机系统的硬件、软件环境是否完整、可靠", "whether hardware and software are complete and reliable",
        "partly",
        "软件：案卷与日志由同一保险库程序产生，日志名称和大小见 "
        "records。硬件、操作系统保险库没有记录，须由单位另行说明。",
        "Software: the vault's one program wrote case and log; the log's name and size are under records. Of "
        "hardware and "
        "operating system the vault has no record: the firm must show them otherwise."},
    {"硬件、软件环境是否正常运行，不正常时有无影响",
        "whether they ran normally, and if not, what that changed", "partly",
        "本案凡有封存内容的步骤都先记意图、后记结果，只有结果为成功的步骤才列入 "
        "steps；未完成的也留在日志中。机器故障等情况保险库没有记录。",
        "Each sealed step of the case was logged before it was made and after; `steps` has only those whose "
        "outcome was "
        "success, the others stay in the log as well. Of failures of the machine the vault has no record."},
    {"是否具备有效的防止出错的监测、核查手段",
        "whether there were effective means to prevent and find errors", "records",
        "日志为 RFC 6962 哈希树，检查点有签名；见证方的联署(如有)在本包 checkpoint "
        "中，是否足够由核对人的策略决定。每份封存内容有加密认证和哈希。",
        "The log is a hash tree by RFC 6962 under signed checkpoints; cosignatures of witnesses, if any, are "
        "in `checkpoint` "
        "of this bundle, and the checker's policy decides whether they suffice. What is sealed has "
        "authenticated encryption "
        "and a hash."},
    {"是否被完整地保存、传输、提取，方法是否可靠",
        "whether it was kept, sent and taken out whole, by reliable methods", "records",
        "导出时逐一打开封存内容并与日志中的哈希核对，份数见 "
        "records；文件重新计算哈希；本包每个文件列入有签名的 manifest.json。法律保留见 held。",
        "When this was made, each sealed text was opened and held against its hash in the log (how many: "
        "records), files "
        "were hashed anew, and each file of this bundle is listed in the signed manifest.json. `held` says "
        "whether the case "
        "is under legal hold."},
    {"是否在正常的往来活动中形成和存储", "whether it was made and kept in the ordinary course of business",
        "partly",
        "访问日志由日常工作自动产生，不是为本案制作。案卷步骤和封存文件是事件发生后的记录；外来文件的来源以保"
        "管链所述为准，另需证明。",
        "The access log comes of itself from daily work and was not made for this case. Steps and sealed "
        "files of the case "
        "were recorded after the event; where a file from outside came from is what custody says, and is to "
        "be shown."},
    {"保存、传输、提取的主体是否适当", "whether those who kept, sent and took it out were fit to do so",
        "partly",
        "各步骤由谁的账户作出见 steps，案中身份见 case.people，移交见 "
        "custody；均经策略允许并有其密钥签名。其资格和账户是否本人使用，须另行证明。",
        "Whose account did each step is in `steps`, their parts in `case.people`, what changed hands in "
        "`custody`; each was "
        "allowed by policy and signed with that person's key. Their qualification, and that the account was "
        "used by that "
        "person, are to be shown otherwise."},
    {"影响完整性和可靠性的其他因素", "other factors that bear on being whole and reliable", "open",
        "保险库没有记录。已知限度：时间为保险库机器的时钟，只有见证方联署给出独立的时间界限；无见证时不能排除"
        "签名前伪造整份日志；SM3 仅为本次导出时的陈述。",
        "The vault has no record. Known limits: times are by the clock of the vault's machine, only "
        "witnesses' cosignatures "
        "bound them independently; without a witness, a log made up whole before it was signed is not "
        "excluded; SM3 is "
        "stated at this export alone."},
};

static json_t *people_of(const json_t *steps)
{
    json_t *people = json_object();
    int failed = people == NULL;
    for (size_t i = 0; i < json_array_size(steps) && !failed; i++) {
        const char *by = json_text(json_array_get(steps, i), "by");
        if (by != NULL)
            failed = json_object_set_new(people, by, json_integer(json_number(people, by, 0) + 1)) != 0;
    }
    if (!failed)
        return people;
    json_decref(people);
    return NULL;
}

/* By the number of the factor; NULL without memory. */
static json_t *records_of(size_t no, const json_t *value, const struct case_counts *counts)
{
    const json_t *steps = json_object_get(value, "steps");
    json_int_t step_count = (json_int_t)json_array_size(steps);
    switch (no) {
    case 1:
        return json_pack("{s:O,s:O}", "origin", json_object_get(value, "origin"), "log_size",
            json_object_get(value, "log_size"));
    case 2:
        return json_pack("{s:I}", "steps", step_count);
    case 3:
        return json_pack("{s:I}", "events_with_proof", (json_int_t)counts->events);
    case 4:
        return json_pack("{s:I,s:I,s:b}", "sealed_texts_checked", (json_int_t)counts->parts, "files_checked",
            (json_int_t)json_array_size(json_object_get(value, "files")), "held", counts->held);
    case 5:
        return json_pack("{s:O}", "log_size", json_object_get(value, "log_size"));
    case 6:
        return json_pack("{s:o,s:I}", "steps_by", people_of(steps), "custody",
            (json_int_t)json_array_size(json_object_get(value, "custody")));
    default:
        return json_object();
    }
}

int case_method_put(json_t *value, const struct case_counts *counts)
{
    json_t *all = json_array();
    int failed = all == NULL || json_object_set_new(value, "method",
                                    json_pack("{s:s,s:s}", "zh", method_zh, "en", method_en)) != 0;
    for (size_t i = 0; i < sizeof factors / sizeof factors[0] && !failed; i++) {
        const struct factor *one = &factors[i];
        failed = json_array_append_new(
                     all, json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:o}", "no", (json_int_t)i + 1, "zh", one->zh,
                              "en", one->en, "answer", one->answer, "says_zh", one->says_zh, "says_en",
                              one->says_en, "records", records_of(i + 1, value, counts))) != 0;
    }
    if (!failed)
        failed = json_object_set(value, "factors", all) != 0;
    json_decref(all);
    return failed ? VAULT_ENOMEM : VAULT_OK;
}
