/**
 * @file xml_stream_private.h
 * XML as a stream of elements over libxml2's reader: no network, no DTD, no entities, and the limits of
 * limits.h.
 *
 * Every refusal is one line that names the place.  One stream, one thread.
 */
#ifndef VAULT_FORMATS_XML_STREAM_PRIVATE_H
#define VAULT_FORMATS_XML_STREAM_PRIVATE_H

#include "vault/formats/format_private.h"
#include "vault/formats/xml_tree_private.h"

struct xml_stream;

enum xml_event {
    XML_EVENT_ELEMENT, /* an element begins */
    XML_EVENT_TEXT,    /* text that is not only white space */
    XML_EVENT_CLOSE,   /* an element ends */
    XML_EVENT_END      /* the file ends */
};

/**
 * Open the file of the run, or @p memory (borrowed until xml_stream_free()) if it is not NULL; sets the run's
 * summary to the encoding.  @p stream is NULL on error.  Errors as of xml_input_open().
 */
int xml_stream_open(
    struct import_run *run, const struct bytes *memory, struct xml_stream **stream) VAULT_MUST_CHECK;

/** VAULT_EINPUT: not well-formed; VAULT_ELIMIT; VAULT_EIO.  The run's failure names line and reason. */
int xml_stream_next(struct xml_stream *stream, enum xml_event *event) VAULT_MUST_CHECK;

/** Of the element that begins; valid until the next event. */
const char *xml_stream_name(const struct xml_stream *stream);
int xml_stream_line(const struct xml_stream *stream);
/** Of XML_EVENT_TEXT. */
struct bytes xml_stream_text(const struct xml_stream *stream);

/**
 * At XML_EVENT_ELEMENT: read the element up to its end into @p tree, as the last child of @p parent (may be
 * NULL). The next event is what follows it.
 */
int xml_stream_take(struct xml_stream *stream, struct xml_tree *tree, struct xml_node *parent,
    struct xml_node **node) VAULT_MUST_CHECK;

/** At XML_EVENT_ELEMENT: put the element alone, with its attributes, into @p tree. */
int xml_stream_enter(struct xml_stream *stream, struct xml_tree *tree, struct xml_node *parent,
    struct xml_node **node) VAULT_MUST_CHECK;

void xml_stream_free(struct xml_stream *stream);

/** The root element as far as the first bytes of a file show it; name "" if it is no XML. */
struct xml_root {
    char name[64];
    char name_space[160];
};
void xml_sniff(struct bytes head, struct xml_root *root);

#endif
