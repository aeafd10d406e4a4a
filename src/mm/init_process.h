/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first process: the program behind the kernel in the image, with every
 * capability there is. What it finds is described in insula/abi/bootinfo.h.
 */
#ifndef INSULA_MM_INIT_PROCESS_H
#define INSULA_MM_INIT_PROCESS_H

#include "core/object.h"

struct platform;
struct thread;

/*
 * Make the first space and its thread: state READY as thread_launch leaves it.
 * mm_init has run; firmware and irq are the static objects behind the fixed
 * capabilities. Panics if the image holds no program or RAM does not do.
 */
struct thread *
init_process_create(const struct platform *platform, struct object *firmware, struct object *irq);

#endif
