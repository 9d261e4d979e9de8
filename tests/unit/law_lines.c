/* Lines "ZONE CALENDAR START UNIT COUNT ROLLS" in, "DUE OFFSET ESTIMATED" out: what law_clocks.py compares.
 */
#include <inttypes.h>
#include <stdio.h>

#include "vault/law/clock.h"

int main(void)
{
    struct law *law = NULL;
    struct failure failure = {0};
    char zone[64], calendar[64], unit[64];
    int64_t start;
    unsigned count, rolls;
    if (law_open(law_facts_text(), &law, &failure) != VAULT_OK)
        return fprintf(stderr, "%s\n", failure.text), 1;
    while (scanf("%63s %63s %" SCNd64 " %63s %u %u", zone, calendar, &start, unit, &count, &rolls) == 6) {
        struct law_term term = {.count = count, .rolls = rolls != 0};
        if (!law_unit_parse(unit, &term.unit))
            return 1;
        struct law_due due = law_due(law, zone, calendar, start, &term);
        printf("%" PRId64 " %d %d\n", due.at, law_offset(law, zone, start), due.estimated);
    }
    law_free(law);
    return 0;
}
