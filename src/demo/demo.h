/* demo.h - vestibule-demo: stand-ins for the world around Vestibule, so that portal teams can integrate before they have access to
 * the real federation.  Never in production: whoever reaches it signs in as anybody.
 *
 * One listener on the loopback, six hosts (browsers treat them as different sites):
 *   http://gckey.localhost:PORT      a stand-in GCKey: registration with user id and password, sign-in, Continue, cancel, sign-out
 *   http://partner.localhost:PORT    a stand-in Sign-In Partner broker with its own chooser of ten partners
 *   http://staff.localhost:PORT      a stand-in for the organisation's own provider: any name, and a role of the help desk's console to choose
 *   http://health.localhost:PORT     a stand-in portal: public health
 *   http://employer.localhost:PORT   a stand-in portal: employers
 *   http://mail.localhost:PORT       a stand-in mailbox: what the mail server of `mail-server` took, whoever it is for
 *
 * `vestibule-demo -d DIR init` writes keys, metadata and a vestibule.yaml for all of them into DIR; `vestibule-demo -d DIR run` serves them.
 *
 * What stories and scripts may rely on (<body data-page="...">, fields, values of the buttons named `action`):
 *   stand-in-sign-in     fields user, password (GCKey) or bank, user (broker), behave; action sign-in, cancel; a.register (GCKey)
 *                        bank: affinity atb bmo national scotiabank cibc rbc tangerine td desjardins; behave: see demo/idp.h
 *                        staff: user, role (viewer agent supervisor auditor none), behave
 *                        422 when it was wrong, with data-error="wrong" on the field `user` or "required" on the banks or roles
 *   stand-in-register    fields user, password; action register; leads back to stand-in-sign-in (data-notice="registered")
 *   stand-in-continue    button.go posts the SAML answer to Vestibule (it has no name: only the answer travels);
 *                        data-answer says "success" or "refused"
 *   stand-in-provider    home of a provider; data-signed-in="yes" while its session lives; action sign-out
 *   stand-in-signed-out
 *   stand-in-portal      a.sign-in; when signed in: data-signed-in="yes", data-claim="sub" (acr, amr, auth_time) on the values,
 *                        the whole ID token in pre.claims, a.manage, action sign-out
 *   stand-in-inbox       article[data-mail-to="ADDRESS"], newest first, with data-mail-code="123456" where the text has one code; in it
 *                        h2 (subject), time[datetime], pre.mail-text with its links; button.refresh; data-empty="yes" when no mail came
 *   stand-in-refused     data-why says why: not-found request passive service answer state cancelled token full generic
 * ?lang=en or fr chooses the language of any page (else Accept-Language); forms carry it in the hidden field `lang`.
 */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <stdint.h>

struct arena;
struct idp;
struct keyring;
struct people;
struct text;

#define DEMO_PORTALS 2
#define DEMO_PROVIDERS 3
#define DEMO_MAIL_HOST "mail.localhost"

struct demo_provider {
	const char *id;		/* "gckey", "partner", "staff" */
	const char *host;	/* "gckey.localhost" */
	const char *entity_id;
	const char *sso_url;
	struct idp *idp;	/* NULL until the first request: it needs Vestibule's metadata */
	struct keyring *keys;	/* whose texts these are */
	const char *private_pem, *certificate_pem;
	const char *stranger_pem, *stranger_certificate_pem; /* signs when asked to sign badly */
};

struct demo_portal {
	const char *id;		/* client id and name of its files: "health", "employer" */
	const char *host;
	const char *origin;	/* "http://health.localhost:8090" */
	struct keyring *keys;	/* signs its client assertions */
};

struct demo {
	const char *directory;
	const char *service;	/* Vestibule's public URL */
	uint16_t port;
	const char *inbox;		/* the directory of mail-server; NULL: no mail server runs */
	struct demo_provider providers[DEMO_PROVIDERS];
	struct demo_portal portals[DEMO_PORTALS];
	struct people *people;
	struct keyring *session_keys;	/* seals the stand-ins' own cookies */
	struct text *text;
};

#endif
