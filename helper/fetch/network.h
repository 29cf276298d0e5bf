// What a store over a network needs: the transport (scoped-curl.so) and the identities of the configuration,
// each made when a store asks for it, so that a pull which a copy answers loads none of them. Thread-safe.
#pragma once

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/random.h"
#include "common/config/config.h"
#include "common/store/types.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace scoped::fetch {

class Network {
 public:
  // Environment, clock and random numbers live until the process has ended, as a load that was left behind
  // needs it.
  Network(std::map<std::string, config::Typed> identities, const Environment& environment, const Clock& clock,
          Random& random);

  // For one store; it refers to this.
  store::Context context();

 private:
  Result<net::Transport*> transport();
  Result<net::Authorizer*> identity(const std::string& name, const net::Site& site);

  const std::map<std::string, config::Typed> identities_;
  const Environment& environment_;
  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::unique_ptr<net::Transport> curl_;
  std::map<std::string, std::unique_ptr<net::Authorizer>> made_;  // by name and site
};

}  // namespace scoped::fetch
