/* README.txt of a bundle: for a lawyer, in Chinese and English.  The checker does not read it. */
#include "vault/evidence/bundle_writer.h"

static void put_scope(
    const struct manifest *manifest, const struct bundle_written *written, bool chinese, struct buffer *text)
{
    const struct scope *scope = &manifest->scope;
    unsigned long long start = scope->start;
    unsigned long long last = scope->end == 0 ? 0 : scope->end - 1;
    unsigned long long told = written->told;
    unsigned long long redacted = written->redacted;
    if (scope->range && scope->count == 0)
        buffer_put_text(text, chinese ? "本证据包不含任何日志条目。\n" : "It holds no entries of the log.\n");
    else if (scope->range)
        buffer_put_format(text,
            chinese ? "范围：第 %llu 条至第 %llu 条的全部日志条目，一条不缺；其中 %llu 条给出内容，%llu "
                      "条只给出\n"
                      "指纹（证明该条存在，不透露内容，通常因为涉及其他客户）。\n"
                    : "It holds every entry of the log from number %llu to number %llu, none left out. %llu "
                      "are told "
                      "in\nfull; of %llu only a fingerprint is given, which proves that the entry exists and "
                      "not what "
                      "it says\n(usually because it concerns other clients).\n",
            start, last, told, redacted);
    else
        buffer_put_format(text,
            chinese
                ? "范围：挑选出的 %llu 条日志条目。每一条都可证明是真的；但本证据包不声称没有其他相关条目。\n"
                : "It holds %llu chosen entries. Each can be proved genuine; the bundle does not claim that "
                  "no "
                  "other\nentry matters.\n",
            told);
}

static void put_chinese(
    const struct manifest *manifest, const struct bundle_written *written, bool extends, struct buffer *text)
{
    buffer_put_text(text, "这是什么\n--------\n"
                          "这是一份访问日志的证据包：谁、在什么时候、以什么理由、看了哪位客户的哪一条资料，\n"
                          "以及系统依据哪条规则允许或拒绝。日志名称：");
    buffer_put(text, manifest->origin);
    buffer_put_text(text, "\n");
    put_scope(manifest, written, true, text);
    buffer_put_text(text,
        "\n它证明什么\n----------\n"
        "1. 每一条的内容自写入日志以来没有被改动过一个字节，也没有被挪动位置。\n"
        "2. 所有条目属于同一份日志，这份日志由保险库的密钥签名；有见证方签名时，还说明在那个时间\n"
        "   一个独立的第三方看到过同一份日志，此后任何人（包括保险库的管理员）都不能悄悄改写它。\n"
        "3. 本证据包的文件没有增减或改动（manifest.json 列出每个文件的指纹，并有签名）。\n");
    if (extends)
        buffer_put_text(text, "4. 这份日志原样包含了更早的那个签名状态（consistency.json）。\n");
    buffer_put_text(text,
        "\n它不证明什么\n------------\n"
        "- 只有保险库自己的签名、没有见证方签名时，不能排除保险库的主人在签名之前伪造了整份日志。\n"
        "  请与您自己保存的旧检查点（--old-checkpoint）对照。\n"
        "- 它证明某个账户做了什么；使用账户的是不是本人，要结合其他证据判断。\n"
        "- 条目中只有编号和代码，没有客户资料本身。\n"
        "\n如何核对\n--------\n"
        "在任何一台装有 strongroom-audit 的电脑上（不需要网络，不需要保险库）：\n\n"
        "    strongroom-audit 本目录 --policy 策略文件\n\n"
        "策略文件写明相信哪些密钥，必须从可信的渠道另外取得，不能取自本证据包。结果为“已接受”（退出\n"
        "码 0）或“已拒绝”（退出码 3，并指出文件、条目和规则）。格式是公开的（RFC 6962、C2SP\n"
        "signed-note、tlog-checkpoint、tlog-proof），也可以用其他工具核对。\n\n");
}

static void put_english(
    const struct manifest *manifest, const struct bundle_written *written, bool extends, struct buffer *text)
{
    buffer_put_text(text,
        "What this is\n------------\n"
        "Evidence from an access log: who looked at which record of which client, when, for what "
        "stated reason,\nand by which rule the system let them or refused. The log is named ");
    buffer_put(text, manifest->origin);
    buffer_put_text(text, ".\n");
    put_scope(manifest, written, false, text);
    buffer_put_text(text,
        "\nWhat it proves\n--------------\n"
        "1. No byte of any entry was changed since it was logged, and none was moved to another place.\n"
        "2. All entries belong to one log, which the vault's key signed. Where witnesses signed too, an "
        "independent\n"
        "   party saw this very log at that time, and nobody, the vault's administrators included, could "
        "quietly\n"
        "   rewrite it afterwards.\n"
        "3. No file of this bundle was added, removed or changed (manifest.json lists their fingerprints, "
        "signed).\n");
    if (extends)
        buffer_put_text(
            text, "4. The log contains an earlier signed state of itself unchanged (consistency.json).\n");
    buffer_put_text(text, "\nWhat it does not prove\n----------------------\n"
                          "- Without a witness's signature, the vault's owner could have made up the whole "
                          "log before signing it.\n"
                          "  Compare it with a checkpoint that you kept yourself (--old-checkpoint).\n"
                          "- It shows what an account did. Whether its owner sat at the keyboard is a "
                          "question for other evidence.\n"
                          "- Entries hold numbers and codes, not the clients' data.\n"
                          "\nHow to check it\n---------------\n"
                          "On any computer that has the program strongroom-audit (no network, no vault):\n\n"
                          "    strongroom-audit THIS-DIRECTORY --policy POLICY-FILE\n\n"
                          "The policy file says which keys to trust. It must come to you by another way that "
                          "you trust, never with\n"
                          "the bundle. The answer is \"accepted\" (exit status 0) or \"REFUSED\" (3), with "
                          "file, entry and rule. The\n"
                          "formats are public (RFC 6962, C2SP signed-note, tlog-checkpoint, tlog-proof), so "
                          "that other programs can\n"
                          "check them as well.\n");
}

/* How an outsider holds the files of a case against it. */
static void put_case(struct buffer *text)
{
    buffer_put_text(text,
        "\n案卷（case.json）\n----------------\n"
        "case.json 列出本案的步骤、文书登记、封存文件（名称、字节数、SHA-256、SM3）、保管链、方法说明，以及\n"
        "《最高人民法院关于民事诉讼证据的若干规定》第九十三条各项因素。它的 SHA-256 写在本包的一条\n"
        "incident.bundle 日志条目中，核对程序会检查。核对手中的文件：sha256sum 文件；openssl dgst -sm3 文件；\n"
        "与 case.json 的 files 比较，其 SHA-256 也在 files 所指的日志条目（event）的 incident.file.sha256 中。\n"
        "若有 files 目录，其中每个文件以其 SHA-256 命名，case.json 的 files 或 documents 的 pages 说明它是什么。\n"
        "\nThe case (case.json)\n--------------------\n"
        "case.json lists the steps of the case, its documents, its sealed files (name, bytes, SHA-256, SM3), the\n"
        "chain of custody, how all this was made, and the factors of article 93 of the Supreme People's Court's\n"
        "provisions on evidence in civil procedure. Its SHA-256 stands in an entry `incident.bundle` of this\n"
        "bundle, which the checker holds against it. To check a file that you were given: sha256sum FILE, openssl\n"
        "dgst -sm3 FILE, compare with `files` of case.json; its SHA-256 stands in the entry named there (`event`)\n"
        "too, as incident.file.sha256. In the directory files, if there is one, each file has its SHA-256 for a name;\n"
        "`files` of case.json, or `pages` of its `documents`, tell what it is. SM3 is the firm's statement in case.json alone.\n");
}

void bundle_readme(const struct manifest *manifest, const struct bundle_written *written, bool extends,
    bool has_case, struct buffer *text)
{
    put_chinese(manifest, written, extends, text);
    put_english(manifest, written, extends, text);
    if (has_case)
        put_case(text);
}
