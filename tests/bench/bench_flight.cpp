// Many helpers at once: how long each of them takes, and how many loads reach the store. The kernel counts
// who opens a record's file (fanotify, root only), which every load does once. tests/bench/run sets
// everything up.
#include "tests/bench/measure.h"
#include "tests/support/opened_files.h"

#include <stdio.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <map>
#include <thread>

namespace scoped::bench {
namespace {

constexpr const char* kUsage =
    "usage: bench_flight --programs DIR --agent-socket PATH --records DIR --hosts N --token TOKEN [--helpers "
    "N]\n"
    "\n"
    "Starts 64 (or N) helpers at once, again and again, and prints medians, 99th percentiles and loads.\n"
    "  --agent-socket PATH   a running agent that serves flight-1.example to flight-N.example, and has read "
    "none\n"
    "  --records DIR         the records' folder of its store\n"
    "$SCOPED_CONFIG names the same hosts and seals copies of them, for scoped-fetch, below "
    "$XDG_STATE_HOME.\n";

using Options = std::map<std::string, std::string>;

std::string host(int number) { return "flight-" + std::to_string(number) + ".example"; }

// Counts in a thread of its own, so that whoever opens the file hardly waits.
class Loads {
 public:
  explicit Loads(const std::string& file)
      : is_counting_(opened_.is_possible() && opened_.watch(file)), thread_([this] { count(); }) {}
  ~Loads() { stop(); }
  // Nothing: nobody counts.
  std::optional<int> stop() {
    if (thread_.joinable()) {
      stop_ = true;
      thread_.join();
    }
    return is_counting_ ? std::optional(count_.load()) : std::nullopt;
  }

 private:
  void count() {
    while (is_counting_) {
      const bool is_last = stop_;
      if (opened_.next(std::chrono::milliseconds(is_last ? 1 : 20)))
        ++count_;
      else if (is_last)
        return;
      opened_.let_go();
    }
  }

  test::OpenedFiles opened_;
  const bool is_counting_;
  std::atomic<bool> stop_{false};
  std::atomic<int> count_{0};
  std::thread thread_;
};

struct Burst {
  std::string name;
  std::string target;
  Row row = {};  // the times of all its processes
  int failed = 0;
  int rounds = 0;
  int most_loads = 0, loads = 0;
  bool counted = true;
};

// `helpers` processes, held at a latch and let go together.
void fire(Burst& burst, const test::Spawn& what, int helpers, const std::string& record_file) {
  std::vector<test::Finished> finished(static_cast<size_t>(helpers));
  std::latch start(helpers);
  {
    Loads loads(record_file);
    std::vector<std::thread> threads;
    for (test::Finished& each : finished)
      threads.emplace_back([&] {
        start.arrive_and_wait();
        each = test::run(what);
      });
    for (std::thread& thread : threads) thread.join();
    const auto counted = loads.stop();
    burst.counted = burst.counted && counted;
    burst.loads += counted.value_or(0);
    burst.most_loads = std::max(burst.most_loads, counted.value_or(0));
  }
  ++burst.rounds;
  for (const test::Finished& each : finished) {
    burst.row.times.push_back(each.elapsed);
    burst.failed += each.code != 0;
  }
}

void print(const Burst& burst) {
  const auto microseconds = [&](double share) {
    return static_cast<double>(burst.row.at(share).count()) / 1000;
  };
  const std::string loads = burst.counted
                                ? std::to_string(burst.loads) + " in " + std::to_string(burst.rounds) +
                                      ", at most " + std::to_string(burst.most_loads)
                                : "SKIPPED: needs root";
  printf("%-44s %7zu %9.0f %9.0f %11.2f   %-24s %s%s\n", burst.name.c_str(), burst.row.times.size(),
         microseconds(0.5), microseconds(0.99), microseconds(0.99) / microseconds(0.5), loads.c_str(),
         burst.target.c_str(), burst.failed == 0 ? "" : (" FAILED " + std::to_string(burst.failed)).c_str());
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {}

  void run() {
    const int hosts = atoi(options_["--hosts"].c_str());
    const std::string by_agent = "SCOPED_AGENT_SOCKET=" + options_["--agent-socket"];
    Burst empty{"/bin/true", ""}, cold{"get, agent, cold record", "one load"},
        warm{"get, agent, warm record", "p99 <= 2 x median, no load"},
        cold_fetch{"get, no agent, no copy yet", "one load"},
        warm_fetch{"get, no agent, fresh sealed copy", "p99 <= 2 x median, no load"};
    for (int i = 1; i <= hosts; ++i) {
      fire(empty, {"/bin/true", {"true"}, {}, {}}, helpers(), record_of(i));
      fire(cold, front(i, by_agent), helpers(), record_of(i));
      fire(warm, front(i, by_agent), helpers(), record_of(i));
      fire(cold_fetch, front(i, kNoAgent), helpers(), record_of(i));
      fire(warm_fetch, front(i, kNoAgent), helpers(), record_of(i));
    }
    printf("%-44s %7s %9s %9s %11s   %-24s %s\n",
           (std::to_string(helpers()) + " whole processes at once").c_str(), "runs", "median/us", "p99/us",
           "p99/median", "loads", "target");
    for (const Burst* burst : {&empty, &cold, &warm, &cold_fetch, &warm_fetch}) print(*burst);
  }

 private:
  static constexpr const char* kNoAgent = "SCOPED_AGENT_SOCKET=/nonexistent/agent.sock";

  int helpers() const {
    const auto found = options_.find("--helpers");
    return found == options_.end() ? 64 : std::max(1, atoi(found->second.c_str()));
  }
  std::string record_of(int number) const {
    return options_.at("--records") + "/" + host(number) + "/" + options_.at("--token") + ".rec";
  }
  test::Spawn front(int number, const std::string& agent) const {
    test::Spawn spawn{options_.at("--programs") + "/docker-credential-scoped",
                      {"docker-credential-scoped", "get"},
                      {agent},
                      host(number)};
    for (char** each = environ; *each != nullptr; ++each)
      if (!std::string_view(*each).starts_with("SCOPED_AGENT")) spawn.environment.emplace_back(*each);
    return spawn;
  }

  Options options_;
};

std::optional<Options> read_options(const std::vector<std::string>& arguments) {
  Options options;
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) options[arguments[i]] = arguments[i + 1];
  for (const char* needed : {"--programs", "--agent-socket", "--records", "--hosts", "--token"})
    if (!options.contains(needed)) return std::nullopt;
  return options;
}

}  // namespace
}  // namespace scoped::bench

int main(int argc, char** argv) {
  auto options = scoped::bench::read_options({argv + 1, argv + argc});
  if (!options) {
    fputs(scoped::bench::kUsage, stderr);
    return 2;
  }
  try {
    scoped::bench::Bench(std::move(*options)).run();
    return 0;
  } catch (const std::exception& error) {
    fprintf(stderr, "bench_flight: %s\n", error.what());
    return 1;
  }
}
