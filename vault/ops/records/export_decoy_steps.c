/* What decoys have to do with an export: those of the vault, which are left out or touched, and those made up
 * for it. */
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/records/export_private.h"

/* --- Of the vault --- */

/* No authority is told of a client that does not exist; and the log does not say that it was. */
int export_leave_out_decoys(struct export *export)
{
    bool unmarked = false;
    int result = copy_unmarked_purpose(export->call, &unmarked);
    if (result != VAULT_OK || (!unmarked && !purpose_is_authority(call_text(export->call, "purpose"))))
        return result;
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++)
        result = decoys_find(
            export->call->session, &export->clients[i], &export->left_out[i], NULL, export->call->failure);
    return result;
}

/* Among others of his own it is what everybody exports. */
int export_look_for_touches(struct export *export)
{
    struct call *call = export->call;
    size_t decoys = 0;
    size_t first = 0;
    bool foreign = false;
    int result = VAULT_OK;
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++) {
        json_t *entry = NULL;
        bool decoy = false;
        result = decoys_find(call->session, &export->clients[i], &decoy, &entry, call->failure);
        bool own = false;
        if (result == VAULT_OK && decoy)
            result = decoy_is_ones(call->session, &export->clients[i], entry, &own, call->failure);
        bool strange = result == VAULT_OK && decoy && !own;
        if (result == VAULT_OK && decoy && (decoys++ == 0 || (strange && !foreign)))
            first = i;
        foreign = foreign || strange;
        json_decref(entry);
    }
    if (result == VAULT_OK && (foreign || (decoys > 0 && decoys == export->count)))
        result = decoy_touched(call, &export->clients[first], "export", export->intent);
    return result;
}

/* --- Made up: after the cards of all and the rows of some --- */

int export_plan_decoys(struct export *export)
{
    size_t clients = 0;
    for (size_t i = 0; i < export->count; i++)
        clients += !export->left_out[i];
    return copy_decoys_plan(
        export->call, export->marks.seed != NULL, export->kind, clients, export->planned, &export->decoys);
}

static int look_at_rows(struct export *export, size_t i)
{
    struct call *call = export->call;
    struct permit *permit = NULL;
    const struct client_facts *client = &export->clients[i];
    int result = call_permit(call, &export->decisions[i], export->intent, PERMIT_BODIES, client->row,
        export->compartments[i], export->reveal, &permit);
    released_lend(call, &export->released[i / CLIENTS_PER_EVENT]);
    enum record_kind kind = copy_decoys_kind(&export->decoys, 0);
    for (size_t k = 0; kind != 0 && result == VAULT_OK; kind = copy_decoys_kind(&export->decoys, ++k)) {
        export->decoys.looked = 0;
        result = records_scan(session_records(call->session), permit, client->row, kind, export->period.from,
            export->period.to, copy_decoys_look, &export->decoys, call->failure);
        if (result == VAULT_ELIMIT) {
            failure_clear(call->failure);
            result = VAULT_OK;
        }
    }
    if (export->decoys.permit == NULL)
        export->decoys.permit = permit;
    else
        permit_free(permit);
    return result;
}

static int look_at_card(struct export *export, size_t i)
{
    json_t *card = NULL;
    int result = clients_card(export->call->session, &export->clients[i], &card, export->call->failure);
    if (result == VAULT_OK)
        result = copy_decoys_card(&export->decoys, card);
    json_decref(card);
    return result;
}

int export_make_decoys(struct export *export)
{
    int result = VAULT_OK;
    if (!copy_decoys_wanted(&export->decoys))
        return VAULT_OK;
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++)
        result = export->left_out[i] ? VAULT_OK : look_at_card(export, i);
    for (size_t k = 0; k < COPY_SAMPLE_CLIENTS && result == VAULT_OK; k++) {
        uint32_t random;
        random_fill(&random, sizeof random);
        size_t i = random % export->count;
        result = export->left_out[i] ? VAULT_OK : look_at_rows(export, i);
    }
    return result == VAULT_OK ? copy_decoys_make(export->call, export->marks.word, &export->decoys) : result;
}
