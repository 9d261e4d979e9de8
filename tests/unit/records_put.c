/* Writing and reading back: new, same, changed, history, duplicates, attachments, our own exports. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/records_fixture.h"

static struct fixture f;

static void start(void)
{
    fixture_start(&f);
}

static void stop(void)
{
    fixture_stop(&f);
}

TestSuite(records_put, .init = start, .fini = stop);

#define VOUCHER \
    "{'type':'记','no':'12','date':'2024-01-05','lines':[{'line_no':'1','summary':'支付办公费','account_" \
    "code':'6602'," \
    "'debit':'100.00','counterparty':'北京晨光文具有限公司'},{'line_no':'2','account_code':'1002','credit':" \
    "'100.00'}]}"

static struct record_body opened(const struct ulid *id, int64_t version)
{
    struct record_body body;
    int result = records_open(f.records, f.everything, id, version, &body, &f.failure);
    cr_assert_eq(result, VAULT_OK, "%s", f.failure.text);
    return body;
}

Test(records_put, opens_what_was_put)
{
    struct record_written written;
    struct draft draft = fixture_draft(KIND_VOUCHER, VOUCHER);
    draft.raw = json_pack("{s:s}", "凭证号", "记-12");
    cr_assert_eq(fixture_put(&f, 1, &draft, &written), VAULT_OK, "%s", f.failure.text);
    cr_assert_eq(written.outcome, RECORD_NEW);
    cr_assert_eq(written.version, 1);
    struct record_body body = opened(&written.id, 0);
    cr_assert(json_equal(body.fields, draft.fields));
    cr_assert(json_equal(body.raw, draft.raw));
    cr_assert_str_eq(body.where, "row 2");
    cr_assert_str_eq(body.date, "2024-01-05");
    cr_assert_str_eq(body.info.period, "2024-01");
    cr_assert_str_eq(body.info.author, "li");
    cr_assert_eq(body.info.seq, 1);
    cr_assert_str_eq(json_text(body.head, "key"), "记-12");
    cr_assert_str_eq(json_text(body.head, "title"), "支付办公费");
    cr_assert_eq(json_array_size(body.masked), 0);
    struct hash ver;
    cr_assert_eq(records_ver(f.records, &written.id, 0, &ver, NULL), VAULT_OK);
    cr_assert_arr_eq(ver.data, written.ver.data, HASH_SIZE);
    record_body_free(&body);
    draft_reset(&draft);
}

Test(records_put, tells_new_same_and_changed)
{
    struct record_written first;
    struct record_written again;
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_INVOICE, "{'no':'24110001','gross':'113.00'}", &first), VAULT_OK);
    f.seq = 2;
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_INVOICE, "{'gross':'113.00','no':'24110001'}", &again), VAULT_OK);
    cr_assert_eq(again.outcome, RECORD_SAME);
    cr_assert(ulid_equal(&first.id, &again.id));
    f.seq = 3;
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_INVOICE, "{'no':'24110001','gross':'114.00'}", &again), VAULT_OK);
    cr_assert_eq(again.outcome, RECORD_CHANGED);
    cr_assert_eq(again.version, 2);
    cr_assert(ulid_equal(&first.id, &again.id));
    cr_assert_eq(
        fixture_put_text(&f, 2, KIND_INVOICE, "{'no':'24110001','gross':'114.00'}", &again), VAULT_OK);
    cr_assert_eq(again.outcome, RECORD_NEW, "another client's invoice");
}

static int count_version(void *context, const struct record_info *info)
{
    int64_t *seen = context;
    seen[++seen[0]] = info->version;
    return VAULT_OK;
}

Test(records_put, keeps_every_version)
{
    struct record_written written;
    int64_t seen[8] = {0};
    char fields[64];
    for (int i = 1; i <= 3; i++) {
        f.seq = (uint64_t)i;
        (void)snprintf(fields, sizeof fields, "{'no':'1','period':'2024-0%d'}", i);
        struct draft draft = fixture_draft(KIND_CONTRACT, fields);
        (void)snprintf(draft.period, sizeof draft.period, "2024-0%d", i);
        cr_assert_eq(fixture_put(&f, 1, &draft, &written), VAULT_OK);
        draft_reset(&draft);
    }
    for (int i = 0; i <= 3; i++) {
        struct record_body body = opened(&written.id, i);
        cr_assert_eq(body.info.version, i == 0 ? 3 : i);
        (void)snprintf(fields, sizeof fields, "2024-0%d", i == 0 ? 3 : i);
        cr_assert_str_eq(json_text(body.fields, "period"), fields);
        cr_assert_str_eq(body.info.period, fields);
        cr_assert_eq(body.info.seq, (uint64_t)(i == 0 ? 3 : i));
        record_body_free(&body);
    }
    cr_assert_eq(records_versions(f.records, &written.id, count_version, seen, NULL), VAULT_OK);
    cr_assert_eq(seen[0], 3);
    cr_assert_eq(seen[1], 3);
    cr_assert_eq(seen[3], 1);
    struct record_body body;
    cr_assert_eq(records_open(f.records, f.everything, &written.id, 4, &body, NULL), VAULT_ENOTFOUND);
}

Test(records_put, refuses_what_has_no_key_or_no_json)
{
    cr_assert_eq(fixture_put_text(&f, 1, KIND_INVOICE, "{'gross':'1'}", NULL), VAULT_EINPUT);
    cr_assert_not_null(strstr(f.failure.text, "no"));
    cr_assert_eq(fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'name':'现金'}", NULL), VAULT_EINPUT);
    cr_assert_eq(fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','x':1.5}", NULL), VAULT_EINPUT);
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','x':null}", NULL), VAULT_EINPUT);
    cr_assert_eq(fixture_put_text(&f, 1, KIND_ATTACHMENT, "{'file_name':'a.pdf'}", NULL), VAULT_EINPUT);
}

Test(records_put, refuses_two_rows_of_one_import_with_one_key)
{
    struct record_written written;
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','name':'a'}", &written), VAULT_OK);
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','name':'b'}", NULL), VAULT_EINPUT);
    cr_assert_str_eq(f.failure.text, "same key as another row of this import");
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','name':'a'}", &written), VAULT_OK);
    cr_assert_eq(written.outcome, RECORD_SAME);
    f.seq = 2;
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','name':'a'}", &written), VAULT_OK);
    cr_assert_eq(written.outcome, RECORD_SAME);
    cr_assert_eq(fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','name':'c'}", NULL),
        VAULT_EINPUT, "seen, though not written, in this import");
    f.seq = 3;
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','name':'c'}", &written), VAULT_OK);
    cr_assert_eq(written.outcome, RECORD_CHANGED);
}

static void put_rows(const char *const *rows, size_t count, enum record_kind kind, int outcomes[3])
{
    struct record_written written;
    f.seq++;
    memset(outcomes, 0, 3 * sizeof *outcomes);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(fixture_put_text(&f, 1, kind, rows[i], &written), VAULT_OK, "%s", f.failure.text);
        outcomes[written.outcome]++;
    }
}

Test(records_put, tells_equal_rows_of_one_import_apart)
{
    static const char *const rows[] = {"{'amount':'1.00'}", "{'amount':'2.00'}", "{'amount':'1.00'}",
        "{'amount':'1.00'}", "{'amount':'1.00'}"};
    int outcomes[3];
    put_rows(rows, 4, KIND_BANK_TRANSACTION, outcomes);
    cr_assert_eq(outcomes[RECORD_NEW], 4);
    put_rows(rows, 4, KIND_BANK_TRANSACTION, outcomes);
    cr_assert_eq(outcomes[RECORD_SAME], 4);
    put_rows(rows, 5, KIND_BANK_TRANSACTION, outcomes);
    cr_assert_eq(outcomes[RECORD_SAME], 4);
    cr_assert_eq(outcomes[RECORD_NEW], 1);
    put_rows(rows, 5, KIND_BANK_TRANSACTION, outcomes);
    cr_assert_eq(outcomes[RECORD_SAME], 5);
}

Test(records_put, keeps_both_rows_where_a_bank_repeats_its_reference)
{
    static const char *const rows[] = {"{'account_no':'1','bank_ref':'X','amount':'1.00'}",
        "{'account_no':'1','bank_ref':'X','amount':'2.00'}",
        "{'account_no':'1','bank_ref':'X','amount':'2.00'}"};
    int outcomes[3];
    put_rows(rows, 3, KIND_BANK_TRANSACTION, outcomes);
    cr_assert_eq(outcomes[RECORD_NEW], 3);
    put_rows(rows, 3, KIND_BANK_TRANSACTION, outcomes);
    cr_assert_eq(outcomes[RECORD_SAME], 3);
}

Test(records_put, knows_rows_of_unknown_tables_again)
{
    static const char *const rows[] = {
        "{'table':'t','a':'1','b':'x'}", "{'table':'t','a':'1','b':'x'}", "{'table':'t','a':'2','b':'x'}"};
    int outcomes[3];
    put_rows(rows, 3, KIND_TABLE_ROW, outcomes);
    cr_assert_eq(outcomes[RECORD_NEW], 3);
    put_rows(rows, 3, KIND_TABLE_ROW, outcomes);
    cr_assert_eq(outcomes[RECORD_SAME], 3);
}

Test(records_put, a_thousand_equal_rows_do_not_take_quadratic_time)
{
    struct record_written written;
    struct draft draft = fixture_draft(KIND_TABLE_ROW, "{'a':'1'}");
    struct record_author author = {
        .client_id = f.client_ids[1], .client = 1, .user = "li", .at = 1, .seq = 9};
    for (int run = 0; run < 2; run++) {
        author.seq++;
        cr_assert_eq(store_begin(f.store, NULL), VAULT_OK);
        for (int i = 0; i < 3000; i++) {
            cr_assert_eq(
                records_put(f.records, f.everything, &author, &draft, NULL, NULL, &written, NULL), VAULT_OK);
            cr_assert_eq(written.outcome, run == 0 ? RECORD_NEW : RECORD_SAME);
        }
        cr_assert_eq(store_commit(f.store, NULL), VAULT_OK);
    }
    draft_reset(&draft);
}

static void attach(size_t size, const char *name, struct record_written *written)
{
    struct draft draft = {.kind = KIND_ATTACHMENT, .fields = json_pack("{s:s}", "file_name", name)};
    uint8_t *content = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        content[i] = (uint8_t)(i * 7 + (i >> 9));
    draft.content = bytes_of(content, size);
    cr_assert_eq(fixture_put(&f, 1, &draft, written), VAULT_OK, "%s", f.failure.text);
    struct record_body body = opened(&written->id, 0);
    cr_assert(bytes_equal(body.content, draft.content));
    cr_assert_str_eq(json_text(body.fields, "file_name"), name);
    record_body_free(&body);
    json_decref(draft.fields);
    free(content);
}

Test(records_put, keeps_files_to_the_byte)
{
    struct record_written first;
    struct record_written again;
    attach(2 << 20, "合同.pdf", &first);
    f.seq = 2;
    attach(2 << 20, "合同.pdf", &again);
    cr_assert_eq(again.outcome, RECORD_SAME);
    attach(0, "empty", &again);
    cr_assert_eq(again.outcome, RECORD_NEW);
    struct record_body body = opened(&first.id, 0);
    cr_assert_eq(strlen(json_text(body.fields, "sha256")), 64);
    cr_assert_str_eq(json_text(body.fields, "bytes"), "2097152");
    record_body_free(&body);
}

#define PAYROLL \
    "{'period':'2024-01','employee':{'no':'0001','name':'张三','id_no':'11010519491231002X'},'base':'8000." \
    "00'," \
    "'net':'7000.00'}"

Test(records_put, masked_fields_of_our_own_export_keep_what_the_vault_has)
{
    struct record_written first;
    struct record_written again;
    char id[ULID_TEXT_SIZE];
    struct draft draft = fixture_draft(KIND_PAYROLL_ENTRY, PAYROLL);
    draft.raw = json_pack("{s:s}", "工号", "0001");
    cr_assert_eq(fixture_put(&f, 1, &draft, &first), VAULT_OK);
    draft_reset(&draft);
    ulid_format(&first.id, id);
    f.seq = 2;
    draft = fixture_draft(KIND_PAYROLL_ENTRY, "{'period':'2024-01','employee':{'no':'0001','name':'张三','id_"
                                              "no':'110105********002X'},'base':'***',"
                                              "'net':'***'}");
    draft.record_id = id;
    draft.masked = json_pack("[s,s,s]", "employee.id_no", "base", "net");
    cr_assert_eq(fixture_put(&f, 1, &draft, &again), VAULT_OK, "%s", f.failure.text);
    cr_assert_eq(again.outcome, RECORD_SAME);
    f.seq = 3;
    json_object_set_new(json_object_get(draft.fields, "employee"), "name", json_string("张三丰"));
    cr_assert_eq(fixture_put(&f, 1, &draft, &again), VAULT_OK, "%s", f.failure.text);
    cr_assert_eq(again.outcome, RECORD_CHANGED);
    struct record_body body = opened(&first.id, 0);
    cr_assert_str_eq(json_text(json_object_get(body.fields, "employee"), "id_no"), "11010519491231002X");
    cr_assert_str_eq(json_text(json_object_get(body.fields, "employee"), "name"), "张三丰");
    cr_assert_str_eq(json_text(body.fields, "base"), "8000.00");
    cr_assert_str_eq(json_text(body.raw, "工号"), "0001");
    record_body_free(&body);
    draft.record_id = NULL;
    cr_assert_eq(fixture_put(&f, 1, &draft, NULL), VAULT_EINPUT);
    draft.record_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    cr_assert_eq(fixture_put(&f, 1, &draft, NULL), VAULT_EINPUT, "no such record to take them from");
    draft.record_id = id;
    cr_assert_eq(fixture_put(&f, 2, &draft, NULL), VAULT_EINPUT, "another client's");
    draft_reset(&draft);
}

Test(records_put, a_correction_may_change_the_key_but_not_to_one_that_is_taken)
{
    struct record_written one;
    struct record_written two;
    char id[ULID_TEXT_SIZE];
    cr_assert_eq(fixture_put_text(&f, 1, KIND_INVOICE, "{'no':'1'}", &one), VAULT_OK);
    cr_assert_eq(fixture_put_text(&f, 1, KIND_INVOICE, "{'no':'2'}", &two), VAULT_OK);
    ulid_format(&two.id, id);
    f.seq = 2;
    struct draft draft = fixture_draft(KIND_INVOICE, "{'no':'3'}");
    draft.record_id = id;
    cr_assert_eq(fixture_put(&f, 1, &draft, &one), VAULT_OK, "%s", f.failure.text);
    cr_assert_eq(one.outcome, RECORD_CHANGED);
    f.seq = 3;
    cr_assert_eq(fixture_put_text(&f, 1, KIND_INVOICE, "{'no':'3'}", &one), VAULT_OK);
    cr_assert_eq(one.outcome, RECORD_SAME);
    json_object_set_new(draft.fields, "no", json_string("1"));
    cr_assert_eq(fixture_put(&f, 1, &draft, &one), VAULT_EEXISTS);
    draft_reset(&draft);
}

Test(records_put, a_client_is_deposited_and_compared_with_the_directory_alone)
{
    struct record_written written;
    f.no_keys = f.directory_only = true;
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_CLIENT, "{'client_no':'C1','name':'甲公司'}", &written), VAULT_OK);
    f.seq = 2;
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_CLIENT, "{'client_no':'C1','name':'甲公司'}", &written), VAULT_OK);
    cr_assert_eq(written.outcome, RECORD_SAME);
    struct record_body body;
    cr_assert_eq(records_open(f.records, f.everything, &written.id, 0, &body, NULL), VAULT_ENOKEY);
    f.no_keys = false;
    body = opened(&written.id, 0);
    cr_assert_str_eq(json_text(body.fields, "name"), "甲公司");
    record_body_free(&body);
}

static int collect_title(void *context, const struct record_head *head)
{
    struct buffer *titles = context;
    buffer_put_text(titles, json_text(head->head, "title"));
    buffer_put_u8(titles, '/');
    return VAULT_OK;
}

static int collect_fields(void *context, const struct record_body *body)
{
    struct buffer *all = context;
    cr_assert_null(body->fields);
    buffer_put(all, body->fields_json);
    return VAULT_OK;
}

Test(records_put, lists_and_scans_by_kind_and_period)
{
    struct buffer out = {0};
    for (int month = 1; month <= 4; month++) {
        char fields[96];
        (void)snprintf(fields, sizeof fields, "{'type':'记','no':'1','description':'m%d'}", month);
        struct draft draft = fixture_draft(KIND_VOUCHER, fields);
        (void)snprintf(draft.period, sizeof draft.period, "2024-0%d", month);
        cr_assert_eq(fixture_put(&f, 1, &draft, NULL), VAULT_OK);
        draft_reset(&draft);
    }
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_LEDGER_ACCOUNT, "{'code':'1001','name':'cash'}", NULL), VAULT_OK);
    cr_assert_eq(
        records_list(f.records, f.everything, 1, 0, "", "9999-99", collect_title, &out, NULL), VAULT_OK);
    cr_assert_str_eq(buffer_text(&out), "cash/m1/m2/m3/m4/");
    buffer_reset(&out);
    cr_assert_eq(records_list(f.records, f.everything, 1, KIND_VOUCHER, "2024-02", "2024-03", collect_title,
                     &out, NULL),
        VAULT_OK);
    cr_assert_str_eq(buffer_text(&out), "m2/m3/");
    buffer_reset(&out);
    cr_assert_eq(records_scan_json(
                     f.records, f.everything, 1, KIND_LEDGER_ACCOUNT, "", "", collect_fields, &out, NULL),
        VAULT_OK);
    cr_assert_str_eq(buffer_text(&out), "{\"code\":\"1001\",\"name\":\"cash\"}");
    buffer_free(&out);
}
