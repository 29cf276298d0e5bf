// Not tested here: core files themselves; that the arena is marked to be left out of them is. There is one
// arena in a process and no way back, so each case looks at it from a child of its own.
#include "common/crypto/arena.h"

#include "common/base/secret.h"
#include "tests/support/catch.h"

#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace scoped;
using crypto::ArenaState;

namespace {

// The child's exit code: 0 when `body` says so.
template <typename Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

// The flags of the mapping that holds `address`, as /proc/self/smaps tells them; empty where it does not.
std::string flags_of(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    uintptr_t first = 0, last = 0;
    char dash = 0;
    if (words >> std::hex >> first >> dash >> last && dash == '-')
      inside = first <= reinterpret_cast<uintptr_t>(address) && reinterpret_cast<uintptr_t>(address) < last;
    if (inside && line.starts_with("VmFlags:")) return line + " ";
  }
  return "";
}

void forbid_locking() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_MEMLOCK, &none);
  if (geteuid() == 0 && setuid(65534) != 0) _exit(2);  // root may lock all the same
}

}  // namespace

TEST_CASE("secrets live in the arena, locked if it says so and left out of core files", "[crypto]") {
  CHECK(in_child([] {
          const ArenaState state = crypto::install_secret_arena();
          const Secret secret("in the arena");
          const std::string flags = flags_of(secret.reveal().data());
          if (state == ArenaState::absent || secret.reveal() != "in the arena") return false;
          if (flags.empty()) return true;  // this kernel does not tell
          return flags.find(" dd ") != std::string::npos &&
                 (flags.find(" lo ") != std::string::npos) == (state == ArenaState::locked);
        }) == 0);
}

TEST_CASE("without the right to lock memory the arena is used unlocked", "[crypto]") {
  CHECK(in_child([] {
          forbid_locking();
          const bool unlocked = crypto::install_secret_arena() == ArenaState::unlocked;
          const Secret secret("still a secret");
          return unlocked && secret.reveal() == "still a secret";
        }) == 0);
}

TEST_CASE("a full arena sends secrets to the heap and takes them again later", "[crypto]") {
  CHECK(in_child([] {
          crypto::install_secret_arena(4096);
          std::vector<Secret> secrets;
          for (int i = 0; i < 1000; ++i) secrets.emplace_back(std::to_string(i) + std::string(100, 'x'));
          for (int i = 0; i < 1000; ++i)
            if (!secrets[static_cast<size_t>(i)].reveal().starts_with(std::to_string(i) + "x")) return false;
          const Secret large(std::string(1 << 20, 'y'));
          const void* first = secrets.front().reveal().data();
          secrets.clear();
          const Secret again(std::string(101, 'z'));
          return large.size() == 1 << 20 && flags_of(again.reveal().data()) == flags_of(first);
        }) == 0);
}

TEST_CASE("a secret of the arena is wiped when it dies", "[crypto]") {
  CHECK(in_child([] {
          crypto::install_secret_arena();
          const Secret keeps_the_page("x");
          const char* where = nullptr;
          {
            const Secret secret(std::string(200, 's'));
            where = secret.reveal().data();
          }
          return std::string_view(where, 200).find("sss") == std::string_view::npos;
        }) == 0);
}

TEST_CASE("installing the arena again changes nothing", "[crypto]") {
  CHECK(in_child([] {
          const ArenaState first = crypto::install_secret_arena();
          const Secret secret("kept");
          return crypto::install_secret_arena(64) == first && secret.reveal() == "kept";
        }) == 0);
}
