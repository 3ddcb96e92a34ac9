/* A query or a form: either a fault, or fields that say exactly what was sent. */
#include <string.h>

#include "fuzz.h"
#include "text/escape.h"
#include "web/form.h"
#include "web/request.h"

/* Escaped again in its plainest spelling. */
static struct bytes
print(struct arena *arena, const struct fields *fields)
{
	struct buf out;

	buf_init(&out, arena, (size_t)16 << 20);
	for (size_t i = 0; i < fields->count; i++) {
		buf_put_text(&out, i > 0 ? "&" : "");
		escape_url(&out, fields->items[i].name);
		buf_put_text(&out, "=");
		escape_url(&out, fields->items[i].value);
	}
	must(!out.failed);
	return buf_bytes(&out);
}

static void
check_fields(const struct fields *fields)
{
	must(fields->count <= REQUEST_FIELDS_MAX);
	for (size_t i = 0; i < fields->count; i++) {
		must(utf8_valid(bytes_of(fields->items[i].name)));
		must(utf8_valid(bytes_of(fields->items[i].value)));
	}
}

/* Without a fault a name has one value: no two readers may see different ones. */
static void
check_single(const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		must(fields_get(fields, fields->items[i].name) == fields->items[i].value);
}

static void
check_same(const struct fields *a, const struct fields *b)
{
	must(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		must(strcmp(a->items[i].name, b->items[i].name) == 0);
		must(strcmp(a->items[i].value, b->items[i].value) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct fields fields, again;
	const char *fault = form_parse(arena, bytes_make(data, size), &fields);

	check_fields(&fields);
	if (fault != NULL)
		return 0;
	fuzz_taken();
	check_single(&fields);
	must(form_parse(arena, print(arena, &fields), &again) == NULL);
	check_same(&fields, &again);
	return 0;
}
