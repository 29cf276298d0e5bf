#include "tests/crash/history.h"

#include "tests/crash/process.h"

#include <algorithm>

namespace scoped::crash {
namespace {

bool have_all_happened(const Plan& plan, const World& world,
                       const std::vector<std::unique_ptr<Process>>& agents) {
  int cuts_made = 0, cuts_wanted = 0;
  for (const auto& agent : agents) cuts_made += agent->cuts_made();
  for (const Interruption& each : plan.interruptions) cuts_wanted += each.cut != Cut::none ? 1 : 0;
  return cuts_made == cuts_wanted && (plan.write == Write::normal || world.write_fault_happened) &&
         (plan.save == Save::normal || world.save_fault_happened);
}

}  // namespace

Outcome run_history(const Plan& plan, const std::function<void(const std::string&)>& trace) {
  World world(worlds()[static_cast<size_t>(plan.world)], plan);
  const Instant start = world.now();
  std::vector<std::unique_ptr<Process>> agents;
  for (int i = 0; i < plan.agents; ++i)
    agents.push_back(std::make_unique<Process>(world, plan, i, trace ? [&trace, &world, start](
                                                                           const std::string& line) {
      trace(std::to_string((world.now() - start) / std::chrono::milliseconds(1)) + " ms " + line);
    }
                                                                     : trace));
  // Long enough for two rotations, each of which loses two claims.
  const Instant end = start + world.row.policy.lifetime + 6 * world.row.policy.last_start();
  const auto is_over = [&] {
    return !world.verdict.violation.empty() || (world.promotions >= 2 && world.is_quiet());
  };
  const Ticks grace = 2 * world.row.policy.observe + world.row.policy.last_start();
  // A rotation that was asked for late may still be on its way at the end.
  const auto is_late = [&] { return world.now() >= end && (world.is_quiet() || world.now() >= end + grace); };
  while (!is_late() && !is_over()) {
    const auto next = std::min_element(agents.begin(), agents.end(), [](const auto& left, const auto& right) {
      return left->wakes_at() < right->wakes_at();
    });
    world.advance_to((*next)->wakes_at());
    (*next)->run();
  }
  world.judge_end();
  Outcome outcome{world.verdict, have_all_happened(plan, world, agents), false, {}};
  for (size_t i = 0; i < agents.size(); ++i) {
    outcome.calls[i] = agents[i]->calls();
    outcome.asked_wall_clock = outcome.asked_wall_clock || agents[i]->asked_wall_clock();
    agents[i]->end();
  }
  return outcome;
}

}  // namespace scoped::crash
