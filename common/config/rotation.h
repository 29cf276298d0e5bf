// The numbers of the rotation: rows, inheritance (built-in -> registry -> token) and whether they can hold
// together (ROTATION rule 7). Pure.
#pragma once

#include "common/config/report.h"
#include "common/config/section.h"
#include "common/config/setting.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scoped::config {

// The numbers at one level: its own and those that it inherits.
struct RotationLevel {
  Rotation values;
  std::map<std::string_view, int> lines;  // the numbers that this level sets itself
  Origin place;                           // of the registry or token
  bool broken = false;                    // a number was wrong, here or above; reported already
};

std::span<const Setting> rotation_rows();
// The built-in numbers.
RotationLevel built_in_rotation();
// `object` null: nothing of its own.
RotationLevel read_rotation(const RotationLevel& inherited, const json::Object* object, int line,
                            const Origin& place, const Catalog& catalog, Report& report);

// Whose bound the fence has where the configuration gives no fence_max.
struct Fence {
  std::string identity;
  Milliseconds most{};
};

struct Contradiction {
  std::vector<std::string_view> keys;  // those that take part, the one to change first
  std::string text;                    // which number to change, and to what
};

// Every pair or sum of numbers that cannot be kept at once.
std::vector<Contradiction> contradictions(const Rotation& rotation, const Fence& fence);

// Reports the contradictions of a registry's tokens, each once at the nearest level that sets one of its
// numbers. `fallback`: where to report what only built-in numbers and the identity make.
void check_rotation(const RotationLevel& registry, const std::map<std::string, RotationLevel>& tokens,
                    const Fence& fence, const Origin& fallback, Report& report);

}  // namespace scoped::config
