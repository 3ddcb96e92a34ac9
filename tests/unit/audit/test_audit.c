#include "../unit.h"

#include <string.h>

#include "audit/audit.h"
#include "crypto/keyring.h"

#define T0 ((int64_t)1790000000000)

struct room {
	struct arena *arena;
	struct keyring *keys;
	struct ctx ctx;
};

static int
setup(void **state)
{
	static struct room room;
	const char *reason = "";

	memset(&room, 0, sizeof(room));
	room.arena = arena_new((size_t)16 << 20);
	room.keys = unit_keys(room.arena);
	room.ctx = (struct ctx){
	    .arena = room.arena, .keys = room.keys, .now = T0, .log = {.request = "k3v9"}};
	assert_int_equal(store_open(&(struct store_options){"mem", NULL, room.keys, false, true},
			     room.arena, &room.ctx.store, &reason),
	    ERR_OK);
	*state = &room;
	return 0;
}

static int
teardown(void **state)
{
	struct room *room = *state;

	store_close(&room->ctx.store);
	keyring_free(&room->keys);
	arena_free(&room->arena);
	return 0;
}

static enum err
append_refusal(struct txn *txn, void *arg)
{
	return audit_append(txn, AUDIT_CREDENTIAL_REFUSED, bytes_of(NULL), "health", "reason",
	    (const char *)arg, "provider", "gckey", NULL);
}

static enum err
append_and_refuse(struct txn *txn, void *arg)
{
	(void)append_refusal(txn, arg);
	return ERR_REFUSED;
}

static enum err
append_code_reused(struct txn *txn, void *arg)
{
	(void)arg;
	return audit_append(txn, AUDIT_CODE_REUSED, bytes_of("0123456789abcdef"), NULL, NULL);
}

struct seen {
	uint64_t sequences[8];
	const struct AuditRecord *records[8];
	unsigned count, first, most;
};

static enum err
see(void *arg, uint64_t sequence, const struct AuditRecord *record)
{
	struct seen *seen = arg;

	seen->sequences[seen->count] = sequence;
	seen->records[seen->count++] = record;
	return ERR_OK;
}

static enum err
walk(struct txn *txn, void *arg)
{
	struct seen *seen = arg;

	return audit_walk(txn, seen->first, seen->most, see, seen);
}

static struct seen
look(struct room *room, unsigned first, unsigned most)
{
	struct seen seen = {.first = first, .most = most};

	assert_int_equal(store_view(&room->ctx, walk, &seen), ERR_OK);
	return seen;
}

static void
an_event_tells_what_was_given(void **state)
{
	struct room *room = *state;
	const struct AuditRecord *record;
	struct seen seen;

	assert_int_equal(store_update(&room->ctx, append_refusal, (void *)"audience"), ERR_OK);
	assert_int_equal(store_update(&room->ctx, append_code_reused, NULL), ERR_OK);
	seen = look(room, 1, 8);
	assert_int_equal(seen.count, 2);
	record = seen.records[0];
	assert_int_equal(seen.sequences[0], 1);
	assert_int_equal(record->time, T0);
	assert_string_equal(record->event, "credential-refused");
	assert_string_equal(record->portal, "health");
	assert_string_equal(record->request, "k3v9");
	assert_int_equal(record->account.len, 0);
	/* in the order of events.def, whatever order they were given in */
	assert_int_equal(record->n_names, 2);
	assert_string_equal(record->names[0], "provider");
	assert_string_equal(record->values[0], "gckey");
	assert_string_equal(record->names[1], "reason");
	assert_string_equal(record->values[1], "audience");
	record = seen.records[1];
	assert_int_equal(seen.sequences[1], 2);
	assert_int_equal(record->account.len, 16);
	assert_string_equal(record->portal, "");
	assert_int_equal(record->n_names, 0);
}

static void
what_did_not_happen_is_not_told(void **state)
{
	struct room *room = *state;
	struct seen seen;

	assert_int_equal(store_update(&room->ctx, append_and_refuse, (void *)"issuer"), ERR_REFUSED);
	assert_int_equal(store_update(&room->ctx, append_refusal, (void *)"stale"), ERR_OK);
	seen = look(room, 0, 8);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.sequences[0], 1);
	assert_string_equal(seen.records[0]->values[1], "stale");
}

static void
long_histories_are_read_in_pieces(void **state)
{
	struct room *room = *state;
	struct seen seen;

	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(store_update(&room->ctx, append_code_reused, NULL), ERR_OK);
	seen = look(room, 255, 3);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.sequences[0], 255);
	assert_int_equal(seen.sequences[2], 257);
	assert_int_equal(look(room, 299, 8).count, 2);
	assert_int_equal(look(room, 301, 8).count, 0);
}

/* The error is logged, without the value. */
static void
what_does_not_fit_is_withheld(void **state)
{
	struct room *room = *state;
	struct seen seen;

	assert_int_equal(store_update(&room->ctx, append_refusal, (void *)"jane.doe@example.ca"), ERR_OK);
	assert_int_equal(store_update(&room->ctx, append_refusal, (void *)""), ERR_OK);
	seen = look(room, 1, 8);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.records[0]->values[0], "gckey");
	assert_string_equal(seen.records[0]->values[1], "?");
	assert_string_equal(seen.records[1]->values[1], "");
}

struct fitting {
	enum audit_type type;
	const char *value;
	bool fits;
};

static void
types_have_no_room_for_people(void **state)
{
	const struct fitting cases[] = {
	    {AUDIT_WORD, "totp", true},
	    {AUDIT_WORD, "jane", false},
	    {AUDIT_WORD, "Totp", false},
	    {AUDIT_REFUSAL, "audience", true},
	    {AUDIT_REFUSAL, "totp", false},
	    {AUDIT_ID, "gckey", true},
	    {AUDIT_ID, "partner-2", true},
	    {AUDIT_ID, "jane@example.ca", false},
	    {AUDIT_ID, "Jane Doe", false},
	    {AUDIT_ID, "abcdefghijklmnopqrstuvwxyz0123456", false},
	    {AUDIT_LEVEL, "urn:gc-ca:cyber-auth:assurance:loa2", true},
	    {AUDIT_LEVEL, "https://example.ca/loa2", true},
	    {AUDIT_LEVEL, "loa2", false},
	    {AUDIT_LEVEL, "urn:jane@example.ca", false},
	    {AUDIT_LEVEL, "mailto:jane", false},
	    {AUDIT_NUMBER, "0", true},
	    {AUDIT_NUMBER, "99999", true},
	    {AUDIT_NUMBER, "123456", false},
	    {AUDIT_NUMBER, "-1", false},
	    {AUDIT_TIME, "2026-11-24T14:03:07.123Z", true},
	    {AUDIT_TIME, "yesterday", false},
	    {AUDIT_TIME, "2026-11-24T14:03:07.1234567Z", false},
	    {AUDIT_KEY, "token-1-ec-k3v9abcd", true},
	    {AUDIT_KEY, "../token", false},
	    {AUDIT_RECORD, "00112233445566778899aabbccddeeff", true},
	    {AUDIT_RECORD, "123456", false},
	    {AUDIT_RECORD, "00112233445566778899AABBCCDDEEFF", false},
	    {AUDIT_STAFF, "S-7K2M9Q", true},
	    {AUDIT_STAFF, "S-7k2m9q", false},
	    {AUDIT_STAFF, "Jane", false},
	    {AUDIT_TICKET, "INC-00123", true},
	    {AUDIT_TICKET, "called her back", false},
	    {AUDIT_TICKET, "+1-613-555-0100", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (audit_fits(cases[i].type, cases[i].value) != cases[i].fits)
			fail_msg("\"%s\"", cases[i].value);
	for (unsigned type = AUDIT_WORD; type <= AUDIT_TICKET; type++) {
		assert_true(audit_fits((enum audit_type)type, ""));
		assert_false(audit_fits((enum audit_type)type, "jane.doe@example.ca"));
		assert_false(audit_fits((enum audit_type)type, "Jane Doe"));
		assert_false(audit_fits((enum audit_type)type, "n\n"));
	}
}

static enum err
append_unknown_field(struct txn *txn, void *arg)
{
	(void)arg;
	return audit_append(txn, AUDIT_CODE_REUSED, bytes_of(NULL), NULL, "name", "Jane", NULL);
}

/* In a view, so that it is this thread that stops: the child has no writer. */
static void
call_unknown_field(void *arg)
{
	struct room *room = arg;

	store_view(&room->ctx, append_unknown_field, NULL);
}

static void
a_field_that_is_not_in_the_table_is_a_mistake(void **state)
{
	assert_true(unit_aborts(call_unknown_field, *state));
}

static void
every_event_has_a_name_and_two_sentences(void **state)
{
	enum audit_event found;

	(void)state;
	for (unsigned i = 0; i < AUDIT_EVENT_COUNT; i++) {
		assert_int_equal(audit_parse(audit_name((enum audit_event)i), &found), ERR_OK);
		assert_int_equal(found, i);
		assert_true(strlen(audit_sentence((enum audit_event)i, LANGUAGE_EN)) > 10);
		assert_true(strlen(audit_sentence((enum audit_event)i, LANGUAGE_FR)) > 10);
		assert_string_not_equal(audit_sentence((enum audit_event)i, LANGUAGE_EN),
		    audit_sentence((enum audit_event)i, LANGUAGE_FR));
	}
	assert_int_equal(audit_parse("no-such-event", &found), ERR_NOT_FOUND);
}

/* --- in words --- */

static const char *
told(struct room *room, const char *event, const char *name, const char *value, enum language language)
{
	struct AuditRecord record = AUDIT_RECORD__INIT;
	char *names[] = {(char *)name}, *values[] = {(char *)value};

	record.event = (char *)event;
	record.n_names = record.n_values = name != NULL;
	record.names = names;
	record.values = values;
	return audit_tell(&room->ctx, &record, language);
}

static void
events_are_told_in_both_languages(void **state)
{
	struct room *room = *state;

	assert_string_equal(told(room, "mail-code-sent", "purpose", "sign-in", LANGUAGE_EN), "A one-time code was put on its way by email (to sign in).");
	assert_string_equal(told(room, "mail-code-sent", "purpose", "sign-in", LANGUAGE_FR),
	    "Un code à usage unique a été mis en route par courriel (pour la connexion).");
	assert_string_equal(told(room, "recovery-code-used", "left", "3", LANGUAGE_FR), "Un code de récupération a été utilisé; codes restants\u00a0: 3.");
	/* what stands in brackets, with and without its field */
	assert_string_equal(told(room, "account-frozen", "notice", "mail-factor-changed", LANGUAGE_EN),
	    "The person said “this was not me”: nothing can be changed in the account (notice: second factor changed).");
	assert_string_equal(told(room, "account-frozen", "notice", "", LANGUAGE_EN),
	    "The person said “this was not me”: nothing can be changed in the account.");
	assert_string_equal(told(room, "factor-locked", "until", "2026-11-24T14:03:07.123Z", LANGUAGE_EN),
	    "A second factor must wait after failures, or is disabled: ?, until 2026-11-24 14:03 (UTC).");
	assert_string_equal(told(room, "credential-accepted", "level", "urn:gc-ca:cyber-auth:assurance:loa2", LANGUAGE_EN),
	    "The person’s credential was accepted: ?, level loa2.");
	assert_string_equal(told(room, "signin-finished", "acr", "https://example.ca/loa2", LANGUAGE_FR),
	    "La personne a ouvert une session et a atteint le portail\u00a0: ?, niveau loa2.");
	/* of a damaged record, and of another release */
	assert_string_equal(told(room, "mail-code-sent", "purpose", "jane@example.ca", LANGUAGE_EN), "A one-time code was put on its way by email (?).");
	assert_string_equal(told(room, "mail-code-sent", NULL, NULL, LANGUAGE_EN), "A one-time code was put on its way by email (?).");
	assert_string_equal(told(room, "from-the-future", "a", "b", LANGUAGE_EN), "from-the-future");
}

/* Every event in both languages: nothing of the sentence's own marks is left. */
static void
every_sentence_is_filled(void **state)
{
	static const char *const samples[] = {[AUDIT_WORD] = "totp", [AUDIT_REFUSAL] = "audience", [AUDIT_ID] = "gckey",
	    [AUDIT_LEVEL] = "urn:loa2", [AUDIT_NUMBER] = "3", [AUDIT_TIME] = "2026-11-24T14:03:07.123Z", [AUDIT_KEY] = "token-1",
	    [AUDIT_RECORD] = "00112233445566778899aabbccddeeff", [AUDIT_STAFF] = "S-7K2M9Q", [AUDIT_TICKET] = "INC-1"};
	struct room *room = *state;

	for (unsigned event = 0; event < AUDIT_EVENT_COUNT; event++) {
		const struct audit_field *fields = audit_fields((enum audit_event)event);
		char *names[AUDIT_FIELDS_MAX], *values[AUDIT_FIELDS_MAX];
		struct AuditRecord record = AUDIT_RECORD__INIT;

		record.event = (char *)audit_name((enum audit_event)event);
		record.names = names;
		record.values = values;
		for (unsigned i = 0; fields[i].name != NULL; i++) {
			assert_true(i < AUDIT_FIELDS_MAX);
			assert_true(audit_fits(fields[i].type, samples[fields[i].type]));
			names[record.n_names++] = (char *)fields[i].name;
			values[record.n_values++] = (char *)samples[fields[i].type];
		}
		for (enum language language = LANGUAGE_EN; language <= LANGUAGE_FR; language++) {
			const char *sentence = audit_tell(&room->ctx, &record, language);

			if (strpbrk(sentence, "{}[]?") != NULL)
				fail_msg("%s", sentence);
			/* For the help desk: no place is left open, and nothing that only a program reads. */
			sentence = audit_tell_plain(&room->ctx, &record, language);
			if (strpbrk(sentence, "{}[]?") != NULL || strstr(sentence, samples[AUDIT_RECORD]) != NULL ||
			    strstr(sentence, samples[AUDIT_LEVEL]) != NULL || strstr(sentence, "()") != NULL || strstr(sentence, "  ") != NULL)
				fail_msg("%s", sentence);
		}
	}
}

/* --- the events of one account --- */

static enum err
append_elsewhere(struct txn *txn, void *arg)
{
	(void)arg;
	return audit_append(txn, AUDIT_CREDENTIAL_IN_USE, bytes_of("0123456789abcdef"), "other", "provider", "gckey", NULL);
}

struct history {
	struct audit_of of;
	struct seen seen;
};

static enum err
walk_account(struct txn *txn, void *arg)
{
	struct history *history = arg;

	return audit_walk_account(txn, &history->of, see, &history->seen);
}

static void
an_account_has_its_events_newest_first(void **state)
{
	struct room *room = *state;
	struct history history = {.of = {bytes_of("0123456789abcdef"), NULL, 0, 8}};

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(store_update(&room->ctx, append_refusal, (void *)"audience"), ERR_OK);
		assert_int_equal(store_update(&room->ctx, append_code_reused, NULL), ERR_OK);
	}
	assert_int_equal(store_update(&room->ctx, append_elsewhere, NULL), ERR_OK);
	assert_int_equal(store_view(&room->ctx, walk_account, &history), ERR_OK);
	assert_int_equal(history.seen.count, 4);
	assert_int_equal(history.seen.sequences[0], 7);
	assert_int_equal(history.seen.sequences[1], 6);
	assert_int_equal(history.seen.sequences[3], 2);
	/* a page of it, older than what was seen */
	history = (struct history){.of = {bytes_of("0123456789abcdef"), NULL, 6, 1}};
	assert_int_equal(store_view(&room->ctx, walk_account, &history), ERR_OK);
	assert_int_equal(history.seen.count, 1);
	assert_int_equal(history.seen.sequences[0], 4);
	/* what happened at another portal is not for this one */
	history = (struct history){.of = {bytes_of("0123456789abcdef"), "other", 0, 8}};
	assert_int_equal(store_view(&room->ctx, walk_account, &history), ERR_OK);
	assert_int_equal(history.seen.count, 1);
	history = (struct history){.of = {bytes_of("0123456789abcdeF"), NULL, 0, 8}};
	assert_int_equal(store_view(&room->ctx, walk_account, &history), ERR_OK);
	assert_int_equal(history.seen.count, 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(an_event_tells_what_was_given),
	    TEST(what_did_not_happen_is_not_told),
	    TEST(long_histories_are_read_in_pieces),
	    TEST(what_does_not_fit_is_withheld),
	    TEST(types_have_no_room_for_people),
	    TEST(a_field_that_is_not_in_the_table_is_a_mistake),
	    TEST(every_event_has_a_name_and_two_sentences),
	    TEST(events_are_told_in_both_languages),
	    TEST(every_sentence_is_filled),
	    TEST(an_account_has_its_events_newest_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
