// .../tokens. A PUT is an upsert: without `credentials` it wipes both passwords, as a redeployed template
// does.
#include "tests/emulator/arm.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

Answer shown(const Turn& turn, int status, const Token& token) {
  return json_answer(status, show(turn.site.model, token));
}

Outcome<Answer> list(Turn& turn) {
  return list_answer(turn, turn.site.model.contents().tokens, TRY(page_request(turn)));
}

Outcome<Answer> get(Turn& turn) {
  const Token* token = turn.site.model.token(name_of(turn));
  if (token == nullptr)
    return refuse(404, "ResourceNotFound", fmt::format("The resource {} could not be found.", name_of(turn)));
  return shown(turn, 200, *token);
}

// The answer to a write; under the fault `async` the token shows `state` until the operation is over.
Answer written(Turn& turn, int status, const Token& token, std::string state) {
  turn.changed = true;
  if (turn.effects.polls) turn.site.model.set_provisioning(token.name, state);
  return status_answer(turn, shown(turn, status, token), turn.site.model.child_id("tokens", token.name),
                       std::move(state), token.name);
}

Outcome<Answer> put(Turn& turn) {
  const auto body = TRY(read_token_body(turn.request.body));
  const auto put = TRY(turn.site.model.put_token(name_of(turn), body, moment_of(turn)));
  return written(turn, put.created ? 201 : 200, *put.object, put.created ? "Creating" : "Updating");
}

Outcome<Answer> patch(Turn& turn) {
  const auto body = TRY(read_token_body(turn.request.body));
  const Token* token = TRY(turn.site.model.patch_token(name_of(turn), body, moment_of(turn)));
  return written(turn, 200, *token, "Updating");
}

Outcome<Answer> remove(Turn& turn) {
  turn.changed = turn.site.model.delete_token(name_of(turn));
  Answer answer;
  answer.status = turn.changed ? 200 : 204;
  return turn.changed ? result_answer(turn, std::move(answer)) : answer;
}

constexpr std::array<Route, 5> kRoutes = {Route{"GET", "/tokens", list},
                                          {"GET", "/tokens/{}", get},
                                          {"PUT", "/tokens/{}", put},
                                          {"PATCH", "/tokens/{}", patch},
                                          {"DELETE", "/tokens/{}", remove}};

}  // namespace

const RouteTable kArmTokens = {&kArm, kRoutes};

}  // namespace scoped::emulator
