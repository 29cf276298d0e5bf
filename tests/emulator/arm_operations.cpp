// Asynchronous answers and their polls. A write is applied when it is sent; what comes later is its answer.
#include "tests/emulator/arm.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

std::string address_of(const Turn& turn, std::string_view resource_id, std::string_view operation) {
  return fmt::format("{}{}/operationStatuses/{}?api-version={}", turn.site.parts.addresses.control,
                     resource_id, operation, *find_field(turn.request.query, "api-version"));
}

void add_retry_after(Answer& answer, const std::optional<int64_t>& seconds) {
  if (seconds) answer.headers.emplace_back("Retry-After", std::to_string(*seconds));
}

Answer poll_status(const Turn& turn, const Operation& operation, bool done) {
  json::Object body;
  body.set("status", done ? "Succeeded" : operation.state);
  Answer answer = json_answer(200, std::move(body));
  answer.headers.emplace_back("Azure-AsyncOperation",
                              turn.site.parts.addresses.control + turn.request.target);
  return answer;
}

Answer poll_result(const Turn& turn, const Operation& operation, bool done) {
  if (done) return operation.answer;
  Answer answer = json_answer(202, json::Object());
  answer.headers.emplace_back("Location", turn.site.parts.addresses.control + turn.request.target);
  return answer;
}

Outcome<Answer> poll(Turn& turn) {
  Operation* operation = turn.site.operations.find(turn.captures.back());
  if (operation == nullptr)
    return refuse(404, "ResourceNotFound",
                  fmt::format("The operation {} could not be found.", turn.captures.back()));
  const bool done = operation->polls_left == 0;
  if (!done) --operation->polls_left;
  if (done && !operation->token.empty()) turn.site.model.set_provisioning(operation->token, "Succeeded");
  Answer answer = operation->kind == Operation::Kind::status ? poll_status(turn, *operation, done)
                                                             : poll_result(turn, *operation, done);
  if (!done) add_retry_after(answer, operation->retry_after);
  return answer;
}

constexpr std::array<Route, 3> kRoutes = {Route{"GET", "/operationStatuses/{}", poll},
                                          {"GET", "/tokens/{}/operationStatuses/{}", poll},
                                          {"GET", "/scopeMaps/{}/operationStatuses/{}", poll}};

}  // namespace

const RouteTable kArmOperations = {&kArm, kRoutes};

Answer status_answer(Turn& turn, Answer answer, std::string_view resource_id, std::string state,
                     const std::string& token) {
  if (!turn.effects.polls) return answer;
  const std::string id = turn.site.operations.add(
      fmt::format("{}-{}", token.empty() ? "scopeMap" : "token", make_guid(turn.site.parts.random)),
      {Operation::Kind::status, *turn.effects.polls, turn.effects.retry_after, {}, std::move(state), token});
  answer.status = 201;
  answer.headers.emplace_back("Azure-AsyncOperation", address_of(turn, resource_id, id));
  add_retry_after(answer, turn.effects.retry_after);
  return answer;
}

Answer result_answer(Turn& turn, Answer answer) {
  if (!turn.effects.polls) return answer;
  const std::string id = turn.site.operations.add(
      fmt::format("registries-{}", make_guid(turn.site.parts.random)),
      {Operation::Kind::result, *turn.effects.polls, turn.effects.retry_after, std::move(answer), {}, {}});
  Answer accepted = json_answer(202, json::Object());
  accepted.headers.emplace_back("Location", address_of(turn, turn.site.model.registry_id(), id));
  add_retry_after(accepted, turn.effects.retry_after);
  return accepted;
}

}  // namespace scoped::emulator
