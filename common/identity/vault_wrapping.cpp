#include "common/identity/vault_wrapping.h"

#include "common/json/value.h"

namespace scoped::identity {
namespace {

constexpr json::Limits kLimits{.bytes = 256 << 10, .depth = 16, .values = 4096, .comments = false};

tl::unexpected<Error> no_answer(const char* why) {
  return fail(ErrorCode::unavailable, std::string("that is no answer of a vault: ") + why);
}

json::Value* text_in_data(json::Value& document, std::string_view name) {
  json::Object* object = document.object();
  json::Value* data = object == nullptr ? nullptr : object->find("data");
  object = data == nullptr ? nullptr : data->object();
  json::Value* found = object == nullptr ? nullptr : object->find(name);
  return found == nullptr || found->text() == nullptr ? nullptr : found;
}

Error spent_error() {
  return {
      ErrorCode::login,
      "the vault does not know the wrapping token (any more): it has lapsed, or somebody else has used it; "
      "if nobody here did, the secret id is known to others: destroy it, and wrap a new one"};
}

}  // namespace

Result<std::string> read_creation_path(const Secret& body) {
  auto document = json::parse(body.reveal(), kLimits);
  if (!document) return no_answer("no JSON object");
  const json::Value* path = text_in_data(*document, "creation_path");
  if (path == nullptr) return no_answer("it has no 'data.creation_path'");
  return *path->text();
}

Result<Secret> read_secret_id(const Secret& body) {
  auto document = json::parse(body.reveal(), kLimits);
  if (!document) return no_answer("no JSON object");
  json::Value* secret = text_in_data(*document, "secret_id");
  if (secret == nullptr) return no_answer("it has no 'data.secret_id'");
  auto plain = plain_token(Secret::take(std::move(*secret->text())));
  if (!plain) return no_answer("its secret id has characters that none has");
  return plain;
}

// The token goes into the body: as a header it would count as a use.
Result<> WrappedSecret::check_origin(const Secret& token) {
  std::string quoted = json::quote(token.reveal());
  std::string text;
  text.reserve(quoted.size() + 16);
  text.append(R"({"token":)").append(quoted).append("}");
  wipe(quoted);
  const net::Response answer = TRY(ask_vault(
      context_, {.method = "POST", .path = "sys/wrapping/lookup", .body = Secret::take(std::move(text))}));
  if (answer.status == 400 || answer.status == 403) return fail(spent_error());
  if (answer.status != 200) return fail(login_error(answer, "POST sys/wrapping/lookup"));
  if (TRY_WITH(read_creation_path(answer.body), "POST sys/wrapping/lookup") == wrapped_at_) return {};
  return fail(ErrorCode::login, "the wrapping token was not made at '" + wrapped_at_ +
                                    "': somebody may have put it there; it was not unwrapped");
}

Result<Secret> WrappedSecret::unwrap(const Secret& token) {
  const net::Response answer = TRY(ask_vault(
      context_, {.method = "POST", .path = "sys/wrapping/unwrap", .body = Secret("{}"), .token = &token}));
  if (answer.status == 400 || answer.status == 403) return fail(spent_error());
  if (answer.status != 200) return fail(login_error(answer, "POST sys/wrapping/unwrap"));
  return TRY_WITH(read_secret_id(answer.body), "POST sys/wrapping/unwrap");
}

Result<Secret> WrappedSecret::get() {
  Secret token = TRY(read_token_());
  if (!kept_.empty() && token.equals(spent_)) return kept_.clone();
  TRY(check_origin(token));
  kept_ = TRY(unwrap(token));
  spent_ = std::move(token);
  return kept_.clone();
}

}  // namespace scoped::identity
