// A user's configuration, a sealed store and a home, for the tests of scoped-fetch.
#pragma once

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/store/sealed_file.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/answer/world.h"

#include <unistd.h>

#include <map>
#include <string>

namespace scoped::test {

class Home {
 public:
  Home() {
    variables["HOME"] = folder.path();
    variables["XDG_STATE_HOME"] = folder / "state";
    variables["SCOPED_CONFIG"] = folder / "config.json";
    configure(R"({"registries":{"reg.azurecr.io":{"default_token":"puller","tokens":{
      "puller":{},"builder":{"repositories":["team/*"]}}}},
      "profiles":{"ci":{"reg.azurecr.io":"builder"}}})");
  }

  FixedEnvironment environment() const { return FixedEnvironment(variables, geteuid(), getegid()); }
  void configure(const std::string& text) { spill(folder / "config.json", text); }

  // Makes the store, and in it a record that is good for a day.
  void make_record(const std::string& token, const std::string& password) {
    const store::SealedFileOptions options{folder / "state/scoped/records",
                                           folder / "state/scoped/records.key"};
    REQUIRE(store::init_sealed_file(options, random));
    const auto store = store::open_sealed_file(options, random);
    REQUIRE(store);
    record::Record record = test::make_record(token, password);
    record.current->created_at = RealClock().now();
    record.current->expires_at = record.current->created_at + std::chrono::hours(24);
    REQUIRE((*store)->save(record.name(), record, ""));
  }

  TemporaryFolder folder;
  std::map<std::string, std::string> variables;
  SystemRandom random;
};

}  // namespace scoped::test
