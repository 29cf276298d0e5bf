// An agent that answers what the test says and remembers what it was asked.
#pragma once

#include "tests/support/broker_server.h"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace scoped::test {

class FakeAgent {
 public:
  using Handler = std::function<void(const broker::Request&, const Connection&)>;

  FakeAgent(const std::string& path, Handler handler)
      : handler_(std::move(handler)),
        server_(path, {[this](const Connection& connection) { serve(connection); }}) {}

  // "get KEY", in the order in which they came.
  std::vector<std::string> heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  void serve(const Connection& connection) {
    const auto request = connection.read_request();
    if (!request) return;
    {
      const std::lock_guard lock(mutex_);
      heard_.push_back(request->verb + " " + std::string(request->input.reveal()));
    }
    handler_(*request, connection);
  }

  mutable std::mutex mutex_;
  std::vector<std::string> heard_;
  const Handler handler_;
  BrokerServer server_;
};

inline FakeAgent::Handler says(std::string text, int exit_code = 0, bool also_stderr = false) {
  return [=](const broker::Request&, const Connection& connection) {
    connection.reply(broker::Said::answer, text, exit_code, also_stderr);
  };
}
inline void say_not_mine(const broker::Request&, const Connection& connection) {
  connection.reply(broker::Said::not_mine);
}

}  // namespace scoped::test
