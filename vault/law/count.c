/* How many pieces of information. */
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
