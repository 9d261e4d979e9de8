/* Masks: each form by itself, and which fields of an open record wear one. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/records_fixture.h"
#include "vault/records/mask_private.h"

struct masked {
    enum mask mask;
    const char *plain;
    const char *shown;
};

static const struct masked cases[] = {
    {MASK_PERSON_ID, "11010519491231002X", "110105********002X"},
    {MASK_PERSON_ID, "110105491231002", "110105*****1002"},
    {MASK_PERSON_ID, "E12345678", "E*******8"},
    {MASK_PERSON_ID, "1234", "****"},
    {MASK_PERSON_ID, "", ""},
    {MASK_PHONE, "13812345678", "138****5678"},
    {MASK_PHONE, "010-12341234", "010-****1234"},
    {MASK_PHONE, "0755-86011234", "0755-****1234"},
    {MASK_PHONE, "12341234", "****1234"},
    {MASK_PHONE, "110", "***"},
    {MASK_PHONE, "+47 22 33 44 55", "*** ** ** *4 55"},
    {MASK_ACCOUNT, "6222020200112235678", "***************5678"},
    {MASK_ACCOUNT, "6222 0202 0011 5678", "**** **** **** 5678"},
    {MASK_ACCOUNT, "0012", "****"},
    {MASK_ACCOUNT, "1234567", "*******"},
    {MASK_NAME, "张", "*"},
    {MASK_NAME, "张三", "张*"},
    {MASK_NAME, "张三丰", "张*丰"},
    {MASK_NAME, "欧阳修远", "欧**远"},
    {MASK_NAME, "𠮷田", "𠮷*"},
    {MASK_EMAIL, "example@example.com", "e***@example.com"},
    {MASK_EMAIL, "王@例子.cn", "王***@例子.cn"},
    {MASK_EMAIL, "@example.com", "***@example.com"},
    {MASK_EMAIL, "nobody", "n***"},
    {MASK_HANDLE, "wechat_88", "w***"},
    {MASK_ADDRESS, "北京市朝阳区建国路88号", "北京市朝阳区****"},
    {MASK_ADDRESS, "浙江省杭州市文三路", "浙江省杭州市****"},
    {MASK_ADDRESS, "河北省正定县中山路", "河北省正定县****"},
    {MASK_ADDRESS, "221B Baker Street", "****"},
    {MASK_AMOUNT, "8000.00", "***"},
    {MASK_AMOUNT, "0", "***"},
};

Test(records_mask, has_the_forms_that_people_know)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out = {0};
        mask_text(cases[i].mask, bytes_of_text(cases[i].plain), &out);
        cr_expect_str_eq(buffer_text(&out), cases[i].shown, "%s: %s, not %s", cases[i].plain,
            buffer_text(&out), cases[i].shown);
        buffer_free(&out);
    }
}

Test(records_mask, knows_sensitive_headings)
{
    static const char *const sensitive[] = {
        "身份证号", "员工手机", "银行卡号", "对方账号", "Mobile", "E-mail", "应发工资", "IBAN", "Phone No."};
    static const char *const plain[] = {"金额", "摘要", "客户名称", "Amount", "统一社会信用代码", "科目编码"};
    for (size_t i = 0; i < sizeof sensitive / sizeof sensitive[0]; i++)
        cr_expect(field_is_sensitive(sensitive[i]), "%s", sensitive[i]);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        cr_expect_not(field_is_sensitive(plain[i]), "%s", plain[i]);
    cr_expect(field_is_sensitive("employee.id_no"));
    cr_expect(field_is_sensitive("social.maternity"));
    cr_expect_not(field_is_sensitive("lines[].summary"));
    for (int kind = KIND_CLIENT; kind <= KIND_LAST; kind++) {
        for (const char *const *path = kind_sensitive_fields((enum record_kind)kind); *path != NULL; path++)
            cr_expect(field_is_sensitive(*path), "%s", *path);
    }
}

static struct fixture f;

static void start(void)
{
    fixture_start(&f);
}

static void stop(void)
{
    fixture_stop(&f);
}

#define PAYROLL \
    "{'period':'2024-01','employee':{'no':'0001','name':'张三','id_no':'11010519491231002X','mobile':'" \
    "13812345678'}," \
    "'base':'8000.00','social':{'pension':'640.00','maternity':'1.00'},'net':'7000.00'}"

struct seen {
    char text[1024];
    char raw[512];
    size_t masked;
};

static int look(void *context, const struct record_body *body)
{
    struct seen *seen = context;
    cr_assert_lt(body->fields_json.size, sizeof seen->text);
    memcpy(seen->text, body->fields_json.data, body->fields_json.size);
    seen->text[body->fields_json.size] = '\0';
    cr_assert_lt(body->raw_json.size, sizeof seen->raw);
    if (body->raw_json.size > 0)
        memcpy(seen->raw, body->raw_json.data, body->raw_json.size);
    seen->raw[body->raw_json.size] = '\0';
    seen->masked = json_array_size(body->masked);
    return VAULT_OK;
}

/* The same record by all three roads. */
static void see(struct permit *permit, const struct ulid *id, enum record_kind kind, struct seen seen[3])
{
    struct record_body body;
    memset(seen, 0, 3 * sizeof *seen);
    cr_assert_eq(records_open(f.records, permit, id, 0, &body, &f.failure), VAULT_OK, "%s", f.failure.text);
    cr_assert_eq(look(&seen[0], &body), VAULT_OK);
    struct buffer again = {0};
    cr_assert_eq(json_write_canonical(body.fields, &again), VAULT_OK);
    cr_assert(bytes_equal(buffer_bytes(&again), body.fields_json), "text and value are one");
    buffer_free(&again);
    cr_assert_eq(body.raw == NULL, body.raw_json.size == 0);
    record_body_free(&body);
    cr_assert_eq(records_scan(f.records, permit, 1, kind, "", "", look, &seen[1], NULL), VAULT_OK);
    cr_assert_eq(records_scan_json(f.records, permit, 1, kind, "", "", look, &seen[2], NULL), VAULT_OK);
    for (int i = 1; i < 3; i++) {
        cr_assert_str_eq(seen[i].text, seen[0].text);
        cr_assert_str_eq(seen[i].raw, seen[0].raw);
        cr_assert_eq(seen[i].masked, seen[0].masked);
    }
}

Test(records_mask, sensitive_fields_are_masked_unless_revealed, .init = start, .fini = stop)
{
    struct record_written written;
    struct seen seen[3];
    struct draft draft = fixture_draft(KIND_PAYROLL_ENTRY, PAYROLL);
    draft.raw = json_pack("{s:s}", "身份证号", "11010519491231002X");
    cr_assert_eq(fixture_put(&f, 1, &draft, &written), VAULT_OK);
    draft_reset(&draft);
    struct permit *plain = fixture_permit(PERMIT_BODIES, ~0u, NULL);
    struct permit *id = fixture_permit(PERMIT_BODIES, ~0u, "employee.id_no");
    struct permit *social = fixture_permit(PERMIT_BODIES, ~0u, "social.*");
    see(plain, &written.id, KIND_PAYROLL_ENTRY, seen);
    cr_expect_str_eq(seen[0].text, "{\"base\":\"***\",\"employee\":{\"id_no\":\"110105********002X\","
                                   "\"mobile\":\"138****5678\",\"name\":\"张三\","
                                   "\"no\":\"0001\"},\"net\":\"***\",\"period\":\"2024-01\",\"social\":{"
                                   "\"maternity\":\"***\",\"pension\":\"***\"}}");
    cr_expect_str_eq(seen[0].raw, "");
    cr_expect_eq(seen[0].masked, 6);
    see(id, &written.id, KIND_PAYROLL_ENTRY, seen);
    cr_expect_not_null(strstr(seen[0].text, "11010519491231002X"));
    cr_expect_not_null(strstr(seen[0].text, "138****5678"));
    cr_expect_eq(seen[0].masked, 5);
    see(social, &written.id, KIND_PAYROLL_ENTRY, seen);
    cr_expect_not_null(strstr(seen[0].text, "640.00"));
    see(f.everything, &written.id, KIND_PAYROLL_ENTRY, seen);
    cr_expect_eq(seen[0].masked, 0);
    cr_expect_not_null(strstr(seen[0].raw, "11010519491231002X"));
    permit_free(plain);
    permit_free(id);
    permit_free(social);
}

Test(records_mask, unknown_columns_are_masked_by_their_headings, .init = start, .fini = stop)
{
    struct record_written written;
    struct seen seen[3];
    struct permit *plain = fixture_permit(PERMIT_BODIES, ~0u, NULL);
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_TABLE_ROW, "{'table':'t','部门':'财务','手机':'13812345678'}", &written),
        VAULT_OK);
    see(plain, &written.id, KIND_TABLE_ROW, seen);
    cr_expect_str_eq(seen[0].text, "{\"table\":\"t\",\"手机\":\"138****5678\",\"部门\":\"财务\"}");
    struct draft draft = fixture_draft(KIND_VOUCHER, "{'no':'1','date':'2024-01-01'}");
    draft.raw = json_pack("{s:s,s:s}", "经手人手机", "13812345678", "凭证号", "1");
    cr_assert_eq(fixture_put(&f, 1, &draft, &written), VAULT_OK);
    draft_reset(&draft);
    see(plain, &written.id, KIND_VOUCHER, seen);
    cr_expect_str_eq(seen[0].raw, "{\"凭证号\":\"1\",\"经手人手机\":\"138****5678\"}");
    cr_expect_eq(seen[0].masked, 1);
    permit_free(plain);
}

static int no_secret(void *context, const struct record_head *head)
{
    char *text = json_dumps(head->head, 0);
    (void)context;
    cr_expect_null(strstr(text, "13812345678"), "%s", text);
    cr_expect_null(strstr(text, "6222020200112235678"), "%s", text);
    cr_expect_null(strstr(text, "8000.00"), "%s", text);
    free(text);
    return VAULT_OK;
}

Test(records_mask, heads_hold_nothing_sensitive, .init = start, .fini = stop)
{
    static const struct {
        enum record_kind kind;
        const char *fields;
    } drafts[] = {
        {KIND_PAYROLL_ENTRY, PAYROLL},
        {KIND_CLIENT, "{'name':'甲','phone':'13812345678','bank_account':'6222020200112235678'}"},
        {KIND_CONTACT, "{'name':'乙','position':'会计','mobile':'13812345678'}"},
        {KIND_BANK_ACCOUNT, "{'account_no':'6222020200112235678','bank':'工商银行'}"},
        {KIND_BANK_TRANSACTION, "{'account_no':'6222020200112235678','counterparty':{'name':'丙','account':'"
                                "6222020200112235678'}}"},
        {KIND_TABLE_ROW, "{'手机':'13812345678','卡号':'6222020200112235678','工资':'8000.00','a':'b'}"},
        {KIND_PARTY, "{'name':'丁','phone':'13812345678'}"},
        {KIND_INVOICE,
            "{'no':'1','seller':{'name':'戊','phone':'13812345678','bank_account':'6222020200112235678'}}"},
    };
    for (size_t i = 0; i < sizeof drafts / sizeof drafts[0]; i++)
        cr_assert_eq(
            fixture_put_text(&f, 1, drafts[i].kind, drafts[i].fields, NULL), VAULT_OK, "%s", f.failure.text);
    cr_assert_eq(records_list(f.records, f.everything, 1, 0, "", "", no_secret, NULL, NULL), VAULT_OK);
}
