/* How long records must be kept, against dates reckoned by hand from the articles. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/law/retention.h"

static struct law *law;
static struct failure failure;

static void start(void)
{
    cr_assert_eq(law_open(law_facts_text(), &law, &failure), VAULT_OK, "%s", failure.text);
}

static void stop(void)
{
    law_free(law);
}

TestSuite(retention, .init = start, .fini = stop);

static void expect(enum record_kind kind, int year, const char *until, const char *article)
{
    struct law_keeping keeping = law_keeping(law, kind, year);
    int64_t wanted = 0;
    cr_assert_not_null(keeping.entry, "%s", kind_name(kind));
    cr_assert(instant_parse(bytes_of_text(until), &wanted));
    cr_assert_eq(keeping.until, wanted, "%s of %d", kind_name(kind), year);
    cr_assert_not_null(strstr(json_text(keeping.entry, "article"), article));
}

Test(retention, accounting_files_count_from_the_day_after_the_year)
{
    expect(KIND_VOUCHER, 2024, "2055-01-01", "会计档案管理办法");
    expect(KIND_INVOICE, 2024, "2055-01-01", "会计档案管理办法");
    expect(KIND_ACCOUNT_BALANCE, 1999, "2030-01-01", "会计档案管理办法");
    expect(KIND_BANK_TRANSACTION, 2016, "2027-01-01", "会计档案管理办法");
    expect(KIND_TAX_FILING, 2015, "2026-01-01", "会计档案管理办法");
}

Test(retention, wages_and_entrusting_have_their_own)
{
    expect(KIND_PAYROLL_ENTRY, 2023, "2026-01-01", "工资支付暂行规定");
    expect(KIND_CONTRACT, 2025, "2029-01-01", "网络数据安全管理条例");
}

Test(retention, what_no_article_speaks_of_has_none)
{
    struct law_keeping keeping = law_keeping(law, KIND_CONTACT, 2024);
    cr_assert_null(keeping.entry);
    cr_assert_eq(keeping.until, 0);
}

/* A year so late that its end has no date is never over. */
Test(retention, the_end_of_the_calendar_is_no_end)
{
    cr_assert_eq(law_keeping(law, KIND_VOUCHER, 9990).until, INT64_MAX);
}

static json_t *facts_with(const char *keep)
{
    struct buffer text = {0};
    json_t *facts = NULL;
    buffer_put(&text, law_facts_text());
    cr_assert_eq(json_read(buffer_bytes(&text), &facts, &failure), VAULT_OK);
    buffer_free(&text);
    json_t *entry = json_array_get(json_object_get(facts, "retention"), 1);
    cr_assert_str_eq(json_text(entry, "id"), "voucher");
    json_object_set_new(entry, "keep", keep == NULL ? json_integer(18) : json_string(keep));
    json_object_set_new(entry, "unit", json_string("months"));
    if (keep != NULL)
        json_object_del(entry, "unit");
    return facts;
}

static void open_facts(json_t *facts)
{
    struct buffer text = {0};
    law_free(law);
    law = NULL;
    char *written = json_dumps(facts, 0);
    cr_assert_not_null(written);
    buffer_put_text(&text, written);
    free(written);
    cr_assert_eq(law_open(buffer_bytes(&text), &law, &failure), VAULT_OK, "%s", failure.text);
    buffer_free(&text);
    json_decref(facts);
}

Test(retention, months_and_for_ever)
{
    open_facts(facts_with(NULL));
    expect(KIND_VOUCHER, 2024, "2026-07-01", "会计档案管理办法");
    open_facts(facts_with("for_ever"));
    cr_assert(law_keeping(law, KIND_VOUCHER, 2024).for_ever);
    cr_assert_eq(law_keeping(law, KIND_VOUCHER, 2024).until, INT64_MAX);
}
