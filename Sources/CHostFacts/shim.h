#pragma once
// Glibc's Swift module leaves these headers out.
#include <sys/timex.h>
#include <sys/vfs.h>

#include <fcntl.h>

// glibc defines O_TMPFILE only for _GNU_SOURCE, which Swift's importer does not define; asm-generic/fcntl.h.
#ifndef O_TMPFILE
#define SMR_O_TMPFILE (020000000 | O_DIRECTORY)
#else
#define SMR_O_TMPFILE O_TMPFILE
#endif

static inline int smr_open_unnamed(const char *directory) {
    return open(directory, SMR_O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}
