// A blocking load, waited for no longer than a request can wait.
#pragma once

#include "common/store/record_store.h"

#include <chrono>
#include <functional>
#include <optional>

namespace scoped::fetch {

using LoadWork = std::function<store::LoadResult()>;

// Runs `work` in a thread of its own. Nothing: it did not end within `wait`; then the thread is left behind,
// and what it brings later is thrown away. So everything that `work` refers to belongs to it or lives until
// the process has ended, and it only reads: what a load shows is written down by whoever waited for it.
// unavailable: there is no thread to be had.
//
// A limit in the store's own contract would bind a network connection, but neither the search for a host's
// address nor a folder on a server that went away; a process that ends by _exit can leave both behind.
std::optional<store::LoadResult> load_within(LoadWork work, std::chrono::milliseconds wait);

}  // namespace scoped::fetch
