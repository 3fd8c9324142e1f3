#pragma once
// Glibc's Swift module leaves these headers out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
