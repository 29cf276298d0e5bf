// What an agent is called in the records of a store without compare-and-set, where the record names the one
// that rotates: the same after a restart, and of no other agent. Pure.
#pragma once

#include <string>
#include <string_view>

namespace scoped::loop {

// The host's name and twelve digits that the machine and the agent's lock file make. Whoever holds that lock
// is this instance, so a process that rotates for itself under the lock is, too. A machine that is cloned
// with its id and is called otherwise is another. Empty without a lock file.
std::string instance_name(std::string_view host, std::string_view machine, std::string_view lock_file);

}  // namespace scoped::loop
