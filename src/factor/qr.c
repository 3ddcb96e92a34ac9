#include "factor/qr.h"

#include <qrencode.h>

#include "base/buf.h"

#define QUIET 4
#define SVG_MAX (512 * 1024)

static void
release(QRcode **code)
{
	QRcode_free(*code);
}

/* Each row's runs of dark modules as one path: a tenth of what a rectangle a module takes. */
static void
put_row(struct buf *svg, const QRcode *code, int y)
{
	const unsigned char *row = code->data + (size_t)y * (size_t)code->width;
	int x = 0;

	while (x < code->width) {
		int from = x;
		while (x < code->width && (row[x] & 1) != 0)
			x++;
		if (x > from)
			buf_printf(svg, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
		else
			x++;
	}
}

enum err
qr_print(struct arena *arena, const char *text, const char **ret_svg)
{
	CLEANUP(release) QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	struct buf svg;
	int size;

	if (code == NULL)
		return ERR_TOO_BIG;
	size = code->width + 2 * QUIET;
	buf_init(&svg, arena, SVG_MAX);
	buf_printf(&svg, "<svg viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\" xmlns=\"http://www.w3.org/2000/svg\">", size, size);
	buf_printf(&svg, "<path fill=\"#fff\" d=\"M0 0h%dv%dh-%dz\"/><path fill=\"#000\" d=\"", size, size, size);
	for (int y = 0; y < code->width; y++)
		put_row(&svg, code, y);
	buf_put_text(&svg, "\"/></svg>");
	must(!svg.failed);
	*ret_svg = buf_text(&svg);
	return ERR_OK;
}
