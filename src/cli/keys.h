/* keys.h - the names that operators give to kinds of keys. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "crypto/keyring.h"

/* "store", "tokens", "saml-signing", "saml-encryption". */
const char *key_kind_print(enum keyring_kind kind);
/* ERR_FORMAT for any other name. */
enum err key_kind_parse(const char *name, enum keyring_kind *ret_kind);

#endif
