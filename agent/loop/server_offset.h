// What the agent last knew of the registries' clock, kept in the state folder beside the identity of the
// boot: after a restart, limits of copies are told by it until a registry has been heard again (SERVING 7.4).
// Moved along boot time, so it is of no use in another boot. The text is pure; reading and writing block.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::loop {

struct ServerOffset {
  std::string boot_id;
  Ticks ahead{};  // the latest instant that it may be, less the boot time

  Instant at(BootInstant when) const { return Instant(when.time_since_epoch() + ahead); }
  bool operator==(const ServerOffset&) const = default;
};

std::string encode(const ServerOffset& offset);
// corrupt: anything that encode() does not make.
Result<ServerOffset> parse_server_offset(std::string_view text);

// The file `server-time` in that folder. Nothing: it is not there, damaged, or of another boot than
// `boot_id`.
std::optional<ServerOffset> read_server_offset(const std::string& folder, const std::string& boot_id);
// Whole or not at all; makes the folder.
Result<> write_server_offset(const std::string& folder, const ServerOffset& offset);

// Whether it is worth writing again: it has moved by a second since.
bool has_moved(const std::optional<ServerOffset>& written, const ServerOffset& now);

}  // namespace scoped::loop
