/* The table of extension functions and their calls. */
#include "policy/ext.h"

#define UNARY(kind, result) true, 1, {kind, kind}, result
#define BINARY(left, right, result) true, 2, {left, right}, result
#define MAKE(result) false, 1, {CEDAR_STRING, CEDAR_STRING}, result

const struct cedar_fn_info cedar_fns[CEDAR_FN_COUNT] = {
    [CEDAR_FN_DECIMAL] = {"decimal", MAKE(CEDAR_DECIMAL)},
    [CEDAR_FN_IP] = {"ip", MAKE(CEDAR_IP)},
    [CEDAR_FN_DATETIME] = {"datetime", MAKE(CEDAR_DATETIME)},
    [CEDAR_FN_DURATION] = {"duration", MAKE(CEDAR_DURATION)},
    [CEDAR_FN_LESS] = {"lessThan", BINARY(CEDAR_DECIMAL, CEDAR_DECIMAL, CEDAR_BOOL)},
    [CEDAR_FN_LESS_EQUAL] = {"lessThanOrEqual", BINARY(CEDAR_DECIMAL, CEDAR_DECIMAL, CEDAR_BOOL)},
    [CEDAR_FN_GREATER] = {"greaterThan", BINARY(CEDAR_DECIMAL, CEDAR_DECIMAL, CEDAR_BOOL)},
    [CEDAR_FN_GREATER_EQUAL] = {"greaterThanOrEqual", BINARY(CEDAR_DECIMAL, CEDAR_DECIMAL, CEDAR_BOOL)},
    [CEDAR_FN_IS_IPV4] = {"isIpv4", UNARY(CEDAR_IP, CEDAR_BOOL)},
    [CEDAR_FN_IS_IPV6] = {"isIpv6", UNARY(CEDAR_IP, CEDAR_BOOL)},
    [CEDAR_FN_IS_LOOPBACK] = {"isLoopback", UNARY(CEDAR_IP, CEDAR_BOOL)},
    [CEDAR_FN_IS_MULTICAST] = {"isMulticast", UNARY(CEDAR_IP, CEDAR_BOOL)},
    [CEDAR_FN_IS_IN_RANGE] = {"isInRange", BINARY(CEDAR_IP, CEDAR_IP, CEDAR_BOOL)},
    [CEDAR_FN_OFFSET] = {"offset", BINARY(CEDAR_DATETIME, CEDAR_DURATION, CEDAR_DATETIME)},
    [CEDAR_FN_DURATION_SINCE] = {"durationSince", BINARY(CEDAR_DATETIME, CEDAR_DATETIME, CEDAR_DURATION)},
    [CEDAR_FN_TO_DATE] = {"toDate", UNARY(CEDAR_DATETIME, CEDAR_DATETIME)},
    [CEDAR_FN_TO_TIME] = {"toTime", UNARY(CEDAR_DATETIME, CEDAR_DURATION)},
    [CEDAR_FN_TO_MILLISECONDS] = {"toMilliseconds", UNARY(CEDAR_DURATION, CEDAR_LONG)},
    [CEDAR_FN_TO_SECONDS] = {"toSeconds", UNARY(CEDAR_DURATION, CEDAR_LONG)},
    [CEDAR_FN_TO_MINUTES] = {"toMinutes", UNARY(CEDAR_DURATION, CEDAR_LONG)},
    [CEDAR_FN_TO_HOURS] = {"toHours", UNARY(CEDAR_DURATION, CEDAR_LONG)},
    [CEDAR_FN_TO_DAYS] = {"toDays", UNARY(CEDAR_DURATION, CEDAR_LONG)},
};

enum cedar_fn cedar_fn_find(struct cedar_str name)
{
    int fn = 0;

    while (fn < CEDAR_FN_COUNT && !cedar_str_is(name, cedar_fns[fn].name))
        fn++;
    return (enum cedar_fn)fn;
}

static int parse_ip(struct cedar_str text, struct cedar_arena *arena, struct cedar_value *out)
{
    struct cedar_ip_data *ip = cedar_arena_alloc(arena, sizeof(*ip));

    if (!ip)
        return CEDAR_ENOMEM;
    *out = (struct cedar_value){.kind = CEDAR_IP, .u.ip = ip};
    return cedar_ip_read(text, ip) ? CEDAR_OK : CEDAR_EINVAL;
}

int cedar_ext_parse(
    enum cedar_fn fn, struct cedar_str text, struct cedar_arena *arena, struct cedar_value *out)
{
    int64_t n = 0;
    bool good;

    if (fn == CEDAR_FN_IP)
        return parse_ip(text, arena, out);
    if (fn == CEDAR_FN_DECIMAL)
        good = cedar_decimal_read(text, &n);
    else if (fn == CEDAR_FN_DATETIME)
        good = cedar_datetime_read(text, &n);
    else
        good = cedar_duration_read(text, &n);
    *out = cedar_of_number(cedar_fns[fn].result, n);
    return good ? CEDAR_OK : CEDAR_EINVAL;
}

static bool compare(enum cedar_fn fn, int64_t a, int64_t b)
{
    if (fn == CEDAR_FN_LESS)
        return a < b;
    if (fn == CEDAR_FN_LESS_EQUAL)
        return a <= b;
    return fn == CEDAR_FN_GREATER ? a > b : a >= b;
}

static bool test_ip(enum cedar_fn fn, const struct cedar_ip_data *ip)
{
    if (fn == CEDAR_FN_IS_IPV4 || fn == CEDAR_FN_IS_IPV6)
        return ip->v6 == (fn == CEDAR_FN_IS_IPV6);
    return fn == CEDAR_FN_IS_LOOPBACK ? cedar_ip_is_loopback(ip) : cedar_ip_is_multicast(ip);
}

static const char *call_datetime(enum cedar_fn fn, const struct cedar_value *args, struct cedar_value *out)
{
    int64_t n = 0;
    bool overflow = false;

    if (fn == CEDAR_FN_OFFSET)
        overflow = __builtin_add_overflow(args[0].u.n, args[1].u.n, &n);
    else if (fn == CEDAR_FN_DURATION_SINCE)
        overflow = __builtin_sub_overflow(args[0].u.n, args[1].u.n, &n);
    else if (fn == CEDAR_FN_TO_DATE)
        overflow = !cedar_datetime_to_date(args[0].u.n, &n);
    else
        n = cedar_datetime_to_time(args[0].u.n);
    *out = cedar_of_number(cedar_fns[fn].result, n);
    return overflow ? "the result is outside the range of its type" : NULL;
}

static int64_t to_unit(enum cedar_fn fn, int64_t ms)
{
    static const int64_t units[] = {1, 1000, 60000, 3600000, 86400000};

    return ms / units[fn - CEDAR_FN_TO_MILLISECONDS];
}

static const char *check_args(const struct cedar_fn_info *info, const struct cedar_value *args, size_t n)
{
    static const char *const wrong[] = {
        "takes a String", "takes a decimal", "takes an ipaddr", "takes a datetime", "takes a duration"};

    if (n != info->argc)
        return "takes another number of arguments";
    for (size_t i = 0; i < n; i++) {
        if (args[i].kind != info->args[i])
            return info->args[i] >= CEDAR_DECIMAL ? wrong[info->args[i] - CEDAR_DECIMAL + 1] : wrong[0];
    }
    return NULL;
}

static const char *construct(
    enum cedar_fn fn, struct cedar_str text, struct cedar_arena *arena, struct cedar_value *out)
{
    static const char *const wrong[] = {"is not a decimal with 1 to 4 digits after the point",
        "is not an IP address", "is not a datetime", "is not a duration"};
    int r = cedar_ext_parse(fn, text, arena, out);

    if (r == CEDAR_OK)
        return NULL;
    return r == CEDAR_ENOMEM ? "" : wrong[fn];
}

const char *cedar_ext_call(enum cedar_fn fn, const struct cedar_value *args, size_t n,
    struct cedar_arena *arena, struct cedar_value *out)
{
    const char *wrong = check_args(&cedar_fns[fn], args, n);

    if (wrong)
        return wrong;
    if (fn <= CEDAR_FN_DURATION)
        return construct(fn, args[0].u.s, arena, out);
    if (fn <= CEDAR_FN_GREATER_EQUAL)
        *out = cedar_of_bool(compare(fn, args[0].u.n, args[1].u.n));
    else if (fn == CEDAR_FN_IS_IN_RANGE)
        *out = cedar_of_bool(cedar_ip_in_range(args[0].u.ip, args[1].u.ip));
    else if (fn <= CEDAR_FN_IS_MULTICAST)
        *out = cedar_of_bool(test_ip(fn, args[0].u.ip));
    else if (fn <= CEDAR_FN_TO_TIME)
        return call_datetime(fn, args, out);
    else
        *out = cedar_of_number(CEDAR_LONG, to_unit(fn, args[0].u.n));
    return NULL;
}
