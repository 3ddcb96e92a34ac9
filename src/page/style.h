/* style.h - the stylesheet and the few other files that pages need, all served by us. */
#ifndef PAGE_STYLE_H
#define PAGE_STYLE_H

#include "web/router.h"

/* "/style.css?v=..." : changes with the content, so that browsers may keep it for a year. */
const char *style_url(struct ctx *ctx);

/* GET /style.css and /favicon.svg */
handler_fn page_style, page_favicon;

#endif
