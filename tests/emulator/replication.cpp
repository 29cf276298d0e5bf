#include "tests/emulator/replication.h"

#include <algorithm>

namespace scoped::emulator {

void PasswordReplication::delay(const std::string& token, std::string slot, std::optional<Password> before,
                                std::optional<Door> door, Instant now, Instant until) {
  std::erase_if(late_, [now](const Late& each) { return each.until <= now; });
  late_.push_back({lower(token), std::move(slot), std::move(before), door, until});
}

std::vector<Password> PasswordReplication::known(const Token& token, Door door, Instant now) const {
  std::vector<Password> known = token.passwords;
  const std::string name = lower(token.name);
  // From the last to the first, so that of several the oldest that is still under way decides.
  for (auto late = late_.rbegin(); late != late_.rend(); ++late) {
    if (late->token != name || now >= late->until || (late->door && *late->door != door)) continue;
    std::erase_if(known, [&](const Password& each) { return each.slot == late->slot; });
    if (late->before) known.push_back(*late->before);
  }
  return known;
}

}  // namespace scoped::emulator
