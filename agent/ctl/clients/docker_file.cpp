// Docker's config.json, which podman, skopeo, crane and most others read too: a member of "credHelpers" per
// registry, and "credsStore" for all others, which Docker, crane and Docker's own libraries read.
#include "agent/ctl/clients/client_file.h"
#include "common/json/spans.h"
#include "common/json/value.h"

namespace scoped::ctl {
namespace {

constexpr std::string_view kHelpers = "credHelpers";
constexpr std::string_view kStore = "credsStore";
constexpr std::string_view kSecretService = "\"secretservice\"";

Result<std::string> find_path(const Where& where) {
  if (where.system)
    return fail(ErrorCode::invalid_input,
                "docker has no settings file for all users: each runs 'scopedctl configure'");
  if (const auto folder = where.environment.get("DOCKER_CONFIG")) return *folder + "/config.json";
  const auto home = where.environment.get("HOME");
  if (!home) return fail(ErrorCode::invalid_input, "$HOME is not set, and $DOCKER_CONFIG neither");
  return *home + "/.docker/config.json";
}

// How the file is laid out: what stands before a member of the object (at least a blank), and one level
// deeper.
struct Layout {
  std::string before;
  std::string deeper;
  std::string end;  // before the closing brace of a new object
};

Layout layout_of(std::string before) {
  const size_t newline = before.rfind('\n');
  if (newline == std::string::npos) return {before, "", ""};
  const std::string indent = before.substr(newline + 1);
  return {before, before + (indent.empty() ? "\t" : indent), before};
}

constexpr const char* kUsualBefore = "\n\t";

// What stands between the last member of the object and whatever is in front of it.
std::string before_last(std::string_view text, const json::ObjectSpan& object) {
  const size_t begin = object.members.back().key_begin;
  const size_t end = text.find_last_not_of(" \t\r\n", begin - 1);
  return std::string(text.substr(end + 1, begin - end - 1));
}

std::string member_text(std::string_view key, std::string_view value) {
  return json::quote(key) + ": " + std::string(value);
}

std::string helpers_text(const Layout& layout, const Wanted& wanted) {
  return member_text(kHelpers, "{" + layout.deeper + member_text(wanted.host, json::quote(wanted.helper)) +
                                   layout.end + "}");
}

// The first member of an object without one keeps what its braces enclose behind it.
Splice first_member(std::string_view text, const json::ObjectSpan& object, const std::string& before,
                    const std::string& member, const std::string& end) {
  const bool has_line =
      text.substr(object.open, object.close - object.open).find('\n') != std::string_view::npos;
  return {object.open + 1, "", before + member + (has_line ? "" : end)};
}

Splice next_member(std::string_view text, const json::ObjectSpan& object, const std::string& member) {
  return {object.members.back().value_end, "", "," + before_last(text, object) + member};
}

Result<std::optional<Splice>> add_to(std::string_view text, const json::ObjectSpan& helpers,
                                     const json::ObjectSpan& top, const Wanted& wanted) {
  const std::string value = json::quote(wanted.helper);
  if (const json::MemberSpan* there = helpers.find(wanted.host)) {
    const std::string found(text.substr(there->value_begin, there->value_end - there->value_begin));
    if (found == value) return std::optional<Splice>();
    if (!wanted.replace)
      return fail(ErrorCode::conflict, "the helper " + found + " is set for '" + wanted.host +
                                           "': say --replace if it shall give way");
    return std::optional(Splice{there->value_begin, found, value});
  }
  const std::string member = member_text(wanted.host, value);
  if (!helpers.members.empty()) return std::optional(next_member(text, helpers, member));
  const Layout layout = layout_of(before_last(text, top));
  return std::optional(first_member(text, helpers, layout.deeper, member, layout.end));
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Splice whole_file(std::string_view text, const std::string& member) {
  return {0, std::string(text), "{" + layout_of(kUsualBefore).before + member + "\n}\n"};
}

Result<std::optional<Splice>> add(std::string_view text, const Wanted& wanted) {
  const Layout usual = layout_of(kUsualBefore);
  if (is_blank(text)) return std::optional(whole_file(text, helpers_text(usual, wanted)));
  const json::ObjectSpan top = TRY(json::find_object(text, {})).value();
  if (const auto helpers = TRY(json::find_object(text, {kHelpers})))
    return add_to(text, *helpers, top, wanted);
  if (top.members.empty())
    return std::optional(first_member(text, top, usual.before, helpers_text(usual, wanted), "\n"));
  return std::optional(next_member(text, top, helpers_text(layout_of(before_last(text, top)), wanted)));
}

// With the comma that parted it from a neighbour, and the blanks before it.
Splice without(std::string_view text, const json::ObjectSpan& object, const json::MemberSpan& member) {
  const auto index = static_cast<size_t>(&member - object.members.data());
  size_t begin = object.open + 1, end = member.value_end;
  if (index > 0)
    begin = object.members[index - 1].value_end;
  else if (object.members.size() > 1)
    begin = member.key_begin, end = object.members[1].key_begin;
  else
    end = object.close;
  return {begin, std::string(text.substr(begin, end - begin)), ""};
}

Result<std::optional<Splice>> remove(std::string_view text, const Wanted& wanted) {
  if (is_blank(text)) return std::optional<Splice>();
  const auto helpers = TRY(json::find_object(text, {kHelpers}));
  const json::MemberSpan* member = helpers ? helpers->find(wanted.host) : nullptr;
  if (member == nullptr) return std::optional<Splice>();
  const std::string_view value = text.substr(member->value_begin, member->value_end - member->value_begin);
  if (value != json::quote(wanted.helper)) return std::optional<Splice>();
  if (helpers->members.size() > 1) return std::optional(without(text, *helpers, *member));
  const json::ObjectSpan top = TRY(json::find_object(text, {})).value();
  return std::optional(without(text, top, *top.find(kHelpers)));
}

// Logins that another store holds would be out of sight, whatever shall give way; unless we read them there.
Error other_store(const std::string& found) {
  const std::string cause =
      "Docker keeps its logins with " + found + " ('credsStore'), and would not find them any more: ";
  if (found == kSecretService)
    return {ErrorCode::conflict,
            cause +
                "have a store of type secret_service in your configuration (scoped-config(5)), "
                "which reads them, and say --replace; or leave --all out"};
  return {ErrorCode::conflict,
          cause + "leave --all out, or log out of all registries and take 'credsStore' out first"};
}

Result<std::optional<Splice>> add_store(std::string_view text, const Wanted& wanted) {
  const std::string value = json::quote(wanted.helper);
  const std::string member = member_text(kStore, value);
  if (is_blank(text)) return std::optional(whole_file(text, member));
  const json::ObjectSpan top = TRY(json::find_object(text, {})).value();
  if (const json::MemberSpan* there = top.find(kStore)) {
    const std::string found(text.substr(there->value_begin, there->value_end - there->value_begin));
    if (found == value) return std::optional<Splice>();
    const bool stay_in_sight = found == kSecretService && wanted.reads_secretservice && wanted.replace;
    if (found != "\"\"" && !stay_in_sight) return fail(other_store(found));
    return std::optional(Splice{there->value_begin, found, value});
  }
  if (top.members.empty()) {
    const Layout usual = layout_of(kUsualBefore);
    return std::optional(first_member(text, top, usual.before, member, "\n"));
  }
  return std::optional(next_member(text, top, member));
}

Result<std::optional<Splice>> remove_store(std::string_view text, const Wanted& wanted) {
  if (is_blank(text)) return std::optional<Splice>();
  const json::ObjectSpan top = TRY(json::find_object(text, {})).value();
  const json::MemberSpan* member = top.find(kStore);
  if (member == nullptr) return std::optional<Splice>();
  const std::string_view value = text.substr(member->value_begin, member->value_end - member->value_begin);
  if (value != json::quote(wanted.helper)) return std::optional<Splice>();
  return std::optional(without(text, top, *member));
}

}  // namespace

const ClientFile rows::docker_file = {
    .name = "docker",
    .doc = "Docker's config.json ('credHelpers'), which podman, skopeo, buildah, crane and helm read too.",
    .path = &find_path,
    .mode = 0600,
    .add = &add,
    .remove = &remove,
};

const ClientFile rows::docker_store_file = {
    .name = "docker-store",
    .doc =
        "Docker's config.json ('credsStore'): the helper is asked for every registry and keeps all logins.",
    .path = &find_path,
    .mode = 0600,
    .for_all = true,
    .add = &add_store,
    .remove = &remove_store,
};

}  // namespace scoped::ctl
