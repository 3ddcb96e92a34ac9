#include "saml_worker/worker.h"

#include <sys/time.h>
#include <unistd.h>

#include "ipc/confine.h"
#include "ipc/message.h"

/* A message, its plain text, its base64, its facts: some copies each. */
#define MESSAGE_MEMORY ((size_t)8 << 20)

/* An AUTHN's reply: whether it worked, then the URL. */
static enum err
answer_authn(struct engine *engine, const struct frame *request, struct arena *arena, struct buf *reply)
{
	struct saml_authn authn;
	const char *url = "";
	enum err err;

	err = saml_authn_get(request->body, arena, &authn);
	if (err != ERR_OK)
		return err;
	/* The empty text says that it did not work. */
	if (engine_authn(engine, &authn, arena, &url) != ERR_OK)
		url = "";
	saml_text_put(reply, url);
	return ERR_OK;
}

static enum err
answer_response(struct engine *engine, const struct frame *request, struct arena *arena, struct buf *reply)
{
	struct saml_response response;
	struct saml_facts facts;
	enum saml_verdict verdict;
	enum err err;

	err = saml_response_get(request->body, arena, &response);
	if (err != ERR_OK)
		return err;
	verdict = engine_response(engine, &response, arena, &facts);
	saml_facts_put(reply, verdict, &facts);
	return ERR_OK;
}

static enum err
answer_manage(struct engine *engine, const struct frame *request, struct arena *arena, struct buf *reply)
{
	struct saml_manage manage;
	struct bytes envelope;
	enum saml_verdict verdict;
	enum err err;

	err = saml_envelope_get(request->body, arena, &envelope);
	if (err != ERR_OK)
		return err;
	verdict = engine_manage(engine, envelope, arena, &manage);
	saml_manage_put(reply, verdict, &manage);
	return ERR_OK;
}

static enum err
answer_managed(struct engine *engine, const struct frame *request, struct arena *arena, struct buf *reply)
{
	struct saml_managed managed;
	const char *envelope = "";
	enum err err;

	err = saml_managed_get(request->body, arena, &managed);
	if (err != ERR_OK)
		return err;
	if (engine_managed(engine, &managed, arena, &envelope) != ERR_OK)
		envelope = "";
	saml_text_put(reply, envelope);
	return ERR_OK;
}

enum err
worker_answer(struct engine *engine, const struct frame *request, struct arena *arena, struct frame *ret_reply)
{
	struct buf reply;
	enum err err = ERR_PEER;

	buf_init(&reply, arena, SAML_REPLY_MAX);
	if (request->operation == SAML_OP_AUTHN)
		err = answer_authn(engine, request, arena, &reply);
	else if (request->operation == SAML_OP_RESPONSE)
		err = answer_response(engine, request, arena, &reply);
	else if (request->operation == SAML_OP_MANAGE)
		err = answer_manage(engine, request, arena, &reply);
	else if (request->operation == SAML_OP_MANAGED)
		err = answer_managed(engine, request, arena, &reply);
	if (err != ERR_OK)
		return err;
	if (reply.failed) {
		/* Facts of a size that no provider needs: only an attacker's. */
		buf_init(&reply, arena, SAML_REPLY_MAX);
		saml_facts_put(&reply, SAML_VALUE_TOO_LONG, NULL);
	}
	*ret_reply = (struct frame){.operation = SAML_OP_DONE, .id = request->id, .body = buf_bytes(&reply)};
	return ERR_OK;
}

/* The alarm's default action ends the process: no handler can be held up by what the library is doing. */
static void
set_alarm(long ms)
{
	struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};

	must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static enum err
serve_one(struct engine *engine, int fd, struct arena *arena, bool last)
{
	struct frame request, reply;
	enum err err;

	err = frame_receive(fd, arena, SAML_BASE64_MAX + 1024, FRAME_NEVER, &request);
	if (err != ERR_OK)
		return err;
	set_alarm(WORKER_MESSAGE_MS);
	err = worker_answer(engine, &request, arena, &reply);
	if (err != ERR_OK)
		return err;
	if (last)
		reply.operation = SAML_OP_LAST;
	err = frame_send(fd, &reply, FRAME_NEVER);
	set_alarm(0);
	arena_reset(arena);
	return err;
}

_Noreturn void
worker_run(struct engine *engine, int fd)
{
	struct arena *arena = arena_new(MESSAGE_MEMORY);
	unsigned left = WORKER_MESSAGES;

	if (confine_calls(CONFINE_WORKER) != ERR_OK)
		_exit(1);
	while (left > 0 && serve_one(engine, fd, arena, left == 1) == ERR_OK)
		left--;
	_exit(0);
}
