// How an API server of Kubernetes is reached: where it is, whom it must prove to be, and who we are there.
// Blocking where it says so; used by one thread at a time.
#pragma once

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/result.h"
#include "common/net/http.h"

#include <memory>
#include <string>

namespace scoped::publish::kubernetes {

class Access {
 public:
  virtual ~Access() = default;
  // Makes the path in `request.url` an address and adds authorities and credentials. Reads files each time,
  // since others renew them, and may run a plugin. configuration, denied, login: it cannot, and what to do.
  virtual Result<> complete(net::Request& request) = 0;
  // The server answered 401: forgets what it keeps. False: another try would send the same.
  virtual bool refused() = 0;
};

// Of a pod: $KUBERNETES_SERVICE_HOST and _PORT, and the files `token` and `ca.crt` of the service account.
std::unique_ptr<Access> in_cluster(const Environment& environment, std::string account_folder);
// Of a kubeconfig file; `context` empty: its current one.
std::unique_ptr<Access> of_kubeconfig(const Environment& environment, const Clock& clock, std::string path,
                                      std::string context);

}  // namespace scoped::publish::kubernetes
