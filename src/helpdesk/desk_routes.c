#include "helpdesk/desk_routes.h"

#include "helpdesk/desk_account.h"
#include "helpdesk/desk_audit.h"
#include "helpdesk/desk_error.h"
#include "helpdesk/desk_factor.h"
#include "helpdesk/desk_language.h"
#include "helpdesk/desk_look_up.h"
#include "helpdesk/desk_resets.h"
#include "helpdesk/desk_sign_in.h"
#include "helpdesk/tool.h"
#include "web/style.h"

#define BOTH (METHOD_GET | METHOD_POST)

/* The names in /metrics begin with "desk": the listeners share them. */
static const struct route rows[] = {
    /* the staff provider */
    {METHOD_POST, "/saml/acs", desk_acs, .metric = "desk-acs", .cross_site_post = true},
    /* staff */
    {BOTH, "/sign-in", desk_sign_in, .metric = "desk-sign-in"},
    {METHOD_POST, "/sign-out", desk_sign_out, .metric = "desk-sign-out"},
    {BOTH, "/enrol", desk_enrol, .metric = "desk-enrol"},
    {BOTH, "/second-factor", desk_code, .metric = "desk-code"},
    {BOTH, "/", desk_look_up, .metric = "desk-look-up"},
    {BOTH, "/account", desk_account, .metric = "desk-account"},
    {BOTH, "/resets", desk_resets, .metric = "desk-resets"},
    {METHOD_GET, "/audit", desk_audit, .metric = "desk-audit"},
    /* the ticketing tool */
    {METHOD_POST, TOOL_LOOK_UPS, tool_look_up, .metric = "desk-tool", .cross_site_post = true, .machine = true, .json = true},
    {METHOD_GET, TOOL_DOCUMENT, tool_document, .metric = "desk-tool", .machine = true, .json = true},
    {METHOD_GET, "/language", desk_language, .metric = "desk-language"},
    {METHOD_GET, "/style.css", style_css, .metric = "desk-style"},
    {METHOD_GET, "/desk.css", style_desk_css, .metric = "desk-style"},
    {METHOD_GET, "/favicon.svg", style_favicon, .metric = "desk-style"},
};

const struct routes desk_routes = {.items = rows, .count = sizeof(rows) / sizeof(rows[0]), .error = desk_error_route};
