/*
 * The starter: the process that starts the runner, and starts it again when it dies.  Main cannot:
 * its own filter of system calls passes an exec, and a hook must be able to talk to a provider.
 * It hears nobody once it has begun, so that nobody can break it.
 */
#ifndef RUNNER_STARTER_H
#define RUNNER_STARTER_H

/*
 * Run as the starter, on the descriptors of ipc/process.h: channel to main, the hooks' directory,
 * and a pipe with the payload of a HOOKS frame.  Returns the exit status.
 */
int starter_main(unsigned index);

#endif
