#include "../unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/jws.h"
#include "crypto/rsa.h"
#include "crypto/seal.h"

static struct arena *arena;
static char *directory;
static const char *reason;

/* One ring is made for the whole program: generating keys is what takes the time here. */
static int
setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	directory = unit_directory();
	if (keyring_create(directory, "auth.localhost", arena, &reason) != ERR_OK)
		fail_msg("%s", reason);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unit_directory_remove(&directory);
	arena_free(&arena);
	return 0;
}

static const char *
path_of(const char *name)
{
	return arena_printf(arena, "%s/%s", directory, name);
}

static enum err
load(struct keyring **ret_keys)
{
	reason = "";
	return keyring_load(directory, arena, ret_keys, &reason);
}

/* The ring is refused with this error, and the sentence names the file or directory and holds no line of a key. */
static void
assert_refused(enum err wanted, const char *named)
{
	struct keyring *keys = NULL;

	assert_int_equal(load(&keys), wanted);
	assert_null(keys);
	if (strstr(reason, named) == NULL)
		fail_msg("\"%s\" does not name %s", reason, named);
	assert_null(strstr(reason, "PRIVATE"));
}

static void
write_file(const char *name, const char *content, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
a_new_ring_is_whole(void **state)
{
	struct keyring *keys;
	struct certificate certificate;
	struct bytes der;
	struct stat status;

	(void)state;
	assert_int_equal(load(&keys), ERR_OK);
	assert_int_equal(strlen(keyring_store_key_id(keys)), 16);
	assert_non_null(keyring_saml_signing(keys, 0));
	assert_null(keyring_saml_signing(keys, 1));
	assert_non_null(keyring_saml_encryption(keys, 0));
	assert_null(keyring_saml_encryption(keys, 1));
	assert_int_equal(
	    certificate_from_pem(keyring_saml_signing(keys, 0)->certificate_pem, arena, &der),
	    ERR_OK);
	assert_int_equal(certificate_parse(der, arena, &certificate, &reason), ERR_OK);
	assert_int_equal(certificate.bits, 2048);
	for (size_t i = 0; keyring_row(keys, i, arena) != NULL; i++) {
		const struct keyring_row *row = keyring_row(keys, i, arena);
		const char *ending = row->kind == KEYRING_STORE ? "key" : "pem";

		assert_true(row->in_use);
		assert_int_equal(
		    stat(path_of(arena_printf(arena, "%s.%s", row->name, ending)), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
	}
	keyring_free(&keys);
	assert_null(keys);
	keyring_free(&keys);
}

static void
nothing_is_overwritten(void **state)
{
	(void)state;
	assert_int_equal(keyring_create(directory, "x", arena, &reason), ERR_EXISTS);
	assert_non_null(strstr(reason, "keys rotate"));
	assert_int_equal(keyring_create(path_of("no/such"), "x", arena, &reason), ERR_IO);
	assert_int_equal(keyring_create(path_of("new"), "", arena, &reason), ERR_FORMAT);
}

static void
files_open_to_others_are_refused(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0660, 0602, 0644};
	struct keyring *keys;

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path_of("store-1.key"), modes[i]), 0);
		assert_refused(ERR_IO, "store-1.key");
		assert_non_null(strstr(reason, "chmod 600"));
	}
	assert_int_equal(chmod(path_of("store-1.key"), 0600), 0);
	assert_int_equal(chmod(path_of("saml-signing-1.pem"), 0640), 0);
	assert_refused(ERR_IO, "saml-signing-1.pem");
	assert_int_equal(chmod(path_of("saml-signing-1.pem"), 0600), 0);
	assert_int_equal(chmod(directory, 0770), 0);
	assert_refused(ERR_IO, directory);
	assert_int_equal(chmod(directory, 0700), 0);
	assert_int_equal(load(&keys), ERR_OK);
	keyring_free(&keys);
}

static void
damaged_files_are_refused(void **state)
{
	static const char *const bad[] = {"", "\n", "00", "not hex",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1F\n",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00\n",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\n"};
	static const char *const names[] = {"store-0.key", "store-01.key", "store-256.key",
	    "store-2.pem", "store-.key", "token-.pem", "token-a b.pem", "saml-signing-x.pem",
	    "saml-encryption-1.key"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file("store-2.key", bad[i], 0600);
		assert_refused(ERR_FORMAT, "store-2.key");
		unlink(path_of("store-2.key"));
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		write_file(names[i], "x", 0600);
		assert_refused(ERR_FORMAT, names[i]);
		unlink(path_of(names[i]));
	}
	write_file("token-2-ec.pem",
	    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0600);
	assert_refused(ERR_FORMAT, "token-2-ec.pem");
	unlink(path_of("token-2-ec.pem"));
	assert_int_equal(mkdir(path_of("store-2.key"), 0700), 0);
	assert_refused(ERR_IO, "store-2.key");
	rmdir(path_of("store-2.key"));
}

static void
a_foreign_certificate_is_refused(void **state)
{
	(void)state;
	assert_int_equal(rename(path_of("saml-signing-1.crt"), path_of("aside")), 0);
	assert_refused(ERR_NOT_FOUND, "saml-signing-1.crt");
	assert_int_equal(link(path_of("saml-encryption-1.crt"), path_of("saml-signing-1.crt")), 0);
	assert_refused(ERR_FORMAT, "saml-signing-1.pem");
	assert_int_equal(rename(path_of("aside"), path_of("saml-signing-1.crt")), 0);
}

static void
what_is_missing_is_named(void **state)
{
	char *empty = unit_directory();
	struct keyring *keys = NULL;

	(void)state;
	assert_int_equal(keyring_load("/no/such/directory", arena, &keys, &reason), ERR_NOT_FOUND);
	assert_non_null(strstr(reason, "vestibulectl keys init"));
	assert_int_equal(keyring_load(empty, arena, &keys, &reason), ERR_NOT_FOUND);
	assert_non_null(strstr(reason, "vestibulectl keys init"));
	assert_int_equal(keyring_rotate(empty, KEYRING_STORE, "x", arena, &reason), ERR_NOT_FOUND);
	unit_directory_remove(&empty);
	assert_int_equal(rename(path_of("saml-encryption-1.pem"), path_of("aside")), 0);
	assert_refused(ERR_NOT_FOUND, "saml-encryption-<n>.pem");
	assert_int_equal(rename(path_of("aside"), path_of("saml-encryption-1.pem")), 0);
}

static void
rotate_all(void)
{
	for (int kind = KEYRING_STORE; kind <= KEYRING_SAML_ENCRYPTION; kind++) {
		if (keyring_rotate(directory, (enum keyring_kind)kind, "auth.localhost", arena,
			&reason) != ERR_OK)
			fail_msg("%s", reason);
	}
}

/* After a rotation the new keys work, and everything made with the old ones still opens, verifies and is found. */
static void
a_rotation_loses_nothing(void **state)
{
	struct keyring *before, *after;
	struct bytes sealed, plain;
	uint8_t old_mac[MAC_SIZE], new_mac[MAC_SIZE];
	const char *old_token, *new_token;

	(void)state;
	assert_int_equal(load(&before), ERR_OK);
	sealed = seal(before, "p", bytes_of("a"), bytes_of("text"), arena);
	mac(before, "p", bytes_of("text"), old_mac);
	assert_int_equal(
	    jws_sign(before, JWS_ES256, "JWT", bytes_of("{}"), arena, &old_token), ERR_OK);

	rotate_all();
	assert_int_equal(load(&after), ERR_OK);
	assert_string_equal(keyring_store_key_id(after), keyring_store_key_id(before));
	assert_int_equal(seal_open(after, "p", bytes_of("a"), sealed, arena, &plain), ERR_OK);
	mac(after, "p", bytes_of("text"), new_mac);
	assert_memory_equal(new_mac, old_mac, MAC_SIZE);
	assert_int_equal(jws_verify_own(after, "JWT", old_token, arena, &plain), ERR_OK);

	sealed = seal(after, "p", bytes_of("a"), bytes_of("text"), arena);
	assert_int_equal(sealed.data[1], 2);
	assert_int_equal(seal_open(before, "p", bytes_of("a"), sealed, arena, &plain), ERR_CRYPTO);
	assert_int_equal(
	    jws_sign(after, JWS_ES256, "JWT", bytes_of("{}"), arena, &new_token), ERR_OK);
	assert_int_equal(jws_verify_own(before, "JWT", new_token, arena, &plain), ERR_CRYPTO);
	assert_non_null(keyring_saml_signing(after, 1));
	assert_string_equal(keyring_saml_signing(after, 1)->private_pem,
	    keyring_saml_signing(before, 0)->private_pem);
	keyring_free(&before);
	keyring_free(&after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_ring_is_whole),
	    cmocka_unit_test(nothing_is_overwritten),
	    cmocka_unit_test(files_open_to_others_are_refused),
	    cmocka_unit_test(damaged_files_are_refused),
	    cmocka_unit_test(a_foreign_certificate_is_refused),
	    cmocka_unit_test(what_is_missing_is_named),
	    cmocka_unit_test(a_rotation_loses_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
