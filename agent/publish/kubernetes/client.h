// The few requests that a pull secret needs of the API server. Blocking; one thread at a time. Errors name
// the remedy; they quote nothing of an answer but the names of objects.
#pragma once

#include "agent/publish/kubernetes/access.h"
#include "agent/publish/kubernetes/pull_secret.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scoped::publish::kubernetes {

class Client {
 public:
  using GetTransport = std::function<Result<net::Transport*>()>;
  Client(std::unique_ptr<Access> access, GetTransport transport, const Clock& clock)
      : access_(std::move(access)), transport_(std::move(transport)), clock_(clock) {}

  // Those with these labels that are not about to vanish, in the order of their names.
  Result<std::vector<std::string>> namespaces(const std::string& selector);
  // The secrets of this name by namespace, in all namespaces.
  Result<std::map<std::string, PullSecret>> secrets_named(const std::string& name);
  // Nothing: there is none.
  Result<std::optional<PullSecret>> secret(const Wanted& wanted);
  // Server-side apply under kManager. conflict: it has changed since, or belongs to another manager.
  Result<> apply(const Wanted& wanted, const Change& change);

 private:
  Result<net::Response> send(const std::function<net::Request()>& make);
  Result<json::Value> get(const std::string& path, const std::string& what);
  Error error_of(const net::Response& response, const std::string& what, const std::string& verb) const;

  std::unique_ptr<Access> access_;
  GetTransport transport_;
  const Clock& clock_;
};

}  // namespace scoped::publish::kubernetes
