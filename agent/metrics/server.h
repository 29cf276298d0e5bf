// GET /metrics and GET /healthz over HTTP, for whoever looks after the machine. Nothing else is answered, and
// nothing in an answer is a secret: names of registries and tokens, instants, the words of `scopedctl
// status`.
#pragma once

#include "common/base/endpoint.h"
#include "common/base/result.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace scoped::metrics {

class Server {
 public:
  // Writes the next part of an answer into the string; false when nothing is left, nullopt when the agent
  // does not say (the answer is cut off, and the reader knows by that).
  using Parts = std::function<std::optional<bool>(std::string& to)>;
  // Both are called in threads of the server.
  struct Use {
    Endpoint endpoint;
    std::function<Parts()> begin;                        // one reading of all metrics
    std::function<std::optional<std::string>()> unwell;  // why the agent does not get on; nullopt: it does
  };

  // unavailable: the address cannot be had.
  static Result<Server> start(Use use);
  Server(Server&&) noexcept;
  ~Server();  // ends what it is answering

  int port() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace scoped::metrics
