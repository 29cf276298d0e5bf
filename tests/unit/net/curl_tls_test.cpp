// Not tested here: the system's own authorities, which a test cannot add to.
#include "common/crypto/jws.h"
#include "common/net/curl_module.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/net/raw_server.h"

#include <httplib.h>

#include <atomic>
#include <thread>

using namespace scoped;

namespace {

// Keys are made once: they cost more than everything else here.
const crypto::PrivateKey& key(bool authority) {
  static const auto ours = crypto::PrivateKey::make_rsa(2048).value();
  static const auto servers = crypto::PrivateKey::make_rsa(2048).value();
  return authority ? ours : servers;
}

crypto::Certificate certificate(const std::string& name, const crypto::Certificate* issuer,
                                std::vector<std::string> addresses) {
  crypto::CertificateRequest request;
  request.common_name = name;
  for (std::string& each : addresses)
    (each[0] >= '0' && each[0] <= '9' ? request.ip_addresses : request.dns_names).push_back(std::move(each));
  request.not_before = parse_rfc3339("2020-01-01T00:00:00Z").value();
  request.not_after = parse_rfc3339("2049-01-01T00:00:00Z").value();
  request.authority = issuer == nullptr;
  return crypto::make_certificate(key(issuer == nullptr), request, issuer,
                                  issuer == nullptr ? nullptr : &key(true))
      .value();
}

// A server on 127.0.0.1 under a private authority, with a certificate for `address`.
class TlsServer {
 public:
  explicit TlsServer(const std::string& address = "127.0.0.1") {
    const auto authority = certificate("test authority", nullptr, {});
    test::spill(ca_file(), authority.pem);
    test::spill(folder_ / "leaf.pem", certificate("server", &authority, {address}).pem);
    test::spill(folder_ / "key.pem", std::string(key(false).pem().reveal()));
    server_ =
        std::make_unique<httplib::SSLServer>((folder_ / "leaf.pem").c_str(), (folder_ / "key.pem").c_str());
    server_->Post("/", [this](const httplib::Request& request, httplib::Response& response) {
      ++requests_;
      const std::lock_guard lock(mutex_);
      host_ = request.get_header_value("Host");
      response.set_content(request.body, "text/plain");
    });
    port_ = server_->bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    server_->stop();
    thread_.join();
  }

  std::string ca_file() const { return folder_ / "ca.pem"; }
  int requests() const { return requests_; }
  int port() const { return port_; }
  std::string host() const {  // of the last request's header
    const std::lock_guard lock(mutex_);
    return host_;
  }
  net::Request request() const {
    net::Request request;
    request.method = "POST";
    request.url = "https://127.0.0.1:" + std::to_string(port_) + "/";
    request.body = Secret("hello");
    request.once = true;  // a kept connection would hold up the server's end
    return request;
  }

 private:
  mutable std::mutex mutex_;
  std::string host_;
  test::TemporaryFolder folder_;
  std::unique_ptr<httplib::SSLServer> server_;
  std::atomic<int> requests_{0};
  int port_ = 0;
  std::thread thread_;
};

std::string outcome_of(const net::Request& request) {
  const auto response = net::load_curl_transport().value()->send(request);
  return response ? std::string(response->body.reveal())
                  : std::string(name_of(response.error().code())) + ": " + response.error().line();
}

}  // namespace

TEST_CASE("a server of a private authority is believed with its ca_file", "[net]") {
  TlsServer server;
  net::Request request = server.request();
  request.ca_file = server.ca_file();
  CHECK(outcome_of(request) == "hello");
}

TEST_CASE("a server of an unknown authority is refused before anything is sent, and the line says what to do",
          "[net]") {
  TlsServer server;
  const std::string outcome = outcome_of(server.request());
  CAPTURE(outcome);
  CHECK(outcome.starts_with("unavailable: POST https://127.0.0.1:"));
  CHECK(outcome.find("set ca_file, if the server's certificate comes from a private authority") !=
        std::string::npos);
  CHECK(server.requests() == 0);
}

TEST_CASE("a certificate for another address is refused", "[net]") {
  TlsServer server("127.0.0.2");
  net::Request request = server.request();
  request.ca_file = server.ca_file();
  CHECK(outcome_of(request).starts_with("unavailable: "));
  CHECK(server.requests() == 0);
}

TEST_CASE("the last look comes after the handshake", "[net]") {
  TlsServer server;
  net::Request request = server.request();
  int looks = 0;
  request.last_look = [&]() -> Result<> {
    ++looks;
    return fail(ErrorCode::conflict, "changed");
  };
  CHECK(outcome_of(request).starts_with("unavailable: "));
  CHECK(looks == 0);  // no handshake without the authority
  request.ca_file = server.ca_file();
  CHECK(outcome_of(request) == "conflict: changed");
  CHECK(looks == 1);
  CHECK(server.requests() == 0);
}

TEST_CASE("a ca_file that cannot be read is a configuration error that names it", "[net]") {
  TlsServer server;
  net::Request request = server.request();
  request.ca_file = "/nonexistent/ca.pem";
  const std::string outcome = outcome_of(request);
  CHECK(outcome.starts_with("configuration: POST "));
  CHECK(outcome.ends_with("ca_file: open '/nonexistent/ca.pem': No such file or directory"));
}

TEST_CASE("a server that speaks no TLS is unavailable to https", "[net]") {
  test::RawServer server([](test::RawServer::Connection& connection) { connection.send("hello\r\n"); });
  net::Request request;
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  CHECK(outcome_of(request).starts_with("unavailable: "));
}

TEST_CASE("a request goes through the proxy of its route, whatever the environment says of proxies",
          "[net]") {
  TlsServer server;
  test::RawServer proxy([&](test::RawServer::Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 Connection established\r\n\r\n");
    connection.pass_on(server.port());
  });
  net::Request request = server.request();
  request.ca_file = server.ca_file();
  request.secret_headers.emplace_back("X-Vault-Token", Secret("t1"));
  request.route.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  request.route.proxy_login = std::make_shared<const Secret>("me:p%20w");
  REQUIRE(setenv("no_proxy", "*", 1) == 0);
  REQUIRE(setenv("https_proxy", "http://127.0.0.1:1", 1) == 0);
  CHECK(outcome_of(request) == "hello");
  unsetenv("no_proxy");
  unsetenv("https_proxy");
  REQUIRE(proxy.requests().size() == 1);
  const std::string asked = proxy.requests()[0];
  CAPTURE(asked);
  CHECK(asked.starts_with("CONNECT 127.0.0.1:" + std::to_string(server.port()) + " HTTP/1.1"));
  CHECK(asked.find("Proxy-Authorization: Basic bWU6cCB3\r\n") != std::string::npos);  // "me:p w"
  CHECK(asked.find("t1") == std::string::npos);
}

TEST_CASE("a proxy that refuses is one line without its login, and nothing was sent", "[net]") {
  TlsServer server;
  test::RawServer proxy([](test::RawServer::Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  });
  net::Request request = server.request();
  request.route.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  request.route.proxy_login = std::make_shared<const Secret>("me:hunter2");
  const std::string outcome = outcome_of(request);
  CAPTURE(outcome);
  CHECK(outcome.starts_with("unavailable: POST https://127.0.0.1:"));
  CHECK(outcome.find("407") != std::string::npos);
  CHECK(outcome.find("hunter2") == std::string::npos);
  CHECK(server.requests() == 0);
}

TEST_CASE("a proxy over TLS is believed by the request's own authorities", "[net]") {
  TlsServer server, proxy;  // the second one knows no CONNECT
  net::Request request = server.request();
  request.route.proxy = "https://127.0.0.1:" + std::to_string(proxy.port());
  CHECK(outcome_of(request).find("certificate") != std::string::npos);
  request.ca_file = server.ca_file();
  CHECK(outcome_of(request).find("CONNECT tunnel failed") != std::string::npos);
}

TEST_CASE("what is not encrypted goes through no proxy of a route", "[net]") {
  net::Request request;
  request.url = "http://127.0.0.1:1/";
  request.route.proxy = "http://127.0.0.1:1";
  CHECK(
      outcome_of(request) ==
      "invalid_input: GET http://127.0.0.1:1/: a proxy is for https only: it would read everything; give an "
      "https address");
}

TEST_CASE("another name than the URL's is asked for and verified, and the connection goes where the URL says",
          "[net]") {
  TlsServer server("vault.corp");
  net::Request request = server.request();
  request.ca_file = server.ca_file();
  CHECK(outcome_of(request).starts_with("unavailable: "));
  request.route.server_name = "vault.corp";
  CHECK(outcome_of(request) == "hello");
  CHECK(server.host() == "127.0.0.1:" + std::to_string(server.port()));
  request.route.server_name = "other.corp";
  CHECK(outcome_of(request).starts_with("unavailable: "));
  CHECK(server.requests() == 1);
  SECTION("through a proxy too") {
    test::RawServer proxy([&](test::RawServer::Connection& connection) {
      connection.read_request();
      connection.send("HTTP/1.1 200 Connection established\r\n\r\n");
      connection.pass_on(server.port());
    });
    request.route.server_name = "vault.corp";
    request.route.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    CHECK(outcome_of(request) == "hello");
    CHECK(proxy.requests().at(0).starts_with("CONNECT 127.0.0.1:" + std::to_string(server.port())));
  }
}

TEST_CASE("the other name is asked for in TLS, and the URL's is not", "[net]") {
  std::string hello;
  test::RawServer server([&](test::RawServer::Connection& connection) { hello = connection.read_some(); });
  net::Request request;
  request.url = "https://localhost:" + std::to_string(server.port()) + "/";
  request.route.server_name = "vault.corp";
  CHECK(outcome_of(request).starts_with("unavailable: "));
  REQUIRE(server.wait_for_ends());
  CHECK(hello.find("vault.corp") != std::string::npos);
  CHECK(hello.find("localhost") == std::string::npos);
}

TEST_CASE("a kept connection serves no request under another name", "[net]") {
  TlsServer server("vault.corp");
  net::Request request = server.request();
  request.ca_file = server.ca_file();
  request.once = false;
  const auto transport = net::load_curl_transport().value();
  request.route.server_name = "vault.corp";
  REQUIRE(transport->send(request));
  request.route.server_name = "other.corp";
  CHECK_FALSE(transport->send(request));
  CHECK(server.requests() == 1);
}
