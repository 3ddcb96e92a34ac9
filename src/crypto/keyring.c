#include "crypto/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/internal.h"
#include "crypto/seal.h"

#define RING_ARENA ((size_t)16 * 1024 * 1024)
#define FILE_MAX ((size_t)64 * 1024)
/* Of one kind; a ring turned once a month reaches it in twenty years. */
#define KEYS_MAX 255
#define INIT_REMEDY                                                                                \
	"for a first start run \"vestibulectl keys init\", otherwise restore it from the backup"

/* A directory on its way into a ring. */
struct load {
	struct keyring *keys;
	const char *directory;
	struct arena *arena; /* the caller's: of *ret_reason only, no secret goes there */
	const char **ret_reason;
};

static enum err refuse(const struct load *load, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum err
refuse(const struct load *load, enum err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*load->ret_reason = arena_vprintf(load->arena, format, args);
	va_end(args);
	return err;
}

static bool
has_ending(const char *name, const char *ending)
{
	size_t len = strlen(name), end = strlen(ending);

	return len > end && strcmp(name + len - end, ending) == 0;
}

/* 1 to 255 without a leading zero, and then exactly `after`; 0 otherwise. */
static unsigned
number_before(const char *text, const char *after)
{
	char *end;
	unsigned long number;

	if (text[0] < '1' || text[0] > '9')
		return 0;
	number = strtoul(text, &end, 10);
	return number <= STORE_KEY_MAX && strcmp(end, after) == 0 ? (unsigned)number : 0;
}

static bool
kid_valid(const char *kid, size_t len)
{
	return len >= 1 && len <= 64 &&
	       strspn(kid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") >=
		   len;
}

enum err
key_file_parse(const char *name, enum key_file *ret_kind, unsigned *ret_number)
{
	*ret_kind = KEY_FILE_OTHER;
	*ret_number = 0;
	if (has_ending(name, ".crt"))
		return ERR_OK;
	if (strncmp(name, "store-", 6) == 0) {
		*ret_kind = KEY_FILE_STORE;
		*ret_number = number_before(name + 6, ".key");
	} else if (strncmp(name, "saml-signing-", 13) == 0) {
		*ret_kind = KEY_FILE_SIGNING;
		*ret_number = number_before(name + 13, ".pem");
	} else if (strncmp(name, "saml-encryption-", 16) == 0) {
		*ret_kind = KEY_FILE_ENCRYPTION;
		*ret_number = number_before(name + 16, ".pem");
	} else if (strncmp(name, "token-", 6) == 0) {
		*ret_kind = KEY_FILE_TOKEN;
		*ret_number = (unsigned)strtoul(name + 6, NULL, 10);
		return has_ending(name, ".pem") && kid_valid(name + 6, strlen(name) - 10)
			   ? ERR_OK
			   : ERR_FORMAT;
	} else {
		return ERR_OK;
	}
	return *ret_number > 0 ? ERR_OK : ERR_FORMAT;
}

static void
close_descriptor(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void
close_directory(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

/* The whole file as text in the ring's arena.  forbidden: the permission bits that it must not have. */
static enum err
file_read(const struct load *load, const char *name, mode_t forbidden, const char **ret_text)
{
	const char *path = arena_printf(load->arena, "%s/%s", load->directory, name);
	CLEANUP(close_descriptor)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	ssize_t len;
	char *text;

	if (fd < 0 || fstat(fd, &status) != 0)
		return refuse(load, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    "%s cannot be read: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return refuse(load, ERR_IO, "%s is not a regular file", path);
	if ((status.st_mode & forbidden) != 0)
		return refuse(load, ERR_IO,
		    "%s is open to other users: run \"chmod 600 %s\", and replace the key if "
		    "they may have read it",
		    path, path);
	if (status.st_size > (off_t)FILE_MAX)
		return refuse(load, ERR_FORMAT, "%s is too big for a key", path);
	text = arena_alloc(load->keys->arena, (size_t)status.st_size + 1);
	len = read(fd, text, (size_t)status.st_size);
	if (len != (ssize_t)status.st_size)
		return refuse(load, ERR_IO, "%s cannot be read whole", path);
	*ret_text = text;
	return ERR_OK;
}

static enum err
damaged(const struct load *load, const char *name, const char *what)
{
	return refuse(load, ERR_FORMAT, "%s/%s %s: restore the file from the backup",
	    load->directory, name, what);
}

static enum err
take_store_key(const struct load *load, const char *name, unsigned number)
{
	struct store_key *key = &load->keys->store_keys[load->keys->store_count];
	const char *text;
	struct bytes root;
	enum err err = file_read(load, name, 077, &text);
	size_t len;

	if (err != ERR_OK)
		return err;
	len = strcspn(text, "\n");
	if (strcmp(text + len, "\n") != 0 && text[len] != '\0')
		return damaged(load, name, "has more than one line");
	text = arena_text_of(load->keys->arena, bytes_make(text, len));
	if (hex_parse(load->keys->arena, text, &root) != ERR_OK || root.len != STORE_KEY_SIZE)
		return damaged(load, name, "does not hold 32 bytes in hex");
	memcpy(key->root, root.data, STORE_KEY_SIZE);
	key->number = number;
	load->keys->store_count++;
	return ERR_OK;
}

static enum err
take_token_key(const struct load *load, const char *name, unsigned number)
{
	struct token_key *token = &load->keys->token_keys[load->keys->token_count];
	const char *pem;
	enum err err = file_read(load, name, 077, &pem);

	if (err != ERR_OK)
		return err;
	token->key = pkey_parse(pem);
	if (token->key == NULL)
		return damaged(
		    load, name, "does not hold a private key in PEM without a pass phrase");
	load->keys->token_count++; /* from here on keyring_free() releases it */
	token->number = number;
	token->kid = arena_text_of(load->keys->arena, bytes_make(name + 6, strlen(name) - 10));
	token->rsa = pkey_is_rsa(token->key);
	if (!token->rsa && !pkey_is_p256(token->key))
		return damaged(
		    load, name, "holds neither a P-256 key nor an RSA key of 2048 to 8192 bits");
	for (int algorithm = JWS_ES256; algorithm <= JWS_RS256; algorithm++)
		token->signers[algorithm] = pkey_signer(token->key, (enum jws_algorithm)algorithm);
	return ERR_OK;
}

/* Does the certificate's public key belong to the private key? */
static bool
pair_fits(const struct saml_key *pem)
{
	CLEANUP(pkey_close)
	EVP_PKEY *key = pkey_parse(pem->private_pem);
	CLEANUP(bio_close)
	BIO *bio = BIO_new_mem_buf(pem->certificate_pem, -1);
	CLEANUP(x509_close)
	X509 *x509 = NULL;
	bool fits;

	must(bio != NULL);
	x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	fits = key != NULL && x509 != NULL && pkey_is_rsa(key) &&
	       X509_check_private_key(x509, key) == 1;
	ERR_clear_error();
	return fits;
}

static enum err
take_saml_key(const struct load *load, const char *name, unsigned number, struct saml_pair *pairs,
    size_t *count)
{
	struct saml_pair *pair = &pairs[*count];
	int stem = (int)(strlen(name) - strlen(".pem"));
	const char *certificate = arena_printf(load->arena, "%.*s.crt", stem, name);
	enum err err = file_read(load, name, 077, &pair->pem.private_pem);

	if (err == ERR_OK)
		err = file_read(load, certificate, 022, &pair->pem.certificate_pem);
	if (err != ERR_OK)
		return err;
	if (!pair_fits(&pair->pem))
		return damaged(load, name,
		    "and its .crt do not hold one RSA key of 2048 to 8192 bits "
		    "and its certificate");
	pair->number = number;
	(*count)++;
	return ERR_OK;
}

static enum err
take_file(const struct load *load, const char *name)
{
	struct keyring *keys = load->keys;
	enum key_file kind;
	unsigned number;

	if (key_file_parse(name, &kind, &number) != ERR_OK)
		return refuse(load, ERR_FORMAT,
		    "%s/%s has a key's name, but not quite: rename it or take it away",
		    load->directory, name);
	switch (kind) {
	case KEY_FILE_STORE:
		return take_store_key(load, name, number);
	case KEY_FILE_TOKEN:
		if (keys->token_count == KEYS_MAX)
			return refuse(load, ERR_FORMAT,
			    "%s holds too many token keys: take old ones away", load->directory);
		return take_token_key(load, name, number);
	case KEY_FILE_SIGNING:
		return take_saml_key(load, name, number, keys->signing, &keys->signing_count);
	case KEY_FILE_ENCRYPTION:
		return take_saml_key(load, name, number, keys->encryption, &keys->encryption_count);
	case KEY_FILE_OTHER:
		return ERR_OK;
	}
	return ERR_OK;
}

static enum err
directory_open(const struct load *load, DIR **ret_dir)
{
	struct stat status;
	DIR *dir = opendir(load->directory);

	if (dir == NULL) {
		if (errno == ENOENT)
			return refuse(load, ERR_NOT_FOUND,
			    "the key directory %s does not exist: " INIT_REMEDY, load->directory);
		return refuse(load, ERR_IO, "the key directory %s cannot be read: %s",
		    load->directory, strerror(errno));
	}
	*ret_dir = dir;
	if (fstat(dirfd(dir), &status) != 0 || (status.st_mode & 022) != 0)
		return refuse(load, ERR_IO,
		    "other users can write to the key directory %s: run \"chmod 700 %s\"",
		    load->directory, load->directory);
	return ERR_OK;
}

static enum err
take_files(const struct load *load)
{
	CLEANUP(close_directory)
	DIR *dir = NULL;
	const struct dirent *entry;
	enum err err = directory_open(load, &dir);

	if (err != ERR_OK)
		return err;
	while ((entry = readdir(dir)) != NULL) {
		err = take_file(load, entry->d_name);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static bool
has_token_key(const struct keyring *keys, bool rsa)
{
	for (size_t i = 0; i < keys->token_count; i++) {
		if (keys->token_keys[i].rsa == rsa)
			return true;
	}
	return false;
}

static enum err
check_complete(const struct load *load)
{
	const struct keyring *keys = load->keys;
	const char *missing = NULL;

	if (keys->store_count == 0)
		missing = "store-<n>.key";
	else if (!has_token_key(keys, false))
		missing = "token-<kid>.pem with a P-256 key";
	else if (!has_token_key(keys, true))
		missing = "token-<kid>.pem with an RSA key";
	else if (keys->signing_count == 0)
		missing = "saml-signing-<n>.pem";
	else if (keys->encryption_count == 0)
		missing = "saml-encryption-<n>.pem";
	if (missing == NULL)
		return ERR_OK;
	return refuse(load, ERR_NOT_FOUND, "the key directory %s has no %s: " INIT_REMEDY,
	    load->directory, missing);
}

/* The newest first. */
static int
compare_numbers(unsigned a, unsigned b)
{
	return (a < b) - (a > b);
}

static int
compare_store_keys(const void *a, const void *b)
{
	return compare_numbers(
	    ((const struct store_key *)a)->number, ((const struct store_key *)b)->number);
}

static int
compare_token_keys(const void *a, const void *b)
{
	const struct token_key *x = a, *y = b;
	int order = compare_numbers(x->number, y->number);

	return order != 0 ? order : strcmp(y->kid, x->kid);
}

static int
compare_pairs(const void *a, const void *b)
{
	return compare_numbers(
	    ((const struct saml_pair *)a)->number, ((const struct saml_pair *)b)->number);
}

static void
sort_keys(struct keyring *keys)
{
	qsort(keys->store_keys, keys->store_count, sizeof(struct store_key), compare_store_keys);
	qsort(keys->token_keys, keys->token_count, sizeof(struct token_key), compare_token_keys);
	qsort(keys->signing, keys->signing_count, sizeof(struct saml_pair), compare_pairs);
	qsort(keys->encryption, keys->encryption_count, sizeof(struct saml_pair), compare_pairs);
}

static struct keyring *
keyring_new(void)
{
	struct keyring *keys = calloc(1, sizeof(*keys));

	must(keys != NULL);
	keys->arena = arena_new(RING_ARENA);
	keys->store_keys = arena_array(keys->arena, STORE_KEY_MAX, sizeof(struct store_key));
	keys->token_keys = arena_array(keys->arena, KEYS_MAX, sizeof(struct token_key));
	keys->signing = arena_array(keys->arena, KEYS_MAX, sizeof(struct saml_pair));
	keys->encryption = arena_array(keys->arena, KEYS_MAX, sizeof(struct saml_pair));
	keys->derived = calloc(1, sizeof(*keys->derived));
	must(keys->derived != NULL);
	return keys;
}

static void
keyring_finish(struct keyring *keys)
{
	uint8_t id[MAC_SIZE];

	sort_keys(keys);
	mac(keys, "store-key-id", bytes_of("vestibule"), id);
	keys->store_key_id = hex_print(keys->arena, bytes_make(id, 8));
}

enum err
keyring_load(
    const char *directory, struct arena *arena, struct keyring **ret_keys, const char **ret_reason)
{
	struct keyring *keys = keyring_new();
	struct load load = {keys, directory, arena, ret_reason};
	enum err err = take_files(&load);

	if (err == ERR_OK)
		err = check_complete(&load);
	if (err != ERR_OK) {
		keyring_free(&keys);
		return err;
	}
	keyring_finish(keys);
	*ret_keys = keys;
	return ERR_OK;
}

void
keyring_free(struct keyring **keys)
{
	struct keyring *ring = *keys;

	if (ring == NULL)
		return;
	for (size_t i = 0; i < ring->token_count; i++) {
		for (int algorithm = JWS_ES256; algorithm <= JWS_RS256; algorithm++)
			digest_close(&ring->token_keys[i].signers[algorithm]);
		pkey_close(&ring->token_keys[i].key);
	}
	derive_cache_done(ring->derived);
	free(ring->derived);
	arena_free(&ring->arena);
	free(ring);
	*keys = NULL;
}

const char *
keyring_store_key_id(const struct keyring *keys)
{
	return keys->store_key_id;
}

const struct saml_key *
keyring_saml_signing(const struct keyring *keys, size_t index)
{
	return index < keys->signing_count ? &keys->signing[index].pem : NULL;
}

const struct saml_key *
keyring_saml_encryption(const struct keyring *keys, size_t index)
{
	return index < keys->encryption_count ? &keys->encryption[index].pem : NULL;
}

static const char *
row_algorithm(const struct token_key *token)
{
	return token->rsa ? "PS256 RS256" : "ES256";
}

/* Is it the first of its type? */
static bool
token_in_use(const struct keyring *keys, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (keys->token_keys[i].rsa == keys->token_keys[index].rsa)
			return false;
	}
	return true;
}

static struct keyring_row
row_at(const struct keyring *keys, enum keyring_kind kind, size_t index, struct arena *arena)
{
	struct keyring_row row = {.kind = kind, .in_use = index == 0, .algorithm = "RSA"};

	switch (kind) {
	case KEYRING_STORE:
		row.name = arena_printf(arena, "store-%u", keys->store_keys[index].number);
		row.algorithm = "AES-256-GCM";
		break;
	case KEYRING_TOKENS:
		row.name = arena_printf(arena, "token-%s", keys->token_keys[index].kid);
		row.algorithm = row_algorithm(&keys->token_keys[index]);
		row.in_use = token_in_use(keys, index);
		break;
	case KEYRING_SAML_SIGNING:
		row.name = arena_printf(arena, "saml-signing-%u", keys->signing[index].number);
		break;
	case KEYRING_SAML_ENCRYPTION:
		row.name =
		    arena_printf(arena, "saml-encryption-%u", keys->encryption[index].number);
		break;
	}
	return row;
}

const struct keyring_row *
keyring_row(const struct keyring *keys, size_t index, struct arena *arena)
{
	const size_t counts[] = {[KEYRING_STORE] = keys->store_count,
	    [KEYRING_TOKENS] = keys->token_count,
	    [KEYRING_SAML_SIGNING] = keys->signing_count,
	    [KEYRING_SAML_ENCRYPTION] = keys->encryption_count};
	struct keyring_row *row;

	for (int kind = KEYRING_STORE; kind <= KEYRING_SAML_ENCRYPTION; kind++) {
		if (index < counts[kind]) {
			row = arena_new_object(arena, struct keyring_row);
			*row = row_at(keys, (enum keyring_kind)kind, index, arena);
			return row;
		}
		index -= counts[kind];
	}
	return NULL;
}
