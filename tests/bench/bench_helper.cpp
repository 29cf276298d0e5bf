// The helper beside its peers: how long a whole `get` takes, and how much memory it holds. An agent's end is
// played by a thread of this program, so that the front can be measured by itself. tests/bench/run sets up
// everything else.
#include "tests/bench/measure.h"
#include "tests/support/broker_server.h"
#include "tests/support/temporary_folder.h"

#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

namespace scoped::bench {
namespace {

constexpr const char* kUsage =
    "usage: bench_helper [--programs DIR] [--rounds N] [--key HOST] [--agent-socket PATH]\n"
    "                    [--copies-config FILE] [--secretservice KEY] [--pass KEY] [--without ROW=WHY]...\n"
    "\n"
    "Times `docker-credential-scoped get` and others, interleaved, and prints medians and ratios.\n"
    "  --programs DIR        where the helper is (default: the folder of bench_helper)\n"
    "  --key HOST            what scoped-fetch, by $SCOPED_CONFIG, and the agent have a password for\n"
    "  --agent-socket PATH   a running agent\n"
    "  --copies-config FILE  as $SCOPED_CONFIG, with sealed copies of the store's records\n"
    "  --secretservice KEY, --pass KEY   what docker-credential-secretservice and -pass have a login for\n"
    "  --without ROW=WHY     why agent, fetch, secretservice or pass is not measured\n";

struct Options {
  std::string programs;
  int rounds = 500;
  std::map<std::string, std::string> texts;    // the other options by name
  std::map<std::string, std::string> without;  // row -> why

  const std::string& text(const std::string& name) const {
    static const std::string kNone;
    const auto found = texts.find(name);
    return found == texts.end() ? kNone : found->second;
  }
};

std::optional<Options> read_options(const std::vector<std::string>& arguments) {
  Options options;
  options.programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (size_t i = 0; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) return std::nullopt;
    const std::string &name = arguments[i], &value = arguments[i + 1];
    if (name == "--programs") {
      options.programs = value;
    } else if (name == "--rounds") {
      options.rounds = atoi(value.c_str());
    } else if (name == "--without") {
      const size_t equals = std::min(value.find('='), value.size());
      options.without[value.substr(0, equals)] = value.substr(std::min(equals + 1, value.size()));
    } else if (name == "--key" || name == "--agent-socket" || name == "--secretservice" || name == "--pass" ||
               name == "--copies-config") {
      options.texts[name] = value;
    } else {
      return std::nullopt;
    }
  }
  return options.rounds > 0 ? std::optional(std::move(options)) : std::nullopt;
}

// The caller's environment without our variables, and these.
std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> all = more;
  for (char** each = environ; *each != nullptr; ++each)
    if (!std::string_view(*each).starts_with("SCOPED_")) all.emplace_back(*each);
  return all;
}

std::string variable(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? std::string() : value;
}

void answer_get(const test::Connection& connection) {
  connection.read_request();
  connection.reply(
      broker::Said::answer,
      "{\"ServerURL\":\"bench.example\",\"Username\":\"bench\",\"Secret\":\"0123456789abcdef\"}\n");
}

void say_not_mine(const test::Connection& connection) {
  connection.read_request();
  connection.reply(broker::Said::not_mine);
}

std::string find_on_path(const std::string& program) {
  std::string path = variable("PATH");
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find(':', start), path.size());
    const std::string candidate = path.substr(start, end - start) + "/" + program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    start = end + 1;
  }
  return {};
}

class Rows {
 public:
  Rows(const Options& options, std::string answering, std::string missing)
      : options_(options), answering_(std::move(answering)), missing_(std::move(missing)) {}

  std::vector<Row> make() const {
    std::vector<Row> rows;
    rows.push_back(row("/bin/true", "/bin/true", {"true"}, {}));
    rows.push_back(row("an empty static program", ours("bench_empty"), {"bench_empty"}, {}));
    rows.push_back(
        row("an empty static program of musl", ours("bench_empty_musl"), {"bench_empty_musl"}, {}));
    rows.push_back(
        front("docker-credential-scoped get, a thread answers", {"SCOPED_AGENT_SOCKET=" + answering_}));
    rows.back().target = "<= 0.90, and <= the empty program + 0.15";
    rows.push_back(front("docker-credential-scoped get, not found", {"SCOPED_AGENT_SOCKET=" + missing_}));
    rows.back().code = 1;
    rows.push_back(by_agent());
    rows.push_back(
        by_fetch("docker-credential-scoped get, no agent, sealed_file", "docker-credential-scoped"));
    rows.back().target = "<= 6";
    rows.push_back(by_fetch("scoped-fetch get, sealed_file", "scoped-fetch"));
    rows.back().target = "<= 5";
    rows.push_back(by_fetch("docker-credential-scoped get, no agent, sealed copy", "docker-credential-scoped",
                            options_.text("--copies-config")));
    rows.back().target = "<= 6";
    need(rows.back(), "fetch", "--copies-config");
    rows.push_back(peer("secretservice", "get takes <= 1/20"));
    rows.push_back(peer("pass", "get takes <= 1/50"));
    return rows;
  }

 private:
  std::string ours(const std::string& program) const { return options_.programs + "/" + program; }

  Row row(std::string name, std::string program, std::vector<std::string> arguments,
          const std::vector<std::string>& more, std::string input = "bench.example") const {
    Row made;
    made.name = std::move(name);
    made.spawn = {std::move(program), std::move(arguments), environment_with(more), std::move(input)};
    if (access(made.spawn.program.c_str(), X_OK) != 0)
      made.skipped = "'" + made.spawn.program + "' is not there";
    return made;
  }

  Row front(const std::string& name, const std::vector<std::string>& more) const {
    return row(name, ours("docker-credential-scoped"), {"docker-credential-scoped", "get"}, more);
  }

  // Skipped for the reason that the caller gave, or because the option is missing.
  void need(Row& made, const std::string& row, const std::string& option) const {
    const auto why = options_.without.find(row);
    if (why != options_.without.end())
      made.skipped = why->second;
    else if (options_.text(option).empty() && made.skipped.empty())
      made.skipped = option + " was not given";
    else
      return;
  }

  Row by_agent() const {
    Row made = front("docker-credential-scoped get, scoped-agent answers",
                     {"SCOPED_AGENT_SOCKET=" + options_.text("--agent-socket")});
    made.spawn.input = options_.text("--key");
    made.target = "<= 0.90";
    need(made, "agent", "--agent-socket");
    need(made, "agent", "--key");
    return made;
  }

  Row by_fetch(const std::string& name, const std::string& program,
               const std::string& config = variable("SCOPED_CONFIG")) const {
    Row made = row(name, ours(program), {"docker-credential-scoped", "get"}, {"SCOPED_CONFIG=" + config},
                   options_.text("--key"));
    if (variable("SCOPED_CONFIG").empty()) made.skipped = "SCOPED_CONFIG is not set";
    if (access(ours("scoped-fetch").c_str(), X_OK) != 0) made.skipped = "'scoped-fetch' is not there";
    need(made, "fetch", "--key");
    return made;
  }

  Row peer(const std::string& suffix, const std::string& target) const {
    const std::string program = "docker-credential-" + suffix;
    Row made =
        row(program + " get", find_on_path(program), {program, "get"}, {}, options_.text("--" + suffix));
    if (!made.skipped.empty()) made.skipped = "it is not installed";
    made.target = target;
    need(made, suffix, "--" + suffix);
    return made;
  }

  const Options& options_;
  std::string answering_, missing_;
};

// One line of /proc/PID/status.
std::string status_line(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return line.substr(line.find_first_not_of(" \t", name.size()));
  return "unknown";
}

// Asked while the front waits for its answer, since what wait4 tells of a child includes the memory of
// whoever spawned it.
void print_resident_size(const std::string& program, const std::string& folder) {
  std::string peak = "unknown", now = "unknown";
  {
    const test::BrokerServer server(folder + "/resident.sock", {[&](const test::Connection& connection) {
                                      connection.read_request();
                                      peak = status_line(connection.peer(), "VmHWM:");
                                      now = status_line(connection.peer(), "VmRSS:");
                                      connection.reply(broker::Said::answer, "{}\n");
                                    }});
    test::run({program,
               {"docker-credential-scoped", "get"},
               environment_with({"SCOPED_AGENT_SOCKET=" + server.path()}),
               "bench.example"});
  }
  const auto size = std::filesystem::file_size(program);
  printf("docker-credential-scoped: peak resident %s (target <= 2048 kB), at the end %s, file %zu kB\n",
         peak.c_str(), now.c_str(), static_cast<size_t>(size / 1024));
}

int run(const Options& options) {
  const std::string program = options.programs + "/docker-credential-scoped";
  if (access(program.c_str(), X_OK) != 0) {
    fprintf(stderr, "bench_helper: '%s' is not there: build it first\n", program.c_str());
    return 1;
  }
  const test::TemporaryFolder folder;
  const test::BrokerServer answering(folder / "answer.sock", {answer_get});
  const test::BrokerServer missing(folder / "miss.sock", {say_not_mine});
  std::vector<Row> rows = Rows(options, answering.path(), missing.path()).make();
  measure(rows, options.rounds);
  count_instructions(rows);
  print_table(rows, rows[0], rows[2]);
  print_resident_size(program, folder.path());
  return 0;
}

}  // namespace
}  // namespace scoped::bench

int main(int argc, char** argv) {
  const auto options = scoped::bench::read_options({argv + 1, argv + argc});
  if (!options) {
    fputs(scoped::bench::kUsage, stderr);
    return 2;
  }
  try {
    return scoped::bench::run(*options);
  } catch (const std::exception& error) {
    fprintf(stderr, "bench_helper: %s\n", error.what());
    return 1;
  }
}
