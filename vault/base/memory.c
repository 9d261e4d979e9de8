#include "vault/base/memory.h"

#include <stdbool.h>

static _Thread_local bool failed;

void memory_failed(void)
{
    failed = true;
}

int memory_error(void)
{
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

void memory_reset(void)
{
    failed = false;
}

int memory_excuses(int result, struct failure *failure)
{
    bool accuses = result == VAULT_EDAMAGED || result == VAULT_EFORGED || result == VAULT_EROLLBACK;
    if (!accuses || !failed)
        return result;
    failure_clear(failure);
    failure_remedy(failure, "close other programs and try again");
    return failure_set(failure, VAULT_ENOMEM, "no memory to read everything that was to be checked");
}
