/* A firm's own file of facts: taken whole or refused, and what is due by it can be reckoned. */
#include "vault/law/clock.h"
#include "vault/law/gauge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct law *law = NULL;
    struct failure failure = {0};
    if (law_open(bytes_of(data, size), &law, &failure) != VAULT_OK)
        return 0;
    const json_t *duties = json_object_get(law_json(law), "duties");
    for (size_t i = 0; i < json_array_size(duties); i++) {
        const json_t *duty = json_array_get(duties, i);
        const json_t *place =
            law_entry(json_object_get(law_json(law), "jurisdictions"), json_text(duty, "jurisdiction"));
        struct law_term term = {.count = (unsigned)json_number(duty, "count", 0), .rolls = i % 2 == 0};
        struct law_gauge gauge;
        struct law_pieces pieces = {.n = {i, i * 7, i * 77}};
        if (law_unit_parse(json_text(duty, "unit"), &term.unit))
            (void)law_due(
                law, json_text(place, "zone"), json_text(place, "calendar"), INT64_C(1793491200000), &term);
        law_gauge(law, &pieces, i % 2 == 0, &gauge);
    }
    law_free(law);
    return 0;
}
