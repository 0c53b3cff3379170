/* CNI_PATH as the runtime means it. */
#ifndef KTSN_CNI_PATHS_H
#define KTSN_CNI_PATHS_H

/*
 * Makes the folders of a search path absolute. A relative one is below the caller's working
 * directory, as libcni looks for plugins; KTSNd, which runs the address manager, has another one.
 *
 * list: folders, separated by ':'; empty ones stay
 * folder: the working directory
 * Returns the path, to be freed, or NULL without memory.
 */
char *paths_absolute(const char *list, const char *folder);

/*
 * Puts the absolute path into the environment, if CNI_PATH has a relative folder.
 *
 * Returns 0, or -errno if the working directory is not known.
 */
int paths_settle(void);

#endif
