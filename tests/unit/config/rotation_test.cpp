// The numbers of the rotation: what is inherited, and what cannot hold together. Not tested here: the grammar
// of a number (value_test).
#include "common/config/rotation.h"

#include "tests/support/catch.h"
#include "tests/unit/config/scene.h"

using namespace scoped;
using namespace scoped::config;
using namespace scoped::config::test;
using namespace std::chrono_literals;

namespace {

// A registry that is rotated, with one "rotation" a level, each on a line of its own.
std::string rotated(const std::string& registry, const std::string& token = "", const std::string& other = "",
                    const std::string& type = "entra_secret") {
  const auto rotation = [](const std::string& numbers) {
    return numbers.empty() ? std::string() : "\"rotation\": {" + numbers + "}";
  };
  const std::string identity = type == "entra_secret" ? R"(, "tenant": "t", "client_secret": "env:S")" : "";
  return R"({ "identities": {"rotator": {"type": ")" + type + "\"" + identity + R"(}},
  "registries": {"r.azurecr.io": {
    "control": {"type": "acr", "resource_id": "/x", "identity": "rotator"},
    )" + (registry.empty() ? "" : rotation(registry) + ",") +
         R"(
    "tokens": {
      "alpha": {)" +
         rotation(token) + R"(},
      "bravo": {)" +
         rotation(other) + "}}}}}";
}

const std::string kSeconds =
    R"("lifetime": "64s", "rotate_at": "50%", "offline": "4s", "hold": "4s", "settle": "2s", "jitter": "2s",
       "fence_min": "2s", "fence_max": "8s", "fence_margin": "2s")";

}  // namespace

TEST_CASE("the built-in numbers are those of the design and hold together", "[config]") {
  const Rotation built_in = default_rotation();
  CHECK(built_in.lifetime == 24h * 90);
  CHECK(built_in.rotate_at_percent == 66);
  CHECK(built_in.offline == 24h * 7);
  CHECK(built_in.hold == 8h);
  CHECK(built_in.settle == 10min);
  CHECK(built_in.logins == 2);
  CHECK(built_in.jitter == 1h);
  CHECK(built_in.skew == 30s);
  CHECK(built_in.retire == "expire");
  CHECK(built_in.fence_min == 2min);
  CHECK(!built_in.fence_max);
  CHECK(built_in.fence_margin == 10min);
  CHECK(built_in.repair_budget == 15min);
  CHECK(built_in.observe == 5min);
  CHECK(contradictions(built_in, {"rotator", 24h}).empty());
}

TEST_CASE("a number is inherited from the registry, and from what is built in", "[config]") {
  const Config config = parsed(rotated(R"("hold": "9h", "logins": 3)", R"("hold": "10h")"));
  const Registry& registry = config.registries.at("r.azurecr.io");
  CHECK(registry.rotation.hold == 9h);
  CHECK(registry.tokens.at("alpha").rotation.hold == 10h);
  CHECK(registry.tokens.at("alpha").rotation.logins == 3);
  CHECK(registry.tokens.at("bravo").rotation.hold == 9h);
  CHECK(registry.tokens.at("bravo").rotation.offline == 24h * 7);
}

TEST_CASE("a policy of seconds that just fits is accepted", "[config]") {
  CHECK(problems(rotated(kSeconds)).empty());
}

TEST_CASE("numbers that cannot hold together say which one to change", "[config]") {
  CHECK(problems(rotated(R"("lifetime": "1d")")) ==
        "c:4: 'rotate_at' 66% of 'lifetime' 1d leaves 8h, but offline + hold + settle + jitter + 2 x "
        "(fence_max + "
        "fence_margin) is 8d: raise 'lifetime' to at least 23d or lower 'offline' (7d) or 'hold' (8h)\n");
  CHECK(problems(rotated(R"("lifetime": "20d")")) ==
        "c:4: 'rotate_at' 66% of 'lifetime' 20d leaves 6d, but offline + hold + settle + jitter + 2 x "
        "(fence_max + "
        "fence_margin) is 8d: raise 'lifetime' to at least 23d or lower 'rotate_at' to 62%\n");
}

TEST_CASE("the advised number is one that is accepted", "[config]") {
  CHECK(problems(rotated(R"("lifetime": "23d")")).empty());
  CHECK(problems(rotated(R"("lifetime": "20d", "rotate_at": "62%")")).empty());
  CHECK(!problems(rotated(R"("lifetime": "20d", "rotate_at": "63%")")).empty());
  std::string tight = kSeconds;
  CHECK(!problems(rotated(tight.replace(tight.find("64s"), 3, "63s"))).empty());
}

TEST_CASE("the bound of the identity counts where fence_max is not given", "[config]") {
  const std::string numbers = R"("lifetime": "23d")";
  CHECK(problems(rotated(numbers)).empty());
  CHECK(problems(rotated(numbers, "", "", "managed_identity")).find("raise 'lifetime'") != std::string::npos);
  CHECK(problems(rotated(numbers + R"(, "fence_max": "90m")", "", "", "managed_identity")).empty());
}

TEST_CASE("fence_min beyond fence_max is refused", "[config]") {
  CHECK(problems(rotated(R"("fence_min": "2h")")) ==
        "c:4: 'fence_min' is 2h, but the bearer of identity 'rotator' is at most 90m: lower 'fence_min' to "
        "that\n");
  CHECK(problems(rotated(R"("fence_min": "9m", "fence_max": "8m")")) ==
        "c:4: 'fence_min' is 9m, but 'fence_max' is at most 8m: lower 'fence_min' to that\n");
}

TEST_CASE("an inherited contradiction is told once, at the nearest place that sets a number of it",
          "[config]") {
  const std::string registry = problems(rotated(R"("lifetime": "1d")", R"("logins": 3)"));
  CHECK(registry.starts_with("c:4: "));
  CHECK(std::count(registry.begin(), registry.end(), '\n') == 1);
  const std::string token = problems(rotated("", R"("lifetime": "1d")"));
  CHECK(token.starts_with("c:6: "));
  CHECK(std::count(token.begin(), token.end(), '\n') == 1);
}

TEST_CASE("a registry's number that every token replaces is not held against it", "[config]") {
  const std::string fits = R"("lifetime": "90d")";
  CHECK(problems(rotated(R"("lifetime": "1d")", fits, fits)).empty());
  CHECK(!problems(rotated(R"("lifetime": "1d")", fits)).empty());
}

TEST_CASE("built-in numbers that an identity makes impossible are told at the control plane", "[config]") {
  Report report;
  report.open_file("c", false);
  const RotationLevel built_in = built_in_rotation();
  check_rotation(built_in, {{"alpha", built_in}}, {"rotator", 24h * 60}, report.here(3), report);
  const auto found = report.take();
  REQUIRE(found.size() == 1);
  CHECK(found[0].line == 3);
}

TEST_CASE("a wrong number is told alone, without what would follow from its absence", "[config]") {
  const std::string said = problems(rotated(R"("lifetime": "64s", "hold": 4)", R"("offline": "3s")"));
  CHECK(said == "c:4: 'hold' is a number, expected a duration such as \"8h\"\n");
}

TEST_CASE("bounds of single numbers", "[config]") {
  CHECK(problems(rotated(R"("rotate_at": "49%")")) == "c:4: 'rotate_at' is 49%, expected at least 50%\n");
  CHECK(problems(rotated(R"("settle": "0s", "jitter": "0s", "skew": "0s")")).empty());
  for (const char* key : {"offline", "hold", "fence_min", "fence_max", "fence_margin", "repair_budget"}) {
    INFO(key);
    const std::string text = "\"" + std::string(key) + R"(": "1999ms")";
    CHECK(problems(rotated(text)) == "c:4: '" + std::string(key) + "' is 1999ms, expected at least 2s\n");
  }
}

TEST_CASE("a registry without a control plane has no fence to check", "[config]") {
  CHECK(problems(R"({"registries": {"r.azurecr.io": {"rotation": {"lifetime": "64s"}}}})").empty());
}
