#include "common/identity/entra_chain.h"

#include "common/identity/azure_cli.h"
#include "common/identity/entra_cloud.h"
#include "common/identity/entra_environment.h"
#include "common/identity/managed_identity.h"
#include "common/identity/workload_identity.h"

#include <array>
#include <mutex>
#include <vector>

namespace scoped::identity {
namespace {

constexpr std::array kSettings = {
    kCloudRow,
    config::Setting{.name = "client_id",
                    .doc = "Client id of the managed or workload identity, where there are several."},
    kScopeRow,
    kEntraCaRow,
};

struct Link {
  const char* name;
  bool of_developers;
  Result<std::unique_ptr<net::Authorizer>> (*make)(const config::Typed&, const Context&);
};

constexpr std::array kLinks = {
    Link{"environment", false, &make_entra_environment},
    Link{"workload identity", false, &make_workload_identity},
    Link{"managed identity", false, &make_managed_identity},
    Link{"Azure CLI", true, &make_azure_cli},
};

// Which links count: all, or with $AZURE_TOKEN_CREDENTIALS those of a deployment or of a developer.
Result<std::vector<Link>> links_for(const Environment& environment) {
  const std::string wanted = environment.get("AZURE_TOKEN_CREDENTIALS").value_or("");
  if (!wanted.empty() && wanted != "dev" && wanted != "prod")
    return fail(ErrorCode::configuration, "$AZURE_TOKEN_CREDENTIALS is neither 'dev' nor 'prod'");
  std::vector<Link> links;
  for (const Link& each : kLinks)
    if (wanted.empty() || each.of_developers == (wanted == "dev")) links.push_back(each);
  return links;
}

class Chain final : public net::Authorizer {
 public:
  Chain(config::Typed settings, Context context, std::vector<Link> links)
      : settings_(std::move(settings)), context_(std::move(context)), links_(std::move(links)) {}

  Result<> authorize(net::Request& request) override {
    return with_one([&](net::Authorizer& one) { return one.authorize(request); });
  }
  Result<net::Pinned> pin(std::chrono::seconds min_left) override {
    return with_one([&](net::Authorizer& one) { return one.pin(min_left); });
  }
  void refused() override {
    if (net::Authorizer* one = chosen()) one->refused();
  }
  void refused_for(const std::string& claims) override {
    if (net::Authorizer* one = chosen()) one->refused_for(claims);
  }

 private:
  net::Authorizer* chosen() {
    const std::lock_guard lock(mutex_);
    return chosen_.get();
  }

  // The one that was chosen; else each in turn, while all others wait.
  template <typename Use>
  auto with_one(const Use& use) -> decltype(use(std::declval<net::Authorizer&>())) {
    if (net::Authorizer* one = chosen()) return use(*one);
    const std::lock_guard lock(mutex_);
    if (chosen_) return use(*chosen_);
    std::string said;
    ErrorCode code = ErrorCode::login;
    for (const Link& link : links_) {
      auto made = link.make(settings_, context_);
      if (made) {
        auto done = use(**made);
        if (done) {
          chosen_ = std::move(*made);
          return done;
        }
        made = fail(std::move(done).error());
      }
      if (made.error().code() == ErrorCode::cancelled) return fail(made.error());
      if (made.error().code() == ErrorCode::unavailable) code = ErrorCode::unavailable;
      said += (said.empty() ? "" : "; ") + std::string(link.name) + ": " + without_name(made.error().line());
    }
    return fail(code, intention() + "none of them works here: " + said);
  }

  std::string intention() const { return "identity '" + settings_.name + "': "; }
  std::string without_name(const std::string& line) const {
    return line.starts_with(intention()) ? line.substr(intention().size()) : line;
  }

  const config::Typed settings_;
  const Context context_;
  const std::vector<Link> links_;
  std::mutex mutex_;
  std::unique_ptr<net::Authorizer> chosen_;
};

}  // namespace

std::span<const config::Setting> entra_chain_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_entra_chain(const config::Typed& settings,
                                                          const Context& context) {
  std::vector<Link> links = TRY(links_for(context.environment));
  return std::make_unique<Chain>(settings, context, std::move(links));
}

}  // namespace scoped::identity
