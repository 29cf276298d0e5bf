// links: config record
// The configuration: there is a Config or there are problems, never both. Problems are single lines of a
// bounded length, in order. In a Config every name that is used is defined and the rotation fits.
#include "tests/unit/config/scene.h"

#include <stdint.h>

#include <algorithm>

using namespace scoped;
using namespace scoped::config;

namespace {

bool is_one_line(const std::string& text) {
  return !text.empty() && text.size() < 8192 && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
}

void check_problems(const std::vector<Problem>& problems) {
  CHECK_INVARIANT(!problems.empty());
  for (const Problem& problem : problems) CHECK_INVARIANT(is_one_line(problem.display()));
  CHECK_INVARIANT(std::is_sorted(problems.begin(), problems.end(),
                                 [](const Problem& a, const Problem& b) { return a.line < b.line; }));
}

void check_rotation(const Rotation& rotation) {
  const auto rest = rotation.lifetime * (100 - rotation.rotate_at_percent) / 100;
  CHECK_INVARIANT(rotation.rotate_at_percent >= 50);
  if (rotation.fence_max)
    CHECK_INVARIANT(rest >= rotation.offline + rotation.hold + rotation.settle + rotation.jitter +
                                2 * (*rotation.fence_max + rotation.fence_margin));
}

void check_registry(const Config& config, const std::string& host, const Registry& registry) {
  CHECK_INVARIANT(record::parse_registry_host(host) == host);
  CHECK_INVARIANT(registry.store == "default" || config.stores.contains(registry.store));
  CHECK_INVARIANT(registry.default_token.empty() || registry.tokens.contains(registry.default_token));
  if (!registry.control) return;
  CHECK_INVARIANT(config.identities.contains(registry.control->text("identity")));
  for (const auto& [name, token] : registry.tokens) check_rotation(token.rotation);
}

void check(const std::string& text) {
  const Loaded loaded = test::load({{"c", text}});
  CHECK_INVARIANT(loaded.config.has_value() == loaded.problems.empty());
  if (!loaded.config) return check_problems(loaded.problems);
  for (const auto& [host, registry] : loaded.config->registries)
    check_registry(*loaded.config, host, registry);
  for (const auto& [name, profile] : loaded.config->profiles)
    for (const auto& [host, token] : profile)
      CHECK_INVARIANT(loaded.config->registries.at(host).tokens.contains(token));
}

// A document in which an input is put somewhere, so that the far corners are reached.
constexpr std::string_view kGood =
    R"({"registries":{"r":{"store":"s","default_token":"alpha","endpoints":["e"],
"control":{"type":"acr","resource_id":"/x","identity":"me"},"ca_file":"/c","rotation":{"lifetime":"64s",
"rotate_at":"50%","offline":"4s","hold":"4s","settle":"2s","jitter":"2s","fence_min":"2s","fence_max":"8s",
"fence_margin":"2s","logins":2,"retire":"expire"},"scope_maps":{"scope":{"repositories":{"a/*":["content/read"]}}},
"tokens":{"alpha":{"scope_map":"scope","allow":{"groups":["g"]},"rotation":{"hold":"3s"}},"bravo":{"repositories":
["a"]}}}},"profiles":{"p":{"r":"bravo"}},"stores":{"s":{"type":"sealed_file","path":"/p","key":"file:/k"}},
"identities":{"me":{"type":"managed_identity"}},"agent":{"metrics":{"listen":"[::1]:9"},"duties":["rotate"],"listeners":{"l":{"type":"container",
"token":"r/alpha"}}},"copies":{"store_wait":"1s"}})";

std::string put_into_good(const uint8_t* data, size_t size) {
  std::string text(kGood);
  if (size < 3) return text;
  const size_t at = (size_t{data[0]} * 256 + data[1]) % text.size();
  return text.replace(at, data[2] % 32, reinterpret_cast<const char*>(data) + 3, size - 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool good = test::load({{"c", std::string(kGood)}}).config.has_value();
  CHECK_INVARIANT(good);
  check(std::string(reinterpret_cast<const char*>(data), size));
  check(put_into_good(data, size));
  return 0;
}
