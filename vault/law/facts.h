/**
 * @file facts.h
 * What the law counts by: the numbers of statutes and the classes of personal data, as data with their basis.
 *
 * The facts are the file facts.json of this room, which is part of the program and is installed beside it for
 * people to read.  Each says its article, whether the article itself was read (primary), told by others
 * (secondary) or remembered (recalled), and since when it holds.  Nothing here is legal advice, and whoever
 * shows a fact shows its basis.
 *
 * Where a fact is uncertain it has two readings: the strict one takes the lower threshold, the lenient one
 * the higher, or none.  A `struct law` is immutable once it is open and may be read by several threads.
 */
#ifndef VAULT_LAW_FACTS_H
#define VAULT_LAW_FACTS_H

#include "vault/base/json.h"
#include "vault/records/kind.h"

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

struct law;

/** The facts that are part of the program. */
struct bytes law_facts_text(void);
/**
 * Read facts.
 * @retval VAULT_EINPUT  not the JSON that is expected; the sentence says where.
 */
int law_open(struct bytes text, struct law **law, struct failure *failure) VAULT_MUST_CHECK;
void law_free(struct law *law);

/** Indexes from 0; NULL behind the last one. */
const struct law_tier *law_tier(const struct law *law, size_t index);
const struct law_item *law_item(const struct law *law, size_t index);
const struct law_field *law_field(const struct law *law, size_t index);
/** `personal_information` as it stands: offence, mixed, counting; and `about`, `checked`, `status` of the
 * whole.  Borrowed. */
const json_t *law_json(const struct law *law);

/* --- Counting --- */

/** Pieces of information, each a record with the set of items that were shown of it. */
struct law_count {
    uint64_t items[LAW_ITEMS_MAX]; /* records of which the item was shown */
    uint64_t once[LAW_TIERS_MAX];  /* records by the gravest tier of the lenient reading, each once */
};
void law_count_add(const struct law *law, struct law_count *count, uint64_t items);

/** Sums of n / threshold.  Strict: every item of every record counts, under its strict tier.  Lenient: each
 * record counts once, in the gravest tier of the lenient reading. */
struct law_sums {
    double strict, strict_in_service, lenient, lenient_in_service;
    double strict_very, strict_very_in_service, lenient_very,
        lenient_very_in_service; /* against very serious */
};
void law_count_sums(const struct law *law, const struct law_count *count, struct law_sums *sums);

#endif
