// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/device_filter.h"

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <utility>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "base/status.h"
#include "base/sys/fd.h"

namespace berth::runtime {
namespace {

using sys::BpfInstruction;
using Program = std::vector<BpfInstruction>;

constexpr uint8_t kResult = 0;
constexpr uint8_t kContext = 1;  // later scratch
constexpr uint8_t kType = 2;
constexpr uint8_t kMajor = 3;
constexpr uint8_t kMinor = 4;
constexpr uint8_t kUndecided = 5;  // the access bits that no rule has decided yet

uint32_t AccessBits(absl::string_view access) {
  uint32_t bits = 0;
  for (const char c : access) {
    bits |= c == 'r' ? sys::kBpfAccessRead : 0;
    bits |= c == 'w' ? sys::kBpfAccessWrite : 0;
    bits |= c == 'm' ? sys::kBpfAccessMknod : 0;
  }
  return bits;
}

Program Prologue() {
  return {
      sys::bpf::Load32(kUndecided, kContext, offsetof(sys::BpfDeviceAccess, access_and_type)),
      sys::bpf::Load32(kMajor, kContext, offsetof(sys::BpfDeviceAccess, major)),
      sys::bpf::Load32(kMinor, kContext, offsetof(sys::BpfDeviceAccess, minor)),
      sys::bpf::Move(kType, kUndecided),
      sys::bpf::WithNumber(sys::bpf::kAndImmediate, kType, 0xffff),
      sys::bpf::WithNumber(sys::bpf::kShiftRightImmediate, kUndecided, 16),
  };
}

void AppendReturn(Program& program, uint32_t value) {
  program.push_back(sys::bpf::WithNumber(sys::bpf::kMoveImmediate, kResult, value));
  program.push_back(sys::bpf::Exit());
}

// Allow: the rule's bits are decided; nothing left means yes.
Program AllowBody(uint32_t access) {
  Program body = {
      sys::bpf::WithNumber(sys::bpf::kAndImmediate, kUndecided, ~access),
      sys::bpf::WithNumber(sys::bpf::kJumpIfNotEqual, kUndecided, 0, 2),
  };
  AppendReturn(body, 1);
  return body;
}

// Deny: one undecided bit of the rule is enough for no.
Program DenyBody(uint32_t access) {
  Program body = {
      sys::bpf::Move(kContext, kUndecided),
      sys::bpf::WithNumber(sys::bpf::kAndImmediate, kContext, access),
      sys::bpf::WithNumber(sys::bpf::kJumpIfEqual, kContext, 0, 2),
  };
  AppendReturn(body, 0);
  return body;
}

struct Test {
  uint8_t reg;
  uint32_t value;
};

std::vector<Test> TestsOf(const DeviceRule& rule) {
  std::vector<Test> tests;
  if (rule.type != 'a') {
    tests.push_back({kType, rule.type == 'b' ? sys::kBpfDeviceBlock : sys::kBpfDeviceCharacter});
  }
  if (rule.major.has_value()) {
    tests.push_back({kMajor, *rule.major});
  }
  if (rule.minor.has_value()) {
    tests.push_back({kMinor, *rule.minor});
  }
  return tests;
}

void AppendRule(const DeviceRule& rule, Program& program) {
  const uint32_t access = AccessBits(rule.access);
  const Program body = rule.allow ? AllowBody(access) : DenyBody(access);
  const std::vector<Test> tests = TestsOf(rule);
  for (size_t i = 0; i < tests.size(); ++i) {
    const size_t to_next_rule = tests.size() - 1 - i + body.size();
    program.push_back(sys::bpf::WithNumber(sys::bpf::kJumpIfNotEqual, tests[i].reg, tests[i].value,
                                           static_cast<int16_t>(to_next_rule)));
  }
  program.insert(program.end(), body.begin(), body.end());
}

struct LoadedFilter {
  Program program;
  std::shared_ptr<const sys::Fd> fd;
};

absl::Mutex cache_mutex(absl::kConstInit);

// Newest first. Never destroyed: threads may still run at exit.
std::list<LoadedFilter>& Cache() ABSL_EXCLUSIVE_LOCKS_REQUIRED(cache_mutex) {
  static auto* cache = new std::list<LoadedFilter>;
  return *cache;
}

absl::StatusOr<std::shared_ptr<const sys::Fd>> NewFilter(const Program& program) {
  ASSIGN_OR_RETURN(sys::Fd fd, ToStatusOr(sys::LoadDeviceProgram(program), "load device filter"));
  return std::make_shared<const sys::Fd>(std::move(fd));
}

absl::StatusOr<std::shared_ptr<const sys::Fd>> SharedFilter(Program program) {
  {
    absl::MutexLock lock(&cache_mutex);
    for (const LoadedFilter& loaded : Cache()) {
      if (loaded.program == program) {
        return loaded.fd;
      }
    }
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const sys::Fd> filter, NewFilter(program));
  absl::MutexLock lock(&cache_mutex);
  Cache().push_front({std::move(program), filter});
  if (Cache().size() > kMaxCachedFilters) {
    Cache().pop_back();
  }
  return filter;
}

absl::Status DetachAll(int cgroup, std::span<const uint32_t> ids) {
  for (const uint32_t id : ids) {
    ASSIGN_OR_RETURN(const sys::Fd program,
                     ToStatusOr(sys::OpenProgram(id), "open an earlier device filter"));
    RETURN_IF_ERROR(ToStatus(sys::DetachDeviceProgram(cgroup, program.get()),
                             "detach an earlier device filter"));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<BpfInstruction> BuildDeviceFilter(const std::vector<DeviceRule>& rules) {
  Program program = Prologue();
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    AppendRule(*rule, program);
  }
  AppendReturn(program, 0);
  return program;
}

absl::Status AttachDeviceFilter(int cgroup, const std::vector<DeviceRule>& rules) {
  if (rules.size() > kMaxDeviceRules) {
    return absl::InvalidArgumentError(
        absl::StrCat(rules.size(), " device rules are over the limit of ", kMaxDeviceRules));
  }
  std::array<uint32_t, sys::kMaxAttachedPrograms> ids = {};
  ASSIGN_OR_RETURN(const size_t attached, ToStatusOr(sys::FindDevicePrograms(cgroup, ids),
                                                     "find device filters of a cgroup"));
  // One program cannot be attached twice, so where there is one already the new one is not shared.
  Program program = BuildDeviceFilter(rules);
  ASSIGN_OR_RETURN(const std::shared_ptr<const sys::Fd> filter,
                   attached == 0 ? SharedFilter(std::move(program)) : NewFilter(program));
  RETURN_IF_ERROR(
      ToStatus(sys::AttachDeviceProgram(cgroup, filter->get()), "attach device filter"));
  return DetachAll(cgroup, std::span(ids).first(attached));
}

}  // namespace berth::runtime
