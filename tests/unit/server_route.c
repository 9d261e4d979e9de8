/* What can be asked over HTTP, and which status an error has. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/server/etag.h"
#include "vault/server/front_private.h"

static unsigned status_of(const char *method, const char *path, uint8_t ask, const char *name)
{
    const char *rest;
    unsigned status;
    const struct route *route = route_find(method, path, &rest, &status);
    if (route == NULL)
        return status;
    cr_assert_eq(route->ask, ask, "%s %s", method, path);
    cr_assert_str_eq(rest, name);
    return 0;
}

Test(server_route, every_question_has_one_place)
{
    cr_assert_eq(status_of("POST", "/v1/sessions", ASK_LOGIN, ""), 0);
    cr_assert_eq(status_of("GET", "/v1/sessions", ASK_SESSIONS, ""), 0);
    cr_assert_eq(status_of("DELETE", "/v1/sessions/current", ASK_LOGOUT, ""), 0);
    cr_assert_eq(status_of("DELETE", "/v1/sessions/01AB", ASK_END, "01AB"), 0);
    cr_assert_eq(status_of("POST", "/v1/operations/record.read", ASK_RUN, "record.read"), 0);
    cr_assert_eq(status_of("GET", "/v1/files/01AB-0", ASK_FETCH, "01AB-0"), 0);
    cr_assert_eq(status_of("GET", "/healthz", ASK_HEALTH, ""), 0);
    cr_assert_eq(status_of("GET", "/readyz", ASK_READY, ""), 0);
    cr_assert_eq(status_of("GET", "/metrics", ASK_METRICS, ""), 0);
}

Test(server_route, anything_else_is_not_there)
{
    static const char *const paths[] = {"", "/", "/v1", "/v1/sessions/", "/v1/operations/",
        "/v1/operations/a/b", "/v1/operations/..%2f", "/v1/files/../slots", "/v1/operations/a b",
        "/V1/sessions", "//healthz", "/healthz/",
        "/v1/operations/0123456789012345678901234567890123456789012345678901234567890123x"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        cr_assert_eq(status_of("POST", paths[i], 0, ""), 404, "%s", paths[i]);
    cr_assert_eq(status_of("DELETE", "/healthz", 0, ""), 405);
    cr_assert_eq(status_of("get", "/healthz", 0, ""), 405, "methods are of one case");
}

Test(server_route, a_token_is_sixty_four_digits_and_nothing_else)
{
    char text[80] = "Bearer ";
    cr_assert_eq(route_token(NULL).size, 0);
    memset(text + 7, 'a', 64);
    cr_assert_eq(route_token(text).size, 64);
    text[70] = 'g';
    cr_assert_eq(route_token(text).size, 0);
    text[70] = 'a';
    text[71] = 'a';
    cr_assert_eq(route_token(text).size, 0, "one too many");
    text[70] = '\0';
    cr_assert_eq(route_token(text).size, 0, "one too few");
    cr_assert_eq(route_token("Basic YTpi").size, 0);
}

Test(server_route, a_path_tells_its_methods)
{
    char methods[ROUTE_METHODS_SIZE];
    route_methods("/v1/sessions", methods);
    cr_assert_str_eq(methods, "GET, HEAD, POST, OPTIONS");
    route_methods("/v1/files/01AB-0", methods);
    cr_assert_str_eq(methods, "GET, OPTIONS", "a file is gone once it was fetched");
    route_methods("/v1/operations/record.read", methods);
    cr_assert_str_eq(methods, "POST, OPTIONS");
    route_methods("/v1/operations/no.such", methods);
    cr_assert_str_eq(methods, "");
    route_methods("/nothing", methods);
    cr_assert_str_eq(methods, "");
    cr_assert_eq(status_of("HEAD", "/healthz", ASK_HEALTH, ""), 0);
    cr_assert_eq(status_of("HEAD", "/v1/files/01AB-0", 0, ""), 405);
    cr_assert_eq(status_of("POST", "/v1/operations/no.such", 0, ""), 404);
}

Test(server_route, clients_and_records_have_paths)
{
    char methods[ROUTE_METHODS_SIZE];
    cr_assert_eq(status_of("GET", "/v1/clients", ASK_RUN, ""), 0);
    cr_assert_eq(status_of("GET", "/v1/clients/K0001", ASK_RUN, "K0001"), 0);
    cr_assert_eq(status_of("GET", "/v1/clients/K0001/records", ASK_RUN, "K0001/records"), 0);
    cr_assert_eq(status_of("PATCH", "/v1/clients/K0001/records/01AB", ASK_RUN, "K0001/records/01AB"), 0);
    route_methods("/v1/clients/K0001/records/01AB", methods);
    cr_assert_str_eq(methods, "GET, HEAD, PATCH, OPTIONS");
    static const char *const none[] = {"/v1/clients/", "/v1/clients/a/", "/v1/clients/a/records/",
        "/v1/clients//records", "/v1/clients/a b", "/v1/clients/../records", "/v1/clients/a/records/b/c",
        "/v1/clients/a/records/b/history/"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        cr_assert_eq(status_of("GET", none[i], 0, ""), 404, "%s", none[i]);
}

Test(server_route, tags_name_a_version)
{
    static const char id[] = "01M8B9BPPA10FQRBXGHHN3MXR9";
    char tag[ETAG_SIZE];
    int64_t version;
    etag_format(id, 12, tag);
    cr_assert_str_eq(tag, "\"01M8B9BPPA10FQRBXGHHN3MXR9.12\"");
    cr_assert_eq(etag_find(bytes_of_text(tag), id, false, &version), VAULT_OK);
    cr_assert_eq(version, 12);
    cr_assert_eq(etag_find(bytes_of_text(" * "), id, false, &version), VAULT_OK);
    cr_assert_eq(version, 0);
    static const struct {
        const char *list;
        bool weak;
        int result;
        int64_t version;
    } cases[] = {{"W/\"01M8B9BPPA10FQRBXGHHN3MXR9.3\"", false, VAULT_OK, -1},
        {"W/\"01M8B9BPPA10FQRBXGHHN3MXR9.3\"", true, VAULT_OK, 3},
        {"\"x\", \"01M8B9BPPA10FQRBXGHHN3MXR9.3\" ,\"01M8B9BPPA10FQRBXGHHN3MXR9.2\",", false, VAULT_OK, 3},
        {"\"01M8B9BPPA10FQRBXGHHN3MXR9.03\"", false, VAULT_OK, -1},
        {"\"01M8B9BPPA10FQRBXGHHN3MXR9.\"", false, VAULT_OK, -1},
        {"\"01M8B9BPPA10FQRBXGHHN3MXR9.99999999999999999999\"", false, VAULT_OK, -1},
        {"\"01M8B9BPPA10FQRBXGHHN3MXR8.3\"", false, VAULT_OK, -1}, {"\"\"", false, VAULT_OK, -1},
        {"\"x\" \"y\"", false, VAULT_EUSAGE, -1}, {"\"x", false, VAULT_EUSAGE, -1},
        {"x", false, VAULT_EUSAGE, -1}, {"", false, VAULT_EUSAGE, -1}, {"*, \"x\"", false, VAULT_EUSAGE, 0},
        {"W/", false, VAULT_EUSAGE, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_assert_eq(etag_find(bytes_of_text(cases[i].list), id, cases[i].weak, &version), cases[i].result,
            "%s", cases[i].list);
        cr_assert_eq(version, cases[i].version, "%s", cases[i].list);
    }
}

Test(server_route, the_document_is_one_object)
{
    json_t *document = NULL;
    cr_assert_eq(json_read(openapi_document(), &document, NULL), VAULT_OK);
    cr_assert_not_null(json_text(document, "openapi"));
    json_decref(document);
}

Test(server_route, what_no_answer_comes_in_is_not_acceptable)
{
    cr_assert(route_acceptable(NULL) && route_acceptable("") && route_acceptable("text/html, */*;q=0.1"));
    cr_assert(route_acceptable("application/*") && route_acceptable("Application/X-NDJSON"));
    cr_assert(!route_acceptable("text/html") && !route_acceptable("image/*"));
}

Test(server_route, types)
{
    cr_assert(route_is_json("application/json") && route_is_json("Application/JSON; charset=utf-8"));
    cr_assert(!route_is_json(NULL) && !route_is_json("text/plain") && !route_is_json("application/jsonx"));
    cr_assert(route_wants_lines("text/html, application/x-ndjson;q=1") && !route_wants_lines("*/*"));
}

Test(server_route, every_error_has_a_status)
{
    static const struct {
        int error;
        unsigned status;
    } pairs[] = {{VAULT_EUSAGE, 400}, {VAULT_EINPUT, 422}, {VAULT_EPASSPHRASE, 401}, {VAULT_EDENIED, 403},
        {VAULT_ENOKEY, 403}, {VAULT_ENOTFOUND, 404}, {VAULT_EEXISTS, 409}, {VAULT_ELIMIT, 413},
        {VAULT_EFROZEN, 423}, {VAULT_EBUSY, 503}, {VAULT_ENOMEM, 503}, {VAULT_ELOG, 507},
        {VAULT_EFORGED, 500}, {VAULT_EDAMAGED, 500}, {VAULT_EROLLBACK, 500}, {VAULT_EIO, 500},
        {VAULT_EINTERNAL, 500}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        cr_assert_eq(problem_status(pairs[i].error, false), pairs[i].status, "%d", pairs[i].error);
    cr_assert_eq(problem_status(VAULT_ELIMIT, true), 429);
}

Test(server_route, a_problem_holds_what_the_keeper_told)
{
    unsigned again;
    struct buffer out = {0};
    json_t *problem = NULL;
    const char *told = "{\"error\":\"denied\",\"code\":-10,\"message\":\"denied: \\\"no\\\"\",\"exit\":2}";
    cr_assert_eq(problem_write(bytes_of_text(told), &out, &again), 403);
    cr_assert_eq(json_read(buffer_bytes(&out), &problem, NULL), VAULT_OK, "%s", buffer_text(&out));
    cr_assert_str_eq(json_text(problem, "detail"), "denied: \"no\"");
    cr_assert_str_eq(json_text(problem, "type"), "urn:strongroom:problem:denied");
    cr_assert(json_number(problem, "status", 0) == 403 && json_number(problem, "exit", 0) == 2 && again == 0);
    json_decref(problem);
    buffer_reset(&out);
    cr_assert_eq(problem_write(bytes_of_text("no JSON"), &out, &again), 500, "a keeper that talks nonsense");
    cr_assert_eq(json_read(buffer_bytes(&out), &problem, NULL), VAULT_OK);
    json_decref(problem);
    buffer_free(&out);
}
