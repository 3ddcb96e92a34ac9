#include "demo/inbox.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "demo/mime.h"

#define FILES_MOST 10000
#define FILE_MAX 65536
#define MAIL_ARENA (16 << 20)
#define LINK_MAX 1000
#define NAME_SIZE 128

/* A file of the Maildir: seconds.Mmicroseconds... */
struct place {
	int64_t seconds, micro;
	char name[NAME_SIZE];
};

static bool
parse_place(const char *name, struct place *ret)
{
	int end = 0;

	if (strlen(name) >= NAME_SIZE ||
	    sscanf(name, "%11" SCNd64 ".M%6" SCNd64 "P%n", &ret->seconds, &ret->micro, &end) != 2 ||
	    end == 0 || ret->seconds < 0 || ret->micro < 0)
		return false;
	snprintf(ret->name, NAME_SIZE, "%s", name);
	return true;
}

static bool
is_newer(const struct place *a, const struct place *b)
{
	return a->seconds != b->seconds ? a->seconds > b->seconds : a->micro > b->micro;
}

/* Keep the newest ones, in that order. */
static void
put_place(struct place *places, size_t *count, const struct place *place)
{
	size_t i = *count;

	while (i > 0 && is_newer(place, &places[i - 1]))
		i--;
	if (i == INBOX_MOST)
		return;
	if (*count < INBOX_MOST)
		(*count)++;
	memmove(&places[i + 1], &places[i], (*count - i - 1) * sizeof(*places));
	places[i] = *place;
}

static size_t
list_places(const char *directory, struct place *places)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	struct place place;
	size_t count = 0;

	if (dir == NULL)
		return 0;
	for (int i = 0; i < FILES_MOST && (entry = readdir(dir)) != NULL; i++)
		if (parse_place(entry->d_name, &place))
			put_place(places, &count, &place);
	closedir(dir);
	return count;
}

/* The first FILE_MAX bytes of a regular file. */
static bool
read_file(const char *path, struct arena *arena, struct bytes *ret_content)
{
	uint8_t *data = arena_alloc(arena, FILE_MAX);
	struct stat status;
	size_t len = 0;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return false;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		n = -1;
	while (n > 0 && len < FILE_MAX) {
		n = read(fd, data + len, FILE_MAX - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	close(fd);
	*ret_content = bytes_make(data, len);
	return n >= 0;
}

static bool
is_wordy(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* Six digits, perhaps with a space in the middle, that are no part of something longer. */
static bool
code_at(const char *text, const char *at, char ret_code[7])
{
	size_t n = 0;

	if (at > text && is_wordy(at[-1]))
		return false;
	for (; n < 6; at++) {
		if (isdigit((unsigned char)*at))
			ret_code[n++] = *at;
		else if (n != 3 || *at != ' ' || at[-1] == ' ')
			return false;
	}
	ret_code[6] = '\0';
	return !is_wordy(*at);
}

static const char *
find_code(struct arena *arena, const char *text)
{
	const char *found = NULL;
	char code[7];

	for (const char *at = text; *at != '\0'; at++) {
		if (!code_at(text, at, code))
			continue;
		if (found != NULL && strcmp(found, code) != 0)
			return NULL;
		found = arena_text(arena, code);
		at += 5;
	}
	return found;
}

static const char *
language_of(const char *value)
{
	return strncasecmp(value, "en", 2) == 0	  ? "en"
	       : strncasecmp(value, "fr", 2) == 0 ? "fr"
						  : "";
}

/* Without the empty lines at its end. */
static const char *
trimmed(struct arena *arena, const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	return arena_text_of(arena, bytes_make(text, len));
}

static bool
read_mail(const char *path, struct arena *arena, struct inbox_mail *ret)
{
	CLEANUP(arena_free)
	struct arena *own = arena_new(MAIL_ARENA);
	struct bytes message;

	if (!read_file(path, own, &message))
		return false;
	ret->to = arena_text(arena, mime_header(own, message, "Envelope-to"));
	ret->subject = arena_text(arena, mime_header(own, message, "Subject"));
	ret->language = language_of(mime_header(own, message, "Content-Language"));
	ret->text = trimmed(arena, mime_text(own, message, INBOX_TEXT_MAX, &ret->cut));
	ret->code = find_code(arena, ret->text);
	return true;
}

size_t
inbox_read(const char *directory, struct arena *arena, struct inbox_mail ret_mails[INBOX_MOST])
{
	const char *folder = arena_printf(arena, "%s/Maildir/new", directory);
	struct place places[INBOX_MOST + 1];
	size_t found = list_places(folder, places), count = 0;

	for (size_t i = 0; i < found; i++) {
		struct inbox_mail *mail = &ret_mails[count];
		*mail = (struct inbox_mail){.time = SECONDS(places[i].seconds)};
		if (read_mail(arena_printf(arena, "%s/%s", folder, places[i].name), arena, mail))
			count++;
	}
	return count;
}

static bool
is_address(const char *text)
{
	return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

/* How long the address is that begins here: as far as a person would read it. */
static size_t
address_len(const char *text)
{
	size_t len = strcspn(text, " \t\n<>\"");

	if (len > LINK_MAX)
		return 0;
	while (len > 0 && strchr(".,;:!?)]'", text[len - 1]) != NULL)
		len--;
	return len;
}

/* An address that has more than its scheme. */
static bool
link_at(const char *text)
{
	return is_address(text) && address_len(text) > strlen("https://");
}

/* How long it is to the next link; 1 at least. */
static size_t
plain_len(const char *text)
{
	size_t len = 1;

	while (text[len] != '\0' && !link_at(text + len))
		len++;
	return len;
}

bool
inbox_piece(struct arena *arena, const char **text, struct inbox_piece *ret)
{
	const char *start = *text, *at = start;

	if (*start == '\0')
		return false;
	ret->link = link_at(start);
	at += ret->link ? address_len(start) : plain_len(start);
	ret->text = arena_text_of(arena, bytes_make(start, (size_t)(at - start)));
	*text = at;
	return true;
}
