#include "base/ctx.h"

const char *
language_print(enum language language)
{
	switch (language) {
	case LANGUAGE_EN:
		return "en";
	case LANGUAGE_FR:
		return "fr";
	}
	must(!"a language that exists");
	return "en";
}
