/**
 * @file run_private.h
 * Which natural keys an import has met already, in bounded memory: the first half million or so.  Beyond that
 * the event number in each row still tells what this import wrote; only a repeated row that was there before
 * the import is then not noticed as repeated.
 */
#ifndef VAULT_RECORDS_RUN_PRIVATE_H
#define VAULT_RECORDS_RUN_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#define RUN_ORDINAL_MAX ((UINT32_C(1) << 20) - 1)

struct run {
    uint64_t seq;
    uint64_t *slots; /* 44 bits of a token, 20 bits of the next ordinal; 0 is empty */
    size_t capacity;
    size_t count;
};

/** Empty it unless it is of this event already. */
void run_start(struct run *run, uint64_t seq);
void run_free(struct run *run);

/** How many of this key were met; 0 for none. */
uint32_t run_met(const struct run *run, const uint8_t *token);
void run_note(struct run *run, const uint8_t *token, uint32_t met);

#endif
