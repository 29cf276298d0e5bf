#include "common/answer/engine.h"

#include "common/protocol/docker.h"
#include "common/protocol/texts.h"

namespace scoped::answer {
namespace {

using record::Freshness;
using record::Record;
using record::RecordName;
using store::LoadState;

constexpr std::chrono::seconds kColdWait{15};  // for a record without a copy that could be handed out

// One line, also where it quotes what a caller sent, such as the name of a profile.
Answer line(std::string_view text, bool also_stderr) {
  const std::string clean = Error(ErrorCode::unavailable, std::string(text)).line() + '\n';
  return {.exit_code = 1, .also_stderr = also_stderr, .text = Secret(clean)};
}

// A failure that is not a managed registry's: stdout and exit code only.
Answer plain_failure(std::string_view text) { return line(text, false); }

std::string quoted(const std::string& text) { return "'" + text + "'"; }

Answer managed_failure(const RecordName& name, const std::string& why) {
  return line(Error(ErrorCode::unavailable, quoted(name.display()) + ": " + why).line(), true);
}

std::string import_command(const RecordName& name) {
  return "'scopedctl import " + name.registry + " " + name.token + "'";
}

// What a load that brought no record says to the user, and what to do about it.
std::string describe(const store::LoadResult* loaded, const Load& load) {
  if (loaded == nullptr)
    return "the store did not answer within " + format_duration(load.wait) + ": try again";
  const std::string why = loaded->why ? loaded->why->line() : std::string(store::name_of(loaded->state));
  switch (loaded->state) {
    case LoadState::absent:
      return "it has no record: run " + import_command(load.name);
    case LoadState::locked:
      return "the store is locked: " + why + ": unlock it and try again";
    case LoadState::denied:
      return "the store may not be read: " + why + ": ask whoever administers it";
    case LoadState::corrupt:
      return why + ": restore it, or run " + import_command(load.name);
    case LoadState::unavailable:
    case LoadState::found:
      break;
  }
  return "the store did not answer: " + why + ": try again";
}

}  // namespace

Engine::Engine(const config::Config& configuration, const Permissions& permissions, Copies& copies)
    : configuration_(configuration), permissions_(permissions), copies_(copies) {}

Seconds Engine::hold_of(const RecordName& name) const {
  const config::Token& token = configuration_.registries.at(name.registry).tokens.at(name.token);
  return std::chrono::ceil<Seconds>(token.rotation.hold);
}

// The age is told by boot time, so that a step of the wall clock makes no copy younger or older; the expiry
// is told by the wall clock.
bool Engine::may_use_copy(const RecordName& name, const Copy& copy, const Now& now) const {
  const Seconds hold = hold_of(name);
  const Instant by_age = copy.read_at + (now.boot - copy.read_at_boot);
  return record::may_hand_out(copy.record, Freshness::copy, copy.read_at, hold, by_age) &&
         record::may_hand_out(copy.record, Freshness::copy, now.real, hold, now.real);
}

std::variant<Answer, Load> Engine::begin(const Request& request, const Now& now) {
  if (request.verb == protocol::name_of(protocol::Verb::list)) return list(request);
  auto asked = request.form.read(request.input);
  if (!asked) return line(asked.error().line(), request.form.fails_on_stderr);
  if (!asked->key) return Answer{.not_mine = true};
  const Selection selection = select_for(request, *asked->key);
  if (std::holds_alternative<NotMine>(selection)) return Answer{.not_mine = true};
  if (std::holds_alternative<NotFound>(selection)) return plain_failure(protocol::kNotFound);
  if (const auto* refused = std::get_if<Refused>(&selection)) return line(refused->why, true);
  const RecordName& name = std::get<Selected>(selection).name;
  if (request.verb == kStale) return doubt(name);
  return get(name, std::move(*asked), now);
}

Selection Engine::select_for(const Request& request, const protocol::Key& key) const {
  Selection selection = select(configuration_, permissions_, request.caller, request.profile, key);
  if (!request.form.has_one_key || !std::holds_alternative<NotFound>(selection)) return selection;
  return select(configuration_, permissions_, request.caller, request.profile, {key.registry, {}});
}

std::variant<Answer, Load> Engine::get(const RecordName& name, Asked asked, const Now& now) {
  Load load{name, kColdWait, std::move(asked)};
  Copy* copy = copies_.find(name);
  if (copy == nullptr) return load;
  copy->asked_for = now.boot;
  if (!may_use_copy(name, *copy, now)) return load;
  if (copies_.is_fresh(*copy, now.boot)) return credentials(load, copy->record, now);
  load.wait = configuration_.copies.store_wait;
  return load;
}

Answer Engine::doubt(const RecordName& name) {
  if (Copy* copy = copies_.find(name)) copy->doubtful = true;
  return {};
}

Answer Engine::list(const Request& request) const {
  std::map<std::string, std::string> usernames;
  for (const auto& [host, name] : selectable(configuration_, permissions_, request.caller, request.profile)) {
    const Copy* copy = std::as_const(copies_).find(name);
    if (copy == nullptr) {
      usernames[host] = name.token;
    } else if (copy->record.current) {
      usernames[host] = copy->record.current->username;
    }  // else it is known to be not ready: a client that asks for every key of the list would fail
  }
  return {.text = Secret(protocol::format_list(usernames))};
}

Answer Engine::finish(const Load& load, const store::LoadResult* loaded, const Now& now) {
  Copy* copy = copies_.find(load.name);
  if (copy != nullptr) copy->asked_for = now.boot;
  if (loaded != nullptr && loaded->state == LoadState::found)
    return from_store(load, loaded->found->record, now);
  if (copy != nullptr && may_use_copy(load.name, *copy, now)) return credentials(load, copy->record, now);
  const std::string cause = describe(loaded, load);
  if (copy == nullptr) return managed_failure(load.name, cause);
  return managed_failure(load.name, "its copy is too old or too close to its expiry, and " + cause);
}

// What was just read from the store is a copy by now, and as old.
Answer Engine::credentials(const Load& load, const Record& record, const Now& now) const {
  const Copy* copy = std::as_const(copies_).find(load.name);
  const Ticks age = copy != nullptr ? now.boot - copy->read_at_boot : Ticks(0);
  return {.text = load.asked.render(make_grant(record, age, hold_of(load.name), now.real))};
}

Answer Engine::from_store(const Load& load, const Record& record, const Now& now) const {
  if (!record.current)
    return managed_failure(load.name, "it has no password yet: the agent makes one, see 'scopedctl status'");
  if (record::may_hand_out(record, Freshness::asked_store, now.real, hold_of(load.name), now.real))
    return credentials(load, record, now);
  return managed_failure(load.name, "its password expired at " + format_rfc3339(*record.current->expires_at) +
                                        " and was not rotated: see 'scopedctl status'");
}

}  // namespace scoped::answer
