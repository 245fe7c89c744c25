/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/*
 * The console, whatever the kernel's `console=` made it.
 *
 * It is opened by the name `console` only: opening `com0` as well, while that is the console,
 * takes the line away from the kernel and wedges both. The device neither echoes nor edits
 * (GNU Mach, device/chario.c has no line discipline), so that is done here.
 */

#include "bootstrap.h"
#include "device_user.h"

#define BACKSPACE 8
#define DELETE 127

static mach_port_t console;

boolean_t
console_open (mach_port_t device_master)
{
  return device_open (device_master, D_READ | D_WRITE, "console", &console) == KERN_SUCCESS;
}

void
print_bytes (const char *bytes, uint32_t len)
{
  while (len)
    {
      int written = 0;
      uint32_t part = len < IO_INBAND_MAX ? len : IO_INBAND_MAX;
      /* The queue takes what fits; there is nobody to tell if the console itself fails. */
      if (device_write_inband (console, 0, 0, bytes, part, &written) != KERN_SUCCESS
          || written <= 0)
        return;
      bytes += written;
      len -= (uint32_t) written;
    }
}

void
print (const char *text)
{
  while (*text)
    {
      uint32_t len = 0;
      while (text[len] && text[len] != '\n')
        len++;
      print_bytes (text, len);
      text += len;
      if (*text)
        {
          print_bytes ("\r\n", 2);
          text++;
        }
    }
}

void
print_number (uint32_t number)
{
  char digits[10];
  uint32_t at = sizeof digits;
  do
    {
      digits[--at] = (char) ('0' + number % 10);
      number /= 10;
    }
  while (number);
  print_bytes (digits + at, sizeof digits - at);
}

void
print_hex (uint32_t number, uint32_t digits)
{
  while (digits--)
    print_bytes (&"0123456789abcdef"[number >> (4 * digits) & 15], 1);
}

/* Reads a line into `line`, without its end; what does not fit is neither taken nor echoed. */
boolean_t
console_line (char *line, uint32_t size)
{
  uint32_t len = 0;
  for (;;)
    {
      io_buf_ptr_inband_t bytes;
      mach_msg_type_number_t count = sizeof bytes;
      /* One at a time, so that what is typed ahead stays with the kernel. */
      if (device_read_inband (console, 0, 0, 1, bytes, &count) != KERN_SUCCESS)
        return FALSE;
      if (count == 0)
        continue;
      char typed = bytes[0];
      if (typed == '\r' || typed == '\n')
        {
          print ("\n");
          line[len] = 0;
          return TRUE;
        }
      if ((typed == BACKSPACE || typed == DELETE) && len > 0)
        {
          len--;
          print ("\b \b");
        }
      else if (typed >= ' ' && typed < DELETE && len + 1 < size)
        {
          line[len++] = typed;
          print_bytes (&typed, 1);
        }
    }
}
