/* Finding libcurl.  It is not linked: resolving it and what it depends on would cost every command more than
 * ten milliseconds, and only those that ask a server need it. */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "vault/http/http_private.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct curl loaded;
static bool ready;

/* A function's address comes as that of an object; copying the bytes is how POSIX says to turn one into the
 * other. */
static bool find(void *library, const char *name, void *place)
{
    void *address = dlsym(library, name);
    memcpy(place, &address, sizeof address);
    return address != NULL;
}

static bool find_all(void *library, __typeof__(&curl_global_init) *start)
{
    return find(library, "curl_global_init", start) && find(library, "curl_easy_init", &loaded.easy_init) &&
           find(library, "curl_easy_setopt", &loaded.setopt) &&
           find(library, "curl_easy_perform", &loaded.perform) &&
           find(library, "curl_easy_getinfo", &loaded.getinfo) &&
           find(library, "curl_easy_cleanup", &loaded.cleanup) &&
           find(library, "curl_easy_strerror", &loaded.strerror) &&
           find(library, "curl_slist_append", &loaded.slist_append) &&
           find(library, "curl_slist_free_all", &loaded.slist_free_all);
}

static bool load(void)
{
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    __typeof__(&curl_global_init) start = NULL;
    void *library = NULL;
    for (size_t i = 0; library == NULL && i < sizeof names / sizeof names[0]; i++)
        library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    return library != NULL && find_all(library, &start) && start(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const struct curl *curl_loaded(struct failure *failure)
{
    (void)pthread_mutex_lock(&lock);
    if (!ready)
        ready = load();
    (void)pthread_mutex_unlock(&lock);
    if (ready)
        return &loaded;
    failure_remedy(failure, "install the package that has libcurl.so.4");
    (void)failure_set(failure, VAULT_EVERSION, "libcurl, which speaks HTTP, cannot be loaded");
    return NULL;
}
