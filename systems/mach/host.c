/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the kernel says of itself and of the machine, and how to end it. */

#include "bootstrap.h"
#include "mach_host_user.h"
#include "mach_user.h"
#include <mach/host_info.h>

/* Options of host_reboot: GNU Mach, include/sys/reboot.h. */
#define RB_AUTOBOOT 0
#define RB_HALT 8

void
print_version (void)
{
  kernel_version_t version;
  if (host_kernel_version (mach_host_self (), version) != KERN_SUCCESS)
    version[0] = 0;
  /* The kernel's text need not be ended, nor end its line. */
  uint32_t len = 0;
  while (len < sizeof version && version[len] && version[len] != '\n')
    len++;
  print_bytes (version, len);
  print ("\n");
}

static void
print_pages (const char *what, uint32_t pages, uint32_t page_len)
{
  print (", ");
  /* In KiB: all of the memory of the machine, in bytes, need not fit in 32 bits. */
  print_number (pages * (page_len / 1024));
  print (" KiB ");
  print (what);
}

void
print_memory (void)
{
  struct host_basic_info info;
  mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;
  struct vm_statistics pages;

  if (host_info (mach_host_self (), HOST_BASIC_INFO, (host_info_t) &info, &count) != KERN_SUCCESS
      || vm_statistics (mach_task_self (), &pages) != KERN_SUCCESS)
    {
      print ("the kernel does not say\n");
      return;
    }
  uint32_t page_len = (uint32_t) pages.pagesize;
  print_number (info.memory_size / 1024);
  print (" KiB of memory");
  print_pages ("free", (uint32_t) pages.free_count, page_len);
  print_pages ("wired", (uint32_t) pages.wire_count, page_len);
  print ("\n");
}

void
host_stop (const struct machine *machine, boolean_t reboot)
{
  kern_return_t error = host_reboot (machine->host, reboot ? RB_AUTOBOOT : RB_HALT);
  /* Only reached if the kernel refuses. */
  print ("the kernel refuses, error ");
  print_number ((uint32_t) error);
  print ("\n");
}
