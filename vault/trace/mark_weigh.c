/* One export's word against what was read: METHOD.md, "Marks of exports". */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/mark_private.h"

/* How much of the leak came from this copy: the shares of a mixture.  Less than 1 stands for noise as well as
 * for others who mixed theirs in. */
static const double shares[] = {0.98, 0.8, 0.5, 0.3};
#define SHARES (sizeof shares / sizeof *shares)

/* How likely it is beforehand that a slot in a column, or the order of one, is marked and survived. */
#define ALIVE_SLOT 0.125
#define ALIVE_ORDER 0.0625

/* The name of a copy has 128 bits.  It counts for half of them, as properties can be carried from file to
 * file. */
#define ID_LOG (64 * 0.69314718055994531)

static double log_add(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return isinf(high) ? high : high + log1p(exp(low - high));
}

/* log of (1 − alive) + alive·e^x: the part may be dead. */
static double maybe(double alive, double x)
{
    return log_add(log1p(-alive), log(alive) + x);
}

/* --- Order: Mallows' model, mixed over its dispersion --- */

static size_t count_inversions(uint64_t *ranks, uint64_t *room, size_t count)
{
    if (count < 2)
        return 0;
    size_t half = count / 2, left = 0, right = half, inversions;
    inversions = count_inversions(ranks, room, half) + count_inversions(ranks + half, room, count - half);
    for (size_t i = 0; i < count; i++) {
        bool take_left = left < half && (right == count || ranks[left] <= ranks[right]);
        if (!take_left)
            inversions += half - left;
        room[i] = take_left ? ranks[left++] : ranks[right++];
    }
    memcpy(ranks, room, count * sizeof *ranks);
    return inversions;
}

static const double dispersions[MARK_DISPERSIONS] = {0.001, 0.1, 0.5, 0.8, 0.95};

void mark_column_finish(struct mark_column *column)
{
    for (size_t first = 0; first < 2; first++)
        for (size_t m = 0; m < MARK_DISPERSIONS; m++) {
            double q = dispersions[m], power = 1, log_z = 0;
            for (size_t i = 1; i + first <= column->count; i++) {
                power *= q;
                log_z += log1p(-power) - log1p(-q);
            }
            column->log_z[first][m] = log_z;
        }
}

double mark_weigh_order(const struct mark_reading *reading, const struct mark_column *column, size_t first,
    const struct fingerprint_word *word, size_t *inversions)
{
    size_t count = column->count - first;
    uint64_t *ranks = count < 2 ? NULL : calloc(2 * count, sizeof *ranks);
    double sum = -INFINITY;
    *inversions = 0;
    if (ranks == NULL)
        return 0;
    for (size_t i = 0; i < count; i++)
        ranks[i] = fingerprint_rank(word, mark_column_text(reading, column, first + i));
    *inversions = count_inversions(ranks, ranks + count, count);
    free(ranks);
    double orders = lgamma((double)count + 1);
    for (size_t m = 0; m < MARK_DISPERSIONS; m++)
        sum = log_add(sum, orders + (double)*inversions * log(dispersions[m]) - column->log_z[first][m]);
    return sum - log((double)MARK_DISPERSIONS);
}

/* --- Texts --- */

/* Of one slot in one column, what came out for each share. */
struct part {
    bool read;
    double log_ratio[SHARES];
};

/* What a place adds to each part's ratio, by whether what was read there is rare for a word, and whether the
 * word agrees. */
struct terms {
    double log_ratio[2][2][SHARES];
};

static void make_terms(struct terms *terms)
{
    for (int rare = 0; rare < 2; rare++) {
        double likely = rare ? FINGERPRINT_RARE : 1 - FINGERPRINT_RARE;
        for (size_t s = 0; s < SHARES; s++) {
            terms->log_ratio[rare][0][s] = log(1 - shares[s]);
            terms->log_ratio[rare][1][s] = log(1 - shares[s] + shares[s] / likely);
        }
    }
}

/* Positions by how likely what was read there was for a word. */
struct tally {
    size_t rare, common; /* read as a word has it with FINGERPRINT_RARE, with 1 − FINGERPRINT_RARE */
};

/* The symmetric score of a place: mean 0, variance 1 over the bits that a word may have. */
static double place_score(double likely, bool agrees)
{
    return agrees ? sqrt((1 - likely) / likely) : -sqrt(likely / (1 - likely));
}

static void weigh_place(const struct mark_place *place, bool full, const struct fingerprint_word *word,
    const struct terms *terms, struct part *part, struct tally *tally, struct mark_evidence *evidence)
{
    double bias = fingerprint_bias(place->position), likely = full ? bias : 1 - bias;
    bool agrees = fingerprint_bit(word, place->position) == full;
    struct mark_slot *slot = &evidence->slots[place->slot - 1];
    for (size_t s = 0; s < SHARES; s++)
        part->log_ratio[s] += terms->log_ratio[likely < 0.5][agrees][s];
    part->read = true;
    if (likely < 0.5)
        tally->rare++;
    else
        tally->common++;
    slot->read++;
    slot->agree += agrees;
    evidence->positions++;
    evidence->score += place_score(likely, agrees);
}

/* log of the moment generating function of the score at @p t, less t times the score. */
static double chernoff_at(const struct tally *tally, double score, double t)
{
    double p = FINGERPRINT_RARE, high = place_score(p, true), low = place_score(1 - p, true);
    double rare = log(p * exp(t * high) + (1 - p) * exp(-t * low));
    double common = log((1 - p) * exp(t * low) + p * exp(-t * high));
    return (double)tally->rare * rare + (double)tally->common * common - t * score;
}

/* The least over t ≥ 0; the function is convex. */
static double chernoff(const struct tally *tally, double score)
{
    double from = 0, to = 12;
    if (score <= 0)
        return 0;
    for (int i = 0; i < 80; i++) {
        double a = from + (to - from) / 3, b = to - (to - from) / 3;
        if (chernoff_at(tally, score, a) < chernoff_at(tally, score, b))
            to = b;
        else
            from = a;
    }
    double least = chernoff_at(tally, score, (from + to) / 2);
    return least < 0 ? least : 0;
}

static size_t part_of(const struct mark_place *place)
{
    return (size_t)place->column * WRITING_SLOTS + place->slot - 1;
}

static enum mark_kind kind_of(enum writing_slot slot)
{
    return slot == WRITING_BRACKET || slot == WRITING_STOP ? MARK_WIDTH : MARK_BLANKS;
}

static void weigh_texts(const struct mark_reading *reading, const struct fingerprint_word *word,
    struct tally *tally, struct mark_evidence *evidence)
{
    static const struct part none;
    struct part parts[MARK_COLUMNS_MAX * WRITING_SLOTS];
    struct terms terms;
    make_terms(&terms);
    for (size_t i = 0; i < MARK_COLUMNS_MAX * WRITING_SLOTS; i++)
        parts[i] = none;
    for (size_t i = 0; i < reading->count; i++) {
        const struct mark_place *place = &reading->table[i];
        bool full;
        if (mark_place_reads(place, &full))
            weigh_place(place, full, word, &terms, &parts[part_of(place)], tally, evidence);
    }
    for (size_t i = 0; i < MARK_COLUMNS_MAX * WRITING_SLOTS; i++) {
        double mixed = -INFINITY;
        for (size_t s = 0; s < SHARES; s++)
            mixed = log_add(mixed, parts[i].log_ratio[s] - log((double)SHARES));
        if (parts[i].read)
            evidence->log_kind[kind_of((enum writing_slot)(i % WRITING_SLOTS))] += maybe(ALIVE_SLOT, mixed);
    }
}

/* --- Together --- */

/* The sum of both readings of a column's order: its first text may be a heading. */
static double weigh_column(const struct mark_reading *reading, const struct mark_column *column,
    const struct fingerprint_word *word, double *best, struct mark_evidence *evidence)
{
    double sum = -INFINITY;
    for (size_t first = 0; first < 2; first++) {
        size_t inversions = 0;
        double one = mark_weigh_order(reading, column, first, word, &inversions);
        sum = log_add(sum, one);
        if (evidence->ordered == 0 || one > *best) {
            *best = one;
            evidence->ordered = column->count - first;
            evidence->inversions = inversions;
        }
    }
    return sum;
}

/* Columns hold the same texts now and then, so their orders are no independent witnesses: the mean, not the
 * product. */
static double weigh_orders(
    const struct mark_reading *reading, const struct fingerprint_word *word, struct mark_evidence *evidence)
{
    double best = 0, log_ratio = -INFINITY;
    size_t readings = 0;
    for (size_t i = 0; i < MARK_COLUMNS_MAX; i++) {
        if (reading->columns[i].count < 2)
            continue;
        log_ratio = log_add(log_ratio, weigh_column(reading, &reading->columns[i], word, &best, evidence));
        readings += 2;
    }
    return readings == 0 ? 0 : maybe(ALIVE_ORDER, log_ratio - log((double)readings));
}

void mark_weigh(const struct mark_reading *reading, const struct fingerprint_word *word,
    const struct decoy_counts *rows, struct mark_evidence *evidence)
{
    struct tally tally = {0, 0};
    uint8_t id[FINGERPRINT_ID_SIZE];
    memset(evidence, 0, sizeof *evidence);
    weigh_texts(reading, word, &tally, evidence);
    evidence->log_kind[MARK_ORDER] = weigh_orders(reading, word, evidence);
    fingerprint_id(word, id);
    for (size_t i = 0; i < reading->id_count; i++)
        evidence->id = evidence->id || memcmp(id, reading->ids[i], sizeof id) == 0;
    evidence->log_kind[MARK_WORKBOOK] = evidence->id ? ID_LOG : 0;
    if (rows != NULL)
        evidence->log_kind[MARK_ROWS] = mark_weigh_rows(reading, word, rows, &evidence->rows);
    for (int i = 0; i < MARK_KINDS; i++)
        evidence->log_ratio += evidence->log_kind[i];
    double by_score = chernoff(&tally, evidence->score);
    double bound = -evidence->log_ratio < by_score ? -evidence->log_ratio : by_score;
    bound += log(2);
    evidence->log_bound = bound < 0 ? bound : 0;
}

double mark_bound(const struct mark_evidence *evidence, size_t exports)
{
    double bound = evidence->log_bound + log(exports < 1 ? 1 : (double)exports);
    return bound < 0 ? exp(bound) : 1;
}
