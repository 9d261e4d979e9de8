/* How many pieces of information, against which thresholds. */
#include "vault/law/facts.h"

void law_count_add(const struct law *law, struct law_count *count, uint64_t items)
{
    int gravest = -1;
    for (size_t i = 0; law_item(law, i) != NULL; i++) {
        const struct law_item *item = law_item(law, i);
        if ((items >> i & 1) == 0)
            continue;
        count->items[i]++;
        if (item->lenient >= 0 && (gravest < 0 || law_tier(law, (size_t)item->lenient)->serious <
                                                      law_tier(law, (size_t)gravest)->serious))
            gravest = item->lenient;
    }
    if (gravest >= 0)
        count->once[gravest]++;
}

void law_count_sums(const struct law *law, const struct law_count *count, struct law_sums *sums)
{
    *sums = (struct law_sums){0};
    for (size_t i = 0; law_item(law, i) != NULL; i++) {
        const struct law_item *item = law_item(law, i);
        const struct law_tier *tier = item->strict < 0 ? NULL : law_tier(law, (size_t)item->strict);
        if (tier == NULL)
            continue;
        double n = (double)count->items[i];
        sums->strict += n / tier->serious;
        sums->strict_in_service += n / tier->serious_in_service;
        sums->strict_very += n / tier->very_serious;
        sums->strict_very_in_service += n / tier->very_serious_in_service;
    }
    for (size_t i = 0; law_tier(law, i) != NULL; i++) {
        const struct law_tier *tier = law_tier(law, i);
        double n = (double)count->once[i];
        sums->lenient += n / tier->serious;
        sums->lenient_in_service += n / tier->serious_in_service;
        sums->lenient_very += n / tier->very_serious;
        sums->lenient_very_in_service += n / tier->very_serious_in_service;
    }
}
