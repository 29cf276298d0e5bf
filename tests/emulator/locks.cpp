#include "tests/emulator/locks.h"

#include "common/json/value.h"
#include "tests/emulator/data_plane.h"
#include "tests/emulator/images.h"
#include "tests/emulator/login.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace scoped::emulator {
namespace {

struct Member {
  std::string_view name;
  bool Attributes::*value;
};
constexpr std::array<Member, 4> kMembers = {Member{"deleteEnabled", &Attributes::can_delete},
                                            {"writeEnabled", &Attributes::can_write},
                                            {"readEnabled", &Attributes::can_read},
                                            {"listEnabled", &Attributes::can_list}};

tl::unexpected<Refusal> locked() {
  return refuse(
      405, "UNKNOWN",
      "The operation is disallowed on this registry, repository or image. View troubleshooting steps at "
      "https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation");
}

struct Need {
  std::string_view method;
  bool Attributes::*allows;
};
constexpr std::array<Need, 4> kNeeds = {Need{"GET", &Attributes::can_read},
                                        {"HEAD", &Attributes::can_read},
                                        {"PUT", &Attributes::can_write},
                                        {"DELETE", &Attributes::can_delete}};

std::string header_of(const Turn& turn, std::string_view name) {
  const std::string* value = find_field(turn.request.headers, name);
  return value == nullptr ? std::string() : *value;
}

// Both ask the same; only the status differs, since nginx takes no other.
Outcome<> check_original(const Turn& turn) {
  const auto original =
      make_request(header_of(turn, kOriginalMethod), header_of(turn, kOriginalTarget), {}, "");
  if (!original) return {};
  const auto captures = match_path("/v2/{...}/manifests/{}", original->segments, Case::exact);
  const auto need = std::find_if(kNeeds.begin(), kNeeds.end(),
                                 [&](const Need& each) { return each.method == original->method; });
  if (!captures || need == kNeeds.end()) return {};
  return check_lock(turn, need->allows, (*captures)[0], (*captures)[1]);
}

// 401 as an ordinary request would get it: nginx passes the challenge on.
std::optional<Answer> refusal_of_bearer(const Turn& turn) {
  const auto bearer = bearer_of(turn.request);
  const auto grant =
      bearer ? read_access_token(turn.site.parts.signer, *bearer, turn.host(), turn.now) : std::nullopt;
  if (!grant || !is_revoked(turn, grant->user)) return std::nullopt;
  Answer answer = kLogin.refuse({401, "UNAUTHORIZED", "authentication required"}, turn);
  answer.headers.emplace_back("WWW-Authenticate", challenge(turn.host(), "", "invalid_token"));
  return answer;
}

Outcome<Answer> check(Turn& turn) {
  if (auto refusal = refusal_of_bearer(turn)) return std::move(*refusal);
  Answer answer;
  answer.status = check_original(turn) ? 204 : 403;
  return answer;
}

Outcome<Answer> say_no(Turn& turn) {
  TRY(check_original(turn));
  return locked();  // unlocked since it was asked
}

Outcome<> admit(Turn&) { return {}; }
Answer lock_refusal(const Refusal& refusal, const Turn& turn) { return kLogin.refuse(refusal, turn); }
const Family kLockFamily = {"locks", "", Case::exact, admit, lock_refusal};

// nginx hands the method of the request over when it says no.
constexpr std::array<Route, 5> kRoutes = {Route{"GET", kLockCheck, check},
                                          {"GET", kLocked, say_no},
                                          {"PUT", kLocked, say_no},
                                          {"DELETE", kLocked, say_no},
                                          {"POST", kLocked, say_no}};

}  // namespace

const RouteTable kLocks = {&kLockFamily, kRoutes};

std::string repository_key(const std::string& repository) { return repository; }
std::string tag_key(const std::string& repository, const std::string& tag) {
  return fmt::format("{}:{}", repository, tag);
}
std::string manifest_key(const std::string& repository, const std::string& digest) {
  return fmt::format("{}@{}", repository, digest);
}

Outcome<> check_lock(const Turn& turn, bool Attributes::*allows, const std::string& repository,
                     const std::string& reference) {
  const Model& model = turn.site.model;
  if (model.contents().attributes.empty()) return {};
  const auto is_locked = [&](const std::string& key) { return !(model.attributes(key).*allows); };
  if (is_locked(repository_key(repository))) return locked();
  if (reference.empty()) return {};
  const bool is_digest = reference.find(':') != std::string::npos;
  if (is_locked(is_digest ? manifest_key(repository, reference) : tag_key(repository, reference)))
    return locked();
  if (!is_repository(repository)) return {};
  for (const StoredTag& tag : Images(turn.site.parts.images).tags(repository)) {
    if (is_digest && tag.digest == reference && is_locked(tag_key(repository, tag.name))) return locked();
    if (!is_digest && tag.name == reference && is_locked(manifest_key(repository, tag.digest)))
      return locked();
  }
  return {};
}

Outcome<Attributes> read_attributes(const std::string& body, Attributes before) {
  const auto read = [&]() -> Result<Attributes> {
    const json::Value document = TRY(json::parse(body));
    const auto reader = TRY(json::Reader::of(document, "the body"));
    for (const json::Member& given : reader.raw().members()) {
      const auto member = std::find_if(kMembers.begin(), kMembers.end(),
                                       [&](const Member& each) { return each.name == given.key; });
      if (member == kMembers.end())
        return fail(ErrorCode::invalid_input, fmt::format("'{}' is no attribute", given.key));
      before.*(member->value) = TRY(reader.boolean(given.key));
    }
    return before;
  };
  const auto attributes = read();
  if (!attributes) return refuse(400, "UNSUPPORTED", attributes.error().line());
  return *attributes;
}

json::Value show(const Attributes& attributes) {
  json::Object object;
  for (const Member& member : kMembers) object.set(std::string(member.name), attributes.*(member.value));
  return object;
}

}  // namespace scoped::emulator
