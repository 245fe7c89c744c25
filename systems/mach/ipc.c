/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/*
 * The kernel's traps, and what MIG's stubs call.
 *
 * A trap has its number in %eax and its arguments on the stack behind the caller's return
 * address; it goes through call gate 7 (GNU Mach, i386/include/mach/i386/syscall_sw.h).
 */

#include "bootstrap.h"
#include <mach/message.h>
#include <mach/mig_support.h>

#define TRAP(name, number)                                                                        \
  asm (".text\n.globl " #name "\n" #name ":\n\tmovl $" #number ", %eax\n\tlcall $7, $0\n\tret\n")

/* Numbers: GNU Mach, include/mach/syscall_sw.h. */
TRAP (mach_msg_trap, -25);
TRAP (mach_reply_port, -26);
TRAP (mach_task_self, -28);
TRAP (mach_host_self, -29);
TRAP (mach_print, -30);

mach_port_t mach_reply_port (void);

mach_msg_return_t
mach_msg (mach_msg_header_t *message, mach_msg_option_t option, mach_msg_size_t send_size,
          mach_msg_size_t receive_size, mach_port_t receive_name, mach_msg_timeout_t timeout,
          mach_port_t notify)
{
  /* Nothing here ever interrupts a call, so nothing needs to be called again. */
  return mach_msg_trap (message, option, send_size, receive_size, receive_name, timeout, notify);
}

/* The task has one thread, so one port serves for the answers to all its calls. */
static mach_port_t reply_port;

mach_port_t
mig_get_reply_port (void)
{
  if (reply_port == MACH_PORT_NULL)
    reply_port = mach_reply_port ();
  return reply_port;
}

/* A call failed half-way: a late answer must not be taken for that of the next call. */
void
mig_dealloc_reply_port (mach_port_t port)
{
  (void) port;
  reply_port = MACH_PORT_NULL;
}

void
mig_put_reply_port (mach_port_t port)
{
  (void) port;
}

/* Waits for a message that nobody can send: no time is spent, and the kernel goes on. */
void
sleep_forever (void)
{
  mach_msg_header_t message;
  mach_msg (&message, MACH_RCV_MSG, 0, sizeof message, mach_reply_port (), MACH_MSG_TIMEOUT_NONE,
            MACH_PORT_NULL);
}
