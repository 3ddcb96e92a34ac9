#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* The value's place, or that of the section. */
static const struct node *
at(const struct node *section, const char *key)
{
	const struct node *node = tree_get(section, key);

	return node != NULL ? node : section;
}

static bool
port_valid(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 5 && text[digits] == '\0' && atoi(text) >= 1 &&
	       atoi(text) <= 65535;
}

/* smtp://host[:port] and nothing behind it; *ret_host: the host without brackets, in the arena. */
static bool
url_parse(const char *url, struct arena *arena, const char **ret_host)
{
	const char *host = strstr(url, "://");
	bool brackets;
	size_t len;

	if (strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0)
		return false;
	host += 3;
	brackets = *host == '[';
	host += brackets;
	len = strspn(host, brackets ? "0123456789abcdefABCDEF:." : ALPHABET "0123456789-.");
	if (len == 0 || (brackets && host[len] != ']'))
		return false;
	*ret_host = arena_text_of(arena, bytes_make(host, len));
	host += len + brackets;
	return *host == '\0' || (*host == ':' && port_valid(host + 1));
}

static bool
is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
	       strcmp(host, "::1") == 0;
}

static void
check_tls(struct load *load, const struct node *section, const char *host)
{
	struct mail_config *mail = &load->config->mail;
	const char *word = mail->tls_word;
	bool smtps = strncmp(mail->url, "smtps://", 8) == 0, loopback = is_loopback(host);

	if (word == NULL)
		mail->tls = loopback && !smtps ? MAIL_TLS_NONE : MAIL_TLS_REQUIRED;
	else if (strcmp(word, "required") == 0)
		mail->tls = MAIL_TLS_REQUIRED;
	else
		mail->tls = strcmp(word, "none") == 0 ? MAIL_TLS_NONE : MAIL_TLS_OPPORTUNISTIC;
	if (smtps && mail->tls != MAIL_TLS_REQUIRED)
		fault_add(load, at(section, "tls"), "mail.tls",
		    "a server at smtps:// always speaks TLS; write required, or leave it out");
	else if (mail->tls == MAIL_TLS_NONE && !loopback)
		fault_add(load, at(section, "tls"), "mail.tls",
		    "codes and addresses would cross the network in clear; write required, or name "
		    "a mail server on a loopback address");
	else if (mail->tls == MAIL_TLS_OPPORTUNISTIC && !loopback && mail->user != NULL)
		fault_add(load, at(section, "tls"), "mail.tls",
		    "the password could cross the network in clear; write required");
	else if (mail->tls == MAIL_TLS_OPPORTUNISTIC && !loopback)
		warning_add(load, at(section, "tls"), "mail.tls",
		    "codes and addresses cross the network in clear when the server offers no TLS; "
		    "write required when it can");
}

/* What letters and commands take without quoting; whether it exists is seen when a mail is sent. */
static void
check_address(
    struct load *load, const struct node *section, const char *key, const char *address)
{
	const char *domain = address != NULL ? strchr(address, '@') : NULL;
	const char *name = arena_printf(load->arena, "mail.%s", key);

	if (address == NULL)
		return;
	if (domain == NULL || domain == address || domain - address > 64 ||
	    strspn(address, ALPHABET "0123456789.!#$%&'*+-/=?^_`{|}~") !=
		(size_t)(domain - address) ||
	    domain[1 + strspn(domain + 1, ALPHABET "0123456789-.")] != '\0' ||
	    domain[1] == '.' || domain[1] == '\0' || strstr(domain, "..") != NULL ||
	    domain[strlen(domain) - 1] == '.')
		fault_add(load, at(section, key), name,
		    "this is not one plain e-mail address; write one, as in no-reply@example.ca");
}

static void
check_user(struct load *load, const struct node *section)
{
	const struct mail_config *mail = &load->config->mail;

	if (mail->user != NULL && mail->password_file == NULL)
		fault_add(load, at(section, "user"), "mail.user",
		    "it has no password; name the file that holds it in mail.password_file");
	if (mail->user == NULL && mail->password_file != NULL)
		fault_add(load, at(section, "password_file"), "mail.password_file",
		    "nobody uses it; add mail.user, or remove it");
}

void
cross_check_mail(struct load *load, const struct node *root)
{
	const struct mail_config *mail = &load->config->mail;
	const struct node *section = tree_get(root, "mail");
	const char *host;

	if (mail->url == NULL) {
		warning_add(load, NULL, "mail",
		    "there is none: people get no notices about their second factor, and no codes "
		    "by e-mail");
		return;
	}
	if (url_parse(mail->url, load->arena, &host))
		check_tls(load, section, host);
	else
		fault_add(load, at(section, "url"), "mail.url",
		    "this is not the URL of a mail server; write smtp://host:port or "
		    "smtps://host:port, without user and path");
	check_address(load, section, "from", mail->from);
	check_address(load, section, "reports_to", mail->reports_to);
	check_user(load, section);
}
