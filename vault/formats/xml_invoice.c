#include "vault/formats/xml_invoice_private.h"

#include <string.h>

#include "vault/base/text.h"

/* --- fields ------------------------------------------------------------------------------------------------
 */

static int map_party(struct xml_record *record, struct xml_node *root, const char *path,
    const struct xml_rule *rules, const char *field)
{
    if (path[0] == 0) {
        return VAULT_OK;
    }
    struct xml_node *node = root;
    char step[64];
    for (const char *at = path;
         *at != 0 && node != NULL;) { /* the party itself may have no text of its own */
        size_t size = strcspn(at, "/");
        snprintf(step, sizeof step, "%.*s", (int)(size < 63 ? size : 63), at);
        node = xml_child(node, step, NULL);
        at += size + (at[size] == '/');
    }
    if (node == NULL) {
        return VAULT_OK;
    }
    json_t *present = json_object_get(record->draft.fields, field);
    json_t *party = present == NULL ? json_object() : json_incref(present);
    int error = party == NULL ? VAULT_ENOMEM : xml_map(record, node, rules, party);
    if (error == VAULT_OK && present == NULL && json_object_size(party) > 0 &&
        json_object_set(record->draft.fields, field, party) != 0) {
        error = VAULT_ENOMEM;
    }
    json_decref(party);
    return error;
}

/* `path` where it is in the document's own currency: a tax may be stated in the tax office's as well. */
static void own_currency(const json_t *fields, const char *path, char own[160])
{
    const char *currency = json_text(fields, "currency");
    bool plain =
        currency == NULL || strlen(currency) != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3;
    snprintf(own, 160, plain ? "%s" : "%s[@currencyID=%s]", path, currency == NULL ? "" : currency);
}

int xml_invoice_tax(struct xml_record *record, struct xml_node *root, const char *path, const char *otherwise)
{
    char own[160];
    own_currency(record->draft.fields, path, own);
    const struct xml_rule rules[] = {{own, "tax", XML_AMOUNT}, {path, "tax", XML_AMOUNT},
        {otherwise, "tax", XML_NUMBER}, {NULL, NULL, XML_KNOWN}};
    return xml_map(record, root, rules, record->draft.fields);
}

static int map_fields(struct xml_record *record, struct xml_node *root, const struct xml_invoice_form *form)
{
    json_t *fields = record->draft.fields;
    int error = xml_map(record, root, form->head, fields);
    error = error == VAULT_OK ? map_party(record, root, form->seller, form->party, "seller") : error;
    error = error == VAULT_OK ? map_party(record, root, form->buyer, form->party, "buyer") : error;
    for (const char *const *path = form->line_paths; *path != NULL && error == VAULT_OK; path++) {
        error = xml_map_lines(record, root, *path, form->line, fields, "lines", NULL);
    }
    error = error == VAULT_OK && form->complete != NULL ? form->complete(record, root) : error;
    error = error == VAULT_OK ? xml_require(record, fields, "no", form->title) : error;
    error = error == VAULT_OK ? xml_require(record, fields, "issue_date", "date of issue") : error;
    xml_record_date(record, fields, "issue_date");
    return error;
}

/* --- embedded documents ------------------------------------------------------------------------------------
 */

struct embedded {
    struct import_run *run;
    const struct xml_invoice_form *form;
    bool deliver; /* else only take the bytes out of what is left over */
    int error;
};

static int without_blanks(struct bytes text, struct buffer *plain)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            buffer_put_u8(plain, c);
        }
    }
    return buffer_error(plain);
}

static int attachment_fields(
    struct xml_record *record, struct xml_node *data, struct bytes description, size_t size)
{
    static const struct xml_rule rules[] = {
        {"@filename", "file_name", XML_TEXT},
        {"@mimeCode", "media_type", XML_TEXT},
        {NULL, NULL, XML_KNOWN},
    };
    char count[24];
    snprintf(count, sizeof count, "%zu", size);
    int error = xml_map(record, data, rules, record->draft.fields);
    error = error == VAULT_OK ? value_set(record->draft.fields, "bytes", bytes_of_text(count)) : error;
    return error == VAULT_OK ? value_set(record->draft.fields, "description", description) : error;
}

static int deliver(struct embedded *embedded, struct xml_node *reference, struct xml_node *data)
{
    struct xml_record record;
    struct buffer plain = {0}, content = {0};
    struct bytes description = xml_text_at(reference, embedded->form->embedded_description);
    struct bytes name = xml_text_at(data, "@filename");
    int error = xml_record_begin(&record, embedded->run, data, KIND_ATTACHMENT, name);
    error = error == VAULT_OK ? without_blanks(xml_node_text(data), &plain) : error;
    if (error == VAULT_OK && base64_decode(buffer_bytes(&plain), &content) != VAULT_OK) {
        error = xml_record_refuse(&record, VAULT_EINPUT, "the embedded document is not base64");
    }
    error = error == VAULT_OK ? attachment_fields(&record, data, description, content.size) : error;
    record.draft.content = buffer_bytes(&content);
    record.bare = true;
    error = xml_record_end(&record, error);
    buffer_free(&plain);
    buffer_free(&content);
    return error;
}

static int visit_embedded(void *context, struct xml_place place)
{
    struct embedded *embedded = context;
    struct xml_node *data = xml_find(place.node, embedded->form->embedded_data).node;
    if (data == NULL) {
        return 0;
    }
    if (embedded->deliver) {
        embedded->error = deliver(embedded, place.node, data);
        return embedded->error;
    }
    data->fate = XML_FATE_MAPPED;
    for (struct xml_attribute *at = data->attributes; at != NULL; at = at->next) {
        at->fate = XML_FATE_KNOWN;
    }
    return 0;
}

static int each_embedded(
    struct import_run *run, struct xml_node *root, const struct xml_invoice_form *form, bool deliver_them)
{
    struct embedded embedded = {.run = run, .form = form, .deliver = deliver_them};
    if (form->embedded != NULL) {
        xml_each(root, form->embedded, visit_embedded, &embedded);
    }
    return embedded.error;
}

/* --- sums --------------------------------------------------------------------------------------------------
 */

struct sum {
    struct decimal total;
    bool minus, failed;
    size_t count;
};

static int add_place(void *context, struct xml_place place)
{
    struct sum *sum = context;
    struct decimal amount;
    struct bytes text = xml_place_text(place);
    if (text.size == 0) {
        return 0;
    }
    sum->failed |= decimal_parse(text, &amount) != VAULT_OK ||
                   decimal_add(&sum->total, sum->minus ? decimal_negate(amount) : amount) != VAULT_OK;
    sum->count++;
    return sum->failed;
}

static int check_sum(struct import_run *run, struct xml_node *root, const struct xml_invoice_sum *rule)
{
    struct sum sum = {.total = {0, 0}};
    struct bytes stated = xml_text_at(root, rule->stated);
    char text[64];
    if (stated.size == 0 || stated.size >= sizeof text) {
        return VAULT_OK;
    }
    for (size_t i = 0; i < 4 && rule->plus[i] != NULL; i++) {
        xml_each(root, rule->plus[i], add_place, &sum);
    }
    size_t parts = sum.count;
    sum.minus = true;
    for (size_t i = 0; i < 3 && rule->minus[i] != NULL; i++) {
        xml_each(root, rule->minus[i], add_place, &sum);
    }
    if (sum.failed || parts == 0) {
        return VAULT_OK;
    }
    memcpy(text, stated.data, stated.size);
    text[stated.size] = 0;
    return run_control(run, rule->name, text, sum.total);
}

static int stated_against(
    struct import_run *run, const json_t *fields, const char *field, const char *name, const struct sum *sum)
{
    const char *stated = json_text(fields, field);
    bool compare = stated != NULL && sum->count > 0 && !sum->failed;
    return compare ? run_control(run, name, stated, sum->total) : VAULT_OK;
}

/* What the record itself must fulfil: parts of the tax = tax, net + tax = gross. */
static int check_fields(
    struct import_run *run, struct xml_node *root, const struct xml_invoice_form *form, const json_t *fields)
{
    struct sum tax = {.total = {0, 0}}, gross = {.total = xml_field_amount(fields, "net")};
    int error = VAULT_OK;
    if (form->tax_parts != NULL) {
        char own[160];
        own_currency(fields, form->tax_parts, own);
        xml_each(root, own, add_place, &tax);
        if (tax.count == 0) {
            xml_each(root, form->tax_parts, add_place, &tax);
        }
        error = stated_against(run, fields, "tax", "TaxAmount", &tax);
    }
    gross.count = json_object_get(fields, "net") != NULL;
    gross.failed = decimal_add(&gross.total, xml_field_amount(fields, "tax")) != VAULT_OK;
    return error == VAULT_OK ? stated_against(run, fields, "gross", "TaxInclusiveAmount", &gross) : error;
}

static int check_sums(
    struct import_run *run, struct xml_node *root, const struct xml_invoice_form *form, const json_t *fields)
{
    int error = check_fields(run, root, form, fields);
    for (const struct xml_invoice_sum *rule = form->sums;
         rule != NULL && rule->name != NULL && error == VAULT_OK; rule++) {
        error = check_sum(run, root, rule);
    }
    return error;
}

/* --- file --------------------------------------------------------------------------------------------------
 */

static bool has_root(const struct xml_invoice_form *form, const char *root)
{
    for (const char *const *name = form->roots; *name != NULL; name++) {
        if (strcmp(*name, root) == 0) {
            return true;
        }
    }
    return false;
}

/* The forms a file may have, and which one it has. */
struct choice {
    const struct xml_invoice_form *forms;
    size_t count;
    const struct xml_invoice_form *form;
};

static int choose(struct import_run *run, struct xml_stream *stream, struct choice *choice)
{
    for (size_t i = 0; i < choice->count; i++) {
        if (has_root(&choice->forms[i], xml_stream_name(stream))) {
            choice->form = &choice->forms[i];
            return VAULT_OK;
        }
    }
    return failure_set(run->failure, VAULT_EINPUT, "line %d: the root element is %.60s, not %s",
        xml_stream_line(stream), xml_stream_name(stream), choice->forms[0].roots[0]);
}

static int take_root(struct import_run *run, struct xml_stream *stream, struct choice *choice,
    struct xml_tree *tree, struct xml_node **root)
{
    enum xml_event event = XML_EVENT_END;
    int error = xml_stream_next(stream, &event);
    error = error == VAULT_OK ? choose(run, stream, choice) : error;
    if (error == VAULT_OK && choice->form != NULL) {
        const char *data = choice->form->embedded_data, *slash = data == NULL ? NULL : strrchr(data, '/');
        tree->big = slash == NULL ? data : slash + 1;
        error = xml_stream_take(stream, tree, NULL, root);
    }
    while (error == VAULT_OK && event != XML_EVENT_END) {
        error = xml_stream_next(stream, &event);
    }
    return error;
}

/* The invoice, what is embedded in it, and its sums. */
static int deliver_invoice(struct import_run *run, struct xml_node *root, const struct xml_invoice_form *form)
{
    struct xml_record record;
    int error = xml_record_begin(&record, run, root, KIND_INVOICE, xml_text_at(root, form->title));
    error = error == VAULT_OK ? map_fields(&record, root, form) : error;
    error = error == VAULT_OK ? each_embedded(run, root, form, false) : error;
    json_t *fields = error == VAULT_OK ? json_incref(record.draft.fields) : NULL; /* for the controls */
    error = xml_record_end(&record, error);
    error = error == VAULT_OK ? each_embedded(run, root, form, true) : error;
    error = error == VAULT_OK && fields != NULL ? check_sums(run, root, form, fields) : error;
    json_decref(fields);
    return error;
}

int xml_invoice_read(
    struct import_run *run, const struct bytes *memory, const struct xml_invoice_form *forms, size_t count)
{
    struct choice choice = {.forms = forms, .count = count};
    struct xml_stream *stream = NULL;
    struct xml_node *root = NULL;
    struct xml_tree tree = {.pieces = NULL};
    int error = xml_stream_open(run, memory, &stream);
    error = error == VAULT_OK ? take_root(run, stream, &choice, &tree, &root) : error;
    xml_stream_free(stream); /* before the record is made of its tree: one of both is enough */
    error = error == VAULT_OK && choice.form != NULL ? deliver_invoice(run, root, choice.form) : error;
    xml_tree_reset(&tree);
    return error;
}
