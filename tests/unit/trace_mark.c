/* Code words, what is read back of them, and how often an innocent export would look guilty. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/mark.h"

#define PEOPLE 4

struct copies {
    struct secret *key, *seeds[PEOPLE];
    struct fingerprint_code *code;
    struct fingerprint_word *words[PEOPLE];
};

static struct secret *seed_of(uint8_t number)
{
    uint8_t bytes[FINGERPRINT_SEED_SIZE] = {number, 1, 2, 3};
    return secret_copy(bytes_of(bytes, sizeof bytes));
}

static void make(struct copies *c)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    c->key = seed_of(200);
    c->code = fingerprint_code_new(c->key);
    cr_assert_not_null(c->code);
    for (int i = 0; i < PEOPLE; i++) {
        c->seeds[i] = seed_of((uint8_t)i);
        c->words[i] = fingerprint_word_new(c->seeds[i]);
        cr_assert_not_null(c->words[i]);
    }
}

static void unmake(struct copies *c)
{
    for (int i = 0; i < PEOPLE; i++) {
        fingerprint_word_free(c->words[i]);
        secret_free(c->seeds[i]);
    }
    fingerprint_code_free(c->code);
    secret_free(c->key);
}

struct maker {
    const struct copies *copies;
    int who;
};

static bool bit(const void *context, struct bytes key, unsigned slot)
{
    const struct maker *maker = context;
    return fingerprint_bit(
        maker->copies->words[maker->who], fingerprint_position(maker->copies->code, key, slot));
}

/* Row @p i of the firm as @p who exported it: a summary and an address; a name in the order of the copy is a
 * matter of the caller. */
static void add_row(struct mark_reading *reading, const struct copies *copies, int who, int i)
{
    struct maker maker = {copies, who};
    char texts[2][96];
    struct buffer made[2] = {{0}, {0}};
    struct bytes cells[3];
    (void)snprintf(texts[0], sizeof texts[0], "支付第%d号A%d货款(含税),附件", i, i % 7);
    (void)snprintf(texts[1], sizeof texts[1], "解放路%d号", i);
    for (int t = 0; t < 2; t++) {
        writing_choose(bytes_of_text(texts[t]), WRITING_PROSE, bit, &maker, &made[t]);
        cells[t] = buffer_bytes(&made[t]);
    }
    cells[2] = bytes_of_text("1,234.00");
    cr_assert_eq(mark_reading_add_row(reading, cells, 3), VAULT_OK);
    buffer_free(&made[0]);
    buffer_free(&made[1]);
}

static struct mark_evidence weigh(const struct copies *copies, const struct mark_reading *reading, int who)
{
    struct mark_evidence evidence;
    mark_weigh(reading, copies->words[who], NULL, &evidence);
    return evidence;
}

Test(trace_mark, the_exporter_is_found_and_nobody_else)
{
    struct copies c;
    make(&c);
    struct mark_reading *reading = mark_reading_new(c.code);
    for (int i = 0; i < 60; i++)
        add_row(reading, &c, 2, i * 3);
    mark_reading_finish(reading);
    cr_expect_gt(mark_reading_positions(reading), 200u);
    for (int who = 0; who < PEOPLE; who++) {
        struct mark_evidence evidence = weigh(&c, reading, who);
        cr_expect_eq(
            mark_bound(&evidence, 1000) < MARK_FALSE_ACCUSATION, who == 2, "%d: %g", who, evidence.log_bound);
        if (who == 2)
            cr_expect_eq(evidence.slots[WRITING_GAP].agree, evidence.slots[WRITING_GAP].read);
    }
    mark_reading_free(reading);
    unmake(&c);
}

Test(trace_mark, two_who_mixed_their_copies_are_both_found)
{
    struct copies c;
    make(&c);
    struct mark_reading *reading = mark_reading_new(c.code);
    for (int i = 0; i < 300; i++)
        add_row(reading, &c, i % 2, i);
    mark_reading_finish(reading);
    for (int who = 0; who < PEOPLE; who++) {
        struct mark_evidence evidence = weigh(&c, reading, who);
        cr_expect_eq(
            mark_bound(&evidence, 1000) < MARK_FALSE_ACCUSATION, who < 2, "%d: %g", who, evidence.log_bound);
    }
    mark_reading_free(reading);
    unmake(&c);
}

Test(trace_mark, an_order_alone_is_read)
{
    struct copies c;
    make(&c);
    char names[14][24];
    uint64_t ranks[14];
    for (int i = 0; i < 14; i++) {
        char key[WRITING_KEY_SIZE];
        (void)snprintf(names[i], sizeof names[i], "K%04d", i);
        ranks[i] = fingerprint_rank(c.words[1], bytes_of(key, writing_key(bytes_of_text(names[i]), key)));
    }
    struct mark_reading *reading = mark_reading_new(c.code);
    for (uint64_t last = 0; last != UINT64_MAX;) {
        int next = -1;
        for (int i = 0; i < 14; i++)
            if (ranks[i] > last && (next < 0 || ranks[i] < ranks[next]))
                next = i;
        last = next < 0 ? UINT64_MAX : ranks[next];
        struct bytes cell = bytes_of_text(next < 0 ? "" : names[next]);
        for (int twice = 0; twice < 2; twice++)
            cr_assert_eq(mark_reading_add_row(reading, &cell, 1), VAULT_OK);
    }
    mark_reading_finish(reading);
    for (int who = 0; who < PEOPLE; who++) {
        struct mark_evidence evidence = weigh(&c, reading, who);
        cr_expect(evidence.ordered == 14 || evidence.ordered == 13, "with the first text, or without");
        cr_expect_eq(evidence.inversions == 0, who == 1);
        cr_expect_eq(
            mark_bound(&evidence, 10) < MARK_FALSE_ACCUSATION, who == 1, "%d: %g", who, evidence.log_bound);
    }
    mark_reading_free(reading);
    unmake(&c);
}

Test(trace_mark, a_copy_is_known_by_its_name)
{
    struct copies c;
    uint8_t id[FINGERPRINT_ID_SIZE], other[FINGERPRINT_ID_SIZE] = {0};
    make(&c);
    struct mark_reading *reading = mark_reading_new(c.code);
    fingerprint_id(c.words[3], id);
    for (int i = 0; i < 20; i++)
        mark_reading_add_id(reading, i == 3 ? id : other);
    mark_reading_finish(reading);
    cr_expect(weigh(&c, reading, 3).id && weigh(&c, reading, 3).log_bound < log(1e-15));
    cr_expect(!weigh(&c, reading, 0).id && weigh(&c, reading, 0).log_bound == 0);
    mark_reading_free(reading);
    unmake(&c);
}

/* Whoever wrote a leak without a seed, however he chose: the mean of the ratio is at most 1, the scores have
 * mean 0 and variance 1 a position, and the bound holds as a frequency. */
Test(trace_mark, innocent_words_keep_the_promises_of_the_bound)
{
    struct copies c;
    make(&c);
    static const int words = 6000;
    struct mark_reading *reading = mark_reading_new(c.code);
    for (int i = 0; i < 8; i++)
        add_row(reading, &c, i % 2, i); /* few positions: so that large ratios happen */
    mark_reading_finish(reading);
    double mean = 0, square = 0, positions = 0;
    int below[4] = {0};
    for (int i = 0; i < words; i++) {
        uint8_t bytes[FINGERPRINT_SEED_SIZE] = {(uint8_t)i, (uint8_t)(i >> 8), 77};
        struct secret *seed = secret_copy(bytes_of(bytes, sizeof bytes));
        struct fingerprint_word *word = fingerprint_word_new(seed);
        struct mark_evidence evidence;
        cr_assert_not_null(word);
        mark_weigh(reading, word, NULL, &evidence);
        mean += evidence.score / words;
        square += evidence.score * evidence.score / words;
        positions = (double)evidence.positions;
        for (int b = 0; b < 4; b++)
            below[b] += evidence.log_bound <= log(pow(10, -b - 1));
        fingerprint_word_free(word);
        secret_free(seed);
    }
    cr_expect_lt(fabs(mean), 4 * sqrt(positions / words));
    cr_expect_lt(fabs(square / positions - 1), 0.06);
    for (int b = 0; b < 4; b++)
        cr_expect_leq(below[b], words * pow(10, -b - 1) + 3 * sqrt(words * pow(10, -b - 1)), "%d", below[b]);
    mark_reading_free(reading);
    unmake(&c);
}

Test(trace_mark, a_file_normalised_or_without_marks_tells_nothing_of_anybody)
{
    struct copies c;
    make(&c);
    struct mark_reading *reading = mark_reading_new(c.code);
    for (int i = 0; i < 200; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "支付第%d号货款(含税)", i);
        struct bytes cell = bytes_of_text(text);
        cr_assert_eq(mark_reading_add_row(reading, &cell, 1), VAULT_OK);
    }
    mark_reading_finish(reading);
    for (int who = 0; who < PEOPLE; who++) {
        struct mark_evidence evidence = weigh(&c, reading, who);
        cr_expect_eq(mark_bound(&evidence, 1), 1.0, "%g", evidence.log_bound);
    }
    mark_reading_free(reading);
    unmake(&c);
}

/* Vectors: a word must come out the same in every version of the program that can read it. */
Test(trace_mark, the_code_is_what_it_was)
{
    struct copies c;
    make(&c);
    uint64_t position = fingerprint_position(c.code, bytes_of_text("支付房租"), WRITING_TAIL);
    char bits[65] = "";
    for (int i = 0; i < 64; i++)
        bits[i] = fingerprint_bit(c.words[1], position * (uint64_t)(i + 1)) ? '1' : '0';
    struct hash commitment;
    char hex[2 * HASH_SIZE + 1];
    fingerprint_commit(c.seeds[1], &commitment);
    hex_encode(hash_bytes(&commitment), hex);
    cr_expect_eq(position, UINT64_C(0x7d1171e817fd60e5), "%016llx", (unsigned long long)position);
    cr_expect_str_eq(bits, "1001010001000011010000010001010001010100111101001111101010101010", "%s", bits);
    cr_expect_str_eq(hex, "5c3177e162a47d6d6c3a421da273cce11b740f52410e998260cf9481540339b8", "%s", hex);
    cr_expect_eq(fingerprint_rank(c.words[1], bytes_of_text("k0001")), UINT64_C(0x07eef107ab35938a),
        "%016llx", (unsigned long long)fingerprint_rank(c.words[1], bytes_of_text("k0001")));
    unmake(&c);
}

/* Of the positions a fifth is biased one way for a word, as the code says. */
Test(trace_mark, bits_come_with_their_biases)
{
    struct copies c;
    size_t ones[2] = {0}, all[2] = {0};
    make(&c);
    for (int i = 0; i < 20000; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "t%d", i);
        uint64_t position = fingerprint_position(c.code, bytes_of_text(text), 0);
        bool common = fingerprint_bias(position) > 0.5;
        all[common]++;
        ones[common] += fingerprint_bit(c.words[0], position);
    }
    cr_expect(all[0] > 9700 && all[1] > 9700);
    for (int i = 0; i < 2; i++)
        cr_expect_float_eq(
            (double)ones[i] / (double)all[i], i == 0 ? FINGERPRINT_RARE : 1 - FINGERPRINT_RARE, 0.02);
    unmake(&c);
}
