#include "agent/policy/lint_report.h"

namespace scoped::policy {
namespace {

json::Value message_of(std::string_view text) {
  json::Object message;
  message.set("text", text);
  return message;
}

json::Value rules_sarif() {
  json::Array all;
  for (const Rule& rule : rules()) {
    json::Object configuration, object;
    configuration.set("level", name_of(rule.level));
    object.set("id", rule.id);
    object.set("shortDescription", message_of(rule.summary));
    object.set("defaultConfiguration", std::move(configuration));
    all.push_back(std::move(object));
  }
  return all;
}

json::Value location_of(const Finding& finding, const std::string& registry) {
  json::Object logical, location;
  logical.set("fullyQualifiedName", registry + "/" + finding.object);
  logical.set("kind", "resource");
  location.set("logicalLocations", json::Array{std::move(logical)});
  if (finding.origin.file.empty()) return location;
  json::Object artifact, region, physical;
  artifact.set("uri", "file://" + finding.origin.file);
  region.set("startLine", finding.origin.line);
  physical.set("artifactLocation", std::move(artifact));
  physical.set("region", std::move(region));
  location.set("physicalLocation", std::move(physical));
  return location;
}

json::Value result_of(const Finding& finding, const std::string& registry) {
  json::Object result, fingerprints;
  result.set("ruleId", finding.rule);
  result.set("level", name_of(finding.level));
  result.set("message", message_of(finding.object + ": " + finding.message + ": " + finding.remedy));
  result.set("locations", json::Array{location_of(finding, registry)});
  fingerprints.set("object/v1", registry + "/" + finding.object + "/" + std::string(finding.rule));
  result.set("partialFingerprints", std::move(fingerprints));
  return result;
}

}  // namespace

json::Value findings_json(const Findings& findings) {
  json::Array all;
  for (const Finding& finding : findings) {
    json::Object object;
    object.set("rule", finding.rule);
    object.set("level", name_of(finding.level));
    object.set("object", finding.object);
    object.set("message", finding.message);
    object.set("remedy", finding.remedy);
    if (!finding.origin.file.empty()) {
      object.set("file", finding.origin.file);
      object.set("line", finding.origin.line);
    }
    all.push_back(std::move(object));
  }
  json::Object document;
  document.set("findings", std::move(all));
  return document;
}

json::Value findings_sarif(const Findings& findings, const std::string& registry, std::string_view version) {
  json::Array results;
  for (const Finding& finding : findings) results.push_back(result_of(finding, registry));
  json::Object driver, tool, run, document;
  driver.set("name", "scopedctl");
  driver.set("version", version);
  driver.set("rules", rules_sarif());
  tool.set("driver", std::move(driver));
  run.set("tool", std::move(tool));
  run.set("results", std::move(results));
  document.set("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  document.set("version", "2.1.0");
  document.set("runs", json::Array{std::move(run)});
  return document;
}

}  // namespace scoped::policy
