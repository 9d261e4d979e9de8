/**
 * @file disclosures.h
 * The index of disclosures: for every client, who was shown what of it by which entry of the log.
 *
 * It lies in the store and is rebuilt from the log: log, and the row numbers of clients and records, say
 * everything that is in it (FORMATS.md, "The index of disclosures").  Entries of the log that are not in it
 * yet are read from the log, so that asking never waits for writing.  Blocks are sealed, each at its own
 * number, under a key of this branch.
 */
#ifndef VAULT_LOG_DISCLOSURES_H
#define VAULT_LOG_DISCLOSURES_H

#include "vault/log/log.h"
#include "vault/store/store.h"

/* What was done.  Stored: append only. */
enum disclosure_action {
    DISCLOSURE_READ = 1, /* record.read and record.reveal */
    DISCLOSURE_LIST,     /* record.list */
    DISCLOSURE_SEARCH,   /* record.search: may have been shown */
    DISCLOSURE_EXPORT,   /* record.export */
    DISCLOSURE_CORRECT,  /* record.correct: opened to be corrected, nothing of it shown */
    DISCLOSURE_OPEN,     /* record.open: a version opened within another event */
    DISCLOSURE_CLIENTS,  /* client.list */
    DISCLOSURE_CLIENT    /* client.show */
};

/* How much of it was shown.  Stored: append only. */
enum disclosure_view {
    DISCLOSURE_BODY = 1, /* all fields; the masked ones only where they are revealed */
    DISCLOSURE_HEAD,     /* what lists and searches show: date, key, title */
    DISCLOSURE_CARD,     /* of the client: number, name, tax id, status */
    DISCLOSURE_KEY       /* nothing; but the program of that person held the key */
};

#endif
