#include "agent/loop/scrape.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <memory>

namespace scoped::loop {
namespace {

constexpr std::chrono::seconds kPatience{2};
constexpr size_t kTokensAtOnce = 250;

// What `work` returns in the thread that runs the io_context; nothing when that does not get to it.
template <class Work>
auto ask(boost::asio::io_context& io, Work work) -> std::optional<decltype(work())> {
  const auto promise = std::make_shared<std::promise<decltype(work())>>();
  auto answer = promise->get_future();
  boost::asio::post(io, [promise, work = std::move(work)] { promise->set_value(work()); });
  if (answer.wait_for(kPatience) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

// How far one reading has come.
struct Position {
  size_t family = 0;
  std::optional<record::RecordName> last;  // token of that family
};

struct Part {
  std::string text;
  Position next;
};

Part tokens_of(const Watch& watch, Position at) {
  Part part;
  const metrics::Family& family = metrics::token_families()[at.family];
  if (!at.last) metrics::add_head(family, part.text);
  const bool is_more = watch.for_next(at.last, kTokensAtOnce, [&](const rotate::TokenStatus& status) {
    family.samples(family, status, part.text);
  });
  part.next = is_more ? at : Position{at.family + 1, {}};
  return part;
}

}  // namespace

metrics::Server::Parts Scrape::begin() const {
  return [this, position = std::optional<Position>()](std::string& to) mutable -> std::optional<bool> {
    if (!position) {
      const auto tokens = ask(use_.io, [this] { return use_.watch.size(); });
      if (!tokens) return std::nullopt;
      to = metrics::agent_metrics(
          {use_.version, use_.started_at, static_cast<int64_t>(*tokens), use_.watch.repairs_stopped()});
      position.emplace();
      return true;
    }
    auto part = ask(use_.io, [this, at = *position] { return tokens_of(use_.watch, at); });
    if (!part) return std::nullopt;
    to = std::move(part->text);
    position = std::move(part->next);
    return position->family < metrics::token_families().size();
  };
}

std::optional<std::string> Scrape::unwell() const {
  if (!ask(use_.io, [] { return true; })) return "the agent's loop does not get on";
  return use_.unwell();
}

}  // namespace scoped::loop
