/**
 * @file ask_private.h
 * Inside the room: one request of a client, from its headers to its answer.
 */
#ifndef VAULT_SERVER_ASK_PRIVATE_H
#define VAULT_SERVER_ASK_PRIVATE_H

#include "vault/server/front_private.h"

struct asked;

/** The headers are here.  NULL: no memory, or not even worth an answer. */
struct asked *asked_begin(
    struct MHD_Connection *connection, struct line *line, const char *method, const char *path);
/** Is it to be answered before its body has come?  Then the connection is closed. */
bool asked_early(const struct asked *asked);
/** Some of the body. MHD_NO closes the connection. */
enum MHD_Result asked_body(struct asked *asked, const char *data, size_t *size);
/** All of it is here. */
enum MHD_Result asked_answer(struct asked *asked, struct MHD_Connection *connection);
void asked_free(struct asked *asked);
struct line *asked_line(const struct asked *asked);

unsigned front_body_seconds(const struct front *front);
/** May those who are not on this host see the counters? */
bool front_shows_metrics(const struct front *front);

#endif
