#include "factor/totp_show.h"

#include "factor/qr.h"
#include "factor/totp.h"
#include "text/template.h"

static const char *
in_groups(struct arena *arena, const char *key)
{
	struct buf text;

	buf_init(&text, arena, 256);
	for (size_t i = 0; key[i] != '\0'; i++) {
		if (i > 0 && i % 4 == 0)
			buf_put_byte(&text, ' ');
		buf_put_byte(&text, (uint8_t)key[i]);
	}
	return buf_text(&text);
}

enum err
totp_show(struct arena *arena, struct bytes seed, const char *issuer, const char *account, struct view *view)
{
	const char *url = totp_url(arena, seed, issuer, account), *key = base32_print(arena, seed), *svg;
	enum err err = qr_print(arena, url, &svg);

	if (err != ERR_OK)
		return err;
	view_text(view, "qr", svg);
	view_text(view, "key", key);
	view_text(view, "key_groups", in_groups(arena, key));
	view_text(view, "otpauth_url", url);
	view_text(view, "app_account", arena_printf(arena, "%s (%s)", issuer, account));
	return ERR_OK;
}
