#include "agent/ctl/on_request.h"

#include "agent/ctl/promises.h"
#include "agent/ctl/rotator.h"
#include "agent/ctl/status_table.h"
#include "agent/ctl/targets.h"

#include <fmt/format.h>

namespace scoped::ctl {
namespace {

using rotate::Asked;

const config::Rotation& rotation_of(const Run& run, const record::RecordName& name) {
  const config::Registry& registry = run.config.registries.at(name.registry);
  const auto token = registry.tokens.find(name.token);
  return token != registry.tokens.end() ? token->second.rotation : registry.rotation;
}

void tell_promises(const Run& run, const record::RecordName& name, Asked asked, const json::Value& token) {
  const auto broken = broken_promises(asked, token, rotation_of(run, name), run.config.copies, run.now());
  for (const std::string& line : broken) run.console().line("this breaks a promise: " + line);
}

std::string_view verb_of(Asked asked) { return asked == Asked::repair ? "repair" : "rotate"; }

Result<json::Value> carry_out(const Run& run, const record::RecordName& name, Asked asked) {
  Rotator rotator = TRY(Rotator::find(run, name));
  if (asked != Asked::rotation) tell_promises(run, name, asked, TRY(rotator.status()));
  auto token = rotator.carry_out(asked);
  if (token || asked != Asked::leaked) return token;
  run.console().line(disable_line(name.registry, name.token));
  return token;
}

std::string outcome(const record::RecordName& name, Asked asked, const json::Value& token, Instant now) {
  const std::string what = asked == Asked::repair ? "works: '" : "rotated '";
  return what + name.display() + "': " + outcome_of(token, now) + "\n" +
         (asked == Asked::rotation ? "" : stage_lines(token));
}

}  // namespace

std::string stage_lines(const json::Value& token) {
  std::string lines;
  const json::Value* stages = token.at({"stages"});
  if (stages == nullptr || stages->array() == nullptr) return lines;
  for (const json::Value& stage : *stages->array()) {
    const auto text = [&stage](std::string_view key) {
      const json::Value* member = stage.at({key});
      return member != nullptr && member->text() != nullptr ? *member->text() : std::string();
    };
    const json::Value* time = stage.at({"milliseconds"});
    const int64_t after = time != nullptr && time->integer() != nullptr ? *time->integer() : 0;
    const std::string what = text("step") + (text("slot").empty() ? "" : " " + text("slot"));
    lines += fmt::format("{:>8.3f} s  {:<20} {}\n", static_cast<double>(after) / 1'000, what, text("reason"));
  }
  return lines;
}

Result<Exit> carry_out(Run& run, Asked asked) {
  const record::RecordName name = TRY(choose_token(run.config, *run.options.positional(0)));
  json::Value token =
      TRY_WITH(carry_out(run, name, asked), std::string(verb_of(asked)) + " '" + name.display() + "'");
  const std::string text = outcome(name, asked, token, run.now());
  json::Object document;
  document.set("tokens", json::Array{std::move(token)});
  run.answer(document, text);
  return Exit::ok;
}

}  // namespace scoped::ctl
