#include "cli/words.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"

#ifndef LOCALEDIR
#define LOCALEDIR "/usr/local/share/locale"
#endif

#define DOMAIN "strongroom"

static const char *wanted_language(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return "C";
}

/* Since glibc 2.39 LANGUAGE counts under no locale whose name begins with C, so any other one is taken that is there. */
static void leave_c(void)
{
    static const char *const others[] = {"zh_CN.UTF-8", "en_US.UTF-8", "en_GB.UTF-8", "zh_TW.UTF-8"};
    const char *listed = getenv("LANGUAGE"), *now = setlocale(LC_MESSAGES, NULL);
    if (listed == NULL || strncmp(listed, "zh", 2) != 0 || now == NULL || strncmp(now, "C.", 2) != 0)
        return;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (setlocale(LC_MESSAGES, others[i]) != NULL)
            return;
    }
}

/* Small systems have no locale but C.UTF-8.  gettext translates under it, too, into what LANGUAGE names, so the person's
 * wish is carried over to there. */
static void choose_locale(void)
{
    const char *wanted = wanted_language();
    if (setlocale(LC_ALL, "") == NULL && setlocale(LC_ALL, "C.UTF-8") != NULL) {
        const char *listed = getenv("LANGUAGE");
        if (listed == NULL || listed[0] == '\0')
            (void)setenv("LANGUAGE", wanted, 1);
    }
    leave_c();
}

static int has_catalogues(const char *directory)
{
    char path[1200];
    int length = snprintf(path, sizeof path, "%s/zh_CN/LC_MESSAGES/" DOMAIN ".mo", directory);
    return length > 0 && (size_t)length < sizeof path && file_exists(path);
}

/* BUILD/cli/strongroom has its catalogues in BUILD/po. */
static int beside_program(char *directory, size_t size)
{
    char program[1024];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return 0;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return 0;
    *slash = '\0';
    int written = snprintf(directory, size, "%s/../po", program);
    return written > 0 && (size_t)written < size && has_catalogues(directory);
}

void words_start(void)
{
    choose_locale();
    /* Numbers are data here: they are read and written the same way in every country. */
    (void)setlocale(LC_NUMERIC, "C");
    char beside[1100];
    const char *directory = getenv("STRONGROOM_LOCALEDIR");
    if (directory == NULL || directory[0] == '\0')
        directory = beside_program(beside, sizeof beside) ? beside : LOCALEDIR;
    (void)bindtextdomain(DOMAIN, directory);
    (void)bind_textdomain_codeset(DOMAIN, "UTF-8");
    (void)textdomain(DOMAIN);
}

const char *words_of(const char *text)
{
    return text[0] == '\0' ? text : gettext(text);
}

bool words_chinese(void)
{
    return strcmp(_("en"), "zh") == 0;
}
