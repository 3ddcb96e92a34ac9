/* config.h - the configuration: one YAML file, read once, checked as a whole, never changed afterwards.
 *
 * options.def has one row per option (key, type, bounds, default, sentence); this struct is what they fill.
 * A reload makes a new snapshot; requests under way keep the old one (main/generation.h).
 * Paths in the file are relative to the file's folder and absolute here.  Secrets are file references.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"

struct address {			/* "127.0.0.1:8443", "[::1]:8443" */
	char host[64];
	uint16_t port;
	bool loopback;
};

struct jws_set;

enum saml_profile { PROFILE_CATS2, PROFILE_CATS3, PROFILE_PLAIN };
enum separation { SEPARATION_EXCLUSIVE, SEPARATION_SHARED };
enum admission { ADMISSION_OPEN, ADMISSION_INVITATION, ADMISSION_APPROVAL };
enum mail_tls { MAIL_TLS_REQUIRED, MAIL_TLS_OPPORTUNISTIC, MAIL_TLS_NONE };
enum encryption { ENCRYPTION_AES256_GCM, ENCRYPTION_AES128_GCM, ENCRYPTION_AES128_CBC, ENCRYPTION_AES256_CBC };

struct names {				/* { en: ..., fr: ... } */
	const char *en, *fr;
};

struct texts {
	const char **items;
	size_t count;
};

struct provider_config {
	const char *id;			/* 1 to 32 of a-z 0-9 - */
	struct names name;
	const char *metadata;		/* file */
	enum saml_profile profile;
	unsigned encryption;		/* bit set of (1u << enum encryption) */
	bool force_authn;
	enum separation separation;
	struct texts authn_context;	/* accepted, most wanted first */
	const char *kind;		/* "gckey" or "partner": which sentences the chooser shows; default: "partner" when shared, else "gckey" */
};

struct portal_config {
	const char *id;			/* the OAuth client_id */
	struct names name;
	struct texts redirect_uris;
	struct texts post_logout_redirect_uris;
	const char *backchannel_logout_uri;
	const char *jwks_file;		/* exactly one of these two */
	const char *client_secret_file;
	struct bytes jwks;		/* its content */
	struct jws_set *keys;		/* jwks parsed: filled by clients_prepare(), freed by config.release */
	struct bytes client_secret;	/* its content without the final newline: 32 to 128 printable ASCII characters */
	enum admission admission;
	struct texts providers;		/* ids */
	struct texts methods;		/* second_factor.methods: "totp", "mail" */
	struct texts required_for;	/* second_factor.required_for: provider ids */
	int64_t reuse, idle, absolute;	/* session.*, ms */
	const char *token_algorithm;	/* "ES256" "PS256" "RS256" */
	const char *start_url;		/* where a person starts afresh: default the first post_logout_redirect_uri, or NULL */
};

struct config {
	const char *file;
	void (*release)(struct config *config);	/* called first by config_free() when set: frees what others hung in here */
	const char *public_url;		/* no trailing slash; the issuer */
	const char *entity_id;
	struct address listen, operations_listen;
	const char *tls_certificate, *tls_key;	/* NULL: plain HTTP */
	struct texts trusted_proxies;	/* addresses */
	const char *state_directory, *key_directory;
	unsigned saml_workers, handlers;
	const char *store_backend;
	enum log_level log_level;
	const char *theme_directory;	/* NULL: none */
	const char *template_directory;	/* default: PKGDATADIR/templates */
	const char *saml_worker_program;/* default: LIBEXECDIR/vestibule-saml */
	const char *user;		/* NULL: do not change user */
	struct names service_name;	/* what the pages' header says */
	struct names help;		/* the help desk's phone number or address, as text; may be NULL */
	struct mail_config {
		const char *url;		/* smtp:// or smtps://host[:port]; NULL: no mail is sent */
		const char *from;		/* the sender's address */
		const char *tls_word;		/* as written; NULL: not */
		enum mail_tls tls;		/* default: required, or none when the server is on a loopback address */
		const char *ca_file;		/* PEM; NULL: the system's certificate authorities */
		const char *user;		/* NULL: no authentication */
		const char *password_file;	/* exactly with user */
		const char *password;		/* its content without the final newline */
		const char *reports_to;		/* where "this was not me" and alarms go; NULL: to the audit only */
	} mail;
	struct helpdesk_config {
		const char *public_url;		/* NULL: no console */
		struct address listen;
		const char *provider;		/* the id of the provider that staff sign in with */
		const char *role_attribute;
		const char *tool_secret_file;	/* NULL: the ticketing tool has no access */
		struct bytes tool_secret;	/* its content without the final newline: 32 to 128 printable ASCII characters */
		unsigned looks_hour, looks_day;	/* accounts that one member of staff may look up */
		unsigned tool_looks_hour, tool_looks_day; /* and the ticketing tool */
	} helpdesk;
	struct retention_config {
		int64_t audit;			/* events */
		int64_t closed_accounts;	/* from closing to removal, with all that hangs on them */
		int64_t unused_accounts;	/* from the last sign-in to closing; 0: never */
		int64_t claims, invitations;	/* from their end */
	} retention;
	struct limits_config {
		int64_t clock_skew;		/* 180 s, at most 300 s */
		int64_t login_lifetime;		/* a pending request: 60 min */
		int64_t code_lifetime;		/* 60 s */
		int64_t token_lifetime;		/* 300 s */
		unsigned request_line, header_bytes, body_bytes;	/* 8 KiB, 32 KiB, 256 KiB */
		unsigned connections, connections_per_address;		/* 10,000, 0 = no limit */
		int64_t request_time;		/* a whole request must have arrived by then: 15 s */
		unsigned queue;			/* requests waiting for a handler: 1,024 */
		unsigned recovery_codes;	/* 10, minimum 5 */
		unsigned failures_disable;	/* 50 in a row */
		unsigned failures_month;	/* 100 in 30 days */
		int64_t mail_code_lifetime;	/* a code by e-mail: 10 min */
		unsigned mail_code_tries;	/* 5 wrong ones spend it */
		unsigned mail_sends_hour, mail_sends_day;	/* 5 and 10 */
		int64_t mail_kept;		/* what became of a mail: 30 days */
		int64_t invitation_lifetime;	/* unless who makes it says otherwise: 14 days */
		int64_t approval_lifetime;	/* how long an account waits for the portal's owner: 30 days */
		int64_t claim_period;		/* in which a claim can be stopped before it moves anything: 24 h */
		int64_t claim_decision;		/* how long a claim waits for the portal's owner: 30 days */
		int64_t reset_period;		/* in which a supervised reset can be stopped: 24 h */
	} limits;
	const struct provider_config *providers;
	size_t provider_count;
	const struct portal_config *portals;
	size_t portal_count;
	const char *warnings;		/* what this release cannot do and the like: lines as in *ret_reason, "" when there is none */
};

/* Read and check a file.  On an error *ret_reason (in the arena) holds one line per fault, at most 20: "FILE:LINE:COLUMN: KEY: what is wrong; remedy".
 * Referenced secrets and JWKS files are read, and their faults reported in the same way. ERR_CONFIG, ERR_NOT_FOUND, ERR_IO. */
enum err config_load(const char *file, struct arena *arena, struct config **ret_config, const char **ret_reason);
void config_free(struct config **config);

/* NULL when there is none. */
const struct provider_config *config_provider(const struct config *config, const char *id);
const struct portal_config *config_portal(const struct config *config, const char *id);
bool texts_has(const struct texts *texts, const char *text);
/* May a URL be configured: https, or http on localhost and *.localhost; no user, no fragment, no control or non-ASCII characters, at most 512 bytes. */
bool config_url_valid(const char *url);

/* Print the commented example file: every key with its sentence, default and bounds (from options.def). */
const char *config_example(struct arena *arena);
/* Print the manual page vestibule.yaml(5), in mdoc, from the same rows. */
const char *config_manual(struct arena *arena);

#endif
