#include "agent/serve/accept_loop.h"
#include "agent/serve/connection.h"
#include "agent/serve/flights.h"
#include "agent/serve/listeners.h"
#include "agent/serve/quick.h"
#include "common/broker/frame.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace scoped::serve {
namespace {

using answer::Answer;
using answer::Load;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kReplyPatience{10};  // from the answer to its last byte
constexpr std::chrono::seconds kWaitPeriod{1};      // the client gives up after two without a sign

// What this socket is there for; whoever asks for anything else is not one of ours.
constexpr std::string_view kVerbs[] = {"get", "list", answer::kStale};

bool is_served(const broker::Request& request) {
  return std::find(std::begin(kVerbs), std::end(kVerbs), request.verb) != std::end(kVerbs);
}

broker::Reply reply_of(Answer answer) {
  return {answer.not_mine ? broker::Said::not_mine : broker::Said::answer, answer.exit_code,
          answer.also_stderr, std::move(answer.text)};
}

class Session;

// What the sessions share. It closes every one of them before it goes.
struct Shared {
  explicit Shared(HostListener::Use given)
      : use(std::move(given)),
        flights(std::make_shared<Flights>(use.copies, use.load, [this] { return use.now().boot; })) {}

  HostListener::Use use;
  std::shared_ptr<Flights> flights;
  std::set<std::shared_ptr<Session>> sessions;
};

// One client: a request, then WAIT as often as it takes, then the answer.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Shared& shared, std::shared_ptr<Connection> connection, answer::Caller caller)
      : shared_(shared), connection_(std::move(connection)), caller_(std::move(caller)) {}

  void start();
  void close() { connection_->close(); }

 private:
  void read_header();
  void read_rest();
  void serve(const broker::Request& request);
  void wait_for(Load load);
  void wait_on();
  void landed(const store::LoadResult* loaded);
  void reply(broker::Reply reply);

  Shared& shared_;
  std::shared_ptr<Connection> connection_;
  answer::Caller caller_;
  Buffer buffer_{broker::kHeader};
  std::optional<Load> load_;  // while one is waited for
  steady_clock::time_point give_up_at_{};
};

void Session::start() {
  connection_->on_close([this] { shared_.sessions.erase(shared_from_this()); });
  connection_->alarm(shared_.use.request_patience, [this] { close(); });
  read_header();
}

void Session::read_header() {
  connection_->read(buffer_, [self = shared_from_this()](Connection::Arrived arrived) {
    if (arrived == Connection::Arrived::end) return self->close();
    if (self->buffer_.free_size() > 0) return self->read_header();
    const auto size = broker::parse_request_header(self->buffer_.view());
    if (!size || *size == 0) return self->close();
    self->buffer_ = Buffer(*size);
    self->read_rest();
  });
}

void Session::read_rest() {
  connection_->read(buffer_, [self = shared_from_this()](Connection::Arrived arrived) {
    if (self->buffer_.free_size() > 0)
      return arrived == Connection::Arrived::end ? self->close() : self->read_rest();
    const auto request = broker::parse_request(self->buffer_.view());
    self->buffer_ = Buffer();
    if (!request || !is_served(*request)) return self->close();
    self->serve(*request);
  });
}

void Session::serve(const broker::Request& request) {
  // Kubelet's protocol is another one; the helper goes on as if nobody here knew the image.
  if (request.kind != broker::Kind::docker) return reply({.said = broker::Said::not_mine, .text = Secret()});
  const HostListener::Use& use = shared_.use;
  auto begun = use.engine.begin({request.verb, request.profile, request.input.reveal(), caller_}, use.now());
  if (auto* answer = std::get_if<Answer>(&begun)) return reply(reply_of(std::move(*answer)));
  wait_for(std::get<Load>(std::move(begun)));
}

void Session::wait_for(Load load) {
  give_up_at_ = steady_clock::now() + load.wait;
  load_ = std::move(load);
  connection_->watch_hangup();
  wait_on();
  shared_.flights->join(load_->name, [session = weak_from_this()](const store::LoadResult& loaded) {
    if (const auto self = session.lock()) self->landed(&loaded);
  });
}

void Session::wait_on() {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up_at_ - steady_clock::now());
  connection_->alarm(
      std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0), kWaitPeriod), [this] {
        if (steady_clock::now() >= give_up_at_) return landed(nullptr);
        connection_->write(broker::encode(broker::Reply{broker::Said::wait, 0, false, {}}), false);
        wait_on();
      });
}

void Session::landed(const store::LoadResult* loaded) {
  if (!load_ || !connection_->is_open()) return;
  const Load load = std::move(*std::exchange(load_, std::nullopt));
  reply(reply_of(shared_.use.engine.finish(load, loaded, shared_.use.now())));
}

void Session::reply(broker::Reply reply) {
  connection_->alarm(kReplyPatience, [this] { close(); });
  connection_->write(broker::encode(reply), true);
}

}  // namespace

struct HostListener::Impl {
  explicit Impl(Use use) : shared(std::move(use)) {}

  void welcome(Fd client, Place place);
  bool answers_at_once(const Fd& client, const answer::Caller& caller);

  Shared shared;
  std::unique_ptr<AcceptLoop> accepting;
};

// A whole `get` that a fresh copy answers, which is what nearly everybody wants.
bool HostListener::Impl::answers_at_once(const Fd& client, const answer::Caller& caller) {
  const auto request = peek_request(client.get());
  if (!request || request->kind != broker::Kind::docker || !is_served(*request)) return false;
  auto begun = shared.use.engine.begin({request->verb, request->profile, request->input.reveal(), caller},
                                       shared.use.now());
  auto* answer = std::get_if<Answer>(&begun);
  if (answer == nullptr) return false;
  const Secret frame = broker::encode(reply_of(std::move(*answer)));
  if (frame.size() > kLongestQuickReply) return false;
  send_reply(client.get(), frame);
  return true;
}

void HostListener::Impl::welcome(Fd client, Place place) {
  auto peer = read_peer(client.get());
  if (!peer) return;
  const bool trusted = peer->uid == 0 || peer->uid == shared.use.owner;
  answer::Caller caller{peer->uid, std::move(peer->gids), trusted};
  if (answers_at_once(client, caller)) return;
  auto connection = Connection::make(shared.use.io, std::move(client), std::move(place));
  if (!connection->is_open()) return;
  const auto session = std::make_shared<Session>(shared, std::move(connection), std::move(caller));
  shared.sessions.insert(session);
  session->start();
}

HostListener::HostListener(Use use, Fd listening) : impl_(std::make_shared<Impl>(std::move(use))) {
  impl_->accepting = std::make_unique<AcceptLoop>(
      impl_->shared.use.io, std::move(listening), impl_->shared.use.most,
      [impl = impl_.get()](Fd client, Place place) { impl->welcome(std::move(client), std::move(place)); });
}

HostListener::~HostListener() {
  impl_->accepting.reset();
  impl_->shared.flights->cancel();
  for (const auto& session : std::exchange(impl_->shared.sessions, {})) session->close();
}

void HostListener::stop() { impl_->accepting->stop(); }

void HostListener::refresh(const record::RecordName& name) { impl_->shared.flights->join(name, nullptr); }

}  // namespace scoped::serve
