/**
 * @file trace_reply.h
 * The answer of a trace as JSON, the same for a folder and a vault:
 *
 *   {leak, none, backup, persons[]{actor, posterior, DETAILS}, groups[]{actors[], posterior, explains[]?},
 * linked}
 *
 * and with details also unlogged, rows, decoys, columns[], leaked[], not_before, current_until. Probabilities
 * have six digits, moments are RFC 3339 in UTC or "".
 */
#ifndef VAULT_OPS_LEAK_TRACE_REPLY_H
#define VAULT_OPS_LEAK_TRACE_REPLY_H

#include "vault/base/json.h"
#include "vault/trace/trace.h"

/** What people and exports are called; each gives a new reference. */
struct trace_names {
    void *context;
    json_t *(*person)(void *context, uint32_t person);
    json_t *(*export)(void *context, uint32_t export);
};

/** New reference; NULL without memory. */
json_t *trace_reply(
    const char *leak, const struct trace_result *result, const struct trace_names *names, bool details);

/** Names of fields, and a moment of the trace (seconds; "" where it has no bound). New references. */
json_t *trace_reply_fields(trace_fields fields);
json_t *trace_reply_moment(int64_t seconds);

#endif
