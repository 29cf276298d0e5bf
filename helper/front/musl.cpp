// What libstdc++ and libgcc, compiled for glibc, ask of the C library and musl does not have. Only in the
// front that is linked with musl; common/doc/adr/0003 says why it is.
extern "C" {

// glibc's <sys/single_threaded.h>: reference counts need no atomic steps.
extern char __libc_single_threaded;  // NOLINT(bugprone-reserved-identifier)
char __libc_single_threaded = 1;     // NOLINT(bugprone-reserved-identifier)

// glibc's <dlfcn.h>: "not found". Nothing in the front catches an exception, so none is unwound: it ends
// there.
int _dl_find_object(void* address, void* result);  // NOLINT(bugprone-reserved-identifier)
int _dl_find_object(void*, void*) { return -1; }   // NOLINT(bugprone-reserved-identifier)
}
