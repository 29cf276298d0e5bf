#include "agent/ctl/apply_plan.h"

#include "agent/ctl/scope_map_write.h"
#include "agent/ctl/token_create.h"
#include "agent/ctl/token_write.h"

#include <chrono>

namespace scoped::ctl {
namespace {

using policy::Act;
using policy::Kind;
using policy::Step;

constexpr int kMostWaits = 20;
constexpr std::chrono::seconds kLongestWait{120};

std::string words_of(const Step& step) {
  const std::string what = (step.kind == Kind::token ? "token '" : "scope map '") + step.name + "'";
  switch (step.act) {
    case Act::create:
      return "create " + what;
    case Act::change:
      return "change " + what;
    case Act::remove:
      return "delete " + what;
  }
  return what;
}

Result<> do_scope_map(const Run& run, const policy::Observed& observed, const Step& step) {
  registry::ControlPlane& control = *TRY(run.parts.control_of(observed.written->host));
  switch (step.act) {
    case Act::create:
      TRY(control.create_scope_map(step.name, step.scope_map.description.value_or(""),
                                   *step.scope_map.actions));
      return {};
    case Act::change:
      TRY(write_scope_map(control, *observed.scope_map(step.name), step.scope_map));
      return {};
    case Act::remove:
      return remove_scope_map(control, step.name);
  }
  return {};
}

Result<> do_token(const Run& run, const policy::Observed& observed, const Step& step) {
  const record::RecordName name{observed.written->host, step.name};
  if (step.act == Act::create) {
    TRY(ensure_token(run, name, {step.wanted_map}));
    return {};
  }
  const Gathered gathered = TRY(gather(run, name));
  if (!gathered.token) return fail(ErrorCode::conflict, "somebody deleted it in this moment");
  if (step.act == Act::remove) return remove_token(run, gathered);
  if (step.wanted_map != gathered.token->scope_map)
    TRY(write_token(run, gathered, {.scope_map = step.wanted_map}));
  if (step.first_password) TRY(ensure_token(run, name, {step.wanted_map}));
  return {};
}

Result<> do_step(const Run& run, const policy::Observed& observed, const Step& step) {
  return step.kind == Kind::token ? do_token(run, observed, step) : do_scope_map(run, observed, step);
}

// A refusal that names a time did nothing, so the step may be taken again.
Result<> do_patiently(const Run& run, const policy::Observed& observed, const Step& step) {
  for (int turn = 1;; ++turn) {
    auto done = do_step(run, observed, step);
    if (done || turn == kMostWaits || done.error().code() != ErrorCode::unavailable) return done;
    const auto wait = done.error().retry_after();
    if (!wait || *wait > kLongestWait) return done;
    run.console().progress("the registry asks to wait " + format_duration(*wait), true);
    if (!run.around.stop.wait(*wait)) return done;
  }
}

std::string how_far(size_t done, size_t all) {
  return std::to_string(done) + " of " + std::to_string(all) +
         " steps are done and stay so; the next 'scopedctl apply' goes on from there";
}

}  // namespace

Result<> carry_out(const Run& run, const policy::Observed& observed, const policy::Plan& plan) {
  const size_t all = plan.steps.size();
  for (size_t done = 0; done < all; ++done) {
    const Step& step = plan.steps[done];
    if (run.around.stop.asked()) return fail(ErrorCode::cancelled, "stopped: " + how_far(done, all));
    run.console().progress(std::to_string(done + 1) + " of " + std::to_string(all) + ": " + words_of(step),
                           false);
    auto outcome = do_patiently(run, observed, step);
    if (!outcome)
      return fail(outcome.error().code(),
                  words_of(step) + ": " + outcome.error().line() + "; " + how_far(done, all));
  }
  return {};
}

}  // namespace scoped::ctl
