/* Who wrote which version of a record, and when; and from which file; no record is opened. */
#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/records/one_record_private.h"
#include "vault/ops/records/source_private.h"

static int reply_version(void *context, const struct record_info *info)
{
    json_t *row = json_pack("{s:I,s:o,s:s,s:I}", "version", (json_int_t)info->version, "at", json_instant(info->at),
        "author", info->author, "event", (json_int_t)info->seq);
    int result = row == NULL ? VAULT_ENOMEM : source_tell(context, info->source, row);
    if (result == VAULT_OK)
        return reply_row(context, row);
    json_decref(row);
    return result;
}

int op_record_history(struct call *call)
{
    struct one_record one;
    uint64_t event = 0;
    int result = one_record_find(call, &one);
    if (result == VAULT_OK) {
        struct access_request request = one_record_request(call, &one, "record.history");
        result = call_allow(call, &request, NULL, &event);
    }
    if (result == VAULT_OK)
        result = decoy_touched(call, &one.client, "history", event);
    if (result == VAULT_OK)
        result = records_versions(session_records(call->session), &one.id, reply_version, call, call->failure);
    return result;
}
