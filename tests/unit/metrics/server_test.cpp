#include "agent/metrics/server.h"

#include "tests/support/catch.h"

#include <httplib.h>

using namespace scoped;
using metrics::Server;

namespace {

// Three parts, then the end; or the agent falls silent after `answered` of them.
Server::Parts three_parts(int answered = 3) {
  return [answered, sent = 0](std::string& to) mutable -> std::optional<bool> {
    if (sent == answered) return std::nullopt;
    to = "part " + std::to_string(++sent) + "\n";
    return sent < 3;
  };
}

Server start(int answered = 3, std::optional<std::string> unwell = {}) {
  auto started = Server::start({.endpoint = {"127.0.0.1", 0},
                                .begin = [answered] { return three_parts(answered); },
                                .unwell = [unwell] { return unwell; }});
  REQUIRE(started);
  return std::move(*started);
}

httplib::Client client_of(const Server& server) {
  httplib::Client client("127.0.0.1", server.port());
  client.set_read_timeout(10);
  return client;
}

}  // namespace

TEST_CASE("Metrics are sent part by part, and each reading begins anew", "[metrics]") {
  const Server server = start();
  httplib::Client client = client_of(server);
  for (int reading = 0; reading < 2; ++reading) {
    const auto response = client.Get("/metrics");
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == "part 1\npart 2\npart 3\n");
    CHECK(response->get_header_value("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  }
}

TEST_CASE("A reading that the agent does not finish is not taken for a whole one", "[metrics]") {
  const Server server = start(2);
  httplib::Client client = client_of(server);
  CHECK_FALSE(client.Get("/metrics"));
}

TEST_CASE("Health is a word, or the reason why not", "[metrics]") {
  const Server well = start();
  const auto good = client_of(well).Get("/healthz");
  REQUIRE(good);
  CHECK(good->status == 200);
  CHECK(good->body == "ok\n");
  const Server unwell = start(3, "a worker does not get on");
  const auto bad = client_of(unwell).Get("/healthz");
  REQUIRE(bad);
  CHECK(bad->status == 503);
  CHECK(bad->body == "a worker does not get on\n");
}

TEST_CASE("Nothing else is answered, and nothing can be written", "[metrics]") {
  const Server server = start();
  httplib::Client client = client_of(server);
  CHECK(client.Get("/")->status == 404);
  CHECK(client.Get("/metrics/../healthz")->status == 404);
  CHECK(client.Post("/metrics", "", "text/plain")->status == 405);
  CHECK(client.Delete("/healthz")->status == 405);
}

TEST_CASE("A port that another has is an error that names it", "[metrics]") {
  const Server first = start();
  const auto second = Server::start({.endpoint = {"127.0.0.1", first.port()},
                                     .begin = [] { return three_parts(); },
                                     .unwell = [] { return std::nullopt; }});
  REQUIRE_FALSE(second);
  CHECK(second.error().code() == ErrorCode::unavailable);
  CHECK(second.error().line().find("port " + std::to_string(first.port())) != std::string::npos);
}
