#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "crypto/internal.h"

/* 2048 bits: every sign-in costs one decryption and one signature with these keys, and 3072 bits would triple both;
 * FEDERATION section 3 asks for 2048 at least.  Tokens' RSA keys serve only portals that cannot take ES256. */
#define SAML_RSA_BITS 2048
#define TOKEN_RSA_BITS 3072
#define CERTIFICATE_DAYS (5 * 365)
/* X.520: upper bound of a common name */
#define COMMON_NAME_MAX 64

/* New files on their way into the key directory. */
struct make {
	const char *directory;
	const char *common_name;
	struct arena *arena; /* the caller's: of *ret_reason only */
	struct arena *secret; /* wiped before the caller goes on */
	const char **ret_reason;
};

static enum err refuse(const struct make *make, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum err
refuse(const struct make *make, enum err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*make->ret_reason = arena_vprintf(make->arena, format, args);
	va_end(args);
	return err;
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

static bool
write_all(int fd, struct bytes content)
{
	while (content.len > 0) {
		ssize_t done = write(fd, content.data, content.len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		content = bytes_make(content.data + done, content.len - (size_t)done);
	}
	return fsync(fd) == 0;
}

static bool
sync_directory(const char *directory)
{
	CLEANUP(close_descriptor)
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

/* The file appears whole and durable, or not at all, and never in place of another one. */
static enum err
file_save(const struct make *make, const char *name, struct bytes content)
{
	const char *path = arena_printf(make->arena, "%s/%s", make->directory, name);
	const char *draft = arena_printf(make->arena, "%s/.%s.new", make->directory, name);
	CLEANUP(close_descriptor)
	int fd = -1;
	bool saved;
	int why;

	unlink(draft);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	saved = fd >= 0 && write_all(fd, content) && link(draft, path) == 0;
	why = errno;
	unlink(draft);
	if (saved && sync_directory(make->directory))
		return ERR_OK;
	return refuse(make,
	    why == EEXIST   ? ERR_EXISTS
	    : why == ENOSPC ? ERR_FULL
			    : ERR_IO,
	    "%s cannot be written: %s", path, strerror(saved ? errno : why));
}

static struct bytes
bio_content(BIO *bio, struct arena *secret)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);

	must(len > 0);
	return bytes_copy(secret, bytes_make(data, (size_t)len));
}

static enum err
save_private(const struct make *make, const char *name, EVP_PKEY *key)
{
	/* secure memory is wiped when it is freed */
	CLEANUP(bio_close)
	BIO *bio = BIO_new(BIO_s_secmem());

	must(
	    bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
	return file_save(make, name, bio_content(bio, make->secret));
}

static enum err
make_store_key(const struct make *make, unsigned number)
{
	uint8_t root[STORE_KEY_SIZE];
	const char *text;

	random_bytes(root, sizeof(root));
	text = arena_printf(
	    make->secret, "%s\n", hex_print(make->secret, bytes_make(root, sizeof(root))));
	bytes_wipe(root, sizeof(root));
	return file_save(make, arena_printf(make->arena, "store-%u.key", number), bytes_of(text));
}

static enum err
make_token_key(const struct make *make, unsigned number, bool rsa)
{
	CLEANUP(pkey_close)
	EVP_PKEY *key = rsa ? EVP_RSA_gen(TOKEN_RSA_BITS) : EVP_EC_gen("P-256");
	/* The random part keeps a kid from coming back when a directory is made anew. */
	const char *name = arena_printf(make->arena, "token-%u-%s-%s.pem", number,
	    rsa ? "rsa" : "ec", random_name(make->arena, 8));

	must(key != NULL);
	return save_private(make, name, key);
}

static enum err
make_token_keys(const struct make *make, unsigned number)
{
	enum err err = make_token_key(make, number, false);

	return err == ERR_OK ? make_token_key(make, number, true) : err;
}

static void
add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(extension != NULL && X509_add_ext(x509, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static void
set_serial(X509 *x509)
{
	BIGNUM *number = BN_new();

	must(number != NULL && BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
	     BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL);
	BN_free(number);
}

static X509 *
self_signed(EVP_PKEY *key, const char *common_name, const char *usage)
{
	X509 *x509 = X509_new();
	X509_NAME *name;

	must(x509 != NULL && X509_set_version(x509, X509_VERSION_3) == 1);
	set_serial(x509);
	must(X509_gmtime_adj(X509_getm_notBefore(x509), 0) != NULL &&
	     X509_gmtime_adj(X509_getm_notAfter(x509), CERTIFICATE_DAYS * 24L * 3600) != NULL);
	name = X509_get_subject_name(x509);
	must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
		 (const unsigned char *)common_name, -1, -1, 0) == 1 &&
	     X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1);
	add_extension(x509, NID_basic_constraints, "critical,CA:FALSE");
	add_extension(x509, NID_key_usage, usage);
	must(X509_sign(x509, key, EVP_sha256()) > 0);
	return x509;
}

/* The certificate first: a key file without one would stop the next start. */
static enum err
make_saml_key(const struct make *make, const char *stem, unsigned number, const char *usage)
{
	CLEANUP(pkey_close)
	EVP_PKEY *key = EVP_RSA_gen(SAML_RSA_BITS);
	CLEANUP(bio_close)
	BIO *bio = BIO_new(BIO_s_mem());
	CLEANUP(x509_close)
	X509 *x509 = NULL;
	enum err err;

	must(key != NULL && bio != NULL);
	x509 = self_signed(key, make->common_name, usage);
	must(PEM_write_bio_X509(bio, x509) == 1);
	err = file_save(make, arena_printf(make->arena, "%s-%u.crt", stem, number),
	    bio_content(bio, make->secret));
	if (err != ERR_OK)
		return err;
	return save_private(make, arena_printf(make->arena, "%s-%u.pem", stem, number), key);
}

static enum err
make_kind(const struct make *make, enum keyring_kind kind, unsigned number)
{
	switch (kind) {
	case KEYRING_STORE:
		return make_store_key(make, number);
	case KEYRING_TOKENS:
		return make_token_keys(make, number);
	case KEYRING_SAML_SIGNING:
		return make_saml_key(make, "saml-signing", number, "critical,digitalSignature");
	case KEYRING_SAML_ENCRYPTION:
		return make_saml_key(make, "saml-encryption", number, "critical,keyEncipherment");
	}
	return refuse(make, ERR_CONFIG, "there is no such kind of key");
}

/* The highest number of each kind that is there; 0: none. */
static enum err
scan(const struct make *make, unsigned highest[KEY_FILE_OTHER + 1], bool *ret_any)
{
	CLEANUP(close_directory)
	DIR *dir = opendir(make->directory);
	const struct dirent *entry;

	if (dir == NULL)
		return refuse(make, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    "the key directory %s cannot be read: %s", make->directory, strerror(errno));
	*ret_any = false;
	while ((entry = readdir(dir)) != NULL) {
		enum key_file kind;
		unsigned number;
		enum err err = key_file_parse(entry->d_name, &kind, &number);

		if (kind != KEY_FILE_OTHER || err != ERR_OK)
			*ret_any = true;
		if (number > highest[kind])
			highest[kind] = number;
	}
	return ERR_OK;
}

static enum err
check_name(const struct make *make)
{
	size_t len = strlen(make->common_name);

	if (len > 0 && len <= COMMON_NAME_MAX && utf8_valid(bytes_of(make->common_name)))
		return ERR_OK;
	return refuse(make, ERR_FORMAT,
	    "the name of the certificates must have 1 to %d bytes of UTF-8", COMMON_NAME_MAX);
}

static enum err
create(const struct make *make)
{
	unsigned highest[KEY_FILE_OTHER + 1] = {0};
	bool any;
	enum err err = check_name(make);

	if (err != ERR_OK)
		return err;
	if (mkdir(make->directory, 0700) != 0 && errno != EEXIST)
		return refuse(make, ERR_IO, "the key directory %s cannot be made: %s",
		    make->directory, strerror(errno));
	err = scan(make, highest, &any);
	if (err != ERR_OK)
		return err;
	if (any)
		return refuse(make, ERR_EXISTS,
		    "the key directory %s holds keys already: nothing was changed; use "
		    "\"vestibulectl keys rotate\" for new ones",
		    make->directory);
	for (int kind = KEYRING_STORE; err == ERR_OK && kind <= KEYRING_SAML_ENCRYPTION; kind++)
		err = make_kind(make, (enum keyring_kind)kind, 1);
	return err;
}

enum err
keyring_create(
    const char *directory, const char *common_name, struct arena *arena, const char **ret_reason)
{
	struct arena *secret = arena_new((size_t)1024 * 1024);
	struct make make = {directory, common_name, arena, secret, ret_reason};
	enum err err = create(&make);

	arena_free(&secret);
	return err;
}

static enum err
rotate(const struct make *make, enum keyring_kind kind)
{
	static const enum key_file files[] = {
	    [KEYRING_STORE] = KEY_FILE_STORE,
	    [KEYRING_TOKENS] = KEY_FILE_TOKEN,
	    [KEYRING_SAML_SIGNING] = KEY_FILE_SIGNING,
	    [KEYRING_SAML_ENCRYPTION] = KEY_FILE_ENCRYPTION,
	};
	unsigned highest[KEY_FILE_OTHER + 1] = {0};
	bool any;
	enum err err = check_name(make);

	if (err == ERR_OK)
		err = scan(make, highest, &any);
	if (err != ERR_OK)
		return err;
	if (!any)
		return refuse(make, ERR_NOT_FOUND,
		    "the key directory %s holds no keys: run \"vestibulectl keys init\" first",
		    make->directory);
	if (highest[files[kind]] >= STORE_KEY_MAX)
		return refuse(
		    make, ERR_FULL, "the numbers of these keys have run out at %d", STORE_KEY_MAX);
	return make_kind(make, kind, highest[files[kind]] + 1);
}

enum err
keyring_rotate(const char *directory, enum keyring_kind kind, const char *common_name,
    struct arena *arena, const char **ret_reason)
{
	struct arena *secret = arena_new((size_t)1024 * 1024);
	struct make make = {directory, common_name, arena, secret, ret_reason};
	enum err err = rotate(&make, kind);

	arena_free(&secret);
	return err;
}
