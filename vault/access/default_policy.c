/* The default policy's text, as it stands in policy/default.cedar, inside the program. */
#include "vault/access/policy_text_private.h"

/* .incbin takes the file as it is, so that what people read and what runs cannot differ. */
__asm__(".section .rodata\n"
        ".global strongroom_default_policy\n"
        "strongroom_default_policy:\n"
        ".incbin \"" DEFAULT_POLICY_FILE "\"\n"
        ".global strongroom_default_policy_end\n"
        "strongroom_default_policy_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const char strongroom_default_policy[] __attribute__((visibility("hidden")));
extern const char strongroom_default_policy_end[] __attribute__((visibility("hidden")));

struct bytes default_policy(void)
{
    return bytes_of(strongroom_default_policy, (size_t)(strongroom_default_policy_end - strongroom_default_policy));
}
