// Runs histories of the real planner and executor, exhaustively up to a bound, and says what it found.
#include "tests/crash/history.h"
#include "tests/crash/search.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <string_view>

namespace {

using namespace scoped::crash;

constexpr const char* kUsage =
    "usage: crash_model [--worker I/N] [--short] [--singles K] [--stops K] [--pairs K] [--world K] "
    "[--first]\n"
    "       crash_model --replay \"PLAN\"\n"
    "  --worker I/N   the I-th of N parts of the histories\n"
    "  --short        a sample of each class, for half a minute\n"
    "  --singles K    of the histories with one interruption, every K-th\n"
    "  --stops K      of those with two crashes or pauses and nothing else, every K-th\n"
    "  --pairs K      of those with two interruptions of any kind, every K-th\n"
    "  --world K      only the K-th world, from 0\n"
    "  --first        stop at the first violation\n"
    "  --replay PLAN  one history, step by step\n";

int replay(std::string_view text) {
  const auto plan = parse_plan(text);
  if (!plan) {
    fmt::print(stderr, "crash_model: cannot read the plan '{}'\n", text);
    return 2;
  }
  const Outcome outcome = run_history(*plan, [](const std::string& line) { fmt::print("{}\n", line); });
  fmt::print("{}\n", display(*plan));
  fmt::print("points {} {} {}, every fault happened: {}, races {}, late {}\n", outcome.calls[0].size(),
             outcome.calls[1].size(), outcome.calls[2].size(), outcome.all_happened ? "yes" : "no",
             outcome.verdict.races, outcome.verdict.late);
  fmt::print("{}\n", outcome.verdict.violation.empty() ? "no violation" : outcome.verdict.violation);
  return outcome.verdict.violation.empty() ? 0 : 1;
}

bool read_number(std::string_view text, int& into) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), into);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() && into >= 0;
}

bool read_part(std::string_view text, Search& search) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && read_number(text.substr(0, slash), search.worker) &&
         read_number(text.substr(slash + 1), search.workers) && search.workers > 0;
}

struct Number {
  std::string_view option;
  int Search::*into;
};
constexpr Number kNumbers[] = {{"--singles", &Search::singles},
                               {"--stops", &Search::stops},
                               {"--pairs", &Search::pairs},
                               {"--world", &Search::world}};

// False: not one of ours. `used` counts its words.
bool read_option(std::string_view option, std::string_view value, Search& search, int& used) {
  used = 1;
  if (option == "--first") return search.only_first = true;
  if (option == "--short") {
    search.singles = 23;
    search.stops = 61;
    search.pairs = 3'001;
    return true;
  }
  used = 2;
  if (option == "--worker") return read_part(value, search);
  for (const Number& row : kNumbers)
    if (row.option == option)
      return read_number(value, search.*row.into) && (search.*row.into > 0 || row.into == &Search::world);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--replay") return replay(argv[2]);
  Search search;
  for (int i = 1, used = 0; i < argc; i += used) {
    if (read_option(argv[i], i + 1 < argc ? argv[i + 1] : "", search, used)) continue;
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  return run_search(search);
}
