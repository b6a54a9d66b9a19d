// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/cgroup.h"
#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "base/sys/socket.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/shim_client.h"

namespace berth::runtime {
namespace {

constexpr int kBacklog = 128;
constexpr mode_t kSocketMode = 0600;

// Why the shim could not make the pod.
absl::Status SetUpFailure(const ShimReply& reply, const PodPlan& plan) {
  if (reply.step == LaunchStep::kSysctl && reply.item < plan.sysctls.size()) {
    const SysctlPlan& sysctl = plan.sysctls[reply.item];
    return absl::InvalidArgumentError(
        absl::StrCat("sysctl \"", sysctl.path, "\" does not take the value \"",
                     absl::CHexEscape(sysctl.value), "\": ", strerror(reply.error)));
  }
  return absl::InternalError(absl::StrCat("make the pod's namespaces: ", FailureText(reply)));
}

}  // namespace

absl::StatusOr<ShimLauncher> ShimLauncher::Open(const std::string& program) {
  ASSIGN_OR_RETURN(sys::Fd file,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, program.c_str(), O_RDONLY), "open ", program));
  ASSIGN_OR_RETURN(sys::Fd sealed, ToStatusOr(sys::SealedProgram("berth-shim", file.get()), "copy ",
                                              program, " into memory"));
  return ShimLauncher(std::move(sealed));
}

absl::StatusOr<LaunchedShim> ShimLauncher::Launch(const PodPlan& plan, ShimBirth birth) const {
  const std::string encoded = Encode(plan);
  ASSIGN_OR_RETURN(sys::Fd plan_file,
                   ToStatusOr(sys::SealedMemoryFile("pod", encoded.data(), encoded.size()),
                              "make a file for the pod's plan"));
  const std::string socket_path = JoinPath(plan.directory, "shim.sock");
  ASSIGN_OR_RETURN(sys::Fd listener,
                   ToStatusOr(sys::ListenAt(socket_path.c_str(), kSocketMode, kBacklog),
                              "listen at ", socket_path));
  ASSIGN_OR_RETURN(sys::SocketPair ready,
                   ToStatusOr(sys::MakeSocketPair(), "make a socket for the shim"));
  std::string name = "berth-shim";
  std::string id = plan.pod_id;  // for ps
  char* const arguments[] = {name.data(), id.data(), nullptr};
  char* const environment[] = {nullptr};
  const sys::FdMapping descriptors[] = {{listener.get(), kShimListenFd},
                                        {plan_file.get(), kShimPlanFd},
                                        {ready.second.get(), kShimReadyFd}};
  sys::SpawnRequest request;
  request.program = program_.get();
  request.arguments = arguments;
  request.environment = environment;
  request.descriptors = descriptors;
  sys::Fd birthplace;
  if (birth == ShimBirth::kInItsCgroup) {
    // The shim enters the others itself.
    ASSIGN_OR_RETURN(birthplace, ToStatusOr(sys::FindBirthplace(plan.cgroup_directories),
                                            "open the cgroup of pod ", plan.pod_id));
  }
  request.cgroup = birthplace.get();
  ASSIGN_OR_RETURN(sys::Process process,
                   ToStatusOr(sys::SpawnProcess(request), "start the shim of pod ", plan.pod_id));
  return LaunchedShim{std::move(process), std::move(ready.first)};
}

absl::Status AwaitReady(const Call& call, const LaunchedShim& shim, const PodPlan& plan) {
  if (shutdown(shim.ready.get(), SHUT_WR) != 0) {
    return ErrnoStatus(sys::Errno::Last("shutdown"), "let the shim begin");
  }
  pollfd entry = {shim.ready.get(), POLLIN, 0};
  while (poll(&entry, 1, static_cast<int>(absl::ToInt64Milliseconds(kCallPeriod))) <= 0) {
    RETURN_IF_ERROR(Annotate(call.Check(), "waiting until the shim is ready"));
  }
  ShimReply reply;
  ASSIGN_OR_RETURN(
      size_t size,
      ToStatusOr(sys::ReadFull(shim.ready.get(),
                               std::span(reinterpret_cast<char*>(&reply), sizeof(reply))),
                 "read the shim's answer"));
  if (size != sizeof(reply) || reply.version != kShimProtocolVersion) {
    return absl::InternalError("the shim ended before the pod's namespaces were made");
  }
  return reply.type == ReplyType::kReady ? absl::OkStatus() : SetUpFailure(reply, plan);
}

}  // namespace berth::runtime
