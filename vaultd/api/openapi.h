/*
 * Rows of a table as an OpenAPI 3.0 document.
 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "vaultd/keeper/call.h"

/* "openapi" and "info". */
void openapi_put_info(struct json_writer *w);
/*
 * One member of "paths": the operations that the rows from *first on have for its pattern, below
 * a mount's path.
 */
void openapi_put_path(struct json_writer *w, struct str mount, const struct route *first);

#endif
