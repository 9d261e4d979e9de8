#include "vault/ops/records/export_decoy_rows_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/copies.h"
#include "vault/access/settings.h"
#include "vault/formats/check_digit.h"
#include "vault/ops/decoys/decoy_habits_private.h"
#include "vault/ops/decoys/decoy_private.h"

#define TRIES 20

/* --- Whether, and how many --- */

static const enum record_kind money_kinds[MONEY_KINDS] = {
    KIND_VOUCHER, KIND_INVOICE, KIND_BANK_TRANSACTION, KIND_PAYROLL_ENTRY};

static bool purpose_pays(const char *purpose)
{
    static const char *const codes[] = {"payment", "payments", "payroll", "pay", "salary", "bank"};
    size_t size = purpose == NULL ? 0 : strcspn(purpose, ":");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strlen(codes[i]) == size && strncmp(codes[i], purpose, size) == 0)
            return true;
    }
    return false;
}

/* What people are paid by: nobody may be paid who was made up, nor on a card that may be somebody's. */
static bool is_for_paying(struct call *call, enum record_kind kind)
{
    const json_t *reveal = call_list(call, "reveal");
    bool cards = json_lists(reveal, "*") || json_lists(reveal, "employee.bank_card");
    return purpose_pays(call_text(call, "purpose")) || (kind == KIND_PAYROLL_ENTRY && cards);
}

/* The kinds of money of this export that may have pairs: at least one? */
static bool choose_money(struct call *call, struct copy_decoys *decoys)
{
    bool any = false;
    for (size_t i = 0; i < MONEY_KINDS; i++) {
        decoys->money[i] = decoys->kind == 0 || decoys->kind == money_kinds[i];
        if (money_kinds[i] == KIND_PAYROLL_ENTRY && is_for_paying(call, decoys->kind))
            decoys->money[i] = false;
        any = any || decoys->money[i];
    }
    return any;
}

static uint32_t at_most(uint64_t count, uint32_t most)
{
    return count < most ? (uint32_t)count : most;
}

int copy_decoys_plan(struct call *call, bool seeded, enum record_kind kind, size_t clients, int64_t rows,
    struct copy_decoys *decoys)
{
    char value[SETTING_VALUE_MAX + 1] = "";
    int result =
        setting_value(session_store(call->session), setting_find(SETTING_DECOYS), value, call->failure);
    bool all = strcmp(value, "all") == 0, off = strcmp(value, "off") == 0;
    decoys->kind = kind;
    bool money = all && choose_money(call, decoys);
    bool fits = clients >= COPY_DECOYS_FROM && (money || kind == 0 || kind == KIND_CLIENT);
    if (result != VAULT_OK || off || !seeded || !fits || purpose_is_authority(call_text(call, "purpose")))
        return result;
    if (call_flag(call, "no_decoys")) {
        decoys->why_not = "asked";
        return VAULT_OK;
    }
    uint32_t pairs =
        money ? at_most((kind == 0 ? 8 : 4) + (uint64_t)(rows < 0 ? 0 : rows) / 100, COPY_DECOYS_PAIRS) : 0;
    decoys->counts.clients = at_most(2 + clients / 50, COPY_DECOYS_CLIENTS);
    decoys->counts.amounts = pairs;
    decoys->counts.records = decoys->counts.clients + 2 * pairs;
    decoys->counts.logarithmic = true;
    decoys->names = company_samples_new();
    decoys->list = calloc(decoys->counts.clients, sizeof *decoys->list);
    return decoys->names == NULL || decoys->list == NULL ? VAULT_ENOMEM : VAULT_OK;
}

int copy_decoys_tell(const struct copy_decoys *decoys, json_t *marks)
{
    json_t *kinds = json_object_get(marks, "kinds");
    if (decoys->why_not != NULL)
        return json_object_set_new(marks, "decoys", json_pack("{s:s}", "why", decoys->why_not)) == 0
                   ? VAULT_OK
                   : VAULT_ENOMEM;
    if (!copy_decoys_wanted(decoys))
        return VAULT_OK;
    json_t *counts = json_pack("{s:I,s:I,s:I}", "clients", (json_int_t)decoys->counts.clients, "records",
        (json_int_t)decoys->counts.records, "amounts", (json_int_t)decoys->counts.amounts);
    if (decoys->counts.amounts > 0)
        (void)json_object_set_new(counts, "law", json_string("logarithmic"));
    return json_array_append_new(kinds, json_string("decoys")) == 0 &&
                   json_object_set_new(marks, "decoys", counts) == 0
               ? VAULT_OK
               : VAULT_ENOMEM;
}

/* --- Looking --- */

int copy_decoys_card(struct copy_decoys *decoys, const json_t *card)
{
    return company_sample(decoys->names, json_text(card, "client_no"), json_text(card, "name"),
        json_text(card, "tax_id"), json_text(card, "status"));
}

static struct row_samples *samples_of(struct copy_decoys *decoys, enum record_kind kind)
{
    for (size_t i = 0; i < MONEY_KINDS; i++) {
        if (kind == money_kinds[i])
            return decoys->money[i] ? &decoys->pairs[i] : NULL;
    }
    return kind == KIND_CLIENT ? &decoys->cards : NULL;
}

enum record_kind copy_decoys_kind(const struct copy_decoys *decoys, size_t i)
{
    bool cards = decoys->kind == 0 || decoys->kind == KIND_CLIENT;
    if (cards && i-- == 0)
        return KIND_CLIENT;
    for (size_t k = 0; k < MONEY_KINDS; k++) {
        if (decoys->money[k] && i-- == 0)
            return money_kinds[k];
    }
    return (enum record_kind)0;
}

int copy_decoys_look(void *context, const struct record_body *body)
{
    struct copy_decoys *decoys = context;
    struct row_samples *samples = samples_of(decoys, body->info.kind);
    if (samples == NULL || samples->count == COPY_SAMPLE_ROWS || ++decoys->looked > COPY_SAMPLE_LOOKED)
        return VAULT_ELIMIT;
    /* One in four, so that not only the beginning of a year is looked at. */
    bool take = body->info.kind == KIND_CLIENT || samples->count < 2 || company_chance(4) == 0;
    if (!take)
        return VAULT_OK;
    struct made_record *row = &samples->rows[samples->count];
    *row = (struct made_record){.kind = body->info.kind, .fields = json_deep_copy(body->fields)};
    memcpy(row->period, body->info.period, sizeof row->period);
    memcpy(row->date, body->date, sizeof row->date);
    ulid_format(&body->info.id, row->id);
    samples->count += row->fields != NULL;
    return row->fields == NULL ? VAULT_ENOMEM : VAULT_OK;
}

/* --- Making --- */

int64_t made_amount_of(const struct made_record *sample)
{
    int64_t moved = made_read_amount(sample->fields, "amount");
    return sample->kind == KIND_VOUCHER         ? made_voucher_amount(sample->fields)
           : sample->kind == KIND_INVOICE       ? made_invoice_amount(sample->fields)
           : sample->kind == KIND_PAYROLL_ENTRY ? made_payroll_amount(sample->fields)
           : moved < 0                          ? -moved
                                                : moved;
}

/* Nobody of the firm has this number, tax id or name, whether or not he is exported. */
static int is_taken(struct call *call, const struct company *company, bool *taken)
{
    struct client_facts there;
    struct failure unseen = {0};
    int result =
        clients_by_number(call->session, company->client_no, company->tax_id, &there, taken, call->failure);
    if (result != VAULT_OK || *taken)
        return result;
    result = clients_find(call->session, company->name, &there, &unseen);
    *taken = result == VAULT_OK || result == VAULT_EINPUT;
    return *taken || result == VAULT_ENOTFOUND ? VAULT_OK
                                               : failure_set(call->failure, result, "%s", unseen.text);
}

/* VAULT_ELIMIT: the samples give nothing new. */
static int make_company(
    struct call *call, const struct fingerprint_word *word, struct copy_decoys *decoys, uint32_t i)
{
    struct company *company = &decoys->list[i].company;
    bool taken = true;
    int result = VAULT_OK;
    for (int k = 0; k < TRIES && taken && result == VAULT_OK; k++) {
        result = company_make(decoys->names, company);
        if (result == VAULT_OK && company->tax_id[0] != '\0') {
            (void)decoy_write_tax_id(word, i, company->tax_id);
            if (strlen(company->tax_id) == USCC_SIZE)
                (void)uscc_complete(company->tax_id);
        }
        if (result == VAULT_OK)
            result = is_taken(call, company, &taken);
    }
    return result == VAULT_OK && taken ? VAULT_ELIMIT : result;
}

/* Somebody that the client deals with, none of the firm's own; its fields. */
static int make_other(struct call *call, struct copy_decoys *decoys, json_t **fields)
{
    struct company other;
    bool taken = true;
    int result = VAULT_OK;
    for (int k = 0; k < TRIES && taken && result == VAULT_OK; k++) {
        result = company_make(decoys->names, &other);
        if (result == VAULT_OK)
            result = is_taken(call, &other, &taken);
    }
    if (result == VAULT_ELIMIT || (result == VAULT_OK && taken))
        return VAULT_OK;
    *fields = result == VAULT_OK ? company_fields(&other) : NULL;
    return result == VAULT_OK && *fields == NULL ? VAULT_ENOMEM : result;
}

/* Masked as the export's rows are, known to later imports, and counted. */
static int take_record(struct call *call, const struct fingerprint_word *word, struct copy_decoys *decoys,
    struct made_client *client, struct made_record *record)
{
    decoy_write_record(word, (uint32_t)decoys->rows, record->id);
    int result = records_mask(
        session_records(call->session), decoys->permit, record->kind, record->fields, &record->masked);
    if (result == VAULT_OK)
        result = copies_add_token(call->session, COPY_TOKEN_RECORD, record->id, &decoys->tokens);
    if (result != VAULT_OK)
        return result;
    client->records[client->count++] = *record;
    decoys->rows++;
    memset(record, 0, sizeof *record);
    return VAULT_OK;
}

static int add_card(
    struct call *call, const struct fingerprint_word *word, struct copy_decoys *decoys, uint32_t i)
{
    struct made_client *client = &decoys->list[i];
    struct made_record record = {.kind = KIND_CLIENT};
    json_t *own = company_fields(&client->company);
    int result = own == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && decoys->cards.count > 0 && (decoys->kind == 0 || decoys->kind == KIND_CLIENT)) {
        const struct made_record *sample = &decoys->cards.rows[company_chance(decoys->cards.count)];
        result = made_card(&record, sample, own, &client->company, word, i)
                     ? take_record(call, word, decoys, client, &record)
                     : VAULT_ENOMEM;
    }
    made_record_free(&record);
    json_decref(own);
    return result;
}

/* One of the seed's that is like the sample's amount (@p near: not half nor twice of it), or one that is none
 * of it where such an amount cannot carry a number, or @p settle: of half of the pairs, so that amounts alone
 * still tell.  0: there is none. */
static int64_t take_amount(
    const struct fingerprint_word *word, struct copy_decoys *decoys, int64_t like, bool near, bool settle)
{
    bool carries = false;
    for (uint32_t i = 0; i < decoys->counts.amounts; i++) {
        int64_t amount = decoys->used[i] ? 0 : decoy_amount_like(word, i, like);
        carries = carries || amount > 0;
        if (amount == 0 || (near && (amount < like / 2 || amount > like * 2)))
            continue;
        decoys->used[i] = true;
        return amount;
    }
    if ((carries && !settle) || decoys->unnumbered >= decoys->counts.amounts / 2)
        return 0;
    decoys->unnumbered++;
    return habits_move(like);
}

/* @p other: somebody that the client deals with. */
static bool make_pair(const struct fingerprint_word *word, const struct copy_decoys *decoys, uint32_t client,
    const struct made_record *sample, int64_t amount, const json_t *other, struct made_record pair[2])
{
    const struct company *company = &decoys->list[client].company;
    if (sample->kind == KIND_VOUCHER)
        return made_vouchers(pair, sample, amount);
    if (sample->kind == KIND_BANK_TRANSACTION)
        return made_transfers(pair, sample, amount, word, client);
    if (sample->kind == KIND_PAYROLL_ENTRY)
        return made_payroll(pair, sample, amount, company->tax_id);
    json_t *own = company_fields(company);
    bool made = own != NULL && other != NULL && made_invoices(pair, sample, amount, own, other);
    json_decref(own);
    return made;
}

static int add_pair(struct call *call, const struct fingerprint_word *word, struct copy_decoys *decoys,
    enum money_kind kind, uint32_t client)
{
    const struct row_samples *samples = &decoys->pairs[kind];
    json_t *other = NULL;
    int result = kind == MONEY_INVOICE ? make_other(call, decoys, &other) : VAULT_OK;
    bool made = false;
    for (int k = 0; k < TRIES && !made && result == VAULT_OK; k++) {
        struct made_record pair[2] = {{.fields = NULL}, {.fields = NULL}};
        const struct made_record *sample = &samples->rows[company_chance(samples->count)];
        int64_t like = made_amount_of(sample);
        int64_t amount =
            like == 0 ? 0 : take_amount(word, decoys, like, kind == MONEY_PAYROLL, k > TRIES / 2);
        made = amount > 0 && make_pair(word, decoys, client, sample, amount, other, pair);
        for (int n = 0; n < 2 && made && result == VAULT_OK; n++)
            result = take_record(call, word, decoys, &decoys->list[client], &pair[n]);
        made_record_free(&pair[0]);
        made_record_free(&pair[1]);
    }
    json_decref(other);
    return result;
}

static int compare_records(const void *a, const void *b)
{
    const struct made_record *x = *(const struct made_record *const *)a,
                             *y = *(const struct made_record *const *)b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    int by_time = strcmp(x->period, y->period);
    by_time = by_time != 0 ? by_time : strcmp(x->date, y->date);
    /* Those of a pair as they were made. */
    return by_time != 0 ? by_time : x < y ? -1 : x > y;
}

/* As the rows of real clients come: kind after kind, by time. */
static void sort_records(struct made_client *client)
{
    const struct made_record *order[1 + 2 * COPY_DECOYS_PAIRS];
    struct made_record sorted[1 + 2 * COPY_DECOYS_PAIRS];
    for (size_t i = 0; i < client->count; i++)
        order[i] = &client->records[i];
    qsort(order, client->count, sizeof *order, compare_records);
    for (size_t i = 0; i < client->count; i++)
        sorted[i] = *order[i];
    memcpy(client->records, sorted, client->count * sizeof *sorted);
}

/* The kinds in turn, those first whose amounts are hard to fit. */
static int add_money(struct call *call, const struct fingerprint_word *word, struct copy_decoys *decoys)
{
    enum money_kind kinds[MONEY_KINDS];
    size_t count = 0;
    int result = VAULT_OK;
    for (int i = MONEY_KINDS - 1; i >= 0; i--) {
        if (decoys->pairs[i].count > 0)
            kinds[count++] = (enum money_kind)i;
    }
    for (uint32_t i = 0; i < decoys->counts.amounts && count > 0 && result == VAULT_OK; i++)
        result = add_pair(call, word, decoys, kinds[i % count], (uint32_t)(i / count % decoys->made));
    for (size_t i = 0; i < decoys->made; i++)
        sort_records(&decoys->list[i]);
    return result;
}

static int add_client_tokens(struct call *call, struct copy_decoys *decoys)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < decoys->made && result == VAULT_OK; i++) {
        const struct company *company = &decoys->list[i].company;
        result = copies_add_token(call->session, COPY_TOKEN_NAME, company->name, &decoys->tokens);
        if (result == VAULT_OK && company->tax_id[0] != '\0')
            result = copies_add_token(call->session, COPY_TOKEN_TAX_ID, company->tax_id, &decoys->tokens);
    }
    return result;
}

int copy_decoys_make(struct call *call, const struct fingerprint_word *word, struct copy_decoys *decoys)
{
    int result = VAULT_OK;
    for (uint32_t i = 0; i < decoys->counts.clients && decoys->permit != NULL && result == VAULT_OK; i++) {
        result = make_company(call, word, decoys, i);
        if (result == VAULT_OK)
            decoys->made++;
        if (result == VAULT_OK)
            result = add_card(call, word, decoys, i);
    }
    if (result == VAULT_ELIMIT)
        result = VAULT_OK;
    if (result == VAULT_OK && decoys->made > 0)
        result = add_money(call, word, decoys);
    return result == VAULT_OK ? add_client_tokens(call, decoys) : result;
}

/* --- Writing --- */

int copy_decoys_put(
    struct copy_decoys *decoys, size_t i, struct export_writer *writer, struct failure *failure)
{
    const struct made_client *client = &decoys->list[i];
    int result = VAULT_OK;
    for (size_t k = 0; k < client->count && result == VAULT_OK; k++) {
        const struct made_record *record = &client->records[k];
        struct export_row row = {.kind = record->kind,
            .client_no = client->company.client_no,
            .client_name = client->company.name,
            .client_tax_id = client->company.tax_id,
            .record_id = record->id,
            .version = 1,
            .period = record->period,
            .date = record->date,
            .fields = record->fields,
            .masked = record->masked};
        result = export_put(writer, &row, failure);
    }
    return result;
}

static void free_samples(struct row_samples *samples)
{
    for (size_t i = 0; i < samples->count; i++)
        made_record_free(&samples->rows[i]);
    samples->count = 0;
}

void copy_decoys_free(struct copy_decoys *decoys)
{
    for (size_t i = 0; i < decoys->counts.clients && decoys->list != NULL; i++) {
        for (size_t k = 0; k < decoys->list[i].count; k++)
            made_record_free(&decoys->list[i].records[k]);
        wipe(&decoys->list[i].company, sizeof decoys->list[i].company);
    }
    free(decoys->list);
    free_samples(&decoys->cards);
    for (size_t i = 0; i < MONEY_KINDS; i++)
        free_samples(&decoys->pairs[i]);
    company_samples_free(decoys->names);
    permit_free(decoys->permit);
    buffer_free(&decoys->tokens);
}
