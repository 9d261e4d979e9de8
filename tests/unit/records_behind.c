/* Drafts that are put behind the caller must not be told from those that he puts himself. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/records_fixture.h"
#include "vault/records/behind.h"

#define MANY 3000
#define LARGE (600u << 10)

static struct fixture f;
static struct behind *behind;

/* What was told, and what came of drafts that were not taken: one list, in the order of the drafts. */
static struct {
    size_t count;
    size_t outcomes[3];
    size_t refused;
    size_t here; /* not taken */
    char last[DRAFT_WHERE_SIZE];
    char refusal[DRAFT_WHERE_SIZE];
    int fail_at; /* tell fails for this one */
} seen;

static void note(const char *where, int result, const struct record_written *written)
{
    char expected[DRAFT_WHERE_SIZE];
    (void)snprintf(expected, sizeof expected, "row %zu", seen.count++);
    cr_assert_str_eq(where, expected);
    if (result == VAULT_OK)
        seen.outcomes[written->outcome]++;
    else
        (void)snprintf(seen.refusal, sizeof seen.refusal, "%s", where);
    seen.refused += result != VAULT_OK;
    (void)snprintf(seen.last, sizeof seen.last, "%s", where);
}

static int on_told(void *context, const struct behind_told *told)
{
    cr_assert_eq(context, &f);
    cr_assert(told->result == VAULT_OK || told->failure->text[0] != '\0');
    note(told->where, told->result, told->written);
    if (seen.fail_at != 0 && seen.count == (size_t)seen.fail_at)
        return VAULT_EBUSY;
    return VAULT_OK;
}

static void start(void)
{
    fixture_start(&f);
    memset(&seen, 0, sizeof seen);
}

static void stop(void)
{
    fixture_stop(&f);
}

TestSuite(records_behind, .init = start, .fini = stop);

static void begin(void)
{
    f.seq++;
    memset(&seen, 0, sizeof seen);
    cr_assert_eq(store_begin(f.store, NULL), VAULT_OK);
    cr_assert_eq(behind_new(f.records, f.postings, on_told, &f, &behind), VAULT_OK);
}

static void end(void)
{
    behind_free(behind);
    cr_assert_eq(postings_flush(f.postings, NULL), VAULT_OK);
    cr_assert_eq(store_commit(f.store, NULL), VAULT_OK);
}

/* As an import does: behind, and where that is not taken, here. */
static int put_draft(int64_t client, int row, struct draft *draft, bool *taken)
{
    struct record_author author = {.client_id = f.client_ids[client],
        .client = client,
        .user = "li",
        .at = 1700000000000 + row,
        .seq = f.seq};
    struct record_written written;
    struct failure failure = {0};
    (void)snprintf(draft->where, sizeof draft->where, "row %d", row);
    int result = behind_put(behind, f.everything, &author, draft, taken);
    if (result == VAULT_OK && !*taken) {
        int put = records_put(f.records, f.everything, &author, draft, f.postings, NULL, &written, &failure);
        note(draft->where, put, &written);
        seen.here++;
    }
    draft_reset(draft);
    return result;
}

static int put(int64_t client, int row, enum record_kind kind, const char *text)
{
    bool taken;
    struct draft draft = fixture_draft(kind, text);
    return put_draft(client, row, &draft, &taken);
}

static int put_invoice(int row, const char *gross)
{
    char text[160];
    (void)snprintf(text, sizeof text,
        "{'no':'2411%06d','issue_date':'2024-03-%02d','buyer':{'name':'天地商贸%d'},'gross':'%s'}", row,
        row % 28 + 1, row, gross);
    return put(row % 2 + 1, row, KIND_INVOICE, text);
}

static void put_invoices(const char *gross)
{
    begin();
    for (int i = 0; i < MANY; i++)
        cr_assert_eq(put_invoice(i, gross), VAULT_OK);
    cr_assert_eq(behind_settle(behind), VAULT_OK);
    cr_assert_eq(seen.count, MANY);
    cr_assert_lt(seen.here, MANY / 4, "%zu were not taken", seen.here);
    end();
}

static int count_body(void *context, const struct record_body *body)
{
    char expected[32];
    const char *no = json_text(body->fields, "no");
    (void)snprintf(expected, sizeof expected, "row %d", atoi(no + 4));
    cr_assert_str_eq(body->where, expected);
    cr_assert_eq(body->info.at, 1700000000000 + atoi(no + 4));
    ++*(size_t *)context;
    return VAULT_OK;
}

static bool finds_one(const char *word)
{
    struct numbers rows;
    cr_assert_eq(
        records_search(f.records, f.index_keys[kind_compartment(KIND_INVOICE)], word, 10, &rows, NULL),
        VAULT_OK);
    size_t count = rows.count;
    numbers_free(&rows);
    return count == 1;
}

Test(records_behind, all_is_there_opens_and_is_found)
{
    size_t count = 0;
    put_invoices("12.00");
    cr_assert_eq(seen.outcomes[RECORD_NEW], MANY);
    for (int64_t client = 1; client <= 2; client++)
        cr_assert_eq(records_scan(f.records, f.everything, client, 0, "", "", count_body, &count, &f.failure),
            VAULT_OK, "%s", f.failure.text);
    cr_assert_eq(count, MANY);
    cr_assert(finds_one("2411000007"));
    cr_assert(finds_one("2411001500"));
    cr_assert(finds_one("2411002999"));
}

/* The second time all is known, whoever puts it; and what changed is a new version. */
Test(records_behind, it_is_known_again)
{
    put_invoices("12.00");
    put_invoices("12.00");
    cr_assert_eq(seen.outcomes[RECORD_SAME], MANY);
    begin();
    behind_free(behind);
    behind = NULL;
    for (int i = 0; i < MANY; i += 100) {
        char text[160];
        (void)snprintf(text, sizeof text,
            "{'no':'2411%06d','issue_date':'2024-03-%02d','buyer':{'name':'天地商贸%d'},'gross':'12.00'}", i,
            i % 28 + 1, i);
        struct draft draft = fixture_draft(KIND_INVOICE, text);
        struct record_author author = {
            .client_id = f.client_ids[i % 2 + 1], .client = i % 2 + 1, .user = "li", .seq = f.seq};
        struct record_written written;
        cr_assert_eq(records_put(f.records, f.everything, &author, &draft, f.postings, NULL, &written, NULL),
            VAULT_OK);
        cr_assert_eq(written.outcome, RECORD_SAME);
        draft_reset(&draft);
    }
    cr_assert_eq(store_commit(f.store, NULL), VAULT_OK);
    put_invoices("13.00");
    cr_assert_eq(seen.outcomes[RECORD_CHANGED], MANY);
}

Test(records_behind, equal_rows_are_records_of_their_own)
{
    for (int run = 0; run < 2; run++) {
        begin();
        for (int i = 0; i < 1000; i++)
            cr_assert_eq(put(1, i, KIND_TABLE_ROW, i % 3 == 0 ? "{'a':'1'}" : "{'a':'2'}"), VAULT_OK);
        cr_assert_eq(behind_settle(behind), VAULT_OK);
        cr_assert_eq(seen.outcomes[run == 0 ? RECORD_NEW : RECORD_SAME], 1000);
        end();
    }
    begin();
    for (int i = 0; i < 1000; i++) {
        char text[96];
        (void)snprintf(text, sizeof text, "{'account_no':'1','bank_ref':'X%d','amount':'%d.00'}", i / 2, i);
        cr_assert_eq(put(1, i, KIND_BANK_TRANSACTION, text), VAULT_OK);
    }
    cr_assert_eq(behind_settle(behind), VAULT_OK);
    cr_assert_eq(seen.outcomes[RECORD_NEW], 1000);
    end();
}

Test(records_behind, a_draft_that_is_refused_is_told_in_its_place_and_the_rest_is_put)
{
    begin();
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(i == 700   ? put(2, i, KIND_CONTRACT, "{'no':'A699','amount':'1.00'}")
                     : i == 800 ? put(2, i, KIND_INVOICE, "{'gross':'1.00'}")
                     : i == 699 ? put(2, i, KIND_CONTRACT, "{'no':'A699','amount':'2.00'}")
                                : put_invoice(i, "1.00"),
            VAULT_OK);
    cr_assert_eq(behind_settle(behind), VAULT_OK);
    cr_assert_eq(seen.count, 1000);
    cr_assert_eq(seen.refused, 2);
    cr_assert_str_eq(seen.refusal, "row 800");
    cr_assert_eq(seen.outcomes[RECORD_NEW], 998);
    end();
}

/* An older version in the place of the last one: whole or not at all, so nothing behind it is put. */
Test(records_behind, after_damage_nothing_more_is_put)
{
    put_invoices("1.00");
    fixture_sql(&f, "INSERT INTO written (record, version, seq) SELECT id, 2, 9 FROM record WHERE row = 701");
    begin();
    int result = VAULT_OK;
    for (int i = 0; i < MANY && result == VAULT_OK; i++)
        result = put_invoice(i, "2.00");
    if (result == VAULT_OK)
        result = behind_settle(behind);
    cr_assert_eq(result, VAULT_EROLLBACK);
    cr_assert_eq(seen.count, 701);
    cr_assert_eq(seen.refused, 1);
    cr_assert_eq(put_invoice(0, "2.00"), VAULT_EROLLBACK);
    cr_assert_eq(behind_settle(behind), VAULT_EROLLBACK);
    behind_free(behind);
    store_rollback(f.store);
}

Test(records_behind, a_callback_that_fails_ends_it)
{
    begin();
    seen.fail_at = 600;
    int result = VAULT_OK;
    for (int i = 0; i < MANY && result == VAULT_OK; i++)
        result = put_invoice(i, "2.00");
    cr_assert_eq(result, VAULT_EBUSY);
    cr_assert_eq(behind_settle(behind), VAULT_EBUSY);
    cr_assert_eq(seen.count, 600);
    behind_free(behind);
    store_rollback(f.store);
}

Test(records_behind, what_cannot_wait_is_left_to_the_caller_with_all_before_it_told)
{
    begin();
    for (int i = 0; i < 400; i++)
        cr_assert_eq(put_invoice(i, "1.00"), VAULT_OK);
    char *long_text = calloc(1, LARGE + 1);
    memset(long_text, 'x', LARGE);
    struct draft cases[] = {fixture_draft(KIND_CLIENT, "{'client_no':'1','name':'A'}"),
        fixture_draft(KIND_ATTACHMENT, "{'file_name':'a.pdf'}"),
        fixture_draft(KIND_INVOICE, "{'no':'masked'}"), fixture_draft(KIND_INVOICE, "{'no':'other'}"),
        fixture_draft(KIND_TABLE_ROW, "{'a':'b'}")};
    cases[1].content = bytes_of((const uint8_t *)"abc", 3);
    cases[2].masked = json_pack("[s]", "no");
    cases[3].record_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    cr_assert_eq(json_object_set_new(cases[4].fields, "long", json_string(long_text)), 0);
    for (int i = 0; i < 5; i++) {
        bool taken = true;
        cr_assert_eq(put_draft(1, 400 + 2 * i, &cases[i], &taken), VAULT_OK);
        cr_assert_not(taken, "case %d", i);
        cr_assert_eq(seen.count, (size_t)(401 + 2 * i));
        cr_assert_eq(put_invoice(401 + 2 * i, "1.00"), VAULT_OK);
    }
    cr_assert_eq(behind_settle(behind), VAULT_OK);
    end();
    free(long_text);
}

Test(records_behind, the_first_few_are_not_worth_a_thread)
{
    begin();
    for (int i = 0; i < 100; i++)
        cr_assert_eq(put_invoice(i, "1.00"), VAULT_OK);
    cr_assert_eq(seen.here, 100);
    end();
}

Test(records_behind, what_is_not_settled_can_be_dropped)
{
    begin();
    for (int i = 0; i < 2000; i++)
        cr_assert_eq(put_invoice(i, "1.00"), VAULT_OK);
    behind_free(behind);
    store_rollback(f.store);
    put_invoices("1.00");
    cr_assert_eq(seen.outcomes[RECORD_NEW], MANY);
}

Test(records_behind, without_a_key_the_caller_is_left_to_say_so)
{
    begin();
    f.no_keys = true;
    for (int i = 0; i < 400; i++)
        cr_assert_eq(put_invoice(i, "1.00"), VAULT_OK);
    cr_assert_eq(seen.here, 400);
    cr_assert_eq(seen.refused, 400);
    f.no_keys = false;
    behind_free(behind);
    store_rollback(f.store);
}
