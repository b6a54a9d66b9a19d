// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/owners.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::nri {
namespace {

absl::Status Conflict(const std::string& first, const std::string& second, api::Field field,
                      absl::string_view entry) {
  const std::string name = api::Field_Name(field);
  return absl::FailedPreconditionError(
      absl::StrCat("NRI plugins ", first, " and ", second, " both set ",
                   absl::AsciiStrToLower(absl::StripPrefix(name, "FIELD_")),
                   entry.empty() ? "" : " ", absl::CHexEscape(entry)));
}

struct Claimed {
  bool is_set;
  api::Field field;
};

}  // namespace

absl::Status Owners::Claim(const std::string& plugin, api::Field field) {
  const auto [owner, is_new] = fields_.mutable_simple()->insert({field, plugin});
  return is_new ? absl::OkStatus() : Conflict(owner->second, plugin, field, "");
}

absl::Status Owners::Claim(const std::string& plugin, api::Field field, const std::string& entry) {
  auto& entries = *(*fields_.mutable_compound())[field].mutable_owners();
  const auto [owner, is_new] = entries.insert({entry, plugin});
  return is_new ? absl::OkStatus() : Conflict(owner->second, plugin, field, entry);
}

absl::Status Owners::ClaimResources(const std::string& plugin,
                                    const api::LinuxResources& resources) {
  const api::LinuxMemory& memory = resources.memory();
  const api::LinuxCpu& cpu = resources.cpu();
  const Claimed claims[] = {
      {memory.has_limit(), api::FIELD_MEM_LIMIT},
      {memory.has_reservation(), api::FIELD_MEM_RESERVATION},
      {memory.has_swap(), api::FIELD_MEM_SWAP_LIMIT},
      {memory.has_kernel(), api::FIELD_MEM_KERNEL_LIMIT},
      {memory.has_kernel_tcp(), api::FIELD_MEM_TCP_LIMIT},
      {memory.has_swappiness(), api::FIELD_MEM_SWAPPINESS},
      {memory.has_disable_oom_killer(), api::FIELD_MEM_DISABLE_OOM_KILLER},
      {memory.has_use_hierarchy(), api::FIELD_MEM_USE_HIERARCHY},
      {cpu.has_shares(), api::FIELD_CPU_SHARES},
      {cpu.has_quota(), api::FIELD_CPU_QUOTA},
      {cpu.has_period(), api::FIELD_CPU_PERIOD},
      {cpu.has_realtime_runtime(), api::FIELD_CPU_REALTIME_RUNTIME},
      {cpu.has_realtime_period(), api::FIELD_CPU_REALTIME_PERIOD},
      {!cpu.cpus().empty(), api::FIELD_CPUSET_CPUS},
      {!cpu.mems().empty(), api::FIELD_CPUSET_MEMS},
      {resources.has_pids(), api::FIELD_PIDS_LIMIT},
      {resources.has_blockio_class(), api::FIELD_BLOCKIO_CLASS},
      {resources.has_rdt_class(), api::FIELD_RDT_CLASS},
  };
  for (const Claimed& claim : claims) {
    if (claim.is_set) {
      RETURN_IF_ERROR(Claim(plugin, claim.field));
    }
  }
  for (const api::HugepageLimit& limit : resources.hugepage_limits()) {
    RETURN_IF_ERROR(Claim(plugin, api::FIELD_HUGEPAGE_LIMITS, limit.page_size()));
  }
  for (const auto& [file, value] : resources.unified()) {
    RETURN_IF_ERROR(Claim(plugin, api::FIELD_CGROUPS_UNIFIED, file));
  }
  return absl::OkStatus();
}

void Owners::Release(api::Field field) {
  fields_.mutable_simple()->erase(field);
}

void Owners::Release(api::Field field, const std::string& entry) {
  (*fields_.mutable_compound())[field].mutable_owners()->erase(entry);
}

}  // namespace berth::nri
