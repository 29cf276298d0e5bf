#include "agent/loop/agent.h"

#include "agent/loop/control.h"
#include "agent/loop/hook_notes.h"
#include "agent/loop/listening.h"
#include "agent/loop/notify.h"
#include "agent/loop/publishing.h"
#include "agent/loop/scrape.h"
#include "agent/loop/server_offset.h"
#include "agent/loop/timers.h"
#include "agent/loop/watch.h"
#include "agent/loop/workers.h"
#include "agent/serve/flights.h"
#include "agent/serve/listeners.h"
#include "common/answer/copies.h"
#include "common/answer/engine.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace scoped::loop {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr size_t kWorkers = 4;  // of each of the two pools
constexpr size_t kPublishWorkers = 2;
constexpr std::chrono::seconds kGrace{25};
// A password that is in memory alone waits longer for a store that does not answer. Then it is lost, which
// its slot tells the next agent: the old password has gone on working.
constexpr std::chrono::minutes kLongestStop{10};
constexpr std::chrono::seconds kStopLook{5};
constexpr std::chrono::seconds kStopNeeds{30};  // beyond each look
constexpr std::chrono::milliseconds kHooksWait{200};
constexpr std::chrono::minutes kStatusEvery{5};  // for systemd; each wakes us
constexpr std::chrono::seconds kStatusPause{1};  // many turns are one change
constexpr int kPromotedTries = 3;                // the first may join a load that began before the promotion
constexpr std::chrono::seconds kKeepFreshEvery{1};  // all copies are looked through for it
constexpr Milliseconds kSignEvery{1'000};           // of a worker that waits
constexpr int kPingsInPatience = 3;                 // of the service manager
constexpr std::chrono::minutes kStuck{2};           // longer than any one request may take

// Sleeping in a worker until the agent must end.
class Sleeper {
 public:
  bool wait(Milliseconds length) {
    std::unique_lock lock(mutex_);
    for (; length.count() > 0; length -= kSignEvery) {
      Workers::sign_of_life();
      if (ended_.wait_for(lock, std::min(length, kSignEvery), [this] { return over_; })) return false;
    }
    return !over_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    ended_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
};

class Agent {
 public:
  explicit Agent(AgentUse use);
  ~Agent();
  Ended run();

 private:
  answer::Now now() const;
  void load(const record::RecordName& name, std::function<void(serve::Loaded)> done);
  void load_promoted(const record::RecordName& name, int64_t generation, int tries,
                     const std::function<void()>& then);
  void keep_fresh_at(BootInstant when);
  void keep_fresh();
  void keep_server_time();
  void note_for_hooks(const rotate::TokenStatus& status);
  std::optional<std::string> held_by(const record::Record& record) const;
  void tell_status();
  void tell_status_at(BootInstant when);
  std::string status() const;
  void ping(Milliseconds patience);
  void serve_metrics();
  void listen();
  void wait_for_signal();
  void reload();
  void stop();
  void stop_listening();
  void end_when_safe(BootInstant since);
  void end_at_once();

  AgentUse use_;
  const std::set<std::string>& duties_;
  std::atomic<bool> cut_{false};  // ends running transfers
  Sleeper sleeper_;
  boost::asio::io_context io_{1};
  HookNotes hook_notes_;
  std::mutex hook_events_mutex_;
  bool hook_events_wait_ = false;  // for the timer that writes them
  Parts parts_;
  Workers answer_workers_{kWorkers, std::chrono::steady_clock::now};
  Workers rotation_workers_{kWorkers, std::chrono::steady_clock::now};
  Workers publish_workers_{kPublishWorkers, std::chrono::steady_clock::now};
  Timers timers_;
  Publishing publishing_;
  Watch watch_;
  answer::Copies& copies_;
  std::shared_ptr<serve::Flights> flights_;
  Control control_;
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  std::vector<std::unique_ptr<Listening>> listening_;
  std::unique_ptr<serve::ControlListener> control_listener_;
  Scrape scrape_;
  std::optional<metrics::Server> metrics_;
  bool stopping_ = false;
  bool reloading_ = false;
  std::string not_taken_;  // why another configuration was not
  const std::string boot_id_ = read_boot_id();
  std::optional<ServerOffset> server_offset_;  // what is in the state folder
  Timers::Id keep_fresh_timer_ = 0;
  Timers::Id status_timer_ = 0;
  std::optional<BootInstant> status_at_;      // what it is set to
  std::optional<BootInstant> keep_fresh_at_;  // what it is set to
};

Agent::Agent(AgentUse use)
    : use_(std::move(use)),
      duties_(use_.configuration.agent.duties),
      hook_notes_(use_.hooks_folder, use_.state_folder, use_.environment.uid()),
      parts_({.config = use_.configuration,
              .environment = use_.environment,
              .clock = use_.clock,
              .random = use_.random,
              .stop = &cut_,
              .wait = [this](Milliseconds length) { return sleeper_.wait(length); },
              .repairs_stopped = [this] { return watch_.repairs_stopped(); },
              .alive = [] { Workers::sign_of_life(); },
              .lock_file = [this](bool) { return use_.lock_file; },
              .held_by = [this](const record::Record& record) { return held_by(record); }}),
      timers_(io_, use_.clock, [this] { watch_.look_at_all(); }),
      publishing_({.io = io_,
                   .workers = publish_workers_,
                   .parts = parts_,
                   .configuration = use_.configuration,
                   .timers = timers_,
                   .clock = use_.clock,
                   .random = use_.random,
                   .log = use_.log,
                   .state_folder = use_.state_folder}),
      watch_({.io = io_,
              .workers = rotation_workers_,
              .parts = parts_,
              .configuration = use_.configuration,
              .timers = timers_,
              .clock = use_.clock,
              .log = use_.log,
              .may_rotate = duties_.contains("rotate"),
              .listed = [this] { notify_ready(status()); },
              .looked = [this] { tell_status_at(use_.clock.boot_now() + kStatusPause); },
              .promoted =
                  [this](const record::RecordName& name, int64_t generation, std::function<void()> then) {
                    load_promoted(name, generation, kPromotedTries, [this, name, generation, then] {
                      publishing_.promoted(name, generation, then);
                    });
                  },
              .seen =
                  [this](const rotate::TokenStatus& status) {
                    note_for_hooks(status);
                    if (status.ready) publishing_.seen(status.name, status.generation);
                  }}),
      copies_(use_.copies),
      flights_(std::make_shared<serve::Flights>(
          copies_,
          [this](const record::RecordName& name, std::function<void(serve::Loaded)> done) {
            load(name, std::move(done));
          },
          [this] { return use_.clock.boot_now(); })),
      control_(watch_, publishing_, duties_, use_.clock.now()),
      scrape_({.io = io_,
               .watch = watch_,
               .version = SCOPED_VERSION,
               .started_at = use_.clock.now(),
               .unwell = [this]() -> std::optional<std::string> {
                 if (!answer_workers_.is_stuck(kStuck) && !rotation_workers_.is_stuck(kStuck))
                   return std::nullopt;
                 return "a worker does not get on";
               }}) {}

// Signals wait from when nobody takes them any more until somebody does. Threads are made while they wait, so
// that they come to the first thread alone.
void hold_signals(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, each);
  pthread_sigmask(how, &signals, nullptr);
}

Agent::~Agent() {
  metrics_.reset();
  listening_.clear();
  flights_->cancel();
  answer_workers_.join();
  rotation_workers_.join();
  publish_workers_.join();
}

// Any thread.
std::optional<std::string> Agent::held_by(const record::Record& record) const {
  if (const auto hook = hook_notes_.holding(record.name(), record.generation))
    return "a required hook succeeds: " + *hook;
  return publishing_.holding(record);
}

answer::Now Agent::now() const {
  const BootInstant boot = use_.clock.boot_now();
  if (const auto heard = watch_.latest_server_time()) return {*heard, boot};
  return {server_offset_ ? server_offset_->at(boot) : use_.clock.now(), boot};
}

void Agent::load(const record::RecordName& name, std::function<void(serve::Loaded)> done) {
  const answer::Now asked = now();
  answer_workers_.post([this, name, asked, done = std::move(done)] {
    auto store = parts_.store_of(name.registry);
    auto loaded = std::make_shared<serve::Loaded>(serve::Loaded{
        store ? (*store)->load(name) : store::LoadResult::unopened(store.error()), asked.real, asked.boot});
    boost::asio::post(io_, [this, name, loaded, done] {
      done(std::move(*loaded));
      if (const auto next = copies_.next_revalidation(name, use_.clock.boot_now())) keep_fresh_at(*next);
    });
  });
}

// The copy that clients get is not older than what `rotate` says to whoever asked for it.
void Agent::load_promoted(const record::RecordName& name, int64_t generation, int tries,
                          const std::function<void()>& then) {
  flights_->join(name, [this, name, generation, tries, then](const store::LoadResult& loaded) {
    const bool is_old = loaded.found && loaded.found->record.generation < generation;
    if (is_old && tries > 1) return load_promoted(name, generation, tries - 1, then);
    then();
  });
}

// Busy records are asked for ahead of time, so that no client waits for the store; idle ones are left alone.
void Agent::keep_fresh_at(BootInstant when) {
  when = std::max(when, use_.clock.boot_now() + kKeepFreshEvery);
  if (stopping_ || (keep_fresh_at_ && *keep_fresh_at_ <= when)) return;
  timers_.cancel(keep_fresh_timer_);
  keep_fresh_at_ = when;
  keep_fresh_timer_ = timers_.at(when, [this] {
    keep_fresh_at_.reset();
    keep_fresh();
  });
}

void Agent::keep_fresh() {
  const BootInstant at = use_.clock.boot_now();
  for (const record::RecordName& name : copies_.due_for_revalidation(at)) flights_->join(name, nullptr);
  if (const auto next = copies_.next_revalidation(at)) keep_fresh_at(*next);
}

// In a worker, since the disk may be slow. What cannot be kept is learnt again.
void Agent::keep_server_time() {
  const auto latest = watch_.latest_server_time();
  if (!latest || boot_id_.empty()) return;
  const ServerOffset offset{boot_id_, latest->time_since_epoch() - use_.clock.boot_now().time_since_epoch()};
  if (!has_moved(server_offset_, offset)) return;
  server_offset_ = offset;
  answer_workers_.post([this, offset] {
    if (const auto written = write_server_offset(use_.state_folder, offset); !written)
      use_.log.write(Level::debug, "the server time cannot be kept", {{"error", written.error().line()}});
  });
}

std::string Agent::status() const {
  const std::string text = summary(watch_.outlooks());
  return not_taken_.empty() ? text : "configuration not taken: " + not_taken_ + "; " + text;
}

// Thousands of tokens may be seen for the first time at once.
void Agent::note_for_hooks(const rotate::TokenStatus& status) {
  if (!hook_notes_.see(status) || std::exchange(hook_events_wait_, true)) return;
  timers_.at(use_.clock.boot_now() + kHooksWait, [this] {
    hook_events_wait_ = false;
    answer_workers_.post([this, events = hook_notes_.events()] {
      const std::lock_guard lock(hook_events_mutex_);
      if (const auto written = hook_notes_.write(events); !written)
        use_.log.write(Level::warning, "what hooks should know cannot be written",
                       {{"error", written.error().line()}});
    });
  });
}

void Agent::tell_status() {
  if (stopping_) return;
  keep_server_time();
  notify_status(status());
  tell_status_at(use_.clock.boot_now() + kStatusEvery);
}

void Agent::tell_status_at(BootInstant when) {
  if (stopping_ || (status_at_ && *status_at_ <= when)) return;
  timers_.cancel(status_timer_);
  status_at_ = when;
  status_timer_ = timers_.at(when, [this] {
    status_at_.reset();
    tell_status();
  });
}

// A worker that no longer gets on is ended with the whole agent, which begins anew with nothing lost.
void Agent::ping(Milliseconds patience) {
  const Milliseconds longest = patience / 2;
  if (answer_workers_.is_stuck(longest) || rotation_workers_.is_stuck(longest) ||
      publish_workers_.is_stuck(longest))
    use_.log.write(Level::error, "a worker does not get on: the watchdog is not told that all is well");
  else
    ping_watchdog();
  timers_.at(use_.clock.boot_now() + patience / kPingsInPatience, [this, patience] { ping(patience); });
}

// Rotation and pulls do not need it, so the agent goes on without.
void Agent::serve_metrics() {
  const auto& endpoint = use_.configuration.agent.metrics;
  if (!endpoint) return;
  auto started = metrics::Server::start({.endpoint = *endpoint,
                                         .begin = [this] { return scrape_.begin(); },
                                         .unwell = [this] { return scrape_.unwell(); }});
  if (!started) {
    use_.log.write(Level::error, "metrics are not served", {{"error", started.error().line()}});
    return;
  }
  metrics_.emplace(std::move(*started));
  use_.log.write(Level::info, "metrics are served", {{"port", std::to_string(metrics_->port())}});
}

void Agent::listen() {
  const Limits limits = limits_for(use_.sockets.size());
  for (BoundSocket& socket : use_.sockets)
    listening_.push_back(std::make_unique<Listening>(Listening::Use{.io = io_,
                                                                    .configuration = use_.configuration,
                                                                    .permissions = use_.permissions,
                                                                    .copies = copies_,
                                                                    .flights = flights_,
                                                                    .now = [this] { return now(); },
                                                                    .owner = use_.owner,
                                                                    .limits = limits},
                                                     std::move(socket)));
  control_listener_ = std::make_unique<serve::ControlListener>(
      io_, std::move(use_.control_socket), use_.owner,
      [this](const std::string& request, const std::function<void(std::string)>& reply) {
        control_.handle(request, reply);
      });
}

void Agent::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP)
      reload();
    else if (stopping_ && !reloading_)
      return end_at_once();
    else
      stop();
    wait_for_signal();
  });
}

// The rotation comes to a safe point first; helpers are answered meanwhile.
void Agent::reload() {
  if (stopping_) return;
  if (const auto found = use_.look_for_another(); !found) {
    not_taken_ = found.error().line();
    use_.log.write(Level::error, "configuration not taken, going on with the old one",
                   {{"error", not_taken_}});
    return notify_status(status());
  }
  stopping_ = reloading_ = true;
  keep_server_time();
  notify_reloading();
  use_.log.write(Level::info, "reloading");
  publishing_.stop();
  watch_.stop([this] { end_at_once(); });
  end_when_safe(use_.clock.boot_now());
}

void Agent::stop() {
  const bool is_under_way = std::exchange(stopping_, true);
  reloading_ = false;
  notify_stopping();
  use_.log.write(Level::info, "stopping");
  stop_listening();
  if (is_under_way) return;
  keep_server_time();
  publishing_.stop();
  watch_.stop([this] { end_at_once(); });
  end_when_safe(use_.clock.boot_now());
}

void Agent::stop_listening() {
  for (const auto& listening : listening_) listening->stop();
  control_listener_->stop();
}

// The service manager is told that a stop in mid-step takes longer than it says.
void Agent::end_when_safe(BootInstant since) {
  const auto passed = use_.clock.boot_now() - since;
  const bool waits = watch_.is_in_mid_step() && passed < kLongestStop;
  if (waits) notify_needs(kStopNeeds);
  if (!waits && passed >= kGrace) return end_at_once();
  timers_.at(use_.clock.boot_now() + kStopLook, [this, since] { end_when_safe(since); });
}

void Agent::end_at_once() {
  cut_ = true;
  sleeper_.end();
  io_.stop();
}

Ended Agent::run() {
  use_.log.write(Level::info, "started", {{"version", SCOPED_VERSION}});
  server_offset_ = read_server_offset(use_.state_folder, boot_id_);
  if (const auto problem = hook_notes_.begin())
    use_.log.write(Level::warning, "what hooks were told cannot be read", {{"error", *problem}});
  listen();
  serve_metrics();
  wait_for_signal();
  hold_signals(SIG_UNBLOCK);
  if (const auto patience = watchdog_patience()) ping(*patience);
  publishing_.start();
  if (duties_.contains("watch") || duties_.contains("rotate")) {
    watch_.start();
    tell_status();
  } else {
    notify_ready("serving answers");
  }
  io_.run();
  hold_signals(SIG_BLOCK);
  if (reloading_) {  // a signal that came in the meantime may say that this is the end
    io_.restart();
    io_.poll();
  }
  use_.log.write(Level::info, reloading_ ? "reloaded" : "stopped");
  return reloading_ ? Ended::to_reload : Ended::stopped;
}

}  // namespace

Ended run_agent(AgentUse use) {
  signal(SIGPIPE, SIG_IGN);
  hold_signals(SIG_BLOCK);
  return Agent(std::move(use)).run();
}

}  // namespace scoped::loop
