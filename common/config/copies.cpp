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
};

// In the order of the rows.
constexpr std::array kMembers = {&Copies::revalidate_agent, &Copies::revalidate_sealed, &Copies::store_wait};
static_assert(kMembers.size() == kSettings.size());

}  // namespace

std::span<const Setting> copies_rows() { return kSettings; }

Copies built_in_copies() {
  Copies copies;
  for (size_t i = 0; i < kSettings.size(); ++i)
    copies.*kMembers[i] = std::get<Milliseconds>(default_value(kSettings[i]));
  return copies;
}

void set_copies(Copies& copies, const Section::Entry& entry) {
  copies.*kMembers[static_cast<size_t>(entry.row - kSettings.data())] = std::get<Milliseconds>(entry.value);
}

}  // namespace scoped::config
