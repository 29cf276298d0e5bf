// Not tested here: where the logins go (tests/integration/setup.py).
#include "agent/ctl/clients/docker_logins.h"

#include "tests/support/catch.h"

#include <array>
#include <map>

using namespace scoped;
using answer::SavedLogin;

namespace {

std::string text_of(const Secret& secret) { return std::string(secret.reveal()); }

// What was taken out of a text, as "server user secret", and the text that is left.
struct Taken {
  std::vector<std::string> logins;
  std::vector<std::string> left;
  std::string text;
};

Taken take(std::string_view text) {
  const auto taken = ctl::take_logins(text);
  REQUIRE(taken);
  Taken seen{{}, taken->left, text_of(taken->text)};
  for (const ctl::DockerLogin& each : taken->logins)
    seen.logins.push_back(each.server_url + " " + each.login.username + " " + text_of(each.login.secret));
  return seen;
}

// With the logins that are in "server user secret" form.
std::string give_back(std::string_view text, const std::vector<std::string>& logins) {
  const auto returned =
      ctl::return_logins(text, [&](const std::string& server_url) -> Result<std::optional<SavedLogin>> {
        for (const std::string& login : logins) {
          const size_t first = login.find(' '), second = login.find(' ', first + 1);
          if (login.substr(0, first) == server_url)
            return std::optional<SavedLogin>(
                SavedLogin{login.substr(first + 1, second - first - 1), Secret(login.substr(second + 1))});
        }
        return std::optional<SavedLogin>();
      });
  REQUIRE(returned);
  return text_of(returned->text);
}

// "me:secret" is bWU6c2VjcmV0, "me:" is bWU6.
constexpr const char* kFile =
    "{\n\t\"auths\" : {\n\t\t\"a.example\": {\n\t\t\t\"auth\":  \"bWU6c2VjcmV0\"\n\t\t},\n"
    "\t\t\"https://index.docker.io/v1/\": { \"auth\": \"bWU6\", \"identitytoken\": \"ey.x-y_z\" },\n"
    "\t\t\"empty.example\": {} },\n\t\"z\": 1 }\n\n";

}  // namespace

TEST_CASE("logins are taken out of Docker's file and come back to the byte", "[ctl]") {
  const Taken taken = take(kFile);
  CHECK(taken.logins ==
        std::vector<std::string>{"a.example me secret", "https://index.docker.io/v1/ <token> ey.x-y_z"});
  CHECK(taken.left.empty());
  CHECK(taken.text.find("c2VjcmV0") == std::string::npos);
  CHECK(taken.text.find("ey.x") == std::string::npos);
  CHECK(give_back(taken.text, taken.logins) == kFile);
}

TEST_CASE("a second time there is nothing to take", "[ctl]") {
  const Taken taken = take(kFile);
  const Taken again = take(taken.text);
  CHECK(again.logins.empty());
  CHECK(again.text == taken.text);
}

TEST_CASE("a login that has gone meanwhile, or is of another kind, is not invented", "[ctl]") {
  const Taken taken = take(kFile);
  CHECK(give_back(taken.text, {}) == taken.text);
  CHECK(give_back(taken.text, {"a.example <token> x"}) == taken.text);
}

TEST_CASE("an entry that is not as Docker writes it stays, and is named", "[ctl]") {
  constexpr std::array kRows = {
      R"({"auth": "no base64"})",
      R"({"auth": "bWU"})",                // no colon, no padding
      R"({"auth": "bWU6c2VjcmV0AA=="})",   // a NUL at its end
      R"({"auth": "bWU6c2Vj\u0063mV0"})",  // would come back otherwise
      R"({"auth": 7})",
      R"({"auth": "bWU6c2VjcmV0", "identitytoken": "two"})",  // two secrets
      R"({"username": "me", "password": "secret"})",
      R"({"auth": "bWU6c2VjcmV0", "registrytoken": "x"})",
      R"([])",
      R"("bWU6c2VjcmV0")",
  };
  for (const char* entry : kRows) {
    const std::string text = std::string(R"({"auths": {"a.example": )") + entry + "}}";
    INFO(text);
    const Taken taken = take(text);
    CHECK(taken.logins.empty());
    CHECK(taken.left == std::vector<std::string>{"a.example"});
    CHECK(taken.text == text);
  }
}

TEST_CASE("a file without logins is left as it is", "[ctl]") {
  for (const char* text : {"", " \n", "{}", R"({"auths": {}})", R"({"auths": {"a": {}, "b": {"auth": ""}}})",
                           R"({"auths": {"a": {"auth": "bWU6"}}})"}) {
    INFO(text);
    const Taken taken = take(text);
    CHECK(taken.logins.empty());
    CHECK(taken.left.empty());
    CHECK(taken.text == text);
  }
}

TEST_CASE("a text that Docker cannot read is an error", "[ctl]") {
  for (const char* text : {"{", "[]", R"({"auths": []})", R"({"auths": {"a": {},}})"}) {
    INFO(text);
    CHECK_FALSE(ctl::take_logins(text));
    CHECK_FALSE(ctl::return_logins(
        text, [](const auto&) -> Result<std::optional<SavedLogin>> { return std::optional<SavedLogin>(); }));
  }
}
