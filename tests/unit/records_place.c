/* Everything an intruder with the store's key can do to a record's row: it does not open, and nothing of it
 * shows. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/records_fixture.h"

static struct fixture f;
static struct record_written one;
static struct record_written two;

static void start(void)
{
    fixture_start(&f);
    cr_assert_eq(fixture_put_text(&f, 1, KIND_CONTRACT, "{'no':'A','amount':'1.00'}", &one), VAULT_OK);
    cr_assert_eq(fixture_put_text(&f, 1, KIND_CONTRACT, "{'no':'B','amount':'2.00'}", &two), VAULT_OK);
    cr_assert_eq(fixture_put_text(&f, 2, KIND_CONTRACT, "{'no':'C','amount':'3.00'}", NULL), VAULT_OK);
}

static void stop(void)
{
    fixture_stop(&f);
}

TestSuite(records_place, .init = start, .fini = stop);

static int count(void *context, const struct record_body *body)
{
    int *seen = context;
    (void)body;
    (*seen)++;
    return VAULT_OK;
}

static int count_head(void *context, const struct record_head *head)
{
    int *seen = context;
    (void)head;
    (*seen)++;
    return VAULT_OK;
}

/* Neither alone nor in a scan; the first sentence names the record. */
static void assert_refused(const struct ulid *id, int expected, const char *what)
{
    struct record_body body;
    char text[ULID_TEXT_SIZE];
    int seen = 0;
    failure_clear(&f.failure);
    int result = records_open(f.records, f.everything, id, 0, &body, &f.failure);
    cr_assert_eq(result, expected, "%s: %d %s", what, result, f.failure.text);
    cr_assert_null(body.fields);
    cr_assert_null(body.head);
    cr_assert_eq(body.fields_json.size, 0);
    ulid_format(id, text);
    cr_assert_not_null(strstr(f.failure.text, text), "%s", f.failure.text);
    cr_assert_neq(f.failure.text[0], '\0');
    result = records_scan(f.records, f.everything, 1, 0, "", "", count, &seen, NULL);
    cr_assert(result == expected || seen < 2, "%s: scan: %d", what, result);
}

Test(records_place, the_untouched_records_open)
{
    int seen = 0;
    cr_assert_eq(records_scan(f.records, f.everything, 1, 0, "", "", count, &seen, &f.failure), VAULT_OK);
    cr_assert_eq(seen, 2);
}

Test(records_place, sealed_parts_swapped_between_rows_do_not_open)
{
    static const char *const columns[] = {"wrapped", "head", "body"};
    for (unsigned set = 1; set < 8; set++) {
        for (int i = 0; i < 3; i++) {
            if ((set >> i & 1) != 0)
                fixture_sql(&f,
                    "CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT row, wrapped, head, body FROM record;"
                    "UPDATE record SET %s = (SELECT %s FROM kept WHERE kept.row = 3 - record.row) WHERE row "
                    "IN (1, 2)",
                    columns[i], columns[i]);
        }
        assert_refused(&one.id, VAULT_EFORGED, "swap");
        assert_refused(&two.id, VAULT_EFORGED, "swap");
        fixture_sql(&f, "UPDATE record SET (wrapped, head, body) = (SELECT wrapped, head, body FROM kept "
                        "WHERE kept.row = record.row)");
        struct record_body body;
        cr_assert_eq(records_open(f.records, f.everything, &one.id, 0, &body, NULL), VAULT_OK);
        record_body_free(&body);
    }
}

Test(records_place, what_stands_beside_a_seal_is_bound_by_it)
{
    static const char *const edits[] = {"client = 2", "kind = 14", "kind = 99", "kind = 6",
        "period = '2024-01'", "period = '2024-01-and-longer'", "author = 'wang'", "author = 'li '",
        "at = at + 1", "source = 1", "seq = seq + 1", "natural = randomblob(16)", "natural = x''", "digest = randomblob(32)", "id = randomblob(16)"};
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct ulid id = one.id;
        fixture_sql(&f, "CREATE TEMP TABLE kept AS SELECT * FROM record");
        fixture_sql(&f, "UPDATE record SET %s WHERE row = 1", edits[i]);
        if (strncmp(edits[i], "id", 2) == 0) {
            struct record_info info;
            cr_assert_eq(records_info(f.records, 1, &info, NULL), VAULT_OK);
            id = info.id;
        }
        assert_refused(&id, VAULT_EFORGED, edits[i]);
        fixture_sql(&f, "DELETE FROM record; INSERT INTO record SELECT * FROM kept; DROP TABLE kept");
    }
    struct record_body body;
    cr_assert_eq(records_open(f.records, f.everything, &one.id, 0, &body, NULL), VAULT_OK);
    record_body_free(&body);
}

Test(records_place, a_row_copied_to_another_client_does_not_open)
{
    int seen = 0;
    fixture_sql(&f, "INSERT INTO record SELECT 77, randomblob(16), 2, kind, period, version, natural, "
                    "digest, wrapped, head, body, "
                    "author, at, source, seq FROM record WHERE row = 1");
    cr_assert_eq(
        records_list(f.records, f.everything, 2, 0, "", "", count_head, &seen, &f.failure), VAULT_EFORGED);
    cr_assert_eq(seen, 1);
    struct record_head head;
    cr_assert_eq(records_head(f.records, f.everything, 77, &head, NULL), VAULT_EFORGED);
    cr_assert_null(head.head);
}

Test(records_place, an_older_version_put_back_is_a_rollback)
{
    struct record_written again;
    struct record_body body;
    f.seq = 2;
    cr_assert_eq(fixture_put_text(&f, 1, KIND_CONTRACT, "{'no':'A','amount':'9.00'}", &again), VAULT_OK);
    cr_assert_eq(again.version, 2);
    fixture_sql(&f, "UPDATE record SET (version, period, wrapped, head, body, author, at, source, seq) = "
                    "(SELECT version, period, wrapped, head, body, author, at, source, seq FROM "
                    "record_version WHERE record = 1) "
                    "WHERE row = 1");
    assert_refused(&one.id, VAULT_EROLLBACK, "rollback");
    cr_assert_not_null(strstr(f.failure.text, "version 1 is in the place of version 2"));
    cr_assert_eq(records_open(f.records, f.everything, &one.id, 1, &body, NULL), VAULT_EROLLBACK);
    struct hash ver;
    cr_assert_eq(records_ver(f.records, &one.id, 0, &ver, NULL), VAULT_EROLLBACK);
    struct record_head head;
    cr_assert_eq(records_head(f.records, f.everything, 1, &head, NULL), VAULT_EROLLBACK);
    f.seq = 3;
    cr_assert_eq(fixture_put_text(&f, 1, KIND_CONTRACT, "{'no':'A','amount':'10.00'}", &again),
        VAULT_EROLLBACK, "nor is it built upon");
    fixture_sql(&f, "UPDATE record SET version = 2 WHERE row = 1");
    assert_refused(&one.id, VAULT_EFORGED, "old bytes under the new number");
}

Test(records_place, an_older_version_swapped_with_another_does_not_open)
{
    struct record_written again;
    struct record_body body;
    for (f.seq = 2; f.seq < 4; f.seq++) {
        char fields[64];
        (void)snprintf(fields, sizeof fields, "{'no':'A','amount':'%d.00'}", (int)f.seq);
        cr_assert_eq(fixture_put_text(&f, 1, KIND_CONTRACT, fields, &again), VAULT_OK);
    }
    fixture_sql(&f, "UPDATE record_version SET version = version + 10");
    fixture_sql(&f, "UPDATE record_version SET version = 13 - version WHERE version IN (11, 12)");
    for (int version = 1; version <= 2; version++) {
        cr_assert_eq(records_open(f.records, f.everything, &one.id, version, &body, NULL), VAULT_EFORGED);
        cr_assert_null(body.fields);
    }
    cr_assert_eq(records_open(f.records, f.everything, &one.id, 3, &body, NULL), VAULT_OK);
    record_body_free(&body);
}

Test(records_place, no_byte_of_a_sealed_column_can_change)
{
    static const char *const columns[] = {"wrapped", "head", "body"};
    int flips = 0;
    for (size_t i = 0; i < 3; i++) {
        for (int offset = 0; fixture_flip(&f, columns[i], 1, offset); offset++) {
            struct record_body body;
            int result = records_open(f.records, f.everything, &one.id, 0, &body, NULL);
            cr_assert_eq(result, VAULT_EFORGED, "%s, byte %d: %d", columns[i], offset, result);
            cr_assert_null(body.fields);
            (void)fixture_flip(&f, columns[i], 1, offset);
            flips++;
        }
    }
    cr_assert_gt(flips, 200);
    struct record_body body;
    cr_assert_eq(records_open(f.records, f.everything, &one.id, 0, &body, NULL), VAULT_OK);
    record_body_free(&body);
}

Test(records_place, cut_or_emptied_columns_do_not_open)
{
    static const char *const edits[] = {"wrapped = x''", "head = x''", "body = x''", "body = zeroblob(40)",
        "wrapped = substr(wrapped, 1, 20)", "body = substr(body, 1, length(body) - 1)",
        "head = CAST(head || x'00' AS BLOB)"};
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        fixture_sql(&f, "CREATE TEMP TABLE kept AS SELECT * FROM record");
        fixture_sql(&f, "UPDATE record SET %s WHERE row = 1", edits[i]);
        assert_refused(&one.id, VAULT_EFORGED, edits[i]);
        fixture_sql(&f, "DELETE FROM record; INSERT INTO record SELECT * FROM kept; DROP TABLE kept");
    }
}

/* --- Permits --- */

Test(records_place, without_a_permit_nothing_opens_and_nothing_is_written)
{
    struct record_body body;
    struct record_head head;
    struct record_written written;
    int seen = 0;
    struct record_author author = {
        .client_id = f.client_ids[1], .client = 1, .user = "li", .at = 1, .seq = 5};
    struct draft draft = fixture_draft(KIND_CONTRACT, "{'no':'Z'}");
    const unsigned documents = 1u << COMPARTMENT_DOCUMENTS;
    struct permit *heads = fixture_permit(PERMIT_HEADS, documents, NULL);
    struct permit *other = fixture_permit(PERMIT_HEADS | PERMIT_BODIES | PERMIT_WRITE, ~documents, "*");
    struct permit *none = permit_make(&(struct permit_terms){.uses = 7, .compartments = ~0u});

    cr_assert_eq(records_open(f.records, heads, &one.id, 0, &body, NULL), VAULT_EDENIED);
    cr_assert_eq(records_open(f.records, other, &one.id, 0, &body, NULL), VAULT_EDENIED);
    cr_assert_eq(records_open(f.records, none, &one.id, 0, &body, NULL), VAULT_EDENIED);
    cr_assert_null(body.fields);
    cr_assert_eq(records_scan(f.records, heads, 1, 0, "", "", count, &seen, NULL), VAULT_EDENIED);
    cr_assert_eq(records_scan(f.records, other, 1, KIND_CONTRACT, "", "", count, &seen, NULL), VAULT_EDENIED);
    cr_assert_eq(records_scan_json(f.records, other, 1, 0, "", "", count, &seen, NULL), VAULT_OK);
    cr_assert_eq(seen, 0, "other compartments' records only, and there are none");
    cr_assert_eq(records_list(f.records, none, 1, 0, "", "", count_head, &seen, NULL), VAULT_EDENIED);
    cr_assert_eq(records_head(f.records, other, 1, &head, NULL), VAULT_EDENIED);
    cr_assert_null(head.head);
    cr_assert_eq(records_list(f.records, heads, 1, 0, "", "", count_head, &seen, NULL), VAULT_OK);
    cr_assert_eq(seen, 2);
    cr_assert_eq(store_begin(f.store, NULL), VAULT_OK);
    cr_assert_eq(
        records_put(f.records, heads, &author, &draft, NULL, NULL, &written, &f.failure), VAULT_EDENIED);
    cr_assert_eq(records_put(f.records, other, &author, &draft, NULL, NULL, &written, NULL), VAULT_EDENIED);
    cr_assert_eq(records_put(f.records, none, &author, &draft, NULL, NULL, &written, NULL), VAULT_EDENIED);
    store_rollback(f.store);
    draft_reset(&draft);
    permit_free(heads);
    permit_free(other);
    permit_free(none);
}
