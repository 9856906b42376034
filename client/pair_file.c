/*
 * vaultctl: keys and certificates on disk.
 */
#include "client/pair_file.h"

#include <stdio.h>
#include <unistd.h>

#include "client/files.h"

int
pair_file_write(
    const char *prefix, struct str key, struct str certificate, bool replace, struct error *err)
{
	char path[2][4096];

	snprintf(path[0], sizeof(path[0]), "%s.key", prefix);
	snprintf(path[1], sizeof(path[1]), "%s.pem", prefix);
	if (!replace && access(path[1], F_OK) == 0)
		return error_set(err, ERR_CONFLICT, "%s exists and is left alone", path[1]);
	if (file_write(path[0], key, 0600, replace, err) != 0)
		return -1;
	return file_write(path[1], certificate, 0644, replace, err);
}
