/* Columns and rows: what they are and whose they are, whatever the heading says and however they were
 * retyped. */
#include "trace_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/base/number_map.h"
#include "vault/trace/link.h"

static struct failure failure;

static struct access_index *firm(void)
{
    struct firm made;
    firm_start(&made);
    firm_see(&made, FIRM_AMY, 0, 0, 0);
    return firm_end(&made);
}

static struct link linked(struct access_index *index, struct leak *leak)
{
    struct link link;
    cr_assert_eq(link_make(leak, access_index_source(index), &link, &failure), VAULT_OK, "%s", failure.text);
    return link;
}

/* name,phone,account of a client with something else in the place of a part of it */
static const char *line(uint32_t client, const char *old, const char *fresh)
{
    static char text[512], out[512];
    char name[64], tax_id[64], phone[64], account[64];
    firm_values(client, 1, name, tax_id, phone, account);
    (void)snprintf(text, sizeof text, "%s,%s,%s\n", name, phone, account);
    char *at = strstr(text, old);
    cr_assert_not_null(at, "%s in %s", old, text);
    (void)snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, fresh, at + strlen(old));
    return out;
}

Test(trace_link, headings_of_any_language_or_none_give_the_same_columns)
{
    static const char *const heads[] = {"单位名称,手机,银行账号\n", "client name,mobile,bank account\n",
        "Firmenname,Telefon,Bankkonto\n", "erste,zweite,dritte\n", "phone,name,email\n", ""};
    struct access_index *index = firm();
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        char text[2048];
        (void)snprintf(text, sizeof text, "%s", heads[h]);
        for (uint32_t c = 0; c < 5; c++)
            strcat(text, line(c, ",", ","));
        struct leak *leak = firm_leak_of(index, text);
        struct link link = linked(index, leak);
        cr_expect_eq(leak_rows(leak), 5, "%s: %zu rows", heads[h], leak_rows(leak));
        cr_expect_eq(leak_column(leak, TRACE_NAME), 0, "%s", heads[h]);
        cr_expect_eq(leak_column(leak, TRACE_PHONE), 1, "%s", heads[h]);
        cr_expect_eq(leak_column(leak, TRACE_BANK_ACCOUNT), 2, "%s", heads[h]);
        cr_expect_eq(link.count, 5, "%s: %zu", heads[h], link.count);
        link_free(&link);
        leak_free(leak);
    }
    access_index_free(index);
}

Test(trace_link, retyped_rows_are_still_whose_they_were)
{
    static const char *const changes[][2] = {{"上海", "上诲"}, {"有限公司", ""},
        {"贸易有限公司", "贸易有限公司 "}, {",13", ",+86 13"}, {",13", ",１３"}, {"6222", "6222 "},
        {"贸易", "贸易\u200b"}};
    struct access_index *index = firm();
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char text[1024] = "单位名称,手机,银行账号\n";
        strcat(text, line(3, changes[i][0], changes[i][1]));
        strcat(text, line(4, ",", ","));
        struct leak *leak = firm_leak_of(index, text);
        struct link link = linked(index, leak);
        cr_expect_eq(link.count, 2, "%s", changes[i][1]);
        link_free(&link);
        leak_free(leak);
    }
    access_index_free(index);
}

Test(trace_link, a_masked_phone_and_a_name_with_an_error_are_enough)
{
    char name[64], tax_id[64], phone[64], account[64], text[512];
    struct access_index *index = firm();
    firm_values(7, 1, name, tax_id, phone, account);
    (void)snprintf(text, sizeof text, "单位名称,手机\n%s店,%.3s****%s\n上海不存在有限公司,13900000000\n",
        name, phone, phone + 7);
    struct leak *leak = firm_leak_of(index, text);
    struct link link = linked(index, leak);
    cr_assert_eq(link.count, 1);
    cr_expect_eq(link.rows[0].client, 7);
    cr_expect_eq(link.unlinked, 1);
    cr_expect_eq(link.rows[0].need, TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_PHONE));
    link_free(&link);
    leak_free(leak);
    access_index_free(index);
}

Test(trace_link, strangers_are_not_linked)
{
    struct access_index *index = firm();
    struct leak *leak = firm_leak_of(
        index, "单位名称,手机\n北京大风科技有限公司,18600000001\n北京小雨科技有限公司,18600000002\n");
    struct link link = linked(index, leak);
    cr_expect_eq(link.count, 0);
    cr_expect_eq(link.unlinked, 2);
    link_free(&link);
    leak_free(leak);
    access_index_free(index);
}

Test(trace_link, tells_which_version_a_row_agrees_with)
{
    struct access_index *index = firm();
    for (uint32_t version = 1; version <= 2; version++) {
        struct leak *leak = firm_leak(index, 10, 3, version);
        struct link link = linked(index, leak);
        cr_assert_eq(link.count, 3);
        for (size_t i = 0; i < 3; i++) {
            const struct link_row *row = &link.rows[i];
            cr_assert_eq(row->count, 2);
            for (size_t v = 0; v < 2; v++) {
                const struct link_version *stored = &link.versions[row->first + v];
                cr_expect_eq((stored->ok & TRACE_BIT(TRACE_PHONE)) != 0, stored->version == version);
                cr_expect((stored->ok & TRACE_BIT(TRACE_BANK_ACCOUNT)) != 0);
            }
            cr_expect_eq(link.versions[row->first].until, FIRM_CHANGE);
            cr_expect_eq(row->mis, 0);
        }
        link_free(&link);
        leak_free(leak);
    }
    access_index_free(index);
}

Test(trace_link, an_empty_leak_is_refused)
{
    struct access_index *index = firm();
    struct leak *leak = leak_new();
    const struct bytes blank[] = {bytes_of_text("  "), bytes_of_text("")};
    cr_assert_eq(leak_add_row(leak, blank, 2, &failure), VAULT_OK);
    cr_expect_eq(leak_settle(leak, access_index_source(index), &failure), VAULT_EINPUT);
    leak_free(leak);
    access_index_free(index);
}

Test(trace_link, a_row_that_may_be_either_of_two_is_neither)
{
    struct firm made;
    struct trace_client about = {.since = FIRM_START};
    struct trace_version twin = {.version = 1, .valid_from = FIRM_START};
    char name[64], tax_id[64], phone[64], account[64], text[512];
    uint32_t number = 0;
    for (unsigned k = 0; k < TRACE_SEGMENTS; k++)
        about.segments[k] = TRACE_NO_SEGMENT;
    firm_start(&made);
    firm_values(0, 1, name, tax_id, phone, account);
    twin.values[TRACE_NAME] = bytes_of_text(name);
    twin.values[TRACE_PHONE] = bytes_of_text("13111111111");
    cr_assert_eq(access_index_add_client(made.builder, bytes_of_text("twin"), &about, &number), VAULT_OK);
    cr_assert_eq(access_index_add_version(made.builder, number, &twin), VAULT_OK);
    firm_see(&made, FIRM_AMY, 0, 0, 0);
    struct access_index *index = firm_end(&made);
    (void)snprintf(text, sizeof text, "单位名称,手机\n%s,\n%s,13111111111\n", name, name);
    struct leak *leak = firm_leak_of(index, text);
    struct link link = linked(index, leak);
    cr_assert_eq(link.count, 1);
    cr_expect_eq(link.rows[0].client, number);
    cr_expect_eq(link.unlinked, 1);
    link_free(&link);
    leak_free(leak);
    access_index_free(index);
}

Test(trace_link, a_decoy_is_recognised_by_its_tax_id_and_not_by_a_name_that_many_people_bear)
{
    static const char *const rows[] = {"苏州明川科技有限公司,冯远,91331306WUF7YXL6RA\n",
        "苏州明川科技有限公司,冯远,91320088L37UTE072M\n", "上海飞隆商行,陈欣,\n"};
    struct firm made;
    firm_start(&made);
    uint32_t decoy = firm_decoy(&made, "上海飞隆商行", "冯远", "91331306WUF7YXL6RA");
    firm_see(&made, FIRM_AMY, decoy, TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_CONTACT), 0);
    struct access_index *index = firm_end(&made);
    for (size_t i = 0; i < 3; i++) {
        char text[512] = "单位名称,联系人,统一社会信用代码\n";
        strcat(text, rows[i]);
        struct leak *leak = firm_leak_of(index, text);
        struct link link = linked(index, leak);
        cr_expect_eq(link.count, i != 1, "row %zu", i);
        cr_expect(link.count == 0 || link.rows[0].client == decoy);
        link_free(&link);
        leak_free(leak);
    }
    access_index_free(index);
}

/* --- Where numbers are records: two clients of two employees, each with two months --- */

struct entry {
    const char *name, *phone, *period, *id;
};

static const struct entry payroll[] = {
    {"王小明", "13811112222", "2025-01", "110105198002150010"},
    {"王小明", "13811112222", "2025-02", "110105198002150010"},
    {"李大海", "13811113333", "2025-01", "110105197003150018"},
    {"李大海", "13811113334", "2025-02", "110105197003150018"},
    {"王小明", "13811114444", "2025-01", "31010419910812002X"},
    {"王小明", "13811114444", "2025-02", "31010419910812002X"},
    {"赵小兰", "13811115555", "2025-01", "310104198512120026"},
    {"赵小兰", "13811115555", "2025-02", "310104198512120026"},
};

static struct access_index *payroll_index(void)
{
    struct firm made = {.builder = access_index_builder_new(), .at = FIRM_START};
    struct trace_client about = {.since = FIRM_START};
    uint32_t number = 0;
    for (unsigned k = 0; k < TRACE_SEGMENTS; k++)
        about.segments[k] = TRACE_NO_SEGMENT;
    cr_assert_eq(access_index_add_person(made.builder, bytes_of_text("amy"), &number), VAULT_OK);
    for (size_t i = 0; i < sizeof payroll / sizeof *payroll; i++) {
        struct trace_version entry = {.version = 1, .valid_from = FIRM_START};
        char name[16];
        (void)snprintf(name, sizeof name, "entry %zu", i);
        entry.values[TRACE_CONTACT] = bytes_of_text(payroll[i].name);
        entry.values[TRACE_PHONE] = bytes_of_text(payroll[i].phone);
        entry.values[TRACE_PERIOD] = bytes_of_text(payroll[i].period);
        entry.values[TRACE_PERSON_ID] = bytes_of_text(payroll[i].id);
        cr_assert_eq(access_index_add_client(made.builder, bytes_of_text(name), &about, &number), VAULT_OK);
        cr_assert_eq(access_index_add_version(made.builder, number, &entry), VAULT_OK);
    }
    return firm_end(&made);
}

static bool of_one_client(void *context, uint32_t a, uint32_t b)
{
    (void)context;
    return a / 4 == b / 4;
}

struct expected {
    const char *cells[4]; /* name, phone, period, identity number */
    size_t linked;
    uint32_t client;
    size_t alikes;
};

/* Link one row, given with the other columns' headings, among the payroll's. */
static void expect_linked(
    const struct access_index *index, const struct expected *expected, trace_fields naming, bool together)
{
    static const char *const heads[] = {"姓名", "手机", "期间", "身份证号"};
    struct trace_source source = *access_index_source((struct access_index *)(uintptr_t)index);
    struct bytes head[4], cells[4];
    struct leak *leak = leak_new();
    struct link link;
    source.fields = TRACE_ALL;
    source.compared = TRACE_BIT(TRACE_PERIOD);
    source.naming = naming;
    source.together = together ? of_one_client : NULL;
    for (size_t i = 0; i < 4; i++) {
        head[i] = bytes_of_text(heads[i]);
        cells[i] = bytes_of_text(expected->cells[i]);
    }
    cr_assert_eq(leak_add_row(leak, head, 4, &failure), VAULT_OK);
    cr_assert_eq(leak_add_row(leak, cells, 4, &failure), VAULT_OK);
    cr_assert_eq(leak_settle(leak, &source, &failure), VAULT_OK);
    cr_assert_eq(link_make(leak, &source, &link, &failure), VAULT_OK, "%s", failure.text);
    const char *what = expected->cells[0];
    cr_assert_eq(link.count, expected->linked, "%s %s: %zu", what, expected->cells[2], link.count);
    cr_expect_eq(link.unlinked, 1 - expected->linked);
    if (link.count == 1) {
        cr_expect_eq(link.rows[0].client, expected->client, "%s: %u", what, link.rows[0].client);
        cr_expect_eq(link.rows[0].alikes, expected->alikes, "%s: %zu", what, link.rows[0].alikes);
        cr_expect_eq(link.rows[0].count, expected->alikes, "a version each");
        cr_expect_eq(link.numbers[link.rows[0].alike], expected->client);
    }
    link_free(&link);
    leak_free(leak);
}

#define PERSON_NAMING (TRACE_BIT(TRACE_CONTACT) | TRACE_BIT(TRACE_PHONE) | TRACE_BIT(TRACE_PERSON_ID))

Test(trace_link, the_months_of_one_person_are_no_rivals)
{
    static const struct expected rows[] = {
        {{"王小明", "13811112222", "2025-02", "110105198002150010"}, 1, 1, 1}, /* the month that it tells */
        {{"王小明", "13811112222", "", "110105198002150010"}, 1, 0, 2},        /* whichever month */
        {{"王小明", "13811112222", "2025-07", "110105198002150010"}, 1, 0, 2}, /* one that we do not have */
        {{"李大海", "13811113334", "", "110105197003150018"}, 1, 3, 1}, /* with that phone, one month */
        {{"李大海", "13811113333", "2025-02", "110105197003150018"}, 1, 2,
            1},                                                         /* a phone weighs more than a month */
        {{"王小明", "", "2025-01", ""}, 0, 0, 0},                       /* two bear the name */
        {{"赵小兰", "13811115555", "2025-01", ""}, 1, 6, 1},            /* no number, but all alike */
        {{"李大海", "13811113333", "", "110105198002150010"}, 0, 0, 0}, /* two people's cells */
    };
    struct access_index *index = payroll_index();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_linked(index, &rows[i], PERSON_NAMING, true);
    access_index_free(index);
}

Test(trace_link, records_that_nobody_owns_are_each_others_rivals)
{
    struct access_index *index = payroll_index();
    struct expected row = {{"王小明", "13811112222", "2025-02", "110105198002150010"}, 0, 0, 0};
    expect_linked(index, &row, PERSON_NAMING, false);
    access_index_free(index);
}

Test(trace_link, where_records_name_nobody_they_are_the_clients)
{
    struct access_index *index = payroll_index();
    struct expected one = {{"赵小兰", "13811115555", "2025-02", "310104198512120026"}, 1, 7, 1};
    expect_linked(index, &one, 0, true);
    access_index_free(index);
}

/* --- A source that wants to be told what it will be asked for --- */

struct told {
    const struct trace_source *index;
    struct number_map terms; /* hash -> how often it was told */
    size_t told, asked;
};

static int be_told(void *context, const struct trace_term *terms, size_t count, struct failure *why)
{
    struct told *told = context;
    (void)why;
    for (size_t i = 0; i < count; i++)
        ++*number_map_put(&told->terms, term_hash(&terms[i]) >> 1);
    told->told += count;
    return VAULT_OK;
}

static int find_if_told(
    void *context, const struct trace_term *term, struct trace_hits *hits, struct failure *why)
{
    struct told *told = context;
    told->asked++;
    cr_expect_not_null(number_map_get(&told->terms, term_hash(term) >> 1), "kind %d of field %d: %.*s",
        term->kind, term->field, (int)term->text.size, (const char *)term->text.data);
    return told->index->find(told->index->context, term, hits, why);
}

static int tell_versions(void *context, uint32_t client,
    int (*each)(void *context, const struct trace_version *version), void *each_context, struct failure *why)
{
    struct told *told = context;
    return told->index->versions(told->index->context, client, each, each_context, why);
}

static int tell_about(void *context, uint32_t client, struct trace_client *about, struct failure *why)
{
    struct told *told = context;
    return told->index->client(told->index->context, client, about, why);
}

static struct leak *leak_of(const char *rows, const struct trace_source *source)
{
    struct leak *leak = leak_new();
    while (*rows != '\0') {
        struct bytes cells[3];
        for (size_t i = 0; i < 3; i++) {
            size_t size = strcspn(rows, ",\n");
            cells[i] = bytes_of(rows, size);
            rows += size + 1;
        }
        cr_assert_eq(leak_add_row(leak, cells, 3, &failure), VAULT_OK);
    }
    cr_assert_eq(leak_settle(leak, source, &failure), VAULT_OK);
    return leak;
}

Test(trace_link, whatever_is_asked_for_was_told_before_and_the_answer_is_the_same)
{
    struct access_index *index = firm();
    struct told told = {.index = access_index_source(index)};
    struct trace_source source = *told.index;
    char text[4096] = "单位名称,手机,银行账号\n北京大风科技有限公司,18600000001,\n";
    source.context = &told;
    source.expect = be_told;
    source.find = find_if_told;
    source.versions = tell_versions;
    source.client = tell_about;
    strcat(text, line(3, ",", ","));
    strcat(text, line(4, "上海", "上诲"));
    strcat(text, line(5, "有限公司", ""));
    strcat(text, line(6, ",13", ",14"));
    struct leak *one = leak_of(text, told.index), *other = leak_of(text, &source);
    struct link alone, together;
    cr_assert_eq(link_make(one, told.index, &alone, &failure), VAULT_OK);
    cr_assert_eq(link_make(other, &source, &together, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(alone.count, 4);
    cr_assert_eq(together.count, alone.count);
    cr_expect(told.told > 50 && told.asked > 50);
    for (size_t i = 0; i < alone.count; i++) {
        cr_expect_eq(together.rows[i].client, alone.rows[i].client);
        cr_expect_eq(together.rows[i].score, alone.rows[i].score);
        cr_expect_eq(together.rows[i].need, alone.rows[i].need);
    }
    link_free(&alone);
    link_free(&together);
    leak_free(one);
    leak_free(other);
    number_map_free(&told.terms);
    access_index_free(index);
}
