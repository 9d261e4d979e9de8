#include "vault/server/sources.h"

#include <arpa/inet.h>
#include <string.h>

/* As IPv6: an IPv4 address behind ::ffff:0:0/96. */
static bool parse(const char *text, uint8_t address[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct in_addr four;
    if (inet_pton(AF_INET6, text, address) == 1)
        return true;
    if (inet_pton(AF_INET, text, &four) != 1)
        return false;
    memcpy(address, mapped, sizeof mapped);
    memcpy(address + sizeof mapped, &four, sizeof four);
    return true;
}

static bool is_mapped(const uint8_t address[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(address, mapped, sizeof mapped) == 0;
}

bool source_fits(enum session_bind bind, const char *began, const char *now)
{
    uint8_t before[16];
    uint8_t after[16];
    if (bind == SESSION_BIND_NONE)
        return true;
    if (!parse(began, before) || !parse(now, after))
        return strcmp(began, now) == 0;
    size_t same = bind == SESSION_BIND_ADDRESS ? 16 : is_mapped(before) ? 15 : 8;
    return memcmp(before, after, same) == 0;
}
