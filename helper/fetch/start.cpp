#include "helper/fetch/start.h"

#include "common/protocol/docker.h"
#include "common/protocol/texts.h"

namespace scoped::fetch {
namespace {

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view profile_in(std::string_view name) {
  if (!name.starts_with(protocol::kProgram)) return {};
  name.remove_prefix(protocol::kProgram.size());
  return name.starts_with('-') ? name.substr(1) : std::string_view();
}

// The arguments are the client's and may hold anything.
std::string one_line(std::string text) {
  return Error(ErrorCode::invalid_input, std::move(text)).line() + "\n";
}

std::string usage(std::string_view name) {
  return one_line("Usage: " + std::string(name) + " " + std::string(protocol::kVerbs));
}

std::string version(std::string_view name) {
  return one_line(std::string(name) + " (" + std::string(protocol::kProgram) + ") " SCOPED_VERSION);
}

std::string unknown_action(std::string_view name, std::string_view action) {
  return one_line(std::string(name) + ": unknown action: " + std::string(action));
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
  for (std::string_view each : known)
    if (each == text) return true;
  return false;
}

Start for_request(broker::Handover handover) {
  Start start;
  start.needs_input = handover.verb != protocol::name_of(protocol::Verb::list);
  start.handover = std::move(handover);
  return start;
}

Start say(std::string text, int exit_code) {
  Start start;
  start.text = std::move(text);
  start.exit_code = exit_code;
  return start;
}

// The client started us: exactly one argument.
Start read_client_arguments(std::string_view name, const std::vector<std::string_view>& arguments) {
  if (arguments.size() != 2) return say(usage(name), 1);
  const std::string_view action = arguments[1];
  if (is_one_of(action, {"version", "--version", "-v"})) return say(version(name), 0);
  if (is_one_of(action, {"help", "--help", "-h"})) return say(usage(name), 0);
  if (!protocol::parse_verb(action)) return say(unknown_action(name, action), 1);
  broker::Handover handover;
  handover.verb = action;
  handover.profile = profile_in(name);
  return for_request(std::move(handover));
}

}  // namespace

Start read_start(const std::vector<std::string_view>& arguments) {
  const std::string_view name = arguments.empty() ? broker::kFetchProgram : last_part(arguments.front());
  if (name != broker::kFetchProgram) return read_client_arguments(name, arguments);
  auto handover = broker::parse_handover({arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end()});
  if (!handover) return say(handover.error().line() + "\n", 1);
  return for_request(std::move(*handover));
}

}  // namespace scoped::fetch
