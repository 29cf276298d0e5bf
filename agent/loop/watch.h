// Watches the tokens of the configuration and lets their sessions run: reads each registry's list of tokens
// every `observe`, runs turns on the rotation's workers, one at a time for each token, and keeps what they
// last showed. Lives in the thread that runs the io_context; `done` functions are called there.
#pragma once

#include "agent/loop/log.h"
#include "agent/loop/notify.h"
#include "agent/loop/parts.h"
#include "agent/loop/timers.h"
#include "agent/loop/workers.h"
#include "agent/rotate/session.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace scoped::loop {

class Watch {
 public:
  struct Use {
    boost::asio::io_context& io;
    Workers& workers;  // joined before the Watch dies
    Parts& parts;
    const config::Config& configuration;
    Timers& timers;
    const Clock& clock;
    const Log& log;
    bool may_rotate = false;
    std::function<void()> listed;  // every registry's list was asked for at least once
    std::function<void()> looked;  // after each turn: outlooks() may say something else
    // Another password of this token is current, of this generation; `then` tells those who wait for it.
    std::function<void(const record::RecordName&, int64_t generation, std::function<void()> then)> promoted;
    std::function<void(const rotate::TokenStatus&)> seen = {};  // after each turn
  };
  using Done = std::function<void(Result<rotate::TokenStatus>)>;

  explicit Watch(Use use);
  ~Watch();

  void start();
  // After a step of the wall clock or a long sleep: reads all lists now.
  void look_at_all();
  // Observes the token now; done when it is ready or a person must act. not_found: it is not configured.
  void look(const record::RecordName& name, Done done);
  // Done when that is. denied: this agent does not rotate; unavailable: it is not done in the time that one
  // waits for it, and the agent goes on.
  void ask(const record::RecordName& name, rotate::Asked what, Done done);

  size_t size() const;  // tokens
  std::vector<Outlook> outlooks() const;
  // At most so many, from the one after `last` on, which becomes the last that was visited. False: there are
  // no more.
  bool for_next(std::optional<record::RecordName>& last, size_t most,
                const std::function<void(const rotate::TokenStatus&)>& visit) const;
  // What a token last showed, as status_row() writes it; null: it is not watched. As long as nothing runs.
  const std::string* row_of(const record::RecordName& name) const;
  void for_each_row(const std::function<void(const std::string&)>& visit) const;
  // The latest instant that it may be, by the registries' own clocks; nothing before one was heard.
  std::optional<Instant> latest_server_time() const;
  // Rule 8: more tokens than max(3, 1 %) have lost their current password. Any thread.
  bool repairs_stopped() const;

  // A password has been generated and is in memory alone, or is about to be.
  bool is_in_mid_step() const;
  // Begins nothing new, lets what is under way end, stages what is only in memory; then calls `done`.
  void stop(std::function<void()> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scoped::loop
