/**
 * @file facts.h
 * What the law counts by: the numbers of statutes and the classes of personal data, as data with their basis.
 *
 * The facts are the file facts.json of this room, which is part of the program and is installed beside it for
 * people to read.  Each says its article, whether the article itself was read (primary), told by others
 * (secondary) or remembered (recalled), and since when it holds.  Nothing here is legal advice, and whoever
 * shows a fact shows its basis.
 *
 * Where a fact is uncertain it has two readings: the strict one takes the lower threshold, or the earlier
 * end, the lenient one the higher, or none, or the later.  A `struct law` is immutable once it is open and
 * may be read by several threads.
 *
 * Sections of the file, all of which must be there; the members of each are the table of check.c:
 *   about, checked, review_days, status     what it is, when somebody last looked, for how many days that
 * holds personal_information                    the offence, its tiers, classes of data, and which fields are
 * of which jurisdictions, addressees               for whom, to whom duties       what is due to whom, from
 * which moment, within what time; `force` says what kind of rule it is: law, contract, advice, house (the
 * firm's own, never shown as law), proposed (not in force) thresholds   from how many persons, yuan,
 * credentials on: criminal, administrative, reporting retention    how long what must be kept documents what
 * a notice, a report, a finding has to say data_roles   of which kinds of record the firm is the controller,
 * of which it works by somebody's order laws         in force, amended, repealed, and what took the place of
 * these features     what an incident asks of a firm, and which numbered items each of them serves calendars,
 * zone_rules, zones            days off and days worked in their stead; clocks of places
 */
#ifndef VAULT_LAW_FACTS_H
#define VAULT_LAW_FACTS_H

#include "vault/base/json.h"
#include "vault/records/kind.h"

#define LAW_FACTS_MAX ((size_t)1 << 20)      /* bytes of a file of facts */
#define LAW_ENTRIES_MAX 400u                 /* of one list in it */
#define LAW_MULTIPLE_MAX (UINT64_C(1) << 40) /* of the thresholds of a column: their least common multiple \
                                              */
#define LAW_TIERS_MAX 8
#define LAW_CLASSES_MAX 64
#define LAW_ITEMS_MAX 64  /* a set of items is one bit each of 64 */
#define LAW_FIELDS_MAX 64 /* likewise */
#define LAW_PATHS_MAX 16

/** From how many pieces of information on the circumstances are serious; in service: got while doing a duty.
 */
struct law_tier {
    uint32_t serious, serious_in_service, very_serious, very_serious_in_service;
    const json_t *json; /* id, en, zh, article, status, since */
};

/** Data that counts alike under both readings; a class may be in several. */
struct law_item {
    int strict;         /* index of the tier, -1: none */
    int lenient;        /* the same */
    const json_t *json; /* of the class: id, en, zh, article, status, since, confidence, why */
};

/** Fields of a kind of record, and what they are.  Paths as records/kind.h has them. */
struct law_field {
    enum record_kind kind;
    const char *paths[LAW_PATHS_MAX + 1]; /* NULL-terminated */
    unsigned item;
    bool person; /* a record of this kind is about one natural person */
};

/** The four figures of a tier. */
enum law_column { LAW_SERIOUS, LAW_SERIOUS_IN_SERVICE, LAW_VERY_SERIOUS, LAW_VERY_SERIOUS_IN_SERVICE };
uint32_t law_threshold(const struct law_tier *tier, enum law_column column);

struct law;

/** The facts that are part of the program. */
struct bytes law_facts_text(void);
/**
 * Read facts.
 * @retval VAULT_EINPUT  not the JSON that is expected, or something in it that is unknown; the sentence says
 * where.
 * @retval VAULT_ELIMIT  more than LAW_FACTS_MAX bytes.
 */
int law_open(struct bytes text, struct law **law, struct failure *failure) VAULT_MUST_CHECK;
void law_free(struct law *law);

/** Indexes from 0; NULL behind the last one. */
const struct law_tier *law_tier(const struct law *law, size_t index);
const struct law_item *law_item(const struct law *law, size_t index);
const struct law_field *law_field(const struct law *law, size_t index);
/** The whole as it stands.  Borrowed. */
const json_t *law_json(const struct law *law);
/** The entry of this id in a list of the facts; NULL if there is none.  Borrowed. */
const json_t *law_entry(const json_t *list, const char *id);
/** Has nobody looked at the facts for longer than they hold? */
bool law_is_stale(const struct law *law, int64_t now);

/* --- Counting --- */

/** Pieces of information, each a record with the set of items that were shown of it.  gauge.h holds them against thresholds. */
struct law_count {
    uint64_t items[LAW_ITEMS_MAX]; /* records of which the item was shown */
    uint64_t once[LAW_TIERS_MAX];  /* records by the gravest tier of the lenient reading, each once */
};
void law_count_add(const struct law *law, struct law_count *count, uint64_t items);

#endif
