#include "tests/crash/search.h"

#include "tests/crash/history.h"

#include <fmt/core.h>

#include <chrono>
#include <map>
#include <vector>

namespace scoped::crash {
namespace {

constexpr int kMostShown = 10;
constexpr int kSavesHit = 9;  // of the first rotation and the beginning of the second

struct Sum {
  long histories = 0, same = 0, violations = 0, races = 0, late = 0;
  std::map<std::string, std::string> shown;  // what was wrong -> the first plan
  std::map<std::string, long> happened;      // kind of fault -> histories with it
  bool asked_wall_clock = false;
  int longest = 0;  // in points, of all agents
  Plan longest_plan;
};

// Every K-th of a class of plans.
class Sieve {
 public:
  explicit Sieve(int every) : every_(every) {}
  bool takes() { return seen_++ % every_ == 0; }

 private:
  const long every_;
  long seen_ = 0;
};

bool is_stop(const Interruption& each) {
  return each.cut == Cut::crash || each.cut == Cut::crash_long || each.cut == Cut::pause ||
         each.cut == Cut::pause_long;
}

bool fits(Cut cut, const Plan& plan) {
  if (cut != Cut::take) return true;
  return plan.agents > 1 && worlds()[static_cast<size_t>(plan.world)].compares_too_early;
}

class Searcher {
 public:
  explicit Searcher(const Search& search)
      : search_(search), singles_(search.singles), stops_(search.stops), pairs_(search.pairs) {}
  int run();

 private:
  bool is_ours() { return next_++ % search_.workers == search_.worker; }
  void judge(const Plan& plan);
  void count_faults(const Plan& plan);
  std::vector<Interruption> single_cuts(const Plan& base) const;
  void run_world(int world, int agents);
  void run_singles(Plan plan, const std::vector<Interruption>& cuts);
  void run_pairs(Plan plan, const std::vector<Interruption>& cuts);
  bool is_over() const { return search_.only_first && sum_.violations > 0; }

  const Search search_;
  Sieve singles_, stops_, pairs_;
  long next_ = 0;
  Sum sum_;
};

void Searcher::count_faults(const Plan& plan) {
  for (const Cut cut : kCuts)
    sum_.happened[std::string(name_of(cut))] +=
        plan.interruptions[0].cut == cut || plan.interruptions[1].cut == cut ? 1 : 0;
  for (const Write write : kWrites)
    sum_.happened["write=" + std::string(name_of(write))] += plan.write == write ? 1 : 0;
  for (const Save save : kSaves)
    sum_.happened["save=" + std::string(name_of(save))] += plan.save == save ? 1 : 0;
}

void Searcher::judge(const Plan& plan) {
  if (is_over() || !is_ours()) return;
  const Outcome outcome = run_history(plan);
  sum_.asked_wall_clock = sum_.asked_wall_clock || outcome.asked_wall_clock;
  int points = 0;
  for (const auto& each : outcome.calls) points += static_cast<int>(each.size());
  if (points > sum_.longest) {
    sum_.longest = points;
    sum_.longest_plan = plan;
  }
  if (!outcome.all_happened && outcome.verdict.violation.empty()) {
    ++sum_.same;
    return;
  }
  ++sum_.histories;
  count_faults(plan);
  sum_.races += outcome.verdict.races > 0 ? 1 : 0;
  sum_.late += outcome.verdict.late > 0 ? 1 : 0;
  if (outcome.verdict.violation.empty()) return;
  ++sum_.violations;
  const std::string& what = outcome.verdict.violation;
  if (sum_.shown.emplace(what.substr(0, what.find(" (")), display(plan) + ": " + what).second)
    fmt::print("VIOLATION {}: {}\n", display(plan), what);
}

// Every kind of interruption at every point of every agent in the history without them.
std::vector<Interruption> Searcher::single_cuts(const Plan& base) const {
  const Outcome plain = run_history(base);
  std::vector<Interruption> cuts;
  for (int agent = 0; agent < base.agents; ++agent) {
    const auto& calls = plain.calls[static_cast<size_t>(agent)];
    for (int point = 0; point < static_cast<int>(calls.size()); ++point)
      for (const Cut cut : kCuts)
        if (fits(cut, calls[static_cast<size_t>(point)]) && fits(cut, base))
          cuts.push_back({cut, agent, point});
  }
  return cuts;
}

// Ordered pairs; after the first the points of the second are numbered as that history has them. A pair that
// lies beyond its end is the history of the first alone.
void Searcher::run_pairs(Plan plan, const std::vector<Interruption>& cuts) {
  for (const Interruption& first : cuts) {
    for (const Interruption& second : cuts) {
      if (second == first || second.agent < first.agent) continue;
      if (second.agent == first.agent && second.point < first.point) continue;
      const bool is_plain =
          plan.agents <= 2 && plan.write == Write::normal && is_stop(first) && is_stop(second);
      if (!(is_plain ? stops_ : pairs_).takes()) continue;
      plan.interruptions = {first, second};
      judge(plan);
      if (is_over()) return;
    }
  }
}

void Searcher::run_singles(Plan plan, const std::vector<Interruption>& cuts) {
  judge(plan);
  for (const Interruption& cut : cuts) {
    if (!singles_.takes()) continue;
    plan.interruptions[0] = cut;
    judge(plan);
  }
}

void Searcher::run_world(int world, int agents) {
  Plan plain;
  plain.world = world;
  plain.agents = agents;
  const std::vector<Interruption> cuts = single_cuts(plain);
  for (const Write write : kWrites) {
    Plan plan = plain;
    plan.write = write;
    run_singles(plan, cuts);
    run_pairs(plan, cuts);
  }
  for (const Save save : {Save::unavailable, Save::lost_answer, Save::lost_request}) {
    for (int at = 0; at < kSavesHit; ++at) {
      Plan plan = plain;
      plan.save = save;
      plan.save_at = at;
      run_singles(plan, cuts);
    }
  }
}

int Searcher::run() {
  const auto began = std::chrono::steady_clock::now();
  for (int agents = 1; agents <= kMostAgents; ++agents) {
    for (int world = 0; world < static_cast<int>(worlds().size()); ++world) {
      if (search_.world >= 0 && search_.world != world) continue;
      const Sum before = sum_;
      run_world(world, agents);
      fmt::print("{} agents, {}: {} histories, {} violations, {} races, {} late\n", agents,
                 worlds()[static_cast<size_t>(world)].name, sum_.histories - before.histories,
                 sum_.violations - before.violations, sum_.races - before.races, sum_.late - before.late);
      std::fflush(stdout);
      if (is_over()) break;
    }
  }
  for (const auto& [fault, count] : sum_.happened) fmt::print("happened: {} {}\n", fault, count);
  fmt::print("the longest history has {} calls: {}\n", sum_.longest, display(sum_.longest_plan));
  const auto took = std::chrono::steady_clock::now() - began;
  fmt::print(
      "{} worlds, {} histories, {} the same as a smaller one, {} violations, {} with a race that remains, "
      "{} late, wall clock asked: {}, {} s\n",
      worlds().size(), sum_.histories, sum_.same, sum_.violations, sum_.races, sum_.late,
      sum_.asked_wall_clock ? "yes" : "no", std::chrono::duration_cast<std::chrono::seconds>(took).count());
  return sum_.violations > 0 ? 1 : 0;
}

}  // namespace

int run_search(const Search& search) { return Searcher(search).run(); }

}  // namespace scoped::crash
