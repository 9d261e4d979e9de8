/* Which column is which field: what the cells look like, whether the source knows them, and what the heading
 * says, in this order of weight, so that a file with other headings is read the same way. */
#include <string.h>

#include "vault/base/text.h"
#include "vault/trace/foresight_private.h"
#include "vault/trace/leak_private.h"
#include "vault/linkage/term.h"

#define SAMPLE_ROWS 400u  /* enough to see what a column is */
#define HIT_WEIGHT 4.0    /* of the share of cells that the source knows */
#define EXACT_HEADING 0.8 /* of a heading that is one of the known names */
#define PART_HEADING 0.5  /* of one that contains a known name */
#define LEAST 0.55        /* below it a column is nobody's */
#define KNOWN_CELLS 2u    /* fewer that the source knows may be chance */

/* --- Shapes --- */

static size_t count_digits(const struct normal *cell)
{
    size_t digits = 0;
    for (size_t i = 0; i < cell->size; i++)
        digits += cell->text[i] >= '0' && cell->text[i] <= '9';
    return digits;
}

static bool all_han(const struct normal *cell)
{
    struct bytes text = bytes_of(cell->text, cell->size);
    while (text.size > 0)
        if (!is_han(utf8_next(&text)))
            return false;
    return true;
}

static bool contains_any(const struct normal *cell, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strstr(cell->text, *words) != NULL)
            return true;
    return false;
}

static bool name_shaped(const struct normal *cell)
{
    static const char *const words[] = {"公司", "商行", "工作室", "厂", "店", "中心", "集团", "事务所",
        "合作社", "经营部", "gmbh", "ltd", "inc", "llc", "limited", NULL};
    return contains_any(cell, words);
}

static bool address_shaped(const struct normal *cell)
{
    static const char *const words[] = {
        "路", "街", "号", "室", "区", "镇", "村", "street", "road", "straße", "str", NULL};
    return cell->size >= 9 && count_digits(cell) > 0 && contains_any(cell, words);
}

/* How well a cell fits the form of a field, 0 to 1. */
static double shape(enum trace_field field, const struct normal *cell)
{
    size_t size = cell->size, digits = count_digits(cell), letters = utf8_length(bytes_of(cell->text, size));
    switch (field) {
    case TRACE_NAME:
        return name_shaped(cell) && !address_shaped(cell) ? 1 : 0;
    case TRACE_TAX_ID:
        return size >= 15 && size <= 20 && digits >= 8 && digits < size ? 1 : size == 18 ? 0.5 : 0;
    case TRACE_ADDRESS:
        return address_shaped(cell) && !name_shaped(cell) ? 1 : 0;
    case TRACE_CONTACT:
        return all_han(cell) && letters >= 2 && letters <= 4 ? 0.9 : 0;
    case TRACE_PHONE:
        return size == 11 && cell->text[0] == '1' ? 1 : size >= 7 && size <= 13 ? 0.6 : 0;
    case TRACE_EMAIL:
        return strchr(cell->text, '@') != NULL ? 1 : 0;
    case TRACE_BANK_ACCOUNT:
        return size >= 14 && size <= 30 ? 0.9 : 0;
    case TRACE_PERIOD:
        return 0.9;
    case TRACE_FEE:
    case TRACE_TURNOVER:
    case TRACE_TAX_DUE:
    case TRACE_PAYROLL:
    case TRACE_BALANCE:
    case TRACE_AMOUNT:
        return 0.2; /* a number may be any of them */
    case TRACE_PERSON_ID:
        return size == 18 && digits >= 17 ? 0.95 : size >= 8 && digits * 2 > size ? 0.3 : 0;
    case TRACE_DOCUMENT:
        return size <= 40 && digits > 0 ? 0.3 : 0;
    case TRACE_SUMMARY:
        return letters >= 2 && digits < size ? 0.3 : 0;
    case TRACE_FIELDS:
        break;
    }
    return 0;
}

/* Digits are all that is left of many a cell, so that what was dropped counts against the form. */
static double shape_of(enum trace_field field, struct bytes text, struct normal *cell)
{
    enum trace_form form = trace_field_facts[field].form;
    normal_make(form, text, cell);
    if (cell->size == 0)
        return 0;
    if (form == TRACE_FORM_DIGITS || form == TRACE_FORM_CODE || form == TRACE_FORM_PERIOD) {
        struct normal whole;
        normal_make(TRACE_FORM_NAME, text, &whole);
        size_t lost = whole.size > cell->size ? whole.size - cell->size : 0;
        if (lost > 2 + (form == TRACE_FORM_PERIOD ? 6u : 0u))
            return 0;
    }
    return shape(field, cell);
}

/* --- Headings --- */

/* Weight of a heading as a name of the field. */
static double heading_weight(enum trace_field field, const char *heading)
{
    size_t size = strlen(heading);
    double weight = 0;
    for (const char *name = trace_field_facts[field].headings; *name != '\0' && size > 0;) {
        size_t length = strcspn(name, "|");
        if (length == size && memcmp(name, heading, size) == 0)
            return EXACT_HEADING;
        if (length >= 5 && length < size && memmem(heading, size, name, length) != NULL)
            weight = PART_HEADING;
        name += length + (name[length] == '|');
    }
    return weight;
}

/* Letters, digits or both: what a cell is made of, to tell a heading from what stands below it. */
static unsigned make_of(struct bytes text)
{
    struct normal cell;
    normal_make(TRACE_FORM_NAME, text, &cell);
    size_t digits = count_digits(&cell);
    if (cell.size == 0)
        return 0;
    return digits == cell.size ? 1 : digits * 3 > cell.size ? 2 : all_han(&cell) ? 3 : digits > 0 ? 4 : 5;
}

static unsigned usual_make(const struct leak *leak, size_t column)
{
    size_t counts[6] = {0};
    unsigned best = 0;
    for (size_t row = 1; row < leak->row_count && row < SAMPLE_ROWS; row++)
        counts[make_of(leak_text(leak, row, column))]++;
    for (unsigned i = 1; i < 6; i++)
        if (counts[i] > (best == 0 ? 0 : counts[best]))
            best = i;
    return best;
}

bool columns_have_headings(const struct leak *leak, trace_fields fields)
{
    size_t unlike = 0, filled = 0;
    for (size_t column = 0; column < leak->columns; column++) {
        char heading[NORMAL_TEXT_SIZE];
        struct bytes text = leak_text(leak, 0, column);
        normal_heading(text, heading);
        for (int field = 0; field < TRACE_FIELDS; field++)
            if ((fields & TRACE_BIT(field)) != 0 &&
                heading_weight((enum trace_field)field, heading) >= EXACT_HEADING)
                return true;
        unsigned usual = usual_make(leak, column);
        if (heading[0] == '\0' || usual == 0)
            continue;
        filled++;
        unlike += make_of(text) != usual;
    }
    return leak->row_count > 1 && filled > 0 && unlike * 2 > filled;
}

/* --- The choice --- */

struct hit_count {
    const struct trace_source *source;
    struct failure *failure;
    bool hit;
};

static int look_up(void *context, const struct trace_term *term)
{
    struct hit_count *count = context;
    struct trace_hits hits;
    int result = count->source->find(count->source->context, term, &hits, count->failure);
    /* What a quarter of all clients share says nothing about the column. */
    if (result == VAULT_OK && hits.count > 0 && hits.count * 4 <= (size_t)count->source->clients + 4)
        count->hit = true;
    return result;
}

static int is_known(enum trace_field field, const struct normal *cell, struct hit_count *count)
{
    static const enum trace_term_kind kinds[] = {TRACE_TERM_EXACT, TRACE_TERM_UNIT, TRACE_TERM_HUNDRED};
    int result = VAULT_OK;
    count->hit = false;
    for (size_t i = 0; i < 3 && result == VAULT_OK && !count->hit; i++)
        result = term_of_cell(field, cell, kinds[i], look_up, count);
    return result;
}

/* Is the cell to be looked up at all? */
static bool may_be(enum trace_field field, double fits)
{
    return fits != 0 || field == TRACE_NAME || field == TRACE_ADDRESS || field == TRACE_CONTACT;
}

static int expect_column(
    struct foresight *foresight, const struct leak *leak, size_t from, size_t column, enum trace_field field)
{
    static const enum trace_term_kind kinds[] = {TRACE_TERM_EXACT, TRACE_TERM_UNIT, TRACE_TERM_HUNDRED};
    size_t cells = 0;
    int result = VAULT_OK;
    for (size_t row = from; row < leak->row_count && cells < SAMPLE_ROWS && result == VAULT_OK; row++) {
        struct normal cell;
        struct bytes text = leak_text(leak, row, column);
        cells += text.size > 0;
        if (text.size > 0 && may_be(field, shape_of(field, text, &cell)))
            for (size_t i = 0; i < 3 && result == VAULT_OK; i++)
                result = term_of_cell(field, &cell, kinds[i], foresight_add, foresight);
    }
    return result;
}

/* All cells that will be looked up, for a source that finds many at once sooner than one by one. */
static int expect_columns(
    const struct leak *leak, size_t from, const struct trace_source *source, struct failure *failure)
{
    struct foresight foresight = {.source = source, .failure = failure};
    int result = VAULT_OK;
    for (size_t c = 0; c < leak->columns && source->expect != NULL; c++)
        for (int f = 0; f < TRACE_FIELDS && result == VAULT_OK; f++)
            if ((source->fields & TRACE_BIT(f)) != 0)
                result = expect_column(&foresight, leak, from, c, (enum trace_field)f);
    if (result == VAULT_OK)
        result = foresight_tell(&foresight);
    foresight_free(&foresight);
    return result == VAULT_ENOMEM ? failure_set(failure, result, "no memory to read the leak's columns")
                                  : result;
}

static int weigh(const struct leak *leak, size_t from, size_t column, enum trace_field field,
    const struct trace_source *source, double *weight, struct failure *failure)
{
    struct hit_count count = {source, failure, false};
    double shapes = 0;
    size_t cells = 0, known = 0;
    for (size_t row = from; row < leak->row_count && cells < SAMPLE_ROWS; row++) {
        struct normal cell;
        struct bytes text = leak_text(leak, row, column);
        if (text.size == 0)
            continue;
        cells++;
        double fits = shape_of(field, text, &cell);
        shapes += fits;
        if (!may_be(field, fits))
            continue;
        int result = is_known(field, &cell, &count);
        if (result != VAULT_OK)
            return result;
        known += count.hit;
    }
    double n = cells == 0 ? 1 : (double)cells;
    *weight = shapes / n + (known >= KNOWN_CELLS || known == cells ? HIT_WEIGHT * (double)known / n : 0);
    if (cells == 0)
        *weight = 0;
    return VAULT_OK;
}

struct choice {
    double weights[LEAK_COLUMNS_MAX][TRACE_FIELDS];
    bool taken[LEAK_COLUMNS_MAX];
};

/* The best pair first, and so on: a column is one field, a field one column. */
static void choose(struct leak *leak, struct choice *choice)
{
    for (;;) {
        double best = LEAST;
        size_t column = 0;
        int field = -1;
        for (size_t c = 0; c < leak->columns; c++)
            for (int f = 0; f < TRACE_FIELDS && !choice->taken[c]; f++)
                if (leak->column_of[f] < 0 && choice->weights[c][f] > best) {
                    best = choice->weights[c][f];
                    column = c;
                    field = f;
                }
        if (field < 0)
            return;
        leak->column_of[field] = (int)column;
        choice->taken[column] = true;
    }
}

int columns_decide(
    struct leak *leak, bool headings, const struct trace_source *source, struct failure *failure)
{
    struct choice choice = {.taken = {false}};
    for (int i = 0; i < TRACE_FIELDS; i++) {
        leak->column_of[i] = -1;
        leak->precision[i] = 1;
    }
    int expected = expect_columns(leak, headings ? 1 : 0, source, failure);
    if (expected != VAULT_OK)
        return expected;
    for (size_t c = 0; c < leak->columns; c++) {
        char heading[NORMAL_TEXT_SIZE] = "";
        if (headings)
            normal_heading(leak_text(leak, 0, c), heading);
        for (int f = 0; f < TRACE_FIELDS; f++) {
            if ((source->fields & TRACE_BIT(f)) == 0)
                continue;
            double *weight = &choice.weights[c][f];
            int result = weigh(leak, headings ? 1 : 0, c, (enum trace_field)f, source, weight, failure);
            if (result != VAULT_OK)
                return result;
            if (*weight > 0)
                *weight += heading_weight((enum trace_field)f, heading);
        }
    }
    choose(leak, &choice);
    return VAULT_OK;
}
