/* OCSF Datastore Activity: attributes by the schema's names; what it has no attribute for is under
 * `unmapped`. */
#include "vault/log/siem_private.h"

#include "vault/base/json.h"
#include "vault/evidence/canonical.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

#define OCSF_VERSION "1.6.0"
#define CATEGORY_UID 6
#define CLASS_UID 6005

/* The leaf is canonical JSON, so its strings go over as they stand. */
static void put_raw(struct buffer *out, const char *name, struct bytes raw)
{
    if (raw.size == 0)
        return;
    buffer_put_format(out, ",\"%s\":\"", name);
    buffer_put(out, raw);
    buffer_put_u8(out, '"');
}

static void put_value(struct buffer *out, const char *name, struct bytes value)
{
    if (value.size == 0)
        return;
    buffer_put_format(out, ",\"%s\":", name);
    buffer_put(out, value);
}

static void put_text(struct buffer *out, const char *name, struct bytes text)
{
    buffer_put_format(out, ",\"%s\":", name);
    json_write_string(text, out);
}

static const char *activity_name(enum activity activity)
{
    switch (activity) {
    case ACTIVITY_READ:
        return "Read";
    case ACTIVITY_UPDATE:
        return "Update";
    case ACTIVITY_QUERY:
        return "Query";
    case ACTIVITY_WRITE:
        return "Write";
    case ACTIVITY_CREATE:
        return "Create";
    case ACTIVITY_DELETE:
        return "Delete";
    case ACTIVITY_LIST:
        return "List";
    case ACTIVITY_OTHER:
        return "Other";
    }
    return "Other";
}

static const char *severity_name(enum severity severity)
{
    return severity == SEVERITY_CRITICAL ? "Critical"
           : severity == SEVERITY_MEDIUM ? "Medium"
                                         : "Informational";
}

static void put_classification(const struct siem *siem, struct buffer *out)
{
    buffer_put_format(out,
        "{\"activity_id\":%d,\"activity_name\":\"%s\",\"category_name\":\"Application "
        "Activity\",\"category_uid\":%d,"
        "\"class_name\":\"Datastore Activity\",\"class_uid\":%d,\"severity\":\"%s\",\"severity_id\":%d,"
        "\"status\":\"%s\",\"status_id\":%d,\"time\":%lld,\"type_name\":\"Datastore Activity: "
        "%s\",\"type_uid\":%d",
        (int)siem->activity, activity_name(siem->activity), CATEGORY_UID, CLASS_UID,
        severity_name(siem->severity), (int)siem->severity, siem->failed ? "Failure" : "Success",
        siem->failed ? 2 : 1, (long long)siem->leaf.time, activity_name(siem->activity),
        CLASS_UID * 100 + (int)siem->activity);
    put_raw(out, "status_detail", siem->reason);
    struct buffer message = {0};
    siem_message(siem, &message);
    put_text(out, "message", buffer_bytes(&message));
    buffer_free(&message);
}

static void put_metadata(const struct siem *siem, struct buffer *out)
{
    buffer_put_format(out,
        ",\"metadata\":{\"version\":\"%s\",\"product\":{\"name\":\"Strongroom\",\"vendor_name\":"
        "\"Strongroom\","
        "\"version\":\"%s\"},\"log_provider\":\"strongroom\",\"sequence\":%llu",
        OCSF_VERSION, VERSION, (unsigned long long)siem->leaf.seq);
    put_raw(out, "uid", siem->leaf.id);
    put_raw(out, "event_code", siem->leaf.event);
    put_raw(out, "original_time", siem->time);
    put_text(out, "log_name", bytes_of_text(siem->origin));
    buffer_put_u8(out, '}');
}

/* One for each rule that decided; where none did, the decision by itself. */
static void put_authorizations(const struct siem *siem, struct buffer *out)
{
    struct bytes rest = siem->policies;
    struct bytes policy;
    bool first = true;
    buffer_put_text(out, ",\"authorizations\":[");
    while (rest.size > 0 && canonical_element(&rest, &policy)) {
        buffer_put_text(out, first ? "{\"decision\":\"" : ",{\"decision\":\"");
        buffer_put(out, siem->effect);
        buffer_put_text(out, "\",\"policy\":{\"name\":");
        buffer_put(out, policy);
        put_raw(out, "version", siem->policy_hash);
        buffer_put_text(out, "}}");
        first = false;
    }
    if (first) {
        buffer_put_text(out, "{\"decision\":\"");
        buffer_put(out, siem->effect);
        buffer_put_text(out, "\"}");
    }
    buffer_put_u8(out, ']');
}

static void put_actor(const struct siem *siem, struct buffer *out)
{
    bool system = leaf_is_system(&siem->leaf);
    buffer_put_format(out, ",\"actor\":{\"user\":{\"type\":\"%s\",\"type_id\":%d", system ? "System" : "User",
        system ? 3 : 1);
    put_raw(out, "name", siem->leaf.actor_id);
    put_raw(out, "uid", siem->leaf.actor_id);
    buffer_put_u8(out, '}');
    if (siem->session.size > 0) {
        buffer_put_text(out, ",\"session\":{\"uid\":\"");
        buffer_put(out, siem->session);
        buffer_put_text(out, "\"}");
    }
    put_authorizations(siem, out);
    buffer_put_u8(out, '}');
}

static void put_unmapped(const struct siem *siem, struct buffer *out)
{
    buffer_put_text(out, ",\"unmapped\":{\"leaf_hash\":\"");
    buffer_put(out, buffer_bytes(&siem->hash));
    buffer_put_format(out, "\",\"seq\":%llu", (unsigned long long)siem->leaf.seq);
    put_text(out, "origin", bytes_of_text(siem->origin));
    put_raw(out, "effect", siem->effect);
    put_raw(out, "client", siem->leaf.subject);
    put_raw(out, "phase", siem->phase);
    put_value(out, "intent", siem->intent);
    put_raw(out, "purpose", siem->purpose);
    put_raw(out, "ticket", siem->ticket);
    put_raw(out, "member", siem->member);
    put_raw(out, "result", siem->status);
    put_value(out, "count", siem->count);
    put_value(out, "resources", siem->leaf.resources);
    buffer_put_u8(out, '}');
}

void siem_ocsf(const struct siem *siem, struct buffer *out)
{
    put_classification(siem, out);
    put_metadata(siem, out);
    put_actor(siem, out);
    /* Required, and one of its names must be there: the vault itself where no machine is told. */
    buffer_put_format(out, ",\"src_endpoint\":{\"%s\":\"", siem->host.size > 0 ? "hostname" : "svc_name");
    buffer_put(out, siem->host.size > 0 ? siem->host : bytes_of_text("strongroom"));
    buffer_put_text(out, "\"},\"database\":{\"type\":\"Vault\",\"type_id\":99");
    put_text(out, "name", bytes_of_text(siem->origin));
    buffer_put_text(out, "},\"type\":\"Database\",\"type_id\":1");
    put_unmapped(siem, out);
    buffer_put_u8(out, '}');
}
