/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/html/page_parts.h"

/* The files as they are, so that they can be read, checked and tried as what they are. */
#define EMBED(name, file)                                   \
	__asm__(".pushsection .rodata\n"                    \
		".global " #name "\n"                       \
		".type " #name ", STT_OBJECT\n" #name ":\n" \
		".incbin \"" file "\"\n"                    \
		".byte 0\n"                                 \
		".size " #name ", . - " #name "\n"          \
		".popsection\n")

EMBED(eg_html_style, "prolog/html/page.css");
EMBED(eg_html_script, "prolog/html/page.js");

void eg_html_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}
