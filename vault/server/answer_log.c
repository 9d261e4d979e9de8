/* What somebody is told of the log without an operation: its signed head, which tells nothing of clients. */
#include <stdlib.h>
#include <string.h>

#include "vault/server/keeper_private.h"

static bool read_size(struct bytes digits, uint64_t *size)
{
    char text[20] = "";
    if (digits.size == 0 || digits.size >= sizeof text)
        return false;
    memcpy(text, digits.data, digits.size);
    *size = strtoull(text, NULL, 10);
    return strspn(text, "0123456789") == digits.size;
}

int answer_checkpoint(struct conversation *conversation, const struct bytes *blocks)
{
    uint64_t since = 0;
    json_t *head = NULL;
    if (!read_size(blocks[1], &since))
        return failure_set(&conversation->failure, VAULT_EUSAGE, "that is no size of a log");
    int result = logins_head(keeper_logins(conversation->keeper), conversation_token(conversation, blocks[0]),
        since, &head, &conversation->failure);
    if (result == VAULT_OK)
        result = tell_json(conversation, TELL_VALUE, head);
    json_decref(head);
    return result;
}
