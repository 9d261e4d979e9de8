/**
 * @file firm.h
 * A firm as a folder of plain files, for measuring the trace without a vault.
 *
 *   events.jsonl
 * {"seq","time","actor","role","action","client","record","version","fields","purpose"[,"export_id"]}
 *   principals.csv  actor,role,team
 *   clients.csv     client,assigned,secondary,team,city,industry,onboard,decoy
 *   versions.csv    client,record,version,valid_from and one column a field of linkage/field.h
 *
 * Times are seconds since 1970.  Each leaked file has its moment of finding beside it, in the .meta.json of
 * the same name: {"found_at"}; without one, the log's end counts.  Nothing else in the folder is ever opened.
 */
#ifndef VAULT_OPS_LEAK_FIRM_H
#define VAULT_OPS_LEAK_FIRM_H

#include "vault/trace/access_index.h"
#include "vault/trace/trace.h"

/**
 * Read the folder into an index of accesses.
 *
 * @param index_path  where the index is kept: used if it is of these very files (their sizes and times), else
 * built and written.  NULL: in memory only.
 * @retval VAULT_EINPUT  a file contradicts its description; @p failure names the file and the line.
 */
int firm_open(const char *directory, const char *index_path, struct access_index **index,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Trace one file; @p result is freed with trace_result_free().
 * @param found     the moment of finding; INT64_MAX: what the .meta.json beside it says, else the log's end.
 * @param encoding  NULL: recognised.
 */
int firm_trace(struct access_index *index, const char *leak_path, int64_t found, const char *encoding,
    struct trace_result *result, struct failure *failure) VAULT_MUST_CHECK;

/** A leaked file as rows, settled against a source; freed with leak_free(). */
int leak_read(const char *path, const char *encoding, const struct trace_source *source, struct leak **leak,
    struct failure *failure) VAULT_MUST_CHECK;

/** The moment in the .meta.json beside a leaked file; INT64_MAX if there is none. */
int leak_found(const char *path, int64_t *found, struct failure *failure) VAULT_MUST_CHECK;

#endif
