#include "agent/ctl/doctor/check.h"

#include <array>

namespace scoped::ctl {

const config::Registry* Patient::registry() const {
  if (config == nullptr) return nullptr;
  const auto found = config->registries.find(host);
  return found == config->registries.end() ? nullptr : &found->second;
}

bool Patient::uses_keyring() const {
  const config::Registry* known = registry();
  if (known == nullptr) return false;
  const auto store = config->stores.find(known->store);
  return store != config->stores.end() && store->second.type == "secret_service";
}

Finding fine(std::string what) { return {Finding::State::fine, std::move(what)}; }
Finding wrong(std::string what, std::string remedy) {
  return {Finding::State::wrong, std::move(what), std::move(remedy)};
}
Finding unknown(std::string what) { return {Finding::State::unknown, std::move(what)}; }

std::span<const Check> checks() {
  static const std::array all = {rows::helper_check, rows::other_helper_check, rows::configuration_check,
                                 rows::home_check,   rows::unit_check,         rows::socket_check,
                                 rows::group_check,  rows::rootless_check,     rows::dns_check,
                                 rows::tls_check,    rows::clock_check,        rows::keyring_check,
                                 rows::store_check,  rows::record_check,       rows::expiry_check,
                                 rows::token_check,  rows::login_check};
  return all;
}

}  // namespace scoped::ctl
