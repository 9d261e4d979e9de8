/* Searching: what is there is found, by Chinese pairs, whole words, document numbers and amounts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/records_fixture.h"
#include "vault/base/text.h"

static struct fixture f;

static void start(void)
{
    fixture_start(&f);
}

static void stop(void)
{
    fixture_stop(&f);
}

TestSuite(records_search, .init = start, .fini = stop);

static bool finds(enum record_kind kind, const char *word, int64_t row)
{
    struct numbers rows;
    bool found = false;
    failure_clear(&f.failure);
    int result =
        records_search(f.records, f.index_keys[kind_compartment(kind)], word, 1000, &rows, &f.failure);
    cr_assert(result == VAULT_OK || result == VAULT_EINPUT, "%s: %s", word, f.failure.text);
    for (size_t i = 0; i < rows.count; i++) {
        struct record_head head;
        if (i > 0)
            cr_assert_lt(rows.items[i - 1], rows.items[i]);
        if (rows.items[i] != (uint64_t)row)
            continue;
        cr_assert_eq(records_head(f.records, f.everything, row, &head, NULL), VAULT_OK);
        json_t *names = records_matches(&head, word);
        found = json_array_size(names) > 0;
        json_decref(names);
        record_head_free(&head);
    }
    numbers_free(&rows);
    return found;
}

#define INVOICE \
    "{'no':'24112000000000077123','code':'011002400111','direction':'in','gross':'1234.50','seller':{'name'" \
    ":" \
    "'上海衡信（集团）有限公司ABC分部','tax_id':'91310000MA1K35UM6X'},'buyer':{'name':'Müller & Söhne " \
    "GmbH'}}"

Test(records_search, finds_what_people_type)
{
    static const char *const hits[] = {"上海", "衡信", "衡信（集团）", "衡信(集团)", "集团）有限公司",
        "上海衡信", "公司ABC", "ABC", "abc分部", "ＡＢＣ", "24112000000000077123",
        "２４１１２００００００００００７７１２３", "91310000MA1K35UM6X", "91310000ma1k35um6x", "Müller",
        "muller", "MULLER SÖHNE", "sohne gmbh", "上海 GmbH", "011002400111", "1234.50", "1,234.5", "1234.5",
        "衡信 77123 上海 91310000MA1K35UM6X"};
    static const char *const misses[] = {"北京", "海上", "衡信分部", "24112000000000077124", "mull",
        "1234.51", "上海 北京", "91310000MA1K35UM6"};
    cr_assert_eq(fixture_put_text(&f, 1, KIND_INVOICE, INVOICE, NULL), VAULT_OK);
    for (size_t i = 0; i + 1 < sizeof hits / sizeof hits[0]; i++)
        cr_expect(finds(KIND_INVOICE, hits[i], 1), "%s", hits[i]);
    for (size_t i = 0; i < sizeof misses / sizeof misses[0]; i++)
        cr_expect_not(finds(KIND_INVOICE, misses[i], 1), "%s", misses[i]);
    cr_expect_not(finds(KIND_VOUCHER, "上海", 1), "another compartment's key");
}

Test(records_search, finds_numbers_with_and_without_their_signs)
{
    cr_assert_eq(
        fixture_put_text(&f, 1, KIND_VOUCHER,
            "{'type':'记','no':'12','date':'2024-05-01','lines':[{'summary':'2024年5月房租','document':"
            "'INV-2024/7'},{'summary':'水电'}]}",
            NULL),
        VAULT_OK);
    static const char *const hits[] = {"记-12", "记12", "INV-2024/7", "inv20247", "5月", "2024年", "年5月",
        "房租", "月房租", "水电", "房租 水电"};
    for (size_t i = 0; i < sizeof hits / sizeof hits[0]; i++)
        cr_expect(finds(KIND_VOUCHER, hits[i], 1), "%s", hits[i]);
    cr_expect_not(finds(KIND_VOUCHER, "租水", 1), "two lines are not one text");
}

Test(records_search, says_when_a_word_is_too_short)
{
    struct numbers rows;
    static const char *const words[] = {"", " ", "张", "a", "　张　", "--", "…"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_expect_eq(records_search(f.records, f.index_keys[1], words[i], 10, &rows, NULL), VAULT_EINPUT,
            "%s", words[i]);
}

Test(records_search, an_exact_number_is_not_crowded_out)
{
    struct numbers rows;
    char fields[96];
    for (int i = 0; i < 60; i++) {
        (void)snprintf(fields, sizeof fields, "{'no':'FT 2024/%d','service':'FT 2024'}", i);
        cr_assert_eq(fixture_put_text(&f, 1, KIND_CONTRACT, fields, NULL), VAULT_OK);
    }
    cr_assert_eq(
        records_search(f.records, f.index_keys[COMPARTMENT_DOCUMENTS], "FT 2024/59", 10, &rows, NULL),
        VAULT_OK);
    cr_assert_leq(rows.count, 10);
    cr_assert_eq(rows.items[rows.count - 1], 60);
    numbers_free(&rows);
}

Test(records_search, clients_are_found_by_their_cards)
{
    struct numbers rows;
    struct client_card card = {
        .client_no = "C000123", .name = "成都恒通物流有限公司", .tax_id = "91510100MA6CKY3XXJ"};
    const struct secret *key = f.index_keys[COMPARTMENT_DIRECTORY];
    cr_assert_eq(store_begin(f.store, NULL), VAULT_OK);
    cr_assert_eq(card_index(key, &card, 2, f.postings, NULL), VAULT_OK);
    cr_assert_eq(postings_flush(f.postings, NULL), VAULT_OK);
    cr_assert_eq(store_commit(f.store, NULL), VAULT_OK);
    static const char *const words[] = {"恒通", "c000123", "91510100MA6CKY3XXJ", "物流有限"};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(records_search(f.records, key, words[i], 10, &rows, NULL), VAULT_OK);
        cr_assert_eq(rows.count, 1, "%s", words[i]);
        cr_assert_eq(rows.items[0], 2 | CARD_NUMBER);
        numbers_free(&rows);
    }
}

Test(records_search, cards_open_in_their_place_alone)
{
    struct client_card card = {.client_no = "C1", .name = "甲公司", .tax_id = NULL, .status = "active"};
    const struct secret *key = f.index_keys[COMPARTMENT_DIRECTORY];
    struct buffer sealed = {0};
    json_t *open;
    cr_assert_eq(card_seal(key, &f.vault, &f.client_ids[1], 1, &card, &sealed), VAULT_OK);
    cr_assert_eq(card_open(key, &f.vault, &f.client_ids[1], 1, buffer_bytes(&sealed), &open), VAULT_OK);
    cr_assert_str_eq(json_text(open, "name"), "甲公司");
    cr_assert_null(json_object_get(open, "tax_id"));
    json_decref(open);
    cr_assert_eq(card_open(key, &f.vault, &f.client_ids[2], 1, buffer_bytes(&sealed), &open), VAULT_EFORGED);
    cr_assert_eq(card_open(key, &f.vault, &f.client_ids[1], 2, buffer_bytes(&sealed), &open), VAULT_EFORGED);
    cr_assert_null(open);
    buffer_free(&sealed);
    uint8_t a[16];
    uint8_t b[16];
    card_exact_token(key, "number", " c-001", a);
    card_exact_token(key, "number", "Ｃ-001", b);
    cr_assert_arr_eq(a, b, 16);
    card_exact_token(key, "tax", "C-001", b);
    cr_assert_neq(memcmp(a, b, 16), 0);
}

/* --- No false negatives: random names, random pieces of them --- */

static uint32_t state = 12345;

static uint32_t random_below(uint32_t limit)
{
    state = state * 1664525 + 1013904223;
    return (state >> 8) % limit;
}

static void random_name(struct buffer *out)
{
    static const char *const pieces[] = {"上海", "北京", "科技", "有限公司", "（", "）", "贸易", "ABC",
        "Tech ", "2024", "年", "５", "月", "·", "é", "李", "张", "-", "集团", "Co., Ltd.", " ", "股份", "x"};
    for (uint32_t count = 2 + random_below(8); count > 0; count--)
        buffer_put_text(out, pieces[random_below(sizeof pieces / sizeof pieces[0])]);
}

static bool is_letter(uint32_t c)
{
    return is_word(fold(c)) && !is_han(c);
}

/* A piece of a text that does not cut a word in two; empty if the dice fall so. */
static void random_piece(struct bytes text, struct buffer *out)
{
    uint32_t points[256];
    size_t count = 0;
    while (text.size > 0 && count < 256)
        points[count++] = utf8_next(&text);
    size_t from = random_below((uint32_t)count);
    size_t to = from + 2 + random_below(6);
    to = to > count ? count : to;
    while (from > 0 && is_letter(points[from - 1]) && is_letter(points[from]))
        from--;
    while (to < count && is_letter(points[to - 1]) && is_letter(points[to]))
        to++;
    for (size_t i = from; i < to; i++)
        utf8_put(points[i], out);
}

/* Pieces with nothing but single characters between blanks cannot be searched for. */
static bool is_searchable(struct bytes text)
{
    uint32_t last = ' ';
    while (text.size > 0) {
        uint32_t c = fold(utf8_next(&text));
        if (is_word(c) && is_word(last))
            return true;
        last = c;
    }
    return false;
}

Test(records_search, finds_every_piece_of_generated_names)
{
    enum { NAMES = 120 };
    struct buffer names[NAMES + 1] = {{0}};
    int tried = 0;
    for (int i = 1; i <= NAMES; i++) {
        struct draft draft = {.kind = KIND_PARTY, .fields = json_object()};
        char no[16];
        random_name(&names[i]);
        (void)snprintf(no, sizeof no, "%d", i);
        json_object_set_new(draft.fields, "party_no", json_string(no));
        json_object_set_new(draft.fields, "name", json_string(buffer_text(&names[i])));
        cr_assert_eq(fixture_put(&f, 1, &draft, NULL), VAULT_OK, "%s", f.failure.text);
        draft_reset(&draft);
    }
    for (int i = 1; i <= NAMES; i++) {
        for (int j = 0; j < 10; j++) {
            struct buffer piece = {0};
            random_piece(buffer_bytes(&names[i]), &piece);
            if (is_searchable(buffer_bytes(&piece))) {
                cr_expect(finds(KIND_PARTY, buffer_text(&piece), i), "'%s' of '%s'", buffer_text(&piece),
                    buffer_text(&names[i]));
                tried++;
            }
            buffer_free(&piece);
        }
    }
    cr_assert_gt(tried, 600);
    for (int i = 1; i <= NAMES; i++)
        buffer_free(&names[i]);
}
