#include <stdio.h>
#include <time.h>

#include "text/internal.h"

const char *
text_moment(const struct text *text, enum language language, int64_t time, struct arena *arena)
{
	struct view *view = view_new(arena);
	time_t seconds = (time_t)(time / 1000);
	struct tm tm;
	char month[32];

	must(gmtime_r(&seconds, &tm) != NULL);
	snprintf(month, sizeof(month), "date.month.%d", tm.tm_mon + 1);
	view_text(view, "month", text_sentence(text, language, month, NULL, arena));
	if (tm.tm_mday == 1)
		view_text(view, "day", text_sentence(text, language, "date.first", NULL, arena));
	else
		view_number(view, "day", tm.tm_mday);
	view_number(view, "year", tm.tm_year + 1900);
	view_number(view, "hour", tm.tm_hour);
	view_text(view, "minute", arena_printf(arena, "%02d", tm.tm_min));
	view_text(view, "zone", text_sentence(text, language, "date.zone.utc", NULL, arena));
	return text_sentence(text, language, "date.time", view, arena);
}
