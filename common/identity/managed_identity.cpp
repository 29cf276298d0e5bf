#include "common/identity/managed_identity.h"

#include "common/base/file.h"
#include "common/identity/bearer_cache.h"
#include "common/identity/entra_cloud.h"
#include "common/identity/managed_sources.h"

#include <array>

namespace scoped::identity {
namespace {

using std::chrono::seconds;

constexpr const char* kArcFolder = "/var/opt/azcmagent/tokens";
constexpr size_t kLargestArcKey = 4096;
constexpr std::array kBackOff = {seconds(1), seconds(2), seconds(4)};
constexpr seconds kGonePause{10};
constexpr int kGoneTries = 7;  // 70 s, as long as the metadata service is said to be away at most

constexpr std::array kSettings = {
    kCloudRow,
    config::Setting{.name = "client_id",
                    .doc = "Client id of a user-assigned identity; absent: the host's own."},
    config::Setting{.name = "object_id", .doc = "The same by its object id."},
    config::Setting{.name = "resource_id", .doc = "The same by its resource id."},
    kScopeRow,
};

struct Flow {
  ManagedChoice choice;
  std::string resource;
  std::string arc_folder;
  const Context context;

  Result<net::Response> log_in() const;
  Result<net::Response> ask(const ManagedSource& source) const;
  Result<net::Response> patiently(const ManagedSource& source) const;
};

Result<Secret> read_arc_key(const net::Response& answer, const std::string& folder) {
  const std::string path = TRY(arc_key_file(answer.header("WWW-Authenticate"), folder));
  const Secret text = TRY_WITH(read_secret_file(path, kLargestArcKey, false),
                               "the key of Azure Arc, which the group himds may read");
  return Secret::take("Basic " + std::string(text.reveal()));
}

Result<net::Response> Flow::ask(const ManagedSource& source) const {
  net::Request request = TRY(source.request(context.environment, resource, choice));
  request.headers.emplace_back("Accept", "application/json");
  request.limits.body_bytes = 256 << 10;
  request.limits.total = seconds(15);
  auto answer = context.transport.send(request);
  if (answer && answer->status == 401 && source.asks_for_a_file) {
    request.secret_headers.emplace_back("Authorization", TRY(read_arc_key(*answer, arc_folder)));
    answer = context.transport.send(request);
  }
  if (!answer && answer.error().code() == ErrorCode::ambiguous)
    return fail(std::move(answer).error().as(ErrorCode::unavailable));
  return answer;
}

std::optional<seconds> pause_after(const ManagedSource& source, int status, int attempt) {
  if (status == 410 && source.retries_gone)
    return attempt <= kGoneTries ? std::optional(kGonePause) : std::nullopt;
  const bool is_worth_it = status == 404 || status == 429 || status >= 500;
  const auto index = static_cast<size_t>(attempt - 1);
  return is_worth_it && index < kBackOff.size() ? std::optional(kBackOff[index]) : std::nullopt;
}

// No connection at all is not tried again: the host is simply none of Azure.
Result<net::Response> Flow::patiently(const ManagedSource& source) const {
  for (int attempt = 1;; ++attempt) {
    net::Response answer = TRY(ask(source));
    auto pause = pause_after(source, answer.status, attempt);
    if (!pause || !context.wait) return answer;
    if (const auto asked = answer.retry_after(context.clock.now())) pause = std::max(*pause, *asked);
    if (*pause > kGonePause) return answer;
    if (!context.wait(*pause)) return fail(ErrorCode::cancelled, "asked to stop");
  }
}

Error refusal(const ManagedSource& source, const net::Response& answer, const ManagedChoice& choice,
              Instant now) {
  const std::string tried = "managed identity (" + std::string(source.name) + ")";
  const std::string status = " (HTTP " + std::to_string(answer.status) + ")";
  const auto line = [&](ErrorCode code, std::string text) {
    return Error(code, std::move(text) + status).with_http_status(answer.status).within(tried);
  };
  if (answer.status == 400 && choice.any())
    return line(ErrorCode::login,
                "the host has no such identity: assign it, or correct the setting that names it");
  if (answer.status == 400)
    return line(
        ErrorCode::login,
        "no identity is assigned to this host, or several without one being named: assign one, or set "
        "client_id");
  if (answer.status == 401 || answer.status == 403)
    return line(ErrorCode::login,
                "the host does not let this program ask: run it where the variables of its "
                "token service are set");
  if (answer.status == 410)
    return line(ErrorCode::unavailable, "the metadata service is being replaced: try again later");
  return error_of_status(answer, tried, now);
}

Result<net::Response> Flow::log_in() const {
  for (const ManagedSource& source : managed_sources()) {
    if (!source.fits(context.environment)) continue;
    auto answer = patiently(source);
    if (!answer && answer.error().code() == ErrorCode::unavailable && source.retries_gone)
      return fail(
          std::move(answer).error().within("no managed identity here (is this a virtual machine of Azure, "
                                           "and its metadata service not blocked?)"));
    if (!answer) return answer;
    if (answer->status != 200) return fail(refusal(source, *answer, choice, context.clock.now()));
    return answer;
  }
  return fail(ErrorCode::internal, "no source of a managed identity fits");
}

}  // namespace

std::span<const config::Setting> managed_identity_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_managed_identity_at(const config::Typed& settings,
                                                                  const Context& context,
                                                                  const std::string& arc_folder) {
  ManagedChoice choice{settings.text_or("client_id", ""), settings.text_or("object_id", ""),
                       settings.text_or("resource_id", "")};
  if (!choice.client_id.empty() + !choice.object_id.empty() + !choice.resource_id.empty() > 1)
    return fail(ErrorCode::configuration,
                "only one of 'client_id', 'object_id' and 'resource_id' may be set");
  Flow flow{std::move(choice), resource_of(scope_of(settings, context)), arc_folder, context};
  // A host's bearers carry no further claims; asked for them, it gives out a new one.
  return make_bearer_cache(settings.name, context.clock,
                           [flow = std::move(flow)](const std::string&) { return flow.log_in(); });
}

Result<std::unique_ptr<net::Authorizer>> make_managed_identity(const config::Typed& settings,
                                                               const Context& context) {
  return make_managed_identity_at(settings, context, kArcFolder);
}

}  // namespace scoped::identity
