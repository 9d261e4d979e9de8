/* OFX: from bytes to tags and texts. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vault/base/text.h"
#include "vault/formats/ofx_private.h"

/* --- header ------------------------------------------------------------------------------------------------
 */

static void header_value(struct bytes head, const char *key, char *value, size_t size)
{
    const uint8_t *end = memchr(head.data, '<', head.size);
    size_t header_size = end == NULL ? head.size : (size_t)(end - head.data);
    const uint8_t *at = memmem(head.data, header_size, key, strlen(key));
    size_t length = 0;
    for (at = at == NULL ? NULL : at + strlen(key);
         at != NULL && at<head.data + header_size && * at> ' ' && length + 1 < size; at++) {
        value[length++] = (char)*at;
    }
    value[length] = 0;
}

void ofx_declared_encoding(struct bytes head, char encoding[XML_ENCODING_SIZE])
{
    static const struct {
        const char *charset, *encoding;
    } charsets[] = {
        {"NONE", "WINDOWS-1252"},
        {"", "WINDOWS-1252"},
        {"8859-1", "ISO-8859-1"},
        {"936", "GB18030"},
        {"UTF-8", "UTF-8"},
        {"UNICODE", "UTF-8"},
    };
    struct bytes text = text_trim(head);
    char form[24], charset[24];
    if (text.size > 5 && memcmp(text.data, "<?xml", 5) == 0) {
        xml_declared_encoding(text, encoding);
        return;
    }
    if (memmem(head.data, head.size, "OFXHEADER:", 10) == NULL) {
        return;
    }
    header_value(head, "ENCODING:", form, sizeof form);
    header_value(head, "CHARSET:", charset, sizeof charset);
    if (strcasecmp(form, "UTF-8") == 0 || strcasecmp(form, "UNICODE") == 0) {
        strcpy(encoding, "UTF-8");
        return;
    }
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++) {
        if (strcasecmp(charset, charsets[i].charset) == 0) {
            strcpy(encoding, charsets[i].encoding);
            return;
        }
    }
    bool page = charset[strspn(charset, "0123456789")] == 0; /* a number of Microsoft's */
    snprintf(encoding, XML_ENCODING_SIZE, "%s%s", page ? "WINDOWS-" : "", charset);
}

/* --- tokens ------------------------------------------------------------------------------------------------
 */

/* The next byte without taking it: -1 at the end, -2 on an error. */
static int peek(struct ofx_scanner *scanner, struct failure *failure, int *error)
{
    if (scanner->rest.size == 0) {
        *error = xml_input_next(scanner->input, &scanner->rest, failure);
        if (*error != VAULT_OK) {
            return -2;
        }
    }
    return scanner->rest.size == 0 ? -1 : scanner->rest.data[0];
}

static void skip(struct ofx_scanner *scanner)
{
    scanner->next_line += scanner->rest.data[0] == '\n';
    scanner->rest = bytes_of(scanner->rest.data + 1, scanner->rest.size - 1);
}

static int keep_byte(struct ofx_scanner *scanner, int c, struct failure *failure)
{
    if (scanner->text.size >= LIMIT_CELL_BYTES) {
        return failure_set(failure, VAULT_ELIMIT, "line %d: a tag or text of more than %u bytes",
            scanner->line, LIMIT_CELL_BYTES);
    }
    buffer_put_u8(&scanner->text, (uint8_t)c);
    return buffer_error(&scanner->text);
}

static bool ends_with(const struct buffer *text, const char *end)
{
    size_t size = strlen(end);
    return text->size >= size && memcmp(text->data + text->size - size, end, size) == 0;
}

/* Read on until `end` came by; it stays out of the text. */
static int read_until(struct ofx_scanner *scanner, const char *end, struct failure *failure)
{
    int error = VAULT_OK;
    while (error == VAULT_OK && !ends_with(&scanner->text, end)) {
        int c = peek(scanner, failure, &error);
        if (c == -1) {
            return failure_set(failure, VAULT_EINPUT, "line %d: the file ends within a tag", scanner->line);
        }
        if (c >= 0) {
            skip(scanner);
            error = keep_byte(scanner, c, failure);
        }
    }
    if (error == VAULT_OK) {
        scanner->text.size -= strlen(end);
    }
    return error;
}

/* How many bytes a reference at `here` takes, its character appended; 0 if there is none. */
static size_t named_reference(const char *here, size_t left, struct buffer *out)
{
    static const struct {
        const char *name, *value;
    } known[] = {
        {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&nbsp;", " "}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t size = strlen(known[i].name);
        if (left >= size && strncasecmp(here, known[i].name, size) == 0) {
            buffer_put_text(out, known[i].value);
            return size;
        }
    }
    return 0;
}

static size_t numbered_reference(const char *here, size_t left, struct buffer *out)
{
    uint32_t code = 0;
    size_t size = 2;
    if (left < 4 || here[1] != '#') {
        return 0;
    }
    while (size < 9 && size < left && here[size] >= '0' && here[size] <= '9') {
        code = code * 10 + (uint32_t)(here[size++] - '0');
    }
    bool character = code >= 32 && code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
    if (size == 2 || size >= left || here[size] != ';' || !character) {
        return 0;
    }
    utf8_put(code, out);
    return size + 1;
}

/* "&amp;" and "&#65;" in place; an & that begins nothing known stays, as banks write "AT&T". */
static int resolve(struct buffer *text)
{
    struct buffer out = {0};
    if (text->size == 0 || memchr(text->data, '&', text->size) == NULL) {
        return VAULT_OK;
    }
    for (size_t at = 0; at < text->size;) {
        const char *here = (const char *)text->data + at;
        size_t left = text->size - at;
        size_t taken = *here == '&' ? named_reference(here, left, &out) : 0;
        taken = taken == 0 && *here == '&' ? numbered_reference(here, left, &out) : taken;
        if (taken == 0) {
            buffer_put_u8(&out, (uint8_t)*here);
            taken = 1;
        }
        at += taken;
    }
    int error = buffer_error(&out);
    buffer_reset(text);
    buffer_put(text, buffer_bytes(&out));
    buffer_free(&out);
    return error;
}

static int read_text(struct ofx_scanner *scanner, struct failure *failure)
{
    int error = VAULT_OK, c = 0;
    while (error == VAULT_OK && (c = peek(scanner, failure, &error)) >= 0 && c != '<') {
        skip(scanner);
        error = keep_byte(scanner, c, failure);
    }
    return error;
}

/* After "<!" : CDATA gives its text, a comment nothing, anything else is refused. */
static int read_bang(struct ofx_scanner *scanner, bool *text, struct failure *failure)
{
    int error = VAULT_OK;
    buffer_reset(&scanner->text);
    for (size_t i = 0; i < 7 && error == VAULT_OK; i++) {
        int c = peek(scanner, failure, &error);
        if (c < 0) {
            break;
        }
        skip(scanner);
        error = keep_byte(scanner, c, failure);
        if (ends_with(&scanner->text, "--") && scanner->text.size == 2) {
            buffer_reset(&scanner->text);
            error = error == VAULT_OK ? read_until(scanner, "-->", failure) : error;
            buffer_reset(&scanner->text);
            return error;
        }
    }
    if (error == VAULT_OK && !ends_with(&scanner->text, "[CDATA[")) {
        return failure_set(failure, VAULT_EINPUT, "line %d: a DOCTYPE, which is never read", scanner->line);
    }
    buffer_reset(&scanner->text);
    *text = true;
    return error == VAULT_OK ? read_until(scanner, "]]>", failure) : error;
}

/* The name ends at white space or "/": what follows it says nothing in OFX. */
static int settle_tag(struct ofx_scanner *scanner, enum ofx_token *token, struct failure *failure)
{
    struct buffer *text = &scanner->text;
    bool closing = text->size > 0 && text->data[0] == '/';
    bool empty = !closing && text->size > 1 && text->data[text->size - 1] == '/';
    size_t from = closing ? 1 : 0, size = from;
    while (size < text->size && text->data[size] > ' ' && text->data[size] != '/') {
        size++;
    }
    if (size == from || size - from > 64) {
        return failure_set(failure, VAULT_EINPUT, "line %d: a tag without a usable name", scanner->line);
    }
    memmove(text->data, text->data + from, size - from);
    text->size = size - from;
    scanner->empty_element = empty;
    *token = closing ? OFX_CLOSE : OFX_OPEN;
    return VAULT_OK;
}

static int read_markup(
    struct ofx_scanner *scanner, enum ofx_token *token, bool *found, struct failure *failure)
{
    int error = VAULT_OK;
    skip(scanner); /* "<" */
    int c = peek(scanner, failure, &error);
    *found = false;
    if (c == '!') {
        skip(scanner);
        error = read_bang(scanner, found, failure);
        *token = OFX_TEXT;
    } else if (c == '?') {
        error = read_until(scanner, "?>", failure);
    } else if (c != -2) {
        error = read_until(scanner, ">", failure);
        error = error == VAULT_OK ? settle_tag(scanner, token, failure) : error;
        *found = true;
    }
    return error;
}

int ofx_next(struct ofx_scanner *scanner, enum ofx_token *token, struct failure *failure)
{
    int error = VAULT_OK;
    if (scanner->empty_element) {
        scanner->empty_element = false;
        *token = OFX_CLOSE;
        return VAULT_OK;
    }
    for (;;) {
        bool found = false;
        buffer_reset(&scanner->text);
        scanner->line = scanner->next_line;
        int c = peek(scanner, failure, &error);
        if (c < 0) {
            *token = OFX_END;
            return error;
        }
        if (c == '<') {
            error = read_markup(scanner, token, &found, failure);
            found = found && (*token != OFX_TEXT || scanner->text.size > 0);
        } else {
            error = read_text(scanner, failure);
            error = error == VAULT_OK ? resolve(&scanner->text) : error;
            *token = OFX_TEXT;
            found = text_trim(buffer_bytes(&scanner->text)).size > 0;
        }
        if (error != VAULT_OK || found) {
            return error;
        }
    }
}

void ofx_scanner_free(struct ofx_scanner *scanner)
{
    buffer_free(&scanner->text);
}
