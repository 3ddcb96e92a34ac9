#include "factor/method.h"

#include <string.h>

#include "factor/mail_code.h"
#include "factor/throttle.h"
#include "factor/totp.h"

static const struct second_factor methods[] = {
    {TOTP_METHOD, "otp", "urn:vestibule:acr:loa2-totp", "/enrol/app", totp_check, NULL},
    {MAIL_METHOD, "mail", "urn:vestibule:acr:loa2-mail", "/enrol/mail", mail_check, mail_send},
};

const char *
factor_verdict_print(enum factor_verdict verdict)
{
	switch (verdict) {
	case FACTOR_REFUSED_REQUIRED:
		return "required";
	case FACTOR_REFUSED_MALFORMED:
		return "malformed";
	case FACTOR_REFUSED_WRONG:
		return "wrong";
	case FACTOR_REFUSED_USED:
		return "used";
	case FACTOR_REFUSED_EXPIRED:
		return "expired";
	case FACTOR_REFUSED_EXHAUSTED:
		return "exhausted";
	case FACTOR_REFUSED_LOCKED:
		return "locked";
	case FACTOR_ACCEPTED:
		break;
	}
	return "";
}

const struct second_factor *
method_find(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	}
	return NULL;
}

const struct second_factor *
method_row(size_t index)
{
	return index < sizeof(methods) / sizeof(methods[0]) ? &methods[index] : NULL;
}

enum err
factor_load(struct txn *txn, struct bytes account, const char *method, struct FactorRecord **ret_factor)
{
	return record_load(txn, TABLE_FACTOR, factor_key(txn_ctx(txn)->arena, account, method), &factor_record__descriptor,
	    ret_factor);
}

enum err
factor_save(struct txn *txn, struct bytes account, const char *method, const struct FactorRecord *factor)
{
	return record_save(txn, TABLE_FACTOR, factor_key(txn_ctx(txn)->arena, account, method), factor, NEVER);
}

enum err
factor_remove(struct txn *txn, struct bytes account, const char *method)
{
	enum err err = txn_delete(txn, TABLE_FACTOR, factor_key(txn_ctx(txn)->arena, account, method));

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
