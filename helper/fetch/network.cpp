#include "helper/fetch/network.h"

#include "common/crypto/startup.h"
#include "common/identity/identity.h"
#include "common/net/curl_module.h"

#include <thread>

namespace scoped::fetch {
namespace {

// Whoever asked for the load waits no longer than it can.
bool sleep_for(std::chrono::milliseconds length) {
  std::this_thread::sleep_for(length);
  return true;
}

}  // namespace

Network::Network(std::map<std::string, config::Typed> identities, const Environment& environment,
                 const Clock& clock, Random& random)
    : identities_(std::move(identities)), environment_(environment), clock_(clock), random_(random) {}

Result<net::Transport*> Network::transport() {
  const std::lock_guard lock(mutex_);
  if (!curl_) {
    crypto::load_openssl_configuration();
    curl_ = TRY(net::load_curl_transport());
  }
  return curl_.get();
}

Result<net::Authorizer*> Network::identity(const std::string& name, const net::Site& site) {
  net::Transport* network = TRY(transport());
  const std::lock_guard lock(mutex_);
  const auto found = identities_.find(name);
  if (found == identities_.end())
    return fail(ErrorCode::configuration, "the configuration has no identity '" + name + "'");
  auto& made = made_[name + "\n" + site.key()];
  if (!made)
    made = TRY(identity::make_identity(found->second, {.transport = *network,
                                                       .clock = clock_,
                                                       .environment = environment_,
                                                       .random = random_,
                                                       .site = site,
                                                       .wait = sleep_for,
                                                       .brief = true}));
  return made.get();
}

store::Context Network::context() {
  return {.environment = environment_,
          .clock = clock_,
          .random = random_,
          .transport = [this] { return transport(); },
          .identity = [this](const std::string& name, const net::Site& site) { return identity(name, site); },
          .wait = sleep_for};
}

}  // namespace scoped::fetch
