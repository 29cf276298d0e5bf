#include "agent/loop/instance.h"

#include "common/crypto/digest.h"

namespace scoped::loop {

std::string instance_name(std::string_view host, std::string_view machine, std::string_view lock_file) {
  if (lock_file.empty()) return "";
  constexpr size_t kDigits = 12;
  const std::string digest =
      crypto::hex(crypto::sha256(std::string(machine) + "\n" + std::string(lock_file)));
  return std::string(host) + "." + digest.substr(0, kDigits);
}

}  // namespace scoped::loop
