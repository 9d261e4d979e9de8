/* Of how many clients somebody was shown something: from the months of the index. */
#include <stdlib.h>

#include "vault/base/instant.h"
#include "vault/trace/disclosures_private.h"

static uint32_t first_day_of(uint32_t month)
{
    int64_t days = 0;
    (void)day_number(1970 + (int)(month / 12), (int)(month % 12) + 1, 1, &days);
    return days < 0 ? 0 : (uint32_t)days;
}

/* --- Clients --- */

struct gathering {
    struct number_map seen; /* client -> (first << 32 | last) + 1, days since 1970 */
    uint32_t since, before; /* days */
    struct failure *failure;
};

static int gather_client(
    struct gathering *gathering, const struct disclosure_month_client *client, uint32_t begin)
{
    uint32_t first = begin + client->first;
    uint32_t last = begin + client->last;
    if (last < gathering->since || first > gathering->before)
        return VAULT_OK;
    first = first < gathering->since ? gathering->since : first;
    last = last > gathering->before ? gathering->before : last;
    uint64_t *days = number_map_put(&gathering->seen, (uint64_t)client->client);
    if (days == NULL)
        return disclosures_no_memory(gathering->failure);
    /* Months come in order, so the first day that was told stays. */
    uint64_t kept = *days == 0 ? first : (*days - 1) >> 32;
    *days = (kept << 32 | last) + 1;
    return VAULT_OK;
}

static int gather_month(void *context, const struct disclosure_month *month)
{
    struct gathering *gathering = context;
    uint32_t begin = first_day_of(month->month);
    int result = VAULT_OK;
    for (size_t i = 0; i < month->count && result == VAULT_OK; i++)
        result = gather_client(gathering, &month->clients[i], begin);
    return result;
}

static int gather(struct disclosures *disclosures, uint32_t person, int64_t since, int64_t before,
    struct gathering *gathering, struct failure *failure)
{
    *gathering =
        (struct gathering){.since = trace_day(since), .before = trace_day(before), .failure = failure};
    return disclosure_index_months(disclosures->index, person, trace_month(since), trace_month(before),
        gather_month, gathering, failure);
}

/* No day that a log can tell is behind this one. */
static int64_t bounded(int64_t at)
{
    const int64_t latest = INT64_C(253402300799); /* the end of the year 9999 */
    return at > latest ? latest : at;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int tell_clients(const struct gathering *gathering,
    int (*each)(void *context, int64_t client, uint32_t first_day, uint32_t last_day), void *context,
    struct failure *failure)
{
    const struct number_map *seen = &gathering->seen;
    uint64_t *clients = calloc(seen->count + 1, sizeof *clients);
    size_t count = 0;
    int result = VAULT_OK;
    if (clients == NULL)
        return disclosures_no_memory(failure);
    for (size_t i = 0; i < seen->capacity; i++) {
        if (seen->keys[i] != 0)
            clients[count++] = seen->keys[i] - 1;
    }
    qsort(clients, count, sizeof *clients, compare_numbers);
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        uint64_t days = *number_map_get(seen, clients[i]) - 1;
        result = each(context, (int64_t)clients[i], (uint32_t)(days >> 32), (uint32_t)days);
    }
    free(clients);
    return result;
}

int disclosures_clients(struct disclosures *disclosures, uint32_t person, int64_t since, int64_t before,
    int (*each)(void *context, int64_t client, uint32_t first_day, uint32_t last_day), void *context,
    struct failure *failure)
{
    struct gathering gathering;
    int result = gather(disclosures, person, since, bounded(before), &gathering, failure);
    if (result == VAULT_OK)
        result = tell_clients(&gathering, each, context, failure);
    number_map_free(&gathering.seen);
    return result;
}

/* --- Counts --- */

static int keep_counts(void *context, const struct disclosure_month *month)
{
    struct month_counts *counts = context;
    counts->clients = (uint32_t)month->count;
    for (size_t i = 0; i < 31; i++)
        counts->days[i] = month->days[i];
    return VAULT_OK;
}

static int month_counts(struct disclosures *disclosures, uint32_t person, uint32_t month,
    const struct month_counts **counts, struct failure *failure)
{
    uint64_t *place = number_map_put(&disclosures->month_of, (uint64_t)person << 24 | month);
    if (place == NULL)
        return disclosures_no_memory(failure);
    if (*place == 0) {
        if (disclosures->month_count == disclosures->month_capacity) {
            size_t capacity = disclosures->month_capacity == 0 ? 64 : disclosures->month_capacity * 2;
            void *items = realloc(disclosures->months, capacity * sizeof *disclosures->months);
            if (items == NULL)
                return disclosures_no_memory(failure);
            disclosures->months = items;
            disclosures->month_capacity = capacity;
        }
        struct month_counts *fresh = &disclosures->months[disclosures->month_count];
        *fresh = (struct month_counts){0};
        int result =
            disclosure_index_months(disclosures->index, person, month, month, keep_counts, fresh, failure);
        if (result != VAULT_OK)
            return result;
        *place = ++disclosures->month_count;
    }
    *counts = &disclosures->months[*place - 1];
    return VAULT_OK;
}

static int reach_ever(struct disclosures *disclosures, uint32_t person, int64_t before, uint32_t *clients,
    struct failure *failure)
{
    struct gathering gathering;
    int result = gather(disclosures, person, 0, bounded(before), &gathering, failure);
    *clients = (uint32_t)gathering.seen.count;
    number_map_free(&gathering.seen);
    return result;
}

static int reach_day(struct disclosures *disclosures, uint32_t person, uint32_t day, uint32_t *clients,
    struct failure *failure)
{
    const struct month_counts *counts = NULL;
    uint32_t month = trace_month((int64_t)day * 86400);
    int result = month_counts(disclosures, person, month, &counts, failure);
    uint32_t of_month = day - first_day_of(month);
    *clients = result == VAULT_OK && of_month < 31 ? counts->days[of_month] : 0;
    return result;
}

int disclosures_reach(struct disclosures *disclosures, uint32_t person, enum trace_scope scope, uint32_t key,
    int64_t before, uint32_t *clients, struct failure *failure)
{
    const struct month_counts *counts = NULL;
    const struct disclosure_export_entry *export;
    int result = VAULT_OK;
    *clients = 0;
    switch (scope) {
    case TRACE_SCOPE_ALL:
        return reach_ever(disclosures, person, before, clients, failure);
    case TRACE_SCOPE_MONTH:
        result = month_counts(disclosures, person, key, &counts, failure);
        *clients = result == VAULT_OK ? counts->clients : 0;
        return result;
    case TRACE_SCOPE_DAY:
        return reach_day(disclosures, person, key, clients, failure);
    case TRACE_SCOPE_EXPORT:
        export = key == 0 ? NULL : disclosure_index_export(disclosures->index, key - 1);
        *clients = export != NULL && export->person == person ? export->clients : 0;
        return VAULT_OK;
    case TRACE_SCOPE_SEGMENT:
    case TRACE_SCOPES:
        break;
    }
    return failure_set(failure, VAULT_EINTERNAL, "segments are counted by whoever knows them");
}

/* --- Episodes --- */

struct counting {
    uint32_t months, days;
    uint32_t before; /* a day */
};

static int count_month(void *context, const struct disclosure_month *month)
{
    struct counting *counting = context;
    uint32_t begin = first_day_of(month->month);
    counting->months++;
    for (uint32_t i = 0; i < 31; i++)
        counting->days += month->days[i] > 0 && begin + i <= counting->before;
    return VAULT_OK;
}

static uint32_t count_exports(const struct disclosures *disclosures, uint32_t person, int64_t before)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < disclosures->numbers.exports; i++) {
        const struct disclosure_export_entry *export = disclosure_index_export(disclosures->index, i);
        count += export->person == person && export->at <= before && !export_is_void(export);
    }
    return count;
}

int disclosures_episodes(struct disclosures *disclosures, uint32_t person, enum trace_scope scope,
    int64_t before, uint32_t *count, struct failure *failure)
{
    int64_t until = bounded(before);
    struct counting counting = {.before = trace_day(until)};
    *count = 0;
    if (scope == TRACE_SCOPE_EXPORT) {
        *count = count_exports(disclosures, person, before);
        return VAULT_OK;
    }
    int result = disclosure_index_months(
        disclosures->index, person, 0, trace_month(until), count_month, &counting, failure);
    if (result == VAULT_OK && (scope == TRACE_SCOPE_MONTH || scope == TRACE_SCOPE_DAY))
        *count = scope == TRACE_SCOPE_MONTH ? counting.months : counting.days;
    return result;
}
