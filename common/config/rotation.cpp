#include "common/config/rotation.h"

#include "common/base/time.h"
#include "common/config/load.h"

#include <algorithm>
#include <array>

namespace scoped::config {
namespace {

struct NumberRow {
  Setting setting;
  void (*set)(Rotation&, const SettingValue&);
};

template <auto kMember>
void set_duration(Rotation& rotation, const SettingValue& value) {
  rotation.*kMember = std::get<Milliseconds>(value);
}
template <auto kMember>
void set_number(Rotation& rotation, const SettingValue& value) {
  rotation.*kMember = static_cast<int>(std::get<int64_t>(value));
}

// Below 2 s a limit of a copy or a fence would pass while it is looked at.
constexpr std::string_view kShortest = "2s";

constexpr std::array kRows = {
    NumberRow{{.name = "lifetime",
               .kind = Kind::duration,
               .default_text = "90d",
               .least = kShortest,
               .doc = "How long a generated password lives."},
              &set_duration<&Rotation::lifetime>},
    NumberRow{{.name = "rotate_at",
               .kind = Kind::percent,
               .default_text = "66%",
               .least = "50%",
               .most = "99%",
               .doc = "The part of a password's life after which the next one is generated."},
              &set_number<&Rotation::rotate_at_percent>},
    NumberRow{{.name = "offline",
               .kind = Kind::duration,
               .default_text = "7d",
               .least = kShortest,
               .doc = "How long a copy may be handed out when the store cannot be asked."},
              &set_duration<&Rotation::offline>},
    NumberRow{{.name = "hold",
               .kind = Kind::duration,
               .default_text = "8h",
               .least = kShortest,
               .doc = "How long a password stays alive after it was last handed out: the longest cache of a "
                      "client, plus the longest pull or push, plus twice the skew."},
              &set_duration<&Rotation::hold>},
    NumberRow{{.name = "settle",
               .kind = Kind::duration,
               .default_text = "10m",
               .doc = "How long the registry may take to replicate a new password."},
              &set_duration<&Rotation::settle>},
    NumberRow{{.name = "logins",
               .kind = Kind::integer,
               .default_text = "2",
               .least = "1",
               .most = "20",
               .doc = "How many logins must succeed before a new password is handed out."},
              &set_number<&Rotation::logins>},
    NumberRow{
        {.name = "jitter",
         .kind = Kind::duration,
         .default_text = "1h",
         .doc = "By how much rotations are spread, so that tokens made together are not rotated together."},
        &set_duration<&Rotation::jitter>},
    NumberRow{{.name = "skew",
               .kind = Kind::duration,
               .default_text = "30s",
               .doc = "By how much the clocks of clients may be wrong."},
              &set_duration<&Rotation::skew>},
    NumberRow{{.name = "retire",
               .kind = Kind::choice,
               .default_text = "expire",
               .choices = "expire|overwrite|delete",
               .doc = "What becomes of the old password: it lapses, or once nobody may use it is "
                      "overwritten, or deleted by an "
                      "identity that may edit tokens."},
              [](Rotation& rotation, const SettingValue& value) {
                rotation.retire = std::get<std::string>(value);
              }},
    NumberRow{{.name = "fence_min",
               .kind = Kind::duration,
               .default_text = "2m",
               .least = kShortest,
               .doc = "The least life that a bearer must have left to make a claim with it."},
              &set_duration<&Rotation::fence_min>},
    NumberRow{{.name = "fence_max",
               .kind = Kind::duration,
               .least = kShortest,
               .doc = "The longest life of a bearer; where it is absent, the bound of the identity."},
              &set_duration<&Rotation::fence_max>},
    NumberRow{{.name = "fence_margin",
               .kind = Kind::duration,
               .default_text = "10m",
               .least = kShortest,
               .doc = "How long the control plane may work on a request after it checked the bearer."},
              &set_duration<&Rotation::fence_margin>},
    NumberRow{
        {.name = "repair_budget",
         .kind = Kind::duration,
         .default_text = "15m",
         .least = kShortest,
         .doc =
             "How long a claim stands where no recorded password works; then the other slot is generated."},
        &set_duration<&Rotation::repair_budget>},
    NumberRow{{.name = "observe",
               .kind = Kind::duration,
               .default_text = "5m",
               .least = "1s",
               .doc = "How often the tokens of the registry are listed."},
              &set_duration<&Rotation::observe>},
};

constexpr auto kSettings = [] {
  std::array<Setting, kRows.size()> settings{};
  for (size_t i = 0; i < kRows.size(); ++i) settings[i] = kRows[i].setting;
  return settings;
}();

enum class Round { up, down };

// A length as a person would write it: of one unit, three of them at least, rounded so that it stays true.
std::string show(Milliseconds length, Round round) {
  using namespace std::chrono;
  for (const Milliseconds unit : {Milliseconds(hours(24)), Milliseconds(hours(1)), Milliseconds(minutes(1)),
                                  Milliseconds(seconds(1))}) {
    if (length < 3 * unit) continue;
    if (round == Round::up) length += unit - Milliseconds(1);
    return format_duration(length / unit * unit);
  }
  return format_duration(length);
}

// What must fit between the start of a rotation and the end of the password that it replaces.
Milliseconds least_rest(const Rotation& rotation, Milliseconds fence_max) {
  return rotation.offline + rotation.hold + rotation.settle + rotation.jitter +
         2 * (fence_max + rotation.fence_margin);
}

std::string advise_lifetime(const Rotation& rotation, Milliseconds need) {
  const int left = 100 - rotation.rotate_at_percent;
  const Milliseconds lifetime = (100 * need + Milliseconds(left - 1)) / left;
  std::string advice = "raise 'lifetime' to at least " + show(lifetime, Round::up);
  const int64_t percent =
      100 - (100 * need.count() + rotation.lifetime.count() - 1) / rotation.lifetime.count();
  if (percent >= 50) return advice + " or lower 'rotate_at' to " + std::to_string(percent) + "%";
  return advice + " or lower 'offline' (" + format_duration(rotation.offline) + ") or 'hold' (" +
         format_duration(rotation.hold) + ")";
}

std::string name_of_bound(const Rotation& rotation, const Fence& fence) {
  return rotation.fence_max ? "'fence_max'" : "the bearer of identity " + in_quotes(fence.identity);
}

// The line of the first of the keys that the level sets, or 0.
int line_of(const RotationLevel& level, const Contradiction& contradiction) {
  for (std::string_view key : contradiction.keys)
    if (const auto line = level.lines.find(key); line != level.lines.end()) return line->second;
  return 0;
}

}  // namespace

std::span<const Setting> rotation_rows() { return kSettings; }

RotationLevel built_in_rotation() {
  RotationLevel level;
  for (const NumberRow& row : kRows)
    if (!row.setting.default_text.empty()) row.set(level.values, default_value(row.setting));
  return level;
}

Rotation default_rotation() { return built_in_rotation().values; }

RotationLevel read_rotation(const RotationLevel& inherited, const json::Object* object, int line,
                            const Origin& place, const Catalog& catalog, Report& report) {
  RotationLevel level{inherited.values, {}, place, inherited.broken};
  if (object == nullptr) return level;
  const size_t problems = report.size();
  const Section section = read_section(*object, line, rotation_rows(), catalog, report);
  for (const Section::Entry& entry : section.entries()) {
    // The rows are those of kRows, in its order.
    kRows[static_cast<size_t>(entry.row - kSettings.data())].set(level.values, entry.value);
    level.lines[entry.row->name] = entry.line;
  }
  level.broken = level.broken || report.size() != problems;
  return level;
}

std::vector<Contradiction> contradictions(const Rotation& rotation, const Fence& fence) {
  std::vector<Contradiction> found;
  const Milliseconds fence_max = rotation.fence_max.value_or(fence.most);
  if (rotation.fence_min > fence_max)
    found.push_back({{"fence_min", "fence_max"},
                     "'fence_min' is " + format_duration(rotation.fence_min) + ", but " +
                         name_of_bound(rotation, fence) + " is at most " + format_duration(fence_max) +
                         ": lower 'fence_min' to that"});
  const Milliseconds need = least_rest(rotation, fence_max);
  const Milliseconds rest = rotation.lifetime * (100 - rotation.rotate_at_percent) / 100;
  if (rest < need)
    found.push_back(
        {{"lifetime", "rotate_at", "offline", "hold", "settle", "jitter", "fence_max", "fence_margin"},
         "'rotate_at' " + std::to_string(rotation.rotate_at_percent) + "% of 'lifetime' " +
             format_duration(rotation.lifetime) + " leaves " + show(rest, Round::down) +
             ", but offline + hold + settle + jitter + 2 x (fence_max + fence_margin) is " +
             show(need, Round::up) + ": " + advise_lifetime(rotation, need)});
  return found;
}

void check_rotation(const RotationLevel& registry, const std::map<std::string, RotationLevel>& tokens,
                    const Fence& fence, const Origin& fallback, Report& report) {
  const auto inherits = [](const RotationLevel& token, const Contradiction& contradiction) {
    return line_of(token, contradiction) == 0;
  };
  for (const auto& [name, token] : tokens) {
    if (token.broken || token.lines.empty()) continue;
    for (const Contradiction& contradiction : contradictions(token.values, fence))
      if (const int line = line_of(token, contradiction); line != 0)
        report.add({token.place.file, line, token.place.system}, contradiction.text);
  }
  if (registry.broken) return;
  for (const Contradiction& contradiction : contradictions(registry.values, fence)) {
    const bool matters = tokens.empty() || std::any_of(tokens.begin(), tokens.end(), [&](const auto& token) {
                           return inherits(token.second, contradiction);
                         });
    if (!matters) continue;
    const int line = line_of(registry, contradiction);
    report.add(line == 0 ? fallback : Origin{registry.place.file, line, registry.place.system},
               contradiction.text);
  }
}

}  // namespace scoped::config
