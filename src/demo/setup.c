#include "demo/setup.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "crypto/jws.h"
#include "crypto/keyring.h"
#include "demo/idp.h"
#include "demo/people.h"
#include "demo/replace.h"
#include "text/template.h"

static const char *const rings[] = {"gckey", "partner", "staff", "health", "employer", "demo"};

static const struct {
	const char *id, *host;
} providers[DEMO_PROVIDERS] = {{"gckey", "gckey.localhost"}, {"partner", "partner.localhost"},
    {"staff", "staff.localhost"}},
  portals[DEMO_PORTALS] = {{"health", "health.localhost"}, {"employer", "employer.localhost"}};

static enum err
write_file(const char *path, const char *text, struct arena *arena, const char **ret_reason)
{
	if (replace_file(path, bytes_of(text), arena) == ERR_OK)
		return ERR_OK;
	*ret_reason = arena_printf(arena, "%s cannot be written: %s", path, strerror(errno));
	return ERR_IO;
}

static enum err
make_directory(const char *path, struct arena *arena, const char **ret_reason)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return ERR_OK;
	*ret_reason = arena_printf(arena, "%s cannot be made: %s", path, strerror(errno));
	return ERR_IO;
}

static enum err
make_rings(const char *directory, struct arena *arena, const char **ret_reason)
{
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		const char *path = arena_printf(arena, "%s/%s.keys", directory, rings[i]);
		enum err err = keyring_create(
		    path, arena_printf(arena, "stand-in %s", rings[i]), arena, ret_reason);
		if (err != ERR_OK && err != ERR_EXISTS)
			return err;
	}
	return ERR_OK;
}

static enum err
load_ring(const char *directory, const char *name, struct arena *arena, struct keyring **ret_keys,
    const char **ret_reason)
{
	return keyring_load(
	    arena_printf(arena, "%s/%s.keys", directory, name), arena, ret_keys, ret_reason);
}

static const char *
entity_id(const char *host, uint16_t port, struct arena *arena)
{
	return arena_printf(arena, "http://%s:%u/metadata", host, port);
}

static const char *
sso_url(const char *host, uint16_t port, struct arena *arena)
{
	return arena_printf(arena, "http://%s:%u/sso", host, port);
}

static enum err
write_provider(
    const struct setup_options *options, size_t i, struct arena *arena, const char **ret_reason)
{
	CLEANUP(keyring_free)
	struct keyring *keys = NULL;
	const char *sso = sso_url(providers[i].host, options->demo_port, arena);
	enum err err = load_ring(options->directory, providers[i].id, arena, &keys, ret_reason);

	if (err != ERR_OK)
		return err;
	return write_file(arena_printf(arena, "%s/%s.xml", options->directory, providers[i].id),
	    idp_metadata(entity_id(providers[i].host, options->demo_port, arena), sso,
		keyring_saml_signing(keys, 0)->certificate_pem, arena),
	    arena, ret_reason);
}

static enum err
write_portal(
    const struct setup_options *options, size_t i, struct arena *arena, const char **ret_reason)
{
	CLEANUP(keyring_free)
	struct keyring *keys = NULL;
	enum err err = load_ring(options->directory, portals[i].id, arena, &keys, ret_reason);

	if (err != ERR_OK)
		return err;
	return write_file(arena_printf(arena, "%s/%s.jwks.json", options->directory, portals[i].id),
	    jws_own_set(keys, arena), arena, ret_reason);
}

/* An absolute path as a YAML text: double-quoted as in JSON, which YAML contains. */
static enum err
print_path(struct buf *yaml, const char *key, const char *path, struct arena *arena,
    const char **ret_reason)
{
	char *whole = realpath(path, NULL), *quoted;
	json_t *json;

	if (whole == NULL) {
		*ret_reason = arena_printf(arena, "%s cannot be read: %s", path, strerror(errno));
		return ERR_IO;
	}
	json = json_string(whole);
	quoted = json_dumps(json, JSON_ENCODE_ANY);
	free(whole);
	json_decref(json);
	if (quoted == NULL) {
		*ret_reason = arena_printf(arena, "the path for %s is not UTF-8: move it", key);
		return ERR_IO;
	}
	buf_printf(yaml, "%s: %s\n", key, quoted);
	free(quoted);
	return ERR_OK;
}

static enum err
print_programs(struct buf *yaml, const struct setup_options *options, struct arena *arena,
    const char **ret_reason)
{
	enum err err = ERR_OK;

	if (options->template_directory != NULL)
		err = print_path(
		    yaml, "template_directory", options->template_directory, arena, ret_reason);
	if (err == ERR_OK && options->saml_worker_program != NULL)
		err = print_path(
		    yaml, "saml_worker_program", options->saml_worker_program, arena, ret_reason);
	return err;
}

static void
print_provider(
    struct buf *yaml, const char *id, const char *en, const char *fr, const char *separation)
{
	buf_printf(yaml,
	    "  - id: %s\n"
	    "    name: { en: \"%s\", fr: \"%s\" }\n"
	    "    metadata: %s.xml\n"
	    "    profile: cats2\n"
	    "    encryption: [aes256-gcm, aes128-gcm, aes128-cbc]\n"
	    "    force_authn: true\n"
	    "    separation: %s\n"
	    "    authn_context: [\"urn:gc-ca:cyber-auth:assurance:loa2\"]\n",
	    id, en, fr, id, separation);
}

static void
print_portal(
    struct buf *yaml, size_t i, const char *en, const char *fr, const struct setup_options *options)
{
	const char *id = portals[i].id, *host = portals[i].host;
	uint16_t port = options->demo_port;

	buf_printf(yaml,
	    "  - id: %s\n"
	    "    name: { en: \"%s\", fr: \"%s\" }\n"
	    "    redirect_uris: [\"http://%s:%u/callback\"]\n"
	    "    post_logout_redirect_uris: [\"http://%s:%u/\"]\n"
	    "    jwks_file: %s.jwks.json\n"
	    "    admission: open\n"
	    "    providers: [gckey, partner]\n"
	    "    second_factor: { methods: [%s], required_for: [gckey, partner] }\n",
	    id, en, fr, host, port, host, port, id,
	    options->mail_port != 0 ? "totp, mail" : "totp");
}

/* The console's own section, and the provider of its staff: an organisation's, without the federation's levels. */
static void
print_desk(struct buf *yaml, uint16_t port)
{
	buf_printf(yaml,
	    "helpdesk:\n"
	    "  public_url: http://desk.localhost:%u\n"
	    "  listen: 127.0.0.1:%u\n"
	    "  provider: staff\n"
	    "  role_attribute: role\n",
	    port, port);
}

static void
print_staff(struct buf *yaml)
{
	buf_put_text(yaml,
	    "  - id: staff\n"
	    "    name: { en: \"Staff (stand-in)\", fr: \"Personnel (simulation)\" }\n"
	    "    metadata: staff.xml\n"
	    "    profile: plain\n"
	    "    force_authn: true\n");
}

/* The help desk's reports land in the same mailbox as everything. */
static void
print_mail(struct buf *yaml, uint16_t port)
{
	buf_printf(yaml,
	    "mail:\n"
	    "  url: smtp://127.0.0.1:%u\n"
	    "  from: no-reply@auth.localhost\n"
	    "  reports_to: help-desk@auth.localhost\n",
	    port);
}

static enum err
write_configuration(
    const struct setup_options *options, struct arena *arena, const char **ret_reason)
{
	struct buf yaml;
	enum err err;

	buf_init(&yaml, arena, 65536);
	buf_printf(&yaml,
	    "# Written by vestibule-demo: a stand-in world on this machine, for nobody's real "
	    "data.\n"
	    "public_url: http://auth.localhost:%u\n"
	    "entity_id: http://auth.localhost:%u/saml/metadata\n"
	    "listen: 127.0.0.1:%u\n"
	    "operations_listen: 127.0.0.1:%u\n"
	    "state_directory: state\n"
	    "key_directory: keys\n",
	    options->service_port, options->service_port, options->service_port,
	    options->operations_port);
	err = print_programs(&yaml, options, arena, ret_reason);
	if (err != ERR_OK)
		return err;
	if (options->mail_port != 0)
		print_mail(&yaml, options->mail_port);
	if (options->desk_port != 0)
		print_desk(&yaml, options->desk_port);
	buf_put_text(&yaml, "providers:\n");
	print_provider(&yaml, "gckey", "GCKey (stand-in)", "CléGC (simulation)", "exclusive");
	print_provider(&yaml, "partner", "Sign-In Partner (stand-in)",
	    "Partenaire de connexion (simulation)", "shared");
	if (options->desk_port != 0)
		print_staff(&yaml);
	buf_put_text(&yaml, "portals:\n");
	print_portal(&yaml, 0, "Public health portal (stand-in)",
	    "Portail de la santé publique (simulation)", options);
	print_portal(
	    &yaml, 1, "Employer portal (stand-in)", "Portail des employeurs (simulation)", options);
	must(!yaml.failed);
	return write_file(arena_printf(arena, "%s/vestibule.yaml", options->directory),
	    buf_text(&yaml), arena, ret_reason);
}

static enum err
write_ports(const struct setup_options *options, struct arena *arena, const char **ret_reason)
{
	return write_file(arena_printf(arena, "%s/demo.json", options->directory),
	    arena_printf(arena, "{\"service\":\"http://auth.localhost:%u\",\"port\":%u}\n",
		options->service_port, options->demo_port),
	    arena, ret_reason);
}

enum err
setup_write(const struct setup_options *options, struct arena *arena, const char **ret_reason)
{
	enum err err = make_directory(options->directory, arena, ret_reason);

	if (err == ERR_OK)
		err = make_directory(
		    arena_printf(arena, "%s/state", options->directory), arena, ret_reason);
	if (err == ERR_OK)
		err = make_rings(options->directory, arena, ret_reason);
	for (size_t i = 0; err == ERR_OK && i < DEMO_PROVIDERS; i++)
		err = write_provider(options, i, arena, ret_reason);
	for (size_t i = 0; err == ERR_OK && i < DEMO_PORTALS; i++)
		err = write_portal(options, i, arena, ret_reason);
	if (err == ERR_OK)
		err = write_ports(options, arena, ret_reason);
	return err == ERR_OK ? write_configuration(options, arena, ret_reason) : err;
}

static enum err
read_ports(struct demo *demo, struct arena *arena, const char **ret_reason)
{
	const char *path = arena_printf(arena, "%s/demo.json", demo->directory);
	json_t *json = json_load_file(path, 0, NULL);
	const char *service = json_string_value(json_object_get(json, "service"));
	json_int_t port = json_integer_value(json_object_get(json, "port"));

	if (service != NULL)
		demo->service = arena_text(arena, service);
	demo->port = (uint16_t)port;
	json_decref(json);
	if (demo->service != NULL && port > 0 && port < 65536)
		return ERR_OK;
	*ret_reason = arena_printf(arena,
	    "%s is not there or not whole: run `vestibule-demo -d %s init` first", path,
	    demo->directory);
	return ERR_NOT_FOUND;
}

static enum err
read_provider(struct demo *demo, size_t i, struct arena *arena, const char **ret_reason)
{
	struct demo_provider *provider = &demo->providers[i];
	const struct saml_key *own, *stranger;
	enum err err =
	    load_ring(demo->directory, providers[i].id, arena, &provider->keys, ret_reason);

	if (err != ERR_OK)
		return err;
	own = keyring_saml_signing(provider->keys, 0);
	stranger = keyring_saml_encryption(
	    provider->keys, 0); /* a good key that the metadata does not name */
	provider->id = providers[i].id;
	provider->host = providers[i].host;
	provider->entity_id = entity_id(providers[i].host, demo->port, arena);
	provider->sso_url = sso_url(providers[i].host, demo->port, arena);
	provider->private_pem = own->private_pem;
	provider->certificate_pem = own->certificate_pem;
	provider->stranger_pem = stranger->private_pem;
	provider->stranger_certificate_pem = stranger->certificate_pem;
	return ERR_OK;
}

static enum err
read_portal(struct demo *demo, size_t i, struct arena *arena, const char **ret_reason)
{
	struct keyring *keys = NULL;
	enum err err = load_ring(demo->directory, portals[i].id, arena, &keys, ret_reason);

	demo->portals[i] = (struct demo_portal){.id = portals[i].id,
	    .host = portals[i].host,
	    .origin = arena_printf(arena, "http://%s:%u", portals[i].host, demo->port),
	    .keys = keys};
	return err;
}

enum err
setup_read(
    const char *directory, struct arena *arena, struct demo *ret_demo, const char **ret_reason)
{
	enum err err;

	*ret_demo = (struct demo){.directory = directory};
	err = read_ports(ret_demo, arena, ret_reason);
	for (size_t i = 0; err == ERR_OK && i < DEMO_PROVIDERS; i++)
		err = read_provider(ret_demo, i, arena, ret_reason);
	for (size_t i = 0; err == ERR_OK && i < DEMO_PORTALS; i++)
		err = read_portal(ret_demo, i, arena, ret_reason);
	if (err == ERR_OK)
		err = load_ring(directory, "demo", arena, &ret_demo->session_keys, ret_reason);
	if (err != ERR_OK)
		return err;
	err = people_open(arena_printf(arena, "%s/people.json", directory), &ret_demo->people);
	if (err != ERR_OK)
		*ret_reason =
		    arena_printf(arena, "%s/people.json is damaged: remove it", directory);
	return err;
}

void
setup_done(struct demo *demo)
{
	for (size_t i = 0; i < DEMO_PROVIDERS; i++) {
		idp_close(&demo->providers[i].idp);
		keyring_free(&demo->providers[i].keys);
	}
	for (size_t i = 0; i < DEMO_PORTALS; i++)
		keyring_free(&demo->portals[i].keys);
	keyring_free(&demo->session_keys);
	people_close(&demo->people);
	text_free(&demo->text);
}
