/*
 * Freed memory holds nothing, in this process: what OpenSSL frees is wiped by an allocator of
 * ours, what libmicrohttpd frees (its pools) by the C library.
 */
#ifndef GATE_WIPING_H
#define GATE_WIPING_H

/* Overwrite what functions that have returned left on the stack (AES leaves plaintext there).
 */
void wiping_stack(void);

/* Before OpenSSL's first allocation in this process; fatal when it comes too late. */
void wiping_init(void);

#endif
