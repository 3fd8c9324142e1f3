#pragma once
#include <spawn.h>

// glibc declares these only for _GNU_SOURCE, which Swift's importer does not define (glibc 2.29 and 2.34).
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

static inline int smr_spawn_add_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

static inline int smr_spawn_add_closefrom(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

// POSIX_SPAWN_SETSID of glibc 2.26.
static inline short smr_spawn_setsid(void) { return 0x80; }
