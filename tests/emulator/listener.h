// An HTTP server (cpp-httplib) on a listening socket of ours, in threads of its own. What it serves is a
// function from Request to Answer, called from any of these threads.
#pragma once

#include "common/base/clock.h"
#include "common/base/handle.h"
#include "common/base/result.h"
#include "tests/emulator/http.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace scoped::emulator {

// The header by which a front door names its client.
inline constexpr std::string_view kClientAddress = "x-real-ip";

struct TlsFiles {
  std::string certificate;
  std::string key;
};

struct Service {
  std::function<Answer(const Request&)> answer;
  const Clock* clock;  // for the Date header, which every answer has
  // More than the connections that may be idle at once, since each holds a thread for a second.
  size_t threads;
  // Sent instead of closing the connection by an Answer that `closes`, where a front door does that for us.
  Answer closing;
};

class Listener {
 public:
  static Result<Listener> start(Fd listening, const std::optional<TlsFiles>& tls, Service service);
  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) = delete;
  // Stops listening and waits for the requests that are being answered.
  ~Listener();

 private:
  struct Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One GET over TLS, to see whether a server is up: its status, or 0 when it does not answer. `host` is what
// the certificate must name; the connection goes to 127.0.0.1.
int probe(const std::string& host, int port, const std::string& path, const std::string& ca_file);

}  // namespace scoped::emulator
