#include "tests/crash/plan.h"

#include <charconv>
#include <vector>

namespace scoped::crash {
namespace {

struct Word {
  std::string_view key;
  std::vector<std::string_view> values;
};

constexpr std::array<std::string_view, 13> kCutNames = {
    "none",    "crash", "crash_long", "pause", "pause_long", "regenerate1", "regenerate2",
    "remove1", "wipe",  "restore",    "stale", "refuse",     "take"};
constexpr std::array<std::string_view, 7> kWriteNames = {
    "normal", "refused", "throttled", "lost_request", "lost_answer", "queued", "queued_long"};
constexpr std::array<std::string_view, 4> kSaveNames = {"normal", "unavailable", "lost_answer",
                                                        "lost_request"};

template <typename Enum, size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  for (size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (size_t from = 0; from <= text.size();) {
    const size_t end = std::min(text.find(at, from), text.size());
    if (end > from) parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

bool read_cut(const std::vector<std::string_view>& values, Plan& plan) {
  if (values.size() != 3) return false;
  const auto cut = find<Cut>(kCutNames, values[0]);
  const auto agent = number(values[1]), point = number(values[2]);
  if (!cut || !agent || !point) return false;
  Interruption& free = plan.interruptions[plan.interruptions[0].cut == Cut::none ? 0 : 1];
  free = {*cut, *agent, *point};
  return true;
}

bool read_word(const Word& word, Plan& plan) {
  const auto first = word.values.empty() ? std::nullopt : number(word.values[0]);
  if (word.key == "cut") return read_cut(word.values, plan);
  if (word.values.empty()) return false;
  if (word.key == "world" && first) return plan.world = *first, true;
  if (word.key == "agents" && first) return plan.agents = *first, true;
  if (const auto write = find<Write>(kWriteNames, word.values[0]); word.key == "write" && write)
    return plan.write = *write, true;
  const auto save = find<Save>(kSaveNames, word.values[0]);
  if (word.key != "save" || !save || word.values.size() != 2) return false;
  const auto at = number(word.values[1]);
  if (!at) return false;
  plan.save = *save;
  plan.save_at = *at;
  return true;
}

}  // namespace

std::string_view name_of(Cut cut) { return kCutNames[static_cast<size_t>(cut)]; }
std::string_view name_of(Write write) { return kWriteNames[static_cast<size_t>(write)]; }
std::string_view name_of(Save save) { return kSaveNames[static_cast<size_t>(save)]; }

std::string display(const Plan& plan) {
  std::string text = "world=" + std::to_string(plan.world) + " agents=" + std::to_string(plan.agents);
  for (const Interruption& each : plan.interruptions)
    if (each.cut != Cut::none)
      text.append(" cut=")
          .append(name_of(each.cut))
          .append(":" + std::to_string(each.agent) + ":" + std::to_string(each.point));
  if (plan.write != Write::normal) text.append(" write=").append(name_of(plan.write));
  if (plan.save != Save::normal)
    text.append(" save=").append(name_of(plan.save)).append(":" + std::to_string(plan.save_at));
  return text;
}

std::optional<Plan> parse_plan(std::string_view text) {
  Plan plan;
  for (const std::string_view part : split(text, ' ')) {
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    if (!read_word({part.substr(0, equals), split(part.substr(equals + 1), ':')}, plan)) return std::nullopt;
  }
  return plan;
}

}  // namespace scoped::crash
