#include "vault/law/gauge.h"

#include <string.h>

void law_pieces_strict(const struct law *law, const struct law_count *count, struct law_pieces *pieces)
{
    *pieces = (struct law_pieces){0};
    for (size_t i = 0; law_item(law, i) != NULL; i++) {
        if (law_item(law, i)->strict >= 0)
            pieces->n[law_item(law, i)->strict] += count->items[i];
    }
}

void law_pieces_lenient(const struct law *law, const struct law_count *count, struct law_pieces *pieces)
{
    *pieces = (struct law_pieces){0};
    for (size_t i = 0; law_tier(law, i) != NULL; i++)
        pieces->n[i] = count->once[i];
}

/* --- Sums of fractions --- */

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* law_open() has seen that the least common multiple of a column is small enough for all that follows. */
static uint64_t common_multiple(const struct law *law, enum law_column column)
{
    uint64_t all = 1;
    for (size_t i = 0; law_tier(law, i) != NULL; i++) {
        uint64_t one = law_threshold(law_tier(law, i), column);
        all = all / common_divisor(all, one) * one;
    }
    return all;
}

/* Whole times, and what is over as parts of *of. */
static uint64_t sum_of(const struct law *law, const struct law_pieces *pieces, enum law_column column,
    uint64_t *over, uint64_t *of)
{
    uint64_t whole = 0;
    uint64_t parts = 0;
    *of = common_multiple(law, column);
    for (size_t i = 0; law_tier(law, i) != NULL; i++) {
        uint64_t threshold = law_threshold(law_tier(law, i), column);
        whole += pieces->n[i] / threshold;
        parts += pieces->n[i] % threshold * (*of / threshold);
    }
    *over = parts % *of;
    return whole + parts / *of;
}

void law_gauge(
    const struct law *law, const struct law_pieces *pieces, bool in_service, struct law_gauge *gauge)
{
    uint64_t over, of;
    gauge->whole = sum_of(law, pieces, in_service ? LAW_SERIOUS_IN_SERVICE : LAW_SERIOUS, &over, &of);
    gauge->millionths = (uint32_t)(over * 1000000 / of);
    gauge->serious = gauge->whole >= 1;
    gauge->very_serious =
        sum_of(law, pieces, in_service ? LAW_VERY_SERIOUS_IN_SERVICE : LAW_VERY_SERIOUS, &over, &of) >= 1;
}

/* --- Other thresholds --- */

static const struct law_measure *find_measure(
    const struct law_measure *measures, size_t count, const char *name)
{
    for (size_t i = 0; name != NULL && i < count; i++) {
        if (strcmp(measures[i].name, name) == 0)
            return &measures[i];
    }
    return NULL;
}

/* The number that rules; where there is none for what was got in service, the ordinary one. */
static int64_t threshold_of(
    const json_t *entry, const char *name, const char *in_service_name, bool in_service)
{
    int64_t ordinary = json_number(entry, name, 0);
    return in_service ? json_number(entry, in_service_name, ordinary) : ordinary;
}

static bool reaches(uint64_t n, int64_t threshold)
{
    return threshold > 0 && n >= (uint64_t)threshold;
}

static json_t *reading(const json_t *entry, const struct law_measure *measure, uint64_t n)
{
    int64_t very = threshold_of(entry, "very", "very_in_service", measure->in_service);
    json_t *json =
        json_pack("{s:I,s:b}", "n", (json_int_t)(n < (uint64_t)JSON_INTEGER_MAX ? n : JSON_INTEGER_MAX),
            "reached", reaches(n, threshold_of(entry, "from", "in_service", measure->in_service)));
    if (json != NULL && very > 0)
        (void)json_object_set_new(json, "very", json_boolean(reaches(n, very)));
    return json;
}

static json_t *held_against(const json_t *entry, const struct law_measure *measure)
{
    json_t *json = json_copy((json_t *)(uintptr_t)entry);
    if (json == NULL)
        return NULL;
    (void)json_object_del(json, "in_service");
    (void)json_object_del(json, "very_in_service");
    int failed = json_object_set_new(
        json, "from", json_integer(threshold_of(entry, "from", "in_service", measure->in_service)));
    failed |= json_object_set_new(json, "strict", reading(entry, measure, measure->strict));
    failed |= json_object_set_new(json, "lenient", reading(entry, measure, measure->lenient));
    if (failed == 0)
        return json;
    json_decref(json);
    return NULL;
}

static bool is_of(const json_t *entry, const char *jurisdiction)
{
    return jurisdiction == NULL || strcmp(json_text(entry, "jurisdiction"), jurisdiction) == 0;
}

int law_thresholds(const struct law *law, const char *jurisdiction, const struct law_measure *measures,
    size_t count, json_t **list)
{
    const json_t *all = json_object_get(law_json(law), "thresholds");
    *list = json_array();
    for (size_t i = 0; *list != NULL && i < json_array_size(all); i++) {
        const json_t *entry = json_array_get(all, i);
        const struct law_measure *measure = find_measure(measures, count, json_text(entry, "measure"));
        if (measure == NULL || !is_of(entry, jurisdiction))
            continue;
        if (json_array_append_new(*list, held_against(entry, measure)) != 0) {
            json_decref(*list);
            *list = NULL;
        }
    }
    return *list == NULL ? VAULT_ENOMEM : VAULT_OK;
}

unsigned law_report_level(const struct law *law, const char *jurisdiction, const struct law_measure *measures,
    size_t count, bool strict)
{
    const json_t *all = json_object_get(law_json(law), "thresholds");
    unsigned level = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *entry = json_array_get(all, i);
        const struct law_measure *measure = find_measure(measures, count, json_text(entry, "measure"));
        int64_t its = json_number(entry, "level", 0);
        if (measure == NULL || !is_of(entry, jurisdiction) ||
            strcmp(json_text(entry, "kind"), "reporting") != 0)
            continue;
        if (reaches(strict ? measure->strict : measure->lenient, json_number(entry, "from", 0)) &&
            its > level && its < 100)
            level = (unsigned)its;
    }
    return level;
}
