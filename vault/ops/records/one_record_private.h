/**
 * @file one_record_private.h
 * Inside the room: the record that a call's arguments `client` and `record` name.
 */
#ifndef VAULT_OPS_RECORDS_ONE_RECORD_PRIVATE_H
#define VAULT_OPS_RECORDS_ONE_RECORD_PRIVATE_H

#include "vault/ops/call_private.h"

struct one_record {
    struct client_facts client;
    struct ulid id;
    struct record_info info;
    enum compartment compartment;
};

/** VAULT_ENOTFOUND also where the record is another client's. Nothing is opened. */
int one_record_find(struct call *call, struct one_record *one) VAULT_MUST_CHECK;

/** An access request about it; borrows from @p one and the call. */
struct access_request one_record_request(const struct call *call, const struct one_record *one, const char *action);

/** `resources` of an event about a version (0: current): type, id, ver, version, and fields if any. */
int one_record_resources(struct call *call, const struct one_record *one, int64_t version, const json_t *fields,
    json_t **resources) VAULT_MUST_CHECK;

#endif
