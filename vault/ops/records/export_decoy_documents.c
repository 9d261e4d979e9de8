/* Invoices of made-up clients: one, and the red one that takes it back. */
#include <stdio.h>
#include <string.h>

#include "vault/crypto/secret.h"
#include "vault/formats/check_digit.h"
#include "vault/ops/records/export_decoy_rows_private.h"

#define NO_MAX 40

int64_t made_invoice_amount(const json_t *fields)
{
    int64_t net = made_read_amount(fields, "net"), tax = made_read_amount(fields, "tax"),
            gross = made_read_amount(fields, "gross");
    bool fits =
        net > 0 && tax >= 0 && net + tax == gross && json_array_size(json_object_get(fields, "lines")) > 0;
    return fits && json_is_object(json_object_get(fields, "seller")) &&
                   json_is_object(json_object_get(fields, "buyer"))
               ? gross
               : 0;
}

/* --- Who --- */

/* What the sample's party says of itself, of another; what a made-up company cannot say is left out. */
static json_t *party_of(const json_t *like, const json_t *company)
{
    static const char *const told[] = {"name", "tax_id", "address", "phone", "bank", "bank_account"};
    json_t *party = json_object();
    bool fine = party != NULL;
    for (size_t i = 0; i < sizeof told / sizeof told[0] && fine; i++) {
        json_t *value = json_object_get(company, told[i]);
        if (value != NULL && json_object_get(like, told[i]) != NULL)
            fine = json_object_set_new(party, told[i], json_deep_copy(value)) == 0;
    }
    if (fine)
        return party;
    json_decref(party);
    return NULL;
}

static bool set_parties(json_t *fields, const json_t *own, const json_t *other)
{
    const char *direction = json_text(fields, "direction");
    bool sells = direction == NULL || strcmp(direction, "in") != 0;
    return json_object_set_new(
               fields, "seller", party_of(json_object_get(fields, "seller"), sells ? own : other)) == 0 &&
           json_object_set_new(
               fields, "buyer", party_of(json_object_get(fields, "buyer"), sells ? other : own)) == 0;
}

/* --- What --- */

static bool set_if_there(json_t *object, const char *name, int64_t hundredths)
{
    return json_object_get(object, name) == NULL || made_set_amount(object, name, hundredths);
}

/* One line of what the sample has first, at the whole price. */
static bool one_line(json_t *fields, int64_t net, int64_t tax, bool red)
{
    static const char *const kept[] = {"item", "spec", "unit", "tax_code", "tax_rate"};
    const json_t *like = json_array_get(json_object_get(fields, "lines"), 0);
    json_t *line = json_object(), *lines = json_array();
    bool fine = line != NULL && lines != NULL;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0] && fine; i++) {
        json_t *value = json_object_get(like, kept[i]);
        fine = value == NULL || json_object_set_new(line, kept[i], json_deep_copy(value)) == 0;
    }
    if (fine && json_object_get(like, "line_no") != NULL)
        fine = made_set_text(line, "line_no", "1");
    if (fine && json_object_get(like, "quantity") != NULL)
        fine = made_set_text(line, "quantity", red ? "-1" : "1");
    if (fine && json_object_get(like, "price") != NULL)
        fine = made_set_amount(line, "price", net);
    fine = fine && made_set_amount(line, "net", red ? -net : net) &&
           made_set_amount(line, "tax", red ? -tax : tax);
    if (fine && json_object_get(like, "gross") != NULL)
        fine = made_set_amount(line, "gross", red ? -net - tax : net + tax);
    if (!fine || json_array_append(lines, line) != 0 || json_object_set(fields, "lines", lines) != 0)
        fine = false;
    json_decref(line);
    json_decref(lines);
    return fine;
}

/* What names somebody of the sample, or follows from what is not known. */
static void drop_told(json_t *fields)
{
    static const char *const told[] = {"remark", "details", "due_date", "payee", "checker", "refers_to"};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        (void)json_object_del(fields, told[i]);
}

/* The same seller's next numbers: the head of a number says whose and of which year it is. */
static bool set_number(json_t *fields, const char *number, bool red)
{
    char next[NO_MAX];
    size_t size = strlen(number);
    (void)snprintf(next, sizeof next, "%s", number);
    if (red && size > 0 && next[size - 1] >= '0' && next[size - 1] < '9')
        next[size - 1]++;
    else if (red)
        made_vary_digits(next, size > 2 ? size - 2 : 0);
    return made_set_text(fields, "no", next);
}

static bool one_invoice(json_t *fields, const char *number, int64_t gross, bool red)
{
    int64_t per_mille = made_read_amount(fields, "tax") * 1000;
    int64_t net_like = made_read_amount(fields, "net");
    per_mille = (per_mille + net_like / 2) / net_like;
    int64_t net = (gross * 1000 + (1000 + per_mille) / 2) / (1000 + per_mille), tax = gross - net;
    char drawer[COMPANY_PERSON_SIZE];
    company_person(drawer);
    drop_told(fields);
    bool fine = one_line(fields, net, tax, red) && set_number(fields, number, red) &&
                made_vary_field(fields, "check_code", 0) &&
                made_set_amount(fields, "net", red ? -net : net) &&
                made_set_amount(fields, "tax", red ? -tax : tax) &&
                made_set_amount(fields, "gross", red ? -gross : gross) &&
                set_if_there(fields, "due", red ? -gross : gross);
    if (fine && json_object_get(fields, "drawer") != NULL)
        fine = made_set_text(fields, "drawer", drawer);
    if (fine && json_object_get(fields, "status") != NULL)
        fine = made_set_text(fields, "status", red ? "red" : "normal");
    return red && fine ? made_set_text(fields, "refers_to", number) : fine;
}

bool made_invoices(struct made_record pair[2], const struct made_record *sample, int64_t gross,
    const json_t *own, const json_t *other)
{
    char number[NO_MAX];
    const char *like = json_text(sample->fields, "no");
    memset(pair, 0, 2 * sizeof *pair);
    if (like == NULL || strlen(like) >= sizeof number)
        return false;
    (void)snprintf(number, sizeof number, "%s", like);
    size_t varied = strlen(like) > 10 ? 8 : 6;
    made_vary_digits(number, strlen(like) > varied ? strlen(like) - varied : 0);
    bool fine = true;
    for (size_t k = 0; k < 2 && fine; k++)
        fine = made_start(&pair[k], sample) && set_parties(pair[k].fields, own, other) &&
               one_invoice(pair[k].fields, number, gross, k == 1);
    return fine;
}
