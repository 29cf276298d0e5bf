// Times whole processes, some programs side by side in one run, so that what the machine does meanwhile falls
// on all of them alike. One thread.
#pragma once

#include "tests/support/spawned.h"

#include <chrono>
#include <string>
#include <vector>

namespace scoped::bench {

struct Row {
  std::string name;
  test::Spawn spawn;
  int code = 0;         // what it must end with
  std::string target;   // what the design asks for, for the reader
  std::string skipped;  // why it is not measured
  std::vector<std::chrono::nanoseconds> times;
  long instructions = 0;  // 0: not counted

  std::chrono::nanoseconds at(double share) const;  // 0.5: the median. REQUIRES: times
};

// Runs each row twice to see that it works (one that does not is skipped, with what it said), then all of
// them `rounds` times, each round in another order, since a large program leaves cold caches to the next one;
// those that take long take part in every tenth round.
void measure(std::vector<Row>& rows, int rounds);

// Instructions of each row, with all that its process starts and becomes, by callgrind; they hardly depend on
// the machine. Nothing is counted where valgrind is not installed.
void count_instructions(std::vector<Row>& rows);

// Instructions, medians, 90th percentiles, and ratios to the medians of two of the rows; then the rows that
// were skipped. Prints to stdout.
void print_table(const std::vector<Row>& rows, const Row& first, const Row& second);

}  // namespace scoped::bench
