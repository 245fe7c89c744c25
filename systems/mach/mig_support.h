/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What MIG's stubs expect of a C library under the name <mach/mig_support.h>. */

#ifndef MIG_SUPPORT_H
#define MIG_SUPPORT_H

#include <mach/message.h>
#include <stdint.h>

mach_port_t mig_get_reply_port (void);
void mig_dealloc_reply_port (mach_port_t port);
void mig_put_reply_port (mach_port_t port);

/* Copies a string, cut to fit and always ended; says how many bytes were written. */
uint32_t mig_strncpy (char *to, const char *from, uint32_t size);

void *memcpy (void *to, const void *from, __SIZE_TYPE__ len);
void *memset (void *to, int byte, __SIZE_TYPE__ len);

#endif
