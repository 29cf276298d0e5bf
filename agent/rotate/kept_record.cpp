#include "agent/rotate/kept_record.h"

namespace scoped::rotate {
namespace {

using record::Previous;
using record::Record;

bool is_plain(const Record& record) {
  return record.current && record.reserved_slot.empty() && !record.pending && !record.busy &&
         !record.retired && !record.external_slot && !record.rotator && record.published.empty() &&
         record.unknown.empty();
}

Previous copy_of(const Previous& previous) {
  return {previous.password.clone(), previous.free_at, previous.unknown};
}

}  // namespace

KeptRecord::KeptRecord(const Record& record) {
  if (!is_plain(record)) {
    rare_ = std::make_unique<Record>(record.clone());
    return;
  }
  current_ = record.current->clone();
  if (record.previous) previous_ = std::make_unique<Previous>(copy_of(*record.previous));
  promoted_at_ = record.promoted_at;
  generation_ = record.generation;
}

Record KeptRecord::whole(const record::RecordName& name) const {
  if (rare_) return rare_->clone();
  Record record;
  record.registry = name.registry;
  record.token = name.token;
  record.current = current_.clone();
  if (previous_) record.previous = copy_of(*previous_);
  record.promoted_at = promoted_at_;
  record.generation = generation_;
  return record;
}

}  // namespace scoped::rotate
