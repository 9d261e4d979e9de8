/* The default policy and the schema, as they stand in policy/, inside the program. */
#include "vault/access/policy_text.h"

/* .incbin takes a file as it is, so that what people read and what runs cannot differ. */
#define INCLUDE_FILE(symbol, path) \
    __asm__(".section .rodata\n" \
            ".global " #symbol "\n" #symbol ":\n" \
            ".incbin \"" path "\"\n" \
            ".global " #symbol "_end\n" #symbol "_end:\n" \
            ".byte 0\n" \
            ".previous\n"); \
    extern const char symbol[] __attribute__((visibility("hidden"))); \
    extern const char symbol##_end[] __attribute__((visibility("hidden")))

INCLUDE_FILE(strongroom_default_policy, DEFAULT_POLICY_FILE);
INCLUDE_FILE(strongroom_policy_schema, POLICY_SCHEMA_FILE);

struct bytes policy_default(void)
{
    return bytes_of(
        strongroom_default_policy, (size_t)(strongroom_default_policy_end - strongroom_default_policy));
}

struct bytes policy_schema(void)
{
    return bytes_of(
        strongroom_policy_schema, (size_t)(strongroom_policy_schema_end - strongroom_policy_schema));
}
