/**
 * @file siem_private.h
 * Inside the room: an entry taken apart for the writers of single formats.  Spans are raw, as canonical.h
 * gives them.
 */
#ifndef VAULT_LOG_SIEM_PRIVATE_H
#define VAULT_LOG_SIEM_PRIVATE_H

#include "vault/evidence/leaf.h"
#include "vault/log/siem.h"

/* OCSF's activity_id of Datastore Activity, and severity_id. */
enum activity {
    ACTIVITY_READ = 1,
    ACTIVITY_UPDATE = 2,
    ACTIVITY_QUERY = 4,
    ACTIVITY_WRITE = 5,
    ACTIVITY_CREATE = 6,
    ACTIVITY_DELETE = 7,
    ACTIVITY_LIST = 8,
    ACTIVITY_OTHER = 99
};
enum severity { SEVERITY_INFORMATIONAL = 1, SEVERITY_MEDIUM = 3, SEVERITY_CRITICAL = 5 };

struct siem {
    struct leaf leaf;
    const char *origin;
    struct buffer hash; /* base64 */
    struct bytes time;  /* as text */
    struct bytes effect;
    struct bytes policies; /* the array; empty if there is none */
    struct bytes policy_hash;
    struct bytes reason;
    struct bytes phase;
    struct bytes intent; /* a number */
    struct bytes session;
    struct bytes host;
    struct bytes purpose;
    struct bytes ticket;
    struct bytes member;
    struct bytes status; /* result.status */
    struct bytes count;  /* result.count, a number */
    enum activity activity;
    enum severity severity;
    bool failed; /* denied, or an outcome that is not "ok" */
};

/** Append the text of a raw string: JSON's escapes undone. */
void siem_plain(struct bytes raw, struct buffer *out);

/** Append the ids of resources of a type (NULL: all), with commas, up to SIEM_LIST_MAX bytes; gives how many
 * there are. */
size_t siem_ids(const struct siem *siem, const char *type, struct buffer *out);
/** Append the fields that resources name, likewise. */
size_t siem_fields(const struct siem *siem, struct buffer *out);
/** Append the policies that decided, likewise. */
size_t siem_policies(const struct siem *siem, struct buffer *out);
/** "li record.read permit". */
void siem_message(const struct siem *siem, struct buffer *out);

void siem_ocsf(const struct siem *siem, struct buffer *out);
void siem_cef(const struct siem *siem, struct buffer *out);
void siem_syslog(const struct siem *siem, struct buffer *out);

#endif
