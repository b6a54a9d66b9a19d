// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/systemd_scope.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <memory>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/status.h"
#include <systemd/sd-bus.h>

namespace berth::runtime {
namespace {

constexpr char kSystemd[] = "org.freedesktop.systemd1";
constexpr char kManagerPath[] = "/org/freedesktop/systemd1";
constexpr char kManager[] = "org.freedesktop.systemd1.Manager";
constexpr char kNoSuchUnit[] = "org.freedesktop.systemd1.NoSuchUnit";
constexpr absl::string_view kSliceSuffix = ".slice";
constexpr size_t kMaxUnitName = 255;

struct CloseBus {
  void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
};
struct DropMessage {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
struct DropSlot {
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using Bus = std::unique_ptr<sd_bus, CloseBus>;
using Message = std::unique_ptr<sd_bus_message, DropMessage>;
using Slot = std::unique_ptr<sd_bus_slot, DropSlot>;

// How jobs ended ("done", "failed", …), by their object path. They may end before the answer that
// names them is read.
using EndedJobs = std::map<std::string, std::string, std::less<>>;

absl::Status Unavailable(int result, absl::string_view what) {
  return absl::UnavailableError(ErrnoStatus({-result, "sd-bus"}, what).message());
}

uint64_t Microseconds(absl::Duration duration) {
  return static_cast<uint64_t>(std::max<int64_t>(absl::ToInt64Microseconds(duration), 1));
}

int OnJobRemoved(sd_bus_message* message, void* jobs, sd_bus_error*) {
  uint32_t id = 0;
  const char* path = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) >= 0) {
    (*static_cast<EndedJobs*>(jobs))[path] = result;
  }
  return 0;
}

int OnAnswer(sd_bus_message* message, void* answer, sd_bus_error*) {
  static_cast<Message*>(answer)->reset(sd_bus_message_ref(message));
  return 0;
}

// Handles something that has come, or waits for it until the next look at the caller.
absl::Status Advance(const Call& call, sd_bus* bus) {
  RETURN_IF_ERROR(Annotate(call.Check(), "waiting for systemd"));
  int result = sd_bus_process(bus, nullptr);
  if (result == 0) {
    result = sd_bus_wait(bus, Microseconds(call.NextLook() - SteadyNow()));
  }
  return result < 0 && result != -EINTR ? Unavailable(result, "listen to systemd")
                                        : absl::OkStatus();
}

// The answer. NotFound: there is no such unit.
absl::StatusOr<Message> Ask(const Call& call, sd_bus* bus, sd_bus_message* message) {
  Message answer;
  sd_bus_slot* made = nullptr;
  if (const int result =
          sd_bus_call_async(bus, &made, message, OnAnswer, &answer, /*usec=*/UINT64_MAX);
      result < 0) {
    return Unavailable(result, "ask systemd");
  }
  const Slot slot(made);  // without it, no answer is waited for any more
  while (answer == nullptr) {
    RETURN_IF_ERROR(Advance(call, bus));
  }
  if (const sd_bus_error* error = sd_bus_message_get_error(answer.get()); error != nullptr) {
    return sd_bus_error_has_name(error, kNoSuchUnit) != 0
               ? absl::NotFoundError(error->message)
               : absl::UnavailableError(absl::StrCat("ask systemd: ", error->message));
  }
  return answer;
}

absl::Status Subscribe(const Call& call, sd_bus* bus) {
  sd_bus_message* made = nullptr;
  const int result =
      sd_bus_message_new_method_call(bus, &made, kSystemd, kManagerPath, kManager, "Subscribe");
  const Message message(made);
  if (result < 0) {
    return Unavailable(result, "write a message for systemd");
  }
  return Annotate(Ask(call, bus, message.get()).status(), "subscribe");
}

// Signals about jobs come from now on.
absl::StatusOr<Bus> OpenBus(const Call& call, EndedJobs& jobs) {
  sd_bus* opened = nullptr;
  if (const int result = sd_bus_open_system(&opened); result < 0) {
    return Unavailable(result, "connect to the system's D-Bus");
  }
  Bus bus(opened);
  if (const int result =
          sd_bus_match_signal_async(bus.get(), nullptr, kSystemd, kManagerPath, kManager,
                                    "JobRemoved", OnJobRemoved, nullptr, &jobs);
      result < 0) {
    return Unavailable(result, "listen to systemd");
  }
  RETURN_IF_ERROR(Subscribe(call, bus.get()));
  return bus;
}

// StartTransientUnit(name, mode, properties, auxiliary units).
absl::StatusOr<Message> ScopeMessage(sd_bus* bus, const std::string& name, const std::string& slice,
                                     int pid) {
  sd_bus_message* made = nullptr;
  int result = sd_bus_message_new_method_call(bus, &made, kSystemd, kManagerPath, kManager,
                                              "StartTransientUnit");
  Message message(made);
  const auto then = [&result](int next) { result = result < 0 ? result : next; };
  if (result >= 0) {
    const auto pid_word = static_cast<uint32_t>(pid);
    then(sd_bus_message_append(made, "ss", name.c_str(), "fail"));
    then(sd_bus_message_open_container(made, 'a', "(sv)"));
    then(sd_bus_message_append(made, "(sv)", "Description", "s", "Berth pod"));
    then(sd_bus_message_append(made, "(sv)", "Slice", "s", slice.c_str()));
    then(sd_bus_message_append(made, "(sv)", "PIDs", "au", 1, pid_word));
    then(sd_bus_message_append(made, "(sv)", "Delegate", "b", 1));
    // At a shutdown the kubelet ends its pods; what lives on goes with all else, not before.
    then(sd_bus_message_append(made, "(sv)", "DefaultDependencies", "b", 0));
    then(sd_bus_message_append(made, "(sv)", "CollectMode", "s", "inactive-or-failed"));
    // Else DefaultTasksMax, a share of the node's, limits the pod.
    then(sd_bus_message_append(made, "(sv)", "TasksMax", "t", UINT64_MAX));
    then(sd_bus_message_close_container(made));
    then(sd_bus_message_append(made, "a(sa(sv))", 0));
  }
  if (result < 0) {
    return Unavailable(result, "write a message for systemd");
  }
  return message;
}

absl::StatusOr<Message> StopMessage(sd_bus* bus, const std::string& name) {
  sd_bus_message* made = nullptr;
  int result =
      sd_bus_message_new_method_call(bus, &made, kSystemd, kManagerPath, kManager, "StopUnit");
  Message message(made);
  if (result >= 0) {
    result = sd_bus_message_append(made, "ss", name.c_str(), "replace");
  }
  if (result < 0) {
    return Unavailable(result, "write a message for systemd");
  }
  return message;
}

// The job's object path. NotFound: there is no such unit.
absl::StatusOr<std::string> Send(const Call& call, sd_bus* bus, sd_bus_message* message) {
  ASSIGN_OR_RETURN(const Message reply, Ask(call, bus, message));
  const char* job = nullptr;
  if (const int read = sd_bus_message_read(reply.get(), "o", &job); read < 0) {
    return Unavailable(read, "read systemd's answer");
  }
  return std::string(job);
}

absl::Status AwaitJob(const Call& call, sd_bus* bus, const EndedJobs& ended,
                      const std::string& job) {
  while (ended.count(job) == 0) {
    RETURN_IF_ERROR(Advance(call, bus));
  }
  const std::string& result = ended.find(job)->second;
  return result == "done" ? absl::OkStatus()
                          : absl::InternalError(absl::StrCat("systemd's job: ", result));
}

// A backslash is of an escaped letter, \x2d.
bool IsNameOfUnit(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxUnitName && absl::c_all_of(name, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(":-_.\\", c);
  });
}

}  // namespace

absl::StatusOr<std::string> SliceCgroup(absl::string_view slice) {
  const absl::string_view name = BaseName(slice);
  const absl::Status refused =
      absl::InvalidArgumentError(absl::StrCat("\"", slice, "\" is no systemd slice"));
  absl::string_view stem = name;
  if (!IsNameOfUnit(name) || !absl::ConsumeSuffix(&stem, kSliceSuffix)) {
    return refused;
  }
  std::string path;
  std::string prefix;
  for (absl::string_view part : absl::StrSplit(stem, '-')) {
    if (part.empty()) {
      return refused;
    }
    absl::StrAppend(&prefix, prefix.empty() ? "" : "-", part);
    absl::StrAppend(&path, "/", prefix, kSliceSuffix);
  }
  // A path must be the slice's own.
  if (slice != name && CleanPath(JoinPath("/", slice)) != path) {
    return refused;
  }
  return path;
}

absl::Status StartScope(const Call& call, const std::string& cgroup, int pid) {
  EndedJobs ended;
  ASSIGN_OR_RETURN(const Bus bus, OpenBus(call, ended));
  const std::string name(BaseName(cgroup));
  const std::string slice(BaseName(ParentPath(cgroup)));
  ASSIGN_OR_RETURN(const Message message, ScopeMessage(bus.get(), name, slice, pid));
  absl::StatusOr<std::string> job = Send(call, bus.get(), message.get());
  RETURN_IF_ERROR(Annotate(job.status(), absl::StrCat("start ", name)));
  return Annotate(AwaitJob(call, bus.get(), ended, *job), absl::StrCat("start ", name));
}

absl::Status StopScope(const Call& call, const std::string& cgroup) {
  EndedJobs ended;
  ASSIGN_OR_RETURN(const Bus bus, OpenBus(call, ended));
  const std::string name(BaseName(cgroup));
  ASSIGN_OR_RETURN(const Message message, StopMessage(bus.get(), name));
  absl::StatusOr<std::string> job = Send(call, bus.get(), message.get());
  if (absl::IsNotFound(job.status())) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(Annotate(job.status(), absl::StrCat("stop ", name)));
  return Annotate(AwaitJob(call, bus.get(), ended, *job), absl::StrCat("stop ", name));
}

}  // namespace berth::runtime
