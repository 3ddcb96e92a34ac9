/* The page of mail.localhost: what the demo's mail server took, whoever it is for. */
#include <string.h>

#include "base/clock.h"
#include "demo/inbox.h"
#include "demo/stand_in.h"

#define PIECES_MOST 21 /* of a text: ten links and what stands around them */

static void
view_text_pieces(struct ctx *ctx, struct view *item, const char *text)
{
	struct inbox_piece piece;
	int count = 1;

	while (count < PIECES_MOST && inbox_piece(ctx->arena, &text, &piece)) {
		struct view *view = view_item(item, "pieces");
		view_text(view, "text", piece.text);
		view_flag(view, "link", piece.link);
		count++;
	}
	if (*text != '\0')
		view_text(view_item(item, "pieces"), "text", text);
}

static void
view_mail(struct ctx *ctx, struct view *item, const struct inbox_mail *mail)
{
	const char *when = clock_print(ctx->arena, mail->time);

	view_text(item, "to", mail->to);
	view_text(item, "subject", *mail->subject != '\0' ? mail->subject : NULL);
	view_text(item, "when_iso", when);
	view_text(item, "when", arena_printf(ctx->arena, "%.10s %.8s UTC", when, when + 11));
	view_text(item, "code", mail->code);
	view_text(item, "mail_language", *mail->language != '\0' ? mail->language : NULL);
	view_flag(item, "no_text", *mail->text == '\0');
	view_flag(item, "cut", mail->cut);
	view_text_pieces(ctx, item, mail->text);
}

enum err
inbox_home(struct ctx *ctx, const struct request *request, struct response *response)
{
	const char *directory = stand_in_demo()->inbox;
	struct view *view = stand_in_view(ctx, request, "/");
	struct inbox_mail mails[INBOX_MOST];
	size_t count = directory != NULL ? inbox_read(directory, ctx->arena, mails) : 0;

	view_flag(view, "running", directory != NULL);
	view_flag(view, "empty", count == 0);
	view_flag(view, "full", count == INBOX_MOST);
	for (size_t i = 0; i < count; i++)
		view_mail(ctx, view_item(view, "mails"), &mails[i]);
	stand_in_page(ctx, "inbox", view, response);
	return ERR_OK;
}
