// Not tested here: TLS (curl_tls_test), proxies, name servers.
#include "common/base/clock.h"
#include "common/net/curl_module.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/net/raw_server.h"

#include <atomic>
#include <thread>

using namespace scoped;
using namespace std::chrono_literals;
using net::Request;
using test::RawServer;
using Connection = RawServer::Connection;

namespace {

std::unique_ptr<net::Transport> load(const std::atomic<bool>* stop = nullptr) {
  auto transport = net::load_curl_transport(stop);
  INFO((transport ? "" : transport.error().line()));
  REQUIRE(transport);
  return std::move(*transport);
}

Request request_to(const RawServer& server, std::string method = "GET", std::string path = "/") {
  Request request;
  request.method = std::move(method);
  request.url = server.url(path);
  return request;
}

Request write_to(const RawServer& server) {
  Request request = request_to(server, "POST");
  request.body = Secret("body");
  request.once = true;
  return request;
}

void answer_all(Connection& connection) {
  while (!connection.read_request().empty()) connection.answer("ok");
}

void read_then_close(Connection& connection) { connection.read_request(); }

std::string code_of(const Result<net::Response>& result) {
  return result ? "HTTP " + std::to_string(result->status) : std::string(name_of(result.error().code()));
}

std::string without_port(std::string text, const RawServer& server) {
  const std::string port = std::to_string(server.port());
  for (size_t at; (at = text.find(port)) != std::string::npos;) text.replace(at, port.size(), "PORT");
  return text;
}

}  // namespace

TEST_CASE("a request arrives as it was written, and nothing else", "[net]") {
  RawServer server(answer_all);
  Request request = request_to(server, "PUT", "/a/../b?x=%20");
  request.headers = {{"Accept", "application/json"}, {"X-Empty", ""}};
  request.bearer(Secret("t0ken"));
  request.content_type = "application/json";
  request.body = Secret("{}");
  REQUIRE(code_of(load()->send(request)) == "HTTP 200");
  CHECK(without_port(server.requests().at(0), server) ==
        "PUT /a/../b?x=%20 HTTP/1.1\r\n"
        "Host: 127.0.0.1:PORT\r\n"
        "User-Agent: docker-credential-scoped/" SCOPED_VERSION
        "\r\n"
        "Accept: application/json\r\n"
        "X-Empty:\r\n"
        "Authorization: Bearer t0ken\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: 2\r\n\r\n{}");
}

TEST_CASE("each method carries a body only where it has one", "[net]") {
  struct Row {
    const char* method;
    const char* body;
    bool has_length;
  };
  const Row row = GENERATE(Row{"GET", "", false}, Row{"HEAD", "", false}, Row{"DELETE", "", false},
                           Row{"LIST", "", false}, Row{"POST", "", true}, Row{"PUT", "", true},
                           Row{"PATCH", "x", true}, Row{"DELETE", "x", true});
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  Request request = request_to(server, row.method);
  request.body = Secret(row.body);
  CAPTURE(row.method, row.body);
  REQUIRE(code_of(load()->send(request)) == "HTTP 204");
  const std::string seen = server.requests().at(0);
  CHECK(seen.starts_with(row.method + std::string(" / HTTP/1.1\r\n")));
  CHECK((seen.find("Content-Length: " + std::to_string(request.body.size())) != std::string::npos) ==
        row.has_length);
  CHECK(seen.find("Content-Type") == std::string::npos);
}

TEST_CASE("a large body is sent whole, without asking first", "[net]") {
  RawServer server(answer_all);
  Request request = request_to(server, "POST");
  request.body = Secret(std::string(2 << 20, 'b'));
  REQUIRE(code_of(load()->send(request)) == "HTTP 200");
  const std::string seen = server.requests().at(0);
  CHECK(seen.size() > 2 << 20);
  CHECK(seen.find("Expect") == std::string::npos);
}

TEST_CASE("an answer is given with its headers, body and times", "[net]") {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.answer("hello", "Date: Thu, 01 Jan 2026 12:00:00 GMT\r\nX-A:  b \r\nRetry-After: 3\r\n");
  });
  const BootInstant before = RealClock().boot_now();
  const auto response = load()->send(request_to(server));
  REQUIRE(response);
  CHECK(response->body.reveal() == "hello");
  CHECK(response->header("x-a") == "b");
  CHECK(response->date == parse_rfc3339("2026-01-01T12:00:00Z").value());
  CHECK((before <= response->sent && response->sent <= response->received));
  CHECK(response->received <= RealClock().boot_now());
}

TEST_CASE("an interim answer is not the answer", "[net]") {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n");
    connection.answer("ok", "X-Late: 1\r\n");
  });
  const auto response = load()->send(request_to(server));
  REQUIRE(code_of(response) == "HTTP 200");
  CHECK(response->header("X-Early").empty());
  CHECK(response->header("X-Late") == "1");
}

TEST_CASE("a chunked answer is put together, trailers and all", "[net]") {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: 1\r\n\r\n");
    connection.wait_for_end();
  });
  CHECK(load()->send(request_to(server))->body.reveal() == "hello");
}

TEST_CASE("every status is an answer, a redirect too, which is not followed", "[net]") {
  const int status = GENERATE(200, 302, 307, 401, 404, 429, 503);
  RawServer server([status](Connection& connection) {
    while (!connection.read_request().empty())
      connection.send("HTTP/1.1 " + std::to_string(status) +
                      " Text\r\nLocation: /other\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
  });
  Request request = request_to(server);
  request.basic("u", Secret("p"));
  CHECK(code_of(load()->send(request)) == "HTTP " + std::to_string(status));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a connection serves the next request too", "[net]") {
  RawServer server(answer_all);
  const auto transport = load();
  for (int i = 0; i < 5; ++i) REQUIRE(code_of(transport->send(request_to(server))) == "HTTP 200");
  CHECK(server.connections() == 1);
  CHECK(server.requests().size() == 5);
}

TEST_CASE("a write that must leave once has a connection of its own", "[net]") {
  RawServer server(answer_all);
  const auto transport = load();
  for (int i = 0; i < 3; ++i) REQUIRE(code_of(transport->send(write_to(server))) == "HTTP 200");
  CHECK(server.connections() == 3);
  REQUIRE(code_of(transport->send(request_to(server))) == "HTTP 200");
  CHECK(server.connections() == 4);
}

// The trap: on a kept connection that dies unanswered, libcurl sends a POST again by itself.
TEST_CASE("a write reaches the server once, also when kept connections die", "[net]") {
  const bool once = GENERATE(false, true);
  RawServer server([](Connection& connection) {
    if (connection.number() > 1) return answer_all(connection);
    connection.read_request();
    connection.answer("ok");
    connection.read_request();  // and no answer
  });
  const auto transport = load();
  REQUIRE(code_of(transport->send(request_to(server))) == "HTTP 200");
  Request request = write_to(server);
  request.once = once;
  CHECK(code_of(transport->send(request)) == "HTTP 200");
  CHECK(server.connections() == 2);
  CHECK(server.requests().size() == (once ? 2 : 3));  // without `once` it was sent twice
}

TEST_CASE("the last look comes when the connection stands and no byte has left", "[net]") {
  RawServer server(answer_all);
  Request request = write_to(server);
  int looks = 0;
  bool stood = false;
  size_t bytes = 99;
  request.last_look = [&]() -> Result<> {
    ++looks;
    stood = server.wait_for_connections(1);
    bytes = server.bytes();
    return {};
  };
  CHECK(code_of(load()->send(request)) == "HTTP 200");
  CHECK(looks == 1);
  CHECK(stood);
  CHECK(bytes == 0);
}

TEST_CASE("a last look that fails gives its own error and nothing is sent", "[net]") {
  RawServer server(answer_all);
  Request request = write_to(server);
  request.last_look = [&]() -> Result<> {
    (void)server.wait_for_connections(1);
    return fail(Error(ErrorCode::conflict, "the slot has changed").with_http_status(7));
  };
  const auto result = load()->send(request);
  CHECK(code_of(result) == "conflict");
  CHECK(result.error().line() == "the slot has changed");
  CHECK(result.error().http_status() == 7);
  REQUIRE(server.wait_for_ends());
  CHECK(server.connections() == 1);
  CHECK(server.bytes() == 0);
}

TEST_CASE("a last look may send requests itself", "[net]") {
  RawServer server(answer_all);
  const auto transport = load();
  Request request = write_to(server);
  std::string seen;
  request.last_look = [&]() -> Result<> {
    seen = code_of(transport->send(request_to(server, "GET", "/look")));
    return {};
  };
  CHECK(code_of(transport->send(request)) == "HTTP 200");
  CHECK(seen == "HTTP 200");
  CHECK(server.requests().at(0).starts_with("GET /look"));
  CHECK(server.requests().at(1).starts_with("POST /"));
}

TEST_CASE("a request that cannot leave as it is written never leaves", "[net]") {
  RawServer server(answer_all);
  Request request = request_to(server);
  SECTION("http beyond loopback") { request.url = "http://192.0.2.1/"; }
  SECTION("a name that only starts like loopback") { request.url = "http://127.0.0.1.example.com/"; }
  SECTION("another protocol") { request.url = "file:///etc/passwd"; }
  SECTION("user info") { request.url = "http://u:p@127.0.0.1/"; }
  SECTION("no method") { request.method = ""; }
  SECTION("a method with more lines") { request.method = "GET / HTTP/1.1\r\nX:"; }
  SECTION("a header name with more lines") { request.headers = {{"X\r\nY", "z"}}; }
  SECTION("a header value with more lines") { request.headers = {{"X", "y\r\nZ: 1"}}; }
  SECTION("a bearer with more lines") { request.bearer(Secret("a\nX: 1")); }
  SECTION("a bearer with a NUL") { request.bearer(Secret(std::string_view("a\0b", 3))); }
  SECTION("a content type with more lines") { request.content_type = "a\r\nX: 1"; }
  SECTION("a last look without once") {
    request.last_look = []() -> Result<> { return {}; };
  }
  CHECK(code_of(load()->send(request)) == "invalid_input");
  CHECK(server.connections() == 0);
}

TEST_CASE("a server that is not there is unavailable, and the line shows no secret", "[net]") {
  std::string url;
  {
    RawServer gone(answer_all);
    url = gone.url("/p?api-version=1&sig=hunter2");
  }
  Request request;
  request.url = url;
  request.once = GENERATE(false, true);
  const auto result = load()->send(request);
  CHECK(code_of(result) == "unavailable");
  const std::string line = result.error().line();
  CAPTURE(line);
  CHECK(line.starts_with("GET http://127.0.0.1:"));
  CHECK(line.find("/p?api-version=1&sig=[redacted]: ") != std::string::npos);
  CHECK(line.find("hunter2") == std::string::npos);
}

TEST_CASE("an answer that breaks off is ambiguous", "[net]") {
  struct Row {
    const char* name;
    RawServer::Play play;
  };
  const Row row =
      GENERATE(Row{"closed at once", [](Connection&) {}}, Row{"closed after the request", read_then_close},
               Row{"half a status line",
                   [](Connection& connection) {
                     connection.read_request();
                     connection.send("HTTP/1.");
                   }},
               Row{"half the headers",
                   [](Connection& connection) {
                     connection.read_request();
                     connection.send("HTTP/1.1 200 OK\r\nContent-");
                   }},
               Row{"half the body",
                   [](Connection& connection) {
                     connection.read_request();
                     connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
                   }},
               Row{"a chunk cut short",
                   [](Connection& connection) {
                     connection.read_request();
                     connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
                   }},
               Row{"no HTTP at all", [](Connection& connection) {
                     connection.read_request();
                     connection.send("220 mail.example.com ESMTP\r\n");
                   }});
  CAPTURE(row.name);
  RawServer server(row.play);
  const auto result = load()->send(write_to(server));
  CHECK(code_of(result) == "ambiguous");
  CHECK(server.connections() == 1);
}

TEST_CASE("an answer that does not end in time is ambiguous", "[net]") {
  RawServer server([](Connection& connection) {
    connection.read_request();
    if (connection.number() == 2) connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    connection.wait_for_end();
  });
  const auto transport = load();
  for (int i = 0; i < 2; ++i) {
    Request request = write_to(server);
    request.limits.total = 50ms;
    CHECK(code_of(transport->send(request)) == "ambiguous");
  }
}

TEST_CASE("an answer beyond the limit is cut off", "[net]") {
  const bool once = GENERATE(false, true);
  const char* start = GENERATE("HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX: ");
  RawServer server([start](Connection& connection) {
    connection.read_request();
    connection.send(start);
    while (connection.send(std::string(1000, 'x') + "\r\nX: ")) {
    }
  });
  Request request = request_to(server);
  request.once = once;
  request.limits.body_bytes = 10'000;
  CHECK(code_of(load()->send(request)) == (once ? "ambiguous" : "corrupt"));
}

TEST_CASE("an answer of exactly the limit is whole", "[net]") {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.answer(std::string(10'000, 'x'));
  });
  Request request = request_to(server);
  request.limits.body_bytes = 10'000;
  CHECK(load()->send(request)->body.size() == 10'000);
}

TEST_CASE("nothing leaves once we were asked to stop", "[net]") {
  RawServer server(answer_all);
  std::atomic<bool> stop{false};
  const auto transport = load(&stop);
  Request request = write_to(server);
  SECTION("before the request") { stop = true; }
  SECTION("during the last look") {
    request.last_look = [&]() -> Result<> {
      stop = true;
      return {};
    };
  }
  CHECK(code_of(transport->send(request)) == "cancelled");
  REQUIRE(server.wait_for_ends());
  CHECK(server.bytes() == 0);
}

TEST_CASE("a read that waits is cancelled when we are asked to stop", "[net]") {
  std::atomic<bool> stop{false};
  RawServer server([&](Connection& connection) {
    connection.read_request();
    stop = true;
    connection.wait_for_end();
  });
  const auto result = load(&stop)->send(request_to(server));
  CHECK(code_of(result) == "cancelled");
  CHECK(result.error().line() == "GET " + server.url() + ": stopped");
}

TEST_CASE("a write that has left may bring its answer home after we were asked to stop", "[net]") {
  std::atomic<bool> stop{false};
  RawServer server([&](Connection& connection) {
    connection.read_request();
    stop = true;
    connection.answer(std::string(3 << 20, 'p'));  // too much for one look at the connection
  });
  CHECK(load(&stop)->send(write_to(server))->body.size() == 3 << 20);
}

TEST_CASE("a write that has left and stays unanswered after the grace is ambiguous", "[net][slow]") {
  std::atomic<bool> stop{false};
  RawServer server([&](Connection& connection) {
    connection.read_request();
    stop = true;
    connection.wait_for_end();
  });
  const auto result = load(&stop)->send(write_to(server));
  CHECK(code_of(result) == "ambiguous");
  CHECK(result.error().line() == "POST " + server.url() + ": stopped while waiting for the answer");
}

TEST_CASE("many threads share a transport", "[net]") {
  RawServer server([](Connection& connection) {
    for (std::string request; !(request = connection.read_request()).empty();)
      connection.answer(request.substr(0, request.find(" HTTP")));
  });
  const auto transport = load();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 10; ++k) {
        const std::string path = "/" + std::to_string(i) + "/" + std::to_string(k);
        const auto response = transport->send(request_to(server, "GET", path));
        if (!response || response->body.reveal() != "GET " + path) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(server.requests().size() == 80);
  CHECK(server.connections() <= 80);
}

TEST_CASE("loopback is asked directly, whatever the environment says of proxies", "[net]") {
  RawServer server(answer_all);
  REQUIRE(setenv("http_proxy", "http://127.0.0.1:1", 1) == 0);
  const auto result = load()->send(request_to(server));
  unsetenv("http_proxy");
  CHECK(code_of(result) == "HTTP 200");
}

TEST_CASE("a request is sent to the socket of its route, by http to localhost", "[net]") {
  const test::TemporaryFolder folder;
  RawServer server(answer_all, folder / "vault.sock");
  RawServer other(answer_all);
  Request request;
  request.url = "http://localhost/v1/sys/health";
  request.route.socket = folder / "vault.sock";
  const auto transport = load();
  CHECK(code_of(transport->send(request)) == "HTTP 200");
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].starts_with("GET /v1/sys/health HTTP/1.1\r\nHost: localhost\r\n"));
  CHECK(code_of(transport->send(request_to(other))) == "HTTP 200");  // and others go their usual way
  CHECK(server.requests().size() == 1);
  request.url = "http://127.0.0.1/";
  CHECK(transport->send(request).error().line().ends_with(": behind a socket is http://localhost only"));
}

TEST_CASE("a socket on which nobody listens is unavailable, and the line names it", "[net]") {
  const test::TemporaryFolder folder;
  Request request;
  request.url = "http://localhost/";
  request.route.socket = folder / "nobody";
  const auto result = load()->send(request);
  CHECK(code_of(result) == "unavailable");
  CHECK(
      result.error().line().starts_with("GET http://localhost/ at socket '" + request.route.socket + "': "));
}
