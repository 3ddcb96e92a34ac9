#include "oidc/json.h"

#include <stdlib.h>

void
json_release(json_t **json)
{
	json_decref(*json);
	*json = NULL;
}

json_t *
json_read(struct bytes text)
{
	json_t *json = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);

	if (json != NULL && !json_is_object(json))
		json_release(&json);
	return json;
}

const char *
json_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool
json_time(const json_t *object, const char *name, int64_t *ret_time)
{
	const json_t *value = json_object_get(object, name);
	double seconds;

	if (!json_is_number(value))
		return false;
	seconds = json_number_value(value);
	if (!(seconds >= 0 && seconds <= 1e11))
		return false;
	*ret_time = (int64_t)(seconds * 1000);
	return true;
}

const char *
json_print(struct arena *arena, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
	const char *copy;

	must(text != NULL);
	copy = arena_text(arena, text);
	free(text);
	json_decref(json);
	return copy;
}
