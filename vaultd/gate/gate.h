/*
 * A gate: the process that touches the network.
 */
#ifndef GATE_GATE_H
#define GATE_GATE_H

/*
 * Run gate `index` in a process that process_start made and process_enter opened: the keeper's
 * channel is CHILD_CHANNEL (TLS and NONCES come first), CHILD_FIRST its listening socket.
 * Returns the exit status: 0 after DRAIN.
 */
int gate_main(unsigned index);

#endif
