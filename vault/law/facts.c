#include "vault/base/instant.h"
#include "vault/law/facts_private.h"

#include <stdlib.h>
#include <string.h>

/* .incbin takes the file as it is, so that what people read and what counts cannot differ. */
__asm__(".section .rodata\n"
        ".global strongroom_law_facts\nstrongroom_law_facts:\n"
        ".incbin \"" LAW_FACTS_FILE "\"\n"
        ".global strongroom_law_facts_end\nstrongroom_law_facts_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const char strongroom_law_facts[] __attribute__((visibility("hidden")));
extern const char strongroom_law_facts_end[] __attribute__((visibility("hidden")));

struct bytes law_facts_text(void)
{
    return bytes_of(strongroom_law_facts, (size_t)(strongroom_law_facts_end - strongroom_law_facts));
}

static int wrong(struct failure *failure, const char *what, size_t at)
{
    return failure_set(
        failure, VAULT_EINPUT, "the facts of the law: %s %zu is not as it should be", what, at + 1);
}

/* --- What every fact must say --- */

static bool has_basis(const json_t *fact)
{
    static const char *const members[] = {"id", "en", "zh", "article", "status", "since"};
    static const char *const statuses[] = {"primary", "secondary", "recalled"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (json_text(fact, members[i]) == NULL)
            return false;
    }
    const char *status = json_text(fact, "status");
    return strcmp(status, statuses[0]) == 0 || strcmp(status, statuses[1]) == 0 ||
           strcmp(status, statuses[2]) == 0;
}

static uint32_t threshold(const json_t *tier, const char *name)
{
    int64_t value = json_number(tier, name, 0);
    return value > 0 && value <= 1000000 ? (uint32_t)value : 0;
}

static int read_tier(struct law *law, size_t at, const json_t *json, struct failure *failure)
{
    struct law_tier *tier = &law->tiers[law->tier_count];
    if (at >= LAW_TIERS_MAX || !has_basis(json))
        return wrong(failure, "tier", at);
    *tier = (struct law_tier){threshold(json, "serious"), threshold(json, "serious_in_service"),
        threshold(json, "very_serious"), threshold(json, "very_serious_in_service"), json};
    if (tier->serious == 0 || tier->serious_in_service == 0 || tier->very_serious == 0 ||
        tier->very_serious_in_service == 0)
        return wrong(failure, "tier", at);
    law->tier_count++;
    return VAULT_OK;
}

uint32_t law_threshold(const struct law_tier *tier, enum law_column column)
{
    switch (column) {
    case LAW_SERIOUS:
        return tier->serious;
    case LAW_SERIOUS_IN_SERVICE:
        return tier->serious_in_service;
    case LAW_VERY_SERIOUS:
        return tier->very_serious;
    case LAW_VERY_SERIOUS_IN_SERVICE:
        break;
    }
    return tier->very_serious_in_service;
}

/* Sums of n / threshold are reckoned in parts of their least common multiple (gauge.c), which must leave
 * room. */
static bool thresholds_fit(const struct law *law)
{
    for (int column = LAW_SERIOUS; column <= LAW_VERY_SERIOUS_IN_SERVICE; column++) {
        uint64_t all = 1;
        for (size_t i = 0; i < law->tier_count; i++) {
            uint64_t one = law_threshold(&law->tiers[i], (enum law_column)column);
            uint64_t a = all;
            for (uint64_t b = one; b != 0;) {
                uint64_t rest = a % b;
                a = b;
                b = rest;
            }
            all = all / a * one;
            if (all > LAW_MULTIPLE_MAX)
                return false;
        }
    }
    return true;
}

/* "none" is -1; false for a tier that there is not. */
static bool find_tier(const struct law *law, const char *id, int *tier)
{
    *tier = -1;
    if (id == NULL)
        return false;
    if (strcmp(id, "none") == 0)
        return true;
    for (size_t i = 0; i < law->tier_count; i++) {
        if (strcmp(json_text(law->tiers[i].json, "id"), id) == 0)
            *tier = (int)i;
    }
    return *tier >= 0;
}

/* Lower thresholds are graver; none is the mildest. */
static uint32_t weight(const struct law *law, int tier)
{
    return tier < 0 ? UINT32_MAX : law->tiers[tier].serious;
}

static int graver(const struct law *law, int a, int b)
{
    return weight(law, a) <= weight(law, b) ? a : b;
}

static int milder(const struct law *law, int a, int b)
{
    return weight(law, a) <= weight(law, b) ? b : a;
}

static int read_class(struct law *law, size_t at, const json_t *json, struct failure *failure)
{
    int tier, other;
    bool uncertain = json_is_string(json_object_get(json, "other"));
    if (at >= LAW_CLASSES_MAX || !has_basis(json) || json_text(json, "confidence") == NULL ||
        json_text(json, "why") == NULL || !find_tier(law, json_text(json, "tier"), &tier))
        return wrong(failure, "class", at);
    other = tier;
    if (uncertain && !find_tier(law, json_text(json, "other"), &other))
        return wrong(failure, "class", at);
    law->classes[law->class_count++] =
        (struct law_class){graver(law, tier, other), milder(law, tier, other), json};
    return VAULT_OK;
}

/* --- Fields --- */

static bool find_class(const struct law *law, const char *id, int *class)
{
    *class = -1;
    for (size_t i = 0; id != NULL && i < law->class_count; i++) {
        if (strcmp(json_text(law->classes[i].json, "id"), id) == 0)
            *class = (int)i;
    }
    return *class >= 0;
}

/* The item of a class and of what it is under the lenient reading; a new one where there is none. */
static bool find_item(struct law *law, int class, int lenient, unsigned *item)
{
    for (size_t i = 0; i < law->item_count; i++) {
        if (law->items[i].json == law->classes[class].json && law->item_lenient[i] == lenient) {
            *item = (unsigned)i;
            return true;
        }
    }
    if (law->item_count == LAW_ITEMS_MAX)
        return false;
    *item = (unsigned)law->item_count;
    law->item_lenient[law->item_count] = lenient;
    law->items[law->item_count++] = (struct law_item){
        law->classes[class].strict, law->classes[lenient].lenient, law->classes[class].json};
    return true;
}

static bool read_paths(const json_t *paths, struct law_field *field)
{
    size_t count = json_array_size(paths);
    for (size_t i = 0; i < count && i < LAW_PATHS_MAX; i++) {
        field->paths[i] = json_string_value(json_array_get(paths, i));
        if (field->paths[i] == NULL)
            return false;
    }
    return count > 0 && count <= LAW_PATHS_MAX;
}

static int read_field(struct law *law, size_t at, const json_t *json, struct failure *failure)
{
    struct law_field *field = &law->fields[law->field_count];
    const char *kind = json_text(json, "kind");
    int class, lenient;
    if (at >= LAW_FIELDS_MAX || kind == NULL || !kind_parse(bytes_of_text(kind), &field->kind) ||
        !read_paths(json_object_get(json, "paths"), field) ||
        !find_class(law, json_text(json, "class"), &class))
        return wrong(failure, "field", at);
    lenient = class;
    if (json_object_get(json, "lenient") != NULL && !find_class(law, json_text(json, "lenient"), &lenient))
        return wrong(failure, "field", at);
    if (!find_item(law, class, lenient, &field->item))
        return wrong(failure, "field", at);
    field->person = json_is_true(json_object_get(json, "person"));
    law->field_count++;
    return VAULT_OK;
}

/* --- Opening --- */

static int read_each(struct law *law, const json_t *list,
    int (*read)(struct law *law, size_t at, const json_t *json, struct failure *failure), const char *what,
    struct failure *failure)
{
    int result = json_array_size(list) > 0 ? VAULT_OK : wrong(failure, what, 0);
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = read(law, i, json_array_get(list, i), failure);
    return result;
}

int law_open(struct bytes text, struct law **lawp, struct failure *failure)
{
    *lawp = NULL;
    struct law *law = calloc(1, sizeof *law);
    if (law == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory for the facts of the law");
    int result = text.size > LAW_FACTS_MAX ? failure_set(failure, VAULT_ELIMIT,
                                                 "the facts of the law: more than %zu bytes", LAW_FACTS_MAX)
                                           : json_read(text, &law->json, failure);
    if (result == VAULT_OK)
        result = law_check(law->json, failure);
    const json_t *personal = json_object_get(law->json, "personal_information");
    if (result == VAULT_OK)
        result = read_each(law, json_object_get(personal, "tiers"), read_tier, "tier", failure);
    if (result == VAULT_OK && !thresholds_fit(law))
        result = failure_set(failure, VAULT_EINPUT,
            "the facts of the law: thresholds of tiers whose common multiple is too large");
    if (result == VAULT_OK)
        result = read_each(law, json_object_get(personal, "classes"), read_class, "class", failure);
    if (result == VAULT_OK)
        result = read_each(law, json_object_get(personal, "fields"), read_field, "field", failure);
    if (result != VAULT_OK) {
        law_free(law);
        return result;
    }
    *lawp = law;
    return VAULT_OK;
}

void law_free(struct law *law)
{
    if (law == NULL)
        return;
    json_decref(law->json);
    free(law);
}

const struct law_tier *law_tier(const struct law *law, size_t index)
{
    return index < law->tier_count ? &law->tiers[index] : NULL;
}

const struct law_item *law_item(const struct law *law, size_t index)
{
    return index < law->item_count ? &law->items[index] : NULL;
}

const struct law_field *law_field(const struct law *law, size_t index)
{
    return index < law->field_count ? &law->fields[index] : NULL;
}

const json_t *law_json(const struct law *law)
{
    return law->json;
}

bool law_is_stale(const struct law *law, int64_t now)
{
    int64_t checked = 0;
    /* law_check() has seen that it is a date. */
    (void)instant_parse(bytes_of_text(json_text(law->json, "checked")), &checked);
    return now - checked > json_number(law->json, "review_days", 0) * INT64_C(86400000);
}
