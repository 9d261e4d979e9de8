#include <criterion/criterion.h>
#include <string.h>

#include "vault/base/json.h"

static void written(const char *text, const char *wanted)
{
    json_t *value = NULL;
    struct buffer out = {0};
    cr_assert_eq(json_read(bytes_of_text(text), &value, NULL), VAULT_OK, "%s", text);
    cr_assert_eq(json_write_canonical(value, &out), VAULT_OK);
    cr_assert(bytes_equal(buffer_bytes(&out), bytes_of_text(wanted)), "%s -> %s", text, buffer_text(&out));
    cr_assert(json_is_canonical(buffer_bytes(&out)));
    buffer_free(&out);
    json_decref(value);
}

Test(json_write_canonical, follows_rfc_8785)
{
    written("{ \"b\" : 1, \"a\" : [ true, false, -7 ] }", "{\"a\":[true,false,-7],\"b\":1}");
    written("\"\\u0000\\u001f\\n\\\"\\\\\\/\\u00e9\"", "\"\\u0000\\u001f\\n\\\"\\\\/\xc3\xa9\"");
    written("9007199254740991", "9007199254740991");
    written("{}", "{}");
    written("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]");
}

Test(json_write_canonical, sorts_by_utf16_code_units)
{
    /* The member names of RFC 8785, section 3.2.3: U+1F600 (a surrogate pair) sorts before U+FB33. */
    written("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}",
        "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
}

Test(json_write_canonical, refuses_what_evidence_cannot_hold)
{
    static const char *const bad[] = {"1.5", "null", "[null]", "9007199254740992", "-9007199254740992",
        "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *value = NULL;
        struct buffer out = {0};
        buffer_put_text(&out, "kept");
        cr_assert_eq(json_read(bytes_of_text(bad[i]), &value, NULL), VAULT_OK);
        cr_assert_eq(json_write_canonical(value, &out), VAULT_EINPUT, "%s", bad[i]);
        cr_assert_eq(out.size, 4);
        buffer_free(&out);
        json_decref(value);
    }
}

Test(json_read, refuses_duplicates_rests_and_depth)
{
    static const char *const bad[] = {"", "{\"a\":1,\"a\":2}", "1 2", "{", "\"\xff\"", "[1,]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct failure failure = {0};
        json_t *value = NULL;
        cr_assert_eq(json_read(bytes_of_text(bad[i]), &value, &failure), VAULT_EINPUT, "%s", bad[i]);
        cr_assert_null(value);
        cr_assert_neq(failure.text[0], '\0');
    }
    struct buffer deep = {0};
    json_t *value = NULL;
    for (int i = 0; i < 100000; i++)
        buffer_put_u8(&deep, '[');
    cr_assert_eq(json_read(buffer_bytes(&deep), &value, NULL), VAULT_EINPUT);
    buffer_free(&deep);
}

Test(json_is_canonical, knows_the_difference)
{
    cr_assert(json_is_canonical(bytes_of_text("{\"a\":1}")));
    cr_assert(!json_is_canonical(bytes_of_text("{\"a\": 1}")));
    cr_assert(!json_is_canonical(bytes_of_text("{\"b\":1,\"a\":1}")));
    cr_assert(!json_is_canonical(bytes_of_text("\"\\u0041\"")));
}

/* What an allocation of jansson's or of a buffer leaves behind that failed. */
Test(json_lists, compares_texts_and_passes_over_the_rest)
{
    json_t *list = json_pack("[s,i,n,s]", "bank", 7, "tax");
    cr_expect(json_lists(list, "bank"));
    cr_expect(json_lists(list, "tax"));
    cr_expect_not(json_lists(list, "ta"));
    cr_expect_not(json_lists(list, "7"));
    cr_expect_not(json_lists(list, NULL));
    cr_expect_not(json_lists(NULL, "tax"));
    json_decref(list);
}

Test(memory_error, keeps_incomplete_values_from_being_written)
{
    struct buffer out = {0};
    json_t *value = json_pack("{s:s}", "kept", "as it is");
    buffer_put_text(&out, "kept");
    memory_failed();
    cr_assert_eq(memory_error(), VAULT_ENOMEM);
    cr_assert_eq(json_write_canonical(value, &out), VAULT_ENOMEM);
    cr_assert_eq(out.size, 4);
    memory_reset();
    cr_assert_eq(memory_error(), VAULT_OK);
    cr_assert_eq(json_write_canonical(value, &out), VAULT_OK);
    cr_assert_str_eq(buffer_text(&out), "kept{\"kept\":\"as it is\"}");
    buffer_free(&out);
    json_decref(value);
}

/* What jansson allocates with is ours, and remembers. */
Test(memory_error, is_said_by_the_allocator_of_values)
{
    json_malloc_t allocate;
    json_free_t release;
    json_get_alloc_funcs(&allocate, &release);
    void *little = allocate(16);
    cr_assert_not_null(little);
    cr_assert_eq(memory_error(), VAULT_OK);
    release(little);
    cr_assert_null(allocate(SIZE_MAX / 2));
    cr_assert_eq(memory_error(), VAULT_ENOMEM);
    memory_reset();
}

Test(memory_error, outlasts_a_reading_that_succeeds)
{
    json_t *value = NULL;
    memory_failed();
    cr_assert_eq(json_read(bytes_of_text("{}"), &value, NULL), VAULT_OK);
    cr_assert_eq(memory_error(), VAULT_ENOMEM);
    json_decref(value);
    memory_reset();
}

Test(memory_excuses, damage_alone_and_where_memory_failed)
{
    struct failure failure = {0};
    cr_assert_eq(failure_set(&failure, VAULT_EFORGED, "forged"), VAULT_EFORGED);
    cr_assert_eq(memory_excuses(VAULT_EFORGED, &failure), VAULT_EFORGED);
    cr_assert_str_eq(failure.text, "forged");
    memory_failed();
    cr_assert_eq(memory_excuses(VAULT_OK, &failure), VAULT_OK);
    cr_assert_eq(memory_excuses(VAULT_EDENIED, &failure), VAULT_EDENIED);
    cr_assert_str_eq(failure.text, "forged");
    cr_assert_eq(memory_excuses(VAULT_EFORGED, &failure), VAULT_ENOMEM);
    cr_assert_eq(failure.error, VAULT_ENOMEM);
    cr_assert_null(strstr(failure.text, "forged"));
    cr_assert_eq(memory_excuses(VAULT_EDAMAGED, NULL), VAULT_ENOMEM);
    memory_reset();
}

Test(json_base64, encodes_with_padding)
{
    json_t *value = json_base64(bytes_of("\0\1\2\3", 4));
    cr_assert_str_eq(json_string_value(value), "AAECAw==");
    json_decref(value);
}

Test(json_of_buffer, gives_nothing_of_a_failed_buffer)
{
    struct buffer buffer = {0};
    json_t *value = json_of_buffer(&buffer);
    cr_assert_str_eq(json_string_value(value), "");
    json_decref(value);
    buffer_put_text(&buffer, "part");
    buffer.error = VAULT_ENOMEM;
    cr_assert_null(json_of_buffer(&buffer));
    buffer_free(&buffer);
}

static void cut(const char *text, const char *wanted)
{
    json_t *value = json_cut_text(text);
    cr_assert_str_eq(json_string_value(value), wanted);
    json_decref(value);
}

Test(json_cut_text, drops_half_a_character_and_replaces_what_is_none)
{
    cr_assert_null(json_cut_text(NULL));
    cut("", "");
    cut("plain", "plain");
    cut("\xe8\x99\x9a", "\xe8\x99\x9a");
    cut("a\xe8\x99", "a");
    cut("a\xe8", "a");
    cut("a\xf0\x9f\x98", "a");
    cut("\xc3", "");
    cut("'\xe8\x99' then", "'\xef\xbf\xbd\xef\xbf\xbd' then");
    cut("\xff", "\xef\xbf\xbd");
    cut("\x99", "\xef\xbf\xbd");
}
