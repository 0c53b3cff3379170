/* What tsn-cni itself reads of a network configuration; everything else is KTSNd's business. */
#ifndef KTSN_CNI_CONFIG_H
#define KTSN_CNI_CONFIG_H

#include <stddef.h>

enum {
    CONFIG_VERSION_MAX = 32,
    CONFIG_INSTANCE_MAX = 9, /* eight characters and the end */
};

struct config {
    char version[CONFIG_VERSION_MAX];   /* "cniVersion", empty if there is none */
    char instance[CONFIG_INSTANCE_MAX]; /* "instance", empty if there is none */
};

/*
 * Reads the configuration.
 *
 * text: length octets of JSON (RFC 8259)
 * Returns 0, -EBADMSG if it is not a JSON object, or -EINVAL if one of the two is no string of its
 * kind, and not empty or null. What was understood is in config in any case.
 */
int config_read(const char *text, size_t length, struct config *config);

#endif
