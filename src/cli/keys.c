#include "cli/keys.h"

#include <string.h>

const char *
key_kind_print(enum keyring_kind kind)
{
	switch (kind) {
	case KEYRING_STORE:
		return "store";
	case KEYRING_TOKENS:
		return "tokens";
	case KEYRING_SAML_SIGNING:
		return "saml-signing";
	case KEYRING_SAML_ENCRYPTION:
		return "saml-encryption";
	}
	return "unknown";
}

enum err
key_kind_parse(const char *name, enum keyring_kind *ret_kind)
{
	static const enum keyring_kind kinds[] = {
	    KEYRING_STORE, KEYRING_TOKENS, KEYRING_SAML_SIGNING, KEYRING_SAML_ENCRYPTION};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(key_kind_print(kinds[i]), name) == 0) {
			*ret_kind = kinds[i];
			return ERR_OK;
		}
	}
	return ERR_FORMAT;
}
