/**
 * @file words.h
 * The language in which we speak to people: gettext, and a catalogue that is found even where the system has
 * no locale of that language installed.
 *
 * All text that this program prints is UTF-8, whatever the locale says.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <libintl.h>
#include <stdbool.h>

#define _(text) gettext(text)
/** Marks a text for translation where it stands in a table; it is translated where it is printed. */
#define N_(text) text

/**
 * Choose the language by LANGUAGE, LC_ALL, LC_MESSAGES and LANG.  Catalogues come from STRONGROOM_LOCALEDIR
 * if that is set, from the build directory if the program runs there, else from where they were installed.
 */
void words_start(void);

/** Are texts shown in Chinese?  Facts of the law and documents have both languages beside each other. */
bool words_chinese(void);

/** The translation of a sentence that came from below (an error's, say); itself if there is none. */
const char *words_of(const char *text) __attribute__((format_arg(1)));

#endif
