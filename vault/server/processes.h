/**
 * @file processes.h
 * What the processes of this server use, as the system tells it: for monitoring.
 */
#ifndef VAULT_SERVER_PROCESSES_H
#define VAULT_SERVER_PROCESSES_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#define PROCESSES_MAX 8u

struct process_use {
    char name[24];    /* "keeper", "front", "server" */
    uint64_t memory;  /* resident bytes */
    double processor; /* seconds */
};

/** Of this process, of the one that started it, and of that one's other children, as far as the system lets
 * us see: how many. */
size_t processes_look(struct process_use uses[PROCESSES_MAX]);
/** Open descriptors of this process. */
uint64_t processes_descriptors(void);

#endif
