// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

#include "base/sys/errno_or.h"

namespace berth::shim {

// The bytes of a plan in a sealed memfd, mapped for as long as this lives.
class PlanMapping {
 public:
  // EPERM when the file is not sealed, E2BIG over kMaxPlanSize, EBADMSG when it is empty.
  static sys::ErrnoOr<PlanMapping> Map(int file);
  PlanMapping(PlanMapping&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(other.size_) {}
  PlanMapping(const PlanMapping&) = delete;
  PlanMapping& operator=(const PlanMapping&) = delete;
  PlanMapping& operator=(PlanMapping&&) = delete;
  ~PlanMapping();

  const char* bytes() const { return bytes_; }
  size_t size() const { return size_; }

 private:
  PlanMapping(const char* bytes, size_t size) : bytes_(bytes), size_(size) {}
  const char* bytes_;
  size_t size_;
};

}  // namespace berth::shim
