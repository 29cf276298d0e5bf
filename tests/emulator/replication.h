// Which passwords a door knows while new ones are still on their way to it. Not kept over a restart. Not
// thread-safe: Site holds the lock.
#pragma once

#include "tests/emulator/http.h"
#include "tests/emulator/model.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::emulator {

class PasswordReplication {
 public:
  // From now until `until` the door knows `before` in the place of the token's password in that slot.
  void delay(const std::string& token, std::string slot, std::optional<Password> before,
             std::optional<Door> door, Instant now, Instant until);

  std::vector<Password> known(const Token& token, Door door, Instant now) const;

 private:
  struct Late {
    std::string token;  // in lower case
    std::string slot;
    std::optional<Password> before;
    std::optional<Door> door;  // absent: every one
    Instant until;
  };
  std::vector<Late> late_;
};

}  // namespace scoped::emulator
