#include <criterion/criterion.h>
#include <string.h>

#include "vault/crypto/witnessed.h"

static struct secret *client_key;
static struct box_key *first, *second;
static struct witnessed_run *witnessed;
static struct release_place where;
static const struct bytes here = {(const uint8_t *)"here", 4};
static const struct bytes there = {(const uint8_t *)"there", 5};

static void start(void)
{
    struct witnessed_recipient recipients[2];
    cr_assert_eq(crypto_start(), VAULT_OK);
    client_key = secret_random(KEY_SIZE);
    first = box_key_new();
    second = box_key_new();
    memcpy(recipients[0].public_key, box_key_public(first).data, BOX_PUBLIC_SIZE);
    memcpy(recipients[1].public_key, box_key_public(second).data, BOX_PUBLIC_SIZE);
    cr_assert_eq(witnessed_run_new(recipients, 2, 77, &witnessed), VAULT_OK);
    where = (struct release_place){
        .origin = "example.com/log", .client = ulid_new(), .record = ulid_new(), .version = 3};
}

static void stop(void)
{
    secret_free(client_key);
    box_key_free(first);
    box_key_free(second);
    witnessed_run_free(witnessed);
}

TestSuite(witnessed, .init = start, .fini = stop);

/* What a witness does: its secret half, E, and the ids that the event names. */
static void release(const struct box_key *key, struct bytes wrapped, const struct release_place *named,
    uint8_t id[WITNESSED_ID_SIZE], uint8_t half[KEY_SIZE])
{
    struct witnessed_view view;
    struct secret *shared = secret_new(KEY_SIZE);
    cr_assert_eq(witnessed_read(wrapped, &view), VAULT_OK);
    cr_assert_eq(release_shared(key, view.point, shared), VAULT_OK);
    release_half_key(shared, named, view.point, box_key_public(key), half);
    witnessed_id(box_key_public(key), id);
    secret_free(shared);
}

static int try_open(struct envelope *envelope, const struct box_key *key, struct bytes place,
    struct bytes wrapped, const struct release_place *named)
{
    uint8_t id[WITNESSED_ID_SIZE], half[KEY_SIZE];
    release(key, wrapped, named, id, half);
    return envelope_unwrap_witnessed(envelope, client_key, place, id, half, wrapped);
}

Test(witnessed, any_recipient_opens_it_and_the_client_key_alone_does_not)
{
    struct envelope *envelope = envelope_new(), *other = envelope_new();
    struct buffer wrapped = {0}, body = {0}, plain = {0};
    cr_assert_eq(
        envelope_create_witnessed(envelope, witnessed, &where, client_key, here, &wrapped), VAULT_OK);
    cr_assert_eq(wrapped.size, 42 + 2 * 80 + 112);
    cr_assert_eq(envelope_seal(envelope, there, bytes_of_text("body"), &body), VAULT_OK);
    cr_assert_eq(envelope_unwrap(other, client_key, here, buffer_bytes(&wrapped)), VAULT_EVERSION);
    cr_assert_eq(try_open(other, first, here, buffer_bytes(&wrapped), &where), VAULT_OK);
    cr_assert_eq(envelope_open(other, there, buffer_bytes(&body), &plain), VAULT_OK);
    cr_assert(bytes_equal(buffer_bytes(&plain), bytes_of_text("body")));
    cr_assert_eq(try_open(other, second, here, buffer_bytes(&wrapped), &where), VAULT_OK);
    /* A key of nobody's. */
    struct box_key *stranger = box_key_new();
    cr_assert_eq(try_open(other, stranger, here, buffer_bytes(&wrapped), &where), VAULT_ENOTFOUND);
    box_key_free(stranger);
    buffer_free(&wrapped);
    buffer_free(&body);
    buffer_free(&plain);
    envelope_free(envelope);
    envelope_free(other);
}

Test(witnessed, its_place_is_checked_by_the_client_key_alone)
{
    struct envelope *envelope = envelope_new();
    struct buffer wrapped = {0};
    cr_assert_eq(
        envelope_create_witnessed(envelope, witnessed, &where, client_key, here, &wrapped), VAULT_OK);
    cr_assert_eq(witnessed_fits(client_key, here, buffer_bytes(&wrapped)), VAULT_OK);
    cr_assert_eq(witnessed_fits(client_key, there, buffer_bytes(&wrapped)), VAULT_EFORGED);
    for (size_t i = 0; i < wrapped.size; i++) {
        wrapped.data[i] ^= 1;
        cr_assert_eq(witnessed_fits(client_key, here, buffer_bytes(&wrapped)), VAULT_EFORGED);
        wrapped.data[i] ^= 1;
    }
    buffer_free(&wrapped);
    envelope_free(envelope);
}

Test(witnessed, a_release_for_another_record_version_client_or_vault_opens_nothing)
{
    struct envelope *envelope = envelope_new();
    struct buffer wrapped = {0};
    cr_assert_eq(
        envelope_create_witnessed(envelope, witnessed, &where, client_key, here, &wrapped), VAULT_OK);
    struct release_place named = where;
    named.record = ulid_new();
    cr_assert_eq(try_open(envelope, first, here, buffer_bytes(&wrapped), &named), VAULT_EFORGED);
    named = where;
    named.client = ulid_new();
    cr_assert_eq(try_open(envelope, first, here, buffer_bytes(&wrapped), &named), VAULT_EFORGED);
    named = where;
    named.version++;
    cr_assert_eq(try_open(envelope, first, here, buffer_bytes(&wrapped), &named), VAULT_EFORGED);
    named = where;
    named.origin = "example.com/lo";
    cr_assert_eq(try_open(envelope, first, here, buffer_bytes(&wrapped), &named), VAULT_EFORGED);
    cr_assert_eq(try_open(envelope, first, there, buffer_bytes(&wrapped), &where), VAULT_EFORGED);
    buffer_free(&wrapped);
    envelope_free(envelope);
}

Test(witnessed, the_key_of_one_records_half_is_not_that_of_another_of_the_same_run)
{
    struct envelope *envelope = envelope_new();
    struct buffer a = {0}, b = {0};
    struct release_place other = where;
    uint8_t id[WITNESSED_ID_SIZE], half[KEY_SIZE];
    other.record = ulid_new();
    cr_assert_eq(envelope_create_witnessed(envelope, witnessed, &where, client_key, here, &a), VAULT_OK);
    cr_assert_eq(envelope_create_witnessed(envelope, witnessed, &other, client_key, here, &b), VAULT_OK);
    release(first, buffer_bytes(&a), &where, id, half);
    cr_assert_eq(
        envelope_unwrap_witnessed(envelope, client_key, here, id, half, buffer_bytes(&b)), VAULT_EFORGED);
    buffer_free(&a);
    buffer_free(&b);
    envelope_free(envelope);
}

/* The halves of other recipients are bound as well, so no byte can change unnoticed. */
Test(witnessed, refuses_every_flipped_bit_and_every_cut)
{
    struct envelope *envelope = envelope_new();
    struct buffer wrapped = {0};
    uint8_t id[WITNESSED_ID_SIZE], half[KEY_SIZE];
    cr_assert_eq(
        envelope_create_witnessed(envelope, witnessed, &where, client_key, here, &wrapped), VAULT_OK);
    release(first, buffer_bytes(&wrapped), &where, id, half);
    for (size_t i = 0; i < wrapped.size * 8; i++) {
        wrapped.data[i / 8] ^= (uint8_t)(1u << i % 8);
        cr_assert_neq(envelope_unwrap_witnessed(envelope, client_key, here, id, half, buffer_bytes(&wrapped)),
            VAULT_OK);
        wrapped.data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t size = 0; size < wrapped.size; size++)
        cr_assert_eq(
            envelope_unwrap_witnessed(envelope, client_key, here, id, half, bytes_of(wrapped.data, size)),
            VAULT_EFORGED);
    cr_assert_eq(
        envelope_unwrap_witnessed(envelope, client_key, here, id, half, buffer_bytes(&wrapped)), VAULT_OK);
    buffer_free(&wrapped);
    envelope_free(envelope);
}

Test(witnessed, wrapping_again_keeps_the_record_key)
{
    struct envelope *envelope = envelope_new();
    struct buffer direct = {0}, wrapped = {0}, body = {0}, plain = {0};
    cr_assert_eq(envelope_create(envelope, client_key, here, &direct), VAULT_OK);
    cr_assert_eq(envelope_seal(envelope, there, bytes_of_text("body"), &body), VAULT_OK);
    cr_assert_eq(envelope_unwrap(envelope, client_key, here, buffer_bytes(&direct)), VAULT_OK);
    cr_assert_eq(envelope_wrap_witnessed(envelope, witnessed, &where, client_key, here, &wrapped), VAULT_OK);
    buffer_reset(&direct);
    cr_assert_eq(try_open(envelope, second, here, buffer_bytes(&wrapped), &where), VAULT_OK);
    cr_assert_eq(envelope_wrap(envelope, client_key, here, &direct), VAULT_OK);
    cr_assert_eq(envelope_unwrap(envelope, client_key, here, buffer_bytes(&direct)), VAULT_OK);
    cr_assert_eq(envelope_open(envelope, there, buffer_bytes(&body), &plain), VAULT_OK);
    buffer_free(&direct);
    buffer_free(&wrapped);
    buffer_free(&body);
    buffer_free(&plain);
    envelope_free(envelope);
}

Test(witnessed, points_of_small_order_and_wrong_counts_make_no_run)
{
    struct witnessed_recipient recipients[WITNESSED_RECIPIENTS_MAX + 1];
    struct witnessed_run *made;
    memset(recipients, 0, sizeof recipients);
    cr_assert_eq(witnessed_run_new(recipients, 1, 0, &made), VAULT_EFORGED);
    cr_assert_null(made);
    recipients[0].public_key[0] = 1;
    cr_assert_eq(witnessed_run_new(recipients, 1, 0, &made), VAULT_EFORGED);
    cr_assert_eq(witnessed_run_new(recipients, 0, 0, &made), VAULT_EINTERNAL);
    cr_assert_eq(witnessed_run_new(recipients, WITNESSED_RECIPIENTS_MAX + 1, 0, &made), VAULT_EINTERNAL);
}

Test(witnessed, both_sides_of_an_answer_derive_one_key_and_a_request_apart_another)
{
    struct box_key *answer = box_key_new();
    struct secret *ours = secret_new(KEY_SIZE), *theirs = secret_new(KEY_SIZE);
    struct secret *a = secret_new(KEY_SIZE), *b = secret_new(KEY_SIZE);
    cr_assert_eq(release_shared(answer, box_key_public(first), ours), VAULT_OK);
    cr_assert_eq(release_shared(first, box_key_public(answer), theirs), VAULT_OK);
    release_answer_key(ours, box_key_public(answer), box_key_public(first), here, a);
    release_answer_key(theirs, box_key_public(answer), box_key_public(first), here, b);
    cr_assert(secret_equal(a, b));
    release_answer_key(theirs, box_key_public(answer), box_key_public(first), there, b);
    cr_assert(!secret_equal(a, b));
    /* Whoever has E used as an answer key gets no half's key by it. */
    uint8_t half[KEY_SIZE];
    release_half_key(theirs, &where, box_key_public(answer), box_key_public(first), half);
    cr_assert_arr_neq(half, secret_bytes(a).data, KEY_SIZE);
    box_key_free(answer);
    secret_free(ours);
    secret_free(theirs);
    secret_free(a);
    secret_free(b);
}
