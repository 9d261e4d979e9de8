#include "vault/ops/keeping/mail_private.h"

#include <stdlib.h>

#define SENDMAIL "/usr/sbin/sendmail"
#define MAIL_MS 20000u

void mail_send(const char *address, const char *subject, struct bytes text, struct program_end *end)
{
    /* The address in the header is the one it goes to (-t); a line with a dot is a line (-i). */
    static const char *const arguments[] = {"-t", "-i", NULL};
    const char *other = getenv("STRONGROOM_SENDMAIL");
    struct buffer letter = {0};
    *end = (struct program_end){.how = "not started"};
    /* RFC 5322 and 2045; RFC 3834: nobody's holiday reply is wanted. */
    buffer_put_format(&letter,
        "To: %s\nSubject: %s\nMIME-Version: 1.0\nContent-Type: text/plain; "
        "charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
        "Auto-Submitted: auto-generated\n\n",
        address, subject);
    buffer_put(&letter, text);
    if (buffer_error(&letter) == VAULT_OK)
        program_run(other != NULL ? other : SENDMAIL, arguments, buffer_bytes(&letter), MAIL_MS, end);
    buffer_free(&letter);
}
