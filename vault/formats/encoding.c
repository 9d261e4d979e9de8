#include "vault/formats/encoding_private.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/text.h"
#include "vault/formats/encoding_detect_private.h"

#define PIECE_BYTES 65536u
#define GROWTH 4u /* bytes of UTF-8 that one byte of any encoding can become */

struct text_source {
    int descriptor;      /* -1 over memory */
    struct bytes memory; /* what is left of it */
    bool cut;            /* memory may end inside a character */
    bool ended;
    iconv_t converter; /* (iconv_t)-1 for UTF-8, which is only checked */
    char encoding[ENCODING_NAME_SIZE];
    uint64_t offset; /* bytes of the file converted so far */
    size_t held;     /* bytes in `raw` not yet converted */
    size_t given;    /* bytes at the start of `raw` that the caller has had */
    uint8_t raw[PIECE_BYTES + 16];
    uint8_t text[PIECE_BYTES * GROWTH];
};

#define NO_CONVERTER ((iconv_t)(intptr_t)-1)

const char *text_encoding(const struct text_source *source)
{
    return source->encoding;
}

void text_close(struct text_source *source)
{
    if (source == NULL)
        return;
    if (source->descriptor >= 0)
        (void)close(source->descriptor);
    if (source->converter != NO_CONVERTER)
        (void)iconv_close(source->converter);
    wipe(source, sizeof *source);
    free(source);
}

static int new_source(struct text_source **source)
{
    *source = malloc(sizeof **source);
    if (*source == NULL)
        return VAULT_ENOMEM;
    memset(*source, 0, offsetof(struct text_source, raw));
    (*source)->descriptor = -1;
    (*source)->converter = NO_CONVERTER;
    return VAULT_OK;
}

static int use_encoding(struct text_source *source, const char *name, struct failure *failure)
{
    (void)snprintf(source->encoding, sizeof source->encoding, "%s", name);
    if (strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "UTF8") == 0)
        return VAULT_OK;
    /* iconv would take "//IGNORE" and drop what it does not like. */
    if (strchr(name, '/') == NULL)
        source->converter = iconv_open("UTF-8", name);
    if (source->converter != NO_CONVERTER)
        return VAULT_OK;
    failure_set(failure, VAULT_EINPUT, "there is no encoding named '%.31s'", name);
    failure_remedy(failure, "use a name of 'iconv -l', such as GBK, CP1252 or UTF-16LE");
    return VAULT_EINPUT;
}

/* Read the whole file and say what it looks like. */
static int look_through(int descriptor, const char *path, struct text_look *look, struct failure *failure)
{
    uint8_t *piece = malloc(PIECE_BYTES);
    off_t offset = 0;
    ssize_t count = 0;
    *look = text_look_begin();
    while (piece != NULL && (look->utf8 || look->gb18030)) {
        count = pread(descriptor, piece, PIECE_BYTES, offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        offset += count;
        text_look_at(look, bytes_of(piece, (size_t)count));
    }
    free(piece);
    if (piece == NULL)
        return VAULT_ENOMEM;
    return count < 0 ? failure_set(failure, VAULT_EIO, "cannot read %s: %s", path, strerror(errno))
                     : VAULT_OK;
}

static int refuse_unknown(const struct text_look *look, struct failure *failure)
{
    if (look->nul_even + look->nul_odd > look->size / 4) {
        failure_set(failure, VAULT_EINPUT, "the text looks like UTF-16 without its byte order mark");
        failure_remedy(
            failure, "say --encoding %s", look->nul_odd >= look->nul_even ? "UTF-16LE" : "UTF-16BE");
    } else {
        failure_set(failure, VAULT_EINPUT, "the text is neither UTF-8 nor GB18030 with Chinese in it");
        failure_remedy(failure, "say --encoding NAME (Western files are often CP1252)");
    }
    return VAULT_EINPUT;
}

static int settle(struct text_source *source, const char *path, const char *asked, const char *fallback,
    struct failure *failure)
{
    uint8_t head[4];
    size_t mark;
    struct text_look look;
    ssize_t count = pread(source->descriptor, head, sizeof head, 0);
    if (count < 0)
        return failure_set(failure, VAULT_EIO, "cannot read %s: %s", path, strerror(errno));
    const char *found = text_mark(bytes_of(head, (size_t)count), &mark);
    if (lseek(source->descriptor, (off_t)(found != NULL ? mark : 0), SEEK_SET) < 0)
        return failure_set(failure, VAULT_EIO, "cannot seek in %s: %s", path, strerror(errno));
    source->offset = found != NULL ? mark : 0;
    /* "UTF-16" alone leaves the order of bytes to the mark. */
    if (asked != NULL && found != NULL &&
        (strcasecmp(asked, "UTF-16") == 0 || strcasecmp(asked, "UTF-32") == 0))
        asked = found;
    if (asked != NULL)
        return use_encoding(source, asked, failure);
    if (found != NULL)
        return use_encoding(source, found, failure);
    int result = look_through(source->descriptor, path, &look, failure);
    if (result != VAULT_OK)
        return result;
    found = look.nul_even + look.nul_odd > look.size / 4 ? NULL : text_look_verdict(&look, true);
    if (found == NULL || (fallback != NULL && strcmp(found, "UTF-8") != 0))
        found = fallback;
    return found == NULL ? refuse_unknown(&look, failure) : use_encoding(source, found, failure);
}

int text_open(const char *path, const char *asked, const char *fallback, struct text_source **source,
    struct failure *failure)
{
    struct stat status;
    int result = new_source(source);
    if (result != VAULT_OK)
        return result;
    (*source)->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if ((*source)->descriptor < 0)
        result = failure_set(failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO, "cannot open %s: %s",
            path, strerror(errno));
    else if (fstat((*source)->descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        result = failure_set(failure, VAULT_EINPUT, "%s is not a regular file", path);
    else
        result = settle(*source, path, asked, fallback, failure);
    if (result != VAULT_OK) {
        text_close(*source);
        *source = NULL;
    }
    return result;
}

int text_open_head(struct bytes head, struct text_source **source)
{
    size_t mark;
    struct text_look look = text_look_begin();
    int result = new_source(source);
    if (result != VAULT_OK)
        return result;
    const char *found = text_mark(head, &mark);
    (*source)->memory = bytes_of(head.data + mark, head.size - mark);
    (*source)->cut = true;
    if (found == NULL) {
        text_look_at(&look, head);
        found = text_look_verdict(&look, false);
    }
    result = use_encoding(*source, found == NULL ? "CP1252" : found, NULL);
    if (result != VAULT_OK) {
        text_close(*source);
        *source = NULL;
    }
    return result;
}

/* Drop what the caller has had and read more behind what is left. */
static int refill(struct text_source *source, struct failure *failure)
{
    memmove(source->raw, source->raw + source->given, source->held);
    source->given = 0;
    size_t room = PIECE_BYTES - source->held;
    if (source->descriptor < 0) {
        size_t size = source->memory.size < room ? source->memory.size : room;
        if (size > 0)
            memcpy(source->raw + source->held, source->memory.data, size);
        source->memory = bytes_of(source->memory.data + size, source->memory.size - size);
        source->held += size;
        source->ended = size == 0;
        return VAULT_OK;
    }
    ssize_t count;
    do {
        count = read(source->descriptor, source->raw + source->held, room);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return failure_set(failure, VAULT_EIO, "cannot read: %s", strerror(errno));
    source->held += (size_t)count;
    source->ended = count == 0;
    return VAULT_OK;
}

static int misfit(const struct text_source *source, size_t at, struct failure *failure)
{
    failure_set(
        failure, VAULT_EINPUT, "byte %" PRIu64 " is not %s", source->offset + at + 1, source->encoding);
    failure_remedy(failure, "say --encoding NAME if the file is in another one");
    return VAULT_EINPUT;
}

static int pass_utf8(struct text_source *source, struct bytes *piece, struct failure *failure)
{
    struct bytes all = bytes_of(source->raw, source->held);
    size_t whole = utf8_whole(all);
    if (!utf8_valid(bytes_of(all.data, whole))) {
        size_t at = 0;
        while (at < whole) {
            struct bytes rest = bytes_of(all.data + at, whole - at);
            const uint8_t *before = rest.data;
            if (utf8_next(&rest) == 0xfffd && rest.data - before != 3)
                break;
            at += (size_t)(rest.data - before);
        }
        return misfit(source, at, failure);
    }
    if (source->ended && whole < all.size && !source->cut)
        return misfit(source, whole, failure);
    *piece = bytes_of(all.data, whole);
    source->given = whole;
    source->held -= whole;
    source->offset += whole;
    return VAULT_OK;
}

static int convert(struct text_source *source, struct bytes *piece, struct failure *failure)
{
    char *in = (char *)source->raw;
    char *out = (char *)source->text;
    size_t in_left = source->held;
    size_t out_left = sizeof source->text;
    size_t result = iconv(source->converter, &in, &in_left, &out, &out_left);
    if (result == (size_t)-1 && errno != EINVAL && errno != E2BIG)
        return misfit(source, source->held - in_left, failure);
    if (result == (size_t)-1 && errno == EINVAL && source->ended && !source->cut)
        return misfit(source, source->held - in_left, failure);
    *piece = bytes_of(source->text, sizeof source->text - out_left);
    source->given = source->held - in_left;
    source->offset += source->given;
    source->held = in_left;
    /* Some decoders let surrogates through; everything behind this door is valid UTF-8. */
    return utf8_valid(*piece) ? VAULT_OK : misfit(source, 0, failure);
}

int text_next(struct text_source *source, struct bytes *piece, struct failure *failure)
{
    *piece = bytes_of(NULL, 0);
    while (piece->size == 0) {
        if (source->ended && (source->held == 0 || source->cut))
            return 0;
        int result = refill(source, failure);
        if (result == VAULT_OK && source->held > 0)
            result = source->converter == NO_CONVERTER ? pass_utf8(source, piece, failure)
                                                       : convert(source, piece, failure);
        if (result != VAULT_OK)
            return result;
    }
    return 1;
}
