// Not tested here: name services other than the files of this machine.
#include "common/answer/directory.h"

#include "tests/support/catch.h"

namespace scoped::answer {
namespace {

TEST_CASE("root is known and a made-up name is not", "[answer]") {
  const Directory directory = system_directory();
  CHECK(directory.uid_of("root") == uid_t{0});
  CHECK(directory.gid_of("root") == gid_t{0});
  CHECK_FALSE(directory.uid_of("no-such-user-of-scoped"));
  CHECK_FALSE(directory.gid_of("no-such-group-of-scoped"));
  CHECK(name_of_group(0) == "root");
  CHECK_FALSE(name_of_group(4'123'456'789));
}

}  // namespace
}  // namespace scoped::answer
