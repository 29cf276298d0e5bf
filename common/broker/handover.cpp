#include "common/broker/handover.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scoped::broker {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kKubelet = "--kubelet";
constexpr std::string_view kProfile = "--profile=";
constexpr std::string_view kAsked = "--asked=";
constexpr std::string_view kDeadline = "--deadline=";
constexpr std::string_view kJoint = "--joint=";
constexpr int kHighestFd = 1 << 20;
constexpr std::array<std::string_view, 4> kVerbs = {"get", "store", "erase", "list"};

struct HeardName {
  Heard heard;
  std::string_view name;
};
constexpr std::array<HeardName, 4> kHeard = {{{Heard::not_mine, "not-mine"},
                                              {Heard::absent, "absent"},
                                              {Heard::forbidden, "forbidden"},
                                              {Heard::no_answer, "no-answer"}}};

std::string_view name_of(Level level) { return level == Level::user ? "user" : "system"; }

std::string_view name_of(Heard heard) {
  return std::find_if(kHeard.begin(), kHeard.end(), [&](const HeardName& row) { return row.heard == heard; })
      ->name;
}

tl::unexpected<Error> wrong(std::string_view argument) {
  return fail(ErrorCode::invalid_input,
              "scoped-fetch is started by the helper: '" + std::string(argument) +
                  "' is not an argument that it knows here: run 'docker-credential-scoped'");
}

std::optional<Hearing> parse_hearing(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view level = text.substr(0, colon);
  if (level != "user" && level != "system") return std::nullopt;
  for (const HeardName& row : kHeard)
    if (row.name == text.substr(colon + 1))
      return Hearing{level == "user" ? Level::user : Level::system, row.heard};
  return std::nullopt;
}

bool parse_asked(std::string_view text, std::vector<Hearing>& asked) {
  while (true) {
    const size_t comma = text.find(',');
    const auto hearing = parse_hearing(text.substr(0, comma));
    if (!hearing) return false;
    asked.push_back(*hearing);
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool parse_deadline(std::string_view text, Handover& handover) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) return false;
  if (count > milliseconds(std::chrono::hours(24 * 365 * 100)).count()) return false;
  handover.deadline = std::chrono::steady_clock::time_point(milliseconds(count));
  return true;
}

bool parse_joint(std::string_view text, Handover& handover) {
  int fd = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc() || end != text.data() + text.size() || fd < 3 || fd > kHighestFd) return false;
  handover.joint = fd;
  return true;
}

// Whether it was an option that had not been given yet.
bool take_option(std::string_view argument, Handover& handover) {
  if (argument == kKubelet) {
    return std::exchange(handover.kind, Kind::kubelet) == Kind::docker;
  }
  if (argument.starts_with(kProfile)) {
    const bool first = handover.profile.empty();
    handover.profile = argument.substr(kProfile.size());
    return first && !handover.profile.empty() && handover.profile.size() <= kLongestName;
  }
  if (argument.starts_with(kAsked))
    return handover.asked.empty() && parse_asked(argument.substr(kAsked.size()), handover.asked);
  if (argument.starts_with(kDeadline))
    return !handover.deadline && parse_deadline(argument.substr(kDeadline.size()), handover);
  if (argument.starts_with(kJoint))
    return !handover.joint && parse_joint(argument.substr(kJoint.size()), handover);
  return false;
}

}  // namespace

std::vector<std::string> arguments_of(const Handover& handover) {
  std::vector<std::string> arguments{handover.verb};
  if (handover.kind == Kind::kubelet) arguments.emplace_back(kKubelet);
  if (!handover.profile.empty()) arguments.push_back(std::string(kProfile) + handover.profile);
  std::string asked;
  for (const Hearing& hearing : handover.asked) {
    if (!asked.empty()) asked += ',';
    asked.append(name_of(hearing.level)).append(":").append(name_of(hearing.heard));
  }
  if (!asked.empty()) arguments.push_back(std::string(kAsked) + asked);
  if (handover.deadline) {
    const auto since_boot = std::chrono::floor<milliseconds>(handover.deadline->time_since_epoch());
    arguments.push_back(std::string(kDeadline) + std::to_string(since_boot.count()));
  }
  if (handover.joint) arguments.push_back(std::string(kJoint) + std::to_string(*handover.joint));
  return arguments;
}

Result<Handover> parse_handover(const std::vector<std::string_view>& arguments) {
  Handover handover;
  if (arguments.empty())
    return fail(ErrorCode::invalid_input, "scoped-fetch needs a verb: get, store, erase or list");
  handover.verb = arguments.front();
  if (std::find(kVerbs.begin(), kVerbs.end(), handover.verb) == kVerbs.end()) return wrong(handover.verb);
  for (size_t i = 1; i < arguments.size(); ++i)
    if (!take_option(arguments[i], handover)) return wrong(arguments[i]);
  if (handover.kind == Kind::kubelet && handover.verb != "get") return wrong(kKubelet);
  return handover;
}

}  // namespace scoped::broker
