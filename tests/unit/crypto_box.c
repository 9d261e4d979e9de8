#include <criterion/criterion.h>
#include <string.h>

#include "vault/crypto/box.h"
#include "vault/crypto/hash.h"
#include "vault/crypto/sign.h"
#include "vault/crypto/sm3.h"

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
}

TestSuite(box, .init = start);
TestSuite(sign, .init = start);
TestSuite(hash, .init = start);

static const struct bytes here = {(const uint8_t *)"role 1", 6};
static const struct bytes there = {(const uint8_t *)"role 2", 6};

Test(box, opens_for_its_holder_at_its_place)
{
    struct box_key *holder = box_key_new(), *other = box_key_new();
    struct secret *inner = secret_random(KEY_SIZE), *opened = NULL;
    struct buffer boxed = {0};
    cr_assert_eq(box_seal_secret(box_key_public(holder), here, inner, &boxed), VAULT_OK);
    cr_assert_eq(box_open_secret(holder, here, buffer_bytes(&boxed), &opened), VAULT_OK);
    cr_assert(secret_equal(inner, opened));
    secret_free(opened);
    cr_assert_eq(box_open_secret(holder, there, buffer_bytes(&boxed), &opened), VAULT_EFORGED);
    cr_assert_null(opened);
    cr_assert_eq(box_open_secret(other, here, buffer_bytes(&boxed), &opened), VAULT_EFORGED);
    for (size_t i = 0; i < boxed.size; i++) {
        boxed.data[i] ^= 0x40;
        cr_assert_eq(box_open_secret(holder, here, buffer_bytes(&boxed), &opened), VAULT_EFORGED);
        boxed.data[i] ^= 0x40;
    }
    buffer_free(&boxed);
    secret_free(inner);
    box_key_free(holder);
    box_key_free(other);
}

Test(box, a_pair_comes_back_from_its_secret_half)
{
    struct box_key *pair = box_key_new();
    struct box_key *again = box_key_from_secret(box_key_secret(pair));
    cr_assert(bytes_equal(box_key_public(pair), box_key_public(again)));
    box_key_free(pair);
    box_key_free(again);
}

Test(sign, verifies_only_what_was_signed)
{
    struct secret *seed = secret_random(KEY_SIZE);
    struct sign_key *key = sign_key_from_seed(seed);
    uint8_t signature[SIGNATURE_SIZE];
    struct bytes message = bytes_of_text("event"), other = bytes_of_text("evenT");
    sign(key, message, signature);
    cr_assert_eq(sign_verify(sign_key_public(key), message, bytes_of(signature, sizeof signature)), VAULT_OK);
    cr_assert_eq(sign_verify(sign_key_public(key), other, bytes_of(signature, sizeof signature)), VAULT_EFORGED);
    cr_assert_eq(sign_verify(sign_key_public(key), message, bytes_of(signature, 63)), VAULT_EFORGED);
    signature[3] ^= 1;
    cr_assert_eq(sign_verify(sign_key_public(key), message, bytes_of(signature, sizeof signature)), VAULT_EFORGED);
    sign_key_free(key);
    secret_free(seed);
}

Test(sign, vector_of_rfc_8032_test_2)
{
    static const char seed_hex[] = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    static const char public_hex[] = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    static const char signature_hex[] = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    uint8_t seed[32], wanted[64], signature[SIGNATURE_SIZE];
    cr_assert(hex_decode(seed_hex, 64, seed, 32));
    cr_assert(hex_decode(public_hex, 64, wanted, 32));
    struct secret *secret = secret_copy(bytes_of(seed, 32));
    struct sign_key *key = sign_key_from_seed(secret);
    cr_assert(bytes_equal(sign_key_public(key), bytes_of(wanted, 32)));
    sign(key, bytes_of("\x72", 1), signature);
    cr_assert(hex_decode(signature_hex, 128, wanted, 64));
    cr_assert_arr_eq(signature, wanted, 64);
    sign_key_free(key);
    secret_free(secret);
}

Test(hash, sha256_of_abc_at_once_and_in_parts)
{
    static const char wanted[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct hash hash;
    char hex[65];
    hash_sha256(bytes_of_text("abc"), &hash);
    hex_encode(hash_bytes(&hash), hex);
    cr_assert_str_eq(hex, wanted);
    struct hasher *hasher = hasher_new();
    for (int i = 0; i < 2; i++) {
        hasher_start(hasher);
        hasher_add(hasher, bytes_of_text("a"));
        hasher_add(hasher, bytes_of_text("bc"));
        hasher_finish(hasher, &hash);
        hex_encode(hash_bytes(&hash), hex);
        cr_assert_str_eq(hex, wanted);
    }
    hasher_free(hasher);
}

/* The examples of GB/T 32905-2016, annex A; the empty text as other programs have it. */
Test(hash, sm3_of_the_standards_examples)
{
    static const char abcd[] = "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd";
    static const struct {
        const char *text;
        const char *wanted;
    } rows[] = {
        {"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
        {abcd, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
        {"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"},
    };
    struct hash hash;
    char hex[65];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(hash_sm3(bytes_of_text(rows[i].text), &hash), VAULT_OK);
        hex_encode(hash_bytes(&hash), hex);
        cr_assert_str_eq(hex, rows[i].wanted);
    }
    cr_assert_eq(hash_sm3(bytes_of(NULL, 0), &hash), VAULT_OK);
    hex_encode(hash_bytes(&hash), hex);
    cr_assert_str_eq(hex, rows[2].wanted);
}

Test(hash, tokens_need_key_label_and_message)
{
    struct secret *a = secret_random(KEY_SIZE), *b = secret_random(KEY_SIZE);
    uint8_t one[16], two[16];
    keyed_token(a, "term", bytes_of_text("x"), one, 16);
    keyed_token(a, "term", bytes_of_text("x"), two, 16);
    cr_assert_arr_eq(one, two, 16);
    keyed_token(b, "term", bytes_of_text("x"), two, 16);
    cr_assert_arr_neq(one, two, 16);
    keyed_token(a, "ter", bytes_of_text("mx"), two, 16);
    cr_assert_arr_neq(one, two, 16);
    secret_free(a);
    secret_free(b);
}
