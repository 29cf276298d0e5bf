// The one symbol that scoped-yaml.so exports, as both sides see it. C linkage for the name only: module and
// program are of one build, which the version proves.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

namespace scoped::publish::kubernetes {

constexpr const char* kYamlReaderName = "scoped_yaml_as_json";
// The first document of a YAML text as JSON. Everything is text there but plain true, false and null. Null
// when `version` is not the module's own.
using YamlReader = Result<Secret> (*)(const Secret& yaml);
using YamlReaderMaker = YamlReader (*)(const char* version);

}  // namespace scoped::publish::kubernetes
