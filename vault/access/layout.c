#include "vault/access/layout.h"

#include <stdio.h>

void layout_origin(const struct ulid *vault, char *origin)
{
    char id[ULID_TEXT_SIZE];
    ulid_format(vault, id);
    (void)snprintf(origin, 96, "strongroom.vault/%s", id);
}
