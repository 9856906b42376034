/*
 * The table of the configuration file, for config.c: parser, complaints and reference page.
 */
#ifndef VAULTD_CONFIG_TABLE_H
#define VAULTD_CONFIG_TABLE_H

#include "vaultd/setting.h"

/* The blocks of the file: name, and the label it must bear (NULL: none). */
#define CONFIG_BLOCKS 5
extern const char *const config_blocks[CONFIG_BLOCKS][2];

/* Its keys, in the order of the reference page; offsets are of struct config. */
extern const struct setting config_settings[];
extern const size_t config_setting_count;

#endif
