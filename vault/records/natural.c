/* Natural keys: how a record is known again when its file comes a second time. */
#include <string.h>

#include "vault/records/path_private.h"
#include "vault/records/records_private.h"

/* The month that a record belongs to: its own field, else that of its date, else what the file says around
 * it. */
static struct bytes period_of(const struct draft *draft, const json_t *fields)
{
    const char *text = json_text(fields, "period");
    if (text != NULL)
        return bytes_of_text(text);
    text = json_text(fields, "date");
    if (text != NULL && strlen(text) >= 7)
        return bytes_of(text, 7);
    return bytes_of_text(draft->period);
}

static struct bytes group_bytes(const struct draft *draft, const json_t *fields, const char *group)
{
    return strcmp(group, "@period") == 0 ? period_of(draft, fields)
                                         : bytes_of_text(group_text(fields, group));
}

int natural_write(struct records *records, const struct model *model, const struct draft *draft,
    const json_t *fields, bool *whole, struct buffer *out, struct failure *failure)
{
    const char *missing = NULL;
    buffer_reset(out);
    buffer_put_u8(out, 'k');
    for (size_t i = 0; i < MODEL_GROUPS && model->natural[i] != NULL && !*whole && missing == NULL; i++) {
        const char *group = model->natural[i];
        bool optional = group[0] == '?';
        struct bytes part = group_bytes(draft, fields, group + optional);
        if (part.size == 0 && !optional)
            missing = group;
        buffer_put_block(out, part);
    }
    if (missing != NULL && !model->whole)
        return failure_set(failure, VAULT_EINPUT, "%s without its %s, which it is known by",
            kind_name(draft->kind), strcmp(missing, "@period") == 0 ? "period" : missing);
    *whole = *whole || missing != NULL || (model->whole && model->natural[0] == NULL);
    if (*whole) {
        buffer_reset(out);
        buffer_put_u8(out, 'w');
        buffer_put_block(out, buffer_bytes(&records->fields));
    }
    return buffer_error(out);
}
