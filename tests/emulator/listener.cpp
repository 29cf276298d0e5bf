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
  Request request = TRY(make_request(from.method, from.target, std::move(headers), from.body));
  const std::string* client = find_field(request.headers, kClientAddress);
  request.peer = client == nullptr ? from.remote_addr : *client;
  return request;
}

// The pause is taken where the second half is asked for, so that the first has left.
void set_in_halves(httplib::Response& to, Answer answer) {
  const size_t size = answer.body.size();
  const std::string type = answer.content_type;
  to.set_content_provider(size, type, [answer = std::move(answer)](size_t from, size_t length, auto& sink) {
    const size_t half = answer.body.size() / 2;
    if (from < half) return sink.write(answer.body.data() + from, half - from);
    if (answer.ending == Answer::Ending::cut) return false;
    std::this_thread::sleep_for(answer.pause);
    return sink.write(answer.body.data() + from, length);
  });
}

void fill(httplib::Response& to, Answer answer, const Clock& clock) {
  to.status = answer.status;
  to.set_header("Date", format_http_date(clock.now()));
  for (const auto& [name, value] : answer.headers) {
    to.headers.erase(name);
    to.set_header(name, value);
  }
  if (answer.ending == Answer::Ending::whole)
    to.set_content(answer.body, answer.content_type);
  else
    set_in_halves(to, std::move(answer));
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
