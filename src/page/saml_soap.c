#include "page/saml_soap.h"

#include <string.h>

#include "saml/saml.h"
#include "signin/terminate.h"

/* SOAP 1.1 section 6.2: a fault is a 500.  code: "Client" (what came is refused), "Server" (ours). */
static enum err
answer_fault(const char *code, const char *what, struct response *response)
{
	response->status = 500;
	response->content_type = "text/xml; charset=utf-8";
	buf_printf(&response->body,
	    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>"
	    "<faultcode>soap:%s</faultcode><faultstring>%s</faultstring></soap:Fault></soap:Body></soap:Envelope>",
	    code, what);
	return ERR_OK;
}

static enum err
refuse(struct ctx *ctx, enum saml_verdict verdict, struct response *response)
{
	log_event(LOG_WARNING, &ctx->log, "A message to the SOAP endpoint was refused", LOG_TEXT("reason", saml_verdict_print(verdict)));
	return answer_fault("Client", "The message was refused.", response);
}

static enum err
answer(struct ctx *ctx, const struct saml_order *order, bool done, struct response *response)
{
	const char *envelope;
	enum err err = saml_answer_order(ctx, order, done, &envelope);

	if (err != ERR_OK)
		return err;
	response->content_type = "text/xml; charset=utf-8";
	buf_put_text(&response->body, envelope);
	return ERR_OK;
}

/* Whoever sends it again has missed our answer: what it says is still true. */
static enum err
terminate(struct ctx *ctx, const struct saml_order *order, struct response *response)
{
	const struct termination termination = {.provider = order->provider,
	    .name_qualifier = order->name_qualifier,
	    .sp_name_qualifier = order->sp_name_qualifier,
	    .name_id = order->name_id,
	    .order = order->request_id,
	    .order_until = order->request_until};
	unsigned accounts = 0;
	enum err err = terminate_order(ctx, &termination, &accounts);

	if (err == ERR_EXISTS)
		log_event(LOG_WARNING, &ctx->log, "An order to end a credential came again", LOG_TEXT("provider", order->provider));
	else if (err == ERR_OK)
		log_event(LOG_INFO, &ctx->log, "A provider ended a credential", LOG_TEXT("provider", order->provider),
		    LOG_NUMBER("accounts", accounts));
	else
		return err;
	return answer(ctx, order, true, response);
}

enum err
page_saml_soap(struct ctx *ctx, const struct request *request, struct response *response)
{
	struct saml_order order;
	enum saml_verdict verdict;
	enum err err;

	if (strcmp(request->content_type, "text/xml") != 0) {
		answer_fault("Client", "SOAP 1.1 comes as text/xml.", response);
		response->status = 415;
		return ERR_OK;
	}
	err = saml_judge_order(ctx, request->body, &order, &verdict);
	if (err == ERR_PEER) {
		/* The worker died of it; a fresh one serves the next message. */
		log_event(LOG_ERROR, &ctx->log, "A message to the SOAP endpoint broke its worker");
		return answer_fault("Server", "The message could not be looked at.", response);
	}
	if (err != ERR_OK)
		return err;
	if (verdict == SAML_ACCEPTED)
		return terminate(ctx, &order, response);
	if (verdict != SAML_UNSUPPORTED)
		return refuse(ctx, verdict, response);
	log_event(LOG_WARNING, &ctx->log, "A provider asks for what is not done here", LOG_TEXT("provider", order.provider));
	return answer(ctx, &order, false, response);
}
