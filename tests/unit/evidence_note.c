/* Signed notes, keys and checkpoints: what is refused. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/evidence/note.h"

#define NAME "vault.example/a"

static struct sign_key *signer(int value)
{
    uint8_t seed[KEY_SIZE];
    cr_assert_eq(crypto_start(), VAULT_OK);
    memset(seed, value, sizeof seed);
    struct secret *secret = secret_copy(bytes_of(seed, sizeof seed));
    struct sign_key *key = sign_key_from_seed(secret);
    cr_assert_not_null(key);
    secret_free(secret);
    return key;
}

static void make(struct note_key *key, struct sign_key *pair, struct buffer *note)
{
    struct checkpoint checkpoint = {bytes_of_text(NAME), 42, {{1, 2, 3}}};
    cr_assert_eq(note_key_make(NAME, NOTE_ED25519, sign_key_public(pair), key), VAULT_OK);
    cr_assert_eq(checkpoint_sign(&checkpoint, key, pair, note), VAULT_OK);
}

Test(log_note, a_checkpoint_opens_under_its_key_only)
{
    struct note_key key;
    struct note_key other;
    struct buffer note = {0};
    struct checkpoint checkpoint;
    struct sign_key *pair = signer(1);
    struct sign_key *other_pair = signer(2);
    make(&key, pair, &note);
    cr_assert_eq(checkpoint_open(buffer_bytes(&note), &key, &checkpoint), VAULT_OK);
    cr_assert_eq(checkpoint.size, 42);
    cr_assert_eq(note_key_make(NAME, NOTE_ED25519, sign_key_public(other_pair), &other), VAULT_OK);
    cr_assert_eq(checkpoint_open(buffer_bytes(&note), &other, &checkpoint), VAULT_EFORGED);
    cr_assert_eq(note_key_make("vault.example/b", NOTE_ED25519, sign_key_public(pair), &other), VAULT_OK);
    cr_assert_eq(checkpoint_open(buffer_bytes(&note), &other, &checkpoint), VAULT_EINPUT);
    buffer_free(&note);
    sign_key_free(pair);
    sign_key_free(other_pair);
}

Test(log_note, every_changed_byte_is_refused)
{
    struct note_key key;
    struct buffer note = {0};
    struct checkpoint checkpoint;
    struct sign_key *pair = signer(1);
    make(&key, pair, &note);
    for (size_t i = 0; i < note.size; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            note.data[i] ^= (uint8_t)(1u << bit);
            cr_assert_neq(checkpoint_open(buffer_bytes(&note), &key, &checkpoint), VAULT_OK, "byte %zu", i);
            note.data[i] ^= (uint8_t)(1u << bit);
        }
    for (size_t size = 0; size < note.size; size++)
        cr_assert_neq(checkpoint_open(bytes_of(note.data, size), &key, &checkpoint), VAULT_OK);
    buffer_free(&note);
    sign_key_free(pair);
}

Test(log_note, a_second_line_of_a_known_key_must_verify_too)
{
    struct note_key key;
    struct buffer note = {0};
    struct note parsed;
    struct sign_key *pair = signer(1);
    make(&key, pair, &note);
    cr_assert_eq(note_put_signature(&key, pair, bytes_of_text("another text\n"), &note), VAULT_OK);
    cr_assert_eq(note_parse(buffer_bytes(&note), &parsed), VAULT_OK);
    cr_assert_eq(parsed.count, 2);
    cr_assert_eq(note_verify(&parsed, &key, NULL), VAULT_EFORGED);
    buffer_free(&note);
    sign_key_free(pair);
}

Test(log_note, an_unknown_line_is_passed_over)
{
    struct note_key key;
    struct buffer note = {0};
    struct note parsed;
    struct checkpoint checkpoint;
    struct sign_key *pair = signer(1);
    make(&key, pair, &note);
    buffer_put_text(&note, "\xe2\x80\x94 somebody.example AAAAAAAAAAAA\n");
    cr_assert_eq(checkpoint_open(buffer_bytes(&note), &key, &checkpoint), VAULT_OK);
    cr_assert_eq(note_parse(buffer_bytes(&note), &parsed), VAULT_OK);
    cr_assert_eq(note_key_make("nobody", NOTE_ED25519, sign_key_public(pair), &key), VAULT_OK);
    cr_assert_eq(note_verify(&parsed, &key, NULL), VAULT_ENOTFOUND);
    buffer_free(&note);
    sign_key_free(pair);
}

static const char *const no_notes[] = {"", "\n", "\n\n", "text\n", "text\n\n", "\n\xe2\x80\x94 a AAAAAAA=\n",
    "text\n\n\xe2\x80\x94 a AAAAAAA=", "text\n\n- a AAAAAAA=\n", "text\n\n\xe2\x80\x94 a b AAAAAAA=\n",
    "text\n\n\xe2\x80\x94  AAAAAAA=\n", "text\n\n\xe2\x80\x94 a+b AAAAAAA=\n",
    "text\n\n\xe2\x80\x94 a AAAAAA==\n", "text\n\n\xe2\x80\x94 a AAAAAAB=\n",
    "text\n\n\xe2\x80\x94 a AAAAAAA\n", "text\r\n\n\xe2\x80\x94 a AAAAAAA=\n",
    "te\xff\n\n\xe2\x80\x94 a AAAAAAA=\n", "text\n\n\xe2\x80\x94 a\xc2\xa0 AAAAAAA=\n",
    "text\n\n\xe2\x80\x94 a AAAAAAA=\n\n"};

Test(log_note, refuses_what_is_no_note)
{
    struct note note;
    for (size_t i = 0; i < sizeof no_notes / sizeof no_notes[0]; i++)
        cr_assert_eq(note_parse(bytes_of_text(no_notes[i]), &note), VAULT_EINPUT, "case %zu", i);
    cr_assert_eq(note_parse(bytes_of_text("a\n\nb\n\n\xe2\x80\x94 a AAAAAAA=\n"), &note), VAULT_OK);
    cr_assert(bytes_equal(note.text, bytes_of_text("a\n\nb\n")));
}

#define ROOT "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const char *const no_checkpoints[] = {"", "a\n1\n", "a\n01\n" ROOT "\n", "a\n-1\n" ROOT "\n",
    "a\n+1\n" ROOT "\n", "a\n\n" ROOT "\n", "a\n1\n" ROOT, "a\n1\n" ROOT "\nextension\n", "\n1\n" ROOT "\n",
    "a b\n1\n" ROOT "\n", "a\n1\nAQID\n", "a\n1 \n" ROOT "\n", "a\n99999999999999999999\n" ROOT "\n",
    "a\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n"};

Test(log_note, refuses_what_is_no_checkpoint)
{
    struct checkpoint checkpoint;
    for (size_t i = 0; i < sizeof no_checkpoints / sizeof no_checkpoints[0]; i++)
        cr_assert_eq(
            checkpoint_parse(bytes_of_text(no_checkpoints[i]), &checkpoint), VAULT_EINPUT, "case %zu", i);
    cr_assert_eq(checkpoint_parse(bytes_of_text("a\n0\n" ROOT "\n"), &checkpoint), VAULT_OK);
    cr_assert_eq(checkpoint.size, 0);
}

Test(log_note, refuses_what_is_no_key)
{
    struct note_key key;
    struct buffer vkey = {0};
    struct sign_key *pair = signer(1);
    cr_assert_eq(note_key_make(NAME, NOTE_ED25519, sign_key_public(pair), &key), VAULT_OK);
    note_key_format(&key, &vkey);
    cr_assert_eq(note_key_parse(buffer_bytes(&vkey), &key), VAULT_OK);
    for (size_t i = 0; i < vkey.size; i++) {
        vkey.data[i] ^= 1;
        cr_assert_eq(note_key_parse(buffer_bytes(&vkey), &key), VAULT_EINPUT, "byte %zu", i);
        vkey.data[i] ^= 1;
        cr_assert_eq(note_key_parse(bytes_of(vkey.data, i), &key), VAULT_EINPUT);
    }
    cr_assert_eq(note_key_make("", NOTE_ED25519, sign_key_public(pair), &key), VAULT_EINPUT);
    cr_assert_eq(note_key_make("a b", NOTE_ED25519, sign_key_public(pair), &key), VAULT_EINPUT);
    cr_assert_eq(note_key_make("a", 0x02, sign_key_public(pair), &key), VAULT_EINPUT);
    cr_assert_eq(note_key_make("a", NOTE_ED25519, bytes_of("x", 1), &key), VAULT_EINPUT);
    buffer_free(&vkey);
    sign_key_free(pair);
}
