/* Policies from strangers: what was read lies within the copy, its quorum can be asked for, and what is
 * written from it reads again. */
#include <stdlib.h>

#include "vault/evidence/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trust *trust = NULL;
    struct trust *again = NULL;
    struct buffer text = {0};
    bool nobody[TRUST_WITNESSES_MAX] = {false};
    bool everybody[TRUST_WITNESSES_MAX];
    for (size_t i = 0; i < TRUST_WITNESSES_MAX; i++)
        everybody[i] = true;
    int result = trust_parse(bytes_of(data, size), &trust, NULL);
    expect((result == VAULT_OK) == (trust != NULL));
    if (trust == NULL)
        return 0;
    expect(trust_quorum(trust, everybody));
    expect(trust_quorum(trust, nobody) == !trust_needs_witness(trust));
    size_t logs = trust_log_count(trust);
    size_t witnesses = trust_witness_count(trust);
    expect(logs <= TRUST_LOGS_MAX && witnesses <= TRUST_WITNESSES_MAX);
    for (size_t i = 0; i < witnesses; i++)
        if (bytes_equal(trust_witness(trust, i)->name, bytes_of_text("witnesses")))
            witnesses = 0; /* the name that we give to a group */
    expect(trust_format(logs == 0 ? NULL : trust_log(trust, 0), logs,
               witnesses == 0 ? NULL : trust_witness(trust, 0), witnesses,
               witnesses > 1 ? witnesses / 2 : witnesses, &text) == VAULT_OK);
    expect(trust_parse(buffer_bytes(&text), &again, NULL) == VAULT_OK);
    expect(trust_log_count(again) == logs && trust_witness_count(again) == witnesses);
    trust_free(again);
    trust_free(trust);
    buffer_free(&text);
    return 0;
}
