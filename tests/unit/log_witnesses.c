/* The vault's side of witnessing: what an answer means, what the cache is worth, and how far behind a witness
 * may be. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/log_fixture.h"
#include "tests/unit/log_vectors.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/witnesses_private.h"
#include "vault/witness/door.h"

#define NOW UINT64_C(1800000000)

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

static void read_answer(unsigned status, const char *type, const char *body, const struct buffer *note,
    const struct note_key *key, struct add_answer *answer)
{
    add_answer_read(status, type, bytes_of_text(body), buffer_bytes(note), key, NOW, answer);
}

Test(log_witnesses, answers)
{
    struct note_key log;
    struct note_key witness;
    struct note_key other;
    struct buffer note = {0};
    struct buffer line = {0};
    struct buffer late = {0};
    struct buffer elsewhere = {0};
    struct add_answer answer;
    struct sign_key *log_pair = signer(1);
    struct sign_key *pair = signer(2);
    struct checkpoint checkpoint = {bytes_of_text("vault.example/a"), 7, {{1}}};
    cr_assert_eq(note_key_make("vault.example/a", NOTE_ED25519, sign_key_public(log_pair), &log), VAULT_OK);
    cr_assert_eq(note_key_make("w.example", NOTE_COSIGNATURE, sign_key_public(pair), &witness), VAULT_OK);
    cr_assert_eq(note_key_make("w.example/2", NOTE_COSIGNATURE, sign_key_public(pair), &other), VAULT_OK);
    cr_assert_eq(checkpoint_sign(&checkpoint, &log, log_pair, &note), VAULT_OK);
    struct note parsed;
    cr_assert_eq(note_parse(buffer_bytes(&note), &parsed), VAULT_OK);
    cr_assert_eq(note_put_cosignature(&witness, pair, parsed.text, NOW - 5, &line), VAULT_OK);
    cr_assert_eq(note_put_cosignature(&witness, pair, parsed.text, NOW + 301, &late), VAULT_OK);
    cr_assert_eq(
        note_put_cosignature(&witness, pair, bytes_of_text("vault.example/a\n8\nx\n"), NOW, &elsewhere),
        VAULT_OK);

    read_answer(200, "text/plain", buffer_text(&line), &note, &witness, &answer);
    cr_assert_eq(answer.kind, ADD_COSIGNED);
    cr_assert_eq(answer.time, NOW - 5);
    cr_assert(bytes_equal(answer.line, buffer_bytes(&line)));
    read_answer(200, "text/plain", buffer_text(&line), &note, &other, &answer);
    cr_assert_eq(answer.kind, ADD_NONSENSE, "of another key");
    read_answer(200, "text/plain", buffer_text(&late), &note, &witness, &answer);
    cr_assert_eq(answer.kind, ADD_NONSENSE, "from the future");
    read_answer(200, "text/plain", buffer_text(&elsewhere), &note, &witness, &answer);
    cr_assert_eq(answer.kind, ADD_NONSENSE, "over another checkpoint");
    for (size_t i = 0; i < line.size; i++) {
        line.data[i] ^= 1;
        read_answer(200, "text/plain", buffer_text(&line), &note, &witness, &answer);
        cr_assert_eq(answer.kind, ADD_NONSENSE, "byte %zu", i);
        line.data[i] ^= 1;
    }
    read_answer(409, "text/x.tlog.size", "42\n", &note, &witness, &answer);
    cr_assert(answer.kind == ADD_CONFLICT && answer.size == 42);
    read_answer(409, "text/x.tlog.size; charset=utf-8", "0\n", &note, &witness, &answer);
    cr_assert(answer.kind == ADD_CONFLICT && answer.size == 0);
    static const char *const wrong[] = {"", "\n", "42", "042\n", "-1\n", "4 2\n", "99999999999999999999\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        read_answer(409, "text/x.tlog.size", wrong[i], &note, &witness, &answer);
        cr_assert_eq(answer.kind, ADD_NONSENSE, "'%s'", wrong[i]);
    }
    read_answer(409, "text/plain", "42\n", &note, &witness, &answer);
    cr_assert_eq(answer.kind, ADD_NONSENSE);
    read_answer(422, "text/plain", "", &note, &witness, &answer);
    cr_assert_eq(answer.kind, ADD_REFUSED);
    read_answer(503, "text/plain", "", &note, &witness, &answer);
    cr_assert_eq(answer.kind, ADD_NONSENSE);
    buffer_free(&note);
    buffer_free(&line);
    buffer_free(&late);
    buffer_free(&elsewhere);
    sign_key_free(log_pair);
    sign_key_free(pair);
}

/* The cosignature of the vectors, made again. */
Test(log_witnesses, a_cosignature_is_made_as_in_the_vectors)
{
    uint8_t seed[KEY_SIZE];
    struct note note;
    struct note_key key;
    struct buffer line = {0};
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert(hex_decode(vector_witness_seed_hex, strlen(vector_witness_seed_hex), seed, sizeof seed));
    struct secret *secret = secret_copy(bytes_of(seed, sizeof seed));
    struct sign_key *pair = sign_key_from_seed(secret);
    cr_assert_eq(note_parse(bytes_of_text(vector_checkpoint), &note), VAULT_OK);
    cr_assert_eq(note_key_parse(bytes_of_text(vector_witness_vkey), &key), VAULT_OK);
    cr_assert_eq(note_put_cosignature(&key, pair, note.text, 1700000000, &line), VAULT_OK);
    const char *expected = strstr(vector_checkpoint, "\xe2\x80\x94 witness.example");
    cr_assert_not_null(expected);
    cr_assert_str_eq(buffer_text(&line), expected);
    cr_assert_eq(note_put_cosignature(&key, pair, note.text, 0, &line), VAULT_EUSAGE);
    buffer_free(&line);
    sign_key_free(pair);
    secret_free(secret);
}

/* --- With a witness --- */

struct pair {
    struct fixture fixture;
    char directory[80];
    char address[120];
    struct witness *witness;
    struct door *door;
    struct witnesses *asked;
};

static void open_asked(struct pair *pair)
{
    struct log_witness one = {.key = *witness_key(pair->witness), .url = door_url(pair->door)};
    struct witnesses_options options = {.directory = pair->fixture.directory,
        .keys = &pair->fixture.keys,
        .list = &one,
        .count = 1,
        .quorum = 1};
    cr_assert_eq(witnesses_open(&options, &pair->asked, &pair->fixture.failure), VAULT_OK, "%s",
        pair->fixture.failure.text);
}

static void pair_start(struct pair *pair)
{
    struct note_key key;
    struct buffer vkey = {0};
    fixture_start(&pair->fixture);
    (void)snprintf(pair->directory, sizeof pair->directory, "%s/witness", pair->fixture.directory);
    (void)snprintf(pair->address, sizeof pair->address, "unix:%s/socket", pair->directory);
    cr_assert_eq(note_key_make(
                     pair->fixture.keys.origin, NOTE_ED25519, sign_key_public(pair->fixture.vault_key), &key),
        VAULT_OK);
    note_key_format(&key, &vkey);
    cr_assert_eq(witness_log_add(pair->directory, buffer_text(&vkey), NULL, NULL), VAULT_OK);
    cr_assert_eq(
        witness_open(pair->directory, "w.example", &pair->witness, &pair->fixture.failure), VAULT_OK);
    cr_assert_eq(door_open(pair->witness, pair->directory, &(struct door_options){.listen = pair->address},
                     &pair->door, &pair->fixture.failure),
        VAULT_OK, "%s", pair->fixture.failure.text);
    buffer_free(&vkey);
    open_asked(pair);
}

static void pair_end(struct pair *pair)
{
    char command[120];
    witnesses_free(pair->asked);
    door_free(pair->door);
    witness_free(pair->witness);
    (void)snprintf(command, sizeof command, "rm -rf %s", pair->directory);
    cr_assert_eq(system(command), 0);
    fixture_end(&pair->fixture);
}

static void expect_quorum(struct pair *pair, uint64_t size)
{
    struct buffer note = {0};
    struct note read;
    uint64_t found = 0;
    cr_assert_eq(witnesses_checkpoint(pair->asked, &note, &found, NULL), VAULT_OK);
    cr_assert_eq(found, size);
    cr_assert_eq(note_parse(buffer_bytes(&note), &read), VAULT_OK);
    cr_assert_eq(note_verify(&read, witness_key(pair->witness), NULL), VAULT_OK);
    cr_assert_eq(log_extends(pair->fixture.log, buffer_bytes(&note), NULL), VAULT_OK);
    buffer_free(&note);
}

Test(log_witnesses, what_was_cosigned_is_kept)
{
    struct pair pair;
    pair_start(&pair);
    struct buffer note = {0};
    uint64_t size;
    cr_assert_eq(witnesses_checkpoint(pair.asked, &note, &size, NULL), VAULT_ENOTFOUND);
    cr_assert_eq(fixture_append(&pair.fixture, 5), VAULT_OK);
    cr_assert_eq(
        witnesses_send(pair.asked, &pair.fixture.failure), VAULT_OK, "%s", pair.fixture.failure.text);
    expect_quorum(&pair, 5);
    cr_assert(witnesses_fresh(pair.asked, 60));
    witnesses_free(pair.asked);
    open_asked(&pair);
    expect_quorum(&pair, 5);
    cr_assert_eq(witnesses_check(pair.asked, NULL), VAULT_OK);
    cr_assert_eq(fixture_append(&pair.fixture, 3), VAULT_OK);
    cr_assert_eq(witnesses_send(pair.asked, &pair.fixture.failure), VAULT_OK);
    expect_quorum(&pair, 8);
    pair_end(&pair);
}

Test(log_witnesses, a_lost_or_changed_cache_costs_a_question)
{
    struct pair pair;
    struct buffer cache = {0};
    pair_start(&pair);
    cr_assert_eq(fixture_append(&pair.fixture, 5), VAULT_OK);
    cr_assert_eq(witnesses_send(pair.asked, NULL), VAULT_OK);
    fixture_load(&pair.fixture, "log.witnesses", &cache);
    for (size_t i = 0; i < cache.size; i += 3) {
        cache.data[i] ^= 1;
        fixture_store(&pair.fixture, "log.witnesses", buffer_bytes(&cache));
        witnesses_free(pair.asked);
        open_asked(&pair);
        cr_assert_eq(witnesses_size(pair.asked), 0, "byte %zu", i);
        cache.data[i] ^= 1;
    }
    fixture_remove(&pair.fixture, "log.witnesses");
    witnesses_free(pair.asked);
    open_asked(&pair);
    cr_assert_eq(fixture_append(&pair.fixture, 1), VAULT_OK);
    cr_assert_eq(
        witnesses_send(pair.asked, &pair.fixture.failure), VAULT_OK, "%s", pair.fixture.failure.text);
    expect_quorum(&pair, 6);
    buffer_free(&cache);
    pair_end(&pair);
}

Test(log_witnesses, the_thread_is_at_most_a_second_behind, .timeout = 60)
{
    struct pair pair;
    pair_start(&pair);
    cr_assert_eq(witnesses_start(pair.asked), VAULT_OK);
    for (uint64_t size = 1; size < 4; size++) {
        cr_assert_eq(fixture_append(&pair.fixture, 1), VAULT_OK);
        uint64_t start = instant_monotonic();
        while (witnesses_size(pair.asked) < size && instant_monotonic() - start < UINT64_C(20000000000))
            (void)usleep(5000);
        cr_assert_eq(witnesses_size(pair.asked), size);
        /* On a machine that has other things to do as well. */
        cr_assert_lt(instant_monotonic() - start, UINT64_C(5000000000));
    }
    pair_end(&pair);
}

Test(log_witnesses, a_log_that_was_put_back_is_told_so)
{
    struct pair pair;
    struct buffer before = {0};
    pair_start(&pair);
    cr_assert_eq(fixture_append(&pair.fixture, 4), VAULT_OK);
    fixture_load(&pair.fixture, "log", &before);
    cr_assert_eq(fixture_append(&pair.fixture, 3), VAULT_OK);
    cr_assert_eq(witnesses_send(pair.asked, NULL), VAULT_OK);
    witnesses_free(pair.asked);
    fixture_store(&pair.fixture, "log", buffer_bytes(&before));
    fixture_remove(&pair.fixture, "log.tree");
    fixture_remove(&pair.fixture, "log.offsets");
    /* By what was kept, and, without that, by the witness. */
    open_asked(&pair);
    cr_assert_eq(witnesses_check(pair.asked, &pair.fixture.failure), VAULT_EROLLBACK);
    witnesses_free(pair.asked);
    fixture_remove(&pair.fixture, "log.witnesses");
    failure_clear(&pair.fixture.failure);
    open_asked(&pair);
    cr_assert_eq(witnesses_check(pair.asked, NULL), VAULT_OK);
    cr_assert_eq(
        witnesses_send(pair.asked, &pair.fixture.failure), VAULT_EROLLBACK, "%s", pair.fixture.failure.text);
    cr_assert_not_null(strstr(pair.fixture.failure.text, "7 entries"));
    witnesses_accept(pair.asked);
    failure_clear(&pair.fixture.failure);
    cr_assert_eq(witnesses_send(pair.asked, &pair.fixture.failure), VAULT_EIO);
    buffer_free(&before);
    char command[200];
    (void)snprintf(command, sizeof command,
        "cd %s && ls *.rejected-*.known *.rejected-*.shown > /dev/null && rm *.rejected-*",
        pair.fixture.directory);
    cr_assert_eq(system(command), 0);
    pair_end(&pair);
}
