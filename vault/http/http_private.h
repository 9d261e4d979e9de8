/**
 * @file http_private.h
 * Inside the room: libcurl's calls as they were found, and what URLs are made of.
 */
#ifndef VAULT_HTTP_HTTP_PRIVATE_H
#define VAULT_HTTP_HTTP_PRIVATE_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "vault/http/http.h"

#define SOCKET_PATH_MAX 104

/* The macros of the same names would hide the calls' types. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

/** The few calls that we use. */
struct curl {
    __typeof__(&curl_easy_init) easy_init;
    __typeof__(&curl_easy_setopt) setopt;
    __typeof__(&curl_easy_perform) perform;
    __typeof__(&curl_easy_getinfo) getinfo;
    __typeof__(&curl_easy_cleanup) cleanup;
    __typeof__(&curl_easy_strerror) strerror;
    __typeof__(&curl_slist_append) slist_append;
    __typeof__(&curl_slist_free_all) slist_free_all;
};

/** libcurl, loaded once a process and never unloaded; NULL if it cannot be, with a sentence in @p failure. */
const struct curl *curl_loaded(struct failure *failure);

/** The path of "unix:PATH", or NULL. */
const char *url_socket(const char *url);

#endif
