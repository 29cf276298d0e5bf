#include "agent/ctl/rotator.h"

#include "agent/ctl/agent_client.h"
#include "agent/ctl/drive_here.h"
#include "agent/ctl/local_status.h"
#include "agent/ctl/status_table.h"
#include "agent/loop/status_json.h"
#include "common/base/file.h"

#include <algorithm>
#include <array>

namespace scoped::ctl {
namespace {

constexpr std::chrono::minutes kRotationPatience{30};

// What is asked of the agent, and what is reached here where none runs.
struct Request {
  rotate::Asked asked;
  const char* ask;
  Goal goal;
};
constexpr std::array kRequests = {
    Request{rotate::Asked::rotation, "rotate", Goal::rotated},
    Request{rotate::Asked::retire_now, "retire-now", Goal::retired},
    Request{rotate::Asked::leaked, "rotate-leaked", Goal::leak_closed},
    Request{rotate::Asked::repair, "repair", Goal::repaired},
};

json::Value request(const char* what, const record::RecordName& name) {
  json::Object object;
  object.set("ask", what);
  object.set("token", name.display());
  return object;
}

// Its folder may not be there yet where no agent has run since the machine started.
Result<std::optional<FileLock>> take_lock(const std::string& path, bool system) {
  const auto intention = "take the agent's lock";
  TRY_WITH(make_folders(folder_of(path), system ? 0755 : 0700), intention);
  auto lock = FileLock::acquire_shared(path, std::chrono::milliseconds(0));
  if (!lock && lock.error().code() == ErrorCode::denied)
    return fail(std::move(lock).error().within(std::string(intention) + " (run it with sudo)"));
  return TRY_WITH(std::move(lock), intention);
}

Result<json::Value> only_token(const json::Value& answer, const record::RecordName& name) {
  const json::Value* tokens = answer.at({"tokens"});
  if (tokens == nullptr || tokens->array() == nullptr)
    return fail(ErrorCode::corrupt, "the agent's answer names no tokens: is it of another version?");
  if (tokens->array()->size() == 1) return tokens->array()->front();
  return fail(ErrorCode::not_found, "the running agent does not know '" + name.display() +
                                        "': restart it, so that it reads the configuration");
}

}  // namespace

Result<std::optional<loop::Places>> places_of(const Run& run, bool system) {
  auto places = loop::agent_places(run.around.environment, system, run.explicit_config);
  if (places) return std::optional(std::move(*places));
  if (places.error().code() == ErrorCode::not_found) return std::optional<loop::Places>();
  return fail(std::move(places).error());
}

Result<Rotator> Rotator::find(const Run& run, const record::RecordName& name) {
  Rotator rotator(run, name);
  const bool system = run.config.registries.at(name.registry).origin.system;
  const auto places = TRY(places_of(run, system));
  if (!places) return rotator;
  const auto answer =
      TRY(ask_agent(places->control_socket, request("status", name), run.around.environment.uid()));
  if (answer) {
    rotator.seen_ = TRY(only_token(*answer, name));
    rotator.socket_ = places->control_socket;
    return rotator;
  }
  rotator.lock_ = TRY(take_lock(places->lock_file, system));
  if (!rotator.lock_)
    return fail(ErrorCode::unavailable,
                "an agent holds '" + places->lock_file +
                    "' but does not answer: it starts or stops, try again in a moment");
  return rotator;
}

// Shows what the agent is at while it works on the request.
Result<json::Value> Rotator::ask(const char* what) {
  const uid_t self = run_->around.environment.uid();
  std::string shown;
  Patience patience;
  patience.at_most = kRotationPatience;
  patience.each_second = [&] {
    const auto seen = ask_agent(socket_, request("status", name_), self, {std::chrono::milliseconds(900)});
    if (seen && *seen) {
      const auto token = only_token(**seen, name_);
      const std::string step = token ? name_.display() + ": " + step_of(*token) : shown;
      run_->console().progress(step, step != shown);
      shown = step;
    }
    return !run_->around.stop.asked();
  };
  const auto answer = TRY(ask_agent(socket_, request(what, name_), self, patience));
  if (!answer) return fail(ErrorCode::unavailable, "the agent has just ended: try again");
  return only_token(*answer, name_);
}

Result<json::Value> Rotator::make_ready() {
  if (socket_.empty()) return loop::status_json(TRY(drive_here(*run_, name_, Goal::ready)));
  json::Value token = TRY(ask("look"));
  if (is_ready(token)) return token;
  const std::string problem = problem_of(token);
  return fail(ErrorCode::unavailable,
              "the agent has not made its password yet: " + (problem.empty() ? step_of(token) : problem));
}

Result<json::Value> Rotator::carry_out(rotate::Asked asked) {
  const Request& row = *std::find_if(kRequests.begin(), kRequests.end(),
                                     [asked](const Request& each) { return each.asked == asked; });
  if (socket_.empty()) return loop::status_json(TRY(drive_here(*run_, name_, row.goal)));
  return ask(row.ask);
}

Result<json::Value> Rotator::status() const {
  if (!socket_.empty()) return seen_;
  json::Array tokens = observe_tokens(*run_, run_->config.registries.at(name_.registry), name_.token);
  CHECK_INVARIANT(tokens.size() == 1);
  return std::move(tokens.front());
}

Result<json::Value> Rotator::look() {
  if (!socket_.empty()) return ask("look");
  json::Array tokens = observe_tokens(*run_, run_->config.registries.at(name_.registry), name_.token);
  CHECK_INVARIANT(tokens.size() == 1);  // the commands ask for configured tokens only
  return std::move(tokens.front());
}

}  // namespace scoped::ctl
