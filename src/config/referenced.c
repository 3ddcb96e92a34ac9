#include "config/internal.h"

#define SECRET_MIN 32
#define SECRET_MAX 128
#define JWKS_MAX (64 * 1024)
#define PASSWORD_MAX 512

static bool
content_read(struct load *load, const struct node *node, const char *key, const char *path,
    size_t most, struct bytes *ret_content)
{
	unsigned mode;
	enum err err = config_read(path, most, load->arena, ret_content, &mode);

	if (err == ERR_OK)
		return true;
	if (err == ERR_TOO_BIG)
		fault_add(load, node, key,
		    "the file %s is larger than %zu bytes; name the right one", path, most);
	else
		fault_add(load, node, key,
		    "the file %s cannot be read (%m); correct the name, or give the service the "
		    "right to read it",
		    path);
	return false;
}

static void
warn_readable(struct load *load, const struct node *node, const char *key, const char *path)
{
	struct bytes content;
	unsigned mode;

	if (config_read(path, CONFIG_FILE_MAX, load->arena, &content, &mode) == ERR_OK &&
	    (mode & 07) != 0)
		warning_add(load, node, key,
		    "every user of this machine may open the file %s; run chmod o= on it", path);
}

/* The secret is the whole file but for one line's end. */
static void
secret_load(struct load *load, const struct node *node, const char *key, const char *file,
    struct bytes *ret_secret)
{
	struct bytes secret;

	if (!content_read(load, node, key, file, SECRET_MAX + 2, &secret))
		return;
	if (secret.len > 0 && secret.data[secret.len - 1] == '\n')
		secret.len--;
	for (size_t i = 0; i < secret.len; i++)
		if (secret.data[i] <= ' ' || secret.data[i] >= 0x7f)
			secret.len = 0;
	if (secret.len < SECRET_MIN || secret.len > SECRET_MAX) {
		fault_add(load, node, key,
		    "the file %s does not hold one line of 32 to 128 printable ASCII characters; "
		    "make one with: openssl rand -hex 32",
		    file);
		return;
	}
	*ret_secret = secret;
	warn_readable(load, node, key, file);
}

static void
jwks_load(struct load *load, struct portal_config *portal, const struct node *node, const char *key)
{
	struct bytes jwks;

	if (!content_read(load, node, key, portal->jwks_file, JWKS_MAX, &jwks))
		return;
	if (jwks.len == 0 || !utf8_valid(jwks))
		fault_add(load, node, key,
		    "the file %s is not a JWK set; ask the portal's team for its public keys",
		    portal->jwks_file);
	portal->jwks = jwks;
}

/* One line, without control characters: it goes into a command to the mail server. */
static void
password_load(struct load *load, const struct node *node, const char *key)
{
	struct mail_config *mail = &load->config->mail;
	struct bytes password;

	if (!content_read(load, node, key, mail->password_file, PASSWORD_MAX + 2, &password))
		return;
	if (password.len > 0 && password.data[password.len - 1] == '\n')
		password.len--;
	if (password.len > 0 && password.data[password.len - 1] == '\r')
		password.len--;
	for (size_t i = 0; i < password.len; i++)
		if (password.data[i] < ' ' || password.data[i] == 0x7f)
			password.len = 0;
	if (password.len == 0 || password.len > PASSWORD_MAX) {
		fault_add(load, node, key,
		    "the file %s does not hold a password: one line of 1 to 512 characters",
		    mail->password_file);
		return;
	}
	mail->password = arena_text_of(load->arena, password);
	warn_readable(load, node, key, mail->password_file);
}

void
referenced_load(struct load *load, const struct node *root)
{
	struct portal_config *portals = (struct portal_config *)load->config->portals;
	const struct node *list = tree_get(root, "portals"),
			  *node = list != NULL ? list->first : NULL;

	if (load->config->tls_key != NULL)
		warn_readable(
		    load, tree_get(tree_get(root, "tls"), "key"), "tls.key", load->config->tls_key);
	if (load->config->mail.password_file != NULL)
		password_load(load, tree_get(tree_get(root, "mail"), "password_file"),
		    "mail.password_file");
	if (load->config->helpdesk.tool_secret_file != NULL)
		secret_load(load, tree_get(tree_get(root, "helpdesk"), "tool_secret_file"),
		    "helpdesk.tool_secret_file", load->config->helpdesk.tool_secret_file,
		    &load->config->helpdesk.tool_secret);
	for (size_t i = 0; node != NULL; node = node->next, i++) {
		if (portals[i].jwks_file != NULL)
			jwks_load(load, &portals[i], tree_get(node, "jwks_file"),
			    arena_printf(load->arena, "portals[%zu].jwks_file", i));
		if (portals[i].client_secret_file != NULL)
			secret_load(load, tree_get(node, "client_secret_file"),
			    arena_printf(load->arena, "portals[%zu].client_secret_file", i),
			    portals[i].client_secret_file, &portals[i].client_secret);
	}
}
