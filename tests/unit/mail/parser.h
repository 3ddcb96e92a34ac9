/* parser.h - messages as the other side reads them: parse.pl in a process of its own, and what tests ask of the result. */
#ifndef TESTS_UNIT_MAIL_PARSER_H
#define TESTS_UNIT_MAIL_PARSER_H

#include "../unit.h"

#include "base/arena.h"

#define PARSED_MAX 64

struct parser;

/* Names and values in turn: the header fields, then type and body of each part. */
struct parsed {
	const char *fields[PARSED_MAX];
	size_t count;
};

struct parser *parser_new(void);
void parser_free(struct parser **parser);
/* The test fails when the message is not as it should be. */
struct parsed parser_run(struct parser *parser, struct arena *arena, struct bytes message);
/* The value behind a name of a header field, or the body behind a part's type; NULL: it is not there. */
const char *parsed_get(const struct parsed *parsed, const char *name);

/* This text holds those words; it does not. */
void assert_says(const char *where, const char *what);
void assert_silent(const char *where, const char *what);

#endif
