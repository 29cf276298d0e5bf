#include "helper/front/invocation.h"

#include "common/base/error.h"
#include "common/protocol/texts.h"

namespace scoped::front {
namespace {

constexpr std::string_view kKubeletName = "kubelet-credential-scoped";
constexpr std::string_view kKubeletAction = "kubelet";

struct Action {
  std::string_view text;
  Purpose purpose;
};
constexpr Action kActions[] = {
    {"get", Purpose::get},
    {"store", Purpose::other_verb},
    {"erase", Purpose::other_verb},
    {"list", Purpose::other_verb},
    {"version", Purpose::version},
    {"--version", Purpose::version},
    {"-v", Purpose::version},
    {"help", Purpose::help},
    {"--help", Purpose::help},
    {"-h", Purpose::help},
    {kKubeletAction, Purpose::kubelet},
};

Purpose purpose_of(std::string_view action) {
  for (const Action& row : kActions)
    if (row.text == action) return row.purpose;
  return Purpose::unknown_action;
}

std::string_view last_part(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view profile_in(std::string_view name) {
  if (!name.starts_with(protocol::kProgram)) return {};
  name.remove_prefix(protocol::kProgram.size());
  return name.starts_with('-') ? name.substr(1) : std::string_view();
}

// The arguments are the client's and may hold anything.
std::string one_line(std::string text) {
  return Error(ErrorCode::invalid_input, std::move(text)).line() + "\n";
}

}  // namespace

Invocation read_invocation(const std::vector<std::string_view>& arguments) {
  Invocation invocation;
  invocation.name = arguments.empty() ? protocol::kProgram : last_part(arguments.front());
  invocation.profile = profile_in(invocation.name);
  if (arguments.size() == 1 && invocation.name == kKubeletName)
    invocation.action = kKubeletAction;
  else if (arguments.size() == 2)
    invocation.action = arguments[1];
  else
    return invocation;
  invocation.purpose = purpose_of(invocation.action);
  return invocation;
}

std::string usage_text(const Invocation& invocation) {
  return one_line("Usage: " + invocation.name + " " + std::string(protocol::kVerbs));
}

std::string version_text(const Invocation& invocation) {
  return one_line(invocation.name + " (" + std::string(protocol::kProgram) + ") " SCOPED_VERSION);
}

std::string unknown_action_text(const Invocation& invocation) {
  return one_line(invocation.name + ": unknown action: " + invocation.action);
}

}  // namespace scoped::front
