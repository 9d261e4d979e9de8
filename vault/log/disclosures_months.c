/* A person's months: those in memory instead of those stored. */
#include <stdlib.h>

#include "vault/log/disclosures_private.h"

struct months {
    struct disclosure_index *index;
    uint32_t person;
    struct disclosure_month_client *clients;
    size_t capacity;
    int (*each)(void *context, const struct disclosure_month *month);
    void *context;
    struct failure *failure;
};

static int compare_clients(const void *a, const void *b)
{
    const struct disclosure_month_client *x = a;
    const struct disclosure_month_client *y = b;
    return x->client < y->client ? -1 : x->client > y->client;
}

static int make_room(struct months *months, size_t count)
{
    if (count <= months->capacity && months->clients != NULL)
        return VAULT_OK;
    void *items = realloc(months->clients, (count + 64) * sizeof *months->clients);
    if (items == NULL)
        return failure_set(months->failure, VAULT_ENOMEM, "no memory for the index of disclosures");
    months->clients = items;
    months->capacity = count + 64;
    return VAULT_OK;
}

/* One that is in memory. */
static int hand_on(struct months *months, const struct month_state *state)
{
    struct disclosure_month month = {.month = state->month};
    int result = make_room(months, state->clients.count);
    if (result != VAULT_OK)
        return result;
    for (size_t i = 0; i < state->clients.capacity; i++) {
        if (state->clients.keys[i] == 0)
            continue;
        uint64_t days = state->clients.values[i] - 1;
        months->clients[month.count++] = (struct disclosure_month_client){
            (int64_t)(state->clients.keys[i] - 1), (uint8_t)(days >> 8), (uint8_t)days};
    }
    qsort(months->clients, month.count, sizeof *months->clients, compare_clients);
    month.clients = months->clients;
    for (size_t i = 0; i < 31; i++)
        month.days[i] = state->days[i];
    return months->each(months->context, &month);
}

/* One that is stored: its clients lie in order already. */
static int hand_on_stored(struct months *months, uint32_t number, struct bytes text)
{
    struct disclosure_month month = {.month = number};
    struct reader rest = reader_of(text);
    uint64_t row = 0;
    for (size_t i = 0; i < 31; i++)
        month.days[i] = (uint32_t)reader_varint(&rest);
    uint64_t count = reader_varint(&rest);
    /* Each takes three bytes at least. */
    int result = count <= text.size / 3 ? make_room(months, (size_t)count) : VAULT_EDAMAGED;
    for (; result == VAULT_OK && month.count < count; month.count++) {
        row += reader_varint(&rest);
        uint8_t first = reader_u8(&rest);
        months->clients[month.count] =
            (struct disclosure_month_client){(int64_t)row, first, reader_u8(&rest)};
    }
    if (result == VAULT_OK)
        result = reader_end(&rest);
    if (result == VAULT_EDAMAGED)
        return disclosure_rows_damaged(months->failure, row_key(ROW_MONTH, months->person, number));
    month.clients = months->clients;
    return result == VAULT_OK ? months->each(months->context, &month) : result;
}

static int one_month(struct months *months, uint32_t number)
{
    struct disclosure_index *index = months->index;
    const uint64_t *place = number_map_get(&index->month_of, (uint64_t)months->person << 24 | number);
    if (place != NULL)
        return hand_on(months, &index->months[*place - 1]);
    int result = disclosure_row_read(
        &index->rows, row_key(ROW_MONTH, months->person, number), &index->text, months->failure);
    if (result == VAULT_OK)
        result = hand_on_stored(months, number, buffer_bytes(&index->text));
    return result == VAULT_ENOTFOUND ? VAULT_OK : result;
}

/* The next month at or after @p number that there is, stored or in memory. */
static int next_month(struct months *months, uint32_t number, uint32_t last, uint32_t *next)
{
    struct disclosure_index *index = months->index;
    struct statement *statement;
    bool row = false;
    *next = UINT32_MAX;
    for (size_t i = 0; i < index->month_count; i++) {
        const struct month_state *state = &index->months[i];
        if (state->person == months->person && state->month >= number && state->month < *next)
            *next = state->month;
    }
    if (index->fresh)
        return VAULT_OK;
    int result = store_query(index->source.store, QUERY_DISCLOSURE_RANGE, &statement, months->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row_key(ROW_MONTH, months->person, number));
    bind_number(statement, 2, row_key(ROW_MONTH, months->person, last));
    result = statement_step(statement, &row, months->failure);
    if (result == VAULT_OK && row) {
        uint32_t stored = (uint32_t)((uint64_t)column_number(statement, 0) & ROW_B_MAX);
        *next = stored < *next ? stored : *next;
        statement_reset(statement);
    }
    return result;
}

int disclosure_index_months(struct disclosure_index *index, uint32_t person, uint32_t first, uint32_t last,
    int (*each)(void *context, const struct disclosure_month *month), void *context, struct failure *failure)
{
    struct months months = {
        .index = index, .person = person, .each = each, .context = context, .failure = failure};
    uint32_t end = last > ROW_B_MAX ? ROW_B_MAX : last;
    int result = VAULT_OK;
    for (uint32_t number = first; number <= end && result == VAULT_OK; number++) {
        result = next_month(&months, number, end, &number);
        if (result == VAULT_OK && number <= end)
            result = one_month(&months, number);
        if (number == UINT32_MAX)
            break;
    }
    free(months.clients);
    return result;
}
