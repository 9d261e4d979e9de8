#include "vault/keys/boxes_private.h"

void place_role(struct place *place, const struct ulid *vault, const char *role, int64_t epoch, const char *holder)
{
    place_start(place, "role", vault);
    place_add_text(place, role);
    place_add_number(place, (uint64_t)epoch);
    place_add_text(place, holder);
}

void place_share(struct place *place, const struct ulid *vault, const char *role, int64_t epoch, int64_t split,
    int64_t number, const char *holder)
{
    place_start(place, "role share", vault);
    place_add_text(place, role);
    place_add_number(place, (uint64_t)epoch);
    place_add_number(place, (uint64_t)split);
    place_add_number(place, (uint64_t)number);
    place_add_text(place, holder);
}

void place_given(struct place *place, const struct ulid *vault, const char *role, int64_t epoch, int64_t split,
    int64_t number, const char *member)
{
    place_start(place, "given share", vault);
    place_add_text(place, role);
    place_add_number(place, (uint64_t)epoch);
    place_add_number(place, (uint64_t)split);
    place_add_number(place, (uint64_t)number);
    place_add_text(place, member);
}

void place_portfolio(struct place *place, const struct ulid *vault, const char *portfolio,
    enum compartment compartment, int64_t epoch, const char *role, int64_t role_epoch)
{
    place_start(place, "portfolio", vault);
    place_add_text(place, portfolio);
    place_add_number(place, compartment);
    place_add_number(place, (uint64_t)epoch);
    place_add_text(place, role);
    place_add_number(place, (uint64_t)role_epoch);
}

void place_index(struct place *place, const struct ulid *vault, const char *portfolio, enum compartment compartment,
    int64_t portfolio_epoch)
{
    place_start(place, "index", vault);
    place_add_text(place, portfolio);
    place_add_number(place, compartment);
    place_add_number(place, (uint64_t)portfolio_epoch);
}

void place_trace(struct place *place, const struct ulid *vault, const char *portfolio, enum compartment compartment,
    const char *role, int64_t role_epoch)
{
    place_start(place, "trace", vault);
    place_add_text(place, portfolio);
    place_add_number(place, compartment);
    place_add_text(place, role);
    place_add_number(place, (uint64_t)role_epoch);
}

void place_client(struct place *place, const struct ulid *vault, const struct ulid *client,
    enum compartment compartment, int64_t epoch, const char *portfolio, int64_t portfolio_epoch)
{
    place_start(place, "client", vault);
    place_add(place, ulid_bytes(client));
    place_add_number(place, compartment);
    place_add_number(place, (uint64_t)epoch);
    place_add_text(place, portfolio);
    place_add_number(place, (uint64_t)portfolio_epoch);
}

void place_copy(
    struct place *place, const struct ulid *vault, struct bytes commitment, const char *role, int64_t role_epoch)
{
    place_start(place, "copy seed", vault);
    place_add(place, commitment);
    place_add_text(place, role);
    place_add_number(place, (uint64_t)role_epoch);
}

void place_investigation(
    struct place *place, const struct ulid *vault, int64_t number, const char *role, int64_t role_epoch)
{
    place_start(place, "investigation", vault);
    place_add_number(place, (uint64_t)number);
    place_add_text(place, role);
    place_add_number(place, (uint64_t)role_epoch);
}
