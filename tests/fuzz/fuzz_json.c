/* A JSON body read by rules: either a sentence that says what is wrong, or members that are as the rules say, and that say the same when they are
 * printed and read again. */
#include <inttypes.h>
#include <string.h>

#include "fuzz.h"
#include "text/json.h"

static const struct json_rule rules[] = {
    {.name = "expires_in", .number = true, .least = 3600, .most = 7776000},
    {.name = "note", .most = 64},
    {.name = "reason", .required = true, .least = 1, .most = 40},
};
#define COUNT (sizeof(rules) / sizeof(rules[0]))

static void
check_number(const struct json_rule *rule, const struct json_value *value)
{
	must(value->text == NULL && value->number >= rule->least && value->number <= rule->most);
}

static void
check_text(const struct json_rule *rule, const struct json_value *value)
{
	size_t len = strlen(value->text);

	must((int64_t)len >= rule->least && (int64_t)len <= rule->most && utf8_valid(bytes_of(value->text)));
	for (size_t i = 0; i < len; i++)
		must((uint8_t)value->text[i] >= 0x20 && value->text[i] != 0x7f);
}

static void
check_values(const struct json_value *values)
{
	for (size_t i = 0; i < COUNT; i++) {
		must(values[i].given || (!rules[i].required && values[i].text == NULL && values[i].number == 0));
		if (values[i].given && rules[i].number)
			check_number(&rules[i], &values[i]);
		else if (values[i].given)
			check_text(&rules[i], &values[i]);
	}
}

static struct bytes
print(struct arena *arena, const struct json_value *values)
{
	json_t *json = json_object();

	for (size_t i = 0; i < COUNT; i++) {
		if (values[i].given)
			json_object_set_new(json, rules[i].name, rules[i].number ? json_integer(values[i].number) : json_string(values[i].text));
	}
	return bytes_of(json_print(arena, json));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct json_value values[COUNT], again[COUNT];

	if (json_body(arena, bytes_make(data, size), rules, COUNT, values) != NULL)
		return 0;
	fuzz_taken();
	check_values(values);
	must(json_body(arena, print(arena, values), rules, COUNT, again) == NULL);
	for (size_t i = 0; i < COUNT; i++) {
		must(values[i].given == again[i].given && values[i].number == again[i].number);
		must(!values[i].given || rules[i].number || strcmp(values[i].text, again[i].text) == 0);
	}
	return 0;
}
