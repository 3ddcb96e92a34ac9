#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_SIZE 4096
#define VALUE_MAX 256

static _Atomic enum log_level sink_level = LOG_INFO;
static _Atomic int sink_fd = STDERR_FILENO;

static const char *const level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARNING] = "warning",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

/* A line on the stack, since the log must work when nothing else does; what does not fit is cut. */
struct line {
	size_t len;
	char data[LINE_SIZE];
};

void
log_set_level(enum log_level level)
{
	atomic_store(&sink_level, level);
}

enum err
log_level_parse(const char *name, enum log_level *ret_level)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return ERR_OK;
		}
	}
	return ERR_FORMAT;
}

void
log_set_descriptor(int fd)
{
	atomic_store(&sink_fd, fd);
}

/* One byte is kept free for the newline. */
static void
put(struct line *line, const char *text, size_t len)
{
	size_t room = LINE_SIZE - 1 - line->len;

	if (len > room)
		len = room;
	memcpy(line->data + line->len, text, len);
	line->len += len;
}

static void
put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* Needs no quotes: nothing in it that separates, quotes, controls or is outside ASCII. */
static bool
is_plain(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "-._~:/@+,;%?&#!*()[]");

	return len > 0 && len <= VALUE_MAX && text[len] == '\0';
}

/* All but printable ASCII becomes \xNN, so that no value forges a line or drives a terminal. */
static void
put_quoted(struct line *line, const char *text)
{
	char escape[5];

	put(line, "\"", 1);
	for (size_t i = 0; text[i] != '\0'; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i == VALUE_MAX) {
			put(line, "...", 3);
			break;
		}
		if (c == '"' || c == '\\') {
			put(line, "\\", 1);
			put(line, text + i, 1);
		} else if (c >= 0x20 && c < 0x7f) {
			put(line, text + i, 1);
		} else {
			snprintf(escape, sizeof(escape), "\\x%02x", c);
			put(line, escape, 4);
		}
	}
	put(line, "\"", 1);
}

static void
put_pair(struct line *line, const char *key, const char *text)
{
	put(line, " ", 1);
	put_text(line, key);
	put(line, "=", 1);
	if (is_plain(text))
		put_text(line, text);
	else
		put_quoted(line, text);
}

static void
put_number(struct line *line, const char *key, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	put_pair(line, key, text);
}

static void
put_fields(struct line *line, const struct log_fields *fields)
{
	if (fields == NULL)
		return;
	if (fields->request[0] != '\0')
		put_pair(line, "request", fields->request);
	if (fields->portal != NULL && fields->portal[0] != '\0')
		put_pair(line, "portal", fields->portal);
}

/* One write a line keeps the lines of threads apart; a log that cannot be written stops nothing. */
static void
flush(struct line *line)
{
	int fd = atomic_load(&sink_fd);
	size_t done = 0;

	line->data[line->len++] = '\n';
	while (done < line->len) {
		ssize_t n = write(fd, line->data + done, line->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

void
log_write(enum log_level level, const struct log_fields *fields, const char *sentence,
    const struct log_pair *pairs)
{
	char time[CLOCK_TEXT_SIZE];
	struct line line;
	int saved = errno;

	if (level > atomic_load(&sink_level))
		return;
	line.len = 0;
	clock_write(clock_now(), time);
	put_text(&line, time);
	put(&line, " ", 1);
	put_text(&line, level_names[level]);
	put(&line, " ", 1);
	put_quoted(&line, sentence);
	put_fields(&line, fields);
	for (; pairs->key != NULL; pairs++) {
		if (pairs->text != NULL)
			put_pair(&line, pairs->key, pairs->text);
		else
			put_number(&line, pairs->key, pairs->number);
	}
	flush(&line);
	errno = saved;
}
