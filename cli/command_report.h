/**
 * @file command_report.h
 * The command `trace report`, whose row stands among those of `trace`.
 */
#ifndef CLI_COMMAND_REPORT_H
#define CLI_COMMAND_REPORT_H

struct cli;

/** Options finding, out, lang?, names?, version?. */
int run_report(struct cli *cli);

#endif
