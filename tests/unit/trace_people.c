/* How many people and records of the firm's a leaked file has. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "vault/ops/leak/trace_people.h"

static int find_nobody(
    void *context, const struct trace_term *term, struct trace_hits *hits, struct failure *failure)
{
    (void)context;
    (void)term;
    (void)failure;
    *hits = (struct trace_hits){0};
    return VAULT_OK;
}

static int client_of(void *context, uint32_t client, struct trace_client *about, struct failure *failure)
{
    (void)context;
    (void)failure;
    *about = (struct trace_client){.decoy = client >= 90};
    return VAULT_OK;
}

static struct leak *leak_of(enum trace_subject subject, const char *const *rows)
{
    struct failure failure = {0};
    struct trace_source source = {.find = find_nobody, .fields = subject_fields(subject)};
    struct leak *leak = leak_new();
    for (; *rows != NULL; rows++) {
        struct bytes cells[8];
        size_t count = 0;
        for (const char *at = *rows;; at++) {
            size_t size = strcspn(at, "|");
            cells[count++] = bytes_of((const uint8_t *)at, size);
            at += size;
            if (*at == '\0')
                break;
        }
        cr_assert_eq(leak_add_row(leak, cells, count, &failure), VAULT_OK);
    }
    cr_assert_eq(leak_settle(leak, &source, &failure), VAULT_OK, "%s", failure.text);
    return leak;
}

/* Rows of the file that are linked, by their number in it, each with its record. */
static void counts(enum trace_subject subject, const char *const *rows, const uint32_t (*linked)[2],
    size_t count, int least, int most, int records)
{
    struct leak *leak = leak_of(subject, rows);
    struct trace_row ours[16] = {0};
    struct trace_result result = {.linked = count, .ours = ours};
    struct trace_source source = {.client = client_of};
    struct failure failure = {0};
    json_t *counted = NULL;
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        ours[i] = (struct trace_row){
            .number = linked[i][0], .client = linked[i][1], .agree = TRACE_BIT(TRACE_CONTACT)};
    cr_assert_eq(trace_people_count(leak, &source, &result, subject, &counted, &failure), VAULT_OK);
    const json_t *people = json_object_get(counted, "individuals");
    cr_expect_eq(json_number(people, "least", -1), least);
    cr_expect_eq(json_number(people, "most", -1), most);
    for (size_t i = 0; i < json_array_size(json_object_get(counted, "matched")); i++)
        sum += json_number(json_array_get(json_object_get(counted, "matched"), i), "n", 0);
    cr_expect_eq(sum, records);
    json_decref(counted);
    leak_free(leak);
}

Test(trace_people, of_several_months_are_counted_once)
{
    static const char *const rows[] = {"姓名|身份证号|手机|实发",
        "沈样一|110105198002150010|13800000000|5000", "沈样一|110105198002150010|13800000000|5100",
        "顾示二|310115199111300422|13800000001|6000", "顾示二||13800000001|6100", "钱三||13800000002|7000",
        NULL};
    static const uint32_t linked[][2] = {{2, 10}, {3, 11}, {4, 12}, {5, 13}};
    /* The third row's id and the fourth's telephone are one person's at least, two people's at most. */
    counts(SUBJECT_EMPLOYEE, rows, linked, 4, 2, 4, 4);
}

Test(trace_people, a_record_in_two_rows_is_one)
{
    static const char *const rows[] = {
        "姓名|身份证号|实发", "沈样一|110105198002150010|5000", "沈样一|110105198002150010|5000", NULL};
    static const uint32_t linked[][2] = {{2, 10}, {3, 10}};
    counts(SUBJECT_EMPLOYEE, rows, linked, 2, 1, 1, 1);
}

Test(trace_people, companies_are_nobody)
{
    static const char *const rows[] = {"客户名称|统一社会信用代码|联系人",
        "青禾样本商贸有限公司|91110105MA7TEXT07L|", "云岭示例咨询有限公司|91310115MA7TEXT15C|顾示二", NULL};
    static const uint32_t linked[][2] = {{2, 1}, {3, 2}};
    counts(SUBJECT_CLIENT, rows, linked, 2, 1, 1, 2);
}

Test(trace_people, a_masked_number_tells_nobody_from_another_for_sure)
{
    static const char *const rows[] = {
        "姓名|身份证号|实发", "沈样一|110105********0010|5000", "沈某|110105********0010|5000", NULL};
    static const uint32_t linked[][2] = {{2, 10}, {3, 11}};
    counts(SUBJECT_EMPLOYEE, rows, linked, 2, 1, 2, 2);
}

Test(trace_people, decoys_are_nobody)
{
    static const char *const rows[] = {
        "姓名|身份证号|实发", "沈样一|110105198002150010|5000", "顾示二|310115199111300422|6000", NULL};
    static const uint32_t linked[][2] = {{2, 10}, {3, 90}};
    counts(SUBJECT_EMPLOYEE, rows, linked, 2, 1, 1, 1);
}
