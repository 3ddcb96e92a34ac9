#include "web/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 8

/* One certificate with its key.  A handshake may still use it after a reload, so generations live as long as the listener. */
struct generation {
	struct generation *older;
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned chain_length;
	gnutls_privkey_t key;
};

struct tls {
	pthread_mutex_t lock;
	struct generation *newest;
};

/* ITSP.40.062 (2025-05-12), "recommended": TLS 1.2 and 1.3, AES-GCM and AES-CCM with ECDHE, NIST curves; no x25519, no ChaCha20. */
const char *
tls_priorities(void)
{
	return "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-256-GCM:+AES-128-GCM:+AES-256-CCM:+AES-128-CCM:"
	       "+ECDHE-ECDSA:+ECDHE-RSA:+AEAD:"
	       "+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:+SIGN-ECDSA-SECP256R1-SHA256:+"
	       "SIGN-ECDSA-SECP384R1-SHA384:"
	       "+SIGN-ECDSA-SECP521R1-SHA512:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-"
	       "SHA512:+SIGN-EDDSA-ED25519:"
	       "+SIGN-EDDSA-ED448:+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-"
	       "PSS-RSAE-SHA512:"
	       "+SIGN-RSA-PSS-SHA256:+SIGN-RSA-PSS-SHA384:+SIGN-RSA-PSS-SHA512:+CTYPE-X509:+COMP-"
	       "NULL:%SERVER_PRECEDENCE";
}

static void
generation_free(struct generation *generation)
{
	for (unsigned i = 0; i < generation->chain_length; i++)
		gnutls_pcert_deinit(&generation->chain[i]);
	if (generation->key != NULL)
		gnutls_privkey_deinit(generation->key);
	free(generation);
}

static void
datum_free(gnutls_datum_t *datum)
{
	if (datum->data != NULL)
		bytes_wipe(datum->data, datum->size);
	gnutls_free(datum->data);
}

static enum err
read_chain(
    struct generation *generation, const char *file, struct arena *arena, const char **ret_reason)
{
	CLEANUP(datum_free)
	gnutls_datum_t pem = {NULL, 0};
	unsigned count = CHAIN_MAX;
	int failure;

	if (gnutls_load_file(file, &pem) != 0) {
		*ret_reason = arena_printf(arena,
		    "%s: the TLS certificate cannot be read; correct tls.certificate or the file's "
		    "owner",
		    file);
		return ERR_IO;
	}
	failure = gnutls_pcert_list_import_x509_raw(
	    generation->chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0);
	if (failure < 0 || count == 0) {
		*ret_reason = arena_printf(arena,
		    "%s: not a PEM certificate chain of at most %d: %s; give the certificate "
		    "first, then its issuers",
		    file, CHAIN_MAX, gnutls_strerror(failure));
		return ERR_FORMAT;
	}
	generation->chain_length = count;
	return ERR_OK;
}

static enum err
read_key(
    struct generation *generation, const char *file, struct arena *arena, const char **ret_reason)
{
	CLEANUP(datum_free)
	gnutls_datum_t pem = {NULL, 0};
	int failure;

	if (gnutls_load_file(file, &pem) != 0) {
		*ret_reason = arena_printf(arena,
		    "%s: the TLS key cannot be read; correct tls.key or the file's owner", file);
		return ERR_IO;
	}
	must(gnutls_privkey_init(&generation->key) == 0);
	failure =
	    gnutls_privkey_import_x509_raw(generation->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (failure != 0) {
		*ret_reason = arena_printf(arena, "%s: not an unencrypted PEM private key: %s",
		    file, gnutls_strerror(failure));
		return ERR_FORMAT;
	}
	return ERR_OK;
}

static bool
belong_together(struct generation *generation)
{
	uint8_t theirs[64], ours[64];
	size_t theirs_len = sizeof(theirs), ours_len = sizeof(ours);
	gnutls_pubkey_t public;
	bool same;

	must(gnutls_pubkey_init(&public) == 0);
	same = gnutls_pubkey_import_privkey(public, generation->key, 0, 0) == 0 &&
	       gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, ours, &ours_len) == 0 &&
	       gnutls_pubkey_get_key_id(generation->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256,
		   theirs, &theirs_len) == 0 &&
	       bytes_equal(bytes_make(ours, ours_len), bytes_make(theirs, theirs_len));
	gnutls_pubkey_deinit(public);
	return same;
}

enum err
tls_reload(struct tls *tls, const char *certificate, const char *key, struct arena *arena,
    const char **ret_reason)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	enum err err;

	must(generation != NULL);
	err = read_chain(generation, certificate, arena, ret_reason);
	if (err == ERR_OK)
		err = read_key(generation, key, arena, ret_reason);
	if (err == ERR_OK && !belong_together(generation)) {
		*ret_reason = arena_printf(
		    arena, "%s: this key does not belong to the certificate %s", key, certificate);
		err = ERR_FORMAT;
	}
	if (err != ERR_OK) {
		generation_free(generation);
		return err;
	}
	pthread_mutex_lock(&tls->lock);
	generation->older = tls->newest;
	tls->newest = generation;
	pthread_mutex_unlock(&tls->lock);
	return ERR_OK;
}

enum err
tls_open(const char *certificate, const char *key, struct arena *arena, struct tls **ret_tls,
    const char **ret_reason)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	enum err err;

	must(tls != NULL && pthread_mutex_init(&tls->lock, NULL) == 0);
	err = tls_reload(tls, certificate, key, arena, ret_reason);
	if (err != ERR_OK)
		tls_close(&tls);
	else
		*ret_tls = tls;
	return err;
}

void
tls_close(struct tls **tls)
{
	struct generation *generation, *older;

	if (*tls == NULL)
		return;
	for (generation = (*tls)->newest; generation != NULL; generation = older) {
		older = generation->older;
		generation_free(generation);
	}
	pthread_mutex_destroy(&(*tls)->lock);
	free(*tls);
	*tls = NULL;
}

/* GnuTLS asks at each handshake; the session's pointer is libmicrohttpd's connection. */
static int
choose(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
    gnutls_pcert_st **ret_chain, unsigned *ret_length, gnutls_ocsp_data_st **ret_ocsp,
    unsigned *ret_ocsp_length, gnutls_privkey_t *ret_key, unsigned *ret_flags)
{
	struct tls *tls = listener_tls(gnutls_session_get_ptr(session));
	struct generation *generation;

	(void)info;
	if (tls == NULL)
		return -1;
	pthread_mutex_lock(&tls->lock);
	generation = tls->newest;
	pthread_mutex_unlock(&tls->lock);
	*ret_chain = generation->chain;
	*ret_length = generation->chain_length;
	*ret_ocsp = NULL;
	*ret_ocsp_length = 0;
	*ret_key = generation->key;
	*ret_flags = 0; /* they stay ours */
	return 0;
}

void
tls_options(struct MHD_OptionItem *items)
{
	items[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)choose};
	items[1] = (struct MHD_OptionItem){
	    MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_priorities()};
	items[2] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}
