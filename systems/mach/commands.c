/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What can be typed: a table, from which the help comes too. */

#include "bootstrap.h"

struct entry
{
  const char *name;
  const char *help;
  void (*run) (const struct machine *machine, const char *argument);
};

static const struct entry *entry_at (uint32_t at);

static void
run_help (const struct machine *machine, const char *argument)
{
  const struct entry *entry;
  (void) machine;
  (void) argument;
  for (uint32_t at = 0; (entry = entry_at (at)); at++)
    {
      print (entry->name);
      print (": ");
      print (entry->help);
      print ("\n");
    }
}

static void
run_version (const struct machine *machine, const char *argument)
{
  (void) machine;
  (void) argument;
  print_version ();
}

static void
run_disk (const struct machine *machine, const char *argument)
{
  (void) argument;
  disk_show (machine);
}

static void
run_read (const struct machine *machine, const char *argument)
{
  uint32_t number;
  if (parse_number (argument, &number))
    disk_dump (machine, number);
  else
    print ("read needs the number of a sector\n");
}

static void
run_memory (const struct machine *machine, const char *argument)
{
  (void) machine;
  (void) argument;
  print_memory ();
}

static void
run_reboot (const struct machine *machine, const char *argument)
{
  (void) argument;
  host_stop (machine, TRUE);
}

static void
run_halt (const struct machine *machine, const char *argument)
{
  (void) argument;
  host_stop (machine, FALSE);
}

static const struct entry entries[] = {
  { "help", "this list", run_help },
  { "version", "the kernel's version", run_version },
  { "disk", "the first disk, its first partition and its file system", run_disk },
  { "read", "read SECTOR: the bytes of a sector of the first disk", run_read },
  { "memory", "how much there is, and how much of it is free", run_memory },
  { "reboot", "start the machine again", run_reboot },
  { "halt", "stop the machine", run_halt },
};

static const struct entry *
entry_at (uint32_t at)
{
  return at < sizeof entries / sizeof entries[0] ? &entries[at] : 0;
}

/* Runs one line: a name, and what stands behind it. The line is taken apart in place. */
void
command (const struct machine *machine, char *line)
{
  const struct entry *entry;
  while (*line == ' ')
    line++;
  char *argument = line;
  while (*argument && *argument != ' ')
    argument++;
  if (*argument)
    *argument++ = 0;
  while (*argument == ' ')
    argument++;
  /* Blanks behind a number are not part of it. */
  char *end = argument;
  while (*end)
    end++;
  while (end > argument && end[-1] == ' ')
    *--end = 0;

  if (!*line)
    return;
  for (uint32_t at = 0; (entry = entry_at (at)); at++)
    if (equal (entry->name, line))
      {
        entry->run (machine, argument);
        return;
      }
  print ("no command `");
  print (line);
  print ("`; there is `help`\n");
}
