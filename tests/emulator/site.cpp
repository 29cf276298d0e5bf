#include "tests/emulator/site.h"

#include "common/base/file.h"
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

}  // namespace

Answer Site::serve(const Request& request, std::span<const RouteTable> tables, const Family& fallback) {
  Found found = find_route(request, tables, fallback);
  Effects effects;
  {
    const std::lock_guard held(lock);
    effects = faults.hit(fmt::format("{} {} {}", found.family->name, request.method, request.target));
  }
  wait(effects.delay_before);
  const Turn outside{*this, request, effects, parts.clock.now(), {}, {}, false};
  const bool replaced = effects.instead != Effects::Instead::nothing;
  Answer answer;
  if (found.route == nullptr) {
    answer = found.family->refuse(no_route(found, request), outside);
  } else if (!replaced || effects.applied) {
    answer = handle(request, *found.family, *found.route, std::move(found.captures), effects);
  }
  if (replaced) answer = replacement(*found.family, outside);
  wait(effects.delay_after);
  return answer;
}

Answer Site::handle(const Request& request, const Family& family, const Route& route,
                    std::vector<std::string> captures, const Effects& effects) {
  Answer answer;
  bool changed = false;
  {
    const std::lock_guard held(lock);
    Turn turn{*this, request, effects, parts.clock.now(), std::move(captures), {}, false};
    const auto outcome = [&]() -> Outcome<Answer> {
      TRY(family.guard(turn));
      return route.handle(turn);
    }();
    answer = outcome ? *outcome : family.refuse(outcome.error(), turn);
    changed = turn.changed;
    if (changed) ++version_;
  }
  if (changed) {
    const auto saved = save();
    if (!saved) {
      const Turn outside{*this, request, effects, parts.clock.now(), {}, {}, false};
      answer = family.refuse({500, "StateNotSaved", saved.error().line()}, outside);
    }
  }
  return answer;
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
  const std::lock_guard held(waiting_);
  stopping_ = true;
  stopped_.notify_all();
}

void Site::wait(std::chrono::milliseconds time) {
  if (time.count() == 0) return;
  std::unique_lock held(waiting_);
  stopped_.wait_for(held, time, [this] { return stopping_; });
}

}  // namespace scoped::emulator
