#include "common/json/value.h"

#include <algorithm>
#include <charconv>

namespace scoped::json {
namespace {

constexpr size_t kFirstMembers = 6;  // few grow beyond, and growing moves them

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::null:
      return "null";
    case Type::boolean:
      return "true or false";
    case Type::integer:
    case Type::real:
      return "a number";
    case Type::text:
      return "a text";
    case Type::array:
      return "a list";
    case Type::object:
      return "an object";
  }
  return "unknown";
}

const Value* Object::find(std::string_view key) const {
  for (const Member& member : members_)
    if (member.key == key) return &member.value;
  return nullptr;
}

Value* Object::find(std::string_view key) {
  return const_cast<Value*>(static_cast<const Object*>(this)->find(key));
}

Value& Object::set(std::string key, Value value) {
  if (Value* found = find(key)) return *found = std::move(value);
  if (members_.empty()) members_.reserve(kFirstMembers);
  return members_.emplace_back(Member{std::move(key), std::move(value), 0}).value;
}

bool Object::erase(std::string_view key) {
  return std::erase_if(members_, [key](const Member& member) { return member.key == key; }) != 0;
}

const Value* Value::at(std::initializer_list<std::string_view> path) const {
  const Value* value = this;
  for (std::string_view key : path) {
    const Object* inside = value->object();
    value = inside == nullptr ? nullptr : inside->find(key);
    if (value == nullptr) return nullptr;
  }
  return value;
}

tl::unexpected<Error> Reader::wrong(std::string_view key, std::string_view expected) const {
  const Value* value = object_->find(key);
  std::string what = "'" + std::string(key) + "' is ";
  if (value == nullptr) {
    what += "missing";
  } else {
    what.append(name_of(value->type())).append(", expected ").append(expected);
  }
  return fail(Error(ErrorCode::invalid_input, std::move(what)).within(where_));
}

Result<Reader> Reader::of(const Value& value, std::string where) {
  if (const Object* object = value.object()) return Reader(*object, std::move(where));
  return fail(ErrorCode::invalid_input,
              where + " is " + std::string(name_of(value.type())) + ", expected an object");
}

bool Reader::has(std::string_view key) const {
  const Value* value = object_->find(key);
  return value != nullptr && value->type() != Type::null;
}

Result<std::string> Reader::text(std::string_view key) const {
  const Value* value = object_->find(key);
  const std::string* text = value == nullptr ? nullptr : value->text();
  if (text == nullptr) return wrong(key, "a text");
  return *text;
}

Result<int64_t> Reader::integer(std::string_view key) const {
  const Value* value = object_->find(key);
  if (value == nullptr) return wrong(key, "");
  if (const int64_t* number = value->integer()) return *number;
  const std::string* digits = value->text();
  if (digits == nullptr || digits->empty() || digits->front() == '-') return wrong(key, "a whole number");
  int64_t number = 0;
  const char* end = digits->data() + digits->size();
  const auto [stop, problem] = std::from_chars(digits->data(), end, number);
  if (problem != std::errc() || stop != end) return wrong(key, "a whole number");
  return number;
}

Result<bool> Reader::boolean(std::string_view key) const {
  const Value* value = object_->find(key);
  const bool* boolean = value == nullptr ? nullptr : value->boolean();
  if (boolean == nullptr) return wrong(key, name_of(Type::boolean));
  return *boolean;
}

Result<Reader> Reader::object(std::string_view key) const {
  const Value* value = object_->find(key);
  const Object* object = value == nullptr ? nullptr : value->object();
  if (object == nullptr) return wrong(key, name_of(Type::object));
  return Reader(*object, where_ + ": '" + std::string(key) + "'");
}

Result<const Array*> Reader::array(std::string_view key) const {
  const Value* value = object_->find(key);
  const Array* array = value == nullptr ? nullptr : value->array();
  if (array == nullptr) return wrong(key, name_of(Type::array));
  return array;
}

Result<std::string> Reader::text_or(std::string_view key, std::string fallback) const {
  if (!has(key)) return fallback;
  return text(key);
}

Result<int64_t> Reader::integer_or(std::string_view key, int64_t fallback) const {
  if (!has(key)) return fallback;
  return integer(key);
}

}  // namespace scoped::json
