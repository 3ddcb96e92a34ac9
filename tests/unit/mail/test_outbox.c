/* Mails in the store: nothing is lost, nothing is sent twice but after a death between sending and marking. */
#include "../unit.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "crypto/keyring.h"
#include "mail/outbox.h"

#define NOW 1800000000000
#define LEASE SECONDS(60)

struct post {
	struct arena *arena;
	struct config config;
	struct keyring *keys;
	struct store *store;
	char *directory;
	const char *backend;
};

static const uint8_t ann[16] = {1}, bob[16] = {2};

static void
post_open(struct post *post)
{
	const struct store_options options = {
	    .backend = post->backend, .create = true, .directory = post->directory, .keys = post->keys};
	const char *why = "";

	if (store_open(&options, post->arena, &post->store, &why) != ERR_OK)
		fail_msg("%s", why);
}

static void *
setup_with(const char *backend)
{
	struct post *post = calloc(1, sizeof(*post));

	post->arena = arena_new(1 << 26);
	post->keys = unit_keys(post->arena);
	post->directory = unit_directory();
	post->backend = backend;
	post->config = (struct config){.mail = {.url = "smtp://127.0.0.1:25", .from = "a@example.ca"},
	    .limits = {.mail_kept = DAYS(30)}};
	post_open(post);
	return post;
}

static int
setup_mem(void **state)
{
	*state = setup_with("mem");
	return 0;
}

static int
setup_lmdb(void **state)
{
	*state = setup_with("lmdb");
	return 0;
}

static int
teardown(void **state)
{
	struct post *post = *state;

	store_close(&post->store);
	unit_directory_remove(&post->directory);
	keyring_free(&post->keys);
	arena_free(&post->arena);
	free(post);
	return 0;
}

static struct ctx
at(struct post *post, int64_t now)
{
	return (struct ctx){.arena = post->arena, .config = &post->config, .keys = post->keys,
	    .store = post->store, .now = now};
}

struct putting {
	struct outgoing mail;
	struct bytes key;
	enum err then; /* what the transaction does after it */
};

static enum err
put_one(struct txn *txn, void *arg)
{
	struct putting *putting = arg;
	enum err err = outbox_put(txn, &putting->mail, &putting->key);

	return err == ERR_OK ? putting->then : err;
}

static const struct mail_value code[] = {{"code", "271828"}, {"portal", "Santé"}};

static struct putting
mail_to(const uint8_t *account, int64_t until)
{
	return (struct putting){.mail = {.kind = "mail-code", .language = LANGUAGE_FR,
				    .to = "ann@example.ca", .account = {account, account != NULL ? 16 : 0},
				    .until = until, .values = code, .value_count = 2}};
}

static struct bytes
put(struct post *post, int64_t now, const uint8_t *account, int64_t until)
{
	struct ctx ctx = at(post, now);
	struct putting putting = mail_to(account, until);

	assert_int_equal(store_update(&ctx, put_one, &putting), ERR_OK);
	return putting.key;
}

static bool
take(struct post *post, int64_t now, struct outbox_item *ret_item)
{
	struct ctx ctx = at(post, now);
	enum err err = outbox_take(&ctx, LEASE, ret_item);

	if (err != ERR_NOT_FOUND)
		assert_int_equal(err, ERR_OK);
	return err == ERR_OK;
}

static const char *
done(struct post *post, int64_t now, const struct outbox_item *item, enum outbox_verdict verdict,
    const char *outcome)
{
	struct ctx ctx = at(post, now);
	const char *state = NULL;

	assert_int_equal(outbox_done(&ctx, item, verdict, outcome, &state), ERR_OK);
	return state;
}

struct loading {
	struct bytes key;
	struct MailRecord *mail;
};

static enum err
load_one(struct txn *txn, void *arg)
{
	struct loading *loading = arg;

	return outbox_load(txn, loading->key, &loading->mail);
}

static struct MailRecord *
load(struct post *post, int64_t now, struct bytes key)
{
	struct ctx ctx = at(post, now);
	struct loading loading = {.key = key};
	enum err err = store_view(&ctx, load_one, &loading);

	if (err != ERR_NOT_FOUND)
		assert_int_equal(err, ERR_OK);
	return err == ERR_OK ? loading.mail : NULL;
}

static int64_t
next(struct post *post, int64_t now)
{
	struct ctx ctx = at(post, now);
	int64_t due;

	assert_int_equal(outbox_next(&ctx, &due), ERR_OK);
	return due;
}

static unsigned
waiting(struct post *post, int64_t now)
{
	struct ctx ctx = at(post, now);
	struct outbox_figures figures;

	assert_int_equal(outbox_count(&ctx, &figures), ERR_OK);
	assert_true((figures.oldest == NEVER) == (figures.waiting == 0));
	return figures.waiting;
}

static bool
same(struct bytes a, struct bytes b)
{
	return bytes_equal(a, b);
}

static void
a_mail_is_what_was_put(void **state)
{
	struct bytes key = put(*state, NOW, ann, NOW + HOURS(1));
	struct outbox_item item;

	assert_int_equal(key.len, 32);
	assert_int_equal(next(*state, NOW), NOW);
	assert_int_equal(waiting(*state, NOW), 1);
	assert_true(take(*state, NOW, &item));
	assert_true(same(item.key, key));
	assert_string_equal(item.mail->kind, "mail-code");
	assert_string_equal(item.mail->language, "fr");
	assert_string_equal(item.mail->to, "ann@example.ca");
	assert_int_equal(item.mail->n_names, 2);
	assert_string_equal(item.mail->names[1], "portal");
	assert_string_equal(item.mail->values[0], "271828");
	assert_int_equal(item.mail->attempts, 1);
	assert_int_equal(item.mail->created, NOW);
}

static void
a_mail_of_a_transaction_taken_back_does_not_exist(void **state)
{
	struct ctx ctx = at(*state, NOW);
	struct putting putting = mail_to(ann, NOW + HOURS(1));

	putting.then = ERR_REFUSED;
	assert_int_equal(store_update(&ctx, put_one, &putting), ERR_REFUSED);
	assert_int_equal(next(*state, NOW), NEVER);
	assert_null(load(*state, NOW, putting.key));
}

static void
without_a_mail_server_nothing_is_queued(void **state)
{
	struct post *post = *state;

	post->config.mail.url = NULL;
	assert_int_equal(put(post, NOW, ann, NOW + HOURS(1)).len, 0);
	assert_int_equal(waiting(post, NOW), 0);
}

static void
the_longest_due_leaves_first(void **state)
{
	struct bytes third = put(*state, NOW + 3, ann, NEVER), first = put(*state, NOW + 1, NULL, NEVER),
		     second = put(*state, NOW + 2, bob, NEVER);
	struct outbox_item item;

	assert_false(take(*state, NOW, &item));
	assert_true(take(*state, NOW + 5, &item));
	assert_true(same(item.key, first));
	assert_true(take(*state, NOW + 5, &item));
	assert_true(same(item.key, second));
	assert_true(take(*state, NOW + 5, &item));
	assert_true(same(item.key, third));
	assert_false(take(*state, NOW + 5, &item));
}

static void
many_mails_of_one_account_do_not_starve_others(void **state)
{
	struct outbox_item item;
	struct bytes other;
	unsigned before = 0;

	for (unsigned i = 0; i < 40; i++)
		put(*state, NOW, ann, NEVER);
	other = put(*state, NOW + 1, bob, NEVER);
	while (take(*state, NOW + 1, &item) && !same(item.key, other))
		before++;
	assert_true(same(item.key, other));
	assert_int_equal(before, 3);
	/* and all of them leave in the end, one a second */
	assert_false(take(*state, NOW + 1, &item));
	assert_true(take(*state, NOW + SECONDS(1), &item));
	assert_false(take(*state, NOW + SECONDS(1), &item));
	for (unsigned i = 4; i < 40; i++)
		assert_true(take(*state, NOW + SECONDS(37), &item));
}

static void
mails_of_no_account_are_not_held_back(void **state)
{
	struct outbox_item item;

	for (unsigned i = 0; i < 10; i++)
		put(*state, NOW, NULL, NEVER);
	for (unsigned i = 0; i < 10; i++)
		assert_true(take(*state, NOW, &item));
}

static void
nobody_else_gets_a_taken_mail_before_its_lease_ends(void **state)
{
	struct bytes key = put(*state, NOW, ann, NEVER);
	struct outbox_item item, again;

	assert_true(take(*state, NOW, &item));
	assert_false(take(*state, NOW + LEASE - 1, &again));
	assert_true(take(*state, NOW + LEASE, &again));
	assert_true(same(again.key, key));
	assert_int_equal(again.mail->attempts, 2);
	/* the first one was late: it may say that it sent it, and nothing else */
	assert_string_equal(done(*state, NOW + LEASE + 1, &item, OUTBOX_RETRY, "timeout"), MAIL_WAITING);
	assert_int_equal(next(*state, NOW + LEASE + 1), NOW + 2 * LEASE);
	assert_string_equal(done(*state, NOW + LEASE + 1, &item, OUTBOX_FAILED, "550"), MAIL_WAITING);
	assert_string_equal(done(*state, NOW + LEASE + 2, &item, OUTBOX_SENT, "250"), MAIL_SENT);
	assert_int_equal(next(*state, NOW + LEASE + 2), NEVER);
	assert_string_equal(done(*state, NOW + LEASE + 3, &again, OUTBOX_FAILED, "550"), MAIL_SENT);
	assert_string_equal(load(*state, NOW + LEASE + 3, key)->outcome, "250");
}

static void
a_death_between_sending_and_marking_sends_again_with_the_same_id(void **state)
{
	struct post *post = *state;
	struct bytes key = put(post, NOW, ann, NEVER), id, id_again;
	struct outbox_item item, again;
	struct ctx ctx = at(post, NOW);

	assert_true(take(post, NOW, &item));
	id = outbox_id(&ctx, item.key);
	store_close(&post->store);
	post_open(post);
	assert_false(take(post, NOW + LEASE - 1, &again));
	assert_true(take(post, NOW + LEASE, &again));
	assert_true(same(again.key, key));
	ctx = at(post, NOW + LEASE);
	id_again = outbox_id(&ctx, again.key);
	assert_true(same(id, id_again));
	assert_int_equal(id.len, OUTBOX_ID_SIZE);
	/* and the message is the same one, with its values */
	assert_int_equal(again.mail->created, NOW);
	assert_string_equal(again.mail->values[0], "271828");
}

static void
the_id_tells_nothing_of_the_account(void **state)
{
	struct ctx ctx = at(*state, NOW);
	struct bytes one = outbox_id(&ctx, put(*state, NOW, ann, NEVER)),
		     two = outbox_id(&ctx, put(*state, NOW, ann, NEVER));

	assert_false(same(one, two));
	assert_memory_not_equal(one.data, ann, 8);
}

static void
tries_come_less_and_less_often(void **state)
{
	static const int64_t steps[] = {SECONDS(5), SECONDS(30), MINUTES(2), MINUTES(10), MINUTES(30),
	    HOURS(1), HOURS(1), HOURS(1)};
	struct bytes key = put(*state, NOW, ann, NOW + DAYS(2));
	struct outbox_item item;
	int64_t now = NOW;

	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_true(take(*state, now, &item));
		assert_string_equal(done(*state, now, &item, OUTBOX_RETRY, "451"), MAIL_WAITING);
		assert_int_equal(next(*state, now), now + steps[i]);
		assert_string_equal(load(*state, now, key)->outcome, "451");
		assert_int_equal(load(*state, now, key)->attempts, i + 1);
		assert_false(take(*state, now + steps[i] - 1, &item));
		now += steps[i];
	}
}

static void
a_code_is_tried_a_last_time_before_it_is_worthless(void **state)
{
	struct bytes key = put(*state, NOW, ann, NOW + MINUTES(10));
	int64_t now = NOW, last = 0;
	struct outbox_item item;
	const char *what = MAIL_WAITING;
	unsigned tries = 0;

	while (strcmp(what, MAIL_WAITING) == 0) {
		assert_true(take(*state, now, &item));
		what = done(*state, now, &item, OUTBOX_RETRY, "timeout");
		last = now;
		now = next(*state, now);
		tries++;
	}
	assert_string_equal(what, MAIL_FAILED);
	assert_int_equal(tries, 5);
	assert_int_equal(last, NOW + MINUTES(10) - SECONDS(30));
	assert_string_equal(load(*state, last, key)->outcome, "timeout");
	assert_int_equal(waiting(*state, last), 0);
}

static void
what_waits_past_its_time_is_given_up(void **state)
{
	struct bytes key = put(*state, NOW, ann, NOW + MINUTES(10)), other;
	struct outbox_item item;
	struct MailRecord *mail;
	struct ctx ctx = at(*state, NOW + MINUTES(10));
	struct outbox_ends ends;

	for (unsigned i = 0; i < 100; i++)
		put(*state, NOW, NULL, NOW + MINUTES(10));
	other = put(*state, NOW + 1, bob, NEVER);
	assert_true(take(*state, NOW + MINUTES(10), &item));
	assert_true(same(item.key, other));
	assert_int_equal(item.expired, 101);
	assert_false(take(*state, NOW + MINUTES(10), &item));
	assert_int_equal(item.expired, 0);
	mail = load(*state, NOW + MINUTES(10), key);
	assert_string_equal(mail->state, MAIL_FAILED);
	assert_string_equal(mail->outcome, MAIL_EXPIRED);
	assert_int_equal(mail->attempts, 0);
	assert_int_equal(mail->n_values, 0);
	assert_int_equal(outbox_count_ends(&ctx, NOW, &ends), ERR_OK);
	assert_int_equal(ends.failed, 101);
	assert_int_equal(outbox_count_ends(&ctx, NOW + 1, &ends), ERR_OK);
	assert_int_equal(ends.failed, 0);
}

static void
ends_are_counted_through_a_long_table(void **state)
{
	struct ctx ctx = at(*state, NOW);
	struct outbox_ends ends;
	struct outbox_item item;

	for (unsigned i = 0; i < 1100; i++)
		put(*state, NOW, NULL, NEVER);
	for (unsigned i = 0; take(*state, NOW, &item); i++)
		done(*state, NOW, &item, i % 10 == 0 ? OUTBOX_FAILED : OUTBOX_SENT, i % 10 == 0 ? "550" : "250");
	assert_int_equal(outbox_count_ends(&ctx, NOW, &ends), ERR_OK);
	assert_int_equal(ends.sent, 990);
	assert_int_equal(ends.refused, 110);
	assert_int_equal(ends.failed, 0);
}

static void
the_end_wipes_the_values_and_keeps_what_became_of_it(void **state)
{
	static const struct {
		enum outbox_verdict verdict;
		const char *outcome, *state;
	} ends[] = {{OUTBOX_SENT, "250", MAIL_SENT}, {OUTBOX_FAILED, "550", MAIL_FAILED}};

	for (unsigned i = 0; i < 2; i++) {
		struct bytes key = put(*state, NOW, ann, NEVER);
		struct outbox_item item;
		struct MailRecord *mail;

		assert_true(take(*state, NOW, &item));
		assert_string_equal(
		    done(*state, NOW + 7, &item, ends[i].verdict, ends[i].outcome), ends[i].state);
		assert_int_equal(next(*state, NOW), NEVER);
		mail = load(*state, NOW + DAYS(30), key);
		assert_non_null(mail);
		assert_string_equal(mail->state, ends[i].state);
		assert_string_equal(mail->outcome, ends[i].outcome);
		assert_int_equal(mail->ended, NOW + 7);
		assert_int_equal(mail->n_names, 0);
		assert_int_equal(mail->n_values, 0);
		assert_string_equal(mail->to, "ann@example.ca");
		assert_null(load(*state, NOW + DAYS(30) + 7, key));
	}
}

struct seen {
	unsigned count;
	int64_t created[8];
};

static enum err
see(void *arg, struct bytes key, const struct MailRecord *mail)
{
	struct seen *seen = arg;

	(void)key;
	seen->created[seen->count++] = mail->created;
	return seen->count == 3 ? ERR_EXISTS : ERR_OK;
}

static enum err
walk_ann(struct txn *txn, void *arg)
{
	return outbox_walk_account(txn, BYTES(ann), see, arg);
}

static void
the_mails_of_an_account_are_shown_newest_first(void **state)
{
	struct ctx ctx = at(*state, NOW + 9);
	struct seen seen = {0};

	put(*state, NOW + 2, ann, NEVER);
	put(*state, NOW + 3, bob, NEVER);
	put(*state, NOW + 1, ann, NEVER);
	assert_int_equal(store_view(&ctx, walk_ann, &seen), ERR_OK);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.created[0], NOW + 2);
	assert_int_equal(seen.created[1], NOW + 1);
	put(*state, NOW + 4, ann, NEVER);
	put(*state, NOW + 5, ann, NEVER);
	seen.count = 0;
	assert_int_equal(store_view(&ctx, walk_ann, &seen), ERR_EXISTS);
	assert_int_equal(seen.created[0], NOW + 5);
}

static enum err
lose_the_mail(struct txn *txn, void *arg)
{
	return txn_delete(txn, TABLE_MAIL, *(struct bytes *)arg);
}

static enum err
damage_the_mail(struct txn *txn, void *arg)
{
	return txn_put(txn, TABLE_MAIL, *(struct bytes *)arg, bytes_of("no record"), NEVER);
}

static void
a_row_without_its_mail_holds_up_nothing(void **state)
{
	struct ctx ctx = at(*state, NOW);
	struct bytes lost = put(*state, NOW, NULL, NEVER), damaged = put(*state, NOW, NULL, NEVER),
		     good = put(*state, NOW + 1, ann, NEVER);
	struct outbox_item item;

	assert_int_equal(store_update(&ctx, lose_the_mail, &lost), ERR_OK);
	assert_int_equal(store_update(&ctx, damage_the_mail, &damaged), ERR_OK);
	assert_true(take(*state, NOW + 1, &item));
	assert_true(same(item.key, good));
}

#define BOTH(test)                                                                                 \
	{#test " (mem)", test, setup_mem, teardown, NULL},                                         \
	{                                                                                          \
		#test " (lmdb)", test, setup_lmdb, teardown, NULL                                  \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_mail_is_what_was_put),
	    BOTH(a_mail_of_a_transaction_taken_back_does_not_exist),
	    BOTH(without_a_mail_server_nothing_is_queued),
	    BOTH(the_longest_due_leaves_first),
	    BOTH(many_mails_of_one_account_do_not_starve_others),
	    BOTH(mails_of_no_account_are_not_held_back),
	    BOTH(nobody_else_gets_a_taken_mail_before_its_lease_ends),
	    {"a_death_between_sending_and_marking_sends_again_with_the_same_id",
		a_death_between_sending_and_marking_sends_again_with_the_same_id, setup_lmdb, teardown,
		NULL},
	    BOTH(the_id_tells_nothing_of_the_account),
	    BOTH(tries_come_less_and_less_often),
	    BOTH(a_code_is_tried_a_last_time_before_it_is_worthless),
	    BOTH(what_waits_past_its_time_is_given_up),
	    {"ends_are_counted_through_a_long_table", ends_are_counted_through_a_long_table, setup_mem, teardown, NULL},
	    BOTH(the_end_wipes_the_values_and_keeps_what_became_of_it),
	    BOTH(the_mails_of_an_account_are_shown_newest_first),
	    BOTH(a_row_without_its_mail_holds_up_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
