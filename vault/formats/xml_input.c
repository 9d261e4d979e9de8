#include "vault/formats/xml_input_private.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "vault/base/text.h"

#define BLOCK ((size_t)32 << 10)
#define HEAD 1024

struct xml_input {
    int descriptor; /* -1: memory */
    struct bytes memory;
    char encoding[XML_ENCODING_SIZE];
    iconv_t converter; /* (iconv_t)-1: already UTF-8 */
    bool ended;
    bool first;
    uint64_t line;
    size_t held; /* bytes in `block` not yet given out */
    uint8_t block[BLOCK];
    char text[BLOCK * 4];
};

/* Names under which files pass that are really something wider: GB2312 files contain GBK characters. */
static const struct {
    const char *name;
    const char *used;
} aliases[] = {
    {"GB2312", "GB18030"},
    {"GB_2312-80", "GB18030"},
    {"GBK", "GB18030"},
    {"CP936", "GB18030"},
    {"UTF8", "UTF-8"},
    {"US-ASCII", "UTF-8"},
    {"ASCII", "UTF-8"},
    {"USASCII", "UTF-8"},
    {"UTF-16", "UTF-8"},
    {"UNICODE", "UTF-8"},
    {"LATIN1", "ISO-8859-1"},
};

static bool starts(struct bytes bytes, const char *prefix, size_t size)
{
    return bytes.size >= size && memcmp(bytes.data, prefix, size) == 0;
}

void xml_declared_encoding(struct bytes head, char encoding[XML_ENCODING_SIZE])
{
    if (!starts(head, "<?xml", 5)) {
        return;
    }
    const uint8_t *end = memchr(head.data, '>', head.size);
    size_t size = end == NULL ? head.size : (size_t)(end - head.data);
    const uint8_t *at = memmem(head.data, size, "encoding", 8);
    if (at == NULL) {
        return;
    }
    const uint8_t *limit = head.data + size;
    for (at += 8; at < limit && *at != '"' && *at != '\''; at++) {
    }
    if (at >= limit) {
        return;
    }
    const uint8_t *close = memchr(at + 1, *at, (size_t)(limit - at - 1));
    size_t length = close == NULL ? 0 : (size_t)(close - at - 1);
    if (length > 0 && length < XML_ENCODING_SIZE) {
        memcpy(encoding, at + 1, length);
        encoding[length] = 0;
    }
}

/* How many bytes a mark takes, and the encoding it stands for. */
static size_t byte_order(struct bytes head, char encoding[XML_ENCODING_SIZE])
{
    static const struct {
        const char *start;
        size_t size, mark;
        const char *encoding;
    } marks[] = {
        {"\xEF\xBB\xBF", 3, 3, "UTF-8"},
        {"\xFF\xFE", 2, 2, "UTF-16LE"},
        {"\xFE\xFF", 2, 2, "UTF-16BE"},
        {"<\0", 2, 0, "UTF-16LE"},
        {"\0<", 2, 0, "UTF-16BE"},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (starts(head, marks[i].start, marks[i].size)) {
            strcpy(encoding, marks[i].encoding);
            return marks[i].mark;
        }
    }
    return 0;
}

static int fill(struct xml_input *input, struct failure *failure)
{
    while (!input->ended && input->held < BLOCK) {
        size_t room = BLOCK - input->held;
        ssize_t got;
        if (input->descriptor < 0) {
            size_t size = input->memory.size < room ? input->memory.size : room;
            if (size > 0) {
                memcpy(input->block + input->held, input->memory.data, size);
                input->memory = bytes_of(input->memory.data + size, input->memory.size - size);
            }
            got = (ssize_t)size;
        } else {
            got = read(input->descriptor, input->block + input->held, room);
        }
        if (got < 0 && errno != EINTR) {
            return failure_set(failure, VAULT_EIO, "cannot read: %s", strerror(errno));
        }
        if (got == 0) {
            input->ended = true;
        }
        input->held += got > 0 ? (size_t)got : 0;
    }
    return VAULT_OK;
}

static void settle(struct xml_input *input, const struct xml_source *source)
{
    struct bytes head = bytes_of(input->block, input->held < HEAD ? input->held : HEAD);
    char marked[XML_ENCODING_SIZE] = "", declared[XML_ENCODING_SIZE] = "UTF-8";
    size_t mark = byte_order(head, marked);

    input->held -= mark;
    memmove(input->block, input->block + mark, input->held);
    source->declared(bytes_of(input->block, input->held < HEAD ? input->held : HEAD), declared);

    bool wide = strncmp(marked, "UTF-16", 6) == 0; /* a fact, not a choice */
    const char *chosen = source->encoding != NULL && !wide ? source->encoding
                         : marked[0] != 0                  ? marked
                                                           : declared;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (strcasecmp(chosen, aliases[i].name) == 0) {
            chosen = aliases[i].used;
            break;
        }
    }
    for (size_t i = 0; i < XML_ENCODING_SIZE - 1 && chosen[i] != 0; i++) {
        char c = chosen[i];
        input->encoding[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
}

int xml_input_open(const struct xml_source *source, struct xml_input **inputp, struct failure *failure)
{
    *inputp = NULL;
    struct xml_input *input = calloc(1, sizeof *input);
    if (input == NULL) {
        return failure_set(failure, VAULT_ENOMEM, "no memory to read a file");
    }
    input->converter = (iconv_t)-1;
    input->first = true;
    input->line = 1;
    input->memory = source->memory;
    input->descriptor = source->path == NULL ? -1 : open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    int error = VAULT_OK;
    if (source->path != NULL && input->descriptor < 0) {
        error = failure_set(
            failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO, "cannot open: %s", strerror(errno));
    }
    if (error == VAULT_OK) {
        error = fill(input, failure);
    }
    if (error == VAULT_OK) {
        settle(input, source);
        if (strcmp(input->encoding, "UTF-8") != 0) {
            input->converter = iconv_open("UTF-8", input->encoding);
            if (input->converter == (iconv_t)-1) {
                error = failure_set(
                    failure, VAULT_EINPUT, "the encoding '%s' is not known here", input->encoding);
            }
        }
    }
    if (error != VAULT_OK) {
        xml_input_free(input);
        input = NULL;
    }
    *inputp = input;
    return error;
}

static uint64_t lines_in(const void *data, size_t size)
{
    uint64_t lines = 0;
    const uint8_t *at = data;
    for (size_t i = 0; i < size; i++) {
        lines += at[i] == '\n';
    }
    return lines;
}

static int refuse_byte(struct xml_input *input, size_t at, struct failure *failure)
{
    uint64_t line = input->line + lines_in(input->block, at);
    failure_set(failure, VAULT_EINPUT, "line %llu: byte 0x%02X is not %s", (unsigned long long)line,
        (unsigned)input->block[at], input->encoding);
    failure_remedy(failure, "name the encoding it is really in with --encoding");
    return VAULT_EINPUT;
}

/* Bytes at the end of a block that may be the beginning of one more character. */
static size_t incomplete(const uint8_t *data, size_t size)
{
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        uint8_t c = data[size - back];
        if (c >= 0xC0) {
            size_t wanted = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
            return wanted > back ? back : 0;
        }
        if (c < 0x80) {
            return 0;
        }
    }
    return 0;
}

static size_t first_invalid(const uint8_t *data, size_t size)
{
    struct bytes rest = bytes_of(data, size);
    while (rest.size > 0) {
        struct bytes before = rest;
        utf8_next(&rest);
        if (!utf8_valid(bytes_of(before.data, before.size - rest.size))) {
            return (size_t)(before.data - data);
        }
    }
    return size == 0 ? 0 : size - 1;
}

static int pass_utf8(struct xml_input *input, size_t *used, size_t *made, struct failure *failure)
{
    size_t tail = input->ended ? 0 : incomplete(input->block, input->held);
    size_t size = input->held - tail;
    if (!utf8_valid(bytes_of(input->block, size))) {
        return refuse_byte(input, first_invalid(input->block, size), failure);
    }
    memcpy(input->text, input->block, size);
    *used = *made = size;
    return VAULT_OK;
}

static int convert(struct xml_input *input, size_t *used, size_t *made, struct failure *failure)
{
    char *from = (char *)input->block, *to = input->text;
    size_t left = input->held, room = sizeof input->text;
    size_t done = iconv(input->converter, &from, &left, &to, &room);
    int reason = errno;

    *used = input->held - left;
    *made = sizeof input->text - room;
    bool cut = done == (size_t)-1 && reason == EINVAL && !input->ended;
    if (done == (size_t)-1 && !cut && !(reason == E2BIG && *used > 0)) {
        return refuse_byte(input, *used < input->held ? *used : input->held - 1, failure);
    }
    return VAULT_OK;
}

static int check_nul(const struct xml_input *input, size_t made, struct failure *failure)
{
    const char *nul = memchr(input->text, 0, made);
    if (nul == NULL) {
        return VAULT_OK;
    }
    uint64_t line = input->line + lines_in(input->text, (size_t)(nul - input->text));
    return failure_set(failure, VAULT_EINPUT, "line %llu: a NUL byte", (unsigned long long)line);
}

int xml_input_next(struct xml_input *input, struct bytes *text, struct failure *failure)
{
    *text = bytes_of(NULL, 0);
    int error = fill(input, failure);
    while (error == VAULT_OK && input->held > 0 && text->size == 0) {
        size_t used = 0, made = 0;
        error = input->converter == (iconv_t)-1 ? pass_utf8(input, &used, &made, failure)
                                                : convert(input, &used, &made, failure);
        error = error != VAULT_OK ? error : check_nul(input, made, failure);
        if (error != VAULT_OK) {
            break;
        }
        bool marked = input->first && made >= 3 && memcmp(input->text, "\xEF\xBB\xBF", 3) == 0;
        *text = bytes_of(input->text + (marked ? 3 : 0), made - (marked ? 3 : 0));
        input->first = false;
        input->line += lines_in(input->text, made);
        input->held -= used;
        memmove(input->block, input->block + used, input->held);
        error = text->size == 0 ? fill(input, failure) : VAULT_OK;
    }
    return error;
}

const char *xml_input_encoding(const struct xml_input *input)
{
    return input->encoding;
}

void xml_input_free(struct xml_input *input)
{
    if (input == NULL) {
        return;
    }
    if (input->descriptor >= 0) {
        close(input->descriptor);
    }
    if (input->converter != (iconv_t)-1) {
        iconv_close(input->converter);
    }
    wipe(input, sizeof *input);
    free(input);
}
