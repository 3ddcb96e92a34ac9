#include "helpdesk/look_up.h"

#include "account/account.h"
#include "audit/audit.h"
#include "helpdesk/looks.h"
#include "helpdesk/staff.h"
#include "signin/caller_check.h"

/* Words of the audit, by grade. */
static const char *const grade_words[CALLER_GRADE_COUNT] = {"caller-credential", "caller-factor", "caller-mail"};

static bool
is_given(const char *typed)
{
	return typed != NULL && *typed != '\0';
}

/* A refused code: what a person can mistype costs nothing, what a guesser would try costs a failure. */
static enum err
count_refusal(struct txn *txn, struct StaffRecord *staff, struct bytes account, const struct factor_answer *answer)
{
	if (answer->verdict != FACTOR_REFUSED_WRONG && answer->verdict != FACTOR_REFUSED_USED)
		return ERR_OK;
	return looks_miss(txn, staff, account, factor_verdict_print(answer->verdict));
}

static enum err
judge_code(struct txn *txn, struct StaffRecord *staff, const char *typed, struct look_up_result *result)
{
	struct bytes account = record_bytes(result->account->id);
	enum caller_grade grade = CALLER_CREDENTIAL;
	const char *verified = "caller-none";
	enum err err;

	if (is_given(typed)) {
		err = caller_check(txn, account, typed, &result->code, &grade);
		if (err != ERR_OK)
			return err;
		if (result->code.verdict != FACTOR_ACCEPTED) {
			result->verdict = LOOK_UP_CODE_REFUSED;
			return count_refusal(txn, staff, account, &result->code);
		}
		result->proven = 1u << grade;
		verified = grade_words[grade];
	}
	return audit_append(txn, AUDIT_DESK_LOOKED, account, result->account->portal, "staff", staff->code, "verified", verified, NULL);
}

enum err
look_up(struct txn *txn, struct StaffRecord *staff, const struct look_up *typed, struct look_up_result *ret_result)
{
	struct ctx *ctx = txn_ctx(txn);
	struct look_up_result result = {.verdict = LOOK_UP_LIMITED};
	const char *reference;
	enum err err;

	*ret_result = (struct look_up_result){.verdict = LOOK_UP_REQUIRED};
	if (!is_given(typed->reference))
		return ERR_OK;
	ret_result->verdict = LOOK_UP_MALFORMED;
	if (account_reference_parse(ctx->arena, typed->reference, &reference) != ERR_OK)
		return ERR_OK;
	looks_judge(staff, &ctx->config->helpdesk, ctx->now, &result.wait);
	*ret_result = result;
	if (result.wait > 0)
		return ERR_OK;
	err = looks_count(txn, staff);
	if (err != ERR_OK)
		return err;
	result.verdict = LOOK_UP_FOUND;
	err = account_find_reference(txn, reference, &result.account);
	if (err == ERR_NOT_FOUND) {
		result.verdict = LOOK_UP_UNKNOWN;
		err = looks_miss(txn, staff, bytes_make("", 0), "no-such-account");
	} else if (err == ERR_OK) {
		err = judge_code(txn, staff, typed->code, &result);
	}
	*ret_result = result;
	return err == ERR_OK ? staff_save(txn, staff) : err;
}

enum err
look_up_prove(struct txn *txn, struct StaffRecord *staff, struct desk_case *which, const char *typed, struct factor_answer *ret_answer)
{
	struct ctx *ctx = txn_ctx(txn);
	struct bytes account = record_bytes(which->account->id);
	enum caller_grade grade = CALLER_CREDENTIAL;
	enum err err;

	*ret_answer = (struct factor_answer){.verdict = FACTOR_REFUSED_LOCKED};
	looks_judge(staff, &ctx->config->helpdesk, ctx->now, &ret_answer->wait);
	if (ret_answer->wait > 0)
		return ERR_OK;
	err = caller_check(txn, account, typed, ret_answer, &grade);
	if (err != ERR_OK)
		return err;
	if (ret_answer->verdict != FACTOR_ACCEPTED) {
		err = count_refusal(txn, staff, account, ret_answer);
		return err == ERR_OK ? staff_save(txn, staff) : err;
	}
	err = desk_case_note(txn, which, grade);
	if (err != ERR_OK)
		return err;
	return audit_append(txn, AUDIT_DESK_CALLER_VERIFIED, account, which->account->portal, "staff", staff->code, "verified", grade_words[grade],
	    NULL);
}
