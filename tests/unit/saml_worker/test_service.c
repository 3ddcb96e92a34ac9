/* The service as the daemon sees it: good answers, requests, crashes, reloads, bad metadata. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/rsa.h"
#include "saml/metadata.h"
#include "service.h"

#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define A FORGE_ASSERTION
#define S FORGE_SIGNED
#define E FORGE_ENCRYPTED
#define R FORGE_RESPONSE
#define F FORGE_FINAL

/* --- good documents --- */

struct good {
	const char *what;
	unsigned provider;
	struct forge_recipe recipe;
};
static const struct good goods[] = {
	{"AES-256-GCM", SERVICE_GCKEY, {.cipher = XENC11 "aes256-gcm"}},
	{"AES-128-GCM", SERVICE_GCKEY, {.cipher = XENC11 "aes128-gcm"}},
	{"AES-128-CBC", SERVICE_GCKEY, {.cipher = XENC "aes128-cbc"}},
	{"AES-256-CBC", SERVICE_GCKEY, {.cipher = XENC "aes256-cbc"}},
	{"the second key of the metadata", SERVICE_GCKEY, {.key = "provider-second"}},
	{"SHA-512", SERVICE_GCKEY, {.signature_method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"}},
	{"Response signed as well", SERVICE_GCKEY, {.signed_response = true}},
	{"clock 170 s ahead", SERVICE_GCKEY, {.edits = {{A, "@0@", "@170@"}, {A, "@-60@", "@170@"}, {A, "@-5@", "@165@"}, {R, "@0@", "@170@"}}}},
	{"clock 170 s behind", SERVICE_GCKEY, {.edits = {{A, "@0@", "@-170@"}, {A, "\"@300@\" Recipient", "\"@-170@\" Recipient"}, {A, "@-5@", "@-175@"}, {R, "@0@", "@-170@"}}}},
	{"NameID of 256 characters", SERVICE_GCKEY, {.edits = {{A, ">K7-person<", ">{x256:n}<"}}}},
	{"NameID of 256 characters of two bytes", SERVICE_GCKEY, {.edits = {{A, ">K7-person<", ">{x256:é}<"}}}},
	{"no qualifiers", SERVICE_GCKEY, {.edits = {{A, " NameQualifier=\"" FORGE_IDP "\" SPNameQualifier=\"" FORGE_SP "\"", ""}}}},
	{"no SessionIndex", SERVICE_GCKEY, {.edits = {{A, " SessionIndex=\"s1\"", ""}}}},
	{"far session end", SERVICE_GCKEY, {.edits = {{A, "SessionIndex=", "SessionNotOnOrAfter=\"2099-01-01T00:00:00Z\" SessionIndex="}}}},
	{"two audiences in one restriction", SERVICE_GCKEY, {.edits = {{A, "<saml:Audience>", "<saml:Audience>urn:x</saml:Audience><saml:Audience>"}}}},
	{"OneTimeUse", SERVICE_GCKEY, {.edits = {{A, "</saml:Conditions>", "<saml:OneTimeUse/></saml:Conditions>"}}}},
	{"S38 the NameID by reference", SERVICE_GCKEY, {.edits = {{S, "K7-person", "K7-&#112;erson"}}}},
	{"S49 another certificate in KeyInfo", SERVICE_GCKEY, {.edits = {{S, "</ds:SignatureValue>",
	    "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"}}}},
	{"declaration, blanks and line ends", SERVICE_GCKEY, {.edits = {{F, "<samlp:Response ", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<samlp:Response "},
	    {F, "<samlp:Status>", "\n  <samlp:Status>\n "}, {F, "</samlp:Response>", "</samlp:Response>\n\n"}}}},
	{"a key named for us", SERVICE_GCKEY, {.edits = {{E, "<xenc:EncryptedKey>", "<xenc:EncryptedKey Recipient=\"" FORGE_SP "\">"}}}},
	{"OAEP with its digest spelled out", SERVICE_GCKEY, {.edits = {{E, "#rsa-oaep-mgf1p\"/>", "#rsa-oaep-mgf1p\"><d:DigestMethod xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\""
	    " Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/></xenc:EncryptionMethod>"}}}},
	{"attributes before the AuthnStatement, and more of them", SERVICE_GCKEY, {.edits = {{A, "<saml:AttributeStatement>", "<saml:AttributeStatement><saml:Attribute Name=\"mail\">"
	    "<saml:AttributeValue>x</saml:AttributeValue><saml:AttributeValue/></saml:Attribute>"}}}},
	{"default namespaces", SERVICE_GCKEY, {.edits = {{A, "<saml:Issuer>" FORGE_IDP "</saml:Issuer>", "<Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">" FORGE_IDP "</Issuer>"}}}},
	{"prefix of the assertion declared on the Response only", SERVICE_GCKEY, {.edits = {{S, "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "<saml:Assertion"}}}},
	{"prefixes declared on the EncryptedAssertion only", SERVICE_GCKEY, {.edits = {{S, " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"", ""},
	    {S, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"", ""}, {E, "<saml:EncryptedAssertion ", "<saml:EncryptedAssertion"
	    " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "}}}},
	{"prefixes of the schema declared on the Response only", SERVICE_GCKEY, {.edits = {{S, " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"", ""},
	    {S, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"", ""}, {R, "<samlp:Response ", "<samlp:Response"
	    " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "}}}},
	{"a default namespace around", SERVICE_GCKEY, {.edits = {{R, "<samlp:Response ", "<samlp:Response xmlns=\"urn:x\" "}}}},
	{"blanks around the encrypted assertion", SERVICE_GCKEY, {.edits = {{S, "<saml:Assertion ", "\n  <saml:Assertion "}, {S, "</saml:Assertion>", "</saml:Assertion>\n"}}}},
	{"InclusiveNamespaces", SERVICE_GCKEY, {.edits = {{A, "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>",
	    "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><c:InclusiveNamespaces xmlns:c=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs\"/></ds:Transform>"}}}},
	{"Response signed as well, by the other key", SERVICE_GCKEY, {.signed_response = true, .key = "provider-second"}},
	{"staff: signed assertion, not encrypted", SERVICE_STAFF, {.plain = true}},
	{"staff: signed Response only", SERVICE_STAFF, {.plain = true, .signed_response = true, .unsigned_assertion = true}},
	{"staff: everything", SERVICE_STAFF, {.signed_response = true}},
	{"bank: GCM", SERVICE_BANK, {.key = "other-provider",
	    .edits = {{R, "<saml:Issuer>" FORGE_IDP, "<saml:Issuer>" FORGE_OTHER_IDP}, {A, "<saml:Issuer>" FORGE_IDP, "<saml:Issuer>" FORGE_OTHER_IDP},
		{A, "NameQualifier=\"" FORGE_IDP, "NameQualifier=\"" FORGE_OTHER_IDP}}}},
};

static void
good_answers_are_accepted(void **state)
{
	struct service *service = *state;
	struct credential credential;
	enum saml_verdict verdict;
	unsigned wrong = 0;
	struct forge_recipe recipe;
	size_t i;

	for (i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
		arena_reset(service->arena);
		recipe = goods[i].recipe;
		recipe.staff = goods[i].provider == SERVICE_STAFF;
		verdict = service_judge(service, goods[i].provider, forge_make(&recipe, service->ctx.now, service->arena), &credential);
		if (verdict != SAML_ACCEPTED) {
			print_error("%s: %s\n", goods[i].what, saml_verdict_print(verdict));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void
credential_is_what_was_signed(void **state)
{
	static const struct forge_recipe recipe = {.edits = {{A, " NameQualifier=\"" FORGE_IDP "\" SPNameQualifier=\"" FORGE_SP "\"", ""}}};
	struct service *service = *state;
	struct credential credential;
	int64_t now = service->ctx.now;

	assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&recipe, now, service->arena), &credential), SAML_ACCEPTED);
	assert_string_equal(credential.provider, "gckey");
	assert_string_equal(credential.name_id, "K7-person");
	assert_string_equal(credential.name_qualifier, FORGE_IDP);
	assert_string_equal(credential.sp_name_qualifier, FORGE_SP);
	assert_string_equal(credential.session_index, "s1");
	assert_string_equal(credential.authn_context, FORGE_LOA2);
	assert_string_equal(credential.assertion_id, "_assertion");
	assert_true(credential.authn_instant == now - SECONDS(5));
	assert_true(credential.session_until == INT64_MAX);
	assert_true(credential.assertion_until == now + SECONDS(300 + 180));
}

/* What the console gets of a staff member. */
static void
roles_are_what_was_signed(void **state)
{
	static const struct {
		const char *attributes, *roles;
	} rows[] = {
		{"", ""},
		{"<saml:Attribute Name=\"role\"/>", ""},
		{"<saml:Attribute Name=\"role\"><saml:AttributeValue>agent</saml:AttributeValue></saml:Attribute>", "agent,"},
		{"<saml:Attribute Name=\"role\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:basic\"><saml:AttributeValue>\n agent \n</saml:AttributeValue></saml:Attribute>", "agent,"},
		{"<saml:Attribute Name=\"role\" NameFormat=\"urn:x\"><saml:AttributeValue>supervisor</saml:AttributeValue></saml:Attribute>", ""},
		{"<saml:Attribute Name=\"Role\"><saml:AttributeValue>supervisor</saml:AttributeValue></saml:Attribute>", ""},
		{"<saml:Attribute Name=\"x\" FriendlyName=\"role\"><saml:AttributeValue>supervisor</saml:AttributeValue></saml:Attribute>", ""},
		{"<saml:Attribute Name=\"role\">{x8:<saml:AttributeValue>r</saml:AttributeValue>}</saml:Attribute>", "r,r,r,r,r,r,r,r,"},
		{"<saml:Attribute Name=\"role\"><saml:AttributeValue>{x256:r}</saml:AttributeValue><saml:AttributeValue>viewer</saml:AttributeValue></saml:Attribute>", NULL},
	};
	struct service *service = *state;
	struct credential credential;
	const char *got;
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct forge_recipe recipe = {.staff = true, .plain = i % 2 == 0,
		    .edits = {{A, "<saml:AttributeStatement>", arena_printf(service->arena, "<saml:AttributeStatement>%s", rows[i].attributes)}}};

		assert_int_equal(service_judge(service, SERVICE_STAFF, forge_make(&recipe, service->ctx.now, service->arena), &credential), SAML_ACCEPTED);
		for (got = "", j = 0; j < credential.roles.count; j++)
			got = arena_printf(service->arena, "%s%s,", got, credential.roles.items[j]);
		if (rows[i].roles != NULL)
			assert_string_equal(got, rows[i].roles);
		else
			assert_true(credential.roles.count == 2 && strlen(credential.roles.items[0]) == 256);
	}
	/* The same attribute from people's provider is nothing. */
	struct forge_recipe recipe = {.edits = {{A, "<saml:AttributeStatement>", arena_printf(service->arena, "<saml:AttributeStatement>%s", rows[2].attributes)}}};
	assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&recipe, service->ctx.now, service->arena), &credential), SAML_ACCEPTED);
	assert_int_equal(credential.roles.count, 0);
}

static void
base64_may_have_line_breaks_only(void **state)
{
	static const char *const bad[] = {"", "A", "AAA", "AA==A", "-_-_", "AA=A", "%3D", "AAAA\x01", "\xc3\xa9"};
	static const struct forge_recipe recipe = {.cipher = NULL};
	struct service *service = *state;
	struct credential credential;
	const char *good = forge_make(&recipe, service->ctx.now, service->arena);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(service_judge(service, SERVICE_GCKEY, bad[i], &credential), SAML_BASE64);
	good = arena_printf(service->arena, "%.76s\r\n%.76s\n \t%s\n", good, good + 76, good + 152);
	assert_int_equal(service_judge(service, SERVICE_GCKEY, good, &credential), SAML_ACCEPTED);
}

static void
huge_texts_never_reach_a_worker(void **state)
{
	struct service *service = *state;
	struct credential credential;
	char *text = arena_alloc(service->arena, ((size_t)30 << 20) + 1);

	memset(text, 'A', (size_t)30 << 20);
	assert_int_equal(service_judge(service, SERVICE_GCKEY, text, &credential), SAML_TOO_BIG);
	text[SAML_BASE64_MAX] = '\0';
	assert_int_equal(service_judge(service, SERVICE_GCKEY, text, &credential), SAML_TOO_BIG);
}

/* --- requests --- */

static int
value_of(char c)
{
	return c >= 'A' ? c - 'A' + 10 : c - '0';
}

static const char *
percent_decode(const char *text, size_t len, struct arena *arena)
{
	char *result = arena_alloc(arena, len + 1);
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		if (text[i] == '%') {
			result[n++] = (char)(value_of(text[i + 1]) * 16 + value_of(text[i + 2]));
			i += 2;
		} else {
			result[n++] = text[i];
		}
	return result;
}

static void
request_is_signed_and_ours(void **state)
{
	struct service *service = *state;
	const char *url, *query, *signature, *pem;
	struct certificate certificate;
	struct bytes der, raw;
	const char *reason;

	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "k3v9abcd&x=1", &url), ERR_OK);
	assert_true(strncmp(url, "https://gckey.test/sso?SAMLRequest=", 35) == 0);
	query = strchr(url, '?') + 1;
	signature = strstr(query, "&Signature=");
	assert_non_null(signature);
	assert_non_null(strstr(query, "&RelayState=k3v9abcd%26x%3D1&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256&Signature="));
	pem = keyring_saml_signing(service->keys, 0)->certificate_pem;
	assert_int_equal(certificate_from_pem(pem, service->arena, &der), ERR_OK);
	assert_int_equal(certificate_parse(der, service->arena, &certificate, &reason), ERR_OK);
	assert_int_equal(base64_parse(service->arena, bytes_of(percent_decode(signature + 11, strlen(signature + 11), service->arena)), &raw), ERR_OK);
	assert_int_equal(rsa_verify(&certificate, bytes_make(query, (size_t)(signature - query)), raw), ERR_OK);
}

/* Written for a person to read on failure: the request as XML. */
static const char *
inflate_request(const char *url, struct arena *arena)
{
	const char *from = strstr(url, "SAMLRequest=") + strlen("SAMLRequest=");
	const char *text = percent_decode(from, strcspn(from, "&"), arena);
	char *xml = arena_alloc(arena, 8192);
	char *directory = unit_directory(), *path = arena_printf(arena, "%s/request", directory);
	struct bytes raw;
	FILE *pipe;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(base64_parse(arena, bytes_of(text), &raw), ERR_OK);
	/* A gzip header makes of raw deflate what gzip reads; it complains of the missing end. */
	assert_int_equal(write(fd, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10), 10);
	assert_int_equal(write(fd, raw.data, raw.len), raw.len);
	close(fd);
	pipe = popen(arena_printf(arena, "gzip -dc < %s 2>/dev/null", path), "r");
	assert_non_null(pipe);
	assert_true(fread(xml, 1, 8191, pipe) > 0);
	pclose(pipe);
	unit_directory_remove(&directory);
	return xml;
}

static void
request_has_the_shape_of_the_federation(void **state)
{
	struct service *service = *state;
	const char *url, *xml;

	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "h", &url), ERR_OK);
	xml = inflate_request(url, service->arena);
	assert_non_null(strstr(xml, " ID=\"" FORGE_REQUEST "\""));
	assert_non_null(strstr(xml, " Destination=\"https://gckey.test/sso\""));
	assert_non_null(strstr(xml, " ForceAuthn=\"true\""));
	assert_non_null(strstr(xml, " ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\""));
	assert_non_null(strstr(xml, arena_printf(service->arena, " IssueInstant=\"%s\"", clock_print(service->arena, service->ctx.now))));
	assert_non_null(strstr(xml, ">" FORGE_SP "</saml:Issuer>"));
	assert_non_null(strstr(xml, " AllowCreate=\"true\""));
	assert_non_null(strstr(xml, " SPNameQualifier=\"" FORGE_SP "\""));
	assert_non_null(strstr(xml, " Comparison=\"exact\""));
	assert_non_null(strstr(xml, ">" FORGE_LOA2 "</saml:AuthnContextClassRef>"));
	assert_null(strstr(xml, "AssertionConsumerService"));
	assert_null(strstr(xml, "Consent"));
	assert_null(strstr(xml, "Signature"));
	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_STAFF], FORGE_REQUEST, false, "h", &url), ERR_OK);
	xml = inflate_request(url, service->arena);
	assert_null(strstr(xml, "ForceAuthn=\"true\""));
	assert_non_null(strstr(xml, " AssertionConsumerServiceURL=\"" FORGE_DESK_ACS "\""));
	/* Any lasting name will do, in the form that the organisation uses. */
	assert_non_null(strstr(xml, "<samlp:NameIDPolicy AllowCreate=\"true\"/>"));
	assert_null(strstr(xml, "ConsumerServiceIndex"));
}

static void
origin_and_metadata_are_published(void **state)
{
	struct service *service = *state;
	const char *xml, *staff;

	assert_string_equal(saml_sso_origin(&service->ctx, &service->providers[SERVICE_GCKEY]), "https://gckey.test");
	assert_int_equal(saml_metadata_print(&service->config, service->keys, METADATA_FEDERATION, service->arena, &xml), ERR_OK);
	assert_non_null(strstr(xml, "entityID=\"" FORGE_SP "\""));
	assert_non_null(strstr(xml, "Location=\"" FORGE_ACS "\" index=\"0\" isDefault=\"true\""));
	/* Where staff sign in is nobody else's business, and orders come to one address. */
	assert_null(strstr(xml, FORGE_DESK_URL));
	assert_non_null(strstr(xml, "<md:ManageNameIDService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"" FORGE_SOAP "\"/>"));
	assert_int_equal(saml_metadata_print(&service->config, service->keys, METADATA_STAFF, service->arena, &staff), ERR_OK);
	assert_non_null(strstr(staff, "entityID=\"" FORGE_SP "\""));
	assert_non_null(strstr(staff, "Location=\"" FORGE_DESK_ACS "\" index=\"0\" isDefault=\"true\""));
	assert_null(strstr(staff, FORGE_ACS));
	assert_null(strstr(staff, "ManageNameIDService"));
	assert_non_null(strstr(xml, "use=\"signing\""));
	assert_true(strstr(xml, "aes256-gcm") < strstr(xml, "aes256-cbc"));
}

/* --- crashes --- */

static int
parent_of(int pid, struct arena *arena)
{
	FILE *file = fopen(arena_printf(arena, "/proc/%d/stat", pid), "r");
	int parent = -1;

	if (file != NULL && fscanf(file, "%*d %*s %*c %d", &parent) != 1)
		parent = -1;
	if (file != NULL)
		fclose(file);
	return parent;
}

/* A child of this process: 0 when there is none. */
static int
child_of(int parent, struct arena *arena)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	int found = 0;

	assert_non_null(dir);
	while (found == 0 && (entry = readdir(dir)) != NULL)
		if (atoi(entry->d_name) > 0 && parent_of(atoi(entry->d_name), arena) == parent)
			found = atoi(entry->d_name);
	closedir(dir);
	return found;
}

/* The pid is checked: 0 would be everybody. */
static int
a_zygote(struct service *service)
{
	int pid = child_of(getpid(), service->arena);

	assert_true(pid > 1);
	return pid;
}

static int
a_worker(struct service *service)
{
	int pid = child_of(a_zygote(service), service->arena);

	assert_true(pid > 1);
	return pid;
}

/* Wait, for at most 10 s, until so many workers are there. */
static void
wait_for_workers(struct saml *saml, unsigned count)
{
	unsigned i;

	for (i = 0; i < 1000 && saml_workers_ready(saml) != count; i++)
		usleep(10000);
	assert_int_equal(saml_workers_ready(saml), count);
}

static const char *
stopped_and_killed(struct service *service, enum err *ret_err)
{
	const char *url = NULL;
	int worker = a_worker(service);
	pid_t killer;

	/* It stands still with the request in hand, and dies there. */
	assert_int_equal(kill(worker, SIGSTOP), 0);
	killer = fork();
	if (killer == 0) {
		usleep(300000);
		kill(worker, SIGKILL);
		_exit(0);
	}
	*ret_err = saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "h", &url);
	assert_int_equal(waitpid(killer, NULL, 0), killer);
	return url;
}

static void
one_request_dies_with_its_worker(void **state)
{
	struct service *service = service_open(1);
	struct credential credential;
	static const struct forge_recipe good = {.cipher = NULL};
	const char *url;
	enum err err;

	(void)state;
	wait_for_workers(service->saml, 1);
	stopped_and_killed(service, &err);
	assert_int_equal(err, ERR_PEER);
	/* The next one waits for the new worker. */
	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "h", &url), ERR_OK);
	assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&good, service->ctx.now, service->arena), &credential), SAML_ACCEPTED);
	service_close(service);
}

static void
nobody_notices_the_death_of_an_idle_worker(void **state)
{
	struct service *service = service_open(1);
	const char *url;

	(void)state;
	wait_for_workers(service->saml, 1);
	assert_int_equal(kill(a_worker(service), SIGKILL), 0);
	usleep(50000);
	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "h", &url), ERR_OK);
	service_close(service);
}

static void
a_worker_that_hangs_is_not_waited_for(void **state)
{
	struct service *service = service_open(1);
	int worker;
	const char *url;

	(void)state;
	wait_for_workers(service->saml, 1);
	worker = a_worker(service);
	assert_int_equal(kill(worker, SIGSTOP), 0);
	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "h", &url), ERR_TIMEOUT);
	assert_int_equal(saml_workers_ready(service->saml), 0);
	assert_int_equal(kill(worker, SIGKILL), 0);
	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "h", &url), ERR_OK);
	service_close(service);
}

static void
the_program_is_started_again(void **state)
{
	struct service *service = service_open(2);
	const char *url;

	(void)state;
	wait_for_workers(service->saml, 2);
	assert_int_equal(kill(a_zygote(service), SIGKILL), 0);
	usleep(100000);
	wait_for_workers(service->saml, 2);
	assert_int_equal(saml_authn_url(&service->ctx, &service->providers[SERVICE_GCKEY], FORGE_REQUEST, true, "h", &url), ERR_OK);
	service_close(service);
}

/* --- reload and metadata --- */

static void
reload_takes_new_metadata(void **state)
{
	static const struct forge_recipe stranger = {.key = "stranger"}, good = {.cipher = NULL};
	struct service *service = service_open(2);
	struct credential credential;
	const char *reason = "";

	(void)state;
	assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&stranger, service->ctx.now, service->arena), &credential), SAML_SIGNATURE);
	service_metadata(service, SERVICE_GCKEY, forge_metadata(FORGE_IDP, (const char *const[]){"stranger", ""}, service->arena));
	assert_int_equal(saml_reload(service->saml, &service->config, service->keys, service->arena, &reason), ERR_OK);
	assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&stranger, service->ctx.now, service->arena), &credential), SAML_ACCEPTED);
	assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&good, service->ctx.now, service->arena), &credential), SAML_SIGNATURE);
	/* A bad file leaves things as they are. */
	service_metadata(service, SERVICE_GCKEY, "<x/>");
	assert_int_equal(saml_reload(service->saml, &service->config, service->keys, service->arena, &reason), ERR_CONFIG);
	assert_int_equal(service_judge(service, SERVICE_GCKEY, forge_make(&stranger, service->ctx.now, service->arena), &credential), SAML_ACCEPTED);
	service_close(service);
}

#define ENTITY(attributes, keys, url) "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"urn:x\" " attributes \
	"><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">" keys \
	"<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"" url "\"/></IDPSSODescriptor></EntityDescriptor>"

static void
bad_metadata_is_named(void **state)
{
	struct service *service = service_prepare(1);
	struct arena *arena = service->arena;
	const struct {
		const char *xml, *reason;
	} bad[] = {
		{"", "not-xml"},
		{"<a", "not-xml"},
		{"<!DOCTYPE a><a/>", "markup"},
		{"<a/>", "exactly one SAML identity provider"},
		{ENTITY("", "", "http://evil.test/"), "not an https URL"},
		{ENTITY("", "", "javascript:alert(1)"), "not an https URL"},
		{ENTITY("", "", "http://localhost.evil.test/"), "not an https URL"},
		{ENTITY("", "", "https://a.test/"), "no signing certificate"},
		{ENTITY("validUntil=\"2020-01-01T00:00:00Z\"", "", "https://a.test/"), "validUntil is past"},
		{forge_metadata("urn:x", (const char *const[]){"expired", ""}, arena), "not in force"},
		{forge_metadata("urn:x", (const char *const[]){"weak", ""}, arena), "2048"},
		{forge_metadata("urn:x", (const char *const[]){"ec", ""}, arena), "RSA"},
		{forge_metadata(FORGE_OTHER_IDP, (const char *const[]){"provider", ""}, arena), "entityID"},
	};
	const char *reason;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		service_metadata(service, SERVICE_GCKEY, bad[i].xml);
		reason = "";
		assert_int_equal(saml_open(&service->config, service->keys, arena, &service->saml, &reason), ERR_CONFIG);
		if (strstr(reason, bad[i].reason) == NULL || strstr(reason, "provider ") == NULL || strstr(reason, ".xml") == NULL)
			fail_msg("\"%s\" does not say \"%s\"", reason, bad[i].reason);
	}
	unlink(service->providers[SERVICE_GCKEY].metadata);
	assert_int_equal(saml_open(&service->config, service->keys, arena, &service->saml, &reason), ERR_NOT_FOUND);
	service_close(service);
}

static int
open_service(void **state)
{
	forge_open();
	*state = service_open(2);
	return 0;
}

static int
close_service(void **state)
{
	service_close(*state);
	forge_close();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest shared[] = {
		cmocka_unit_test(good_answers_are_accepted),
		cmocka_unit_test(credential_is_what_was_signed), cmocka_unit_test(roles_are_what_was_signed),
		cmocka_unit_test(base64_may_have_line_breaks_only),
		cmocka_unit_test(huge_texts_never_reach_a_worker),
		cmocka_unit_test(request_is_signed_and_ours),
		cmocka_unit_test(request_has_the_shape_of_the_federation),
		cmocka_unit_test(origin_and_metadata_are_published),
	};
	/* Each with a service of its own, so that its children are easily told. */
	const struct CMUnitTest own[] = {
		cmocka_unit_test(one_request_dies_with_its_worker),
		cmocka_unit_test(nobody_notices_the_death_of_an_idle_worker),
		cmocka_unit_test(a_worker_that_hangs_is_not_waited_for),
		cmocka_unit_test(the_program_is_started_again),
		cmocka_unit_test(reload_takes_new_metadata),
		cmocka_unit_test(bad_metadata_is_named),
	};
	int failed = cmocka_run_group_tests_name("answers", shared, open_service, close_service);

	forge_open();
	failed += cmocka_run_group_tests_name("crashes", own, NULL, NULL);
	forge_close();
	return failed;
}
