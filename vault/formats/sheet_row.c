#include <stdio.h>
#include <string.h>

#include "vault/formats/sheet_private.h"

#define KEY_SEPARATOR 0x1f

static json_t *object_at(json_t *fields, const char *parent)
{
    json_t *object = json_object_get(fields, parent);
    if (object != NULL)
        return object;
    object = json_object();
    return json_object_set_new_nocheck(fields, parent, object) == 0 ? object : NULL;
}

static json_t *target(struct sheet_state *state, const struct bound *bound)
{
    if (bound->line)
        return state->line;
    return bound->parent == NULL ? state->draft.fields : object_at(state->draft.fields, bound->parent);
}

static json_t *value_json(const struct value *value)
{
    if (value->boolean >= 0)
        return json_boolean(value->boolean);
    return json_stringn_nocheck((const char *)value->text.data, value->text.size);
}

/* A cell verbatim.  Under its heading alone it stands for all lines of a record; what differs in a later line
 * stands under "lines[n].heading". */
static int keep_raw(struct sheet_state *state, const struct bound *bound, const struct cell *cell)
{
    char name[256];
    const char *key = bound->heading;
    if (state->draft.raw == NULL)
        state->draft.raw = json_object();
    if (state->draft.raw == NULL)
        return VAULT_ENOMEM;
    if (state->line_count > 1) {
        const char *first = json_text(state->draft.raw, key);
        if (first != NULL && strcmp(first, cell->data) == 0)
            return VAULT_OK;
        (void)snprintf(name, sizeof name, "lines[%zu].%s", state->line_count - 1, key);
        key = name;
    }
    json_t *text = json_stringn_nocheck(cell->data, cell->size);
    return json_object_set_new_nocheck(state->draft.raw, key, text) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* Later rows of a record repeat its own columns; what they say otherwise is kept raw. */
static int compare_repeated(
    struct sheet_state *state, const struct bound *bound, const struct cell *cell, const struct value *value)
{
    json_t *object =
        bound->parent == NULL ? state->draft.fields : json_object_get(state->draft.fields, bound->parent);
    const char *now = bound->name == NULL || object == NULL ? NULL : json_text(object, bound->name);
    bool repeated = now != NULL && strlen(now) == value->text.size &&
                    memcmp(now, value->text.data, value->text.size) == 0;
    if (repeated || value->text.size == 0)
        return VAULT_OK;
    return keep_raw(state, bound, cell);
}

static int place(
    struct sheet_state *state, const struct bound *bound, const struct cell *cell, const struct value *value)
{
    bool has_value = value->text.size > 0 || value->boolean >= 0;
    if (state->line_count > 1 && !bound->line && bound->column != NULL && value->problem == NULL)
        return compare_repeated(state, bound, cell, value);
    if (has_value && bound->name != NULL) {
        json_t *object = target(state, bound);
        if (object == NULL || json_object_set_new_nocheck(object, bound->name, value_json(value)) != 0)
            return VAULT_ENOMEM;
    }
    bool other_before = state->line_count > 1 && state->draft.raw != NULL && cell->size > 0 &&
                        json_object_get(state->draft.raw, bound->heading) != NULL;
    return value->same && !other_before ? VAULT_OK : keep_raw(state, bound, cell);
}

static int tell_problem(struct sheet_state *state, const struct row *row, const struct bound *bound,
    const struct cell *cell, const struct value *value)
{
    char where[DRAFT_WHERE_SIZE];
    table_where(state->table, row, where);
    if (!value->fatal)
        return run_warn(
            state->table->run, where, "%s: '%.60s' %s", bound->heading, cell->data, value->problem);
    if (state->refused)
        return VAULT_OK;
    state->refused = true;
    return run_refuse(state->table->run, where, "%s: '%.60s' %s", bound->heading, cell->data, value->problem);
}

static int read_cells(struct sheet_state *state, const struct row *row)
{
    struct value value;
    int result = VAULT_OK;
    size_t count = row->count < state->bound_count ? row->count : state->bound_count;
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        struct bound *bound = &state->bound[i];
        const struct cell *cell = &row->cells[i];
        if (cell->size == 0)
            continue;
        result = sheet_convert(state, bound, cell, &value);
        if (result != VAULT_OK)
            break;
        if (value.problem != NULL)
            result = tell_problem(state, row, bound, cell, &value);
        if (bound->sums && value.number && decimal_add(&bound->sum, value.decimal) != VAULT_OK)
            bound->sums = false;
        if (result == VAULT_OK)
            result = place(state, bound, cell, &value);
        state->record_bytes += cell->size;
    }
    return result;
}

/* Cells beyond the headings would be lost without a word. */
static int tell_surplus(struct sheet_state *state, const struct row *row)
{
    char where[DRAFT_WHERE_SIZE];
    for (size_t i = state->bound_count; i < row->count; i++) {
        if (row_cell(row, i).size > 0) {
            table_where(state->table, row, where);
            state->refused = true;
            return run_refuse(
                state->table->run, where, "%zu cells, but %zu headings", row->count, state->bound_count);
        }
    }
    return VAULT_OK;
}

static int begin_record(struct sheet_state *state, const struct row *row)
{
    draft_reset(&state->draft);
    buffer_reset(&state->client_no);
    buffer_reset(&state->client_tax_id);
    buffer_reset(&state->client_name);
    buffer_reset(&state->key);
    buffer_put(&state->key, buffer_bytes(&state->row_key));
    memset(&state->slots, 0, sizeof state->slots);
    state->debit = state->credit = (struct decimal){0, 0};
    state->draft.kind = state->sheet->kind;
    table_where(state->table, row, state->draft.where);
    state->draft.fields = json_object();
    state->lines = state->line = NULL;
    state->line_count = 0;
    state->record_bytes = 0;
    state->open = true;
    state->refused = false;
    state->reason = NULL;
    if (state->sheet->lines && state->draft.fields != NULL) {
        state->lines = json_array();
        if (json_object_set_new_nocheck(state->draft.fields, "lines", state->lines) != 0)
            state->lines = NULL;
    }
    bool ok = state->draft.fields != NULL && (!state->sheet->lines || state->lines != NULL);
    return ok ? buffer_error(&state->key) : VAULT_ENOMEM;
}

static int add_line(struct sheet_state *state, const struct row *row)
{
    char where[DRAFT_WHERE_SIZE];
    if (!state->sheet->lines)
        return VAULT_OK;
    if (state->line_count >= LIMIT_LINES || state->record_bytes > LIMIT_ROW_BYTES) {
        table_where(state->table, row, where);
        if (!state->refused)
            state->stopped = run_refuse(state->table->run, where,
                "more than %u lines or %u bytes in one record", LIMIT_LINES, LIMIT_ROW_BYTES);
        state->refused = true;
        return state->stopped;
    }
    state->line = json_object();
    state->line_count++;
    return json_array_append_new(state->lines, state->line) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* The key cells of a row side by side; empty if all of them are. */
static int row_key(struct sheet_state *state, const struct row *row)
{
    bool any = false;
    buffer_reset(&state->row_key);
    for (size_t i = 0; state->keyed && i < state->bound_count; i++) {
        const struct column *column = state->bound[i].column;
        if (column == NULL || (column->flags & COLUMN_KEY) == 0)
            continue;
        struct bytes text = row_cell(row, i);
        any = any || text.size > 0;
        buffer_put(&state->row_key, text);
        buffer_put_u8(&state->row_key, KEY_SEPARATOR);
    }
    if (!any)
        buffer_reset(&state->row_key);
    return buffer_error(&state->row_key);
}

static bool continues(const struct sheet_state *state)
{
    return state->open && state->keyed &&
           (state->row_key.size == 0 ||
               bytes_equal(buffer_bytes(&state->row_key), buffer_bytes(&state->key)));
}

static const char *text_or_null(struct buffer *buffer)
{
    return buffer->size == 0 ? NULL : buffer_text(buffer);
}

static void set_dates(struct sheet_state *state)
{
    struct draft *draft = &state->draft;
    const char *date = state->sheet->date == NULL ? NULL : json_text(draft->fields, state->sheet->date);
    const char *period = state->sheet->period == NULL ? NULL : json_text(draft->fields, state->sheet->period);
    if (date != NULL && strlen(date) == 10)
        memcpy(draft->date, date, 11);
    if (state->slots.year[0] != '\0')
        (void)snprintf(draft->period, sizeof draft->period, "%s%s%s", state->slots.year,
            state->slots.month[0] == '\0' ? "" : "-", state->slots.month);
    else if (period != NULL)
        (void)snprintf(draft->period, sizeof draft->period, "%.7s", period);
}

int sheet_flush(struct sheet_state *state)
{
    int result = VAULT_OK;
    if (!state->open)
        return VAULT_OK;
    state->open = false;
    if (!state->refused) {
        set_dates(state);
        state->draft.client.client_no = text_or_null(&state->client_no);
        state->draft.client.tax_id = text_or_null(&state->client_tax_id);
        state->draft.client.name = text_or_null(&state->client_name);
        result = state->sheet->finish(state);
    }
    if (result == VAULT_OK && !state->refused && state->reason != NULL)
        result = run_refuse(state->table->run, state->draft.where, "%s", state->reason);
    else if (result == VAULT_OK && !state->refused) {
        state->delivered++;
        result = run_record(state->table->run, &state->draft);
    }
    return result;
}

int sheet_row(struct table *table, const struct row *row)
{
    struct sheet_state *state = table->state;
    int result = row_key(state, row);
    if (result == VAULT_OK && !continues(state)) {
        result = sheet_flush(state);
        if (result == VAULT_OK)
            result = begin_record(state, row);
    }
    if (result == VAULT_OK)
        result = tell_surplus(state, row);
    if (result == VAULT_OK)
        result = add_line(state, row);
    if (result == VAULT_OK && !(state->refused && state->keyed))
        result = read_cells(state, row);
    if (result == VAULT_OK && !state->keyed)
        result = sheet_flush(state);
    return result;
}
