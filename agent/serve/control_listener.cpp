#include "agent/serve/accept_loop.h"
#include "agent/serve/connection.h"
#include "agent/serve/listeners.h"

#include <set>
#include <utility>

namespace scoped::serve {
namespace {

constexpr std::chrono::seconds kRequestPatience{10};
constexpr std::chrono::seconds kReplyPatience{10};
constexpr size_t kLongestRequest = 64 << 10;
constexpr size_t kMostClients = 64;

class Conversation;

// What the conversations share. It closes every one of them before it goes.
struct Shared {
  ControlListener::Handler handler;
  std::set<std::shared_ptr<Conversation>> conversations;
};

class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(Shared& shared, std::shared_ptr<Connection> connection)
      : shared_(shared), connection_(std::move(connection)) {}

  void start();
  void close() { connection_->close(); }

 private:
  void read();
  void ask(std::string_view request);
  void reply(std::string text);

  Shared& shared_;
  std::shared_ptr<Connection> connection_;
  Buffer buffer_{kLongestRequest};
};

void Conversation::start() {
  connection_->on_close([this] { shared_.conversations.erase(shared_from_this()); });
  connection_->alarm(kRequestPatience, [this] { close(); });
  read();
}

void Conversation::read() {
  connection_->read(buffer_, [self = shared_from_this()](Connection::Arrived arrived) {
    const std::string_view text = self->buffer_.view();
    const size_t newline = text.find('\n');
    const bool is_whole = newline != std::string_view::npos || arrived == Connection::Arrived::end;
    if (is_whole && !text.empty()) return self->ask(text.substr(0, newline));
    if (is_whole || self->buffer_.free_size() == 0) return self->close();
    self->read();
  });
}

// The answer may take as long as a rotation does; only its writing is timed again.
void Conversation::ask(std::string_view request) {
  connection_->no_alarm();
  connection_->watch_hangup();
  shared_.handler(std::string(request), [conversation = weak_from_this()](std::string text) {
    if (const auto self = conversation.lock()) self->reply(std::move(text));
  });
}

void Conversation::reply(std::string text) {
  text += '\n';
  connection_->alarm(kReplyPatience, [this] { close(); });
  connection_->write(Secret(text), true);
}

}  // namespace

struct ControlListener::Impl {
  void welcome(Fd client, Place place);

  boost::asio::io_context& io;
  const uid_t owner;
  Shared shared;
  std::unique_ptr<AcceptLoop> accepting;
};

void ControlListener::Impl::welcome(Fd client, Place place) {
  const auto peer = read_peer(client.get());
  if (!peer || (peer->uid != 0 && peer->uid != owner)) return;
  auto connection = Connection::make(io, std::move(client), std::move(place));
  if (!connection->is_open()) return;
  const auto conversation = std::make_shared<Conversation>(shared, std::move(connection));
  shared.conversations.insert(conversation);
  conversation->start();
}

ControlListener::ControlListener(boost::asio::io_context& io, Fd listening, uid_t owner, Handler handler)
    : impl_(new Impl{io, owner, {std::move(handler), {}}, nullptr}) {
  impl_->accepting = std::make_unique<AcceptLoop>(
      io, std::move(listening), kMostClients,
      [impl = impl_.get()](Fd client, Place place) { impl->welcome(std::move(client), std::move(place)); });
}

ControlListener::~ControlListener() {
  impl_->accepting.reset();
  for (const auto& conversation : std::exchange(impl_->shared.conversations, {})) conversation->close();
}

void ControlListener::stop() { impl_->accepting->stop(); }

}  // namespace scoped::serve
