/**
 * @file front_private.h
 * Inside the room: a client's connection, what it asks, and how the keeper's answer becomes HTTP.
 */
#ifndef VAULT_SERVER_FRONT_PRIVATE_H
#define VAULT_SERVER_FRONT_PRIVATE_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "vault/base/json.h"
#include "vault/server/front.h"
#include "vault/server/lane.h"
#include "vault/server/message.h"

/** One client's connection, and its conversation with the keeper, which begins with its first question. */
struct line {
    struct front *front;
    struct lanes *lanes; /* the front's */
    int socket;
    char source[128];
    bool local; /* over a Unix socket */
    struct channel *channel;
    atomic_ulong deadline; /* monotonic seconds; then the connection is shut; 0: none */
    struct place *place;   /* where it came in */
    atomic_ullong since;   /* monotonic: when it began, or its last request ended */
    atomic_bool busy;      /* being answered: not given up for others */
    atomic_bool known;     /* somebody who is logged in has asked here */
    struct lane_choice choice;
    unsigned told_lane;    /* what the keeper has heard of it in this conversation */
    bool given_up;         /* under the front's lock */
    struct line *next;
    struct line *previous;
};

/** The conversation of a connection, begun if need be. NULL: the keeper is gone. */
struct channel *line_channel(struct line *line);
/** After an answer that was not read to its end: the next question begins another. */
void line_hang_up(struct line *line);
/** It is being answered: such a one is not shut to make room for another. */
void line_busy(struct line *line, bool busy);
/** Somebody who is logged in asks over it: those of strangers are shut first. */
void line_know(struct line *line);
/** From now on the connection has so long for its next step. 0: for ever. */
void line_allow(struct line *line, unsigned seconds);

/* --- route.c --- */

#define ASK_NOBODY 0 /* the front itself answers, with the document of the API */

struct route {
    const char *method;
    const char *path; /* one that ends in '/' takes one name behind it; each * in one is a name */
    uint8_t ask;      /* of message.h, or ASK_NOBODY */
    size_t body_max;  /* 0: no body */
    bool json;        /* the body must be */
    bool token;       /* must be logged in */
    const char *operation; /* that this is another way to; else NULL */
};

/** HEAD is found where GET is. NULL if there is none; then @p status is 404, or 405 where only the method is wrong. @p rest is the name,
 * borrowed from @p path. */
const struct route *route_find(const char *method, const char *path, const char **rest, unsigned *status);

/** The methods that @p path takes, as `Allow` lists them; empty: there is no such path. */
#define ROUTE_METHODS_SIZE 48
void route_methods(const char *path, char methods[ROUTE_METHODS_SIZE]);

/** The arguments of a route's operation: names of the path (from @p rest), the query, and what @p given holds.
 *  VAULT_EUSAGE: they are not those of the operation;  VAULT_EINPUT: @p given is no JSON object. */
int route_arguments(const struct route *route, const char *rest, struct MHD_Connection *connection, struct bytes given,
    struct buffer *arguments) VAULT_MUST_CHECK;

/** The table itself, row by row, for those who describe it. NULL past the end. */
const struct route *route_row(size_t index);

/** "Bearer " and 64 hexadecimal digits: the token, borrowed, else empty. */
struct bytes route_token(const char *authorization);
/** Is @p type "application/json", with or without parameters? */
bool route_is_json(const char *type);
/** Does @p accept name "application/x-ndjson"? */
bool route_wants_lines(const char *accept);
/** Does @p accept (NULL: anything) take any form that answers come in? */
bool route_acceptable(const char *accept);

/* --- problem.c: RFC 9457 --- */

/** The status that an error of the vault has over HTTP. @p paused: it makes sense to come again. */
unsigned problem_status(int error, bool paused);
/** A problem's JSON from the keeper's, appended; gives its status and, in seconds, when to come again (0:
 * never). */
unsigned problem_write(struct bytes told, struct buffer *out, unsigned *retry_after);
/** One of our own, of an HTTP status. */
void problem_of_status(unsigned status, struct buffer *out);

/* --- Made by api/openapi.py --- */

/** The OpenAPI document, JSON; static. */
struct bytes openapi_document(void);

/* --- answer_http.c --- */

enum MHD_Result respond_problem(struct MHD_Connection *connection, unsigned status);
/** Nothing but which methods there are; where @p status is 405, as a problem. */
enum MHD_Result respond_methods(struct MHD_Connection *connection, unsigned status, const char *methods);
/** What the API looks like. */
enum MHD_Result respond_document(struct MHD_Connection *connection);
/** A problem that the keeper has told already. */
enum MHD_Result respond_told(struct MHD_Connection *connection, struct bytes told);
/** Read the keeper's answer to what was asked and queue it. */
enum MHD_Result respond(
    struct MHD_Connection *connection, struct line *line, const struct route *route, bool lines);

#endif
