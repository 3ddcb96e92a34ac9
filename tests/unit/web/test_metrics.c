#include "../unit.h"

#include <string.h>

#include "web/metrics.h"

static double
seven(void *arg)
{
	return *(double *)arg;
}

static void
it_counts_and_prints(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct metrics *metrics = metrics_new();
	double value = 7;
	struct buf out;
	const char *text;

	(void)state;
	metrics_gauge(metrics, "vestibule_test", "A test.", seven, &value);
	metrics_request(metrics, "token", 200, 90);
	metrics_request(metrics, "token", 201, 300);
	metrics_request(metrics, "token", 400, 3000000);
	metrics_request(metrics, "jwks", 200, 1000);
	buf_init(&out, arena, 1 << 16);
	metrics_print(metrics, &out);
	text = buf_text(&out);
	assert_non_null(
	    strstr(text, "vestibule_http_requests_total{endpoint=\"token\",status=\"2xx\"} 2\n"));
	assert_non_null(
	    strstr(text, "vestibule_http_requests_total{endpoint=\"token\",status=\"4xx\"} 1\n"));
	assert_non_null(strstr(
	    text, "vestibule_http_request_seconds_bucket{endpoint=\"token\",le=\"0.0001\"} 1\n"));
	assert_non_null(strstr(
	    text, "vestibule_http_request_seconds_bucket{endpoint=\"token\",le=\"0.0005\"} 2\n"));
	assert_non_null(
	    strstr(text, "vestibule_http_request_seconds_bucket{endpoint=\"token\",le=\"2\"} 2\n"));
	assert_non_null(strstr(
	    text, "vestibule_http_request_seconds_bucket{endpoint=\"token\",le=\"+Inf\"} 3\n"));
	assert_non_null(
	    strstr(text, "vestibule_http_request_seconds_sum{endpoint=\"token\"} 3.000390\n"));
	assert_non_null(
	    strstr(text, "vestibule_http_request_seconds_count{endpoint=\"jwks\"} 1\n"));
	assert_non_null(strstr(text, "# TYPE vestibule_test gauge\nvestibule_test 7\n"));
	metrics_free(&metrics);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(it_counts_and_prints)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
