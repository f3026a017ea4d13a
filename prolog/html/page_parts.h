/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * page_parts - style and script of the page, and text made harmless for it.
 */
#ifndef EG_HTML_PAGE_PARTS_H
#define EG_HTML_PAGE_PARTS_H

#include <stdio.h>

/* page.css and page.js beside this file. */
extern const char eg_html_style[];
extern const char eg_html_script[];

/*
 * SHA-256 of page.js: the page allows this script and no other, so that text
 * which got past the escaping would not run. A test compares it.
 */
#define EG_HTML_SCRIPT_HASH "Bx/ILeLWCvLPmq4pSzcYKVGW8uuCLKQ+M45P77q1l2Y="

/* @text with & < > " ' as entities: for elements and quoted attributes. */
void eg_html_text(FILE *out, const char *text);

#endif
