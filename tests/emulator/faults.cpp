#include "tests/emulator/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scoped::emulator {
namespace {

constexpr std::string_view kDefaultMatch = "arm ";  // every request to ARM
constexpr int64_t kLongestDelay = 600'000;

// true and false are 1 and 0.
std::optional<int64_t> as_number(const json::Value* value) {
  if (value == nullptr) return std::nullopt;
  if (const bool* yes = value->boolean()) return *yes ? 1 : 0;
  if (const int64_t* found = value->integer()) return *found;
  return std::nullopt;
}

int64_t number(const json::Object& request, std::string_view name, int64_t fallback = 0) {
  return as_number(request.find(name)).value_or(fallback);
}

std::string text(const json::Object& request, std::string_view name) {
  const json::Value* value = request.find(name);
  return value != nullptr && value->text() != nullptr ? *value->text() : std::string();
}

std::optional<int64_t> number_or_none(const json::Object& request, std::string_view name) {
  return as_number(request.find(name));
}

constexpr FaultMember kStatus[] = {
    {"status", true, 400, 599, "the status"},
    {"retry_after", false, 0, 86'400, "seconds in a Retry-After header (without it: no header)"},
    {"applied", false, 0, 1, "true: the request has its effect all the same"}};
constexpr FaultMember kApplied[] = {
    {"applied", false, 0, 1, "true: the request has its effect all the same"}};
constexpr FaultMember kDelay[] = {{"ms", true, 0, kLongestDelay, "milliseconds"}};
constexpr FaultMember kAsync[] = {
    {"polls", false, 0, 1000, "polls until the result is there (2)"},
    {"retry_after", false, 0, 86'400, "seconds in a Retry-After header (without it: no header)"}};
constexpr FaultMember kSeconds[] = {{"seconds", true, 1, 315'360'000, "seconds from now"}};
constexpr FaultMember kQueue[] = {{"ms", true, 0, kLongestDelay, "milliseconds until it is applied"},
                                  {"status", false, 400, 599, "what it is answered at once (504)"}};
constexpr FaultMember kSkew[] = {{"seconds", true, -315'360'000, 315'360'000, "seconds ahead of the truth"}};
constexpr FaultMember kStall[] = {{"ms", true, 0, kLongestDelay, "milliseconds in the middle of the body"}};
constexpr FaultMember kToken[] = {{"token", true, 1, 0, "its name"},
                                  {"after", false, 0, 1, "true: after the request, not before it"}};
constexpr FaultMember kTokenSlot[] = {{"token", true, 1, 0, "its name"},
                                      {"slot", true, 1, 0, "password1 or password2", "password1 password2"},
                                      {"after", false, 0, 1, "true: after the request, not before it"}};
constexpr FaultMember kReplication[] = {
    {"ms", true, 0, kLongestDelay, "milliseconds until the new passwords are known"},
    {"endpoint", false, 1, 0, "login_server or replica (without it: both)", "login_server replica"}};
constexpr FaultMember kPage[] = {{"size", true, 1, 100'000, "objects on a page"}};

void apply_status(const json::Object& request, Effects& effects) {
  effects.instead = Effects::Instead::status;
  effects.status = static_cast<int>(number(request, "status"));
  effects.retry_after = number_or_none(request, "retry_after");
  effects.applied = number(request, "applied") == 1;
}
void apply_garbage(const json::Object& request, Effects& effects) {
  effects.instead = Effects::Instead::garbage;
  effects.applied = number(request, "applied") == 1;
}
void apply_empty(const json::Object&, Effects& effects) {
  effects.instead = Effects::Instead::no_answer;
  effects.applied = false;
}
void apply_lose_answer(const json::Object&, Effects& effects) {
  effects.instead = Effects::Instead::no_answer;
  effects.applied = true;
}
void apply_delay_before(const json::Object& request, Effects& effects) {
  effects.delay_before = std::chrono::milliseconds(number(request, "ms"));
}
void apply_delay_after(const json::Object& request, Effects& effects) {
  effects.delay_after = std::chrono::milliseconds(number(request, "ms"));
}
void apply_async(const json::Object& request, Effects& effects) {
  effects.polls = number(request, "polls", 2);
  effects.retry_after = number_or_none(request, "retry_after");
}
void apply_cut_expiry(const json::Object&, Effects& effects) { effects.cut_expiry = true; }
void apply_own_expiry(const json::Object& request, Effects& effects) {
  effects.own_expiry = number(request, "seconds");
}
void apply_queue(const json::Object& request, Effects& effects) {
  effects.queued = std::chrono::milliseconds(number(request, "ms"));
  effects.instead = Effects::Instead::status;
  effects.status = static_cast<int>(number(request, "status", 504));
}
void apply_skew(const json::Object& request, Effects& effects) {
  effects.skew = std::chrono::seconds(number(request, "seconds"));
}
void apply_stall(const json::Object& request, Effects& effects) {
  effects.ending = Answer::Ending::late;
  effects.pause = std::chrono::milliseconds(number(request, "ms"));
}
void apply_truncate(const json::Object&, Effects& effects) { effects.ending = Answer::Ending::cut; }
void apply_expired_bearer(const json::Object&, Effects& effects) { effects.bearer_expired = true; }
void apply_insufficient_claims(const json::Object&, Effects& effects) { effects.insufficient_claims = true; }
void apply_access_life(const json::Object& request, Effects& effects) {
  effects.access_life = std::chrono::seconds(number(request, "seconds"));
}
void apply_replication(const json::Object& request, Effects& effects) {
  Replication replication{std::chrono::milliseconds(number(request, "ms")), {}};
  const std::string endpoint = text(request, "endpoint");
  if (!endpoint.empty()) replication.door = endpoint == "replica" ? Door::replica : Door::login_server;
  effects.replication = replication;
}
void apply_foreign(const json::Object& request, Effects& effects, Foreign::Deed deed) {
  effects.foreign.push_back(
      {deed, text(request, "token"), text(request, "slot"), number(request, "after") == 1});
}
void apply_foreign_regenerate(const json::Object& request, Effects& effects) {
  apply_foreign(request, effects, Foreign::Deed::regenerate);
}
void apply_foreign_wipe(const json::Object& request, Effects& effects) {
  apply_foreign(request, effects, Foreign::Deed::wipe);
}
void apply_disable_token(const json::Object& request, Effects& effects) {
  apply_foreign(request, effects, Foreign::Deed::disable);
}
void apply_page_size(const json::Object& request, Effects& effects) {
  effects.page_size = number(request, "size");
}

constexpr std::array<FaultKind, 21> kKinds = {
    FaultKind{"arm_status", "an error status instead of the answer", kStatus, apply_status},
    {"garbage", "status 200 with a body that is no JSON", kApplied, apply_garbage},
    {"empty", "the connection is closed, the request has no effect", {}, apply_empty},
    {"lose_answer", "the request has its effect, the connection is closed", {}, apply_lose_answer},
    {"delay_before", "the request waits before it has its effect", kDelay, apply_delay_before},
    {"delay_after", "the request has its effect at once, the answer is late", kDelay, apply_delay_after},
    {"async", "201 or 202 and an operation to poll", kAsync, apply_async},
    {"cut_expiry", "an expiry is kept and echoed in whole seconds", {}, apply_cut_expiry},
    {"own_expiry", "a password gets this expiry, whatever was asked for", kSeconds, apply_own_expiry},
    {"page_size", "lists have pages of this size", kPage, apply_page_size},
    {"queue", "an error at once, and the request is applied later all the same", kQueue, apply_queue},
    {"skew", "the answer's Date is wrong", kSkew, apply_skew},
    {"stall", "the body's second half comes late", kStall, apply_stall},
    {"truncate", "the connection ends in the middle of the body", {}, apply_truncate},
    {"expired_bearer", "the bearer has just expired", {}, apply_expired_bearer},
    {"insufficient_claims", "401 with a challenge for more claims", {}, apply_insufficient_claims},
    {"access_life", "a login gets an access token of this life", kSeconds, apply_access_life},
    {"replication_delay", "passwords that it makes are known late", kReplication, apply_replication},
    {"foreign_regenerate", "somebody else regenerates a password", kTokenSlot, apply_foreign_regenerate},
    {"foreign_wipe", "somebody else removes both passwords", kToken, apply_foreign_wipe},
    {"disable_token", "somebody else disables a token", kToken, apply_disable_token}};

constexpr FaultMember kTimes = {"times", false, 1, 1'000'000, "how often (without it: until cleared)"};

const FaultKind* find_kind(std::string_view name) {
  const auto* found =
      std::find_if(kKinds.begin(), kKinds.end(), [name](const FaultKind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

std::string known_kinds() {
  std::string text;
  for (const FaultKind& kind : kKinds) text += fmt::format("{}{}", text.empty() ? "" : ", ", kind.name);
  return text;
}

Result<> check_text(const json::Value* value, const FaultMember& member) {
  const std::string given = value != nullptr && value->text() != nullptr ? *value->text() : std::string();
  if (given.empty())
    return fail(ErrorCode::invalid_input, fmt::format("'{}' must be a text: {}", member.name, member.doc));
  const bool known = given.find(' ') == std::string::npos &&
                     fmt::format(" {} ", member.words).find(fmt::format(" {} ", given)) != std::string::npos;
  if (!member.words.empty() && !known)
    return fail(ErrorCode::invalid_input, fmt::format("'{}' must be {}", member.name, member.doc));
  return {};
}

Result<> check_member(const json::Object& request, const FaultMember& member) {
  const json::Value* value = request.find(member.name);
  if (value == nullptr && !member.required) return {};
  if (member.is_text()) return check_text(value, member);
  const auto given = as_number(value);
  if (!given || *given < member.least || *given > member.most)
    return fail(ErrorCode::invalid_input, fmt::format("'{}' must be a whole number from {} to {}",
                                                      member.name, member.least, member.most));
  return {};
}

Result<> check_members(const json::Object& request, const FaultKind& kind) {
  TRY(check_member(request, kTimes));
  for (const FaultMember& member : kind.members) TRY(check_member(request, member));
  for (const json::Member& given : request.members()) {
    const bool known = given.key == "fault" || given.key == "match" || given.key == kTimes.name ||
                       std::any_of(kind.members.begin(), kind.members.end(),
                                   [&](const FaultMember& member) { return member.name == given.key; });
    if (!known)
      return fail(ErrorCode::invalid_input, fmt::format("'{}' has no member '{}'", kind.name, given.key));
  }
  return {};
}

}  // namespace

std::span<const FaultKind> fault_kinds() { return kKinds; }

Result<const ArmedFault*> FaultList::arm(const json::Value& request) {
  const auto reader = TRY(json::Reader::of(request, "fault"));
  const std::string name = TRY(reader.text("fault"));
  const FaultKind* kind = find_kind(name);
  if (kind == nullptr)
    return fail(ErrorCode::invalid_input,
                fmt::format("unknown fault '{}'; known are {}", name, known_kinds()));
  std::string match = TRY(reader.text_or("match", std::string(kDefaultMatch)));
  ArmedFault fault{0, kind, reader.raw(), std::move(match), {}, 0};
  TRY(check_members(fault.request, *kind));
  fault.left = number_or_none(fault.request, kTimes.name);
  fault.id = ++last_id_;
  return &armed_.emplace_back(std::move(fault));
}

Effects FaultList::hit(std::string_view subject) {
  Effects effects;
  for (ArmedFault& fault : armed_) {
    if (fault.left == 0 || subject.find(fault.match) == std::string_view::npos) continue;
    ++fault.hits;
    if (fault.left) --*fault.left;
    fault.kind->apply(fault.request, effects);
  }
  return effects;
}

std::string describe_faults() {
  const auto line = [](const FaultMember& member) {
    return fmt::format("      {:<12} {}\n", member.name, member.doc);
  };
  std::string text = line(kTimes);
  for (const FaultKind& kind : kKinds) {
    text += fmt::format("  {:<19} {}\n", kind.name, kind.doc);
    for (const FaultMember& member : kind.members) text += line(member);
  }
  return text;
}

json::Value fault_list_json(const FaultList& list) {
  json::Array faults;
  for (const ArmedFault& fault : list.armed()) {
    json::Object entry;
    entry.set("id", fault.id);
    for (const json::Member& member : fault.request.members()) entry.set(member.key, member.value);
    entry.set("match", fault.match);
    entry.set("hits", fault.hits);
    entry.set("left", fault.left ? json::Value(*fault.left) : json::Value());
    faults.emplace_back(std::move(entry));
  }
  json::Object document;
  document.set("faults", std::move(faults));
  return document;
}

}  // namespace scoped::emulator
