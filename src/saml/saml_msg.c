#include "saml/saml_msg.h"

#include "ipc/message.h"

static const char *const verdict_names[] = {
	"accepted",
#define REFUSAL(id, name) name,
#include "saml/refusals.def"
#undef REFUSAL
};

const char *
saml_verdict_print(enum saml_verdict verdict)
{
	return (unsigned)verdict < SAML_VERDICT_COUNT ? verdict_names[verdict] : "unknown";
}

/* A text that may be absent: one byte tells. */
static void
put_optional(struct buf *buf, const char *text)
{
	message_put_u8(buf, text != NULL);
	if (text != NULL)
		message_put_text(buf, text);
}

static const char *
get_optional(struct message *message)
{
	return message_get_bool(message) ? message_get_text(message, SAML_URI_MAX) : NULL;
}

static enum err
finish(const struct message *message)
{
	return message_finished(message) ? ERR_OK : ERR_PEER;
}

/* --- setup --- */

static void
put_provider(struct buf *buf, const struct saml_setup_provider *provider)
{
	size_t i;

	message_put_text(buf, provider->id);
	message_put_text(buf, provider->file);
	message_put_bytes(buf, provider->metadata);
	message_put_u32(buf, provider->rules);
	message_put_u32(buf, provider->encryption);
	message_put_u32(buf, (uint32_t)provider->authn_context_count);
	for (i = 0; i < provider->authn_context_count; i++)
		message_put_text(buf, provider->authn_context[i]);
	message_put_text(buf, provider->acs_url);
	message_put_text(buf, provider->role_attribute);
}

void
saml_setup_put(struct buf *buf, const struct saml_setup *setup)
{
	size_t i;

	message_put_u64(buf, (uint64_t)setup->now);
	message_put_text(buf, setup->entity_id);
	message_put_text(buf, setup->acs_url);
	message_put_u32(buf, setup->workers);
	message_put_text(buf, setup->signing_key);
	message_put_text(buf, setup->signing_certificate);
	message_put_u32(buf, (uint32_t)setup->encryption_key_count);
	for (i = 0; i < setup->encryption_key_count; i++)
		message_put_text(buf, setup->encryption_keys[i]);
	message_put_u32(buf, (uint32_t)setup->provider_count);
	for (i = 0; i < setup->provider_count; i++)
		put_provider(buf, &setup->providers[i]);
}

static void
get_provider(struct message *message, struct saml_setup_provider *provider)
{
	size_t i;

	provider->id = message_get_text(message, SAML_URI_MAX);
	provider->file = message_get_text(message, 4096);
	provider->metadata = message_get_bytes(message, SAML_METADATA_MAX);
	provider->rules = (enum saml_rules)message_get_u32(message, SAML_RULES_COUNT - 1);
	provider->encryption = message_get_u32(message, UINT32_MAX);
	provider->authn_context_count = message_get_u32(message, SAML_REFS_MAX);
	for (i = 0; i < provider->authn_context_count; i++)
		provider->authn_context[i] = message_get_text(message, SAML_URI_MAX);
	provider->acs_url = message_get_text(message, SAML_URI_MAX);
	provider->role_attribute = message_get_text(message, SAML_URI_MAX);
}

enum err
saml_setup_get(struct bytes body, struct arena *arena, struct saml_setup *ret_setup)
{
	struct message message = message_of(body, arena);
	struct saml_setup *setup = ret_setup;
	size_t i;

	setup->now = (int64_t)message_get_u64(&message);
	setup->entity_id = message_get_text(&message, SAML_URI_MAX);
	setup->acs_url = message_get_text(&message, SAML_URI_MAX);
	setup->workers = message_get_u32(&message, SAML_WORKERS_MAX);
	setup->signing_key = message_get_text(&message, SAML_PEM_MAX);
	setup->signing_certificate = message_get_text(&message, SAML_PEM_MAX);
	setup->encryption_key_count = message_get_u32(&message, SAML_KEYS_MAX);
	for (i = 0; i < setup->encryption_key_count; i++)
		setup->encryption_keys[i] = message_get_text(&message, SAML_PEM_MAX);
	setup->provider_count = message_get_u32(&message, SAML_PROVIDERS_MAX);
	for (i = 0; i < setup->provider_count; i++)
		get_provider(&message, &setup->providers[i]);
	return finish(&message);
}

void
saml_ready_put(struct buf *buf, const struct saml_ready *ready)
{
	size_t i;

	message_put_u32(buf, (uint32_t)ready->provider_count);
	for (i = 0; i < ready->provider_count; i++) {
		message_put_text(buf, ready->providers[i].entity_id);
		message_put_text(buf, ready->providers[i].sso_url);
	}
}

enum err
saml_ready_get(struct bytes body, struct arena *arena, struct saml_ready *ret_ready)
{
	struct message message = message_of(body, arena);
	size_t i;

	ret_ready->provider_count = message_get_u32(&message, SAML_PROVIDERS_MAX);
	for (i = 0; i < ret_ready->provider_count; i++) {
		ret_ready->providers[i].entity_id = message_get_text(&message, SAML_URI_MAX);
		ret_ready->providers[i].sso_url = message_get_text(&message, SAML_URI_MAX);
	}
	return finish(&message);
}

void
saml_text_put(struct buf *buf, const char *text)
{
	message_put_text(buf, text);
}

enum err
saml_text_get(struct bytes body, struct arena *arena, const char **ret_text)
{
	struct message message = message_of(body, arena);

	*ret_text = message_get_text(&message, SAML_REPLY_MAX);
	return finish(&message);
}

/* --- requests --- */

void
saml_authn_put(struct buf *buf, const struct saml_authn *authn)
{
	message_put_u32(buf, authn->provider);
	message_put_text(buf, authn->request_id);
	message_put_text(buf, authn->issue_instant);
	message_put_text(buf, authn->relay_state);
	message_put_u8(buf, authn->force_authn);
}

enum err
saml_authn_get(struct bytes body, struct arena *arena, struct saml_authn *ret_authn)
{
	struct message message = message_of(body, arena);

	ret_authn->provider = message_get_u32(&message, SAML_PROVIDERS_MAX - 1);
	ret_authn->request_id = message_get_text(&message, SAML_URI_MAX);
	ret_authn->issue_instant = message_get_text(&message, SAML_URI_MAX);
	ret_authn->relay_state = message_get_text(&message, SAML_URI_MAX);
	ret_authn->force_authn = message_get_bool(&message);
	return finish(&message);
}

void
saml_response_put(struct buf *buf, const struct saml_response *response)
{
	message_put_u32(buf, response->provider);
	message_put_bytes(buf, response->base64);
}

enum err
saml_response_get(struct bytes body, struct arena *arena, struct saml_response *ret_response)
{
	struct message message = message_of(body, arena);

	ret_response->provider = message_get_u32(&message, SAML_PROVIDERS_MAX - 1);
	ret_response->base64 = message_get_bytes(&message, SAML_BASE64_MAX);
	return finish(&message);
}

/* --- facts --- */

/* The texts of the facts, in the order of the wire. */
static const char **
envelope_text(struct saml_facts *facts, size_t i)
{
	const char **texts[] = {&facts->response_id, &facts->version, &facts->issue_instant,
	    &facts->destination, &facts->in_response_to, &facts->issuer, &facts->issuer_format,
	    &facts->status, &facts->sub_status};

	return i < sizeof(texts) / sizeof(texts[0]) ? texts[i] : NULL;
}

static const char **
assertion_text(struct saml_facts *facts, size_t i)
{
	const char **texts[] = {&facts->block_algorithm, &facts->signature_algorithm,
	    &facts->assertion_id, &facts->assertion_version, &facts->assertion_issue_instant,
	    &facts->assertion_issuer, &facts->assertion_issuer_format, &facts->name_id,
	    &facts->name_id_format, &facts->name_qualifier, &facts->sp_name_qualifier,
	    &facts->not_before, &facts->not_on_or_after, &facts->proxy_count,
	    &facts->spec_version};

	return i < sizeof(texts) / sizeof(texts[0]) ? texts[i] : NULL;
}

static bool *
assertion_flag(struct saml_facts *facts, size_t i)
{
	bool *flags[] = {&facts->encrypted, &facts->assertion_signed, &facts->has_subject,
	    &facts->has_name_id, &facts->has_conditions, &facts->one_time_use,
	    &facts->proxy_restriction};

	return i < sizeof(flags) / sizeof(flags[0]) ? flags[i] : NULL;
}

static void
put_confirmations(struct buf *buf, const struct saml_facts *facts)
{
	const struct saml_confirmation *one;
	size_t i;

	message_put_u32(buf, (uint32_t)facts->confirmation_count);
	for (i = 0; i < facts->confirmation_count; i++) {
		one = &facts->confirmations[i];
		put_optional(buf, one->method);
		put_optional(buf, one->recipient);
		put_optional(buf, one->not_before);
		put_optional(buf, one->not_on_or_after);
		put_optional(buf, one->in_response_to);
		message_put_u8(buf, one->has_data);
	}
}

static void
get_confirmations(struct message *message, struct saml_facts *facts)
{
	struct saml_confirmation *one;
	size_t i;

	facts->confirmation_count = message_get_u32(message, SAML_LIST_MAX);
	for (i = 0; i < facts->confirmation_count; i++) {
		one = &facts->confirmations[i];
		one->method = get_optional(message);
		one->recipient = get_optional(message);
		one->not_before = get_optional(message);
		one->not_on_or_after = get_optional(message);
		one->in_response_to = get_optional(message);
		one->has_data = message_get_bool(message);
	}
}

static void
put_restrictions(struct buf *buf, const struct saml_facts *facts)
{
	size_t i, j;

	message_put_u32(buf, (uint32_t)facts->restriction_count);
	for (i = 0; i < facts->restriction_count; i++) {
		message_put_u32(buf, (uint32_t)facts->restrictions[i].count);
		for (j = 0; j < facts->restrictions[i].count; j++)
			message_put_text(buf, facts->restrictions[i].items[j]);
	}
	message_put_u32(buf, facts->proxy_audiences);
	message_put_u32(buf, facts->unknown_conditions);
}

static void
get_restrictions(struct message *message, struct saml_facts *facts)
{
	size_t i, j;

	facts->restriction_count = message_get_u32(message, SAML_LIST_MAX);
	for (i = 0; i < facts->restriction_count; i++) {
		facts->restrictions[i].count = message_get_u32(message, SAML_LIST_MAX);
		for (j = 0; j < facts->restrictions[i].count; j++)
			facts->restrictions[i].items[j] = message_get_text(message, SAML_URI_MAX);
	}
	facts->proxy_audiences = message_get_u32(message, UINT32_MAX);
	facts->unknown_conditions = message_get_u32(message, UINT32_MAX);
}

static void
put_statements(struct buf *buf, const struct saml_facts *facts)
{
	const struct saml_statement *one;
	size_t i;

	message_put_u32(buf, (uint32_t)facts->statement_count);
	for (i = 0; i < facts->statement_count; i++) {
		one = &facts->statements[i];
		put_optional(buf, one->authn_instant);
		put_optional(buf, one->class_ref);
		put_optional(buf, one->session_index);
		put_optional(buf, one->session_not_on_or_after);
		message_put_u8(buf, one->has_context);
	}
	message_put_u32(buf, facts->attribute_statements);
}

static void
get_statements(struct message *message, struct saml_facts *facts)
{
	struct saml_statement *one;
	size_t i;

	facts->statement_count = message_get_u32(message, SAML_LIST_MAX);
	for (i = 0; i < facts->statement_count; i++) {
		one = &facts->statements[i];
		one->authn_instant = get_optional(message);
		one->class_ref = get_optional(message);
		one->session_index = get_optional(message);
		one->session_not_on_or_after = get_optional(message);
		one->has_context = message_get_bool(message);
	}
	facts->attribute_statements = message_get_u32(message, UINT32_MAX);
}

static void
put_roles(struct buf *buf, const struct saml_facts *facts)
{
	size_t i;

	message_put_u32(buf, facts->role_attributes);
	message_put_u32(buf, (uint32_t)facts->role_count);
	for (i = 0; i < facts->role_count; i++)
		message_put_text(buf, facts->roles[i]);
	message_put_u32(buf, facts->more_roles);
}

static void
get_roles(struct message *message, struct saml_facts *facts)
{
	size_t i;

	facts->role_attributes = message_get_u32(message, UINT32_MAX);
	facts->role_count = message_get_u32(message, SAML_ROLES_MAX);
	for (i = 0; i < facts->role_count; i++)
		facts->roles[i] = message_get_text(message, SAML_ROLE_MAX);
	facts->more_roles = message_get_u32(message, UINT32_MAX);
}

void
saml_facts_put(struct buf *buf, enum saml_verdict verdict, const struct saml_facts *facts)
{
	struct saml_facts copy;
	size_t i;

	message_put_u32(buf, verdict);
	if (verdict != SAML_ACCEPTED)
		return;
	copy = *facts;
	for (i = 0; envelope_text(&copy, i) != NULL; i++)
		put_optional(buf, *envelope_text(&copy, i));
	message_put_u8(buf, facts->response_signed);
	message_put_u8(buf, facts->has_assertion);
	if (!facts->has_assertion)
		return;
	for (i = 0; assertion_text(&copy, i) != NULL; i++)
		put_optional(buf, *assertion_text(&copy, i));
	for (i = 0; assertion_flag(&copy, i) != NULL; i++)
		message_put_u8(buf, *assertion_flag(&copy, i));
	put_confirmations(buf, facts);
	put_restrictions(buf, facts);
	put_statements(buf, facts);
	put_roles(buf, facts);
}

static void
get_assertion(struct message *message, struct saml_facts *facts)
{
	size_t i;

	for (i = 0; assertion_text(facts, i) != NULL; i++)
		*assertion_text(facts, i) = get_optional(message);
	for (i = 0; assertion_flag(facts, i) != NULL; i++)
		*assertion_flag(facts, i) = message_get_bool(message);
	get_confirmations(message, facts);
	get_restrictions(message, facts);
	get_statements(message, facts);
	get_roles(message, facts);
}

enum err
saml_facts_get(struct bytes body, struct arena *arena, enum saml_verdict *ret_verdict,
    struct saml_facts *ret_facts)
{
	struct message message = message_of(body, arena);
	struct saml_facts *facts = ret_facts;
	size_t i;

	*facts = (struct saml_facts){0};
	*ret_verdict = (enum saml_verdict)message_get_u32(&message, SAML_VERDICT_COUNT - 1);
	if (message.failed || *ret_verdict != SAML_ACCEPTED)
		return finish(&message);
	for (i = 0; envelope_text(facts, i) != NULL; i++)
		*envelope_text(facts, i) = get_optional(&message);
	facts->response_signed = message_get_bool(&message);
	facts->has_assertion = message_get_bool(&message);
	if (facts->has_assertion)
		get_assertion(&message, facts);
	return finish(&message);
}

/* --- names (ManageNameID) --- */

void
saml_envelope_put(struct buf *buf, struct bytes envelope)
{
	message_put_bytes(buf, envelope);
}

enum err
saml_envelope_get(struct bytes body, struct arena *arena, struct bytes *ret_envelope)
{
	struct message message = message_of(body, arena);

	*ret_envelope = message_get_bytes(&message, SAML_DECODED_MAX);
	return finish(&message);
}

static const char **
manage_text(struct saml_manage *manage, size_t i)
{
	const char **texts[] = {&manage->request_id, &manage->version, &manage->issue_instant, &manage->destination, &manage->issuer,
	    &manage->issuer_format, &manage->name_id, &manage->name_id_format, &manage->name_qualifier, &manage->sp_name_qualifier};

	return i < sizeof(texts) / sizeof(texts[0]) ? texts[i] : NULL;
}

void
saml_manage_put(struct buf *buf, enum saml_verdict verdict, const struct saml_manage *manage)
{
	struct saml_manage copy;
	size_t i;

	message_put_u32(buf, verdict);
	if (verdict != SAML_ACCEPTED)
		return;
	copy = *manage;
	message_put_u32(buf, manage->provider);
	for (i = 0; manage_text(&copy, i) != NULL; i++)
		put_optional(buf, *manage_text(&copy, i));
	message_put_u8(buf, manage->encrypted);
	message_put_u8(buf, manage->terminate);
}

enum err
saml_manage_get(struct bytes body, struct arena *arena, enum saml_verdict *ret_verdict, struct saml_manage *ret_manage)
{
	struct message message = message_of(body, arena);
	size_t i;

	*ret_manage = (struct saml_manage){0};
	*ret_verdict = (enum saml_verdict)message_get_u32(&message, SAML_VERDICT_COUNT - 1);
	if (message.failed || *ret_verdict != SAML_ACCEPTED)
		return finish(&message);
	ret_manage->provider = message_get_u32(&message, SAML_PROVIDERS_MAX - 1);
	for (i = 0; manage_text(ret_manage, i) != NULL; i++)
		*manage_text(ret_manage, i) = get_optional(&message);
	ret_manage->encrypted = message_get_bool(&message);
	ret_manage->terminate = message_get_bool(&message);
	return finish(&message);
}

void
saml_managed_put(struct buf *buf, const struct saml_managed *managed)
{
	message_put_text(buf, managed->response_id);
	message_put_text(buf, managed->in_response_to);
	message_put_text(buf, managed->issue_instant);
	message_put_text(buf, managed->status);
	message_put_text(buf, managed->sub_status);
}

enum err
saml_managed_get(struct bytes body, struct arena *arena, struct saml_managed *ret_managed)
{
	struct message message = message_of(body, arena);

	ret_managed->response_id = message_get_text(&message, SAML_URI_MAX);
	ret_managed->in_response_to = message_get_text(&message, SAML_URI_MAX);
	ret_managed->issue_instant = message_get_text(&message, SAML_URI_MAX);
	ret_managed->status = message_get_text(&message, SAML_URI_MAX);
	ret_managed->sub_status = message_get_text(&message, SAML_URI_MAX);
	return finish(&message);
}
