#include "agent/metrics/server.h"

#include "agent/metrics/exposition.h"

#include <httplib.h>

#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

namespace scoped::metrics {
namespace {

constexpr size_t kThreads = 2;
constexpr int kHttpMethodNotAllowed = 405;
constexpr int kHttpUnavailable = 503;
constexpr time_t kPatience = 5;  // seconds, with a reader that is slow
constexpr size_t kKeepAlive = 100;

void answer_metrics(const std::function<Server::Parts()>& begin, httplib::Response& response) {
  auto parts = std::make_shared<Server::Parts>(begin());
  response.set_chunked_content_provider(kContentType, [parts](size_t, httplib::DataSink& sink) {
    std::string text;
    const auto more = (*parts)(text);
    if (!more) return false;
    if (!text.empty() && !sink.write(text.data(), text.size())) return false;
    if (!*more) sink.done();
    return true;
  });
}

void answer_health(const std::optional<std::string>& unwell, httplib::Response& response) {
  if (unwell) response.status = kHttpUnavailable;
  response.set_content((unwell ? *unwell : "ok") + "\n", "text/plain");
}

// The library would share a port with another process. A port that a former agent had is taken at once.
void take_port_alone(int socket) {
  const int yes = 1;
  (void)setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

struct Server::Impl {
  httplib::Server server;
  std::thread thread;
  std::atomic<bool> has_ended{false};
  int port = 0;

  ~Impl() {
    if (!thread.joinable()) return;
    server.stop();
    thread.join();
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::Server(Server&&) noexcept = default;
Server::~Server() = default;
int Server::port() const { return impl_->port; }

Result<Server> Server::start(Use use) {
  auto impl = std::make_unique<Impl>();
  httplib::Server& server = impl->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_payload_max_length(0);
  server.set_read_timeout(kPatience);
  server.set_write_timeout(kPatience);
  server.set_keep_alive_max_count(kKeepAlive);
  server.set_keep_alive_timeout(1);
  server.set_socket_options(take_port_alone);
  server.Get("/metrics",
             [begin = std::move(use.begin)](const httplib::Request&, httplib::Response& response) {
               answer_metrics(begin, response);
             });
  server.Get("/healthz",
             [unwell = std::move(use.unwell)](const httplib::Request&, httplib::Response& response) {
               answer_health(unwell(), response);
             });
  const auto refuse = [](const httplib::Request&, httplib::Response& response) {
    response.status = kHttpMethodNotAllowed;
  };
  server.Post(".*", refuse).Put(".*", refuse).Patch(".*", refuse).Delete(".*", refuse);
  const Endpoint& at = use.endpoint;
  impl->port = at.port;
  if (at.port == 0)
    impl->port = server.bind_to_any_port(at.address.c_str());
  else if (!server.bind_to_port(at.address.c_str(), at.port))
    impl->port = -1;
  if (impl->port <= 0)
    return fail(ErrorCode::unavailable, "listen at " + at.address + " port " + std::to_string(at.port) +
                                            ": another program may have it; see 'ss -ltnp'");
  impl->thread = std::thread([running = impl.get()] {
    (void)running->server.listen_after_bind();
    running->has_ended = true;
  });
  while (!server.is_running() && !impl->has_ended) std::this_thread::yield();  // stop() before that is lost
  return Server(std::move(impl));
}

}  // namespace scoped::metrics
