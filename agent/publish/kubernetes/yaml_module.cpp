// Alone in scoped-yaml.so: only who is given a kubeconfig file loads the library that reads it.
#include "agent/publish/kubernetes/yaml_maker.h"
#include "common/json/value.h"

#include <yaml-cpp/yaml.h>

namespace scoped::publish::kubernetes {
namespace {

constexpr size_t kLargest = 1 << 20;
constexpr size_t kMostNodes = 100'000;  // aliases of aliases make a small text large
constexpr size_t kDeepest = 32;

class Converter {
 public:
  Result<json::Value> convert(const YAML::Node& node, size_t depth) {
    if (++nodes_ > kMostNodes || depth > kDeepest)
      return fail(ErrorCode::invalid_input, "it is nested too deeply, or too large");
    if (node.IsMap()) return convert_map(node, depth);
    if (node.IsSequence()) return convert_list(node, depth);
    if (!node.IsScalar()) return json::Value();
    return scalar(node);
  }

 private:
  Result<json::Value> convert_map(const YAML::Node& node, size_t depth) {
    json::Object object;
    for (const auto& member : node) {
      if (!member.first.IsScalar()) return fail(ErrorCode::invalid_input, "a key is no text");
      const std::string& key = member.first.Scalar();
      if (object.find(key) != nullptr)
        return fail(ErrorCode::invalid_input, "it has the key '" + key + "' twice");
      object.set(key, TRY(convert(member.second, depth + 1)));
    }
    return json::Value(std::move(object));
  }

  Result<json::Value> convert_list(const YAML::Node& node, size_t depth) {
    json::Array array;
    for (const auto& element : node) array.push_back(TRY(convert(element, depth + 1)));
    return json::Value(std::move(array));
  }

  // A plain scalar has the tag "?", one in quotes "!".
  static json::Value scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "?" && (text == "true" || text == "false")) return text == "true";
    if (node.Tag() == "?" && (text == "null" || text == "~")) return {};
    return text;
  }

  size_t nodes_ = 0;
};

// The library's own words may repeat what it read, so only the place is told.
Result<Secret> read_yaml(const Secret& yaml) {
  if (yaml.size() > kLargest) return fail(ErrorCode::invalid_input, "it is larger than 1 MiB");
  try {
    const YAML::Node node = YAML::Load(std::string(yaml.reveal()));
    const json::Value value = TRY(Converter().convert(node, 0));
    return Secret::take(json::dump(value));
  } catch (const YAML::Exception& problem) {
    return fail(ErrorCode::invalid_input, "it is no YAML, line " + std::to_string(problem.mark.line + 1));
  }
}

}  // namespace
}  // namespace scoped::publish::kubernetes

extern "C" [[gnu::visibility("default")]] scoped::publish::kubernetes::YamlReader scoped_yaml_as_json(
    const char* version) {
  using namespace scoped::publish::kubernetes;
  return std::string_view(version) == SCOPED_VERSION ? &read_yaml : nullptr;
}
