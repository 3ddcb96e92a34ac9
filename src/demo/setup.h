/* setup.h - `vestibule-demo init`: keys, metadata and a configuration for the stand-in world, in one directory. */
#ifndef DEMO_SETUP_H
#define DEMO_SETUP_H

#include "base/arena.h"
#include "base/err.h"
#include "demo/demo.h"

struct setup_options {
	const char *directory;		/* made when it is not there */
	uint16_t service_port;		/* Vestibule: http://auth.localhost:PORT */
	uint16_t operations_port;
	uint16_t demo_port;
	uint16_t mail_port;		/* where mail-server listens; 0: Vestibule sends no mail, and offers no codes by e-mail */
	uint16_t desk_port;		/* the help desk's console: http://desk.localhost:PORT; 0: there is none */
	const char *template_directory, *saml_worker_program;	/* NULL: the installed ones */
};

/* Write DIR/vestibule.yaml and all that it names, except Vestibule's own keys (`vestibulectl keys init`). Keys that are there are
 * kept, so that a second start finds the same people and accounts. *ret_reason: one sentence. */
enum err setup_write(const struct setup_options *options, struct arena *arena, const char **ret_reason);
/* Read it all back for `vestibule-demo run`; setup_done() is for whatever it read, also when it failed. */
enum err setup_read(const char *directory, struct arena *arena, struct demo *ret_demo, const char **ret_reason);
void setup_done(struct demo *demo);

#endif
