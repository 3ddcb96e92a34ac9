#include "page/routes.h"

#include "api/api.h"
#include "page/acs.h"
#include "page/admission.h"
#include "page/choose_portal.h"
#include "page/close_account.h"
#include "page/continue.h"
#include "page/credential_in_use.h"
#include "page/enrol_mail.h"
#include "page/enrol_method.h"
#include "page/enrol_totp.h"
#include "page/error.h"
#include "page/language_link.h"
#include "page/manage.h"
#include "page/notices.h"
#include "page/oidc_endpoints.h"
#include "page/recover.h"
#include "page/recovery_codes.h"
#include "page/relink_page.h"
#include "page/saml_metadata.h"
#include "page/saml_soap.h"
#include "page/second_factor.h"
#include "page/sign_in.h"
#include "page/signed_out.h"
#include "page/success.h"
#include "web/style.h"

#define BOTH (METHOD_GET | METHOD_POST)

static const struct route rows[] = {
    /* portals */
    {BOTH, "/authorize", page_authorize, "authorize", .cross_site_post = true, .own_malformed = true},
    {METHOD_POST, "/token", page_token, "token", .cross_site_post = true, .machine = true, .own_malformed = true},
    {BOTH, "/userinfo", page_userinfo, "userinfo", .cross_site_post = true, .machine = true, .own_malformed = true},
    {METHOD_GET, "/.well-known/openid-configuration", page_discovery, "discovery", .machine = true},
    {METHOD_GET, "/.well-known/oauth-authorization-server", page_discovery, "discovery", .machine = true},
    {METHOD_GET, "/jwks.json", page_jwks, "jwks", .machine = true},
    /* portals' own programs */
#define API .cross_site_post = true, .machine = true, .json = true
    {METHOD_GET, "/api/v1/openapi.json", api_document, "api-document", .machine = true, .json = true},
    {BOTH, "/api/v1/invitations", api_invitations, "api-invitations", API},
    {METHOD_GET, "/api/v1/invitations/{id}", api_invitation, "api-invitations", API},
    {METHOD_POST, "/api/v1/invitations/{id}/revoke", api_invitation_revoke, "api-invitations", API},
    {METHOD_GET, "/api/v1/approvals", api_approvals, "api-approvals", API},
    {METHOD_GET, "/api/v1/accounts/{sub}", api_account, "api-accounts", API},
    {METHOD_POST, "/api/v1/accounts/{sub}/approve", api_account_approve, "api-accounts", API},
    {METHOD_POST, "/api/v1/accounts/{sub}/refuse", api_account_refuse, "api-accounts", API},
    {METHOD_POST, "/api/v1/accounts/{sub}/end-sessions", api_account_end_sessions, "api-accounts", API},
    {METHOD_GET, "/api/v1/relink-claims", api_claims, "api-relink-claims", API},
    {METHOD_GET, "/api/v1/relink-claims/{id}", api_claim, "api-relink-claims", API},
    {METHOD_POST, "/api/v1/relink-claims/{id}/approve", api_claim_approve, "api-relink-claims", API},
    {METHOD_POST, "/api/v1/relink-claims/{id}/refuse", api_claim_refuse, "api-relink-claims", API},
#undef API
    /* credential providers */
    {METHOD_POST, "/saml/acs", page_acs, "acs", .cross_site_post = true},
    {METHOD_GET, "/saml/metadata", page_saml_metadata, .metric = "metadata"},
    {METHOD_POST, "/saml/soap", page_saml_soap, "soap", .cross_site_post = true, .machine = true, .own_malformed = true},
    /* people */
    {METHOD_GET, "/", page_root, .metric = "root"},
    {BOTH, "/sign-in", page_sign_in, .metric = "sign-in"},
    {BOTH, "/credential-in-use", page_credential_in_use, .metric = "credential-in-use"},
    {BOTH, "/admission", page_admission, .metric = "admission"},
    {METHOD_GET, "/account-ended", page_account_ended, .metric = "account-ended"},
    {BOTH, "/waiting", page_waiting, .metric = "waiting"},
    {BOTH, "/enrol", page_enrol, .metric = "enrol"},
    {BOTH, "/enrol/app", page_enrol_totp, .metric = "enrol-totp"},
    {BOTH, "/enrol/mail", page_enrol_mail, .metric = "enrol-mail"},
    {BOTH, "/enrol/mail/code", page_enrol_mail_code, .metric = "enrol-mail-code"},
    {BOTH, "/notice-address", page_notice_address, .metric = "notice-address"},
    {BOTH, "/not-me", page_not_me, .metric = "not-me"},
    {BOTH, "/recovery-codes", page_recovery_codes, .metric = "recovery-codes"},
    {METHOD_GET, "/recovery-codes/download", page_recovery_codes_file, .metric = "recovery-codes"},
    {BOTH, "/second-factor", page_second_factor, .metric = "second-factor"},
    {BOTH, "/recover", page_recover, .metric = "recover"},
    {BOTH, "/relink", page_relink, .metric = "relink"},
    {BOTH, "/relink/review", page_relink_review, .metric = "relink"},
    {BOTH, "/success", page_success, .metric = "success"},
    {BOTH, "/manage", page_manage, .metric = "manage"},
    {BOTH, "/close-account", page_close_account, .metric = "close-account"},
    {METHOD_GET, "/account-closed", page_account_closed, .metric = "account-closed"},
    {BOTH, "/continue", page_continue, .metric = "continue"},
    {METHOD_GET, "/signed-out", page_signed_out, .metric = "signed-out"},
    {METHOD_GET, "/language", page_language, .metric = "language"},
    {METHOD_GET, "/style.css", style_css, .metric = "style"},
    {METHOD_GET, "/favicon.svg", style_favicon, .metric = "style"},
};

const struct routes page_routes = {.items = rows, .count = sizeof(rows) / sizeof(rows[0]), .error = error_route};
