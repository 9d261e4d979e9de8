/**
 * @file pdf_program.h
 * The program pdftotext (Poppler), run once on an open file.
 *
 * It has no shell, an empty environment and nothing open but the file as its input, the other end of a pipe, and
 * /dev/null.  It is limited in time and memory and can write no file; where the kernel has Landlock it can open
 * nothing outside /usr, /lib, /lib64 and /etc, so what
 * a PDF makes of it cannot come near a vault.  What it prints is as untrusted as the file.
 */
#ifndef VAULT_FORMATS_PDF_PROGRAM_H
#define VAULT_FORMATS_PDF_PROGRAM_H

#include <stdbool.h>

#define PDF_SECONDS 30u       /* of the processor, and of the clock */
#define PDF_MEMORY (1u << 30) /* of the other process */

/** How it ended. */
enum pdf_end {
    PDF_READ,
    PDF_UNREADABLE, /* damaged, protected, or no PDF */
    PDF_STOPPED,    /* at a limit */
    PDF_ABSENT,     /* not installed */
    PDF_UNKNOWN     /* it could not be started, or what became of it is not known */
};

/** A program at work; nobody else's. */
struct pdf_program {
    int pid;
    bool elsewhere;
};

/** Start it on @p file, its text going to @p out; both stay the caller's, who closes @p out then and reads the other end. */
bool pdf_program_start(struct pdf_program *program, int file, int out);
/** Wait for its end, at most for PDF_SECONDS; @p stop: it is not wanted any more. */
enum pdf_end pdf_program_end(struct pdf_program *program, bool stop);

/** Who does that for a process that may start nothing itself. */
struct pdf_runner {
    void *context;
    bool (*start)(void *context, int file, int out);
    /* Called once for every start, by the same thread. */
    enum pdf_end (*end)(void *context);
};
/** From now on this process asks @p runner, which stays the caller's; before there are threads. */
void pdf_program_use(const struct pdf_runner *runner);

#endif
