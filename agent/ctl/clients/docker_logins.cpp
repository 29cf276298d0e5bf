#include "agent/ctl/clients/docker_logins.h"

#include "common/crypto/digest.h"
#include "common/json/spans.h"

namespace scoped::ctl {
namespace {

constexpr std::string_view kTokenUser = "<token>";  // Docker's name for whoever has an identity token
constexpr std::string_view kEmpty = "\"\"";

// Another text in place of [begin, end).
struct Change {
  size_t begin = 0, end = 0;
  Secret text;
};

Secret carry_out_all(std::string_view text, const std::vector<Change>& ascending) {
  std::string changed;
  changed.reserve(text.size() * 2 + 4096);  // one piece of memory, wiped by take()
  size_t at = 0;
  for (const Change& each : ascending) {
    changed.append(text.substr(at, each.begin - at)).append(each.text.reveal());
    at = each.end;
  }
  changed.append(text.substr(at));
  return Secret::take(std::move(changed));
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// The members of "auths" that are objects; those that are not come with no span.
struct Entry {
  std::string server_url;
  std::optional<json::ObjectSpan> object;
};

Result<std::vector<Entry>> entries_of(std::string_view text) {
  std::vector<Entry> entries;
  if (is_blank(text)) return entries;
  const auto auths = TRY(json::find_object(text, {"auths"}));
  if (!auths) return entries;
  for (const json::MemberSpan& member : auths->members) {
    auto object = json::find_object(text, {"auths", member.key});
    entries.push_back({member.key, object ? *object : std::nullopt});
  }
  return entries;
}

std::string_view value_at(std::string_view text, const json::MemberSpan& member) {
  return text.substr(member.value_begin, member.value_end - member.value_begin);
}

// What stands between the quotes; nothing where the member is absent, is no text, or has escapes.
std::optional<std::string_view> plain_text(std::string_view text, const json::ObjectSpan& object,
                                           std::string_view key) {
  const json::MemberSpan* member = object.find(key);
  if (member == nullptr) return std::nullopt;
  std::string_view value = value_at(text, *member);
  if (value.size() < 2 || value.front() != '"' || value.find('\\') != std::string_view::npos)
    return std::nullopt;
  return value.substr(1, value.size() - 2);
}

std::string encode(const answer::SavedLogin& login) {
  std::string pair = login.username + ":" + std::string(login.secret.reveal());
  std::string encoded = crypto::base64(pair);
  wipe(pair);
  return encoded;
}

// Of a text that would come back as it is; else nothing.
std::optional<answer::SavedLogin> decode(std::string_view encoded) {
  auto pair = crypto::parse_base64(encoded);
  if (!pair) return std::nullopt;
  const Secret kept = Secret::take(std::move(*pair));
  const size_t colon = kept.reveal().find(':');
  if (colon == std::string_view::npos || kept.reveal().find('\0') != std::string_view::npos)
    return std::nullopt;
  answer::SavedLogin login{std::string(kept.reveal().substr(0, colon)),
                           Secret(kept.reveal().substr(colon + 1))};
  const Secret again = Secret::take(encode(login));
  if (again.reveal() != encoded) return std::nullopt;
  return login;
}

struct Found {
  answer::SavedLogin login;
  std::string_view member;
};

// The one secret of an entry. Nothing: it has none; invalid_input: it has one that cannot be moved.
Result<std::optional<Found>> login_of(std::string_view text, const json::ObjectSpan& object) {
  const auto not_ours = fail(ErrorCode::invalid_input, "not as Docker writes it");
  for (const json::MemberSpan& member : object.members)
    if (member.key != "auth" && member.key != "identitytoken" && member.key != "email" &&
        value_at(text, member) != kEmpty)
      return not_ours;
  const auto auth = plain_text(text, object, "auth");
  const auto token = plain_text(text, object, "identitytoken");
  if ((object.find("auth") && !auth) || (object.find("identitytoken") && !token)) return not_ours;
  std::optional<answer::SavedLogin> pair;
  if (auth && !auth->empty()) {
    pair = decode(*auth);
    if (!pair) return not_ours;
  }
  if (token && !token->empty()) {
    if (pair && !pair->secret.empty()) return not_ours;
    return std::optional(Found{{std::string(kTokenUser), Secret(*token)}, "identitytoken"});
  }
  if (!pair || pair->secret.empty()) return std::optional<Found>();
  return std::optional(Found{std::move(*pair), "auth"});
}

}  // namespace

Result<TakenLogins> take_logins(std::string_view text) {
  TakenLogins taken;
  std::vector<Change> changes;
  for (const Entry& entry : TRY(entries_of(text))) {
    auto found = entry.object ? login_of(text, *entry.object)
                              : Result<std::optional<Found>>(fail(ErrorCode::invalid_input, "no object"));
    if (!found) {
      taken.left.push_back(entry.server_url);
      continue;
    }
    if (!*found) continue;
    const json::MemberSpan& member = *entry.object->find((*found)->member);
    changes.push_back({member.value_begin, member.value_end, Secret(kEmpty)});
    taken.logins.push_back({entry.server_url, std::move((*found)->login)});
  }
  taken.text = carry_out_all(text, changes);
  return taken;
}

Result<ReturnedLogins> return_logins(std::string_view text, const FindLogin& find) {
  ReturnedLogins returned;
  std::vector<Change> changes;
  for (const Entry& entry : TRY(entries_of(text))) {
    if (!entry.object) continue;
    for (const char* key : {"auth", "identitytoken"}) {
      const json::MemberSpan* member = entry.object->find(key);
      if (member == nullptr || value_at(text, *member) != kEmpty) continue;
      auto login = TRY(find(entry.server_url));
      const bool is_token = login && login->username == kTokenUser;
      if (!login || is_token != (key == std::string_view("identitytoken"))) continue;
      std::string value = "\"" + (is_token ? std::string(login->secret.reveal()) : encode(*login)) + "\"";
      changes.push_back({member->value_begin, member->value_end, Secret::take(std::move(value))});
      returned.server_urls.push_back(entry.server_url);
    }
  }
  returned.text = carry_out_all(text, changes);
  return returned;
}

}  // namespace scoped::ctl
