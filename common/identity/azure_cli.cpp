#include "common/identity/azure_cli.h"

#include "common/base/spawn.h"
#include "common/identity/bearer_cache.h"
#include "common/identity/entra_cloud.h"
#include "common/identity/entra_error.h"
#include "common/json/value.h"

#include <algorithm>
#include <array>

namespace scoped::identity {
namespace {

constexpr std::chrono::seconds kPatience{30};  // az takes seconds to start
constexpr json::Limits kLimits{.bytes = 256 << 10, .depth = 8, .values = 256, .comments = false};

constexpr std::array kSettings = {
    kCloudRow,
    config::Setting{.name = "tenant",
                    .doc = "Id or domain of the tenant to ask for; absent: that of the login."},
    config::Setting{.name = "subscription", .doc = "Subscription whose tenant and user are meant."},
    config::Setting{.name = "program",
                    .kind = config::Kind::path,
                    .doc = "The Azure CLI, where it is not the 'az' of $PATH."},
    kScopeRow,
};

// What az is given as arguments: nothing that it would take for an option or a shell for more than a word.
bool is_plain(const std::string& text) {
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(" .:/_-").find(c) != std::string_view::npos;
  });
}

// Its answer as one of a token endpoint: the same members under their usual names.
Result<Secret> as_token_answer(const Secret& printed) {
  auto document = json::parse(printed.reveal(), kLimits);
  json::Object* object = document ? document->object() : nullptr;
  json::Value* token = object == nullptr ? nullptr : object->find("accessToken");
  if (token == nullptr || token->text() == nullptr)
    return fail(ErrorCode::unavailable, "'az account get-access-token' did not print a token");
  json::Object answer;
  answer.set("access_token", std::move(*token->text()));
  if (const json::Value* ends = object->find("expires_on"); ends != nullptr && ends->integer() != nullptr)
    answer.set("expires_on", *ends->integer());
  return Secret::take(json::dump(std::move(answer)));
}

struct Flow {
  std::vector<std::string> argv;
  const Context context;

  Result<net::Response> log_in() const;
};

Error refusal(const Spawned& said) {
  if (const auto known = entra_remedy_in(said.err)) return {ErrorCode::login, "Azure CLI: " + *known};
  const bool no_login = said.err.find("az login") != std::string::npos;
  if (no_login) return {ErrorCode::login, "nobody is logged in with the Azure CLI: run 'az login'"};
  return {ErrorCode::unavailable, "'az account get-access-token' ended with " +
                                      std::to_string(said.exit_code) + ": run it to see why"};
}

Result<net::Response> Flow::log_in() const {
  net::Response answer;
  answer.sent = context.clock.boot_now();
  const auto said = spawn(argv, "", kPatience);
  if (!said && said.error().code() == ErrorCode::not_found)
    return fail(ErrorCode::not_found, "the Azure CLI is not installed ('" + argv.front() + "' is not found)");
  if (!said) return fail(said.error());
  if (said->exit_code == 127)
    return fail(ErrorCode::not_found, "the Azure CLI is not installed ('" + argv.front() + "' is not found)");
  if (said->exit_code != 0) return fail(refusal(*said));
  answer.status = 200;
  answer.body = TRY(as_token_answer(said->out));
  answer.received = context.clock.boot_now();
  return answer;
}

}  // namespace

std::span<const config::Setting> azure_cli_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_azure_cli(const config::Typed& settings,
                                                        const Context& context) {
  Flow flow{{settings.text_or("program", "az"), "account", "get-access-token", "--output", "json", "--scope",
             scope_of(settings, context)},
            context};
  for (const char* option : {"tenant", "subscription"})
    if (settings.has(option)) {
      flow.argv.push_back(std::string("--") + option);
      flow.argv.push_back(settings.text(option));
    }
  for (size_t i = 6; i < flow.argv.size(); i += 2)
    if (!is_plain(flow.argv[i]))
      return fail(ErrorCode::configuration,
                  "what follows " + flow.argv[i - 1] + " has characters that are not given to the Azure CLI");
  return make_bearer_cache(settings.name, context.clock,
                           [flow = std::move(flow)](const std::string&) { return flow.log_in(); });
}

}  // namespace scoped::identity
