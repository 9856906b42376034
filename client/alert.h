/*
 * What the alerts of TLS (RFC 8446 §6.2) mean to somebody whose certificate was refused.
 */
#ifndef CLIENT_ALERT_H
#define CLIENT_ALERT_H

/* A sentence for the alert that OpenSSL's text names, or NULL when it names none we know. */
const char *alert_meaning(const char *text);

#endif
