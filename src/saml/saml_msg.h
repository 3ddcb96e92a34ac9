/* saml_msg.h - what vestibuled and vestibule-saml say to each other: the operations, their fields and bounds.
 *
 * Runs in: both.  The getters trust nothing: a worker reads bytes that strangers made, and may have been taken over.
 * Secrets: a setup message holds private keys.
 *
 * On the control socket:  SETUP ->, <- READY or FAULT, then one <- WORKER with a descriptor for each worker that is ready to serve.
 * On a worker's socket:   AUTHN, RESPONSE, MANAGE or MANAGED -> <- DONE.  A worker's last reply is LAST instead of DONE.
 */
#ifndef SAML_SAML_MSG_H
#define SAML_SAML_MSG_H

#include "base/buf.h"
#include "ipc/frame.h"

/* Why a Response is refused: one row per reason in saml/refusals.def (name for log and audit). */
enum saml_verdict {
	SAML_ACCEPTED,
#define REFUSAL(id, name) SAML_##id,
#include "saml/refusals.def"
#undef REFUSAL
	SAML_VERDICT_COUNT
};
const char *saml_verdict_print(enum saml_verdict verdict);

enum saml_operation {
	SAML_OP_SETUP = 1, SAML_OP_READY, SAML_OP_FAULT, SAML_OP_WORKER,
	SAML_OP_AUTHN, SAML_OP_RESPONSE, SAML_OP_DONE, SAML_OP_LAST, SAML_OP_MANAGE, SAML_OP_MANAGED
};

/* Bounds, in bytes. */
#define SAML_SETUP_MAX (4u << 20)
#define SAML_METADATA_MAX (128u << 10)
#define SAML_PEM_MAX (16u << 10)
#define SAML_DECODED_MAX (128u << 10)
#define SAML_BASE64_MAX (192u << 10)	/* of SAML_DECODED_MAX, with line breaks */
#define SAML_REPLY_MAX (64u << 10)
#define SAML_URI_MAX 1024u		/* entity ids, URLs, and all short texts of a message */
#define SAML_PROVIDERS_MAX 64u
#define SAML_KEYS_MAX 8u
#define SAML_WORKERS_MAX 64u
#define SAML_REFS_MAX 16u
#define SAML_LIST_MAX 16u		/* confirmations, restrictions, audiences, statements */
#define SAML_ROLES_MAX 8u		/* values of the role attribute */
#define SAML_ROLE_MAX 256u		/* bytes of one */

/* How much of a provider's message must be protected, and what our requests to it look like. */
enum saml_rules { SAML_RULES_CATS2, SAML_RULES_CATS3, SAML_RULES_PLAIN, SAML_RULES_COUNT };

struct saml_setup_provider {
	const char *id;			/* for the sentences of a FAULT */
	const char *file;		/* likewise */
	struct bytes metadata;
	enum saml_rules rules;
	uint32_t encryption;		/* bit set of (1u << enum block_cipher) */
	const char *authn_context[SAML_REFS_MAX];
	size_t authn_context_count;
	const char *acs_url;		/* where its answers come to */
	const char *role_attribute;	/* the one attribute whose values the facts carry; "": none */
};

struct saml_setup {
	int64_t now;			/* ms: certificates and validUntil are checked against it */
	const char *entity_id, *acs_url;
	uint32_t workers;
	const char *signing_key, *signing_certificate;	/* PEM */
	const char *encryption_keys[SAML_KEYS_MAX];	/* PEM, newest first */
	size_t encryption_key_count;
	struct saml_setup_provider providers[SAML_PROVIDERS_MAX];
	size_t provider_count;
};

/* READY: what the metadata says, in the order of the setup. */
struct saml_ready_provider {
	const char *entity_id, *sso_url;
};
struct saml_ready {
	struct saml_ready_provider providers[SAML_PROVIDERS_MAX];
	size_t provider_count;
};

struct saml_authn {
	uint32_t provider;		/* its place in the setup */
	const char *request_id, *issue_instant, *relay_state;
	bool force_authn;
};

struct saml_response {
	uint32_t provider;		/* the one that was asked */
	struct bytes base64;
};

/* What a Response says.  A text that is absent is NULL, and differs from an empty one.  Times are as they came. */
struct saml_confirmation {
	const char *method, *recipient, *not_before, *not_on_or_after, *in_response_to;
	bool has_data;
};
struct saml_audiences {
	const char *items[SAML_LIST_MAX];
	size_t count;
};
struct saml_statement {
	const char *authn_instant, *class_ref, *session_index, *session_not_on_or_after;
	bool has_context;
};

struct saml_facts {
	/* The envelope: not signed unless response_signed. */
	const char *response_id, *version, *issue_instant, *destination, *in_response_to, *issuer, *issuer_format;
	const char *status, *sub_status;
	bool response_signed;
	bool has_assertion;		/* what follows is only set then, and was read from the node that was verified */

	bool encrypted, assertion_signed;
	const char *block_algorithm, *signature_algorithm;
	const char *assertion_id, *assertion_version, *assertion_issue_instant, *assertion_issuer, *assertion_issuer_format;
	bool has_subject, has_name_id;
	const char *name_id, *name_id_format, *name_qualifier, *sp_name_qualifier;
	struct saml_confirmation confirmations[SAML_LIST_MAX];
	size_t confirmation_count;
	bool has_conditions;
	const char *not_before, *not_on_or_after;
	struct saml_audiences restrictions[SAML_LIST_MAX];
	size_t restriction_count;
	bool one_time_use, proxy_restriction;
	const char *proxy_count;
	uint32_t proxy_audiences, unknown_conditions;
	struct saml_statement statements[SAML_LIST_MAX];
	size_t statement_count;
	uint32_t attribute_statements;
	const char *spec_version;	/* attribute ca:gc:cyber-authentication:basic:specVer when it stands there once */
	/* The provider's role_attribute: how often it stands there, its first values, and how many more there are.  A value that is too
	 * long is empty here. */
	uint32_t role_attributes;
	const char *roles[SAML_ROLES_MAX];
	size_t role_count;
	uint32_t more_roles;
};

/* What a ManageNameIDRequest in a SOAP envelope says (Core 3.6, Bindings 3.2): all of it was read from the element that was verified. */
struct saml_manage {
	uint32_t provider;		/* whose key signed it: its place in the setup */
	const char *request_id, *version, *issue_instant, *destination, *issuer, *issuer_format;
	const char *name_id, *name_id_format, *name_qualifier, *sp_name_qualifier;
	bool encrypted;			/* it was an EncryptedID */
	bool terminate;			/* else it wants another name */
};

/* The answer that is to be signed.  All texts are ours but in_response_to, which is letters, digits, '_', '-' and '.'. */
struct saml_managed {
	const char *response_id, *in_response_to, *issue_instant;
	const char *status, *sub_status;	/* sub_status: "" without one */
};

void saml_setup_put(struct buf *buf, const struct saml_setup *setup);
enum err saml_setup_get(struct bytes body, struct arena *arena, struct saml_setup *ret_setup);
void saml_ready_put(struct buf *buf, const struct saml_ready *ready);
enum err saml_ready_get(struct bytes body, struct arena *arena, struct saml_ready *ret_ready);
void saml_text_put(struct buf *buf, const char *text);			/* FAULT; the URL of an AUTHN's reply */
enum err saml_text_get(struct bytes body, struct arena *arena, const char **ret_text);
void saml_authn_put(struct buf *buf, const struct saml_authn *authn);
enum err saml_authn_get(struct bytes body, struct arena *arena, struct saml_authn *ret_authn);
void saml_response_put(struct buf *buf, const struct saml_response *response);
enum err saml_response_get(struct bytes body, struct arena *arena, struct saml_response *ret_response);
/* MANAGE: the envelope, at most SAML_DECODED_MAX bytes of XML.  Its reply: a verdict, and what it says when that is SAML_ACCEPTED (accepted by
 * the worker, not yet judged). */
void saml_envelope_put(struct buf *buf, struct bytes envelope);
enum err saml_envelope_get(struct bytes body, struct arena *arena, struct bytes *ret_envelope);
void saml_manage_put(struct buf *buf, enum saml_verdict verdict, const struct saml_manage *manage);
enum err saml_manage_get(struct bytes body, struct arena *arena, enum saml_verdict *ret_verdict, struct saml_manage *ret_manage);
/* MANAGED: its reply is the text of the envelope, "" when it could not be made. */
void saml_managed_put(struct buf *buf, const struct saml_managed *managed);
enum err saml_managed_get(struct bytes body, struct arena *arena, struct saml_managed *ret_managed);
/* The reply to a RESPONSE: a verdict, and facts when it is SAML_ACCEPTED (accepted by the worker, not yet judged). */
void saml_facts_put(struct buf *buf, enum saml_verdict verdict, const struct saml_facts *facts);
enum err saml_facts_get(struct bytes body, struct arena *arena, enum saml_verdict *ret_verdict, struct saml_facts *ret_facts);

#endif
