// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_resources.h"

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::nri {
namespace {

constexpr char kPidsFile[] = "pids.max";
constexpr char kReservationFile[] = "memory.low";

absl::Status Refuse(absl::string_view field) {
  return absl::FailedPreconditionError(
      absl::StrCat("linux.resources.", field, " is not supported"));
}

// What is absent has the value 0.
template <typename Optional>
bool IsSet(const Optional& value) {
  return value.value() != std::decay_t<decltype(value.value())>();
}

absl::StatusOr<int64_t> Signed(absl::string_view field, uint64_t value) {
  if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return absl::InvalidArgumentError(absl::StrCat("linux.resources.", field, " is too large"));
  }
  return static_cast<int64_t>(value);
}

absl::Status AddMemory(const api::LinuxMemory& memory, v1::LinuxContainerResources& result) {
  if (IsSet(memory.kernel())) {
    return Refuse("memory.kernel");
  }
  if (IsSet(memory.kernel_tcp())) {
    return Refuse("memory.kernel_tcp");
  }
  if (memory.has_swappiness()) {
    return Refuse("memory.swappiness");
  }
  if (IsSet(memory.disable_oom_killer())) {
    return Refuse("memory.disable_oom_killer");
  }
  if (memory.has_use_hierarchy() && !memory.use_hierarchy().value()) {
    return Refuse("memory.use_hierarchy");
  }
  result.set_memory_limit_in_bytes(memory.limit().value());
  result.set_memory_swap_limit_in_bytes(memory.swap().value());
  if (IsSet(memory.reservation())) {
    (*result.mutable_unified())[kReservationFile] = absl::StrCat(memory.reservation().value());
  }
  return absl::OkStatus();
}

absl::Status AddCpu(const api::LinuxCpu& cpu, v1::LinuxContainerResources& result) {
  if (IsSet(cpu.realtime_runtime()) || IsSet(cpu.realtime_period())) {
    return Refuse("cpu.realtime");
  }
  ASSIGN_OR_RETURN(const int64_t shares, Signed("cpu.shares", cpu.shares().value()));
  ASSIGN_OR_RETURN(const int64_t period, Signed("cpu.period", cpu.period().value()));
  result.set_cpu_shares(shares);
  result.set_cpu_period(period);
  result.set_cpu_quota(cpu.quota().value());
  result.set_cpuset_cpus(cpu.cpus());
  result.set_cpuset_mems(cpu.mems());
  return absl::OkStatus();
}

}  // namespace

api::LinuxResources ToNriResources(const v1::LinuxContainerResources& resources) {
  api::LinuxResources result;
  api::LinuxMemory& memory = *result.mutable_memory();
  if (resources.memory_limit_in_bytes() != 0) {
    memory.mutable_limit()->set_value(resources.memory_limit_in_bytes());
  }
  if (resources.memory_swap_limit_in_bytes() != 0) {
    memory.mutable_swap()->set_value(resources.memory_swap_limit_in_bytes());
  }
  api::LinuxCpu& cpu = *result.mutable_cpu();
  if (resources.cpu_shares() > 0) {
    cpu.mutable_shares()->set_value(static_cast<uint64_t>(resources.cpu_shares()));
  }
  if (resources.cpu_quota() != 0) {
    cpu.mutable_quota()->set_value(resources.cpu_quota());
  }
  if (resources.cpu_period() > 0) {
    cpu.mutable_period()->set_value(static_cast<uint64_t>(resources.cpu_period()));
  }
  cpu.set_cpus(resources.cpuset_cpus());
  cpu.set_mems(resources.cpuset_mems());
  for (const v1::HugepageLimit& limit : resources.hugepage_limits()) {
    api::HugepageLimit& added = *result.add_hugepage_limits();
    added.set_page_size(limit.page_size());
    added.set_limit(limit.limit());
  }
  for (const auto& [file, value] : resources.unified()) {
    int64_t limit = 0;
    if (file == kPidsFile && absl::SimpleAtoi(value, &limit)) {
      result.mutable_pids()->set_limit(limit);
    } else {
      (*result.mutable_unified())[file] = value;
    }
  }
  return result;
}

absl::StatusOr<v1::LinuxContainerResources> ToCriResources(const api::LinuxResources& resources) {
  if (IsSet(resources.blockio_class())) {
    return Refuse("blockio_class");
  }
  if (IsSet(resources.rdt_class())) {
    return Refuse("rdt_class");
  }
  if (!resources.devices().empty()) {
    return Refuse("devices");
  }
  v1::LinuxContainerResources result;
  RETURN_IF_ERROR(AddMemory(resources.memory(), result));
  RETURN_IF_ERROR(AddCpu(resources.cpu(), result));
  for (const api::HugepageLimit& limit : resources.hugepage_limits()) {
    v1::HugepageLimit& added = *result.add_hugepage_limits();
    added.set_page_size(limit.page_size());
    added.set_limit(limit.limit());
  }
  for (const auto& [file, value] : resources.unified()) {
    (*result.mutable_unified())[file] = value;
  }
  if (const int64_t limit = resources.pids().limit(); limit != 0) {
    (*result.mutable_unified())[kPidsFile] = limit < 0 ? "max" : absl::StrCat(limit);
  }
  return result;
}

}  // namespace berth::nri
