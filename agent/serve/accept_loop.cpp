#include "agent/serve/accept_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <errno.h>
#include <sys/socket.h>

#include <utility>

namespace scoped::serve {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
constexpr int kBatch = 64;                        // connections taken before other handlers have their turn
constexpr std::chrono::milliseconds kPause{100};  // when the process is out of descriptors or memory
}  // namespace

struct AcceptLoop::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, Fd socket, size_t bound, std::function<void(Fd, Place)> client)
      : listening(io, socket.release()), timer(io), most(bound), on_client(std::move(client)) {}

  void wait();
  void take();
  void pause();
  bool take_one();
  Place make_place();
  void give_up_place();

  asio::posix::stream_descriptor listening;
  asio::steady_timer timer;
  const size_t most;
  const std::function<void(Fd, Place)> on_client;
  size_t open = 0;
  bool is_full = false;
};

void AcceptLoop::Impl::wait() {
  if (!listening.is_open()) return;
  if (open >= most) {
    is_full = true;  // give_up_place() goes on
    return;
  }
  listening.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](error_code error) {
                         if (!error) self->take();
                       });
}

void AcceptLoop::Impl::take() {
  for (int i = 0; i < kBatch && open < most; ++i) {
    if (take_one()) continue;
    const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return exhausted ? pause() : wait();
  }
  wait();
}

void AcceptLoop::Impl::pause() {
  timer.expires_after(kPause);
  timer.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->wait();
  });
}

// False with errno when there is none to take.
bool AcceptLoop::Impl::take_one() {
  if (!listening.is_open()) {
    errno = EBADF;
    return false;
  }
  Fd client(accept4(listening.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client) return errno == ECONNABORTED || errno == EINTR;
  on_client(std::move(client), make_place());
  return true;
}

Place AcceptLoop::Impl::make_place() {
  ++open;
  return {nullptr, [loop = weak_from_this()](void*) {
            if (const auto self = loop.lock()) self->give_up_place();
          }};
}

void AcceptLoop::Impl::give_up_place() {
  --open;
  if (std::exchange(is_full, false)) wait();
}

AcceptLoop::AcceptLoop(asio::io_context& io, Fd listening, size_t most,
                       std::function<void(Fd, Place)> on_client)
    : impl_(std::make_shared<Impl>(io, std::move(listening), most, std::move(on_client))) {
  impl_->wait();
}

AcceptLoop::~AcceptLoop() { stop(); }

void AcceptLoop::stop() {
  error_code ignored;
  impl_->listening.close(ignored);
  impl_->timer.cancel();
}

}  // namespace scoped::serve
