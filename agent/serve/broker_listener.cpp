#include "agent/serve/accept_loop.h"
#include "agent/serve/connection.h"
#include "agent/serve/crowd.h"
#include "agent/serve/flights.h"
#include "agent/serve/listeners.h"
#include "agent/serve/quick.h"
#include "common/broker/frame.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace scoped::serve {
namespace {

using answer::Answer;
using answer::Load;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kReplyPatience{10};  // from the answer to its last byte
constexpr std::chrono::seconds kWaitPeriod{1};      // the client gives up after two without a sign

// Each client has room for a request as long as they usually are. What goes beyond is taken from a budget of
// the listener, so that many long requests, or halves of them, do not take the machine's memory.
constexpr size_t kUsualRequest = 4'096;
constexpr size_t kBudget = 16 << 20;

// What this socket is there for; whoever asks for anything else is not one of ours.
struct Served {
  broker::Kind kind;
  std::string_view verb;
  answer::Form (*form)();
};
constexpr Served kServed[] = {{broker::Kind::docker, "get", &answer::docker_form},
                              {broker::Kind::docker, "list", &answer::docker_form},
                              {broker::Kind::docker, answer::kStale, &answer::docker_form},
                              {broker::Kind::kubelet, "get", &answer::kubelet_form}};

// Null: it is not served here.
const Served* find_served(const broker::Request& request) {
  const auto* row = std::find_if(std::begin(kServed), std::end(kServed), [&](const Served& each) {
    return each.kind == request.kind && each.verb == request.verb;
  });
  return row == std::end(kServed) ? nullptr : row;
}

std::variant<Answer, Load> begin(const BrokerListener::Use& use, const Served& served,
                                 const broker::Request& request, const answer::Caller& caller) {
  const std::string profile = use.policy.by_reach ? std::string() : request.profile;
  return use.engine.begin({request.verb, profile, request.input.reveal(), caller, served.form()}, use.now());
}

broker::Reply reply_of(Answer answer) {
  return {answer.not_mine ? broker::Said::not_mine : broker::Said::answer, answer.exit_code,
          answer.also_stderr, std::move(answer.text)};
}

class Session;

// What the sessions share. It closes every one of them before it goes.
struct Shared {
  explicit Shared(BrokerListener::Use given)
      : use(std::move(given)),
        crowd(use.policy.most, use.policy.by_reach ? use.policy.most : use.policy.most_of_one) {}

  BrokerListener::Use use;
  Crowd crowd;
  std::map<Crowd::Ticket, std::shared_ptr<Session>> sessions;
  size_t budget = kBudget;
};

// One client: a request, then WAIT as often as it takes, then the answer.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Shared& shared, Crowd::Ticket ticket, std::shared_ptr<Connection> connection, answer::Caller caller)
      : shared_(shared), ticket_(ticket), connection_(std::move(connection)), caller_(std::move(caller)) {}

  void start();
  void close() { connection_->close(); }

 private:
  void read_header();
  void read_rest();
  bool make_room();
  void drop_request();
  void serve(const Served& served, const broker::Request& request);
  void wait_for(Load load);
  void wait_on();
  void landed(const store::LoadResult* loaded);
  void reply(broker::Reply reply);

  Shared& shared_;
  const Crowd::Ticket ticket_;
  std::shared_ptr<Connection> connection_;
  answer::Caller caller_;
  Buffer buffer_{broker::kHeader};
  size_t expected_ = 0;       // bytes of the request after its header
  std::optional<Load> load_;  // while one is waited for
  steady_clock::time_point give_up_at_{};
};

void Session::start() {
  connection_->on_close([this] {
    const auto held = shared_from_this();
    drop_request();
    shared_.crowd.leave(ticket_);
    shared_.sessions.erase(ticket_);
  });
  connection_->alarm(shared_.use.policy.request_patience, [this] { close(); });
  read_header();
}

void Session::read_header() {
  connection_->read(buffer_, [self = shared_from_this()](Connection::Arrived arrived) {
    if (arrived == Connection::Arrived::end) return self->close();
    if (self->buffer_.free_size() > 0) return self->read_header();
    const auto size = broker::parse_request_header(self->buffer_.view());
    if (!size || *size == 0) return self->close();
    self->expected_ = *size;
    self->buffer_ = Buffer(std::min(self->expected_, kUsualRequest));
    self->read_rest();
  });
}

void Session::read_rest() {
  connection_->read(buffer_, [self = shared_from_this()](Connection::Arrived arrived) {
    if (self->buffer_.view().size() < self->expected_) {
      if (arrived == Connection::Arrived::end || !self->make_room()) return self->close();
      return self->read_rest();
    }
    const auto request = broker::parse_request(self->buffer_.view());
    self->drop_request();
    const Served* served = request ? find_served(*request) : nullptr;
    if (served == nullptr) return self->close();
    self->shared_.crowd.has_asked(self->ticket_);
    self->serve(*served, *request);
  });
}

// For the next bytes of the request; false when the budget is used up.
bool Session::make_room() {
  if (buffer_.free_size() > 0) return true;
  const size_t before = buffer_.capacity();
  const size_t after = std::min(expected_, 4 * before);
  if (after - before > shared_.budget) return false;
  shared_.budget -= after - before;
  buffer_.grow(after);
  return true;
}

void Session::drop_request() {
  if (buffer_.capacity() > kUsualRequest) shared_.budget += buffer_.capacity() - kUsualRequest;
  buffer_ = Buffer();
}

void Session::serve(const Served& served, const broker::Request& request) {
  auto begun = begin(shared_.use, served, request, caller_);
  if (auto* answer = std::get_if<Answer>(&begun)) return reply(reply_of(std::move(*answer)));
  wait_for(std::get<Load>(std::move(begun)));
}

void Session::wait_for(Load load) {
  give_up_at_ = steady_clock::now() + load.wait;
  load_ = std::move(load);
  connection_->watch_hangup();
  wait_on();
  shared_.use.flights->join(load_->name, [session = weak_from_this()](const store::LoadResult& loaded) {
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

struct BrokerListener::Impl {
  explicit Impl(Use use) : shared(std::move(use)) {}

  void welcome(Fd client, Place place);
  bool answers_at_once(const Fd& client, const answer::Caller& caller);

  Shared shared;
  std::unique_ptr<AcceptLoop> accepting;
};

// A whole `get` that a fresh copy answers, which is what nearly everybody wants.
bool BrokerListener::Impl::answers_at_once(const Fd& client, const answer::Caller& caller) {
  const auto request = peek_request(client.get());
  const Served* served = request ? find_served(*request) : nullptr;
  if (served == nullptr) return false;
  auto begun = begin(shared.use, *served, *request, caller);
  auto* answer = std::get_if<Answer>(&begun);
  if (answer == nullptr) return false;
  const Secret frame = broker::encode(reply_of(std::move(*answer)));
  if (frame.size() > kLongestQuickReply) return false;
  send_reply(client.get(), frame);
  return true;
}

// Where reaching the socket is the permission, the engine knows nothing but what goes with it.
answer::Caller caller_of(Peer peer, const Policy& policy) {
  const bool trusted = policy.by_reach || peer.uid == 0 || peer.uid == policy.owner;
  return {peer.uid, std::move(peer.gids), trusted};
}

void BrokerListener::Impl::welcome(Fd client, Place place) {
  auto peer = read_peer(client.get());
  if (!peer) return;
  answer::Caller caller = caller_of(std::move(*peer), shared.use.policy);
  if (answers_at_once(client, caller)) return;
  const auto entry = shared.crowd.enter(caller.uid);
  if (!entry) return;
  if (entry->leaves) shared.sessions.at(*entry->leaves)->close();
  auto connection = Connection::make(shared.use.io, std::move(client), std::move(place));
  if (!connection->is_open()) return shared.crowd.leave(entry->ticket);
  const auto session =
      std::make_shared<Session>(shared, entry->ticket, std::move(connection), std::move(caller));
  shared.sessions.emplace(entry->ticket, session);
  session->start();
}

// One place more than the crowd may take: the newcomer for whom somebody has to leave.
BrokerListener::BrokerListener(Use use, Fd listening) : impl_(std::make_shared<Impl>(std::move(use))) {
  impl_->accepting = std::make_unique<AcceptLoop>(
      impl_->shared.use.io, std::move(listening), impl_->shared.use.policy.most + 1,
      [impl = impl_.get()](Fd client, Place place) { impl->welcome(std::move(client), std::move(place)); });
}

BrokerListener::~BrokerListener() {
  impl_->accepting.reset();
  for (const auto& [ticket, session] : std::exchange(impl_->shared.sessions, {})) session->close();
}

void BrokerListener::stop() { impl_->accepting->stop(); }

}  // namespace scoped::serve
