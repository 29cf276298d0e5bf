// What libstdc++ and libgcc, compiled for glibc, ask of the C library and musl does not have. Only in the
// front that is linked with musl; common/doc/adr/0003 says why it is. <stdlib.h> must not be included here:
// it may give strtoul the very name that is defined below.
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier)

// glibc's <sys/single_threaded.h>: reference counts need no atomic steps.
extern char __libc_single_threaded;
char __libc_single_threaded = 1;

// glibc's <dlfcn.h>: "not found". Nothing in the front catches an exception, so none is unwound.
int _dl_find_object(void* address, void* result);
int _dl_find_object(void*, void*) { return -1; }

// The names that _FORTIFY_SOURCE and C23 give to functions that both have; Ubuntu's libstdc++ uses them.
unsigned long strtoul(const char* text, char** end, int base);
unsigned long __isoc23_strtoul(const char* text, char** end, int base);
unsigned long __isoc23_strtoul(const char* text, char** end, int base) { return strtoul(text, end, base); }

int __sprintf_chk(char* text, int flag, size_t size, const char* format, ...);
int __sprintf_chk(char* text, int, size_t size, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int written = vsnprintf(text, size, format, arguments);
  va_end(arguments);
  return written;
}

int __fprintf_chk(FILE* file, int flag, const char* format, ...);
int __fprintf_chk(FILE* file, int, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int written = vfprintf(file, format, arguments);
  va_end(arguments);
  return written;
}

// NOLINTEND(bugprone-reserved-identifier)
}
