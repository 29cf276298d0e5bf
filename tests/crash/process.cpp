#include "tests/crash/process.h"

namespace scoped::crash {
namespace {

const record::RecordName kName{"myregistry.azurecr.io", "token"};

std::string instance(int number) { return "agent " + std::to_string(number); }

Instant whole_second(Instant at) { return std::chrono::floor<Seconds>(at); }

}  // namespace

Process::Process(World& world, const Plan& plan, int number, std::function<void(const std::string&)> trace)
    : world_(world),
      plan_(plan),
      number_(number),
      trace_(std::move(trace)),
      random_state_(0x9E37'79B9'7F4A'7C15U * static_cast<uint64_t>(number + 1)),
      wakes_at_(world.now()),
      fiber_([this] { body(); }) {}

void Process::end() {
  over_ = true;
  if (!fiber_.has_ended()) fiber_.resume();
}

void Process::body() {
  try {
    while (true) sleep_until(live_and_die());
  } catch (const Over&) {
  }
}

// No fiber may pause while it handles an exception: the runtime keeps those on one stack.
Instant Process::live_and_die() {
  try {
    live();
  } catch (const Died& died) {
    return died.until;
  }
}

// One life of the process. Once somebody has promoted, an operator asks each agent for the next rotation at
// once: a slot that was said to be free too early is overwritten while clients still use it.
void Process::live() {
  ++lives_;
  time_ = std::make_unique<net::ServerTime>();
  bearer_until_.reset();
  rotate::Session session({.store = *this,
                           .control = *this,
                           .probe = *this,
                           .clock = *this,
                           .random = *this,
                           .endpoints = world_.endpoints(),
                           .owner = std::to_string(number_) + "." + std::to_string(lives_),
                           .machine = "machine",
                           .may_rotate = true,
                           .instance = instance(number_),
                           .repairs_stopped = {}},
                          kName, world_.row.policy);
  while (true) {
    if ((world_.promotions > 0 || world_.row.asked) && !asked_rotation_) {
      asked_rotation_ = true;
      session.ask(rotate::Asked::rotation);
    }
    const rotate::Turn turn = session.turn();
    if (trace_)
      trace_("agent " + std::to_string(number_) + "." + std::to_string(lives_) + " point " +
             std::to_string(calls_.size()) + ": " + std::string(name_of(turn.decision.step)) + " " +
             turn.decision.slot + " (" + turn.decision.reason + ")" +
             (turn.error ? " FAILED: " + turn.error->line() : ""));
    if (!turn.shows_at_once())
      sleep_until(world_.now() + std::max<Ticks>(turn.look_again, world_.row.latency));
  }
}

void Process::sleep_until(Instant at) {
  wakes_at_ = at;
  fiber_.pause();
  if (over_) throw Over();
}

Ticks Process::very_long() const {
  return world_.row.policy.fence_max + world_.row.policy.fence_margin + Seconds(2);
}

void Process::point(Call call) {
  world_.acts(number_ * 1'000 + lives_);
  const int here = static_cast<int>(calls_.size());
  calls_.push_back(call);
  is_stale_ = is_refused_ = false;
  for (const Interruption& each : plan_.interruptions)
    if (each.cut != Cut::none && each.agent == number_ && each.point == here && fits(each.cut, call))
      cut(each.cut);
  world_.spend();
  world_.acts(number_ * 1'000 + lives_);  // others may have acted while it paused
}

void Process::cut(Cut kind) {
  ++cuts_made_;
  world_.note_fault();
  const Ticks moment = world_.row.policy.settle + 20 * world_.row.latency;
  if (trace_) trace_("agent " + std::to_string(number_) + ": cut");
  switch (kind) {
    case Cut::none:
      return;
    case Cut::crash:
      throw Died{world_.now() + world_.row.latency};
    case Cut::crash_long:
      throw Died{world_.now() + very_long()};
    case Cut::pause:
      return sleep_until(world_.now() + moment);
    case Cut::pause_long:
      return sleep_until(world_.now() + very_long());
    case Cut::regenerate1:
      return world_.regenerate(record::kPassword1);
    case Cut::regenerate2:
      return world_.regenerate(record::kPassword2);
    case Cut::remove1:
      return world_.remove({record::kPassword1});
    case Cut::wipe:
      return world_.remove({record::kPassword1, record::kPassword2});
    case Cut::restore:
      return world_.restore();
    case Cut::stale:
      is_stale_ = true;
      return;
    case Cut::refuse:
      is_refused_ = true;
      world_.tell_wrong();
      return;
    case Cut::take:
      return world_.take(
          instance((std::stoi(world_.record().rotator->instance.substr(6)) + 1) % plan_.agents));
  }
}

void Process::learn_time(BootInstant sent) { time_->learn(whole_second(world_.now()), sent, world_.boot()); }

// --- calls that leave the agent ----------------------------------------------------------------------------

store::LoadResult Process::load(const record::RecordName&) {
  point(Call::store);
  loaded_at_ = world_.now() - world_.row.policy.read_lag;
  return world_.load();
}

Result<store::Revision> Process::save(const record::RecordName&, const record::Record& record,
                                      const store::Revision& expected) {
  point(Call::store);
  if (world_.row.compares_too_early) {
    TRY(world_.compare(expected));
    const Instant bearer_end = world_.now() + world_.row.bearer_life;
    point(Call::write);
    if (world_.now() >= bearer_end) return fail(ErrorCode::login, "HTTP 401");
  }
  return world_.save(record, expected);
}

Result<std::vector<registry::TokenState>> Process::list_tokens() {
  return std::vector<registry::TokenState>{TRY(get_token("token"))};
}

Result<registry::TokenState> Process::get_token(const std::string&) {
  const BootInstant sent = world_.boot();
  point(Call::look);
  learn_time(sent);
  stale_look_ = is_stale_ ? std::optional(world_.shown_when_stale()) : std::nullopt;
  return world_.token(is_stale_);
}

Result<registry::Generated> Process::generate(const registry::GenerateRequest& request) {
  point(Call::connect);
  TRY(request.last_look());
  const Sender sender{number_ * 1'000 + lives_, loaded_at_, stale_look_.value_or(world_.now())};
  const BootInstant sent = world_.boot();
  point(Call::send);  // a process that is stopped here sends when it goes on
  auto answer = world_.generate(request.slot, request.expiry, request.pinned->expiry.latest, sender);
  learn_time(sent);
  point(Call::answer);  // the answer is on its way
  return answer;
}

Result<registry::TokenState> Process::update_token(const std::string&, const registry::TokenChange& change,
                                                   const registry::Guard& guard) {
  point(Call::connect);
  TRY(guard.last_look());
  const Sender sender{number_ * 1'000 + lives_, loaded_at_, stale_look_.value_or(world_.now())};
  const BootInstant sent = world_.boot();
  point(Call::send);
  auto answer = world_.keep(*change.keep, guard.pinned->expiry.latest, sender);
  learn_time(sent);
  point(Call::answer);
  if (!answer) return fail(std::move(answer).error());
  return world_.token(false);
}

Result<registry::Login> Process::try_login(const std::string& host, const std::string&,
                                           const Secret& password) {
  point(Call::login);
  if (is_refused_) return registry::Login::refused;
  return world_.accepts(host, password.reveal()) ? registry::Login::accepted : registry::Login::refused;
}

Result<net::Pinned> Process::pin(std::chrono::seconds least) {
  if (!bearer_until_ || *bearer_until_ - world_.now() < least) {
    point(Call::identity);
    bearer_until_ = world_.now() + world_.row.bearer_life;
  }
  return net::Pinned{Secret("bearer"), {*bearer_until_, *bearer_until_}};
}

Instant Process::now() const {
  asked_wall_clock_ = true;
  return world_.now();
}

// xorshift: the same numbers in every run.
void Process::fill(void* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    random_state_ ^= random_state_ << 13;
    random_state_ ^= random_state_ >> 7;
    random_state_ ^= random_state_ << 17;
    static_cast<unsigned char*>(bytes)[i] = static_cast<unsigned char>(random_state_ >> 32);
  }
}

}  // namespace scoped::crash
