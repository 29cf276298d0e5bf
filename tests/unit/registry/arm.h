// ARM as the tests play it: a scripted transport, an identity that counts its logins, and a control plane
// over both. Waiting moves the fake clock and is written down.
#pragma once

#include "agent/registry/control_plane.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace scoped::test {

inline const std::string kResource =
    "/subscriptions/8a5c/resourceGroups/rg-1/providers/Microsoft.ContainerRegistry/registries/myRegistry";
inline const std::string kArm = "https://management.azure.com";
inline const std::string kVersion = "?api-version=2023-07-01";

inline std::string arm_url(const std::string& path) { return kArm + kResource + "/" + path + kVersion; }

// Its bearers are "bearer-1", "bearer-2" and so on; each refusal begins the next.
class CountingIdentity final : public net::Authorizer {
 public:
  Result<> authorize(net::Request& request) override {
    if (broken) return fail(ErrorCode::unavailable, "the authority does not answer");
    request.bearer(Secret("bearer-" + std::to_string(logins.load())));
    return {};
  }
  void refused() override { ++logins; }
  Result<net::Pinned> pin(std::chrono::seconds) override { return fail(ErrorCode::internal, "not played"); }

  std::atomic<int> logins{1};
  bool broken = false;
};

inline config::Registry acr_registry() {
  config::Registry registry;
  registry.host = "myregistry.azurecr.io";
  registry.ca_file = "/ca/registry.pem";
  config::Typed control;
  control.type = "acr";
  control.origin = {"/etc/scoped/config.json", 12, true};
  control.values = {{"resource_id", kResource},
                    {"identity", std::string("rotator")},
                    {"endpoint", kArm},
                    {"api_version", std::string("2023-07-01")},
                    {"ca_file", std::string("/ca/arm.pem")}};
  registry.control = control;
  return registry;
}

struct Arm {
  FakeClock clock;
  SeededRandom random;
  FakeTransport transport{&clock};
  CountingIdentity identity;
  std::string waits;           // "500ms 1s"
  std::optional<int> stop_at;  // this wait is told to stop
  std::unique_ptr<registry::ControlPlane> plane = make();

  std::unique_ptr<registry::ControlPlane> make() {
    const auto wait = [this](std::chrono::milliseconds length) {
      if (stop_at && (*stop_at)-- == 0) return false;
      waits += (waits.empty() ? "" : " ") + format_duration(length);
      clock.advance(length);
      return true;
    };
    return registry::make_control_plane(acr_registry(), {transport, clock, random, identity, wait}).value();
  }

  net::Pinned pinned{Secret("claim-bearer"), {}};
  registry::GenerateRequest generate_request() const {
    registry::GenerateRequest request;
    request.token = "ci-main";
    request.slot = "password1";
    request.expiry = parse_rfc3339("2026-04-01T00:00:00.12345Z").value();
    request.pinned = &pinned;
    return request;
  }
};

// ARM's error document; the message must never be shown.
inline std::string arm_error(const std::string& code) {
  return R"({"error":{"code":")" + code + R"(","message":"FOREIGN TEXT"},"status":"Failed"})";
}

inline std::string token_body(const std::string& name, const std::string& state = "Succeeded") {
  return R"({"name":")" + name + R"(","properties":{"scopeMapId":")" + kResource +
         R"(/scopeMaps/app-pull","status":"enabled","provisioningState":")" + state +
         R"(","credentials":{"passwords":[]}}})";
}

inline std::string scope_map_body(const std::string& name, const std::string& state = "Succeeded") {
  return R"({"name":")" + name + R"(","properties":{"description":"d","provisioningState":")" + state +
         R"(","actions":["repositories/app/content/read"]}})";
}

inline const std::string kGeneratedBody =
    R"({"username":"ci-main","passwords":[{"creationTime":"2026-01-01T00:00:00.7654321+00:00",)"
    R"("expiry":"2026-04-01T00:00:00.12345+00:00","name":"password1","value":"NEW-VALUE"},)"
    R"({"creationTime":"2025-12-01T00:00:00.1+00:00","name":"password2"}]})";

// "accepted", or the code and the line of the error. No error may show what ARM wrote.
template <typename T>
std::string outcome(const Result<T>& result) {
  if (result) return "accepted";
  const std::string line = result.error().line();
  for (const char* hidden : {"FOREIGN TEXT", "NEW-VALUE", "bearer-", "claim-bearer"})
    if (line.find(hidden) != std::string::npos) return "it shows " + std::string(hidden);
  return std::string(name_of(result.error().code())) + ": " + line;
}

}  // namespace scoped::test
