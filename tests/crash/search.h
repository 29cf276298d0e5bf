// Which histories are run, and their sum.
#pragma once

namespace scoped::crash {

// Of each class of plans every K-th is run; 1 is all of them.
struct Search {
  int worker = 0, workers = 1;
  int singles = 1;  // one interruption x one fault of a write or a save
  int stops = 1;    // two crashes or pauses, nothing else, one or two agents
  int pairs = 97;   // two interruptions of any kind x one fault of a write, up to three agents
  int world = -1;   // only this one
  bool only_first = false;
};

// Prints one line a kind of plan and a last line of totals: "W worlds, H histories, ...". 0: no violation.
int run_search(const Search& search);

}  // namespace scoped::crash
