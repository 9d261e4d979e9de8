/**
 * @file command_bundle.h
 * Running `log bundle`, and `incident bundle`, whose row stands among those of `incident`.
 */
#ifndef CLI_COMMAND_BUNDLE_H
#define CLI_COMMAND_BUNDLE_H

struct cli;

/** Options out, since?, tar?: an archive if the name ends so, and the checkpoint read from its file. */
int run_bundle(struct cli *cli);

#endif
