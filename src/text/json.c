#include "text/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

static bool
take_number(const json_t *member, const struct json_rule *rule, struct json_value *ret_value)
{
	ret_value->given = json_is_integer(member);
	ret_value->number = json_integer_value(member);
	return ret_value->given && ret_value->number >= rule->least && ret_value->number <= rule->most;
}

static bool
take_text(struct arena *arena, const json_t *member, const struct json_rule *rule, struct json_value *ret_value)
{
	const char *text = json_string_value(member);
	int64_t len = text != NULL ? (int64_t)json_string_length(member) : 0;

	if (text == NULL || len < rule->least || len > rule->most || has_control(text))
		return false;
	ret_value->given = true;
	ret_value->text = arena_text(arena, text);
	return true;
}

static const char *
take(struct arena *arena, const json_t *object, const struct json_rule *rule, struct json_value *ret_value)
{
	const json_t *member = json_object_get(object, rule->name);

	*ret_value = (struct json_value){.given = false};
	if (member == NULL)
		return rule->required ? arena_printf(arena, "%s is missing.", rule->name) : NULL;
	if (rule->number && !take_number(member, rule, ret_value))
		return arena_printf(arena, "%s must be a whole number from %" PRId64 " to %" PRId64 ".", rule->name, rule->least, rule->most);
	if (!rule->number && !take_text(arena, member, rule, ret_value))
		return arena_printf(arena, "%s must be a text of %" PRId64 " to %" PRId64 " bytes without control characters.", rule->name,
		    rule->least, rule->most);
	return NULL;
}

const char *
json_body(struct arena *arena, struct bytes body, const struct json_rule *rules, size_t count, struct json_value *ret_values)
{
	CLEANUP(json_release) json_t *object = body.len > 0 ? json_read(body) : json_object();
	size_t known = 0;

	if (object == NULL)
		return "The body must be one JSON object in UTF-8, with each member once.";
	for (size_t i = 0; i < count; i++) {
		const char *wrong = take(arena, object, &rules[i], &ret_values[i]);
		if (wrong != NULL)
			return wrong;
		known += json_object_get(object, rules[i].name) != NULL;
	}
	return known == json_object_size(object) ? NULL : "The body has a member that is not known here.";
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
