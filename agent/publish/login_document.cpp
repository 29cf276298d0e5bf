#include "agent/publish/login_document.h"

#include "common/crypto/digest.h"
#include "common/json/spans.h"
#include "common/json/value.h"

namespace scoped::publish {
namespace {

constexpr std::string_view kAuths = "auths";
constexpr std::string_view kAuth = "auth";
constexpr std::string_view kBlanks = " \t\r\n";

std::string entry_text(const Login& login) {
  std::string pair = login.username + ":" + std::string(login.password.reveal());
  std::string text = "{\"auth\": " + json::quote(crypto::base64(pair)) + "}";
  wipe(pair);
  return text;
}

// What stands between the last member of an object and whatever is in front of it: how it is laid out.
std::string before_last(std::string_view text, const json::ObjectSpan& object) {
  const size_t begin = object.members.back().key_begin;
  const size_t end = text.find_last_not_of(kBlanks, begin - 1);
  return std::string(text.substr(end + 1, begin - end - 1));
}

Secret spliced(std::string_view text, size_t begin, size_t end, std::string put) {
  std::string whole;
  whole.reserve(text.size() - (end - begin) + put.size());
  whole.append(text.substr(0, begin)).append(put).append(text.substr(end));
  wipe(put);
  return Secret::take(std::move(whole));
}

// A member more, in the layout of those before it.
Secret with_member(std::string_view text, const json::ObjectSpan& object, const std::string& member) {
  if (object.members.empty()) return spliced(text, object.open + 1, object.open + 1, member);
  const size_t at = object.members.back().value_end;
  return spliced(text, at, at, "," + before_last(text, object) + member);
}

// Docker and kubelet also take the two halves beside "auth", which would contradict it.
bool has_login(std::string_view entry, const Login& login) {
  const auto read = json::parse(entry);
  const json::Object* object = read ? read->object() : nullptr;
  const json::Value* auth = object != nullptr ? object->find(kAuth) : nullptr;
  if (auth == nullptr || auth->text() == nullptr || object->size() != 1) return false;
  std::string pair = login.username + ":" + std::string(login.password.reveal());
  const bool is_same = *auth->text() == crypto::base64(pair);
  wipe(pair);
  return is_same;
}

}  // namespace

Result<std::optional<Secret>> put_login(std::string_view document, const Login& login) {
  const std::string member = json::quote(login.token.registry) + ": " + entry_text(login);
  const std::string auths_member = json::quote(kAuths) + ": {" + member + "}";
  if (document.find_first_not_of(kBlanks) == std::string_view::npos)
    return std::optional(Secret("{" + auths_member + "}\n"));
  const json::ObjectSpan top = TRY(json::find_object(document, {})).value();
  const auto auths = TRY(json::find_object(document, {kAuths}));
  if (!auths) return std::optional(with_member(document, top, auths_member));
  const json::MemberSpan* there = auths->find(login.token.registry);
  if (there == nullptr) return std::optional(with_member(document, *auths, member));
  if (has_login(document.substr(there->value_begin, there->value_end - there->value_begin), login))
    return std::optional<Secret>();
  return std::optional(spliced(document, there->value_begin, there->value_end, entry_text(login)));
}

std::optional<std::string> helper_before_login(std::string_view document, const std::string& host,
                                               bool heeds_store) {
  const auto read = json::parse(document);
  if (!read) return std::nullopt;
  const json::Value* helper = read->at({"credHelpers", host});
  if (helper == nullptr && heeds_store) helper = read->at({"credsStore"});
  if (helper == nullptr || helper->text() == nullptr || helper->text()->empty()) return std::nullopt;
  return *helper->text();
}

}  // namespace scoped::publish
