/**
 * @file writing.h
 * One text, several writings that say the same: what an export may choose among, and what an import takes for
 * no change.
 *
 * A choice is never about a letter or a digit.  The brackets and the punctuation beside Chinese characters
 * may be full or half width; a blank may stand between a Chinese character and a Latin letter or digit, or
 * not; in a text without Chinese characters the first blank may be double; one blank may follow the text.
 * Numbers, dates, codes and short texts have no choice.  Everything here is pure; texts are UTF-8.
 */
#ifndef VAULT_BASE_WRITING_H
#define VAULT_BASE_WRITING_H

#include "vault/base/bytes.h"
#include "vault/base/json.h"

/** Stored in files that were exported: append only, and never change what one means. */
enum writing_slot {
    WRITING_BRACKET, /* () or （） */
    WRITING_STOP,    /* , : ; ! ? beside a Chinese character; not between digits */
    WRITING_GAP,     /* a blank between a Chinese character and a Latin letter or digit */
    WRITING_SPACE,   /* without Chinese characters: the first blank, twice */
    WRITING_TAIL,    /* one blank at the end */
    WRITING_SLOTS
};

/** Slots of texts that people match on (names) and of texts that they only read. */
#define WRITING_NAME (1u << WRITING_BRACKET)
#define WRITING_PROSE ((1u << WRITING_SLOTS) - 1)

#define WRITING_TEXT_MAX 400                    /* bytes; in a longer text nothing is chosen */
#define WRITING_READ_MAX (3 * WRITING_TEXT_MAX) /* of any writing of it */
#define WRITING_KEY_SIZE 64                     /* of the letters and digits that a text is known by */

struct writing {
    unsigned slots;             /* bit set of the slots that the text has, whichever way it is written */
    unsigned full;              /* of them, those written the second way: full width, or with the blank */
    unsigned mixed;             /* of them, those written both ways */
    char key[WRITING_KEY_SIZE]; /* its first letters and digits, folded: the same for all its writings */
    size_t key_size;
};

/** The first letters and digits of any text, folded, at most WRITING_KEY_SIZE bytes; how many. */
size_t writing_key(struct bytes text, char key[WRITING_KEY_SIZE]);

/** False if the text has no choice: then @p writing is empty. */
bool writing_read(struct bytes text, struct writing *writing);

/**
 * Append @p text in the writing that @p full chooses for each slot of @p which that it has: @p key and the
 * slot are what the choice may depend on.
 */
void writing_choose(struct bytes text, unsigned which,
    bool (*full)(const void *context, struct bytes key, unsigned slot), const void *context,
    struct buffer *out);

/** Are the two writings of one text, or the same bytes? */
bool writing_equal(struct bytes a, struct bytes b);

/** Wherever @p now (object or array) has a text that @p before has in another writing, at the same place, the writing of
 *  @p before comes back. @retval VAULT_ENOMEM */
int writing_keep(json_t *now, const json_t *before) VAULT_MUST_CHECK;

#endif
