#include "cli/sentences.h"

#include "cli/words.h"

/* Sentences that come from below as they are; here so that the catalogues hold them. */
const char *const sentences[] = {
    N_("done"),
    N_("wrong use"),
    N_("the input cannot be understood"),
    N_("there is no such thing here"),
    N_("it exists already"),
    N_("it is beyond a limit"),
    N_("there is not enough memory"),
    N_("the system refused to read or write"),
    N_("the version does not fit"),
    N_("this name and passphrase open nothing"),
    N_("the policy does not permit it"),
    N_("no key of yours opens it"),
    N_("it is damaged, forged or not in its place"),
    N_("it is damaged"),
    N_("it is older than what was seen before"),
    N_("the log cannot be written, so nothing was disclosed"),
    N_("another process is at work on it"),
    N_("it is frozen"),
    N_("an internal assumption does not hold"),
    N_("it was changed meanwhile"),
    NULL,
};
