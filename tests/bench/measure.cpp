#include "tests/bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace scoped::bench {
namespace {

constexpr std::chrono::milliseconds kLong{15};
constexpr int kEveryTenth = 10;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// What a failure prints is a line without secrets; what a success prints is not shown.
std::string why_not(const test::Finished& finished, int wanted) {
  if (finished.code == wanted) return {};
  const std::string& said = finished.out.empty() ? finished.err : finished.out;
  if (finished.code == 0) return "it succeeded where it had to fail";
  return "exit " + std::to_string(finished.code) + ": " + first_line(said);
}

double microseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

// The sum of what callgrind's last lines say, one for each program that the process was.
long collected_in(const std::string& said) {
  constexpr std::string_view kLabel = "Collected : ";
  long sum = 0;
  for (size_t at = said.find(kLabel); at != std::string::npos; at = said.find(kLabel, at + 1))
    sum += atol(said.c_str() + at + kLabel.size());
  return sum;
}

void print_row(const Row& row, const Row& first, const Row& second) {
  const double median = microseconds(row.at(0.5));
  const std::string instructions = row.instructions > 0 ? std::to_string(row.instructions) : "-";
  printf("%-52s %10s %6zu %9.0f %9.0f", row.name.c_str(), instructions.c_str(), row.times.size(), median,
         microseconds(row.at(0.9)));
  for (const Row* other : {&first, &second}) {
    if (other->times.empty())
      printf(" %11s", "-");
    else
      printf(" %11.2f", median / microseconds(other->at(0.5)));
  }
  printf("   %s\n", row.target.c_str());
}

}  // namespace

std::chrono::nanoseconds Row::at(double share) const {
  std::vector<std::chrono::nanoseconds> sorted = times;
  const auto place =
      sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), place, sorted.end());
  return *place;
}

void measure(std::vector<Row>& rows, int rounds) {
  std::vector<bool> takes_long(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].skipped.empty()) continue;
    const auto cold = test::run(rows[i].spawn).elapsed;
    const test::Finished finished = test::run(rows[i].spawn);
    rows[i].skipped = why_not(finished, rows[i].code);
    takes_long[i] = std::min(cold, finished.elapsed) > kLong;
  }
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937 random(1);
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (size_t i : order)
      if (rows[i].skipped.empty() && (!takes_long[i] || round % kEveryTenth == 0))
        rows[i].times.push_back(test::run(rows[i].spawn).elapsed);
  }
}

void count_instructions(std::vector<Row>& rows) {
  constexpr const char* kValgrind = "/usr/bin/valgrind";
  if (access(kValgrind, X_OK) != 0) return;
  for (Row& row : rows) {
    if (!row.skipped.empty()) continue;
    test::Spawn spawn = row.spawn;
    spawn.arguments = {kValgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
                       "--trace-children=yes", row.spawn.program};
    spawn.arguments.insert(spawn.arguments.end(), row.spawn.arguments.begin() + 1, row.spawn.arguments.end());
    spawn.program = kValgrind;
    row.instructions = collected_in(test::run(spawn).err);
  }
}

void print_table(const std::vector<Row>& rows, const Row& first, const Row& second) {
  printf("%-52s %10s %6s %9s %9s %11s %11s   %s\n", "whole process, posix_spawn to wait", "instr.", "runs",
         "median/us", "p90/us", ("x " + first.name).c_str(), "x get", "target");
  for (const Row& row : rows)
    if (!row.times.empty()) print_row(row, first, second);
  for (const Row& row : rows)
    if (row.times.empty()) printf("SKIPPED %s: %s\n", row.name.c_str(), row.skipped.c_str());
}

}  // namespace scoped::bench
