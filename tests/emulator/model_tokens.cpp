#include "common/crypto/digest.h"
#include "tests/emulator/model.h"
#include "tests/emulator/times.h"

#include <fmt/format.h>

#include <algorithm>

namespace scoped::emulator {
namespace {

constexpr std::string_view kPasswordAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void append_random(std::string& text, size_t count, std::string_view alphabet, Random& random) {
  for (size_t i = 0; i < count; ++i) text += alphabet[random.below(alphabet.size())];
}

tl::unexpected<Refusal> no_token(const std::string& name) {
  return refuse(404, "ResourceNotFound", fmt::format("The resource {} could not be found.", name));
}

void put_password(Token& token, Password password) {
  auto& all = token.passwords;
  std::erase_if(all, [&](const Password& each) { return each.slot == password.slot; });
  const auto place =
      std::find_if(all.begin(), all.end(), [&](const Password& each) { return each.slot > password.slot; });
  all.insert(place, std::move(password));
}

}  // namespace

const Password* Token::password(std::string_view slot) const {
  const auto found = std::find_if(passwords.begin(), passwords.end(),
                                  [slot](const Password& each) { return each.slot == slot; });
  return found == passwords.end() ? nullptr : &*found;
}

const Token* Model::token(std::string_view name) const {
  const auto found = contents_.tokens.find(lower(name));
  return found == contents_.tokens.end() ? nullptr : &found->second;
}

Outcome<std::string> Model::check_scope_map_id(const std::string& id) const {
  const std::string name = TRY(name_in_id(id, "scopeMaps"));
  const ScopeMap* found = scope_map(name);
  if (found == nullptr)
    return refuse(400, "ScopeMapNotFound", fmt::format("The scope map '{}' does not exist.", name));
  return found->name;
}

Outcome<std::vector<Password>> Model::kept(const Token& token, const std::vector<std::string>& slots) const {
  std::vector<Password> result;
  for (const Password& password : token.passwords)
    if (std::find(slots.begin(), slots.end(), password.slot) != slots.end()) result.push_back(password);
  for (const std::string& slot : slots) {
    if (!is_slot_name(slot))
      return refuse(400, "InvalidPasswordName",
                    fmt::format("'{}' is no password name; password1 and password2 are.", slot));
    if (token.password(slot) == nullptr)
      return refuse(400, "InvalidPassword",
                    fmt::format("'{}' of token '{}' can only be generated.", slot, token.name));
  }
  return result;
}

Outcome<Put<Token>> Model::put_token(const std::string& name, const TokenBody& body, const Moment& moment) {
  if (!is_token_name(name))
    return refuse(400, "InvalidTokenName",
                  fmt::format("The token name '{}' is invalid: 5 to 50 letters, digits and '-', the first "
                              "one not a digit.",
                              name));
  if (!body.scope_map_id) return refuse(400, "InvalidRequestContent", "'properties.scopeMapId' is required.");
  Token fresh;
  fresh.scope_map = TRY(check_scope_map_id(*body.scope_map_id));
  fresh.enabled = body.enabled.value_or(true);
  fresh.name = name;
  fresh.system = {std::string(moment.by), moment.now, std::string(moment.by), moment.now};
  const auto old = contents_.tokens.find(lower(name));
  const bool created = old == contents_.tokens.end();
  if (created && contents_.tokens.size() >= limits_.tokens)
    return refuse(400, "TokenLimitReached",
                  fmt::format("The registry has its {} tokens already.", limits_.tokens));
  if (!created) {
    fresh.name = old->second.name;
    fresh.system.created_by = old->second.system.created_by;
    fresh.system.created_at = old->second.system.created_at;
  }
  if (body.keep) fresh.passwords = TRY(kept(created ? fresh : old->second, *body.keep));
  Token& stored = contents_.tokens[lower(name)];
  stored = std::move(fresh);
  return Put<Token>{&stored, created};
}

Outcome<const Token*> Model::patch_token(const std::string& name, const TokenBody& body,
                                         const Moment& moment) {
  const auto found = contents_.tokens.find(lower(name));
  if (found == contents_.tokens.end()) return no_token(name);
  Token changed = found->second;
  if (body.scope_map_id) changed.scope_map = TRY(check_scope_map_id(*body.scope_map_id));
  if (body.enabled) changed.enabled = *body.enabled;
  if (body.keep) changed.passwords = TRY(kept(found->second, *body.keep));
  changed.system.modified_by = moment.by;
  changed.system.modified_at = moment.now;
  found->second = std::move(changed);
  return &found->second;
}

bool Model::delete_token(const std::string& name) { return contents_.tokens.erase(lower(name)) != 0; }

void Model::set_provisioning(std::string_view token, std::string state) {
  const auto found = contents_.tokens.find(lower(token));
  if (found != contents_.tokens.end()) found->second.provisioning = std::move(state);
}

Outcome<Generated> Model::generate(const GenerateBody& body, const Moment& moment, Random& random) {
  const std::string name = TRY(name_in_id(body.token_id, "tokens"));
  const auto found = contents_.tokens.find(lower(name));
  if (found == contents_.tokens.end()) return no_token(name);
  if (body.slot && !is_slot_name(*body.slot))
    return refuse(400, "InvalidPasswordName",
                  fmt::format("'{}' is no password name; password1 and password2 are.", *body.slot));
  if (body.expires_at && *body.expires_at <= moment.now)
    return refuse(400, "InvalidExpiry",
                  fmt::format("The expiry '{}' is not in the future.", arm_time(*body.expires_at)));
  Generated generated{&found->second, {}};
  for (std::string_view slot : kSlots) {
    if (body.slot && *body.slot != slot) continue;
    Secret value = make_password(random);
    contents_.last_generated = std::max(moment.now, contents_.last_generated + Ticks(1));
    put_password(found->second,
                 {std::string(slot), contents_.last_generated, body.expires_at, hash_of(value)});
    generated.made.push_back({std::string(slot), std::move(value)});
  }
  return generated;
}

const Token* Model::enabled_token(std::string_view user) const {
  const Token* found = token(user);
  return found != nullptr && found->name == user && found->enabled ? found : nullptr;
}

const Token* Model::login(std::string_view user, const Secret& password, Instant now) const {
  const Token* found = enabled_token(user);
  return found != nullptr && accepts(found->passwords, password, now) ? found : nullptr;
}

bool accepts(const std::vector<Password>& known, const Secret& password, Instant now) {
  const Secret given(hash_of(password));
  bool accepted = false;
  for (const Password& each : known)
    accepted |= Secret(each.sha256).equals(given) && (!each.expires_at || now < *each.expires_at);
  return accepted;
}

Secret make_password(Random& random) {
  std::string text;
  text.reserve(52);
  append_random(text, 42, kPasswordAlphabet, random);
  text += "+ACR";
  append_random(text, 1, "ABCD", random);
  append_random(text, 5, kPasswordAlphabet, random);
  return Secret::take(std::move(text));
}

std::string hash_of(const Secret& password) { return crypto::hex(crypto::sha256(password.reveal())); }

}  // namespace scoped::emulator
