/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/*
 * Where the kernel starts the task.
 *
 * GNU Mach puts argc, the argument pointers, a null pointer and the (empty) environment on the
 * new stack, as System V's i386 ABI has it (GNU Mach, kern/bootstrap.c, build_args_and_stack).
 * The boot menu gives two port names in decimal:  bootstrap ${host-port} ${device-port}
 */

#include "bootstrap.h"

/* Nothing calls the entry, so its own frame ends the chain; the ABI wants the stack on 16 bytes. */
asm(".section .text.start, \"ax\", @progbits\n"
    ".globl _start\n"
    "_start:\n"
    "	movl %esp, %eax\n"
    "	xorl %ebp, %ebp\n"
    "	andl $-16, %esp\n"
    "	subl $12, %esp\n"
    "	pushl %eax\n"
    "	call start\n"
    "	hlt\n"
    ".previous\n");

/* The bootstrap task has nobody to return to: when it ends, the machine only idles. */
static void
give_up (const char *why)
{
  mach_print ("bringup: ");
  mach_print (why);
  mach_print ("\n");
  for (;;)
    sleep_forever ();
}

void
start (const uint32_t *stack)
{
  uint32_t count = stack[0];
  const char *const *arguments = (const char *const *) &stack[1];
  struct machine machine = { 0 };

  if (count < 3 || !parse_number (arguments[1], &machine.host)
      || !parse_number (arguments[2], &machine.device_master))
    give_up ("the boot menu must pass ${host-port} ${device-port}");
  if (!console_open (machine.device_master))
    give_up ("the device `console` cannot be opened");

  print ("\nbringup: bootstrap task on ");
  print_version ();
  disk_open (&machine);
  disk_show (&machine);
  print ("bringup: ready, type `help`\n");
  for (;;)
    {
      char line[LINE_LEN];
      print ("mach> ");
      if (!console_line (line, sizeof line))
        give_up ("the console cannot be read");
      command (&machine, line);
    }
}
