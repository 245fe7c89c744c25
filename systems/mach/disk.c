/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The first IDE disk: its size, its partition table and its first file system. */

#include "bootstrap.h"
#include "device_user.h"
#include "mach_user.h"
#include <mach/mig_support.h>

/* GNU Mach's name of the first disk on IDE (linux/src/drivers/block/ide.c). */
#define DISK "hd0"

/* MBR: the first entry at 446, the signature in the last two bytes (UEFI 2.10, 5.2.1). */
#define MBR_ENTRY 446
#define MBR_SIGNATURE 510
#define ENTRY_TYPE 4
#define ENTRY_FIRST 8
#define ENTRY_COUNT 12

/* ext2: the super block is 1024 bytes in, little-endian (Linux,
   Documentation/filesystems/ext4/super.rst). */
#define SUPER_SECTOR 2
#define SUPER_BLOCKS 4
#define SUPER_LOG_BLOCK 24
#define SUPER_MAGIC 56
#define SUPER_OS 72
#define SUPER_UUID 104
#define SUPER_LABEL 120
#define EXT2_MAGIC 0xef53

/* s_creator_os; the Hurd keeps its own fields in an inode only where it says Hurd. */
static const char *const creators[] = { "Linux", "Hurd", "Masix", "FreeBSD", "Lites" };

void
disk_open (struct machine *machine)
{
  kern_return_t error
      = device_open (machine->device_master, D_READ, DISK, &machine->disk);
  if (error == KERN_SUCCESS)
    return;
  machine->disk = MACH_PORT_NULL;
  print ("bringup: " DISK " cannot be opened, error ");
  print_number ((uint32_t) error);
  print ("\n");
}

/* Reads one sector into `sector`; says so on the console if that fails. */
static boolean_t
read_sector (const struct machine *machine, uint32_t number, uint8_t *sector)
{
  io_buf_ptr_t data;
  mach_msg_type_number_t count = 0;
  kern_return_t error;

  if (machine->disk == MACH_PORT_NULL)
    {
      print ("there is no disk\n");
      return FALSE;
    }
  error = device_read (machine->disk, 0, number, SECTOR_LEN, &data, &count);
  if (error == KERN_SUCCESS)
    {
      boolean_t whole = count == SECTOR_LEN;
      if (whole)
        memcpy (sector, data, SECTOR_LEN);
      /* The answer came in pages of its own. */
      vm_deallocate (mach_task_self (), (vm_address_t) data, count);
      if (whole)
        return TRUE;
    }
  print ("sector ");
  print_number (number);
  print (" cannot be read, error ");
  print_number ((uint32_t) error);
  print ("\n");
  return FALSE;
}

static void
show_uuid (const uint8_t *uuid)
{
  for (uint32_t at = 0; at < 16; at++)
    {
      /* RFC 9562, section 4: groups of 4, 2, 2, 2 and 6 bytes. */
      if (at == 4 || at == 6 || at == 8 || at == 10)
        print ("-");
      print_hex (uuid[at], 2);
    }
}

static void
show_label (const uint8_t *label)
{
  print ("`");
  for (uint32_t at = 0; at < 16 && label[at]; at++)
    print_bytes (label[at] >= ' ' && label[at] < 127 ? (const char *) &label[at] : "?", 1);
  print ("`");
}

static void
show_file_system (const struct machine *machine, uint32_t first)
{
  uint8_t super[SECTOR_LEN];
  if (!read_sector (machine, first + SUPER_SECTOR, super))
    return;
  if (little16 (super + SUPER_MAGIC) != EXT2_MAGIC)
    {
      print ("bringup: partition 1 holds no ext2 file system\n");
      return;
    }
  uint32_t creator = little32 (super + SUPER_OS);
  print ("bringup: ext2 label ");
  show_label (super + SUPER_LABEL);
  print (", uuid ");
  show_uuid (super + SUPER_UUID);
  print (", creator ");
  if (creator < sizeof creators / sizeof creators[0])
    print (creators[creator]);
  else
    print_number (creator);
  print (", ");
  print_number (little32 (super + SUPER_BLOCKS));
  print (" blocks of ");
  /* A larger exponent than ext4's largest block allows comes from a broken super block. */
  uint32_t log = little32 (super + SUPER_LOG_BLOCK);
  print_number (log <= 6 ? 1024u << log : 0);
  print (" bytes\n");
}

void
disk_show (const struct machine *machine)
{
  int status[DEV_GET_RECORDS_COUNT];
  mach_msg_type_number_t count = DEV_GET_RECORDS_COUNT;
  uint8_t sector[SECTOR_LEN];

  if (!read_sector (machine, 0, sector))
    return;
  /* In records, not in bytes: those would not fit in 32 bits. */
  if (device_get_status (machine->disk, DEV_GET_RECORDS, status, &count) == KERN_SUCCESS
      && count == DEV_GET_RECORDS_COUNT)
    {
      print ("bringup: " DISK " has ");
      print_number ((uint32_t) status[DEV_GET_RECORDS_DEVICE_RECORDS]);
      print (" sectors of ");
      print_number ((uint32_t) status[DEV_GET_RECORDS_RECORD_SIZE]);
      print (" bytes\n");
    }
  const uint8_t *entry = sector + MBR_ENTRY;
  if (sector[MBR_SIGNATURE] != 0x55 || sector[MBR_SIGNATURE + 1] != 0xaa || !entry[ENTRY_TYPE])
    {
      print ("bringup: " DISK " has no first partition\n");
      return;
    }
  print ("bringup: partition 1 type 0x");
  print_hex (entry[ENTRY_TYPE], 2);
  print (", first sector ");
  print_number (little32 (entry + ENTRY_FIRST));
  print (", ");
  print_number (little32 (entry + ENTRY_COUNT));
  print (" sectors\n");
  show_file_system (machine, little32 (entry + ENTRY_FIRST));
}

void
disk_dump (const struct machine *machine, uint32_t number)
{
  uint8_t sector[SECTOR_LEN];
  if (!read_sector (machine, number, sector))
    return;
  for (uint32_t at = 0; at < SECTOR_LEN; at++)
    {
      if (at % 16 == 0)
        print_hex (at, 4);
      print (" ");
      print_hex (sector[at], 2);
      if (at % 16 == 15)
        print ("\n");
    }
}
