#include <criterion/criterion.h>
#include <string.h>

#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"

static struct secret *key;
static const struct bytes here = {(const uint8_t *)"here", 4};
static const struct bytes there = {(const uint8_t *)"there", 5};

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    key = secret_random(KEY_SIZE);
}

static void stop(void)
{
    secret_free(key);
}

TestSuite(seal, .init = start, .fini = stop);
TestSuite(envelope, .init = start, .fini = stop);
TestSuite(place, .init = start, .fini = stop);

Test(seal, opens_at_its_place_and_nowhere_else)
{
    struct buffer sealed = {0}, plain = {0};
    cr_assert_eq(seal(key, here, bytes_of_text("凭证 记-12"), &sealed), VAULT_OK);
    cr_assert_eq(sealed.size, strlen("凭证 记-12") + SEAL_OVERHEAD);
    cr_assert_eq(seal_open(key, here, buffer_bytes(&sealed), &plain), VAULT_OK);
    cr_assert(bytes_equal(buffer_bytes(&plain), bytes_of_text("凭证 记-12")));
    buffer_reset(&plain);
    cr_assert_eq(seal_open(key, there, buffer_bytes(&sealed), &plain), VAULT_EFORGED);
    cr_assert_eq(plain.size, 0);
    buffer_free(&sealed);
    buffer_free(&plain);
}

Test(seal, refuses_every_flipped_bit_and_every_cut)
{
    struct buffer sealed = {0}, plain = {0};
    cr_assert_eq(seal(key, here, bytes_of_text("eleven byte"), &sealed), VAULT_OK);
    for (size_t i = 0; i < sealed.size * 8; i++) {
        sealed.data[i / 8] ^= (uint8_t)(1u << i % 8);
        cr_assert_eq(seal_open(key, here, buffer_bytes(&sealed), &plain), VAULT_EFORGED);
        cr_assert_eq(plain.size, 0);
        sealed.data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t size = 0; size < sealed.size; size++)
        cr_assert_eq(seal_open(key, here, bytes_of(sealed.data, size), &plain), VAULT_EFORGED);
    buffer_free(&sealed);
    buffer_free(&plain);
}

Test(seal, empty_plaintext_and_appending_to_what_is_there)
{
    struct buffer sealed = {0}, plain = {0};
    buffer_put_text(&plain, "before");
    cr_assert_eq(seal(key, here, bytes_of(NULL, 0), &sealed), VAULT_OK);
    cr_assert_eq(seal_open(key, here, buffer_bytes(&sealed), &plain), VAULT_OK);
    cr_assert(bytes_equal(buffer_bytes(&plain), bytes_of_text("before")));
    buffer_free(&sealed);
    buffer_free(&plain);
}

Test(seal, two_seals_of_the_same_differ)
{
    struct buffer a = {0}, b = {0};
    cr_assert_eq(seal(key, here, bytes_of_text("same"), &a), VAULT_OK);
    cr_assert_eq(seal(key, here, bytes_of_text("same"), &b), VAULT_OK);
    cr_assert(!bytes_equal(buffer_bytes(&a), buffer_bytes(&b)));
    buffer_free(&a);
    buffer_free(&b);
}

Test(envelope, parts_open_under_the_wrapped_key_only)
{
    struct envelope *envelope = envelope_new();
    struct buffer wrapped = {0}, body = {0}, plain = {0};
    cr_assert_eq(envelope_create(envelope, key, here, &wrapped), VAULT_OK);
    cr_assert_eq(wrapped.data[0], ENVELOPE_DIRECT);
    cr_assert_eq(envelope_seal(envelope, there, bytes_of_text("body"), &body), VAULT_OK);
    struct buffer other = {0};
    cr_assert_eq(envelope_create(envelope, key, here, &other), VAULT_OK);
    cr_assert_eq(envelope_open(envelope, there, buffer_bytes(&body), &plain), VAULT_EFORGED);
    cr_assert_eq(envelope_unwrap(envelope, key, here, buffer_bytes(&wrapped)), VAULT_OK);
    cr_assert_eq(envelope_open(envelope, there, buffer_bytes(&body), &plain), VAULT_OK);
    cr_assert(bytes_equal(buffer_bytes(&plain), bytes_of_text("body")));
    cr_assert_eq(envelope_unwrap(envelope, key, there, buffer_bytes(&wrapped)), VAULT_EFORGED);
    wrapped.data[0] = 9;
    cr_assert_eq(envelope_unwrap(envelope, key, here, buffer_bytes(&wrapped)), VAULT_EVERSION);
    buffer_free(&wrapped);
    buffer_free(&other);
    buffer_free(&body);
    buffer_free(&plain);
    envelope_free(envelope);
}

Test(place, parts_cannot_run_into_each_other)
{
    struct ulid vault = ulid_new();
    struct place a, b;
    place_start(&a, "record", &vault);
    place_add_text(&a, "ab");
    place_add_text(&a, "c");
    place_start(&b, "record", &vault);
    place_add_text(&b, "a");
    place_add_text(&b, "bc");
    cr_assert(!bytes_equal(place_bytes(&a), place_bytes(&b)));
}

Test(seal, derived_keys_differ_by_branch_and_number)
{
    struct secret *a = NULL, *b = NULL, *c = NULL;
    cr_assert_eq(secret_derive(key, "branch-a", 1, &a), VAULT_OK);
    cr_assert_eq(secret_derive(key, "branch-b", 1, &b), VAULT_OK);
    cr_assert_eq(secret_derive(key, "branch-a", 2, &c), VAULT_OK);
    cr_assert(!secret_equal(a, b) && !secret_equal(a, c) && !secret_equal(b, c));
    secret_free(a);
    cr_assert_neq(secret_derive(key, "short", 1, &a), VAULT_OK);
    cr_assert_null(a);
    secret_free(b);
    secret_free(c);
}
