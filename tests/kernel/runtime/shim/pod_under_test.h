// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/sys/fd.h"
#include "base/sys/process.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/plan/shim_protocol.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace berth::test {

// Nothing that is awaited may take longer.
int64_t Soon();

struct ExecOutcome {
  runtime::ShimReply started;  // kStarted or kFailed
  runtime::ShimReply exited;
  std::string out;
  std::string err;
};

// The plan in another PID namespace.
runtime::LaunchPlan In(runtime::PidNamespace where, runtime::LaunchPlan plan);

// A real shim with a root filesystem of busybox, cgroups of its own and a subscription. What is
// left in the cgroups or does not end fails the test.
class PodUnderTest {
 public:
  explicit PodUnderTest(runtime::PodPlan plan = {});
  PodUnderTest(const PodUnderTest&) = delete;
  PodUnderTest& operator=(const PodUnderTest&) = delete;
  ~PodUnderTest();

  // A container that runs `sh -c script` as a usual container would: /proc, /sys, devices, root's
  // usual capabilities, a log.
  runtime::LaunchPlan Plan(const std::string& id, const std::string& script);
  static runtime::ProcessPlan Process(const std::string& script);

  runtime::ShimReply Start(const runtime::LaunchPlan& plan);  // kStarted or kFailed
  // Starts it and expects that it does.
  runtime::ShimReply Launch(const runtime::LaunchPlan& plan);
  runtime::ShimReply AwaitExit(const std::string& id);
  // Launches, awaits the exit and returns what went to stdout, without the log's heads.
  std::string Run(const runtime::LaunchPlan& plan);
  std::string Run(const std::string& id, const std::string& script) {
    return Run(Plan(id, script));
  }

  std::string Log(const std::string& id) const;  // the file
  std::string LogPath(const std::string& id) const { return directory_.Join("logs/" + id); }
  // Payloads of one stream; a newline after full lines.
  std::string Output(const std::string& id, const std::string& stream = "stdout") const;
  // Waits until the log of a running container has `text`.
  void AwaitLog(const std::string& id, const std::string& text) const;

  ExecOutcome Exec(const runtime::ExecPlan& plan);
  ExecOutcome Exec(const std::string& id, const runtime::ProcessPlan& process) {
    return Exec(runtime::ExecPlan{id, process, {}});
  }
  ExecOutcome Exec(const std::string& id, const std::string& script) {
    return Exec(id, Process(script));
  }
  // The connection by which it runs; replies are still to be received.
  sys::Fd BeginExec(const runtime::ExecPlan& plan, std::span<const int> stdio);
  sys::Fd BeginExec(const std::string& id, const runtime::ProcessPlan& process,
                    std::span<const int> stdio) {
    return BeginExec(runtime::ExecPlan{id, process, {}}, stdio);
  }

  // One request on a connection of its own, and its first reply.
  runtime::ShimReply Ask(const runtime::ShimRequest& request,
                         std::span<const int> descriptors = {});
  runtime::ShimReply Signal(const std::string& id, int signal, bool all = false);
  runtime::ShimReply Forget(const std::string& id);
  static runtime::ShimRequest Request(runtime::RequestType type, const std::string& id = "");

  sys::Fd Connect() const;
  static runtime::ShimReply Receive(int connection, sys::Fd* descriptor = nullptr);
  // Subscribes: everything until kSynced.
  std::map<std::string, runtime::ShimReply> Subscribe(sys::Fd* connection);

  const runtime::ShimReply& ready() const { return ready_; }
  const TempDir& directory() const { return directory_; }
  int shim_pid() const { return shim_.pid(); }
  sys::Process& shim() { return shim_; }
  // By SIGKILL; it is not asked to shut down then.
  bool KillShim();
  std::vector<std::string> CgroupDirectories(const std::string& id) const;
  // Of the memory controller or the unified hierarchy.
  std::string MemoryCgroup(const std::string& id) const;
  size_t CountShimFds() const;
  // Waits until it has no more descriptors than that.
  void AwaitShimFds(size_t count) const;

 private:
  void MakeRootfs();
  void StartShim(runtime::PodPlan plan);
  void MakeCgroups(const std::string& id);
  void RemoveCgroups();

  TempDir directory_;
  std::string cgroup_;  // relative to each hierarchy
  std::vector<std::string> made_cgroups_;
  sys::Process shim_;
  runtime::ShimReply ready_;
  sys::Fd subscription_;
  std::map<std::string, runtime::ShimReply> exits_;
  int layers_ = 0;
};

std::string ReadWhole(int fd);
struct PipeEnds {
  sys::Fd read;
  sys::Fd write;
};
PipeEnds MakePipe();

}  // namespace berth::test
