/**
 * @file sentences.h
 * The fixed sentences of the rooms below that people may see, listed for translation.
 */
#ifndef CLI_SENTENCES_H
#define CLI_SENTENCES_H

/** Ends with NULL; every vault_error_text() is in it, which a test checks. */
extern const char *const sentences[];
/** Ends with NULL; every bundle_rule_text() and bundle_warning_text() is in it, and the details beside them. */
extern const char *const audit_sentences[];

#endif
