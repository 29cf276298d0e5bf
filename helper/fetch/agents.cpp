#include "helper/fetch/agents.h"

#include "common/answer/directory.h"
#include "common/answer/engine.h"
#include "common/json/value.h"
#include "common/protocol/docker.h"

#include <sys/stat.h>

namespace scoped::fetch {
namespace {

using broker::Heard;
using broker::Kind;
using broker::Outcome;

Heard heard_in(const broker::Asked& asked) {
  switch (asked.outcome) {
    case Outcome::answered:
      return Heard::not_mine;
    case Outcome::forbidden:
      return Heard::forbidden;
    case Outcome::no_answer:
      return Heard::no_answer;
    case Outcome::absent:
    case Outcome::not_for_it:
      break;
  }
  return Heard::absent;
}

bool is_answer(const broker::Asked& asked) {
  return asked.outcome == Outcome::answered && asked.reply.said == broker::Said::answer;
}

// The keys of an agent's list; none where it is no list.
std::vector<std::string> keys_of(const Secret& list) {
  std::vector<std::string> keys;
  const auto document = json::parse(list.reveal());
  if (!document || document->object() == nullptr) return keys;
  for (const json::Member& member : document->object()->members()) keys.push_back(member.key);
  return keys;
}

}  // namespace

Agents::Agents(const Environment& environment, std::vector<broker::Hearing> asked,
               std::chrono::steady_clock::time_point deadline)
    : sockets_(broker::find_sockets(environment)), heard_(std::move(asked)), deadline_(deadline) {}

broker::Asked Agents::ask(const broker::Socket& socket, broker::Kind kind, std::string_view verb,
                          const std::string& profile, std::string_view input) const {
  broker::Request request;
  request.kind = kind;
  request.verb = verb;
  request.profile = profile;
  request.input = Secret(input);
  return broker::ask(socket, request, deadline_);
}

std::optional<broker::Reply> Agents::get(broker::Kind kind, const std::string& profile,
                                         std::string_view input) {
  while (heard_.size() < sockets_.size()) {
    const broker::Socket& socket = sockets_[heard_.size()];
    broker::Asked asked = ask(socket, kind, protocol::name_of(protocol::Verb::get), profile, input);
    if (is_answer(asked)) return std::move(asked.reply);
    heard_.push_back({socket.level, heard_in(asked)});
  }
  return std::nullopt;
}

std::map<std::string, std::string> Agents::list(const std::string& profile) {
  std::map<std::string, std::string> usernames;
  for (const broker::Socket& socket : sockets_) {
    const broker::Asked asked =
        ask(socket, Kind::docker, protocol::name_of(protocol::Verb::list), profile, {});
    heard_.push_back({socket.level, heard_in(asked)});
    if (!is_answer(asked) || asked.reply.exit_code != 0) continue;
    listed_.insert(socket.level);
    for (const std::string& key : keys_of(asked.reply.text))
      if (const auto username = username_for(socket, profile, key)) usernames.emplace(key, *username);
  }
  return usernames;
}

std::optional<std::string> Agents::username_for(const broker::Socket& socket, const std::string& profile,
                                                const std::string& key) const {
  const broker::Asked asked =
      ask(socket, Kind::docker, protocol::name_of(protocol::Verb::get), profile, key);
  if (!is_answer(asked) || asked.reply.exit_code != 0) return std::nullopt;
  auto credentials = protocol::parse_store(asked.reply.text);
  if (!credentials) return std::nullopt;
  return std::move(credentials->username);
}

void Agents::send_stale(const std::string& profile, std::string_view key) {
  for (const broker::Socket& socket : sockets_)
    static_cast<void>(ask(socket, Kind::docker, answer::kStale, profile, key));
}

std::optional<Heard> Agents::heard(broker::Level level) const {
  for (const broker::Hearing& hearing : heard_)
    if (hearing.level == level) return hearing.heard;
  return std::nullopt;
}

std::string group_of_system_socket() {
  // The path of the built-in socket, whatever the environment says.
  const FixedEnvironment nothing{{}};
  for (const broker::Socket& socket : broker::find_sockets(nothing)) {
    struct stat info {};
    if (socket.level == broker::Level::system && stat(socket.path.c_str(), &info) == 0)
      return answer::name_of_group(info.st_gid).value_or(std::to_string(info.st_gid));
  }
  return {};
}

}  // namespace scoped::fetch
