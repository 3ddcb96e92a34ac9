#include "demo/people.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "crypto/seal.h"
#include "demo/replace.h"

#define ROUNDS 10000
#define MOST 10000

struct people {
	char *file;
	json_t *all; /* "provider/user" -> { "salt": text, "password": hex, "name_id": text } */
	pthread_mutex_t lock;
};

static bool
all_texts(const json_t *person)
{
	return json_is_string(json_object_get(person, "salt")) &&
	       json_is_string(json_object_get(person, "password")) &&
	       json_is_string(json_object_get(person, "name_id"));
}

static bool
all_whole(json_t *all)
{
	void *person = json_object_iter(all);

	while (person != NULL && all_texts(json_object_iter_value(person)))
		person = json_object_iter_next(all, person);
	return json_is_object(all) && person == NULL;
}

enum err
people_open(const char *file, struct people **ret_people)
{
	struct people *people = calloc(1, sizeof(*people));

	must(people != NULL);
	people->file = strdup(file);
	must(people->file != NULL);
	pthread_mutex_init(&people->lock, NULL);
	people->all = access(file, F_OK) == 0 ? json_load_file(file, JSON_REJECT_DUPLICATES, NULL)
					      : json_object();
	if (all_whole(people->all)) {
		*ret_people = people;
		return ERR_OK;
	}
	people_close(&people);
	return ERR_FORMAT;
}

void
people_close(struct people **people)
{
	if (*people == NULL)
		return;
	json_decref((*people)->all);
	pthread_mutex_destroy(&(*people)->lock);
	free((*people)->file);
	free(*people);
	*people = NULL;
}

static bool
user_valid(const char *user)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = user != NULL ? strlen(user) : 0;

	return len >= 8 && len <= 16 && strspn(user, letters) == len;
}

static bool
password_valid(const char *password)
{
	size_t len = password != NULL ? strlen(password) : 0;

	return len >= 8 && len <= 64;
}

static const char *
hash_password(struct arena *arena, const char *password, const char *salt)
{
	uint8_t key[32];

	pbkdf2(bytes_of(password), bytes_of(salt), ROUNDS, key);
	return hex_print(arena, BYTES(key));
}

/* password: NULL for a person who has none here. */
static json_t *
person_new(struct arena *arena, const char *password)
{
	const char *salt = random_text(arena, 16);
	json_t *person = json_object();

	json_object_set_new(person, "salt", json_string(salt));
	json_object_set_new(person, "password",
	    json_string(password != NULL ? hash_password(arena, password, salt) : ""));
	json_object_set_new(person, "name_id", json_string(random_text(arena, 24)));
	return person;
}

static enum err
save(const struct people *people, struct arena *arena)
{
	char *text = json_dumps(people->all, JSON_INDENT(1));
	enum err err;

	must(text != NULL);
	err = replace_file(people->file, bytes_of(text), arena);
	free(text);
	return err;
}

/* Takes the person. Under the lock. */
static enum err
add(struct people *people, struct arena *arena, const char *key, json_t *person,
    enum people_verdict *ret_verdict)
{
	enum err err;

	if (json_object_get(people->all, key) != NULL || json_object_size(people->all) >= MOST) {
		*ret_verdict =
		    json_object_get(people->all, key) != NULL ? PEOPLE_TAKEN : PEOPLE_FULL;
		json_decref(person);
		return ERR_OK;
	}
	json_object_set_new(people->all, key, person);
	err = save(people, arena);
	if (err == ERR_OK)
		*ret_verdict = PEOPLE_ACCEPTED;
	else
		json_object_del(people->all, key);
	return err;
}

enum err
people_register(struct people *people, const char *provider, const char *user, const char *password,
    enum people_verdict *ret_verdict)
{
	CLEANUP(arena_free)
	struct arena *arena = arena_new(1 << 16);
	json_t *person;
	enum err err;

	if (!user_valid(user) || !password_valid(password)) {
		*ret_verdict = PEOPLE_MALFORMED;
		return ERR_OK;
	}
	person = person_new(arena, password);
	pthread_mutex_lock(&people->lock);
	err = add(people, arena, arena_printf(arena, "%s/%s", provider, user), person, ret_verdict);
	pthread_mutex_unlock(&people->lock);
	return err;
}

static const char *
member(struct arena *arena, const json_t *person, const char *name)
{
	return arena_text(arena, json_string_value(json_object_get(person, name)));
}

enum people_verdict
people_check(struct people *people, const char *provider, const char *user, const char *password,
    struct arena *arena, const char **ret_name_id)
{
	const char *salt, *wanted, *name_id;
	const json_t *person;

	if (!user_valid(user) || !password_valid(password))
		return PEOPLE_WRONG;
	pthread_mutex_lock(&people->lock);
	person = json_object_get(people->all, arena_printf(arena, "%s/%s", provider, user));
	salt = member(arena, person, "salt");
	wanted = member(arena, person, "password");
	name_id = member(arena, person, "name_id");
	pthread_mutex_unlock(&people->lock);
	if (name_id == NULL ||
	    !bytes_equal_secret(bytes_of(hash_password(arena, password, salt)), bytes_of(wanted)))
		return PEOPLE_WRONG;
	*ret_name_id = name_id;
	return PEOPLE_ACCEPTED;
}

enum err
people_customer(struct people *people, const char *provider, const char *bank, const char *user,
    struct arena *arena, enum people_verdict *ret_verdict, const char **ret_name_id)
{
	enum err err = ERR_OK;
	const char *key;

	*ret_verdict = PEOPLE_MALFORMED;
	if (user == NULL || *user == '\0' || strlen(user) > 64)
		return ERR_OK;
	key = arena_printf(arena, "%s/%s/%s", provider, bank, user);
	pthread_mutex_lock(&people->lock);
	err = add(people, arena, key, person_new(arena, NULL), ret_verdict);
	if (err == ERR_OK && *ret_verdict != PEOPLE_FULL) {
		*ret_verdict = PEOPLE_ACCEPTED;
		*ret_name_id = member(arena, json_object_get(people->all, key), "name_id");
	}
	pthread_mutex_unlock(&people->lock);
	return err;
}
