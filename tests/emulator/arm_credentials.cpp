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

std::optional<Password> password_in(const Token* token, const std::string& slot) {
  const Password* found = token == nullptr ? nullptr : token->password(slot);
  return found == nullptr ? std::nullopt : std::optional<Password>(*found);
}

// Generates, and lets the doors know it late if that is asked for.
Outcome<Generated> generate_and_replicate(Turn& turn, const GenerateBody& body) {
  Model& model = turn.site.model;
  const Token* before = model.token(body.token_id.substr(body.token_id.rfind('/') + 1));
  std::vector<std::pair<std::string, std::optional<Password>>> old;
  for (const std::string_view slot : kSlots)
    old.emplace_back(std::string(slot), password_in(before, std::string(slot)));
  auto generated = TRY(model.generate(body, moment_of(turn), turn.site.parts.random));
  turn.changed = true;
  if (const auto& replication = turn.effects.replication)
    for (const auto& [slot, password] : old)
      if (std::any_of(generated.made.begin(), generated.made.end(),
                      [&](const Made& each) { return each.slot == slot; }))
        turn.site.replication.delay(generated.token->name, slot, password, replication->door, turn.now,
                                    turn.now + replication->delay);
  return generated;
}

Outcome<Answer> generate(Turn& turn) {
  auto body = TRY(read_generate_body(turn.request.body));
  bend_expiry(body, turn);
  const auto generated = TRY(generate_and_replicate(turn, body));
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
