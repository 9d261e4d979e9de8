/* ipaddr: an IPv4 or IPv6 address with a prefix length. */
#include "policy/ext.h"

enum { LONGEST = 43 };

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A decimal number without leading zeros that uses all of s. */
static bool read_number(struct cedar_str s, unsigned most, uint8_t *out)
{
    unsigned n = 0;

    if (s.len == 0 || s.len > 3 || (s.len > 1 && s.data[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        n = n * 10 + (unsigned)(s.data[i] - '0');
    }
    *out = (uint8_t)n;
    return n <= most;
}

static bool read_v4(struct cedar_str s, uint8_t *address)
{
    size_t from = 0, part = 0;

    for (size_t i = 0; i <= s.len; i++) {
        if (i < s.len && s.data[i] != '.')
            continue;
        if (part == 4 || !read_number((struct cedar_str){s.data + from, i - from}, 255, &address[part++]))
            return false;
        from = i + 1;
    }
    return part == 4;
}

/* One group of 1 to 4 hex digits; advances *i. */
static bool read_group(struct cedar_str s, size_t *i, uint8_t *two)
{
    unsigned n = 0, digits = 0;

    for (; *i < s.len && hex(s.data[*i]) >= 0; ++*i) {
        n = n << 4 | (unsigned)hex(s.data[*i]);
        if (++digits > 4)
            return false;
    }
    two[0] = (uint8_t)(n >> 8);
    two[1] = (uint8_t)n;
    return digits > 0;
}

static bool gap_at(struct cedar_str s, size_t i)
{
    return i + 1 < s.len && s.data[i] == ':' && s.data[i + 1] == ':';
}

static bool read_v6(struct cedar_str s, uint8_t *address)
{
    uint8_t groups[16] = {0};
    size_t i = 0, n = 0, gap = SIZE_MAX;

    if (gap_at(s, 0)) {
        gap = 0;
        i = 2;
    }
    while (i < s.len) {
        if (n == 8 || !read_group(s, &i, &groups[2 * n++]))
            return false;
        if (i == s.len)
            break;
        if (gap == SIZE_MAX && gap_at(s, i)) {
            gap = n;
            i += 2;
        } else if (s.data[i] != ':' || ++i == s.len) {
            return false;
        }
    }
    if (gap == SIZE_MAX ? n != 8 : n > 7)
        return false;
    if (gap == SIZE_MAX)
        gap = n;
    memset(address, 0, 16);
    memcpy(address, groups, gap * 2);
    memcpy(address + 16 - (n - gap) * 2, groups + gap * 2, (n - gap) * 2);
    return true;
}

bool cedar_ip_read(struct cedar_str s, struct cedar_ip_data *out)
{
    const char *slash = s.len && s.len <= LONGEST ? memchr(s.data, '/', s.len) : NULL;
    struct cedar_str address = {s.data, slash ? (size_t)(slash - s.data) : s.len}, prefix;
    unsigned widest;

    *out = (struct cedar_ip_data){.v6 = false};
    if (s.len == 0 || s.len > LONGEST)
        return false;
    if (!read_v4(address, out->address)) {
        out->v6 = true;
        if (!read_v6(address, out->address))
            return false;
    }
    widest = out->v6 ? 128 : 32;
    out->prefix = (uint8_t)widest;
    if (!slash)
        return true;
    prefix = (struct cedar_str){slash + 1, s.len - address.len - 1};
    return read_number(prefix, widest, &out->prefix);
}

static void put_v6(struct cedar_text *t, const uint8_t *a)
{
    int best = -1, longest = 1;

    for (int i = 0; i < 8; i++) {
        int run = 0;

        while (i + run < 8 && !a[2 * (i + run)] && !a[2 * (i + run) + 1])
            run++;
        if (run > longest) {
            longest = run;
            best = i;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            cedar_puts(t, "::");
            i += longest - 1;
            continue;
        }
        cedar_putf(
            t, "%s%x", i > 0 && i != best + longest ? ":" : "", (unsigned)a[2 * i] << 8 | a[2 * i + 1]);
    }
}

void cedar_put_ip(struct cedar_text *t, const struct cedar_ip_data *ip)
{
    const uint8_t *a = ip->address;

    if (ip->v6)
        put_v6(t, a);
    else
        cedar_putf(t, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
    if (ip->prefix != (ip->v6 ? 128 : 32))
        cedar_putf(t, "/%u", ip->prefix);
}

bool cedar_ip_is_loopback(const struct cedar_ip_data *ip)
{
    static const uint8_t one[16] = {[15] = 1};

    if (ip->v6)
        return ip->prefix == 128 && memcmp(ip->address, one, 16) == 0;
    return ip->address[0] == 127 && ip->prefix >= 8;
}

bool cedar_ip_is_multicast(const struct cedar_ip_data *ip)
{
    if (ip->v6)
        return ip->address[0] == 0xFF && ip->prefix >= 8;
    return ip->address[0] >> 4 == 14 && ip->prefix >= 4;
}

bool cedar_ip_in_range(const struct cedar_ip_data *ip, const struct cedar_ip_data *range)
{
    unsigned bits = range->prefix, whole = bits / 8;

    if (ip->v6 != range->v6 || ip->prefix < range->prefix)
        return false;
    if (memcmp(ip->address, range->address, whole) != 0)
        return false;
    return bits % 8 == 0 || (ip->address[whole] ^ range->address[whole]) >> (8 - bits % 8) == 0;
}
