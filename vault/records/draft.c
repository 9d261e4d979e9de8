#include "vault/records/draft.h"

#include <string.h>

void draft_reset(struct draft *draft)
{
    json_decref(draft->fields);
    json_decref(draft->raw);
    json_decref(draft->masked);
    memset(draft, 0, sizeof *draft);
}
