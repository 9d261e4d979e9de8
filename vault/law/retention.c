#include "vault/law/retention.h"

#include <string.h>

#include "vault/base/instant.h"

#define DAY INT64_C(86400000)
#define YEAR_LAST 9999

/* From the first of January after @p year, so many years or months. */
static int64_t end_of(int year, int64_t keep, bool months)
{
    int64_t days = 0;
    int64_t last = year + 1 + (months ? keep / 12 : keep);
    int month = months ? (int)(keep % 12) + 1 : 1;
    if (last > YEAR_LAST || !day_number((int)last, month, 1, &days))
        return INT64_MAX;
    return days * DAY;
}

struct law_keeping law_keeping(const struct law *law, enum record_kind kind, int year)
{
    struct law_keeping longest = {0};
    const json_t *entries = json_object_get(law_json(law), "retention");
    for (size_t i = 0; i < json_array_size(entries) && !longest.for_ever; i++) {
        const json_t *entry = json_array_get(entries, i);
        const json_t *keep = json_object_get(entry, "keep");
        if (!json_is(entry, "force", "law") || !json_lists(json_object_get(entry, "kinds"), kind_name(kind)))
            continue;
        bool for_ever = !json_is_integer(keep);
        int64_t until =
            for_ever ? INT64_MAX : end_of(year, json_integer_value(keep), json_is(entry, "unit", "months"));
        if (longest.entry == NULL || until > longest.until)
            longest = (struct law_keeping){entry, for_ever, until};
    }
    return longest;
}
