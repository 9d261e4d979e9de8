/*
 * Prints, as JSON, the tables that the server's program reads: operations with their arguments, routes, and
 * errors with their statuses.  openapi.py makes the API's document of them, which so cannot say anything else
 * than what is served.  Runs during the build only.
 */
#include <stdio.h>

#include "vault/ops/ops.h"
#include "vault/server/front_private.h"

static void put_operations(void)
{
    const char *name;
    (void)puts("\"operations\":[");
    for (size_t i = 0; (name = operation_at(i)) != NULL; i++) {
        const char *reads;
        const char *writes;
        bool secret;
        const char *arguments = operation_arguments(name, &secret);
        operation_paths(name, &reads, &writes);
        (void)printf(
            "%s{\"name\":\"%s\",\"arguments\":\"%s\",\"secret\":%s,\"reads\":\"%s\",\"writes\":\"%s\"}\n",
            i == 0 ? "" : ",", name, arguments, secret ? "true" : "false", reads == NULL ? "" : reads,
            writes == NULL ? "" : writes);
    }
    (void)puts("],");
}

static void put_routes(void)
{
    const struct route *route;
    (void)puts("\"routes\":[");
    for (size_t i = 0; (route = route_row(i)) != NULL; i++)
        (void)printf("%s{\"method\":\"%s\",\"path\":\"%s\",\"json\":%s,\"token\":%s,\"body_max\":%zu,"
                     "\"operation\":\"%s\"}\n",
            i == 0 ? "" : ",", route->method, route->path, route->json ? "true" : "false",
            route->token ? "true" : "false", route->body_max,
            route->operation == NULL ? "" : route->operation);
    (void)puts("],");
}

static void put_errors(void)
{
    (void)puts("\"errors\":[");
    for (int error = VAULT_EUSAGE; error >= VAULT_ERROR_LAST; error--)
        (void)printf("%s{\"name\":\"%s\",\"code\":%d,\"exit\":%d,\"status\":%u,\"title\":\"%s\"}\n",
            error == VAULT_EUSAGE ? "" : ",", vault_error_name(error), error, vault_exit_status(error),
            problem_status(error, false), vault_error_text(error));
    (void)puts("]");
}

int main(void)
{
    (void)puts("{");
    put_operations();
    put_routes();
    put_errors();
    (void)puts("}");
    return fflush(stdout) == 0 ? 0 : 1;
}
