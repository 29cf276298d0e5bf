// Not tested here: the files of copies (tests/unit/answer) and real processes (flight_process_test.cpp).
#include "helper/fetch/flight.h"

#include "helper/fetch/local.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"
#include "tests/unit/fetch/world.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace scoped::fetch {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using store::LoadState;
using test::name_of;

const std::string kFirst = R"(0 {"ServerURL":"reg.azurecr.io","Username":"puller","Secret":"pass-1"})"
                           "\n";
const std::string kSecond = R"(0 {"ServerURL":"reg.azurecr.io","Username":"puller","Secret":"pass-2"})"
                            "\n";
const std::string kTooOld =
    "!1 'reg.azurecr.io/puller': its copy is too old or too close to its expiry, and ";

// The store of the test, handed out as often as it is opened.
class Borrowed final : public store::RecordStore {
 public:
  explicit Borrowed(test::FakeStore& store) : store_(store) {}
  store::LoadResult load(const record::RecordName& name) override { return store_.load(name); }
  Result<store::Revision> save(const record::RecordName& name, const record::Record& record,
                               const store::Revision& expected) override {
    return store_.save(name, record, expected);
  }
  Result<std::vector<record::RecordName>> list() override { return store_.list(); }
  Result<> erase(const record::RecordName& name) override { return store_.erase(name); }
  store::Caps caps() const override { return store_.caps(); }
  std::string display() const override { return store_.display(); }

 private:
  test::FakeStore& store_;
};

// Each get() is a process of its own: only the disk connects them.
struct World : test::Home {
  World() {
    configure(R"({"registries":{"reg.azurecr.io":{"default_token":"puller",
      "rotation":{"hold":"8h"},"tokens":{"puller":{}}}},"copies":{"seal_local":true}})");
    clock.advance(1h);  // so that a boot time before now is one
    put("pass-1");
  }

  void put(const std::string& password, Seconds offline = 7 * 24h) {
    record::Record record = test::make_record("puller", password);
    record.current->offline = offline;
    store.put(record);
  }
  Local::Use use(const Environment& environment, const Agents& agents) {
    Local::Use use{environment, clock, random, agents, steady_clock::now() + patience};
    use.say = [this](const std::string& line) { said += line + "\n"; };
    use.open = [this](const config::Typed&,
                      const store::Context&) -> Result<std::unique_ptr<store::RecordStore>> {
      ++opened;
      if (unopened) return fail(*unopened);
      return std::make_unique<Borrowed>(store);
    };
    use.within = [this](const LoadWork& work, milliseconds wait) -> std::optional<store::LoadResult> {
      waits.push_back(wait);
      if (meanwhile) std::exchange(meanwhile, nullptr)();
      if (silent) return std::nullopt;
      return work();
    };
    use.boot_id = [this] { return boot_id; };
    return use;
  }
  template <typename Ask>
  auto process(Ask ask) {
    const FixedEnvironment now = environment();
    const Agents agents(now, {}, steady_clock::now() + 1s);
    const auto local = Local::make(use(now, agents));
    REQUIRE(local);
    return ask(**local);
  }
  std::string get() {
    waits.clear();
    return process([](Local& local) {
      const answer::Answer answer = local.get(answer::docker_form(), "", "reg.azurecr.io");
      return (answer.also_stderr ? "!" : "") + std::to_string(answer.exit_code) + " " +
             std::string(answer.text.reveal());
    });
  }
  // How long the store was waited for, in nominal terms: a wait begins with the request.
  bool waited(milliseconds nominal) const {
    return waits.size() == 1 && waits[0] <= nominal && waits[0] > nominal - nominal / 4;
  }
  bool has_copy() const {
    return std::filesystem::exists(folder / "state/scoped/copies/reg.azurecr.io/puller.copy");
  }

  test::FakeClock clock;
  test::FakeStore store;
  std::string boot_id = "boot-1";
  milliseconds patience{20'000};
  bool silent = false;  // the store does not answer in time
  std::optional<Error> unopened;
  std::function<void()> meanwhile;  // once, while the store is asked
  int opened = 0;
  std::vector<milliseconds> waits;  // of the last get
  std::string said;
};

TEST_CASE("a fresh sealed copy answers without opening the store", "[fetch]") {
  World world;
  CHECK(world.get() == kFirst);
  CHECK(world.waited(15s));
  CHECK(world.opened == 1);
  world.clock.advance(299s);
  CHECK(world.get() == kFirst);
  CHECK(world.opened == 1);
  CHECK(world.waits.empty());
  CHECK(world.said.find("loaded from the store: found\n") != std::string::npos);
  CHECK(world.said.ends_with("answered by the sealed copy\n"));
  CHECK(world.said.find("pass-1") == std::string::npos);
}

TEST_CASE("after revalidate the store is asked for a moment, and its answer replaces the copy", "[fetch]") {
  World world;
  world.get();
  world.put("pass-2");
  world.clock.advance(300s);
  CHECK(world.get() == kSecond);
  CHECK(world.waited(500ms));
  world.clock.advance(299s);
  CHECK(world.get() == kSecond);
  CHECK(world.waits.empty());
}

TEST_CASE("half of the offline limit asks the store earlier than revalidate", "[fetch]") {
  World world;
  world.put("pass-1", 60s);
  world.get();
  world.clock.advance(29s);
  world.get();
  CHECK(world.waits.empty());
  world.clock.advance(1s);
  world.get();
  CHECK(world.waited(500ms));
}

TEST_CASE("a store that does not answer leaves the copy to answer until its offline limit", "[fetch]") {
  struct Row {
    const char* sentence;
    std::function<void(World&)> fail;
    std::string why;
  };
  const Row rows[] = {
      {"silent", [](World& world) { world.silent = true; },
       "the store did not answer within 15s: try again\n"},
      {"unavailable", [](World& world) { world.store.next_load = LoadState::unavailable; },
       "the store did not answer: the fake store was told to fail: try again\n"},
      {"locked", [](World& world) { world.store.next_load = LoadState::locked; },
       "the store is locked: the fake store was told to fail: unlock it and try again\n"},
      {"corrupt", [](World& world) { world.store.next_load = LoadState::corrupt; },
       "the fake store was told to fail: restore it, or run 'scopedctl import reg.azurecr.io puller'\n"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    World world;
    world.get();
    world.clock.advance(7 * 24h - 1s);
    row.fail(world);
    CHECK(world.get() == kFirst);
    CHECK(world.has_copy());
    world.clock.advance(1s);
    row.fail(world);
    CHECK(world.get() == kTooOld + row.why);
    CHECK(world.waited(15s));
  }
}

TEST_CASE("a store that cannot be opened counts as one that does not answer", "[fetch]") {
  World world;
  world.unopened = Error(ErrorCode::not_found, "it is not initialised");
  CHECK(world.get() == "!1 'reg.azurecr.io': it is not initialised\n");
  world.unopened.reset();
  world.get();
  world.unopened = Error(ErrorCode::unavailable, "no route");
  world.clock.advance(1h);
  CHECK(world.get() == kFirst);
  CHECK(world.has_copy());
}

TEST_CASE("an absence and a denial end the copy", "[fetch]") {
  World world;
  world.get();
  world.clock.advance(1h);
  SECTION("absent") {
    world.store.next_load = LoadState::absent;
    CHECK(world.get().find("it has no record") != std::string::npos);
  }
  SECTION("denied, with a warning") {
    world.store.next_load = LoadState::denied;
    CHECK(world.get().starts_with("!1 'reg.azurecr.io/puller': the store may not be read: "));
    CHECK(world.said.find("warning: ") != std::string::npos);
  }
  SECTION("a store that may not be opened any more") {
    world.unopened = Error(ErrorCode::denied, "no permission");
    CHECK(world.get() == "!1 'reg.azurecr.io': no permission\n");
  }
  CHECK_FALSE(world.has_copy());
  world.silent = true;
  CHECK(world.get().starts_with("!1 "));
}

TEST_CASE("an old copy lets one process a minute wait long for the store", "[fetch]") {
  World world;
  world.get();
  world.silent = true;
  world.clock.advance(20min);
  CHECK(world.get() == kFirst);
  CHECK(world.waited(500ms));
  world.clock.advance(1s);
  CHECK(world.get() == kFirst);
  CHECK(world.waited(5s));
  world.clock.advance(59s);
  CHECK(world.get() == kFirst);
  CHECK(world.waited(500ms));
  world.clock.advance(1s);
  CHECK(world.get() == kFirst);
  CHECK(world.waited(5s));
  world.silent = false;
  world.put("pass-2");
  CHECK(world.get() == kSecond);
}

TEST_CASE("near its offline limit a copy lets a process wait long even before 4 x revalidate", "[fetch]") {
  World world;
  world.put("pass-1", 100s);
  world.get();
  world.silent = true;
  world.clock.advance(75s);
  world.get();
  CHECK(world.waited(500ms));
  world.clock.advance(1s);
  CHECK(world.get() == kFirst);
  CHECK(world.waited(5s));
}

TEST_CASE("a long wait is spent once it has begun, whatever becomes of the process", "[fetch]") {
  World world;
  world.get();
  world.clock.advance(1h);
  const std::string file = world.folder / "state/scoped/copies/reg.azurecr.io/puller.copy";
  const std::string before = test::slurp(file);
  std::string during;
  world.meanwhile = [&] { during = test::slurp(file); };
  world.silent = true;
  world.get();
  CHECK(during != before);
  CHECK(test::slurp(file) == during);
}

TEST_CASE("within a boot a step of the wall clock makes no copy older, and a step back asks the store",
          "[fetch]") {
  World world;
  world.get();
  world.clock.step_wall(24h);
  CHECK(world.get() == kFirst);
  CHECK(world.waits.empty());
  world.clock.step_wall(-25h);
  world.silent = true;
  CHECK(world.get() == kFirst);
  CHECK(world.waited(500ms));
}

TEST_CASE("after a reboot the wall clock decides", "[fetch]") {
  World world;
  world.get();
  world.boot_id = "boot-2";
  world.clock.advance(299s);
  CHECK(world.get() == kFirst);
  CHECK(world.waits.empty());
  world.clock.step_wall(-1h);
  world.silent = true;
  CHECK(world.get() == kFirst);  // asked
  CHECK(world.waited(500ms));
  world.clock.step_wall(7 * 24h + 1h);
  CHECK(world.get().starts_with(kTooOld));
}

TEST_CASE("an expired password is never printed, by a copy or by the store", "[fetch]") {
  World world;
  world.get();
  world.clock.advance(test::at("2026-03-31T15:59:59Z") - world.clock.now());
  CHECK(world.get() == kFirst);
  world.silent = true;
  world.clock.advance(1s);  // hold is 8 h
  CHECK(world.get().starts_with(kTooOld));
  world.silent = false;
  CHECK(world.get() == kFirst);  // read from the store just now
  world.silent = true;
  CHECK(world.get().starts_with(kTooOld));
  world.silent = false;
  world.clock.advance(8h);
  CHECK(world.get() ==
        "!1 'reg.azurecr.io/puller': its password expired at 2026-04-01T00:00:00Z and was not rotated: see "
        "'scopedctl status'\n");
}

TEST_CASE("every wait ends with the deadline of the request", "[fetch]") {
  World world;
  world.patience = 10s;
  world.silent = true;
  CHECK(world.get().find("the store did not answer within ") != std::string::npos);
  REQUIRE(world.waits.size() == 1);
  CHECK(world.waits[0] > 1s);
  CHECK(world.waits[0] <= 10s);
  world.patience = 0s;
  CHECK(world.get().starts_with("!1 "));
  CHECK(world.waits.empty());
}

TEST_CASE("erase makes a copy doubtful: the store is asked once it is five seconds old", "[fetch]") {
  World world;
  world.get();
  world.process([](Local& local) { local.doubt("", "https://reg.azurecr.io"); });
  world.clock.advance(4s);
  CHECK(world.get() == kFirst);
  CHECK(world.waits.empty());
  world.clock.advance(1s);
  world.put("pass-2");
  CHECK(world.get() == kSecond);
  CHECK(world.waited(500ms));
  world.clock.advance(60s);
  CHECK(world.get() == kSecond);
  CHECK(world.waits.empty());
}

TEST_CASE("list names what the copies know and asks no store", "[fetch]") {
  World world;
  const auto list = [&] { return world.process([](Local& local) { return local.list(""); }); };
  using Usernames = std::map<std::string, std::string>;
  CHECK(list() == Usernames{{"reg.azurecr.io", "puller"}});
  record::Record record = test::make_record("puller");
  record.current->username = "robot";
  world.store.put(record);
  world.get();
  CHECK(list() == Usernames{{"reg.azurecr.io", "robot"}});
  CHECK(world.opened == 1);
}

TEST_CASE("a store on this machine is read directly and never copied", "[fetch]") {
  World world;
  world.configure(R"({"registries":{"reg.azurecr.io":{"default_token":"puller","tokens":{"puller":{}}}}})");
  CHECK(world.get() == kFirst);
  CHECK(world.get() == kFirst);
  CHECK(world.opened == 2);
  CHECK(world.waits.empty());
  CHECK_FALSE(std::filesystem::exists(world.folder / "state/scoped/copies"));
}

TEST_CASE("without a folder to write in each process asks the store for itself", "[fetch]") {
  World world;
  world.variables.erase("HOME");
  CHECK(world.get() == kFirst);
  CHECK(world.get() == kFirst);
  CHECK(world.opened == 2);
  CHECK(world.said.find("not copied: there is no HOME") != std::string::npos);
}

TEST_CASE("a damaged copy is dropped and the store asked as if there were none", "[fetch]") {
  World world;
  world.get();
  test::spill(world.folder / "state/scoped/copies/reg.azurecr.io/puller.copy", "damaged");
  CHECK(world.get() == kFirst);
  CHECK(world.waited(15s));
  CHECK(world.said.find("sealed copy of 'reg.azurecr.io/puller': dropped: ") != std::string::npos);
}

// Another process that holds the lock of the record; it acts once a process wants the lock.
struct Holder {
  Holder(World& of, std::function<void(Holder&)> act)
      : world(of), environment(of.environment()), copies(environment, of.random, nullptr) {
    held = copies.lock(name_of("puller"), 0ms).value();
    REQUIRE(held);
    const std::string lock_file = world.folder / "state/scoped/copies/reg.azurecr.io/puller.lock";
    REQUIRE(inotify_add_watch(watch.get(), lock_file.c_str(), IN_OPEN) >= 0);
    thread = std::thread([this, act = std::move(act)] {
      inotify_event event{};
      if (read(watch.get(), &event, sizeof event) != sizeof event) abort();
      act(*this);
    });
  }
  ~Holder() { thread.join(); }
  void keep() {
    const answer::Moment moment{world.clock.now(), world.clock.boot_now(), world.boot_id};
    copies.keep(*held, name_of("puller"), {world.store.record(name_of("puller")).clone(), moment, {}, false});
  }

  World& world;
  const FixedEnvironment environment;
  answer::SealedCopies copies;
  const Fd watch{inotify_init1(IN_CLOEXEC)};
  std::optional<FileLock> held;
  std::thread thread;
};

TEST_CASE("what another process has read meanwhile is taken, even if only a fresh read may be handed out",
          "[fetch]") {
  World world;
  const bool is_ready = GENERATE(true, false);
  world.clock.advance(test::at("2026-03-31T20:00:00Z") - world.clock.now());  // within hold of the expiry
  if (!is_ready) world.store.put(test::make_not_ready("puller"));
  std::string got;
  {
    const Holder other(world, [](Holder& self) {
      self.keep();
      self.held.reset();
    });
    got = world.get();
  }
  CHECK(world.opened == 0);
  CHECK(world.said.ends_with("loaded by another process\n"));
  CHECK((got == kFirst) == is_ready);
  if (!is_ready) CHECK(got.find("it has no password yet") != std::string::npos);
}

TEST_CASE("what another process has read is taken while it still holds the lock", "[fetch]") {
  World world;
  const Holder other(world, [](Holder& self) { self.keep(); });
  CHECK(world.get() == kFirst);
  CHECK(world.opened == 0);
}

TEST_CASE("a copy that its holder only marked is waited for until the load is there", "[fetch]") {
  World world;
  world.get();
  world.put("pass-2");
  world.clock.advance(1h);
  const answer::Moment long_ago{world.clock.now() - 1h, world.clock.boot_now() - 1h, world.boot_id};
  const Holder other(world, [&](Holder& self) {
    self.copies.keep(*self.held, name_of("puller"),
                     {test::make_record("puller", "pass-1"), long_ago, long_ago, false});
    self.keep();
  });
  CHECK(world.get().find("pass-2") != std::string::npos);
  CHECK(world.opened == 1);  // by the first get
}

TEST_CASE("64 processes that want one cold record at once load it once", "[fetch]") {
  World world;
  constexpr size_t kProcesses = 64;
  int there[2] = {-1, -1}, loads[2] = {-1, -1};
  REQUIRE(pipe2(there, O_CLOEXEC) == 0);
  REQUIRE(pipe2(loads, O_CLOEXEC | O_NONBLOCK) == 0);
  // The store answers once all of them are there.
  world.meanwhile = [&] {
    if (write(loads[1], "x", 1) != 1) _exit(3);
    char byte = 0;
    for (size_t i = 0; i < kProcesses; ++i)
      if (read(there[0], &byte, 1) != 1) _exit(3);
  };
  std::vector<pid_t> children;
  for (size_t i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) _exit(write(there[1], "x", 1) == 1 && world.get() == kFirst ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  char counted[kProcesses];
  CHECK(read(loads[0], counted, sizeof counted) == 1);
  for (const int fd : {there[0], there[1], loads[0], loads[1]}) close(fd);
}

TEST_CASE("while another process waits for the store a copy answers and a cold get gives up", "[fetch]") {
  World world;
  world.configure(R"({"registries":{"reg.azurecr.io":{"default_token":"puller","tokens":{"puller":{}}}},
    "copies":{"seal_local":true,"store_wait":"1ms"}})");
  const bool is_cold = GENERATE(true, false);
  if (!is_cold) world.get();
  world.clock.advance(1h);
  world.patience = 100ms;
  const FixedEnvironment environment = world.environment();
  answer::SealedCopies others(environment, world.random, nullptr);
  const auto held = others.lock(name_of("puller"), 0ms);
  REQUIRE(held.value());
  CHECK((world.get() == kFirst) == !is_cold);
  CHECK(world.waits.empty());
  CHECK(world.said.find("another process waits for the store") != std::string::npos);
}

TEST_CASE("a load is waited for no longer than it may take, and what it brings later is thrown away",
          "[fetch]") {
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false, through = false;
  };
  const auto gate = std::make_shared<Gate>();
  const auto silent = load_within(
      [gate] {
        std::unique_lock lock(gate->mutex);
        gate->changed.wait(lock, [&] { return gate->open; });
        gate->through = true;
        gate->changed.notify_all();
        return store::LoadResult::absent();
      },
      1ms);
  CHECK_FALSE(silent);
  {
    std::unique_lock lock(gate->mutex);
    gate->open = true;
    gate->changed.notify_all();
    gate->changed.wait(lock, [&] { return gate->through; });
  }
  const auto told = load_within([] { return store::LoadResult::absent(); }, 20s);
  REQUIRE(told);
  CHECK(told->state == LoadState::absent);
}

}  // namespace
}  // namespace scoped::fetch
