// Real scoped-fetch processes at once, with sealed copies of a sealed_file store (copies.seal_local). The
// kernel counts who opens the record's file, which every load does once. Not tested here: how old a copy may
// be (flight_test.cpp).
#include "common/answer/sealed_copies.h"
#include "tests/support/opened_files.h"
#include "tests/support/spawned.h"
#include "tests/unit/fetch/world.h"

#include <signal.h>

#include <future>
#include <set>

namespace scoped::fetch {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const std::string kAnswer = R"({"ServerURL":"reg.azurecr.io","Username":"puller","Secret":"pull-pass"})"
                            "\n";
constexpr milliseconds kLong = 60s;  // longer than anything that works

struct World : test::Home {
  explicit World(const std::string& more = "") {
    configure(R"({"registries":{"reg.azurecr.io":{"default_token":"puller","tokens":{"puller":{}}}},
      "copies":{"seal_local":true)" +
              more + "}}");
    make_record("puller", "pull-pass");
    record_file = folder / "state/scoped/records/reg.azurecr.io/puller.rec";
    lock_file = folder / "state/scoped/copies/reg.azurecr.io/puller.lock";
  }

  std::future<test::Finished> start() const {
    std::vector<std::string> variables_of_it;
    for (const auto& [name, value] : variables) variables_of_it.push_back(name + "=" + value);
    return std::async(std::launch::async, [variables_of_it] {
      return test::run({SCOPED_FETCH_PROGRAM, {"scoped-fetch", "get"}, variables_of_it, "reg.azurecr.io"});
    });
  }
  std::vector<std::future<test::Finished>> start(int count) const {
    std::vector<std::future<test::Finished>> started;
    for (int i = 0; i < count; ++i) started.push_back(start());
    return started;
  }
  // The copy that a process wrote `ago`, by the wall clock alone.
  void make_copy(const std::string& password, std::chrono::minutes ago) {
    const FixedEnvironment now = environment();
    answer::SealedCopies copies(now, random, nullptr);
    record::Record record = test::make_record("puller", password);
    record.current->expires_at = RealClock().now() + std::chrono::hours(24);
    const auto held = copies.lock(record.name(), 0ms);
    REQUIRE(held.value());
    REQUIRE(copies.keep(**held, test::name_of("puller"),
                        {std::move(record), {RealClock().now() - ago, {}, {}}, {}, false}));
  }
  // So that it can be watched before the first process makes it.
  void make_lock_file() {
    const FixedEnvironment now = environment();
    answer::SealedCopies copies(now, random, nullptr);
    REQUIRE(copies.lock(test::name_of("puller"), 0ms).value());
  }

  std::string record_file, lock_file;
};

bool is_over(const std::vector<std::future<test::Finished>>& processes) {
  for (const auto& process : processes)
    if (process.wait_for(0s) != std::future_status::ready) return false;
  return true;
}

// Lets everybody open the file until all processes have ended; who did.
std::vector<pid_t> openers(test::OpenedFiles& opened,
                           const std::vector<std::future<test::Finished>>& processes) {
  std::vector<pid_t> all;
  while (!is_over(processes)) {
    if (const auto pid = opened.next(10ms)) all.push_back(*pid);
    opened.let_go();
  }
  return all;
}

TEST_CASE("64 processes at once on one cold record make exactly one load", "[fetch][slow]") {
  World world;
  world.make_lock_file();
  test::OpenedFiles records, locks;
  if (!records.is_possible()) {
    WARN("SKIPPED: needs root");
    return;
  }
  REQUIRE(records.watch(world.record_file));
  REQUIRE(locks.watch(world.lock_file));
  auto processes = world.start(64);
  std::set<pid_t> waiting;
  while (waiting.size() < 64) {
    const auto pid = locks.next(kLong);
    REQUIRE(pid);
    waiting.insert(*pid);
    locks.let_go();
  }
  // All of them want the record by now, and nobody has read it.
  const auto first = records.next(kLong);
  REQUIRE(first);
  CHECK(waiting.contains(*first));
  records.let_go();
  CHECK(openers(records, processes).empty());
  for (auto& process : processes) {
    const test::Finished finished = process.get();
    CHECK(finished.code == 0);
    CHECK(finished.out == kAnswer);
    CHECK(finished.err.empty());
  }
}

TEST_CASE("when the process that asks the store is killed another one takes over", "[fetch][slow]") {
  World world;
  test::OpenedFiles records;
  if (!records.is_possible()) {
    WARN("SKIPPED: needs root");
    return;
  }
  REQUIRE(records.watch(world.record_file));
  auto processes = world.start(4);
  const auto first = records.next(kLong);
  REQUIRE(first);
  REQUIRE(kill(*first, SIGKILL) == 0);
  const auto second = records.next(kLong);
  REQUIRE(second);
  CHECK(*second != *first);
  records.let_go();
  CHECK(openers(records, processes).empty());
  int killed = 0;
  for (auto& process : processes) {
    const test::Finished finished = process.get();
    if (finished.code == -1) {
      ++killed;
      continue;
    }
    CHECK(finished.code == 0);
    CHECK(finished.out == kAnswer);
  }
  CHECK(killed == 1);
}

TEST_CASE("a process whose store hangs answers from its copy and ends", "[fetch][slow]") {
  World world(R"(,"store_wait":"2s")");
  world.make_copy("old-pass", 10min);
  test::OpenedFiles records;
  if (!records.is_possible()) {
    WARN("SKIPPED: needs root");
    return;
  }
  REQUIRE(records.watch(world.record_file));
  auto process = world.start();
  REQUIRE(records.next(kLong));  // it is in open(2), and stays there
  const test::Finished finished = process.get();
  CHECK(finished.code == 0);
  CHECK(finished.out.find("old-pass") != std::string::npos);
}

TEST_CASE("a fresh copy is answered without a look at the store", "[fetch]") {
  World world;
  world.make_copy("copied-pass", 1min);
  std::filesystem::remove_all(world.folder / "state/scoped/records");
  std::filesystem::remove(world.folder / "state/scoped/records.key");
  const test::Finished finished = world.start().get();
  CHECK(finished.code == 0);
  CHECK(finished.out.find("copied-pass") != std::string::npos);
}

}  // namespace
}  // namespace scoped::fetch
