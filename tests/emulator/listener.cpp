#include "tests/emulator/listener.h"

#include <httplib.h>
#include <openssl/ssl.h>

#include <sys/socket.h>

#include <thread>

namespace scoped::emulator {
namespace {

constexpr size_t kLongestBody = 1 << 20;

// Takes a socket that listens already, in the place of the one that the library would make.
template <typename Server>
class On final : public Server {
 public:
  using Server::Server;
  void adopt(int fd) { Server::svr_sock_ = fd; }
};

Result<Request> request_of(const httplib::Request& from) {
  Fields headers(from.headers.begin(), from.headers.end());
  return make_request(from.method, from.target, std::move(headers), from.body);
}

void fill(httplib::Response& to, Answer answer, const Clock& clock) {
  to.status = answer.status;
  for (const auto& [name, value] : answer.headers) to.set_header(name, value);
  to.set_header("Date", format_http_date(clock.now()));
  to.set_content(answer.body, answer.content_type);
}

// The library cannot leave a request without an answer, so the connection is ended below it.
void close_connection(const httplib::Request& request) {
  if (request.ssl != nullptr) (void)shutdown(SSL_get_fd(request.ssl), SHUT_RDWR);
}

void respond(const Service& service, const httplib::Request& from, httplib::Response& to) {
  const auto request = request_of(from);
  if (!request) {
    fill(to, {400, request.error().line(), {}, "text/plain", false}, *service.clock);
    return;
  }
  Answer answer = service.answer(*request);
  if (answer.closes) {
    close_connection(from);
    answer = service.closing;
  }
  fill(to, std::move(answer), *service.clock);
}

void configure(httplib::Server& server, const Service& service) {
  const auto handler = [service](const httplib::Request& request, httplib::Response& response) {
    respond(service, request, response);
  };
  server.Get(".*", handler).Post(".*", handler).Put(".*", handler).Patch(".*", handler).Delete(".*", handler);
  server.new_task_queue = [threads = service.threads] { return new httplib::ThreadPool(threads); };
  server.set_keep_alive_timeout(1);
  server.set_keep_alive_max_count(1000);
  server.set_payload_max_length(kLongestBody);
}

}  // namespace

struct Listener::Impl {
  std::unique_ptr<httplib::Server> server;
  std::thread thread;

  ~Impl() {
    if (!thread.joinable()) return;
    server->stop();
    thread.join();
  }
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::Listener(Listener&&) noexcept = default;
Listener::~Listener() = default;

Result<Listener> Listener::start(Fd listening, const std::optional<TlsFiles>& tls, Service service) {
  auto impl = std::make_unique<Impl>();
  if (tls) {
    auto server = std::make_unique<On<httplib::SSLServer>>(tls->certificate.c_str(), tls->key.c_str());
    if (!server->is_valid())
      return fail(ErrorCode::internal, "start a TLS server: the certificate is not accepted");
    server->adopt(listening.release());
    impl->server = std::move(server);
  } else {
    auto server = std::make_unique<On<httplib::Server>>();
    server->adopt(listening.release());
    impl->server = std::move(server);
  }
  configure(*impl->server, service);
  impl->thread = std::thread([server = impl->server.get()] { (void)server->listen_after_bind(); });
  while (!impl->server->is_running()) std::this_thread::yield();  // stop() before that would be lost
  return Listener(std::move(impl));
}

int probe(const std::string& host, int port, const std::string& path, const std::string& ca_file) {
  httplib::SSLClient client(host, port);
  client.set_hostname_addr_map({{host, "127.0.0.1"}});
  client.set_ca_cert_path(ca_file.c_str());
  client.enable_server_certificate_verification(true);
  client.set_connection_timeout(2);
  client.set_read_timeout(2);
  const auto response = client.Get(path.c_str());
  return response ? response->status : 0;
}

}  // namespace scoped::emulator
