/* What a leaf says was shown.  Names are compared raw: none of these needs escapes. */
#include "vault/base/bytes.h"
#include "vault/base/compartment.h"
#include "vault/base/instant.h"
#include "vault/base/period.h"
#include "vault/crypto/fingerprint.h"
#include "vault/evidence/canonical.h"
#include "vault/log/disclosures_private.h"

#define ALL_COMPARTMENTS ((1u << COMPARTMENT_COUNT) - 1)

static const struct {
    const char *event;
    enum disclosure_action action;
    enum disclosure_view view;
    bool bulk;
} shown_events[] = {
    {"record.read", DISCLOSURE_READ, DISCLOSURE_BODY, false},
    {"record.reveal", DISCLOSURE_READ, DISCLOSURE_BODY, false},
    {"record.list", DISCLOSURE_LIST, DISCLOSURE_HEAD, true},
    {"record.search", DISCLOSURE_SEARCH, DISCLOSURE_HEAD, false},
    {"record.export", DISCLOSURE_EXPORT, DISCLOSURE_BODY, true},
    {"record.correct", DISCLOSURE_CORRECT, DISCLOSURE_KEY, false},
    {"record.open", DISCLOSURE_OPEN, DISCLOSURE_KEY, false},
    {"client.list", DISCLOSURE_CLIENTS, DISCLOSURE_CARD, false},
    {"client.show", DISCLOSURE_CLIENT, DISCLOSURE_CARD, false},
};

static struct bytes member(struct bytes object, const char *name)
{
    struct bytes value;
    return object.size > 0 && canonical_find(object, name, &value) ? value : bytes_of(NULL, 0);
}

static struct bytes text_of(struct bytes object, const char *name)
{
    return canonical_string(member(object, name));
}

static bool is(struct bytes text, const char *what)
{
    return bytes_equal(text, bytes_of_text(what));
}

static int64_t number_of(struct bytes object, const char *name, int64_t otherwise)
{
    uint64_t number = 0;
    return canonical_number(member(object, name), &number) && number <= INT64_MAX ? (int64_t)number
                                                                                  : otherwise;
}

static bool find_event(struct bytes event, struct shown *shown)
{
    for (size_t i = 0; i < sizeof shown_events / sizeof shown_events[0]; i++) {
        if (!is(event, shown_events[i].event))
            continue;
        shown->shape.action = shown_events[i].action;
        shown->shape.view = shown_events[i].view;
        shown->shape.bulk = shown_events[i].bulk;
        return true;
    }
    return false;
}

static void read_scope(struct bytes scope, struct shown *shown)
{
    struct bytes period = text_of(scope, "period");
    struct bytes to = member(scope, "to");
    shown->shape.kind = text_of(scope, "kind");
    shown->shape.compartments =
        (unsigned)number_of(scope, "compartments", ALL_COMPARTMENTS) & ALL_COMPARTMENTS;
    period_all(&shown->range);
    if (to.size > 0) {
        shown->shape.from = text_of(scope, "from");
        shown->shape.to = canonical_string(to);
        return;
    }
    if (period.size > 0 && !period_parse(period, &shown->range))
        period_all(&shown->range);
    shown->shape.from = bytes_of_text(shown->range.from);
    shown->shape.to = bytes_of_text(shown->range.to);
}

static uint32_t count_of(struct bytes object, const char *name)
{
    int64_t count = number_of(object, name, 0);
    return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

/* Exports from before there were marks say nothing of them. */
static void read_marks(struct bytes text, struct disclosure_marks *marks)
{
    struct bytes code = text_of(text, "code"), commitment = text_of(text, "commitment");
    struct bytes decoys = member(text, "decoys");
    if (code.size == 0 || is(code, "none"))
        return;
    marks->marking = DISCLOSURE_MARKED_OTHER;
    if (!is(code, FINGERPRINT_VERSION) ||
        !hex_decode((const char *)commitment.data, commitment.size, marks->commitment.data, HASH_SIZE)) {
        marks->commitment = (struct hash){{0}};
        return;
    }
    marks->marking = DISCLOSURE_MARKED;
    marks->clients = count_of(decoys, "clients");
    marks->records = count_of(decoys, "records");
    marks->amounts = count_of(decoys, "amounts");
    marks->logarithmic = is(text_of(decoys, "law"), "logarithmic");
}

/* The intent and its further events name clients, the outcome what became of it. */
static bool read_export(uint64_t index, struct bytes text, struct shown *shown)
{
    struct bytes phase = text_of(text, "phase");
    struct bytes result = member(text, "result");
    int64_t intent = number_of(text, "intent", -1);
    int64_t within = number_of(text, "within", -1);
    shown->outcome = is(phase, "outcome");
    shown->part = within >= 0;
    shown->intent = shown->outcome ? (uint64_t)intent : shown->part ? (uint64_t)within : index;
    if (shown->outcome) {
        shown->rows = number_of(result, "count", -1);
        shown->undone = !is(text_of(result, "status"), "ok");
    }
    if (is(phase, "intent") && !shown->part)
        read_marks(member(text, "marks"), &shown->marks);
    return shown->intent <= index && (shown->outcome ? intent >= 0 : true);
}

bool disclosure_shown_read(uint64_t index, struct bytes text, struct shown *shown)
{
    int64_t instant = 0;
    struct bytes state;
    *shown = (struct shown){.rows = -1};
    if (!find_event(text_of(text, "event"), shown) ||
        !is(text_of(member(text, "decision"), "effect"), "permit") ||
        !instant_parse(text_of(text, "time"), &instant))
        return false;
    shown->at = instant / 1000 - (instant % 1000 < 0);
    shown->person = text_of(member(text, "actor"), "id");
    shown->subject = text_of(member(text, "subject"), "id");
    shown->resources = member(text, "resources");
    shown->clients = text_of(member(text, "result"), "clients");
    state = member(text, "snapshot");
    shown->records = number_of(state, "records", -1);
    shown->replaced = number_of(state, "replaced", -1);
    if (shown->shape.bulk)
        read_scope(member(text, "scope"), shown);
    return shown->person.size > 0 &&
           (shown->shape.action != DISCLOSURE_EXPORT || read_export(index, text, shown));
}

bool disclosure_shown_next(struct bytes *resources, struct shown_resource *resource)
{
    struct bytes object;
    struct bytes type;
    if (resources->size == 0 || !canonical_element(resources, &object))
        return false;
    type = text_of(object, "type");
    int64_t version = number_of(object, "version", 0);
    *resource = (struct shown_resource){.record = is(type, "record"),
        .client = is(type, "client"),
        .id = text_of(object, "id"),
        .of = text_of(object, "client"),
        .version = version > 0 && version <= UINT32_MAX ? (uint32_t)version : 0,
        .fields = member(object, "fields")};
    int64_t compartments = number_of(object, "compartments", -1);
    resource->has_compartments = compartments >= 0;
    resource->compartments = (unsigned)compartments & ALL_COMPARTMENTS;
    return true;
}
