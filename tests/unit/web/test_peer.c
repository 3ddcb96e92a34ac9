#include "../unit.h"
#include "../unit_arena.h"

#include <string.h>

#include "web/peer.h"

static const char *proxies[] = {"127.0.0.1", "10.0.0.2", "2001:db8::1"};
static const struct texts trusted = {proxies, 3};

static void
expect(
    const char *socket, const struct field *headers, size_t count, const char *address, bool https)
{
	const struct fields fields = {headers, count};
	struct peer peer;

	peer_find(arena, socket, &trusted, &fields, &peer);
	assert_string_equal(peer.address, address);
	assert_int_equal(peer.https, https);
}

#define EXPECT(socket, address, https, ...)                                                        \
	expect(socket, (struct field[]){__VA_ARGS__},                                              \
	    sizeof((struct field[]){__VA_ARGS__}) / sizeof(struct field), address, https)

static void
strangers_say_nothing_about_themselves(void **state)
{
	(void)state;
	expect("192.0.2.7", NULL, 0, "192.0.2.7", false);
	EXPECT("192.0.2.7", "192.0.2.7", false, {"X-Forwarded-For", "127.0.0.1"},
	    {"X-Forwarded-Proto", "https"});
	EXPECT("192.0.2.7", "192.0.2.7", false, {"Forwarded", "for=127.0.0.1;proto=https"});
}

static void
the_rightmost_untrusted_address_wins(void **state)
{
	(void)state;
	EXPECT("127.0.0.1", "198.51.100.9", true, {"X-Forwarded-For", "198.51.100.9"},
	    {"x-forwarded-proto", "https"});
	EXPECT("127.0.0.1", "198.51.100.9", false, {"X-Forwarded-For", "1.1.1.1, 198.51.100.9"},
	    {"X-Forwarded-Proto", "https, http"});
	EXPECT("127.0.0.1", "198.51.100.9", false,
	    {"X-Forwarded-For", "8.8.8.8, 198.51.100.9 , 10.0.0.2"});
	EXPECT("127.0.0.1", "198.51.100.9", false, {"X-Forwarded-For", "8.8.8.8"},
	    {"X-Forwarded-For", "198.51.100.9"});
	EXPECT("127.0.0.1", "2001:db8::7", false, {"X-Forwarded-For", "[2001:DB8:0::7]:443"});
	EXPECT("127.0.0.1", "198.51.100.9", false, {"X-Forwarded-For", "198.51.100.9:5000"});
	EXPECT("127.0.0.1", "198.51.100.9", false, {"X-Forwarded-For", "::ffff:198.51.100.9"});
}

static void
nonsense_stops_the_walk(void **state)
{
	(void)state;
	EXPECT("127.0.0.1", "127.0.0.1", false, {"X-Forwarded-For", "unknown"});
	EXPECT("127.0.0.1", "127.0.0.1", false, {"X-Forwarded-For", ""});
	EXPECT("127.0.0.1", "10.0.0.2", false, {"X-Forwarded-For", "1.2.3.4, <script>, 10.0.0.2"});
	EXPECT("127.0.0.1", "127.0.0.1", false, {"X-Forwarded-For", "1.2.3.4,"});
	EXPECT("127.0.0.1", "127.0.0.1", false, {"X-Forwarded-For", "1.2.3.4.5"});
	EXPECT("127.0.0.1", "127.0.0.1", false, {"X-Forwarded-For", "[::1"});
	EXPECT("127.0.0.1", "127.0.0.1", false, {"X-Forwarded-Proto", "httpsx"});
}

static void
forwarded_is_read_too(void **state)
{
	(void)state;
	EXPECT("10.0.0.2", "198.51.100.9", true,
	    {"Forwarded", "for=1.1.1.1;proto=http, for=198.51.100.9;proto=https;by=10.0.0.2"});
	EXPECT("10.0.0.2", "2001:db8::7", false, {"Forwarded", "For=\"[2001:db8::7]:4711\""});
	EXPECT("10.0.0.2", "10.0.0.2", false, {"Forwarded", "for=_hidden"});
	EXPECT("10.0.0.2", "10.0.0.2", false, {"Forwarded", "for"});
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(strangers_say_nothing_about_themselves),
	    cmocka_unit_test(the_rightmost_untrusted_address_wins),
	    cmocka_unit_test(nonsense_stops_the_walk),
	    cmocka_unit_test(forwarded_is_read_too),
	};

	return cmocka_run_group_tests(tests, unit_open_arena, unit_close_arena);
}
