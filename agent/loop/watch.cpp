#include "agent/loop/watch.h"

#include "agent/loop/kept_status.h"
#include "agent/loop/status_json.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace scoped::loop {
namespace {

using record::RecordName;
using rotate::Asked;
using rotate::Step;
using rotate::TokenStatus;
using rotate::Turn;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kFirstListAgain{1'000};
constexpr std::chrono::seconds kRest{5};
constexpr std::chrono::minutes kLongestWait{15};
constexpr std::chrono::minutes kLongestEmergency{
    1};  // whoever waits for it has another way: to disable the token

// What the lists of the registry and of its store show of a token.
struct Listed {
  std::optional<registry::TokenState> state = {};
  bool has_record = true;  // false: that needs no question of its own
};

// Of a whole registry.
struct Lists {
  Result<std::vector<registry::TokenState>> tokens;
  std::optional<std::set<std::string>> recorded = {};  // nothing: the store does not tell
  const net::ServerTime* server_time = nullptr;        // null: there is no control plane
};

// Somebody who waits for a token to reach a state.
struct Waiting {
  std::function<bool(const TokenStatus&)> is_reached;
  Watch::Done done;
  BootInstant deadline;
};

struct Token {
  const RecordName* key = nullptr;  // of the map that holds it
  const RecordName& name() const { return *key; }
  std::unique_ptr<rotate::Session> session;  // used by one worker at a time, while busy
  KeptStatus status;
  std::string row;  // the whole of it, as it is sent
  bool busy = false;
  bool again = false;            // asked for while busy
  Asked asked = Asked::nothing;  // not yet told to the session
  bool holds_value = false;
  bool may_send = false;  // the turn that runs, or comes next, is that of a claim which has just been made
  std::string told;       // the last problem in the log, so that it stands there once
  Timers::Id timer = 0;
  std::vector<Waiting> waiting;
};

struct Registry {
  std::string host;
  Milliseconds observe{};
  int failures = 0;
  std::string told;
  bool busy = false;
  bool listed = false;
  Timers::Id timer = 0;
  const net::ServerTime* server_time = nullptr;  // once its control plane could be made
};

// What a worker brings back from one turn.
struct Outcome {
  Turn turn;
  TokenStatus status;
  bool holds_value = false;
};

enum class Glance { list, fresh };

void keep(const TokenStatus& status, Token& token) {
  token.status = KeptStatus(status);
  token.row = status_row(status);
}

void keep_unread(const std::string& problem, Token& token) {
  TokenStatus status;
  status.name = token.name();
  status.step = "wait";
  status.reason = "not read yet";
  status.problem = problem;
  keep(status, token);
}

std::string not_yet(const Token& token, const Outcome& outcome) {
  if (outcome.turn.error) return "'" + token.name().display() + "': " + outcome.turn.error->line();
  const auto& until = outcome.turn.decision.until;
  return "'" + token.name().display() + "': " + outcome.turn.decision.reason +
         (until ? ", until " + format_rfc3339(*until) : std::string()) + ": the agent goes on by itself";
}

}  // namespace

struct Watch::Impl : std::enable_shared_from_this<Watch::Impl> {
  explicit Impl(Use given) : use(std::move(given)) {}

  void list(Registry& registry);
  Lists read_lists(const Registry& registry);
  void take_lists(Registry& registry, const Lists& lists);
  void list_later(Registry& registry, Milliseconds wait);
  void failed_list(Registry& registry, const Error& error);

  void run_turn(Token& token, Glance glance, Listed listed);
  Outcome take_turn(Token& token, Glance glance, const Listed& listed, Asked ask);
  void finish_turn(Token& token, const std::shared_ptr<Outcome>& outcome);
  void go_on(Token& token, const Outcome& outcome);
  void look_later(Token& token, Milliseconds wait);
  void tell(Token& token, const Outcome& outcome);
  void tell_promoted(Token& token, const std::shared_ptr<Outcome>& outcome);
  void tell_waiting(Token& token, const Outcome& outcome);
  std::optional<std::string> hopeless(const Token& token, const Outcome& outcome) const;
  bool is_too_late(const Token& token, const Outcome& outcome, BootInstant deadline) const;
  void wait_for(const RecordName& name, Asked ask, Done done);
  void count_lost(bool before, bool now);
  bool must_go_on(const Token& token) const { return !stopping || token.holds_value; }
  void end_if_quiet();

  Use use;
  std::map<RecordName, Token> tokens;
  std::map<std::string, Registry> registries;
  int64_t lost = 0;  // tokens
  std::atomic<bool> too_many_lost{false};
  bool stopping = false;
  std::function<void()> stopped;
};

// --- lists ---------------------------------------------------------------------------------------------

void Watch::Impl::list(Registry& registry) {
  if (registry.busy || stopping) return;
  registry.busy = true;
  use.workers.post([self = shared_from_this(), &registry] {
    const auto lists = std::make_shared<Lists>(self->read_lists(registry));
    boost::asio::post(self->use.io, [self, &registry, lists] {
      registry.server_time = lists->server_time;
      registry.busy = false;
      self->take_lists(registry, *lists);
    });
  });
}

// In a worker.
Lists Watch::Impl::read_lists(const Registry& registry) {
  const auto control = use.parts.control_of(registry.host);
  if (!control) return {fail(control.error())};
  Lists lists{(*control)->list_tokens()};
  lists.server_time = &(*control)->server_time();
  const auto store = use.parts.store_of(registry.host);
  if (lists.tokens && store) lists.recorded = (*store)->tokens_of(registry.host);
  return lists;
}

void Watch::Impl::take_lists(Registry& registry, const Lists& lists) {
  const auto& listed = lists.tokens;
  if (!std::exchange(registry.listed, true) && use.listed &&
      std::all_of(registries.begin(), registries.end(), [](const auto& each) { return each.second.listed; }))
    use.listed();
  if (stopping) return end_if_quiet();
  if (!listed) return failed_list(registry, listed.error());
  if (registry.failures > 0)
    use.log.write(Level::info, "the control plane answers again", {{"registry", registry.host}});
  registry.failures = 0;
  registry.told.clear();
  std::map<std::string, const registry::TokenState*> by_name;
  for (const registry::TokenState& state : *listed) by_name[state.name] = &state;
  for (auto& [name, token] : tokens) {
    if (name.registry != registry.host) continue;
    const auto found = by_name.find(name.token);
    Listed seen;
    if (found != by_name.end()) seen.state = *found->second;
    // One that was there is asked for even so: a standby that answers a list may be behind.
    seen.has_record =
        !lists.recorded || lists.recorded->contains(name.token) || token.status.generation() > 0;
    run_turn(token, Glance::list, std::move(seen));
  }
  use.timers.at(use.clock.boot_now() + kRest, [] { malloc_trim(0); });  // a list of thousands leaves holes
  list_later(registry, registry.observe);
}

void Watch::Impl::failed_list(Registry& registry, const Error& error) {
  const std::string line = error.line();
  if (registry.told != line)
    use.log.write(Level::warning, "the list of tokens cannot be read, trying again",
                  {{"registry", registry.host}, {"error", line}});
  registry.told = line;
  for (auto& [name, token] : tokens)
    if (name.registry == registry.host && !token.status.read()) keep_unread(line, token);
  const Milliseconds wait =
      std::min(kFirstListAgain * (1 << std::min(registry.failures, 12)), registry.observe);
  ++registry.failures;
  list_later(registry, std::max(wait, Milliseconds(error.retry_after().value_or(Seconds(0)))));
}

void Watch::Impl::list_later(Registry& registry, Milliseconds wait) {
  use.timers.cancel(registry.timer);
  registry.timer = use.timers.at(use.clock.boot_now() + wait,
                                 [self = shared_from_this(), &registry] { self->list(registry); });
}

// --- turns ---------------------------------------------------------------------------------------------

void Watch::Impl::run_turn(Token& token, Glance glance, Listed listed) {
  if (token.busy) {
    token.again = token.again || glance == Glance::fresh;
    return;
  }
  if (!must_go_on(token)) return;
  use.timers.cancel(token.timer);
  token.busy = true;
  const Asked ask = std::exchange(token.asked, Asked::nothing);
  auto state = std::make_shared<Listed>(std::move(listed));
  use.workers.post([self = shared_from_this(), &token, glance, state, ask] {
    auto outcome = std::make_shared<Outcome>(self->take_turn(token, glance, *state, ask));
    boost::asio::post(self->use.io, [self, &token, outcome] { self->finish_turn(token, outcome); });
  });
}

// In a worker. The token's session is its own while the token is busy.
Outcome Watch::Impl::take_turn(Token& token, Glance glance, const Listed& listed, Asked ask) {
  if (!token.session) {
    auto made = use.parts.session_of(token.name(), use.may_rotate);
    if (!made) {
      TokenStatus status;
      status.name = token.name();
      status.step = std::string(name_of(Step::give_up));
      status.reason = status.problem = made.error().line();
      return {{{.step = Step::give_up, .reason = status.reason}, std::nullopt, false, Milliseconds::max()},
              status,
              false};
    }
    token.session = std::make_unique<rotate::Session>(std::move(*made));
  }
  if (ask != Asked::nothing) token.session->ask(ask);
  Turn turn = glance == Glance::fresh
                  ? token.session->turn()
                  : token.session->turn(listed.state ? &*listed.state : nullptr, listed.has_record);
  TokenStatus status = token.session->take_status();
  return {std::move(turn), std::move(status), token.session->holds_value()};
}

void Watch::Impl::finish_turn(Token& token, const std::shared_ptr<Outcome>& outcome) {
  count_lost(token.status.lost(), outcome->status.lost);
  keep(outcome->status, token);
  token.holds_value = outcome->holds_value;
  token.may_send = outcome->turn.acted && outcome->turn.decision.step == Step::claim;
  tell(token, *outcome);
  if (use.looked) use.looked();
  if (use.seen) use.seen(outcome->status);
  const bool promoted = !outcome->turn.error && rotate::changes_current(outcome->turn.decision.step);
  if (promoted && use.promoted) return tell_promoted(token, outcome);
  token.busy = false;
  tell_waiting(token, *outcome);
  go_on(token, *outcome);
}

void Watch::Impl::go_on(Token& token, const Outcome& outcome) {
  if (stopping && !token.holds_value) return end_if_quiet();
  const bool asked = std::exchange(token.again, false) || token.asked != Asked::nothing;
  if (outcome.turn.shows_at_once() || asked) return run_turn(token, Glance::fresh, {});
  look_later(token, outcome.turn.look_again);
}

// Whoever would look again no sooner than the next list waits for that.
void Watch::Impl::look_later(Token& token, Milliseconds wait) {
  const Milliseconds observe = registries.at(token.name().registry).observe;
  if (wait >= observe && !token.holds_value) return;
  token.timer = use.timers.at(use.clock.boot_now() + wait, [self = shared_from_this(), &token] {
    self->run_turn(token, Glance::fresh, {});
  });
}

void Watch::Impl::tell(Token& token, const Outcome& outcome) {
  const rotate::Decision& decision = outcome.turn.decision;
  const std::string name = token.name().display();
  if (outcome.turn.acted) {
    const Level level = decision.step == Step::promote                              ? Level::info
                        : rotate::changes_current(decision.step) || decision.repair ? Level::warning
                                                                                    : Level::debug;
    use.log.write(level, decision.step == Step::promote ? "promoted" : name_of(decision.step),
                  {{"token", name}, {"slot", decision.slot}, {"reason", decision.reason}});
  }
  std::string problem = outcome.turn.error ? outcome.turn.error->line() : outcome.status.problem;
  if (problem != token.told && !problem.empty())
    use.log.write(Level::warning, outcome.turn.error ? "a step failed, trying again" : "not rotated",
                  {{"token", name}, {"step", name_of(decision.step)}, {"error", problem}});
  if (!outcome.turn.acted || decision.step == Step::promote) token.told = std::move(problem);
}

void Watch::Impl::count_lost(bool before, bool now) {
  lost += (now ? 1 : 0) - (before ? 1 : 0);
  const auto most = std::max<int64_t>(3, static_cast<int64_t>(tokens.size()) / 100);
  const bool stop = lost > most;
  if (stop && !too_many_lost.exchange(stop))
    use.log.write(Level::error, "too many tokens have lost their password at once: repairs are stopped",
                  {{"tokens", std::to_string(lost)}});
  too_many_lost = stop;
}

// --- those who wait ------------------------------------------------------------------------------------

void Watch::Impl::wait_for(const RecordName& name, Asked ask, Done done) {
  const auto found = tokens.find(name);
  if (found == tokens.end())
    return done(fail(ErrorCode::not_found, "token '" + name.display() +
                                               "' is not watched: it is not in the configuration of this "
                                               "agent, or its registry has no 'control'"));
  if (stopping) return done(fail(ErrorCode::cancelled, "the agent is stopping"));
  if (ask != Asked::nothing && !use.may_rotate)
    return done(fail(ErrorCode::denied,
                     "this agent only watches: 'agent' 'duties' in its configuration have no 'rotate'"));
  Token& token = found->second;
  const int64_t before = token.status.rotations();
  Waiting waiting{[](const TokenStatus& status) { return status.ready; }, std::move(done),
                  use.clock.boot_now() + (ask == Asked::leaked ? kLongestEmergency : kLongestWait)};
  if (ask == Asked::rotation)
    waiting.is_reached = [before](const TokenStatus& status) { return status.rotations > before; };
  else if (ask != Asked::nothing)
    waiting.is_reached = [](const TokenStatus& status) { return status.asked.empty(); };
  token.waiting.push_back(std::move(waiting));
  token.asked = std::max(token.asked, ask);
  run_turn(token, Glance::fresh, {});
}

// Whoever asked is told when the copies have the new password too, and an old one that must be dead is not
// overwritten before: the token stays busy.
void Watch::Impl::tell_promoted(Token& token, const std::shared_ptr<Outcome>& outcome) {
  const bool is_asked = !outcome->status.asked.empty();
  token.busy = is_asked;
  const auto then = [self = shared_from_this(), &token, outcome, is_asked] {
    if (!is_asked) return self->tell_waiting(token, *outcome);
    token.session->note_copies();
    outcome->status.stages = token.session->take_status().stages;
    keep(outcome->status, token);
    token.busy = false;
    self->tell_waiting(token, *outcome);
    self->go_on(token, *outcome);
  };
  use.promoted(token.name(), outcome->status.generation + 1, then);
  if (!is_asked) go_on(token, *outcome);
}

// Why waiting on makes no sense.
std::optional<std::string> Watch::Impl::hopeless(const Token& token, const Outcome& outcome) const {
  const auto& error = outcome.turn.error;
  const bool may_mend =
      error && (error->code() == ErrorCode::unavailable || error->code() == ErrorCode::conflict ||
                error->code() == ErrorCode::ambiguous);
  const std::string why = error ? error->line() : outcome.turn.decision.reason;
  if (stopping || (error && !may_mend) || outcome.turn.decision.step == Step::give_up)
    return "'" + token.name().display() + "': " + why;
  return std::nullopt;
}

// Waiting longer than somebody waits with us; the agent itself goes on then.
bool Watch::Impl::is_too_late(const Token& token, const Outcome& outcome, BootInstant deadline) const {
  const net::ServerTime* time = registries.at(token.name().registry).server_time;
  const auto now = time != nullptr ? time->at(use.clock.boot_now()) : std::nullopt;
  const auto& until = outcome.turn.decision.until;
  if (outcome.turn.error || outcome.turn.decision.step != Step::wait || !until || !now) return false;
  return *until - now->latest > deadline - use.clock.boot_now();
}

void Watch::Impl::tell_waiting(Token& token, const Outcome& outcome) {
  if (token.asked != Asked::nothing || token.again) return;  // that turn began before they asked
  const auto no_hope = hopeless(token, outcome);
  const BootInstant now = use.clock.boot_now();
  std::vector<Waiting> waiting = std::exchange(token.waiting, {});
  for (Waiting& each : waiting) {
    if (!outcome.turn.error && each.is_reached(outcome.status)) {
      each.done(outcome.status);
    } else if (no_hope) {
      each.done(fail(ErrorCode::unavailable, *no_hope));
    } else if (now > each.deadline || is_too_late(token, outcome, each.deadline)) {
      each.done(fail(ErrorCode::unavailable, not_yet(token, outcome)));
    } else {
      token.waiting.push_back(std::move(each));
    }
  }
}

void Watch::Impl::end_if_quiet() {
  for (const auto& [name, token] : tokens)
    if (token.busy || token.holds_value) return;
  for (const auto& [host, registry] : registries)
    if (registry.busy) return;
  if (stopped) std::exchange(stopped, nullptr)();
}

// --- the outside ---------------------------------------------------------------------------------------

Watch::Watch(Use use) : impl_(std::make_shared<Impl>(std::move(use))) {
  for (const auto& [host, registry] : impl_->use.configuration.registries) {
    if (!registry.control) continue;
    Registry& watched = impl_->registries[host];
    watched.host = host;
    watched.observe = registry.rotation.observe;
    for (const auto& [name, settings] : registry.tokens) {
      const auto made = impl_->tokens.try_emplace({host, name}).first;
      Token& token = made->second;
      token.key = &made->first;
      keep_unread("", token);
    }
  }
}

Watch::~Watch() = default;

void Watch::start() {
  for (auto& [host, registry] : impl_->registries) impl_->list(registry);
  if (impl_->registries.empty() && impl_->use.listed) impl_->use.listed();
}

void Watch::look_at_all() {
  for (auto& [host, registry] : impl_->registries) impl_->list(registry);
}

void Watch::look(const RecordName& name, Done done) {
  impl_->wait_for(name, Asked::nothing, std::move(done));
}
void Watch::ask(const RecordName& name, Asked what, Done done) {
  impl_->wait_for(name, what, std::move(done));
}

size_t Watch::size() const { return impl_->tokens.size(); }

std::vector<Outlook> Watch::outlooks() const {
  std::vector<Outlook> all;
  all.reserve(impl_->tokens.size());
  for (const auto& [name, token] : impl_->tokens)
    all.push_back({&name, token.status.due_at(), token.status.has_problem()});
  return all;
}

void Watch::for_each_row(const std::function<void(const std::string&)>& visit) const {
  for (const auto& [name, token] : impl_->tokens) visit(token.row);
}

bool Watch::for_next(std::optional<RecordName>& last, size_t most,
                     const std::function<void(const TokenStatus&)>& visit) const {
  auto next = last ? impl_->tokens.upper_bound(*last) : impl_->tokens.begin();
  for (; most > 0 && next != impl_->tokens.end(); --most, ++next) {
    visit(next->second.status.whole(next->first));
    last = next->first;
  }
  return next != impl_->tokens.end();
}

const std::string* Watch::row_of(const RecordName& name) const {
  const auto found = impl_->tokens.find(name);
  return found == impl_->tokens.end() ? nullptr : &found->second.row;
}

std::optional<Instant> Watch::latest_server_time() const {
  std::optional<Instant> latest;
  for (const auto& [host, registry] : impl_->registries) {
    if (registry.server_time == nullptr) continue;
    const auto at = registry.server_time->at(impl_->use.clock.boot_now());
    if (at && (!latest || at->latest > *latest)) latest = at->latest;
  }
  return latest;
}

bool Watch::repairs_stopped() const { return impl_->too_many_lost; }

bool Watch::is_in_mid_step() const {
  return std::any_of(impl_->tokens.begin(), impl_->tokens.end(), [](const auto& each) {
    return each.second.holds_value || (each.second.busy && each.second.may_send);
  });
}

void Watch::stop(std::function<void()> done) {
  impl_->stopping = true;
  impl_->stopped = std::move(done);
  for (auto& [name, token] : impl_->tokens)
    if (token.holds_value) impl_->run_turn(token, Glance::fresh, {});
  impl_->end_if_quiet();
}

}  // namespace scoped::loop
