#include "agent/ctl/helper_call.h"

#include "agent/ctl/configure_profile.h"
#include "common/base/spawn.h"
#include "common/json/value.h"

namespace scoped::ctl {
namespace {

constexpr std::chrono::seconds kPatience{30};

std::string first_line(std::string_view text) { return harmless(text.substr(0, text.find('\n'))); }

}  // namespace

Result<HelperAnswer> ask_helper(const Environment& environment, const std::string& host,
                                const std::string& helper) {
  const std::string name = "docker-credential-" + helper;
  const auto program = find_on_path(environment, name);
  if (!program) return fail(ErrorCode::not_found, "'" + name + "' is not on the PATH: install the package");
  const Spawned said = TRY(spawn({*program, "get"}, host, kPatience));
  if (said.exit_code != 0)
    return fail(ErrorCode::not_found, "'" + *program + "' answers: " + first_line(said.out.reveal()));
  const json::Value answer = TRY_WITH(json::parse(said.out.reveal()), "answer of '" + *program + "'");
  const json::Reader reader = TRY(json::Reader::of(answer, "answer of '" + *program + "'"));
  std::string username = TRY(reader.text("Username"));
  return HelperAnswer{*program, std::move(username), Secret::take(TRY(reader.text("Secret")))};
}

Result<std::string> verify_login(Run& run, const std::string& host) {
  const HelperAnswer answer = TRY(ask_helper(run.around.environment, host));
  config::Registry registry;
  registry.host = host;
  if (const auto known = run.config.registries.find(host); known != run.config.registries.end())
    registry.ca_file = known->second.ca_file;
  net::Transport* transport = TRY(run.parts.transport());
  const auto login = TRY(
      registry::make_login_probe(registry, *transport)->try_login(host, answer.username, answer.password));
  if (login == registry::Login::refused)
    return fail(ErrorCode::login, "'" + host + "' refuses the login of '" + answer.username +
                                      "': run 'scopedctl status' and see whether the token is disabled");
  return answer.username;
}

}  // namespace scoped::ctl
