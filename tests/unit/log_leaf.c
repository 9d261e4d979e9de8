/* Canonical JSON without allocating, against base/json; leaves; drafts. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/log_fixture.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/leaf.h"
#include "vault/log/draft.h"

static const char *const canonical[] = {"{}", "[]", "\"\"", "0", "-1", "9007199254740991",
    "-9007199254740991", "true", "false", "{\"a\":1,\"b\":2}", "{\"a\":{\"b\":[1,\"x\",true]},\"aa\":0}",
    "\"\\b\\t\\n\\f\\r\\\"\\\\\\u0000\\u001f\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
    "{\"\\r\":1,\"1\":2,\"\xc2\x80\":3}", "{\"\xf0\x9f\x98\x80\":1,\"\xef\xac\xb3\":2}", "\"\x7f/\"",
    "{\"\":1,\"\\u0001\":2}", "[\"a much longer plain text\"]"};

static const char *const not_canonical[] = {"", " ", "{", "}", "{} ", " {}", "[1,]", "[,1]", "{\"a\":1,}",
    "{\"a\" :1}", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":2}", "{\"\\u0061\":1}", "\"\\/\"", "\"\\u000a\"",
    "\"\\u001F\"", "\"\\u0041\"", "\"\\x\"", "\"\\u00\"", "\"a", "\"\x01\"", "\"\xff\"", "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe0\x9f\xbf\"", "\"\xf0\x8f\xbf\xbf\"", "\"\xc3\"",
    "\"\xe2\x82\"", "01", "-0", "-", "1.0", "1e3", "9007199254740992", "-9007199254740992",
    "99999999999999999999", "null", "nul", "tru", "truefalse", "[1 ,2]", "1,2",
    "{\"\xef\xac\xb3\":1,\"\xf0\x9f\x98\x80\":2}", "{\"\\u0000\":1}", "{1:2}", "[1}", "{\"a\"}", "{\"a\":}"};

Test(log_leaf, canonical_texts)
{
    for (size_t i = 0; i < sizeof canonical / sizeof canonical[0]; i++) {
        cr_expect(canonical_check(bytes_of_text(canonical[i])), "%s", canonical[i]);
        cr_expect(json_is_canonical(bytes_of_text(canonical[i])), "%s", canonical[i]);
    }
    for (size_t i = 0; i < sizeof not_canonical / sizeof not_canonical[0]; i++) {
        cr_expect_not(canonical_check(bytes_of_text(not_canonical[i])), "%s", not_canonical[i]);
        cr_expect_not(json_is_canonical(bytes_of_text(not_canonical[i])), "%s", not_canonical[i]);
    }
}

Test(log_leaf, nesting_of_sixteen_levels)
{
    char text[64];
    memset(text, '[', 17);
    memset(text + 17, ']', 17);
    cr_assert(canonical_check(bytes_of(text + 1, 32)));
    cr_assert_not(canonical_check(bytes_of(text, 34)));
}

/* Every one-byte change of a text, judged by both readers alike. */
Test(log_leaf, both_readers_agree_on_every_small_change)
{
    char text[] =
        "{\"a\":[1,-20,{}],\"\\u0001\xc3\xa9\":\"x\\n\xf0\x9f\x98\x80\",\"\xef\xac\xb3\":true,\"z\":0}";
    size_t size = sizeof text - 1;
    for (size_t i = 0; i < size; i++) {
        char kept = text[i];
        for (int byte = 0; byte < 256; byte++) {
            text[i] = (char)byte;
            struct bytes changed = bytes_of(text, size);
            cr_assert_eq(canonical_check(changed), json_is_canonical(changed), "byte %zu is %02x", i, byte);
        }
        text[i] = kept;
    }
}

static void draft_and_complete(const struct fixture *fixture, struct buffer *leaf)
{
    struct leaf_draft draft;
    struct buffer scratch = {0};
    struct log_event event = fixture_event(fixture);
    cr_assert_eq(leaf_draft(&event, &draft, NULL), VAULT_OK);
    cr_assert_eq(
        leaf_complete(&draft, 17, 1700000000123, fixture->person, fixture->keys.origin, &scratch, leaf),
        VAULT_OK);
    leaf_draft_free(&draft);
    buffer_free(&scratch);
}

Test(log_leaf, a_completed_leaf_says_and_signs_what_it_should)
{
    struct fixture fixture;
    struct buffer text = {0};
    struct buffer message = {0};
    struct buffer signature = {0};
    struct leaf leaf;
    fixture_start_empty(&fixture);
    draft_and_complete(&fixture, &text);
    const char *wrong = leaf_read(buffer_bytes(&text), &leaf);
    cr_assert_null(wrong, "%s %s", wrong, buffer_text(&text));
    cr_assert(json_is_canonical(buffer_bytes(&text)));
    cr_assert_eq(leaf.seq, 17);
    cr_assert_eq(leaf.time, 1700000000123);
    cr_assert(bytes_equal(leaf.event, bytes_of_text("record.read")));
    cr_assert(bytes_equal(leaf.actor_id, bytes_of_text("u-7")));
    cr_assert(bytes_equal(leaf.subject, bytes_of_text("c-3")));
    cr_assert_not(leaf_is_system(&leaf));

    /* The signed message, made the long way. */
    json_t *value = NULL;
    struct buffer wanted = {0};
    cr_assert_eq(json_read(buffer_bytes(&text), &value, NULL), VAULT_OK);
    cr_assert_eq(json_object_del(value, "sig"), 0);
    buffer_put_format(&wanted, "strongroom-event/v1\n%s\n", fixture.keys.origin);
    cr_assert_eq(json_write_canonical(value, &wanted), VAULT_OK);
    leaf_signed_message(&leaf, fixture.keys.origin, &message);
    cr_assert(bytes_equal(buffer_bytes(&wanted), buffer_bytes(&message)));
    cr_assert_eq(base64_decode(leaf.sig, &signature), VAULT_OK);
    cr_assert_eq(
        sign_verify(sign_key_public(fixture.person), buffer_bytes(&message), buffer_bytes(&signature)),
        VAULT_OK);
    json_decref(value);
    buffer_free(&wanted);
    buffer_free(&message);
    buffer_free(&signature);
    buffer_free(&text);
    fixture_end(&fixture);
}

static const char *const wrong_members[] = {"[]", "{}", "{\"actor\":{\"id\":\"\"}}",
    "{\"actor\":{\"id\":\"u\"},\"resources\":[]}",
    "{\"actor\":{\"id\":\"u\"},\"decision\":{\"effect\":\"permit\"}}",
    "{\"actor\":{\"id\":\"u\"},\"decision\":{\"effect\":\"maybe\"},\"resources\":[]}",
    "{\"actor\":{\"id\":\"u\"},\"decision\":{\"effect\":\"deny\"},\"resources\":[{\"id\":\"x\"}]}",
    "{\"actor\":{\"id\":\"u\"},\"decision\":{\"effect\":\"deny\"},\"resources\":[],\"seq\":1}",
    "{\"actor\":{\"id\":\"u\"},\"decision\":{\"effect\":\"deny\"},\"resources\":[],\"sig\":\"x\"}",
    "{\"actor\":{\"id\":\"u\"},\"decision\":{\"effect\":\"deny\"},\"resources\":[],\"v\":1}",
    "{\"actor\":{\"id\":\"u\"},\"decision\":{\"effect\":\"deny\"},\"resources\":[],\"x\":1.5}",
    "{\"actor\":{\"id\":\"u\"},\"decision\":{\"effect\":\"deny\"},\"resources\":[],\"x\":null}",
    "{\"actor\":{\"id\":\"u\",\"type\":\"system\"},\"decision\":{\"effect\":\"deny\"},\"resources\":[]}"};

Test(log_leaf, refuses_members_that_no_leaf_may_have)
{
    struct fixture fixture;
    fixture_start_empty(&fixture);
    for (size_t i = 0; i < sizeof wrong_members / sizeof wrong_members[0]; i++) {
        struct leaf_draft draft;
        json_t *members = NULL;
        cr_assert_eq(json_read(bytes_of_text(wrong_members[i]), &members, NULL), VAULT_OK);
        struct log_event event = {"record.read", members, fixture.person};
        failure_clear(&fixture.failure);
        cr_assert_eq(leaf_draft(&event, &draft, &fixture.failure), VAULT_EINPUT, "%s", wrong_members[i]);
        cr_assert_neq(fixture.failure.text[0], '\0');
        cr_assert_eq(draft.text.data, NULL);
        json_decref(members);
    }
    struct leaf_draft draft;
    struct log_event unsigned_event = {"record.read", fixture.members, NULL};
    cr_assert_eq(leaf_draft(&unsigned_event, &draft, NULL), VAULT_EINPUT);
    struct log_event nameless = {"", fixture.members, fixture.person};
    cr_assert_eq(leaf_draft(&nameless, &draft, NULL), VAULT_EINPUT);
    fixture_end(&fixture);
}

Test(log_leaf, own_members_find_their_place_among_strange_names)
{
    struct fixture fixture;
    struct buffer text = {0};
    struct leaf leaf;
    fixture_start_empty(&fixture);
    const char *names[] = {"", "\"", "\\", "\n", "A", "e", "even", "events", "i", "s\"q", "se", "seqq", "si",
        "sigg", "tim", "timf", "u", "vv", "z", "\xc3\xa9", "\xef\xac\xb3", "\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_assert_eq(json_object_set_new(fixture.members, names[i], json_integer((json_int_t)i)), 0);
    draft_and_complete(&fixture, &text);
    const char *wrong = leaf_read(buffer_bytes(&text), &leaf);
    cr_assert_null(wrong, "%s: %s", wrong, buffer_text(&text));
    cr_assert(json_is_canonical(buffer_bytes(&text)));
    buffer_free(&text);
    fixture_end(&fixture);
}

Test(log_leaf, a_leaf_of_exactly_the_limit_fits_and_no_more)
{
    struct fixture fixture;
    struct leaf_draft draft;
    static char filler[LEAF_SIZE_MAX + 1];
    fixture_start_empty(&fixture);
    struct log_event event = fixture_event(&fixture);
    size_t fits = 0;
    for (size_t size = LEAF_SIZE_MAX - 700; size < LEAF_SIZE_MAX; size++) {
        memset(filler, 'x', size);
        filler[size] = '\0';
        cr_assert_eq(json_object_set_new(fixture.members, "note", json_string(filler)), 0);
        if (leaf_draft(&event, &draft, NULL) != VAULT_OK)
            break;
        fits = size;
        leaf_draft_free(&draft);
    }
    cr_assert_gt(fits, LEAF_SIZE_MAX - 700);
    cr_assert_lt(fits, LEAF_SIZE_MAX - 300);
    fixture_end(&fixture);
}

Test(log_leaf, finding_in_a_checked_object)
{
    struct bytes value;
    struct bytes rest;
    struct bytes text = bytes_of_text("{\"a\":\"x\\\"}\",\"b\":[{\"c\":1},[2],\"]\"],\"d\":{}}");
    cr_assert(canonical_check(text));
    cr_assert(canonical_find(text, "a", &value));
    cr_assert(bytes_equal(canonical_string(value), bytes_of_text("x\\\"}")));
    cr_assert(canonical_find(text, "b", &rest));
    const char *elements[] = {"{\"c\":1}", "[2]", "\"]\""};
    for (size_t i = 0; i < 3; i++) {
        cr_assert(canonical_element(&rest, &value));
        cr_assert(bytes_equal(value, bytes_of_text(elements[i])));
    }
    cr_assert_not(canonical_element(&rest, &value));
    cr_assert(canonical_find(text, "d", &value));
    cr_assert_not(canonical_find(text, "c", &value));
    cr_assert_not(canonical_find(bytes_of_text("[]"), "c", &value));
}
