#include "cli/json_out.h"

#include <stdlib.h>
#include <string.h>

#include "cli/words.h"
#include "vault/base/text.h"

static int put_piece(const char *text, size_t size, void *context)
{
    struct output *output = context;
    output_put(output, bytes_of(text, size));
    return output_failed(output) ? -1 : 0;
}

int json_out_value(struct output *output, const json_t *value)
{
    if (memory_error() != VAULT_OK)
        return VAULT_ENOMEM;
    if (json_dump_callback(value, put_piece, output, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) != 0)
        return output_failed(output) ? VAULT_EIO : VAULT_ENOMEM;
    output_put_text(output, "\n");
    return output_failed(output) ? VAULT_EIO : VAULT_OK;
}

void json_out_string(const char *text, struct buffer *out)
{
    struct buffer valid = {0};
    struct bytes rest = bytes_of_text(text);
    while (rest.size > 0)
        utf8_put(utf8_next(&rest), &valid);
    json_write_string(buffer_bytes(&valid), out);
    buffer_free(&valid);
}

void json_out_failure(const struct failure *failure, int error, struct buffer *out)
{
    const char *message = failure->text[0] != '\0' ? failure->text : vault_error_text(error);
    buffer_put_text(out, "{\"error\":");
    json_out_string(vault_error_name(error), out);
    buffer_put_format(out, ",\"code\":%d,\"message\":", error);
    json_out_string(words_of(message), out);
    if (failure->remedy[0] != '\0') {
        buffer_put_text(out, ",\"remedy\":");
        json_out_string(words_of(failure->remedy), out);
    }
    buffer_put_format(out, ",\"exit\":%d}\n", vault_exit_status(error));
}
