/* The HTTP door and the HTTP client, one against the other over real sockets. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/witness_fixture.h"
#include "vault/http/http.h"
#include "vault/witness/door.h"

struct house {
    struct scene scene;
    struct door *door;
    struct http_client *client;
};

static void house_start(struct house *house, const struct door_options *options)
{
    scene_start(&house->scene);
    struct failure *failure = &house->scene.failure;
    cr_assert_eq(door_open(house->scene.witness, house->scene.directory, options, &house->door, failure),
        VAULT_OK, "%s", failure->text);
    struct http_server server = {.url = door_url(house->door),
        .pin = door_pin(house->door) == NULL ? NULL : door_pin(house->door)->data};
    cr_assert_eq(http_client_new(&server, &house->client, failure), VAULT_OK, "%s", failure->text);
}

static void house_end(struct house *house)
{
    http_client_free(house->client);
    door_free(house->door);
    scene_end(&house->scene);
}

static unsigned post(struct house *house, const char *path, struct bytes body, struct http_answer *answer)
{
    struct http_request request = {
        .method = "POST", .path = path, .content_type = "text/plain", .body = body};
    failure_clear(&house->scene.failure);
    cr_assert_eq(http_ask(house->client, &request, answer, &house->scene.failure), VAULT_OK, "%s",
        house->scene.failure.text);
    return answer->status;
}

static void cosign_some(struct house *house)
{
    for (uint64_t size = 1; size < 20; size++) {
        struct buffer body = {0};
        struct http_answer answer;
        grove_body(&house->scene.log, size - 1, size, &body);
        cr_assert_eq(post(house, "/add-checkpoint", buffer_bytes(&body), &answer), 200);
        struct witness_answer same = {.body = answer.body};
        cr_assert(scene_is_cosigned(&house->scene, &house->scene.log, size, &same));
        http_answer_free(&answer);
        buffer_free(&body);
    }
}

Test(witness_door, cosigns_over_tls)
{
    struct house house;
    house_start(&house, &(struct door_options){.listen = "127.0.0.1:0"});
    cosign_some(&house);
    struct buffer body = {0};
    struct http_answer answer;
    grove_body(&house.scene.log, 3, 20, &body);
    cr_assert_eq(post(&house, "/add-checkpoint", buffer_bytes(&body), &answer), 409);
    cr_assert_str_eq(answer.content_type, "text/x.tlog.size");
    cr_assert_str_eq(buffer_text(&answer.body), "19\n");
    http_answer_free(&answer);
    buffer_free(&body);
    house_end(&house);
}

Test(witness_door, cosigns_over_plain_http_and_sockets)
{
    struct house house;
    char path[100];
    house_start(&house, &(struct door_options){.listen = "127.0.0.1:0", .plain = true});
    cosign_some(&house);
    house_end(&house);
    (void)snprintf(path, sizeof path, "unix:/tmp/strongroom-door-%ld", (long)getpid());
    house_start(&house, &(struct door_options){.listen = path});
    cosign_some(&house);
    house_end(&house);
}

Test(witness_door, keeps_its_certificate)
{
    struct house house;
    house_start(&house, &(struct door_options){.listen = "127.0.0.1:0"});
    struct hash pin = *door_pin(house.door);
    door_free(house.door);
    house.door = NULL;
    cr_assert_eq(door_open(house.scene.witness, house.scene.directory,
                     &(struct door_options){.listen = "127.0.0.1:0"}, &house.door, &house.scene.failure),
        VAULT_OK);
    cr_assert(hash_equal(&pin, door_pin(house.door)));
    house_end(&house);
}

Test(witness_door, another_key_is_refused_by_the_client)
{
    struct house house;
    struct http_client *client;
    struct http_answer answer;
    struct hash pin;
    house_start(&house, &(struct door_options){.listen = "127.0.0.1:0"});
    pin = *door_pin(house.door);
    pin.data[0] ^= 1;
    struct http_server server = {.url = door_url(house.door), .pin = pin.data};
    struct http_request request = {.method = "GET", .path = "/metrics"};
    cr_assert_eq(http_client_new(&server, &client, NULL), VAULT_OK);
    cr_assert_eq(http_ask(client, &request, &answer, &house.scene.failure), VAULT_EFORGED, "%s",
        house.scene.failure.text);
    cr_assert_eq(answer.body.size, 0);
    http_client_free(client);
    /* Nobody vouches for a certificate that signs itself. */
    server.pin = NULL;
    failure_clear(&house.scene.failure);
    cr_assert_eq(http_client_new(&server, &client, NULL), VAULT_OK);
    cr_assert_eq(http_ask(client, &request, &answer, &house.scene.failure), VAULT_EFORGED, "%s",
        house.scene.failure.text);
    http_client_free(client);
    house_end(&house);
}

Test(witness_door, what_is_not_there_and_what_is_too_long)
{
    struct house house;
    struct http_answer answer;
    uint8_t *much = calloc(1, 300000);
    house_start(&house, &(struct door_options){.listen = "127.0.0.1:0"});
    cr_assert_eq(post(&house, "/nothing", bytes_of_text("x"), &answer), 404);
    http_answer_free(&answer);
    cr_assert_eq(post(&house, "/metrics", bytes_of_text("x"), &answer), 405);
    http_answer_free(&answer);
    cr_assert_eq(post(&house, "/add-checkpoint", bytes_of(much, 300000), &answer), 413);
    http_answer_free(&answer);
    cr_assert_eq(post(&house, "/add-checkpoint", bytes_of(NULL, 0), &answer), 400);
    http_answer_free(&answer);
    cosign_some(&house);
    free(much);
    house_end(&house);
}

Test(witness_door, an_answer_above_the_limit_is_none)
{
    struct house house;
    struct http_client *client;
    struct http_answer answer;
    house_start(&house, &(struct door_options){.listen = "127.0.0.1:0"});
    struct http_server server = {
        .url = door_url(house.door), .pin = door_pin(house.door)->data, .answer_max = 10};
    struct http_request request = {.method = "GET", .path = "/metrics"};
    cr_assert_eq(http_client_new(&server, &client, NULL), VAULT_OK);
    cr_assert_eq(http_ask(client, &request, &answer, NULL), VAULT_ELIMIT);
    http_client_free(client);
    house_end(&house);
}

Test(witness_door, plain_is_for_this_machine_only)
{
    struct scene scene;
    struct door *door;
    scene_start(&scene);
    cr_assert_eq(door_open(scene.witness, scene.directory,
                     &(struct door_options){.listen = "0.0.0.0:0", .plain = true}, &door, &scene.failure),
        VAULT_EUSAGE);
    cr_assert_null(door);
    static const char *const wrong[] = {
        "", "8443", "127.0.0.1", ":80", "nowhere.invalid:80", "127.0.0.1:x", "unix:here"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_neq(door_open(scene.witness, scene.directory, &(struct door_options){.listen = wrong[i]},
                          &door, NULL),
            VAULT_OK, "%s", wrong[i]);
    scene_end(&scene);
}

Test(http_url, which_are_taken)
{
    static const char *const good[] = {"https://witness.example", "https://witness.example:8443/w/1/",
        "http://localhost:1", "http://127.0.0.1:8080", "http://[::1]:8080/x", "https://[2001:db8::1]:1",
        "unix:/run/witness"};
    static const char *const bad[] = {"", "witness.example", "http://witness.example",
        "http://127.evil.example/", "http://localhost.evil.example", "ftp://a", "https://", "https:///x",
        "https://a:b@c/", "https://a/?q", "https://a/#f", "https://a b", "https://a:/", "https://a:123456",
        "unix:run", "file:///etc/passwd", "https://a\n", "http://[::1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert_eq(http_url_check(good[i], false, NULL), VAULT_OK, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(http_url_check(bad[i], false, NULL), VAULT_EUSAGE, "%s", bad[i]);
    cr_assert_eq(http_url_check("http://witness.example", true, NULL), VAULT_OK);
}

Test(http_pin, is_written_and_read)
{
    uint8_t pin[HTTP_PIN_SIZE];
    uint8_t again[HTTP_PIN_SIZE];
    char text[HTTP_PIN_TEXT_SIZE];
    char hex[2 * HTTP_PIN_SIZE + 1];
    for (size_t i = 0; i < sizeof pin; i++)
        pin[i] = (uint8_t)(i * 7);
    http_pin_format(pin, text);
    hex_encode(bytes_of(pin, sizeof pin), hex);
    cr_assert(http_pin_parse(text, again) && memcmp(pin, again, sizeof pin) == 0);
    cr_assert(http_pin_parse(text + 8, again) && memcmp(pin, again, sizeof pin) == 0);
    cr_assert(http_pin_parse(hex, again) && memcmp(pin, again, sizeof pin) == 0);
    cr_assert_not(http_pin_parse("", again));
    cr_assert_not(http_pin_parse("sha256//AAAA", again));
    hex[3] = 'x';
    cr_assert_not(http_pin_parse(hex, again));
}

Test(http_ask, nobody_there)
{
    struct http_client *client;
    struct http_answer answer;
    struct failure failure = {0};
    struct http_server server = {.url = "http://127.0.0.1:1", .connect_ms = 500};
    struct http_request request = {.method = "GET", .path = "/"};
    cr_assert_eq(http_client_new(&server, &client, NULL), VAULT_OK);
    cr_assert_eq(http_ask(client, &request, &answer, &failure), VAULT_EIO);
    cr_assert_neq(failure.text[0], '\0');
    http_client_free(client);
}
