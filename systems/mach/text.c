/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Text and numbers. memcpy and memset are here because the compiler may call them by itself. */

#include "bootstrap.h"
#include <mach/mig_support.h>

void *
memcpy (void *to, const void *from, __SIZE_TYPE__ len)
{
  char *out = to;
  const char *in = from;
  while (len--)
    *out++ = *in++;
  return to;
}

void *
memset (void *to, int byte, __SIZE_TYPE__ len)
{
  char *out = to;
  while (len--)
    *out++ = (char) byte;
  return to;
}

uint32_t
mig_strncpy (char *to, const char *from, uint32_t size)
{
  uint32_t at = 0;
  if (size == 0)
    return 0;
  for (; at + 1 < size && from[at]; at++)
    to[at] = from[at];
  to[at] = 0;
  return at;
}

boolean_t
equal (const char *one, const char *other)
{
  for (; *one && *one == *other; one++, other++)
    ;
  return *one == *other;
}

/* Decimal, with nothing before or behind it, within 32 bits. */
boolean_t
parse_number (const char *text, uint32_t *number)
{
  uint32_t value = 0;
  if (!*text)
    return FALSE;
  for (; *text; text++)
    {
      uint32_t digit = (uint32_t) (*text - '0');
      if (digit > 9 || value > (UINT32_MAX - digit) / 10)
        return FALSE;
      value = value * 10 + digit;
    }
  *number = value;
  return TRUE;
}

uint32_t
little16 (const uint8_t *bytes)
{
  return bytes[0] | (uint32_t) bytes[1] << 8;
}

uint32_t
little32 (const uint8_t *bytes)
{
  return little16 (bytes) | little16 (bytes + 2) << 16;
}
