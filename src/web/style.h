/* style.h - the stylesheets and the few other files that pages need, all served by us. */
#ifndef WEB_STYLE_H
#define WEB_STYLE_H

#include "web/router.h"

/* "/style.css?v=..." : changes with the content, so that browsers may keep it for a year. */
const char *style_url(struct ctx *ctx);
/* The same of /desk.css, which stands on top of it on the help desk's screens. */
const char *style_desk_url(struct ctx *ctx);

/* GET /style.css, /desk.css and /favicon.svg */
handler_fn style_css, style_desk_css, style_favicon;

#endif
