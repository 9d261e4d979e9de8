/* What of a page's looks is said to the program that makes DOCX. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/render.h"

static void becomes(const char *lang, const char *body, const char *wanted)
{
    struct buffer page = {0};
    struct buffer plain = {0};
    buffer_put_format(
        &page, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head></head>\n<body>%s</body>\n</html>\n", lang, body);
    render_plain(buffer_bytes(&page), &plain);
    const char *at = strstr(buffer_text(&plain), "<body>");
    cr_assert_not_null(at);
    cr_expect_eq(strncmp(at + 6, wanted, strlen(wanted)), 0, "%s\n\nwanted:\n%s", at + 6, wanted);
    cr_expect_str_eq(at + 6 + strlen(wanted), "</body></html>\n");
    buffer_free(&page);
    buffer_free(&plain);
}

Test(cli_render, paragraphs_have_styles)
{
    becomes("en", "<p class=\"to\">A</p>", "<div data-custom-style=\"Addressee\"><p>A</p></div>");
    becomes("en", "<p class=\"ref\">A</p><p>B</p>",
        "<div data-custom-style=\"Reference\"><p>A</p></div><p>B</p>");
    becomes("en", "<p class=\"words\">A\nB</p>", "<div data-custom-style=\"Words\"><p>A<br>\nB</p></div>");
    becomes("zh-CN", "<p class=\"words\">A</p>", "<div data-custom-style=\"Words Chinese\"><p>A</p></div>");
    becomes("zh-CN", "<p class=\"words\">A</p>\n<div class=\"sign\">\n<p>B</p></div>",
        "<div data-custom-style=\"Words Chinese Last\"><p>A</p></div>\n<div "
        "data-custom-style=\"Signature\"><p>&nbsp;</p>\n<p>B</p></div>");
}

Test(cli_render, columns_have_widths)
{
    becomes("en",
        "<table><thead><tr><th>A</th><th "
        "class=\"n\">B</th></tr></thead><tr><td>a</td><td>b</td></tr></table>",
        "<table><colgroup><col style=\"width:60%\"><col style=\"width:40%\"></colgroup>"
        "<thead><tr><th>A</th><th class=\"n\">B</th></tr></thead><tr><td>a</td><td>b</td></tr></table>");
    becomes("en", "<table><tr><th>A</th><th>B</th></tr><tr><td>a</td><td class=\"code\">b</td></tr></table>",
        "<table><colgroup><col style=\"width:33%\"><col style=\"width:66%\"></colgroup>"
        "<tr><th>A</th><th>B</th></tr><tr><td>a</td><td class=\"code\">b</td></tr></table>");
}

Test(cli_render, rows_to_be_signed_have_room)
{
    becomes("en", "<tr class=\"blank\"><th>A</th><td></td></tr><tr><td></td></tr>",
        "<tr class=\"blank\"><th>A</th><td>&nbsp;<br>&nbsp;</td></tr><tr><td></td></tr>");
    becomes("en", "<tr class=\"seal\"><td></td></tr>",
        "<tr class=\"seal\"><td>&nbsp;<br>&nbsp;<br>&nbsp;<br>&nbsp;</td></tr>");
}

Test(cli_render, what_is_cut_short_ends)
{
    becomes("en", "<table", "<table");
    becomes("en", "<p class=\"words\">A", "<div data-custom-style=\"Words\"><p>A");
    becomes("en", "<table><tr><th", "<table><tr><th");
}
