/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one list of error numbers that the kernel, the servers and every
 * program share: number, name, and the text a person reads.
 *
 * OK is 0, every failure is negative. Numbers above -64 come from the kernel, and
 * ERR_TOO_MANY; the rest are the servers' and the library's. A number, once given, is kept.
 */
#ifndef INSULA_ABI_ERROR_H
#define INSULA_ABI_ERROR_H

/*      number  name             text */
#define ERROR_LIST(E)                                                                 \
	E(0, OK, "success")                                                           \
	E(-1, ERR_HANDLE, "the handle names nothing")                                 \
	E(-2, ERR_TYPE, "the handle names another type of object")                    \
	E(-3, ERR_RIGHTS, "the capability lacks the right")                           \
	E(-4, ERR_ARGUMENT, "an argument is out of range")                            \
	E(-5, ERR_ALIGNMENT, "an address is not aligned")                             \
	E(-6, ERR_NO_FUND, "the space's fund lacks pages")                            \
	E(-7, ERR_NO_SLOT, "the capability table is full")                            \
	E(-8, ERR_BUSY, "the object is in use")                                       \
	E(-9, ERR_TIMED_OUT, "the deadline has passed")                               \
	E(-10, ERR_INTERRUPTED, "the wait was ended: endpoint gone, or interrupted")  \
	E(-11, ERR_TOKEN, "the reply right is used up or its caller is gone")         \
	E(-12, ERR_MAPPED, "the address is mapped already")                           \
	E(-13, ERR_NOT_MAPPED, "the address is not mapped")                           \
	E(-14, ERR_STATE, "the object is not in a state for that")                    \
	E(-15, ERR_LIMIT, "the priority is above the caller's limit")                 \
	E(-16, ERR_DYING, "the object is being destroyed")                            \
	E(-17, ERR_NOT_HOME, "the page is not a free page of home")                   \
	E(-18, ERR_BADGE, "only an unbadged capability can be badged")                \
	E(-19, ERR_CALL, "no such call or operation")                                 \
	E(-20, ERR_NO_AARCH32, "the processor does not run 32-bit programs")          \
	E(-21, ERR_PRIORITY, "there is no such priority")                             \
	E(-22, ERR_POLICY, "there is no such scheduling policy")                      \
	E(-23, ERR_LOW_PRIORITY, "the low priority is above the normal one")          \
	E(-24, ERR_BUDGET, "the budget is 0, or longer than its period")              \
	E(-25, ERR_PERIOD, "the replenishment period is out of range")                \
	E(-26, ERR_REPLENISHMENTS, "the number of replenishments is out of range")    \
	/* The servers' and the library's. */                                         \
	E(-64, ERR_WOULD_BLOCK, "the ring is full")                                   \
	E(-65, ERR_CLOSED, "the connection is closed")                                \
	E(-66, ERR_NOT_FOUND, "no such name")                                         \
	E(-67, ERR_EXISTS, "the name exists already")                                 \
	E(-68, ERR_NO_MEMORY, "out of memory")                                        \
	E(-69, ERR_QUOTA, "the process's quota is used up")                           \
	E(-70, ERR_MISMATCH, "the service is described differently")                  \
	E(-71, ERR_PROTOCOL, "the peer broke the ring protocol")                      \
	E(-72, ERR_RPC_INTERRUPTED, "the call was under way when its server crashed") \
	E(-73, ERR_BAD_IMAGE, "the file is not an executable for this machine")       \
	E(-74, ERR_BAD_MANIFEST, "the system manifest is wrong")                      \
	E(-75, ERR_BAD_ARCHIVE, "the boot archive is damaged")                        \
	E(-76, ERR_BAD_STATE, "the state does not fit the program's schema")          \
	E(-77, ERR_NOT_A_SERVER, "the process is not an updatable server")            \
	E(-78, ERR_OTHER_SERVICE, "the binary is of another service")                 \
	E(-79, ERR_UPDATE_RUNNING, "an update of this process is under way")          \
	E(-80, ERR_REFUSED, "refused")                                                \
	E(-81, ERR_CRASHED, "the process crashed")                                    \
	E(-82, ERR_TOO_MANY, "a table of fixed size is full")                         \
	E(-83, ERR_IO, "the device failed")                                           \
	E(-84, ERR_NO_PROCESS, "no such process")                                     \
	E(-85, ERR_TOO_LONG, "too long")

typedef enum {
#define E(number, name, text) name = (number),
	ERROR_LIST(E)
#undef E
} err_t;

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
