#include "cli/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t seen;

static void note(int number)
{
    (void)number;
    seen = 1;
}

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool interrupt_seen(void)
{
    return seen != 0;
}

bool interrupt_wait(int milliseconds)
{
    /* A pipe whose reader is gone shows it as an error, whatever is asked for. */
    struct pollfd output = {.fd = STDOUT_FILENO};
    if (seen != 0 || (poll(&output, 1, milliseconds) > 0 && (output.revents & (POLLERR | POLLNVAL)) != 0))
        return false;
    return seen == 0;
}
