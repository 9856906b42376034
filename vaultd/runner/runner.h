/*
 * The runner: the process that starts operators' hooks (rotation of third-party keys).  It holds
 * no vault key and no descriptor but its channel to the keeper and the hooks' directory.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

/*
 * Run as the runner, on the descriptors of ipc/process.h: channel to the keeper, the hooks'
 * directory, and a pipe with the payload of a HOOKS frame.  Returns the exit status.
 */
int runner_main(unsigned index);

#endif
