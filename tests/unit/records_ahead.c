/* A scan of many records reads ahead with a thread of its own, and must not be told from one that does not.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/records_fixture.h"

#define MANY 1500
#define LARGE (3u << 20)

static struct fixture f;

struct seen {
    int64_t rows[MANY + 2];
    size_t count;
    size_t stop_at;
    size_t bytes;
};

static void put_all(enum record_kind kind, int from, int to)
{
    struct record_author author = {
        .client_id = f.client_ids[1], .client = 1, .user = "li", .at = 1700000000000, .seq = f.seq};
    cr_assert_eq(store_begin(f.store, NULL), VAULT_OK);
    for (int i = from; i < to; i++) {
        char text[64];
        struct record_written written;
        (void)snprintf(text, sizeof text, "{'no':'A%d','amount':'%d.00'}", i, i);
        struct draft draft = fixture_draft(kind, text);
        (void)snprintf(draft.period, sizeof draft.period, "2024-%02d", i % 12 + 1);
        cr_assert_eq(
            records_put(f.records, f.everything, &author, &draft, NULL, NULL, &written, NULL), VAULT_OK);
        draft_reset(&draft);
    }
    cr_assert_eq(store_commit(f.store, NULL), VAULT_OK);
}

static void put_large(void)
{
    uint8_t *content = calloc(1, LARGE);
    struct draft draft = fixture_draft(KIND_ATTACHMENT, "{'name':'scan.pdf'}");
    draft.content = bytes_of(content, LARGE);
    cr_assert_eq(fixture_put(&f, 1, &draft, NULL), VAULT_OK, "%s", f.failure.text);
    draft_reset(&draft);
    free(content);
}

static void start(void)
{
    fixture_start(&f);
    put_all(KIND_CONTRACT, 0, MANY);
}

static void stop(void)
{
    fixture_stop(&f);
}

TestSuite(records_ahead, .init = start, .fini = stop);

static int look(void *context, const struct record_body *body)
{
    struct seen *seen = context;
    cr_assert_lt(seen->count, MANY + 2);
    seen->rows[seen->count++] = body->info.row;
    seen->bytes += body->fields_json.size + body->content.size;
    return seen->count == seen->stop_at ? VAULT_EBUSY : VAULT_OK;
}

Test(records_ahead, the_same_records_come_in_the_same_order)
{
    struct seen alone = {.count = 0};
    struct seen ahead = {.count = 0};
    cr_assert_eq(records_scan(f.records, f.everything, 1, 0, "", "", look, &alone, NULL), VAULT_OK);
    cr_assert_eq(records_scan_json(f.records, f.everything, 1, 0, "", "", look, &ahead, NULL), VAULT_OK);
    cr_assert_eq(ahead.count, MANY);
    cr_assert_eq(memcmp(&alone, &ahead, sizeof alone), 0);
}

Test(records_ahead, a_record_of_many_megabytes_comes_between_the_others)
{
    struct seen alone = {.count = 0};
    struct seen ahead = {.count = 0};
    put_large();
    cr_assert_eq(records_scan(f.records, f.everything, 1, 0, "", "", look, &alone, NULL), VAULT_OK);
    cr_assert_eq(records_scan_json(f.records, f.everything, 1, 0, "", "", look, &ahead, NULL), VAULT_OK);
    cr_assert_eq(ahead.count, MANY + 1);
    cr_assert_gt(ahead.bytes, LARGE);
    cr_assert_eq(memcmp(&alone, &ahead, sizeof alone), 0);
}

/* Whichever part was edited, and wherever it stands: in the first batch, behind it, in the last. */
Test(records_ahead, what_comes_before_a_forged_record_is_handed_on_and_nothing_after)
{
    static const char *const columns[] = {"wrapped", "head", "body", "digest"};
    struct seen whole = {.count = 0};
    cr_assert_eq(records_scan_json(f.records, f.everything, 1, 0, "", "", look, &whole, NULL), VAULT_OK);
    for (size_t at = 0; at < MANY; at += 499) {
        const char *column = columns[at / 499];
        struct seen seen = {.count = 0};
        struct failure failure = {0};
        cr_assert(fixture_flip(&f, column, whole.rows[at], 3));
        cr_assert_eq(
            records_scan_json(f.records, f.everything, 1, 0, "", "", look, &seen, &failure), VAULT_EFORGED);
        cr_assert_eq(seen.count, at, "%s of %zu", column, at);
        cr_assert_neq(failure.text[0], '\0');
        cr_assert(fixture_flip(&f, column, whole.rows[at], 3));
    }
}

/* What the reading thread itself finds comes in its turn as well. */
Test(records_ahead, a_record_that_was_taken_back_ends_the_scan_where_it_stands)
{
    struct seen whole = {.count = 0};
    struct seen seen = {.count = 0};
    cr_assert_eq(records_scan_json(f.records, f.everything, 1, 0, "", "", look, &whole, NULL), VAULT_OK);
    fixture_sql(&f, "INSERT INTO written (record, version, seq) SELECT id, 2, 9 FROM record WHERE row = %lld",
        (long long)whole.rows[1000]);
    cr_assert_eq(
        records_scan_json(f.records, f.everything, 1, 0, "", "", look, &seen, &f.failure), VAULT_EROLLBACK);
    cr_assert_eq(seen.count, 1000);
    cr_assert_not_null(strstr(f.failure.text, "written last"), "%s", f.failure.text);
    cr_assert_neq(f.failure.remedy[0], '\0');
}

Test(records_ahead, a_callback_that_fails_ends_it)
{
    struct seen seen = {.stop_at = 300};
    cr_assert_eq(records_scan_json(f.records, f.everything, 1, 0, "", "", look, &seen, NULL), VAULT_EBUSY);
    cr_assert_eq(seen.count, 300);
    seen = (struct seen){.stop_at = 1};
    put_large();
    cr_assert_eq(records_scan_json(f.records, f.everything, 1, 0, "", "", look, &seen, NULL), VAULT_EBUSY);
    seen = (struct seen){.count = 0};
    cr_assert_eq(records_scan_json(f.records, f.everything, 1, 0, "", "", look, &seen, NULL), VAULT_OK);
    cr_assert_eq(seen.count, MANY + 1);
}

Test(records_ahead, what_the_permit_does_not_cover_is_passed_over)
{
    struct permit *permit = fixture_permit(PERMIT_BODIES, 1u << COMPARTMENT_BOOKS, NULL);
    struct seen seen = {.count = 0};
    put_all(KIND_VOUCHER, MANY, MANY + 1);
    cr_assert_eq(records_scan_json(f.records, permit, 1, 0, "", "", look, &seen, NULL), VAULT_OK);
    cr_assert_eq(seen.count, 1);
    permit_free(permit);
}

Test(records_ahead, without_the_key_nothing_is_handed_on)
{
    struct seen seen = {.count = 0};
    f.no_keys = true;
    cr_assert_eq(
        records_scan_json(f.records, f.everything, 1, 0, "", "", look, &seen, &f.failure), VAULT_ENOKEY);
    cr_assert_eq(seen.count, 0);
}
