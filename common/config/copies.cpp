#include "common/config/copies.h"

#include <array>

namespace scoped::config {
namespace {

constexpr std::array kSettings = {
    Setting{.name = "revalidate_agent",
            .kind = Kind::duration,
            .default_text = "60s",
            .least = "1s",
            .doc = "Age at which a copy in the agent's memory asks the store before it is handed out."},
    Setting{.name = "revalidate_sealed",
            .kind = Kind::duration,
            .default_text = "5m",
            .least = "1s",
            .doc = "The same for a sealed copy on disk."},
    Setting{.name = "store_wait",
            .kind = Kind::duration,
            .default_text = "500ms",
            .least = "1ms",
            .most = "15s",
            .doc = "How long to wait for the store before the copy is handed out."},
    Setting{.name = "seal_local",
            .kind = Kind::boolean,
            .default_text = "false",
            .doc = "Keep sealed copies of records of stores on this machine too, for a store whose folder is "
                   "on a network file system."},
};

// In the order of the rows.
using Member = std::variant<Milliseconds Copies::*, bool Copies::*>;
constexpr std::array<Member, kSettings.size()> kMembers = {
    &Copies::revalidate_agent, &Copies::revalidate_sealed, &Copies::store_wait, &Copies::seal_local};

void set_member(Copies& copies, const Member& member, const SettingValue& value) {
  std::visit(
      [&](auto pointer) {
        using Value = std::remove_reference_t<decltype(copies.*pointer)>;
        copies.*pointer = std::get<Value>(value);
      },
      member);
}

}  // namespace

std::span<const Setting> copies_rows() { return kSettings; }

Copies built_in_copies() {
  Copies copies;
  for (size_t i = 0; i < kSettings.size(); ++i) set_member(copies, kMembers[i], default_value(kSettings[i]));
  return copies;
}

void set_copies(Copies& copies, const Section::Entry& entry) {
  set_member(copies, kMembers[static_cast<size_t>(entry.row - kSettings.data())], entry.value);
}

}  // namespace scoped::config
