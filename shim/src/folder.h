/*
 * The folder of KTSNd's socket, kept open: a program that changes its root (chroot, pivot_root,
 * another mount namespace) can't find the socket by its path any more, and KTSNd may be restarted.
 */
#ifndef KTSN_FOLDER_H
#define KTSN_FOLDER_H

#include <stdatomic.h>
#include <stdint.h>

struct ktsn_folder {
    atomic_int descriptor; /* O_PATH, or -1 */
    uint64_t device, inode;
};

void ktsn_folder_initialize(struct ktsn_folder *folder);

/*
 * The socket was found by its path: keeps the folder that it lies in.
 *
 * move_up: takes a new descriptor to where the library's own ones are
 */
void ktsn_folder_keep(struct ktsn_folder *folder, const char *path, int (*move_up)(int));

/*
 * The socket was not found by its path: if the path leads to another folder than it did, connects
 * by the one that was kept. One thread at a time. Returns 0 or -errno, the given one if there is
 * nothing else to try.
 */
long ktsn_folder_connect(struct ktsn_folder *folder, const char *path, int socket, long error);

#endif
