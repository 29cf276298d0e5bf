#include "agent/serve/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <deque>
#include <utility>

namespace scoped::serve {

namespace asio = boost::asio;
using boost::system::error_code;

struct Connection::Impl {
  Impl(asio::io_context& io, Place held) : place(std::move(held)), socket(io), timer(io) {}

  Place place;
  asio::local::stream_protocol::socket socket;
  asio::steady_timer timer;
  std::function<void()> alarmed;
  std::function<void()> told_of_close;
  std::deque<Secret> outbox;  // the first one is being written
  bool close_after_writing = false;
};

std::shared_ptr<Connection> Connection::make(asio::io_context& io, Fd client, Place place) {
  auto impl = std::make_unique<Impl>(io, std::move(place));
  error_code error;
  impl->socket.assign(asio::local::stream_protocol(), client.get(), error);
  if (!error) static_cast<void>(client.release());
  return std::shared_ptr<Connection>(new Connection(std::move(impl)));
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

bool Connection::is_open() const { return impl_->socket.is_open(); }

void Connection::read(Buffer& into, std::function<void(Arrived)> then) {
  impl_->socket.async_read_some(
      asio::buffer(into.free_space(), into.free_size()),
      [self = shared_from_this(), &into, then = std::move(then)](error_code error, size_t got) {
        if (!self->is_open()) return;
        if (error && error != asio::error::eof) return self->close();
        into.filled(got);
        then(error ? Arrived::end : Arrived::some);
      });
}

void Connection::write(Secret text, bool close_after) {
  if (!is_open() || impl_->close_after_writing) return;
  impl_->close_after_writing = close_after;
  impl_->outbox.push_back(std::move(text));
  if (impl_->outbox.size() == 1) write_next();
}

void Connection::write_next() {
  const std::string_view text = impl_->outbox.front().reveal();
  asio::async_write(impl_->socket, asio::buffer(text.data(), text.size()),
                    [self = shared_from_this()](error_code error, size_t) {
                      if (!self->is_open()) return;
                      if (error) return self->close();
                      self->impl_->outbox.pop_front();
                      if (!self->impl_->outbox.empty()) return self->write_next();
                      if (self->impl_->close_after_writing) self->close();
                    });
}

void Connection::watch_hangup() {
  impl_->socket.async_wait(asio::local::stream_protocol::socket::wait_error,
                           [self = shared_from_this()](error_code error) {
                             if (!error) self->close();
                           });
}

void Connection::alarm(std::chrono::milliseconds after, std::function<void()> then) {
  if (!is_open()) return;
  impl_->alarmed = std::move(then);
  impl_->timer.expires_after(after);
  impl_->timer.async_wait([connection = weak_from_this()](error_code error) {
    const auto self = connection.lock();
    // A wait that ended in the same turn in which the alarm was set anew has no error, and an old time.
    if (error || !self || !self->is_open() || !self->impl_->alarmed ||
        self->impl_->timer.expiry() > asio::steady_timer::clock_type::now())
      return;
    std::exchange(self->impl_->alarmed, nullptr)();
  });
}

void Connection::no_alarm() {
  impl_->alarmed = nullptr;
  impl_->timer.cancel();
}

void Connection::on_close(std::function<void()> told) { impl_->told_of_close = std::move(told); }

void Connection::close() {
  if (!is_open()) return;
  error_code ignored;
  impl_->socket.close(ignored);
  no_alarm();
  impl_->place.reset();
  if (const auto told = std::exchange(impl_->told_of_close, nullptr)) told();
}

}  // namespace scoped::serve
