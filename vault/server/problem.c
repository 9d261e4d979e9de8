#include <string.h>

#include "vault/base/text.h"
#include "vault/server/front_private.h"

unsigned problem_status(int error, bool paused)
{
    switch (error) {
    case VAULT_EUSAGE:
        return MHD_HTTP_BAD_REQUEST;
    case VAULT_EINPUT:
        return 422;
    case VAULT_ENOTFOUND:
        return MHD_HTTP_NOT_FOUND;
    case VAULT_EEXISTS:
        return MHD_HTTP_CONFLICT;
    case VAULT_ELIMIT:
        return paused ? MHD_HTTP_TOO_MANY_REQUESTS : 413;
    case VAULT_EPASSPHRASE:
        return MHD_HTTP_UNAUTHORIZED;
    case VAULT_EDENIED:
    case VAULT_ENOKEY:
        return MHD_HTTP_FORBIDDEN;
    case VAULT_ECHANGED:
        return MHD_HTTP_PRECONDITION_FAILED;
    case VAULT_EFROZEN:
        return MHD_HTTP_LOCKED;
    case VAULT_ELOG:
        return MHD_HTTP_INSUFFICIENT_STORAGE;
    case VAULT_EBUSY:
    case VAULT_ENOMEM:
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    default:
        return MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
}

unsigned problem_write(struct bytes told, struct buffer *out, unsigned *retry_after)
{
    json_t *problem = NULL;
    *retry_after = 0;
    if (json_read(told, &problem, NULL) != VAULT_OK || !json_is_object(problem)) {
        json_decref(problem);
        problem_of_status(MHD_HTTP_INTERNAL_SERVER_ERROR, out);
        return MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
    int64_t pause = json_number(problem, "retry_after", 0);
    unsigned status = problem_status((int)json_number(problem, "code", VAULT_EINTERNAL), pause > 0);
    const char *name = json_text(problem, "error");
    const char *text = json_text(problem, "message");
    *retry_after = pause > 0 && pause < 86400               ? (unsigned)pause
                   : status == MHD_HTTP_SERVICE_UNAVAILABLE ? 1
                                                            : 0;
    buffer_put_text(out, "{\"type\":\"urn:strongroom:problem:");
    buffer_put_text(out, name == NULL ? "internal" : name);
    buffer_put_text(out, "\",\"title\":");
    json_write_string(
        bytes_of_text(vault_error_text((int)json_number(problem, "code", VAULT_EINTERNAL))), out);
    buffer_put_format(out, ",\"status\":%u,\"detail\":", status);
    json_write_string(bytes_of_text(text == NULL ? "" : text), out);
    /* And the members of the command line's failures. */
    buffer_put_u8(out, ',');
    buffer_put(out, bytes_of(told.data + 1, told.size - 1));
    json_decref(problem);
    return status;
}

static const char *title_of(unsigned status)
{
    switch (status) {
    case MHD_HTTP_BAD_REQUEST:
        return "the request contradicts itself";
    case MHD_HTTP_UNAUTHORIZED:
        return "not logged in";
    case MHD_HTTP_NOT_FOUND:
        return "there is nothing here";
    case MHD_HTTP_METHOD_NOT_ALLOWED:
        return "not by this method";
    case MHD_HTTP_NOT_ACCEPTABLE:
        return "no form of the answer is accepted: accept application/x-ndjson, in which every answer comes";
    case MHD_HTTP_REQUEST_TIMEOUT:
        return "the body came too slowly";
    case MHD_HTTP_LENGTH_REQUIRED:
        return "the length of the body must be told";
    case 413:
        return "the body is too long";
    case 422:
        return "the body is no JSON object";
    case MHD_HTTP_UNSUPPORTED_MEDIA_TYPE:
        return "the body must be application/json";
    case MHD_HTTP_SERVICE_UNAVAILABLE:
        return "the vault's keeper does not answer";
    default:
        return "a state that should not occur";
    }
}

void problem_of_status(unsigned status, struct buffer *out)
{
    int error = status == MHD_HTTP_NOT_FOUND             ? VAULT_ENOTFOUND
                : status == MHD_HTTP_UNAUTHORIZED        ? VAULT_EPASSPHRASE
                : status == 413                          ? VAULT_ELIMIT
                : status == 422                          ? VAULT_EINPUT
                : status == MHD_HTTP_SERVICE_UNAVAILABLE ? VAULT_EBUSY
                : status >= 500                          ? VAULT_EINTERNAL
                                                         : VAULT_EUSAGE;
    buffer_put_format(out,
        "{\"type\":\"urn:strongroom:problem:%s\",\"title\":\"%s\",\"status\":%u,\"detail\":\"%s\",\"error\":"
        "\"%s\","
        "\"code\":%d,\"message\":\"%s\",\"exit\":%d}",
        vault_error_name(error), title_of(status), status, title_of(status), vault_error_name(error), error,
        title_of(status), vault_exit_status(error));
}
