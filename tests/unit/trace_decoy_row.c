/* Numbers that decoy rows of an export are known by: written, read again, weighed. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vault/formats/check_digit.h"
#include "vault/trace/decoy_row.h"
#include "vault/trace/mark.h"

static struct fingerprint_word *word_of(unsigned n)
{
    uint8_t bytes[FINGERPRINT_SEED_SIZE] = {(uint8_t)n, (uint8_t)(n >> 8), 9};
    cr_assert_eq(crypto_start(), VAULT_OK);
    struct secret *seed = secret_copy(bytes_of(bytes, sizeof bytes));
    struct fingerprint_word *word = fingerprint_word_new(seed);
    cr_assert_not_null(word);
    secret_free(seed);
    return word;
}

static bool reads(const char *text, enum decoy_class class, uint64_t value)
{
    uint64_t numbers[DECOY_CLASSES];
    unsigned read = decoy_read(bytes_of_text(text), numbers);
    return (read >> class & 1) != 0 && numbers[class] == value;
}

Test(decoy_row, what_is_written_is_read_again)
{
    struct fingerprint_word *word = word_of(1);
    for (uint32_t i = 0; i < 50; i++) {
        char letters[] = "913101157X2Y4A5B6Q", digits[] = "911101052143569012",
             fresh[] = "91320505MA1A2B3C4D";
        char other[] = "PT 503 504 564", phone[] = "0512-6789 0123", account[] = "6222021001123456789";
        char id[] = "01JG0000000000000000000000";
        char *codes[] = {letters, digits, fresh};
        for (size_t k = 0; k < 3; k++) {
            cr_assert(decoy_write_tax_id(word, i, codes[k]));
            cr_assert(uscc_complete(codes[k]), "%s", codes[k]);
            cr_assert(check_uscc(bytes_of_text(codes[k])));
        }
        cr_assert(reads(letters, DECOY_TAX_LETTERS, decoy_number(word, DECOY_TAX_LETTERS, i)), "%s", letters);
        cr_assert(reads(digits, DECOY_TAX_DIGITS, decoy_number(word, DECOY_TAX_DIGITS, i)), "%s", digits);
        cr_assert(reads(fresh, DECOY_TAX_MA, decoy_number(word, DECOY_TAX_MA, i)), "%s", fresh);
        cr_assert(strncmp(fresh, "91320505MA", 10) == 0 && strncmp(letters, "91310115", 8) == 0);
        cr_assert(decoy_write_tax_id(word, i, other) &&
                  reads(other, DECOY_TAX_OTHER, decoy_number(word, DECOY_TAX_OTHER, i)));
        cr_assert(decoy_write_phone(word, i, phone) &&
                  reads(phone, DECOY_PHONE, decoy_number(word, DECOY_PHONE, i)));
        cr_assert(strncmp(phone, "0512-", 5) == 0);
        cr_assert(decoy_write_account(word, i, account));
        cr_assert(reads(account, DECOY_ACCOUNT, decoy_number(word, DECOY_ACCOUNT, i)));
        decoy_write_record(word, i, id);
        struct ulid ulid;
        cr_assert(ulid_parse(bytes_of_text(id), &ulid) && strncmp(id, "01JG0000000000", 14) == 0);
        cr_assert(reads(id, DECOY_RECORD, decoy_number(word, DECOY_RECORD, i)));
    }
    fingerprint_word_free(word);
}

Test(decoy_row, what_does_not_fit_is_left_as_it_is)
{
    struct fingerprint_word *word = word_of(1);
    char masked[] = "138****5678", few[] = "12", sheet[] = "62220210011A3456789";
    cr_assert_not(decoy_write_phone(word, 0, masked));
    cr_assert_not(decoy_write_tax_id(word, 0, few));
    cr_assert_not(decoy_write_account(word, 0, sheet));
    cr_assert_str_eq(masked, "138****5678");
    cr_assert_str_eq(few, "12");
    cr_assert_str_eq(sheet, "62220210011A3456789");
    fingerprint_word_free(word);
}

Test(decoy_row, amounts_have_their_digits_and_are_read_however_they_are_written)
{
    struct fingerprint_word *word = word_of(2);
    for (uint32_t i = 0; i < 200; i++) {
        unsigned digits = 3 + i % 9;
        int64_t least = 10000, amount = decoy_amount(word, i, digits);
        unsigned class = digits < 5 ? 0 : digits > 9 ? 4 : digits - 5;
        for (unsigned k = 0; k < class; k++)
            least *= 10;
        cr_assert(amount >= least && amount < 10 * least, "%lld", (long long)amount);
        char plain[32], grouped[40];
        (void)snprintf(
            plain, sizeof plain, "-%lld.%02lld", (long long)(amount / 100), (long long)(amount % 100));
        (void)snprintf(grouped, sizeof grouped,
            amount >= 100000 ? "¥ %lld,%03lld.%02lld" : "(%lld%03lld.%02lld)", (long long)(amount / 100000),
            (long long)(amount / 100 % 1000), (long long)(amount % 100));
        cr_assert(reads(plain, (enum decoy_class)(DECOY_AMOUNT + class), (uint64_t)amount), "%s", plain);
        cr_assert(reads(grouped, (enum decoy_class)(DECOY_AMOUNT + class), (uint64_t)amount), "%s", grouped);
    }
    uint64_t numbers[DECOY_CLASSES];
    /* A code with letters that begins with MA by chance is read as either. */
    unsigned read = decoy_read(bytes_of_text("91310115MA4Y1D8P10"), numbers);
    cr_assert(read >> DECOY_TAX_MA & 1 && read >> DECOY_TAX_LETTERS & 1);
    for (size_t i = 0; i < 7; i++) {
        static const char *const none[] = {"", "青禾", "1e5", "12.345", "0.99", "999999999999.00", "1.2.3"};
        cr_assert_eq(decoy_read(bytes_of_text(none[i]), numbers) >> DECOY_AMOUNT, 0, "%s", none[i]);
    }
    fingerprint_word_free(word);
}

/* --- Weighing --- */

static const struct decoy_counts made = {3, 9, 6, false}, alike = {3, 9, 6, true};

static struct mark_reading *leak_of(const struct fingerprint_word *word, bool logarithmic, unsigned amounts,
    unsigned clients, unsigned noise)
{
    struct fingerprint_code *code;
    struct secret *key = secret_new(KEY_SIZE);
    code = fingerprint_code_new(key);
    struct mark_reading *reading = mark_reading_new(code);
    for (unsigned i = 0; i < noise; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%u.%02u", 1000 + i * 7919 % 98000, i % 100);
        struct bytes cell = bytes_of_text(text);
        cr_assert_eq(mark_reading_add_row(reading, &cell, 1), VAULT_OK);
    }
    for (unsigned i = 0; i < amounts; i++) {
        char text[32];
        int64_t amount = logarithmic ? decoy_amount_like(word, i, 3456789)
                                     : decoy_amount(word, i, 7);
        (void)snprintf(
            text, sizeof text, "%lld.%02lld", (long long)(amount / 100), (long long)(amount % 100));
        struct bytes cell = bytes_of_text(text);
        cr_assert_eq(mark_reading_add_row(reading, &cell, 1), VAULT_OK);
    }
    for (unsigned i = 0; i < clients; i++) {
        char tax[] = "913101157X2Y4A5B6Q";
        cr_assert(decoy_write_tax_id(word, i, tax));
        struct bytes cell = bytes_of_text(tax);
        cr_assert_eq(mark_reading_add_row(reading, &cell, 1), VAULT_OK);
    }
    mark_reading_finish(reading);
    fingerprint_code_free(code);
    secret_free(key);
    return reading;
}

static void check_leaks(const struct decoy_counts *counts)
{
    struct fingerprint_word *word = word_of(3), *other = word_of(4);
    const struct {
        unsigned amounts, clients, noise;
        bool found;
    } leaks[] = {
        {0, 1, 5000, true}, {3, 0, 1000, true}, {6, 0, 1000, true}, {0, 0, 5000, false}, {1, 0, 1000, false}};
    for (size_t i = 0; i < sizeof leaks / sizeof leaks[0]; i++) {
        struct mark_evidence evidence, innocent;
        struct mark_reading *reading = leak_of(word, counts->logarithmic, leaks[i].amounts, leaks[i].clients, leaks[i].noise);
        mark_weigh(reading, word, counts, &evidence);
        mark_weigh(reading, other, counts, &innocent);
        cr_expect_eq(mark_bound(&evidence, 100) <= MARK_FALSE_ACCUSATION, leaks[i].found, "%zu: %g", i,
            evidence.log_bound);
        cr_expect_eq(evidence.rows.amounts, leaks[i].amounts);
        cr_expect_eq(evidence.rows.clients, leaks[i].clients);
        cr_expect_gt(mark_bound(&innocent, 1), 1e-3, "%zu: %g", i, innocent.log_bound);
        mark_reading_free(reading);
    }
    fingerprint_word_free(word);
    fingerprint_word_free(other);
}

Test(decoy_row, a_tax_id_or_a_few_amounts_name_the_export)
{
    check_leaks(&made);
    check_leaks(&alike);
}

/* A leak so full of numbers that others' stand in it by chance: the mean of the ratio is at most 1, and the
 * bound holds as a frequency. */
static void check_innocent(const struct decoy_counts *counts)
{
    static const unsigned words = 2000;
    struct fingerprint_word *word = word_of(5);
    struct mark_reading *reading = leak_of(word, counts->logarithmic, 4, 0, 60000);
    double mean = 0, hits = 0;
    unsigned below[3] = {0};
    for (unsigned i = 0; i < words; i++) {
        struct fingerprint_word *innocent = word_of(100 + i);
        struct mark_evidence evidence;
        mark_weigh(reading, innocent, counts, &evidence);
        mean += exp(evidence.log_kind[MARK_ROWS]) / words;
        hits += evidence.rows.amounts;
        for (int b = 0; b < 3; b++)
            below[b] += evidence.log_bound <= log(pow(10, -b - 1));
        fingerprint_word_free(innocent);
    }
    cr_expect_gt(hits, 50, "a test in which nothing happens by chance would show nothing");
    cr_expect_lt(mean, 1.3, "%g", mean);
    for (int b = 0; b < 3; b++)
        cr_expect_leq(below[b], words * pow(10, -b - 1) + 3 * sqrt(words * pow(10, -b - 1)), "%u", below[b]);
    mark_reading_free(reading);
    fingerprint_word_free(word);
}

Test(decoy_row, innocent_exports_keep_the_promise_of_the_bound)
{
    check_innocent(&made);
    check_innocent(&alike);
}

/* --- The logarithmic law --- */

Test(decoy_row, amounts_like_others_are_as_large_and_as_round)
{
    struct fingerprint_word *word = word_of(7);
    static const struct {
        int64_t like, least, whole;
    } likes[] = {{12345, 10000, 1}, {999999999, 100000000, 1}, {120100, 100000, 100}, {999999900, 100000000, 100}};
    uint64_t numbers[DECOY_CLASSES];
    for (size_t k = 0; k < sizeof likes / sizeof *likes; k++) {
        unsigned ones = 0;
        for (uint32_t i = 0; i < 2000; i++) {
            int64_t amount = decoy_amount_like(word, i, likes[k].like);
            cr_assert(amount >= likes[k].least && amount < 10 * likes[k].least && amount % likes[k].whole == 0);
            ones += amount < 2 * likes[k].least;
        }
        /* Benford: 30.1 % begin with 1; by an even law 11.1 % would. */
        cr_expect(ones > 500 && ones < 710, "%zu: %u", k, ones);
    }
    for (size_t k = 0; k < 6; k++) {
        static const int64_t none[] = {0, -12345, 9999, 1000000001, 99900, 5000000};
        cr_expect_eq(decoy_amount_like(word, 0, none[k]), 0, "%lld", (long long)none[k]);
    }
    cr_assert_neq(decoy_read(bytes_of_text("1,201.00"), numbers) >> DECOY_UNITS & 1, 0);
    cr_assert_eq(numbers[DECOY_UNITS], 1201);
    cr_assert_eq(decoy_read(bytes_of_text("1,201.10"), numbers) >> DECOY_UNITS, 0);
    fingerprint_word_free(word);
}

/* The chances of all numbers of a class add up to one, and a number's is how often it is drawn. */
Test(decoy_row, chances_are_those_of_the_draws)
{
    double sum = 0;
    unsigned drawn = 0;
    for (uint64_t value = 1000; value < 10000; value++)
        sum += decoy_class_chance(DECOY_UNITS, value);
    cr_expect_float_eq(sum, 1, 1e-9);
    for (unsigned n = 0; n < 40; n++) {
        struct fingerprint_word *word = word_of(500 + n);
        for (uint32_t i = 0; i < 500; i++)
            drawn += decoy_number(word, DECOY_UNITS, i) < 1100;
        fingerprint_word_free(word);
    }
    /* log10(1.1) = 4.14 % of 20,000, within five standard deviations. */
    cr_expect(drawn > 687 && drawn < 969, "%u", drawn);
    cr_expect_float_eq(decoy_class_chance(DECOY_PHONE, 5) * 1e8, 1, 1e-9);
}

/* What is in files that were exported must be found by every later version. */
Test(decoy_row, the_numbers_are_what_they_were)
{
    struct fingerprint_word *word = word_of(6);
    static const uint64_t known[DECOY_CLASSES] = {UINT64_C(45710525207), UINT64_C(34487678),
        UINT64_C(344591961), UINT64_C(88809007), UINT64_C(20123999), UINT64_C(373402469),
        UINT64_C(657735075757045604), UINT64_C(14160), UINT64_C(405703), UINT64_C(8640554),
        UINT64_C(21024716), UINT64_C(556834945), UINT64_C(99188), UINT64_C(248199), UINT64_C(2231433),
        UINT64_C(17450971), UINT64_C(181256147), UINT64_C(1441), UINT64_C(31353), UINT64_C(217139),
        UINT64_C(6858016)};
    for (int class = 0; class < DECOY_CLASSES; class ++)
        cr_expect_eq(decoy_number(word, (enum decoy_class) class, 7), known[class], "%d: %llu", class,
            (unsigned long long)decoy_number(word, (enum decoy_class) class, 7));
    fingerprint_word_free(word);
}
