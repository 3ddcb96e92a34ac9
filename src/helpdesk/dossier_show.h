/* dossier_show.h - a dossier (signin/dossier.h) for the console's template, and as JSON for the ticketing tool: two prints of one struct.
 *
 * templates/README.md lists the variables, doc/openapi-desk.json the members.
 * Runs in: vestibuled, any handler thread. */
#ifndef HELPDESK_DOSSIER_SHOW_H
#define HELPDESK_DOSSIER_SHOW_H

#include <jansson.h>

#include "signin/dossier.h"

struct view;

/* headline, state, says, locks and, of a verified caller, facts, mails, claims, timeline. */
void dossier_show(struct ctx *ctx, const struct dossier *dossier, struct view *view);
/* The same state; the member "verified" says whether the rest is there. */
json_t *dossier_json(struct ctx *ctx, const struct dossier *dossier);

#endif
