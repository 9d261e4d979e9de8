/**
 * @file ext.h
 * The extension types: decimal, ipaddr, datetime, duration; their functions as a table.
 */
#ifndef POLICY_EXT_H
#define POLICY_EXT_H

#include "policy/value.h"

enum cedar_fn {
    CEDAR_FN_DECIMAL,
    CEDAR_FN_IP,
    CEDAR_FN_DATETIME,
    CEDAR_FN_DURATION, /* constructors up to here */
    CEDAR_FN_LESS,
    CEDAR_FN_LESS_EQUAL,
    CEDAR_FN_GREATER,
    CEDAR_FN_GREATER_EQUAL,
    CEDAR_FN_IS_IPV4,
    CEDAR_FN_IS_IPV6,
    CEDAR_FN_IS_LOOPBACK,
    CEDAR_FN_IS_MULTICAST,
    CEDAR_FN_IS_IN_RANGE,
    CEDAR_FN_OFFSET,
    CEDAR_FN_DURATION_SINCE,
    CEDAR_FN_TO_DATE,
    CEDAR_FN_TO_TIME,
    CEDAR_FN_TO_MILLISECONDS,
    CEDAR_FN_TO_SECONDS,
    CEDAR_FN_TO_MINUTES,
    CEDAR_FN_TO_HOURS,
    CEDAR_FN_TO_DAYS,
    CEDAR_FN_COUNT,
};

/** name, number of arguments (the receiver counts), their kinds and the result's. */
struct cedar_fn_info {
    const char *name;
    bool method;
    uint8_t argc;
    enum cedar_kind args[2];
    enum cedar_kind result;
};

extern const struct cedar_fn_info cedar_fns[CEDAR_FN_COUNT];

/** The function of that name, or CEDAR_FN_COUNT. */
enum cedar_fn cedar_fn_find(struct cedar_str name);

/** Run a constructor. CEDAR_EINVAL: the text is not of the type; CEDAR_ENOMEM. */
int cedar_ext_parse(
    enum cedar_fn constructor, struct cedar_str text, struct cedar_arena *arena, struct cedar_value *out);

/**
 * Call a function; argument count and kinds are checked.
 * @return NULL, or what was wrong (a constant), "" when memory ran out.
 */
const char *cedar_ext_call(enum cedar_fn fn, const struct cedar_value *args, size_t n,
    struct cedar_arena *arena, struct cedar_value *out);

bool cedar_decimal_read(struct cedar_str s, int64_t *out);
bool cedar_ip_read(struct cedar_str s, struct cedar_ip_data *out);
bool cedar_datetime_read(struct cedar_str s, int64_t *out);
bool cedar_duration_read(struct cedar_str s, int64_t *out);

/* The canonical text that reads back to the same value. */
void cedar_put_decimal(struct cedar_text *t, int64_t n);
void cedar_put_ip(struct cedar_text *t, const struct cedar_ip_data *ip);
void cedar_put_duration(struct cedar_text *t, int64_t ms);
/** False if the instant has no text (a year outside 0000-9999). */
bool cedar_put_datetime(struct cedar_text *t, int64_t ms);

bool cedar_ip_is_loopback(const struct cedar_ip_data *ip);
bool cedar_ip_is_multicast(const struct cedar_ip_data *ip);
bool cedar_ip_in_range(const struct cedar_ip_data *ip, const struct cedar_ip_data *range);

/** False on overflow. */
bool cedar_datetime_to_date(int64_t ms, int64_t *out);
int64_t cedar_datetime_to_time(int64_t ms);

#endif
