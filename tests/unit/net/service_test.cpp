// Not tested here: the question, which tests/vault/variables.py asks of a name server.
#include "common/net/service.h"

#include "tests/support/catch.h"

#include <vector>

using namespace scoped;
using net::preferred_service;

namespace {

std::string two(int number) { return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)}; }

std::string name_of(const std::string& text) {
  std::string name;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('.', start), text.size());
    name += static_cast<char>(end - start) + text.substr(start, end - start);
    start = end + 1;
  }
  return name + '\0';
}

struct Entry {
  int priority;
  int weight;
  int port;
  std::string target;  // as it is in the message
  int type = 33;
};

std::string message_of(const std::vector<Entry>& entries) {
  std::string message =
      two(1) + two(0x8180) + two(1) + two(static_cast<int>(entries.size())) + two(0) + two(0);
  message += name_of("_http._tcp.vault.corp") + two(33) + two(1);  // "vault.corp" is at 12 + 11
  for (const Entry& each : entries) {
    const std::string data = two(each.priority) + two(each.weight) + two(each.port) + each.target;
    message +=
        two(0xc00c) + two(each.type) + two(1) + two(0) + two(60) + two(static_cast<int>(data.size())) + data;
  }
  return message;
}

std::string chosen(const std::string& message) {
  const auto service = preferred_service(message);
  return service ? service->target + ":" + std::to_string(service->port) : "none";
}

}  // namespace

TEST_CASE("the service of the least priority is chosen, then of the greatest weight", "[net]") {
  CHECK(chosen(message_of({{20, 9, 1, name_of("c.corp")},
                           {10, 1, 8200, name_of("a.corp")},
                           {10, 5, 8201, name_of("b.corp")},
                           {10, 5, 8202, name_of("d.corp")}})) == "b.corp:8201");
}

TEST_CASE("a name may end elsewhere in the message", "[net]") {
  CHECK(chosen(message_of({{1, 1, 8200, std::string("\x04node") + two(0xc017)}})) == "node.vault.corp:8200");
}

TEST_CASE("what names no host is passed over", "[net]") {
  CHECK(chosen(message_of({})) == "none");
  for (const std::string& target :
       {std::string(1, '\0'), name_of("a b"), name_of("u@host"), name_of("host/x"), name_of("host:1"),
        two(0xc000 | 0x3fff), std::string("\x3fx")})
    CHECK(chosen(message_of({{0, 0, 1, target}, {1, 1, 2, name_of("good")}})) == "good:2");
  CHECK(chosen(message_of({{0, 0, 0, name_of("portless")}})) == "none");
  CHECK(chosen(message_of({{0, 0, 1, name_of("alias"), 5}})) == "none");
}

TEST_CASE("a message that is cut or goes round in a circle is read to its end", "[net]") {
  const std::string whole = message_of({{1, 1, 8200, name_of("host")}});
  for (size_t size = 0; size < whole.size(); ++size) CHECK(chosen(whole.substr(0, size)) == "none");
  const int here = static_cast<int>(whole.size() - name_of("host").size());
  CHECK(chosen(message_of({{1, 1, 8200, two(0xc000 | here)}})) == "none");
}
