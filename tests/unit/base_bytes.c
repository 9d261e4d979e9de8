#include <criterion/criterion.h>
#include <string.h>

#include "vault/base/bytes.h"
#include "vault/base/ulid.h"

Test(buffer, grows_and_keeps_what_was_put)
{
    struct buffer buffer = {0};
    for (unsigned i = 0; i < 10000; i++)
        buffer_put_u16(&buffer, (uint16_t)i);
    cr_assert_eq(buffer_error(&buffer), VAULT_OK);
    struct reader reader = reader_of(buffer_bytes(&buffer));
    for (unsigned i = 0; i < 10000; i++)
        cr_assert_eq(reader_u16(&reader), (uint16_t)i);
    cr_assert_eq(reader_end(&reader), VAULT_OK);
    buffer_free(&buffer);
}

Test(buffer, remembers_its_first_failure)
{
    struct buffer buffer = {0};
    cr_assert_null(buffer_grow(&buffer, BUFFER_MAX + 1));
    buffer_put_text(&buffer, "x");
    cr_assert_eq(buffer_error(&buffer), VAULT_ELIMIT);
    cr_assert_eq(buffer.size, 0);
    buffer_free(&buffer);
}

Test(reader, reads_nothing_beyond_the_end_and_says_so)
{
    struct reader reader = reader_of(bytes_of("\x01\x02\x03", 3));
    cr_assert_eq(reader_u32(&reader), 0);
    cr_assert_eq(reader_u8(&reader), 0);
    cr_assert_eq(reader_end(&reader), VAULT_EDAMAGED);
    reader = reader_of(bytes_of("\x01\x02\x03", 3));
    cr_assert_eq(reader_u16(&reader), 0x0102);
    cr_assert_eq(reader_end(&reader), VAULT_EDAMAGED, "a byte is left");
}

Test(varint, all_lengths_and_none_that_never_ends)
{
    for (unsigned shift = 0; shift < 64; shift++) {
        struct buffer buffer = {0};
        uint64_t value = (UINT64_C(1) << shift) | 1;
        buffer_put_varint(&buffer, value);
        struct reader reader = reader_of(buffer_bytes(&buffer));
        cr_assert_eq(reader_varint(&reader), value);
        cr_assert_eq(reader_end(&reader), VAULT_OK);
        buffer_free(&buffer);
    }
    struct reader endless = reader_of(bytes_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12));
    (void)reader_varint(&endless);
    cr_assert_eq(reader_end(&endless), VAULT_EDAMAGED);
}

Test(base64, vectors_of_rfc_4648)
{
    static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < 7; i++) {
        struct buffer text = {0}, plain = {0};
        base64_encode(bytes_of_text(pairs[i][0]), &text);
        cr_assert(bytes_equal(buffer_bytes(&text), bytes_of_text(pairs[i][1])));
        cr_assert_eq(base64_decode(buffer_bytes(&text), &plain), VAULT_OK);
        cr_assert(bytes_equal(buffer_bytes(&plain), bytes_of_text(pairs[i][0])));
        buffer_free(&text);
        buffer_free(&plain);
    }
}

Test(base64, refuses_what_is_not_canonical)
{
    static const char *const bad[] = {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm-v", "Zm 9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buffer plain = {0};
        buffer_put_text(&plain, "kept");
        cr_assert_eq(base64_decode(bytes_of_text(bad[i]), &plain), VAULT_EINPUT, "%s", bad[i]);
        cr_assert_eq(plain.size, 4);
        buffer_free(&plain);
    }
}

Test(hex, both_ways)
{
    uint8_t data[3];
    char text[7];
    cr_assert(hex_decode("00aBfF", 6, data, 3));
    hex_encode(bytes_of(data, 3), text);
    cr_assert_str_eq(text, "00abff");
    cr_assert(!hex_decode("00aBf", 5, data, 3));
    cr_assert(!hex_decode("00aBfg", 6, data, 3));
}

Test(ulid, text_and_back_in_both_cases)
{
    static const uint8_t random[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 255};
    struct ulid ulid = ulid_make(INT64_C(1700000000000), random), again;
    char text[ULID_TEXT_SIZE];
    ulid_format(&ulid, text);
    cr_assert_eq(strlen(text), 26);
    cr_assert(ulid_parse(bytes_of_text(text), &again) && ulid_equal(&ulid, &again));
    for (char *c = text; *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    cr_assert(ulid_parse(bytes_of_text(text), &again) && ulid_equal(&ulid, &again));
}

Test(ulid, the_example_of_the_specification_and_what_is_none)
{
    struct ulid ulid;
    char text[ULID_TEXT_SIZE];
    cr_assert(ulid_parse(bytes_of_text("01ARZ3NDEKTSV4RRFFQ69G5FAV"), &ulid));
    ulid_format(&ulid, text);
    cr_assert_str_eq(text, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    cr_assert(!ulid_parse(bytes_of_text("81ARZ3NDEKTSV4RRFFQ69G5FAV"), &ulid), "more than 128 bits");
    cr_assert(!ulid_parse(bytes_of_text("01ARZ3NDEKTSV4RRFFQ69G5FA"), &ulid));
    cr_assert(!ulid_parse(bytes_of_text("01ARZ3NDEKTSV4RRFFQ69G5FAU"), &ulid), "U is no digit");
}
