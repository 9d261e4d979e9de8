/**
 * @file doctor_private.h
 * Inside the room: what one check of the doctor finds, and the checks that have files of their own.
 */
#ifndef VAULT_OPS_KEEPING_DOCTOR_PRIVATE_H
#define VAULT_OPS_KEEPING_DOCTOR_PRIVATE_H

#include "vault/ops/call_private.h"

struct finding {
    bool bad;
    bool damage; /* bad, and not of this machine's making */
    char detail[400];
    char remedy[240]; /* what to do next; "" */
};

void finding_say(struct finding *finding, const char *format, ...) VAULT_PRINTF(2, 3);
/** It is bad if @p bad; then this is what to do. */
void finding_bad(struct finding *finding, bool bad, const char *remedy);
/** An error becomes the row's sentence; true if there is one. */
bool finding_failed(struct finding *finding, int error, const struct failure *failure);

/* --- Of what runs: doctor_running.c --- */

void check_sync(struct call *call, struct finding *finding);
void check_witnesses(struct call *call, struct finding *finding);
void check_certificate(struct call *call, struct finding *finding);
void check_clock(struct call *call, struct finding *finding);
void check_backup(struct call *call, struct finding *finding);
void check_version(struct call *call, struct finding *finding);
void check_permissions(struct call *call, struct finding *finding);
void check_memory(struct call *call, struct finding *finding);
void check_alerts(struct call *call, struct finding *finding);

#endif
