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
