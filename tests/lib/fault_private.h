/**
 * @file fault_private.h
 * The parts of the library that makes calls fail: which call it is (fault.c), the calls (fault_calls.c), and Argon2id
 * remembered (fault_kdf.c).
 */
#ifndef TESTS_LIB_FAULT_PRIVATE_H
#define TESTS_LIB_FAULT_PRIVATE_H

#include <stdbool.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum kind { ALLOC, READ, WRITE, SYNC, OPEN, RENAME, TRUNCATE, SPACE, SQLITE, KINDS };

enum action { ONCE, PERSIST, KILL, TORN, SHORT };

/** What was asked for in FAULT; read by the calls that do a half of their work. */
struct fault {
    enum kind kind;
    unsigned long at;
    int error;
    enum action action;
};
extern struct fault fault;

/** Above 0 while this thread is inside the library itself, whose calls are not counted. */
extern __thread int inside __attribute__((tls_model("initial-exec")));

/** Is this the call that fails?  Leaves errno. */
bool fails(enum kind kind);

/** The function that the call would have gone to. */
void *real(const char *name);

#define REAL(type, name, parameters)                 \
    static type(*name##_real) parameters;            \
    if (name##_real == NULL) {                       \
        void *found_ = real(#name);                  \
        memcpy(&name##_real, &found_, sizeof found_); \
    }

#endif
