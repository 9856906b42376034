/*
 * Memory that others leave behind: what OpenSSL frees is wiped by an allocator of ours.  (What
 * libmicrohttpd frees holds nothing, see http.h; a buf wipes itself.)
 */
#ifndef GATE_WIPING_H
#define GATE_WIPING_H

/* Overwrite what functions that have returned left on the stack (AES leaves plaintext there).
 */
void wiping_stack(void);

/* Before OpenSSL's first allocation in this process; fatal when it comes too late. */
void wiping_init(void);

#endif
