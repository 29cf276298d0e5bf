// Not tested here: which sockets are asked (program_test).
#include "helper/front/miss.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <filesystem>

namespace scoped::front {
namespace {

using broker::Heard;
using broker::Hearing;
using broker::Level;

constexpr Hearing kUserAbsent{Level::user, Heard::absent};
constexpr Hearing kUserNotMine{Level::user, Heard::not_mine};
constexpr Hearing kSystemAbsent{Level::system, Heard::absent};
constexpr Hearing kSystemNotMine{Level::system, Heard::not_mine};

struct Scene {
  void make(const std::string& file) const {
    std::filesystem::create_directories(std::filesystem::path(folder / file).parent_path());
    test::spill(folder / file, "");
  }
  bool is_miss(const std::vector<Hearing>& asked, std::map<std::string, std::string> values) const {
    return is_certain_miss(asked, FixedEnvironment(std::move(values)), folder / "etc");
  }
  bool is_miss(const std::vector<Hearing>& asked) const {
    return is_miss(asked, {{"HOME", folder / "home"}});
  }

  test::TemporaryFolder folder;
};

TEST_CASE("it is a miss when every agent said so and there is nothing else to look at", "[front]") {
  const Scene scene;
  CHECK(scene.is_miss({kUserAbsent, kSystemNotMine}));
  CHECK(scene.is_miss({kUserNotMine, kSystemNotMine}));
  CHECK(scene.is_miss({kUserNotMine, kSystemAbsent}));
  CHECK(scene.is_miss({kUserNotMine}));
  CHECK(scene.is_miss({kUserNotMine}, {}));
}

TEST_CASE("it is no certain miss when an agent did not say so", "[front]") {
  const Scene scene;
  CHECK_FALSE(scene.is_miss({}));
  CHECK_FALSE(scene.is_miss({kUserAbsent, kSystemAbsent}));
  CHECK_FALSE(scene.is_miss({kUserNotMine, {Level::system, Heard::forbidden}}));
  CHECK_FALSE(scene.is_miss({kUserNotMine, {Level::system, Heard::no_answer}}));
  CHECK_FALSE(scene.is_miss({{Level::user, Heard::no_answer}, kSystemNotMine}));
}

TEST_CASE("files of the user that only scoped-fetch reads make it no certain miss", "[front]") {
  const auto file =
      GENERATE(values<std::string>({"home/.config/scoped/config.json", "home/.config/scoped/config.d/a.json",
                                    "home/.local/state/scoped/logins"}));
  const Scene scene;
  scene.make(file);
  CHECK_FALSE(scene.is_miss({kUserNotMine, kSystemNotMine}));
}

TEST_CASE("the XDG folders count before HOME's", "[front]") {
  const Scene scene;
  scene.make("config/scoped/config.json");
  scene.make("state/scoped/logins");
  scene.make("home/.config/scoped/config.json");
  const std::string none = scene.folder / "none", home = scene.folder / "home";
  const std::vector<Hearing> asked{kUserNotMine, kSystemNotMine};
  CHECK_FALSE(scene.is_miss(asked, {{"XDG_CONFIG_HOME", scene.folder / "config"}}));
  CHECK_FALSE(scene.is_miss(asked, {{"XDG_STATE_HOME", scene.folder / "state"}}));
  CHECK(scene.is_miss(asked, {{"HOME", home}, {"XDG_CONFIG_HOME", none}, {"XDG_STATE_HOME", none}}));
  CHECK_FALSE(scene.is_miss(asked, {{"SCOPED_CONFIG", none}}));
}

TEST_CASE("the system's configuration counts where the system's agent was not heard", "[front]") {
  const Scene scene;
  scene.make("etc/config.json");
  CHECK_FALSE(scene.is_miss({kUserNotMine, kSystemAbsent}));
  CHECK_FALSE(scene.is_miss({kUserNotMine}));
  CHECK(scene.is_miss({kUserAbsent, kSystemNotMine}));
}

TEST_CASE("a path that cannot be looked at counts as there", "[front]") {
  const Scene scene;
  const std::string long_path = "/" + std::string(5000, 'x');
  CHECK_FALSE(scene.is_miss({kUserNotMine}, {{"XDG_STATE_HOME", long_path}}));
}

}  // namespace
}  // namespace scoped::front
