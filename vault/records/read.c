/* Reading: every road checks the permit first, then the version, then opens. */
#include <string.h>

#include "vault/records/ahead_private.h"

static int denied(const struct row *row, struct failure *failure)
{
    char id[ULID_TEXT_SIZE];
    ulid_format(&row->info.id, id);
    return failure_set(failure, VAULT_EDENIED, "the permit does not cover record %s", id);
}

/* Where nothing more precise was said (no memory, a callback's own error), the error speaks for itself. */
static int said(int result, struct failure *failure)
{
    return result == VAULT_OK ? VAULT_OK : failure_set(failure, result, "%s", vault_error_text(result));
}

int records_find(
    struct records *records, const struct ulid *id, struct record_info *info, struct failure *failure)
{
    struct statement *statement = NULL;
    struct row row;
    memset(info, 0, sizeof *info);
    int result = row_by_id(records, id, &statement, &row, failure);
    if (result == VAULT_OK)
        *info = row.info;
    if (statement != NULL)
        statement_reset(statement);
    return result;
}

/* One version of a record: @p statements are its own and the older version's, to be reset by close_version().
 */
static int find_version(struct records *records, const struct ulid *id, int64_t version,
    struct statement *statements[2], struct row *row, struct failure *failure)
{
    statements[0] = statements[1] = NULL;
    int result = row_by_id(records, id, &statements[0], row, failure);
    if (result == VAULT_OK)
        result = row_is_last(row, failure);
    if (result == VAULT_OK && version != 0 && version != row->info.version)
        result = row_old(records, version, &statements[1], row, failure);
    return result;
}

static void close_version(struct statement *statements[2])
{
    for (int i = 0; i < 2; i++) {
        if (statements[i] != NULL)
            statement_reset(statements[i]);
    }
}

int records_ver(struct records *records, const struct ulid *id, int64_t version, struct hash *ver,
    struct failure *failure)
{
    struct statement *statements[2];
    struct row row;
    memset(ver, 0, sizeof *ver);
    int result = find_version(records, id, version, statements, &row, failure);
    if (result == VAULT_OK)
        row_ver(records, row.head, row.body, ver);
    close_version(statements);
    return result;
}

static int open_head(struct records *records, struct row *row, json_t **head, struct failure *failure)
{
    int result = row_open_head(records, row, failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&records->open_head), head, failure);
    buffer_reset(&records->open_head);
    return result;
}

static int open_one(struct records *records, const struct permit *permit, const struct ulid *id,
    int64_t version, bool parse, struct record_body *body, struct failure *failure)
{
    struct statement *statements[2];
    struct row row;
    memset(body, 0, sizeof *body);
    int result = find_version(records, id, version, statements, &row, failure);
    wrap_refresh(records);
    if (result == VAULT_OK && !row_is_covered(permit, PERMIT_BODIES, &row))
        result = denied(&row, failure);
    if (result == VAULT_OK)
        result = row_unwrap(records, &row, failure);
    if (result == VAULT_OK && parse)
        result = open_head(records, &row, &body->head, failure);
    /* Which also tells that the head is as it was sealed. */
    if (result == VAULT_OK)
        result = row_open_body(records, &row, failure);
    if (result == VAULT_OK)
        result = body_show(records, permit, &row, parse, body, failure);
    close_version(statements);
    if (result != VAULT_OK) {
        record_body_free(body);
        buffer_reset(&records->open_body);
    }
    return said(result, failure);
}

int records_open(struct records *records, const struct permit *permit, const struct ulid *id, int64_t version,
    struct record_body *body, struct failure *failure)
{
    return open_one(records, permit, id, version, true, body, failure);
}

int records_open_json(struct records *records, const struct permit *permit, const struct ulid *id,
    int64_t version, struct record_body *body, struct failure *failure)
{
    return open_one(records, permit, id, version, false, body, failure);
}

/* --- Many --- */

struct sweep {
    struct records *records;
    const struct permit *permit;
    enum permit_use use;
    struct failure *failure;
    int (*each)(struct sweep *sweep, struct row *row);
    bool ahead;
    bool parse;
    int (*head)(void *context, const struct record_head *head);
    int (*body)(void *context, const struct record_body *body);
    void *context;
};

static int sweep_rows(struct sweep *sweep, struct statement *statement)
{
    struct row row;
    bool more = true;
    int result = VAULT_OK;
    while (result == VAULT_OK) {
        result = statement_step(statement, &more, sweep->failure);
        if (result != VAULT_OK || !more)
            return result;
        result = row_read(statement, &row, sweep->failure);
        if (result != VAULT_OK || !row_is_covered(sweep->permit, sweep->use, &row))
            continue;
        result = row_is_last(&row, sweep->failure);
        if (result == VAULT_OK)
            result = row_unwrap(sweep->records, &row, sweep->failure);
        if (result == VAULT_OK)
            result = sweep->each(sweep, &row);
    }
    return result;
}

/* How keys are held is asked now: later the store is the reading thread's. */
static int know_wrappings(struct sweep *sweep, int64_t client)
{
    const struct record_wrapping *ignored;
    int result = VAULT_OK;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        if (permit_covers(sweep->permit, sweep->use, client, (enum compartment)i))
            result = wrap_how(sweep->records, (enum compartment)i, &ignored, sweep->failure);
    }
    return result;
}

static int sweep_ahead(struct sweep *sweep, struct statement *statement)
{
    struct ahead *ahead;
    struct row *row;
    const struct secret *key;
    int result = ahead_new(sweep->records, sweep->permit, statement, &ahead);
    while (result == VAULT_OK && (result = ahead_next(ahead, &row, &key, sweep->failure)) == VAULT_OK &&
           row != NULL) {
        result = row_open_key(sweep->records, row, key, sweep->failure);
        if (result == VAULT_OK)
            result = sweep->each(sweep, row);
    }
    ahead_free(ahead);
    return result;
}

/* Is any kind that is asked for covered at all? */
static int may_sweep(const struct sweep *sweep, int64_t client, enum record_kind kind)
{
    for (int i = KIND_CLIENT; i <= KIND_LAST; i++) {
        if ((kind == 0 || kind == (enum record_kind)i) &&
            permit_covers(sweep->permit, sweep->use, client, kind_compartment((enum record_kind)i)))
            return VAULT_OK;
    }
    return failure_set(sweep->failure, VAULT_EDENIED, "the permit covers no such records of this client");
}

static int sweep(struct sweep *sweep, enum query query, int64_t client, enum record_kind kind,
    const char *from, const char *to)
{
    struct statement *statement;
    sweep->records->wrapping_known = 0;
    int result = may_sweep(sweep, client, kind);
    if (result == VAULT_OK && sweep->ahead)
        result = know_wrappings(sweep, client);
    if (result == VAULT_OK)
        result = store_query(sweep->records->store, query, &statement, sweep->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    bind_number(statement, 2, kind);
    bind_text(statement, 3, from == NULL ? "" : from);
    bind_text(statement, 4, to == NULL || to[0] == '\0' ? "9999-99" : to);
    result = (sweep->ahead ? sweep_ahead : sweep_rows)(sweep, statement);
    statement_reset(statement);
    buffer_reset(&sweep->records->open_head);
    buffer_reset(&sweep->records->open_body);
    buffer_reset(&sweep->records->shown);
    buffer_reset(&sweep->records->shown_raw);
    return said(result, sweep->failure);
}

static int each_head(struct sweep *sweep, struct row *row)
{
    struct record_head head = {.info = row->info};
    int result = open_head(sweep->records, row, &head.head, sweep->failure);
    if (result == VAULT_OK)
        result = sweep->head(sweep->context, &head);
    record_head_free(&head);
    return result;
}

static int each_body(struct sweep *sweep, struct row *row)
{
    struct record_body body;
    memset(&body, 0, sizeof body);
    /* Which also tells that the head, of which nothing is shown here, is as it was sealed. */
    int result = row_open_body(sweep->records, row, sweep->failure);
    if (result == VAULT_OK)
        result = body_show(sweep->records, sweep->permit, row, sweep->parse, &body, sweep->failure);
    if (result == VAULT_OK)
        result = sweep->body(sweep->context, &body);
    record_body_free(&body);
    return result;
}

int records_list(struct records *records, const struct permit *permit, int64_t client, enum record_kind kind,
    const char *period_from, const char *period_to,
    int (*head)(void *context, const struct record_head *head), void *context, struct failure *failure)
{
    struct sweep heads = {.records = records,
        .permit = permit,
        .use = PERMIT_HEADS,
        .failure = failure,
        .each = each_head,
        .head = head,
        .context = context};
    return sweep(&heads, QUERY_RECORD_LIST, client, kind, period_from, period_to);
}

int records_scan(struct records *records, const struct permit *permit, int64_t client, enum record_kind kind,
    const char *period_from, const char *period_to,
    int (*body)(void *context, const struct record_body *body), void *context, struct failure *failure)
{
    struct sweep bodies = {.records = records,
        .permit = permit,
        .use = PERMIT_BODIES,
        .failure = failure,
        .each = each_body,
        .parse = true,
        .body = body,
        .context = context};
    return sweep(&bodies, QUERY_RECORD_SCAN, client, kind, period_from, period_to);
}

int records_scan_json(struct records *records, const struct permit *permit, int64_t client,
    enum record_kind kind, const char *period_from, const char *period_to,
    int (*body)(void *context, const struct record_body *body), void *context, struct failure *failure)
{
    struct sweep bodies = {.records = records,
        .permit = permit,
        .use = PERMIT_BODIES,
        .failure = failure,
        .each = each_body,
        .ahead = true,
        .body = body,
        .context = context};
    return sweep(&bodies, QUERY_RECORD_SCAN, client, kind, period_from, period_to);
}

/* --- One by its row --- */

static int row_by_number(struct records *records, int64_t number, struct statement **statement,
    struct row *row, struct failure *failure)
{
    bool found = false;
    int result = store_query(records->store, QUERY_RECORD_BY_ROW, statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(*statement, 1, number);
    result = statement_step(*statement, &found, failure);
    if (result == VAULT_OK && !found)
        result = failure_set(failure, VAULT_ENOTFOUND, "there is no such record");
    return result == VAULT_OK ? row_read(*statement, row, failure) : result;
}

int records_info(struct records *records, int64_t number, struct record_info *info, struct failure *failure)
{
    struct statement *statement = NULL;
    struct row row;
    memset(info, 0, sizeof *info);
    int result = row_by_number(records, number, &statement, &row, failure);
    if (result == VAULT_OK)
        *info = row.info;
    if (statement != NULL)
        statement_reset(statement);
    return result;
}

/* What a search compares is not kept twice: it is taken from the body of the few records that a search shows.
 */
static int add_terms(struct records *records, struct row *row, json_t *head, struct failure *failure)
{
    struct body_view view;
    json_t *fields = NULL;
    json_t *terms = NULL;
    int result = row_open_body(records, row, failure);
    if (result == VAULT_OK)
        result = body_read(records, row, &view, failure);
    if (result == VAULT_OK)
        result = json_read(view.fields, &fields, failure);
    buffer_reset(&records->head);
    if (result == VAULT_OK)
        result = head_terms(records, model_of(row->info.kind), fields, &records->head);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&records->head), &terms, failure);
    if (result == VAULT_OK && json_object_set_new(head, "terms", terms) != 0)
        result = VAULT_ENOMEM;
    buffer_reset(&records->head);
    buffer_reset(&records->open_body);
    json_decref(fields);
    return result;
}

int records_head(struct records *records, const struct permit *permit, int64_t number,
    struct record_head *head, struct failure *failure)
{
    struct statement *statement = NULL;
    struct row row;
    memset(head, 0, sizeof *head);
    records->wrapping_known = 0;
    int result = row_by_number(records, number, &statement, &row, failure);
    if (result == VAULT_OK && !row_is_covered(permit, PERMIT_HEADS, &row))
        result = denied(&row, failure);
    if (result == VAULT_OK)
        result = row_is_last(&row, failure);
    if (result == VAULT_OK)
        result = row_unwrap(records, &row, failure);
    if (result == VAULT_OK)
        result = open_head(records, &row, &head->head, failure);
    if (result == VAULT_OK)
        result = add_terms(records, &row, head->head, failure);
    if (result == VAULT_OK)
        head->info = row.info;
    else
        record_head_free(head);
    if (statement != NULL)
        statement_reset(statement);
    return result;
}

/* --- What a witness must release first --- */

int records_need_one(struct records *records, const struct ulid *id, int64_t version,
    struct releases *releases, struct failure *failure)
{
    struct statement *statements[2];
    struct row row;
    int result = find_version(records, id, version, statements, &row, failure);
    if (result == VAULT_OK)
        result = wrap_need(records, &row, releases, failure);
    close_version(statements);
    return said(result, failure);
}

int records_need_row(
    struct records *records, int64_t number, struct releases *releases, struct failure *failure)
{
    struct statement *statement = NULL;
    struct row row;
    int result = row_by_number(records, number, &statement, &row, failure);
    if (result == VAULT_OK)
        result = wrap_need(records, &row, releases, failure);
    if (statement != NULL)
        statement_reset(statement);
    return said(result, failure);
}

int records_need_many(struct records *records, unsigned compartments, int64_t client, enum record_kind kind,
    const char *from, const char *to, struct releases *releases, struct failure *failure)
{
    struct statement *statement;
    struct row row;
    bool more = true;
    int result = store_query(records->store, QUERY_RECORD_NEED, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    bind_number(statement, 2, kind);
    bind_text(statement, 3, from == NULL ? "" : from);
    bind_text(statement, 4, to == NULL || to[0] == '\0' ? "9999-99" : to);
    while (result == VAULT_OK && (result = statement_step(statement, &more, failure)) == VAULT_OK && more) {
        result = row_read(statement, &row, failure);
        if (result == VAULT_OK && (compartments >> kind_compartment(row.info.kind) & 1) != 0)
            result = wrap_need(records, &row, releases, failure);
    }
    statement_reset(statement);
    return said(result, failure);
}

/* --- History --- */

int records_versions(struct records *records, const struct ulid *id,
    int (*version)(void *context, const struct record_info *info), void *context, struct failure *failure)
{
    struct statement *current = NULL;
    struct statement *older = NULL;
    struct row row;
    bool more = true;
    int result = row_by_id(records, id, &current, &row, failure);
    if (result == VAULT_OK)
        result = row_is_last(&row, failure);
    if (result == VAULT_OK)
        result = row_check(records, &row, failure);
    if (result == VAULT_OK)
        result = version(context, &row.info);
    if (result == VAULT_OK)
        result = store_query(records->store, QUERY_RECORD_VERSIONS, &older, failure);
    if (result == VAULT_OK)
        bind_number(older, 1, row.info.row);
    while (result == VAULT_OK) {
        result = statement_step(older, &more, failure);
        if (result != VAULT_OK || !more)
            break;
        row_read_version(older, &row);
        result = row_check(records, &row, failure);
        if (result == VAULT_OK)
            result = version(context, &row.info);
    }
    if (older != NULL)
        statement_reset(older);
    if (current != NULL)
        statement_reset(current);
    return result;
}
