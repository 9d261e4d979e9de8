/* The file of an export: its rows, client by client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/ops/records/export_private.h"

static int put_body(void *context, const struct record_body *body)
{
    struct export *export = context;
    char id[ULID_TEXT_SIZE];
    const char *number = json_text(export->card, "client_no");
    const char *name = json_text(export->card, "name");
    const char *tax_id = json_text(export->card, "tax_id");
    ulid_format(&body->info.id, id);
    struct export_row row = {.kind = body->info.kind,
        .client_no = number == NULL ? "" : number,
        .client_name = name == NULL ? "" : name,
        .client_tax_id = tax_id == NULL ? "" : tax_id,
        .record_id = id,
        .version = body->info.version,
        .period = body->info.period,
        .date = body->date,
        .fields = body->fields,
        .fields_json = body->fields_json,
        .masked = body->masked};
    if (++export->rows % 512 == 0)
        reply_progress(export->call, export->rows, 0, "rows");
    int result = export->rows % 64 == 0 ? reply_check(export->call) : VAULT_OK;
    return result == VAULT_OK ? export_put(export->writer, &row, export->call->failure) : result;
}

static int export_client(struct export *export, size_t i)
{
    struct call *call = export->call;
    struct permit *permit = NULL;
    json_t *card = NULL;
    if (i >= export->count)
        return copy_decoys_put(&export->decoys, i - export->count, export->writer, call->failure);
    if (export->left_out[i])
        return VAULT_OK;
    const struct client_facts *client = &export->clients[i];
    int result = call_permit(call, &export->decisions[i], export->intent, PERMIT_BODIES, client->row,
        export->compartments[i], export->reveal, &permit);
    if (result == VAULT_OK)
        result = clients_card(call->session, client, &card, call->failure);
    export->card = card;
    released_lend(call, &export->released[i / CLIENTS_PER_EVENT]);
    /* JSON lines take the fields as they lie in the record; the others need them parsed. */
    bool lines = strcmp(call_text(call, "format"), "jsonl") == 0;
    if (result == VAULT_OK)
        result =
            (lines ? records_scan_json : records_scan)(session_records(call->session), permit, client->row,
                export->kind, export->period.from, export->period.to, put_body, export, call->failure);
    json_decref(card);
    permit_free(permit);
    return result;
}

/* In both languages, since nobody knows who will find it. A workbook has room for it; in CSV it is one row more. */
static const char *footer_of(const struct export *export, const char *now, char *footer, size_t size)
{
    bool workbook = strcmp(call_text(export->call, "format"), "xlsx") == 0 && export->marks.footer;
    (void)snprintf(footer, size, "导出 exported by %s, 事件 event %llu, %s", session_user(export->call->session),
        (unsigned long long)export->intent, now);
    return workbook || call_flag(export->call, "footer") ? footer : NULL;
}

int export_write_file(struct export *export, struct hash *hash)
{
    struct call *call = export->call;
    char now[INSTANT_TEXT_SIZE], footer[160];
    instant_format(instant_now(), now);
    struct export_options options = {.encoding = call_text(call, "encoding"),
        .firm = "",
        .exporter = session_user(call->session),
        .exported_at = now,
        .scope = call_text(call, "period"),
        .temporary = export->directory,
        .footer = footer_of(export, now, footer, sizeof footer),
        .marks = export->marks.word == NULL ? NULL : &export->marks.writer,
        .claimed = true};
    size_t *order = NULL;
    int result = export_make_decoys(export);
    size_t all = export->count + export->decoys.made;
    if (result == VAULT_OK && (order = calloc(all, sizeof *order)) == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = copy_marks_order(call, &export->marks, export->clients, export->count, &export->decoys, order);
    if (result == VAULT_OK)
        result = export_open(
            call_text(call, "format"), fresh_file_path(export->fresh), &options, &export->writer, call->failure);
    for (size_t i = 0; i < all && result == VAULT_OK; i++)
        result = export_client(export, order[i]);
    free(order);
    if (result == VAULT_OK)
        result = export_close(export->writer, hash, call->failure);
    else
        export_abandon(export->writer);
    export->writer = NULL;
    return result;
}
