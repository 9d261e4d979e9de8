#include "vault/trace/link.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/trace/foresight_private.h"
#include "vault/trace/link_private.h"

#define NEAR_SHARE 0.7 /* of what an exact agreement is worth */
#define GRAM_SHARE 0.5
#define GRAMS_NEEDED 0.75 /* of a name's pairs of characters */
#define THRESHOLD 1.5     /* below log N */
#define MARGIN 2.0        /* above the second best */
#define COMMON_SHARE 4    /* a term that more than one client in four has finds nobody */

#define ROWS_AT_ONCE 1000u

#define EXACT_KINDS 4u
static const enum trace_term_kind exact_kinds[EXACT_KINDS] = {
    TRACE_TERM_EXACT, TRACE_TERM_UNIT, TRACE_TERM_HUNDRED, TRACE_TERM_TAIL};

/* Evidence gathered for one row; dense over clients, with the list of those touched. */
struct tally {
    const struct trace_source *source;
    struct failure *failure;
    double *score;        /* by client */
    trace_fields *agreed; /* by client */
    uint8_t *exact;       /* by client: a cell that hardly anybody else has */
    uint16_t *grams;      /* by client, of the name at hand */
    uint32_t *touched;
    size_t touched_count;
    enum trace_field field;
    double share;
    bool common; /* the cell cannot tell clients apart */
    bool found;
    unsigned gram_count;
};

static int tally_start(struct tally *tally, const struct trace_source *source, struct failure *failure)
{
    size_t clients = (size_t)source->clients + 1;
    *tally = (struct tally){.source = source, .failure = failure};
    tally->score = calloc(clients, sizeof *tally->score);
    tally->agreed = calloc(clients, sizeof *tally->agreed);
    tally->exact = calloc(clients, sizeof *tally->exact);
    tally->grams = calloc(clients, sizeof *tally->grams);
    tally->touched = calloc(clients, sizeof *tally->touched);
    return tally->score == NULL || tally->agreed == NULL || tally->exact == NULL || tally->grams == NULL ||
                   tally->touched == NULL
               ? failure_set(failure, VAULT_ENOMEM, "no memory to link the leaked rows")
               : VAULT_OK;
}

static void tally_end(struct tally *tally)
{
    free(tally->score);
    free(tally->agreed);
    free(tally->exact);
    free(tally->grams);
    free(tally->touched);
}

static void tally_clear(struct tally *tally)
{
    for (size_t i = 0; i < tally->touched_count; i++) {
        uint32_t client = tally->touched[i];
        tally->score[client] = 0;
        tally->agreed[client] = 0;
        tally->exact[client] = 0;
        tally->grams[client] = 0;
    }
    tally->touched_count = 0;
}

static void touch(struct tally *tally, uint32_t client)
{
    if (tally->agreed[client] == 0 && tally->grams[client] == 0)
        tally->touched[tally->touched_count++] = client;
}

static double population(const struct tally *tally)
{
    return tally->source->population > 0 ? tally->source->population : tally->source->genuine;
}

/* Enough by itself to recognise a decoy: people's names, amounts and addresses meet by chance. */
static bool names_a_firm(enum trace_field field)
{
    enum trace_form form = trace_field_facts[field].form;
    return form == TRACE_FORM_NAME || form == TRACE_FORM_CODE || form == TRACE_FORM_DIGITS ||
           form == TRACE_FORM_EMAIL;
}

static bool is_common(const struct tally *tally, const struct trace_hits *hits)
{
    return hits->count > 16 && hits->count * COMMON_SHARE > tally->source->clients;
}

/* Each agreeing client gains; the rarer the term, the more. */
static int agree(void *context, const struct trace_term *term)
{
    struct tally *tally = context;
    struct trace_hits hits;
    int result = tally->source->find(tally->source->context, term, &hits, tally->failure);
    if (result != VAULT_OK)
        return result;
    if (is_common(tally, &hits)) {
        tally->common = true;
        return VAULT_OK;
    }
    double gain = tally->share * log1p(population(tally) / (1.0 + (double)hits.count));
    for (size_t i = 0; i < hits.count; i++) {
        uint32_t client = hits.clients[i];
        if ((tally->agreed[client] & TRACE_BIT(tally->field)) != 0)
            continue;
        touch(tally, client);
        tally->agreed[client] |= TRACE_BIT(tally->field);
        tally->score[client] += gain;
        tally->exact[client] |=
            hits.count <= 2 && term->kind == TRACE_TERM_EXACT && names_a_firm(tally->field);
    }
    tally->found |= hits.count > 0;
    return VAULT_OK;
}

static int count_grams(void *context, const struct trace_term *term)
{
    struct tally *tally = context;
    struct trace_hits hits;
    int result = tally->source->find(tally->source->context, term, &hits, tally->failure);
    if (result != VAULT_OK || hits.count * COMMON_SHARE > tally->source->clients)
        return result;
    tally->gram_count++;
    for (size_t i = 0; i < hits.count; i++) {
        touch(tally, hits.clients[i]);
        tally->grams[hits.clients[i]]++;
    }
    return VAULT_OK;
}

/* Names that share most of their pairs of characters: two edits, or an ending left out. */
static int agree_by_grams(struct tally *tally, const struct normal *cell)
{
    size_t alike = 0;
    tally->gram_count = 0;
    int result = term_of_cell(TRACE_NAME, cell, TRACE_TERM_GRAM, count_grams, tally);
    if (result != VAULT_OK || tally->gram_count < 3)
        return result;
    double needed = GRAMS_NEEDED * tally->gram_count;
    for (size_t i = 0; i < tally->touched_count; i++)
        alike += tally->grams[tally->touched[i]] >= needed;
    double gain = GRAM_SHARE * log1p(population(tally) / (1.0 + (double)alike));
    for (size_t i = 0; i < tally->touched_count; i++) {
        uint32_t client = tally->touched[i];
        if (tally->grams[client] >= needed) {
            tally->agreed[client] |= TRACE_BIT(TRACE_NAME);
            tally->score[client] += gain;
        }
    }
    return VAULT_OK;
}

static int weigh_cell(struct tally *tally, enum trace_field field, const struct normal *cell)
{
    int result = VAULT_OK;
    tally->field = field;
    tally->share = 1;
    tally->common = tally->found = false;
    for (size_t i = 0; i < EXACT_KINDS && result == VAULT_OK; i++)
        result = term_of_cell(field, cell, exact_kinds[i], agree, tally);
    if (result == VAULT_OK && !tally->found) {
        tally->share = NEAR_SHARE;
        result = term_of_cell(field, cell, TRACE_TERM_NEAR, agree, tally);
    }
    if (result == VAULT_OK && !tally->found && field == TRACE_NAME)
        result = agree_by_grams(tally, cell);
    return result;
}

struct verdict {
    double score;
    bool linked;
    uint32_t numbers[LINK_ALIKE_MAX]; /* the best first, and what is no rival to it */
    size_t count;
};

static double score_of(const struct tally *tally, uint32_t client, trace_fields told)
{
    double score = tally->score[client];
    for (int f = 0; f < TRACE_FIELDS; f++)
        if ((told & ~tally->agreed[client] & TRACE_BIT(f)) != 0)
            score -= trace_field_facts[f].disagreement;
    return score;
}

/* Are two records somebody's, or of a client whose records name nobody?  Of one person if they agree with the
 * same names, numbers and cards of his, or both with his identity number. */
static bool of_one(const struct tally *tally, uint32_t a, uint32_t b)
{
    const struct trace_source *source = tally->source;
    if (source->together == NULL || !source->together(source->context, a, b))
        return false;
    trace_fields of_a = tally->agreed[a] & source->naming, of_b = tally->agreed[b] & source->naming;
    return source->naming == 0 || (of_a & of_b & TRACE_BIT(TRACE_PERSON_ID)) != 0 ||
           (of_a != 0 && of_a == of_b);
}

/* The best, and then whatever is no rival to it and nearly as good. */
static void gather(const struct tally *tally, uint32_t best, trace_fields told, struct verdict *verdict)
{
    verdict->numbers[verdict->count++] = best;
    for (size_t i = 0; i < tally->touched_count && verdict->count < LINK_ALIKE_MAX; i++) {
        uint32_t candidate = tally->touched[i];
        if (candidate != best && of_one(tally, best, candidate) &&
            verdict->score - score_of(tally, candidate, told) <= MARGIN)
            verdict->numbers[verdict->count++] = candidate;
    }
}

/* Whose is the row?  Only somebody else is a rival. */
static int judge(struct tally *tally, trace_fields told, struct verdict *verdict)
{
    double best = -INFINITY, second = -INFINITY;
    uint32_t client = 0;
    struct trace_client about;
    if (tally->touched_count == 0)
        return VAULT_OK;
    for (size_t i = 0; i < tally->touched_count; i++) {
        uint32_t candidate = tally->touched[i];
        double score = score_of(tally, candidate, told);
        if (score > best || (score == best && candidate < client)) {
            best = score;
            client = candidate;
        }
    }
    for (size_t i = 0; i < tally->touched_count; i++) {
        uint32_t candidate = tally->touched[i];
        double score = candidate == client ? -INFINITY : score_of(tally, candidate, told);
        if (score > second && !of_one(tally, client, candidate))
            second = score;
    }
    int result = tally->source->client(tally->source->context, client, &about, tally->failure);
    double threshold = about.decoy && tally->exact[client] ? 0 : log(population(tally) + 1) - THRESHOLD;
    verdict->score = best;
    verdict->linked = best > threshold && best - second > MARGIN;
    if (verdict->linked)
        gather(tally, client, told, verdict);
    return result;
}

static int link_row(struct tally *tally, const struct leak *leak, size_t row, struct link *link)
{
    struct normal cells[TRACE_FIELDS];
    struct verdict verdict = {.linked = false, .count = 0};
    trace_fields told = 0, present = 0;
    int result = VAULT_OK;
    for (int f = 0; f < TRACE_FIELDS && result == VAULT_OK; f++) {
        leak_cell(leak, row, (enum trace_field)f, &cells[f]);
        if (cells[f].size == 0)
            continue;
        present |= TRACE_BIT(f);
        if ((tally->source->compared & TRACE_BIT(f)) != 0)
            continue;
        result = weigh_cell(tally, (enum trace_field)f, &cells[f]);
        if (!tally->common)
            told |= TRACE_BIT(f);
    }
    if (result == VAULT_OK)
        result = judge(tally, told, &verdict);
    tally_clear(tally);
    if (result == VAULT_OK && !verdict.linked)
        link->unlinked++;
    if (result == VAULT_OK && verdict.linked) {
        struct link_row *linked = &link->rows[link->count++];
        *linked = (struct link_row){.row = row, .present = present, .score = verdict.score};
        result =
            link_compare(tally->source, cells, verdict.numbers, verdict.count, linked, link, tally->failure);
    }
    wipe(cells, sizeof cells);
    return result;
}

/* --- What will be asked for, before it is --- */

/* Does the cell find anybody under a term of these kinds? As agree() takes it. */
static int note_found(void *context, const struct trace_term *term)
{
    struct tally *tally = context;
    struct trace_hits hits;
    int result = tally->source->find(tally->source->context, term, &hits, tally->failure);
    tally->found |= result == VAULT_OK && hits.count > 0 && !is_common(tally, &hits);
    return result;
}

/* Each pass asks for what the one before has left open: exact terms, retyped ones, pairs of characters. */
static int expect_cell(struct tally *tally, struct foresight *foresight, unsigned pass,
    enum trace_field field, const struct normal *cell)
{
    int result = VAULT_OK;
    tally->found = false;
    if (pass == 0) {
        for (size_t i = 0; i < EXACT_KINDS && result == VAULT_OK; i++)
            result = term_of_cell(field, cell, exact_kinds[i], foresight_add, foresight);
        return result;
    }
    for (size_t i = 0; i < EXACT_KINDS && result == VAULT_OK && !tally->found; i++)
        result = term_of_cell(field, cell, exact_kinds[i], note_found, tally);
    if (pass == 2 && result == VAULT_OK && !tally->found)
        result = term_of_cell(field, cell, TRACE_TERM_NEAR, note_found, tally);
    if (result == VAULT_OK && !tally->found)
        result = term_of_cell(
            field, cell, pass == 1 ? TRACE_TERM_NEAR : TRACE_TERM_GRAM, foresight_add, foresight);
    return result;
}

static int expect_rows(struct tally *tally, const struct leak *leak, size_t first, size_t last)
{
    struct foresight foresight = {.source = tally->source, .failure = tally->failure};
    int result = VAULT_OK;
    for (unsigned pass = 0; pass < 3 && result == VAULT_OK; pass++) {
        for (size_t row = first; row < last && result == VAULT_OK; row++)
            for (int f = 0; f < TRACE_FIELDS && result == VAULT_OK; f++) {
                struct normal cell;
                if ((tally->source->compared & TRACE_BIT(f)) != 0 || (pass == 2 && f != TRACE_NAME))
                    continue;
                leak_cell(leak, row, (enum trace_field)f, &cell);
                if (cell.size > 0)
                    result = expect_cell(tally, &foresight, pass, (enum trace_field)f, &cell);
                wipe(&cell, sizeof cell);
            }
        if (result == VAULT_OK)
            result = foresight_tell(&foresight);
    }
    foresight_free(&foresight);
    return result == VAULT_ENOMEM ? failure_set(tally->failure, result, "no memory to link the leaked rows")
                                  : result;
}

int link_make(
    const struct leak *leak, const struct trace_source *source, struct link *link, struct failure *failure)
{
    struct tally tally;
    *link = (struct link){.count = 0};
    int result = tally_start(&tally, source, failure);
    link->rows = calloc(leak_rows(leak) + 1, sizeof *link->rows);
    if (result == VAULT_OK && link->rows == NULL)
        result = failure_set(failure, VAULT_ENOMEM, "no memory to link the leaked rows");
    for (size_t row = 0; row < leak_rows(leak) && result == VAULT_OK; row++) {
        size_t last = row + ROWS_AT_ONCE < leak_rows(leak) ? row + ROWS_AT_ONCE : leak_rows(leak);
        if (row % ROWS_AT_ONCE == 0 && source->expect != NULL)
            result = expect_rows(&tally, leak, row, last);
        if (result == VAULT_OK)
            result = link_row(&tally, leak, row, link);
    }
    tally_end(&tally);
    if (result != VAULT_OK)
        link_free(link);
    return result;
}

void link_free(struct link *link)
{
    free(link->rows);
    free(link->versions);
    free(link->numbers);
    *link = (struct link){.count = 0};
}
