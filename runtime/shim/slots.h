// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace berth::shim {

// A fixed table. An object stays in its slot, whose number names it, until it is removed; an empty
// slot costs no memory that has been touched.
template <typename T, size_t kSize>
class Slots {
 public:
  static constexpr size_t kNone = kSize;

  // The number of an empty slot, or kNone.
  size_t FindEmpty() const {
    size_t i = 0;
    while (i < kSize && slots_[i].has_value()) {
      ++i;
    }
    return i;
  }

  // Null when the slot is empty.
  T* At(size_t i) { return i < kSize && slots_[i].has_value() ? &*slots_[i] : nullptr; }

  template <typename... Arguments>
  T& Put(size_t i, Arguments&&... arguments) {
    return slots_[i].emplace(std::forward<Arguments>(arguments)...);
  }
  void Remove(size_t i) { slots_[i].reset(); }

  // The first object for which `matches`, as its slot's number, or kNone.
  template <typename Predicate>
  size_t Find(Predicate matches) {
    size_t i = 0;
    while (i < kSize && !(slots_[i].has_value() && matches(*slots_[i]))) {
      ++i;
    }
    return i;
  }

  // `visit(number, object)`; the object may be removed by it.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (size_t i = 0; i < kSize; ++i) {
      if (slots_[i].has_value()) {
        visit(i, *slots_[i]);
      }
    }
  }

 private:
  std::array<std::optional<T>, kSize> slots_;
};

}  // namespace berth::shim
