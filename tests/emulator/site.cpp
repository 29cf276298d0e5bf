#include "tests/emulator/site.h"

#include "common/base/file.h"
#include "tests/emulator/foreign.h"
#include "tests/emulator/state_json.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

struct StatusCode {
  int status;
  std::string_view code;
};
constexpr std::array<StatusCode, 8> kCodes = {StatusCode{400, "BadRequest"},
                                              {401, "AuthenticationFailed"},
                                              {403, "AuthorizationFailed"},
                                              {404, "ResourceNotFound"},
                                              {409, "Conflict"},
                                              {429, "TooManyRequests"},
                                              {500, "InternalServerError"},
                                              {503, "ServiceUnavailable"}};

std::string_view code_of(int status) {
  for (const StatusCode& row : kCodes)
    if (row.status == status) return row.code;
  return "Failed";
}

struct Found {
  const Family* family;
  const Route* route = nullptr;
  std::vector<std::string> captures;
  bool path_known = false;
};

Found find_route(const Request& request, std::span<const RouteTable> tables, const Family& fallback) {
  Found found{&fallback, nullptr, {}, false};
  for (const RouteTable& table : tables)
    for (const Route& route : table.routes) {
      const std::string pattern = fmt::format("{}{}", table.family->prefix, route.pattern);
      auto captures = match_path(pattern, request.segments, table.family->letters);
      if (!captures) continue;
      found.path_known = true;
      found.family = table.family;
      if (route.method == request.method) {
        found.route = &route;
        found.captures = std::move(*captures);
        return found;
      }
    }
  return found;
}

Refusal no_route(const Found& found, const Request& request) {
  if (found.path_known)
    return {405, "MethodNotAllowed", fmt::format("{} is not possible here.", request.method)};
  return {404, "ResourceNotFound", fmt::format("The path '{}' is not known.", request.path())};
}

// What a fault gives in the place of the proper answer.
Answer replacement(const Family& family, const Turn& turn) {
  const Effects& effects = turn.effects;
  Answer answer;
  switch (effects.instead) {
    case Effects::Instead::garbage:
      answer.body = "<html>\x01 this is not the answer";
      answer.content_type = "text/html";
      break;
    case Effects::Instead::no_answer:
      answer.closes = true;
      break;
    default:
      answer = family.refuse({effects.status, std::string(code_of(effects.status)), "A fault was asked for."},
                             turn);
      if (effects.retry_after)
        answer.headers.emplace_back("Retry-After", std::to_string(*effects.retry_after));
  }
  return answer;
}

// What a fault does to an answer, whatever it says.
void bend(Answer& answer, const Effects& effects, Instant now) {
  answer.ending = effects.ending;
  answer.pause = effects.pause;
  if (effects.skew) answer.headers.emplace_back("Date", format_http_date(now + *effects.skew));
}

std::string header_of(const Request& request, std::string_view name) {
  const std::string* value = find_field(request.headers, name);
  return value == nullptr ? std::string() : *value;
}

Event completed(Event event, const Turn& turn, Instant arrived, int status) {
  const Parts& parts = turn.site.parts;
  const auto taken = parts.clock.now() - arrived;
  event.at = turn.now;
  event.status = status;
  event.milliseconds = std::chrono::duration<double, std::milli>(taken).count();
  event.caller = turn.request.peer;
  event.agent = header_of(turn.request, "user-agent");
  event.correlation = make_guid(parts.random);
  return event;
}

}  // namespace

const std::string& Turn::host() const { return site.parts.addresses.host(request.door); }

Answer Site::serve(const Request& request, std::span<const RouteTable> tables, const Family& fallback) {
  const Instant arrived = parts.clock.now();
  Found found = find_route(request, tables, fallback);
  Effects effects;
  {
    const std::lock_guard held(lock);
    effects = faults.hit(fmt::format("{} {} {}", found.family->name, request.method, request.target));
  }
  wait(effects.delay_before);
  const Turn outside{*this, request, effects, parts.clock.now(), {}, {}, false, {}};
  const bool replaced = effects.instead != Effects::Instead::nothing;
  Answer answer;
  if (found.route == nullptr) {
    answer = found.family->refuse(no_route(found, request), outside);
  } else {
    const Routed routed{request, *found.family, *found.route, std::move(found.captures), effects, arrived};
    if (effects.queued)
      handle_later(routed);
    else if (!replaced || effects.applied)
      answer = handle(routed);
  }
  if (replaced) answer = replacement(*found.family, outside);
  bend(answer, effects, parts.clock.now());
  wait(effects.delay_after);
  return answer;
}

Answer Site::apply(const Routed& routed, bool& changed) {
  const auto foreign = [&](bool after) {
    for (const Foreign& each : routed.effects.foreign)
      if (each.after == after) {
        act(model, each, parts.clock.now(), parts.random);
        changed = true;
      }
  };
  foreign(false);
  Turn turn{*this, routed.request, routed.effects, parts.clock.now(), routed.captures, {}, false, {}};
  const auto outcome = [&]() -> Outcome<Answer> {
    TRY(routed.family.guard(turn));
    return routed.route.handle(turn);
  }();
  Answer answer = outcome ? *outcome : routed.family.refuse(outcome.error(), turn);
  changed |= turn.changed;
  foreign(true);
  if (turn.event) events.add(completed(std::move(*turn.event), turn, routed.arrived, answer.status));
  return answer;
}

Answer Site::handle(const Routed& routed) {
  Answer answer;
  bool changed = false;
  {
    const std::lock_guard held(lock);
    answer = apply(routed, changed);
    if (changed) ++version_;
  }
  if (changed) {
    const auto saved = save();
    if (!saved) {
      const Turn outside{*this, routed.request, routed.effects, parts.clock.now(), {}, {}, false, {}};
      answer = routed.family.refuse({500, "StateNotSaved", saved.error().line()}, outside);
    }
  }
  return answer;
}

void Site::handle_later(const Routed& routed) {
  const std::lock_guard held(waiting_);
  queued_.emplace_back([this, request = routed.request, effects = routed.effects, family = &routed.family,
                        route = &routed.route, captures = routed.captures, arrived = routed.arrived] {
    wait(*effects.queued);
    (void)handle({request, *family, *route, captures, effects, arrived});
  });
}

Result<> Site::save() {
  if (parts.state_file.empty()) return {};
  const std::lock_guard alone(saving_);
  std::string text;
  uint64_t version = 0;
  {
    const std::lock_guard held(lock);
    version = version_;
    if (version == saved_) return {};  // another request's save took this change along
    text = write_state(model.contents());
  }
  TRY(write_file_atomically(parts.state_file, text, 0600));
  saved_ = version;
  return {};
}

void Site::stop() {
  std::vector<std::thread> queued;
  {
    const std::lock_guard held(waiting_);
    stopping_ = true;
    stopped_.notify_all();
    queued.swap(queued_);
  }
  for (std::thread& each : queued) each.join();
}

void Site::wait(std::chrono::milliseconds time) {
  if (time.count() == 0) return;
  std::unique_lock held(waiting_);
  stopped_.wait_for(held, time, [this] { return stopping_; });
}

}  // namespace scoped::emulator
