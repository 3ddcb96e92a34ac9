#include "base/err.h"

#include <stdlib.h>

#include "base/log.h"

const char *
err_print(enum err err)
{
	switch (err) {
	case ERR_OK:
		return "no error";
	case ERR_IO:
		return "the system refused to read or write";
	case ERR_STORE:
		return "the store could not be read or written";
	case ERR_FULL:
		return "there is no room left";
	case ERR_NOT_FOUND:
		return "it does not exist";
	case ERR_EXISTS:
		return "it exists already";
	case ERR_FORMAT:
		return "the bytes are not what they should be";
	case ERR_TOO_BIG:
		return "it is over its bound";
	case ERR_TIMEOUT:
		return "the deadline passed";
	case ERR_BUSY:
		return "it is busy, try again later";
	case ERR_PEER:
		return "the other side died or answered nonsense";
	case ERR_CRYPTO:
		return "a key, a seal or a signature does not fit";
	case ERR_CONFIG:
		return "the configuration does not allow it or lacks it";
	case ERR_REFUSED:
		return "the transaction took its changes back";
	}
	return "an unknown error";
}

void
must_failed(const char *cond, const char *file, int line)
{
	log_event(LOG_ERROR, NULL, "A mistake of ours was found: the program stops",
	    LOG_TEXT("condition", cond), LOG_TEXT("file", file), LOG_NUMBER("line", line));
	abort();
}
