#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/crypto/passphrase.h"

int terminal_columns(int descriptor)
{
    if (!isatty(descriptor))
        return 0;
    struct winsize size = {0};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *named = getenv("COLUMNS");
    int columns = named == NULL ? 0 : atoi(named);
    return columns > 0 ? columns : 80;
}

static bool is_yes(struct bytes answer)
{
    answer = text_trim(answer);
    /* TRANSLATORS: the two answers that mean yes, separated by a blank; y and yes are always understood. */
    const char *const yes[] = {"y", "yes", "Y", "YES", "Yes", _("y yes")};
    for (size_t i = 0; i < 5; i++) {
        if (bytes_equal(answer, bytes_of_text(yes[i])))
            return true;
    }
    const char *blank = strchrnul(yes[5], ' ');
    return answer.size > 0 && (bytes_equal(answer, bytes_of(yes[5], (size_t)(blank - yes[5]))) ||
                                  (*blank != '\0' && bytes_equal(answer, bytes_of_text(blank + 1))));
}

bool terminal_confirm(const char *question)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return true;
    (void)fprintf(stderr, "%s %s ", question, _("[y/N]"));
    (void)fflush(stderr);
    char answer[64];
    ssize_t size = read(STDIN_FILENO, answer, sizeof answer);
    return size > 0 && is_yes(bytes_of(answer, (size_t)size));
}

/* --- Secrets --- */

struct quiet_terminal {
    int descriptor;
    struct termios before;
    sigset_t signals;
};

/* Signals wait until echo is on again, so that a person who gives up keeps a usable terminal: the key that
 * would interrupt ends the line instead, and what it means is done after the terminal is itself again. */
static bool quieten(struct quiet_terminal *terminal)
{
    terminal->descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal->descriptor < 0)
        return false;
    if (tcgetattr(terminal->descriptor, &terminal->before) != 0) {
        (void)close(terminal->descriptor);
        return false;
    }
    sigset_t held;
    (void)sigemptyset(&held);
    (void)sigaddset(&held, SIGINT);
    (void)sigaddset(&held, SIGTERM);
    (void)sigaddset(&held, SIGQUIT);
    (void)sigaddset(&held, SIGTSTP);
    (void)sigprocmask(SIG_BLOCK, &held, &terminal->signals);
    struct termios quiet = terminal->before;
    quiet.c_lflag &= (tcflag_t) ~(tcflag_t)(ECHO | ISIG);
    quiet.c_lflag |= ICANON | ECHONL;
    quiet.c_cc[VEOL] = terminal->before.c_cc[VINTR];
    (void)tcsetattr(terminal->descriptor, TCSAFLUSH, &quiet);
    return true;
}

static void restore(struct quiet_terminal *terminal)
{
    (void)tcsetattr(terminal->descriptor, TCSAFLUSH, &terminal->before);
    (void)sigprocmask(SIG_SETMASK, &terminal->signals, NULL);
    (void)close(terminal->descriptor);
}

/* Reads one line into guarded memory, a byte at a time. -1 at the end of input, -2 if too long, -3 if
 * interrupted. */
static long read_line(int descriptor, uint8_t interrupt, uint8_t *line, size_t size)
{
    size_t length = 0;
    for (;;) {
        uint8_t byte = 0;
        ssize_t got = read(descriptor, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        if (byte == '\n')
            return length <= size ? (long)length : -2;
        if (byte == interrupt && interrupt != _POSIX_VDISABLE)
            return -3;
        if (length < size)
            line[length] = byte;
        if (length <= size)
            length++;
    }
}

static int keep(const uint8_t *line, long length, struct secret **secret, struct failure *failure)
{
    if (length == -2)
        return failure_set(
            failure, VAULT_EINPUT, _("a passphrase has at most %u bytes"), PASSPHRASE_SIZE_MAX);
    if (length <= 0)
        return failure_set(failure, VAULT_EINPUT, _("no passphrase was given"));
    *secret = secret_copy(bytes_of(line, (size_t)length));
    return *secret == NULL ? VAULT_ENOMEM : VAULT_OK;
}

int terminal_secret(const char *prompt, struct secret **secret, struct failure *failure)
{
    *secret = NULL;
    struct quiet_terminal terminal;
    struct secret *line = secret_new(PASSPHRASE_SIZE_MAX);
    if (line == NULL)
        return VAULT_ENOMEM;
    if (!quieten(&terminal)) {
        secret_free(line);
        (void)failure_set(failure, VAULT_EUSAGE, _("no passphrase, and no terminal to ask for one"));
        failure_remedy(failure, _("give --passphrase-file FILE or set STRONGROOM_PASSPHRASE_FILE"));
        return VAULT_EUSAGE;
    }
    long length = -1;
    if (file_write_all(terminal.descriptor, bytes_of_text(prompt)) == VAULT_OK)
        length = read_line(
            terminal.descriptor, terminal.before.c_cc[VINTR], secret_edit(line), PASSPHRASE_SIZE_MAX);
    restore(&terminal);
    if (length == -3)
        (void)raise(SIGINT);
    int result = keep(secret_bytes(line).data, length, secret, failure);
    secret_free(line);
    return result;
}
