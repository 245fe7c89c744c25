/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the files of the bootstrap task share. There is no C library: what is not here is not. */

#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/port.h>
#include <stdint.h>

/* Bytes of a typed line, its end included. */
#define LINE_LEN 80

/* Bytes of a sector: GNU Mach's disk drivers count in these (device/param.h, DEV_BSIZE). */
#define SECTOR_LEN 512

/* What the task was given, and what it opened. */
struct machine
{
  mach_port_t host;          /* the privileged host port: may reboot */
  mach_port_t device_master; /* opens devices */
  mach_port_t disk;          /* hd0, or MACH_PORT_NULL if there is none */
};

/* ipc.c: the kernel's traps. */
void mach_print (const char *text);
mach_port_t mach_task_self (void);
mach_port_t mach_host_self (void);
void sleep_forever (void);

/* text.c: text and numbers. */
boolean_t equal (const char *one, const char *other);
boolean_t parse_number (const char *text, uint32_t *number);
uint32_t little16 (const uint8_t *bytes);
uint32_t little32 (const uint8_t *bytes);

/* console.c: one line in, any text out. */
boolean_t console_open (mach_port_t device_master);
boolean_t console_line (char *line, uint32_t size);
void print (const char *text);
void print_bytes (const char *bytes, uint32_t len);
void print_number (uint32_t number);
void print_hex (uint32_t number, uint32_t digits);

/* disk.c: hd0, its partition table and its first file system. */
void disk_open (struct machine *machine);
void disk_show (const struct machine *machine);
void disk_dump (const struct machine *machine, uint32_t sector);

/* host.c: what the kernel says of itself and of the machine. */
void print_version (void);
void print_memory (void);
void host_stop (const struct machine *machine, boolean_t reboot);

/* commands.c */
void command (const struct machine *machine, char *line);

#endif
