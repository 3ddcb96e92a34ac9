#include "base/clock.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"

#define DAY_MS DAYS(1)

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	must(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* The proleptic Gregorian calendar, counted from March so that the leap day comes last.  Our own, since timegm() and
 * gmtime() ask for the time zone and take its lock. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = y / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

static void
date_of(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t from_march = (5 * day_of_year + 2) / 153;

	*ret_day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
	*ret_month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
	*ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

/* Decimal digits with leading zeros; always `width` of them. */
static char *
put_digits(char *at, int width, int64_t value)
{
	for (int i = width - 1; i >= 0; i--) {
		at[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return at + width;
}

void
clock_write(int64_t time, char ret_text[CLOCK_TEXT_SIZE])
{
	int64_t days = time / DAY_MS, rest = time % DAY_MS;
	int year, month, day;
	char *at = ret_text;

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	date_of(days, &year, &month, &day);
	must(year >= 0 && year <= 9999);
	at = put_digits(at, 4, year);
	*at++ = '-';
	at = put_digits(at, 2, month);
	*at++ = '-';
	at = put_digits(at, 2, day);
	*at++ = 'T';
	at = put_digits(at, 2, rest / HOURS(1));
	*at++ = ':';
	at = put_digits(at, 2, rest / MINUTES(1) % 60);
	*at++ = ':';
	at = put_digits(at, 2, rest / SECONDS(1) % 60);
	*at++ = '.';
	at = put_digits(at, 3, rest % 1000);
	*at++ = 'Z';
	*at = '\0';
}

char *
clock_print(struct arena *arena, int64_t time)
{
	char *text = arena_alloc(arena, CLOCK_TEXT_SIZE);

	clock_write(time, text);
	return text;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly `width` digits and then `after`; moves *at behind them. */
static bool
take_digits(const char **at, int width, char after, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < width; i++) {
		if (!is_digit((*at)[i]))
			return false;
		value = value * 10 + (*at)[i] - '0';
	}
	*at += width;
	if (after != '\0' && *(*at)++ != after)
		return false;
	*ret_value = value;
	return true;
}

/* "" or "." and 1 to 9 digits, of which three count; then "Z" and the end. */
static bool
take_fraction(const char *at, int *ret_milliseconds)
{
	int digits = 0, scale = 100, value = 0;

	if (*at == '.') {
		for (at++; is_digit(*at); at++, digits++, scale /= 10)
			value += (*at - '0') * scale;
		if (digits < 1 || digits > 9)
			return false;
	}
	*ret_milliseconds = value;
	return strcmp(at, "Z") == 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

enum err
clock_parse(const char *text, int64_t *ret_time)
{
	int year, month, day, hour, minute, second, milliseconds;

	if (!take_digits(&text, 4, '-', &year) || !take_digits(&text, 2, '-', &month) ||
	    !take_digits(&text, 2, 'T', &day) || !take_digits(&text, 2, ':', &hour) ||
	    !take_digits(&text, 2, ':', &minute) || !take_digits(&text, 2, '\0', &second) ||
	    !take_fraction(text, &milliseconds))
		return ERR_FORMAT;
	if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return ERR_FORMAT;
	*ret_time = DAYS(days_of(year, month, day)) + HOURS(hour) + MINUTES(minute) +
		    SECONDS(second) + milliseconds;
	return ERR_OK;
}
