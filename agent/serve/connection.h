// One accepted connection: reads what the client sends, writes texts in order, and ends itself when the
// client is too slow or gone. Lives in the io_context's thread; held by shared_ptr while anything is under
// way.
#pragma once

#include "agent/serve/accept_loop.h"
#include "agent/serve/buffer.h"
#include "common/base/handle.h"
#include "common/base/secret.h"

#include <chrono>
#include <functional>
#include <memory>

namespace scoped::serve {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static std::shared_ptr<Connection> make(boost::asio::io_context& io, Fd client, Place place);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  enum class Arrived { some, end };  // end: the client closed its sending side
  // Reads into the buffer's free space, at least one byte; a broken connection closes itself and calls
  // nothing. REQUIRES: no read under way, free space.
  void read(Buffer& into, std::function<void(Arrived)> then);
  // `close_after`: nothing follows, and the connection closes once it is written.
  void write(Secret text, bool close_after);
  // Closes when the client is gone for good; one that only closed its sending side still waits for an answer.
  void watch_hangup();
  // One alarm at a time: sets it anew.
  void alarm(std::chrono::milliseconds after, std::function<void()> then);
  void no_alarm();

  void close();  // drops what was not written; no callback comes afterwards
  bool is_open() const;
  // Called once, when the connection closes, however that comes about.
  void on_close(std::function<void()> told);

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  void write_next();

  std::unique_ptr<Impl> impl_;
};

}  // namespace scoped::serve
