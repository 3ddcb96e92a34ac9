/* pages.h - a directory of templates that a test writes file by file. */
#ifndef TESTS_UNIT_TEXT_PAGES_H
#define TESTS_UNIT_TEXT_PAGES_H

#include "text/template.h"

/* The sentences that every catalogue must have, to be put before others: DURATIONS_EN "," "\"key\": \"text\"". */
#define DURATIONS_EN                                                                               \
	"\"duration.second\": \"{n} second\", \"duration.seconds\": \"{n} seconds\","              \
	"\"duration.minute\": \"{n} minute\", \"duration.minutes\": \"{n} minutes\","              \
	"\"duration.hour\": \"{n} hour\", \"duration.hours\": \"{n} hours\","                      \
	"\"duration.day\": \"{n} day\", \"duration.days\": \"{n} days\""
#define DURATIONS_FR                                                                               \
	"\"duration.second\": \"{n} seconde\", \"duration.seconds\": \"{n} secondes\","            \
	"\"duration.minute\": \"{n} minute\", \"duration.minutes\": \"{n} minutes\","              \
	"\"duration.hour\": \"{n} heure\", \"duration.hours\": \"{n} heures\","                    \
	"\"duration.day\": \"{n} jour\", \"duration.days\": \"{n} jours\""

void pages_write(const char *directory, const char *name, struct bytes content);

#endif
