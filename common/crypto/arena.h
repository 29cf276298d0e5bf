// Puts every Secret into OpenSSL's secure heap: one locked arena, left out of core files. OpenSSL's ordinary
// heap is overwritten when it is freed. Call once, first thing in main, before anything of OpenSSL is used.
// When memory cannot be locked (RLIMIT_MEMLOCK) the arena is used unlocked; when it is full, secrets go to
// the ordinary heap and are still wiped.
#pragma once

namespace scoped::crypto {

enum class ArenaState { locked, unlocked, absent };
ArenaState install_secret_arena(unsigned long bytes = 1 << 20);

}  // namespace scoped::crypto
