// An identity of the table, made from settings and variables, and requests that it authorizes.
#pragma once

#include "common/identity/identity.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"
#include "tests/support/temporary_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace scoped::identity::test {

using scoped::test::Answer;
using scoped::test::SentRequest;

inline const std::string kVaultScope = "https://vault.azure.net/.default";

struct Scene {
  scoped::test::FakeClock clock;
  scoped::test::FakeTransport transport{&clock};
  scoped::test::SeededRandom random;
  scoped::test::TemporaryFolder folder;
  std::map<std::string, std::string> variables;
  config::Typed settings;
  std::optional<net::Site> site;
  std::vector<std::chrono::milliseconds> waits;
  bool waiting = true;  // false: asked to stop
  std::unique_ptr<FixedEnvironment> environment;
  std::unique_ptr<net::Authorizer> made;

  explicit Scene(const std::string& type) {
    settings.name = "host";
    settings.type = type;
  }

  Context context() {
    environment = std::make_unique<FixedEnvironment>(variables, geteuid());
    return {transport, clock, *environment, random, site, [this](std::chrono::milliseconds length) {
              waits.push_back(length);
              clock.advance(length);
              return waiting;
            }};
  }
  Result<std::unique_ptr<net::Authorizer>> make() { return make_identity(settings, context()); }

  static std::string line_of(const Error& error) {
    return std::string(name_of(error.code())) + ": " + error.line();
  }
  // The header that a request gets, or the error; the identity is made with the first.
  std::string authorize() {
    if (!made) {
      auto fresh = make();
      if (!fresh) return line_of(fresh.error());
      made = std::move(*fresh);
    }
    net::Request request;
    const auto done = made->authorize(request);
    return done ? std::string(request.secret_headers.at(0).second.reveal()) : line_of(done.error());
  }
  void set_text(const std::string& name, const std::string& value) { settings.values[name] = value; }
  void set_secret_file(const std::string& name, const std::string& file, const std::string& text) {
    settings.values[name] = config::SecretSource{config::SecretSource::Kind::file, keep(file, text)};
  }
  std::string keep(const std::string& file, const std::string& text) {
    const std::string path = folder / file;
    scoped::test::spill(path, text);
    REQUIRE(chmod(path.c_str(), 0600) == 0);
    return path;
  }
};

// A field of a form that was sent, decoded; "" where it was not.
inline std::string field_of(const SentRequest& request, const std::string& name) {
  const std::string text = "&" + request.body;
  const size_t start = text.find("&" + name + "=");
  if (start == std::string::npos) return "";
  const size_t begin = start + name.size() + 2;
  return net::percent_decode(text.substr(begin, text.find('&', begin) - begin)).value();
}

inline std::string bearer_answer(const std::string& token, const std::string& more = R"("expires_in":3599)") {
  return R"({"token_type":"Bearer",)" + more + R"(,"access_token":")" + token + R"("})";
}

inline std::string refusal_of(const std::string& error, const std::string& description) {
  return R"({"error":")" + error + R"(","error_description":")" + description +
         R"(","correlation_id":"c-1"})";
}

}  // namespace scoped::identity::test
