#include "vault/formats/xml_stream_private.h"

#include <libxml/xmlreader.h>
#include <stdlib.h>
#include <string.h>

#include "vault/formats/xml_guard_private.h"
#include "vault/formats/xml_input_private.h"

struct xml_stream {
    struct import_run *run;
    struct xml_input *input;
    struct xml_guard guard;
    xmlTextReaderPtr reader;
    struct bytes pending; /* checked, not yet given to the reader */
    int error;            /* of the input or the guard; the run's failure has the sentence */
    bool ended;           /* the input has no more */
    bool close_pending;   /* <a/> has no end of its own */
    char reason[256];     /* what libxml2 said first */
    int reason_line;
};

static int give(void *context, char *buffer, int room)
{
    struct xml_stream *stream = context;
    if (stream->error == VAULT_OK && stream->pending.size == 0) {
        stream->error = xml_input_next(stream->input, &stream->pending, stream->run->failure);
        if (stream->error == VAULT_OK) {
            stream->error = xml_guard_feed(&stream->guard, stream->pending, stream->run->failure);
        }
    }
    if (stream->error != VAULT_OK) {
        return -1;
    }
    stream->ended = stream->pending.size == 0;
    size_t size = stream->pending.size < (size_t)room ? stream->pending.size : (size_t)room;
    if (size > 0) {
        memcpy(buffer, stream->pending.data, size);
        stream->pending = bytes_of(stream->pending.data + size, stream->pending.size - size);
    }
    return (int)size;
}

static int leave_open(void *context)
{
    (void)context;
    return 0;
}

static void listen(void *context, xmlErrorPtr error)
{
    struct xml_stream *stream = context;
    if (error != NULL && error->code == XML_ERR_NO_MEMORY && stream->error == VAULT_OK) {
        stream->error = failure_set(stream->run->failure, VAULT_ENOMEM, "no memory to read XML");
    }
    if (error == NULL || error->message == NULL || stream->reason[0] != 0 || error->level != XML_ERR_FATAL) {
        return;
    }
    size_t size = strcspn(error->message, "\n");
    size = size < sizeof stream->reason - 1 ? size : sizeof stream->reason - 1;
    while (size > 0 && ((unsigned char)error->message[size] & 0xC0) == 0x80) {
        size--; /* not within a character */
    }
    memcpy(stream->reason, error->message, size);
    stream->reason[size] = 0;
    stream->reason_line = error->line;
}

int xml_stream_open(struct import_run *run, const struct bytes *memory, struct xml_stream **streamp)
{
    *streamp = NULL;
    struct xml_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return failure_set(run->failure, VAULT_ENOMEM, "no memory to read a file");
    }
    stream->run = run;
    stream->guard.line = 1;
    struct xml_source source = {.path = memory == NULL ? run->path : NULL,
        .memory = memory == NULL ? bytes_of(NULL, 0) : *memory,
        .encoding = run->options == NULL ? NULL : run->options->encoding,
        .declared = xml_declared_encoding};
    int error = xml_input_open(&source, &stream->input, run->failure);
    if (error == VAULT_OK) {
        snprintf(
            run->summary->encoding, sizeof run->summary->encoding, "%s", xml_input_encoding(stream->input));
        /* No URL: nothing inside the file could be resolved against a place. */
        stream->reader = xmlReaderForIO(
            give, leave_open, stream, NULL, NULL, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_COMPACT);
        if (stream->reader == NULL) {
            error = stream->error != VAULT_OK
                        ? stream->error
                        : failure_set(run->failure, VAULT_ENOMEM, "no memory to read XML");
        } else {
            xmlTextReaderSetStructuredErrorHandler(stream->reader, listen, stream);
        }
    }
    if (error != VAULT_OK) {
        xml_stream_free(stream);
        stream = NULL;
    }
    *streamp = stream;
    return error;
}

void xml_stream_free(struct xml_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    xmlFreeTextReader(stream->reader);
    xml_input_free(stream->input);
    free(stream);
}

static int malformed(struct xml_stream *stream)
{
    if (stream->error != VAULT_OK) {
        return stream->error;
    }
    bool open = stream->guard.depth > 0 || stream->guard.state != XML_GUARD_TEXT;
    if (stream->ended && (open || !stream->guard.any)) {
        return failure_set(stream->run->failure, VAULT_EINPUT, "line %llu: %s",
            (unsigned long long)stream->guard.line,
            open ? "the file ends before its elements do" : "there is no XML in this file");
    }
    bool said = stream->reason[0] != 0;
    int line = said ? stream->reason_line : xmlTextReaderGetParserLineNumber(stream->reader);
    return failure_set(stream->run->failure, VAULT_EINPUT, "line %d: not well-formed XML: %s", line,
        said ? stream->reason : "the parser gave up");
}

int xml_stream_next(struct xml_stream *stream, enum xml_event *event)
{
    if (stream->close_pending) {
        stream->close_pending = false;
        *event = XML_EVENT_CLOSE;
        return VAULT_OK;
    }
    for (;;) {
        int more = xmlTextReaderRead(stream->reader);
        if (more != 1) {
            *event = XML_EVENT_END;
            return more < 0 || stream->error != VAULT_OK ? malformed(stream) : VAULT_OK;
        }
        switch (xmlTextReaderNodeType(stream->reader)) {
        case XML_READER_TYPE_ELEMENT:
            if (xmlTextReaderDepth(stream->reader) >= LIMIT_XML_DEPTH) {
                return failure_set(stream->run->failure, VAULT_ELIMIT, "line %d: elements nested too deeply",
                    xml_stream_line(stream));
            }
            stream->close_pending = xmlTextReaderIsEmptyElement(stream->reader) == 1;
            *event = XML_EVENT_ELEMENT;
            return VAULT_OK;
        case XML_READER_TYPE_END_ELEMENT:
            *event = XML_EVENT_CLOSE;
            return VAULT_OK;
        case XML_READER_TYPE_TEXT:
        case XML_READER_TYPE_CDATA:
            *event = XML_EVENT_TEXT;
            return VAULT_OK;
        case XML_READER_TYPE_DOCUMENT_TYPE:
        case XML_READER_TYPE_ENTITY_REFERENCE:
            return failure_set(stream->run->failure, VAULT_EINPUT,
                "line %d: a DOCTYPE or entity, which is never read", xml_stream_line(stream));
        default:
            break;
        }
    }
}

static const char *text_or_empty(const xmlChar *text)
{
    return text == NULL ? "" : (const char *)text;
}

const char *xml_stream_name(const struct xml_stream *stream)
{
    const char *name = text_or_empty(xmlTextReaderConstLocalName(stream->reader));
    const char *colon = strrchr(name, ':'); /* a prefix that nothing declares */
    return colon == NULL ? name : colon + 1;
}

struct bytes xml_stream_text(const struct xml_stream *stream)
{
    return bytes_of_text(text_or_empty(xmlTextReaderConstValue(stream->reader)));
}

int xml_stream_line(const struct xml_stream *stream)
{
    xmlNodePtr node = xmlTextReaderCurrentNode(stream->reader);
    int line = node == NULL || node->type != XML_ELEMENT_NODE ? 0 : (int)node->line;
    return line > 0 && line < 65535 ? line : xmlTextReaderGetParserLineNumber(stream->reader);
}

static int too_large(struct xml_stream *stream, const char *name, int line, int error)
{
    return failure_set(stream->run->failure, error, "line %d: element %.100s: %s", line, name,
        error == VAULT_ELIMIT ? "more text or more elements than are accepted in one record" : "no memory");
}

static int take_attributes(struct xml_stream *stream, struct xml_tree *tree, struct xml_node *node)
{
    int error = VAULT_OK;
    while (error == VAULT_OK && xmlTextReaderMoveToNextAttribute(stream->reader) == 1) {
        if (xmlTextReaderIsNamespaceDecl(stream->reader) != 1) {
            error = xml_tree_attribute(
                tree, node, bytes_of_text(xml_stream_name(stream)), xml_stream_text(stream));
        }
    }
    xmlTextReaderMoveToElement(stream->reader);
    return error;
}

int xml_stream_enter(
    struct xml_stream *stream, struct xml_tree *tree, struct xml_node *parent, struct xml_node **nodep)
{
    int line = xml_stream_line(stream);
    int error = xml_tree_add(tree, parent, bytes_of_text(xml_stream_name(stream)), line, nodep);
    if (error == VAULT_OK) {
        error = take_attributes(stream, tree, *nodep);
    }
    return error == VAULT_OK ? VAULT_OK : too_large(stream, xml_stream_name(stream), line, error);
}

int xml_stream_take(
    struct xml_stream *stream, struct xml_tree *tree, struct xml_node *parent, struct xml_node **nodep)
{
    struct xml_node *top = NULL, *at = parent;
    int error = VAULT_OK;
    enum xml_event event = XML_EVENT_ELEMENT;
    for (;;) {
        if (event == XML_EVENT_ELEMENT) {
            error = xml_stream_enter(stream, tree, at, &at);
            top = top == NULL ? at : top;
        } else if (event == XML_EVENT_TEXT) {
            error = xml_tree_text(tree, at, xml_stream_text(stream));
            error = error == VAULT_OK ? VAULT_OK : too_large(stream, at->name, at->line, error);
        } else if (event == XML_EVENT_CLOSE) {
            at->closed = true;
            if (at == top) {
                break;
            }
            at = at->parent;
        } else {
            error = VAULT_EINTERNAL;
        }
        error = error == VAULT_OK ? xml_stream_next(stream, &event) : error;
        if (error != VAULT_OK) {
            break;
        }
    }
    *nodep = error == VAULT_OK ? top : NULL;
    return error;
}
