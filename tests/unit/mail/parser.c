#include "parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct parser {
	pid_t pid;
	FILE *to, *from;
};

struct parser *
parser_new(void)
{
	struct parser *parser = calloc(1, sizeof(*parser));
	int ends[2];

	assert_non_null(parser);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	parser->pid = fork();
	assert_true(parser->pid >= 0);
	if (parser->pid == 0) {
		dup2(ends[1], 0);
		dup2(ends[1], 1);
		execlp("perl", "perl", UNIT_MAIL_PARSER, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	parser->to = fdopen(ends[0], "w");
	parser->from = fdopen(dup(ends[0]), "r");
	assert_true(parser->to != NULL && parser->from != NULL);
	return parser;
}

void
parser_free(struct parser **parser)
{
	fclose((*parser)->to);
	fclose((*parser)->from);
	waitpid((*parser)->pid, NULL, 0);
	free(*parser);
	*parser = NULL;
}

static const char *
ask(struct parser *parser, struct arena *arena, struct bytes message, size_t *ret_len)
{
	char *answer;

	fprintf(parser->to, "%zu\n", message.len);
	assert_int_equal(fwrite(message.data, 1, message.len, parser->to), message.len);
	assert_int_equal(fflush(parser->to), 0);
	assert_int_equal(fscanf(parser->from, "%zu", ret_len), 1);
	assert_int_equal(fgetc(parser->from), '\n');
	answer = arena_alloc(arena, *ret_len + 1);
	assert_int_equal(fread(answer, 1, *ret_len, parser->from), *ret_len);
	return answer;
}

struct parsed
parser_run(struct parser *parser, struct arena *arena, struct bytes message)
{
	struct parsed parsed = {.count = 0};
	size_t len;
	const char *answer = ask(parser, arena, message, &len);

	if (answer[0] == '!')
		fail_msg("%s in %.*s", answer, (int)message.len, (const char *)message.data);
	for (size_t at = 0; at < len; at += strlen(answer + at) + 1) {
		assert_true(parsed.count < PARSED_MAX);
		parsed.fields[parsed.count++] = answer + at;
	}
	return parsed;
}

const char *
parsed_get(const struct parsed *parsed, const char *name)
{
	for (size_t i = 0; i + 1 < parsed->count; i += 2) {
		if (strcmp(parsed->fields[i], name) == 0)
			return parsed->fields[i + 1];
	}
	return NULL;
}

void
assert_says(const char *where, const char *what)
{
	assert_non_null(where);
	if (strstr(where, what) == NULL)
		fail_msg("\"%s\" is not in:\n%s", what, where);
}

void
assert_silent(const char *where, const char *what)
{
	if (strstr(where, what) != NULL)
		fail_msg("\"%s\" is in:\n%s", what, where);
}
