#include "agent/publish/publisher.h"

#include <algorithm>
#include <array>

namespace scoped::publish {

std::span<const Type> types() {
  static const std::array table = {rows::file, rows::kubernetes_secret};
  return table;
}

const Type& type_of(const config::Typed& settings) {
  const auto table = types();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&settings](const Type& type) { return type.name == settings.type; });
  CHECK_INVARIANT(found != table.end());
  return *found;
}

Result<std::unique_ptr<Publisher>> make_publisher(const config::Typed& settings, const Context& context) {
  const config::Origin& at = settings.origin;
  return TRY_WITH(type_of(settings).make(settings, context),
                  at.file + ":" + std::to_string(at.line) + ": publisher '" + settings.name + "'");
}

Result<> check_publishers(const std::map<std::string, config::Typed>& publishers) {
  for (auto one = publishers.begin(); one != publishers.end(); ++one)
    for (auto other = std::next(one); other != publishers.end(); ++other) {
      const config::Typed &a = one->second, &b = other->second;
      const record::RecordName first = token_of(a), second = token_of(b);
      if (a.type != b.type || first == second || first.registry != second.registry) continue;
      if (type_of(a).meet(a, b))
        return fail(ErrorCode::configuration,
                    b.origin.file + ":" + std::to_string(b.origin.line) + ": publisher '" + b.name +
                        "' would put another token of '" + first.registry + "' where '" + a.name +
                        "' puts one, and a client finds only one there: name another place");
    }
  return {};
}

record::RecordName token_of(const config::Typed& settings) {
  const std::string& name = settings.text("token");
  const size_t slash = name.rfind('/');
  return {name.substr(0, slash), name.substr(slash + 1)};
}

}  // namespace scoped::publish
