// POST .../generateCredentials: on the registry, not below the token. The answer lists both passwords, and
// only those that were made now carry a value.
#include "tests/emulator/arm.h"

#include <algorithm>
#include <array>

namespace scoped::emulator {
namespace {

void bend_expiry(GenerateBody& body, const Turn& turn) {
  if (turn.effects.own_expiry) body.expires_at = turn.now + std::chrono::seconds(*turn.effects.own_expiry);
  if (turn.effects.cut_expiry && body.expires_at)
    body.expires_at = std::chrono::floor<std::chrono::seconds>(*body.expires_at);
}

json::Value with_value(const Password& password, const std::vector<Made>& made) {
  json::Value entry = show(password);
  const auto found =
      std::find_if(made.begin(), made.end(), [&](const Made& each) { return each.slot == password.slot; });
  if (found != made.end()) entry.object()->set("value", found->value.reveal());
  return entry;
}

Outcome<Answer> generate(Turn& turn) {
  auto body = TRY(read_generate_body(turn.request.body));
  bend_expiry(body, turn);
  const auto generated = TRY(turn.site.model.generate(body, moment_of(turn), turn.site.parts.random));
  turn.changed = true;
  json::Array passwords;
  for (const Password& each : generated.token->passwords)
    passwords.push_back(with_value(each, generated.made));
  json::Object answer;
  answer.set("username", generated.token->name);
  answer.set("passwords", std::move(passwords));
  return result_answer(turn, json_answer(200, std::move(answer)));
}

constexpr std::array<Route, 1> kRoutes = {Route{"POST", "/generateCredentials", generate}};

}  // namespace

const RouteTable kArmCredentials = {&kArm, kRoutes};

}  // namespace scoped::emulator
