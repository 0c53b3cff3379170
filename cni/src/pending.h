/*
 * What a DEL leaves to be done while KTSNd is away: written down as a file of its own, in the form
 * of relay.h's request, whole or not at all. KTSNd does it when it is back.
 */
#ifndef KTSN_CNI_PENDING_H
#define KTSN_CNI_PENDING_H

#include <limits.h>

#include "relay.h"

/*
 * Tells where: cni.pending beside KTSNd's socket, a link that KTSNd makes to a folder of its state;
 * where that leads nowhere, as after a reboot, cni-pending of the state's usual place,
 * /var/lib/INSTANCE.
 * Returns 0, -ENOENT if there is no such state, so that nothing is to be removed, or another
 * -errno.
 */
int pending_folder(const char *socket_path, const char *instance, char folder[PATH_MAX]);

/*
 * Writes a DEL down; it is durable on return. A second one for the same container and interface
 * replaces the first.
 *
 * environment: of it, CNI_* and PATH are written
 * Returns 0, -EINVAL if CNI_CONTAINERID or CNI_IFNAME is missing or no identifier, or another
 * -errno.
 */
int pending_write(const char *folder, char *const environment[], const struct buffer *input);

#endif
